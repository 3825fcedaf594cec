/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finish: the guest's pause ends here, so "cont" comes first and everything else after it. Before it is sent the
 * decision is made, once and for all, against a source that may be asking at the same moment. */
#include <string.h>

#include "migration/knobs-check.h"
#include "model/params.h"
#include "qemu/events.h"
#include "qemu/migrate-words.h"
#include "qemu/process.h"
#include "qemu/qmp-client.h"
#include "qemu/state.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

/* Clients tell this in place of what the source said, if that was no more than that its connection broke: a guest that
 * could not arrive because the source gave up is not worth their while. */
static bool
fail_to_arrive(const char *name, const char *words, bool cancelled, GError **err)
{
    if (!words && cancelled)
        return fail(err, VIR_ERR_MIGRATE_FINISH_OK, _("migration successfully aborted"));
    return fail(err, VIR_ERR_OPERATION_FAILED, _("domain '%s' could not arrive: %s"), name, words ? words : _("QEMU exited"));
}

static QemuDomain *
find(QemuDriver *driver, const MigrateFinishIn *in, GError **err)
{
    const char      *name = qmig_param_string(&in->params, VIR_MIGRATE_PARAM_DEST_NAME);
    QemuDomain      *dom = name ? qemu_domain_table_by_name(driver->domains, name) : NULL;
    g_autofree char *why = NULL;

    if (dom && qemu_job_async(dom) == ASYNC_MIGRATION_IN)
        return dom;
    if (name && qmig_host_take_fallen(qmig_host_of(driver), name, &why)) {
        qemu_domain_unref(dom);
        fail_to_arrive(name, why, in->cancelled, err);
        return NULL;
    }
    if (dom)
        return dom;
    return fail_null(err, VIR_ERR_NO_DOMAIN, _("no domain with matching name '%s'"), name ? name : "");
}

static bool
finish_cancelled(QemuMig *mig, GError **err)
{
    g_autofree char *words = NULL;

    if (mig->listening && !witness_try_cancel(mig->host->witness, mig->id) &&
        witness_look(mig->host->witness, mig->id) != WITNESS_CANCELLED) {
        qmig_leave(mig);
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain '%s' has been started already"), mig->dom->name);
    }
    qemu_process_stop(mig->dom, VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, STOP_KILL, NULL);
    words = mig->listening ? qmig_last_words(mig->dom) : NULL;
    qmig_end(mig, OUTCOME_FAILED, words ? words : "cancelled");
    return fail_to_arrive(mig->dom->name, words, true, err);
}

static bool
was_resumed(QemuMig *mig)
{
    bool resumed;

    g_mutex_lock(&mig->lock);
    resumed = mig->resumed;
    g_mutex_unlock(&mig->lock);
    return resumed;
}

/* The guest is of no use here: it goes, and only then its source may hear that it never ran. */
static bool
give_up(QemuMig *mig, GError *why, GError **err)
{
    QemuDomain *dom = mig->dom;

    qemu_process_stop(dom, VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, STOP_KILL, NULL);
    qmig_end(mig, was_resumed(mig) ? OUTCOME_MOVED : OUTCOME_FAILED, why->message);
    g_propagate_error(err, why);
    return false;
}

/* "cont" was sent and its answer is lost with the monitor, while QEMU lives: the guest may run. It is not killed, and nobody
 * is told that it never ran: its source stays as it is until a person has looked. */
static bool
fail_unheard(QemuMig *mig, GError *why, GError **err)
{
    QemuDomain      *dom = mig->dom;
    g_autofree char *text = g_strdup_printf(_("domain '%s' was told to run here and its monitor has not answered: look whether it "
                                              "does before you resume it at its source, or destroy this copy"), dom->name);

    log_error("%s: %s", text, why->message);
    g_mutex_lock(&dom->lock);
    g_ptr_array_add(dom->messages, g_strdup(text));
    g_mutex_unlock(&dom->lock);
    qmig_end(mig, OUTCOME_LOST, text);
    g_propagate_prefixed_error(err, why, "%s: ", text);
    return false;
}

/* A refusal is one only if it was heard, or QEMU has gone without its CPUs having been seen to run. */
static bool
is_unheard(QemuMig *mig, const GError *why)
{
    return qmp_error_is_lost(why) && qemu_domain_is_active_now(mig->dom);
}

static bool
wait_until_loaded(QemuMig *mig, GError **err)
{
    QmigStatus status;
    bool       gone, revoked;

    g_mutex_lock(&mig->lock);
    while (!mig->gone && !mig->revoked && !mig->unreachable && mig->status != QMIG_COMPLETED && mig->status != QMIG_FAILED)
        g_cond_wait(&mig->changed, &mig->lock);
    status = mig->status;
    gone = mig->gone;
    revoked = mig->revoked;
    g_mutex_unlock(&mig->lock);

    if (revoked)
        return fail(err, VIR_ERR_OPERATION_ABORTED, _("%s: %s"), _("migration in job"), _("taken back by the source"));
    if (gone) {
        g_autofree char *words = qmig_last_words(mig->dom);

        return fail(err, VIR_ERR_OPERATION_FAILED, _("domain is not running%s%s"), words ? ": " : "", words ? words : "");
    }
    return status == QMIG_COMPLETED ||
           fail(err, VIR_ERR_OPERATION_FAILED, _("%s: %s"), _("migration in job"), _("unexpectedly failed"));
}

/* What the guest's definition here will be; NULL and no error: none was asked for. */
static bool
read_definition(QemuMig *mig, const MigCookie *cookie, DomDef **ret_def, GError **err)
{
    QemuDomain       *dom = mig->dom;
    g_autoptr(DomDef) def = NULL;

    *ret_def = NULL;
    if (!(mig->flags & VIR_MIGRATE_PERSIST_DEST))
        return true;
    if (mig->offline_def) {
        def = g_steal_pointer(&mig->offline_def);
    } else if (cookie->present & COOKIE_PERSISTENT) {
        def = dom_def_parse(cookie->persistent_xml, -1, 0, err);
        if (!def || !dom_def_set_name(def, dom->name, err) || !qemu_driver_complete_def(dom->driver, def, err))
            return false;
        memcpy(def->uuid, dom->uuid, VIR_UUID_BUFLEN);
    } else {
        def = dom_def_copy(dom->def);
        dom_def_strip_live(def);
    }
    *ret_def = g_steal_pointer(&def);
    return true;
}

/* In memory and as an event before the guest runs, as libvirt has it; on disk after it. Takes def. */
static void
take_definition(QemuDomain *dom, DomDef *def, bool *ret_was_known)
{
    if (!def)
        return;
    g_mutex_lock(&dom->lock);
    *ret_was_known = dom->persistent;
    g_mutex_unlock(&dom->lock);
    qemu_domain_set_persistent_def(dom, def);
    qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_DEFINED,
                         *ret_was_known ? VIR_DOMAIN_EVENT_DEFINED_UPDATED : VIR_DOMAIN_EVENT_DEFINED_ADDED);
}

/* The guest could not be started after all: a definition that is on disk is read from there again. */
static void
drop_definition(QemuMig *mig, bool was_known)
{
    QemuDomain *dom = mig->dom;

    if (!(mig->flags & VIR_MIGRATE_PERSIST_DEST))
        return;
    g_mutex_lock(&dom->lock);
    g_clear_pointer(&dom->new_def, dom_def_free);
    dom->persistent = was_known;
    g_mutex_unlock(&dom->lock);
    if (!was_known)
        qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_REMOVED);
}

static bool
start_guest(QemuMig *mig, GError **err)
{
    QemuDomain *dom = mig->dom;

    if (!(mig->flags & VIR_MIGRATE_PAUSED))
        return qemu_process_start_cpus(dom, VIR_DOMAIN_RUNNING_MIGRATED, err);
    g_mutex_lock(&dom->lock);
    qemu_domain_set_state(dom, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER);
    g_mutex_unlock(&dom->lock);
    qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    return true;
}

/* From here on nobody can take the guest back, or it never runs here. */
static bool
commit(QemuMig *mig, GError **err)
{
    if (!witness_try_start(mig->host->witness, mig->id))
        return fail(err, VIR_ERR_OPERATION_ABORTED, _("%s: %s"), _("migration in job"), _("taken back by the source"));
    g_mutex_lock(&mig->lock);
    mig->started = true;
    g_mutex_unlock(&mig->lock);
    journal_step(mig->entry, STEP_START);
    return true;
}

static GBytes *
finish_cookie(QemuMig *mig, const MigStats *stats)
{
    const QemuConfig    *config = mig->dom->driver->config;
    g_autoptr(MigCookie) cookie = mig_cookie_new(mig->origin, mig->dom->uuid, config->hostname, config->host_uuid_str);

    if (stats->started)
        mig_cookie_set_stats(cookie, stats);
    return mig_cookie_format(cookie);
}

/* A source that can ask learns from an error that the guest runs here; another one would start it a second time. */
static bool
store_definition(QemuMig *mig, bool source_can_ask, GError **err)
{
    QemuDomain *dom = mig->dom;
    GError     *why = NULL;

    if (!(mig->flags & VIR_MIGRATE_PERSIST_DEST) || qemu_state_save_definition(dom, &why))
        return true;
    log_error("domain '%s' runs, but its definition cannot be stored: %s", dom->name, why->message);
    g_mutex_lock(&dom->lock);
    g_ptr_array_add(dom->messages, g_strdup_printf(_("the definition could not be stored: %s"), why->message));
    g_mutex_unlock(&dom->lock);
    if (!source_can_ask) {
        g_error_free(why);
        return true;
    }
    g_propagate_prefixed_error(err, why, _("domain '%s' runs at the destination, but its definition cannot be stored: "),
                               dom->name);
    return false;
}

static bool
land(QemuMig *mig, const MigrateFinishIn *in, MigrateFinishOut *out, GError **err)
{
    QemuDomain          *dom = mig->dom;
    MigCookieReader      reader = { mig->origin, dom->uuid, dom->driver->config->host_uuid_str };
    g_autoptr(MigCookie) cookie = NULL;
    g_autoptr(QmpClient) qmp = NULL;
    MigStats             stats = { 0 };
    DomDef              *def = NULL;
    GError              *why = NULL;
    bool                 ok, was_known = false;

    cookie = mig_cookie_parse(in->cookie, COOKIE_FROM_PERFORM, &reader, &why);
    if (!cookie || !wait_until_loaded(mig, &why) || !read_definition(mig, cookie, &def, &why) || !commit(mig, &why)) {
        dom_def_free(def);
        return give_up(mig, why, err);
    }
    take_definition(dom, def, &was_known);
    if (!start_guest(mig, &why)) {
        if (!is_unheard(mig, why)) {
            drop_definition(mig, was_known);
            return give_up(mig, why, err);
        }
        if (!was_resumed(mig)) {
            store_definition(mig, false, NULL);
            return fail_unheard(mig, why, err);
        }
        g_clear_error(&why);
    }

    /* It runs. */
    journal_outcome(mig->entry, OUTCOME_MOVED, NULL);
    witness_decide(mig->host->witness, mig->id, WITNESS_RUNNING);
    mig_progress_enter(&mig->progress, MIG_LANDED);
    if (cookie->present & COOKIE_STATISTICS) {
        mig_stats_copy(&cookie->stats, &stats);
        mig_stats_received(&stats, mig_now_ms());
        mig_stats_landed(&stats, mig_now_ms());
        stats.operation = VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN;
        stats.status = VIR_DOMAIN_JOB_COMPLETED;
    }
    qmp = qemu_domain_qmp(dom, NULL);
    if (qmp)
        qmig_restore_knobs(mig, qmp);
    ok = store_definition(mig, mig->asks && witness_ref_is_set(&mig->witness), err);
    if (ok) {
        out->cookie = finish_cookie(mig, &stats);
        qemu_domain_fill_ref(dom, &out->dom);
    }
    qmig_keep_stats(mig, &stats);
    mig_stats_clear(&stats);
    qmig_end(mig, OUTCOME_MOVED, NULL);
    g_mutex_lock(&dom->lock);
    qemu_state_touch_status(dom);
    g_mutex_unlock(&dom->lock);
    return ok;
}

static bool
finish_offline(QemuMig *mig, const MigrateFinishIn *in, MigrateFinishOut *out, GError **err)
{
    QemuDomain      *dom = mig->dom;
    const MigCookie  nothing = { 0 };
    DomDef          *def = NULL;
    bool             ok, was_known;

    if (in->cancelled) {
        qmig_end(mig, OUTCOME_FAILED, "cancelled");
        qemu_domain_remove_if_unused(dom);
        return fail(err, VIR_ERR_MIGRATE_FINISH_OK, _("migration successfully aborted"));
    }
    ok = read_definition(mig, &nothing, &def, err);
    if (ok) {
        take_definition(dom, def, &was_known);
        ok = qemu_state_save_definition(dom, err);
    }
    if (ok) {
        qemu_domain_fill_ref(dom, &out->dom);
        out->cookie = finish_cookie(mig, &(MigStats){ 0 });
    }
    qmig_end(mig, ok ? OUTCOME_MOVED : OUTCOME_FAILED, NULL);
    qemu_domain_remove_if_unused(dom);
    return ok;
}

bool
qemu_migrate_finish(VirConn *conn, const MigrateFinishIn *in, MigrateFinishOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    g_autoptr(QemuMig)    mig = NULL;

    if (!verb_check_flags(in->flags, mig_knobs_all_flags(), "virDomainMigrateFinish3Params", err) ||
        !mig_knobs_check(&in->params, in->flags, KNOBS_AT_DEST, err))
        return false;
    dom = find(qemu_driver_of(conn), in, err);
    if (!dom || !qemu_job_phase_enter(dom, ASYNC_MIGRATION_IN, "finish", err))
        return false;
    mig = qmig_of(dom);
    if (!mig) {
        qemu_job_phase_leave(dom);
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain '%s' is not processing incoming migration"), dom->name);
    }
    /* What the guest was started with counts; PAUSED may be said now. */
    mig->flags |= in->flags & (VIR_MIGRATE_PAUSED | VIR_MIGRATE_PERSIST_DEST);
    if (mig->flags & VIR_MIGRATE_OFFLINE)
        return finish_offline(mig, in, out, err);
    return in->cancelled ? finish_cancelled(mig, err) : land(mig, in, out, err);
}
