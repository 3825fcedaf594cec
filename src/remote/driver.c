/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remote/driver.h"

#include "remote/private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE

/* State */

RemoteConn *
remote_conn_new(VirConn *conn)
{
    RemoteConn *rc = g_new0(RemoteConn, 1);

    (void)conn;
    rc->refs = 1;
    rc->events = event_hub_new();
    rc->subs = g_array_new(FALSE, FALSE, sizeof(RemoteSub));
    g_mutex_init(&rc->lock);
    g_rec_mutex_init(&rc->conn_lock);
    return rc;
}

RemoteConn *
remote_conn_ref(RemoteConn *rc)
{
    g_atomic_int_inc(&rc->refs);
    return rc;
}

void
remote_conn_unref(RemoteConn *rc)
{
    if (!g_atomic_int_dec_and_test(&rc->refs))
        return;
    for (guint i = 0; i < rc->subs->len; i++)
        dom_ref_clear(&g_array_index(rc->subs, RemoteSub, i).dom);
    g_array_unref(rc->subs);
    event_hub_unref(rc->events);
    g_mutex_clear(&rc->lock);
    g_rec_mutex_clear(&rc->conn_lock);
    g_free(rc);
}

bool
remote_call(RemoteConn *rc, SessionProc proc, gconstpointer in, gpointer out, GError **err)
{
    return rpc_client_call(rc->client, &remote_program, session_call_by_number(proc), in, out, err);
}

/* A reference, unless the last one is being given back at this moment. */
static bool
try_ref(VirConn *conn)
{
    int refs;

    do {
        refs = g_atomic_int_get(&conn->refs);
        if (refs == 0)
            return false;
    } while (!g_atomic_int_compare_and_exchange(&conn->refs, refs, refs + 1));
    return true;
}

/* conn_lock keeps the connection's memory while we look whether it still lives. */
void
remote_on_closed(RpcClient *client, RpcCloseReason reason, gpointer data)
{
    RemoteConn *rc = remote_conn_ref(data);

    (void)client;
    g_rec_mutex_lock(&rc->conn_lock);
    if (rc->conn && try_ref(rc->conn)) {
        VirConn *conn = rc->conn;

        conn_notify_closed(conn, (int)reason);
        conn_unref(conn);
    }
    g_rec_mutex_unlock(&rc->conn_lock);
    remote_conn_unref(rc);
}

static void
remote_close(VirConn *conn)
{
    RemoteConn       *rc = remote_conn_of(conn);
    g_autoptr(GError) unheard = NULL; /* it closes either way */

    g_rec_mutex_lock(&rc->conn_lock);
    rc->conn = NULL;
    g_rec_mutex_unlock(&rc->conn_lock);
    if (rpc_client_is_open(rc->client))
        remote_call(rc, PROC_CONNECT_CLOSE, NULL, NULL, &unheard);
    rpc_client_close(rc->client);
    g_clear_pointer(&rc->client, rpc_client_unref);
    conn->priv = NULL;
    remote_conn_unref(rc);
}

/* Local facts */

static bool
remote_is_alive(VirConn *conn)
{
    return rpc_client_is_open(remote_conn_of(conn)->client);
}

static bool
remote_is_encrypted(VirConn *conn)
{
    return remote_conn_of(conn)->encrypted;
}

static int
remote_set_keepalive(VirConn *conn, int interval, unsigned int count, GError **err)
{
    RemoteConn     *rc = remote_conn_of(conn);
    const FeatureIn in = { FEATURE_KEEPALIVE };
    I32Out          out = { 0 };

    if (!rc->has_loop) {
        fail(err, VIR_ERR_INTERNAL_ERROR,
             _("the caller doesn't support keepalive protocol; perhaps it's missing event loop implementation"));
        return -1;
    }
    if (!rpc_client_call(rc->client, &remote_program, wire_call_by_number(PROC_CONNECT_SUPPORTS_FEATURE), &in, &out, err))
        return -1;
    if (out.value != 1)
        return 1;
    rpc_client_set_keepalive(rc->client, interval, count);
    return 0;
}

/* Verbs with behaviour of their own; all others are forwarded */

static bool
forward_form(RemoteConn *rc, const RpcCall *call, const void *in, void *out, GError **err)
{
    g_autofree void *wire = g_malloc0(call->in_size);

    return wire_tag(call)->form->lend(in, wire, err) && rpc_client_call(rc->client, &remote_program, call, wire, out, err);
}

static bool
remote_forward(VirConn *conn, VerbId verb, const void *in, void *out, GError **err)
{
    RemoteConn    *rc = remote_conn_of(conn);
    const RpcCall *call = wire_call_by_verb(verb, in);

    if (!call)
        return fail(err, VIR_ERR_NO_SUPPORT, "%s", verbs[verb].api);
    if (wire_tag(call)->form)
        return forward_form(rc, call, in, out, err);
    return rpc_client_call(rc->client, &remote_program, call, in, out, err);
}

/* The client knows its URI better than the server does. */
static bool
remote_connect_get_uri(VirConn *conn, const NoneIn *in, TextOut *out, GError **err)
{
    (void)in, (void)err;
    out->text = g_strdup(conn->uri);
    return true;
}

static bool
remote_connect_is_secure(VirConn *conn, const NoneIn *in, I32Out *out, GError **err)
{
    if (!remote_forward(conn, VERB_connect_is_secure, in, out, err))
        return false;
    out->value = out->value && remote_conn_of(conn)->secure;
    return true;
}

const Driver remote_driver = {
    .name = "remote",
    .open = remote_open,
    .close = remote_close,
    .is_alive = remote_is_alive,
    .is_encrypted = remote_is_encrypted,
    .set_keepalive = remote_set_keepalive,
    .event_on = remote_event_on,
    .event_off = remote_event_off,
    .forward = remote_forward,
    .connect_get_uri = remote_connect_get_uri,
    .connect_is_secure = remote_connect_is_secure,
    .domain_open_console = remote_domain_open_console,
    .domain_open_channel = remote_domain_open_channel,
    .migrate_prepare_tunnel = remote_migrate_prepare_tunnel,
};
