/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/session-calls.h"

#include "api/verb.h"
#include "daemon/session.h"
#include "util/err.h"
#include "wire/session.h"

#define VIR_FROM_THIS VIR_FROM_RPC

static bool
connect_open(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    const ConnectOpenArgs *args = in;

    (void)out;
    return daemon_session_open(daemon_session_of(req), args->name, args->flags, err);
}

static bool
connect_close(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    (void)in, (void)out, (void)err;
    rpc_request_close_session(req);
    return true;
}

/* Some features are the session's own. Asking about keepalive also tells that this client answers pings. */
static bool
supports_feature(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    const FeatureIn *in = vin;
    I32Out          *out = vout;
    VirConn         *conn = daemon_session_conn(daemon_session_of(req));

    if (in->feature == FEATURE_KEEPALIVE) {
        rpc_session_start_keepalive(req->session);
        out->value = 1;
        return true;
    }
    if (!conn)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("hypervisor connection not open"));
    switch (in->feature) {
    case FEATURE_FD_PASSING:
    case FEATURE_EVENT_CALLBACK:
    case FEATURE_CLOSE_CALLBACK:
        out->value = 1;
        return true;
    default:
        return verb_call(conn, VERB_connect_supports_feature, in, out, err);
    }
}

static bool
auth_list(RpcRequest *req, gconstpointer in, gpointer vout, GError **err)
{
    AuthListRet *out = vout;

    (void)req, (void)in, (void)err;
    out->types = g_new0(gint32, 1);
    out->types[0] = AUTH_NONE;
    out->n = 1;
    return true;
}

static bool
auth_unexpected(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    (void)req, (void)in, (void)out;
    return fail(err, VIR_ERR_AUTH_FAILED, "%s", _("authentication failed"));
}

static bool
event_register(RpcRequest *req, gconstpointer in, gpointer vout, GError **err)
{
    IntArg *out = vout;
    gint32  id;

    (void)in;
    if (!daemon_session_subscribe(daemon_session_of(req), VIR_DOMAIN_EVENT_ID_LIFECYCLE, NULL, true, &id, err))
        return false;
    out->value = 1;
    return true;
}

static bool
event_deregister(RpcRequest *req, gconstpointer in, gpointer vout, GError **err)
{
    IntArg *out = vout;

    (void)in;
    out->value = 0;
    return daemon_session_unsubscribe_legacy(daemon_session_of(req), VIR_DOMAIN_EVENT_ID_LIFECYCLE, err);
}

static bool
event_register_any(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    gint32 id;

    (void)out;
    return daemon_session_subscribe(daemon_session_of(req), ((const IntArg *)in)->value, NULL, true, &id, err);
}

static bool
event_deregister_any(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    (void)out;
    return daemon_session_unsubscribe_legacy(daemon_session_of(req), ((const IntArg *)in)->value, err);
}

static bool
event_callback_register(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    const EventRegisterArgs *args = in;

    return daemon_session_subscribe(daemon_session_of(req), args->event_id, args->dom, false,
                                    &((IntArg *)out)->value, err);
}

static bool
event_callback_deregister(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    (void)out;
    return daemon_session_unsubscribe(daemon_session_of(req), ((const IntArg *)in)->value, err);
}

static bool
register_close(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    (void)in, (void)out;
    return daemon_session_set_close_callback(daemon_session_of(req), true, err);
}

static bool
unregister_close(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    (void)in, (void)out;
    return daemon_session_set_close_callback(daemon_session_of(req), false, err);
}

static const struct {
    gint32     number;
    RpcHandler handler;
} handlers[] = {
    { PROC_CONNECT_OPEN, connect_open },
    { PROC_CONNECT_CLOSE, connect_close },
    { PROC_CONNECT_SUPPORTS_FEATURE, supports_feature },
    { PROC_AUTH_LIST, auth_list },
    { PROC_AUTH_SASL_INIT, auth_unexpected },
    { PROC_AUTH_SASL_START, auth_unexpected },
    { PROC_AUTH_SASL_STEP, auth_unexpected },
    { PROC_AUTH_POLKIT, auth_unexpected },
    { PROC_EVENT_REGISTER, event_register },
    { PROC_EVENT_DEREGISTER, event_deregister },
    { PROC_EVENT_REGISTER_ANY, event_register_any },
    { PROC_EVENT_DEREGISTER_ANY, event_deregister_any },
    { PROC_EVENT_CALLBACK_REGISTER_ANY, event_callback_register },
    { PROC_EVENT_CALLBACK_DEREGISTER_ANY, event_callback_deregister },
    { PROC_REGISTER_CLOSE_CALLBACK, register_close },
    { PROC_UNREGISTER_CLOSE_CALLBACK, unregister_close },
};

RpcHandler
session_call_handler(gint32 number)
{
    for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (handlers[i].number == number)
            return handlers[i].handler;
    }
    return NULL;
}
