/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Perform: the memory goes. From QEMU's "completed" on the source waits for Confirm, its CPUs stopped for good unless
 * the destination is known not to have started. */
#include <string.h>

#include "migration/knobs-check.h"
#include "qemu/migrate-silence.h"
#include "qemu/migrate-words.h"
#include "qemu/process.h"
#include "qemu/via.h"
#include "util/fd.h"
#include "util/json.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

/* What libvirt sends for "no limit": the largest number of whole MiB in QEMU's signed 64 bits. */
#define UNLIMITED_MIB G_GUINT64_CONSTANT(8796093022207)

static bool
check_arguments(const MigratePerformIn *in, const QemuConfig *config, GError **err)
{
    return qmig_tls_check_policy(config, in->flags, err) &&
           verb_check_flags(in->flags, mig_knobs_all_flags(), "virDomainMigratePerform3Params", err) &&
           mig_knobs_check(&in->params, in->flags, KNOBS_AT_SOURCE, err);
}

/* Takes over Begin's job, or opens one. The reference is the caller's. */
static QemuMig *
enter(VirConn *conn, QemuDomain *dom, const MigratePerformIn *in, GError **err)
{
    QemuMig *mig;

    if (in->flags & VIR_MIGRATE_CHANGE_PROTECTION) {
        if (!qemu_job_phase_enter(dom, ASYNC_MIGRATION_OUT, "perform", err))
            return NULL;
        mig = qmig_of(dom);
        if (!mig || mig->moved || mig->watching) {
            qmig_unref(mig);
            qemu_job_phase_leave(dom);
            return fail_null(err, VIR_ERR_OPERATION_INVALID, _("domain '%s' has been migrated already"), dom->name);
        }
        qmig_set_conn(mig, conn);
        mig->flags = in->flags;
        return mig;
    }
    if (!qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &qmig_ops, "perform", "virDomainMigratePerform3Params", err))
        return NULL;
    mig = qmig_new(dom, ASYNC_MIGRATION_OUT, in->flags, conn);
    mig->id = g_uuid_string_random();
    qmig_attach(dom, qmig_ref(mig));
    return mig;
}

/* Resolved now, while waiting is allowed; a name that cannot be resolved is no reason to refuse a migration whose own
 * address can. It is tried again when there is something to ask (migrate-doubt.c). */
static void
take_witness(QemuMig *mig, const MigWitness *witness)
{
    g_autoptr(GError) err = NULL;

    if (!g_uuid_string_is_valid(witness->id) || strlen(witness->token) != WITNESS_TOKEN_LEN ||
        strspn(witness->token, "0123456789abcdef") != WITNESS_TOKEN_LEN)
        return;
    mig->witness.address = g_strdup(witness->address);
    mig->witness.port = witness->port;
    mig->witness.token = g_strdup(witness->token);
    mig->witness.id = g_strdup(witness->id);
    if (!witness_ref_resolve(&mig->witness, &err))
        log_warn("domain '%s': %s; should an answer be lost, the guest is in doubt until it can be", mig->dom->name, err->message);
}

static bool
read_cookie(QemuMig *mig, const MigratePerformIn *in, GError **err)
{
    MigCookieReader      reader = { mig->dom->name, mig->dom->uuid, mig->host->driver->config->host_uuid_str };
    g_autoptr(MigCookie) cookie = mig_cookie_parse(in->cookie, COOKIE_FROM_PREPARE, &reader, err);

    if (!cookie)
        return false;
    if (cookie->hostname) {
        g_free(mig->peer);
        mig->peer = g_strdup(cookie->hostname);
    }
    if (cookie->present & COOKIE_CAPS) {
        g_autofree char *where = g_strdup_printf(_("QEMU on the destination '%s'"), mig->peer ? mig->peer : "?");
        guint32 wanted = mig_caps_wanted(in->params.v, in->params.n, in->flags, KNOB_DEST | KNOB_SOURCE);

        for (guint i = 0; i < mig_caps_n; i++)
            if (mig_caps[i].always)
                wanted &= ~(1u << i);
        if (!qmig_check_caps(wanted & mig_caps_wanted(in->params.v, in->params.n, in->flags, KNOB_DEST), cookie->caps,
                             where, err))
            return false;
    }
    if (cookie->present & COOKIE_WITNESS)
        take_witness(mig, &cookie->witness);
    return true;
}

static bool
open_journal(QemuMig *mig, GError **err)
{
    JournalRecord record = { .id = mig->id,
                             .side = JOURNAL_SOURCE,
                             .name = mig->dom->name,
                             .uuid = mig->dom->uuid_str,
                             .peer = mig->peer,
                             .flags = mig->flags,
                             .was_running = mig->was_running,
                             .witness = mig->witness };

    mig->entry = journal_begin(mig->host->journal, &record, err);
    if (!mig->entry)
        return false;
    journal_step(mig->entry, STEP_PERFORM);
    return true;
}

static char *
persistent_xml(QemuMig *mig, const Params *params, GError **err)
{
    QemuDomain       *dom = mig->dom;
    const char       *given = qmig_param_string(params, VIR_MIGRATE_PARAM_PERSIST_XML);
    g_autoptr(DomDef) def = NULL;

    if (given) {
        def = dom_def_parse(given, -1, 0, err);
    } else {
        g_mutex_lock(&dom->lock);
        def = dom_def_copy(dom->new_def ? dom->new_def : dom->def);
        g_mutex_unlock(&dom->lock);
    }
    return def ? dom_def_format(def, DOM_XML_SECURE | DOM_XML_INACTIVE | DOM_XML_MIGRATABLE, err) : NULL;
}

static JsonObject *
source_params(QemuMig *mig, const Params *params)
{
    JsonObject *args = qmig_params_args(params, mig->flags, KNOB_SOURCE);
    guint64     speed;

    if (!args)
        args = json_object_new();
    if (mig->tls)
        qmig_tls_params(&args, mig->tls_hostname);
    if (json_object_has_member(args, "max-bandwidth"))
        return args;
    g_mutex_lock(&mig->dom->lock);
    speed = mig->dom->mig_max_speed;
    g_mutex_unlock(&mig->dom->lock);
    json_object_set_int_member(args, "max-bandwidth", (gint64)((speed ? speed : UNLIMITED_MIB) << 20));
    return args;
}

/* One write for everything that has to be true before "migrate". */
static bool
arm(QemuMig *mig, QmpClient *qmp, const Params *params, const ViaSrc *via, GError **err)
{
    guint32    caps = mig_caps_wanted(params->v, params->n, mig->flags, KNOB_SOURCE);
    QmpCmd     cmds[4] = { { .cmd = "query-migrate-parameters" } };
    JsonNode  *rets[4] = { NULL };
    guint      n = 1;
    bool       ok;

    mig->caps_offered = mig->caps_all;
    cmds[n++] = (QmpCmd){ .cmd = "migrate-set-capabilities", .args = qmig_caps_args(caps, mig->caps_all) };
    cmds[n++] = (QmpCmd){ .cmd = "migrate-set-parameters", .args = source_params(mig, params) };
    if (via->fd >= 0)
        cmds[n++] = (QmpCmd){ .cmd = "getfd",
                              .args = json_make("s:fdname", "migrate", NULL),
                              .pass_fd = via->fd,
                              .has_fd = true };
    ok = qmp_batch(qmp, cmds, n, rets, err);
    if (rets[0])
        mig->old_params = json_object_ref(json_as_object(rets[0]));
    for (guint i = 0; i < n; i++)
        g_clear_pointer(&rets[i], json_node_unref);
    return ok;
}

static bool
is_over(const QemuMig *mig)
{
    return mig->gone || mig->unreachable || mig->status == QMIG_COMPLETED || mig->status == QMIG_FAILED ||
           mig->status == QMIG_CANCELLED;
}

/* Without LIVE the guest stands still while its memory goes; not before there is a way for it to go. */
static void
stop_guest(QemuMig *mig, QmpClient *qmp)
{
    QmigSilence       silence = { 0 };
    g_autoptr(GError) err = NULL;
    bool              goes;

    if ((mig->flags & VIR_MIGRATE_LIVE) || !mig->was_running)
        return;
    g_mutex_lock(&mig->lock);
    while (!is_over(mig) && (mig->status == QMIG_NONE || mig->status == QMIG_SETUP))
        qmig_silence_wait(&silence, mig, qmp);
    goes = mig->status == QMIG_ACTIVE && !mig->abort;
    g_mutex_unlock(&mig->lock);
    if (goes && !qemu_process_stop_cpus(mig->dom, VIR_DOMAIN_PAUSED_MIGRATION, &err))
        log_warn("domain '%s': it runs while its memory goes: %s, ignoring", mig->dom->name, err->message);
}

/* QEMU is done with its end; what it wrote may still be on the way. */
static bool
wait_for_tunnel(QemuMig *mig, Tunnel *tunnel, GError **err)
{
    g_autoptr(GError) why = NULL;
    GSource          *limit = qmig_silence_limit(mig);
    bool              arrived = tunnel->ops->finish(tunnel, &why), aborted;

    source_remove(&limit);
    g_mutex_lock(&mig->lock);
    mig->tunnel = NULL;
    mig->moved = arrived;
    aborted = mig->abort;
    g_mutex_unlock(&mig->lock);
    if (arrived)
        return true;
    if (aborted)
        return qmig_fail_aborted(mig, err);
    return fail(err, VIR_ERR_OPERATION_FAILED, _("%s: %s: %s"), _("migration out job"), _("unexpectedly failed"),
                why->message);
}

static bool
wait_until_sent(QemuMig *mig, QmpClient *qmp, GError **err)
{
    QmigSilence silence = { 0 };
    QmigStatus  status;
    bool        gone, aborted, all_sent;
    Tunnel     *tunnel;

    g_mutex_lock(&mig->lock);
    while (!is_over(mig))
        qmig_silence_wait(&silence, mig, qmp);
    status = mig->status;
    gone = mig->gone;
    aborted = mig->abort;
    /* A source that dies after its last byte has arrived has lost nothing: the destination goes on. */
    all_sent = mig->all_sent || (mig->unreachable && mig->sent); /* then the destination has the say */
    gone = gone && !all_sent;
    tunnel = mig->tunnel;
    mig->moved = all_sent && !tunnel;
    g_mutex_unlock(&mig->lock);

    /* From libvirt's domain code, not its QEMU driver: clients prefer what Finish says to a failure of the latter. */
    if (gone)
        return verr_set(err, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, _("domain is not running"));
    if (all_sent)
        return !tunnel || wait_for_tunnel(mig, tunnel, err);
    if (aborted || status == QMIG_CANCELLED)
        return qmig_fail_aborted(mig, err);
    return qmig_fail_as_qemu_says(mig, qmp, err);
}

/* An abort that came while we were still preparing finds its way here. */
static bool
start_watching(QemuMig *mig, Tunnel *tunnel, GError **err)
{
    bool aborted;

    g_mutex_lock(&mig->lock);
    mig->watching = true;
    mig->status = QMIG_NONE;
    mig->tunnel = tunnel;
    aborted = mig->abort;
    g_mutex_unlock(&mig->lock);
    return !aborted || qmig_fail_aborted(mig, err);
}

static bool
move_guest(QemuMig *mig, QmpClient *qmp, const Params *params, ViaSrc *via, GError **err)
{
    if (!start_watching(mig, via->tunnel, err) || !arm(mig, qmp, params, via, err))
        return false;
    if (mig->tls && via->fd >= 0 && !qmig_line_hold(mig, via->fd, err))
        return false;
    fd_close(&via->fd); /* QEMU has its own now, and but for a handshake the only one */
    if (!qmig_tell_migrate(mig, qmp, via->qemu_uri, err))
        return false;
    /* Between the last look and "migrate" somebody may have asked to stop: QEMU would not have known of anything to
     * cancel then. */
    g_mutex_lock(&mig->lock);
    if (mig->abort)
        qmig_cancel(mig, qmp);
    g_mutex_unlock(&mig->lock);
    stop_guest(mig, qmp);
    return wait_until_sent(mig, qmp, err);
}

static GBytes *
perform_cookie(QemuMig *mig)
{
    QemuDomain          *dom = mig->dom;
    const QemuConfig    *config = dom->driver->config;
    g_autoptr(MigCookie) cookie = mig_cookie_new(dom->name, dom->uuid, config->hostname, config->host_uuid_str);
    MigStats             stats = { 0 };

    mig_progress_snapshot(&mig->progress, &stats);
    mig_stats_sent(&stats, mig_now_ms());
    mig_cookie_set_stats(cookie, &stats);
    mig_stats_clear(&stats);
    if (mig->persistent_xml)
        mig_cookie_set_persistent(cookie, mig->persistent_xml);
    return mig_cookie_format(cookie);
}

static bool
read_uri(QemuMig *mig, const Params *params, ViaSrc *via, const ViaOps **ret_ops, GError **err)
{
    const char *uri = qmig_param_string(params, VIR_MIGRATE_PARAM_URI);

    if (mig->flags & VIR_MIGRATE_TUNNELLED) {
        *ret_ops = &via_tunnel;
        return via->tunnel ? via_check(*ret_ops, params, mig->flags, err)
                           : fail(err, VIR_ERR_OPERATION_INVALID,
                                  _("cannot perform tunnelled migration without using peer2peer flag"));
    }
    if (!uri)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("the destination named no migration URI and none was given"));
    if (!via_uri_parse(uri, &via->uri, err))
        return false;
    mig->far_end = via_uri_far_end(&via->uri);
    *ret_ops = via_pick(via->uri.scheme, params, mig->flags, uri, err);
    return *ret_ops && (*ret_ops != &via_unix ||
                        via_unix_refuse_listen(qmig_param_string(params, VIR_MIGRATE_PARAM_LISTEN_ADDRESS), err));
}

/* Begin of the same job has asked already. */
static bool
know_caps(QemuMig *mig, QmpClient *qmp, GError **err)
{
    g_autoptr(JsonNode) caps = NULL;

    if (mig->caps_all)
        return true;
    if (!qmp_call(qmp, "query-migrate-capabilities", NULL, &caps, err))
        return false;
    mig->caps_all = qmig_caps_of_reply(caps);
    return true;
}

static bool
prepare_source(QemuMig *mig, QmpClient *qmp, const MigratePerformIn *in, GError **err)
{
    int state, reason;

    if (!read_cookie(mig, in, err) || !know_caps(mig, qmp, err))
        return false;
    if (!qmig_check_caps(mig_caps_wanted(in->params.v, in->params.n, mig->flags, KNOB_SOURCE), mig->caps_all,
                         _("QEMU on the source"), err))
        return false;
    qemu_domain_get_state(mig->dom, &state, &reason);
    g_mutex_lock(&mig->lock);
    mig->was_running = state == VIR_DOMAIN_RUNNING;
    g_mutex_unlock(&mig->lock);
    if (mig->flags & VIR_MIGRATE_PERSIST_DEST) {
        mig->persistent_xml = persistent_xml(mig, &in->params, err);
        if (!mig->persistent_xml)
            return false;
    }
    return open_journal(mig, err);
}

static bool
perform(QemuMig *mig, Tunnel *tunnel, const MigratePerformIn *in, GError **err)
{
    g_autoptr(QmpClient) qmp = qemu_domain_qmp(mig->dom, err);
    const ViaOps        *ops = NULL;
    ViaSrc               via = { .mig = mig, .tunnel = tunnel, .fd = -1, .multifd = in->flags & VIR_MIGRATE_PARALLEL };
    bool                 ok;

    if (!qmp)
        return false;
    mig_progress_enter(&mig->progress, MIG_PREPARING);
    ok = read_uri(mig, &in->params, &via, &ops, err) && prepare_source(mig, qmp, in, err) &&
         qmig_tls_open_source(mig, qmp, &in->params, &via, err) && ops->connect(&via, err) &&
         move_guest(mig, qmp, &in->params, &via, err);
    g_mutex_lock(&mig->lock);
    mig->tunnel = NULL;
    g_mutex_unlock(&mig->lock);
    qmig_line_release(mig);
    if (!ok)
        qmig_source_roll_back(mig, qmp);
    via_src_clear(&via);
    return ok;
}

/* QEMU was told to migrate and cannot be told to stop: it would go on to the switchover and wait there, its CPUs stopped. */
static bool
is_left_alone(QemuMig *mig)
{
    bool alone;

    g_mutex_lock(&mig->lock);
    alone = mig->told && mig->unreachable && !mig->gone && !mig->sent;
    mig->abort = mig->abort || alone;
    g_mutex_unlock(&mig->lock);
    return alone;
}

bool
qmig_perform(VirConn *conn, Tunnel *tunnel, const MigratePerformIn *in, MigratePerformOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    g_autoptr(QemuMig)    mig = NULL;
    GError               *why = NULL;
    bool                  lost;

    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    mig = dom ? enter(conn, dom, in, err) : NULL;
    if (!mig)
        return false;

    if (!perform(mig, tunnel, in, &why)) {
        if (is_left_alone(mig)) {
            qmig_stay_stuck(mig, why);
            g_propagate_error(err, why);
            return false;
        }
        mig_progress_enter(&mig->progress, g_error_matches(why, VIR_ERR_QUARK, VIR_ERR_OPERATION_ABORTED)
                                               ? MIG_CANCELLED
                                               : MIG_FAILED);
        mig_progress_set_error(&mig->progress, why->message);
        qmig_keep_stats(mig, NULL);
        g_mutex_lock(&mig->lock);
        lost = mig->gone;
        g_mutex_unlock(&mig->lock);
        qmig_end(mig, lost ? OUTCOME_LOST : OUTCOME_FAILED, why->message);
        g_propagate_error(err, why);
        return false;
    }
    out->cookie = perform_cookie(mig);
    qmig_leave(mig);
    return true;
}

bool
qemu_migrate_perform(VirConn *conn, const MigratePerformIn *in, MigratePerformOut *out, GError **err)
{
    if (!check_arguments(in, qemu_driver_of(conn)->config, err))
        return false;
    if (in->flags & VIR_MIGRATE_PEER2PEER)
        return qmig_p2p(conn, in, err);
    /* A cookie comes from a destination's Prepare; without one there is no destination to speak of. */
    return in->cookie && g_bytes_get_size(in->cookie) > 0 ? qmig_perform(conn, NULL, in, out, err)
                                                          : qmig_direct(conn, in, err);
}
