/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cookies as libvirt 9.0.0 sent them, both directions, and as an enemy would: a difference of one byte in meaning
 * makes a migration between a libvirtd and a godwitd fail. GODWIT_GOLDEN is the directory with the captures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#undef fail

#include "migration/cookie.h"
#include "migration/knobs.h"
#include "util/err.h"

#undef fail /* ours; cmocka's fail_msg() needs its own */
#define fail() _fail(__FILE__, __LINE__)

#define BEGIN COOKIE_FROM_BEGIN
#define PREPARE COOKIE_FROM_PREPARE
#define PERFORM COOKIE_FROM_PERFORM
#define FINISH COOKIE_FROM_FINISH

static const struct {
    const char   *file;
    MigCookieFrom from;
    guint32       present;
} golden[] = {
    { "01-begin-out.xml", BEGIN, COOKIE_LOCKSTATE | COOKIE_CPU | COOKIE_CAPS },
    { "02-prepare-out.xml", PREPARE, COOKIE_CAPS },
    { "03-perform-out.xml", PERFORM, COOKIE_STATISTICS },
    { "04-finish-out.xml", FINISH, COOKIE_STATISTICS },
    { "05-perform-out-persistent.xml", PERFORM, COOKIE_PERSISTENT | COOKIE_STATISTICS },
    { "06-begin-out-nbd.xml", BEGIN, COOKIE_LOCKSTATE | COOKIE_NBD | COOKIE_CPU | COOKIE_CAPS },
    { "07-prepare-out-nbd.xml", PREPARE, COOKIE_NBD | COOKIE_CAPS },
    { "08-perform-out-nbd.xml", PERFORM, COOKIE_NBD | COOKIE_STATISTICS },
    { "09-begin-out-bitmaps.xml", BEGIN, COOKIE_LOCKSTATE | COOKIE_NBD | COOKIE_CPU | COOKIE_CAPS | COOKIE_BITMAPS },
    { "10-prepare-out-bitmaps.xml", PREPARE, COOKIE_NBD | COOKIE_CAPS | COOKIE_BITMAPS },
    { "11-begin-out-memory-hotplug.xml", BEGIN, COOKIE_LOCKSTATE | COOKIE_MEM_HOTPLUG | COOKIE_CAPS },
    { "12-prepare-out-spice.xml", PREPARE, COOKIE_GRAPHICS | COOKIE_CAPS },
    { "13-begin-out-offline.xml", BEGIN, COOKIE_LOCKSTATE },
    { "14-prepare-out-offline.xml", PREPARE, 0 },
    { "16-resume-begin-out.xml", BEGIN, COOKIE_CPU | COOKIE_CAPS },
    { "17-resume-perform-out.xml", PERFORM, 0 },
    { "18-perform-out-xbzrle.xml", PERFORM, COOKIE_STATISTICS },
    { "19-postcopy-perform-out.xml", PERFORM, COOKIE_STATISTICS },
    { "20-postcopy-finish-out.xml", FINISH, COOKIE_STATISTICS },
    { "21-begin-out-hostmodel-t02.xml", BEGIN, COOKIE_LOCKSTATE | COOKIE_CAPS },
};

static const MigCookieReader anyone = { NULL, NULL, NULL };

static GBytes *
with_nul(const char *text)
{
    return g_bytes_new(text, strlen(text) + 1);
}

static char *
read_golden(const char *file)
{
    g_autofree char *path = g_build_filename(g_getenv("GODWIT_GOLDEN"), file, NULL);
    char *text = NULL;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void
libvirts_cookies_survive_both_ways(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_autofree char *text = read_golden(golden[i].file);
        g_autoptr(GBytes) in = with_nul(text), out = NULL;
        g_autoptr(GError) err = NULL;
        g_autoptr(MigCookie) cookie = mig_cookie_parse(in, golden[i].from, &anyone, &err);

        if (cookie == NULL)
            fail_msg("%s: %s", golden[i].file, err->message);
        assert_int_equal(cookie->present, golden[i].present);
        out = mig_cookie_format(cookie);
        /* What is kept verbatim may come back in the other kind of quotes. */
        g_autofree char *written = g_strdup(g_bytes_get_data(out, NULL));

        assert_string_equal(g_strdelimit(written, "\"", '\''), text);
        assert_int_equal(g_bytes_get_size(out), strlen(text) + 1);
    }
}

static void
every_truncation_is_an_error(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_autofree char *text = read_golden(golden[i].file);
        gsize length = strlen(text);

        /* the last newline and what is before it: a document without its end */
        for (gsize cut = 1; cut + 2 < length; cut += i == 0 ? 1 : 37) {
            g_autofree char *part = g_strndup(text, cut);
            g_autoptr(GBytes) in = with_nul(part), bare = g_bytes_new(text, cut);
            g_autoptr(GError) err = NULL, err2 = NULL;

            assert_null(mig_cookie_parse(in, golden[i].from, &anyone, &err));
            assert_non_null(err);
            assert_null(mig_cookie_parse(bare, golden[i].from, &anyone, &err2));
            assert_non_null(strstr(err2->message, "not NULL terminated"));
        }
    }
}

#define ENVELOPE                                                                                     \
    "<name>gm</name><uuid>11111111-2222-3333-4444-555555555501</uuid><hostname>h</hostname>"         \
    "<hostuuid>1c031c29-fb35-5087-b03e-3046253fd723</hostuuid>"
#define COOKIE(inner) "<qemu-migration>" ENVELOPE inner "</qemu-migration>"

static const struct {
    const char   *text;
    MigCookieFrom from;
    const char   *complaint; /* part of the message; NULL: accepted */
} hostile[] = {
    { COOKIE(""), BEGIN, NULL },
    { COOKIE("<future a='b'/>"), BEGIN, NULL },
    { COOKIE("<capabilities><cap name='newer' auto='yes'/></capabilities>"), BEGIN, NULL },
    { COOKIE("<statistics><unheard-of>7</unheard-of></statistics>"), PERFORM, NULL },
    /* elements of another phase are not looked at */
    { COOKIE("<statistics><downtime>x</downtime></statistics>"), BEGIN, NULL },
    { COOKIE("<feature name='flying'/>"), BEGIN, "Unknown migration cookie feature flying" },
    { COOKIE("<feature name='godwit'/>"), BEGIN, "Unknown migration cookie feature godwit" },
    { COOKIE("<feature name='persistent'/>"), BEGIN, "Unsupported migration cookie feature persistent" },
    { COOKIE("<feature name='persistent'/>"), PERFORM, "missing persistent definition" },
    { COOKIE("<feature/>"), BEGIN, "malformed feature" },
    { COOKIE("<lockstate driver='sanlock'/>"), BEGIN, "lock driver 'sanlock'" },
    { COOKIE("<statistics><downtime>x</downtime></statistics>"), PERFORM, "malformed 'downtime'" },
    { COOKIE("<statistics><downtime>-1</downtime></statistics>"), PERFORM, "malformed 'downtime'" },
    { COOKIE("<statistics><sent>99999999999999999999</sent></statistics>"), PERFORM, "malformed 'sent'" },
    { COOKIE("<capabilities><cap/></capabilities>"), BEGIN, "missing migration capability name" },
    { COOKIE("<godwit><migration id='../../etc'/></godwit>"), BEGIN, "malformed migration id" },
    { COOKIE("<godwit><migration id=''/></godwit>"), BEGIN, "malformed migration id" },
    { COOKIE("<godwit><witness address='evil example' port='1' token='00112233445566778899aabbccddeeff' id='a'/>"
             "</godwit>"), PREPARE, "malformed witness" },
    { COOKIE("<godwit><witness address='127.0.0.1' port='65536' token='00112233445566778899aabbccddeeff' id='a'/>"
             "</godwit>"), PREPARE, "malformed witness" },
    { COOKIE("<godwit><witness address='127.0.0.1' port='1' token='00' id='a'/></godwit>"), PREPARE,
      "malformed witness" },
    { "<qemu-migration/>", BEGIN, "missing name element" },
    { "<qemu-migration><name/></qemu-migration>", BEGIN, "missing name element" },
    { "<domain/>", BEGIN, "" },
    { "", BEGIN, "" },
    { "garbage", BEGIN, "" },
    { "<!DOCTYPE x [<!ENTITY a 'b'>]><qemu-migration>&a;</qemu-migration>", BEGIN, "" },
};

static void
hostile_cookies_are_refused_by_name(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(hostile); i++) {
        g_autoptr(GBytes) in = with_nul(hostile[i].text);
        g_autoptr(GError) err = NULL;
        g_autoptr(MigCookie) cookie = mig_cookie_parse(in, hostile[i].from, &anyone, &err);

        if ((cookie != NULL) != (hostile[i].complaint == NULL))
            fail_msg("%s: %s", hostile[i].text, err ? err->message : "accepted");
        if (err && !strstr(err->message, hostile[i].complaint))
            fail_msg("%s: %s", hostile[i].text, err->message);
    }
}

static void
size_is_capped_before_parsing(void **state)
{
    g_autofree char *big = g_malloc0(MIG_COOKIE_MAX + 1);
    g_autoptr(GBytes) in = g_bytes_new(big, MIG_COOKIE_MAX + 1);
    g_autoptr(GError) err = NULL;

    assert_null(mig_cookie_parse(in, BEGIN, &anyone, &err));
    assert_non_null(strstr(err->message, "too long"));
}

static void
no_cookie_is_an_empty_one(void **state)
{
    g_autoptr(GBytes) none = g_bytes_new(NULL, 0);
    g_autoptr(MigCookie) a = mig_cookie_parse(NULL, FINISH, &anyone, NULL);
    g_autoptr(MigCookie) b = mig_cookie_parse(none, FINISH, &anyone, NULL);

    assert_non_null(a);
    assert_null(a->name);
    assert_non_null(b);
    assert_int_equal(b->present, 0);
}

static void
the_reader_checks_whom_it_is_about(void **state)
{
    static const guint8 uuid[16] = { 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33,
                                     0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x01 };
    static const guint8 other[16] = { 0 };
    static const struct { MigCookieReader reader; const char *complaint; } rows[] = {
        { { "gm", uuid, "826a65cc-af85-5753-9fd3-62dec9653ec0" }, NULL },
        { { "gx", uuid, NULL }, "unexpected name gm vs gx" },
        { { "gm", other, NULL }, "unexpected UUID" },
        { { "gm", uuid, "1C031C29-FB35-5087-B03E-3046253FD723" }, "Attempt to migrate guest to the same host" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) in = with_nul(COOKIE(""));
        g_autoptr(GError) err = NULL;
        g_autoptr(MigCookie) cookie = mig_cookie_parse(in, BEGIN, &rows[i].reader, &err);

        assert_true((cookie != NULL) == (rows[i].complaint == NULL));
        if (err) {
            assert_non_null(strstr(err->message, rows[i].complaint));
            assert_int_equal(verr_code(err), VIR_ERR_INTERNAL_ERROR);
            assert_int_equal(verr_from(err), VIR_FROM_QEMU);
        }
    }
}

static void
our_element_comes_back(void **state)
{
    static const guint8 uuid[16] = { 1 };
    MigWitness witness = { (char *)"::1", 49200, (char *)"00112233445566778899aabbccddeeff", (char *)"ab-cd" };
    g_autoptr(MigCookie) cookie = mig_cookie_new("a<b>'\"&", uuid, "h", "826a65cc-af85-5753-9fd3-62dec9653ec0"), back = NULL;
    g_autoptr(GBytes) bytes = NULL;

    mig_cookie_set_caps(cookie, 0x7ff, 1 << 5);
    mig_cookie_set_migration_id(cookie, "0123-ab");
    mig_cookie_set_witness(cookie, &witness);
    bytes = mig_cookie_format(cookie);
    back = mig_cookie_parse(bytes, PREPARE, &anyone, NULL);
    assert_non_null(back);
    assert_string_equal(back->name, "a<b>'\"&");
    assert_int_equal(back->caps, 0x7ff);
    assert_int_equal(back->caps_auto, 1 << 5);
    assert_string_equal(back->migration_id, "0123-ab");
    assert_string_equal(back->witness.address, "::1");
    assert_int_equal(back->witness.port, 49200);
    assert_string_equal(back->witness.token, witness.token);
    assert_string_equal(back->witness.id, "ab-cd");
}

static void
metadata_of_the_persistent_definition_is_not_touched(void **state)
{
    static const guint8 uuid[16] = { 1 };
    const char *xml = "<domain type='qemu'>\n  <name>a</name>\n  <metadata>\n    <x:y xmlns:x='urn:x'>two\nlines"
                      "</x:y>\n  </metadata>\n</domain>";
    g_autoptr(MigCookie) cookie = mig_cookie_new("a", uuid, "h", "826a65cc-af85-5753-9fd3-62dec9653ec0"), back = NULL;
    g_autoptr(GBytes) bytes = NULL;

    mig_cookie_set_persistent(cookie, xml);
    bytes = mig_cookie_format(cookie);
    back = mig_cookie_parse(bytes, PERFORM, &anyone, NULL);
    assert_non_null(back);
    assert_non_null(strstr(back->persistent_xml, "two\nlines"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libvirts_cookies_survive_both_ways),
        cmocka_unit_test(every_truncation_is_an_error),
        cmocka_unit_test(hostile_cookies_are_refused_by_name),
        cmocka_unit_test(size_is_capped_before_parsing),
        cmocka_unit_test(no_cookie_is_an_empty_one),
        cmocka_unit_test(the_reader_checks_whom_it_is_about),
        cmocka_unit_test(our_element_comes_back),
        cmocka_unit_test(metadata_of_the_persistent_definition_is_not_touched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
