/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/via.h"

#include <stdlib.h>
#include <string.h>

#include "util/fd.h"
#include "util/uri.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

static const ViaOps *const vias[] = { &via_tcp, &via_unix, &via_rdma };

void
via_uri_clear(ViaUri *uri)
{
    g_clear_pointer(&uri->scheme, g_free);
    g_clear_pointer(&uri->host, g_free);
    g_clear_pointer(&uri->path, g_free);
    uri->port = 0;
}

bool
via_uri_parse(const char *text, ViaUri *ret, GError **err)
{
    MigUri uri;

    if (!mig_uri_parse(text, &uri, err))
        return false;
    /* Schemes that nobody serves are refused by via_pick(). */
    if (g_str_equal(uri.scheme, "unix") && !uri.path) {
        mig_uri_clear(&uri);
        return fail(err, VIR_ERR_INVALID_ARG, _("missing path in migration URI: %s"), text);
    }
    if (g_str_equal(uri.scheme, "tcp") && !uri.host) {
        mig_uri_clear(&uri);
        return fail(err, VIR_ERR_INVALID_ARG, _("missing host in migration URI: %s"), text);
    }
    *ret = (ViaUri){
        .scheme = g_steal_pointer(&uri.scheme),
        .host = g_steal_pointer(&uri.host),
        .port = uri.port > 0 ? uri.port : 0,
        .path = g_steal_pointer(&uri.path),
    };
    mig_uri_clear(&uri);
    return true;
}

char *
via_uri_far_end(const ViaUri *uri)
{
    bool v6 = uri->host && strchr(uri->host, ':');

    if (uri->path)
        return g_strdup(uri->path);
    return g_strdup_printf("%s%s%s:%u", v6 ? "[" : "", uri->host ? uri->host : "", v6 ? "]" : "", uri->port);
}

char *
via_uri_format(const ViaUri *uri)
{
    g_autofree char *far_end = via_uri_far_end(uri);

    return g_strdup_printf("%s:%s", uri->scheme, far_end);
}

static const char *
name_of_need(const Params *params, guint32 flags, unsigned missing)
{
    for (guint i = 0; i < mig_knobs_n; i++)
        if ((mig_knobs[i].needs & missing) && mig_knob_is_set(&mig_knobs[i], params->v, params->n, flags))
            return mig_knobs[i].flag ? mig_knobs[i].flag_name : mig_knobs[i].name;
    return "?";
}

bool
via_check(const ViaOps *ops, const Params *params, guint32 flags, GError **err)
{
    unsigned missing = mig_knobs_needs(params->v, params->n, flags) & ~ops->can;

    return !missing || fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("'%s' is not supported by migration over %s"),
                            name_of_need(params, flags, missing), ops->scheme);
}

const ViaOps *
via_pick(const char *scheme, const Params *params, guint32 flags, const char *uri, GError **err)
{
    for (gsize i = 0; i < G_N_ELEMENTS(vias); i++) {
        if (g_str_equal(vias[i]->scheme, scheme))
            return via_check(vias[i], params, flags, err) ? vias[i] : NULL;
    }
    return fail_null(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("unsupported scheme %s in migration URI %s"), scheme, uri);
}

void
via_dst_clear(ViaDst *dst)
{
    fd_close(&dst->fd);
    g_clear_pointer(&dst->tunnel, tunnel_free);
    g_clear_pointer(&dst->qemu_uri, g_free);
    g_clear_pointer(&dst->uri_out, g_free);
    g_clear_pointer(&dst->reach_host, g_free);
    g_clear_pointer(&dst->socket, g_free);
}

void
via_src_clear(ViaSrc *src)
{
    fd_close(&src->fd);
    via_uri_clear(&src->uri);
    g_clear_pointer(&src->qemu_uri, g_free);
}
