/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What client.c (calls), client-io.c (roles), client-loop.c (the application's loop, delivery) and client-stream.c
 * share.
 *
 * Roles. "reading": one thread at a time polls and reads the channel; it holds no lock while it does. Writing happens
 * under the lock and never blocks: what does not fit stays in out, and the reader (or the loop) goes on with it.
 * Whoever gives up the reading role wakes a waiter, which takes it over.
 */
#pragma once

#include "rpc/client.h"
#include "rpc/frame.h"
#include "rpc/keepalive.h"

/* Someone who waits for something that the reader brings. On the waiting thread's stack. */
typedef struct {
    GList link; /* in client->waiters while waiting */
    GCond cond;
    bool  done, sleeps; /* under lock */
} RpcWaiter;

/* A call whose reply has not come. */
typedef struct {
    RpcWaiter waiter; /* first: its link leads here */
    GList     link;   /* in client->calls */
    guint32   serial;
    RpcPacket reply;  /* payload is owned: a copy */
    GError   *err;    /* connection lost instead */
} RpcPending;

typedef enum { RPC_TIMER_OFF, RPC_TIMER_KEEPALIVE, RPC_TIMER_NOW, RPC_TIMER_LAST } RpcTimerState;

struct RpcClient {
    gint refs; /* atomic */

    /* fixed */
    Chan            *chan;
    RpcClientHandler handler;
    int              wake_fd; /* eventfd: the polling reader must look at out again */

    /* of the thread that has the reading role */
    RpcReader in;

    GMutex lock;
    /* under lock */
    guint32      next_serial;
    GQueue       calls;   /* RpcPending.link */
    GQueue       waiters; /* RpcWaiter.link, those in g_cond_wait */
    GQueue       streams; /* RpcStream.link */
    GQueue       room;    /* RpcWaiter * that wait for out to shrink */
    RpcQueue     out;
    bool         reading;
    bool         polling; /* the reader is inside poll() */
    bool         closed;
    GError      *why;     /* it broke before the first call, which shall know; else NULL */
    GQueue       deliveries; /* Delivery: events, closed */
    bool         delivering;
    RpcKeepalive keepalive;

    /* loop hooks; hooks, watch and timer are fixed once attached */
    const RpcLoopHooks *hooks;
    int                 watch, timer; /* -1: none or removed */
    int                 gate_fd;      /* epoll set that the loop watches; -1: no loop */
    guint32             gate_events;  /* what the socket is in it for */
    RpcTimerState       timer_state;  /* as told last */
    bool                syncing;      /* someone is telling */
};

/* All of these expect the lock held, and return with it held, unless they say otherwise. */

/* Until waiter->done. Reads itself when nobody else does. May drop the lock for a while. */
void rpc_client_wait(RpcClient *client, RpcWaiter *waiter);
void rpc_waiter_done(RpcClient *client, RpcWaiter *waiter);
/* Has the thread that polls, if any, look again. */
void rpc_client_wake(RpcClient *client);
/* Queues the packet and writes what can be written now. */
void rpc_client_send(RpcClient *client, XdrWriter *packet, const int *fds, guint n_fds);
bool rpc_client_has_room(const RpcClient *client);
/* One read; the caller has the reading role. */
void rpc_client_receive(RpcClient *client);
/* Takes in what lies in the socket, unless someone reads anyway. */
void rpc_client_look(RpcClient *client);
/* Fails everything that waits. why is what pending calls get; taken. */
void rpc_client_broke(RpcClient *client, RpcCloseReason reason, GError *why);
bool rpc_client_fail_closed(GError **err);
void rpc_client_flush(RpcClient *client);
void rpc_client_step_keepalive(RpcClient *client);
/* Wakes a waiter that may take the reading role. */
void rpc_client_give_role_away(RpcClient *client);

/* client-loop.c */
/* Tells the loop what changed, delivers what may be delivered here, and unlocks. */
void rpc_client_unlock(RpcClient *client);
void rpc_client_deliver_event(RpcClient *client, const RpcPacket *packet);
void rpc_client_deliver_closed(RpcClient *client, RpcCloseReason reason);
/* Hands over what waits, unless someone is at it. Drops the lock meanwhile. */
void rpc_client_deliver(RpcClient *client);
void rpc_client_tell_loop(RpcClient *client);
/* The loop shall not wake for what this thread is going to read. */
void rpc_client_close_gate(RpcClient *client);

/* client-stream.c */
RpcStream *rpc_client_stream_new(RpcClient *client, const RpcProgram *program, const RpcCall *call, guint32 serial);
void       rpc_client_stream_packet(RpcClient *client, const RpcPacket *packet);
/* Somebody should consume before more is read. */
bool       rpc_client_streams_heap_up(const RpcClient *client);
void       rpc_client_streams_broke(RpcClient *client, const GError *why);
/* There is room for what streams want to send. */
void       rpc_client_streams_have_room(RpcClient *client);
/* Without the lock: the call that was to open it failed. */
void       rpc_client_stream_drop(RpcStream *stream);
