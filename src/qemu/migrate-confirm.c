/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Confirm: the source's copy goes, or goes on. A client that says "cancelled" may only mean that it did not hear the
 * destination's answer; where the destination can be asked, it is asked before the guest runs here again. */
#include "migration/knobs-check.h"
#include "model/params.h"
#include "qemu/events.h"
#include "qemu/migrate-priv.h"
#include "qemu/process.h"
#include "qemu/qmp-commands.h"
#include "qemu/state.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

/* The CPUs run again if it was the migration that stopped them; a guest that a user suspended stays suspended. */
static bool
continue_guest(QemuMig *mig, GError **err)
{
    int  state, reason;
    bool was_running;

    g_mutex_lock(&mig->lock);
    was_running = mig->was_running;
    g_mutex_unlock(&mig->lock);
    qemu_domain_get_state(mig->dom, &state, &reason);
    if (!was_running || state != VIR_DOMAIN_PAUSED || reason != VIR_DOMAIN_PAUSED_MIGRATION)
        return true;
    return qemu_process_start_cpus(mig->dom, VIR_DOMAIN_RUNNING_MIGRATION_CANCELED, err);
}

#define FINALIZE_SECONDS 10
#define FINALIZE_PAUSE_MS 1

static bool
is_finalizing(QmpClient *qmp)
{
    QmpStatus status;

    return qmp_query_status(qmp, &status, NULL) && g_str_equal(status.status, "finish-migrate");
}

/* QEMU says "completed" a moment before its migration thread lets go of the run state, and refuses "cont" until then. It
 * has no event for that, so it is asked; each answer gives the thread a chance, and the guest stands still meanwhile. */
static void
wait_until_final(QemuMig *mig, QmpClient *qmp)
{
    gint64 deadline = g_get_monotonic_time() + FINALIZE_SECONDS * G_TIME_SPAN_SECOND;

    while (is_finalizing(qmp) && g_get_monotonic_time() < deadline) {
        g_mutex_lock(&mig->lock);
        if (!mig->gone)
            g_cond_wait_until(&mig->changed, &mig->lock, g_get_monotonic_time() + FINALIZE_PAUSE_MS * G_TIME_SPAN_MILLISECOND);
        g_mutex_unlock(&mig->lock);
    }
}

void
qmig_source_roll_back(QemuMig *mig, QmpClient *qmp)
{
    g_autoptr(GError) err = NULL;
    bool              gone;

    g_mutex_lock(&mig->lock);
    gone = mig->gone;
    g_mutex_unlock(&mig->lock);
    if (gone)
        return;
    wait_until_final(mig, qmp);
    /* After a failure in the last moments QEMU starts the CPUs by itself and refuses to be told so before. */
    if (!continue_guest(mig, &err)) {
        log_warn("domain '%s': %s; QEMU goes on by itself", mig->dom->name, err->message);
        g_mutex_lock(&mig->dom->lock);
        mig->dom->running_reason = VIR_DOMAIN_RUNNING_MIGRATION_CANCELED;
        g_mutex_unlock(&mig->dom->lock);
    }
    qmig_restore_knobs(mig, qmp);
}

bool
qmig_source_resume(QemuMig *mig, const char *why, GError **err)
{
    g_autoptr(QmpClient) qmp = qemu_domain_qmp(mig->dom, err);

    if (mig->entry)
        journal_step(mig->entry, STEP_RESUME);
    if (qmp)
        wait_until_final(mig, qmp);
    if (!qmp || !continue_guest(mig, err)) {
        qmig_end(mig, OUTCOME_FAILED, "cannot resume");
        return false;
    }
    qmig_restore_knobs(mig, qmp);
    mig_progress_enter(&mig->progress, MIG_FAILED);
    qmig_keep_stats(mig, NULL);
    qmig_end(mig, OUTCOME_FAILED, why);
    return true;
}

typedef struct {
    QemuDriver  *driver;
    DomainEvent *ev;
} Emission;

static void
emit(gpointer data)
{
    Emission *emission = data;

    qemu_event_emit(emission->driver, g_steal_pointer(&emission->ev));
}

/* By way of the loop, which may still be on its way to say that the guest has stopped: that comes first. */
static void
emit_job_completed(QemuMig *mig, const MigStats *stats)
{
    DomRef    ref = qemu_domain_make_ref(mig->dom, -1);
    Emission *emission = g_new0(Emission, 1);

    emission->driver = mig->dom->driver;
    emission->ev = domain_event_new(VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, &ref);
    mig_stats_to_params(stats, &emission->ev->params);
    loop_post(emission->driver->loop, emit, emission, g_free);
}

/* After UNDEFINE_SOURCE the guest leaves no definition, if it had one; like libvirt, without an event. */
void
qmig_forget_definition(QemuDomain *dom)
{
    g_autoptr(GError) err = NULL;
    bool              persistent;

    g_mutex_lock(&dom->lock);
    persistent = dom->persistent;
    g_mutex_unlock(&dom->lock);
    if (!persistent)
        return;
    if (!qemu_state_remove_definition(dom, &err))
        log_warn("domain '%s': %s, ignoring", dom->name, err->message);
    g_mutex_lock(&dom->lock);
    dom->persistent = false;
    if (qemu_domain_is_active(dom))
        g_clear_pointer(&dom->new_def, dom_def_free);
    g_mutex_unlock(&dom->lock);
}

bool
qmig_source_kill(QemuMig *mig, GError **err)
{
    QemuDomain *dom = mig->dom;

    if (mig->entry)
        journal_step(mig->entry, STEP_CONFIRM);
    mig_progress_enter(&mig->progress, MIG_LANDED);
    if (!mig->final.started)
        qmig_keep_stats(mig, NULL);
    if (mig->flags & VIR_MIGRATE_UNDEFINE_SOURCE)
        qmig_forget_definition(dom);
    /* Nothing of it is needed any more: it runs elsewhere, and gets no time to write anything. */
    g_mutex_lock(&mig->lock);
    mig->given_up = true;
    g_mutex_unlock(&mig->lock);
    if (!qemu_process_stop(dom, VIR_DOMAIN_SHUTOFF_MIGRATED, VIR_DOMAIN_EVENT_STOPPED_MIGRATED, STOP_KILL, err)) {
        qmig_leave(mig); /* its end, when it comes, ends the rest */
        return false;
    }
    emit_job_completed(mig, &mig->final);
    qmig_end(mig, OUTCOME_MOVED, NULL);
    return true;
}

/* The numbers of both sides together; a cookie that cannot be read costs numbers, not the migration. */
static void
settle_numbers(QemuMig *mig, GBytes *bytes)
{
    MigCookieReader      reader = { mig->dom->name, mig->dom->uuid, mig->host->driver->config->host_uuid_str };
    g_autoptr(GError)    err = NULL;
    g_autoptr(MigCookie) cookie = mig_cookie_parse(bytes, COOKIE_FROM_FINISH, &reader, &err);
    MigStats             stats = { 0 };

    mig_progress_enter(&mig->progress, MIG_LANDED);
    mig_progress_snapshot(&mig->progress, &stats);
    if (!cookie)
        log_warn("domain '%s': cookie of Finish: %s, ignoring", mig->dom->name, err->message);
    else if (cookie->present & COOKIE_STATISTICS)
        mig_stats_settled(&stats, &cookie->stats, mig_now_ms());
    qmig_keep_stats(mig, &stats);
    mig_stats_clear(&stats);
}

static bool
confirm_offline(QemuMig *mig, const MigrateConfirmIn *in)
{
    QemuDomain *dom = mig->dom;

    if (!in->cancelled && (in->flags & VIR_MIGRATE_UNDEFINE_SOURCE) && !qemu_domain_is_active_now(dom))
        qmig_forget_definition(dom);
    qmig_end(mig, in->cancelled ? OUTCOME_FAILED : OUTCOME_MOVED, NULL);
    qemu_domain_remove_if_unused(dom);
    return true;
}

static bool
fail_in_doubt(QemuMig *mig, GError **err)
{
    g_autofree char *why = NULL;

    g_mutex_lock(&mig->lock);
    why = g_strdup(mig->doubt_text);
    g_mutex_unlock(&mig->lock);
    qmig_leave(mig);
    return fail(err, VIR_ERR_OPERATION_FAILED, "%s", why ? why : _("migration is in doubt"));
}

static bool
confirm_cancelled(QemuMig *mig, GError **err)
{
    bool moved, can_ask;

    g_mutex_lock(&mig->lock);
    moved = mig->moved;
    can_ask = witness_ref_is_set(&mig->witness);
    g_mutex_unlock(&mig->lock);

    if (!moved) {
        qmig_end(mig, OUTCOME_FAILED, "cancelled before the guest was sent");
        return true;
    }
    if (!can_ask) {
        log_warn("domain '%s': the client says that the destination does not run it; the destination cannot be asked",
                 mig->dom->name);
        return qmig_source_resume(mig, "the destination did not take the guest", err);
    }
    qmig_doubt_ask(mig);
    switch (qmig_doubt_wait(mig)) {
    case DOUBT_NOT_THERE:
        return qmig_source_resume(mig, "the destination did not take the guest", err);
    case DOUBT_RUNS_THERE: {
        g_autofree char *peer = g_strdup(mig->peer);

        if (!qmig_source_kill(mig, err))
            return false;
        return fail(err, VIR_ERR_OPERATION_FAILED,
                    _("the migration has succeeded although its last answer was lost: the guest runs on '%s'"),
                    peer ? peer : "?");
    }
    default:
        return fail_in_doubt(mig, err);
    }
}

/* OFFLINE without protection has no job of its own: Confirm opens one for a moment. */
static QemuMig *
enter(VirConn *conn, QemuDomain *dom, const MigrateConfirmIn *in, GError **err)
{
    QemuMig *mig;

    if ((in->flags & VIR_MIGRATE_OFFLINE) && qemu_job_async(dom) == ASYNC_NONE) {
        if (!qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &qmig_ops, "confirm", "virDomainMigrateConfirm3Params", err))
            return NULL;
        mig = qmig_new(dom, ASYNC_MIGRATION_OUT, in->flags, conn);
        mig->id = g_uuid_string_random();
        qmig_attach(dom, qmig_ref(mig));
        return mig;
    }
    if (!qemu_job_phase_enter(dom, ASYNC_MIGRATION_OUT, "confirm", err))
        return NULL;
    mig = qmig_of(dom);
    if (mig)
        return mig;
    qemu_job_phase_leave(dom);
    return fail_null(err, VIR_ERR_OPERATION_INVALID, _("domain '%s' is not processing outgoing migration"), dom->name);
}

static bool
confirm(QemuMig *mig, const MigrateConfirmIn *in, GError **err)
{
    bool moved;

    if (in->flags & VIR_MIGRATE_OFFLINE)
        return confirm_offline(mig, in);
    mig->flags = in->flags;
    if (in->cancelled)
        return confirm_cancelled(mig, err);

    g_mutex_lock(&mig->lock);
    moved = mig->moved;
    g_mutex_unlock(&mig->lock);
    if (!moved) {
        qmig_leave(mig);
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain '%s' has not been sent to any destination"), mig->dom->name);
    }
    settle_numbers(mig, in->cookie);
    return qmig_source_kill(mig, err);
}

bool
qemu_migrate_confirm(VirConn *conn, const MigrateConfirmIn *in, NoneOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    g_autoptr(QemuMig)    mig = NULL;

    if (!verb_check_flags(in->flags, mig_knobs_all_flags(), "virDomainMigrateConfirm3Params", err) ||
        !mig_knobs_check(&in->params, in->flags, KNOBS_AT_SOURCE, err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    mig = dom ? enter(conn, dom, in, err) : NULL;
    if (!mig)
        return false;
    qmig_set_conn(mig, conn);
    return confirm(mig, in, err);
}
