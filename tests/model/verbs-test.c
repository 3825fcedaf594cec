/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/driver.h"
#include <libvirt/virterror.h>

static bool
answer(VirConn *conn, const DomainIn *in, StateOut *out, GError **err)
{
    out->state = (gint32)in->flags;
    return true;
}

static const Driver driver = { .name = "x", .domain_get_state = answer };

/* A row that points at another verb's slot would call a function with the wrong types. */
static void
each_row_reaches_its_own_slot(void **state)
{
    for (int i = 0; i < VERB_LAST; i++)
        assert_int_equal(verbs[i].has(&driver), i == VERB_domain_get_state);
}

static void
thunks_pass_in_and_out(void **state)
{
    const Verb *row = &verbs[VERB_domain_get_state];
    DomainIn in = { .flags = 5 };
    StateOut out = { 0 };

    assert_true(row->call(&driver, NULL, &in, &out, NULL));
    assert_int_equal(out.state, 5);
    assert_int_equal(row->out_size, sizeof(StateOut));
    assert_string_equal(row->api, "virDomainGetState");
    assert_int_equal(row->access, VERB_RO);
}

/* What changes something must not be open to everybody; what shows something must not be closed. */
static void
names_and_access_agree(void **state)
{
    /* they read; but may run any binary, or are refused by libvirt too */
    static const VerbId guarded[] = { VERB_connect_get_domain_capabilities, VERB_connect_domain_xml_to_native,
                                    VERB_migrate_get_max_speed, VERB_connect_compare_hypervisor_cpu,
                                    VERB_connect_baseline_hypervisor_cpu };

    for (int i = 0; i < VERB_LAST; i++) {
        bool reads = strstr(verbs[i].name, "_get_") || strstr(verbs[i].name, "_is_") || strstr(verbs[i].name, "_list_")
                     || strstr(verbs[i].name, "_num") || strstr(verbs[i].name, "_lookup_")
                     || strstr(verbs[i].name, "supports") || strstr(verbs[i].name, "_compare_") || strstr(verbs[i].name, "_baseline_")
                     || strstr(verbs[i].name, "_has_") || strstr(verbs[i].name, "_stats");

        for (gsize k = 0; k < G_N_ELEMENTS(guarded); k++)
            reads = reads && (VerbId)i != guarded[k];
        if (reads != (verbs[i].access == VERB_RO))
            fail_msg("%s: access does not fit the name", verbs[i].name);
    }
}

static void
unknown_flags_are_shown(void **state)
{
    g_autoptr(GError) err = NULL;

    assert_true(verb_check_flags(3, 3, "f", NULL));
    assert_true(verb_check_flags(0, 0, "f", NULL));
    assert_false(verb_check_flags(0x107, 3, "f", &err));
    assert_int_equal(err->code, VIR_ERR_INVALID_ARG);
    assert_string_equal(err->message, "unsupported flags (0x104) in function f");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_reaches_its_own_slot),
        cmocka_unit_test(thunks_pass_in_and_out),
        cmocka_unit_test(names_and_access_agree),
        cmocka_unit_test(unknown_flags_are_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
