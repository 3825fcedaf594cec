/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server's end of one connection, as handlers and event sources see it. Any thread, unless a line says otherwise;
 * holders keep a reference. A session whose connection has gone swallows whatever is sent to it.
 */
#pragma once

#include "rpc/call.h"
#include "rpc/chan.h"

typedef struct RpcServer RpcServer;

RpcSession *rpc_session_ref(RpcSession *session);
void        rpc_session_unref(RpcSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RpcSession, rpc_session_unref)

RpcServer *rpc_session_server(RpcSession *session);
/* Borrowed for the life of the session. */
const ChanPeer *rpc_session_peer(RpcSession *session);
guint64         rpc_session_id(RpcSession *session); /* unique within the server */

/* The owner's state of this session, set in RpcService.accept.
 * closed (may be NULL): once, when the connection has gone; calls may still be in flight.
 * destroy (may be NULL): once, after closed and after the last call in flight has returned.
 * Both run on a worker of the LONG lane, one after the other, and may wait. */
typedef struct {
    void (*closed)(RpcSession *session, gpointer data);
    void (*destroy)(gpointer data);
} RpcSessionDataOps;
void     rpc_session_set_data(RpcSession *session, gpointer data, const RpcSessionDataOps *ops);
gpointer rpc_session_data(RpcSession *session);

/* Until then only RPC_BEFORE_AUTH calls are answered ("authentication required"). */
void rpc_session_set_authenticated(RpcSession *session, bool yes);
bool rpc_session_is_authenticated(RpcSession *session);

/* Starts the server's pings to this client (the client said that it answers them). */
void rpc_session_start_keepalive(RpcSession *session);

/* An event: queued behind what is queued already. rows/msg are encoded before it returns. */
void rpc_session_send_event(RpcSession *session, const RpcProgram *program, gint32 procedure, const XdrField *rows,
                            gconstpointer msg);

void rpc_session_close(RpcSession *session);
/* When the reply to this call, and all before it, have been sent. In its handler. */
void rpc_request_close_session(RpcRequest *req);
bool rpc_session_is_closed(RpcSession *session);
