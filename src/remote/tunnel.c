/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The source's end of a tunnelled migration: a pipe whose bytes become the stream of the call that prepared it. */
#include "model/tunnel.h"

#include "remote/private.h"
#include "rpc/pump.h"
#include "util/err.h"
#include "util/fd.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE
#define LOG_ROOM "remote"

typedef struct {
    Tunnel     base;
    RpcClient *client; /* referenced */
    RpcPump   *pump;
} RemoteTunnel;

static bool
remote_tunnel_finish(Tunnel *tunnel, GError **err)
{
    RemoteTunnel *t = (RemoteTunnel *)tunnel;

    fd_close(&tunnel->fd);
    tunnel->finished = true;
    return rpc_pump_finish(t->pump, err);
}

static void
remote_tunnel_abort(Tunnel *tunnel, const char *why)
{
    log_info("tunnel stopped: %s", why);
    rpc_pump_stop(((RemoteTunnel *)tunnel)->pump);
}

/* With keepalive off nobody else would notice that the connection is dead. */
static void
remote_tunnel_cut(Tunnel *tunnel, const char *why)
{
    RemoteTunnel *t = (RemoteTunnel *)tunnel;

    remote_tunnel_abort(tunnel, why);
    rpc_client_close(t->client);
}

static void
remote_tunnel_free(Tunnel *tunnel)
{
    RemoteTunnel     *t = (RemoteTunnel *)tunnel;
    g_autoptr(GError) unheard = NULL;

    if (!tunnel->finished) {
        remote_tunnel_abort(tunnel, "not used");
        remote_tunnel_finish(tunnel, &unheard);
    }
    rpc_pump_free(t->pump);
    rpc_client_unref(t->client);
    g_free(t);
}

static const TunnelOps remote_tunnel_ops = {
    .finish = remote_tunnel_finish,
    .abort = remote_tunnel_abort,
    .cut = remote_tunnel_cut,
    .free = remote_tunnel_free,
};

static bool
open_stream(RemoteConn *rc, const MigratePrepareIn *in, MigratePrepareTunnelOut *out, RpcStream **ret_stream, GError **err)
{
    const RpcCall   *call = wire_call_by_verb(VERB_migrate_prepare_tunnel, in);
    const WireForm  *form = wire_tag(call)->form;
    g_autofree void *wire = form ? g_malloc0(call->in_size) : NULL;

    if (form && !form->lend(in, wire, err))
        return false;
    return rpc_client_call_stream(rc->client, &remote_program, call, form ? wire : in, out, ret_stream, err);
}

bool
remote_migrate_prepare_tunnel(VirConn *conn, const MigratePrepareIn *in, MigratePrepareTunnelOut *out, GError **err)
{
    g_autoptr(RpcStream) stream = NULL;
    RemoteTunnel        *t;

    if (!open_stream(remote_conn_of(conn), in, out, &stream, err))
        return false;
    t = g_new0(RemoteTunnel, 1);
    t->base = (Tunnel){ .ops = &remote_tunnel_ops, .fd = -1 };
    t->pump = rpc_pump_start(stream, &t->base.fd, err);
    if (!t->pump) {
        g_clear_pointer(&out->cookie, g_bytes_unref);
        g_free(t);
        return false;
    }
    t->client = rpc_client_ref(remote_conn_of(conn)->client);
    out->tunnel = &t->base;
    return true;
}
