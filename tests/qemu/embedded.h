/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The driver inside this process, through the public API, with real QEMUs (TCG): one host, a connection to it, and what
 * its events say. Fixtures of a test program; one program has one host.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>
#include <sys/types.h>

#define UUID_A "11111111-2222-4333-8444-555555555501"
#define UUID_B "11111111-2222-4333-8444-555555555502"

typedef struct {
    char         *root;
    virConnectPtr conn;
    GMutex        lock;
    GCond         changed;
    GString      *events; /* under lock: "Defined 0; Started 0; " */
} Host;

extern Host host;

/* Fixtures of a group, and of a test: one that failed half-way must not make the next one fail. */
int embedded_set_up(void **state);
int embedded_tear_down(void **state);
int embedded_clean(void **state);

virConnectPtr open_root(const char *root);
void          connect_host(void);
void          disconnect_host(void);

/* Until text has been seen, then forgets everything. Fails the test after 60 s. Caller frees. */
char *await_events(const char *text);
/* All events up to and with `last` are as expected. */
void assert_events(const char *expected, const char *last);

char        *make_xml(const char *name, const char *uuid, const char *elements, const char *devices); /* caller frees */
virDomainPtr define(const char *name, const char *uuid, const char *elements, const char *devices);
pid_t        guest_pid(const char *root, const char *name); /* 0: not running */

void ok(int rc); /* prints the error of a call that failed */
void assert_error(int code, const char *fragment);
void assert_state(virDomainPtr dom, int state, int reason);
/* Nothing of a run is left on disk but the lock. */
void assert_run_dir_is_empty(void);
