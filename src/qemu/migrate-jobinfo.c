/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What virDomainGetJobInfo and virDomainGetJobStats answer, during a migration and after it. */
#include "qemu/migrate-priv.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* QEMU is asked only while it has something new to tell. */
static bool
has_news(QemuMig *mig)
{
    MigState state = mig_progress_state(&mig->progress);

    return state == MIG_COPYING || state == MIG_SWITCHING || state == MIG_POSTCOPY;
}

static bool
running_stats(QemuDomain *dom, const char *api, MigStats *ret, GError **err)
{
    g_autoptr(QemuMig)   mig = NULL;
    g_autoptr(QmpClient) qmp = NULL;
    bool                 ok = true;

    if (!qemu_domain_is_active_now(dom))
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
    mig = qmig_of(dom);
    if (!mig)
        return true;
    if (mig->side == ASYNC_MIGRATION_IN)
        return fail(err, VIR_ERR_OPERATION_UNSUPPORTED, _("migration statistics are available only on the source host"));
    if (has_news(mig)) {
        if (!qemu_job_begin_active(dom, JOB_QUERY, api, err))
            return false;
        qmp = qemu_domain_qmp(dom, err);
        ok = qmp && qmig_fetch_numbers(mig, qmp, err);
        qemu_job_end(dom);
    }
    if (ok)
        mig_progress_snapshot(&mig->progress, ret);
    return ok;
}

bool
qemu_domain_get_job_info(VirConn *conn, const DomainIn *in, JobInfoOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    MigStats              stats = { 0 };

    if (!dom || !running_stats(dom, "virDomainGetJobInfo", &stats, err))
        return false;
    if (stats.status != VIR_DOMAIN_JOB_NONE)
        mig_stats_to_info(&stats, &out->info);
    mig_stats_clear(&stats);
    return true;
}

/* From the journal: the last migration of a domain may have ended under a former daemon. */
static void
stats_of_journal(QemuDomain *dom, JobStatsOut *out)
{
    g_autoptr(GPtrArray) records = journal_finished(qmig_host_of(dom->driver)->journal, dom->uuid_str);
    JournalRecord       *last = records->len > 0 ? g_ptr_array_index(records, 0) : NULL;

    if (!last || last->stats.n == 0)
        return;
    out->type = last->outcome == OUTCOME_MOVED ? VIR_DOMAIN_JOB_COMPLETED : VIR_DOMAIN_JOB_FAILED;
    params_copy(&last->stats, &out->params);
}

/* Read once, unless the reader says that it is to stay. */
static void
completed_stats(QemuDomain *dom, bool keep, JobStatsOut *out)
{
    MigStats stats = { 0 };
    bool     known;

    g_mutex_lock(&dom->lock);
    known = dom->mig_done != NULL;
    if (known)
        mig_stats_copy(&dom->mig_done->stats, &stats);
    if (!keep) {
        /* An empty one stays: the journal is not asked for what has been read. */
        qmig_done_free(dom->mig_done);
        dom->mig_done = g_new0(QemuMigDone, 1);
    }
    g_mutex_unlock(&dom->lock);

    if (!known) {
        stats_of_journal(dom, out);
        return;
    }
    out->type = stats.status;
    if (stats.status != VIR_DOMAIN_JOB_NONE)
        mig_stats_to_params(&stats, &out->params);
    mig_stats_clear(&stats);
}

bool
qemu_domain_get_job_stats(VirConn *conn, const DomainIn *in, JobStatsOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    MigStats              stats = { 0 };

    if (!verb_check_flags(in->flags, VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED,
                          "virDomainGetJobStats", err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom)
        return false;
    if (in->flags & VIR_DOMAIN_JOB_STATS_COMPLETED) {
        completed_stats(dom, in->flags & VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED, out);
        return true;
    }
    if (!running_stats(dom, "virDomainGetJobStats", &stats, err))
        return false;
    out->type = stats.status;
    if (stats.status != VIR_DOMAIN_JOB_NONE)
        mig_stats_to_params(&stats, &out->params);
    mig_stats_clear(&stats);
    return true;
}
