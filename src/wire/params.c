/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A typed parameter on the wire: name, type, value. The value's form depends on the type, so rows cannot say it. */
#include <string.h>

#include "wire/limits.h"
#include "wire/types.h"

static bool
put_value(XdrWriter *w, const XdrField *f, const virTypedParameter *p)
{
    switch (p->type) {
    case VIR_TYPED_PARAM_INT:
        return xdr_put_i32(w, p->value.i);
    case VIR_TYPED_PARAM_UINT:
        return xdr_put_u32(w, p->value.ui);
    case VIR_TYPED_PARAM_LLONG:
        return xdr_put_i64(w, p->value.l);
    case VIR_TYPED_PARAM_ULLONG:
        return xdr_put_u64(w, p->value.ul);
    case VIR_TYPED_PARAM_DOUBLE:
        return xdr_put_double(w, p->value.d);
    case VIR_TYPED_PARAM_BOOLEAN:
        return xdr_put_i32(w, p->value.b);
    case VIR_TYPED_PARAM_STRING:
        return xdr_put_str(w, f, p->value.s, REMOTE_STRING_MAX);
    default:
        return xdr_put_fail(w, f, "parameter '%s' has the unknown type %d", p->field, p->type);
    }
}

static bool
typed_param_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    const virTypedParameter *p = XDR_MEMBER(holder, f);

    return xdr_put_str(w, f, p->field, VIR_TYPED_PARAM_FIELD_LENGTH - 1) && xdr_put_i32(w, p->type)
           && put_value(w, f, p);
}

static bool
get_boolean(XdrReader *r, char *ret_b)
{
    gint32 v;

    if (!xdr_get_i32(r, &v))
        return false;
    *ret_b = v != 0;
    return true;
}

static bool
get_value(XdrReader *r, const XdrField *f, virTypedParameter *p)
{
    /* The members of the union are long long where XDR's functions take 64-bit GLib types. */
    gint64  l = 0;
    guint64 ul = 0;
    bool    ok;

    switch (p->type) {
    case VIR_TYPED_PARAM_INT:
        return xdr_get_i32(r, &p->value.i);
    case VIR_TYPED_PARAM_UINT:
        return xdr_get_u32(r, &p->value.ui);
    case VIR_TYPED_PARAM_LLONG:
        ok = xdr_get_i64(r, &l);
        p->value.l = l;
        return ok;
    case VIR_TYPED_PARAM_ULLONG:
        ok = xdr_get_u64(r, &ul);
        p->value.ul = ul;
        return ok;
    case VIR_TYPED_PARAM_DOUBLE:
        return xdr_get_double(r, &p->value.d);
    case VIR_TYPED_PARAM_BOOLEAN:
        return get_boolean(r, &p->value.b);
    case VIR_TYPED_PARAM_STRING:
        return xdr_get_str(r, f, REMOTE_STRING_MAX, &p->value.s);
    default:
        return xdr_get_fail(r, f, "parameter '%s' has the unknown type %d", p->field, p->type);
    }
}

static bool
typed_param_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    virTypedParameter *p = XDR_MEMBER(holder, f);
    g_autofree char   *name = NULL;
    gint32             type;

    if (!xdr_get_str(r, f, VIR_TYPED_PARAM_FIELD_LENGTH - 1, &name) || !xdr_get_i32(r, &type))
        return false;
    g_strlcpy(p->field, name, sizeof(p->field));
    p->type = type;
    return get_value(r, f, p);
}

static void
typed_param_clear(const XdrField *f, gpointer holder)
{
    virTypedParameter *p = XDR_MEMBER(holder, f);

    if (p->type == VIR_TYPED_PARAM_STRING)
        g_free(p->value.s);
    memset(p, 0, sizeof(*p));
}

const XdrType xdr_typed_param = {
    .name = "virTypedParameter",
    .size = sizeof(virTypedParameter),
    .wire_min = 12,
    .put = typed_param_put,
    .get = typed_param_get,
    .clear = typed_param_clear,
};
