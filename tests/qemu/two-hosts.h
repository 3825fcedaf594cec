/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two hosts in one process: two roots, each with its own driver instance and a connection, and real QEMUs (TCG).
 * The sequence of phases is migration/phases.c's own; a test may step in between any two of them.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail

#include "migration/phases.h"
#include "model/handle.h"
#include "qemu/driver.h"
#include "qemu/migrate-priv.h"

/* The rest of test_ports() is for addresses that a test chooses itself. */
enum { MIGRATE_PORTS = 32 };

typedef struct {
    char       *root;
    QemuDriver *driver;
    VirConn    *conn;
    GMutex      lock;
    GString    *events; /* under lock: "Started Migrated; Resumed Migrated; iteration; completed; " */
    GPtrArray  *tokens;
} Host;

typedef struct {
    char *dir;
    Host  a, b;
    char *image; /* of the heartbeat guest */
} TwoHosts;

TwoHosts *two_hosts_new(void);
void      two_hosts_free(TwoHosts *th); /* kills what is left */

/* A daemon that dies: its instance is gone, QEMU is not. */
void host_stop(Host *host);
void host_start(Host *host);
/* The client's connection breaks, another one is made. */
void host_reconnect(Host *host);

/* Starts a transient guest, and waits until it runs. */
void start_guest(Host *host, const char *name);
void define_guest(Host *host, const char *name);
/* Borrowed id of the guest's QEMU; 0: not running. */
pid_t guest_pid(Host *host, const char *name);
/* QEMU's own word: "running", "paused", ...; NULL: no QEMU here. Caller frees. */
char *guest_status(Host *host, const char *name);
bool  guest_runs(Host *host, const char *name);
char *guest_live_xml(Host *host, const char *name); /* as a destination wants it; caller frees */
int   guest_state(Host *host, const char *name, int *ret_reason); /* -1: no such domain */
bool  guest_is_defined(Host *host, const char *name);
void  kill_guest(Host *host, const char *name);
/* Waits until no migration of the guest is under way on this host; fails the test after 60 s. */
void wait_job_end(Host *host, const char *name);
/* Waits until QEMU at the source copies memory. */
void wait_copying(Host *host, const char *name);
char *take_events(Host *host); /* caller frees */

/* Called before each phase; return false: the phase's answer is lost (it was carried out all the same). */
typedef struct Trip Trip;
struct Trip {
    TwoHosts *th;
    Host     *from, *to;
    const char *name;
    guint32   flags;
    Params    params;
    bool      unprotected; /* no job between the phases */
    void (*before)(Trip *trip, MigPhase phase);
    void (*after)(Trip *trip, MigPhase phase);
    MigPhase  lose;    /* phase whose answer does not arrive; MIG_BEGIN: none */
    MigPhase  stop_at; /* the client dies before this phase; MIG_BEGIN: it does not */
    gpointer  data;
    /* results */
    MigResult result;
    bool      ok;
    GError   *error;
};
void migrate(Trip *trip);
void trip_clear(Trip *trip);
#define TRIP(f, t, ...) { .from = (f), .to = (t), .name = "guest", __VA_ARGS__ }

/* two-hosts-acts.c: what tests of several files do with the pair and its guest "guest". */
int setup_hosts(void **state);
int setup_guest(void **state); /* it runs on a */
int teardown_hosts(void **state);
/* A verb that takes no more than a domain and flags. */
bool guest_do(Host *host, VerbId verb, guint32 flags, GError **err);
/* Of its migrations, MiB/s; 0: no limit. */
void set_speed(Host *host, guint64 mibps);
/* Fails the test with the migration's own error. */
void must_arrive(Trip *trip);
/* Waits until neither host has a migration of it under way. */
void settle(TwoHosts *th);
/* The guest's only home; and from there it can be moved at once. */
void lives_only_on(TwoHosts *th, Host *home);
/* Nothing of a migration is left: no QEMU, no job, no port, no journal under way. */
void nothing_is_left(Host *host, const char *name);
