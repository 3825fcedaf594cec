/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/rim.h"

#include <errno.h>
#include <stdarg.h>

#include "api/errors.h"
#include "api/verb.h"
#include "util/err.h"
#include "util/log.h"

#define LOG_ROOM "api"
/* What most of libvirt's public calls put there, whatever they are about. */
#define API_FROM VIR_FROM_DOMAIN

ApiCall
api_enter(const char *function)
{
    api_reset_last_error();
    log_debug("%s", function);
    return (ApiCall){ .function = function };
}

ApiCall
api_enter_conn(const char *function, virConnectPtr conn)
{
    ApiCall call = { .function = function };

    api_reset_last_error();
    log_debug("%s: conn=%p", function, (void *)conn);
    if (conn_is_valid(conn))
        call.conn = conn;
    else
        verr_set(&call.err, API_FROM, VIR_ERR_INVALID_CONN, "%s", function);
    return call;
}

ApiCall
api_enter_domain(const char *function, virDomainPtr domain)
{
    ApiCall call = { .function = function };

    api_reset_last_error();
    if (!domain_is_valid(domain)) {
        log_debug("%s: dom=%p", function, (void *)domain);
        verr_set(&call.err, VIR_FROM_DOM, VIR_ERR_INVALID_DOMAIN, "%s", function);
        return call;
    }
    log_debug("%s: dom=%p '%s'", function, (void *)domain, domain->ref.name);
    call.conn = domain->conn;
    call.domain = domain;
    return call;
}

void
api_trace(const ApiCall *call, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    if (!log_enabled(LOG_ROOM, LOG_DEBUG))
        return;
    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    log_debug("%s: %s", call->function, text);
}

bool
api_check_pointer(ApiCall *call, const void *arg, const char *name)
{
    return !call->err && (arg || api_refuse_argument(call, name, _("%s in %s must not be NULL"), name, call->function));
}

bool
api_check_range(ApiCall *call, gint64 value, gint64 min, const char *name)
{
    if (call->err)
        return false;
    if (value >= min)
        return true;
    return min > 0 ? api_refuse_argument(call, name, _("%s in %s must be greater than zero"), name, call->function)
                   : api_refuse_argument(call, name, _("%s in %s must be zero or greater"), name, call->function);
}

bool
api_refuse_argument(ApiCall *call, const char *name, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    if (call->err)
        return false;
    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return verr_set_argument(&call->err, API_FROM, call->function, name, "%s", text);
}

bool
api_refuse(ApiCall *call, int code, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    if (call->err)
        return false;
    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return verr_set(&call->err, API_FROM, code, "%s", text);
}

bool
api_verb(ApiCall *call, VerbId verb, const void *in, void *out)
{
    NoneOut nothing;

    if (call->err)
        return false;
    return verb_call_as(call->conn, verb, call->function, in, out ? out : &nothing, &call->err);
}

bool
api_domain_verb(ApiCall *call, VerbId verb, unsigned int flags, void *out)
{
    DomainIn in = { .flags = flags };

    if (call->err)
        return false;
    in.dom = api_dom_ref(call->domain);
    return api_verb(call, verb, &in, out);
}

DomRef
api_dom_ref(virDomainPtr domain)
{
    DomRef ref = { .name = domain->ref.name, .id = g_atomic_int_get(&domain->ref.id) };

    memcpy(ref.uuid, domain->ref.uuid, sizeof(ref.uuid));
    return ref;
}

virDomainPtr
api_take_domain(virConnectPtr conn, DomRef *ref)
{
    virDomainPtr domain = ref->name ? domain_new(conn, ref) : NULL;

    dom_ref_clear(ref);
    return domain;
}

int
api_fail(ApiCall *call)
{
    api_publish(call->conn, &call->err);
    return -1;
}

void *
api_fail_null(ApiCall *call)
{
    api_publish(call->conn, &call->err);
    return NULL;
}

int
api_take_strings(StrListOut *out, char ***ret_list)
{
    if (ret_list) {
        *ret_list = g_renew(char *, out->list.v, out->list.n + 1);
        (*ret_list)[out->list.n] = NULL;
        return (int)out->list.n;
    }
    for (guint i = 0; i < out->list.n; i++)
        g_free(out->list.v[i]);
    g_free(out->list.v);
    return out->ret;
}
