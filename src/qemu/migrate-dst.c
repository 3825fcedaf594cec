/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prepare: a QEMU that waits for the guest. Everything that can be judged is judged before it is started, and all that
 * it has to be told travels in the first write. */
#include <string.h>

#include "migration/knobs-check.h"
#include "model/handle.h"
#include "model/params.h"
#include "qemu/caps-cache.h"
#include "qemu/command-resolve.h"
#include "qemu/events.h"
#include "qemu/process.h"
#include "qemu/state.h"
#include "qemu/via.h"
#include "util/file.h"
#include "util/json.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

/* One Prepare under way; lives on its thread's stack. */
typedef struct {
    VirConn                *conn;
    const MigratePrepareIn *in;
    QemuDriver             *driver;
    QmigHost               *host;
    MigCookie              *cookie;
    DomDef                 *def;
    QemuCaps               *caps;
    const ViaOps           *ops;
    ViaDst                  via;
    QemuMig                *mig;
    bool                    tunnelled;
} Arriving;

static void
arriving_clear(Arriving *a)
{
    mig_cookie_free(a->cookie);
    dom_def_free(a->def);
    qemu_caps_unref(a->caps);
    via_dst_clear(&a->via);
    qmig_unref(a->mig);
}

static bool
check_arguments(const MigratePrepareIn *in, const QemuConfig *config, GError **err)
{
    if (!verb_check_flags(in->flags, mig_knobs_all_flags(), "virDomainMigratePrepare3Params", err) ||
        !mig_knobs_check(&in->params, in->flags, KNOBS_AT_DEST, err))
        return false;
    if (!qmig_tls_check_policy(config, in->flags, err))
        return false;
    if (!in->cookie || g_bytes_get_size(in->cookie) == 0)
        return fail(err, VIR_ERR_INVALID_ARG,
                    _("the migration cookie is missing: only sources that speak version 3 of the migration protocol are "
                      "served"));
    return true;
}

/* libvirt's cookie tells of the CPU without its NUMA cells: those are the definition's. */
static void
keep_cells(DomCpu *cpu, const DomCpu *defined)
{
    DomCpu    *copy;
    GPtrArray *none = cpu->cells;

    if (!defined || cpu->cells->len)
        return;
    copy = dom_cpu_copy(defined);
    cpu->cells = copy->cells;
    copy->cells = none;
    dom_cpu_free(copy);
}

/* The CPU as the source's QEMU really has it; what the definition said is kept for the next migration. */
static bool
take_cpu(Arriving *a, GError **err)
{
    DomCpu *cpu;

    if (!(a->cookie->present & COOKIE_CPU))
        return true;
    cpu = dom_cpu_parse(a->cookie->cpu_xml, -1, err);
    if (!cpu)
        return false;
    keep_cells(cpu, a->def->cpu);
    dom_cpu_free(a->def->orig_cpu);
    a->def->orig_cpu = a->def->cpu;
    a->def->cpu = cpu;
    return true;
}

static bool
read_definition(Arriving *a, GError **err)
{
    const char      *xml = qmig_param_string(&a->in->params, VIR_MIGRATE_PARAM_DEST_XML);
    const char      *name = qmig_param_string(&a->in->params, VIR_MIGRATE_PARAM_DEST_NAME);
    MigCookieReader  reader = { .hostuuid = a->driver->config->host_uuid_str };

    if (!xml)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("no domain XML passed"));
    a->def = dom_def_parse(xml, -1, 0, err);
    if (!a->def)
        return false;
    reader.name = a->def->name;
    reader.uuid = a->def->uuid;
    a->cookie = mig_cookie_parse(a->in->cookie, COOKIE_FROM_BEGIN, &reader, err);
    if (!a->cookie)
        return false;
    if (name && *name && !dom_def_set_name(a->def, name, err))
        return false;
    return qemu_driver_complete_def(a->driver, a->def, err) && take_cpu(a, err);
}

static bool
check_qemu(Arriving *a, GError **err)
{
    const Params    *params = &a->in->params;
    guint32          wanted = mig_caps_wanted(params->v, params->n, a->in->flags, KNOB_DEST), offered, always = 0;
    g_autofree char *where = NULL;

    a->caps = qemu_caps_cache_get(a->driver->caps, a->def->emulator, err);
    if (!a->caps || !command_check_cpu(a->def, a->driver->caps, err))
        return false;
    for (guint i = 0; i < mig_caps_n; i++)
        if (mig_caps[i].always)
            always |= 1u << i;
    offered = qmig_caps_of_binary(a->caps);
    where = g_strdup_printf(_("QEMU on the source '%s'"), a->cookie->hostname);
    if (!qmig_check_caps(wanted, offered, _("QEMU on the destination"), err) ||
        !((a->cookie->present & COOKIE_CAPS) == 0 || qmig_check_caps(wanted & ~always, a->cookie->caps, where, err)))
        return false;
    for (guint i = 0; i < mig_compressions_n; i++) {
        const MigCompression *row = &mig_compressions[i];

        if ((mig_compression_bits(params->v, params->n, a->in->flags) & row->bit) && row->multifd &&
            !qemu_caps_has_migrate_value(a->caps, "multifd-compression", row->multifd))
            return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED,
                        _("Compression method '%s' is not supported by QEMU on the destination"), row->name);
    }
    return true;
}

/* A host that cannot store the definition should say so before the guest moves, not after. */
static bool
check_can_persist(Arriving *a, GError **err)
{
    g_autofree char *path = NULL, *xml = NULL;

    if (!(a->in->flags & VIR_MIGRATE_PERSIST_DEST))
        return true;
    path = g_strdup_printf("%s/qemu/.%s.arriving", a->driver->config->lib_dir, a->def->name);
    xml = dom_def_format(a->def, DOM_XML_SECURE | DOM_XML_INACTIVE, err);
    if (!xml || !file_write(path, xml, strlen(xml), 0600, FILE_NO_SYNC, err))
        return false;
    return file_remove(path, FILE_NO_SYNC, err);
}

static bool
source_is_ours(const Arriving *a)
{
    return a->cookie->present & COOKIE_MIGRATION;
}

static char *
choose_id(Arriving *a)
{
    const char *theirs = a->cookie->migration_id;

    /* The source's, so that both journals speak of the same thing; but nobody overwrites an outcome of ours. */
    if (source_is_ours(a) && theirs && g_uuid_string_is_valid(theirs) &&
        witness_look(a->host->witness, theirs) == WITNESS_UNKNOWN)
        return g_strdup(theirs);
    return g_uuid_string_random();
}

/* What a former daemon left of this guest here goes first. */
static bool
await_recovery(Arriving *a, GError **err)
{
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_uuid(a->driver->domains, a->def->uuid);

    return !dom || qemu_job_await_recovery(dom, err);
}

/* An earlier arrival of the guest that is just going takes its entry with it; then there is room for a new one. */
static QemuDomain *
add_domain_with_job(Arriving *a, GError **err)
{
    QemuTableAdd how = a->in->flags & VIR_MIGRATE_OFFLINE ? TABLE_ADD_DEFINE : TABLE_ADD_LIVE;

    for (;;) {
        QemuDomain *dom = qemu_domain_table_add(a->driver, a->def->name, a->def->uuid, how, NULL, err);
        GError     *why = NULL;
        bool        gone;

        if (!dom ||
            qemu_job_async_begin(dom, ASYNC_MIGRATION_IN, &qmig_ops, "prepare", "virDomainMigratePrepare3Params", &why))
            return dom;
        gone = verr_matches(why, VIR_ERR_NO_DOMAIN);
        qemu_domain_remove_if_unused(dom);
        qemu_domain_unref(dom);
        if (!gone) {
            g_propagate_error(err, why);
            return NULL;
        }
        g_error_free(why);
    }
}

static bool
open_job(Arriving *a, GError **err)
{
    QemuDomain *dom = await_recovery(a, err) ? add_domain_with_job(a, err) : NULL;

    if (!dom)
        return false;
    a->mig = qmig_new(dom, ASYNC_MIGRATION_IN, a->in->flags, a->conn);
    a->mig->id = choose_id(a);
    a->mig->asks = source_is_ours(a);
    a->mig->origin = g_strdup(a->cookie->name);
    a->mig->peer = g_strdup(a->cookie->hostname);
    qmig_attach(dom, qmig_ref(a->mig));
    qemu_domain_unref(dom);
    return true;
}

static bool
open_journal(Arriving *a, GError **err)
{
    QemuMig      *mig = a->mig;
    JournalRecord record = { .id = mig->id,
                             .side = JOURNAL_DESTINATION,
                             .name = mig->dom->name,
                             .uuid = mig->dom->uuid_str,
                             .peer = mig->peer,
                             .flags = mig->flags,
                             .port = a->via.port,
                             .socket = a->via.socket };
    guint16       port = a->via.reach_host ? qmig_host_witness_port(a->host) : 0;

    if (port && a->via.reach_host) {
        mig->witness.address = g_strdup(a->via.reach_host);
        mig->witness.port = port;
        mig->witness.token = witness_token_new();
        mig->witness.id = g_strdup(mig->id);
        record.witness = mig->witness;
    }
    mig->entry = journal_begin(a->host->journal, &record, err);
    if (!mig->entry)
        return false;
    journal_step(mig->entry, STEP_PREPARE);
    /* Without an endpoint the table still decides between Finish and the loss of the client. */
    witness_add(a->host->witness, mig->id, mig->witness.token ? mig->witness.token : "-", WITNESS_PENDING);
    qmig_host_add_arrival(a->host, mig);
    mig->listening = true;
    return true;
}

/* Everything that this QEMU has to know, in the order in which it has to know it. */
static bool
start_qemu(Arriving *a, GError **err)
{
    const Params *params = &a->in->params;
    QemuMig      *mig = a->mig;
    JsonObject   *values = qmig_params_args(params, a->in->flags, KNOB_DEST);
    guint32       offered = qmig_caps_of_binary(a->caps);
    JsonObject   *tls = NULL;
    QmpCmd        cmds[6];
    JsonNode     *rets[6] = { NULL };
    QemuStart     how = { .flags = START_INCOMING, .conn = a->conn, .cmds = cmds, .rets = rets };
    bool          ok;

    if ((a->in->flags & VIR_MIGRATE_TLS) && !(tls = qmig_tls_object(a->host, KNOB_DEST, err))) {
        g_clear_pointer(&values, json_object_unref);
        return false;
    }
    cmds[how.n_cmds++] = (QmpCmd){ .cmd = "query-migrate-parameters" };
    if (tls) {
        cmds[how.n_cmds++] = (QmpCmd){ .cmd = "object-add", .args = tls };
        qmig_tls_params(&values, NULL);
        mig->tls = true;
    }
    cmds[how.n_cmds++] = (QmpCmd){ .cmd = "migrate-set-capabilities",
                                   .args = qmig_caps_args(mig_caps_wanted(params->v, params->n, a->in->flags, KNOB_DEST),
                                                          offered) };
    if (values)
        cmds[how.n_cmds++] = (QmpCmd){ .cmd = "migrate-set-parameters", .args = values };
    if (a->via.fd >= 0)
        cmds[how.n_cmds++] = (QmpCmd){ .cmd = "getfd",
                                       .args = json_make("s:fdname", "migrate", NULL),
                                       .pass_fd = a->via.fd,
                                       .has_fd = true };
    cmds[how.n_cmds++] = (QmpCmd){ .cmd = "migrate-incoming",
                                   .args = json_make("s:uri", a->via.qemu_uri, NULL) };
    g_mutex_lock(&mig->lock);
    mig->watching = mig->told = true;
    g_mutex_unlock(&mig->lock);
    mig->caps_all = mig->caps_offered = offered;
    qemu_domain_set_live_def(mig->dom, dom_def_copy(a->def));
    ok = qemu_process_start(mig->dom, &how, err);
    if (ok && rets[0])
        mig->old_params = json_object_ref(json_as_object(rets[0]));
    for (guint i = 0; i < how.n_cmds; i++)
        g_clear_pointer(&rets[i], json_node_unref);
    return ok;
}

static bool
is_port_in_use(const GError *err)
{
    return strstr(err->message, "migrate-incoming") &&
           (strstr(err->message, "Address already in use") || strstr(err->message, "Failed to find an available port"));
}

/* Another program may take a port between our look and QEMU's: then the next one is tried. */
static bool
start_at_some_port(Arriving *a, GError **err)
{
    guint16 after = 0;

    for (;;) {
        GError *why = NULL;

        if (!a->ops->listen(&a->via, after, err))
            return false;
        a->mig->port = a->via.port;
        g_free(a->mig->socket);
        a->mig->socket = g_strdup(a->via.socket);
        if (!a->mig->entry && !open_journal(a, err))
            return false;
        if (start_qemu(a, &why))
            return true;
        after = a->via.port;
        if (!after || !is_port_in_use(why)) {
            g_propagate_error(err, why);
            return false;
        }
        log_info("domain '%s': port %u was taken meanwhile, trying the next", a->mig->dom->name, after);
        g_error_free(why);
        ports_release(a->host->ports, after);
        a->mig->port = 0;
        via_dst_clear(&a->via);
        qemu_process_reap_now(a->mig->dom);
    }
}

/* A QEMU that exits while another port may be tried takes nothing with it: the arrival must not be called off for it. */
static bool
listen_and_start(Arriving *a, GError **err)
{
    QemuMig *mig = a->mig;
    bool     ok, gone, alive;

    g_mutex_lock(&mig->lock);
    mig->starting = true;
    g_mutex_unlock(&mig->lock);
    ok = start_at_some_port(a, err);
    alive = ok && qemu_domain_is_active_now(mig->dom);
    g_mutex_lock(&mig->lock);
    mig->starting = false;
    mig->gone = mig->gone && !alive; /* it may be the first one's end that was told */
    gone = mig->gone;
    g_mutex_unlock(&mig->lock);
    return ok && (!gone || fail(err, VIR_ERR_OPERATION_FAILED, _("domain is not running")));
}

static GBytes *
prepare_cookie(Arriving *a)
{
    const QemuConfig    *config = a->driver->config;
    QemuMig             *mig = a->mig;
    g_autoptr(MigCookie) cookie = mig_cookie_new(a->cookie->name, mig->dom->uuid, config->hostname,
                                                 config->host_uuid_str);
    guint32              own = 0;

    if (a->in->flags & VIR_MIGRATE_OFFLINE)
        return mig_cookie_format(cookie);
    for (guint i = 0; i < mig_caps_n; i++)
        if (mig_caps[i].cookie_auto & KNOB_DEST)
            own |= 1u << i;
    mig_cookie_set_caps(cookie, mig->caps_all, own);
    if (witness_ref_is_set(&mig->witness)) {
        MigWitness witness = { mig->witness.address, mig->witness.port, mig->witness.token, mig->id };

        mig_cookie_set_witness(cookie, &witness);
    }
    return mig_cookie_format(cookie);
}

static bool
pick_transport(Arriving *a, const char *wanted, GError **err)
{
    ViaUri uri = { 0 };

    if (a->tunnelled) {
        a->ops = &via_tunnel;
        return via_check(a->ops, &a->in->params, a->in->flags, err);
    }
    if (wanted && !via_uri_parse(wanted, &uri, err))
        return false;
    a->ops = via_pick(wanted ? uri.scheme : "tcp", &a->in->params, a->in->flags, wanted, err);
    via_uri_clear(&uri);
    return a->ops != NULL;
}

static bool
prepare_live(Arriving *a, MigratePrepareOut *out, GError **err)
{
    const char *wanted = qmig_param_string(&a->in->params, VIR_MIGRATE_PARAM_URI);

    a->via = (ViaDst){ .host = a->host,
                       .fd = -1,
                       .local_addr = a->conn->local_addr,
                       .wanted_uri = wanted,
                       .listen_addr = qmig_param_string(&a->in->params, VIR_MIGRATE_PARAM_LISTEN_ADDRESS) };
    if (!pick_transport(a, wanted, err) || !check_qemu(a, err) || !check_can_persist(a, err) || !open_job(a, err))
        return false;

    mig_progress_enter(&a->mig->progress, MIG_PREPARING);
    if (!listen_and_start(a, err))
        return false;
    journal_step(a->mig->entry, STEP_READY);
    out->cookie = prepare_cookie(a);
    out->uri = g_strdup(a->via.uri_out);
    qemu_event_lifecycle(a->mig->dom, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_MIGRATED);
    return true;
}

static bool
prepare_offline(Arriving *a, MigratePrepareOut *out, GError **err)
{
    if (!check_can_persist(a, err) || !open_job(a, err))
        return false;
    a->mig->offline_def = g_steal_pointer(&a->def);
    out->cookie = prepare_cookie(a);
    /* Nothing will ever connect there, but libvirt's clients give up when they get no URI and have none. */
    if (!qmig_param_string(&a->in->params, VIR_MIGRATE_PARAM_URI))
        out->uri = g_strdup_printf("tcp:%s:%u", a->driver->config->hostname, a->driver->config->migrate_port_min);
    return true;
}

/* ret_tunnel: NULL when the memory comes to an address. */
static bool
prepare(VirConn *conn, const MigratePrepareIn *in, MigratePrepareOut *out, Tunnel **ret_tunnel, GError **err)
{
    QemuDriver *driver = qemu_driver_of(conn);
    Arriving    a = { .conn = conn, .in = in, .driver = driver, .host = qmig_host_of(driver), .via.fd = -1,
                      .tunnelled = ret_tunnel != NULL };
    GError     *why = NULL;
    bool        ok;

    ok = check_arguments(in, driver->config, &why) && read_definition(&a, &why) &&
         (in->flags & VIR_MIGRATE_OFFLINE ? prepare_offline(&a, out, &why) : prepare_live(&a, out, &why));
    if (ok) {
        if (ret_tunnel)
            *ret_tunnel = g_steal_pointer(&a.via.tunnel);
        qmig_leave(a.mig);
    } else {
        if (a.mig) {
            QemuDomain *dom = qemu_domain_ref(a.mig->dom);

            if (a.mig->listening)
                witness_try_cancel(a.host->witness, a.mig->id);
            qemu_process_stop(dom, VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, STOP_KILL, NULL);
            qmig_end(a.mig, OUTCOME_FAILED, why->message);
            qemu_domain_remove_if_unused(dom);
            qemu_domain_unref(dom);
        }
        g_propagate_error(err, why);
    }
    arriving_clear(&a);
    return ok;
}

bool
qemu_migrate_prepare(VirConn *conn, const MigratePrepareIn *in, MigratePrepareOut *out, GError **err)
{
    if (in->flags & VIR_MIGRATE_TUNNELLED)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Tunnelled migration requested but invalid RPC method called"));
    return prepare(conn, in, out, NULL, err);
}

bool
qemu_migrate_prepare_tunnel(VirConn *conn, const MigratePrepareIn *in, MigratePrepareTunnelOut *out, GError **err)
{
    MigratePrepareOut prepared = { 0 };

    if (!(in->flags & VIR_MIGRATE_TUNNELLED))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("PrepareTunnel called but no TUNNELLED flag set"));
    if (!prepare(conn, in, &prepared, &out->tunnel, err))
        return false;
    out->cookie = prepared.cookie;
    return true;
}
