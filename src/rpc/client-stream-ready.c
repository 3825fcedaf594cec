/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a client's stream is ready for, told by a descriptor. It is set and cleared under the client's lock by whoever
 * changed something, so nobody's code runs then, and nothing is left to wait for when the watcher goes.
 */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "rpc/stream-private.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"

/* Under the lock. */
static unsigned
look(const RpcStream *s)
{
    bool     done = s->over || s->err || s->client->closed;
    bool     data = s->rx.head != NULL;
    unsigned ready = 0;

    if (data || s->eof || done)
        ready |= RPC_READY_READABLE;
    if (done || rpc_client_has_room(s->client))
        ready |= RPC_READY_WRITABLE;
    if (!data && s->err)
        ready |= RPC_READY_ERROR;
    if (!data && !s->err && (s->eof || s->over))
        ready |= RPC_READY_HANGUP;
    return ready;
}

void
rpc_client_stream_signal(RpcStream *s)
{
    guint64 n = 1;
    bool    now;
    gssize  done;

    if (s->signal_fd < 0)
        return;
    now = (look(s) & s->wanted) != 0;
    if (now == s->signalled)
        return;
    s->signalled = now;
    done = now ? write(s->signal_fd, &n, sizeof(n)) : read(s->signal_fd, &n, sizeof(n));
    if (done < 0)
        log_warn("stream %u cannot tell what it is ready for: %s", s->serial, g_strerror(errno));
}

void
rpc_client_streams_have_room(RpcClient *client)
{
    for (GList *l = client->streams.head; l; l = l->next)
        rpc_client_stream_signal(l->data);
}

unsigned
rpc_client_stream_ready(RpcStream *s)
{
    unsigned ready;

    g_mutex_lock(&s->client->lock);
    ready = look(s);
    g_mutex_unlock(&s->client->lock);
    return ready;
}

/* Under the lock. */
static bool
make_signal(RpcStream *s, GError **err)
{
    if (s->signal_fd >= 0)
        return true;
    if (!s->client->hooks)
        return fail(err, VIR_ERR_OPERATION_INVALID,
                    _("nothing would tell of the stream: no event loop was registered when its connection was opened"));
    s->signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return s->signal_fd >= 0 || fail_errno(err, errno, _("cannot create a descriptor for the stream's events"));
}

int
rpc_client_stream_watch(RpcStream *s, unsigned wanted, GError **err)
{
    int fd = -1;

    g_mutex_lock(&s->client->lock);
    if (make_signal(s, err)) {
        s->wanted = wanted;
        rpc_client_stream_signal(s);
        fd = s->signal_fd;
    }
    g_mutex_unlock(&s->client->lock);
    return fd;
}
