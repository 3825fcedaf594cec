/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who brings a guest from elsewhere learns at once everything that has to change. When this fails he learns it one start at
 * a time, or is sent to the wrong line.
 */
#include "dom-test.h"

#include "model/dom-problems.h"

typedef struct { int line; const char *element, *text; } Expected;

static const struct {
    const char *xml;
    Expected problems[7]; /* in the order in which they are found */
    bool rest;            /* what is left is a guest */
} cases[] = {
    { "<domain type='qemu'>\n<name>g</name>\n<memory>65536</memory>\n<os><type>hvm</type></os>\n</domain>", { { 0 } }, true },
    { "<domain type='qemu'>\n<name>g</name>\n<memory>65536</memory>\n<os><type>hvm</type></os>\n<devices>\n"
      "<disk type='file' snapshot='no'>\n<source file='/a'/>\n<target dev='vda' bus='virtio'/>\n</disk>\n"
      "<redirdev bus='usb' type='spicevmc'/>\n<hostdev mode='subsystem' type='pci'/>\n"
      "<video><model type='bogus'/></video>\n</devices>\n</domain>",
      { { 12, "devices/video", "'bogus'" }, { 6, "devices/disk", "'snapshot'" }, { 10, "devices/redirdev", "<redirdev>" },
        { 11, "devices/hostdev", "<hostdev>" } }, true },
    { "<domain type='qemu'><name>g</name><memory>65536</memory><os><type>hvm</type></os><devices>"
      "<tpm model='tpm-tis'><backend type='passthrough'/></tpm><sound model='bogus'/></devices></domain>",
      { { 1, "devices/sound", "'bogus'" }, { 1, "devices/tpm", "'passthrough'" } }, true },
    { "<domain type='qemu'>\n<name>g</name>\n<memory unit='furlong'>1</memory>\n<os><type>hvm</type></os>\n</domain>",
      { { 3, "memory", "furlong" } }, true },
    /* What reads well, but cannot be: all of it, not the first only. */
    { "<domain type='qemu'>\n<name>a/b</name>\n<memory>65536</memory>\n<vcpu current='3'>2</vcpu>\n<os>\n<type>hvm</type>\n"
      "<cmdline>x</cmdline>\n</os>\n<devices>\n<disk type='file'>\n<source file='/a'/>\n<target dev='vda'/>\n"
      "<address type='pci' slot='9' domain='3'/>\n</disk>\n<disk type='file'>\n<source file='/b'/>\n<target dev='sda'/>\n"
      "<wwn>short</wwn>\n</disk>\n<graphics type='vnc' port='80'/>\n</devices>\n</domain>",
      { { 2, "name", "'/'" }, { 5, "os", "<kernel>" }, { 4, "vcpu", "(2 < 3)" }, { 20, "devices/graphics", "5900" },
        { 15, "devices/disk", "wwn" }, { 10, "devices/disk", "domain 0" } }, true },
    { "<domain type='qemu'>\n<name>g</name>\n<memory>65536</memory>\n<os><type>xen</type></os>\n</domain>",
      { { 4, "os", "'xen'" } }, false },
    { "<network/>", { { 0, "", "domain" } }, false },
    { "<domain", { { 0, "", "domain" } }, false },
};

static bool
complete(DomDef *def, void *opaque, GError **err)
{
    return *(bool *)opaque = dom_def_complete(def, &test_caps, err);
}

static void
lists_everything_with_its_line(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool rest = false;
        g_autoptr(GPtrArray) problems = dom_def_problems(cases[i].xml, complete, &rest);
        size_t n = 0;

        for (guint p = 0; p < problems->len; p++) {
            const DomProblem *got = g_ptr_array_index(problems, p);
            bool known = false;

            for (size_t e = 0; e < G_N_ELEMENTS(cases[i].problems) && cases[i].problems[e].element; e++) {
                const Expected *want = &cases[i].problems[e];

                known = known || (want->line == got->line && strcmp(want->element, got->element) == 0 &&
                                  strstr(got->text, want->text));
            }
            if (!known)
                fail_msg("case %zu: unexpected: line %d, %s: %s", i, got->line, got->element, got->text);
        }
        while (n < G_N_ELEMENTS(cases[i].problems) && cases[i].problems[n].element)
            n++;
        assert_int_equal(problems->len, n);
        assert_int_equal(rest, cases[i].rest);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_everything_with_its_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
