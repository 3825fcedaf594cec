/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/frame.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "util/err.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_RPC

#define READER_FIRST 16384
#define READER_ROOM 4096
#define IOV_BATCH 64

static guint32
load_u32(const guint8 *at)
{
    guint32 v;

    memcpy(&v, at, 4);
    return GUINT32_FROM_BE(v);
}

static void
store_u32(guint8 *at, guint32 v)
{
    v = GUINT32_TO_BE(v);
    memcpy(at, &v, 4);
}

void
rpc_packet_begin(XdrWriter *w, const RpcHeader *header)
{
    xdr_put_u32(w, 0);
    xdr_put_u32(w, header->program);
    xdr_put_u32(w, header->version);
    xdr_put_i32(w, header->procedure);
    xdr_put_i32(w, header->type);
    xdr_put_u32(w, header->serial);
    xdr_put_i32(w, header->status);
}

void
rpc_packet_finish(XdrWriter *w)
{
    store_u32(w->data, (guint32)w->len);
}

void
rpc_packet_set_serial(guint8 *packet, guint32 serial)
{
    store_u32(packet + 20, serial);
}

static void
header_load(const guint8 *at, RpcHeader *h)
{
    h->program = load_u32(at + 4);
    h->version = load_u32(at + 8);
    h->procedure = (gint32)load_u32(at + 12);
    h->type = (gint32)load_u32(at + 16);
    h->serial = load_u32(at + 20);
    h->status = (gint32)load_u32(at + 24);
}

void
rpc_packet_clear(RpcPacket *packet)
{
    guint n = 0;

    for (guint i = 0; i < packet->n_fds; i++)
        if (packet->fds[i] >= 0) /* whoever took one has put -1 in its place */
            packet->fds[n++] = packet->fds[i];
    fd_close_foreign(packet->fds, n);
    packet->n_fds = 0;
}

void
rpc_reader_clear(RpcReader *r)
{
    g_free(r->buf);
    *r = RPC_READER_INIT(r->max);
}

guint8 *
rpc_reader_space(RpcReader *r, gsize *ret_size)
{
    if (r->start > 0) {
        memmove(r->buf, r->buf + r->start, r->end - r->start);
        r->end -= r->start;
        r->start = 0;
    }
    if (r->cap - r->end < READER_ROOM) {
        r->cap = r->cap ? r->cap * 4 : READER_FIRST;
        r->buf = g_realloc(r->buf, r->cap);
    }
    *ret_size = r->cap - r->end;
    return r->buf + r->end;
}

void
rpc_reader_reserve(RpcReader *r, gsize n)
{
    gsize need = r->end - r->start + n;

    if (r->cap >= need)
        return;
    r->cap = need;
    r->buf = g_realloc(r->buf, r->cap);
}

void
rpc_reader_added(RpcReader *r, gsize n)
{
    r->end += n;
}

ChanResult
rpc_reader_fill(RpcReader *r, Chan *chan, GError **err)
{
    return rpc_reader_fill_some(r, chan, G_MAXSIZE, err);
}

ChanResult
rpc_reader_fill_some(RpcReader *r, Chan *chan, gsize max, GError **err)
{
    gsize      size, n = 0;
    guint8    *space = rpc_reader_space(r, &size);
    ChanResult result = chan_read(chan, space, MIN(size, max), &n, err);

    if (result == CHAN_DONE)
        rpc_reader_added(r, n);
    return result;
}

bool
rpc_reader_peek(const RpcReader *r, RpcHeader *ret_header, gsize *ret_len)
{
    gsize length;

    if (r->end - r->start < RPC_HEADER_SIZE)
        return false;
    length = load_u32(r->buf + r->start);
    if (length < RPC_HEADER_SIZE || length > r->max)
        return false;
    header_load(r->buf + r->start, ret_header);
    *ret_len = length - RPC_HEADER_SIZE;
    return true;
}

gsize
rpc_reader_missing(const RpcReader *r)
{
    gsize have = r->end - r->start, whole = RPC_HEADER_SIZE;

    if (have >= whole)
        whole = load_u32(r->buf + r->start);
    return whole > have ? whole - have : 0;
}

const guint8 *
rpc_reader_bytes(const RpcReader *r, gsize *ret_n)
{
    *ret_n = r->end - r->start;
    return r->buf + r->start;
}

void
rpc_reader_skip(RpcReader *r, gsize n)
{
    r->start += n;
}

static bool
has_fds(const RpcHeader *h)
{
    return h->type == RPC_TYPE_CALL_WITH_FDS || h->type == RPC_TYPE_REPLY_WITH_FDS;
}

/* Each descriptor came with one NUL byte behind the packet. */
static RpcNext
take_fds(Chan *chan, RpcPacket *packet, guint n, GError **err)
{
    for (guint i = 0; i < n; i++) {
        int fd = chan ? chan_take_fd(chan) : -1;

        if (fd < 0) {
            rpc_packet_clear(packet);
            fail(err, VIR_ERR_RPC, _("packet announces %u descriptors, %u came"), n, i);
            return RPC_NEXT_BAD;
        }
        packet->fds[packet->n_fds++] = fd;
    }
    return RPC_NEXT_PACKET;
}

static RpcNext
bad_length(gsize length, gsize max, GError **err)
{
    /* The first bytes of a TLS record: its kind and version 3. */
    if (length >> 16 == 0x1603)
        fail(err, VIR_ERR_RPC, _("the client speaks TLS, this port does not; use qemu+tcp://, or the port for TLS"));
    else if (length >> 16 == 0x1503)
        fail(err, VIR_ERR_RPC, _("the server speaks TLS at this port; use qemu+tls://"));
    else if (length < RPC_HEADER_SIZE)
        fail(err, VIR_ERR_RPC, _("packet %zu bytes received from server too small, want %d"), length,
             RPC_HEADER_SIZE);
    else
        fail(err, VIR_ERR_RPC, _("packet %zu bytes received from server too large, want %zu"), length, max);
    return RPC_NEXT_BAD;
}

RpcNext
rpc_reader_next(RpcReader *r, Chan *chan, RpcPacket *ret_packet, GError **err)
{
    const guint8 *at = r->buf + r->start;
    gsize         have = r->end - r->start, length, skip = RPC_HEADER_SIZE;
    guint         n_fds = 0;

    if (have == 0)
        rpc_reader_clear(r); /* idle connections hold no buffer */
    if (have < 4)
        return RPC_NEXT_MORE;
    length = load_u32(at);
    if (length < RPC_HEADER_SIZE || length > r->max)
        return bad_length(length, r->max, err);
    if (have < length)
        return RPC_NEXT_MORE;

    *ret_packet = (RpcPacket) { .n_fds = 0 };
    header_load(at, &ret_packet->header);
    if (has_fds(&ret_packet->header)) {
        skip += 4;
        n_fds = length < skip ? G_MAXUINT : load_u32(at + RPC_HEADER_SIZE);
        if (n_fds > RPC_FDS_MAX) {
            fail(err, VIR_ERR_RPC, _("Too many FDs in a packet: %u, expected at most %d"), n_fds, RPC_FDS_MAX);
            return RPC_NEXT_BAD;
        }
        if (have < length + n_fds)
            return RPC_NEXT_MORE;
    }
    ret_packet->payload = at + skip;
    ret_packet->len = length - skip;
    r->start += length + n_fds;
    return take_fds(chan, ret_packet, n_fds, err);
}

struct RpcOut {
    RpcOut *next;
    guint8 *data;
    gsize   len, pos;
    gsize  *left; /* NULL: all of it is in data; else so much lies in pipe */
    int     pipe;
    guint   n_fds, fd_pos;
    int     fds[];
};

static void
out_free(RpcOut *out)
{
    for (guint i = out->fd_pos; i < out->n_fds; i++)
        close(out->fds[i]);
    g_free(out->data);
    g_free(out);
}

void
rpc_queue_clear(RpcQueue *q)
{
    while (q->head) {
        RpcOut *out = q->head;

        q->head = out->next;
        out_free(out);
    }
    *q = (RpcQueue) { 0 };
}

static RpcOut *
append(RpcQueue *q, XdrWriter *w, const int *fds, guint n_fds)
{
    RpcOut *out = g_malloc0(sizeof(RpcOut) + n_fds * sizeof(int));

    out->data = g_steal_pointer(&w->data);
    out->len = w->len;
    w->len = w->cap = 0;
    out->n_fds = n_fds;
    if (n_fds)
        memcpy(out->fds, fds, n_fds * sizeof(int));
    q->bytes += out->len;
    if (q->head)
        q->last->next = out;
    else
        q->head = out;
    q->last = out;
    return out;
}

void
rpc_queue_push(RpcQueue *q, XdrWriter *w, const int *fds, guint n_fds)
{
    append(q, w, fds, n_fds);
}

void
rpc_queue_push_pipe(RpcQueue *q, XdrWriter *head, int pipe, gsize *left)
{
    RpcOut *out = append(q, head, NULL, 0);

    out->pipe = pipe;
    out->left = left;
    q->bytes += *left;
}

void
rpc_queue_unpipe(RpcQueue *q, gsize *left)
{
    RpcOut *out = q->head;
    gsize   rest;

    while (out && out->left != left)
        out = out->next;
    if (!out)
        return;
    rest = out->len - out->pos;
    memmove(out->data, out->data + out->pos, rest);
    out->pos = 0;
    out->len = rest + *left;
    out->data = g_realloc(out->data, out->len);
    for (gssize n; *left > 0; rest += (gsize)n, *left -= (gsize)n) {
        n = read(out->pipe, out->data + rest, *left);
        g_assert(n > 0 || errno == EINTR); /* it was counted there, and nobody else reads it */
        n = MAX(n, 0);
    }
    out->left = NULL;
}

/* Packets up to and including the first one that carries descriptors: those must follow it at once. */
static int
gather(const RpcQueue *q, struct iovec *iov)
{
    int n = 0;

    for (RpcOut *out = q->head; out && !out->left && n < IOV_BATCH; out = out->next) {
        if (out->pos < out->len)
            iov[n++] = (struct iovec) { out->data + out->pos, out->len - out->pos };
        if (out->n_fds)
            break;
    }
    return n;
}

static ChanResult
send_fds(RpcOut *out, Chan *chan, GError **err)
{
    while (out->fd_pos < out->n_fds) {
        ChanResult result = chan_send_fd(chan, out->fds[out->fd_pos], err);

        if (result != CHAN_DONE)
            return result;
        close(out->fds[out->fd_pos++]);
    }
    return CHAN_DONE;
}

/* Drops what has been written completely. */
static ChanResult
advance(RpcQueue *q, gsize n, Chan *chan, GError **err)
{
    while (q->head) {
        RpcOut    *out = q->head;
        gsize      part = MIN(n, out->len - out->pos);
        ChanResult result;

        out->pos += part;
        q->bytes -= part;
        n -= part;
        if (out->pos < out->len)
            return CHAN_DONE;
        result = send_fds(out, chan, err);
        if (result != CHAN_DONE)
            return result;
        q->head = out->next;
        out_free(out);
        if (n == 0 && q->head && q->head->pos < q->head->len)
            return CHAN_DONE;
    }
    return CHAN_DONE;
}

static ChanResult
flush_pipe(RpcQueue *q, Chan *chan, GError **err)
{
    RpcOut      *out = q->head;
    struct iovec head = { out->data + out->pos, out->len - out->pos };
    gsize        n = 0;
    ChanResult   result = chan_send_pipe(chan, &head, out->pipe, *out->left, &n, err);

    if (result != CHAN_DONE)
        return result;
    q->bytes -= n;
    out->pos += MIN(n, head.iov_len);
    *out->left -= n - MIN(n, head.iov_len);
    if (out->pos == out->len && *out->left == 0) {
        q->head = out->next;
        out_free(out);
    }
    return CHAN_DONE;
}

static ChanResult
flush_memory(RpcQueue *q, Chan *chan, GError **err)
{
    struct iovec iov[IOV_BATCH];
    int          n_iov = gather(q, iov);
    gsize        n = 0;
    ChanResult   result = n_iov ? chan_write(chan, iov, n_iov, &n, err) : CHAN_DONE;

    return result == CHAN_DONE ? advance(q, n, chan, err) : result;
}

ChanResult
rpc_queue_flush(RpcQueue *q, Chan *chan, GError **err)
{
    while (q->head) {
        ChanResult result = q->head->left ? flush_pipe(q, chan, err) : flush_memory(q, chan, err);

        if (result != CHAN_DONE)
            return result;
    }
    return CHAN_DONE;
}
