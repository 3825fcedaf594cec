/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Moves what somebody writes into a pipe to the other side of a client's stream, as fast as both can: the bytes go from
 * the pipe to the socket without being copied where the channel allows it. One thread each; other calls of the
 * connection go between its packets. Knows nothing of what the bytes are.
 */
#pragma once

#include "rpc/stream.h"

typedef struct RpcPump RpcPump;

/* *ret_fd: the write end, the caller's. Takes a reference on s. */
RpcPump *rpc_pump_start(RpcStream *s, int *ret_fd, GError **err);
/* When all copies of the write end have been closed: waits until everything has been sent, ends the stream and waits for
 * the server's word. Also after a stop or a failure, which it then reports. Once. */
bool rpc_pump_finish(RpcPump *pump, GError **err);
/* Sends nothing more but the rest of a packet, and closes the read end: writers fail. Any thread; does not wait. */
void rpc_pump_stop(RpcPump *pump);
/* After rpc_pump_finish(). */
void rpc_pump_free(RpcPump *pump);
