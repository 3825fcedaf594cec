/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VIR_ENUM_SENTINELS
#include "api-test.h"

#include <errno.h>

#include "api/errors.h"
/* cmocka has a fail() too */
#undef fail
#include "util/err.h"

static void
check_filled(int code)
{
    GError *err = NULL;
    virError out;

    verr_set(&err, VIR_FROM_QEMU, code, "%s", "the detail");
    virerr_from_gerror(err, &out);
    assert_int_equal(out.code, code);
    assert_int_equal(out.domain, VIR_FROM_QEMU);
    assert_int_equal(out.level, VIR_ERR_ERROR);
    assert_non_null(strstr(out.message, "the detail"));
    assert_string_equal(out.str2, "the detail");
    assert_null(out.str3);
    assert_int_equal(out.int1, -1);
    assert_int_equal(out.int2, -1);
    g_error_free(err);
    virResetError(&out);
}

/* Clients look at str1 and str2: the message is the one filled into the other. */
static void
every_code_fills_its_template(void **state)
{
    for (int code = 1; code < VIR_ERR_NUMBER_LAST; code++) {
        const char *with = verr_template(code, true);
        const char *without = verr_template(code, false);

        check_filled(code);
        assert_non_null(with);
        assert_non_null(without);
        assert_null(strchr(without, '%'));
        /* exactly one */
        assert_ptr_equal(strstr(with, "%s"), strchr(with, '%'));
        assert_ptr_equal(strchr(with, '%'), strrchr(with, '%'));
    }
}

static void
every_domain_has_a_name(void **state)
{
    for (int domain = 1; domain < VIR_ERR_DOMAIN_LAST; domain++)
        assert_string_not_equal(virerr_domain_name(domain), "");
    assert_string_equal(virerr_domain_name(VIR_FROM_NONE), "");
    assert_string_equal(virerr_domain_name(VIR_ERR_DOMAIN_LAST), "");
    assert_string_equal(virerr_domain_name(-1), "");
}

/* A peer sends one text; what a client finds in str1 and str2 must not depend on where the error arose. */
static void
verbatim_errors_are_taken_apart(void **state)
{
    static const struct {
        int code;
        const char *text, *str1, *str2;
    } cases[] = {
        { VIR_ERR_NO_DOMAIN, "Domain not found: no domain with matching name 'x'", "Domain not found: %s",
          "no domain with matching name 'x'" },
        { VIR_ERR_DOM_EXIST, "domain x exists already", "domain %s exists already", "x" },
        { VIR_ERR_NO_DOMAIN, "something translated", "something translated", NULL },
        { VIR_ERR_SYSTEM_ERROR, "cannot open: No such file", "%s", "cannot open: No such file" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *err = NULL;
        virError out;

        verr_set_verbatim(&err, VIR_FROM_QEMU, cases[i].code, cases[i].text);
        virerr_from_gerror(err, &out);
        assert_string_equal(out.message, cases[i].text);
        assert_string_equal(out.str1, cases[i].str1);
        if (cases[i].str2)
            assert_string_equal(out.str2, cases[i].str2);
        else
            assert_null(out.str2);
        g_error_free(err);
        virResetError(&out);
    }
}

/* Bare text, function and argument beside it, as clients get it from libvirt. */
static void
wrong_arguments_are_named_apart(void **state)
{
    virConnectPtr conn = open_fake();
    virErrorPtr err;

    virConnectListDomains(conn, NULL, 3);
    err = virGetLastError();
    assert_string_equal(err->message, "ids in virConnectListDomains must not be NULL");
    assert_string_equal(err->str1, "virConnectListDomains");
    assert_string_equal(err->str2, "ids");
    assert_int_equal(err->int1, 0);
    assert_int_equal(err->domain, VIR_FROM_DOMAIN);
    virConnectClose(conn);
}

static void
system_errors_bring_their_number(void **state)
{
    GError *err = NULL, *copy;
    virError out;

    verr_set_errno(&err, VIR_FROM_RPC, ENOENT, "cannot connect");
    copy = g_error_copy(err);
    g_error_free(err);
    virerr_from_gerror(copy, &out);
    assert_int_equal(out.int1, ENOENT);
    assert_int_equal(out.int2, -1);
    assert_string_equal(out.str1, "%s");
    g_error_free(copy);
    virResetError(&out);
}

static void
copies_outlive_the_original(void **state)
{
    virErrorPtr saved;
    virError copy;

    virDomainFree(NULL);
    saved = virSaveLastError();
    assert_int_equal(virCopyLastError(&copy), VIR_ERR_INVALID_DOMAIN);
    virResetLastError();
    assert_int_equal(saved->code, VIR_ERR_INVALID_DOMAIN);
    assert_string_equal(saved->message, copy.message);
    assert_string_equal(copy.str2, "virDomainFree");
    virFreeError(saved);
    virResetError(&copy);
    assert_null(copy.message);

    saved = virSaveLastError();
    assert_int_equal(saved->code, VIR_ERR_OK);
    virFreeError(saved);
    assert_int_equal(virCopyLastError(&copy), VIR_ERR_OK);
    assert_int_equal(virCopyLastError(NULL), -1);
}

static void
connection_errors_can_be_copied(void **state)
{
    virConnectPtr conn = open_fake();
    virError copy;

    assert_int_equal(virConnCopyLastError(conn, &copy), VIR_ERR_OK);
    virDomainLookupByName(conn, "nobody");
    assert_int_equal(virConnCopyLastError(conn, &copy), VIR_ERR_NO_DOMAIN);
    assert_string_equal(copy.message, "Domain not found: no domain with matching name");
    virResetError(&copy);
    assert_int_equal(virConnCopyLastError(NULL, &copy), -1);
    virConnectClose(conn);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_code_fills_its_template, fresh),
        cmocka_unit_test_setup(every_domain_has_a_name, fresh),
        cmocka_unit_test_setup(verbatim_errors_are_taken_apart, fresh),
        cmocka_unit_test_setup(wrong_arguments_are_named_apart, fresh),
        cmocka_unit_test_setup(system_errors_bring_their_number, fresh),
        cmocka_unit_test_setup(copies_outlive_the_original, fresh),
        cmocka_unit_test_setup(connection_errors_can_be_copied, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
