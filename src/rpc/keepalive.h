/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When to ping a silent peer, and when to give it up: interval × (count + 1) after its last packet. A state machine on
 * given times; knows neither clocks nor sockets. Guarded by whoever embeds it.
 */
#pragma once

#include <glib.h>

#include "rpc/frame.h"

#define RPC_KEEPALIVE_PROGRAM 0x6b656570
#define RPC_KEEPALIVE_VERSION 1

typedef enum { RPC_KEEPALIVE_PING = 1, RPC_KEEPALIVE_PONG = 2 } RpcKeepaliveProc;

typedef struct {
    gint64 interval; /* microseconds; 0: off */
    guint  count;    /* pings before giving up */
    guint  left;     /* of them, since the last packet */
    gint64 since;    /* last packet, or last ping */
} RpcKeepalive;

typedef enum { RPC_KEEPALIVE_WAIT, RPC_KEEPALIVE_SEND, RPC_KEEPALIVE_DEAD } RpcKeepaliveStep;

/* interval_ms <= 0: off. Times are of g_get_monotonic_time(). */
void rpc_keepalive_start(RpcKeepalive *ka, gint64 interval_ms, guint count, gint64 now);
void rpc_keepalive_heard(RpcKeepalive *ka, gint64 now);
/* What is due now; SEND also counts the ping. */
RpcKeepaliveStep rpc_keepalive_step(RpcKeepalive *ka, gint64 now);
/* Milliseconds until a step can be due, rounded up; -1: off. */
int rpc_keepalive_wait_ms(const RpcKeepalive *ka, gint64 now);

/* A complete packet. */
void rpc_keepalive_packet(XdrWriter *w, RpcKeepaliveProc proc);
