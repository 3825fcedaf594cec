/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/flow.h"

#include "model/flow.h"
#include "rpc/stream.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define PIECE 65536

/* All of the loop's thread. */
typedef struct {
    Flow       *flow; /* owned; NULL once the stream is over */
    GSource    *source;
    unsigned    wanted;
    bool        eof; /* of the flow's data */
    GByteArray *in;   /* from the client: what the flow has not taken; the stream is paused meanwhile */
    GByteArray *out;  /* from the flow: what the connection has not taken */
} Bridge;

/* Lets go of the flow at once: somebody may be waiting for the device. */
static void
take_down(Bridge *b)
{
    source_remove(&b->source);
    g_clear_pointer(&b->flow, flow_free);
}

static void
break_off(RpcStream *s, Bridge *b, GError *why)
{
    take_down(b);
    rpc_stream_fail(s, why);
    g_error_free(why);
}

static void
want(RpcStream *s, Bridge *b, unsigned events, bool on)
{
    GError *err = NULL;

    b->wanted = on ? b->wanted | events : b->wanted & ~events;
    if (b->flow && b->flow->ops->watch(b->flow, b->wanted, &err) < 0)
        break_off(s, b, err);
}

/* False: no more for the time being. */
static bool
pass_on(RpcStream *s, Bridge *b)
{
    switch (rpc_stream_send(s, b->out->data, b->out->len)) {
    case RPC_STREAM_SENT:
        g_byte_array_set_size(b->out, 0);
        return true;
    case RPC_STREAM_FULL:
        want(s, b, FLOW_READABLE, false);
        return false;
    default:
        return false;
    }
}

static void
read_some(RpcStream *s, Bridge *b)
{
    GError    *err = NULL;
    gsize      n = 0;
    FlowResult result;

    g_byte_array_set_size(b->out, PIECE);
    result = b->flow->ops->recv(b->flow, b->out->data, PIECE, false, &n, &err);
    g_byte_array_set_size(b->out, (guint)(result == FLOW_DONE ? n : 0));
    switch (result) {
    case FLOW_DONE:
        pass_on(s, b);
        break;
    case FLOW_EOF:
        b->eof = true;
        want(s, b, FLOW_READABLE, false);
        rpc_stream_send_eof(s);
        break;
    case FLOW_FAILED:
        break_off(s, b, err);
        break;
    case FLOW_HOLE: /* a device has none */
    case FLOW_AGAIN:
        break;
    }
}

/* What nobody takes any more is dropped; that the device has gone the client learns by the end of its data. */
static void
write_some(RpcStream *s, Bridge *b)
{
    GError    *err = NULL;
    gsize      n = 0;
    FlowResult result = b->flow->ops->send(b->flow, b->in->data, b->in->len, false, &n, &err);

    if (result == FLOW_FAILED) {
        break_off(s, b, err);
        return;
    }
    g_byte_array_remove_range(b->in, 0, (guint)(result == FLOW_EOF ? b->in->len : n));
}

static void
room_in_flow(RpcStream *s, Bridge *b)
{
    write_some(s, b);
    if (b->flow && b->in->len == 0) {
        want(s, b, FLOW_WRITABLE, false);
        rpc_stream_resume(s);
    }
}

static gboolean
flow_is_ready(int fd, GIOCondition what, gpointer data)
{
    g_autoptr(RpcStream) s = rpc_stream_ref(data);
    Bridge              *b = rpc_stream_data(s);
    unsigned             ready = b->flow->ops->ready(b->flow) & b->wanted;

    (void)fd, (void)what;
    if (ready & FLOW_WRITABLE)
        room_in_flow(s, b);
    if (b->flow && (ready & FLOW_READABLE))
        read_some(s, b);
    return G_SOURCE_CONTINUE;
}

static void
unref_stream(gpointer data)
{
    rpc_stream_unref(data);
}

static void
opened(RpcStream *s, gpointer data)
{
    Bridge *b = data;
    GError *err = NULL;
    int     fd;

    if (!b->flow)
        return;
    b->wanted |= FLOW_READABLE;
    fd = b->flow->ops->watch(b->flow, b->wanted, &err);
    if (fd < 0)
        break_off(s, b, err);
    else
        b->source = loop_add_fd(rpc_stream_loop(s), fd, G_IO_IN, flow_is_ready, rpc_stream_ref(s), unref_stream);
}

static void
data_came(RpcStream *s, const guint8 *bytes, gsize len, gpointer data)
{
    Bridge *b = data;

    if (!b->flow)
        return;
    g_byte_array_append(b->in, bytes, (guint)len);
    write_some(s, b);
    if (b->flow && b->in->len > 0) {
        rpc_stream_pause(s);
        want(s, b, FLOW_WRITABLE, true);
    }
}

static void
room_again(RpcStream *s, gpointer data)
{
    Bridge *b = data;

    if (b->flow && !b->eof && (b->out->len == 0 || pass_on(s, b)))
        want(s, b, FLOW_READABLE, true);
}

static void
client_ended(RpcStream *s, gpointer data)
{
    Bridge           *b = data;
    g_autoptr(GError) err = NULL;
    bool              ok = !b->flow || b->flow->ops->finish(b->flow, &err);

    take_down(b);
    if (ok)
        rpc_stream_end(s);
    else
        rpc_stream_fail(s, err);
}

static void
client_aborted(RpcStream *s, gpointer data)
{
    (void)s;
    take_down(data);
}

static void
bridge_free(gpointer data)
{
    Bridge *b = data;

    take_down(b);
    g_byte_array_unref(b->in);
    g_byte_array_unref(b->out);
    g_free(b);
}

static const RpcStreamOps bridge_ops = {
    .opened = opened,
    .data = data_came,
    .writable = room_again,
    .end = client_ended,
    .abort = client_aborted,
    .destroy = bridge_free,
};

void
daemon_flow_open(RpcRequest *req, FlowOut *out)
{
    Bridge *b = g_new0(Bridge, 1);

    b->flow = g_steal_pointer(&out->flow);
    b->in = g_byte_array_new();
    b->out = g_byte_array_new();
    rpc_stream_unref(rpc_request_open_stream(req, &bridge_ops, b));
}
