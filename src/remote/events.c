/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define LOG_ROOM "remote"
#include "remote/private.h"

#include "util/err.h"
#include "util/log.h"
#include "wire/events.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE

bool
remote_event_on(VirConn *conn, int event_id, const DomRef *dom, GError **err)
{
    RemoteConn       *rc = remote_conn_of(conn);
    EventRegisterArgs in = { event_id, (DomRef *)dom };
    IntArg            out = { 0 };
    RemoteSub         sub = { .event_id = event_id, .all = !dom };

    if (!remote_call(rc, PROC_EVENT_CALLBACK_REGISTER_ANY, &in, &out, err))
        return false;
    sub.callback_id = out.value;
    if (dom)
        dom_ref_copy(dom, &sub.dom);
    g_mutex_lock(&rc->lock);
    g_array_append_val(rc->subs, sub);
    g_mutex_unlock(&rc->lock);
    return true;
}

/* Marks the registration as leaving; -1: there is none. */
static gint32
take_leave(RemoteConn *rc, int event_id, const DomRef *dom)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&rc->lock);

    for (guint i = 0; i < rc->subs->len; i++) {
        RemoteSub *sub = &g_array_index(rc->subs, RemoteSub, i);

        if (sub->leaving || sub->event_id != event_id || sub->all != !dom || (dom && !dom_ref_same(&sub->dom, dom)))
            continue;
        sub->leaving = true;
        return sub->callback_id;
    }
    return -1;
}

static void
forget(RemoteConn *rc, gint32 callback_id)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&rc->lock);

    for (guint i = 0; i < rc->subs->len; i++) {
        RemoteSub *sub = &g_array_index(rc->subs, RemoteSub, i);

        if (!sub->leaving || sub->callback_id != callback_id)
            continue;
        dom_ref_clear(&sub->dom);
        g_array_remove_index_fast(rc->subs, i);
        return;
    }
}

void
remote_event_off(VirConn *conn, int event_id, const DomRef *dom)
{
    RemoteConn       *rc = remote_conn_of(conn);
    IntArg            in = { take_leave(rc, event_id, dom) };
    g_autoptr(GError) err = NULL;

    if (in.value < 0)
        return;
    if (rpc_client_is_open(rc->client) && !remote_call(rc, PROC_EVENT_CALLBACK_DEREGISTER_ANY, &in, NULL, &err))
        log_debug("cannot deregister event %d: %s", event_id, err->message);
    forget(rc, in.value);
}

/* The server tells once per registration: of one event for all domains and again for the very domain, the hub, which
 * serves both, needs one. An id that is not known yet belongs to a registration whose reply is still on its way. */
static bool
is_wanted(RemoteConn *rc, int event_id, gint32 callback_id)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&rc->lock);
    bool                    one_domain = false, all = false;

    for (guint i = 0; i < rc->subs->len; i++) {
        const RemoteSub *sub = &g_array_index(rc->subs, RemoteSub, i);

        if (sub->event_id != event_id)
            continue;
        if (sub->leaving && sub->callback_id == callback_id)
            return false;
        all |= sub->all && !sub->leaving;
        one_domain |= sub->callback_id == callback_id && !sub->all;
    }
    return !(one_domain && all);
}

void
remote_on_event(RpcClient *client, guint32 program, gint32 procedure, XdrReader *payload, gpointer data)
{
    RemoteConn            *rc = data;
    bool                   legacy = false;
    gint32                 callback_id = -1;
    const WireEvent       *row = NULL;
    g_autoptr(GError)      err = NULL;
    g_autoptr(DomainEvent) ev = NULL;

    (void)client;
    if (program != REMOTE_PROGRAM)
        return;
    row = wire_event_by_proc(procedure, &legacy);
    if (!row) {
        log_debug("message %d is not known", procedure);
        return;
    }
    ev = wire_event_decode(row, legacy, payload, &callback_id, &err);
    if (!ev)
        log_warn("event %d: %s", row->id, err->message);
    else if (is_wanted(rc, row->id, callback_id))
        event_hub_publish(rc->events, ev);
}
