/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/session.h"

#include "wire/limits.h"

const XdrField rows_connect_open[] = {
    F(ConnectOpenArgs, name, xdr_opt_string),
    F(ConnectOpenArgs, flags, xdr_u32),
    XDR_END,
};

const XdrField rows_auth_list[] = {
    F_LIST(AuthListRet, types, n, xdr_i32, .max = REMOTE_AUTH_TYPE_LIST_MAX), XDR_END,
};

const XdrField rows_event_register[] = {
    F(EventRegisterArgs, event_id, xdr_i32),
    F_OPT(EventRegisterArgs, dom, xdr_domain),
    XDR_END,
};

const XdrField rows_int[] = { F(IntArg, value, xdr_i32), XDR_END };

#define ARGS(rows, T) .in = rows, .in_size = sizeof(T)
#define RET(rows, T) .out = rows, .out_size = sizeof(T)
#define ALWAYS .flags = RPC_BEFORE_AUTH | RPC_BEFORE_OPEN

const RpcCall session_calls[] = {
    { PROC_CONNECT_OPEN, "CONNECT_OPEN", ARGS(rows_connect_open, ConnectOpenArgs), .flags = RPC_BEFORE_OPEN },
    { PROC_CONNECT_CLOSE, "CONNECT_CLOSE", .flags = RPC_BEFORE_OPEN },
    { PROC_AUTH_LIST, "AUTH_LIST", RET(rows_auth_list, AuthListRet), ALWAYS },
    { PROC_AUTH_SASL_INIT, "AUTH_SASL_INIT", ALWAYS },
    { PROC_AUTH_SASL_START, "AUTH_SASL_START", ALWAYS },
    { PROC_AUTH_SASL_STEP, "AUTH_SASL_STEP", ALWAYS },
    { PROC_AUTH_POLKIT, "AUTH_POLKIT", ALWAYS },
    { PROC_EVENT_REGISTER, "CONNECT_DOMAIN_EVENT_REGISTER", RET(rows_int, IntArg) },
    { PROC_EVENT_DEREGISTER, "CONNECT_DOMAIN_EVENT_DEREGISTER", RET(rows_int, IntArg) },
    { PROC_EVENT_REGISTER_ANY, "CONNECT_DOMAIN_EVENT_REGISTER_ANY", ARGS(rows_int, IntArg) },
    { PROC_EVENT_DEREGISTER_ANY, "CONNECT_DOMAIN_EVENT_DEREGISTER_ANY", ARGS(rows_int, IntArg) },
    { PROC_EVENT_CALLBACK_REGISTER_ANY, "CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY",
      ARGS(rows_event_register, EventRegisterArgs), RET(rows_int, IntArg) },
    { PROC_EVENT_CALLBACK_DEREGISTER_ANY, "CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY", ARGS(rows_int, IntArg) },
    { PROC_REGISTER_CLOSE_CALLBACK, "CONNECT_REGISTER_CLOSE_CALLBACK" },
    { PROC_UNREGISTER_CLOSE_CALLBACK, "CONNECT_UNREGISTER_CLOSE_CALLBACK" },
};

const gsize n_session_calls = G_N_ELEMENTS(session_calls);

const RpcCall *
session_call_by_number(gint32 number)
{
    for (gsize i = 0; i < n_session_calls; i++) {
        if (session_calls[i].number == number)
            return &session_calls[i];
    }
    return NULL;
}
