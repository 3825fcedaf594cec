/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/chan.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_RPC

int
chan_fd(const Chan *c)
{
    while (c->below)
        c = c->below;
    return c->fd;
}

ChanResult
chan_start(Chan *c, GError **err)
{
    if (c->below) {
        ChanResult result = chan_start(c->below, err);

        if (result != CHAN_DONE)
            return result;
    }
    return c->ops->start ? c->ops->start(c, err) : CHAN_DONE;
}

ChanResult
chan_read(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err)
{
    return c->ops->read(c, buf, size, ret_n, err);
}

ChanResult
chan_write(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err)
{
    return c->ops->write(c, v, n_v, ret_n, err);
}

GIOCondition
chan_wants(const Chan *c, GIOCondition dir)
{
    return c->ops->wants ? c->ops->wants(c, dir) : dir;
}

bool
chan_pending(const Chan *c)
{
    for (; c; c = c->below) {
        if (c->ops->pending && c->ops->pending(c))
            return true;
    }
    return false;
}

bool
chan_can_send_fds(const Chan *c)
{
    return c->ops->send_fd != NULL;
}

ChanResult
chan_send_fd(Chan *c, int fd, GError **err)
{
    if (c->ops->send_fd)
        return c->ops->send_fd(c, fd, err);
    fail(err, VIR_ERR_RPC, _("descriptors cannot be passed over a %s channel; use a unix socket"), c->ops->name);
    return CHAN_FAILED;
}

int
chan_take_fd(Chan *c)
{
    return c->ops->take_fd ? c->ops->take_fd(c) : -1;
}

bool
chan_can_pipe(const Chan *c)
{
    return c->ops->send_pipe && c->ops->recv_pipe;
}

ChanResult
chan_send_pipe(Chan *c, const struct iovec *head, int pipe, gsize n, gsize *ret_n, GError **err)
{
    return c->ops->send_pipe(c, head, pipe, n, ret_n, err);
}

ChanResult
chan_recv_pipe(Chan *c, int pipe, gsize n, gsize *ret_n, GError **err)
{
    return c->ops->recv_pipe(c, pipe, n, ret_n, err);
}

void
chan_shutdown(Chan *c)
{
    for (; c; c = c->below) {
        if (c->ops->shutdown)
            c->ops->shutdown(c);
    }
}

void
chan_set_abrupt(Chan *c, bool abrupt)
{
    struct linger linger = { .l_onoff = abrupt };

    setsockopt(chan_fd(c), SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

void
chan_free(Chan *c)
{
    while (c) {
        Chan *below = c->below;

        c->ops->free(c);
        g_free(c);
        c = below;
    }
}

static int
ms_until(gint64 deadline)
{
    gint64 left = deadline - g_get_monotonic_time();

    return left <= 0 ? 0 : (int)(left / 1000 + 1);
}

/* deadline: monotonic; -1: none */
static bool
wait_for(Chan *c, GIOCondition cond, gint64 deadline, GError **err)
{
    struct pollfd p = { .fd = chan_fd(c), .events = (short)cond };
    int           n;

    while ((n = poll(&p, 1, deadline < 0 ? -1 : ms_until(deadline))) < 0) {
        if (errno != EINTR)
            return fail_errno(err, errno, _("cannot wait for the connection"));
    }
    return n > 0 || fail(err, VIR_ERR_SYSTEM_ERROR, _("the peer does not answer to the start of %s; does it speak that here?"),
                         c->ops->name);
}

static bool
report_eof(GError **err)
{
    return fail(err, VIR_ERR_SYSTEM_ERROR, _("End of file while reading data: Input/output error"));
}

static bool
start_until(Chan *c, gint64 deadline, GError **err)
{
    for (;;) {
        switch (chan_start(c, err)) {
        case CHAN_DONE:
            return true;
        case CHAN_AGAIN:
            if (!wait_for(c, chan_wants(c, G_IO_IN), deadline, err))
                return false;
            break;
        case CHAN_EOF:
            return report_eof(err);
        case CHAN_FAILED:
            return false;
        }
    }
}

bool
chan_start_wait(Chan *c, GError **err)
{
    return start_until(c, -1, err);
}

bool
chan_start_within(Chan *c, int ms, GError **err)
{
    return start_until(c, g_get_monotonic_time() + ms * G_TIME_SPAN_MILLISECOND, err);
}

bool
chan_read_byte_wait(Chan *c, guint8 *ret_byte, GError **err)
{
    gsize n;

    for (;;) {
        switch (chan_read(c, ret_byte, 1, &n, err)) {
        case CHAN_DONE:
            return true;
        case CHAN_AGAIN:
            if (!wait_for(c, chan_wants(c, G_IO_IN), -1, err))
                return false;
            break;
        case CHAN_EOF:
            return report_eof(err);
        case CHAN_FAILED:
            return false;
        }
    }
}

void
chan_peer_clear(ChanPeer *peer)
{
    g_free(peer->local_addr);
    g_free(peer->remote_addr);
    *peer = (ChanPeer) { 0 };
}
