/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packets: the length and header in front of each payload, an incremental reader, and a queue of packets to write.
 * Knows channels, but neither calls nor sessions. Each reader and each queue belongs to one thread or lock at a time.
 */
#pragma once

#include "rpc/chan.h"
#include "rpc/xdr.h"

#define RPC_HEADER_SIZE 28       /* with the length field */
#define RPC_PACKET_MAX 33554436  /* with the length field */
#define RPC_FDS_MAX 32

typedef enum {
    RPC_TYPE_CALL = 0,
    RPC_TYPE_REPLY = 1,
    RPC_TYPE_MESSAGE = 2,
    RPC_TYPE_STREAM = 3,
    RPC_TYPE_CALL_WITH_FDS = 4,
    RPC_TYPE_REPLY_WITH_FDS = 5,
    RPC_TYPE_STREAM_HOLE = 6,
} RpcType;

typedef enum { RPC_OK = 0, RPC_ERROR = 1, RPC_CONTINUE = 2 } RpcStatus;

/* type and status are what the peer sent: any number. */
typedef struct {
    guint32 program, version;
    gint32  procedure, type;
    guint32 serial;
    gint32  status;
} RpcHeader;

/* A writer whose first 28 bytes are the header; rpc_packet_finish() fills in the length. */
#define RPC_PACKET_WRITER_INIT XDR_WRITER_INIT(RPC_PACKET_MAX)
void rpc_packet_begin(XdrWriter *w, const RpcHeader *header);
void rpc_packet_finish(XdrWriter *w);
/* In an encoded packet. */
void rpc_packet_set_serial(guint8 *packet, guint32 serial);

/* One packet as read. payload is borrowed from the reader until its next use; descriptors may be taken (set to -1), the
 * others are closed by rpc_packet_clear(). */
typedef struct {
    RpcHeader     header;
    const guint8 *payload; /* without the count of descriptors */
    gsize         len;
    int           fds[RPC_FDS_MAX];
    guint         n_fds;
} RpcPacket;
void rpc_packet_clear(RpcPacket *packet);

/* Collects bytes until a packet is complete. The buffer grows with the bytes that came, never with what a length
 * claims, and is given back whenever it is empty. */
typedef struct {
    guint8 *buf;
    gsize   start, end, cap;
    gsize   max; /* longest packet accepted now */
} RpcReader;

typedef enum { RPC_NEXT_PACKET, RPC_NEXT_MORE, RPC_NEXT_BAD } RpcNext;

#define RPC_READER_INIT(limit) ((RpcReader) { .max = (limit) })
void rpc_reader_clear(RpcReader *r);
/* Where to put the next bytes (at least 4 KiB of room); then tell how many came. */
guint8 *rpc_reader_space(RpcReader *r, gsize *ret_size);
void    rpc_reader_added(RpcReader *r, gsize n);
/* Makes the next room at least n bytes. */
void    rpc_reader_reserve(RpcReader *r, gsize n);
/* Reads once from the channel. */
ChanResult rpc_reader_fill(RpcReader *r, Chan *chan, GError **err);
/* The same, at most max bytes. */
ChanResult rpc_reader_fill_some(RpcReader *r, Chan *chan, gsize max, GError **err);
/* The header in front, once all of it is here; *ret_len: of the payload behind it. False also for a bad length. */
bool rpc_reader_peek(const RpcReader *r, RpcHeader *ret_header, gsize *ret_len);
/* How many bytes of the packet in front, or of its header, are still to come; 0: none. */
gsize rpc_reader_missing(const RpcReader *r);
/* What has been read, for who takes it away with rpc_reader_skip(). */
const guint8 *rpc_reader_bytes(const RpcReader *r, gsize *ret_n);
void          rpc_reader_skip(RpcReader *r, gsize n);
/* chan: where descriptors are taken from; NULL: there are none. BAD: err says why, the connection must go. */
RpcNext rpc_reader_next(RpcReader *r, Chan *chan, RpcPacket *ret_packet, GError **err);

/* Packets waiting to be written. Zeroed is empty. */
typedef struct RpcOut RpcOut;
typedef struct {
    RpcOut *head, *last;
    gsize   bytes; /* unsent */
} RpcQueue;

void rpc_queue_clear(RpcQueue *q);
/* Takes the finished packet out of w, and the descriptors (closed after sending). */
void rpc_queue_push(RpcQueue *q, XdrWriter *w, const int *fds, guint n_fds);
/* A packet whose payload, *left bytes, lies in pipe. Counts *left down to 0 as they are written. pipe and left stay the
 * caller's until then, or until rpc_queue_unpipe(), or until the queue is cleared. */
void rpc_queue_push_pipe(RpcQueue *q, XdrWriter *head, int pipe, gsize *left);
/* Takes what is left of it out of the pipe: both are free afterwards. */
void rpc_queue_unpipe(RpcQueue *q, gsize *left);
/* DONE: all is written; AGAIN: the channel is full; FAILED: err is set. */
ChanResult rpc_queue_flush(RpcQueue *q, Chan *chan, GError **err);
