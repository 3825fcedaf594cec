/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The body of a stream, for client-stream.c and stream.c (the server's side). Which half is in use never changes.
 */
#pragma once

#include "rpc/client-private.h"
#include "rpc/stream.h"

/* A packet that has come and was not consumed. */
typedef struct {
    GBytes *bytes; /* NULL: a hole, or (server) an end or abort */
    gsize   used;
    gint64  hole;
    gint32  type, status;
} RpcStreamItem;

struct RpcStream {
    gint refs; /* atomic; client side: under its lock */

    /* fixed */
    const RpcProgram *program;
    gint32            procedure;
    guint32           serial;
    GList             link; /* in the client's or session's list of streams; under its lock */

    /* client side; under client->lock */
    RpcClient  *client; /* owned */
    GQueue      rx;     /* RpcStreamItem */
    gsize       rx_bytes;
    gint64      hole;      /* length of the last received */
    bool        eof, over; /* no more data; both sides have said their end */
    bool        aborted;   /* by us: what still comes is dropped */
    GError     *err;       /* the server's abort, or the lost connection */
    GQueue      waiters;   /* RpcWaiter *: wake on whatever comes */
    unsigned    wanted;    /* what signal_fd shall tell of */
    int         signal_fd; /* eventfd; -1: nobody watches */
    bool        signalled; /* it can be read from */
    gsize       pipe_left; /* of the packet that comes from a pipe: not yet written */

    /* server side: see stream.c */
    RpcSession         *session; /* owned while the stream is open */
    const RpcStreamOps *ops;
    gpointer            data;
    int                 pipe; /* where data goes; -1: to ops->data */
    guint               patience_ms; /* for a full pipe; 0: for ever */
    bool                live;  /* loop thread: the reply that opens it is on its way */
    bool                ended; /* loop thread: the client has said its end */
    /* under the session's lock */
    bool                closed, paused, full;
    GQueue              kept; /* RpcStreamItem; packets that came while paused or not live */
    gsize               kept_bytes;
};

void rpc_stream_item_free(RpcStreamItem *item);
/* A data, end, abort or eof packet. */
void rpc_stream_packet(const RpcStream *s, RpcStatus status, gconstpointer bytes, gsize len, XdrWriter *w);
void rpc_stream_hole_packet(const RpcStream *s, gint64 length, XdrWriter *w);
/* Client side, under its lock. */
bool rpc_client_stream_is_usable(RpcStream *s, GError **err);
/* Whatever the stream is ready for may have changed. */
void rpc_client_stream_signal(RpcStream *s);
void rpc_stream_server_free(RpcStream *s);
