/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After a restart: what becomes of the migrations that the former daemon was in the middle of. Policy is one table. */
#include <string.h>

#include "qemu/migrate-priv.h"
#include "qemu/process.h"
#include "qemu/state.h"
#include "util/json.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

typedef struct {
    QemuMig       *mig;
    JournalRecord *record;
    QmpClient     *qmp;
} Recovery;

typedef void (*RecoverFunc)(Recovery *r);

static void cancel_and_resume(Recovery *r);
static void go_on_killing(Recovery *r);
static void go_on_resuming(Recovery *r);
static void kill_arrival(Recovery *r);
static void keep_if_started(Recovery *r);
static void keep(Recovery *r);

/* The first row whose side, step (or outcome) fits. A guest whose QEMU has gone is judged by bury() instead, and so is a
 * migration that is_past(). */
static const struct {
    JournalSide    side;
    JournalStep    step;    /* reached; STEP_LAST: any */
    JournalOutcome outcome; /* written down; OUTCOME_LAST: any */
    RecoverFunc    act;
} on_restart[] = {
    { JOURNAL_SOURCE, STEP_CONFIRM, OUTCOME_LAST, go_on_killing },
    { JOURNAL_SOURCE, STEP_RESUME, OUTCOME_LAST, go_on_resuming },
    /* QEMU itself knows whether everything has been sent; if so, the destination is asked. */
    { JOURNAL_SOURCE, STEP_LAST, OUTCOME_LAST, cancel_and_resume },
    { JOURNAL_DESTINATION, STEP_LAST, OUTCOME_MOVED, keep },
    { JOURNAL_DESTINATION, STEP_START, OUTCOME_LAST, keep_if_started },
    { JOURNAL_DESTINATION, STEP_LAST, OUTCOME_LAST, kill_arrival },
};

static RecoverFunc
action_for(const JournalRecord *record)
{
    for (gsize i = 0; i < G_N_ELEMENTS(on_restart); i++)
        if (on_restart[i].side == record->side &&
            (on_restart[i].step == STEP_LAST || journal_reached(record, on_restart[i].step)) &&
            (on_restart[i].outcome == OUTCOME_LAST || on_restart[i].outcome == record->outcome))
            return on_restart[i].act;
    g_assert_not_reached();
}

static void
log_failure(Recovery *r, const GError *err)
{
    log_error("domain '%s': recovering its migration: %s", r->mig->dom->name, err->message);
}

static void
go_on_killing(Recovery *r)
{
    g_autoptr(GError) err = NULL;

    if (!qmig_source_kill(r->mig, &err))
        log_failure(r, err);
}

static void
go_on_resuming(Recovery *r)
{
    g_autoptr(GError) err = NULL;

    if (!qmig_source_resume(r->mig, "rolled back after a restart", &err))
        log_failure(r, err);
}

static void
ask_destination(QemuMig *mig)
{
    g_mutex_lock(&mig->lock);
    mig->sent = mig->moved = true;
    g_mutex_unlock(&mig->lock);
    mig_progress_enter(&mig->progress, MIG_MOVED);
    qmig_leave(mig);
    qmig_doubt_settle_alone(mig);
}

/* Whoever asks the guest for something makes the daemon try its monitor again. */
void
qmig_stay_stuck(QemuMig *mig, const GError *why)
{
    log_error("domain '%s': its migration cannot be brought to an end: %s", mig->dom->name, why->message);
    log_error("domain '%s': its migration stays open until its monitor answers; domjobabort tries it again", mig->dom->name);
    g_mutex_lock(&mig->lock);
    mig->stuck = true;
    g_mutex_unlock(&mig->lock);
    qemu_job_recovery_stuck(mig->dom);
    qmig_leave(mig);
}

static void
cancel_and_resume(Recovery *r)
{
    QemuMig          *mig = r->mig;
    g_autoptr(GError) err = NULL;
    QmigStatus        status;

    if (!qmig_calm(mig, r->qmp, &status, &err)) {
        qmig_stay_stuck(mig, err);
        return;
    }
    if (status == QMIG_COMPLETED) {
        ask_destination(mig);
        return;
    }
    go_on_resuming(r);
}

static void
kill_arrival(Recovery *r)
{
    qemu_process_stop(r->mig->dom, VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, STOP_KILL, NULL);
    qmig_end(r->mig, OUTCOME_FAILED, "rolled back after a restart");
}

/* A definition that was promised and not stored any more. What came with the cookie went with the former daemon; the
 * guest's own is the next best. */
static void
store_definition(QemuDomain *dom)
{
    g_autoptr(GError) err = NULL;
    DomDef           *def;
    bool              known;

    g_mutex_lock(&dom->lock);
    known = dom->persistent;
    def = known ? NULL : dom_def_copy(dom->def);
    g_mutex_unlock(&dom->lock);
    if (known)
        return;
    dom_def_strip_live(def);
    qemu_domain_set_persistent_def(dom, def);
    if (!qemu_state_save_definition(dom, &err))
        log_error("domain '%s': %s", dom->name, err->message);
}

static void
keep(Recovery *r)
{
    QmigStatus        status;
    g_autoptr(GError) err = NULL;
    bool              ran;

    if (r->mig->flags & VIR_MIGRATE_PERSIST_DEST)
        store_definition(r->mig->dom);
    if (qmig_ask_qemu(r->mig, r->qmp, &status, &ran, &err))
        qmig_restore_knobs(r->mig, r->qmp);
    else
        log_failure(r, err);
    qmig_end(r->mig, OUTCOME_MOVED, "kept after a restart");
}

/* "cont" may or may not have reached QEMU; nothing of the former daemon reaches it any more, so its word is final. */
static void
keep_if_started(Recovery *r)
{
    QmigStatus        status;
    g_autoptr(GError) err = NULL;
    bool              ran;

    if (!qmig_ask_qemu(r->mig, r->qmp, &status, &ran, &err)) {
        log_failure(r, err);
        qmig_end(r->mig, OUTCOME_LOST, "whether it was started is not known");
    } else if (ran || (r->mig->flags & VIR_MIGRATE_PAUSED)) {
        keep(r);
    } else {
        kill_arrival(r);
    }
}

static QemuMig *
adopt(QemuDriver *driver, QemuDomain *dom, const JournalRecord *record)
{
    bool         source = record->side == JOURNAL_SOURCE;
    QemuAsyncJob side = source ? ASYNC_MIGRATION_OUT : ASYNC_MIGRATION_IN;
    QemuMig     *mig = qmig_new(dom, side, record->flags, NULL);

    mig->id = g_strdup(record->id);
    mig->peer = g_strdup(record->peer);
    mig->origin = g_strdup(record->name);
    mig->was_running = record->was_running;
    mig->sent = source && journal_reached(record, STEP_SENT);
    mig->started = journal_reached(record, STEP_START);
    mig->port = record->port;
    mig->socket = g_strdup(record->socket);
    mig->tls = record->flags & VIR_MIGRATE_TLS;
    mig->entry = journal_reopen(mig->host->journal, record);
    witness_ref_copy(&record->witness, &mig->witness);
    mig_progress_enter(&mig->progress, MIG_PREPARING);
    if (!source) {
        if (record->port)
            ports_claim(mig->host->ports, record->port);
        /* Whoever asks now waits for what we find out. */
        witness_add(mig->host->witness, mig->id, record->witness.token ? record->witness.token : "-", WITNESS_STARTING);
        qmig_host_add_arrival(mig->host, mig);
        mig->listening = true;
    }
    /* In this order: a QEMU that exits from now on finds whom to tell. */
    qmig_attach(dom, qmig_ref(mig));
    qemu_job_async_adopt(dom, side, &qmig_ops, "recover");
    return mig;
}

static JournalOutcome
fate_without_qemu(QmigHost *host, const JournalRecord *record)
{
    if (record->outcome == OUTCOME_MOVED || record->outcome == OUTCOME_FAILED)
        return record->outcome;
    if (record->side == JOURNAL_SOURCE)
        return journal_reached(record, STEP_CONFIRM) ? OUTCOME_MOVED : OUTCOME_LOST;
    /* Lines may be missing when the host went down: then nobody knows whether the guest has run here. */
    if (!g_str_equal(record->boot, journal_boot_id(host->journal)))
        return OUTCOME_LOST;
    return journal_reached(record, STEP_START) ? OUTCOME_LOST : OUTCOME_FAILED;
}

static void
forget_moved(QemuDomain *dom, const JournalRecord *record, JournalOutcome outcome)
{
    if (outcome == OUTCOME_MOVED && record->side == JOURNAL_SOURCE && (record->flags & VIR_MIGRATE_UNDEFINE_SOURCE)) {
        qmig_forget_definition(dom);
        qemu_domain_remove_if_unused(dom);
    }
}

/* Its QEMU has gone: only the outcome is left to be written down. */
static void
bury(QmigHost *host, QemuDomain *dom, const JournalRecord *record)
{
    JournalOutcome outcome = fate_without_qemu(host, record);
    JournalEntry  *entry = journal_reopen(host->journal, record);

    via_unix_remove(record->socket);
    log_info("domain '%s': migration %s: %s, nothing is left to be done", record->name, record->id, journal_outcome_name(outcome));
    if (record->outcome == OUTCOME_NONE || record->outcome == OUTCOME_DOUBT)
        journal_outcome(entry, outcome, "QEMU exited");
    if (record->side == JOURNAL_DESTINATION && record->witness.token)
        witness_add(host->witness, record->id, record->witness.token,
                    outcome == OUTCOME_MOVED    ? WITNESS_RUNNING
                    : outcome == OUTCOME_FAILED ? WITNESS_CANCELLED
                                                : WITNESS_UNKNOWN);
    if (dom && !qemu_domain_is_active_now(dom))
        forget_moved(dom, record, outcome);
    journal_end(entry, NULL);
}

/* It went while it was being adopted, so that nobody may have heard of it. */
static void
bury_adopted(QemuMig *mig, const JournalRecord *record)
{
    JournalOutcome outcome = fate_without_qemu(mig->host, record);

    qmig_end(mig, outcome, "QEMU exited");
    forget_moved(mig->dom, record, outcome);
}

typedef struct {
    QemuMig       *mig;
    JournalRecord *record; /* NULL: it was stuck */
} Task;

/* What was stuck is nobody's phase any more. */
static void
go_on(Recovery *r)
{
    g_autoptr(GError) err = NULL;

    if (qemu_job_phase_enter(r->mig->dom, ASYNC_MIGRATION_OUT, "recover", &err))
        cancel_and_resume(r);
    else
        log_failure(r, err);
}

static void
act(Recovery *r)
{
    if (!r->record && r->qmp)
        go_on(r);
    else if (r->qmp)
        action_for(r->record)(r);
    else if (r->record) /* qmig_gone() saw to one that had been stuck */
        bury_adopted(r->mig, r->record);
}

void
qmig_recover_again(QemuMig *mig)
{
    QmigHost *host = mig->host;
    Task     *task;

    /* Under the lock, so that a daemon that is stopping cannot take the pool away in between. */
    g_mutex_lock(&host->lock);
    if (host->recoverers) {
        log_info("domain '%s': its monitor answers again, the recovery of its migration goes on", mig->dom->name);
        task = g_new(Task, 1);
        *task = (Task){ qmig_ref(mig), NULL };
        g_thread_pool_push(host->recoverers, task, NULL);
    } /* else the next daemon goes on with it */
    g_mutex_unlock(&host->lock);
}

static void
run_task(gpointer data, gpointer unused)
{
    Task             *task = data;
    QemuDomain       *dom = qemu_domain_ref(task->mig->dom);
    g_autoptr(GError) err = NULL;
    Recovery          r = { .mig = task->mig, .record = task->record, .qmp = qemu_domain_qmp(dom, &err) };

    act(&r);
    qmp_client_unref(r.qmp);
    qmig_unref(task->mig);
    journal_record_free(task->record);
    qemu_domain_remove_if_unused(dom);
    qemu_domain_unref(dom);
    g_free(task);
}

/* An outcome is written when everything has been done, but for the rest of an arrival that runs. A record that has one and
 * is still there could not be put away: a QEMU that is active now may be another one, of a later migration. */
static bool
is_past(GPtrArray *records, const JournalRecord *record)
{
    if (record->outcome != OUTCOME_MOVED && record->outcome != OUTCOME_FAILED)
        return false;
    if (record->side == JOURNAL_SOURCE || record->outcome == OUTCOME_FAILED)
        return true;
    for (guint i = 0; i < records->len; i++) {
        const JournalRecord *other = g_ptr_array_index(records, i);

        if (other && other != record && g_str_equal(other->uuid, record->uuid))
            return true;
    }
    return false;
}

static void
recover_one(QemuDriver *driver, JournalRecord *record, bool past)
{
    g_autoptr(QemuDomain) dom = NULL;
    guint8                uuid[VIR_UUID_BUFLEN];
    Task                 *task;

    if (dom_uuid_parse(record->uuid, uuid))
        dom = qemu_domain_table_by_uuid(driver->domains, uuid);
    if (past || !dom || !qemu_domain_is_active_now(dom)) {
        bury(driver->mig, dom, record);
        journal_record_free(record);
        return;
    }
    task = g_new(Task, 1);
    *task = (Task){ adopt(driver, dom, record), record };
    g_thread_pool_push(qmig_host_of(driver)->recoverers, task, NULL);
}

/* Jobs without a journal: Begin had taken them and nothing had been done, or everything had. */
static void
forget_jobs(QemuDriver *driver)
{
    g_autoptr(GPtrArray) doms = qemu_domain_table_list(driver->domains);

    for (guint i = 0; i < doms->len; i++) {
        QemuDomain *dom = g_ptr_array_index(doms, i);
        bool        stale;

        g_mutex_lock(&dom->lock);
        stale = dom->job.async != ASYNC_NONE && !dom->mig;
        g_mutex_unlock(&dom->lock);
        if (stale)
            qemu_job_async_end(dom);
    }
}

void
qmig_recover(QemuDriver *driver)
{
    QmigHost            *host = qmig_host_of(driver);
    g_autoptr(GPtrArray) records = journal_unfinished(host->journal);

    g_mutex_lock(&host->lock);
    host->recoverers = g_thread_pool_new(run_task, NULL, 4, FALSE, NULL);
    g_mutex_unlock(&host->lock);
    /* The past first: what is open decides about the guest. */
    for (guint i = 0; i < records->len; i++) {
        JournalRecord *record = g_ptr_array_index(records, i);

        if (is_past(records, record)) {
            g_ptr_array_index(records, i) = NULL;
            recover_one(driver, record, true);
        }
    }
    for (guint i = 0; i < records->len; i++)
        if (g_ptr_array_index(records, i))
            recover_one(driver, g_steal_pointer(&g_ptr_array_index(records, i)), false);
    forget_jobs(driver);
}
