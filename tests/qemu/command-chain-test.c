/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What users lose when these fail: data of overlays, or protection from what a guest writes into its image's header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* util/err.h has its own */

#include <string.h>
#include <unistd.h>

#include "model/dom-def.h"
#include "qemu/command-chain.h"
#include "util/err.h"
#include "util/file.h"

static char *dir;

static int
setup(void **state)
{
    dir = g_dir_make_tmp("chain-XXXXXX", NULL);
    return 0;
}

static int
teardown(void **state)
{
    file_remove_dir(dir);
    g_clear_pointer(&dir, g_free);
    return 0;
}

static void
put32(guint8 *at, guint32 value)
{
    value = GUINT32_TO_BE(value);
    memcpy(at, &value, sizeof(value));
}

/* A version 3 header of 104 bytes, one extension, then the name. NULL: no backing image, no format. */
static void
write_qcow2(const char *name, const char *backing, const char *format)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    guint8 buf[512] = { 'Q', 'F', 'I', 0xfb, 0, 0, 0, 3 };

    put32(buf + 100, 104);
    if (format) {
        put32(buf + 104, 0xe2792aca);
        put32(buf + 108, strlen(format));
        memcpy(buf + 112, format, strlen(format));
    }
    if (backing) {
        put32(buf + 12, 256);
        put32(buf + 16, strlen(backing));
        memcpy(buf + 256, backing, strlen(backing));
    }
    assert_true(g_file_set_contents(path, (const char *)buf, sizeof(buf), NULL));
}

static DomDef *
make_def(const char *format, const char *extra)
{
    g_autofree char *xml = g_strdup_printf(
        "<domain type='qemu'><name>c</name><memory>65536</memory><vcpu>1</vcpu>"
        "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices><disk type='file' device='disk'>"
        "<driver name='qemu' type='%s'/><source file='%s/top'/><target dev='vda' bus='virtio'/>%s</disk></devices>"
        "</domain>", format, dir, extra);
    DomDef *def = dom_def_parse(xml, -1, 0, NULL);

    assert_non_null(def);
    return def;
}

static DomSource *
top_of(const DomDef *def)
{
    return &((DomDisk *)g_ptr_array_index(def->disks, 0))->src;
}

static void
follows_a_chain_to_its_end(void **state)
{
    g_autofree char *base = g_build_filename(dir, "base", NULL);
    g_autofree char *middle = g_build_filename(dir, "middle", NULL);
    g_autoptr(DomDef) def = make_def("qcow2", "");
    const DomSource *src = top_of(def);

    write_qcow2("top", "middle", "qcow2"); /* relative to the image that names it */
    write_qcow2("middle", base, "raw");
    write_qcow2("base", "elsewhere", "raw"); /* a raw image's content is the guest's */
    assert_true(command_find_chains(def, NULL));
    assert_string_equal(src->backing->file, middle);
    assert_int_equal(src->backing->format, DOM_FORMAT_QCOW2);
    assert_string_equal(src->backing->backing->file, base);
    assert_int_equal(src->backing->backing->format, DOM_FORMAT_RAW);
    assert_int_equal(src->backing->backing->backing->type, DOM_DISK_TYPE_NONE);
}

static void
never_looks_into_a_raw_disk(void **state)
{
    g_autoptr(DomDef) def = make_def("raw", "");

    write_qcow2("top", "/etc/passwd", "raw"); /* written by the guest */
    assert_true(command_find_chains(def, NULL));
    assert_int_equal(top_of(def)->backing->type, DOM_DISK_TYPE_NONE);
}

static void
believes_the_definition_first(void **state)
{
    g_autoptr(DomDef) def = make_def("qcow2", "<backingStore/>");

    write_qcow2("top", "missing", "qcow2");
    assert_true(command_find_chains(def, NULL));
    assert_int_equal(top_of(def)->backing->type, DOM_DISK_TYPE_NONE);
}

static const struct {
    const char *backing, *format;
    int code;
    const char *words;
} refusals[] = {
    { "missing", "raw", VIR_ERR_SYSTEM_ERROR, "missing" },
    { "top", NULL, VIR_ERR_OPERATION_FAILED, "was not specified" },
    { "top", "vmdk", VIR_ERR_CONFIG_UNSUPPORTED, "vmdk" },
    { "top", "qcow2", VIR_ERR_OPERATION_FAILED, "in circles" },
    { "nbd://host/x", "raw", VIR_ERR_CONFIG_UNSUPPORTED, "nbd://host/x" },
    { "json:{}", "raw", VIR_ERR_CONFIG_UNSUPPORTED, "json:{}" },
};

static void
says_what_is_wrong_with_a_chain(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(DomDef) def = make_def("qcow2", "");
        g_autoptr(GError) err = NULL;

        write_qcow2("top", refusals[i].backing, refusals[i].format);
        assert_false(command_find_chains(def, &err));
        print_message("%s\n", err->message);
        assert_int_equal(verr_code(err), refusals[i].code);
        assert_non_null(strstr(err->message, refusals[i].words));
    }
}

static void
survives_broken_headers(void **state)
{
    g_autofree char *path = g_build_filename(dir, "top", NULL);
    g_autofree char *whole = NULL;
    gsize len;

    write_qcow2("top", "top", "qcow2");
    assert_true(g_file_get_contents(path, &whole, &len, NULL));
    for (gsize i = 0; i < 120; i++) {
        g_autofree char *broken = g_memdup2(whole, len);
        g_autoptr(DomDef) def = make_def("qcow2", "");

        broken[i] = (char)0xff;
        assert_true(g_file_set_contents(path, broken, len, NULL));
        command_find_chains(def, NULL); /* either answer; no crash, no endless loop */
        assert_true(g_file_set_contents(path, whole, i, NULL));
        command_find_chains(def, NULL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_a_chain_to_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(never_looks_into_a_raw_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(believes_the_definition_first, setup, teardown),
        cmocka_unit_test_setup_teardown(says_what_is_wrong_with_a_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(survives_broken_headers, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
