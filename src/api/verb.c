/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/verb.h"

#include <string.h>

#include "model/handle.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

/* Flags that turn a reading verb with a DomainIn into something that a read-only connection may not ask. */
typedef struct {
    VerbId      verb;
    guint32     flags;
    const char *what;
} SecretFlags;

static const SecretFlags secret_flags[] = {
    /* both show passwords */
    { VERB_domain_get_xml_desc, VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_MIGRATABLE,
      N_("virDomainGetXMLDesc with secure flag") },
};

static bool
check_access(const VirConn *conn, VerbId verb, const char *api, const void *in, GError **err)
{
    if (!conn->read_only)
        return true;
    if (verbs[verb].access == VERB_RW)
        return fail(err, VIR_ERR_OPERATION_DENIED, _("read only access prevents %s"), api);

    for (gsize i = 0; i < G_N_ELEMENTS(secret_flags); i++) {
        const SecretFlags *row = &secret_flags[i];

        if (row->verb == verb && (((const DomainIn *)in)->flags & row->flags))
            return fail(err, VIR_ERR_OPERATION_DENIED, "%s", _(row->what));
    }
    return true;
}

bool
verb_is_supported(const VirConn *conn, VerbId verb)
{
    return verbs[verb].has(conn->driver) || conn->driver->forward;
}

/* The return value says whether, the error says why; never one without the other. A driver that breaks this is wrong,
 * but a daemon full of guests does not stop for it. */
static bool
keep_contract(const Verb *row, bool ok, GError *why, GError **err)
{
    if (ok && why) {
        g_critical("%s succeeded with an error: %s", row->name, why->message);
        g_error_free(why);
    } else if (!ok && !why) {
        g_critical("%s failed without an error", row->name);
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("%s failed without saying why"), row->api);
    } else if (!ok) {
        g_propagate_error(err, why);
    }
    return ok;
}

bool
verb_call_as(VirConn *conn, VerbId verb, const char *api, const void *in, void *out, GError **err)
{
    const Verb *row = &verbs[verb];
    GError *why = NULL;
    NoneOut nothing;
    bool ok;

    if (!conn_is_valid(conn))
        return fail(err, VIR_ERR_INVALID_CONN, "%s", api);
    if (!check_access(conn, verb, api, in, err))
        return false;
    if (!verb_is_supported(conn, verb))
        return fail(err, VIR_ERR_NO_SUPPORT, "%s", api);

    if (!out)
        out = &nothing;
    memset(out, 0, row->out_size);
    ok = row->has(conn->driver) ? row->call(conn->driver, conn, in, out, &why)
                                : conn->driver->forward(conn, verb, in, out, &why);
    return keep_contract(row, ok, why, err);
}

bool
verb_call(VirConn *conn, VerbId verb, const void *in, void *out, GError **err)
{
    return verb_call_as(conn, verb, verbs[verb].api, in, out, err);
}
