/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Watches many sockets on a Loop so that the silent ones cost nothing. Sockets start in an epoll set, which is one
 * descriptor for the main loop; the few that talk are promoted to sources of their own, which saves a system call per
 * wake-up. Loop thread only.
 */
#pragma once

#include "util/loop.h"

typedef struct RpcPoller RpcPoller;

/* Embedded by its user; fields are the poller's. */
typedef struct {
    RpcPoller   *poller;
    int          fd;
    GIOCondition cond;
    void       (*ready)(GIOCondition what, gpointer data);
    gpointer     data;
    GSource     *hot;      /* NULL: in the epoll set */
    GList        link;     /* in poller->hot_list */
    gint64       last;     /* when it became ready last, while hot */
} RpcPoll;

RpcPoller *rpc_poller_new(Loop *loop);
Loop      *rpc_poller_loop(RpcPoller *poller);
/* All polls must have been removed. */
void rpc_poller_free(RpcPoller *poller);

/* G_IO_HUP and G_IO_ERR are always reported. fd stays the caller's, open until removed. */
void rpc_poll_add(RpcPoller *poller, RpcPoll *p, int fd, void (*ready)(GIOCondition what, gpointer data),
                  gpointer data);
void rpc_poll_set(RpcPoll *p, GIOCondition cond);
/* ready does not run again; also within it. Harmless when not added. */
void rpc_poll_remove(RpcPoll *p);
