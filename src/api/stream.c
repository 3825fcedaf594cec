/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/stream-private.h"

#include <limits.h>
#include <string.h>

#include "util/err.h"
#include "util/log.h"

#define LOG_ROOM "api"
#define VIR_FROM_THIS VIR_FROM_STREAMS

enum { WOULD_BLOCK = -2, AT_HOLE = -3 };

ApiCall
api_enter_stream(const char *function, virStreamPtr stream)
{
    ApiCall call = { .function = function };

    api_reset_last_error();
    log_debug("%s: stream=%p", function, (void *)stream);
    if (stream_is_valid(stream))
        call.conn = stream->conn;
    else
        fail(&call.err, VIR_ERR_INVALID_STREAM, "%s", function);
    return call;
}

bool
api_stream_refuse(ApiCall *call, int code, const char *text)
{
    return !call->err && fail(&call->err, code, "%s", text);
}

bool
api_stream_need(ApiCall *call, const void *arg, const char *name)
{
    if (call->err || arg)
        return !call->err;
    return verr_set_argument(&call->err, VIR_FROM_THIS, call->function, name, _("%s in %s must not be NULL"), name,
                             call->function);
}

bool
api_stream_check_flags(ApiCall *call, unsigned int flags, unsigned int allowed)
{
    if (call->err || !(flags & ~allowed))
        return !call->err;
    return verr_set_argument(&call->err, VIR_FROM_THIS, call->function, "flags",
                             _("unsupported flags (0x%x) in function %s"), flags & ~allowed, call->function);
}

Flow *
api_stream_flow(ApiCall *call, virStreamPtr stream)
{
    Flow *flow;

    if (call->err)
        return NULL;
    g_mutex_lock(&stream->lock);
    flow = stream->ended ? NULL : stream->flow;
    g_mutex_unlock(&stream->lock);
    if (!flow)
        api_stream_refuse(call, VIR_ERR_NO_SUPPORT, call->function);
    return flow;
}

bool
api_stream_is_free(ApiCall *call, virStreamPtr stream, virConnectPtr conn)
{
    bool used;

    if (call->err)
        return false;
    if (!stream_is_valid(stream))
        return fail(&call->err, VIR_ERR_INVALID_STREAM, "%s", call->function);
    if (stream->conn != conn)
        return verr_set_argument(&call->err, VIR_FROM_THIS, call->function, "stream",
                                 _("stream in %s must belong to the same connection as the domain"), call->function);
    g_mutex_lock(&stream->lock);
    used = stream->flow != NULL;
    g_mutex_unlock(&stream->lock);
    return !used || api_stream_refuse(call, VIR_ERR_OPERATION_INVALID,
                                      _("the stream carries something already; use a new one"));
}

bool
api_stream_open(ApiCall *call, virStreamPtr stream, Flow *flow)
{
    g_autoptr(Flow) late = flow;

    g_mutex_lock(&stream->lock);
    if (!stream->flow)
        stream->flow = g_steal_pointer(&late);
    g_mutex_unlock(&stream->lock);
    return !late || api_stream_is_free(call, stream, stream->conn);
}

/**
 * virStreamNew:
 * @conn: a connection
 * @flags: virStreamFlags
 *
 * A stream carries bytes beside the calls of a connection. A new one carries nothing yet: hand it to a call that takes
 * one, such as virDomainOpenConsole(). With VIR_STREAM_NONBLOCK, sending and receiving never wait.
 *
 * Returns a stream, for virStreamFree(), or NULL.
 *
 * Since: 0.7.2
 */
virStreamPtr
virStreamNew(virConnectPtr conn, unsigned int flags)
{
    ApiCall call = API_CONN(conn);

    if (!api_stream_check_flags(&call, flags, VIR_STREAM_NONBLOCK))
        return api_fail_null(&call);
    return stream_new(conn, flags & VIR_STREAM_NONBLOCK);
}

/**
 * virStreamRef:
 * @stream: a stream
 *
 * One more reference, for one more virStreamFree().
 *
 * Returns 0, or -1: VIR_ERR_INVALID_STREAM.
 *
 * Since: 0.7.2
 */
int
virStreamRef(virStreamPtr stream)
{
    ApiCall call = API_STREAM(stream);

    if (call.err)
        return api_fail(&call);
    stream_ref(stream);
    return 0;
}

/**
 * virStreamFree:
 * @stream: a stream
 *
 * Gives the handle back. A stream that was neither finished nor aborted is aborted with its last reference; an event
 * callback holds one.
 *
 * Returns 0, or -1: VIR_ERR_INVALID_STREAM.
 *
 * Since: 0.7.2
 */
int
virStreamFree(virStreamPtr stream)
{
    ApiCall call = API_STREAM(stream);

    if (call.err)
        return api_fail(&call);
    stream_unref(stream);
    return 0;
}

int
api_stream_send(ApiCall *call, virStreamPtr stream, const char *data, size_t nbytes)
{
    Flow *flow = api_stream_flow(call, stream);
    gsize n = 0;

    if (!flow)
        return -1;
    if (nbytes == 0)
        return 0;
    switch (flow->ops->send(flow, data, MIN(nbytes, INT_MAX), !stream->nonblock, &n, &call->err)) {
    case FLOW_DONE:
        return (int)n;
    case FLOW_AGAIN:
        return WOULD_BLOCK;
    case FLOW_EOF:
        api_stream_refuse(call, VIR_ERR_OPERATION_FAILED, _("nobody takes what the stream carries any more"));
        return -1;
    default:
        return -1;
    }
}

/**
 * virStreamSend:
 * @stream: a stream
 * @data: what to send
 * @nbytes: how much it is
 *
 * Sends, and waits until all has been taken, but not until it has arrived: that is known after virStreamFinish(). With
 * VIR_STREAM_NONBLOCK it takes as much as goes now. After an error the stream has to be aborted.
 *
 * Returns how much was taken; -2 when nothing can be taken without waiting; -1 on error.
 *
 * Since: 0.7.2
 */
int
virStreamSend(virStreamPtr stream, const char *data, size_t nbytes)
{
    ApiCall call = API_STREAM(stream);
    int     n = -1;

    if (api_stream_need(&call, data, "data"))
        n = api_stream_send(&call, stream, data, nbytes);
    return n == -1 ? api_fail(&call) : n;
}

/**
 * virStreamSendHole:
 * @stream: a stream
 * @length: bytes that the hole stands for
 * @flags: 0
 *
 * Sends a hole: so many bytes of zeros, which need not travel. Only where both sides agreed on holes when the stream was
 * opened; an other side that did not aborts the stream.
 *
 * Returns 0, or -1: VIR_ERR_NO_SUPPORT where the stream knows no holes.
 *
 * Since: 3.4.0
 */
int
virStreamSendHole(virStreamPtr stream, long long length, unsigned int flags)
{
    ApiCall call = API_STREAM(stream);
    Flow   *flow;

    if (!call.err && length < 0)
        verr_set_argument(&call.err, VIR_FROM_THIS, call.function, "length", _("%s in %s must be zero or greater"),
                          "length", call.function);
    if (!api_stream_check_flags(&call, flags, 0) || !(flow = api_stream_flow(&call, stream)))
        return api_fail(&call);
    if (!flow->ops->send_hole)
        api_stream_refuse(&call, VIR_ERR_NO_SUPPORT, call.function);
    else
        flow->ops->send_hole(flow, length, &call.err);
    return call.err ? api_fail(&call) : 0;
}

/* What lies in a hole. */
static int
read_zeros(virStreamPtr stream, char *data, size_t nbytes)
{
    size_t n = (size_t)MIN((gint64)nbytes, stream->hole);

    memset(data, 0, n);
    stream->hole -= (gint64)n;
    return (int)n;
}

int
api_stream_recv(ApiCall *call, virStreamPtr stream, char *data, size_t nbytes, unsigned int flags)
{
    Flow      *flow = api_stream_flow(call, stream);
    FlowResult result = FLOW_HOLE;
    gsize      n = 0;

    if (!flow)
        return -1;
    nbytes = MIN(nbytes, INT_MAX);
    if (nbytes == 0)
        return 0;
    while (stream->hole == 0 && result == FLOW_HOLE) {
        result = flow->ops->recv(flow, data, nbytes, !stream->nonblock, &n, &call->err);
        if (result == FLOW_HOLE)
            stream->hole = (gint64)n;
    }
    switch (result) {
    case FLOW_HOLE:
        return flags & VIR_STREAM_RECV_STOP_AT_HOLE ? AT_HOLE : read_zeros(stream, data, nbytes);
    case FLOW_DONE:
        return (int)n;
    case FLOW_AGAIN:
        return WOULD_BLOCK;
    case FLOW_EOF:
        return 0;
    default:
        return -1;
    }
}

/**
 * virStreamRecv:
 * @stream: a stream
 * @data: where to put what came
 * @nbytes: room there
 *
 * Waits for data, at least one byte of it; with VIR_STREAM_NONBLOCK it takes what is there. Holes are read as zeros.
 * After the end comes virStreamFinish(), after an error virStreamAbort().
 *
 * Returns how much came; 0 at the end of the data; -2 when there is nothing without waiting; -1 on error.
 *
 * Since: 0.7.2
 */
int
virStreamRecv(virStreamPtr stream, char *data, size_t nbytes)
{
    ApiCall call = API_STREAM(stream);
    int     n = -1;

    if (api_stream_need(&call, data, "data"))
        n = api_stream_recv(&call, stream, data, nbytes, 0);
    return n == -1 ? api_fail(&call) : n;
}

/**
 * virStreamRecvFlags:
 * @stream: a stream
 * @data: where to put what came
 * @nbytes: room there
 * @flags: virStreamRecvFlagsValues
 *
 * As virStreamRecv(); with VIR_STREAM_RECV_STOP_AT_HOLE it does not make zeros of a hole but says that there is one.
 *
 * Returns as virStreamRecv(), and -3: a hole comes next, see virStreamRecvHole().
 *
 * Since: 3.4.0
 */
int
virStreamRecvFlags(virStreamPtr stream, char *data, size_t nbytes, unsigned int flags)
{
    ApiCall call = API_STREAM(stream);
    int     n = -1;

    if (api_stream_need(&call, data, "data") && api_stream_check_flags(&call, flags, VIR_STREAM_RECV_STOP_AT_HOLE))
        n = api_stream_recv(&call, stream, data, nbytes, flags);
    return n == -1 ? api_fail(&call) : n;
}

/**
 * virStreamRecvHole:
 * @stream: a stream
 * @length: where to put the length of the hole
 * @flags: 0
 *
 * Takes the hole that virStreamRecvFlags() told of, or what is left of it.
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_INVALID when no hole has been told of.
 *
 * Since: 3.4.0
 */
int
virStreamRecvHole(virStreamPtr stream, long long *length, unsigned int flags)
{
    ApiCall call = API_STREAM(stream);

    if (!api_stream_need(&call, length, "length") || !api_stream_check_flags(&call, flags, 0)
        || !api_stream_flow(&call, stream))
        return api_fail(&call);
    if (stream->hole == 0) {
        api_stream_refuse(&call, VIR_ERR_OPERATION_INVALID, _("there is no hole in the stream at this place"));
        return api_fail(&call);
    }
    *length = stream->hole;
    stream->hole = 0;
    return 0;
}

/* True once. */
static bool
end_now(virStreamPtr stream)
{
    bool first;

    g_mutex_lock(&stream->lock);
    first = stream->flow && !stream->ended;
    if (first)
        api_stream_silence(stream);
    stream->ended = stream->ended || first;
    g_mutex_unlock(&stream->lock);
    return first;
}

void
api_stream_give_up(virStreamPtr stream)
{
    g_autoptr(GError) unheard = NULL;

    if (end_now(stream))
        stream->flow->ops->abort(stream->flow, &unheard);
}

/**
 * virStreamFinish:
 * @stream: a stream
 *
 * Says that nothing more will be sent or received, and waits until the other side has taken everything: only now an
 * error on its side is known. The stream carries nothing from here on.
 *
 * Returns 0, or -1 with the other side's error.
 *
 * Since: 0.7.2
 */
int
virStreamFinish(virStreamPtr stream)
{
    ApiCall call = API_STREAM(stream);

    if (!api_stream_flow(&call, stream))
        return api_fail(&call);
    if (end_now(stream))
        stream->flow->ops->finish(stream->flow, &call.err);
    return call.err ? api_fail(&call) : 0;
}

/**
 * virStreamAbort:
 * @stream: a stream
 *
 * Breaks the stream off; what is under way is lost. A stream that carries nothing is left alone.
 *
 * Returns 0, or -1.
 *
 * Since: 0.7.2
 */
int
virStreamAbort(virStreamPtr stream)
{
    ApiCall call = API_STREAM(stream);

    if (!call.err && end_now(stream))
        stream->flow->ops->abort(stream->flow, &call.err);
    return call.err ? api_fail(&call) : 0;
}
