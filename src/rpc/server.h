/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server: listens, and serves programs on one Loop thread plus pools of workers. Knows nothing of what they mean.
 *
 * Everything here is for the loop's thread, or any thread before the loop runs, unless it says otherwise.
 */
#pragma once

#include "rpc/call.h"
#include "rpc/chan.h"
#include "util/loop.h"

typedef struct RpcServer RpcServer;

typedef struct {
    guint max_clients;       /* more connections wait in the backlog */
    guint max_anonymous;     /* not yet authenticated: beyond, the oldest of them is dropped */
    guint max_calls;         /* in flight per session; more stay unread */
    gsize max_call_bytes;    /* payload of calls in flight per session; likewise */
    gsize max_queue_bytes;   /* unsent per session: its calls stay unread; events beyond twice that drop the session */
    gsize max_anonymous_packet; /* longest packet before authentication */
    guint max_workers;       /* WORK lane; one session has at most half of them */
    guint max_long;          /* LONG lane */
    int   start_ms;           /* for TLS's handshake */
    int   keepalive_interval; /* seconds; <= 0: never ping, only answer */
    guint keepalive_count;
    int   keepalive_interval_ms; /* not 0: instead of keepalive_interval (tests) */
} RpcLimits;

extern const RpcLimits rpc_default_limits;

/* What to do with connections of one listening socket. */
typedef struct {
    /* Loop thread; false drops the connection. Gives the session its data and, where nothing else is asked for, its
     * authentication. */
    bool (*accept)(RpcSession *session, gpointer data);
    /* Wraps the accepted socket (TLS); NULL: plain. Takes chan; NULL drops the connection. Started on the loop. */
    Chan *(*wrap)(Chan *chan, gpointer data);
    gpointer data; /* must outlive the server */
    bool     half; /* its connections are at most half of max_clients: whoever may come must not keep the others out */
} RpcService;

/* limits NULL: the defaults. Holds a reference on loop. */
RpcServer *rpc_server_new(Loop *loop, const RpcLimits *limits);
void       rpc_server_free(RpcServer *server); /* stops first */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RpcServer, rpc_server_free)

/* Before the first listen. program must outlive the server. */
void rpc_server_add_program(RpcServer *server, const RpcProgram *program);

/* A stale socket file is replaced; a live one is refused. The file goes when the server stops. */
bool rpc_server_listen_unix(RpcServer *server, const char *path, mode_t mode, const RpcService *service, GError **err);
/* addr numeric or a name, NULL: all; port 0: any, see *ret_port (may be NULL). */
bool rpc_server_listen_tcp(RpcServer *server, const char *addr, guint16 port, const RpcService *service,
                           guint16 *ret_port, GError **err);
/* Takes a listening socket (socket activation), also when it fails. */
bool rpc_server_listen_fd(RpcServer *server, int fd, const RpcService *service, GError **err);
/* Serves a connection that came some other way; takes chan. Any thread. */
void rpc_server_adopt(RpcServer *server, Chan *chan, const RpcService *service);

/* No new connections; sessions are closed; handlers in progress are waited for. On the loop's thread, or on any when
 * the loop does not run. */
void rpc_server_stop(RpcServer *server);
/* The same, but gives up waiting after ms; false: handlers still run, and the server must not be freed. */
bool rpc_server_stop_within(RpcServer *server, int ms);

/* fn(data) on a WORK (LONG) thread of the server's. Any thread. */
void rpc_server_run(RpcServer *server, RpcLane lane, void (*fn)(gpointer data), gpointer data);
/* Borrowed by fn for the time of the call; loop thread. */
void rpc_server_foreach(RpcServer *server, void (*fn)(RpcSession *session, gpointer data), gpointer data);
guint rpc_server_n_sessions(RpcServer *server); /* any thread */
