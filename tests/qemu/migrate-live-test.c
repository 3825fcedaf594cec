/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real guests between two hosts: what a user is promised when everything goes well. */
#include "two-hosts.h"

#include <string.h>

#include "fakes/ports.h"
#include "model/params.h"
#include "util/json.h"
#include "util/log.h"

/* After the move, on the host where the guest is; read once. */
static void
completed_stats_are_there(Host *host, int operation)
{
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(host->driver->domains, "guest");
    DomainIn              in = { .flags = VIR_DOMAIN_JOB_STATS_COMPLETED };
    JobStatsOut           stats = { 0 };

    qemu_domain_fill_ref(dom, &in.dom);
    assert_true(qemu_driver.domain_get_job_stats(host->conn, &in, &stats, NULL));
    assert_int_equal(stats.type, VIR_DOMAIN_JOB_COMPLETED);
    assert_int_equal(params_find(&stats.params, VIR_DOMAIN_JOB_OPERATION)->value.i, operation);
    assert_non_null(params_find(&stats.params, VIR_DOMAIN_JOB_DOWNTIME));
    assert_true(params_find(&stats.params, VIR_DOMAIN_JOB_MEMORY_TOTAL)->value.ul > 32 << 20);
    params_clear(&stats.params);
    stats = (JobStatsOut){ 0 };
    assert_true(qemu_driver.domain_get_job_stats(host->conn, &in, &stats, NULL));
    assert_int_equal(stats.type, VIR_DOMAIN_JOB_NONE);
    dom_ref_clear(&in.dom);
}

static void
forget(Host *host, const char *name)
{
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(host->driver->domains, name);
    DomainIn              in = { 0 };
    NoneOut               out;
    g_autoptr(GError)     err = NULL;

    if (!dom || !dom->persistent)
        return;
    qemu_domain_fill_ref(dom, &in.dom);
    if (!qemu_driver.domain_undefine(host->conn, &in, &out, &err))
        print_error("%s\n", err->message);
    assert_null(err);
    dom_ref_clear(&in.dom);
}

static void
kill_and_forget(Host *host, const char *name)
{
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(host->driver->domains, name);
    DomainIn              in = { 0 };
    NoneOut               out;

    qemu_domain_fill_ref(dom, &in.dom);
    assert_true(qemu_driver.domain_destroy(host->conn, &in, &out, NULL));
    dom_ref_clear(&in.dom);
    forget(host, name);
}

static void
a_guest_moves_there_and_back(void **state)
{
    TwoHosts        *th = *state;
    Trip             there = TRIP(&th->a, &th->b, .flags = VIR_MIGRATE_LIVE);
    Trip             back = TRIP(&th->b, &th->a, .flags = VIR_MIGRATE_LIVE);
    g_autofree char *from = NULL, *to = NULL;

    start_guest(&th->a, "guest");
    g_free(take_events(&th->a));
    must_arrive(&there);
    assert_true(guest_runs(&th->b, "guest"));
    nothing_is_left(&th->a, "guest");
    assert_int_equal(guest_state(&th->a, "guest", NULL), -1);
    from = take_events(&th->a);
    to = take_events(&th->b);
    assert_string_equal(from, "iteration; Suspended 1; Stopped 3; completed; ");
    assert_string_equal(to, "Started 1; Resumed 1; ");
    completed_stats_are_there(&th->b, VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN);
    must_arrive(&back);
    assert_true(guest_runs(&th->a, "guest"));
    nothing_is_left(&th->b, "guest");
    trip_clear(&there);
    trip_clear(&back);
}

/* Flags and parameters, one row each. */
typedef struct {
    const char *what;
    guint32     flags;
    struct { const char *name; int type; guint64 number; const char *text; } params[4];
    const char *there; /* name at the destination; NULL: the same */
    bool        suspend; /* before */
    bool        ends_paused;
    const char *to_events;
} Variant;

#define I(n, v) { n, VIR_TYPED_PARAM_INT, v, NULL }
#define U(n, v) { n, VIR_TYPED_PARAM_ULLONG, v, NULL }
#define S(n, v) { n, VIR_TYPED_PARAM_STRING, 0, v }
#define LIVE VIR_MIGRATE_LIVE

static const Variant variants[] = {
    { "not live", 0, .to_events = "Started 1; Resumed 1; " },
    { "stays paused", LIVE | VIR_MIGRATE_PAUSED, .ends_paused = true, .to_events = "Started 1; Suspended 0; " },
    { "was paused", LIVE, .suspend = true, .ends_paused = true, .to_events = "Started 1; Suspended 0; " },
    { "auto-converge", LIVE | VIR_MIGRATE_AUTO_CONVERGE,
      { I(VIR_MIGRATE_PARAM_AUTO_CONVERGE_INITIAL, 30), I(VIR_MIGRATE_PARAM_AUTO_CONVERGE_INCREMENT, 15) } },
    { "compressed flag", LIVE | VIR_MIGRATE_COMPRESSED },
    { "xbzrle with a cache", LIVE,
      { S(VIR_MIGRATE_PARAM_COMPRESSION, "xbzrle"), U(VIR_MIGRATE_PARAM_COMPRESSION_XBZRLE_CACHE, 1 << 20) } },
    { "parallel", LIVE | VIR_MIGRATE_PARALLEL, { I(VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, 3) } },
    { "parallel zlib", LIVE | VIR_MIGRATE_PARALLEL,
      { S(VIR_MIGRATE_PARAM_COMPRESSION, "zlib"), I(VIR_MIGRATE_PARAM_COMPRESSION_ZLIB_LEVEL, 3) } },
    { "parallel zstd", LIVE | VIR_MIGRATE_PARALLEL,
      { S(VIR_MIGRATE_PARAM_COMPRESSION, "zstd"), I(VIR_MIGRATE_PARAM_COMPRESSION_ZSTD_LEVEL, 5) } },
    { "bandwidth", LIVE, { U(VIR_MIGRATE_PARAM_BANDWIDTH, 64) } },
    { "no bandwidth limit", LIVE, { U(VIR_MIGRATE_PARAM_BANDWIDTH, 0) } },
    { "new name", LIVE, { S(VIR_MIGRATE_PARAM_DEST_NAME, "moved") }, .there = "moved" },
    { "address of its own", LIVE, { S(VIR_MIGRATE_PARAM_URI, "tcp://127.0.0.1"), S(VIR_MIGRATE_PARAM_LISTEN_ADDRESS, "127.0.0.1") } },
    { "port of its own", LIVE, { S(VIR_MIGRATE_PARAM_URI, "tcp:127.0.0.1:") } },
    { "persistent", LIVE | VIR_MIGRATE_PERSIST_DEST, .to_events = "Started 1; Defined 0; Resumed 1; " },
    { "abort on error", LIVE | VIR_MIGRATE_ABORT_ON_ERROR },
};

/* An address that ends in a colon gets a port that is free. */
static void
add_text(Trip *trip, const char *name, const char *text)
{
    g_autofree char *with_port = g_strdup_printf("%s%u", text, test_ports() + MIGRATE_PORTS);

    params_add_string(&trip->params, name, g_str_has_suffix(text, ":") ? with_port : text);
}

static void
add_params(Trip *trip, const Variant *v)
{
    for (gsize i = 0; i < G_N_ELEMENTS(v->params) && v->params[i].name; i++) {
        if (v->params[i].type == VIR_TYPED_PARAM_INT)
            params_add_int(&trip->params, v->params[i].name, (int)v->params[i].number);
        else if (v->params[i].type == VIR_TYPED_PARAM_ULLONG)
            params_add_ullong(&trip->params, v->params[i].name, v->params[i].number);
        else
            add_text(trip, v->params[i].name, v->params[i].text);
    }
}

static void
variants_arrive(void **state)
{
    TwoHosts *th = *state;

    for (gsize i = 0; i < G_N_ELEMENTS(variants); i++) {
        const Variant   *v = &variants[i];
        Trip             trip = TRIP(&th->a, &th->b, .flags = v->flags);
        const char      *there = v->there ? v->there : "guest";
        g_autofree char *events = NULL;

        print_message("             %s\n", v->what);
        start_guest(&th->a, "guest");
        if (v->suspend)
            assert_true(guest_do(&th->a, VERB_domain_suspend, 0, NULL));
        add_params(&trip, v);
        g_free(take_events(&th->b));
        must_arrive(&trip);
        assert_int_equal(guest_runs(&th->b, there), !v->ends_paused);
        assert_int_equal(guest_state(&th->b, there, NULL), v->ends_paused ? VIR_DOMAIN_PAUSED : VIR_DOMAIN_RUNNING);
        nothing_is_left(&th->a, "guest");
        events = take_events(&th->b);
        if (v->to_events)
            assert_string_equal(events, v->to_events);
        kill_and_forget(&th->b, there);
        trip_clear(&trip);
    }
}

/* What of the parameters was set is put back: the next migration starts from QEMU's defaults. */
static void
nothing_of_the_tuning_stays(void **state)
{
    TwoHosts              *th = *state;
    Trip                   trip = TRIP(&th->a, &th->b, .flags = LIVE | VIR_MIGRATE_PARALLEL | VIR_MIGRATE_COMPRESSED);
    g_autoptr(QemuDomain)  dom = NULL;
    g_autoptr(QmpClient)   qmp = NULL;
    g_autoptr(JsonNode)    caps = NULL, params = NULL;

    start_guest(&th->a, "guest");
    params_add_ullong(&trip.params, VIR_MIGRATE_PARAM_BANDWIDTH, 50);
    params_add_int(&trip.params, VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, 7);
    must_arrive(&trip);
    dom = qemu_domain_table_by_name(th->b.driver->domains, "guest");
    qmp = qemu_domain_qmp(dom, NULL);
    assert_true(qmp_call(qmp, "query-migrate-capabilities", NULL, &caps, NULL));
    for (guint i = 0; i < json_array_size(json_as_array(caps)); i++) {
        JsonObject *cap = json_array_object(json_as_array(caps), i);

        if (json_bool_or(cap, "state", false))
            assert_string_equal(json_get_string(cap, "capability"), "events");
    }
    assert_true(qmp_call(qmp, "query-migrate-parameters", NULL, &params, NULL));
    assert_int_equal(json_int_or(json_as_object(params), "multifd-channels", 0), 2);
    assert_int_equal(json_int_or(json_as_object(params), "max-bandwidth", 0), 134217728);
    trip_clear(&trip);
}

/* seeds: the configuration table of libvirt's migration guide. */
static void
definitions_follow_the_table(void **state)
{
    TwoHosts *th = *state;

    for (int row = 0; row < 16; row++) {
        bool persistent = row & 8, known = row & 4, undefine = row & 2, persist = row & 1;
        Trip trip = TRIP(&th->a, &th->b,
                         .flags = LIVE | (undefine ? VIR_MIGRATE_UNDEFINE_SOURCE : 0) |
                                  (persist ? VIR_MIGRATE_PERSIST_DEST : 0));

        if (persistent)
            define_guest(&th->a, "guest");
        if (known)
            define_guest(&th->b, "guest");
        start_guest(&th->a, "guest");
        must_arrive(&trip);
        if (guest_is_defined(&th->a, "guest") != (persistent && !undefine) ||
            guest_is_defined(&th->b, "guest") != (known || persist))
            print_error("row %d\n", row);
        assert_int_equal(guest_is_defined(&th->a, "guest"), persistent && !undefine);
        assert_int_equal(guest_is_defined(&th->b, "guest"), known || persist);
        assert_int_equal(guest_state(&th->a, "guest", NULL), persistent && !undefine ? VIR_DOMAIN_SHUTOFF : -1);
        kill_and_forget(&th->b, "guest");
        forget(&th->a, "guest");
        trip_clear(&trip);
    }
}

static void
an_offline_guest_moves_its_definition(void **state)
{
    TwoHosts        *th = *state;
    Trip             trip = TRIP(&th->a, &th->b,
                                 .flags = VIR_MIGRATE_OFFLINE | VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE);
    g_autofree char *events = NULL;

    define_guest(&th->a, "guest");
    must_arrive(&trip);
    assert_true(guest_is_defined(&th->b, "guest"));
    assert_false(guest_is_defined(&th->a, "guest"));
    assert_int_equal(guest_state(&th->b, "guest", NULL), VIR_DOMAIN_SHUTOFF);
    assert_int_equal(guest_state(&th->a, "guest", NULL), -1);
    events = take_events(&th->b);
    assert_string_equal(events, "Defined 0; ");
    trip_clear(&trip);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_guest_moves_there_and_back, setup_hosts, teardown_hosts),
        cmocka_unit_test_setup_teardown(variants_arrive, setup_hosts, teardown_hosts),
        cmocka_unit_test_setup_teardown(nothing_of_the_tuning_stays, setup_hosts, teardown_hosts),
        cmocka_unit_test_setup_teardown(definitions_follow_the_table, setup_hosts, teardown_hosts),
        cmocka_unit_test_setup_teardown(an_offline_guest_moves_its_definition, setup_hosts, teardown_hosts),
    };

    log_init(LOG_INFO); /* shown when a test fails */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
