/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Structs on the wire: if these fail, peers read other values than were sent, or crash on bad ones. */
#include <string.h>

#include "every.h"

#include "../unit.h"

static void
fill_every(Every *e)
{
    static gint32 numbers[] = { 1, -2, 3 };
    static char  *strings[] = { (char *)"", (char *)"b" };
    static Thing  things[] = { { (char *)"one", { 1 }, -1 }, { (char *)"two", { 2 }, 2 } };

    *e = (Every) {
        .i32 = -5, .u32 = 0xfffffffe, .i64 = G_MININT64, .u64 = G_MAXUINT64, .d = -0.25, .yes = true, .s16 = -300,
        .u16 = 65535, .u8 = 200, .c = -1, .string = (char *)"hello", .optional = (char *)"opt", .label = (char *)"lbl",
        .uuid = { 0xaa, 0xbb }, .fixed = { 1, 2, 3, 4, 5 }, .model = "x86", .data = (guint8 *)strings[1], .data_len = 1,
        .bytes = g_bytes_new("\0\1\2", 3), .chars = g_bytes_new("\xff""a", 2), .numbers = { numbers, 3 },
        .strings = { strings, 2 }, .things = { things, 2 }, .inner = { (char *)"in", { 3 }, 7 }, .maybe = &things[1],
    };
}

static void
drop_every(Every *e)
{
    g_bytes_unref(e->bytes);
    g_bytes_unref(e->chars);
}

static void
encode_every(XdrWriter *w)
{
    Every e;

    fill_every(&e);
    assert_true(xdr_encode(w, every_rows, &e, NULL));
    drop_every(&e);
}

static void
returns_what_was_put(void **state)
{
    XdrWriter         w = XDR_WRITER_INIT(65536);
    XdrReader         r;
    Every             e, back = { 0 };
    g_autoptr(GError) err = NULL;

    (void)state;
    encode_every(&w);
    fill_every(&e);
    r = XDR_READER_INIT(w.data, w.len);
    if (!xdr_decode(&r, every_rows, &back, &err))
        fail_msg("%s", err->message);
    assert_int_equal(xdr_left(&r), 0);
    assert_true(e.i32 == back.i32 && e.u32 == back.u32 && e.i64 == back.i64 && e.u64 == back.u64 && e.d == back.d);
    assert_true(e.yes == back.yes && e.s16 == back.s16 && e.u16 == back.u16 && e.u8 == back.u8 && e.c == back.c);
    assert_string_equal(back.string, "hello");
    assert_string_equal(back.optional, "opt");
    assert_null(back.absent);
    assert_string_equal(back.label, "lbl");
    assert_memory_equal(back.uuid, e.uuid, 16);
    assert_memory_equal(back.fixed, e.fixed, 5);
    assert_string_equal(back.model, "x86");
    assert_int_equal(back.data_len, 1);
    assert_true(g_bytes_equal(back.bytes, e.bytes));
    assert_true(g_bytes_equal(back.chars, e.chars));
    assert_null(back.no_bytes);
    assert_int_equal(back.numbers.n, 3);
    assert_int_equal(back.numbers.v[1], -2);
    assert_string_equal(back.strings.v[1], "b");
    assert_string_equal(back.things.v[1].name, "two");
    assert_int_equal(back.inner.id, 7);
    assert_string_equal(back.maybe->name, "two");
    assert_null(back.never);
    xdr_clear(every_rows, &back);
    assert_null(back.things.v);
    drop_every(&e);
    xdr_writer_clear(&w);
}

static void
fails_cleanly_at_every_truncation(void **state)
{
    XdrWriter w = XDR_WRITER_INIT(65536);

    (void)state;
    encode_every(&w);
    for (gsize len = 0; len < w.len; len++) {
        /* A copy of exactly this length, so that a sanitizer sees a read beyond. */
        g_autofree guint8 *part = g_memdup2(w.data, len);
        XdrReader          r = XDR_READER_INIT(part, len);
        Every              back = { 0 }, zero = { 0 };
        g_autoptr(GError)  err = NULL;

        assert_false(xdr_decode(&r, every_rows, &back, &err));
        assert_int_equal(verr_code(err), VIR_ERR_RPC);
        xdr_clear(every_rows, &back);
        assert_null(back.string);
        assert_null(back.things.v);
        assert_null(back.maybe);
        assert_int_equal(back.things.n, zero.things.n);
    }
    xdr_writer_clear(&w);
}

typedef struct {
    guint32 n;
    char   *xml;
    struct { char **v; guint n; } names;
    GBytes *cookie;
} Small;

static const XdrField string_row[] = { F(Small, xml, xdr_string), XDR_END };
static const XdrField short_row[] = { F(Small, xml, xdr_string, .max = 4), XDR_END };
static const XdrField opt_row[] = { F(Small, xml, xdr_opt_string), XDR_END };
static const XdrField list_row[] = { F_LIST(Small, names.v, names.n, xdr_string, .max = 1000), XDR_END };
static const XdrField bytes_row[] = { F(Small, cookie, xdr_bytes, .max = 100), XDR_END };

#define BE(n) (n) >> 24 & 0xff, (n) >> 16 & 0xff, (n) >> 8 & 0xff, (n) & 0xff

typedef struct {
    const XdrField *rows;
    guint8          bytes[16];
    gsize           len;
    const char     *error;
} BadCase;

static const BadCase bad_cases[] = {
    { string_row, { BE(5000000) }, 4, "xml: string length 5000000 exceeds 4194304" },
    { string_row, { BE(0xffffffffu) }, 4, "xml: string length 4294967295 exceeds 4194304" },
    { string_row, { BE(4), 'a', 0, 'b', 'c' }, 8, "xml: string contains a NUL byte" },
    { string_row, { BE(5), 'a', 'a', 'a', 'a', 'a' }, 9, "xml: message ends 3 bytes too early" },
    { string_row, { 0 }, 2, "xml: message ends 2 bytes too early" },
    { short_row, { BE(5), 'a', 'a', 'a', 'a', 'a', 0, 0, 0 }, 12, "xml: string length 5 exceeds 4" },
    { opt_row, { BE(2) }, 4, "xml: presence flag is 2" },
    { list_row, { BE(1001) }, 4, "names: list of 1001 elements exceeds 1000" },
    { list_row, { BE(3), BE(0), BE(0) }, 12, "names: list of 3 elements does not fit into the 8 bytes left" },
    { bytes_row, { BE(101) }, 4, "cookie: data length 101 exceeds 100" },
};

static void
refuses_what_exceeds_a_limit(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(bad_cases); i++) {
        XdrReader         r = XDR_READER_INIT(bad_cases[i].bytes, bad_cases[i].len);
        Small             s = { 0 };
        g_autoptr(GError) err = NULL;

        assert_false(xdr_decode(&r, bad_cases[i].rows, &s, &err));
        assert_string_equal(err->message, bad_cases[i].error);
        assert_null(s.xml);
        assert_null(s.names.v);
    }
}

static void
does_not_send_what_peers_refuse(void **state)
{
    XdrWriter         w = XDR_WRITER_INIT(1000);
    Small             s = { .xml = (char *)"12345" };
    g_autoptr(GError) err = NULL;

    (void)state;
    assert_false(xdr_encode(&w, short_row, &s, &err));
    assert_string_equal(err->message, "xml: string length 5 exceeds 4");
    g_clear_error(&err);
    s.xml = NULL;
    assert_false(xdr_encode(&w, string_row, &s, &err));
    assert_string_equal(err->message, "xml: string is missing");
    g_clear_error(&err);
    s.xml = g_strnfill(2000, 'x');
    assert_false(xdr_encode(&w, string_row, &s, &err));
    assert_string_equal(err->message, "xml: message of more than 1000 bytes");
    g_free(s.xml);
    xdr_writer_clear(&w);
}

static void
matches_known_bytes(void **state)
{
    static const guint8 golden[] = {
        BE(3), 'o', 'n', 'e', 0, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x22, BE(0xffffffffu),
    };
    static const XdrField rows[] = { F(Every, inner, xdr_thing), XDR_END };
    Every     e = { .inner = { (char *)"one", { 0x11, [15] = 0x22 }, -1 } };
    XdrWriter w = XDR_WRITER_INIT(1000);

    (void)state;
    assert_true(xdr_encode(&w, rows, &e, NULL));
    assert_int_equal(w.len, sizeof(golden));
    assert_memory_equal(w.data, golden, sizeof(golden));
    assert_int_equal(xdr_rows_min(rows), 4 + 16 + 4);
    xdr_writer_clear(&w);
}

static void
finds_rows_without_limits(void **state)
{
    static const XdrField no_max[] = { F(Small, n, xdr_u32), F(Small, cookie, xdr_bytes), XDR_END };

    (void)state;
    assert_null(xdr_rows_fault(every_rows));
    assert_string_equal(xdr_rows_fault(no_max), "cookie");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_what_was_put),         cmocka_unit_test(fails_cleanly_at_every_truncation),
        cmocka_unit_test(refuses_what_exceeds_a_limit), cmocka_unit_test(does_not_send_what_peers_refuse),
        cmocka_unit_test(matches_known_bytes),          cmocka_unit_test(finds_rows_without_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
