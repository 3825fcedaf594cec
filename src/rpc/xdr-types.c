/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "rpc/xdr.h"
#include "util/err.h"

/* Scalars: put and get differ only in the C type that holds them and the width on the wire. */
#define SCALAR(id, T, wire, Wide)                                                                            \
    static bool id##_put(XdrWriter *w, const XdrField *f, gconstpointer holder)                              \
    {                                                                                                        \
        return xdr_put_##wire(w, (Wide)*(const T *)XDR_MEMBER(holder, f));                                   \
    }                                                                                                        \
    static bool id##_get(XdrReader *r, const XdrField *f, gpointer holder)                                   \
    {                                                                                                        \
        Wide v = 0;                                                                                          \
                                                                                                             \
        if (!xdr_get_##wire(r, &v))                                                                          \
            return false;                                                                                    \
        if ((Wide)(T)v != v)                                                                                 \
            return xdr_get_fail(r, f, _("value is out of range"));                                           \
        *(T *)XDR_MEMBER(holder, f) = (T)v;                                                                  \
        return true;                                                                                         \
    }                                                                                                        \
    const XdrType xdr_##id = {                                                                               \
        .name = #id, .size = sizeof(T), .wire_min = MAX(sizeof(Wide), 4), .put = id##_put, .get = id##_get,  \
    }

SCALAR(i32, gint32, i32, gint32);
SCALAR(u32, guint32, u32, guint32);
SCALAR(i64, gint64, i64, gint64);
SCALAR(u64, guint64, u64, guint64);
SCALAR(short, gint16, i32, gint32);
SCALAR(ushort, guint16, u32, guint32);
SCALAR(uchar, guint8, u32, guint32);
SCALAR(char, char, i32, gint32);

static bool
double_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    return xdr_put_double(w, *(const double *)XDR_MEMBER(holder, f));
}

static bool
double_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    return xdr_get_double(r, XDR_MEMBER(holder, f));
}

const XdrType xdr_double = {
    .name = "double", .size = sizeof(double), .wire_min = 8, .put = double_put, .get = double_get,
};

static bool
bool_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    return xdr_put_u32(w, *(const bool *)XDR_MEMBER(holder, f));
}

static bool
bool_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    guint32 v;

    if (!xdr_get_u32(r, &v))
        return false;
    *(bool *)XDR_MEMBER(holder, f) = v != 0;
    return true;
}

const XdrType xdr_bool = {
    .name = "bool", .size = sizeof(bool), .wire_min = 4, .put = bool_put, .get = bool_get,
};

/* Strings */

static gsize
string_max(const XdrField *f)
{
    return f->max ? f->max : XDR_STRING_MAX;
}

static bool
string_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    return xdr_put_str(w, f, *(char *const *)XDR_MEMBER(holder, f), string_max(f));
}

static bool
string_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    return xdr_get_str(r, f, string_max(f), XDR_MEMBER(holder, f));
}

static void
string_clear(const XdrField *f, gpointer holder)
{
    g_clear_pointer((char **)XDR_MEMBER(holder, f), g_free);
}

const XdrType xdr_string = {
    .name = "string", .size = sizeof(char *), .wire_min = 4,
    .put = string_put, .get = string_get, .clear = string_clear,
};

/* The presence flag in front of optional values. */
bool
xdr_get_present(XdrReader *r, const XdrField *f, bool *ret_present)
{
    guint32 n;

    if (!xdr_get_u32(r, &n))
        return false;
    if (n > 1)
        return xdr_get_fail(r, f, _("presence flag is %u"), n);
    *ret_present = n == 1;
    return true;
}

static bool
opt_string_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    const char *s = *(char *const *)XDR_MEMBER(holder, f);

    if (!s)
        return xdr_put_u32(w, 0);
    return xdr_put_u32(w, 1) && xdr_put_str(w, f, s, string_max(f));
}

static bool
opt_string_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    bool present = false;

    if (!xdr_get_present(r, f, &present))
        return false;
    return !present || string_get(r, f, holder);
}

const XdrType xdr_opt_string = {
    .name = "optional string", .size = sizeof(char *), .wire_min = 4,
    .put = opt_string_put, .get = opt_string_get, .clear = string_clear,
};

/* Fixed data */

static gsize
fixed_size(const XdrField *f)
{
    return f->size ? f->size : f->type->size;
}

static bool
fixed_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    return xdr_put_padded(w, XDR_MEMBER(holder, f), fixed_size(f));
}

static bool
fixed_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    return xdr_get_padded(r, XDR_MEMBER(holder, f), fixed_size(f));
}

const XdrType xdr_uuid = {
    .name = "uuid", .size = sizeof(XdrUuid), .wire_min = sizeof(XdrUuid), .put = fixed_put, .get = fixed_get,
};
const XdrType xdr_fixed = { .name = "fixed data", .put = fixed_put, .get = fixed_get };

static bool
put_chars(XdrWriter *w, const char *s, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        if (!xdr_put_i32(w, (signed char)s[i]))
            return false;
    }
    return true;
}

/* Senders differ in whether they extend the sign; only the low byte counts. */
static bool
get_chars(XdrReader *r, char *s, gsize n)
{
    guint32 c;

    for (gsize i = 0; i < n; i++) {
        if (!xdr_get_u32(r, &c))
            return false;
        s[i] = (char)(c & 0xff);
    }
    return true;
}

static bool
chars_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    return put_chars(w, XDR_MEMBER(holder, f), f->size);
}

static bool
chars_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    return get_chars(r, XDR_MEMBER(holder, f), f->size);
}

const XdrType xdr_chars = { .name = "chars", .put = chars_put, .get = chars_get };

/* Data of variable length */

static bool
data_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    return xdr_put_data(w, f, *(void *const *)XDR_MEMBER(holder, f), *XDR_COUNT(holder, f), f->max);
}

static bool
data_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    const guint8 *data;
    gsize         len;

    if (!xdr_get_data(r, f, f->max, &data, &len))
        return false;
    *(gpointer *)XDR_MEMBER(holder, f) = len ? g_memdup2(data, len) : NULL;
    *XDR_COUNT(holder, f) = (guint32)len;
    return true;
}

static void
data_clear(const XdrField *f, gpointer holder)
{
    g_clear_pointer((gpointer *)XDR_MEMBER(holder, f), g_free);
    *XDR_COUNT(holder, f) = 0;
}

const XdrType xdr_data = {
    .name = "data", .size = sizeof(gpointer), .wire_min = 4,
    .put = data_put, .get = data_get, .clear = data_clear,
};

static bool
bytes_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    GBytes       *bytes = *(GBytes *const *)XDR_MEMBER(holder, f);
    gsize         len = 0;
    gconstpointer data = bytes ? g_bytes_get_data(bytes, &len) : NULL;

    return xdr_put_data(w, f, data, len, f->max);
}

static bool
bytes_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    const guint8 *data;
    gsize         len;

    if (!xdr_get_data(r, f, f->max, &data, &len))
        return false;
    *(GBytes **)XDR_MEMBER(holder, f) = len ? g_bytes_new(data, len) : NULL;
    return true;
}

static void
bytes_clear(const XdrField *f, gpointer holder)
{
    g_clear_pointer((GBytes **)XDR_MEMBER(holder, f), g_bytes_unref);
}

const XdrType xdr_bytes = {
    .name = "bytes", .size = sizeof(GBytes *), .wire_min = 4,
    .put = bytes_put, .get = bytes_get, .clear = bytes_clear,
};

/* Arrays of XDR char: four bytes on the wire for each. */

static bool
put_char_list(XdrWriter *w, const XdrField *f, const char *s, gsize len)
{
    if (len > f->max)
        return xdr_put_fail(w, f, _("data length %zu exceeds %zu"), len, f->max);
    return xdr_put_u32(w, (guint32)len) && put_chars(w, s, len);
}

/* *ret_s has a NUL behind its *ret_n bytes. */
static bool
get_char_list(XdrReader *r, const XdrField *f, char **ret_s, guint32 *ret_n)
{
    g_autofree char *s = NULL;
    guint32          n;

    if (!xdr_get_count(r, f, f->max, 4, &n))
        return false;
    s = g_malloc0((gsize)n + 1);
    if (!get_chars(r, s, n))
        return false;
    *ret_s = g_steal_pointer(&s);
    *ret_n = n;
    return true;
}

static bool
char_bytes_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    GBytes       *bytes = *(GBytes *const *)XDR_MEMBER(holder, f);
    gsize         len = 0;
    gconstpointer data = bytes ? g_bytes_get_data(bytes, &len) : NULL;

    return put_char_list(w, f, data, len);
}

static bool
char_bytes_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    g_autofree char *s = NULL;
    guint32          n;

    if (!get_char_list(r, f, &s, &n))
        return false;
    *(GBytes **)XDR_MEMBER(holder, f) = n ? g_bytes_new_take(g_steal_pointer(&s), n) : NULL;
    return true;
}

const XdrType xdr_char_bytes = {
    .name = "char bytes", .size = sizeof(GBytes *), .wire_min = 4,
    .put = char_bytes_put, .get = char_bytes_get, .clear = bytes_clear,
};

static bool
char_string_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    const char *s = *(char *const *)XDR_MEMBER(holder, f);

    if (!s)
        s = "";
    return put_char_list(w, f, s, strlen(s) + 1);
}

static bool
char_string_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    char  **s = XDR_MEMBER(holder, f);
    guint32 n;

    if (!get_char_list(r, f, s, &n))
        return false;
    if (n == 0 || n < f->max || memchr(*s, '\0', n))
        return true;
    g_clear_pointer(s, g_free);
    return xdr_get_fail(r, f, _("data length %zu exceeds %zu"), (gsize)n + 1, f->max);
}

const XdrType xdr_char_string = {
    .name = "char string", .size = sizeof(char *), .wire_min = 4,
    .put = char_string_put, .get = char_string_get, .clear = string_clear,
};
