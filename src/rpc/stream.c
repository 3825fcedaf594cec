/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/stream.h"

#include "rpc/session-private.h"
#include "rpc/stream-private.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"
#define UNSENT_MAX (1 << 20) /* beyond: RPC_STREAM_FULL */

RpcStream *
rpc_request_open_stream(RpcRequest *req, const RpcStreamOps *ops, gpointer data)
{
    RpcJob     *job = (RpcJob *)req;
    RpcSession *session = req->session;
    RpcStream  *s = g_new0(RpcStream, 1);

    s->refs = 1;
    s->program = req->program;
    s->procedure = req->call->number;
    s->serial = req->serial;
    s->session = rpc_session_ref(session);
    s->ops = ops;
    s->data = data;
    s->pipe = -1;
    s->link.data = s;
    job->stream = rpc_stream_ref(s);
    return s;
}

Loop *
rpc_stream_loop(RpcStream *s)
{
    return s->session->loop;
}

gpointer
rpc_stream_data(RpcStream *s)
{
    return s->data;
}

static RpcStream *
find_locked(RpcSession *session, const RpcHeader *h)
{
    for (GList *l = session->streams.head; l; l = l->next) {
        RpcStream *s = l->data;

        if (s->serial == h->serial && s->procedure == h->procedure && s->program->number == h->program)
            return s;
    }
    return NULL;
}

void
rpc_stream_pour_into(RpcStream *s, int pipe)
{
    s->pipe = pipe;
}

RpcStream *
rpc_stream_with_pipe(RpcSession *session, const RpcHeader *header)
{
    RpcStream *s = NULL;

    g_mutex_lock(&session->lock);
    if (session->n_pipes)
        s = find_locked(session, header);
    if (s && s->pipe >= 0 && !s->paused && !s->kept.head && !s->ended)
        rpc_stream_ref(s);
    else
        s = NULL;
    g_mutex_unlock(&session->lock);
    return s;
}

void
rpc_stream_server_free(RpcStream *s)
{
    g_queue_clear_full(&s->kept, (GDestroyNotify)rpc_stream_item_free);
    if (s->ops->destroy)
        s->ops->destroy(s->data);
    rpc_session_unref(s->session);
    g_free(s);
}

/* The session's list holds a reference from here on. */
void
rpc_stream_go_live_locked(RpcStream *s)
{
    if (s->session->closed)
        s->closed = true;
    if (s->closed)
        return;
    s->live = true;
    s->session->n_pipes += s->pipe >= 0;
    rpc_stream_ref(s);
    g_queue_push_tail_link(&s->session->streams, &s->link);
}

/* Loop thread. */
static void
say_opened(gpointer data)
{
    RpcStream *s = data;

    if (s->live)
        s->ops->opened(s, s->data);
}

static void
unref_stream(gpointer data)
{
    rpc_stream_unref(data);
}

void
rpc_stream_say_opened(RpcStream *s)
{
    if (s->ops->opened)
        loop_post(s->session->loop, say_opened, rpc_stream_ref(s), unref_stream);
}

void
rpc_stream_cancel(RpcStream *s)
{
    g_mutex_lock(&s->session->lock);
    s->closed = true;
    g_mutex_unlock(&s->session->lock);
}

/* Under the lock. False: it was over already. The caller then drops the list's reference without the lock. */
static bool
leave_locked(RpcStream *s, bool *ret_listed)
{
    *ret_listed = s->live;
    if (s->closed)
        return *ret_listed = false;
    s->closed = true;
    if (s->live) {
        g_queue_unlink(&s->session->streams, &s->link);
        s->session->n_pipes -= s->pipe >= 0;
    }
    s->live = false;
    s->session->kept_bytes -= s->kept_bytes;
    s->kept_bytes = 0;
    return true;
}

/* Sends the last packet of this stream. */
static void
say_last(RpcStream *s, XdrWriter *w)
{
    bool nudge = false, listed;

    g_mutex_lock(&s->session->lock);
    /* What this stream kept may have been why the session is not read. */
    if (leave_locked(s, &listed) && listed)
        nudge = rpc_session_send_locked(s->session, w, NULL, 0) || s->session->starved;
    g_mutex_unlock(&s->session->lock);
    if (nudge)
        rpc_session_nudge(s->session);
    if (listed)
        rpc_stream_unref(s);
}

void
rpc_stream_end(RpcStream *s)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;

    rpc_stream_packet(s, RPC_OK, NULL, 0, &w);
    say_last(s, &w);
    xdr_writer_clear(&w);
}

void
rpc_stream_fail(RpcStream *s, const GError *err)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT, body = RPC_PACKET_WRITER_INIT;
    RpcError  error;

    rpc_error_from(err, &error);
    xdr_encode(&body, rpc_error_rows, &error, NULL);
    xdr_clear(rpc_error_rows, &error);
    rpc_stream_packet(s, RPC_ERROR, body.data, body.len, &w);
    say_last(s, &w);
    xdr_writer_clear(&body);
    xdr_writer_clear(&w);
}

static RpcStreamSend
send_packet(RpcStream *s, XdrWriter *packet, bool may_refuse)
{
    RpcSession   *session = s->session;
    RpcStreamSend result = RPC_STREAM_SENT;
    bool          nudge = false;

    g_mutex_lock(&session->lock);
    if (s->closed || session->closed) {
        result = RPC_STREAM_CLOSED;
    } else if (may_refuse && session->out.bytes > UNSENT_MAX) {
        s->full = true;
        result = RPC_STREAM_FULL;
    } else {
        nudge = rpc_session_send_locked(session, packet, NULL, 0);
    }
    g_mutex_unlock(&session->lock);
    if (nudge)
        rpc_session_nudge(session);
    xdr_writer_clear(packet);
    return result;
}

static RpcStreamSend
send_data(RpcStream *s, gconstpointer bytes, gsize len, bool may_refuse)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;

    rpc_stream_packet(s, RPC_CONTINUE, bytes, len, &w);
    return send_packet(s, &w, may_refuse);
}

RpcStreamSend
rpc_stream_send_hole(RpcStream *s, gint64 length)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;

    rpc_stream_hole_packet(s, length, &w);
    return send_packet(s, &w, true);
}

RpcStreamSend
rpc_stream_send(RpcStream *s, gconstpointer bytes, gsize len)
{
    const guint8 *at = bytes;
    RpcStreamSend result = RPC_STREAM_SENT;

    /* All or nothing: only the first chunk may find the queue full. */
    for (gsize n; len > 0 && result == RPC_STREAM_SENT; at += n, len -= n) {
        n = MIN(len, RPC_STREAM_CHUNK);
        result = send_data(s, at, n, at == bytes);
    }
    return result;
}

void
rpc_stream_send_eof(RpcStream *s)
{
    send_data(s, NULL, 0, false);
}

/* Receiving; the callbacks run on the loop's thread without the lock. */

static void
unexpected_hole(RpcStream *s)
{
    g_autoptr(GError) err = NULL;

    fail(&err, VIR_ERR_RPC, _("Unexpected stream hole"));
    rpc_stream_fail(s, err);
}

static void
hand_hole(RpcStream *s, gint64 length)
{
    if (s->ended)
        return;
    if (s->ops->hole && length >= 0)
        s->ops->hole(s, length, s->data);
    else
        unexpected_hole(s);
}

static void
hand_abort(RpcStream *s)
{
    if (s->ops->abort)
        s->ops->abort(s, s->data);
    rpc_stream_end(s);
}

static void
hand_over(RpcStream *s, gint32 type, gint32 status, const guint8 *bytes, gsize len)
{
    if (s->ended && status != RPC_ERROR)
        return; /* it comes too late: the owner may have let go of where it would put it */
    if (status == RPC_CONTINUE && type == RPC_TYPE_STREAM) {
        if (s->ops->data)
            s->ops->data(s, bytes, len, s->data);
    } else if (status == RPC_OK) {
        s->ended = true;
        if (s->ops->end)
            s->ops->end(s, s->data);
        else
            rpc_stream_end(s);
    } else if (status == RPC_ERROR) {
        hand_abort(s);
    }
}

static gint64
hole_length(const RpcPacket *packet)
{
    XdrReader r = XDR_READER_INIT(packet->payload, packet->len);
    gint64    length = -1;

    xdr_get_i64(&r, &length);
    xdr_reader_clear(&r);
    return length;
}

/* Under the lock. */
static void
keep_locked(RpcStream *s, const RpcPacket *packet)
{
    RpcStreamItem *item = g_new0(RpcStreamItem, 1);

    item->type = packet->header.type;
    item->status = packet->header.status;
    if (item->type == RPC_TYPE_STREAM_HOLE)
        item->hole = hole_length(packet);
    else if (packet->len)
        item->bytes = g_bytes_new(packet->payload, packet->len);
    g_queue_push_tail(&s->kept, item);
    /* An empty packet costs memory too. */
    s->kept_bytes += packet->len + sizeof(*item);
    s->session->kept_bytes += packet->len + sizeof(*item);
}

/* Whoever aborts does not want to wait until what he sent before is taken. */
static bool
is_abort(const RpcHeader *h)
{
    return h->type == RPC_TYPE_STREAM && h->status == RPC_ERROR;
}

void
rpc_stream_take(RpcSession *session, const RpcPacket *packet)
{
    g_autoptr(RpcStream) s = NULL;
    bool                 kept = false;

    g_mutex_lock(&session->lock);
    s = find_locked(session, &packet->header);
    if (s) {
        rpc_stream_ref(s);
        kept = (s->paused || s->kept.head) && !is_abort(&packet->header);
        if (kept)
            keep_locked(s, packet);
    }
    g_mutex_unlock(&session->lock);
    if (!s || kept)
        return;
    if (packet->header.type == RPC_TYPE_STREAM_HOLE)
        hand_hole(s, hole_length(packet));
    else
        hand_over(s, packet->header.type, packet->header.status, packet->payload, packet->len);
}

void
rpc_stream_pause(RpcStream *s)
{
    g_mutex_lock(&s->session->lock);
    s->paused = true;
    g_mutex_unlock(&s->session->lock);
}

static RpcStreamItem *
next_kept(RpcStream *s, bool *ret_starved)
{
    RpcStreamItem *item = NULL;
    gsize          size;

    g_mutex_lock(&s->session->lock);
    if (!s->paused && !s->closed)
        item = g_queue_pop_head(&s->kept);
    if (item) {
        size = sizeof(*item) + (item->bytes ? g_bytes_get_size(item->bytes) : 0);
        s->kept_bytes -= MIN(size, s->kept_bytes);
        s->session->kept_bytes -= MIN(size, s->session->kept_bytes);
    }
    *ret_starved = s->session->starved;
    g_mutex_unlock(&s->session->lock);
    return item;
}

/* Loop thread. */
static void
hand_kept(gpointer data)
{
    RpcStream     *s = data;
    RpcStreamItem *item;
    bool           starved;

    while ((item = next_kept(s, &starved))) {
        gsize         len = 0;
        const guint8 *bytes = item->bytes ? g_bytes_get_data(item->bytes, &len) : NULL;

        if (item->type == RPC_TYPE_STREAM_HOLE)
            hand_hole(s, item->hole);
        else
            hand_over(s, item->type, item->status, bytes, len);
        rpc_stream_item_free(item);
    }
    if (starved)
        rpc_session_nudge(s->session);
}

void
rpc_stream_resume(RpcStream *s)
{
    g_mutex_lock(&s->session->lock);
    s->paused = false;
    g_mutex_unlock(&s->session->lock);
    loop_post(s->session->loop, hand_kept, rpc_stream_ref(s), unref_stream);
}

/* The connection has gone: nobody is left to answer. */
void
rpc_streams_abort_all(RpcSession *session)
{
    for (;;) {
        RpcStream *s;
        bool       listed = false;

        g_mutex_lock(&session->lock);
        s = g_queue_peek_head(&session->streams);
        if (s)
            leave_locked(s, &listed);
        g_mutex_unlock(&session->lock);
        if (!s)
            return;
        if (s->ops->abort)
            s->ops->abort(s, s->data);
        rpc_stream_unref(s);
    }
}

void
rpc_streams_writable(RpcSession *session)
{
    for (;;) {
        RpcStream *s = NULL;

        g_mutex_lock(&session->lock);
        for (GList *l = session->streams.head; l && !s && session->out.bytes < UNSENT_MAX / 2; l = l->next) {
            RpcStream *candidate = l->data;

            if (candidate->full)
                s = rpc_stream_ref(candidate);
        }
        if (s)
            s->full = false;
        g_mutex_unlock(&session->lock);
        if (!s)
            return;
        if (s->ops->writable)
            s->ops->writable(s, s->data);
        rpc_stream_unref(s);
    }
}
