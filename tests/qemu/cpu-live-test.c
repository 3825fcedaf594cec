/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU that QEMU made of a definition, written down as libvirt wrote it for the captured guests. What a user loses when
 * this fails: the migration to and from libvirt, which starts the other QEMU feature by feature as it is written here.
 */
#include "../model/dom-test.h"

#include "qemu/caps-private.h"
#include "qemu/cpu-live.h"
#include "qemu/cpu-map.h"
#include "util/json.h"

#define COMMON "apic clflush cmov cx16 cx8 de fpu fxsr hypervisor lahf-lm lm mca mce mmx msr mtrr nx pae pat pge pni pse pse36 " \
               "sep sse sse2 syscall tsc "
#define NEHALEM COMMON "popcnt sse4.1 sse4.2 ssse3 x2apic "

/* QEMU 7.2 on the host of the captures, whose KVM hides a few features, and under TCG. */
static const struct {
    const char *guest, *model, *has, *on, *refused;
} guests[] = {
    {"01", "qemu64", COMMON "x2apic", COMMON "x2apic", "pni"},
    {"05", "qemu64", COMMON "svm", COMMON "svm", ""},
    {"09", "qemu64", COMMON "x2apic", COMMON "x2apic", "pni"},
    {"04", "Nehalem", NEHALEM "vme", NEHALEM "aes", "pni ssse3 sse4.1 sse4.2 popcnt aes"},
};

static QemuCaps *
make_caps(const char *model, const char *has)
{
    QemuCaps *caps = qemu_caps_new();
    QemuCpu *cpu = g_new0(QemuCpu, 1);
    g_auto(GStrv) words = g_strsplit(has, " ", -1);

    cpu->name = g_strdup(model);
    cpu->missing = g_ptr_array_new_with_free_func(g_free);
    cpu->features = g_hash_table_new(g_str_hash, g_str_equal);
    for (char **at = words; *at; at++)
        if (cpu_map_intern(g_str_equal(*at, "lahf-lm") ? "lahf_lm" : *at))
            g_hash_table_add(cpu->features, (gpointer)cpu_map_intern(g_str_equal(*at, "lahf-lm") ? "lahf_lm" : *at));
    g_ptr_array_add(caps->cpus, cpu);
    return caps;
}

/* "a b" -> before "a" between "b" after */
static JsonNode *
answer(const char *before, const char *words, const char *each, const char *after)
{
    g_autoptr(GString) text = g_string_new(before);
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    const char *comma = "";

    for (char **at = list; *at; at++)
        if (**at) {
            g_string_append_printf(text, "%s\"%s\"%s", comma, *at, each);
            comma = ",";
        }
    g_string_append(text, after);
    return json_parse(text->str, -1, 8, NULL);
}

static JsonNode *
expansion(const char *on)
{
    return answer("{\"model\":{\"name\":\"base\",\"props\":{\"family\":6,\"abm\":false,", on, ":true", "}}}");
}

static bool
take(DomDef *def, const char *model, const char *has, const char *on, const char *refused, GError **err)
{
    g_autoptr(QemuCaps) caps = make_caps(model, has);
    g_autoptr(JsonNode) all = expansion(on), off = answer("[", refused, "", "]");

    assert_non_null(all);
    assert_non_null(off);
    return cpu_live_take(def, caps, all, off, err);
}

static void
captured_guests_have_the_cpu_that_libvirt_wrote(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
        g_autofree char *xml = read_golden(guests[i].guest, ".xml"), *live_xml = read_golden(guests[i].guest, ".live.xml");
        g_autofree char *migratable = read_golden(guests[i].guest, ".migratable.xml");
        g_autoptr(DomDef) def = must_define(xml), live = must_parse(live_xml, DOM_PARSE_LIVE);
        g_autoptr(DomDef) sent = must_parse(migratable, 0);
        g_autofree char *want = dom_cpu_format(live->cpu), *want_orig = dom_cpu_format(sent->cpu);
        GError *err = NULL;

        assert_ok(take(def, guests[i].model, guests[i].has, guests[i].on, guests[i].refused, &err), err);
        assert_non_null(def->orig_cpu);

        g_autofree char *got = dom_cpu_format(def->cpu), *got_orig = dom_cpu_format(def->orig_cpu);

        assert_same_text(guests[i].guest, got, want);
        assert_same_text(guests[i].guest, got_orig, want_orig);
    }
}

/* At the destination: the cookie's CPU has to be met, to the last feature. */
static void
a_cpu_that_was_promised_is_not_replaced(void **state)
{
    static const struct {
        const char *on, *refused, *words;
    } cases[] = {
        {COMMON "x2apic", "pni", NULL},
        {COMMON "x2apic aes", "pni", "extra features: aes"},
        {COMMON, "pni nx", "missing features: x2apic,nx"},
        {COMMON "x2apic aes avx", "pni sse", "extra features: aes,avx, missing features: sse"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *live_xml = read_golden("01", ".live.xml");
        g_autoptr(DomDef) def = must_parse(live_xml, DOM_PARSE_LIVE);
        g_autofree char *before = dom_cpu_format(def->cpu);
        g_autoptr(GError) err = NULL;
        /* pni was switched off on the command line: it is not on, and not refused either */
        g_autofree char *on = g_strdup(cases[i].on);
        char *pni = strstr(on, " pni ");

        memmove(pni, pni + 4, strlen(pni + 4) + 1);
        assert_int_equal(take(def, "qemu64", COMMON, on, cases[i].refused + strlen("pni"), &err), !cases[i].words);

        g_autofree char *after = dom_cpu_format(def->cpu);

        assert_string_equal(after, before);
        assert_null(def->orig_cpu);
        if (cases[i].words) {
            assert_int_equal(verr_code(err), VIR_ERR_OPERATION_FAILED);
            assert_non_null(strstr(err->message, "guest CPU doesn't match specification: "));
            assert_non_null(strstr(err->message, cases[i].words));
        }
    }
}

/* A QEMU that cannot answer, or a model of which nothing is known: the definition stays as it was. */
static void
without_facts_nothing_is_written(void **state)
{
    g_autofree char *xml = read_golden("01", ".xml");
    g_autoptr(DomDef) def = must_define(xml);
    g_autofree char *before = dom_cpu_format(def->cpu);
    g_autoptr(QemuCaps) other = make_caps("Nehalem", COMMON), own = make_caps("qemu64", COMMON);
    g_autoptr(JsonNode) all = expansion(COMMON), odd = json_parse("[{}]", -1, 8, NULL), none = json_parse("[]", -1, 8, NULL);
    GError *err = NULL;

    assert_ok(cpu_live_take(def, other, all, none, &err), err);
    assert_ok(cpu_live_take(def, own, NULL, NULL, &err), err);
    assert_ok(cpu_live_take(def, own, odd, none, &err), err);
    assert_ok(cpu_live_take(def, own, all, NULL, &err), err);

    g_autofree char *after = dom_cpu_format(def->cpu);

    assert_string_equal(after, before);
}

static void
modes_that_follow_the_host_are_not_asked_about(void **state)
{
    static const char *const kept[] = {"03", "07", "10"}; /* host-passthrough, maximum */

    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        g_autofree char *xml = read_golden(kept[i], ".xml");
        g_autoptr(DomDef) def = must_define(xml);
        g_autoptr(GArray) cmds = g_array_new(FALSE, FALSE, sizeof(QmpCmd));

        assert_int_equal(cpu_live_add_queries(def, cmds), 0);
        assert_int_equal(cmds->len, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captured_guests_have_the_cpu_that_libvirt_wrote),
        cmocka_unit_test(a_cpu_that_was_promised_is_not_replaced),
        cmocka_unit_test(without_facts_nothing_is_written),
        cmocka_unit_test(modes_that_follow_the_host_are_not_asked_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
