/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/server.h"

#include <errno.h>
#include <string.h>

#include "rpc/listener.h"
#include "rpc/session-private.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"

const RpcLimits rpc_default_limits = {
    .max_clients = 5000,
    .max_anonymous = 100,
    .max_calls = 256,
    .max_call_bytes = 64 << 20,
    .max_queue_bytes = 64 << 20,
    .max_anonymous_packet = 64 << 10,
    .max_workers = 20,
    .max_long = 256,
    .start_ms = 10000,
    .keepalive_interval = 5,
    .keepalive_count = 5,
};

struct RpcServer {
    /* fixed after the first listen */
    Loop      *loop;
    RpcLimits  limits;
    GPtrArray *programs; /* borrowed RpcProgram */
    RpcPool   *work, *longs;

    /* loop thread */
    RpcPoller *poller;
    GQueue     listeners; /* RpcListener */
    GQueue     sessions;  /* RpcSession.link, oldest first; each with a reference */
    guint64    next_id;
    guint      n_half;    /* sessions of services that may have half */
    bool       full;      /* listeners sleep */
    bool       half_full; /* those services' listeners do */
    bool       stopped;

    gint n_sessions, n_anonymous; /* atomic */
};

RpcServer *
rpc_server_new(Loop *loop, const RpcLimits *limits)
{
    RpcServer *server = g_new0(RpcServer, 1);

    server->loop = loop_ref(loop);
    server->limits = limits ? *limits : rpc_default_limits;
    server->programs = g_ptr_array_new();
    server->work = rpc_pool_new("rpc-work", server->limits.max_workers);
    server->longs = rpc_pool_new("rpc-long", server->limits.max_long);
    server->poller = rpc_poller_new(loop);
    return server;
}

void
rpc_server_free(RpcServer *server)
{
    if (!server)
        return;
    rpc_server_stop(server);
    rpc_poller_free(server->poller);
    rpc_pool_free(server->work);
    rpc_pool_free(server->longs);
    g_ptr_array_free(server->programs, TRUE);
    loop_unref(server->loop);
    g_free(server);
}

void
rpc_server_add_program(RpcServer *server, const RpcProgram *program)
{
    const char *fault = rpc_program_fault(program);

    if (fault)
        g_error("program %s: bad row '%s'", program->name, fault);
    g_ptr_array_add(server->programs, (gpointer)program);
}

const RpcProgram *
rpc_server_find_program(RpcServer *server, guint32 number, guint32 version)
{
    for (guint i = 0; i < server->programs->len; i++) {
        const RpcProgram *program = g_ptr_array_index(server->programs, i);

        if (program->number == number && program->version == version)
            return program;
    }
    return NULL;
}

const RpcLimits *
rpc_server_limits(RpcServer *server)
{
    return &server->limits;
}

RpcPoller *
rpc_server_poller(RpcServer *server)
{
    return server->poller;
}

RpcPool *
rpc_server_pool(RpcServer *server, RpcLane lane)
{
    return lane == RPC_LONG ? server->longs : server->work;
}

void
rpc_server_run(RpcServer *server, RpcLane lane, void (*fn)(gpointer data), gpointer data)
{
    rpc_pool_push(rpc_server_pool(server, lane), fn, data);
}

guint
rpc_server_n_sessions(RpcServer *server)
{
    return (guint)g_atomic_int_get(&server->n_sessions);
}

void
rpc_server_foreach(RpcServer *server, void (*fn)(RpcSession *session, gpointer data), gpointer data)
{
    GList *next;

    for (GList *l = server->sessions.head; l; l = next) {
        next = l->next;
        fn(l->data, data);
    }
}

/* Clients */

static bool
is_full_for(const RpcServer *server, const RpcService *service)
{
    return server->full || (service->half && server->half_full);
}

/* After the number of sessions has changed. */
static void
set_listening(RpcServer *server)
{
    const bool full = rpc_server_n_sessions(server) >= server->limits.max_clients;
    const bool half_full = server->n_half >= MAX(1, server->limits.max_clients / 2);

    if (full == server->full && half_full == server->half_full)
        return;
    server->full = full;
    server->half_full = half_full;
    for (GList *l = server->listeners.head; l; l = l->next)
        rpc_listener_pause(l->data, is_full_for(server, rpc_listener_service(l->data)));
}

void
rpc_server_count_anonymous(RpcServer *server, int change)
{
    if (change)
        g_atomic_int_add(&server->n_anonymous, change);
}

/* Silent strangers must not keep honest clients out: the one that has been silent longest makes room. */
static void
drop_oldest_anonymous(RpcServer *server)
{
    for (GList *l = server->sessions.head; l; l = l->next) {
        RpcSession *session = l->data;

        if (rpc_session_is_authenticated(session))
            continue;
        log_warn("more than %u connections without authentication, closing the oldest", server->limits.max_anonymous);
        rpc_session_close_now(session);
        return;
    }
}

static void
take_connection(RpcServer *server, Chan *chan, const RpcService *service)
{
    RpcSession *session;

    if (service->wrap)
        chan = service->wrap(chan, service->data);
    if (!chan)
        return;
    session = rpc_session_new(server, chan, service, ++server->next_id);
    g_queue_push_tail_link(&server->sessions, &session->link);
    g_atomic_int_inc(&server->n_sessions);
    server->n_half += service->half;
    rpc_server_count_anonymous(server, 1);
    rpc_session_begin(session);
    if ((guint)g_atomic_int_get(&server->n_anonymous) > server->limits.max_anonymous)
        drop_oldest_anonymous(server);
    set_listening(server);
}

void
rpc_server_remove_session(RpcServer *server, RpcSession *session)
{
    g_queue_unlink(&server->sessions, &session->link);
    g_atomic_int_add(&server->n_sessions, -1);
    server->n_half -= session->service.half;
    if (!server->stopped)
        set_listening(server);
    rpc_session_unref(session);
}

typedef struct {
    RpcServer *server;
    Chan      *chan;
    RpcService service;
} Adoption;

static void
adopt(gpointer data)
{
    Adoption *a = data;

    if (!a->server->stopped)
        take_connection(a->server, g_steal_pointer(&a->chan), &a->service);
}

static void
adoption_free(gpointer data)
{
    Adoption *a = data;

    chan_free(a->chan);
    g_free(a);
}

void
rpc_server_adopt(RpcServer *server, Chan *chan, const RpcService *service)
{
    Adoption *a = g_new(Adoption, 1);

    *a = (Adoption) { server, chan, *service };
    loop_post(server->loop, adopt, a, adoption_free);
}

/* Listening */

static bool
accepted(int fd, const RpcService *service, gpointer data)
{
    RpcServer *server = data;

    take_connection(server, chan_new_fd(fd), service);
    return !is_full_for(server, service);
}

static bool
add_listener(RpcServer *server, RpcListener *listener)
{
    if (!listener)
        return false;
    g_queue_push_tail(&server->listeners, listener);
    rpc_listener_start(listener, server->loop, accepted, server);
    return true;
}

bool
rpc_server_listen_unix(RpcServer *server, const char *path, mode_t mode, const RpcService *service, GError **err)
{
    return add_listener(server, rpc_listener_new_unix(path, mode, service, err));
}

bool
rpc_server_listen_tcp(RpcServer *server, const char *addr, guint16 port, const RpcService *service,
                      guint16 *ret_port, GError **err)
{
    g_autoptr(GPtrArray) opened = rpc_listener_new_tcp(addr, port, service, ret_port, err);

    if (!opened)
        return false;
    for (guint i = 0; i < opened->len; i++)
        add_listener(server, g_ptr_array_index(opened, i));
    return true;
}

bool
rpc_server_listen_fd(RpcServer *server, int fd, const RpcService *service, GError **err)
{
    return add_listener(server, rpc_listener_new_fd(fd, service, err));
}

bool
rpc_server_stop_within(RpcServer *server, int ms)
{
    gint64 deadline = ms < 0 ? -1 : g_get_monotonic_time() + ms * G_TIME_SPAN_MILLISECOND;

    server->stopped = true;
    g_queue_clear_full(&server->listeners, (GDestroyNotify)rpc_listener_free);
    while (server->sessions.head)
        rpc_session_close_now(server->sessions.head->data);
    /* Calls first: the last of a session's sends its data's destruction to the other pool. */
    return rpc_pool_finish(server->work, deadline) && rpc_pool_finish(server->longs, deadline)
           && rpc_pool_finish(server->work, deadline);
}

void
rpc_server_stop(RpcServer *server)
{
    rpc_server_stop_within(server, -1);
}
