/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "rpc/client-private.h"
#include "rpc/stream.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"
#define QUEUE_MAX (1 << 20) /* unsent stream data: calls queue up behind it */

void
rpc_client_wake(RpcClient *client)
{
    guint64 one = 1;

    if (client->polling && write(client->wake_fd, &one, sizeof(one)) < 0)
        log_debug("reader cannot be woken: %s, ignoring", g_strerror(errno));
}

void
rpc_waiter_done(RpcClient *client, RpcWaiter *waiter)
{
    (void)client;
    waiter->done = true;
    if (waiter->sleeps) /* signalling costs a system call even when nobody listens */
        g_cond_signal(&waiter->cond);
}

void
rpc_client_broke(RpcClient *client, RpcCloseReason reason, GError *why)
{
    bool told = reason == RPC_CLOSE_CLIENT || client->next_serial > 0;

    if (client->closed) {
        g_error_free(why);
        return;
    }
    client->closed = true;
    for (GList *l = client->calls.head; l; l = l->next) {
        RpcPending *pending = l->data;

        if (pending->waiter.done)
            continue;
        pending->err = g_error_copy(why);
        rpc_waiter_done(client, &pending->waiter);
        told = true;
    }
    for (GList *l = client->room.head; l; l = l->next)
        rpc_waiter_done(client, l->data);
    rpc_client_streams_broke(client, why);
    rpc_queue_clear(&client->out);
    client->keepalive.interval = 0;
    if (reason != RPC_CLOSE_CLIENT && client->handler.closed)
        rpc_client_deliver_closed(client, reason);
    chan_shutdown(client->chan);
    rpc_client_wake(client);
    if (told)
        g_error_free(why);
    else
        client->why = why;
}

static void
broke_with(RpcClient *client, ChanResult result, GError *err)
{
    if (result == CHAN_EOF)
        fail(&err, VIR_ERR_SYSTEM_ERROR, _("End of file while reading data: Input/output error"));
    rpc_client_broke(client, result == CHAN_EOF ? RPC_CLOSE_EOF : RPC_CLOSE_ERROR, err);
}

/* Without a loop nobody writes the rest behind a sender's back: it waits until all is written. */
bool
rpc_client_has_room(const RpcClient *client)
{
    return client->closed || client->out.bytes <= (client->hooks ? QUEUE_MAX : 0);
}

void
rpc_client_flush(RpcClient *client)
{
    GError    *err = NULL;
    ChanResult result = rpc_queue_flush(&client->out, client->chan, &err);

    if (result == CHAN_FAILED || result == CHAN_EOF)
        broke_with(client, result, err);
    for (GList *l = client->room.head; l && rpc_client_has_room(client); l = l->next)
        rpc_waiter_done(client, l->data);
    if (rpc_client_has_room(client))
        rpc_client_streams_have_room(client);
}

void
rpc_client_send(RpcClient *client, XdrWriter *packet, const int *fds, guint n_fds)
{
    rpc_queue_push(&client->out, packet, fds, n_fds);
    rpc_client_flush(client);
    if (client->out.head)
        rpc_client_wake(client);
}

static void
send_keepalive(RpcClient *client, RpcKeepaliveProc proc)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;

    rpc_keepalive_packet(&w, proc);
    rpc_client_send(client, &w, NULL, 0);
}

void
rpc_client_step_keepalive(RpcClient *client)
{
    GError *why = NULL;

    if (client->keepalive.interval == 0 || client->closed)
        return;
    if (rpc_client_streams_heap_up(client)) /* the peer's answers may lie unread */
        rpc_keepalive_heard(&client->keepalive, g_get_monotonic_time());
    switch (rpc_keepalive_step(&client->keepalive, g_get_monotonic_time())) {
    case RPC_KEEPALIVE_WAIT:
        break;
    case RPC_KEEPALIVE_SEND:
        send_keepalive(client, RPC_KEEPALIVE_PING);
        break;
    case RPC_KEEPALIVE_DEAD:
        fail(&why, VIR_ERR_INTERNAL_ERROR, _("connection closed due to keepalive timeout"));
        rpc_client_broke(client, RPC_CLOSE_KEEPALIVE, why);
        break;
    }
}

static RpcPending *
find_pending(RpcClient *client, guint32 serial)
{
    for (GList *l = client->calls.head; l; l = l->next) {
        RpcPending *pending = l->data;

        if (pending->serial == serial && !pending->waiter.done)
            return pending;
    }
    return NULL;
}

static void
take_reply(RpcClient *client, RpcPacket *packet)
{
    RpcPending *pending = find_pending(client, packet->header.serial);

    if (!pending) {
        log_warn("reply to no call: program %x procedure %d serial %u, ignoring", packet->header.program,
                 packet->header.procedure, packet->header.serial);
        return;
    }
    pending->reply = *packet;
    pending->reply.payload = g_memdup2(packet->payload, packet->len);
    packet->n_fds = 0;
    rpc_waiter_done(client, &pending->waiter);
}

static void
take_message(RpcClient *client, const RpcPacket *packet)
{
    if (packet->header.program == RPC_KEEPALIVE_PROGRAM) {
        if (packet->header.procedure == RPC_KEEPALIVE_PING && !client->out.head) /* as in dispatch.c */
            send_keepalive(client, RPC_KEEPALIVE_PONG);
        return;
    }
    if (client->handler.event)
        rpc_client_deliver_event(client, packet);
}

static void
take_packet(RpcClient *client, RpcPacket *packet)
{
    switch (packet->header.type) {
    case RPC_TYPE_REPLY:
    case RPC_TYPE_REPLY_WITH_FDS:
        take_reply(client, packet);
        break;
    case RPC_TYPE_MESSAGE:
        take_message(client, packet);
        break;
    case RPC_TYPE_STREAM:
    case RPC_TYPE_STREAM_HOLE:
        rpc_client_stream_packet(client, packet);
        break;
    default:
        log_warn("packet of type %d from the server, ignoring", packet->header.type);
    }
}

static void
take_packets(RpcClient *client)
{
    GError   *err = NULL;
    RpcPacket packet;
    RpcNext   next;

    if (client->keepalive.interval)
        rpc_keepalive_heard(&client->keepalive, g_get_monotonic_time());
    while ((next = rpc_reader_next(&client->in, client->chan, &packet, &err)) == RPC_NEXT_PACKET) {
        if (!client->closed)
            take_packet(client, &packet);
        rpc_packet_clear(&packet);
    }
    if (next == RPC_NEXT_BAD)
        rpc_client_broke(client, RPC_CLOSE_ERROR, err);
}

static ChanResult
read_packets(RpcClient *client)
{
    GError    *err = NULL;
    ChanResult result;

    g_mutex_unlock(&client->lock);
    result = rpc_reader_fill(&client->in, client->chan, &err);
    g_mutex_lock(&client->lock);
    if (result == CHAN_DONE)
        take_packets(client);
    else if (result != CHAN_AGAIN && !client->closed)
        broke_with(client, result, err);
    else
        g_clear_error(&err);
    return result;
}

void
rpc_client_receive(RpcClient *client)
{
    ChanResult result;

    /* What a channel has decoded already no poll would tell of. */
    do {
        result = read_packets(client);
    } while (result == CHAN_DONE && !client->closed && chan_pending(client->chan)
             && !rpc_client_streams_heap_up(client));
}

static void
drain_wakeups(RpcClient *client)
{
    guint64 n;

    if (read(client->wake_fd, &n, sizeof(n)) < 0)
        log_debug("wake-up cannot be read: %s, ignoring", g_strerror(errno));
}

/* Polls once, then does what is possible. */
static void
read_once(RpcClient *client)
{
    short         in = (short)chan_wants(client->chan, G_IO_IN);
    short         out = client->out.head ? (short)chan_wants(client->chan, G_IO_OUT) : 0;
    struct pollfd p[2] = { { chan_fd(client->chan), (short)(in | out), 0 }, { client->wake_fd, POLLIN, 0 } };
    bool          pending = chan_pending(client->chan);
    int           timeout = pending ? 0 : -1;

    if (client->keepalive.interval && !pending)
        timeout = rpc_keepalive_wait_ms(&client->keepalive, g_get_monotonic_time());
    client->polling = true;
    g_mutex_unlock(&client->lock);
    if (poll(p, 2, timeout) < 0)
        p[0].revents = p[1].revents = 0; /* a signal: look again */
    g_mutex_lock(&client->lock);
    client->polling = false;
    if (p[1].revents)
        drain_wakeups(client);
    if (client->closed)
        return;
    if (client->out.head && (p[0].revents & out))
        rpc_client_flush(client);
    if (pending || (p[0].revents & (in | POLLHUP | POLLERR)))
        rpc_client_receive(client);
    rpc_client_step_keepalive(client);
    /* This call may last for hours; events that it reads are the loop's to deliver now. */
    if (client->deliveries.head)
        rpc_client_tell_loop(client);
}

void
rpc_client_give_role_away(RpcClient *client)
{
    RpcWaiter *next = g_queue_peek_head(&client->waiters);

    if (!client->reading && next)
        g_cond_signal(&next->cond);
}


void
rpc_client_look(RpcClient *client)
{
    if (client->reading || client->closed)
        return;
    client->reading = true;
    rpc_client_receive(client);
    client->reading = false;
    rpc_client_give_role_away(client);
}

void
rpc_client_wait(RpcClient *client, RpcWaiter *waiter)
{
    waiter->link.data = waiter;
    while (!waiter->done) {
        if (client->reading) {
            g_queue_push_tail_link(&client->waiters, &waiter->link);
            waiter->sleeps = true;
            g_cond_wait(&waiter->cond, &client->lock);
            waiter->sleeps = false;
            g_queue_unlink(&client->waiters, &waiter->link);
            continue;
        }
        client->reading = true;
        rpc_client_close_gate(client);
        while (!waiter->done && (client->hooks || client->delivering || !client->deliveries.head))
            read_once(client);
        client->reading = false;
        /* Without a loop this thread delivers; not in the reader's role, because the callback may call. */
        if (!waiter->done) {
            rpc_client_give_role_away(client);
            rpc_client_deliver(client);
        }
    }
    rpc_client_give_role_away(client);
}
