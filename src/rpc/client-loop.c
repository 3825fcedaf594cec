/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/epoll.h>

#include "rpc/client-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_RPC

/* Of libvirt's public event loop. */
enum { LOOP_READABLE = 1 };

/* Something to hand to the user, outside of the lock and in order. */
typedef struct {
    enum { DELIVER_EVENT, DELIVER_CLOSED } what;
    guint32        program;
    gint32         procedure;
    GBytes        *payload;
    RpcCloseReason reason;
} Delivery;

static void
delivery_free(Delivery *d)
{
    g_clear_pointer(&d->payload, g_bytes_unref);
    g_free(d);
}

static void
push(RpcClient *client, Delivery d)
{
    g_queue_push_tail(&client->deliveries, g_memdup2(&d, sizeof(d)));
}

void
rpc_client_deliver_event(RpcClient *client, const RpcPacket *packet)
{
    push(client, (Delivery) {
        .what = DELIVER_EVENT, .program = packet->header.program, .procedure = packet->header.procedure,
        .payload = g_bytes_new(packet->payload, packet->len),
    });
}

void
rpc_client_deliver_closed(RpcClient *client, RpcCloseReason reason)
{
    push(client, (Delivery) { .what = DELIVER_CLOSED, .reason = reason });
}

static void
deliver_one(RpcClient *client, Delivery *d)
{
    XdrReader r;

    switch (d->what) {
    case DELIVER_EVENT:
        r = XDR_READER_INIT(g_bytes_get_data(d->payload, NULL), g_bytes_get_size(d->payload));
        client->handler.event(client, d->program, d->procedure, &r, client->handler.data);
        xdr_reader_clear(&r);
        break;
    case DELIVER_CLOSED:
        client->handler.closed(client, d->reason, client->handler.data);
        break;
    }
}

void
rpc_client_deliver(RpcClient *client)
{
    /* One at a time, or their order would be lost. */
    if (client->delivering)
        return;
    client->delivering = true;
    while (client->deliveries.head) {
        Delivery *d = g_queue_pop_head(&client->deliveries);

        g_mutex_unlock(&client->lock);
        deliver_one(client, d);
        delivery_free(d);
        g_mutex_lock(&client->lock);
    }
    client->delivering = false;
}

/* The loop watches an epoll set that contains the socket only while nobody else reads. Closing that gate is one cheap
 * system call on our side; telling the loop itself would wake its thread twice for each call. */

#define GATE_REMOVED G_MAXUINT32

static void
set_gate(RpcClient *client, guint32 events)
{
    struct epoll_event e = { .events = events };
    int                op = client->gate_events == GATE_REMOVED ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    if (client->gate_fd < 0 || events == client->gate_events)
        return;
    epoll_ctl(client->gate_fd, events == GATE_REMOVED ? EPOLL_CTL_DEL : op, chan_fd(client->chan), &e);
    client->gate_events = events;
}

void
rpc_client_close_gate(RpcClient *client)
{
    if (client->gate_events != GATE_REMOVED)
        set_gate(client, 0);
}

static void
open_gate(RpcClient *client)
{
    bool    reads = !rpc_client_streams_heap_up(client);
    guint32 events = reads ? (guint32)chan_wants(client->chan, G_IO_IN) : 0;

    /* No poll tells of what the channel has decoded already; that the socket can be written to comes soon enough. */
    if (reads && chan_pending(client->chan))
        events |= G_IO_OUT;
    if (client->out.head)
        events |= (guint32)chan_wants(client->chan, G_IO_OUT);
    set_gate(client, events);
}

static RpcTimerState
wanted_timer(const RpcClient *client)
{
    if (client->deliveries.head && !client->delivering)
        return RPC_TIMER_NOW;
    return client->keepalive.interval ? RPC_TIMER_KEEPALIVE : RPC_TIMER_OFF;
}

static int
timer_ms(const RpcClient *client, RpcTimerState state)
{
    if (state == RPC_TIMER_NOW)
        return 0;
    return state == RPC_TIMER_OFF ? -1 : rpc_keepalive_wait_ms(&client->keepalive, g_get_monotonic_time());
}

/* One thing that the loop has not been told yet; false: it knows all. Drops the lock around the telling, because the
 * application's functions may take locks under which it calls us. */
static bool
tell_loop_one(RpcClient *client)
{
    const RpcLoopHooks *hooks = client->hooks;
    RpcTimerState       timer = wanted_timer(client);
    int                 watch = client->watch, timer_id = client->timer, ms;

    if (watch >= 0 && client->closed) {
        client->watch = -1;
        g_mutex_unlock(&client->lock);
        hooks->remove_fd(watch);
    } else if (timer_id >= 0 && client->closed && timer == RPC_TIMER_OFF && !client->delivering) {
        client->timer = -1;
        g_mutex_unlock(&client->lock);
        hooks->remove_timer(timer_id);
    } else if (timer_id >= 0 && timer != client->timer_state) {
        client->timer_state = timer;
        ms = timer_ms(client, timer);
        g_mutex_unlock(&client->lock);
        hooks->update_timer(timer_id, ms);
    } else {
        return false;
    }
    g_mutex_lock(&client->lock);
    return true;
}

void
rpc_client_tell_loop(RpcClient *client)
{
    if (client->closed)
        set_gate(client, GATE_REMOVED);
    else if (!client->reading && !client->waiters.head)
        open_gate(client);
    if (!client->hooks || client->syncing)
        return;
    client->syncing = true;
    while (tell_loop_one(client))
        ;
    client->syncing = false;
}

void
rpc_client_unlock(RpcClient *client)
{
    if (!client->hooks)
        rpc_client_deliver(client);
    rpc_client_tell_loop(client);
    g_mutex_unlock(&client->lock);
}

/* On the loop's thread: what the callbacks have in common behind their own work. */
static void
leave_loop(RpcClient *client)
{
    rpc_client_deliver(client);
    rpc_client_tell_loop(client);
    g_mutex_unlock(&client->lock);
}

static void
loop_fd_ready(int watch, int fd, int events, void *data)
{
    RpcClient *client = rpc_client_ref(data);

    (void)watch;
    (void)fd;
    (void)events;
    g_mutex_lock(&client->lock);
    if (client->reading) {
        /* A hang-up comes through a closed gate too; the reader will see it. */
        if (client->gate_events == 0)
            set_gate(client, GATE_REMOVED);
    } else if (!client->closed) {
        client->reading = true;
        if (client->out.head)
            rpc_client_flush(client);
        if (!client->closed)
            rpc_client_receive(client);
        client->reading = false;
        rpc_client_give_role_away(client);
    }
    leave_loop(client);
    rpc_client_unref(client);
}

static void
loop_timer_fired(int timer, void *data)
{
    RpcClient *client = rpc_client_ref(data);

    (void)timer;
    g_mutex_lock(&client->lock);
    rpc_client_step_keepalive(client);
    /* A timeout of libvirt's loop repeats: always tell it the next one. */
    client->timer_state = RPC_TIMER_LAST;
    leave_loop(client);
    rpc_client_unref(client);
}

static void
loop_unref(void *data)
{
    rpc_client_unref(data);
}

bool
rpc_client_attach_loop(RpcClient *client, const RpcLoopHooks *hooks, GError **err)
{
    int watch, timer;

    client->gate_fd = epoll_create1(EPOLL_CLOEXEC);
    if (client->gate_fd < 0)
        return fail_errno(err, errno, _("cannot create an epoll set"));
    timer = hooks->add_timer(-1, loop_timer_fired, rpc_client_ref(client), loop_unref);
    if (timer < 0) {
        rpc_client_unref(client);
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("the event loop refused a timer for the connection"));
    }
    watch = hooks->add_fd(client->gate_fd, LOOP_READABLE, loop_fd_ready, rpc_client_ref(client), loop_unref);
    if (watch < 0) {
        rpc_client_unref(client);
        hooks->remove_timer(timer);
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("the event loop refused the connection's socket"));
    }
    g_mutex_lock(&client->lock);
    client->hooks = hooks;
    client->watch = watch;
    client->timer = timer;
    rpc_client_unlock(client);
    return true;
}
