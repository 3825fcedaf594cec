/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ways in which a migration ends because somebody wants it to, or has gone away. */
#include <godwit/godwit.h>

#include "qemu/migrate-silence.h"
#include "qemu/process.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

const QemuAsyncOps qmig_ops = { .abort = qmig_abort, .event = qmig_event, .gone = qmig_gone,
                                .unreachable = qmig_unreachable,
                                .in_the_way = qmig_in_the_way };

/* Notes the wish; true when QEMU has something to cancel. */
static bool
want_abort(QemuMig *mig, bool *ret_late)
{
    bool tell;

    g_mutex_lock(&mig->lock);
    *ret_late = mig->moved;
    mig->abort = mig->abort || !mig->moved;
    tell = mig->watching && !mig->moved;
    /* QEMU cannot obey while it waits for a reader that has stopped. */
    if (tell && mig->tunnel)
        (mig->silent ? mig->tunnel->ops->cut : mig->tunnel->ops->abort)(mig->tunnel, "migration cancelled");
    if (!mig->moved)
        qmig_line_break(mig);
    g_cond_broadcast(&mig->changed);
    g_mutex_unlock(&mig->lock);
    return tell;
}

static bool
abort_outgoing(QemuMig *mig, GError **err)
{
    g_autoptr(QmpClient) qmp = qemu_domain_qmp(mig->dom, err);
    bool                 late;

    if (!qmp)
        return false;
    if (want_abort(mig, &late))
        return qmig_cancel_and_wait(mig, qmp, err);
    return !late || fail(err, VIR_ERR_OPERATION_INVALID,
                         _("cannot abort: the memory of domain '%s' has been sent already, and the destination may run it"),
                         mig->dom->name);
}

bool
qmig_abort(QemuDomain *dom, unsigned int flags, GError **err)
{
    g_autoptr(QemuMig) mig = qmig_of(dom);

    if (!mig)
        return fail(err, VIR_ERR_OPERATION_INVALID, _("no job is active on the domain"));
    if (mig->side == ASYNC_MIGRATION_IN)
        return fail(err, VIR_ERR_OPERATION_INVALID,
                    _("cannot abort incoming migration; use virDomainDestroy instead"));
    if (flags & VIR_DOMAIN_ABORT_JOB_POSTCOPY)
        return fail(err, VIR_ERR_OPERATION_INVALID, _("current job is not outgoing migration in post-copy mode"));
    if (flags & GODWIT_ABORT_JOB_DESTINATION_LOST)
        return qmig_doubt_force(mig, err);
    return abort_outgoing(mig, err);
}

bool
qemu_domain_abort_job(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    const QemuAsyncOps   *ops;
    bool                  ok;

    if (!verb_check_flags(in->flags, VIR_DOMAIN_ABORT_JOB_POSTCOPY | GODWIT_ABORT_JOB_DESTINATION_LOST,
                          "virDomainAbortJobFlags", err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom || !qemu_job_begin_active(dom, JOB_ABORT, "virDomainAbortJob", err))
        return false;
    g_mutex_lock(&dom->lock);
    ops = dom->job.ops;
    g_mutex_unlock(&dom->lock);
    if (ops && ops->abort)
        ok = ops->abort(dom, in->flags, err);
    else if (in->flags & VIR_DOMAIN_ABORT_JOB_POSTCOPY)
        ok = fail(err, VIR_ERR_OPERATION_INVALID, _("current job is not outgoing migration in post-copy mode"));
    else
        ok = fail(err, VIR_ERR_OPERATION_INVALID, _("no job is active on the domain"));
    qemu_job_end(dom);
    return ok;
}

/* The client has gone */

void
qmig_peer_lost(QemuDomain *dom)
{
    g_autoptr(QemuMig)   mig = qmig_of(dom);
    g_autoptr(QmpClient) qmp = mig ? qemu_domain_qmp(dom, NULL) : NULL;
    bool                 late;

    if (!mig)
        return;
    g_mutex_lock(&mig->lock);
    mig->peer_lost = true;
    g_mutex_unlock(&mig->lock);
    if (want_abort(mig, &late) && qmp)
        qmig_cancel(mig, qmp);
}

void
qmig_fell_silent(QemuMig *mig, QmpClient *qmp, guint64 bytes)
{
    bool late;

    g_mutex_lock(&mig->lock);
    mig->silent = !mig->abort;
    mig->unopened = mig->status == QMIG_NONE || mig->status == QMIG_SETUP;
    mig->sent_bytes = bytes;
    g_mutex_unlock(&mig->lock);
    if (want_abort(mig, &late))
        qmig_cancel(mig, qmp);
}

typedef struct { bool moved, watching, in_phase; } Loss;

static Loss
look_at(QemuMig *mig)
{
    Loss loss = { 0 };

    g_mutex_lock(&mig->lock);
    loss.moved = mig->moved;
    loss.watching = mig->watching;
    g_mutex_unlock(&mig->lock);
    g_mutex_lock(&mig->dom->lock);
    loss.in_phase = mig->dom->job.in_phase;
    g_mutex_unlock(&mig->dom->lock);
    return loss;
}

/* A guest whose CPUs have not been started is nobody's; one that is just being started is left to Finish. */
static void
lose_arrival(QemuMig *mig, const Loss *loss)
{
    QemuDomain *dom = mig->dom;

    if (mig->listening) {
        if (witness_try_cancel(mig->host->witness, mig->id) ||
            witness_look(mig->host->witness, mig->id) == WITNESS_CANCELLED)
            qemu_process_stop_async(dom, VIR_DOMAIN_SHUTOFF_DESTROYED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED, STOP_KILL);
    } else if (!loss->in_phase) {
        qmig_end(mig, OUTCOME_FAILED, "the client has gone");
        qemu_domain_remove_if_unused(dom);
    }
}

static void
lose_departure(QemuMig *mig, const Loss *loss)
{
    bool late;

    if (loss->moved) {
        if (!loss->in_phase)
            qmig_doubt_settle_alone(mig);
    } else if (!loss->watching && !loss->in_phase) {
        qmig_end(mig, OUTCOME_FAILED, "the client has gone");
    } else if (want_abort(mig, &late)) {
        g_autoptr(QmpClient) qmp = qemu_domain_qmp(mig->dom, NULL);

        if (qmp)
            qmig_cancel(mig, qmp);
    }
}

void
qmig_drop(QemuMig *mig)
{
    Loss loss = look_at(mig);

    if (mig->side == ASYNC_MIGRATION_IN)
        lose_arrival(mig, &loss);
    else
        lose_departure(mig, &loss);
}

static bool
note_loss(QemuMig *mig, VirConn *conn)
{
    bool ours;

    g_mutex_lock(&mig->lock);
    ours = mig->conn == conn;
    if (ours) {
        mig->conn = NULL;
        mig->conn_lost = true;
    }
    g_mutex_unlock(&mig->lock);
    return ours;
}

void
qmig_connection_closed(QemuDriver *driver, VirConn *conn)
{
    g_autoptr(GPtrArray) doms = qemu_domain_table_list(driver->domains);

    for (guint i = 0; i < doms->len; i++) {
        QemuDomain        *dom = g_ptr_array_index(doms, i);
        g_autoptr(QemuMig) mig = qmig_of(dom);

        if (!mig || !note_loss(mig, conn))
            continue;
        log_info("domain '%s': the client of its migration has gone", dom->name);
        qmig_drop(mig);
    }
}
