/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What session.c (life, sending), session-io.c (the loop's part), dispatch.c (packets and calls), stream.c and server.c
 * share.
 *
 * Reading, decoding and closing belong to the loop's thread. Writing happens under the session's lock, on the thread
 * that has something to say; what the socket does not take waits in out for the loop.
 */
#pragma once

#include "rpc/frame.h"
#include "rpc/keepalive.h"
#include "rpc/poller.h"
#include "rpc/pool.h"
#include "rpc/server.h"
#include "rpc/session.h"
#include "rpc/stream.h"

/* The packet that is being poured into the pipe of its stream. */
typedef struct {
    RpcStream *stream; /* owned; NULL: none */
    gsize      left;   /* of its payload, still to come */
    bool       full;   /* until room fires */
    bool       broken; /* the pipe has no reader: the payload is dropped */
    bool       again;  /* one has been poured: likely there are more */
    GSource   *room;
    GSource   *late;   /* while full, where the stream has a limit */
} RpcPour;

struct RpcSession {
    gint refs; /* atomic */

    /* fixed */
    RpcServer *server; /* outlives all that uses it: see rpc_server_stop() */
    Loop      *loop;
    Chan      *chan;
    RpcService service;
    ChanPeer   peer;
    guint64    id;

    /* loop thread */
    GList     link;  /* in server->sessions */
    RpcPoll   poll;
    RpcReader in;
    RpcPour   pour;
    bool      started;  /* handshake is over, accepted */
    bool      parsing;  /* packets of one read are being handled */
    guint     budget;   /* packets until others have their turn */
    bool      yielded;  /* it is used up: the loop comes back to what has been read */
    GSource  *keepalive_timer;
    GSource  *start_timer; /* until started */

    GMutex lock;
    /* under lock */
    RpcQueue     out;
    bool         corked;      /* the loop will write when it has handled what it read */
    bool         closed;      /* nothing is read, written or answered any more */
    bool         closing;     /* asked for, the loop has not done it yet */
    bool         close_when_written;
    bool         authenticated;
    bool         anonymous;   /* counted as such by the server */
    guint        busy;        /* calls in flight, and one for the connection itself */
    guint        working;     /* of these, on WORK threads or about to be */
    GQueue       backlog;     /* RpcJob that wait for one of those to end */
    gsize        call_bytes;  /* payload of calls in flight */
    gsize        kept_bytes;  /* of streams that are paused */
    bool         starved;     /* the loop stopped reading because of the above */
    RpcKeepalive keepalive;
    GQueue       streams;     /* RpcStream.link */
    guint        n_pipes;     /* of these, that go into pipes */
    gpointer                 data;
    const RpcSessionDataOps *data_ops;
};

/* A call in flight, from decoding to reply. */
typedef struct {
    RpcRequest  req; /* first */
    RpcSession *session; /* owned */
    RpcPacket   packet;  /* header and descriptors; the payload is gone */
    gsize       bytes;
    gpointer    in, out;
    RpcStream  *stream;  /* opened by the handler; owned */
    int         reply_fds[RPC_FDS_MAX];
    guint       n_reply_fds;
    bool        close_after;
} RpcJob;

/* session.c; any thread */
RpcSession *rpc_session_new(RpcServer *server, Chan *chan, const RpcService *service, guint64 id);
/* Queues a finished packet and writes what the socket takes. */
void rpc_session_send(RpcSession *session, XdrWriter *packet, const int *fds, guint n_fds);
/* The same under the lock; true: then call rpc_session_nudge() without it. */
bool rpc_session_send_locked(RpcSession *session, XdrWriter *packet, const int *fds, guint n_fds);
/* Writes what is queued, as far as it goes. */
void rpc_session_flush_locked(RpcSession *session);
/* A call of n payload bytes begins, ends. */
void rpc_session_busy(RpcSession *session, gsize n);
void rpc_session_idle(RpcSession *session, gsize n);
/* Tells the owner's data that the connection has gone, on a worker. */
void rpc_session_say_closed(RpcSession *session);
/* Has the loop look at the session again: what to wait for, unread packets. (session-io.c) */
void rpc_session_nudge(RpcSession *session);
void rpc_session_log_bad(RpcSession *session, const GError *why);

/* session-io.c; loop thread */
/* session: an RpcSession, which the caller keeps alive. */
void rpc_session_look_again(gpointer session);
void rpc_session_begin(RpcSession *session);
void rpc_session_close_now(RpcSession *session);

/* dispatch.c; loop thread */
void rpc_dispatch(RpcSession *session, RpcPacket *packet);

/* stream.c */
void rpc_stream_go_live_locked(RpcStream *s);
void rpc_stream_say_opened(RpcStream *s); /* without the lock, after the above */
void rpc_stream_cancel(RpcStream *s); /* the handler failed */
void rpc_stream_take(RpcSession *session, const RpcPacket *packet); /* loop thread */
void rpc_streams_abort_all(RpcSession *session);                    /* loop thread */
void rpc_streams_writable(RpcSession *session);                     /* loop thread */

/* The live stream of this packet, referenced, if its data goes into a pipe. */
RpcStream *rpc_stream_with_pipe(RpcSession *session, const RpcHeader *header);

/* pour.c; loop thread */
/* Is there a packet to pour, or in the middle of it? Takes its header off the reader. */
bool rpc_pour_begin(RpcSession *session);
/* As much as goes now. False: the connection is lost. */
bool rpc_pour(RpcSession *session);
void rpc_pour_clear(RpcSession *session);

/* server.c */
const RpcLimits  *rpc_server_limits(RpcServer *server);
RpcPoller        *rpc_server_poller(RpcServer *server);
const RpcProgram *rpc_server_find_program(RpcServer *server, guint32 number, guint32 version);
RpcPool          *rpc_server_pool(RpcServer *server, RpcLane lane);
void rpc_server_remove_session(RpcServer *server, RpcSession *session); /* loop thread */
void rpc_server_count_anonymous(RpcServer *server, int change);        /* any thread */
