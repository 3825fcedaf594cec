/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Streams: bytes on the serial of the call that opened them, in both directions, until one side ends or aborts.
 *
 * Server side: callbacks on the loop thread, which must not wait. Client side: blocking functions for any thread, one
 * sender and one receiver at a time. Back-pressure is the socket's: there are no acknowledgements on the wire.
 */
#pragma once

#include "rpc/call.h"
#include "rpc/client.h"
#include "util/loop.h"

#define RPC_STREAM_CHUNK 262120 /* most that is put into one packet */

void rpc_stream_unref(RpcStream *stream); /* client: aborts if it is still open */
RpcStream *rpc_stream_ref(RpcStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RpcStream, rpc_stream_unref)

/* Server side */

/* All on the loop thread. Each may be NULL. */
typedef struct {
    void (*data)(RpcStream *s, const guint8 *bytes, gsize len, gpointer data);
    void (*hole)(RpcStream *s, gint64 length, gpointer data); /* NULL: holes abort the stream */
    /* The client has said its end, or aborted. The owner answers an end with rpc_stream_end() or rpc_stream_fail(), now
     * or later; an abort needs no answer of his. */
    void (*end)(RpcStream *s, gpointer data);
    void (*abort)(RpcStream *s, gpointer data); /* also when the connection goes */
    void (*writable)(RpcStream *s, gpointer data); /* after RPC_STREAM_FULL: room again */
    void (*opened)(RpcStream *s, gpointer data);   /* first: the reply is on its way, data may follow it */
    GDestroyNotify destroy; /* of data, when the stream has gone */
} RpcStreamOps;

/* In a handler of a row with stream; the stream is live once the successful reply is on its way. Caller owns the
 * returned reference. If the handler fails, the stream is dropped (destroy runs, nothing else). */
RpcStream *rpc_request_open_stream(RpcRequest *req, const RpcStreamOps *ops, gpointer data);

/* In the same handler: data goes into this pipe (nonblocking) instead of ops->data. The session is not read while it is
 * full. pipe stays the caller's; open until end or abort is called, or destroy. When it has lost its reader the stream is
 * aborted with an error, and only destroy runs. */
void rpc_stream_pour_into(RpcStream *s, int pipe);
/* There too: a pipe out of which nothing is taken for so long counts as one without a reader. 0: never. */
void rpc_stream_set_patience(RpcStream *s, guint ms);

typedef enum { RPC_STREAM_SENT, RPC_STREAM_FULL, RPC_STREAM_CLOSED } RpcStreamSend;
/* Any thread. FULL: nothing was taken, writable() will tell. */
RpcStreamSend rpc_stream_send(RpcStream *s, gconstpointer bytes, gsize len);
/* A gap in the data, of length bytes; the same answers. */
RpcStreamSend rpc_stream_send_hole(RpcStream *s, gint64 length);
/* No more data from the server; the client then ends the stream. */
void rpc_stream_send_eof(RpcStream *s);
/* The answer to the client's end; the stream is over. */
void rpc_stream_end(RpcStream *s);
/* Aborts with an error; the stream is over. */
void rpc_stream_fail(RpcStream *s, const GError *err);
/* Borrowed: the loop; the owner's data. */
Loop    *rpc_stream_loop(RpcStream *s);
gpointer rpc_stream_data(RpcStream *s);
/* While paused, packets of this stream are kept, but for an abort; beyond 1 MiB the session is not read. Any thread. */
void rpc_stream_pause(RpcStream *s);
void rpc_stream_resume(RpcStream *s);

/* Client side */

/* Waits while more than 1 MiB is unsent. */
bool rpc_client_stream_send(RpcStream *s, gconstpointer bytes, gsize len, GError **err);
/* Never waits. *ret_n: how much was taken, more than 0 with SENT. CLOSED: err says why. */
RpcStreamSend rpc_client_stream_try_send(RpcStream *s, gconstpointer bytes, gsize len, gsize *ret_n, GError **err);
/* Never waits either. */
bool rpc_client_stream_send_hole(RpcStream *s, gint64 length, GError **err);
/* Waits for data unless nonblock. *ret_n 0: end of data. RPC_RECV_AGAIN only with nonblock. */
typedef enum { RPC_RECV_DATA, RPC_RECV_EOF, RPC_RECV_HOLE, RPC_RECV_AGAIN, RPC_RECV_FAILED } RpcRecv;
RpcRecv rpc_client_stream_recv(RpcStream *s, void *buf, gsize size, bool nonblock, gsize *ret_n, GError **err);
/* After RPC_RECV_HOLE: the length of it. */
gint64 rpc_client_stream_hole(RpcStream *s);
/* Ends, waits for the server's word. */
bool rpc_client_stream_finish(RpcStream *s, GError **err);
bool rpc_client_stream_abort(RpcStream *s, GError **err);

/* What a stream is ready for; the values of virStreamEventType. Readable: data, a hole, the end or an error can be had
 * without waiting. Writable: something would be taken, or an error told. Error and hang-up: once all data is consumed. */
enum { RPC_READY_READABLE = 1, RPC_READY_WRITABLE = 2, RPC_READY_ERROR = 4, RPC_READY_HANGUP = 8 };
unsigned rpc_client_stream_ready(RpcStream *s);
/* A descriptor that can be read from as long as the stream is ready for something in wanted; to be polled, not read. It
 * stays the stream's. wanted may be changed any time. -1: err; only a client with loop hooks reads by itself. */
int rpc_client_stream_watch(RpcStream *s, unsigned wanted, GError **err);
