/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's end of a connection. Any number of threads call at once; there is no thread of its own.
 *
 * A calling thread writes its packet itself. When nobody reads, it becomes the reader, hands other callers their
 * replies, and passes the reader's role on when its own reply has come. With loop hooks the loop reads while no call is
 * under way, and delivers events, keepalive and the end of the connection. Knows nothing of what programs mean.
 */
#pragma once

#include "rpc/call.h"
#include "rpc/chan.h"

typedef struct RpcClient RpcClient;

/* The application's event loop, in the shape of libvirt's public one (bits: 1 readable, 2 writable, 4 error, 8 hangup),
 * so that virEventAddHandle and its kin fit as they are. Called from any thread, without locks held. */
typedef struct {
    int (*add_fd)(int fd, int events, void (*fn)(int watch, int fd, int events, void *data), void *data,
                  void (*free)(void *data));
    int (*remove_fd)(int watch);
    int (*add_timer)(int ms, void (*fn)(int timer, void *data), void *data, void (*free)(void *data));
    void (*update_timer)(int timer, int ms); /* -1: disarmed, 0: at once */
    int (*remove_timer)(int timer);
} RpcLoopHooks;

/* In the order and with the values of virConnectCloseReason. */
typedef enum { RPC_CLOSE_ERROR, RPC_CLOSE_EOF, RPC_CLOSE_KEEPALIVE, RPC_CLOSE_CLIENT } RpcCloseReason;

/* Called with no lock held, on the loop's thread when there are hooks, else on the thread that reads. They may call the
 * client again. An event's payload is borrowed; decode it with the rows of that program's event. */
typedef struct {
    void (*event)(RpcClient *client, guint32 program, gint32 procedure, XdrReader *payload, gpointer data);
    /* Once, when the connection has broken; not for rpc_client_close(). */
    void (*closed)(RpcClient *client, RpcCloseReason reason, gpointer data);
    GDestroyNotify destroy; /* of data, when neither can be called any more */
    gpointer       data;
} RpcClientHandler;

/* Takes chan (started). handler is copied; NULL: events are dropped. */
RpcClient *rpc_client_new(Chan *chan, const RpcClientHandler *handler);
RpcClient *rpc_client_ref(RpcClient *client);
void       rpc_client_unref(RpcClient *client); /* the last one closes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RpcClient, rpc_client_unref)

/* hooks must outlive the client. false: the loop refused the handle. */
bool rpc_client_attach_loop(RpcClient *client, const RpcLoopHooks *hooks, GError **err);
/* Pending and later calls fail with "client socket is closed". Does not wait. */
void rpc_client_close(RpcClient *client);
bool rpc_client_is_open(RpcClient *client);
int  rpc_client_fd(RpcClient *client);
void rpc_client_get_peer(RpcClient *client, ChanPeer *ret_peer);

/* Waits for the reply. in and out as the row says; out must be zeroed, and is filled only on success (caller clears it
 * with call->out). A failure reported by the peer is verbatim. */
bool rpc_client_call(RpcClient *client, const RpcProgram *program, const RpcCall *call, gconstpointer in, gpointer out,
                     GError **err);

/* The same with descriptors both ways: sends borrows; *ret_fds (free with g_free, close each) may be NULL. */
typedef struct {
    const int *fds;
    guint      n_fds;
    int       *ret_fds;
    guint      n_ret_fds;
} RpcFds;
bool rpc_client_call_fds(RpcClient *client, const RpcProgram *program, const RpcCall *call, gconstpointer in,
                         gpointer out, RpcFds *fds, GError **err);

/* The same for a call that opens a stream (stream.h). */
bool rpc_client_call_stream(RpcClient *client, const RpcProgram *program, const RpcCall *call, gconstpointer in,
                            gpointer out, RpcStream **ret_stream, GError **err);

/* interval in seconds; 0 or count 0 with interval 0: off. Pings start at once (the peer must know the program). */
void rpc_client_set_keepalive(RpcClient *client, int interval, unsigned count);
