/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "rpc/stream-private.h"
#include "util/err.h"
#include "util/fd.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"
/* Received, not consumed. The event loop does not read for a stream that has heaped up HEAP_MAX; callers who wait for
 * something else have to take in what lies before it, up to RX_MAX, which ends that stream. */
#define HEAP_MAX (4 << 20)
#define RX_MAX (64 << 20)

RpcStream *
rpc_client_stream_new(RpcClient *client, const RpcProgram *program, const RpcCall *call, guint32 serial)
{
    RpcStream *s = g_new0(RpcStream, 1);

    s->refs = 1;
    s->program = program;
    s->procedure = call->number;
    s->serial = serial;
    s->client = rpc_client_ref(client);
    s->link.data = s;
    s->signal_fd = -1;
    g_queue_push_tail_link(&client->streams, &s->link);
    return s;
}

RpcStream *
rpc_stream_ref(RpcStream *s)
{
    g_atomic_int_inc(&s->refs);
    return s;
}

void
rpc_stream_item_free(RpcStreamItem *item)
{
    g_clear_pointer(&item->bytes, g_bytes_unref);
    g_free(item);
}

void
rpc_stream_packet(const RpcStream *s, RpcStatus status, gconstpointer bytes, gsize len, XdrWriter *w)
{
    RpcHeader header = {
        .program = s->program->number, .version = s->program->version, .procedure = s->procedure,
        .type = RPC_TYPE_STREAM, .serial = s->serial, .status = status,
    };

    rpc_packet_begin(w, &header);
    xdr_put_raw(w, bytes, len);
    rpc_packet_finish(w);
}

void
rpc_stream_hole_packet(const RpcStream *s, gint64 length, XdrWriter *w)
{
    RpcHeader header = {
        .program = s->program->number, .version = s->program->version, .procedure = s->procedure,
        .type = RPC_TYPE_STREAM_HOLE, .serial = s->serial, .status = RPC_CONTINUE,
    };

    rpc_packet_begin(w, &header);
    xdr_put_i64(w, length);
    xdr_put_u32(w, 0);
    rpc_packet_finish(w);
}

static void
send_packet(RpcStream *s, RpcStatus status, gconstpointer bytes, gsize len)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;

    rpc_stream_packet(s, status, bytes, len, &w);
    rpc_client_send(s->client, &w, NULL, 0);
}

static void
free_stream(RpcStream *s)
{
    g_queue_clear_full(&s->rx, (GDestroyNotify)rpc_stream_item_free);
    g_clear_error(&s->err);
    fd_close(&s->signal_fd);
    g_free(s);
}

static void
unref_client_side(RpcStream *s, bool abort_open)
{
    g_autoptr(RpcClient) client = s->client;
    bool                 last;

    g_mutex_lock(&client->lock);
    last = g_atomic_int_dec_and_test(&s->refs);
    if (last) {
        g_queue_unlink(&client->streams, &s->link);
        if (abort_open && !s->over && !s->err && !client->closed)
            send_packet(s, RPC_ERROR, NULL, 0);
    }
    rpc_client_unlock(client);
    if (last)
        free_stream(s);
    else
        g_steal_pointer(&client);
}

void
rpc_stream_unref(RpcStream *s)
{
    if (!s)
        return;
    if (s->client)
        unref_client_side(s, true);
    else if (g_atomic_int_dec_and_test(&s->refs))
        rpc_stream_server_free(s);
}

void
rpc_client_stream_drop(RpcStream *s)
{
    unref_client_side(s, false);
}

static RpcStream *
find_stream(RpcClient *client, guint32 serial)
{
    for (GList *l = client->streams.head; l; l = l->next) {
        RpcStream *s = l->data;

        if (s->serial == serial)
            return s;
    }
    return NULL;
}

static void
something_came(RpcStream *s)
{
    for (GList *l = s->waiters.head; l; l = l->next)
        rpc_waiter_done(s->client, l->data);
    rpc_client_stream_signal(s);
}

/* An empty packet costs memory too. */
static gsize
cost(const RpcStreamItem *item)
{
    return sizeof(*item) + (item->bytes ? g_bytes_get_size(item->bytes) : 0);
}

static void
keep(RpcStream *s, const RpcPacket *packet, gint64 hole)
{
    RpcStreamItem *item;

    if (s->rx_bytes + packet->len > RX_MAX) {
        fail(&s->err, VIR_ERR_RPC, _("stream data is not consumed: %zu bytes wait"), s->rx_bytes);
        send_packet(s, RPC_ERROR, NULL, 0);
        return;
    }
    item = g_new0(RpcStreamItem, 1);
    item->bytes = hole < 0 ? g_bytes_new(packet->payload, packet->len) : NULL;
    item->hole = hole;
    s->rx_bytes += cost(item);
    g_queue_push_tail(&s->rx, item);
}

static void
take_data(RpcStream *s, const RpcPacket *packet)
{
    if (packet->len == 0)
        s->eof = true;
    else
        keep(s, packet, -1);
}

static void
take_hole(RpcStream *s, const RpcPacket *packet)
{
    XdrReader r = XDR_READER_INIT(packet->payload, packet->len);
    gint64    length;

    if (xdr_get_i64(&r, &length) && length >= 0)
        keep(s, packet, length);
    else
        fail(&s->err, VIR_ERR_RPC, _("malformed stream hole"));
    xdr_reader_clear(&r);
}

static void
take_error(RpcStream *s, const RpcPacket *packet)
{
    XdrReader r = XDR_READER_INIT(packet->payload, packet->len);
    RpcError  error = { 0 };

    if (xdr_decode(&r, rpc_error_rows, &error, &s->err))
        rpc_error_to(&error, &s->err);
    xdr_clear(rpc_error_rows, &error);
}

void
rpc_client_stream_packet(RpcClient *client, const RpcPacket *packet)
{
    RpcStream *s = find_stream(client, packet->header.serial);

    if (!s || s->over || s->err) {
        log_debug("stream packet for serial %u, which has no stream, ignoring", packet->header.serial);
        return;
    }
    if (s->aborted && packet->header.status == RPC_CONTINUE)
        return;
    if (packet->header.type == RPC_TYPE_STREAM_HOLE)
        take_hole(s, packet);
    else if (packet->header.status == RPC_CONTINUE)
        take_data(s, packet);
    else if (packet->header.status == RPC_OK)
        s->over = true;
    else
        take_error(s, packet);
    something_came(s);
}

bool
rpc_client_streams_heap_up(const RpcClient *client)
{
    for (GList *l = client->streams.head; l; l = l->next) {
        const RpcStream *s = l->data;

        /* To one that has ended nothing is added, whether or not anybody ever consumes it. */
        if (s->rx_bytes > HEAP_MAX && !s->over && !s->err)
            return true;
    }
    return false;
}

void
rpc_client_streams_broke(RpcClient *client, const GError *why)
{
    for (GList *l = client->streams.head; l; l = l->next) {
        RpcStream *s = l->data;

        if (!s->over && !s->err)
            s->err = g_error_copy(why);
        something_came(s);
    }
}

/* Under the lock. */
bool
rpc_client_stream_is_usable(RpcStream *s, GError **err)
{
    if (s->err) {
        g_propagate_error(err, g_error_copy(s->err));
        return false;
    }
    if (s->over)
        return fail(err, VIR_ERR_RPC, _("stream has been finished"));
    if (s->client->closed)
        return rpc_client_fail_closed(err);
    return true;
}

static void
wait_for_room(RpcStream *s)
{
    RpcClient *client = s->client;

    while (!rpc_client_has_room(client) && !s->err) {
        RpcWaiter waiter = { .done = false };

        g_cond_init(&waiter.cond);
        g_queue_push_tail(&client->room, &waiter);
        g_queue_push_tail(&s->waiters, &waiter); /* the server's abort ends the waiting too */
        rpc_client_wait(client, &waiter);
        g_queue_remove(&s->waiters, &waiter);
        g_queue_remove(&client->room, &waiter);
        g_cond_clear(&waiter.cond);
    }
}

static bool
send_chunk(RpcStream *s, const guint8 *bytes, gsize len, GError **err)
{
    bool ok;

    g_mutex_lock(&s->client->lock);
    ok = rpc_client_stream_is_usable(s, err);
    if (ok) {
        send_packet(s, RPC_CONTINUE, bytes, len);
        wait_for_room(s);
        ok = rpc_client_stream_is_usable(s, err);
    }
    rpc_client_unlock(s->client);
    return ok;
}

bool
rpc_client_stream_send(RpcStream *s, gconstpointer bytes, gsize len, GError **err)
{
    const guint8 *at = bytes;

    while (len > 0) {
        gsize n = MIN(len, RPC_STREAM_CHUNK);

        if (!send_chunk(s, at, n, err))
            return false;
        at += n;
        len -= n;
    }
    return true;
}

RpcStreamSend
rpc_client_stream_try_send(RpcStream *s, gconstpointer bytes, gsize len, gsize *ret_n, GError **err)
{
    RpcStreamSend result = RPC_STREAM_CLOSED;
    gsize         sent = 0;

    g_mutex_lock(&s->client->lock);
    if (rpc_client_stream_is_usable(s, err)) {
        rpc_client_flush(s->client);
        while (sent < len && rpc_client_has_room(s->client) && !s->client->closed) {
            gsize n = MIN(len - sent, RPC_STREAM_CHUNK);

            send_packet(s, RPC_CONTINUE, (const guint8 *)bytes + sent, n);
            sent += n;
        }
        result = sent > 0 || len == 0 ? RPC_STREAM_SENT : RPC_STREAM_FULL;
        if (s->client->closed)
            result = rpc_client_stream_is_usable(s, err) ? result : RPC_STREAM_CLOSED;
        rpc_client_stream_signal(s);
    }
    rpc_client_unlock(s->client);
    *ret_n = sent;
    return result;
}

bool
rpc_client_stream_send_hole(RpcStream *s, gint64 length, GError **err)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;
    bool      ok;

    rpc_stream_hole_packet(s, length, &w);
    g_mutex_lock(&s->client->lock);
    ok = rpc_client_stream_is_usable(s, err);
    if (ok)
        rpc_client_send(s->client, &w, NULL, 0);
    rpc_client_unlock(s->client);
    xdr_writer_clear(&w);
    return ok;
}

/* Until something comes for this stream. */
static void
wait_for_packet(RpcStream *s)
{
    RpcWaiter waiter = { .done = false };

    g_cond_init(&waiter.cond);
    g_queue_push_tail(&s->waiters, &waiter);
    rpc_client_wait(s->client, &waiter);
    g_queue_remove(&s->waiters, &waiter);
    g_cond_clear(&waiter.cond);
}

static void
drop_first(RpcStream *s)
{
    RpcStreamItem *item = g_queue_pop_head(&s->rx);

    s->rx_bytes -= cost(item);
    rpc_stream_item_free(item);
}

static RpcRecv
take_item(RpcStream *s, void *buf, gsize size, gsize *ret_n)
{
    RpcStreamItem *item = s->rx.head->data;
    const guint8  *bytes;
    gsize          len = 0, n;

    if (!item->bytes) {
        s->hole = item->hole;
        drop_first(s);
        return RPC_RECV_HOLE;
    }
    bytes = g_bytes_get_data(item->bytes, &len);
    n = MIN(size, len - item->used);
    memcpy(buf, bytes + item->used, n);
    item->used += n;
    if (item->used == len)
        drop_first(s);
    *ret_n = n;
    return RPC_RECV_DATA;
}

RpcRecv
rpc_client_stream_recv(RpcStream *s, void *buf, gsize size, bool nonblock, gsize *ret_n, GError **err)
{
    RpcRecv result = RPC_RECV_AGAIN;
    bool    looked = false;

    *ret_n = 0;
    g_mutex_lock(&s->client->lock);
    while (result == RPC_RECV_AGAIN) {
        if (s->rx.head) {
            result = take_item(s, buf, size, ret_n);
        } else if (s->err) {
            g_propagate_error(err, g_error_copy(s->err));
            result = RPC_RECV_FAILED;
        } else if (s->eof || s->over) {
            result = RPC_RECV_EOF;
        } else if (!nonblock) {
            wait_for_packet(s);
        } else if (!looked) {
            rpc_client_look(s->client);
            looked = true;
        } else {
            break;
        }
    }
    rpc_client_stream_signal(s);
    rpc_client_unlock(s->client);
    return result;
}

gint64
rpc_client_stream_hole(RpcStream *s)
{
    return s->hole;
}

/* Says the last word and waits for the server's. */
static bool
close_stream(RpcStream *s, RpcStatus status, GError **err)
{
    bool ok;

    g_mutex_lock(&s->client->lock);
    ok = rpc_client_stream_is_usable(s, err);
    if (ok) {
        send_packet(s, status, NULL, 0);
        while (!s->over && !s->err)
            wait_for_packet(s);
        ok = s->over;
        if (!ok)
            g_propagate_error(err, g_error_copy(s->err));
    }
    rpc_client_unlock(s->client);
    return ok;
}

bool
rpc_client_stream_finish(RpcStream *s, GError **err)
{
    return close_stream(s, RPC_OK, err);
}

bool
rpc_client_stream_abort(RpcStream *s, GError **err)
{
    g_mutex_lock(&s->client->lock);
    s->aborted = true;
    s->rx_bytes = 0;
    g_queue_clear_full(&s->rx, (GDestroyNotify)rpc_stream_item_free);
    rpc_client_unlock(s->client);
    return close_stream(s, RPC_ERROR, err);
}
