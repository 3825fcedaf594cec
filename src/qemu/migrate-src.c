/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Begin: may this guest go, and as what? */
#include <string.h>

#include "migration/knobs-check.h"
#include "qemu/migrate-priv.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

static bool
check_arguments(const MigrateBeginIn *in, GError **err)
{
    return verb_check_flags(in->flags, mig_knobs_all_flags(), "virDomainMigrateBegin3Params", err) &&
           mig_knobs_check(&in->params, in->flags, KNOBS_AT_SOURCE, err);
}

/* The caller's own description of the guest at the destination has to be the same machine. */
static char *
check_destination_xml(const DomDef *def, const char *xml, GError **err)
{
    g_autoptr(DomDef) wanted = dom_def_parse(xml, -1, 0, err);

    if (!wanted || !dom_def_check_abi(def, wanted, err))
        return NULL;
    return dom_def_format(wanted, DOM_XML_SECURE | DOM_XML_MIGRATABLE, err);
}

static char *
xml_for_destination(const DomDef *def, const Params *params, GError **err)
{
    const char *xml = qmig_param_string(params, VIR_MIGRATE_PARAM_DEST_XML);

    return xml ? check_destination_xml(def, xml, err) : dom_def_format(def, DOM_XML_SECURE | DOM_XML_MIGRATABLE, err);
}

/* A definition for another guest would be stored under a name that it then could not be removed by. */
static bool
check_persistent_xml(QemuDomain *dom, const Params *params, GError **err)
{
    const char       *xml = qmig_param_string(params, VIR_MIGRATE_PARAM_PERSIST_XML);
    g_autoptr(DomDef) def = NULL;

    if (!xml)
        return true;
    def = dom_def_parse(xml, -1, 0, err);
    if (!def)
        return false;
    if (def->uuid_given && memcmp(def->uuid, dom->uuid, VIR_UUID_BUFLEN) != 0) {
        char uuid[37];

        dom_uuid_format(def->uuid, uuid);
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("persistent_xml: domain uuid %s does not match source %s"), uuid,
                    dom->uuid_str);
    }
    return true;
}

static GBytes *
begin_cookie(QemuDomain *dom, const DomDef *def, const char *id, guint32 flags)
{
    const QemuConfig    *config = dom->driver->config;
    g_autoptr(MigCookie) cookie = mig_cookie_new(dom->name, dom->uuid, config->hostname, config->host_uuid_str);
    guint32              all = 0, own = 0;

    mig_cookie_set_lockstate(cookie);
    mig_cookie_set_migration_id(cookie, id);
    if (!(flags & VIR_MIGRATE_OFFLINE)) {
        for (guint i = 0; i < mig_caps_n; i++) {
            all |= 1u << i;
            if (mig_caps[i].cookie_auto & KNOB_SOURCE)
                own |= 1u << i;
        }
        mig_cookie_set_caps(cookie, all, own);
        if (def->orig_cpu && def->cpu) {
            g_autofree char *cpu = dom_cpu_format(def->cpu);

            mig_cookie_set_cpu(cookie, cpu);
        }
    }
    return mig_cookie_format(cookie);
}

static bool
begin(QemuDomain *dom, const MigrateBeginIn *in, QemuMig *mig, MigrateBeginOut *out, GError **err)
{
    DomDef          *def;
    g_autofree char *xml = NULL;

    if (!qmig_check_source(dom, &in->params, in->flags, &mig->caps_all, err) || !check_persistent_xml(dom, &in->params, err))
        return false;
    g_mutex_lock(&dom->lock);
    def = qemu_domain_get_def(dom, err);
    g_mutex_unlock(&dom->lock);
    if (!def)
        return false;
    xml = xml_for_destination(def, &in->params, err);
    if (!xml)
        return false;
    out->cookie = begin_cookie(dom, def, mig->id, in->flags);
    out->xml = g_steal_pointer(&xml);
    return true;
}

/* The job stays open until Confirm: nobody changes a guest that is being moved. */
static bool
begin_protected(VirConn *conn, QemuDomain *dom, const MigrateBeginIn *in, MigrateBeginOut *out, GError **err)
{
    QemuMig *mig;
    bool     ok;

    if (!qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &qmig_ops, "begin", "virDomainMigrateBegin3Params", err))
        return false;
    mig = qmig_new(dom, ASYNC_MIGRATION_OUT, in->flags, conn);
    mig->id = g_uuid_string_random();
    mig->protect = true;
    qmig_attach(dom, qmig_ref(mig));
    ok = begin(dom, in, mig, out, err);
    if (ok)
        qmig_leave(mig);
    else
        qmig_end(mig, OUTCOME_FAILED, "begin failed");
    qmig_unref(mig);
    return ok;
}

static bool
begin_unprotected(QemuDomain *dom, const MigrateBeginIn *in, MigrateBeginOut *out, GError **err)
{
    g_autoptr(QemuMig) mig = NULL; /* for as long as this call */
    bool               ok;

    if (!qemu_job_begin(dom, JOB_MODIFY, "virDomainMigrateBegin3Params", err))
        return false;
    mig = qmig_new(dom, ASYNC_MIGRATION_OUT, in->flags, NULL);
    mig->id = g_uuid_string_random();
    ok = begin(dom, in, mig, out, err);
    qemu_job_end(dom);
    return ok;
}

bool
qemu_migrate_begin(VirConn *conn, const MigrateBeginIn *in, MigrateBeginOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;

    if (!check_arguments(in, err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom || !qmig_tls_check_policy(dom->driver->config, in->flags, err))
        return false;
    return in->flags & VIR_MIGRATE_CHANGE_PROTECTION ? begin_protected(conn, dom, in, out, err)
                                                     : begin_unprotected(dom, in, out, err);
}
