/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Speed, downtime and compression cache, before and during a migration. */
#include "qemu/migrate-priv.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

#define MIB 20
#define NO_LIMIT_MIB G_GUINT64_CONSTANT(8796093022207)

static bool
set_parameter(QemuDomain *dom, const char *name, guint64 value, GError **err)
{
    g_autoptr(QmpClient) qmp = qemu_domain_qmp(dom, err);
    JsonObject          *args;

    if (!qmp)
        return false;
    args = json_object_new();
    json_object_set_int_member(args, name, (gint64)value);
    return qmp_call(qmp, "migrate-set-parameters", args, NULL, err);
}

static bool
get_parameter(QemuDomain *dom, const char *name, guint64 *ret_value, GError **err)
{
    g_autoptr(QmpClient) qmp = qemu_domain_qmp(dom, err);
    g_autoptr(JsonNode)  reply = NULL;
    gint64               value;

    if (!qmp || !qmp_call(qmp, "query-migrate-parameters", NULL, &reply, err))
        return false;
    if (!json_get_int(json_as_object(reply), name, &value))
        return fail(err, VIR_ERR_OPERATION_UNSUPPORTED, _("QEMU lacks the migration parameter '%s'"), name);
    *ret_value = (guint64)value;
    return true;
}

/* A running domain, its tuning job held; the caller ends both. */
static QemuDomain *
open_running(VirConn *conn, const DomRef *ref, QemuJob job, const char *api, GError **err)
{
    QemuDomain *dom = qemu_domain_find(qemu_driver_of(conn), ref, err);

    if (dom && qemu_job_begin_active(dom, job, api, err))
        return dom;
    qemu_domain_unref(dom);
    return NULL;
}

static bool
close_running(QemuDomain *dom, bool ok)
{
    qemu_job_end(dom);
    qemu_domain_unref(dom);
    return ok;
}

static bool
set_value(VirConn *conn, const DomainU64In *in, const char *api, const char *name, GError **err)
{
    QemuDomain *dom;

    if (!verb_check_flags(in->flags, 0, api, err))
        return false;
    if (in->value > G_MAXINT64)
        return fail(err, VIR_ERR_OVERFLOW, _("migration parameter '%s' is too large"), name);
    dom = open_running(conn, &in->dom, JOB_MIGRATION_OP, api, err);
    return dom && close_running(dom, set_parameter(dom, name, in->value, err));
}

static bool
get_value(VirConn *conn, const DomainIn *in, const char *api, const char *name, U64Out *out, GError **err)
{
    QemuDomain *dom;

    if (!verb_check_flags(in->flags, 0, api, err))
        return false;
    dom = open_running(conn, &in->dom, JOB_QUERY, api, err);
    return dom && close_running(dom, get_parameter(dom, name, &out->value, err));
}

bool
qemu_migrate_set_max_downtime(VirConn *conn, const DomainU64In *in, NoneOut *out, GError **err)
{
    return set_value(conn, in, "virDomainMigrateSetMaxDowntime", "downtime-limit", err);
}

bool
qemu_migrate_get_max_downtime(VirConn *conn, const DomainIn *in, U64Out *out, GError **err)
{
    return get_value(conn, in, "virDomainMigrateGetMaxDowntime", "downtime-limit", out, err);
}

bool
qemu_migrate_set_compression_cache(VirConn *conn, const DomainU64In *in, NoneOut *out, GError **err)
{
    return set_value(conn, in, "virDomainMigrateSetCompressionCache", "xbzrle-cache-size", err);
}

bool
qemu_migrate_get_compression_cache(VirConn *conn, const DomainIn *in, U64Out *out, GError **err)
{
    return get_value(conn, in, "virDomainMigrateGetCompressionCache", "xbzrle-cache-size", out, err);
}

/* The domain's own setting outlives its QEMU; a running one is told at once. */
static bool
set_speed(QemuDomain *dom, guint64 mibps, GError **err)
{
    bool active = qemu_domain_is_active_now(dom);

    if (active && !set_parameter(dom, "max-bandwidth", (mibps ? mibps : NO_LIMIT_MIB) << MIB, err))
        return false;
    g_mutex_lock(&dom->lock);
    dom->mig_max_speed = mibps;
    g_mutex_unlock(&dom->lock);
    return true;
}

static bool
set_postcopy_speed(QemuDomain *dom, guint64 mibps, GError **err)
{
    return (qemu_domain_is_active_now(dom) || fail(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"))) &&
           set_parameter(dom, "max-postcopy-bandwidth", mibps << MIB, err);
}

bool
qemu_migrate_set_max_speed(VirConn *conn, const DomainU64In *in, NoneOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    bool                  ok;

    if (!verb_check_flags(in->flags, VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY, "virDomainMigrateSetMaxSpeed", err))
        return false;
    if (in->value > NO_LIMIT_MIB)
        return fail(err, VIR_ERR_OVERFLOW, _("bandwidth must be less than %llu"), (unsigned long long)NO_LIMIT_MIB + 1);
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom || !qemu_job_begin(dom, JOB_MIGRATION_OP, "virDomainMigrateSetMaxSpeed", err))
        return false;
    ok = in->flags & VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY ? set_postcopy_speed(dom, in->value, err)
                                                           : set_speed(dom, in->value, err);
    qemu_job_end(dom);
    return ok;
}

static bool
get_postcopy_speed(VirConn *conn, const DomainIn *in, U64Out *out, GError **err)
{
    QemuDomain *dom = open_running(conn, &in->dom, JOB_QUERY, "virDomainMigrateGetMaxSpeed", err);

    if (!dom || !close_running(dom, get_parameter(dom, "max-postcopy-bandwidth", &out->value, err)))
        return false;
    out->value >>= MIB;
    return true;
}

bool
qemu_migrate_get_max_speed(VirConn *conn, const DomainIn *in, U64Out *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;

    if (!verb_check_flags(in->flags, VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY, "virDomainMigrateGetMaxSpeed", err))
        return false;
    if (in->flags & VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY)
        return get_postcopy_speed(conn, in, out, err);
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom)
        return false;
    g_mutex_lock(&dom->lock);
    out->value = dom->mig_max_speed ? dom->mig_max_speed : NO_LIMIT_MIB;
    g_mutex_unlock(&dom->lock);
    return true;
}

/* No migration of this driver can be in a state in which post-copy may start: the flag that allows it is refused. */
bool
qemu_migrate_start_postcopy(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;

    if (!verb_check_flags(in->flags, 0, "virDomainMigrateStartPostCopy", err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom)
        return false;
    if (qemu_job_async(dom) != ASYNC_MIGRATION_OUT)
        return fail(err, VIR_ERR_OPERATION_INVALID,
                    _("post-copy can only be started while outgoing migration is in progress"));
    return fail(err, VIR_ERR_OPERATION_INVALID,
                _("switching to post-copy requires migration to be started with VIR_MIGRATE_POSTCOPY flag"));
}
