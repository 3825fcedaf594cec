/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XDR by description: a struct is described once, as rows, and three walkers (encode, decode, clear) do the rest.
 *
 * The order of rows is the order on the wire. All limits are checked before anything is allocated, a list count also
 * against the bytes that are left; what a failed decode had filled is freed by the same rows. Knows nothing of packets,
 * sockets or programs. No state of its own: any thread, several at once.
 *
 *     static const XdrField dom_rows[] = {
 *         F(DomRef, name, xdr_string), F(DomRef, uuid, xdr_uuid), F(DomRef, id, xdr_i32), XDR_END
 *     };
 *     XDR_DEFINE_STRUCT(xdr_domain, DomRef, dom_rows);      -- in a header: XDR_DECLARE_STRUCT(xdr_domain, DomRef);
 *
 *     static const XdrField list_rows[] = {
 *         F(MigrateBeginIn, dom, xdr_domain),
 *         F_LIST(DomListOut, doms.v, doms.n, xdr_domain, .max = REMOTE_DOMAIN_LIST_MAX),
 *         XDR_END
 *     };
 *
 * A row whose C member does not fit its type does not compile ("MigrateBeginIn.dom is not xdr_domain").
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#define XDR_STRING_MAX 4194304
#define XDR_DATA_MAX 33554408 /* of a whole payload */

/* What is written and read; open, so that callers can embed them */

/* A growing buffer that never passes max. The first failure stays in err; later puts do nothing and return false. */
typedef struct {
    guint8 *data;
    gsize   len, cap, max;
    GError *err;
    const struct XdrField *at; /* row being written: for messages */
} XdrWriter;

/* Borrows data. The first failure stays in err. */
typedef struct {
    const guint8 *data;
    gsize         len, pos;
    GError       *err;
    const struct XdrField *at;
} XdrReader;

#define XDR_WRITER_INIT(limit) ((XdrWriter) { .max = (limit) })
#define XDR_READER_INIT(bytes, size) ((XdrReader) { .data = (bytes), .len = (size) })

void   xdr_writer_clear(XdrWriter *w);
void   xdr_reader_clear(XdrReader *r);
GBytes *xdr_writer_steal_bytes(XdrWriter *w);

typedef struct XdrField XdrField;
typedef struct XdrType XdrType;

/* How a C type travels. A custom type (typed parameters, say) supplies these functions itself:
 * holder is the struct that contains the member, which is at XDR_MEMBER(holder, f). get and put report with
 * xdr_get_fail() / xdr_put_fail(). After a failed get the member must be fit for clear (zero, or complete). clear
 * accepts a zeroed member, frees what get allocated, and leaves it zeroed. NULL clear: there is nothing to free. */
struct XdrType {
    const char *name;
    gsize       size;     /* of the C type */
    gsize       wire_min; /* fewest bytes it takes on the wire; 0 is allowed, but no list of such can be decoded */
    bool (*put)(XdrWriter *w, const XdrField *f, gconstpointer holder);
    bool (*get)(XdrReader *r, const XdrField *f, gpointer holder);
    void (*clear)(const XdrField *f, gpointer holder);
    const XdrField *rows; /* of a struct */
};

struct XdrField {
    const char    *name;
    gsize          offset;
    const XdrType *type;
    gsize          max;          /* characters, bytes or elements; 0: XDR_STRING_MAX for strings, an error for others */
    const XdrType *elem;         /* of a list or an optional */
    gsize          count_offset; /* of the 4-byte member that counts a list or (ptr, len) data */
    gsize          size;         /* of fixed data, of the pointed-to struct */
};

#define XDR_MEMBER(holder, f) ((gpointer)((guint8 *)(holder) + (f)->offset))
#define XDR_COUNT(holder, f) ((guint32 *)((guint8 *)(holder) + (f)->count_offset))
#define XDR_END { .name = NULL }

/* Walkers */

/* rows NULL: nothing. What was appended before a failure stays in w (the caller cuts back or drops the packet). */
bool xdr_encode(XdrWriter *w, const XdrField *rows, gconstpointer from, GError **err);
/* to must be zeroed; on failure everything decoded so far has been freed and zeroed. Bytes that are left over in r are
 * the caller's affair. */
bool xdr_decode(XdrReader *r, const XdrField *rows, gpointer to, GError **err);
void xdr_clear(const XdrField *rows, gpointer s);
/* The same for a custom type that contains described structs: errors stay in w and r, nothing is freed. */
bool xdr_put_rows(XdrWriter *w, const XdrField *rows, gconstpointer from);
bool xdr_get_rows(XdrReader *r, const XdrField *rows, gpointer to);
/* Fewest bytes that rows take on the wire. */
gsize xdr_rows_min(const XdrField *rows);
/* For tests of tables: the first row (deep) that lacks a limit or a type; NULL: all is well. */
const char *xdr_rows_fault(const XdrField *rows);

/* Primitives, for custom types and headers */

bool xdr_put_u32(XdrWriter *w, guint32 v);
bool xdr_put_i32(XdrWriter *w, gint32 v);
bool xdr_put_u64(XdrWriter *w, guint64 v);
bool xdr_put_i64(XdrWriter *w, gint64 v);
bool xdr_put_double(XdrWriter *w, double v);
bool xdr_put_raw(XdrWriter *w, gconstpointer data, gsize len);    /* no padding */
bool xdr_put_padded(XdrWriter *w, gconstpointer data, gsize len); /* fixed opaque */
bool xdr_put_str(XdrWriter *w, const XdrField *f, const char *s, gsize max);
bool xdr_put_data(XdrWriter *w, const XdrField *f, gconstpointer data, gsize len, gsize max);

bool xdr_get_u32(XdrReader *r, guint32 *v);
bool xdr_get_i32(XdrReader *r, gint32 *v);
bool xdr_get_u64(XdrReader *r, guint64 *v);
bool xdr_get_i64(XdrReader *r, gint64 *v);
bool xdr_get_double(XdrReader *r, double *v);
bool xdr_get_padded(XdrReader *r, gpointer to, gsize len);
/* Caller frees. Embedded NUL bytes are refused. */
bool xdr_get_str(XdrReader *r, const XdrField *f, gsize max, char **ret_s);
/* *ret_data borrows from the reader. */
bool xdr_get_data(XdrReader *r, const XdrField *f, gsize max, const guint8 **ret_data, gsize *ret_len);
/* A list count: at most max, and count × wire_min must fit into what is left. */
bool xdr_get_count(XdrReader *r, const XdrField *f, gsize max, gsize wire_min, guint32 *ret_n);
/* The flag in front of an optional value: 0 or 1. */
bool xdr_get_present(XdrReader *r, const XdrField *f, bool *ret_present);
gsize xdr_left(const XdrReader *r);

/* "name: text"; keeps the first error; always false. f NULL: the row being walked. */
bool xdr_put_fail(XdrWriter *w, const XdrField *f, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
bool xdr_get_fail(XdrReader *r, const XdrField *f, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

/* Types
 * XDR_CTYPE(xdr_x, T) says which C type a row of type xdr_x may describe. */

#define XDR_CTYPE(type, T) typedef T type##_ctype; typedef T type##_alt
#define XDR_CTYPES(type, T, Alt) typedef T type##_ctype; typedef Alt type##_alt

#define XDR_DECLARE(type, T) extern const XdrType type; XDR_CTYPE(type, T)

XDR_DECLARE(xdr_i32, gint32);
XDR_DECLARE(xdr_u32, guint32);
extern const XdrType xdr_i64;
XDR_CTYPES(xdr_i64, gint64, long long);
extern const XdrType xdr_u64;
XDR_CTYPES(xdr_u64, guint64, unsigned long long);
XDR_DECLARE(xdr_double, double);
XDR_DECLARE(xdr_bool, bool);      /* one XDR int each, sign-extended where signed */
XDR_DECLARE(xdr_short, gint16);
XDR_DECLARE(xdr_ushort, guint16);
XDR_DECLARE(xdr_uchar, guint8);
extern const XdrType xdr_char;
XDR_CTYPES(xdr_char, char, gint8);
XDR_DECLARE(xdr_string, char *);     /* non-NULL string; a NULL member cannot be encoded */
XDR_DECLARE(xdr_opt_string, char *); /* 0 or 1 + string; NULL: absent */
typedef guint8 XdrUuid[16];
XDR_DECLARE(xdr_uuid, XdrUuid);
XDR_DECLARE(xdr_bytes, GBytes *);       /* opaque<max>; NULL <-> length 0 */
XDR_DECLARE(xdr_char_bytes, GBytes *);  /* char<max>: one XDR int per byte; NULL <-> length 0 */
XDR_DECLARE(xdr_char_string, char *);   /* char<max> that holds a string with its trailing NUL; "" when empty or NULL */

/* Types behind the F_ macros; not for F(). */
extern const XdrType xdr_fixed;   /* opaque[size] */
extern const XdrType xdr_chars;   /* char[size]: one XDR int per char */
extern const XdrType xdr_data;    /* opaque<max> into (ptr, len); length 0 -> NULL */
extern const XdrType xdr_list;    /* elem<max> into (ptr, count); none -> NULL */
extern const XdrType xdr_optional; /* pointer to elem; NULL: absent */

bool xdr_struct_put(XdrWriter *w, const XdrField *f, gconstpointer holder);
bool xdr_struct_get(XdrReader *r, const XdrField *f, gpointer holder);
void xdr_struct_clear(const XdrField *f, gpointer holder);

/* Makes a type of a described struct: nested with F(), optional with F_OPT(), in lists with F_LIST(). */
#define XDR_DECLARE_STRUCT(type, T) XDR_DECLARE(type, T)
#define XDR_DEFINE_STRUCT(type, T, fields)                                                                   \
    const XdrType type = {                                                                                   \
        .name = #T, .size = sizeof(T), .put = xdr_struct_put, .get = xdr_struct_get,                         \
        .clear = xdr_struct_clear, .rows = fields,                                                           \
    }

/* Rows */

#define XDR_CHECK_(cond, text) (0 * sizeof(struct { int unused; _Static_assert(cond, text); }))
#define XDR_IS_(expr, type)                                                                                  \
    (__builtin_types_compatible_p(__typeof__(expr), type##_ctype)                                            \
     || __builtin_types_compatible_p(__typeof__(expr), type##_alt))
#define XDR_OF_(S, m) (((S *)NULL)->m)
#define XDR_COUNT_(S, n)                                                                                     \
    (offsetof(S, n) + XDR_CHECK_(sizeof(XDR_OF_(S, n)) == 4, #S "." #n " is not a 4-byte count"))

/* A plain member. Further columns as designated initialisers: F(XmlIn, xml, xdr_string, .max = 4096). */
#define F(S, m, t, ...)                                                                                      \
    { .name = #m, .type = &t,                                                                                \
      .offset = offsetof(S, m) + XDR_CHECK_(XDR_IS_(XDR_OF_(S, m), t), #S "." #m " is not " #t),             \
      __VA_ARGS__ }
/* opaque[n] and char[n] with the member's own size. */
#define F_FIXED(S, m) { .name = #m, .type = &xdr_fixed, .offset = offsetof(S, m), .size = sizeof(XDR_OF_(S, m)) }
#define F_CHARS(S, m) { .name = #m, .type = &xdr_chars, .offset = offsetof(S, m), .size = sizeof(XDR_OF_(S, m)) }
/* opaque<max> into a byte pointer and its length: F_DATA(CpuMapOut, map, map_len, .max = REMOTE_CPUMAP_MAX). */
#define F_DATA(S, p, n, ...)                                                                                 \
    { .name = #p, .type = &xdr_data, .count_offset = XDR_COUNT_(S, n),                                       \
      .offset = offsetof(S, p) + XDR_CHECK_(sizeof(*XDR_OF_(S, p)) == 1, #S "." #p " is not bytes"),         \
      __VA_ARGS__ }
/* elem<max> into an array and its count: F_LIST(StrListOut, list.v, list.n, xdr_string, .max = ...). */
#define F_LIST(S, p, n, t, ...)                                                                              \
    { .name = #p, .type = &xdr_list, .elem = &t, .count_offset = XDR_COUNT_(S, n),                           \
      .offset = offsetof(S, p)                                                                               \
                + XDR_CHECK_(XDR_IS_(*XDR_OF_(S, p), t), #S "." #p " does not point to " #t),                \
      __VA_ARGS__ }
/* Optional value behind a pointer: F_OPT(EventRegisterIn, dom, xdr_domain). */
#define F_OPT(S, p, t)                                                                                       \
    { .name = #p, .type = &xdr_optional, .elem = &t,                                                         \
      .offset = offsetof(S, p)                                                                               \
                + XDR_CHECK_(XDR_IS_(*XDR_OF_(S, p), t), #S "." #p " does not point to " #t) }
