/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/migrate-priv.h"
#include "util/fd.h"
#include "util/log.h"

#define LOG_ROOM "qemu"

QemuMig *
qmig_new(QemuDomain *dom, QemuAsyncJob side, guint32 flags, VirConn *conn)
{
    QemuMig         *mig = g_new0(QemuMig, 1);
    g_autofree char *label = g_strdup_printf("%s (%s)", dom->name, side == ASYNC_MIGRATION_OUT ? "out" : "in");

    mig->refs = 1;
    mig->line = -1;
    mig->host = qmig_host_of(dom->driver);
    mig->dom = qemu_domain_ref(dom);
    mig->side = side;
    mig->flags = flags;
    mig->conn = conn;
    g_mutex_init(&mig->lock);
    g_cond_init(&mig->changed);
    mig_progress_init(&mig->progress, label,
                      side == ASYNC_MIGRATION_OUT ? VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT
                                                  : VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN);
    return mig;
}

QemuMig *
qmig_ref(QemuMig *mig)
{
    g_atomic_int_inc(&mig->refs);
    return mig;
}

void
qmig_unref(QemuMig *mig)
{
    if (!mig || !g_atomic_int_dec_and_test(&mig->refs))
        return;
    journal_leave(mig->entry);
    g_clear_pointer(&mig->old_params, json_object_unref);
    dom_def_free(mig->offline_def);
    witness_ref_clear(&mig->witness);
    mig_progress_clear(&mig->progress);
    mig_stats_clear(&mig->final);
    g_free(mig->id);
    g_free(mig->persistent_xml);
    g_free(mig->origin);
    g_free(mig->doubt_text);
    g_free(mig->peer);
    g_free(mig->socket);
    g_free(mig->tls_hostname);
    g_free(mig->far_end);
    fd_close(&mig->line);
    g_mutex_clear(&mig->lock);
    g_cond_clear(&mig->changed);
    qemu_domain_unref(mig->dom);
    g_free(mig);
}

void
qmig_free(QemuMig *mig)
{
    qmig_unref(mig);
}

void
qmig_done_free(QemuMigDone *done)
{
    if (!done)
        return;
    mig_stats_clear(&done->stats);
    g_free(done);
}

QemuMig *
qmig_of(QemuDomain *dom)
{
    QemuMig *mig;

    g_mutex_lock(&dom->lock);
    mig = dom->mig ? qmig_ref(dom->mig) : NULL;
    g_mutex_unlock(&dom->lock);
    return mig;
}

void
qmig_attach(QemuDomain *dom, QemuMig *mig)
{
    QemuMig *before;

    g_mutex_lock(&dom->lock);
    before = dom->mig;
    dom->mig = mig;
    g_mutex_unlock(&dom->lock);
    qmig_unref(before);
}

void
qmig_set_conn(QemuMig *mig, VirConn *conn)
{
    g_mutex_lock(&mig->lock);
    mig->conn = conn;
    mig->conn_lost = false;
    g_mutex_unlock(&mig->lock);
}

void
qmig_leave(QemuMig *mig)
{
    bool gone, lost;

    qemu_job_phase_leave(mig->dom);
    /* qmig_gone() and qmig_connection_closed() do the same the other way round: they note what has happened, then look
     * whether a phase is open. One of the two sees the other. */
    g_mutex_lock(&mig->lock);
    gone = mig->gone;
    lost = mig->conn_lost;
    g_mutex_unlock(&mig->lock);
    if (gone)
        qmig_end_gone(mig);
    else if (lost)
        qmig_drop(mig);
}

void
qmig_end_gone(QemuMig *mig)
{
    JournalOutcome outcome = OUTCOME_LOST;

    /* A destination that never got as far as starting CPUs has not had the guest; one whose CPUs were seen had it. */
    g_mutex_lock(&mig->lock);
    if (mig->side == ASYNC_MIGRATION_IN && !mig->started)
        outcome = OUTCOME_FAILED;
    else if (mig->side == ASYNC_MIGRATION_IN && mig->resumed)
        outcome = OUTCOME_MOVED;
    else if (mig->given_up)
        outcome = OUTCOME_MOVED;
    else if (mig->all_sent)
        outcome = OUTCOME_DOUBT; /* the destination had everything; what it made of it nobody has told us */
    g_mutex_unlock(&mig->lock);
    qmig_end(mig, outcome, "QEMU exited");
}

void
qmig_keep_stats(QemuMig *mig, const MigStats *stats)
{
    QemuMigDone *done = g_new0(QemuMigDone, 1);
    QemuMigDone *before;

    mig_stats_clear(&mig->final);
    if (stats)
        mig_stats_copy(stats, &mig->final);
    else
        mig_progress_snapshot(&mig->progress, &mig->final);
    mig_stats_copy(&mig->final, &done->stats);
    g_mutex_lock(&mig->dom->lock);
    before = mig->dom->mig_done;
    mig->dom->mig_done = done;
    g_mutex_unlock(&mig->dom->lock);
    qmig_done_free(before);
}

static void
detach(QemuMig *mig)
{
    bool was_ours;

    g_mutex_lock(&mig->dom->lock);
    was_ours = mig->dom->mig == mig;
    if (was_ours)
        mig->dom->mig = NULL;
    g_mutex_unlock(&mig->dom->lock);
    if (was_ours)
        qmig_unref(mig);
}

void
qmig_end(QemuMig *mig, JournalOutcome outcome, const char *why)
{
    if (!g_atomic_int_compare_and_exchange(&mig->ended, 0, 1))
        return;
    qmig_ref(mig);
    log_info("domain '%s': migration %s (%s): %s%s%s", mig->dom->name, mig->id, qemu_async_job_name(mig->side),
             journal_outcome_name(outcome), why ? ": " : "", why ? why : "");

    if (mig->listening) {
        witness_decide(mig->host->witness, mig->id,
                       outcome == OUTCOME_MOVED    ? WITNESS_RUNNING
                       : outcome == OUTCOME_FAILED ? WITNESS_CANCELLED
                                                   : WITNESS_UNKNOWN);
        qmig_host_remove_arrival(mig->host, mig);
    }
    ports_release(mig->host->ports, mig->port);
    via_unix_remove(mig->socket);
    qmig_doubt_stop(mig);
    if (mig->entry) {
        journal_outcome(mig->entry, outcome, why);
        if (!mig->final.started)
            mig_progress_snapshot(&mig->progress, &mig->final);
        qmig_host_write_outcome(mig->host, g_steal_pointer(&mig->entry), &mig->final);
    }
    detach(mig);
    qemu_job_async_end(mig->dom);
    qmig_unref(mig);
}
