/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All memory has left, and whoever should say what became of it does not. The destination's witness is asked: on the
 * loop, with a deadline, again and again with growing pauses. Until it answers the source stays as it is. */
#include "qemu/migrate-priv.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

#define ASK_DEADLINE_MS 5000
#define FIRST_PAUSE_MS 1000
#define LONGEST_PAUSE_MS 30000

static void ask_now(QemuMig *mig);

static void
unref_mig(gpointer data)
{
    qmig_unref(data);
}

static gboolean
ask_again(gpointer data)
{
    QemuMig *mig = data;

    source_remove(&mig->ask_timer);
    ask_now(mig);
    return G_SOURCE_REMOVE;
}

static char *
describe_doubt(QemuMig *mig, WitnessState answer)
{
    const char *peer = mig->peer ? mig->peer : "?";

    if (answer == WITNESS_UNKNOWN)
        return g_strdup_printf(_("migration of domain '%s' is in doubt: its memory has been sent to '%s', which no longer "
                                 "knows whether it has started the guest. Look there: if the guest does not run, "
                                 "declare the destination lost (godwit domjobabort --destination-lost); if it does, destroy this copy"),
                               mig->dom->name, peer);
    return g_strdup_printf(_("migration of domain '%s' is in doubt: its memory has been sent to '%s', whose witness at "
                             "%s:%u does not answer; it is asked again until it does. If that host is gone for good, "
                             "declare it lost (godwit domjobabort --destination-lost) or destroy this copy"),
                           mig->dom->name, peer, mig->witness.address, mig->witness.port);
}

/* A phase is opened so that no other one runs meanwhile; a Confirm that came first has settled everything. */
static void
carry_out(QemuDomain *dom)
{
    g_autoptr(GError)  err = NULL;
    g_autoptr(QemuMig) mig = NULL;
    QmigDoubt          verdict;
    bool               ok = true;

    if (!qemu_job_phase_enter(dom, ASYNC_MIGRATION_OUT, "settle", &err)) {
        log_debug("domain '%s': %s", dom->name, err->message);
        return;
    }
    mig = qmig_of(dom);
    if (!mig) {
        qemu_job_phase_leave(dom);
        return;
    }
    g_mutex_lock(&mig->lock);
    verdict = mig->doubt;
    g_mutex_unlock(&mig->lock);
    if (verdict == DOUBT_RUNS_THERE)
        ok = qmig_source_kill(mig, &err);
    else if (verdict == DOUBT_NOT_THERE)
        ok = qmig_source_resume(mig, "the destination has not started the guest", &err);
    else
        qmig_leave(mig);
    if (!ok)
        log_error("domain '%s': settling its migration: %s", dom->name, err->message);
}

static QmigDoubt
verdict_of(WitnessState answer)
{
    return answer == WITNESS_RUNNING     ? DOUBT_RUNS_THERE
           : answer == WITNESS_CANCELLED ? DOUBT_NOT_THERE
                                         : DOUBT_UNSETTLED;
}

static void
answered(WitnessState answer, gpointer data)
{
    QemuMig  *mig = data;
    QmigDoubt verdict = verdict_of(answer);
    bool      alone;

    mig->ask = NULL;
    log_info("domain '%s': the destination's witness says: %s", mig->dom->name, witness_state_name(answer));
    g_mutex_lock(&mig->lock);
    /* An operator may have decided while we were asking. */
    if (verdict == DOUBT_UNSETTLED && mig->doubt == DOUBT_NOT_THERE)
        verdict = DOUBT_NOT_THERE;
    mig->doubt = verdict;
    g_free(mig->doubt_text);
    mig->doubt_text = verdict == DOUBT_UNSETTLED ? describe_doubt(mig, answer) : NULL;
    alone = mig->waiting == 0;
    g_cond_broadcast(&mig->changed);
    g_mutex_unlock(&mig->lock);

    if (g_atomic_int_get(&mig->host->stopping)) {
        qmig_unref(mig);
        return;
    }
    if (verdict != DOUBT_UNSETTLED) {
        if (alone)
            qemu_driver_run(mig->dom->driver, mig->dom, carry_out);
    } else if (!g_atomic_int_get(&mig->ended)) {
        guint pause = MIN(FIRST_PAUSE_MS << MIN(mig->ask_tries, 5), LONGEST_PAUSE_MS);

        if (mig->ask_tries++ == 0) {
            log_warn("%s", mig->doubt_text);
            if (mig->entry)
                journal_doubt(mig->entry, mig->doubt_text);
        }
        qemu_job_recovery_stuck(mig->dom);
        mig->ask_timer = loop_add_timer(mig->dom->driver->loop, pause, ask_again, qmig_ref(mig), unref_mig);
    }
    qmig_unref(mig);
}

/* Loop thread. */
static void
no_answer(gpointer data)
{
    QemuMig *mig = data;

    if (!mig->ask && !mig->ask_timer)
        answered(WITNESS_STATE_LAST, qmig_ref(mig));
}

static void
post_ask(gpointer data)
{
    ask_now(data);
}

/* Worker: the resolver may take its time. */
static void
resolve_and_ask(QemuDomain *dom)
{
    g_autoptr(QemuMig) mig = qmig_of(dom);
    g_autoptr(GError)  err = NULL;
    WitnessRef         ref = { 0 };
    bool               ok;

    if (!mig)
        return;
    g_mutex_lock(&mig->lock);
    witness_ref_copy(&mig->witness, &ref);
    g_mutex_unlock(&mig->lock);
    ok = witness_ref_is_set(&ref) && witness_ref_resolve(&ref, &err);
    if (ok) {
        g_mutex_lock(&mig->lock);
        witness_ref_copy(&ref, &mig->witness);
        g_mutex_unlock(&mig->lock);
    } else if (err) {
        log_info("domain '%s': %s", dom->name, err->message);
    }
    witness_ref_clear(&ref);
    loop_post(dom->driver->loop, ok ? post_ask : no_answer, g_steal_pointer(&mig), unref_mig);
}

/* Loop thread. */
static void
ask_now(QemuMig *mig)
{
    WitnessRef ref = { 0 };
    QmigDoubt  doubt;
    bool       open;

    if (mig->ask || g_atomic_int_get(&mig->ended) || g_atomic_int_get(&mig->host->stopping))
        return;
    source_remove(&mig->ask_timer);
    g_mutex_lock(&mig->lock);
    doubt = mig->doubt;
    if (doubt == DOUBT_NONE)
        mig->doubt = DOUBT_ASKING;
    witness_ref_copy(&mig->witness, &ref);
    g_mutex_unlock(&mig->lock);
    open = doubt != DOUBT_RUNS_THERE && doubt != DOUBT_NOT_THERE;
    if (open && witness_ref_is_numeric(&ref))
        mig->ask = witness_ask(mig->dom->driver->loop, &ref, ASK_DEADLINE_MS, answered, qmig_ref(mig));
    else if (open)
        qemu_driver_run(mig->dom->driver, mig->dom, resolve_and_ask);
    witness_ref_clear(&ref);
}

void
qmig_doubt_ask(QemuMig *mig)
{
    loop_post(mig->dom->driver->loop, post_ask, qmig_ref(mig), unref_mig);
}

QmigDoubt
qmig_doubt_wait(QemuMig *mig)
{
    QmigDoubt doubt;

    g_mutex_lock(&mig->lock);
    mig->waiting++;
    while (!mig->gone && (mig->doubt == DOUBT_NONE || mig->doubt == DOUBT_ASKING))
        g_cond_wait(&mig->changed, &mig->lock);
    mig->waiting--;
    doubt = mig->doubt;
    g_mutex_unlock(&mig->lock);
    return doubt;
}

/* A stock destination cannot be asked. libvirt leaves such a guest paused for a person to decide, and so must we; the
 * job is closed, so that resume and destroy are possible. */
static void
leave_to_operator(QemuDomain *dom)
{
    g_autoptr(GError)  err = NULL;
    g_autoptr(QemuMig) mig = NULL;
    g_autofree char   *text = NULL;

    if (!qemu_job_phase_enter(dom, ASYNC_MIGRATION_OUT, "settle", &err))
        return;
    mig = qmig_of(dom);
    if (!mig) {
        qemu_job_phase_leave(dom);
        return;
    }
    text = g_strdup_printf(_("the client of the last migration has gone after the memory had been sent to '%s', which "
                             "cannot be asked whether it runs the guest: look there, then resume or destroy this copy"),
                           mig->peer ? mig->peer : "?");
    log_warn("domain '%s': %s", dom->name, text);
    g_mutex_lock(&dom->lock);
    if (dom->messages)
        g_ptr_array_add(dom->messages, g_strdup(text));
    g_mutex_unlock(&dom->lock);
    qmig_end(mig, OUTCOME_DOUBT, text);
}

void
qmig_doubt_settle_alone(QemuMig *mig)
{
    bool first, can_ask;

    g_mutex_lock(&mig->lock);
    first = !mig->settling;
    mig->settling = true;
    can_ask = witness_ref_is_set(&mig->witness);
    g_mutex_unlock(&mig->lock);
    if (!first || g_atomic_int_get(&mig->host->stopping))
        return;
    if (can_ask)
        qmig_doubt_ask(mig);
    else
        qemu_driver_run(mig->dom->driver, mig->dom, leave_to_operator);
}

static void
stop_asking(gpointer data)
{
    QemuMig *mig = data;

    source_remove(&mig->ask_timer);
    if (mig->ask) {
        witness_ask_cancel(g_steal_pointer(&mig->ask));
        qmig_unref(mig); /* the ask's own */
    }
}

void
qmig_doubt_stop(QemuMig *mig)
{
    QmigDoubt doubt;

    g_mutex_lock(&mig->lock);
    doubt = mig->doubt;
    g_mutex_unlock(&mig->lock);
    if (doubt != DOUBT_NONE)
        loop_post(mig->dom->driver->loop, stop_asking, qmig_ref(mig), unref_mig);
}

bool
qmig_doubt_force(QemuMig *mig, GError **err)
{
    bool unsettled;

    g_mutex_lock(&mig->lock);
    unsettled = mig->doubt == DOUBT_UNSETTLED;
    if (unsettled)
        mig->doubt = DOUBT_NOT_THERE;
    g_mutex_unlock(&mig->lock);
    if (!unsettled)
        return fail(err, VIR_ERR_OPERATION_INVALID, _("migration of domain '%s' is not in doubt"), mig->dom->name);
    log_warn("domain '%s': the operator declares '%s' lost", mig->dom->name, mig->peer ? mig->peer : "?");
    qemu_driver_run(mig->dom->driver, mig->dom, carry_out);
    return true;
}

/* For the domain's own code */

/* Lock held. */
static bool
departure_may_resume(const QemuMig *mig, GError **err)
{
    if (mig->doubt_text)
        return fail(err, VIR_ERR_OPERATION_INVALID, "%s", mig->doubt_text);
    return !mig->sent || fail(err, VIR_ERR_OPERATION_INVALID,
                              _("domain '%s' is being handed over to '%s', which may run it already"), mig->dom->name,
                              mig->peer ? mig->peer : "?");
}

/* Lock held. */
static bool
arrival_may_resume(const QemuMig *mig, GError **err)
{
    return mig->started || fail(err, VIR_ERR_OPERATION_INVALID,
                                _("domain '%s' is still arriving from '%s': it starts when its migration ends; destroy it "
                                  "to give this copy up"), mig->dom->name, mig->peer ? mig->peer : "?");
}

bool
qmig_may_resume(QemuDomain *dom, GError **err)
{
    QemuMig *mig = dom->mig;
    bool     ok;

    if (!mig)
        return true;
    g_mutex_lock(&mig->lock);
    ok = mig->side == ASYNC_MIGRATION_OUT ? departure_may_resume(mig, err) : arrival_may_resume(mig, err);
    g_mutex_unlock(&mig->lock);
    return ok;
}

char *
qmig_in_the_way(QemuDomain *dom)
{
    QemuMig *mig = dom->mig;
    char    *why = NULL;

    if (mig) {
        g_mutex_lock(&mig->lock);
        why = g_strdup(mig->doubt_text);
        g_mutex_unlock(&mig->lock);
    }
    return why;
}

void
qmig_messages(QemuDomain *dom, GPtrArray *texts)
{
    QemuMig *mig = dom->mig;

    if (!mig)
        return;
    g_mutex_lock(&mig->lock);
    if (mig->doubt_text)
        g_ptr_array_add(texts, g_strdup(mig->doubt_text));
    g_mutex_unlock(&mig->lock);
}
