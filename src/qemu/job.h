/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may do what with a domain while something is under way. Not a lock: a job may span QMP waits and, for a
 * migration, several API calls; dom->lock is only ever held for moments.
 *
 * - A sync job belongs to one API call on one worker thread. At most one at a time.
 * - An async job (a migration, out or in) is opened by its first phase and closed by its last. While it is open only
 *   the sync jobs of its row in job.c are allowed, others wait for it up to 30 s (error 68). Inside it, one phase
 *   call runs at a time: qemu_job_phase_enter() / _leave().
 * - Whoever holds a sync job or is inside a phase may read dom->def without the lock: a definition is replaced only
 *   under the lock and between jobs. (A QEMU that dies meanwhile changes state and pid at once, the definition later.
 *   What QEMU's events change in it, balloon size and channel states, needs the lock.)
 *
 * All functions: any worker thread, never the loop thread where they may wait; called without dom->lock.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "qemu/qmp-client.h"

typedef struct QemuDomain QemuDomain;

typedef enum {
    JOB_NONE,
    JOB_QUERY,        /* changes nothing */
    JOB_DESTROY,      /* kills the guest */
    JOB_SUSPEND,      /* stops or continues the CPUs */
    JOB_MODIFY,       /* anything else */
    JOB_ABORT,        /* cancels the async job */
    JOB_MIGRATION_OP, /* tunes the migration: speed, downtime, post-copy */
    JOB_LAST
} QemuJob;

typedef enum { ASYNC_NONE, ASYNC_MIGRATION_OUT, ASYNC_MIGRATION_IN, ASYNC_LAST } QemuAsyncJob;

/* What the owner of an async job wants to hear and can do; rows of constants. Members may be NULL. */
typedef struct {
    /* virDomainAbortJob. Worker thread, sync job JOB_ABORT held, no lock. */
    bool (*abort)(QemuDomain *dom, unsigned int flags, GError **err);
    /* Loop thread, no lock, before the domain's own handling; true: handled, the domain does nothing with it. */
    bool (*event)(QemuDomain *dom, const QmpEvent *ev);
    /* Loop thread, no lock. QEMU is gone (state is SHUTOFF already); pending QMP replies have failed. Must lead to
     * qemu_job_async_end(), here or in the phase that is under way. */
    void (*gone)(QemuDomain *dom);
    /* Loop thread, no lock. QEMU lives, but its monitor cannot be reached any more: nothing may wait for its events. */
    void (*unreachable)(QemuDomain *dom);
    /* What a second migration is told while this one is in the way; dom->lock held. NULL: the usual text. Caller frees. */
    char *(*in_the_way)(QemuDomain *dom);
} QemuAsyncOps;

/* Embedded in QemuDomain; under dom->lock. */
typedef struct {
    QemuJob             sync;
    const char         *sync_api; /* static string: who holds it */
    QemuAsyncJob        async;
    const char         *async_api;
    const QemuAsyncOps *ops;
    bool                in_phase;
    bool                recovering; /* we ourselves are settling what a former daemon left: it ends without anybody */
    const char         *phase;    /* static string, persisted with the runtime status */
    gint64              async_since_us; /* monotonic */
    GCond               changed;
} QemuJobState;

/* Waits for its turn, at most 30 s: error 68 "cannot acquire state change lock (held by monitor=...)". api: the public
 * function's name, a static string. */
bool qemu_job_begin(QemuDomain *dom, QemuJob job, const char *api, GError **err);
/* As qemu_job_begin, and the domain has to be running: 55 "domain is not running". */
bool qemu_job_begin_active(QemuDomain *dom, QemuJob job, const char *api, GError **err);
/* A domain that is neither active nor persistent any more leaves the table with its last job. */
void qemu_job_end(QemuDomain *dom);

/* Opens the async job and enters its first phase; waits for a sync job to end, and for a recovery after a restart. Fails
 * at once with 55 "another migration job is already running for domain 'X'" when another async job is open. */
bool qemu_job_async_begin(QemuDomain *dom, QemuAsyncJob job, const QemuAsyncOps *ops, const char *phase,
                          const char *api, GError **err);
/* Waits, at most 30 s, until what a former daemon left has been settled; at once when nothing was: error 68. */
bool qemu_job_await_recovery(QemuDomain *dom, GError **err);
/* The recovery cannot end by itself for the time being: nobody waits for it any more. Any thread. */
void qemu_job_recovery_stuck(QemuDomain *dom);
/* After a restart of ours: the job that a former daemon left open (or would have), inside a phase. Never waits. */
void qemu_job_async_adopt(QemuDomain *dom, QemuAsyncJob job, const QemuAsyncOps *ops, const char *phase);
/* A later phase: 55 "domain 'X' is not processing outgoing|incoming migration" when this job is not open; waits for
 * another phase call under way, at most 30 s. */
bool qemu_job_phase_enter(QemuDomain *dom, QemuAsyncJob job, const char *phase, GError **err);
/* The phase is over, the job stays open. */
void qemu_job_phase_leave(QemuDomain *dom);
/* Names the step that is under way; what is on disk follows at once (run-time directory, no fsync). Any thread. */
void qemu_job_set_phase(QemuDomain *dom, const char *phase);
/* Closes the job, inside a phase or not. Any thread, the loop included. */
void qemu_job_async_end(QemuDomain *dom);
QemuAsyncJob qemu_job_async(QemuDomain *dom);

/* QEMU is gone: qemu_process_reap() as soon as no job is in the way, perhaps now. */
void qemu_job_request_reap(QemuDomain *dom);

/* "migration out", "modify": for messages and the status file. */
const char  *qemu_job_name(QemuJob job);
const char  *qemu_async_job_name(QemuAsyncJob job);
QemuAsyncJob qemu_async_job_from_name(const char *name);

void qemu_job_state_init(QemuJobState *job);
void qemu_job_state_clear(QemuJobState *job);
