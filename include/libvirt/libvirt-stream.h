/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Streams: bulk data beside the calls of a connection.
 * Each function is documented where it is defined (src/api/stream.c).
 */
#ifndef GODWIT_LIBVIRT_STREAM_H
# define GODWIT_LIBVIRT_STREAM_H

# include <libvirt/libvirt-host.h>

# ifdef __cplusplus
extern "C" {
# endif

/* Flags of virStreamNew. */
typedef enum {
    VIR_STREAM_NONBLOCK = (1 << 0)
} virStreamFlags;

typedef enum {
    VIR_STREAM_RECV_STOP_AT_HOLE = (1 << 0) /* since 3.4.0 */
} virStreamRecvFlagsValues;

/* What a stream is ready for. */
typedef enum {
    VIR_STREAM_EVENT_READABLE = (1 << 0),
    VIR_STREAM_EVENT_WRITABLE = (1 << 1),
    VIR_STREAM_EVENT_ERROR    = (1 << 2),
    VIR_STREAM_EVENT_HANGUP   = (1 << 3)
} virStreamEventType;

/* Provides data to send; returns its length, 0 at the end, -1 on error. */
typedef int (*virStreamSourceFunc)(virStreamPtr st, char *data, size_t nbytes, void *opaque);

typedef int (*virStreamSourceHoleFunc)(virStreamPtr st, int *inData, long long *length,
                                       void *opaque);

typedef int (*virStreamSourceSkipFunc)(virStreamPtr st, long long length, void *opaque);

/* Takes received data; returns how much it took, or -1. */
typedef int (*virStreamSinkFunc)(virStreamPtr st, const char *data, size_t nbytes, void *opaque);

typedef int (*virStreamSinkHoleFunc)(virStreamPtr st, long long length, void *opaque);

typedef void (*virStreamEventCallback)(virStreamPtr stream, int events, void *opaque);

virStreamPtr virStreamNew(virConnectPtr conn, unsigned int flags);
int virStreamRef(virStreamPtr stream);
int virStreamFree(virStreamPtr stream);

int virStreamSend(virStreamPtr stream, const char *data, size_t nbytes);
int virStreamSendHole(virStreamPtr stream, long long length, unsigned int flags);
int virStreamRecv(virStreamPtr stream, char *data, size_t nbytes);
int virStreamRecvFlags(virStreamPtr stream, char *data, size_t nbytes, unsigned int flags);
int virStreamRecvHole(virStreamPtr stream, long long *length, unsigned int flags);

int virStreamSendAll(virStreamPtr stream, virStreamSourceFunc handler, void *opaque);
int virStreamSparseSendAll(virStreamPtr stream, virStreamSourceFunc handler,
                           virStreamSourceHoleFunc holeHandler, virStreamSourceSkipFunc skipHandler,
                           void *opaque);
int virStreamRecvAll(virStreamPtr stream, virStreamSinkFunc handler, void *opaque);
int virStreamSparseRecvAll(virStreamPtr stream, virStreamSinkFunc handler,
                           virStreamSinkHoleFunc holeHandler, void *opaque);

int virStreamEventAddCallback(virStreamPtr stream, int events, virStreamEventCallback cb,
                              void *opaque, virFreeCallback ff);
int virStreamEventUpdateCallback(virStreamPtr stream, int events);
int virStreamEventRemoveCallback(virStreamPtr stream);

int virStreamFinish(virStreamPtr stream);
int virStreamAbort(virStreamPtr stream);

# ifdef __cplusplus
}
# endif

#endif
