/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rim of the public API: every entry point opens with one of the API_ lines and leaves through api_fail() when
 * something went wrong. Only here is the thread's virError written; below the rim errors are GErrors.
 *
 *     int
 *     virDomainSuspend(virDomainPtr domain)
 *     {
 *         ApiCall call = API_DOMAIN(domain);
 *
 *         return api_domain_verb(&call, VERB_domain_suspend, 0, NULL) ? 0 : api_fail(&call);
 *     }
 *
 * Helpers do nothing once the call has an error, so that checks can be chained with && and the first error wins.
 * Any thread. An ApiCall lives on the stack of its entry point.
 */
#pragma once

#include "model/handle.h"
#include "model/verbs.h"

typedef struct {
    const char   *function; /* public name, for messages */
    virConnectPtr conn;     /* NULL: none, or the handle is invalid; borrowed */
    virDomainPtr  domain;   /* borrowed */
    GError       *err;
} ApiCall;

/* Reset the thread's last error, check the handle, trace the call. */
#define API_PLAIN() api_enter(__func__)
#define API_CONN(conn) api_enter_conn(__func__, conn)
#define API_DOMAIN(domain) api_enter_domain(__func__, domain)

ApiCall api_enter(const char *function);
ApiCall api_enter_conn(const char *function, virConnectPtr conn);
ApiCall api_enter_domain(const char *function, virDomainPtr domain);
/* Arguments for the trace of GODWIT_LOG=api=debug. */
void api_trace(const ApiCall *call, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* "<name> in <function> must not be NULL", "... must be zero or greater" and so on: VIR_ERR_INVALID_ARG. */
#define api_need(call, arg) api_check_pointer(call, arg, #arg)
#define api_need_not_negative(call, arg) api_check_range(call, arg, 0, #arg)
#define api_need_positive(call, arg) api_check_range(call, arg, 1, #arg)
bool api_check_pointer(ApiCall *call, const void *arg, const char *name);
bool api_check_range(ApiCall *call, gint64 value, gint64 min, const char *name);
/* Not both of two flags: "Flags 'A' and 'B' are mutually exclusive"; libvirt calls that argument so. */
#define api_exclusive(call, flags, a, b)                                                                     \
    ((((flags) & (a)) && ((flags) & (b)))                                                                    \
         ? api_refuse_argument(call, "ctl", _("Flags '%s' and '%s' are mutually exclusive"), #a, #b)       \
         : !(call)->err)
/* Another complaint about an argument: the text stands alone. Returns false. */
bool api_refuse_argument(ApiCall *call, const char *name, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
/* Any other error of the rim's own; returns false. */
bool api_refuse(ApiCall *call, int code, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

/* verb_call() on the call's connection. out NULL: the verb answers nothing. */
bool api_verb(ApiCall *call, VerbId verb, const void *in, void *out);
/* The same for verbs that take a DomainIn. */
bool api_domain_verb(ApiCall *call, VerbId verb, unsigned int flags, void *out);
/* The call's domain as verbs name it; the name is borrowed. */
DomRef api_dom_ref(virDomainPtr domain);
/* A new handle for what a verb answered; takes ref. NULL when ref names no domain. */
virDomainPtr api_take_domain(virConnectPtr conn, DomRef *ref);

/* Publish the call's error (consumed) and return -1 or NULL. */
int   api_fail(ApiCall *call);
void *api_fail_null(ApiCall *call);
/* The same for an error that did not arise in an ApiCall; conn may be NULL. */
void  api_publish(virConnectPtr conn, GError **err);
/* Forgets the calling thread's last error. */
void  api_reset_last_error(void);

/* Hands out a list as the public calls do: NULL-terminated, the caller's. Returns out->ret; ret_list may be NULL. */
int api_take_strings(StrListOut *out, char ***ret_list);
