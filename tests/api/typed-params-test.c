/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api-test.h"

#include <float.h>

#include "model/params.h"

/* Which text is a value of which type: a client's "--param x=y" must be taken or refused, never bent. */
static const struct {
    int         type;
    const char *text;
    bool        fine;
} texts[] = {
    { VIR_TYPED_PARAM_INT, "0", true },
    { VIR_TYPED_PARAM_INT, "-2147483648", true },
    { VIR_TYPED_PARAM_INT, "2147483647", true },
    { VIR_TYPED_PARAM_INT, "2147483648", false },
    { VIR_TYPED_PARAM_INT, "", false },
    { VIR_TYPED_PARAM_INT, "1x", false },
    { VIR_TYPED_PARAM_INT, "x", false },
    { VIR_TYPED_PARAM_UINT, "4294967295", true },
    { VIR_TYPED_PARAM_UINT, "4294967296", false },
    { VIR_TYPED_PARAM_UINT, "-1", false },
    { VIR_TYPED_PARAM_LLONG, "-9223372036854775808", true },
    { VIR_TYPED_PARAM_LLONG, "9223372036854775808", false },
    { VIR_TYPED_PARAM_ULLONG, "18446744073709551615", true },
    { VIR_TYPED_PARAM_ULLONG, "18446744073709551616", false },
    { VIR_TYPED_PARAM_ULLONG, "-1", false },
    { VIR_TYPED_PARAM_DOUBLE, "1.5", true },
    { VIR_TYPED_PARAM_DOUBLE, "1,5", false },
    { VIR_TYPED_PARAM_BOOLEAN, "0", true },
    { VIR_TYPED_PARAM_BOOLEAN, "1", true },
    { VIR_TYPED_PARAM_BOOLEAN, "true", false },
    { VIR_TYPED_PARAM_BOOLEAN, "10", false },
    { VIR_TYPED_PARAM_STRING, "", true },
    { VIR_TYPED_PARAM_STRING, "text", true },
    { 0, "1", false },
    { 8, "1", false },
    { -1, "1", false },
};

static void
texts_become_values_or_errors(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        virTypedParameterPtr params = NULL;
        int n = 0, max = 0;
        int ret = virTypedParamsAddFromString(&params, &n, &max, "x", texts[i].type, texts[i].text);

        if ((ret == 0) != texts[i].fine)
            fail_msg("type %d text '%s' gave %d", texts[i].type, texts[i].text, ret);
        assert_int_equal(n, texts[i].fine);
        virTypedParamsFree(params, n);
    }
}

/* One parameter of each type; every getter must find its own and refuse the other six. */
typedef int (*Getter)(virTypedParameterPtr params, int n, const char *name);

#define GETTER(Name, c_type)                                                                                 \
    static int get_##Name(virTypedParameterPtr params, int n, const char *name)                              \
    {                                                                                                        \
        c_type value;                                                                                        \
        int with = virTypedParamsGet##Name(params, n, name, &value);                                         \
                                                                                                             \
        assert_int_equal(virTypedParamsGet##Name(params, n, name, NULL), with);                              \
        return with;                                                                                         \
    }
GETTER(Int, int)
GETTER(UInt, unsigned int)
GETTER(LLong, long long)
GETTER(ULLong, unsigned long long)
GETTER(Double, double)
GETTER(Boolean, int)
GETTER(String, const char *)

static const struct {
    const char *name;
    Getter      get;
} types[] = {
    { "int", get_Int },         { "uint", get_UInt },     { "llong", get_LLong },   { "ullong", get_ULLong },
    { "double", get_Double },   { "boolean", get_Boolean }, { "string", get_String },
};

static virTypedParameterPtr
one_of_each(int *n)
{
    virTypedParameterPtr params = NULL;
    int max = 0;

    *n = 0;
    assert_int_equal(virTypedParamsAddInt(&params, n, &max, "int", -1), 0);
    assert_int_equal(virTypedParamsAddUInt(&params, n, &max, "uint", 2), 0);
    assert_int_equal(virTypedParamsAddLLong(&params, n, &max, "llong", -3), 0);
    assert_int_equal(virTypedParamsAddULLong(&params, n, &max, "ullong", 4), 0);
    assert_int_equal(virTypedParamsAddDouble(&params, n, &max, "double", 5.5), 0);
    assert_int_equal(virTypedParamsAddBoolean(&params, n, &max, "boolean", 6), 0);
    assert_int_equal(virTypedParamsAddString(&params, n, &max, "string", "seven"), 0);
    assert_int_equal(*n, 7);
    return params;
}

static void
getters_insist_on_the_type(void **state)
{
    int n;
    virTypedParameterPtr params = one_of_each(&n);

    for (gsize g = 0; g < G_N_ELEMENTS(types); g++) {
        for (gsize p = 0; p < G_N_ELEMENTS(types); p++)
            assert_int_equal(types[g].get(params, n, types[p].name), g == p ? 1 : -1);
        assert_int_equal(types[g].get(params, n, "absent"), 0);
        assert_int_equal(types[g].get(NULL, 0, "absent"), 0);
        assert_null(virGetLastError());
    }
    get_Int(params, n, "string");
    assert_last_error(VIR_ERR_INVALID_ARG, "invalid argument: Invalid type 'int' requested for parameter 'string', "
                                           "actual type is 'string'");
    assert_int_equal(virTypedParamsGet(params, n, "boolean")->value.b, 1);
    assert_null(virTypedParamsGet(params, n, "absent"));
    virTypedParamsFree(params, n);
}

static void
adding_checks_its_arguments(void **state)
{
    virTypedParameterPtr params = NULL;
    int n = 0, max = 0;
    char longest[VIR_TYPED_PARAM_FIELD_LENGTH];
    char too_long[VIR_TYPED_PARAM_FIELD_LENGTH + 1];

    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    memset(too_long, 'x', sizeof(too_long));
    too_long[sizeof(too_long) - 1] = '\0';
    assert_int_equal(virTypedParamsAddInt(&params, &n, &max, longest, 1), 0);
    assert_int_equal(virTypedParamsAddInt(&params, &n, &max, too_long, 1), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INTERNAL_ERROR);
    assert_int_equal(virTypedParamsAddInt(NULL, &n, &max, "x", 1), -1);
    assert_int_equal(virTypedParamsAddInt(&params, NULL, &max, "x", 1), -1);
    assert_int_equal(virTypedParamsAddInt(&params, &n, NULL, "x", 1), -1);
    assert_int_equal(virTypedParamsAddInt(&params, &n, &max, NULL, 1), -1);
    assert_last_error(VIR_ERR_INVALID_ARG, "name in virTypedParamsAddInt must not be NULL");
    assert_int_equal(virTypedParamsAddFromString(&params, &n, &max, "x", VIR_TYPED_PARAM_INT, NULL), -1);
    assert_int_equal(n, 1);
    virTypedParamsFree(params, n);
}

static void
string_lists_repeat_the_name(void **state)
{
    static const char *disks[] = { "vda", "vdb", "vdc", NULL };
    virTypedParameterPtr params = NULL;
    int n = 0, max = 0;
    g_autofree const char **found = NULL;
    Params list;

    assert_int_equal(virTypedParamsAddStringList(&params, &n, &max, "migrate_disks", disks), 0);
    assert_int_equal(virTypedParamsAddStringList(&params, &n, &max, "migrate_disks", NULL), 0);
    assert_int_equal(n, 3);
    list = (Params){ params, n };
    found = params_get_strings(&list, "migrate_disks");
    assert_string_equal(found[2], "vdc");
    assert_null(found[3]);
    virTypedParamsFree(params, n);
}

/* A thousand are added one by one: nothing may be lost when the array moves. */
static void
arrays_grow(void **state)
{
    virTypedParameterPtr params = NULL;
    int n = 0, max = 0, value;
    char name[16];

    for (int i = 0; i < 1000; i++) {
        g_snprintf(name, sizeof(name), "p%d", i);
        assert_int_equal(virTypedParamsAddInt(&params, &n, &max, name, i), 0);
        assert_true(n <= max);
    }
    assert_int_equal(virTypedParamsGetInt(params, n, "p777", &value), 1);
    assert_int_equal(value, 777);
    virTypedParamsFree(params, n);
}

static const ParamRow rows[] = {
    { "migrate_uri", VIR_TYPED_PARAM_STRING, false },
    { "bandwidth", VIR_TYPED_PARAM_ULLONG, false },
    { "migrate_disks", VIR_TYPED_PARAM_STRING, true },
};

/* A parameter that is not understood must stop a migration, not be dropped. */
static void
rows_decide_what_is_accepted(void **state)
{
    static const struct {
        const char *name;
        int         type;
        int         times;
        int         code;
        const char *text;
    } cases[] = {
        { "migrate_uri", VIR_TYPED_PARAM_STRING, 1, VIR_ERR_OK, NULL },
        { "migrate_disks", VIR_TYPED_PARAM_STRING, 3, VIR_ERR_OK, NULL },
        { "bandwidth", VIR_TYPED_PARAM_ULLONG, 2, VIR_ERR_INVALID_ARG, "parameter 'bandwidth' occurs multiple times" },
        { "bandwidth", VIR_TYPED_PARAM_INT, 1, VIR_ERR_INVALID_ARG,
          "invalid type 'int' for parameter 'bandwidth', expected 'ullong'" },
        { "bandwith", VIR_TYPED_PARAM_ULLONG, 1, VIR_ERR_ARGUMENT_UNSUPPORTED, "parameter 'bandwith' not supported" },
        { "", VIR_TYPED_PARAM_ULLONG, 1, VIR_ERR_ARGUMENT_UNSUPPORTED, "parameter '' not supported" },
        { "bandwidth", 99, 1, VIR_ERR_INVALID_ARG,
          "invalid type 'unknown' for parameter 'bandwidth', expected 'ullong'" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        virTypedParameter list[3] = { 0 };
        Params params = { list, cases[i].times };
        g_autoptr(GError) err = NULL;

        for (int k = 0; k < cases[i].times; k++) {
            g_strlcpy(list[k].field, cases[i].name, sizeof(list[k].field));
            list[k].type = cases[i].type;
        }
        assert_int_equal(params_check(&params, rows, G_N_ELEMENTS(rows), &err), cases[i].code == VIR_ERR_OK);
        assert_int_equal(err ? err->code : VIR_ERR_OK, cases[i].code);
        if (err)
            assert_string_equal(err->message, cases[i].text);
    }
}

static void
unterminated_names_are_refused(void **state)
{
    virTypedParameter evil = { .type = VIR_TYPED_PARAM_INT };
    Params params = { &evil, 1 };
    g_autoptr(GError) err = NULL;

    memset(evil.field, 'x', sizeof(evil.field));
    assert_false(params_check(&params, rows, G_N_ELEMENTS(rows), &err));
    assert_int_equal(err->code, VIR_ERR_INVALID_ARG);
}

static void
copies_own_their_strings(void **state)
{
    int n;
    virTypedParameterPtr params = one_of_each(&n);
    Params from = { params, n }, copy;

    params_copy(&from, &copy);
    virTypedParamsFree(params, n);
    assert_string_equal(params_find(&copy, "string")->value.s, "seven");
    params_remove(&copy, "string");
    assert_int_equal(copy.n, 6);
    assert_null(params_find(&copy, "string"));
    params_clear(&copy);
    assert_int_equal(copy.n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(texts_become_values_or_errors, fresh),
        cmocka_unit_test_setup(getters_insist_on_the_type, fresh),
        cmocka_unit_test_setup(adding_checks_its_arguments, fresh),
        cmocka_unit_test_setup(string_lists_repeat_the_name, fresh),
        cmocka_unit_test_setup(arrays_grow, fresh),
        cmocka_unit_test_setup(rows_decide_what_is_accepted, fresh),
        cmocka_unit_test_setup(unterminated_names_are_refused, fresh),
        cmocka_unit_test_setup(copies_own_their_strings, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
