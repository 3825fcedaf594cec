/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon keeps for one client: its connection to the driver and its event subscriptions. Made when the socket
 * is accepted; the connection object appears with CONNECT_OPEN and stays until the last call has returned.
 * Handlers of session calls run on the loop thread, verbs on any.
 */
#pragma once

#include "model/handle.h"
#include "rpc/server.h"
#include "rpc/session.h"

/* Of one listening socket, and all its sessions. Fixed before the server listens. */
typedef struct {
    const char *default_uri; /* for clients that name none */
    bool        read_only;   /* whatever the client asks for */
    gpointer    tls;         /* TlsCreds of the sockets that speak TLS */
    bool        check_owner; /* unix: only our own user and root */
} SessionPolicy;

typedef struct DaemonSession DaemonSession;

/* RpcService.accept; data is a SessionPolicy that outlives the server. */
bool daemon_session_accept(RpcSession *rpc, gpointer data);

DaemonSession *daemon_session_of(RpcRequest *req);
/* NULL before CONNECT_OPEN. */
VirConn *daemon_session_conn(DaemonSession *session);
bool     daemon_session_open(DaemonSession *session, const char *uri, guint32 flags, GError **err);

/* Remembers whether the client asked to be told when the driver's side of the connection breaks. */
bool daemon_session_set_close_callback(DaemonSession *session, bool on, GError **err);

/* Events. legacy: the message without callback id; at most one of those per event. *ret_id identifies it. */
bool  daemon_session_subscribe(DaemonSession *session, int event_id, const DomRef *dom, bool legacy, gint32 *ret_id,
                               GError **err);
bool  daemon_session_unsubscribe(DaemonSession *session, gint32 id, GError **err);
bool  daemon_session_unsubscribe_legacy(DaemonSession *session, int event_id, GError **err);
