/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Never two, never none: whatever breaks, exactly one copy of the guest runs, and the next migration works. */
#include "two-hosts.h"

#include <glib/gstdio.h>
#include <string.h>

#include "model/params.h"
#include "util/log.h"

#define LIVE VIR_MIGRATE_LIVE

static void
a_lost_finish_is_not_a_refusal(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE, .lose = MIG_FINISH);

    migrate(&trip);
    settle(th);
    lives_only_on(th, &th->b);
    trip_clear(&trip);
}

static void
without_protection_neither(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE, .unprotected = true, .lose = MIG_FINISH);

    migrate(&trip);
    settle(th);
    lives_only_on(th, &th->b);
    trip_clear(&trip);
}

static void
kill_there(Trip *trip, MigPhase phase)
{
    if (phase == MIG_FINISH)
        kill_guest(trip->to, "guest");
}

static void
a_real_failure_of_finish_resumes_the_source(void **state)
{
    TwoHosts        *th = *state;
    Trip             trip = TRIP(&th->a, &th->b, .flags = LIVE, .before = kill_there);
    g_autofree char *events = NULL;
    int              reason;

    g_free(take_events(&th->a));
    migrate(&trip);
    assert_false(trip.ok);
    settle(th);
    assert_int_equal(guest_state(&th->a, "guest", &reason), VIR_DOMAIN_RUNNING);
    assert_int_equal(reason, VIR_DOMAIN_RUNNING_MIGRATION_CANCELED);
    events = take_events(&th->a);
    assert_string_equal(events, "iteration; Suspended 1; Resumed 1; ");
    lives_only_on(th, &th->a);
    trip_clear(&trip);
}

static void
kill_here(Trip *trip, MigPhase phase)
{
    if (phase == MIG_FINISH)
        kill_guest(trip->from, "guest");
}

static void
a_source_that_dies_after_the_last_byte_has_lost_nothing(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE, .before = kill_here);

    migrate(&trip);
    assert_true(trip.ok);
    settle(th);
    lives_only_on(th, &th->b);
    trip_clear(&trip);
}

/* The client dies before it asks for a phase: its connections close. */
static const struct {
    MigPhase phase;
    bool     there; /* where the guest ends up */
    bool     source_first; /* whose connection closes first */
} deaths[] = {
    { MIG_PREPARE, false, true },  { MIG_PREPARE, false, false }, { MIG_PERFORM, false, true },
    { MIG_PERFORM, false, false }, { MIG_FINISH, false, true },   { MIG_FINISH, false, false },
    { MIG_CONFIRM, true, true },   { MIG_CONFIRM, true, false },
};

static void
a_client_may_die_at_any_time(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(deaths); i++) {
        TwoHosts *th = two_hosts_new();
        Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE, .stop_at = deaths[i].phase);

        print_message("             before %s\n", mig_phase_name(deaths[i].phase));
        start_guest(&th->a, "guest");
        migrate(&trip);
        host_reconnect(deaths[i].source_first ? &th->a : &th->b);
        host_reconnect(deaths[i].source_first ? &th->b : &th->a);
        settle(th);
        lives_only_on(th, deaths[i].there ? &th->b : &th->a);
        trip_clear(&trip);
        two_hosts_free(th);
    }
}

/* While memory is being copied */

typedef struct {
    const char *what;
    void (*act)(TwoHosts *th);
    bool        lives; /* afterwards, at the source */
    int         code;
    const char *words;
} Mishap;

static void kill_source(TwoHosts *th) { kill_guest(&th->a, "guest"); }
static void kill_destination(TwoHosts *th) { kill_guest(&th->b, "guest"); }
static void destroy_source(TwoHosts *th) { assert_true(guest_do(&th->a, VERB_domain_destroy, 0, NULL)); }
static void destroy_destination(TwoHosts *th) { assert_true(guest_do(&th->b, VERB_domain_destroy, 0, NULL)); }
static void drop_destination_client(TwoHosts *th) { host_reconnect(&th->b); }

static const Mishap mishaps[] = {
    { "source's QEMU killed", kill_source, false, VIR_ERR_OPERATION_FAILED, "domain is not running" },
    { "destination's QEMU killed", kill_destination, true, VIR_ERR_OPERATION_FAILED, NULL },
    { "source destroyed", destroy_source, false, VIR_ERR_OPERATION_FAILED, "domain is not running" },
    { "destination destroyed", destroy_destination, true, VIR_ERR_OPERATION_FAILED, NULL },
    { "client lost at the destination", drop_destination_client, true, VIR_ERR_OPERATION_FAILED, NULL },
};

typedef struct {
    TwoHosts     *th;
    const Mishap *mishap;
    GThread      *thread;
} Meanwhile;

static gpointer
strike(gpointer data)
{
    Meanwhile *m = data;

    wait_copying(&m->th->a, "guest");
    m->mishap->act(m->th);
    return NULL;
}

static void
begin_mishap(Trip *trip, MigPhase phase)
{
    Meanwhile *m = trip->data;

    if (phase == MIG_PERFORM)
        m->thread = g_thread_new("mishap", strike, m);
}

static void
mishaps_while_copying(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mishaps); i++) {
        TwoHosts *th = two_hosts_new();
        Meanwhile m = { .th = th, .mishap = &mishaps[i] };
        Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE, .before = begin_mishap, .data = &m);

        print_message("             %s\n", mishaps[i].what);
        start_guest(&th->a, "guest");
        set_speed(&th->a, 1);
        migrate(&trip);
        g_thread_join(m.thread);
        assert_false(trip.ok);
        print_message("               %s\n", trip.error->message);
        assert_int_equal(verr_code(trip.error), mishaps[i].code);
        if (mishaps[i].words)
            assert_non_null(strstr(trip.error->message, mishaps[i].words));
        settle(th);
        assert_int_equal(guest_pid(&th->b, "guest"), 0);
        if (mishaps[i].lives) {
            set_speed(&th->a, 0);
            lives_only_on(th, &th->a);
        } else {
            assert_int_equal(guest_pid(&th->a, "guest"), 0);
        }
        trip_clear(&trip);
        two_hosts_free(th);
    }
}

/* Daemons that die between phases */

static void
restart_destination(Trip *trip, MigPhase phase)
{
    if (phase == (MigPhase)GPOINTER_TO_INT(trip->data)) {
        host_stop(trip->to);
        host_start(trip->to);
    }
}

static void
restart_source(Trip *trip, MigPhase phase)
{
    if (phase == (MigPhase)GPOINTER_TO_INT(trip->data)) {
        host_stop(trip->from);
        host_start(trip->from);
    }
}

static const struct {
    const char *what;
    void (*before)(Trip *trip, MigPhase phase);
    MigPhase phase;
    bool     there;
    bool     either; /* the source's question and Finish race; one of them wins */
} restarts[] = {
    { "destination before Perform", restart_destination, MIG_PERFORM, false },
    { "destination before Finish", restart_destination, MIG_FINISH, false },
    { "destination before Confirm", restart_destination, MIG_CONFIRM, true },
    { "source before Prepare", restart_source, MIG_PREPARE, false },
    { "source before Finish", restart_source, MIG_FINISH, .either = true },
    { "source before Confirm", restart_source, MIG_CONFIRM, true },
};

static void
daemons_may_restart_between_phases(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(restarts); i++) {
        TwoHosts *th = two_hosts_new();
        Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE, .before = restarts[i].before,
                              .data = GINT_TO_POINTER(restarts[i].phase));

        print_message("             %s\n", restarts[i].what);
        start_guest(&th->a, "guest");
        migrate(&trip);
        settle(th);
        lives_only_on(th, restarts[i].there || (restarts[i].either && trip.result == MIG_ARRIVED) ? &th->b : &th->a);
        trip_clear(&trip);
        two_hosts_free(th);
    }
}

/* A definition that cannot be stored when the guest already runs: it runs there, only there, and somebody is told. */
static void
spoil_library(Trip *trip, MigPhase phase)
{
    g_autofree char *dir = g_build_filename(trip->to->driver->config->lib_dir, "qemu", NULL);
    g_autofree char *aside = g_strconcat(dir, ".aside", NULL);

    if (phase == MIG_FINISH)
        assert_int_equal(g_rename(dir, aside), 0);
    if (phase == MIG_CONFIRM)
        assert_int_equal(g_rename(aside, dir), 0);
}

static void
a_definition_that_cannot_be_stored(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE | VIR_MIGRATE_PERSIST_DEST, .before = spoil_library);

    migrate(&trip);
    assert_false(trip.ok);
    assert_non_null(strstr(trip.error->message, "runs at the destination"));
    settle(th);
    assert_true(guest_runs(&th->b, "guest"));
    assert_int_equal(guest_pid(&th->a, "guest"), 0);
    trip_clear(&trip);
}

/* A stock source has nobody to ask: an error would make it run its copy beside the one that runs here. */
static void
spoil_library_for_a_stock_source(Trip *trip, MigPhase phase)
{
    spoil_library(trip, phase);
    if (phase == MIG_FINISH) {
        g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(trip->to->driver->domains, "guest");
        g_autoptr(QemuMig)    mig = qmig_of(dom);

        mig->asks = false;
    }
}

static void
a_stock_source_is_not_told_of_it(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE | VIR_MIGRATE_PERSIST_DEST, .before = spoil_library_for_a_stock_source);

    must_arrive(&trip);
    settle(th);
    assert_true(guest_runs(&th->b, "guest"));
    assert_int_equal(guest_pid(&th->a, "guest"), 0);
    trip_clear(&trip);
}

/* A Prepare that cannot succeed leaves the source as it was. */
static void
occupy_range(Trip *trip, MigPhase phase)
{
    Ports  *ports = qmig_host_of(trip->to->driver)->ports;
    guint16 port;

    if (phase == MIG_PREPARE)
        while (ports_take(ports, NULL, 0, &port, NULL))
            continue;
}

static void
no_port_left(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE, .before = occupy_range);

    migrate(&trip);
    assert_false(trip.ok);
    assert_int_equal(verr_code(trip.error), VIR_ERR_INTERNAL_ERROR);
    assert_non_null(strstr(trip.error->message, "Unable to find an unused port in range 'migration'"));
    assert_true(guest_runs(&th->a, "guest"));
    assert_int_equal(guest_state(&th->b, "guest", NULL), -1);
    trip_clear(&trip);
}

/* An emulator that sits on the first port of the range itself, when it is to wait for a guest there. */
static char *
write_port_taker(TwoHosts *th)
{
    char             *path = g_build_filename(th->dir, "port-taker", NULL);
    g_autofree char  *text = g_strdup_printf(
         "#!/usr/bin/python3\n"
         "import os, socket, sys\n"
         "if '-incoming' in sys.argv:\n"
         "    taker = socket.create_server(('127.0.0.1', %u))\n"
         "    taker.set_inheritable(True)\n"
         "os.execv('/usr/bin/qemu-system-x86_64', ['qemu-system-x86_64'] + sys.argv[1:])\n",
         th->b.driver->config->migrate_port_min);

    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(g_chmod(path, 0755), 0);
    return path;
}

/* The next port does as well; the guest that came there is as good as any. */
static void
a_port_that_is_taken_meanwhile(void **state)
{
    static const char qemu[] = "/usr/bin/qemu-system-x86_64";
    TwoHosts         *th = *state;
    g_autofree char  *taker = write_port_taker(th), *plain = guest_live_xml(&th->a, "guest");
    g_auto(GStrv)     parts = g_strsplit(plain, qemu, 2);
    g_autofree char  *xml = g_strjoinv(taker, parts);
    Trip              trip = TRIP(&th->a, &th->b, .flags = LIVE);

    params_add_string(&trip.params, VIR_MIGRATE_PARAM_DEST_XML, xml);
    must_arrive(&trip);
    settle(th);
    assert_true(guest_runs(&th->b, "guest"));
    nothing_is_left(&th->a, "guest");
    trip_clear(&trip);
}

static void
an_address_where_nobody_listens(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->b, .flags = LIVE);

    /* The destination listens there, but the source is told another way by the same parameter. */
    params_add_string(&trip.params, VIR_MIGRATE_PARAM_URI, "tcp://host.invalid:47300");
    migrate(&trip);
    assert_false(trip.ok);
    print_message("             %s\n", trip.error->message);
    assert_int_equal(verr_code(trip.error), VIR_ERR_SYSTEM_ERROR);
    assert_non_null(strstr(trip.error->message, "unable to connect to server at 'host.invalid:47300'"));
    settle(th);
    lives_only_on(th, &th->a);
    trip_clear(&trip);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_finish_is_not_a_refusal, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(without_protection_neither, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(a_real_failure_of_finish_resumes_the_source, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(a_source_that_dies_after_the_last_byte_has_lost_nothing, setup_guest, teardown_hosts),
        cmocka_unit_test(a_client_may_die_at_any_time),
        cmocka_unit_test(mishaps_while_copying),
        cmocka_unit_test(daemons_may_restart_between_phases),
        cmocka_unit_test_setup_teardown(a_definition_that_cannot_be_stored, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(a_stock_source_is_not_told_of_it, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(no_port_left, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(a_port_that_is_taken_meanwhile, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(an_address_where_nobody_listens, setup_guest, teardown_hosts),
    };

    log_init(LOG_INFO); /* shown when a test fails */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
