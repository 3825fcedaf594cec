/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals: before anything has been started, with libvirt's code and words. */
#include "two-hosts.h"

#include <string.h>

#include "model/params.h"
#include "util/log.h"

#define LIVE VIR_MIGRATE_LIVE

static const struct {
    const char *what;
    guint32     flags;
    struct { const char *name; const char *text; } param;
    int         code;
    const char *words;
} refusals[] = {
    { "storage", LIVE | VIR_MIGRATE_NON_SHARED_DISK, { 0 }, VIR_ERR_ARGUMENT_UNSUPPORTED, "" },
    { "post-copy", LIVE | VIR_MIGRATE_POSTCOPY, { 0 }, VIR_ERR_ARGUMENT_UNSUPPORTED, "" },
    { "tls without certificates", LIVE | VIR_MIGRATE_TLS, { 0 }, VIR_ERR_OPERATION_INVALID,
      "host migration TLS directory not configured" },
    { "offline without persistent", VIR_MIGRATE_OFFLINE, { 0 }, VIR_ERR_OPERATION_INVALID,
      "offline migration must be specified with the persistent flag set" },
    { "scheme", LIVE, { VIR_MIGRATE_PARAM_URI, "foo:bar" }, VIR_ERR_ARGUMENT_UNSUPPORTED, "unsupported scheme foo in migration URI foo:bar" },
    { "no scheme", LIVE, { VIR_MIGRATE_PARAM_URI, "10.0.0.1" }, VIR_ERR_INVALID_ARG, "missing scheme in migration URI: 10.0.0.1" },
    { "no host", LIVE, { VIR_MIGRATE_PARAM_URI, "tcp:" }, VIR_ERR_INVALID_ARG, "missing host in migration URI: tcp:" },
    { "method", LIVE, { VIR_MIGRATE_PARAM_COMPRESSION, "bogus" }, VIR_ERR_INVALID_ARG, "Unsupported compression method 'bogus'" },
    { "parameter", LIVE, { "bogus", "1" }, VIR_ERR_ARGUMENT_UNSUPPORTED, "parameter 'bogus' not supported" },
    { "xml", LIVE, { VIR_MIGRATE_PARAM_DEST_XML, "<bad" }, VIR_ERR_XML_DETAIL, "" },
};

static void
refusals_leave_the_guest_alone(void **state)
{
    TwoHosts *th = *state;

    start_guest(&th->a, "guest");
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        Trip             trip = TRIP(&th->a, &th->b, .flags = refusals[i].flags);
        g_autofree char *events = NULL;

        print_message("             %s\n", refusals[i].what);
        if (refusals[i].param.name)
            params_add_string(&trip.params, refusals[i].param.name, refusals[i].param.text);
        migrate(&trip);
        assert_false(trip.ok);
        if (!strstr(trip.error->message, refusals[i].words))
            print_error("%s\n", trip.error->message);
        assert_int_equal(verr_code(trip.error), refusals[i].code);
        assert_non_null(strstr(trip.error->message, refusals[i].words));
        assert_true(guest_runs(&th->a, "guest"));
        assert_int_equal(guest_state(&th->b, "guest", NULL), -1);
        assert_int_equal(ports_used(qmig_host_of(th->b.driver)->ports), witness_port(qmig_host_of(th->b.driver)->witness) ? 1 : 0);
        events = take_events(&th->b);
        assert_string_equal(events, "");
        trip_clear(&trip);
    }
}

static void
an_unsafe_disk_is_named(void **state)
{
    TwoHosts             *th = *state;
    g_autoptr(QemuDomain) dom = NULL;
    g_autoptr(GError)     err = NULL;

    start_guest(&th->a, "guest");
    dom = qemu_domain_table_by_name(th->a.driver->domains, "guest");
    assert_false(qmig_check_safe(dom->def, &err));
    assert_int_equal(verr_code(err), VIR_ERR_MIGRATE_UNSAFE);
    assert_true(g_str_has_prefix(err->message, "Migration without shared storage is unsafe"));
    assert_non_null(strstr(err->message, "'hda'"));
    assert_non_null(strstr(err->message, "cache mode 'none'"));
    assert_non_null(strstr(err->message, "--unsafe"));
}

static void
a_host_does_not_migrate_to_itself(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->a, .flags = LIVE);

    start_guest(&th->a, "guest");
    migrate(&trip);
    assert_false(trip.ok);
    assert_int_equal(verr_code(trip.error), VIR_ERR_INTERNAL_ERROR);
    assert_non_null(strstr(trip.error->message, "Attempt to migrate guest to the same host"));
    assert_true(guest_runs(&th->a, "guest"));
    trip_clear(&trip);
}

/* Whom the source would send to itself: the host has no other name, and nobody has told it an address. */
static void
a_destination_called_localhost_is_refused(void **state)
{
    TwoHosts   *th = *state;
    QemuConfig *config = (QemuConfig *)th->b.driver->config;
    Trip        trip = TRIP(&th->a, &th->b, .flags = LIVE);

    g_clear_pointer(&config->migrate_address, g_free);
    g_free(config->hostname);
    config->hostname = g_strdup("localhost.localdomain");
    start_guest(&th->a, "guest");
    migrate(&trip);
    assert_false(trip.ok);
    assert_int_equal(verr_code(trip.error), VIR_ERR_INTERNAL_ERROR);
    assert_non_null(strstr(trip.error->message,
                           "hostname on destination resolved to localhost, but migration requires an FQDN"));
    assert_true(guest_runs(&th->a, "guest"));
    assert_null(qemu_domain_table_by_name(th->b.driver->domains, "guest"));
    trip_clear(&trip);
}

static void
a_name_in_use_is_refused(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE);

    start_guest(&th->a, "guest");
    start_guest(&th->b, "guest");
    migrate(&trip);
    assert_false(trip.ok);
    assert_int_equal(verr_code(trip.error), VIR_ERR_OPERATION_INVALID);
    assert_non_null(strstr(trip.error->message, "domain 'guest' is already active"));
    assert_true(guest_runs(&th->a, "guest"));
    assert_true(guest_runs(&th->b, "guest"));
    trip_clear(&trip);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refusals_leave_the_guest_alone, setup_hosts, teardown_hosts),
        cmocka_unit_test_setup_teardown(an_unsafe_disk_is_named, setup_hosts, teardown_hosts),
        cmocka_unit_test_setup_teardown(a_host_does_not_migrate_to_itself, setup_hosts, teardown_hosts),
        cmocka_unit_test_setup_teardown(a_destination_called_localhost_is_refused, setup_hosts, teardown_hosts),
        cmocka_unit_test_setup_teardown(a_name_in_use_is_refused, setup_hosts, teardown_hosts),
    };

    log_init(LOG_INFO); /* shown when a test fails */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
