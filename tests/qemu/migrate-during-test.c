/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* While memory is being copied: what can be asked and done, and what becomes of the guest. */
#include "two-hosts.h"

#include <string.h>

#include "model/params.h"
#include "util/log.h"

#define LIVE VIR_MIGRATE_LIVE

static void
look_and_abort(TwoHosts *th)
{
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(th->a.driver->domains, "guest");
    g_autoptr(GError)     there = NULL, second = NULL;
    Trip                  again = TRIP(&th->a, &th->b, .flags = LIVE);
    DomainIn              in = { 0 };
    JobStatsOut           stats = { 0 };
    virTypedParameter    *total;

    qemu_domain_fill_ref(dom, &in.dom);
    assert_true(qemu_driver.domain_get_job_stats(th->a.conn, &in, &stats, NULL));
    assert_int_equal(stats.type, VIR_DOMAIN_JOB_UNBOUNDED);
    total = params_find(&stats.params, VIR_DOMAIN_JOB_MEMORY_TOTAL);
    assert_true(total && total->value.ul > 32 << 20);
    params_clear(&stats.params);

    assert_false(qemu_driver.domain_get_job_stats(th->b.conn, &in, &stats, &there));
    assert_int_equal(verr_code(there), VIR_ERR_OPERATION_UNSUPPORTED);
    assert_non_null(strstr(there->message, "migration statistics are available only on the source host"));

    migrate(&again);
    assert_false(again.ok);
    assert_int_equal(verr_code(again.error), VIR_ERR_OPERATION_INVALID);
    assert_non_null(strstr(again.error->message, "another migration job is already running for domain 'guest'"));
    trip_clear(&again);

    assert_false(guest_do(&th->b, VERB_domain_abort_job, 0, &second));
    assert_int_equal(verr_code(second), VIR_ERR_OPERATION_INVALID);
    assert_true(guest_do(&th->a, VERB_domain_abort_job, 0, NULL));
    dom_ref_clear(&in.dom);
}

static gpointer
abort_when_copying(gpointer data)
{
    TwoHosts *th = data;

    wait_copying(&th->a, "guest");
    look_and_abort(th);
    return NULL;
}

static gpointer
start_thread_for(Trip *trip, GThreadFunc fn)
{
    return g_thread_new("meanwhile", fn, trip->th);
}

static void
at_perform(Trip *trip, MigPhase phase)
{
    if (phase == MIG_PERFORM)
        trip->data = start_thread_for(trip, (GThreadFunc)trip->data);
}

static void
an_aborted_guest_goes_on(void **state)
{
    TwoHosts        *th = *state;
    Trip             trip = TRIP(&th->a, &th->b, .th = th, .flags = LIVE, .before = at_perform,
                                 .data = (gpointer)abort_when_copying);
    Trip             next = TRIP(&th->a, &th->b, .flags = LIVE);
    g_autofree char *events = NULL;

    start_guest(&th->a, "guest");
    set_speed(&th->a, 1);
    migrate(&trip);
    g_thread_join(trip.data);
    assert_false(trip.ok);
    assert_int_equal(verr_code(trip.error), VIR_ERR_OPERATION_ABORTED);
    assert_int_equal(verr_from(trip.error), VIR_FROM_QEMU);
    assert_string_equal(trip.error->message, "migration out job: canceled by client");
    assert_true(guest_runs(&th->a, "guest"));
    nothing_is_left(&th->b, "guest");
    assert_int_equal(guest_state(&th->b, "guest", NULL), -1);
    events = take_events(&th->b);
    assert_string_equal(events, "Started 1; Stopped 5; ");
    /* And it can be moved at once, at another speed. */
    set_speed(&th->a, 0);
    must_arrive(&next);
    trip_clear(&trip);
    trip_clear(&next);
}

static gpointer
suspend_when_copying(gpointer data)
{
    TwoHosts *th = data;

    wait_copying(&th->a, "guest");
    assert_true(guest_do(&th->a, VERB_domain_suspend, 0, NULL));
    set_speed(&th->a, 0);
    return NULL;
}

static void
a_guest_suspended_on_the_way_arrives(void **state)
{
    TwoHosts *th = *state;
    Trip      trip = TRIP(&th->a, &th->b, .th = th, .flags = LIVE, .before = at_perform,
                          .data = (gpointer)suspend_when_copying);

    start_guest(&th->a, "guest");
    set_speed(&th->a, 1);
    must_arrive(&trip);
    g_thread_join(trip.data);
    assert_true(guest_runs(&th->b, "guest"));
    trip_clear(&trip);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_aborted_guest_goes_on, setup_hosts, teardown_hosts),
        cmocka_unit_test_setup_teardown(a_guest_suspended_on_the_way_arrives, setup_hosts, teardown_hosts),
    };

    log_init(LOG_INFO); /* shown when a test fails */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
