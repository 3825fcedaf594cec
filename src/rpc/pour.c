/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stream packets whose payload goes straight into a pipe, from the socket where the channel allows it. On the loop's
 * thread, which never waits: a session whose pipe is full is simply not read until there is room. How much the peer
 * announces does not matter, because nothing is allocated for it.
 */
#include <errno.h>
#include <poll.h>

#include "rpc/session-private.h"
#include "rpc/stream-private.h"
#include "util/err.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define READ_SIZE 65536

/* How one attempt to move bytes ended. */
typedef enum { MOVED, NOTHING_CAME, PIPE_FULL, PIPE_BROKEN, PEER_LOST } Move;

static void
stop_waiting(RpcSession *session)
{
    session->pour.full = false;
    source_remove(&session->pour.room);
    source_remove(&session->pour.late);
}

static void
break_off(RpcSession *session)
{
    g_autoptr(GError) err = NULL;

    session->pour.broken = true;
    fail(&err, VIR_ERR_OPERATION_FAILED, _("nobody reads what the stream carries any more"));
    rpc_stream_fail(session->pour.stream, err);
}

static gboolean
room_again(int fd, GIOCondition what, gpointer data)
{
    g_autoptr(RpcSession) session = rpc_session_ref(data);

    (void)fd, (void)what;
    stop_waiting(session);
    rpc_session_look_again(session);
    return G_SOURCE_REMOVE;
}

/* A hang-up may lie behind what cannot be read, or never come: nothing else tells of a peer that has gone. */
static gboolean
room_is_late(gpointer data)
{
    g_autoptr(RpcSession) session = rpc_session_ref(data);

    stop_waiting(session);
    break_off(session);
    rpc_session_look_again(session);
    return G_SOURCE_REMOVE;
}

void
rpc_stream_set_patience(RpcStream *s, guint ms)
{
    s->patience_ms = ms;
}

static Move
wait_for_room(RpcSession *session)
{
    RpcPour *pour = &session->pour;

    pour->full = true;
    pour->room = loop_add_fd(session->loop, pour->stream->pipe, G_IO_OUT, room_again, session, NULL);
    if (pour->stream->patience_ms)
        pour->late = loop_add_timer(session->loop, pour->stream->patience_ms, room_is_late, session, NULL);
    return PIPE_FULL;
}

static Move
look_at_pipe(RpcSession *session, Move otherwise)
{
    struct pollfd p = { session->pour.stream->pipe, POLLOUT, 0 };

    poll(&p, 1, 0);
    if (p.revents & POLLERR)
        return PIPE_BROKEN;
    return p.revents & POLLOUT ? otherwise : wait_for_room(session);
}

/* Bytes that came together with a header. */
static Move
pour_buffered(RpcSession *session, const guint8 *bytes, gsize n)
{
    gssize written = fd_write(session->pour.stream->pipe, bytes, MIN(n, session->pour.left));

    if (written < 0)
        return errno == EAGAIN ? wait_for_room(session) : PIPE_BROKEN;
    rpc_reader_skip(&session->in, (gsize)written);
    session->pour.left -= (gsize)written;
    return MOVED;
}

static Move
lose(RpcSession *session, const GError *why)
{
    if (why)
        rpc_session_log_bad(session, why);
    return PEER_LOST;
}

static Move
pour_socket(RpcSession *session)
{
    g_autoptr(GError) err = NULL;
    gsize             n = 0;
    ChanResult        result = chan_recv_pipe(session->chan, session->pour.stream->pipe, session->pour.left, &n, &err);

    session->pour.left -= n;
    if (result == CHAN_DONE)
        return MOVED;
    if (result == CHAN_AGAIN)
        return look_at_pipe(session, NOTHING_CAME);
    return result == CHAN_FAILED && look_at_pipe(session, MOVED) == PIPE_BROKEN ? PIPE_BROKEN : lose(session, err);
}

static Move
read_more(RpcSession *session)
{
    g_autoptr(GError) err = NULL;
    gsize             max = MIN(session->pour.left, READ_SIZE);

    rpc_reader_reserve(&session->in, max);
    switch (rpc_reader_fill_some(&session->in, session->chan, max, &err)) {
    case CHAN_DONE:
        return MOVED;
    case CHAN_AGAIN:
        return NOTHING_CAME;
    default:
        return lose(session, err);
    }
}

/* Nobody reads the pipe any more: what is left of the packet has to be got out of the way. */
static Move
discard(RpcSession *session)
{
    gsize have;

    rpc_reader_bytes(&session->in, &have);
    have = MIN(have, session->pour.left);
    rpc_reader_skip(&session->in, have);
    session->pour.left -= have;
    return session->pour.left ? read_more(session) : MOVED;
}

static Move
move_some(RpcSession *session)
{
    gsize         have;
    const guint8 *bytes = rpc_reader_bytes(&session->in, &have);

    if (session->pour.broken)
        return discard(session);
    if (have)
        return pour_buffered(session, bytes, have);
    return chan_can_pipe(session->chan) ? pour_socket(session) : read_more(session);
}

bool
rpc_pour_begin(RpcSession *session)
{
    RpcHeader h;
    gsize     len;

    if (session->pour.stream)
        return true;
    if (!rpc_reader_peek(&session->in, &h, &len) || h.type != RPC_TYPE_STREAM || h.status != RPC_CONTINUE || len == 0)
        return false;
    session->pour.stream = rpc_stream_with_pipe(session, &h);
    if (!session->pour.stream)
        return false;
    rpc_reader_skip(&session->in, RPC_HEADER_SIZE);
    session->pour.left = len;
    return true;
}

bool
rpc_pour(RpcSession *session)
{
    RpcPour *pour = &session->pour;

    while (pour->left > 0) {
        Move move = pour->full ? PIPE_FULL : move_some(session);

        if (move == PIPE_BROKEN)
            break_off(session);
        else if (move != MOVED)
            return move != PEER_LOST;
    }
    pour->again = true;
    rpc_pour_clear(session);
    return true;
}

void
rpc_pour_clear(RpcSession *session)
{
    stop_waiting(session);
    g_clear_pointer(&session->pour.stream, rpc_stream_unref);
    session->pour.left = 0;
    session->pour.broken = false;
}
