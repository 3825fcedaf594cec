/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Direct, unmanaged: the memory goes to a QEMU that somebody else has started with -incoming, without a daemon there.
 *
 * QEMU's word is all there is: with its return path it says "completed" when the other QEMU has loaded everything, and
 * only then the copy here is killed. Whether the guest runs there is up to whoever started that QEMU (-S or not), and so
 * are its devices' likeness, its disks' locks, its persistence and its name.
 */
#include "model/handle.h"
#include "model/params.h"
#include "qemu/migrate-priv.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* Everything else would have to be done by a daemon at the destination. */
#define FLAGS_ALONE                                                                                                         \
    (VIR_MIGRATE_LIVE | VIR_MIGRATE_UNDEFINE_SOURCE | VIR_MIGRATE_CHANGE_PROTECTION | VIR_MIGRATE_UNSAFE |                  \
     VIR_MIGRATE_COMPRESSED | VIR_MIGRATE_ABORT_ON_ERROR | VIR_MIGRATE_AUTO_CONVERGE | VIR_MIGRATE_RDMA_PIN_ALL |           \
     VIR_MIGRATE_TLS | VIR_MIGRATE_PARALLEL | VIR_MIGRATE_ZEROCOPY)

static const char *const needs_daemon[] = {
    VIR_MIGRATE_PARAM_DEST_NAME,     VIR_MIGRATE_PARAM_DEST_XML,     VIR_MIGRATE_PARAM_PERSIST_XML,
    VIR_MIGRATE_PARAM_LISTEN_ADDRESS, VIR_MIGRATE_PARAM_GRAPHICS_URI, VIR_MIGRATE_PARAM_MIGRATE_DISKS,
    VIR_MIGRATE_PARAM_DISKS_PORT,    VIR_MIGRATE_PARAM_DISKS_URI,
};

static bool
refuse(const char *what, GError **err)
{
    return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED,
                _("'%s' needs a daemon at the destination, which direct unmanaged migration does without"), what);
}

static bool
check_arguments(const MigratePerformIn *in, GError **err)
{
    if (in->flags & VIR_MIGRATE_TUNNELLED)
        return fail(err, VIR_ERR_OPERATION_INVALID,
                    _("cannot perform tunnelled migration without using peer2peer flag"));
    for (guint i = 0; i < mig_knobs_n; i++)
        if (mig_knobs[i].flag & in->flags & ~FLAGS_ALONE)
            return refuse(mig_knobs[i].flag_name, err);
    for (gsize i = 0; i < G_N_ELEMENTS(needs_daemon); i++)
        if (params_find(&in->params, needs_daemon[i]))
            return refuse(needs_daemon[i], err);
    return true;
}

/* Stock clients drop what stands in the place of the connection URI; ours hand it over. */
static bool
choose_uri(const MigratePerformIn *in, Params *ret_params, GError **err)
{
    const char *uri = qmig_param_string(&in->params, VIR_MIGRATE_PARAM_URI);
    Params      params = { 0 };

    if (!uri && !in->dconnuri)
        return fail(err, VIR_ERR_INVALID_ARG,
                    _("direct migration needs the address at which the destination's QEMU waits: --migrateuri tcp://HOST:PORT "
                      "(VIR_MIGRATE_PARAM_URI)"));
    for (int i = 0; i < in->params.n; i++)
        params_add_copy(&params, &in->params.v[i]);
    if (!uri)
        params_add_string(&params, VIR_MIGRATE_PARAM_URI, in->dconnuri);
    *ret_params = params;
    return true;
}

static bool
begin(VirConn *self, const MigratePerformIn *in, GError **err)
{
    MigrateBeginIn  ask = { .dom = in->dom, .params = in->params, .flags = in->flags, .dialect = in->dialect };
    MigrateBeginOut out = { 0 };
    bool            ok = qemu_migrate_begin(self, &ask, &out, err);

    g_clear_pointer(&out.cookie, g_bytes_unref);
    g_free(out.xml);
    return ok;
}

/* Should we be killed in the wrong moment, the next daemon tells the operator where to look. */
static void
mark(QemuDomain *dom, const char *uri)
{
    g_autoptr(QemuMig) mig = qmig_of(dom);

    if (!mig)
        return;
    g_mutex_lock(&mig->lock);
    g_free(mig->peer);
    mig->peer = g_strdup(uri);
    g_mutex_unlock(&mig->lock);
}

static bool
send_memory(VirConn *self, const MigratePerformIn *in, GError **err)
{
    MigratePerformOut out = { 0 };
    bool              ok = qmig_perform(self, NULL, in, &out, err);

    g_clear_pointer(&out.cookie, g_bytes_unref);
    return ok;
}

static bool
confirm(VirConn *self, const MigratePerformIn *in, GError **err)
{
    MigrateConfirmIn ask = { .dom = in->dom, .flags = in->flags, .dialect = in->dialect };
    NoneOut          out = { 0 };

    return qemu_migrate_confirm(self, &ask, &out, err);
}

bool
qmig_direct(VirConn *client, const MigratePerformIn *in, GError **err)
{
    QemuDriver           *driver = qemu_driver_of(client);
    g_autoptr(QemuDomain) dom = NULL;
    MigratePerformIn      mine = *in;
    VirConn              *self;
    bool                  ok;

    if (!check_arguments(in, err))
        return false;
    dom = qemu_domain_find(driver, &in->dom, err);
    if (!dom || !choose_uri(in, &mine.params, err))
        return false;
    mine.flags |= VIR_MIGRATE_CHANGE_PROTECTION;
    /* As with peer-to-peer, the client only waits: the migration is the daemon's own. */
    self = qemu_driver_connect_self(driver);
    ok = begin(self, &mine, err);
    if (ok) {
        mark(dom, qmig_param_string(&mine.params, VIR_MIGRATE_PARAM_URI));
        ok = send_memory(self, &mine, err) && confirm(self, &mine, err);
    }
    conn_unref(self);
    params_clear(&mine.params);
    return ok;
}
