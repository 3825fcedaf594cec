/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the XML layer promises to its readers: text comes out as it went in, and nothing is fetched, expanded or guessed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/xml.h"

/* cmocka's fail() ends a test; ours reports an error. */
#undef fail
#include <cmocka.h>

static const XmlInput input = {"(test)", "r", "keep", VIR_FROM_XML};

static void
text_survives_printing_and_reading(void **state)
{
    static const char *const texts[] = {"plain", "a<b>&'\"c", "\xc3\xa4\xe2\x82\xac", "two\nlines", "  blanks kept  "};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(XmlDoc) doc = xml_doc_new("r");
        g_autoptr(GError) err = NULL;

        xml_set_text(doc, xml_add(doc, xml_doc_root(doc), "t"), texts[i]);
        xml_set(doc, xml_doc_root(doc), "a", "first");
        xml_set(doc, xml_doc_root(doc), "a", "it's <\"new\">");

        g_autofree char *printed = xml_print(doc);
        g_autoptr(XmlDoc) again = xml_parse(printed, -1, &input, &err);

        assert_non_null(again);
        assert_string_equal(xml_child(xml_doc_root(again), "t")->text, texts[i]);
        assert_string_equal(xml_attr(xml_doc_root(again), "a"), "it's <\"new\">");
    }
}

static void
prints_like_libvirt(void **state)
{
    g_autoptr(XmlDoc) doc = xml_doc_new("r");
    XmlNode *child = xml_add(doc, xml_doc_root(doc), "c");

    xml_set(doc, child, "x", "1");
    xml_add(doc, child, "empty");
    xml_set_verbatim(doc, xml_add(doc, xml_doc_root(doc), "v"), "<v  a=\"1\"/>");

    g_autofree char *printed = xml_print(doc);

    assert_string_equal(printed, "<r>\n  <c x='1'>\n    <empty/>\n  </c>\n  <v  a=\"1\"/>\n</r>\n");
}

static void
keeps_a_part_as_it_stands(void **state)
{
    g_autoptr(XmlDoc) doc = xml_parse("<r><keep><m:x xmlns:m='urn:m' a='1'>t</m:x></keep><keep2/></r>", -1, &input, NULL);

    assert_non_null(doc);
    assert_string_equal(xml_child(xml_doc_root(doc), "keep")->verbatim, "<keep>\n    <m:x xmlns:m=\"urn:m\" a=\"1\">t</m:x>\n  </keep>");
    assert_null(xml_child(xml_doc_root(doc), "keep2")->verbatim);
}

static void
foreign_elements_are_not_taken_for_ours(void **state)
{
    g_autoptr(XmlDoc) doc = xml_parse("<r xmlns:q='urn:q'><q:a/><a n='1'/><b/><a n='2'/></r>", -1, &input, NULL);
    XmlNode *a = xml_child(xml_doc_root(doc), "a");

    assert_string_equal(xml_attr(a, "n"), "1");
    assert_string_equal(xml_attr(xml_again(a), "n"), "2");
    assert_null(xml_again(xml_again(a)));
    assert_string_equal(xml_doc_root(doc)->first->ns, "urn:q");
}

typedef struct { const char *text; int code; const char *message; } Bad;

static const Bad bad[] = {
    {"<r", VIR_ERR_XML_DETAIL, "(test):1: "},
    {"<r>\n<a></b>\n</r>", VIR_ERR_XML_DETAIL, "(test):2: "},
    {"<s/>", VIR_ERR_XML_ERROR, "expecting root element of 'r', not 's'"},
    {"<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><r>&e;</r>", VIR_ERR_XML_ERROR, "entities are not accepted"},
    {"<r>&undefined;</r>", VIR_ERR_XML_DETAIL, "'undefined' not defined"},
};

static void
refuses_what_is_no_plain_document(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) err = NULL;

        assert_null(xml_parse(bad[i].text, -1, &input, &err));
        assert_int_equal(verr_code(err), bad[i].code);
        assert_int_equal(verr_from(err), VIR_FROM_XML);
        assert_non_null(strstr(err->message, bad[i].message));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_survives_printing_and_reading),
        cmocka_unit_test(prints_like_libvirt),
        cmocka_unit_test(keeps_a_part_as_it_stands),
        cmocka_unit_test(foreign_elements_are_not_taken_for_ours),
        cmocka_unit_test(refuses_what_is_no_plain_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
