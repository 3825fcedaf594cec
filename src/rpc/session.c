/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/session.h"

#include "rpc/session-private.h"
#include "util/err.h"
#include "util/log.h"

#define LOG_ROOM "rpc"

RpcSession *
rpc_session_new(RpcServer *server, Chan *chan, const RpcService *service, guint64 id)
{
    RpcSession *session = g_new0(RpcSession, 1);

    session->refs = 1;
    session->server = server;
    session->loop = loop_ref(rpc_poller_loop(rpc_server_poller(server)));
    session->chan = chan;
    session->service = *service;
    session->id = id;
    session->in = RPC_READER_INIT(rpc_server_limits(server)->max_anonymous_packet);
    session->link.data = session;
    session->busy = 1;
    session->anonymous = true;
    chan_get_peer(chan, &session->peer);
    g_mutex_init(&session->lock);
    return session;
}

RpcSession *
rpc_session_ref(RpcSession *session)
{
    g_atomic_int_inc(&session->refs);
    return session;
}

void
rpc_session_unref(RpcSession *session)
{
    if (!session || !g_atomic_int_dec_and_test(&session->refs))
        return;
    rpc_queue_clear(&session->out);
    rpc_reader_clear(&session->in);
    chan_free(session->chan);
    chan_peer_clear(&session->peer);
    g_mutex_clear(&session->lock);
    loop_unref(session->loop);
    g_free(session);
}

RpcServer *
rpc_session_server(RpcSession *session)
{
    return session->server;
}

const ChanPeer *
rpc_session_peer(RpcSession *session)
{
    return &session->peer;
}

guint64
rpc_session_id(RpcSession *session)
{
    return session->id;
}

void
rpc_session_set_data(RpcSession *session, gpointer data, const RpcSessionDataOps *ops)
{
    g_mutex_lock(&session->lock);
    session->data = data;
    session->data_ops = ops;
    g_mutex_unlock(&session->lock);
}

gpointer
rpc_session_data(RpcSession *session)
{
    gpointer data;

    g_mutex_lock(&session->lock);
    data = session->data;
    g_mutex_unlock(&session->lock);
    return data;
}

void
rpc_session_set_authenticated(RpcSession *session, bool yes)
{
    int change;

    g_mutex_lock(&session->lock);
    session->authenticated = yes;
    change = session->closed ? 0 : (int)!yes - (int)session->anonymous;
    session->anonymous = session->anonymous + change;
    g_mutex_unlock(&session->lock);
    rpc_server_count_anonymous(session->server, change);
}

bool
rpc_session_is_authenticated(RpcSession *session)
{
    bool yes;

    g_mutex_lock(&session->lock);
    yes = session->authenticated;
    g_mutex_unlock(&session->lock);
    return yes;
}

bool
rpc_session_is_closed(RpcSession *session)
{
    bool yes;

    g_mutex_lock(&session->lock);
    yes = session->closed || session->closing;
    g_mutex_unlock(&session->lock);
    return yes;
}

void
rpc_session_log_bad(RpcSession *session, const GError *why)
{
    g_autofree char *text = verr_text(why);
    const char      *addr = session->peer.remote_addr;

    /* Who knocks at a TLS port and is refused is worth knowing, and who speaks another language at any port. */
    if (!session->authenticated && session->service.wrap)
        log_warn("client %s port %u refused: %s", addr ? addr : "?", session->peer.remote_port, text);
    else if (addr && verr_matches(why, VIR_ERR_RPC))
        log_warn("client %s port %u sent what is no packet: %s", addr, session->peer.remote_port, text);
    else
        log_info("session %" G_GUINT64_FORMAT " closed: %s", session->id, text);
}

/* Writing */

/* Under the lock. What cannot be written makes the session close; the loop does that. */
void
rpc_session_flush_locked(RpcSession *session)
{
    g_autoptr(GError) err = NULL;
    ChanResult        result = rpc_queue_flush(&session->out, session->chan, &err);

    if (result == CHAN_FAILED || result == CHAN_EOF || (!session->out.head && session->close_when_written))
        session->closing = true;
    if (err)
        rpc_session_log_bad(session, err);
}

bool
rpc_session_send_locked(RpcSession *session, XdrWriter *packet, const int *fds, guint n_fds)
{
    bool blocked = session->out.head != NULL;

    rpc_queue_push(&session->out, packet, fds, n_fds);
    if (session->closed || session->closing) {
        rpc_queue_clear(&session->out);
        return false;
    }
    if (session->corked || blocked) /* the loop goes on with it anyway */
        return false;
    rpc_session_flush_locked(session);
    return session->closing || session->out.head;
}

void
rpc_session_send(RpcSession *session, XdrWriter *packet, const int *fds, guint n_fds)
{
    bool nudge;

    g_mutex_lock(&session->lock);
    nudge = rpc_session_send_locked(session, packet, fds, n_fds);
    g_mutex_unlock(&session->lock);
    if (nudge)
        rpc_session_nudge(session);
}

void
rpc_session_send_event(RpcSession *session, const RpcProgram *program, gint32 procedure, const XdrField *rows,
                       gconstpointer msg)
{
    RpcHeader header = {
        .program = program->number, .version = program->version, .procedure = procedure, .type = RPC_TYPE_MESSAGE,
    };
    XdrWriter         w = RPC_PACKET_WRITER_INIT;
    g_autoptr(GError) err = NULL;
    gsize             waiting;

    rpc_packet_begin(&w, &header);
    if (!xdr_encode(&w, rows, msg, &err)) {
        log_warn("event %s %d cannot be encoded: %s, ignoring", program->name, procedure, err->message);
        xdr_writer_clear(&w);
        return;
    }
    rpc_packet_finish(&w);
    rpc_session_send(session, &w, NULL, 0);
    g_mutex_lock(&session->lock);
    waiting = session->out.bytes;
    g_mutex_unlock(&session->lock);
    if (waiting > 2 * rpc_server_limits(session->server)->max_queue_bytes) {
        log_warn("session %" G_GUINT64_FORMAT " does not read its events: %zu bytes wait, closing it", session->id,
                 waiting);
        rpc_session_close(session);
    }
}

void
rpc_session_close(RpcSession *session)
{
    g_mutex_lock(&session->lock);
    session->closing = true;
    g_mutex_unlock(&session->lock);
    rpc_session_nudge(session);
}

/* The owner's data */

static void
run_destroy(gpointer data)
{
    RpcSession *session = data;
    gpointer    owned;

    g_mutex_lock(&session->lock);
    owned = g_steal_pointer(&session->data);
    g_mutex_unlock(&session->lock);
    if (owned && session->data_ops->destroy)
        session->data_ops->destroy(owned);
    rpc_session_unref(session);
}

static void
run_closed(gpointer data)
{
    RpcSession *session = data;

    if (session->data_ops && session->data_ops->closed)
        session->data_ops->closed(session, rpc_session_data(session));
    rpc_session_idle(session, 0);
    rpc_session_unref(session);
}

void
rpc_session_say_closed(RpcSession *session)
{
    rpc_pool_push(rpc_server_pool(session->server, RPC_LONG), run_closed, rpc_session_ref(session));
}

void
rpc_session_busy(RpcSession *session, gsize n)
{
    g_mutex_lock(&session->lock);
    session->busy++;
    session->call_bytes += n;
    g_mutex_unlock(&session->lock);
}

void
rpc_session_idle(RpcSession *session, gsize n)
{
    bool starved, last;

    g_mutex_lock(&session->lock);
    session->busy--;
    session->call_bytes -= n;
    last = session->busy == 0;
    starved = session->starved;
    g_mutex_unlock(&session->lock);
    if (last)
        rpc_pool_push(rpc_server_pool(session->server, RPC_LONG), run_destroy, rpc_session_ref(session));
    else if (starved)
        rpc_session_nudge(session);
}
