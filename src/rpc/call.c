/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/call.h"

#include "util/err.h"

#define LEVEL_ERROR 2

const RpcCall *
rpc_program_find(const RpcProgram *program, gint32 number)
{
    gsize low = 0, high = program->n_calls;

    while (low < high) {
        gsize          middle = low + (high - low) / 2;
        const RpcCall *call = &program->calls[middle];

        if (call->number == number)
            return call;
        if (call->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const char *
rpc_program_fault(const RpcProgram *program)
{
    for (gsize i = 0; i < program->n_calls; i++) {
        const RpcCall *call = &program->calls[i];

        if (!call->name)
            return "call without a name";
        if (i > 0 && call->number <= program->calls[i - 1].number)
            return call->name;
        if (xdr_rows_fault(call->in))
            return xdr_rows_fault(call->in);
        if (xdr_rows_fault(call->out))
            return xdr_rows_fault(call->out);
        if ((call->in && call->in_size == 0) || (call->out && call->out_size == 0))
            return call->name;
    }
    return NULL;
}

static const XdrField error_dom_rows[] = {
    F(RpcErrorDom, name, xdr_string),
    F(RpcErrorDom, uuid, xdr_uuid),
    F(RpcErrorDom, id, xdr_i32),
    XDR_END,
};
XDR_CTYPE(xdr_error_dom, RpcErrorDom);
static XDR_DEFINE_STRUCT(xdr_error_dom, RpcErrorDom, error_dom_rows);

static const XdrField error_net_rows[] = {
    F(RpcErrorNet, name, xdr_string),
    F(RpcErrorNet, uuid, xdr_uuid),
    XDR_END,
};
XDR_CTYPE(xdr_error_net, RpcErrorNet);
static XDR_DEFINE_STRUCT(xdr_error_net, RpcErrorNet, error_net_rows);

const XdrField rpc_error_rows[] = {
    F(RpcError, code, xdr_i32),
    F(RpcError, domain, xdr_i32),
    F(RpcError, message, xdr_opt_string),
    F(RpcError, level, xdr_i32),
    F_OPT(RpcError, dom, xdr_error_dom),
    F(RpcError, str1, xdr_opt_string),
    F(RpcError, str2, xdr_opt_string),
    F(RpcError, str3, xdr_opt_string),
    F(RpcError, int1, xdr_i32),
    F(RpcError, int2, xdr_i32),
    F_OPT(RpcError, net, xdr_error_net),
    XDR_END,
};

void
rpc_error_from(const GError *err, RpcError *e)
{
    VerrDetails details;

    *e = (RpcError) { .level = LEVEL_ERROR, .int1 = -1, .int2 = -1 };
    if (!err) {
        e->code = VIR_ERR_INTERNAL_ERROR;
        e->domain = VIR_FROM_RPC;
        e->message = g_strdup("Library function returned error but did not set virError");
        return;
    }
    verr_get_details(err, &details);
    e->code = verr_code(err);
    e->domain = verr_from(err);
    e->message = verr_text(err);
    e->str1 = details.str1;
    e->str2 = details.str2;
    e->int1 = details.int1;
    e->int2 = details.int2;
}

bool
rpc_error_to(const RpcError *e, GError **err)
{
    const VerrDetails details = { e->str1, e->str2, e->int1, e->int2 };

    return verr_set_received(err, e->domain, e->code, e->message, &details);
}
