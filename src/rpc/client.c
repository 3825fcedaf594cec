/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/client.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "rpc/client-private.h"
#include "util/err.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_RPC

RpcClient *
rpc_client_new(Chan *chan, const RpcClientHandler *handler)
{
    RpcClient *client = g_new0(RpcClient, 1);

    client->refs = 1;
    client->chan = chan;
    if (handler)
        client->handler = *handler;
    client->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    client->in = RPC_READER_INIT(RPC_PACKET_MAX);
    g_mutex_init(&client->lock);
    client->watch = client->timer = client->gate_fd = -1;
    client->gate_events = G_MAXUINT32;
    return client;
}

RpcClient *
rpc_client_ref(RpcClient *client)
{
    g_atomic_int_inc(&client->refs);
    return client;
}

void
rpc_client_unref(RpcClient *client)
{
    if (!client || !g_atomic_int_dec_and_test(&client->refs))
        return;
    rpc_queue_clear(&client->out);
    rpc_reader_clear(&client->in);
    chan_free(client->chan);
    fd_close(&client->wake_fd);
    fd_close(&client->gate_fd);
    g_clear_error(&client->why);
    g_mutex_clear(&client->lock);
    if (client->handler.destroy)
        client->handler.destroy(client->handler.data);
    g_free(client);
}

void
rpc_client_close(RpcClient *client)
{
    g_mutex_lock(&client->lock);
    if (!client->closed) {
        GError *why = NULL;

        rpc_client_fail_closed(&why);
        rpc_client_broke(client, RPC_CLOSE_CLIENT, why);
    }
    rpc_client_unlock(client);
}

bool
rpc_client_is_open(RpcClient *client)
{
    bool open;

    g_mutex_lock(&client->lock);
    open = !client->closed;
    g_mutex_unlock(&client->lock);
    return open;
}

int
rpc_client_fd(RpcClient *client)
{
    return chan_fd(client->chan);
}

void
rpc_client_get_peer(RpcClient *client, ChanPeer *ret_peer)
{
    chan_get_peer(client->chan, ret_peer);
}

void
rpc_client_set_keepalive(RpcClient *client, int interval, unsigned count)
{
    g_mutex_lock(&client->lock);
    rpc_keepalive_start(&client->keepalive, (gint64)interval * 1000, count, g_get_monotonic_time());
    rpc_client_unlock(client);
}

bool
rpc_client_fail_closed(GError **err)
{
    return fail(err, VIR_ERR_INTERNAL_ERROR, _("client socket is closed"));
}

/* A connection that never worked says why; of one that did, the loss has been announced. */
static bool
fail_gone(RpcClient *client, GError **err)
{
    if (!client->why)
        return rpc_client_fail_closed(err);
    g_propagate_error(err, g_steal_pointer(&client->why));
    return false;
}

/* Everything about one call, so that its steps need not pass it piecewise. */
typedef struct {
    RpcClient        *client;
    const RpcProgram *program;
    const RpcCall    *call;
    RpcFds           *fds;    /* may be NULL */
    RpcStream        *stream; /* opened with the call; NULL: none wanted */
    bool              wants_stream;
    RpcPending        pending;
} Exchange;

static bool
encode_call(Exchange *x, gconstpointer in, XdrWriter *w, GError **err)
{
    guint     n_fds = x->fds ? x->fds->n_fds : 0;
    RpcHeader header = {
        .program = x->program->number, .version = x->program->version, .procedure = x->call->number,
        .type = n_fds ? RPC_TYPE_CALL_WITH_FDS : RPC_TYPE_CALL,
    };

    if (n_fds > RPC_FDS_MAX)
        return fail(err, VIR_ERR_RPC, _("%s: %u descriptors exceed %d"), x->call->name, n_fds, RPC_FDS_MAX);
    if (n_fds && !chan_can_send_fds(x->client->chan))
        return fail(err, VIR_ERR_RPC, _("%s: this connection cannot pass descriptors"), x->call->name);
    rpc_packet_begin(w, &header);
    if (n_fds)
        xdr_put_u32(w, n_fds);
    if (!xdr_encode(w, x->call->in, in, err)) {
        g_prefix_error(err, "%s: ", x->call->name);
        return false;
    }
    rpc_packet_finish(w);
    return true;
}

static bool
dup_fds(const RpcFds *fds, int *ret_copies, GError **err)
{
    for (guint i = 0; fds && i < fds->n_fds; i++) {
        ret_copies[i] = fd_dup(fds->fds[i], err);
        if (ret_copies[i] >= 0)
            continue;
        while (i-- > 0)
            close(ret_copies[i]);
        return false;
    }
    return true;
}

/* Writes the call and waits; the reply, or why there is none, is in x->pending. */
static bool
transact(Exchange *x, XdrWriter *w, GError **err)
{
    RpcClient  *client = x->client;
    RpcPending *pending = &x->pending;
    int         fds[RPC_FDS_MAX];

    if (!dup_fds(x->fds, fds, err))
        return false;
    g_mutex_lock(&client->lock);
    if (client->closed) {
        fail_gone(client, err);
        g_mutex_unlock(&client->lock);
        for (guint i = 0; x->fds && i < x->fds->n_fds; i++)
            close(fds[i]);
        return false;
    }
    pending->serial = client->next_serial++;
    pending->link.data = pending;
    g_queue_push_tail_link(&client->calls, &pending->link);
    rpc_packet_set_serial(w->data, pending->serial);
    if (x->wants_stream)
        x->stream = rpc_client_stream_new(client, x->program, x->call, pending->serial);
    rpc_client_send(client, w, fds, x->fds ? x->fds->n_fds : 0);
    rpc_client_wait(client, &pending->waiter);
    g_queue_unlink(&client->calls, &pending->link);
    rpc_client_unlock(client);
    if (pending->err) {
        g_propagate_error(err, g_steal_pointer(&pending->err));
        return false;
    }
    return true;
}

static bool
decode_reply(Exchange *x, gpointer out, GError **err)
{
    const RpcPacket *reply = &x->pending.reply;
    XdrReader        r = XDR_READER_INIT(reply->payload, reply->len);
    RpcError         error = { 0 };

    if (reply->header.status == RPC_OK) {
        if (xdr_decode(&r, x->call->out, out, err))
            return true;
        g_prefix_error(err, "%s: ", x->call->name);
        return false;
    }
    if (reply->header.status != RPC_ERROR)
        return fail(err, VIR_ERR_RPC, _("Unexpected message status %d"), reply->header.status);
    if (!xdr_decode(&r, rpc_error_rows, &error, err)) {
        g_prefix_error(err, "%s: ", x->call->name);
        return false;
    }
    rpc_error_to(&error, err);
    xdr_clear(rpc_error_rows, &error);
    return false;
}

static void
take_reply_fds(Exchange *x)
{
    RpcPacket *reply = &x->pending.reply;

    if (!x->fds || reply->n_fds == 0)
        return;
    x->fds->ret_fds = g_memdup2(reply->fds, reply->n_fds * sizeof(int));
    x->fds->n_ret_fds = reply->n_fds;
    reply->n_fds = 0;
}

static bool
run_call(Exchange *x, gconstpointer in, gpointer out, GError **err)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;
    bool      ok;

    g_cond_init(&x->pending.waiter.cond);
    ok = encode_call(x, in, &w, err) && transact(x, &w, err) && decode_reply(x, out, err);
    if (ok)
        take_reply_fds(x);
    if (!ok && x->stream) {
        rpc_client_stream_drop(x->stream);
        x->stream = NULL;
    }
    xdr_writer_clear(&w);
    rpc_packet_clear(&x->pending.reply);
    g_free((guint8 *)x->pending.reply.payload);
    g_cond_clear(&x->pending.waiter.cond);
    return ok;
}

bool
rpc_client_call(RpcClient *client, const RpcProgram *program, const RpcCall *call, gconstpointer in, gpointer out,
                GError **err)
{
    Exchange x = { .client = client, .program = program, .call = call };

    return run_call(&x, in, out, err);
}

bool
rpc_client_call_fds(RpcClient *client, const RpcProgram *program, const RpcCall *call, gconstpointer in, gpointer out,
                    RpcFds *fds, GError **err)
{
    Exchange x = { .client = client, .program = program, .call = call, .fds = fds };

    return run_call(&x, in, out, err);
}

bool
rpc_client_call_stream(RpcClient *client, const RpcProgram *program, const RpcCall *call, gconstpointer in,
                       gpointer out, RpcStream **ret_stream, GError **err)
{
    Exchange x = { .client = client, .program = program, .call = call, .wants_stream = true };

    if (!run_call(&x, in, out, err))
        return false;
    *ret_stream = x.stream;
    return true;
}
