/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guests as libvirt itself defined, ran and handed them over. A difference here is a guest that cannot be migrated between
 * a libvirtd and us, or that finds its disk in another slot after the next start.
 */
#include "dom-test.h"

static const char *const guests[] = {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"};

/* Links that libvirt found in the images are printed only live; the XML alone does not tell them from given ones. */
static void
mark_detected(DomDef *def)
{
    DomDisk *disk;

    dom_each(disk, def->disks)
        for (DomSource *src = disk->src.backing; src && src->type; src = src->backing)
            src->detected = true;
}

static void
take_original_cpu(DomDef *live, const char *migratable)
{
    g_autoptr(DomDef) def = must_parse(migratable, 0);

    dom_cpu_free(live->orig_cpu);
    live->orig_cpu = dom_cpu_copy(def->cpu);
}

static void
live_xml_survives_reading_and_printing(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
        g_autofree char *live = read_golden(guests[i], ".live.xml");
        g_autoptr(DomDef) def = must_parse(live, DOM_PARSE_LIVE);
        g_autoptr(DomDef) copy = dom_def_copy(def);
        g_autofree char *printed = must_format(def, DOM_XML_SECURE);
        g_autofree char *of_copy = must_format(copy, DOM_XML_SECURE);

        assert_same_text(guests[i], printed, live);
        assert_same_text(guests[i], of_copy, live);
    }
}

static void
running_guest_is_handed_over_as_libvirt_does(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
        g_autofree char *live = read_golden(guests[i], ".live.xml");
        g_autofree char *migratable = read_golden(guests[i], ".migratable.xml");
        g_autoptr(DomDef) def = must_parse(live, DOM_PARSE_LIVE);

        mark_detected(def);
        take_original_cpu(def, migratable);
        /* The address came from that host's configuration, which the XML does not say. */
        if (strcmp(guests[i], "04") == 0) {
            DomGraphics *graphics = g_ptr_array_index(def->graphics, 0);

            ((DomListen *)g_ptr_array_index(graphics->listens, 0))->from_config = true;
        }

        g_autofree char *printed = must_format(def, DOM_XML_SECURE | DOM_XML_MIGRATABLE);

        assert_same_text(guests[i], printed, migratable);
    }
}

static void
receiver_completes_what_the_sender_left_out(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
        g_autofree char *migratable = read_golden(guests[i], ".migratable.xml");
        g_autoptr(DomDef) def = must_define(migratable);
        g_autofree char *printed = must_format(def, DOM_XML_SECURE | DOM_XML_MIGRATABLE);

        assert_same_text(guests[i], printed, migratable);
    }
}

static void
passwords_are_printed_only_when_asked_for(void **state)
{
    g_autofree char *live = read_golden("02", ".live.xml");
    g_autoptr(DomDef) def = must_parse(live, DOM_PARSE_LIVE);
    static const unsigned flags[] = {0, DOM_XML_INACTIVE, DOM_XML_MIGRATABLE, DOM_XML_UPDATE_CPU};

    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        g_autofree char *printed = must_format(def, flags[i]);

        assert_null(strstr(printed, "sekret"));
        assert_null(strstr(printed, "passwd"));
    }
}

static void
stopped_guest_keeps_nothing_of_its_run(void **state)
{
    g_autofree char *live = read_golden("02", ".live.xml");
    g_autoptr(DomDef) def = must_parse(live, DOM_PARSE_LIVE);
    static const char *const traces[] = {" id='76'", "/dev/pts", "vnet0", "disconnected", "5900", "channel/target", "virtio-disk0", "index='1'>"};

    dom_def_strip_live(def);

    g_autofree char *printed = must_format(def, DOM_XML_SECURE);

    for (size_t i = 0; i < G_N_ELEMENTS(traces) - 1; i++)
        assert_null(strstr(printed, traces[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_xml_survives_reading_and_printing),
        cmocka_unit_test(running_guest_is_handed_over_as_libvirt_does),
        cmocka_unit_test(receiver_completes_what_the_sender_left_out),
        cmocka_unit_test(passwords_are_printed_only_when_asked_for),
        cmocka_unit_test(stopped_guest_keeps_nothing_of_its_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
