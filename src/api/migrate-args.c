/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/migrate-args.h"

#include <string.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

/* As many as the protocol carries. */
#define PARAMS_MAX 64

bool
migrate_refuse(ApiCall *call, int code, const char *text)
{
    return verr_set_verbatim(&call->err, VIR_FROM_THIS, code, text);
}

bool
migrate_check_writable(ApiCall *call, virConnectPtr conn)
{
    if (call->err || !conn->read_only)
        return call->err == NULL;
    return fail(&call->err, VIR_ERR_OPERATION_DENIED, _("read only access prevents %s"), call->function);
}

bool
migrate_check_dest(ApiCall *call, virConnectPtr dconn)
{
    if (call->err)
        return false;
    if (!conn_is_valid(dconn))
        return fail(&call->err, VIR_ERR_INVALID_CONN, "%s", call->function);
    return migrate_check_writable(call, call->conn) && migrate_check_writable(call, dconn);
}

/* The older calls take flags as long; those that no 32 bits hold mean nothing. */
bool
migrate_check_flags(ApiCall *call, unsigned long flags, const Params *params)
{
    if (call->err)
        return false;
    if ((guint32)flags != flags)
        return fail(&call->err, VIR_ERR_INVALID_ARG, _("unsupported flags (0x%lx) in function %s"), flags,
                    call->function);
    return mig_knobs_check(params, (guint32)flags, KNOBS_AT_CLIENT, &call->err);
}

bool
migrate_check_array(ApiCall *call, virTypedParameterPtr params, unsigned int nparams)
{
    if (call->err || (nparams > 0 && !api_need(call, params)))
        return false;
    if (nparams > PARAMS_MAX)
        return fail(&call->err, VIR_ERR_INVALID_ARG, _("%u migration parameters are too many, the maximum is %d"),
                    nparams, PARAMS_MAX);
    for (unsigned int i = 0; i < nparams; i++) {
        if (memchr(params[i].field, 0, sizeof params[i].field) == NULL)
            return fail(&call->err, VIR_ERR_INVALID_ARG, _("the name of migration parameter %u is not terminated"), i);
    }
    return true;
}
