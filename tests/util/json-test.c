/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON from outside: a wrong type must be an absent value, not a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "util/json.h"

static void
wrong_types_are_absent_values(void **state)
{
    g_autoptr(JsonNode) node = json_parse("{\"s\": \"x\", \"i\": 3, \"b\": true, \"d\": 1.5, \"o\": {}, \"a\": [1, \"y\"], "
                                          "\"n\": null}", -1, 4, NULL);
    JsonObject *object = json_as_object(node);
    static const char *const names[] = { "s", "i", "b", "d", "o", "a", "n", "absent" };
    guint strings = 0, ints = 0, bools = 0, doubles = 0, objects = 0, arrays = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        gint64 number;
        double real;
        bool   truth;

        strings += json_get_string(object, names[i]) != NULL;
        ints += json_get_int(object, names[i], &number);
        doubles += json_get_double(object, names[i], &real);
        bools += json_get_bool(object, names[i], &truth);
        objects += json_get_object(object, names[i]) != NULL;
        arrays += json_get_array(object, names[i]) != NULL;
    }
    assert_int_equal(strings, 1);
    assert_int_equal(ints, 1);
    assert_int_equal(doubles, 2); /* a whole number is a number */
    assert_int_equal(bools, 1);
    assert_int_equal(objects, 1);
    assert_int_equal(arrays, 1);
    assert_int_equal(json_int_or(object, "s", 7), 7);
    assert_null(json_array_string(json_get_array(object, "a"), 0));
    assert_string_equal(json_array_string(json_get_array(object, "a"), 1), "y");
    assert_null(json_array_string(json_get_array(object, "a"), 2));
    assert_null(json_get_string(NULL, "s"));
    assert_int_equal(json_array_size(NULL), 0);
}

/* text; is it read with at most 3 levels? */
static const struct {
    const char *text;
    bool        good;
} texts[] = {
    { "{\"a\": [{}]}", true },   { "{\"a\": [[[]]]}", false }, { "[\"[[[[\", \"\\\"[[[[\"]", true },
    { "", false },               { "{\"a\": ", false },         { "{} {}", false },
    { "{\"a\": \"\xff\"}", false }, { "[[[[[[[[[[[[[[[[", false },
};

static void
depth_and_shape_are_checked(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(JsonNode) node = json_parse(texts[i].text, -1, 3, &error);

        if ((node != NULL) != texts[i].good)
            print_error("%s\n", texts[i].text);
        assert_int_equal(node != NULL, texts[i].good);
        assert_int_equal(error == NULL, texts[i].good);
    }
}

static void
objects_are_made_in_one_expression(void **state)
{
    g_autoptr(JsonObject) object = json_make("s:s", "a\"b", "s:none", NULL, "i:i", 3, "I:I", (gint64)1 << 40, "b:b", true,
                                             "o:o", json_make("d:d", 0.5, NULL), "a:a", json_array_new(), NULL);
    g_autofree char *text = json_object_text(object);

    assert_string_equal(text, "{\"s\":\"a\\\"b\",\"i\":3,\"I\":1099511627776,\"b\":true,\"o\":{\"d\":0.5},\"a\":[]}");
}

/* What a host loses: megabytes, for good, after its first look at QEMU. */
static void
long_lists_are_read_piece_by_piece(void **state)
{
    static const char text[] = "{\"return\": [{\"a\": \"]}\\\"{\"}, {\"b\": [{}]}, 3, [{}], {}], \"id\": 8}";
    static const char *const pieces[] = { "{\"a\": \"]}\\\"{\"}", "{\"b\": [{}]}", "{}" };
    g_autofree char *outline = json_outline(text, 2);
    JsonCursor at = { .at = text, .end = text + strlen(text) };
    const char *piece;
    gsize len;

    assert_string_equal(outline, "{\"return\": [], \"id\": 8}");
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autofree char *got = NULL;

        piece = json_next_object(&at, 2, &len);
        assert_non_null(piece);
        got = g_strndup(piece, len);
        assert_string_equal(got, pieces[i]);
    }
    assert_null(json_next_object(&at, 2, &len));
    at = (JsonCursor){ .at = "{\"a\": [{\"never ended\": " };
    at.end = at.at + strlen(at.at);
    assert_null(json_next_object(&at, 2, &len));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_types_are_absent_values),
        cmocka_unit_test(depth_and_shape_are_checked),
        cmocka_unit_test(objects_are_made_in_one_expression),
        cmocka_unit_test(long_lists_are_read_piece_by_piece),
    };

    return cmocka_run_group_tests_name("util/json", tests, NULL, NULL);
}
