/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, a hostile peer's typed parameters could overrun a name, smuggle an unknown type in, or leak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/types.h"

typedef struct {
    const char *what;
    guint32     name_len;
    gint32      type;
    guint32     string_len; /* of a string's value */
    bool        ok;
} Case;

static const Case cases[] = {
    { "an int", 4, VIR_TYPED_PARAM_INT, 0, true },
    { "the longest name", VIR_TYPED_PARAM_FIELD_LENGTH - 1, VIR_TYPED_PARAM_INT, 0, true },
    { "a name one too long", VIR_TYPED_PARAM_FIELD_LENGTH, VIR_TYPED_PARAM_INT, 0, false },
    { "an unknown type", 4, 8, 0, false },
    { "type zero", 4, 0, 0, false },
    { "a negative type", 4, -1, 0, false },
    { "a string", 4, VIR_TYPED_PARAM_STRING, 8, true },
    { "a string longer than what follows", 4, VIR_TYPED_PARAM_STRING, 400, false },
    { "a string above the limit", 4, VIR_TYPED_PARAM_STRING, 0x7fffffff, false },
};

static void
put_case(XdrWriter *w, const Case *c)
{
    g_autofree char *text = g_strnfill(c->name_len, 'n');

    xdr_put_u32(w, 1);
    xdr_put_u32(w, c->name_len);
    xdr_put_padded(w, text, c->name_len);
    xdr_put_i32(w, c->type);
    xdr_put_u32(w, c->type == VIR_TYPED_PARAM_STRING ? c->string_len : 7);
    xdr_put_raw(w, "12345678", 8);
}

static void
decode_keeps_to_its_limits(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        XdrWriter    w = XDR_WRITER_INIT(4096);
        JobStatsOut  out = { 0 };
        GError      *err = NULL;
        XdrReader    r;
        bool         ok;

        xdr_put_i32(&w, 0);
        put_case(&w, &cases[i]);
        r = XDR_READER_INIT(w.data, w.len);
        ok = xdr_decode(&r, rows_JobStatsOut, &out, &err);
        if (ok != cases[i].ok)
            fail_msg("%s: %s", cases[i].what, err ? err->message : "accepted");
        if (ok)
            assert_int_equal(out.params.n, 1);
        else
            assert_null(out.params.v);
        g_clear_error(&err);
        xdr_clear(rows_JobStatsOut, &out);
        xdr_writer_clear(&w);
        xdr_reader_clear(&r);
    }
}

static void
more_than_the_list_allows_is_refused(void **state)
{
    XdrWriter      w = XDR_WRITER_INIT(65536);
    MigrateBeginIn in = { 0 };
    GError        *err = NULL;
    XdrReader      r;

    (void)state;
    xdr_put_u32(&w, 1);
    xdr_put_raw(&w, "g\0\0\0", 4);
    for (int i = 0; i < 5; i++)
        xdr_put_u32(&w, 0);
    xdr_put_u32(&w, 65); /* one above REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX */
    for (int i = 0; i < 65 * 4; i++)
        xdr_put_u32(&w, 1);
    r = XDR_READER_INIT(w.data, w.len);
    assert_false(xdr_decode(&r, rows_MigrateBeginIn, &in, &err));
    assert_non_null(strstr(err->message, "params"));
    g_clear_error(&err);
    xdr_writer_clear(&w);
    xdr_reader_clear(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_keeps_to_its_limits),
        cmocka_unit_test(more_than_the_list_allows_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
