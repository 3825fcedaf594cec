/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-event.h>

#include "api/stream-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_STREAMS

/* A program's callback: a handle of its event loop, on the descriptor of what the stream carries. That loop owns it
 * once it has it, and frees it after the last call. */
typedef struct {
    /* fixed */
    virStreamPtr           stream; /* owned */
    virStreamEventCallback cb;
    void                  *opaque;
    virFreeCallback        destroy;
    /* under the stream's lock */
    int                    number; /* of the loop's handle; -1: not yet */
    unsigned               events;
    bool                   removed;
} Watch;

static void
watch_free(void *data)
{
    Watch *watch = data;

    if (watch->destroy)
        watch->destroy(watch->opaque);
    stream_unref(watch->stream);
    g_free(watch);
}

/* The loop's thread. It calls again as long as the program leaves things as they are. */
static void
something_is_ready(int number, int fd, int events, void *data)
{
    Watch       *watch = data;
    virStreamPtr stream = watch->stream;
    unsigned     ready = 0;

    (void)number, (void)fd, (void)events;
    g_mutex_lock(&stream->lock);
    if (!watch->removed && !stream->ended)
        ready = stream->flow->ops->ready(stream->flow) & watch->events;
    g_mutex_unlock(&stream->lock);
    if (ready)
        watch->cb(stream, (int)ready, watch->opaque);
}

void
api_stream_silence(virStreamPtr stream)
{
    if (stream->watch)
        stream->flow->ops->watch(stream->flow, 0, NULL);
}

static int
claim(ApiCall *call, Watch *watch)
{
    virStreamPtr stream = watch->stream;
    int          fd = -1;

    g_mutex_lock(&stream->lock);
    if (stream->watch) {
        api_stream_refuse(call, VIR_ERR_INTERNAL_ERROR, _("multiple stream callbacks not supported"));
    } else if ((fd = stream->flow->ops->watch(stream->flow, watch->events, &call->err)) >= 0) {
        stream->watch = watch;
    }
    g_mutex_unlock(&stream->lock);
    return fd;
}

/* The loop is the program's: no lock of ours is held when it is called. */
static bool
add_to_loop(ApiCall *call, Watch *watch, int fd)
{
    virStreamPtr stream = stream_ref(watch->stream);
    int          number = virEventAddHandle(fd, VIR_EVENT_HANDLE_READABLE, something_is_ready, watch, watch_free);
    bool         too_late;

    g_mutex_lock(&stream->lock);
    watch->number = number;
    too_late = watch->removed; /* by the callback, which has been called already */
    if (number < 0) {
        stream->watch = NULL;
        stream->flow->ops->watch(stream->flow, 0, NULL);
        api_stream_refuse(call, VIR_ERR_INTERNAL_ERROR,
                          _("no event loop takes the stream's events; register one with virEventRegisterDefaultImpl"));
    }
    g_mutex_unlock(&stream->lock);
    if (number >= 0 && too_late)
        virEventRemoveHandle(number);
    stream_unref(stream);
    return number >= 0;
}

/**
 * virStreamEventAddCallback:
 * @stream: an open stream
 * @events: virStreamEventType, several with |
 * @cb: what to call
 * @opaque: passed to it
 * @ff: called with opaque when @cb is not called any more, or NULL
 *
 * Has the event loop call @cb whenever the stream is ready for one of @events, again and again as long as it is: read
 * what there is, or take the event out with virStreamEventUpdateCallback(). At the end of the data and after an error
 * the stream is readable and writable, too. One callback per stream; the stream should be one that does not wait
 * (VIR_STREAM_NONBLOCK). The loop has to be there before the connection is opened.
 *
 * Returns 0, or -1.
 *
 * Since: 0.7.2
 */
int
virStreamEventAddCallback(virStreamPtr stream, int events, virStreamEventCallback cb, void *opaque,
                          virFreeCallback ff)
{
    ApiCall call = API_STREAM(stream);
    Watch  *watch;
    int     fd;

    if (!api_stream_need(&call, cb, "cb") || !api_stream_flow(&call, stream))
        return api_fail(&call);
    watch = g_new(Watch, 1);
    *watch = (Watch){ stream_ref(stream), cb, opaque, ff, -1, (unsigned)events & FLOW_EVENTS, false };
    fd = claim(&call, watch);
    if (fd >= 0 && add_to_loop(&call, watch, fd))
        return 0;
    stream_unref(stream);
    g_free(watch);
    return api_fail(&call);
}

/* stream->lock held. */
static Watch *
need_watch(ApiCall *call, virStreamPtr stream)
{
    if (!stream->watch)
        api_stream_refuse(call, VIR_ERR_INTERNAL_ERROR, _("no stream callback registered"));
    return stream->watch;
}

/**
 * virStreamEventUpdateCallback:
 * @stream: a stream with a callback
 * @events: virStreamEventType from now on; 0: none for the time being
 *
 * Changes what the callback is called for. It may be called from there.
 *
 * Returns 0, or -1.
 *
 * Since: 0.7.2
 */
int
virStreamEventUpdateCallback(virStreamPtr stream, int events)
{
    ApiCall call = API_STREAM(stream);
    Watch  *watch;

    if (!api_stream_flow(&call, stream))
        return api_fail(&call);
    g_mutex_lock(&stream->lock);
    watch = need_watch(&call, stream);
    if (watch) {
        watch->events = (unsigned)events & FLOW_EVENTS;
        stream->flow->ops->watch(stream->flow, watch->events, &call.err);
    }
    g_mutex_unlock(&stream->lock);
    return call.err ? api_fail(&call) : 0;
}

/**
 * virStreamEventRemoveCallback:
 * @stream: a stream with a callback
 *
 * Takes the callback away. It may be called from there; on another thread than the event loop's, one last call may
 * still be under way.
 *
 * Returns 0, or -1.
 *
 * Since: 0.7.2
 */
int
virStreamEventRemoveCallback(virStreamPtr stream)
{
    ApiCall call = API_STREAM(stream);
    Watch  *watch;
    int     number = -1;

    if (call.err)
        return api_fail(&call);
    g_mutex_lock(&stream->lock);
    watch = need_watch(&call, stream);
    if (watch) {
        api_stream_silence(stream);
        stream->watch = NULL;
        watch->removed = true;
        number = watch->number;
    }
    g_mutex_unlock(&stream->lock);
    if (call.err)
        return api_fail(&call);
    if (number >= 0)
        virEventRemoveHandle(number);
    return 0;
}
