/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define LOG_ROOM "daemon"
#include "daemon/session.h"

#include <string.h>
#include <unistd.h>

#include "api/open.h"
#include "daemon/program.h"
#include "util/err.h"
#include "util/log.h"
#include "wire/events.h"

#define VIR_FROM_THIS VIR_FROM_RPC

typedef struct {
    gint32           id;     /* what the client calls it; legacy ones have one, too, but never see it */
    int              token;  /* of the hub */
    bool             legacy;
    const WireEvent *row;
    RpcSession      *rpc;    /* owned reference */
} Subscription;

struct DaemonSession {
    RpcSession          *rpc; /* borrowed: it owns us */
    const SessionPolicy *policy;

    VirConn *conn;  /* atomic: set once by the loop thread */
    gint     asked; /* atomic: for a connection, successfully or not */

    GMutex     lock;
    /* under lock */
    GPtrArray *subs; /* Subscription, borrowed from the hub */
    gint32     next_id;
    bool       gone; /* connection lost: no new subscriptions */
    bool       wants_close;
};

static void
subscription_free(gpointer data)
{
    Subscription *sub = data;

    rpc_session_unref(sub->rpc);
    g_free(sub);
}

/* Publisher's thread. */
static void
deliver(const DomainEvent *ev, gpointer data)
{
    Subscription *sub = data;
    EventMessage  msg = { .row = sub->row, .event = ev, .callback_id = sub->legacy ? -1 : sub->id };

    rpc_session_send_event(sub->rpc, daemon_program(), wire_event_procedure(&msg), rows_event_message, &msg);
}

enum { MAX_SUBSCRIPTIONS = 1024 };

static Subscription *
find_legacy(DaemonSession *s, int event_id)
{
    for (guint i = 0; i < s->subs->len; i++) {
        Subscription *sub = s->subs->pdata[i];

        if (sub->legacy && sub->row->id == event_id)
            return sub;
    }
    return NULL;
}

static bool
may_subscribe(DaemonSession *s, int event_id, const WireEvent *row, bool legacy, GError **err)
{
    if (!row || (legacy && !row->legacy))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("unsupported event ID %d"), event_id);
    if (s->gone)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("the connection is being closed"));
    if (s->subs->len >= MAX_SUBSCRIPTIONS)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("too many event callbacks: a connection may have %d"), MAX_SUBSCRIPTIONS);
    if (legacy && find_legacy(s, event_id))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("domain event %d already registered"), event_id);
    return true;
}

bool
daemon_session_subscribe(DaemonSession *s, int event_id, const DomRef *dom, bool legacy, gint32 *ret_id, GError **err)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&s->lock);
    const WireEvent        *row = wire_event_by_id(event_id);
    DomRef                  only = { .name = (char *)"", .id = -1 }; /* nothing else of it is looked at */
    Subscription           *sub;

    if (!may_subscribe(s, event_id, row, legacy, err))
        return false;
    sub = g_new0(Subscription, 1);
    sub->id = s->next_id++;
    sub->legacy = legacy;
    sub->row = row;
    sub->rpc = rpc_session_ref(s->rpc);
    g_ptr_array_add(s->subs, sub);
    if (dom)
        memcpy(only.uuid, dom->uuid, sizeof(only.uuid));
    sub->token = event_hub_subscribe(s->conn->events, event_id, dom ? &only : NULL, deliver, sub, subscription_free);
    *ret_id = sub->id;
    return true;
}

static void
drop(DaemonSession *s, Subscription *sub)
{
    int token = sub->token;

    g_ptr_array_remove_fast(s->subs, sub);
    event_hub_unsubscribe(s->conn->events, token);
}

bool
daemon_session_unsubscribe(DaemonSession *s, gint32 id, GError **err)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&s->lock);

    for (guint i = 0; i < s->subs->len; i++) {
        Subscription *sub = s->subs->pdata[i];

        if (sub->id == id && !sub->legacy) {
            drop(s, sub);
            return true;
        }
    }
    return fail(err, VIR_ERR_INTERNAL_ERROR, _("domain event callback %d not registered"), id);
}

bool
daemon_session_unsubscribe_legacy(DaemonSession *s, int event_id, GError **err)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&s->lock);
    Subscription           *sub = find_legacy(s, event_id);

    if (!sub)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("domain event %d not registered"), event_id);
    drop(s, sub);
    return true;
}

bool
daemon_session_set_close_callback(DaemonSession *s, bool on, GError **err)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&s->lock);

    if (s->wants_close == on)
        return fail(err, VIR_ERR_OPERATION_INVALID, "%s",
                    on ? _("A close callback is already registered") : _("No close callback is registered"));
    s->wants_close = on;
    return true;
}

/* Worker: the connection has gone; calls may still run. */
static void
session_closed(RpcSession *rpc, gpointer data)
{
    DaemonSession *s = data;
    VirConn       *conn = daemon_session_conn(s);

    if (!g_atomic_int_get(&s->asked) && s->policy->tls)
        log_warn("client %s port %u left right after the TLS handshake; if that is not what it wanted, it has refused our "
                 "certificate", rpc_session_peer(rpc)->remote_addr, rpc_session_peer(rpc)->remote_port);
    if (conn && conn->driver->client_gone)
        conn->driver->client_gone(conn);
    g_mutex_lock(&s->lock);
    s->gone = true;
    while (s->subs->len > 0)
        drop(s, s->subs->pdata[s->subs->len - 1]);
    g_mutex_unlock(&s->lock);
}

/* Worker, after the last call: the driver may wait while it gives up what this client left behind. */
static void
session_destroy(gpointer data)
{
    DaemonSession *s = data;

    if (s->conn)
        conn_unref(s->conn);
    g_ptr_array_unref(s->subs);
    g_mutex_clear(&s->lock);
    g_free(s);
}

static bool
owner_ok(const ChanPeer *peer)
{
    if (peer->has_creds && (peer->uid == 0 || peer->uid == geteuid()))
        return true;
    log_warn("refused a client of user %d on the read-write socket", peer->has_creds ? (int)peer->uid : -1);
    return false;
}

bool
daemon_session_accept(RpcSession *rpc, gpointer data)
{
    static const RpcSessionDataOps ops = { session_closed, session_destroy };
    const SessionPolicy           *policy = data;
    DaemonSession                 *s;

    if (policy->check_owner && !owner_ok(rpc_session_peer(rpc)))
        return false;
    s = g_new0(DaemonSession, 1);
    s->rpc = rpc;
    s->policy = policy;
    s->subs = g_ptr_array_new();
    g_mutex_init(&s->lock);
    rpc_session_set_data(rpc, s, &ops);
    rpc_session_set_authenticated(rpc, true);
    return true;
}

DaemonSession *
daemon_session_of(RpcRequest *req)
{
    return rpc_session_data(req->session);
}

VirConn *
daemon_session_conn(DaemonSession *s)
{
    return g_atomic_pointer_get(&s->conn);
}

/* A client says by which name it knows this daemon's guests. Any other URI would be opened on its behalf and with our
 * rights: a command, another host, another root. */
static bool
is_our_name(const char *uri)
{
    return g_str_equal(uri, "qemu:///system") || g_str_equal(uri, "qemu:///session") ||
           g_str_has_prefix(uri, "qemu:///system?") || g_str_has_prefix(uri, "qemu:///session?");
}

bool
daemon_session_open(DaemonSession *s, const char *uri, guint32 flags, GError **err)
{
    const char *name = uri && *uri ? uri : s->policy->default_uri;
    const char *local_addr = rpc_session_peer(s->rpc)->local_addr;
    bool        read_only = s->policy->read_only || (flags & VIR_CONNECT_RO);
    VirConn    *conn;

    g_atomic_int_set(&s->asked, true);
    if (s->conn)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("connection already open"));
    if (!is_our_name(name))
        return verr_set(err, VIR_FROM_NONE, VIR_ERR_NO_CONNECT, "%s", name);
    conn = api_open_at(name, NULL, VIR_CONNECT_NO_ALIASES | (read_only ? VIR_CONNECT_RO : 0), local_addr, err);
    if (!conn)
        return false;
    g_atomic_pointer_set(&s->conn, conn);
    return true;
}
