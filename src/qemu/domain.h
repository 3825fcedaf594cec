/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain as the driver knows it, running or not, and the table in which it is found. No QMP and no processes in
 * here: those are process.c and events.c.
 *
 * Locks: table lock before dom->lock; both are held for moments only, never across QMP, files or waits.
 * The table holds one reference to each domain in it; everybody who looks one up gets a reference of his own.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <glib.h>
#include <libvirt/libvirt.h>

#include "model/event.h"
#include "model/verbs.h"
#include "qemu/job.h"
#include "qemu/qmp-client.h"

typedef struct DomDef DomDef;         /* model/dom-def.h */
typedef struct QemuDriver QemuDriver; /* qemu/driver.h */
typedef struct QemuMig QemuMig;         /* qemu/migrate.h: what a migration keeps between its phases */
typedef struct QemuMigDone QemuMigDone; /* and what it leaves behind for job stats */
typedef struct QemuDomainTable QemuDomainTable;

struct QemuDomain {
    gint        refs;   /* atomic */
    QemuDriver *driver; /* borrowed: outlives its domains */
    char       *name;   /* fixed */
    guint8      uuid[VIR_UUID_BUFLEN]; /* fixed */
    char        uuid_str[VIR_UUID_STRING_BUFLEN];

    GMutex lock;
    /* Under lock. def may also be read by whoever holds a job (job.h).
     * def:     what runs while the domain is active; otherwise the persistent definition, which is NULL as long as
     *          nobody asked for it: qemu_domain_get_def() reads it from disk.
     * new_def: of an active and persistent domain, what its next boot uses; NULL otherwise. */
    DomDef *def;
    DomDef *new_def;
    bool    persistent;
    bool    autostart;
    bool    updated;          /* defined anew since it was loaded */
    bool    removed;          /* out of the table; somebody still holds a reference */
    int     id;               /* -1: not active */
    int     state, reason;    /* virDomainState and its reason; qemu_domain_set_state() only */
    gint64  state_since_us;   /* wall clock */
    int     paused_reason;    /* reason that the next STOP event gets; VIR_DOMAIN_PAUSED_UNKNOWN: nobody announced it */
    int     running_reason;   /* the same for RESUME; VIR_DOMAIN_RUNNING_UNKNOWN: "unpaused" */
    QemuJobState job;
    QemuMig *mig;             /* owned by the migration code: set at Begin/Prepare, freed with the async job */
    guint64 mig_max_speed;    /* MiB/s, virDomainMigrateSetMaxSpeed; 0: no limit */
    QemuMigDone *mig_done;    /* the last finished one; freed with the domain */
    GPtrArray *messages;      /* owned strings: taint and deprecation, virDomainGetMessages */

    /* Under lock; of the running QEMU. Meaningless when id is -1. */
    pid_t      pid;
    guint64    pid_start;     /* start time in clock ticks (/proc/PID/stat field 22): pid reuse is noticed */
    int        pidfd;         /* -1: none */
    GSource   *pidfd_source;
    GSource   *kill_timer;
    QmpClient *qmp;           /* NULL: none yet; qemu_domain_qmp() gives a reference */
    char      *run_dir;       /* DIR/run/qemu/ID-NAME: monitor socket, sockets and secrets of this run */
    char      *monitor_path;
    int        stop_reason;   /* VIR_DOMAIN_SHUTOFF_*: why it is being stopped; 0: nobody asked for it */
    int        stop_detail;   /* VIR_DOMAIN_EVENT_STOPPED_* that goes with it */
    bool       quiet_stop;    /* no lifecycle event when it stops: a start that failed */
    bool       fake_reboot;   /* the next SHUTDOWN is answered with a reset */
    bool       reap_pending;  /* exited while a job was held: the end of the job tidies up */
    VirConn   *autodestroy;   /* not a reference, only compared: its close destroys the domain */
    char      *live_xml;      /* def as last written to run/qemu; NULL: has to be written again */
    bool       status_queued; /* the loop is going to write the status file */
};

QemuDomain *qemu_domain_ref(QemuDomain *dom);
void        qemu_domain_unref(QemuDomain *dom);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuDomain, qemu_domain_unref)

/* Lock held. The current definition, read from disk when necessary. */
DomDef *qemu_domain_get_def(QemuDomain *dom, GError **err);
/* Lock held. The definition of the next boot; NULL with 55 "... is transient" when there is none. */
DomDef *qemu_domain_get_persistent_def(QemuDomain *dom, GError **err);
bool    qemu_domain_is_active(QemuDomain *dom);      /* lock held */
bool    qemu_domain_is_active_now(QemuDomain *dom);  /* takes the lock for a moment */
/* Takes the lock. A reference to the monitor, or 55 "domain is not running". */
QmpClient *qemu_domain_qmp(QemuDomain *dom, GError **err);
/* Lock held. The one place where state changes: logs old -> new, stamps the time, has the status file written (later,
 * off the loop's urgent work; qemu_state_save_status() writes at once). */
void qemu_domain_set_state(QemuDomain *dom, int state, int reason);
/* Takes the lock. */
void qemu_domain_get_state(QemuDomain *dom, int *ret_state, int *ret_reason);
/* Takes the lock; the caller clears ret. */
void qemu_domain_fill_ref(QemuDomain *dom, DomRef *ret);
/* With lock held or from any context: name, uuid, and the given id, for events. Borrowed strings: do not clear. */
DomRef qemu_domain_make_ref(QemuDomain *dom, int id);

/* Virtual CPU time of a process in ns, from /proc; 0 when unknown. */
guint64 qemu_process_cpu_time(pid_t pid);

/* The table. Any thread. */
QemuDomainTable *qemu_domain_table_new(void);
void             qemu_domain_table_free(QemuDomainTable *table);
/* NULL: no such domain; no error is set. The caller unrefs. */
QemuDomain *qemu_domain_table_by_uuid(QemuDomainTable *table, const guint8 *uuid);
QemuDomain *qemu_domain_table_by_name(QemuDomainTable *table, const char *name);
QemuDomain *qemu_domain_table_by_id(QemuDomainTable *table, int id);
/* The domain that a verb names, by uuid: 42 "no domain with matching uuid '..' (name)". */
QemuDomain *qemu_domain_find(QemuDriver *driver, const DomRef *ref, GError **err);
/* All domains, each referenced, in order of name; the array unrefs them. */
GPtrArray *qemu_domain_table_list(QemuDomainTable *table);
guint      qemu_domain_table_count(QemuDomainTable *table, bool active);

typedef enum {
    TABLE_ADD_DEFINE, /* an existing domain of the same name and uuid is fine, active or not */
    TABLE_ADD_LIVE,   /* is going to run: an existing one has to be inactive, else 55 "domain 'X' is already active" */
} QemuTableAdd;
/* Finds the domain of this name and uuid, or puts a new one into the table; the caller unrefs. Refuses (9) a name
 * or uuid that another domain has: "domain 'X' already exists with uuid ..", "domain 'X' is already defined with uuid
 * ..". ret_new: whether it was made now. The definition is not stored: qemu_domain_set_def() under a job. */
QemuDomain *qemu_domain_table_add(QemuDriver *driver, const char *name, const guint8 *uuid, QemuTableAdd how,
                                  bool *ret_new, GError **err);
/* No longer found by anybody; drops the table's reference. */
void qemu_domain_table_remove(QemuDomainTable *table, QemuDomain *dom);
/* Makes it findable by id and sets dom->id; -1: no longer. Called without dom->lock. */
void qemu_domain_table_set_id(QemuDomainTable *table, QemuDomain *dom, int id);
/* Removes it if it is neither active nor persistent nor in a job. */
void qemu_domain_remove_if_unused(QemuDomain *dom);

/* Job held. Removes the definition from disk and memory and says so ("Undefined Removed"); an active domain stays, as a
 * transient one, another stays in the table until qemu_domain_remove_if_unused(). */
bool qemu_domain_undefine(QemuDomain *dom, GError **err);

/* Job held. Takes def; makes it the definition that is about to run (TABLE_ADD_LIVE: the present one becomes the
 * persistent one of the next boot) or the persistent one. Does not touch the disk. */
void qemu_domain_set_live_def(QemuDomain *dom, DomDef *def);
void qemu_domain_set_persistent_def(QemuDomain *dom, DomDef *def);
