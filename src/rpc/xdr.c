/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/xdr.h"

#include <stdarg.h>
#include <string.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_RPC

#define WRITER_FIRST 256

/* Lists are described as {v, n} members; a user reads "doms", not "doms.v". */
static int
shown_length(const char *name)
{
    return g_str_has_suffix(name, ".v") ? (int)strlen(name) - 2 : (int)strlen(name);
}

static bool
field_fail(GError **err, const XdrField *f, const char *fmt, va_list ap)
{
    g_autofree char *text = NULL;

    if (*err)
        return false;
    text = g_strdup_vprintf(fmt, ap);
    if (f && f->name)
        return fail(err, VIR_ERR_RPC, "%.*s: %s", shown_length(f->name), f->name, text);
    return fail(err, VIR_ERR_RPC, "%s", text);
}

bool
xdr_put_fail(XdrWriter *w, const XdrField *f, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    field_fail(&w->err, f ? f : w->at, fmt, ap);
    va_end(ap);
    return false;
}

bool
xdr_get_fail(XdrReader *r, const XdrField *f, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    field_fail(&r->err, f ? f : r->at, fmt, ap);
    va_end(ap);
    return false;
}

void
xdr_writer_clear(XdrWriter *w)
{
    g_free(w->data);
    g_clear_error(&w->err);
    *w = XDR_WRITER_INIT(w->max);
}

void
xdr_reader_clear(XdrReader *r)
{
    g_clear_error(&r->err);
}

GBytes *
xdr_writer_steal_bytes(XdrWriter *w)
{
    GBytes *bytes = g_bytes_new_take(w->data, w->len);

    w->data = NULL;
    w->len = w->cap = 0;
    return bytes;
}

/* Room for n more bytes, or NULL. */
static guint8 *
writer_reserve(XdrWriter *w, gsize n)
{
    guint8 *at;

    if (w->err)
        return NULL;
    if (n > w->max || w->len > w->max - n) {
        xdr_put_fail(w, NULL, _("message of more than %zu bytes"), w->max);
        return NULL;
    }
    if (w->cap - w->len < n) {
        gsize want = MAX(w->cap * 2, WRITER_FIRST);

        w->cap = MIN(MAX(want, w->len + n), w->max);
        w->data = g_realloc(w->data, w->cap);
    }
    at = w->data + w->len;
    w->len += n;
    return at;
}

bool
xdr_put_u32(XdrWriter *w, guint32 v)
{
    guint8 *at = writer_reserve(w, 4);

    if (!at)
        return false;
    v = GUINT32_TO_BE(v);
    memcpy(at, &v, 4);
    return true;
}

bool
xdr_put_i32(XdrWriter *w, gint32 v)
{
    return xdr_put_u32(w, (guint32)v);
}

bool
xdr_put_u64(XdrWriter *w, guint64 v)
{
    guint8 *at = writer_reserve(w, 8);

    if (!at)
        return false;
    v = GUINT64_TO_BE(v);
    memcpy(at, &v, 8);
    return true;
}

bool
xdr_put_i64(XdrWriter *w, gint64 v)
{
    return xdr_put_u64(w, (guint64)v);
}

bool
xdr_put_double(XdrWriter *w, double v)
{
    guint64 bits;

    memcpy(&bits, &v, 8);
    return xdr_put_u64(w, bits);
}

bool
xdr_put_raw(XdrWriter *w, gconstpointer data, gsize len)
{
    guint8 *at;

    if (len == 0)
        return !w->err;
    at = writer_reserve(w, len);
    if (!at)
        return false;
    memcpy(at, data, len);
    return true;
}

static gsize
padding(gsize len)
{
    return (4 - len % 4) % 4;
}

bool
xdr_put_padded(XdrWriter *w, gconstpointer data, gsize len)
{
    static const guint8 zeros[4];

    return xdr_put_raw(w, data, len) && xdr_put_raw(w, zeros, padding(len));
}

bool
xdr_put_str(XdrWriter *w, const XdrField *f, const char *s, gsize max)
{
    gsize len;

    if (!s)
        return xdr_put_fail(w, f, _("string is missing"));
    len = strlen(s);
    if (len > max)
        return xdr_put_fail(w, f, _("string length %zu exceeds %zu"), len, max);
    return xdr_put_u32(w, (guint32)len) && xdr_put_padded(w, s, len);
}

bool
xdr_put_data(XdrWriter *w, const XdrField *f, gconstpointer data, gsize len, gsize max)
{
    if (len > max)
        return xdr_put_fail(w, f, _("data length %zu exceeds %zu"), len, max);
    return xdr_put_u32(w, (guint32)len) && xdr_put_padded(w, data, len);
}

gsize
xdr_left(const XdrReader *r)
{
    return r->len - r->pos;
}

static const guint8 *
reader_take(XdrReader *r, gsize n)
{
    const guint8 *at = r->data + r->pos;

    if (r->err)
        return NULL;
    if (xdr_left(r) < n) {
        xdr_get_fail(r, NULL, _("message ends %zu bytes too early"), n - xdr_left(r));
        return NULL;
    }
    r->pos += n;
    return at;
}

bool
xdr_get_u32(XdrReader *r, guint32 *v)
{
    const guint8 *at = reader_take(r, 4);

    if (!at)
        return false;
    memcpy(v, at, 4);
    *v = GUINT32_FROM_BE(*v);
    return true;
}

bool
xdr_get_i32(XdrReader *r, gint32 *v)
{
    guint32 u;

    if (!xdr_get_u32(r, &u))
        return false;
    *v = (gint32)u;
    return true;
}

bool
xdr_get_u64(XdrReader *r, guint64 *v)
{
    const guint8 *at = reader_take(r, 8);

    if (!at)
        return false;
    memcpy(v, at, 8);
    *v = GUINT64_FROM_BE(*v);
    return true;
}

bool
xdr_get_i64(XdrReader *r, gint64 *v)
{
    guint64 u;

    if (!xdr_get_u64(r, &u))
        return false;
    *v = (gint64)u;
    return true;
}

bool
xdr_get_double(XdrReader *r, double *v)
{
    guint64 bits;

    if (!xdr_get_u64(r, &bits))
        return false;
    memcpy(v, &bits, 8);
    return true;
}

bool
xdr_get_padded(XdrReader *r, gpointer to, gsize len)
{
    const guint8 *at = reader_take(r, len + padding(len));

    if (!at)
        return false;
    if (len)
        memcpy(to, at, len);
    return true;
}

bool
xdr_get_data(XdrReader *r, const XdrField *f, gsize max, const guint8 **ret_data, gsize *ret_len)
{
    const guint8 *at;
    guint32       len;

    if (!xdr_get_u32(r, &len))
        return false;
    if (len > max)
        return xdr_get_fail(r, f, _("data length %u exceeds %zu"), len, max);
    at = reader_take(r, (gsize)len + padding(len));
    if (!at)
        return false;
    *ret_data = at;
    *ret_len = len;
    return true;
}

bool
xdr_get_str(XdrReader *r, const XdrField *f, gsize max, char **ret_s)
{
    const guint8 *at;
    guint32       len;

    if (!xdr_get_u32(r, &len))
        return false;
    if (len > max)
        return xdr_get_fail(r, f, _("string length %u exceeds %zu"), len, max);
    at = reader_take(r, (gsize)len + padding(len));
    if (!at)
        return false;
    /* C code behind us would see a shorter string than a peer's checks did. */
    if (memchr(at, '\0', len))
        return xdr_get_fail(r, f, _("string contains a NUL byte"));
    *ret_s = g_strndup((const char *)at, len);
    return true;
}

bool
xdr_get_count(XdrReader *r, const XdrField *f, gsize max, gsize wire_min, guint32 *ret_n)
{
    guint32 n;

    if (!xdr_get_u32(r, &n))
        return false;
    if (n > max)
        return xdr_get_fail(r, f, _("list of %u elements exceeds %zu"), n, max);
    if (n > 0 && (wire_min == 0 || n > xdr_left(r) / wire_min))
        return xdr_get_fail(r, f, _("list of %u elements does not fit into the %zu bytes left"), n, xdr_left(r));
    *ret_n = n;
    return true;
}

bool
xdr_put_rows(XdrWriter *w, const XdrField *rows, gconstpointer from)
{
    for (const XdrField *f = rows; f && f->name; f++) {
        w->at = f;
        if (!f->type->put(w, f, from))
            return false;
    }
    return true;
}

bool
xdr_get_rows(XdrReader *r, const XdrField *rows, gpointer to)
{
    for (const XdrField *f = rows; f && f->name; f++) {
        r->at = f;
        if (!f->type->get(r, f, to))
            return xdr_get_fail(r, f, _("cannot be decoded"));
    }
    return true;
}

bool
xdr_encode(XdrWriter *w, const XdrField *rows, gconstpointer from, GError **err)
{
    if (xdr_put_rows(w, rows, from) && !w->err)
        return true;
    g_propagate_error(err, g_steal_pointer(&w->err));
    return false;
}

bool
xdr_decode(XdrReader *r, const XdrField *rows, gpointer to, GError **err)
{
    if (xdr_get_rows(r, rows, to))
        return true;
    xdr_clear(rows, to);
    g_propagate_error(err, g_steal_pointer(&r->err));
    return false;
}

void
xdr_clear(const XdrField *rows, gpointer s)
{
    for (const XdrField *f = rows; f && f->name; f++) {
        if (f->type->clear)
            f->type->clear(f, s);
    }
}
