/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/tunnel.h"

#include "model/tunnel.h"
#include "rpc/stream.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_RPC

static void
tunnel_ended(RpcStream *s, gpointer data)
{
    Tunnel           *tunnel = data;
    g_autoptr(GError) err = NULL;

    if (tunnel->ops->finish(tunnel, &err))
        rpc_stream_end(s);
    else
        rpc_stream_fail(s, err);
}

static void
tunnel_aborted(RpcStream *s, gpointer data)
{
    Tunnel *tunnel = data;

    (void)s;
    tunnel->ops->abort(tunnel, "the source broke it off");
}

static void
tunnel_gone(gpointer data)
{
    tunnel_free(data);
}

static const RpcStreamOps tunnel_stream = { .end = tunnel_ended, .abort = tunnel_aborted, .destroy = tunnel_gone };

void
daemon_tunnel_open(RpcRequest *req, MigratePrepareTunnelOut *out)
{
    Tunnel              *tunnel = g_steal_pointer(&out->tunnel);
    g_autoptr(RpcStream) s = rpc_request_open_stream(req, &tunnel_stream, tunnel);

    rpc_stream_pour_into(s, tunnel->fd);
    rpc_stream_set_patience(s, tunnel->patience_ms);
}
