/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/forms.h"

#include <string.h>

#include "model/params.h"
#include "util/err.h"
#include "wire/limits.h"

#define VIR_FROM_THIS VIR_FROM_RPC

#define F_COOKIE F(Phase3, cookie, xdr_bytes, .max = REMOTE_MIGRATE_COOKIE_MAX)

const XdrField rows_begin3[] = {
    F(Phase3, dom, xdr_domain),
    F(Phase3, xml, xdr_opt_string),
    F(Phase3, flags, xdr_u64),
    F(Phase3, dname, xdr_opt_string),
    F(Phase3, resource, xdr_u64),
    XDR_END,
};

const XdrField rows_prepare3[] = {
    F_COOKIE,
    F(Phase3, uri, xdr_opt_string),
    F(Phase3, flags, xdr_u64),
    F(Phase3, dname, xdr_opt_string),
    F(Phase3, resource, xdr_u64),
    F(Phase3, xml, xdr_string),
    XDR_END,
};

/* The same phase; the memory needs no address when it comes with the call. */
const XdrField rows_prepare_tunnel3[] = {
    F_COOKIE,
    F(Phase3, flags, xdr_u64),
    F(Phase3, dname, xdr_opt_string),
    F(Phase3, resource, xdr_u64),
    F(Phase3, xml, xdr_string),
    XDR_END,
};

const XdrField rows_perform3[] = {
    F(Phase3, dom, xdr_domain),
    F(Phase3, xml, xdr_opt_string),
    F_COOKIE,
    F(Phase3, dconnuri, xdr_opt_string),
    F(Phase3, uri, xdr_opt_string),
    F(Phase3, flags, xdr_u64),
    F(Phase3, dname, xdr_opt_string),
    F(Phase3, resource, xdr_u64),
    XDR_END,
};

const XdrField rows_finish3[] = {
    F(Phase3, dname, xdr_string),
    F_COOKIE,
    F(Phase3, dconnuri, xdr_opt_string),
    F(Phase3, uri, xdr_opt_string),
    F(Phase3, flags, xdr_u64),
    F(Phase3, cancelled, xdr_i32),
    XDR_END,
};

const XdrField rows_confirm3[] = {
    F(Phase3, dom, xdr_domain),
    F_COOKIE,
    F(Phase3, flags, xdr_u64),
    F(Phase3, cancelled, xdr_i32),
    XDR_END,
};

/* From the wire */

static bool
take_common(const Phase3 *wire, Params *params, guint32 *flags, MigDialectId *dialect, GError **err)
{
    if (wire->flags > G_MAXUINT32)
        return fail(err, VIR_ERR_INVALID_ARG, _("unsupported migration flags (0x%llx)"),
                    (unsigned long long)wire->flags);
    params_add_string(params, VIR_MIGRATE_PARAM_DEST_XML, wire->xml);
    params_add_string(params, VIR_MIGRATE_PARAM_DEST_NAME, wire->dname);
    params_add_string(params, VIR_MIGRATE_PARAM_URI, wire->uri);
    if (wire->resource)
        params_add_ullong(params, VIR_MIGRATE_PARAM_BANDWIDTH, wire->resource);
    *flags = wire->flags;
    *dialect = DIALECT_V3;
    return true;
}

static void
take_dom(DomRef *src, DomRef *dst)
{
    *dst = *src;
    src->name = NULL;
}

static bool
begin3_take(gpointer vwire, gpointer vin, GError **err)
{
    Phase3         *wire = vwire;
    MigrateBeginIn *in = vin;

    take_dom(&wire->dom, &in->dom);
    return take_common(wire, &in->params, &in->flags, &in->dialect, err);
}

static bool
prepare3_take(gpointer vwire, gpointer vin, GError **err)
{
    Phase3           *wire = vwire;
    MigratePrepareIn *in = vin;

    in->cookie = g_steal_pointer(&wire->cookie);
    return take_common(wire, &in->params, &in->flags, &in->dialect, err);
}

static bool
perform3_take(gpointer vwire, gpointer vin, GError **err)
{
    Phase3           *wire = vwire;
    MigratePerformIn *in = vin;

    take_dom(&wire->dom, &in->dom);
    in->cookie = g_steal_pointer(&wire->cookie);
    in->dconnuri = g_steal_pointer(&wire->dconnuri);
    return take_common(wire, &in->params, &in->flags, &in->dialect, err);
}

static bool
finish3_take(gpointer vwire, gpointer vin, GError **err)
{
    Phase3          *wire = vwire;
    MigrateFinishIn *in = vin;

    in->cookie = g_steal_pointer(&wire->cookie);
    in->cancelled = wire->cancelled;
    return take_common(wire, &in->params, &in->flags, &in->dialect, err);
}

static bool
confirm3_take(gpointer vwire, gpointer vin, GError **err)
{
    Phase3           *wire = vwire;
    MigrateConfirmIn *in = vin;

    take_dom(&wire->dom, &in->dom);
    in->cookie = g_steal_pointer(&wire->cookie);
    in->cancelled = wire->cancelled;
    return take_common(wire, &in->params, &in->flags, &in->dialect, err);
}

/* To the wire */

static bool
lend_param(const virTypedParameter *p, Phase3 *wire)
{
    const struct {
        const char *name;
        char      **member;
    } strings[] = {
        { VIR_MIGRATE_PARAM_DEST_XML, &wire->xml },
        { VIR_MIGRATE_PARAM_DEST_NAME, &wire->dname },
        { VIR_MIGRATE_PARAM_URI, &wire->uri },
    };

    if (strcmp(p->field, VIR_MIGRATE_PARAM_BANDWIDTH) == 0) {
        wire->resource = p->value.ul;
        return p->type == VIR_TYPED_PARAM_ULLONG;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(strings); i++) {
        if (strcmp(p->field, strings[i].name) != 0)
            continue;
        *strings[i].member = p->value.s;
        return p->type == VIR_TYPED_PARAM_STRING;
    }
    return false;
}

static bool
lend_common(const Params *params, guint32 flags, Phase3 *wire, GError **err)
{
    for (int i = 0; i < params->n; i++) {
        if (!lend_param(&params->v[i], wire))
            return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED,
                        _("migration parameter '%s' cannot be passed to a host without migration parameters"),
                        params->v[i].field);
    }
    wire->flags = flags;
    return true;
}

static bool
begin3_lend(gconstpointer vin, gpointer vwire, GError **err)
{
    const MigrateBeginIn *in = vin;
    Phase3               *wire = vwire;

    wire->dom = in->dom;
    return lend_common(&in->params, in->flags, wire, err);
}

static bool
prepare3_lend(gconstpointer vin, gpointer vwire, GError **err)
{
    const MigratePrepareIn *in = vin;
    Phase3                 *wire = vwire;

    wire->cookie = in->cookie;
    return lend_common(&in->params, in->flags, wire, err);
}

static bool
perform3_lend(gconstpointer vin, gpointer vwire, GError **err)
{
    const MigratePerformIn *in = vin;
    Phase3                 *wire = vwire;

    wire->dom = in->dom;
    wire->cookie = in->cookie;
    wire->dconnuri = in->dconnuri;
    return lend_common(&in->params, in->flags, wire, err);
}

static bool
finish3_lend(gconstpointer vin, gpointer vwire, GError **err)
{
    const MigrateFinishIn *in = vin;
    Phase3                *wire = vwire;

    wire->cookie = in->cookie;
    wire->cancelled = in->cancelled;
    return lend_common(&in->params, in->flags, wire, err);
}

static bool
confirm3_lend(gconstpointer vin, gpointer vwire, GError **err)
{
    const MigrateConfirmIn *in = vin;
    Phase3                 *wire = vwire;

    wire->dom = in->dom;
    wire->cookie = in->cookie;
    wire->cancelled = in->cancelled;
    return lend_common(&in->params, in->flags, wire, err);
}

const WireForm begin3 = { begin3_take, begin3_lend };
const WireForm prepare3 = { prepare3_take, prepare3_lend };
const WireForm prepare_tunnel3 = { prepare3_take, prepare3_lend };
const WireForm perform3 = { perform3_take, perform3_lend };
const WireForm finish3 = { finish3_take, finish3_lend };
const WireForm confirm3 = { confirm3_take, confirm3_lend };
