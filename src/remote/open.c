/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a URI to a connection that is ready for calls: reach the server, agree on authentication, open the driver
 * there, and learn what the server can do; in the order in which libvirt's clients do it. */
#include <string.h>

#include "remote/driver.h"
#include "remote/private.h"
#include "remote/ssh.h"
#include "remote/target.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE

#define TCP_PORT 16509
#define ANSWER_S 30

static const RpcLoopHooks *(*get_loop)(void); /* atomic */

void
remote_set_loop(const RpcLoopHooks *(*get)(void))
{
    g_atomic_pointer_set(&get_loop, get);
}

/* Transports */

static Chan *
reach_unix(const RemoteTarget *target, bool read_only, GError **err)
{
    g_autofree char *path = NULL;

    if (target->host)
        return fail_null(err, VIR_ERR_INVALID_ARG,
                         _("using unix socket and remote server '%s' is not supported."), target->host);
    path = remote_target_socket(target, read_only);
    return chan_connect_unix(path, err);
}

static Chan *
reach_tcp(const RemoteTarget *target, bool read_only, GError **err)
{
    g_autofree char *port = g_strdup_printf("%d", target->port > 0 ? target->port : TCP_PORT);

    (void)read_only;
    return chan_connect_tcp(target->host ? target->host : "localhost", port, err);
}

/* reach: NULL while there is no channel for it. secure: nobody on the way can read along. patient: the first answer may
 * take its time, because somebody types a password, or the service manager starts the daemon. */
typedef struct {
    const char *name;
    Chan *(*reach)(const RemoteTarget *target, bool read_only, GError **err);
    bool secure;
    bool encrypted; /* by us */
    bool patient;
} Transport;

static const Transport transports[] = {
    { "unix", reach_unix, .secure = true, .patient = true },
    { "tcp", reach_tcp },
    { "tls", remote_reach_tls, .secure = true, .encrypted = true },
    { "ssh", remote_reach_ssh, .secure = true, .patient = true },
    { "libssh2", remote_reach_libssh2, .secure = true },
    { "libssh", remote_reach_libssh2, .secure = true },
    { "ext", remote_reach_ext, .patient = true },
};

static const Transport *
find_transport(const char *name, GError **err)
{
    for (gsize i = 0; i < G_N_ELEMENTS(transports); i++) {
        if (strcmp(transports[i].name, name) != 0)
            continue;
        if (transports[i].reach)
            return &transports[i];
        return fail_null(err, VIR_ERR_CONFIG_UNSUPPORTED,
                         _("transport '%s' is not supported yet; use a qemu+unix:// or qemu+tcp:// URI"), name);
    }
    return fail_null(err, VIR_ERR_INVALID_ARG,
                     _("transport '%s' in the URI is not known (should be tls|unix|ssh|ext|tcp|libssh2|libssh)"), name);
}

/* Authentication */

static bool
authenticate(RemoteConn *rc, AuthType type, GError **err)
{
    switch (type) {
    case AUTH_NONE:
        return true;
    case AUTH_POLKIT:
        return remote_call(rc, PROC_AUTH_POLKIT, NULL, NULL, err);
    case AUTH_SASL:
        break;
    }
    return fail(err, VIR_ERR_AUTH_FAILED, _("the server wants authentication of type %d (%s), which is not supported yet"),
                type, type == AUTH_SASL ? "sasl" : "?");
}

/* The first that the server offers, or the one that the URI asks for. */
static bool
choose_auth(const AuthListRet *offered, const char *wanted, AuthType *ret_type, GError **err)
{
    static const char *const names[] = { [AUTH_NONE] = "none", [AUTH_SASL] = "sasl", [AUTH_POLKIT] = "polkit" };

    for (guint i = 0; i < offered->n; i++) {
        gint32 type = offered->types[i];

        if (wanted && (type < 0 || (gsize)type >= G_N_ELEMENTS(names) || strcmp(names[type], wanted) != 0))
            continue;
        *ret_type = type;
        return true;
    }
    if (wanted)
        return fail(err, VIR_ERR_AUTH_FAILED, _("requested authentication type '%s' is not offered by the server"), wanted);
    *ret_type = AUTH_NONE;
    return true;
}

/* The first call: is there somebody at all who answers? A keepalive that never asks is a deadline. */
static bool
list_auth(RemoteConn *rc, const RemoteTarget *target, AuthListRet *ret, GError **err)
{
    gint64 began = g_get_monotonic_time();
    bool   ok;

    if (rc->patient)
        return remote_call(rc, PROC_AUTH_LIST, NULL, ret, err);
    rpc_client_set_keepalive(rc->client, ANSWER_S, 0);
    ok = remote_call(rc, PROC_AUTH_LIST, NULL, ret, err);
    if (ok || rpc_client_is_open(rc->client)) {
        rpc_client_set_keepalive(rc->client, 0, 0);
    } else if (g_get_monotonic_time() - began >= ANSWER_S * G_TIME_SPAN_SECOND) {
        g_clear_error(err);
        fail(err, VIR_ERR_SYSTEM_ERROR, _("the server at '%s' accepts connections but did not answer within %d s"),
             target->host ? target->host : "localhost", ANSWER_S);
    }
    return ok;
}

static bool
log_in(RemoteConn *rc, const RemoteTarget *target, GError **err)
{
    AuthListRet       offered = { 0 };
    AuthType          type = AUTH_NONE;
    g_autoptr(GError) why = NULL;
    bool              ok;

    if (!list_auth(rc, target, &offered, &why)) {
        if (verr_matches(why, VIR_ERR_NO_SUPPORT)) /* older than authentication */
            return true;
        g_propagate_error(err, g_steal_pointer(&why));
        return false;
    }
    ok = choose_auth(&offered, target->auth, &type, err) && authenticate(rc, type, err);
    xdr_clear(rows_auth_list, &offered);
    return ok;
}

/* Opening */

static bool
ask_feature(RemoteConn *rc, SessionFeature feature, bool *ret_yes, GError **err)
{
    const FeatureIn in = { feature };
    I32Out          out = { 0 };

    if (!rpc_client_call(rc->client, &remote_program, wire_call_by_number(PROC_CONNECT_SUPPORTS_FEATURE), &in, &out, err))
        return false;
    *ret_yes = out.value == 1;
    return true;
}

static bool
open_at_server(RemoteConn *rc, const RemoteTarget *target, unsigned flags, GError **err)
{
    ConnectOpenArgs args = { target->name, flags & VIR_CONNECT_RO };
    bool            events, unused;

    if (!log_in(rc, target, err))
        return false;
    /* Asking tells the server that we answer its pings; without a loop nobody would. */
    if (rc->has_loop && !ask_feature(rc, FEATURE_KEEPALIVE, &unused, err))
        return false;
    if (!remote_call(rc, PROC_CONNECT_OPEN, &args, NULL, err)
        || !ask_feature(rc, FEATURE_EVENT_CALLBACK, &events, err)
        || !ask_feature(rc, FEATURE_CLOSE_CALLBACK, &unused, err))
        return false;
    if (!events)
        return fail(err, VIR_ERR_NO_SUPPORT, _("the server is too old: it has no event callbacks (libvirt before 1.3.3)"));
    return true;
}

static void
handler_gone(gpointer data)
{
    remote_conn_unref(data);
}

/* Puts the client on the channel and, where the application has a loop, on that. */
static bool
start_client(RemoteConn *rc, Chan *chan, GError **err)
{
    const RpcLoopHooks *(*get)(void) = g_atomic_pointer_get(&get_loop);
    const RpcLoopHooks *hooks = get ? get() : NULL;
    RpcClientHandler    handler = { remote_on_event, remote_on_closed, handler_gone, NULL };

    handler.data = remote_conn_ref(rc);
    rc->client = rpc_client_new(chan, &handler);
    rc->has_loop = hooks != NULL;
    return !hooks || rpc_client_attach_loop(rc->client, hooks, err);
}

static bool
connect_target(VirConn *conn, const RemoteTarget *target, unsigned flags, GError **err)
{
    const Transport *transport = find_transport(target->transport, err);
    RemoteConn      *rc;
    Chan            *chan;

    if (!transport || !(chan = transport->reach(target, flags & VIR_CONNECT_RO, err)))
        return false;
    rc = remote_conn_new(conn);
    rc->secure = transport->secure;
    rc->encrypted = transport->encrypted;
    rc->patient = transport->patient;
    if (!start_client(rc, chan, err) || !open_at_server(rc, target, flags, err)) {
        rpc_client_close(rc->client);
        g_clear_pointer(&rc->client, rpc_client_unref);
        remote_conn_unref(rc);
        return false;
    }
    conn->priv = rc;
    conn->events = event_hub_ref(rc->events);
    g_rec_mutex_lock(&rc->conn_lock);
    rc->conn = conn;
    g_rec_mutex_unlock(&rc->conn_lock);
    return true;
}

bool
remote_open(VirConn *conn, const ConnOpenIn *in, bool *ret_declined, GError **err)
{
    RemoteTarget target = { 0 };
    bool         ok;

    if (!remote_target_parse(in->uri, &target, ret_declined, err))
        return false;
    target.ask = in->auth;
    ok = connect_target(conn, &target, in->flags, err);
    remote_target_clear(&target);
    return ok;
}
