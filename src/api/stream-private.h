/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the stream-*.c files and the calls that open streams: the rim's pattern (rim.h) for a virStreamPtr. Errors
 * are in libvirt's domain of streams.
 */
#pragma once

#include <libvirt/libvirt-stream.h>

#include "api/rim.h"
#include "model/flow.h"

/* Resets the thread's last error, checks the handle. */
#define API_STREAM(stream) api_enter_stream(__func__, stream)
ApiCall api_enter_stream(const char *function, virStreamPtr stream);

/* What the stream carries, if it has been opened and not ended; else VIR_ERR_NO_SUPPORT, as libvirt's. It stays as long
 * as the stream. */
Flow *api_stream_flow(ApiCall *call, virStreamPtr stream);
bool  api_stream_refuse(ApiCall *call, int code, const char *text);
bool  api_stream_need(ApiCall *call, const void *arg, const char *name);
bool  api_stream_check_flags(ApiCall *call, unsigned int flags, unsigned int allowed);

/* Without the rim's beginning and end. -1: call->err; -2, -3 as in the public calls. */
int api_stream_send(ApiCall *call, virStreamPtr stream, const char *data, size_t nbytes);
int api_stream_recv(ApiCall *call, virStreamPtr stream, char *data, size_t nbytes, unsigned int flags);
/* Breaks off what call->err has spoiled; the error stays. */
void api_stream_give_up(virStreamPtr stream);

/* May this stream be opened by a call on conn? */
bool api_stream_is_free(ApiCall *call, virStreamPtr stream, virConnectPtr conn);
/* Takes flow. */
bool api_stream_open(ApiCall *call, virStreamPtr stream, Flow *flow);

/* stream-events.c: stream->lock held; the callback is not called any more. */
void api_stream_silence(virStreamPtr stream);
