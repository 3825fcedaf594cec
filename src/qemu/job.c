/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/job.h"

#include <string.h>

#include "qemu/domain.h"
#include "qemu/job-private.h"
#include "qemu/process.h"
#include "qemu/state.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

int qemu_job_wait_ms = 30 * 1000;

static const char *const job_names[JOB_LAST] = {
    [JOB_NONE] = "none",       [JOB_QUERY] = "query", [JOB_DESTROY] = "destroy",           [JOB_SUSPEND] = "suspend",
    [JOB_MODIFY] = "modify",   [JOB_ABORT] = "abort", [JOB_MIGRATION_OP] = "migration operation",
};

#define ALLOW(job) (1u << (job))

/* name     in the status file and in messages
 * allowed  sync jobs of others while the async job is open, between its phases and during them
 * absent   what a phase call of a job that is not open is told */
static const struct {
    const char  *name;
    unsigned int allowed;
    const char  *absent;
} async_jobs[ASYNC_LAST] = {
    [ASYNC_NONE] = { "none", ~0u, NULL },
    [ASYNC_MIGRATION_OUT] = { "migration out",
                              ALLOW(JOB_QUERY) | ALLOW(JOB_DESTROY) | ALLOW(JOB_SUSPEND) | ALLOW(JOB_ABORT) |
                                  ALLOW(JOB_MIGRATION_OP),
                              N_("domain '%s' is not processing outgoing migration") },
    /* The guest is not ours yet: nobody may continue its CPUs but the last phase. */
    [ASYNC_MIGRATION_IN] = { "migration in", ALLOW(JOB_QUERY) | ALLOW(JOB_DESTROY) | ALLOW(JOB_ABORT),
                             N_("domain '%s' is not processing incoming migration") },
};

const char *
qemu_job_name(QemuJob job)
{
    return job_names[job];
}

const char *
qemu_async_job_name(QemuAsyncJob job)
{
    return async_jobs[job].name;
}

QemuAsyncJob
qemu_async_job_from_name(const char *name)
{
    for (QemuAsyncJob job = 0; name && job < ASYNC_LAST; job++)
        if (strcmp(async_jobs[job].name, name) == 0)
            return job;
    return ASYNC_NONE;
}

void
qemu_job_state_init(QemuJobState *job)
{
    g_cond_init(&job->changed);
}

void
qemu_job_state_clear(QemuJobState *job)
{
    g_cond_clear(&job->changed);
}

/* Lock held. */
static bool
may_run(const QemuJobState *job, QemuJob wanted)
{
    return job->sync == JOB_NONE && (async_jobs[job->async].allowed & ALLOW(wanted));
}

static bool
fail_timeout(const QemuJobState *job, GError **err)
{
    const char *holder = job->sync != JOB_NONE ? job->sync_api : job->async_api;

    if (job->sync == JOB_NONE && job->recovering)
        return fail(err, VIR_ERR_OPERATION_TIMEOUT,
                    _("cannot acquire state change lock (held by monitor=%s): the migration that a restart of this "
                      "daemon interrupted has not been settled within %d s; see the daemon's log, and try again"),
                    holder, qemu_job_wait_ms / 1000);
    return fail(err, VIR_ERR_OPERATION_TIMEOUT, _("cannot acquire state change lock (held by monitor=%s)"),
                holder ? holder : "none");
}

/* What a waiter waits for; lock held. */
typedef bool (*Ready)(const QemuDomain *dom, int wanted);

static bool
wait_until(QemuDomain *dom, Ready ready, int wanted, GError **err)
{
    gint64 deadline = g_get_monotonic_time() + qemu_job_wait_ms * G_TIME_SPAN_MILLISECOND;

    while (!ready(dom, wanted))
        if (!g_cond_wait_until(&dom->job.changed, &dom->lock, deadline))
            return ready(dom, wanted) || fail_timeout(&dom->job, err);
    return true;
}

/* What a QEMU that has gone left behind is tidied up before anything new begins. */
static bool
sync_is_possible(const QemuDomain *dom, int wanted)
{
    return may_run(&dom->job, (QemuJob)wanted) && !dom->reap_pending;
}

/* Lock held. */
static bool
begin(QemuDomain *dom, QemuJob job, const char *api, bool active, GError **err)
{
    if (!wait_until(dom, sync_is_possible, job, err))
        return false;
    if (active && !qemu_domain_is_active(dom))
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
    if (dom->removed)
        return fail(err, VIR_ERR_NO_DOMAIN, _("domain '%s' was removed meanwhile"), dom->name);
    dom->job.sync = job;
    dom->job.sync_api = api;
    return true;
}

bool
qemu_job_begin(QemuDomain *dom, QemuJob job, const char *api, GError **err)
{
    bool ok;

    g_mutex_lock(&dom->lock);
    ok = begin(dom, job, api, false, err);
    g_mutex_unlock(&dom->lock);
    return ok;
}

bool
qemu_job_begin_active(QemuDomain *dom, QemuJob job, const char *api, GError **err)
{
    bool ok;

    g_mutex_lock(&dom->lock);
    /* No use in waiting for a domain that is not running anyway. */
    ok = qemu_domain_is_active(dom) || fail(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
    ok = ok && begin(dom, job, api, true, err);
    g_mutex_unlock(&dom->lock);
    return ok;
}

/* Lock held. Is it the moment to tidy up after a QEMU that went away? Then nobody else may begin meanwhile. */
static bool
take_reap(QemuDomain *dom)
{
    if (!dom->reap_pending || dom->job.sync != JOB_NONE || dom->job.in_phase)
        return false;
    dom->reap_pending = false;
    dom->job.sync = JOB_DESTROY;
    dom->job.sync_api = "process exit";
    return true;
}

/* The lock is held and given back. */
static void
unlock_and_reap(QemuDomain *dom)
{
    bool reap = take_reap(dom);

    g_cond_broadcast(&dom->job.changed);
    g_mutex_unlock(&dom->lock);
    if (reap) {
        qemu_process_reap(dom);
        qemu_job_end(dom);
    }
}

void
qemu_job_request_reap(QemuDomain *dom)
{
    g_mutex_lock(&dom->lock);
    if (!qemu_domain_is_active(dom)) /* whoever held a job may have tidied up and started another one */
        dom->reap_pending = true;
    unlock_and_reap(dom);
}

void
qemu_job_end(QemuDomain *dom)
{
    g_mutex_lock(&dom->lock);
    dom->job.sync = JOB_NONE;
    dom->job.sync_api = NULL;
    unlock_and_reap(dom);
    qemu_domain_remove_if_unused(dom);
}

/* A migration of somebody else may last for hours: no use in waiting for it. */
static bool
async_is_decided(const QemuDomain *dom, int wanted)
{
    return dom->job.async != ASYNC_NONE ? !dom->job.recovering : dom->job.sync == JOB_NONE && !dom->reap_pending;
}

static bool
fail_in_the_way(QemuDomain *dom, GError **err)
{
    const QemuAsyncOps *ops = dom->job.ops;
    g_autofree char    *why = ops && ops->in_the_way ? ops->in_the_way(dom) : NULL;

    return why ? fail(err, VIR_ERR_OPERATION_INVALID, "%s", why)
               : fail(err, VIR_ERR_OPERATION_INVALID, _("another migration job is already running for domain '%s'"),
                      dom->name);
}

static bool
open_async(QemuDomain *dom, GError **err)
{
    if (!wait_until(dom, async_is_decided, 0, err))
        return false;
    if (dom->job.async != ASYNC_NONE)
        return fail_in_the_way(dom, err);
    return !dom->removed || fail(err, VIR_ERR_NO_DOMAIN, _("domain '%s' was removed meanwhile"), dom->name);
}

bool
qemu_job_async_begin(QemuDomain *dom, QemuAsyncJob job, const QemuAsyncOps *ops, const char *phase, const char *api,
                     GError **err)
{
    bool ok;

    g_mutex_lock(&dom->lock);
    ok = open_async(dom, err);
    if (ok) {
        dom->job.async = job;
        dom->job.async_api = api;
        dom->job.ops = ops;
        dom->job.in_phase = true;
        dom->job.phase = phase;
        dom->job.async_since_us = g_get_monotonic_time();
    }
    g_mutex_unlock(&dom->lock);
    if (ok)
        qemu_state_save_status(dom);
    return ok;
}

static bool
nothing_recovers(const QemuDomain *dom, int wanted)
{
    return !dom->job.recovering;
}

bool
qemu_job_await_recovery(QemuDomain *dom, GError **err)
{
    bool ok;

    g_mutex_lock(&dom->lock);
    ok = wait_until(dom, nothing_recovers, 0, err);
    g_mutex_unlock(&dom->lock);
    return ok;
}

void
qemu_job_recovery_stuck(QemuDomain *dom)
{
    g_mutex_lock(&dom->lock);
    dom->job.recovering = false;
    g_cond_broadcast(&dom->job.changed);
    g_mutex_unlock(&dom->lock);
}

void
qemu_job_async_adopt(QemuDomain *dom, QemuAsyncJob job, const QemuAsyncOps *ops, const char *phase)
{
    g_mutex_lock(&dom->lock);
    dom->job.async = job;
    dom->job.async_api = "recovery after restart";
    dom->job.ops = ops;
    dom->job.in_phase = dom->job.recovering = true;
    dom->job.phase = phase;
    dom->job.async_since_us = g_get_monotonic_time();
    g_mutex_unlock(&dom->lock);
}

static bool
phase_is_free(const QemuDomain *dom, int wanted)
{
    return (int)dom->job.async != wanted || !dom->job.in_phase;
}

bool
qemu_job_phase_enter(QemuDomain *dom, QemuAsyncJob job, const char *phase, GError **err)
{
    bool ok;

    g_mutex_lock(&dom->lock);
    ok = wait_until(dom, phase_is_free, job, err);
    if (ok && dom->job.async != job)
        ok = fail(err, VIR_ERR_OPERATION_INVALID, _(async_jobs[job].absent), dom->name);
    if (ok) {
        dom->job.in_phase = true;
        dom->job.phase = phase;
    }
    g_mutex_unlock(&dom->lock);
    return ok;
}

void
qemu_job_phase_leave(QemuDomain *dom)
{
    g_mutex_lock(&dom->lock);
    dom->job.in_phase = false;
    unlock_and_reap(dom);
}

void
qemu_job_set_phase(QemuDomain *dom, const char *phase)
{
    g_mutex_lock(&dom->lock);
    dom->job.phase = phase;
    g_mutex_unlock(&dom->lock);
    qemu_state_save_status(dom);
}

void
qemu_job_async_end(QemuDomain *dom)
{
    g_mutex_lock(&dom->lock);
    dom->job.async = ASYNC_NONE;
    dom->job.async_api = NULL;
    dom->job.ops = NULL;
    dom->job.in_phase = dom->job.recovering = false;
    dom->job.phase = NULL;
    if (qemu_domain_is_active(dom))
        qemu_state_touch_status(dom);
    unlock_and_reap(dom);
    qemu_domain_remove_if_unused(dom);
}

QemuAsyncJob
qemu_job_async(QemuDomain *dom)
{
    QemuAsyncJob job;

    g_mutex_lock(&dom->lock);
    job = dom->job.async;
    g_mutex_unlock(&dom->lock);
    return job;
}
