/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the loop's thread does for a session: reading, closing, keepalive. */
#include <poll.h>

#include "rpc/session-private.h"
#include "util/err.h"
#include "util/log.h"

#define LOG_ROOM "rpc"
#define STREAM_KEPT_MAX (1 << 20)
#define HUNG_UP ((GIOCondition)POLLRDHUP) /* the same number for poll and epoll */
#define READS_AT_ONCE 16 /* then other sessions have their turn */
#define PACKETS_AT_ONCE 256 /* likewise: calls of the LOOP lane end where they begin */

static bool
is_starved(RpcSession *session)
{
    const RpcLimits *limits = rpc_server_limits(session->server);

    g_mutex_lock(&session->lock);
    session->in.max = session->authenticated ? RPC_PACKET_MAX : limits->max_anonymous_packet;
    session->starved = session->busy > limits->max_calls || session->call_bytes > limits->max_call_bytes
                       || session->out.bytes > limits->max_queue_bytes || session->kept_bytes > STREAM_KEPT_MAX
                       || session->close_when_written;
    g_mutex_unlock(&session->lock);
    return session->starved;
}

static bool
handle_packets(RpcSession *session)
{
    g_autoptr(GError) err = NULL;
    RpcPacket         packet;
    RpcNext           next = RPC_NEXT_MORE;

    while (!rpc_session_is_closed(session) && !is_starved(session)) {
        if (rpc_pour_begin(session)) {
            if (!rpc_pour(session))
                return false;
            if (session->pour.stream)
                return true;
            continue;
        }
        if (session->budget == 0) {
            session->yielded = true;
            rpc_session_nudge(session);
            return true;
        }
        session->budget--;
        next = rpc_reader_next(&session->in, session->chan, &packet, &err);
        if (next != RPC_NEXT_PACKET)
            break;
        rpc_dispatch(session, &packet);
        rpc_packet_clear(&packet);
    }
    if (next != RPC_NEXT_BAD)
        return true;
    rpc_session_log_bad(session, err);
    return false;
}

static void
set_corked(RpcSession *session, bool corked)
{
    g_mutex_lock(&session->lock);
    session->corked = corked;
    if (!corked && session->out.head && !session->closing)
        rpc_session_flush_locked(session);
    g_mutex_unlock(&session->lock);
}

/* Answers to calls that came together leave together. */
static bool
handle_what_came(RpcSession *session)
{
    bool ok;

    set_corked(session, true);
    ok = handle_packets(session);
    set_corked(session, false);
    rpc_streams_writable(session); /* all may have gone at once: the socket will not tell */
    return ok;
}

static void
heard(RpcSession *session)
{
    if (!session->keepalive_timer)
        return;
    g_mutex_lock(&session->lock);
    rpc_keepalive_heard(&session->keepalive, g_get_monotonic_time());
    g_mutex_unlock(&session->lock);
}

/* Beside a stream that goes into a pipe no byte is read that might be its own: it had to be copied. */
static ChanResult
fill(RpcSession *session, GError **err)
{
    gsize max = 0;

    g_mutex_lock(&session->lock);
    if (session->n_pipes > 0 && chan_can_pipe(session->chan))
        max = rpc_reader_missing(&session->in);
    g_mutex_unlock(&session->lock);
    return rpc_reader_fill_some(&session->in, session->chan, max ? max : G_MAXSIZE, err);
}

static bool
read_some(RpcSession *session)
{
    g_autoptr(GError) err = NULL;
    ChanResult        result;

    session->pour.again = false;
    if (session->pour.stream) {
        heard(session);
        return handle_what_came(session);
    }
    result = fill(session, &err);

    if (result == CHAN_EOF)
        log_debug("session %" G_GUINT64_FORMAT " closed by its client", session->id);
    else if (result == CHAN_FAILED)
        rpc_session_log_bad(session, err);
    if (result == CHAN_AGAIN)
        return true;
    if (result != CHAN_DONE)
        return false;
    heard(session);
    return handle_what_came(session);
}

/* Tells the poller what to wait for, or closes. */
static void
settle(RpcSession *session)
{
    GIOCondition cond = 0;
    bool         close;

    g_mutex_lock(&session->lock);
    close = session->closing;
    if (session->out.head)
        cond |= chan_wants(session->chan, G_IO_OUT);
    if (!session->starved && !session->pour.full && !session->yielded)
        cond |= chan_wants(session->chan, G_IO_IN);
    if (session->pour.full) /* without its sender the rest of a stream is of no use */
        cond |= HUNG_UP;
    g_mutex_unlock(&session->lock);
    if (close)
        rpc_session_close_now(session);
    else
        rpc_poll_set(&session->poll, cond);
}

static bool
start(RpcSession *session)
{
    g_autoptr(GError) err = NULL;
    ChanResult        result = chan_start(session->chan, &err);

    if (result == CHAN_AGAIN) {
        rpc_poll_set(&session->poll, chan_wants(session->chan, G_IO_IN));
        return true;
    }
    if (result == CHAN_FAILED)
        rpc_session_log_bad(session, err);
    if (result != CHAN_DONE)
        return false;
    session->started = true;
    source_remove(&session->start_timer);
    return !session->service.accept || session->service.accept(session, session->service.data);
}

static bool
may_read(RpcSession *session)
{
    return !session->pour.full && !session->yielded && !rpc_session_is_closed(session) && !is_starved(session);
}

/* What has come, but for so much at once that other sessions would wait. False: the connection is lost. */
static bool
read_all(RpcSession *session)
{
    for (int round = 0; may_read(session); round++) {
        bool pending;

        if (!read_some(session))
            return false;
        pending = chan_pending(session->chan);
        if (pending && round >= READS_AT_ONCE)
            rpc_session_nudge(session); /* no poll would tell of it */
        if (round >= READS_AT_ONCE || (!pending && !session->pour.again))
            return true;
    }
    return true;
}

static bool
serve(RpcSession *session, GIOCondition what)
{
    bool was_starved = session->starved;

    if (!session->started) {
        if (!start(session))
            return false;
        if (!session->started || !chan_pending(session->chan))
            return true;
        what |= G_IO_IN; /* calls came with the last bytes of the handshake */
    }
    if (what & G_IO_OUT) {
        set_corked(session, false);
        rpc_streams_writable(session);
    }
    if (!may_read(session))
        return !(what & (G_IO_HUP | G_IO_ERR | HUNG_UP)); /* nobody is left to answer */
    /* The socket tells neither of packets that have been read and had to wait, nor of bytes that the channel has. */
    if (was_starved && !handle_what_came(session))
        return false;
    if ((what & (G_IO_IN | G_IO_HUP | G_IO_ERR)) || chan_pending(session->chan))
        return read_all(session);
    return true;
}

static void
ready(GIOCondition what, gpointer data)
{
    g_autoptr(RpcSession) session = rpc_session_ref(data);

    if (!session->yielded)
        session->budget = PACKETS_AT_ONCE;
    if (!serve(session, what))
        rpc_session_close_now(session);
    else if (session->started)
        settle(session);
}

void
rpc_session_look_again(gpointer data)
{
    RpcSession *session = data;

    if (!session->poll.poller)
        return;
    session->budget = PACKETS_AT_ONCE;
    session->yielded = false;
    set_corked(session, false);
    rpc_streams_writable(session);
    if (!is_starved(session) && session->started
        && (!handle_what_came(session) || (chan_pending(session->chan) && !serve(session, G_IO_IN))))
        rpc_session_close_now(session);
    else
        settle(session);
}

static void
unref_session(gpointer data)
{
    rpc_session_unref(data);
}

void
rpc_session_nudge(RpcSession *session)
{
    loop_post(session->loop, rpc_session_look_again, rpc_session_ref(session), unref_session);
}

static gboolean
start_is_late(gpointer data)
{
    RpcSession *session = data;

    log_warn("client %s: %s handshake not over within %d ms, closing the connection",
             session->peer.remote_addr ? session->peer.remote_addr : "?", session->chan->ops->name,
             rpc_server_limits(session->server)->start_ms);
    rpc_session_close_now(session);
    return G_SOURCE_REMOVE;
}

void
rpc_session_begin(RpcSession *session)
{
    if (session->chan->ops->start)
        session->start_timer = loop_add_timer(session->loop, (guint)rpc_server_limits(session->server)->start_ms,
                                              start_is_late, session, NULL);
    rpc_poll_add(rpc_server_poller(session->server), &session->poll, chan_fd(session->chan), ready, session);
    if (!start(session))
        rpc_session_close_now(session);
}

void
rpc_session_close_now(RpcSession *session)
{
    bool was_anonymous;

    g_mutex_lock(&session->lock);
    if (session->closed) {
        g_mutex_unlock(&session->lock);
        return;
    }
    session->closed = true;
    was_anonymous = session->anonymous;
    session->anonymous = false;
    rpc_queue_clear(&session->out);
    g_mutex_unlock(&session->lock);

    rpc_poll_remove(&session->poll);
    source_remove(&session->start_timer);
    source_remove(&session->keepalive_timer);
    rpc_pour_clear(session);
    chan_shutdown(session->chan);
    rpc_server_count_anonymous(session->server, -(int)was_anonymous);
    rpc_streams_abort_all(session);
    rpc_session_say_closed(session);
    rpc_server_remove_session(session->server, session);
}

/* Keepalive */

static gboolean
keepalive_due(gpointer data)
{
    RpcSession      *session = data;
    gint64           now = g_get_monotonic_time();
    RpcKeepaliveStep step;
    int              wait_ms;

    g_mutex_lock(&session->lock);
    if (session->starved || session->pour.full) /* its answers may lie unread */
        rpc_keepalive_heard(&session->keepalive, now);
    step = rpc_keepalive_step(&session->keepalive, now);
    wait_ms = rpc_keepalive_wait_ms(&session->keepalive, now);
    g_mutex_unlock(&session->lock);
    if (step == RPC_KEEPALIVE_DEAD) {
        log_info("session %" G_GUINT64_FORMAT ": connection closed due to keepalive timeout", session->id);
        rpc_session_close_now(session);
        return G_SOURCE_REMOVE;
    }
    if (step == RPC_KEEPALIVE_SEND) {
        XdrWriter w = RPC_PACKET_WRITER_INIT;

        rpc_keepalive_packet(&w, RPC_KEEPALIVE_PING);
        rpc_session_send(session, &w, NULL, 0);
    }
    source_remove(&session->keepalive_timer);
    session->keepalive_timer = loop_add_timer(session->loop, (guint)wait_ms, keepalive_due, session, NULL);
    return G_SOURCE_REMOVE;
}

static void
start_keepalive(gpointer data)
{
    RpcSession      *session = data;
    const RpcLimits *limits = rpc_server_limits(session->server);
    gint64           interval_ms = limits->keepalive_interval_ms;
    int              wait_ms;

    if (interval_ms == 0)
        interval_ms = (gint64)limits->keepalive_interval * 1000;
    if (!session->poll.poller || session->keepalive_timer || interval_ms <= 0)
        return;
    g_mutex_lock(&session->lock);
    rpc_keepalive_start(&session->keepalive, interval_ms, limits->keepalive_count,
                        g_get_monotonic_time());
    wait_ms = rpc_keepalive_wait_ms(&session->keepalive, g_get_monotonic_time());
    g_mutex_unlock(&session->lock);
    session->keepalive_timer = loop_add_timer(session->loop, (guint)wait_ms, keepalive_due, session, NULL);
}

void
rpc_session_start_keepalive(RpcSession *session)
{
    loop_post(session->loop, start_keepalive, rpc_session_ref(session), unref_session);
}
