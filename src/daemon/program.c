/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/program.h"

#include <string.h>

#include "api/verb.h"
#include "daemon/flow.h"
#include "daemon/session-calls.h"
#include "daemon/session.h"
#include "daemon/tunnel.h"
#include "util/err.h"
#include "wire/session.h"

#define VIR_FROM_THIS VIR_FROM_RPC

/* Of libvirt 9.0.0. */
#define PROC_LAST 443
#define QEMU_PROC_LAST 7

/* A Finish that was told to cancel has no domain to show, and the protocol has no other form for that answer. */
static bool
refuse_empty_finish(const WireTag *tag, gpointer out, GError **err)
{
    if (tag->verb != VERB_migrate_finish || ((MigrateFinishOut *)out)->dom.name)
        return true;
    xdr_clear(verb_rows[tag->verb].out, out);
    memset(out, 0, verb_rows[tag->verb].out_size);
    return verr_set(err, VIR_FROM_QEMU, VIR_ERR_MIGRATE_FINISH_OK, "%s", "");
}

static bool
call_verb(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    const WireTag *tag = wire_tag(req->call);
    VirConn       *conn = daemon_session_conn(daemon_session_of(req));

    if (!verb_call_as(conn, tag->verb, wire_api_name(req->call->number), in, out, err)
        || !refuse_empty_finish(tag, out, err))
        return false;
    if (tag->verb == VERB_migrate_prepare_tunnel)
        daemon_tunnel_open(req, out);
    else if (req->call->stream == RPC_STREAM_BOTH)
        daemon_flow_open(req, out);
    return true;
}

/* Arguments in a form of their own become the verb's In first. */
static bool
call_verb_by_form(RpcRequest *req, gconstpointer wire, gpointer out, GError **err)
{
    const WireTag     *tag = wire_tag(req->call);
    const VerbRows    *rows = &verb_rows[tag->verb];
    g_autofree guint8 *in = g_malloc0(rows->in_size);
    bool               ok;

    ok = tag->form->take((gpointer)wire, in, err) && call_verb(req, in, out, err);
    xdr_clear(rows->in, in);
    return ok;
}

/* libvirt's error domain is that of the source file that has the function. */
static int
api_domain(const char *api)
{
    static const struct {
        const char *part;
        int         from;
    } rows[] = {
        { "Network", VIR_FROM_NETWORK },     { "Storage", VIR_FROM_STORAGE },
        { "Interface", VIR_FROM_INTERFACE }, { "Secret", VIR_FROM_SECRET },
        { "NodeDevice", VIR_FROM_NODEDEV },  { "NWFilter", VIR_FROM_NWFILTER },
        { "Stream", VIR_FROM_STREAMS },      { "Domain", VIR_FROM_DOMAIN },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strstr(api, rows[i].part))
            return rows[i].from;
    }
    return VIR_FROM_NONE;
}

/* Rows of what we do not offer are named by the API function. */
static bool
not_supported(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    (void)in, (void)out;
    return verr_set(err, api_domain(req->call->name), VIR_ERR_NO_SUPPORT, "%s", req->call->name);
}

/* Most calls need a driver behind them. */
static bool
gate(RpcSession *session, const RpcCall *call, GError **err)
{
    if ((call->flags & RPC_BEFORE_OPEN) || daemon_session_conn(rpc_session_data(session)))
        return true;
    return fail(err, VIR_ERR_INTERNAL_ERROR, _("hypervisor connection not open"));
}

static bool
make_call(gint32 number, RpcCall *ret_call)
{
    const RpcCall *verb = wire_call_by_number(number);
    const RpcCall *own = session_call_by_number(number);
    RpcHandler     handler = session_call_handler(number);

    if (own || verb) {
        *ret_call = own ? *own : *verb;
        ret_call->handler = handler ? handler : wire_tag(verb)->form ? call_verb_by_form : call_verb;
        if (number == PROC_CONNECT_SUPPORTS_FEATURE)
            ret_call->flags |= RPC_BEFORE_OPEN;
        return true;
    }
    if (!wire_api_name(number))
        return false;
    *ret_call = (RpcCall){ .number = number, .name = wire_api_name(number), .handler = not_supported };
    return true;
}

const RpcProgram *
daemon_program(void)
{
    static RpcCall    calls[PROC_LAST];
    static RpcProgram program = { .number = REMOTE_PROGRAM, .version = REMOTE_VERSION, .name = "remote", .gate = gate };
    static gsize      ready;

    if (g_once_init_enter(&ready)) {
        for (gint32 number = 1; number <= PROC_LAST; number++)
            program.n_calls += make_call(number, &calls[program.n_calls]);
        program.calls = calls;
        g_once_init_leave(&ready, 1);
    }
    return &program;
}

const RpcProgram *
daemon_qemu_program(void)
{
    static RpcCall    calls[QEMU_PROC_LAST];
    static RpcProgram program = { .number = QEMU_PROGRAM, .version = 1, .name = "qemu", .gate = gate };
    static gsize      ready;

    if (g_once_init_enter(&ready)) {
        for (gint32 number = 1; number <= QEMU_PROC_LAST; number++) {
            const char *api = wire_qemu_api_name(number);

            if (api)
                calls[program.n_calls++] = (RpcCall){ .number = number, .name = api, .handler = not_supported };
        }
        program.calls = calls;
        g_once_init_leave(&ready, 1);
    }
    return &program;
}
