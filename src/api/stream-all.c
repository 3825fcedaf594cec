/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "api/stream-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_STREAMS
#define BLOCK 262120 /* what libvirt puts into one packet */

/* One of the calls that move everything, with the program's functions. */
typedef struct {
    ApiCall      call;
    virStreamPtr stream;
    void        *opaque;
    char        *block;

    virStreamSourceFunc     read;
    virStreamSourceHoleFunc where; /* NULL: no holes */
    virStreamSourceSkipFunc skip;
    virStreamSinkFunc       write;
    virStreamSinkHoleFunc   hole; /* NULL: holes are zeros */
} All;

/* A function of the program's has failed; errno may say why. */
static bool
blame(All *all, int error, const char *text)
{
    return fail_errno(&all->call.err, error ? error : EIO, "%s", text);
}

static bool
check(All *all, const char *nonblock_text)
{
    if (!api_stream_flow(&all->call, all->stream))
        return false;
    return !all->stream->nonblock || api_stream_refuse(&all->call, VIR_ERR_OPERATION_INVALID, nonblock_text);
}

/* A failure spoils the stream, also one of the program's functions. */
static int
leave(All *all, bool ok)
{
    g_free(all->block);
    if (ok)
        return 0;
    if (stream_is_valid(all->stream))
        api_stream_give_up(all->stream);
    return api_fail(&all->call);
}

static bool
send_hole(All *all, long long length)
{
    Flow *flow = api_stream_flow(&all->call, all->stream);

    if (!flow)
        return false;
    if (!flow->ops->send_hole)
        return api_stream_refuse(&all->call, VIR_ERR_NO_SUPPORT, all->call.function);
    if (!flow->ops->send_hole(flow, length, &all->call.err))
        return false;
    errno = 0;
    return all->skip(all->stream, length, all->opaque) >= 0 || blame(all, errno, _("skip handler failed"));
}

/* Passes over holes; *ret_n: how much data there is from here, 0 at the end. */
static bool
next_section(All *all, long long *ret_n)
{
    for (;;) {
        long long length = 0;
        int       in_data = 0;

        errno = 0;
        if (all->where(all->stream, &in_data, &length, all->opaque) < 0)
            return blame(all, errno, _("send holeHandler failed"));
        *ret_n = length;
        if (in_data || length == 0)
            return true;
        if (!send_hole(all, length))
            return false;
    }
}

static int
send_block(All *all, size_t want)
{
    int got;

    errno = 0;
    got = all->read(all->stream, all->block, want, all->opaque);
    if (got < 0)
        blame(all, errno, _("send handler failed"));
    for (int done = 0; done < got;) {
        int n = api_stream_send(&all->call, all->stream, all->block + done, (size_t)(got - done));

        if (n < 0)
            return -1;
        done += n;
    }
    return got;
}

static bool
send_everything(All *all)
{
    long long left = 0;
    int       got;

    do {
        if (all->where && left == 0 && !next_section(all, &left))
            return false;
        got = send_block(all, all->where ? (size_t)MIN(left, BLOCK) : BLOCK);
        left -= got;
    } while (got > 0);
    return got == 0;
}

static int
send_all(All *all)
{
    if (!check(all, _("data sources cannot be used for non-blocking streams")))
        return leave(all, false);
    all->block = g_malloc(BLOCK);
    return leave(all, send_everything(all));
}

/**
 * virStreamSendAll:
 * @stream: an open stream that waits (no VIR_STREAM_NONBLOCK)
 * @handler: provides the data: returns its length, 0 at the end, -1 to give up
 * @opaque: passed to it
 *
 * Sends everything that @handler provides. virStreamFinish() then tells whether it has arrived. After a failure the
 * stream has been aborted.
 *
 * Returns 0, or -1.
 *
 * Since: 0.7.2
 */
int
virStreamSendAll(virStreamPtr stream, virStreamSourceFunc handler, void *opaque)
{
    All all = { .call = API_STREAM(stream), .stream = stream, .opaque = opaque, .read = handler };

    if (!api_stream_need(&all.call, (const void *)(gsize)handler, "handler"))
        return leave(&all, false);
    return send_all(&all);
}

/**
 * virStreamSparseSendAll:
 * @stream: an open stream that waits
 * @handler: provides data, as for virStreamSendAll()
 * @holeHandler: tells whether data or a hole comes next, and how much of it; 0 of it at the end
 * @skipHandler: goes to the end of a hole
 * @opaque: passed to all three
 *
 * As virStreamSendAll(), but holes are sent as such.
 *
 * Returns 0, or -1.
 *
 * Since: 3.4.0
 */
int
virStreamSparseSendAll(virStreamPtr stream, virStreamSourceFunc handler, virStreamSourceHoleFunc holeHandler,
                       virStreamSourceSkipFunc skipHandler, void *opaque)
{
    All all = { .call = API_STREAM(stream), .stream = stream, .opaque = opaque, .read = handler, .where = holeHandler,
                .skip = skipHandler };

    if (!api_stream_need(&all.call, (const void *)(gsize)handler, "handler")
        || !api_stream_need(&all.call, (const void *)(gsize)holeHandler, "holeHandler")
        || !api_stream_need(&all.call, (const void *)(gsize)skipHandler, "skipHandler"))
        return leave(&all, false);
    return send_all(&all);
}

static bool
take_hole(All *all)
{
    gint64 length = all->stream->hole;

    all->stream->hole = 0;
    errno = 0;
    return all->hole(all->stream, length, all->opaque) >= 0 || blame(all, errno, _("recv holeHandler failed"));
}

static bool
hand_over(All *all, int got)
{
    for (int done = 0; done < got;) {
        int n;

        errno = 0;
        n = all->write(all->stream, all->block + done, (size_t)(got - done), all->opaque);
        if (n < 0)
            return blame(all, errno, _("recv handler failed"));
        done += n;
    }
    return true;
}

static bool
receive_everything(All *all)
{
    unsigned flags = all->hole ? VIR_STREAM_RECV_STOP_AT_HOLE : 0;
    int      got;

    while ((got = api_stream_recv(&all->call, all->stream, all->block, BLOCK, flags)) != 0) {
        if (got == -1 || !(got > 0 ? hand_over(all, got) : take_hole(all)))
            return false;
    }
    return true;
}

static int
receive_all(All *all)
{
    if (!check(all, _("data sinks cannot be used for non-blocking streams")))
        return leave(all, false);
    all->block = g_malloc(BLOCK);
    return leave(all, receive_everything(all));
}

/**
 * virStreamRecvAll:
 * @stream: an open stream that waits (no VIR_STREAM_NONBLOCK)
 * @handler: takes the data: returns how much it took, -1 to give up
 * @opaque: passed to it
 *
 * Receives everything until the end of the data; holes as zeros. virStreamFinish() comes next. After a failure the
 * stream has been aborted.
 *
 * Returns 0, or -1.
 *
 * Since: 0.7.2
 */
int
virStreamRecvAll(virStreamPtr stream, virStreamSinkFunc handler, void *opaque)
{
    All all = { .call = API_STREAM(stream), .stream = stream, .opaque = opaque, .write = handler };

    if (!api_stream_need(&all.call, (const void *)(gsize)handler, "handler"))
        return leave(&all, false);
    return receive_all(&all);
}

/**
 * virStreamSparseRecvAll:
 * @stream: an open stream that waits
 * @handler: takes data, as for virStreamRecvAll()
 * @holeHandler: takes a hole of a given length; -1 to give up
 * @opaque: passed to both
 *
 * As virStreamRecvAll(), but holes are told of instead of being filled.
 *
 * Returns 0, or -1.
 *
 * Since: 3.4.0
 */
int
virStreamSparseRecvAll(virStreamPtr stream, virStreamSinkFunc handler, virStreamSinkHoleFunc holeHandler,
                       void *opaque)
{
    All all = { .call = API_STREAM(stream), .stream = stream, .opaque = opaque, .write = handler, .hole = holeHandler };

    if (!api_stream_need(&all.call, (const void *)(gsize)handler, "handler")
        || !api_stream_need(&all.call, (const void *)(gsize)holeHandler, "holeHandler"))
        return leave(&all, false);
    return receive_all(&all);
}
