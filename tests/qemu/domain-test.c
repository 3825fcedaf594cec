/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of domains: a user loses guests that cannot be found, or finds two under one name. */
#include "bare-driver.h"

#include <string.h>

#include "model/dom-def.h"
#include "util/err.h"

/* name, uuid, how; error beside an active domain "first" of UUID_A; NULL: fine */
static const struct {
    const char  *name, *uuid;
    QemuTableAdd how;
    int          code;
    const char  *message;
} adds[] = {
    { "first", UUID_A, TABLE_ADD_DEFINE, 0, NULL },
    { "first", UUID_A, TABLE_ADD_LIVE, VIR_ERR_OPERATION_INVALID, "domain 'first' is already active" },
    { "first", UUID_B, TABLE_ADD_DEFINE, VIR_ERR_OPERATION_FAILED, "domain 'first' already exists with uuid " UUID_A },
    { "second", UUID_A, TABLE_ADD_LIVE, VIR_ERR_OPERATION_FAILED, "domain 'first' is already defined with uuid " UUID_A },
    { "second", UUID_B, TABLE_ADD_LIVE, 0, NULL },
};

static void
names_and_uuids_belong_together(void **state)
{
    BareDriver *bare = *state;
    g_autoptr(QemuDomain) first = bare_domain(bare, "first", UUID_A);

    qemu_domain_table_set_id(bare->driver->domains, first, 7);
    for (gsize i = 0; i < G_N_ELEMENTS(adds); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(QemuDomain) dom = NULL;
        guint8 uuid[VIR_UUID_BUFLEN];

        assert_true(dom_uuid_parse(adds[i].uuid, uuid));
        dom = qemu_domain_table_add(bare->driver, adds[i].name, uuid, adds[i].how, NULL, &error);
        assert_int_equal(dom != NULL, adds[i].code == 0);
        if (dom)
            continue;
        assert_int_equal(verr_code(error), adds[i].code);
        assert_int_equal(verr_from(error), VIR_FROM_DOMAIN);
        assert_string_equal(error->message, adds[i].message);
    }
    qemu_domain_table_set_id(bare->driver->domains, first, -1);
}

static void
a_domain_is_found_by_all_its_names_as_long_as_it_is_there(void **state)
{
    BareDriver *bare = *state;
    QemuDomainTable *table = bare->driver->domains;
    g_autoptr(QemuDomain) dom = bare_domain(bare, "guest", UUID_A);
    g_autoptr(QemuDomain) by_name = qemu_domain_table_by_name(table, "guest");
    g_autoptr(QemuDomain) by_uuid = qemu_domain_table_by_uuid(table, dom->uuid);
    g_autoptr(QemuDomain) by_id = NULL;

    assert_null(qemu_domain_table_by_id(table, 7));
    qemu_domain_table_set_id(table, dom, 7);
    by_id = qemu_domain_table_by_id(table, 7);
    assert_ptr_equal(by_name, dom);
    assert_ptr_equal(by_uuid, dom);
    assert_ptr_equal(by_id, dom);
    assert_int_equal(qemu_domain_table_count(table, true), 1);
    assert_int_equal(qemu_domain_table_count(table, false), 0);
    qemu_domain_table_remove(table, dom);
    qemu_domain_table_remove(table, dom);
    assert_null(qemu_domain_table_by_name(table, "guest"));
    assert_null(qemu_domain_table_by_uuid(table, dom->uuid));
    assert_null(qemu_domain_table_by_id(table, 7));
    assert_true(dom->removed);
}

static void
only_what_nobody_needs_is_removed(void **state)
{
    BareDriver *bare = *state;
    QemuDomainTable *table = bare->driver->domains;
    g_autoptr(QemuDomain) dom = bare_domain(bare, "guest", UUID_A);

    dom->persistent = true;
    qemu_domain_remove_if_unused(dom);
    assert_false(dom->removed);
    dom->persistent = false;
    qemu_domain_table_set_id(table, dom, 1);
    qemu_domain_remove_if_unused(dom);
    assert_false(dom->removed);
    qemu_domain_table_set_id(table, dom, -1);
    qemu_domain_remove_if_unused(dom);
    assert_true(dom->removed);
}

static void
lists_are_in_order_of_names(void **state)
{
    BareDriver *bare = *state;
    g_autoptr(QemuDomain) b = bare_domain(bare, "b", UUID_B);
    g_autoptr(QemuDomain) a = bare_domain(bare, "a", UUID_A);
    g_autoptr(GPtrArray) all = qemu_domain_table_list(bare->driver->domains);

    assert_int_equal(all->len, 2);
    assert_ptr_equal(g_ptr_array_index(all, 0), a);
    assert_ptr_equal(g_ptr_array_index(all, 1), b);
}

static void
a_start_keeps_the_persistent_definition_for_the_next_boot(void **state)
{
    BareDriver *bare = *state;
    g_autoptr(QemuDomain) dom = bare_domain(bare, "guest", UUID_A);

    qemu_domain_set_persistent_def(dom, bare_def("guest", UUID_A, "config"));
    qemu_domain_set_live_def(dom, bare_def("guest", UUID_A, "live"));
    assert_string_equal(dom->def->title, "live");
    assert_string_equal(dom->new_def->title, "config");
    qemu_domain_table_set_id(bare->driver->domains, dom, 1);
    qemu_domain_set_persistent_def(dom, bare_def("guest", UUID_A, "changed"));
    assert_string_equal(dom->def->title, "live");
    assert_string_equal(qemu_domain_get_persistent_def(dom, NULL)->title, "changed");
    qemu_domain_table_set_id(bare->driver->domains, dom, -1);
}

static void
a_transient_domain_has_no_next_boot(void **state)
{
    g_autoptr(QemuDomain) dom = bare_domain(*state, "guest", UUID_A);
    g_autoptr(GError) error = NULL;

    assert_null(qemu_domain_get_persistent_def(dom, &error));
    assert_int_equal(verr_code(error), VIR_ERR_OPERATION_INVALID);
    assert_non_null(strstr(error->message, "transient"));
}

static void
an_unknown_domain_is_named_in_the_error(void **state)
{
    BareDriver *bare = *state;
    g_autoptr(GError) error = NULL;
    char name[] = "guest";
    DomRef ref = { .name = name };

    assert_true(dom_uuid_parse(UUID_A, ref.uuid));
    assert_null(qemu_domain_find(bare->driver, &ref, &error));
    assert_int_equal(verr_code(error), VIR_ERR_NO_DOMAIN);
    assert_string_equal(error->message, "no domain with matching uuid '" UUID_A "' (guest)");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, bare_driver_set_up, bare_driver_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(names_and_uuids_belong_together),
        CASE(a_domain_is_found_by_all_its_names_as_long_as_it_is_there),
        CASE(only_what_nobody_needs_is_removed),
        CASE(lists_are_in_order_of_names),
        CASE(a_start_keeps_the_persistent_definition_for_the_next_boot),
        CASE(a_transient_domain_has_no_next_boot),
        CASE(an_unknown_domain_is_named_in_the_error),
    };

    return cmocka_run_group_tests_name("qemu/domain", tests, NULL, NULL);
}
