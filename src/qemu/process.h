/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU processes: start, attach after a restart of ours, stop, and noticing that one is gone. What happens inside a
 * guest is events.c, what its command line looks like is command.c.
 *
 * Start and stop run on a worker thread whose caller holds a job (JOB_MODIFY, JOB_DESTROY, or a migration's phase),
 * without dom->lock. Exits are noticed on the loop thread.
 */
#pragma once

#include "qemu/domain.h"

typedef enum {
    START_PAUSED = 1 << 0,      /* CPUs stay stopped: paused (user) */
    START_INCOMING = 1 << 1,    /* waits for a migration stream, -incoming defer: paused (migration) */
    START_AUTODESTROY = 1 << 2, /* dies with .conn */
} QemuStartFlags;

typedef struct {
    unsigned int flags;
    VirConn     *conn;    /* with START_AUTODESTROY */
    /* Commands of the caller that travel in the first write, behind qmp_capabilities and what starting needs itself:
     * a migration's capabilities and parameters. args are taken. First refusal fails the start. */
    const QmpCmd *cmds;
    guint         n_cmds;
    JsonNode    **rets; /* NULL or n_cmds places, as in qmp_batch() */
} QemuStart;

/* Runs dom->def (qemu_domain_set_live_def() first). On success the domain is active, its QMP answers, pty paths and
 * ports are in dom->def, its runtime status is on disk, and, unless paused or incoming, its CPUs run. Emits no
 * "Started": the caller knows which. On failure nothing is left and the error quotes QEMU's last words. */
bool qemu_process_start(QemuDomain *dom, const QemuStart *how, GError **err);

typedef enum {
    STOP_TERM, /* SIGTERM, and SIGKILL when it is still there after 10 s */
    STOP_TERM_ONLY, /* SIGTERM, an error when it is still there after 15 s (VIR_DOMAIN_DESTROY_GRACEFUL) */
    STOP_KILL, /* SIGKILL at once: a source whose guest runs elsewhere for certain, a start that failed */
} QemuStopHow;

/* Stops QEMU and waits until it is gone and everything of this run is tidied up as far as jobs allow. reason:
 * VIR_DOMAIN_SHUTOFF_*; detail: VIR_DOMAIN_EVENT_STOPPED_*, or QEMU_STOP_QUIET for no event. A domain that is not
 * active: true. */
#define QEMU_STOP_QUIET (-1)
bool qemu_process_stop(QemuDomain *dom, int reason, int detail, QemuStopHow how, GError **err);
/* The same without waiting; any thread, the loop included. */
void qemu_process_stop_async(QemuDomain *dom, int reason, int detail, QemuStopHow how);

/* CPUs. Worker threads. The STOP or RESUME event, which arrives before the answer, sets the state and emits. */
bool qemu_process_stop_cpus(QemuDomain *dom, int paused_reason, GError **err);
bool qemu_process_start_cpus(QemuDomain *dom, int running_reason, GError **err);

/* Resets a guest that has shut down or crashed and lets it run again, as running (reason). Does not wait; any
 * thread. */
void qemu_process_reboot_async(QemuDomain *dom, int running_reason);

/* Called between jobs: removes what the run left behind, def becomes the persistent one, a transient domain leaves
 * the table. Lock not held. */
void qemu_process_reap(QemuDomain *dom);
/* The same inside a job that goes on to start another QEMU. */
void qemu_process_reap_now(QemuDomain *dom);
