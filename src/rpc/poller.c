/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/poller.h"

#include <sys/epoll.h>

#include "util/fd.h"

#define HOT_MAX 8
#define HOT_IDLE (G_TIME_SPAN_SECOND / 10)
#define BATCH 64

struct RpcPoller {
    Loop              *loop;
    int                epoll_fd;
    GSource           *source; /* of epoll_fd */
    GQueue             hot;    /* RpcPoll.link, most recently ready first */
    struct epoll_event batch[BATCH]; /* being handed out */
    int                n_batch;
};

static gboolean epoll_ready(int fd, GIOCondition what, gpointer data);

RpcPoller *
rpc_poller_new(Loop *loop)
{
    RpcPoller *poller = g_new0(RpcPoller, 1);

    poller->loop = loop_ref(loop);
    poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    poller->source = loop_add_fd(loop, poller->epoll_fd, G_IO_IN, epoll_ready, poller, NULL);
    return poller;
}

void
rpc_poller_free(RpcPoller *poller)
{
    source_remove(&poller->source);
    fd_close(&poller->epoll_fd);
    loop_unref(poller->loop);
    g_free(poller);
}

Loop *
rpc_poller_loop(RpcPoller *poller)
{
    return poller->loop;
}

static void
epoll_change(RpcPoll *p, int op)
{
    /* EPOLLIN and its kin have the values of G_IO_IN and its kin. */
    struct epoll_event event = { .events = p->cond, .data.ptr = p };

    epoll_ctl(p->poller->epoll_fd, op, p->fd, &event);
}

static gboolean
hot_ready(int fd, GIOCondition what, gpointer data)
{
    RpcPoll *p = data;

    (void)fd;
    p->last = g_source_get_time(p->hot);
    if (p->poller->hot.head != &p->link) {
        g_queue_unlink(&p->poller->hot, &p->link);
        g_queue_push_head_link(&p->poller->hot, &p->link);
    }
    p->ready(what, p->data);
    return G_SOURCE_CONTINUE;
}

static void
make_cold(RpcPoll *p)
{
    g_queue_unlink(&p->poller->hot, &p->link);
    source_remove(&p->hot);
    epoll_change(p, EPOLL_CTL_ADD);
}

static void
make_hot(RpcPoll *p, gint64 now)
{
    epoll_change(p, EPOLL_CTL_DEL);
    p->last = now;
    p->hot = loop_add_fd(p->poller->loop, p->fd, p->cond, hot_ready, p, NULL);
    p->link.data = p;
    g_queue_push_head_link(&p->poller->hot, &p->link);
}

/* A place among the hot is for who has not talked for a while, if any has. */
static void
promote(RpcPoller *poller, RpcPoll *p)
{
    gint64 now = g_source_get_time(poller->source);

    if (poller->hot.length >= HOT_MAX) {
        RpcPoll *oldest = g_queue_peek_tail(&poller->hot);

        if (now - oldest->last < HOT_IDLE)
            return;
        make_cold(oldest);
    }
    make_hot(p, now);
}

static gboolean
epoll_ready(int fd, GIOCondition what, gpointer data)
{
    RpcPoller *poller = data;

    (void)what;
    poller->n_batch = epoll_wait(fd, poller->batch, BATCH, 0);
    for (int i = 0; i < poller->n_batch; i++) {
        RpcPoll *p = poller->batch[i].data.ptr;

        if (!p) /* removed by one before it */
            continue;
        promote(poller, p);
        p->ready((GIOCondition)poller->batch[i].events, p->data);
    }
    poller->n_batch = 0;
    return G_SOURCE_CONTINUE;
}

void
rpc_poll_add(RpcPoller *poller, RpcPoll *p, int fd, void (*ready)(GIOCondition what, gpointer data), gpointer data)
{
    *p = (RpcPoll) { .poller = poller, .fd = fd, .cond = G_IO_IN, .ready = ready, .data = data };
    epoll_change(p, EPOLL_CTL_ADD);
}

void
rpc_poll_set(RpcPoll *p, GIOCondition cond)
{
    if (!p->poller || p->cond == cond)
        return;
    p->cond = cond;
    if (p->hot)
        loop_fd_set_cond(p->hot, cond);
    else
        epoll_change(p, EPOLL_CTL_MOD);
}

void
rpc_poll_remove(RpcPoll *p)
{
    if (!p->poller)
        return;
    for (int i = 0; i < p->poller->n_batch; i++) {
        if (p->poller->batch[i].data.ptr == p)
            p->poller->batch[i].data.ptr = NULL;
    }
    if (p->hot) {
        g_queue_unlink(&p->poller->hot, &p->link);
        source_remove(&p->hot);
    } else {
        epoll_change(p, EPOLL_CTL_DEL);
    }
    p->poller = NULL;
}
