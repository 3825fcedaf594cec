/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What we print is valid by libvirt's own schema, where that is installed: otherwise virsh edit refuses to save a guest,
 * and tools that check before they send refuse to send it.
 */
#include <libxml/relaxng.h>

#include "dom-test.h"

#define SCHEMA "/usr/share/libvirt/schemas/domain.rng"

static void
note_problem(void *opaque, const char *format, ...)
{
    GString *problems = opaque;
    va_list args;

    va_start(args, format);
    g_string_append_vprintf(problems, format, args);
    va_end(args);
}

static void
assert_valid(xmlRelaxNGPtr schema, const char *what, const char *xml)
{
    g_autoptr(GString) problems = g_string_new(NULL);
    xmlDocPtr doc = xmlReadMemory(xml, (int)strlen(xml), what, NULL, XML_PARSE_NONET);
    xmlRelaxNGValidCtxtPtr ctxt = xmlRelaxNGNewValidCtxt(schema);

    assert_non_null(doc);
    xmlRelaxNGSetValidErrors(ctxt, note_problem, note_problem, problems);

    int result = xmlRelaxNGValidateDoc(ctxt, doc);

    xmlRelaxNGFreeValidCtxt(ctxt);
    xmlFreeDoc(doc);
    if (result != 0)
        fail_msg("%s: %s\n%s", what, problems->str, xml);
}

static void
printed_xml_is_valid(void **state)
{
    static const char *const guests[] = {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"};
    xmlRelaxNGParserCtxtPtr parser;
    xmlRelaxNGPtr schema;

    if (!g_file_test(SCHEMA, G_FILE_TEST_EXISTS)) {
        print_message("skipped: %s is not installed (libvirt-clients)\n", SCHEMA);
        skip();
    }
    parser = xmlRelaxNGNewParserCtxt(SCHEMA);
    schema = xmlRelaxNGParse(parser);
    assert_non_null(schema);

    for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
        g_autofree char *given = read_golden(guests[i], ".xml");
        g_autoptr(DomDef) def = must_define(given);
        g_autoptr(DomDef) live = dom_def_copy(def);
        g_autofree char *inactive = must_format(def, DOM_XML_SECURE);
        g_autofree char *migratable = must_format(def, DOM_XML_SECURE | DOM_XML_MIGRATABLE);

        assert_true(dom_def_prepare_live(live, NULL));
        live->id = 1;

        g_autofree char *running = must_format(live, 0);

        assert_valid(schema, guests[i], inactive);
        assert_valid(schema, guests[i], migratable);
        assert_valid(schema, guests[i], running);
    }

    xmlRelaxNGFree(schema);
    xmlRelaxNGFreeParserCtxt(parser);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed_xml_is_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
