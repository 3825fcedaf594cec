/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists, optional values, structs: walk the element as a row at offset 0 of itself. */
#include "rpc/xdr.h"
#include "util/err.h"

#define PADDED(n) (((n) + 3) & ~(gsize)3)

static XdrField
elem_field(const XdrField *f)
{
    return (XdrField) { .name = f->name, .type = f->elem };
}

static gsize
type_min(const XdrType *type)
{
    return type->rows ? xdr_rows_min(type->rows) : type->wire_min;
}

gsize
xdr_rows_min(const XdrField *rows)
{
    gsize sum = 0;

    for (const XdrField *f = rows; f && f->name; f++) {
        if (f->type == &xdr_fixed)
            sum += PADDED(f->size);
        else if (f->type == &xdr_chars)
            sum += f->size * 4;
        else
            sum += type_min(f->type);
    }
    return sum;
}

static bool
list_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    const guint8 *at = *(guint8 *const *)XDR_MEMBER(holder, f);
    guint32       n = *XDR_COUNT(holder, f);
    XdrField      elem = elem_field(f);

    if (n > f->max)
        return xdr_put_fail(w, f, _("list of %u elements exceeds %zu"), n, f->max);
    if (!xdr_put_u32(w, n))
        return false;
    for (guint32 i = 0; i < n; i++, at += f->elem->size) {
        if (!f->elem->put(w, &elem, at))
            return false;
    }
    return true;
}

static bool
list_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    XdrField elem = elem_field(f);
    guint8  *at;
    guint32  n;

    if (!xdr_get_count(r, f, f->max, type_min(f->elem), &n))
        return false;
    if (n == 0)
        return true;
    at = g_malloc0_n(n, f->elem->size);
    *(gpointer *)XDR_MEMBER(holder, f) = at;
    *XDR_COUNT(holder, f) = n;
    for (guint32 i = 0; i < n; i++, at += f->elem->size) {
        if (!f->elem->get(r, &elem, at))
            return false;
    }
    return true;
}

static void
list_clear(const XdrField *f, gpointer holder)
{
    guint8  *at = *(guint8 **)XDR_MEMBER(holder, f);
    XdrField elem = elem_field(f);

    for (guint32 i = 0; at && f->elem->clear && i < *XDR_COUNT(holder, f); i++)
        f->elem->clear(&elem, at + i * f->elem->size);
    g_clear_pointer((gpointer *)XDR_MEMBER(holder, f), g_free);
    *XDR_COUNT(holder, f) = 0;
}

const XdrType xdr_list = {
    .name = "list", .size = sizeof(gpointer), .wire_min = 4,
    .put = list_put, .get = list_get, .clear = list_clear,
};

static bool
optional_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    gconstpointer value = *(gconstpointer *)XDR_MEMBER(holder, f);
    XdrField      elem = elem_field(f);

    if (!value)
        return xdr_put_u32(w, 0);
    return xdr_put_u32(w, 1) && f->elem->put(w, &elem, value);
}

static bool
optional_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    gpointer *value = XDR_MEMBER(holder, f);
    XdrField  elem = elem_field(f);
    bool      present = false;

    if (!xdr_get_present(r, f, &present))
        return false;
    if (!present)
        return true;
    *value = g_malloc0(f->elem->size);
    return f->elem->get(r, &elem, *value);
}

static void
optional_clear(const XdrField *f, gpointer holder)
{
    gpointer *value = XDR_MEMBER(holder, f);
    XdrField  elem = elem_field(f);

    if (*value && f->elem->clear)
        f->elem->clear(&elem, *value);
    g_clear_pointer(value, g_free);
}

const XdrType xdr_optional = {
    .name = "optional", .size = sizeof(gpointer), .wire_min = 4,
    .put = optional_put, .get = optional_get, .clear = optional_clear,
};

bool
xdr_struct_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    return xdr_put_rows(w, f->type->rows, XDR_MEMBER(holder, f));
}

bool
xdr_struct_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    return xdr_get_rows(r, f->type->rows, XDR_MEMBER(holder, f));
}

void
xdr_struct_clear(const XdrField *f, gpointer holder)
{
    xdr_clear(f->type->rows, XDR_MEMBER(holder, f));
}

/* Which types take their limit from the row and have no default. */
static bool
needs_max(const XdrType *type)
{
    return type == &xdr_data || type == &xdr_list || type == &xdr_bytes || type == &xdr_char_bytes
           || type == &xdr_char_string;
}

const char *
xdr_rows_fault(const XdrField *rows)
{
    for (const XdrField *f = rows; f && f->name; f++) {
        const XdrType *inner = f->elem ? f->elem : f->type;

        if (!f->type || (needs_max(f->type) && f->max == 0) || (f->elem && needs_max(f->elem)))
            return f->name;
        if (f->type == &xdr_list && type_min(f->elem) == 0)
            return f->name;
        if (inner->rows && xdr_rows_fault(inner->rows))
            return xdr_rows_fault(inner->rows);
    }
    return NULL;
}
