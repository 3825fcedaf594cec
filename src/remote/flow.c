/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remote/flow.h"

#include "remote/private.h"
#include "util/err.h"

G_STATIC_ASSERT((int)FLOW_READABLE == (int)RPC_READY_READABLE && (int)FLOW_WRITABLE == (int)RPC_READY_WRITABLE
                && (int)FLOW_ERROR == (int)RPC_READY_ERROR && (int)FLOW_HANGUP == (int)RPC_READY_HANGUP);

typedef struct {
    Flow       base;
    RpcStream *stream; /* owned */
} RemoteFlow;

static RpcStream *
stream_of(Flow *flow)
{
    return ((RemoteFlow *)flow)->stream;
}

static FlowResult
remote_send(Flow *flow, const void *bytes, gsize n, bool wait, gsize *ret_n, GError **err)
{
    if (wait) {
        *ret_n = n;
        return rpc_client_stream_send(stream_of(flow), bytes, n, err) ? FLOW_DONE : FLOW_FAILED;
    }
    switch (rpc_client_stream_try_send(stream_of(flow), bytes, n, ret_n, err)) {
    case RPC_STREAM_SENT:
        return FLOW_DONE;
    case RPC_STREAM_FULL:
        return FLOW_AGAIN;
    default:
        return FLOW_FAILED;
    }
}

static FlowResult
remote_recv(Flow *flow, void *buf, gsize size, bool wait, gsize *ret_n, GError **err)
{
    switch (rpc_client_stream_recv(stream_of(flow), buf, size, !wait, ret_n, err)) {
    case RPC_RECV_DATA:
        return FLOW_DONE;
    case RPC_RECV_EOF:
        return FLOW_EOF;
    case RPC_RECV_HOLE:
        *ret_n = (gsize)rpc_client_stream_hole(stream_of(flow));
        return FLOW_HOLE;
    case RPC_RECV_AGAIN:
        return FLOW_AGAIN;
    default:
        return FLOW_FAILED;
    }
}

static bool
remote_send_hole(Flow *flow, gint64 length, GError **err)
{
    return rpc_client_stream_send_hole(stream_of(flow), length, err);
}

static bool
remote_finish(Flow *flow, GError **err)
{
    return rpc_client_stream_finish(stream_of(flow), err);
}

static bool
remote_abort(Flow *flow, GError **err)
{
    return rpc_client_stream_abort(stream_of(flow), err);
}

static unsigned
remote_ready(Flow *flow)
{
    return rpc_client_stream_ready(stream_of(flow));
}

static int
remote_watch(Flow *flow, unsigned wanted, GError **err)
{
    return rpc_client_stream_watch(stream_of(flow), wanted, err);
}

static void
remote_free(Flow *flow)
{
    rpc_stream_unref(stream_of(flow));
    g_free(flow);
}

static const FlowOps remote_flow_ops = {
    .send = remote_send,
    .recv = remote_recv,
    .send_hole = remote_send_hole,
    .finish = remote_finish,
    .abort = remote_abort,
    .ready = remote_ready,
    .watch = remote_watch,
    .free = remote_free,
};

Flow *
remote_flow_new(RpcStream *stream)
{
    RemoteFlow *flow = g_new(RemoteFlow, 1);

    *flow = (RemoteFlow){ { &remote_flow_ops }, stream };
    return &flow->base;
}

static bool
open_flow(VirConn *conn, VerbId verb, const void *in, FlowOut *out, GError **err)
{
    RpcStream *stream = NULL;

    if (!rpc_client_call_stream(remote_conn_of(conn)->client, &remote_program, wire_call_by_verb(verb, in), in, out,
                                &stream, err))
        return false;
    out->flow = remote_flow_new(stream);
    return true;
}

bool
remote_domain_open_console(VirConn *conn, const OpenDeviceIn *in, FlowOut *out, GError **err)
{
    return open_flow(conn, VERB_domain_open_console, in, out, err);
}

bool
remote_domain_open_channel(VirConn *conn, const OpenDeviceIn *in, FlowOut *out, GError **err)
{
    return open_flow(conn, VERB_domain_open_channel, in, out, err);
}
