/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "rpc/stream-private.h"
#include "util/err.h"
#include "util/fd.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"
#define PIPE_SIZE (1 << 20)

struct RpcPump {
    /* fixed */
    RpcStream *stream; /* owned */
    GThread   *thread;
    int        stop_fd; /* eventfd */

    /* the pump's thread, and whoever has joined it */
    int     pipe;
    guint8 *buf;  /* NULL: the channel takes pipes */
    GError *why;  /* it ended before the pipe did */

    /* under the client's lock */
    bool       stopped;
    RpcWaiter *waiter;
};

static bool
is_stuck(RpcPump *pump)
{
    RpcStream *s = pump->stream;

    if (pump->stopped || s->err || s->client->closed)
        return false;
    return pump->buf ? s->client->out.bytes > RPC_STREAM_CHUNK : s->pipe_left > 0;
}

/* Under the lock. The socket's way: this thread waits in the reader's role, unless somebody has it. */
static void
wait_for_socket(RpcPump *pump)
{
    RpcStream *s = pump->stream;
    RpcClient *client = s->client;

    while (is_stuck(pump)) {
        RpcWaiter waiter = { .done = false };

        g_cond_init(&waiter.cond);
        g_queue_push_tail(&client->room, &waiter);
        g_queue_push_tail(&s->waiters, &waiter);
        pump->waiter = &waiter;
        rpc_client_wait(client, &waiter);
        pump->waiter = NULL;
        g_queue_remove(&s->waiters, &waiter);
        g_queue_remove(&client->room, &waiter);
        g_cond_clear(&waiter.cond);
    }
}

static bool
fail_stopped(GError **err)
{
    return fail(err, VIR_ERR_OPERATION_ABORTED, _("the stream was stopped before all of it had been sent"));
}

/* Under the lock. What was promised in a header has to follow, or the connection is of no use to anybody. */
static void
send_spliced(RpcPump *pump, XdrWriter *head, gsize n)
{
    RpcStream *s = pump->stream;
    RpcClient *client = s->client;

    s->pipe_left = n;
    rpc_queue_push_pipe(&client->out, head, pump->pipe, &s->pipe_left);
    rpc_client_flush(client);
    if (client->out.head)
        rpc_client_wake(client);
    wait_for_socket(pump);
    rpc_queue_unpipe(&client->out, &s->pipe_left);
}

static void
send_copied(RpcPump *pump, XdrWriter *packet)
{
    rpc_client_send(pump->stream->client, packet, NULL, 0);
    wait_for_socket(pump);
}

static void
make_packet(RpcPump *pump, XdrWriter *w, gsize n)
{
    guint32 length = GUINT32_TO_BE((guint32)(RPC_HEADER_SIZE + n));

    rpc_stream_packet(pump->stream, RPC_CONTINUE, pump->buf, pump->buf ? n : 0, w);
    memcpy(w->data, &length, sizeof(length));
}

static bool
send_some(RpcPump *pump, gsize n, GError **err)
{
    RpcStream *s = pump->stream;
    XdrWriter  w = RPC_PACKET_WRITER_INIT;
    bool       ok;

    make_packet(pump, &w, n);
    g_mutex_lock(&s->client->lock);
    ok = !pump->stopped ? rpc_client_stream_is_usable(s, err) : fail_stopped(err);
    if (ok) {
        if (pump->buf)
            send_copied(pump, &w);
        else
            send_spliced(pump, &w, n);
        ok = !pump->stopped ? rpc_client_stream_is_usable(s, err) : fail_stopped(err);
    }
    rpc_client_unlock(s->client);
    xdr_writer_clear(&w);
    return ok;
}

/* How much the next packet carries; 0: the writers have gone; -1: err. */
static gssize
measure(RpcPump *pump, GError **err)
{
    gssize n;
    int    waiting = 0;

    if (!pump->buf) {
        if (ioctl(pump->pipe, FIONREAD, &waiting) < 0)
            return fail_errno(err, errno, _("cannot look into the stream's pipe")), -1;
        return MIN(waiting, RPC_STREAM_CHUNK);
    }
    do {
        n = read(pump->pipe, pump->buf, RPC_STREAM_CHUNK);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        fail_errno(err, errno, _("cannot read from the stream's pipe"));
    return n;
}

static bool
pump_all(RpcPump *pump, GError **err)
{
    for (;;) {
        struct pollfd p[2] = { { pump->pipe, POLLIN, 0 }, { pump->stop_fd, POLLIN, 0 } };
        gssize        n;

        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return fail_errno(err, errno, _("cannot wait for the stream's pipe"));
        if (p[1].revents)
            return fail_stopped(err);
        if (!p[0].revents)
            continue;
        n = measure(pump, err);
        if (n <= 0)
            return n == 0;
        if (!send_some(pump, (gsize)n, err))
            return false;
    }
}

static gpointer
run(gpointer data)
{
    RpcPump *pump = data;

    if (!pump_all(pump, &pump->why))
        log_info("stream %u ends early: %s", pump->stream->serial, pump->why->message);
    fd_close(&pump->pipe);
    return NULL;
}

RpcPump *
rpc_pump_start(RpcStream *s, int *ret_fd, GError **err)
{
    RpcPump *pump = g_new0(RpcPump, 1);
    int      fds[2] = { -1, -1 };

    pump->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (pump->stop_fd < 0 || pipe2(fds, O_CLOEXEC) < 0) {
        fail_errno(err, errno, _("cannot make a pipe for the stream"));
        fd_close(&pump->stop_fd);
        g_free(pump);
        return NULL;
    }
    if (fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE) < 0)
        log_debug("the stream's pipe stays small: %s, ignoring", g_strerror(errno));
    if (!chan_can_pipe(s->client->chan))
        pump->buf = g_malloc(RPC_STREAM_CHUNK);
    chan_set_abrupt(s->client->chan, true);
    pump->stream = rpc_stream_ref(s);
    pump->pipe = fds[0];
    *ret_fd = fds[1];
    pump->thread = g_thread_new("pump", run, pump);
    return pump;
}

void
rpc_pump_stop(RpcPump *pump)
{
    RpcClient *client = pump->stream->client;
    guint64    one = 1;

    g_mutex_lock(&client->lock);
    pump->stopped = true;
    if (pump->waiter) {
        rpc_waiter_done(client, pump->waiter);
        rpc_client_wake(client);
    }
    g_mutex_unlock(&client->lock);
    if (write(pump->stop_fd, &one, sizeof(one)) < 0)
        log_debug("pump cannot be woken: %s, ignoring", g_strerror(errno));
}

/* The peer has answered: what is said from here on may take its time. */
static void
calm(RpcClient *client)
{
    g_mutex_lock(&client->lock);
    if (!client->closed)
        chan_set_abrupt(client->chan, false);
    g_mutex_unlock(&client->lock);
}

bool
rpc_pump_finish(RpcPump *pump, GError **err)
{
    GError *why = NULL;

    g_thread_join(g_steal_pointer(&pump->thread));
    rpc_client_stream_finish(pump->stream, &why);
    calm(pump->stream->client);
    if (!pump->why)
        pump->why = g_steal_pointer(&why);
    g_clear_error(&why);
    if (!pump->why)
        return true;
    g_propagate_error(err, g_steal_pointer(&pump->why));
    return false;
}

void
rpc_pump_free(RpcPump *pump)
{
    g_assert(!pump->thread);
    fd_close(&pump->stop_fd);
    rpc_stream_unref(pump->stream);
    g_free(pump->buf);
    g_clear_error(&pump->why);
    g_free(pump);
}
