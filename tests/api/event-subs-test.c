/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api-test.h"

/* What a callback is handed. All callbacks run on the thread of the test, which runs the loop. */
typedef struct {
    GString *heard;
    GThread *thread;
    int      calls, frees;
    int      id; /* deregistered by the callback itself when >= 0 */
} Listener;

static Listener
listener(void)
{
    return (Listener){ .heard = g_string_new(""), .thread = g_thread_self(), .id = -1 };
}

static void
listener_clear(Listener *l)
{
    g_string_free(l->heard, TRUE);
}

static int
on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    Listener *l = opaque;

    assert_ptr_equal(g_thread_self(), l->thread);
    assert_ptr_equal(virDomainGetConnect(dom), conn);
    l->calls++;
    g_string_append_printf(l->heard, "%s:%d/%d ", virDomainGetName(dom), event, detail);
    if (l->id >= 0)
        assert_int_equal(virConnectDomainEventDeregisterAny(conn, l->id), 0);
    return 0;
}

static void
on_free(void *opaque)
{
    ((Listener *)opaque)->frees++;
}

static void
run_until(const int *count, int wanted)
{
    while (*count < wanted)
        virEventRunDefaultImpl();
}

static int
listen_all(virConnectPtr conn, Listener *l)
{
    return virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                            VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), l, on_free);
}

/* First of all, while no loop is registered. */
static void
without_a_loop_nothing_can_be_delivered(void **state)
{
    virConnectPtr conn = open_fake();
    Listener l = listener();

    assert_int_equal(listen_all(conn, &l), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INTERNAL_ERROR);
    assert_int_equal(l.frees, 0);
    assert_int_equal(virConnectClose(conn), 0);
    listener_clear(&l);
    assert_int_equal(virEventRegisterDefaultImpl(), 0);
}

static gpointer
publish_some(gpointer data)
{
    for (int i = 0; i < 100; i++)
        fake_publish_lifecycle(data, VIR_DOMAIN_EVENT_SUSPENDED, i);
    return NULL;
}

/* A program that follows a guest's state must see the changes in their order. */
static void
events_arrive_in_order_on_the_loops_thread(void **state)
{
    virConnectPtr conn = open_fake();
    Listener l = listener();
    GString *wanted = g_string_new("");
    int id = listen_all(conn, &l);
    GThread *thread;

    assert_true(id >= 0);
    thread = g_thread_new("publisher", publish_some, conn);
    run_until(&l.calls, 100);
    g_thread_join(thread);
    for (int i = 0; i < 100; i++)
        g_string_append_printf(wanted, "run:3/%d ", i);
    assert_string_equal(l.heard->str, wanted->str);
    g_string_free(wanted, TRUE);

    assert_int_equal(virConnectDomainEventDeregisterAny(conn, id), 0);
    assert_int_equal(l.frees, 1);
    assert_int_equal(virConnectDomainEventDeregisterAny(conn, id), -1);
    assert_last_error(VIR_ERR_INVALID_ARG,
                      "invalid argument: event callback id 0 not registered");
    assert_int_equal(virConnectClose(conn), 0);
    listener_clear(&l);
}

/* The driver asks its server once per kind of event, however many callbacks there are. */
static void
the_driver_hears_of_first_and_last(void **state)
{
    virConnectPtr conn = open_fake();
    virDomainPtr dom = virDomainLookupByName(conn, "off");
    Listener l = listener();
    int ids[4];
    g_autofree char *log = NULL;

    ids[0] = listen_all(conn, &l);
    ids[1] = listen_all(conn, &l);
    ids[2] = virConnectDomainEventRegisterAny(conn, dom, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                              VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), &l, on_free);
    ids[3] = virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_REBOOT,
                                              VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), &l, NULL);
    for (int i = 0; i < 4; i++)
        assert_int_equal(virConnectDomainEventDeregisterAny(conn, ids[i]), 0);
    assert_int_equal(l.frees, 3);
    virDomainFree(dom);
    assert_int_equal(virConnectClose(conn), 0);
    log = fake_log();
    assert_string_equal(log, "open fake:///test rw\nlookup_by_name\n"
                             "event_on 0 *\nevent_on 0 off\nevent_on 1 *\n"
                             "event_off 0 *\nevent_off 0 off\nevent_off 1 *\nclose\n");
    listener_clear(&l);
}

static void
subscriptions_of_one_domain_hear_nothing_else(void **state)
{
    virConnectPtr conn = open_fake();
    virDomainPtr off = virDomainLookupByName(conn, "off");
    Listener of_off = listener(), of_all = listener();
    int id_off = virConnectDomainEventRegisterAny(conn, off, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                  VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), &of_off, on_free);
    int id_all = listen_all(conn, &of_all);

    fake_publish_lifecycle(conn, VIR_DOMAIN_EVENT_STARTED, 0);
    run_until(&of_all.calls, 1);
    assert_int_equal(of_off.calls, 0);
    virConnectDomainEventDeregisterAny(conn, id_off);
    virConnectDomainEventDeregisterAny(conn, id_all);
    virDomainFree(off);
    assert_int_equal(virConnectClose(conn), 0);
    listener_clear(&of_off);
    listener_clear(&of_all);
}

static void
a_callback_may_deregister_itself(void **state)
{
    virConnectPtr conn = open_fake();
    Listener once = listener(), always = listener();
    int id_always;

    once.id = listen_all(conn, &once);
    id_always = listen_all(conn, &always);
    fake_publish_lifecycle(conn, VIR_DOMAIN_EVENT_STARTED, 1);
    fake_publish_lifecycle(conn, VIR_DOMAIN_EVENT_STOPPED, 2);
    run_until(&always.calls, 2);
    assert_int_equal(once.calls, 1);
    assert_int_equal(once.frees, 1);
    virConnectDomainEventDeregisterAny(conn, id_always);
    assert_int_equal(virConnectClose(conn), 0);
    listener_clear(&once);
    listener_clear(&always);
}

/* An event that waits for the loop must neither keep the connection open nor reach a callback that is gone. */
static void
events_under_way_die_with_the_subscription(void **state)
{
    virConnectPtr conn = open_fake();
    Listener l = listener();
    int id = listen_all(conn, &l);

    fake_publish_lifecycle(conn, VIR_DOMAIN_EVENT_STARTED, 0);
    assert_int_equal(virConnectDomainEventDeregisterAny(conn, id), 0);
    assert_int_equal(virConnectClose(conn), 0);
    run_until(&l.frees, 1);
    assert_int_equal(l.calls, 0);
    listener_clear(&l);
}

static void
a_subscription_holds_the_connection(void **state)
{
    virConnectPtr conn = open_fake();
    Listener l = listener();
    int id = listen_all(conn, &l);

    assert_int_equal(virConnectClose(conn), 1);
    assert_int_equal(virConnectDomainEventDeregisterAny(conn, id), 0);
    assert_int_equal(fake_open_count(), 0);
    listener_clear(&l);
}

static void
legacy_registration_is_by_function(void **state)
{
    virConnectPtr conn = open_fake();
    Listener l = listener();

    assert_int_equal(virConnectDomainEventRegister(conn, on_lifecycle, &l, on_free), 0);
    assert_int_equal(virConnectDomainEventRegister(conn, on_lifecycle, &l, on_free), -1);
    assert_last_error(VIR_ERR_INVALID_ARG, "invalid argument: event callback already tracked");
    fake_publish_lifecycle(conn, VIR_DOMAIN_EVENT_RESUMED, 1);
    run_until(&l.calls, 1);
    assert_string_equal(l.heard->str, "run:4/1 ");
    assert_int_equal(virConnectDomainEventDeregister(conn, on_lifecycle), 0);
    assert_int_equal(virConnectDomainEventDeregister(conn, on_lifecycle), -1);
    assert_int_equal(l.frees, 1);
    assert_int_equal(virConnectClose(conn), 0);
    listener_clear(&l);
}

static void
wrong_registrations_are_refused(void **state)
{
    virConnectPtr conn = open_fake(), other = open_fake();
    virDomainPtr dom = virDomainLookupByName(other, "run");
    virConnectDomainEventGenericCallback cb = VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle);
    Listener l = listener();

    assert_int_equal(virConnectDomainEventRegisterAny(conn, NULL, 27, cb, &l, on_free), -1);
    assert_last_error(VIR_ERR_INVALID_ARG,
                      "eventID must be less than 27");
    assert_int_equal(virConnectDomainEventRegisterAny(conn, NULL, -1, cb, &l, on_free), -1);
    assert_int_equal(virConnectDomainEventRegisterAny(conn, NULL, 0, NULL, &l, on_free), -1);
    assert_int_equal(virConnectDomainEventRegisterAny(conn, dom, 0, cb, &l, on_free), -1);
    assert_last_error(VIR_ERR_INVALID_ARG, "domain 'run' must match connection");
    fake_refuse_events();
    assert_int_equal(listen_all(conn, &l), -1);
    assert_last_error(VIR_ERR_OPERATION_FAILED, "operation failed: no events today");
    assert_int_equal(l.frees, 0);
    virDomainFree(dom);
    assert_int_equal(virConnectClose(other), 0);
    assert_int_equal(virConnectClose(conn), 0);
    listener_clear(&l);
}

static int other_calls;

static void
on_job_completed(virConnectPtr conn, virDomainPtr dom, virTypedParameterPtr params, int nparams, void *opaque)
{
    assert_int_equal(nparams, 1);
    assert_string_equal(params[0].field, VIR_DOMAIN_JOB_DOWNTIME);
    other_calls++;
}

static void
on_iteration(virConnectPtr conn, virDomainPtr dom, int iteration, void *opaque)
{
    assert_int_equal(iteration, 7);
    other_calls++;
}

static void
on_io_error(virConnectPtr conn, virDomainPtr dom, const char *path, const char *alias, int action,
            const char *reason, void *opaque)
{
    assert_string_equal(path, "/disk");
    assert_string_equal(alias, "virtio-disk0");
    assert_int_equal(action, VIR_DOMAIN_EVENT_IO_ERROR_PAUSE);
    assert_string_equal(reason, "enospc");
    other_calls++;
}

static void
on_rtc(virConnectPtr conn, virDomainPtr dom, long long offset, void *opaque)
{
    assert_int_equal(offset, -3600);
    other_calls++;
}

static void
on_reboot(virConnectPtr conn, virDomainPtr dom, void *opaque)
{
    assert_string_equal(virDomainGetName(dom), "run");
    assert_ptr_equal(opaque, &other_calls);
    other_calls++;
}

static void
each_event_brings_its_own_arguments(void **state)
{
    static const struct {
        int id;
        virConnectDomainEventGenericCallback cb;
    } cases[] = {
        { VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, VIR_DOMAIN_EVENT_CALLBACK(on_job_completed) },
        { VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, VIR_DOMAIN_EVENT_CALLBACK(on_iteration) },
        { VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, VIR_DOMAIN_EVENT_CALLBACK(on_io_error) },
        { VIR_DOMAIN_EVENT_ID_RTC_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_rtc) },
        { VIR_DOMAIN_EVENT_ID_REBOOT, VIR_DOMAIN_EVENT_CALLBACK(on_reboot) },
    };
    virConnectPtr conn = open_fake();
    DomRef run = fake_ref_run();

    other_calls = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(DomainEvent) ev = domain_event_new(cases[i].id, &run);
        int id = virConnectDomainEventRegisterAny(conn, NULL, cases[i].id, cases[i].cb, &other_calls, NULL);
        bool io = cases[i].id == VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON;

        assert_true(id >= 0);
        ev->n1 = io ? VIR_DOMAIN_EVENT_IO_ERROR_PAUSE : 7;
        ev->big1 = (guint64)-3600;
        ev->text1 = g_strdup("/disk");
        ev->text2 = g_strdup("virtio-disk0");
        ev->text3 = g_strdup("enospc");
        ev->params.v = g_new0(virTypedParameter, 1);
        ev->params.n = 1;
        g_strlcpy(ev->params.v[0].field, VIR_DOMAIN_JOB_DOWNTIME, sizeof(ev->params.v[0].field));
        ev->params.v[0].type = VIR_TYPED_PARAM_ULLONG;
        event_hub_publish(conn->events, ev);
        run_until(&other_calls, (int)i + 1);
        assert_int_equal(virConnectDomainEventDeregisterAny(conn, id), 0);
    }
    assert_int_equal(virConnectClose(conn), 0);
}

static int closed_reason = -1;

static void
on_closed(virConnectPtr conn, int reason, void *opaque)
{
    Listener *l = opaque;

    assert_ptr_equal(g_thread_self(), l->thread);
    /* what happened before is told before */
    assert_int_equal(l->calls, 1);
    closed_reason = reason;
}

static gpointer
break_it(gpointer conn)
{
    fake_publish_lifecycle(conn, VIR_DOMAIN_EVENT_STOPPED, 0);
    fake_break(conn, VIR_CONNECT_CLOSE_REASON_KEEPALIVE);
    return NULL;
}

static void
the_end_comes_after_all_events(void **state)
{
    virConnectPtr conn = open_fake();
    Listener l = listener();
    int id = listen_all(conn, &l);
    GThread *thread;

    assert_int_equal(virConnectRegisterCloseCallback(conn, on_closed, &l, on_free), 0);
    thread = g_thread_new("driver", break_it, conn);
    run_until(&l.frees, 1);
    g_thread_join(thread);
    assert_int_equal(closed_reason, VIR_CONNECT_CLOSE_REASON_KEEPALIVE);
    assert_int_equal(virConnectDomainEventDeregisterAny(conn, id), 0);
    assert_int_equal(virConnectClose(conn), 0);
    listener_clear(&l);
}

static gpointer
come_and_go(gpointer data)
{
    virConnectPtr conn = data;

    for (int i = 0; i < 200; i++) {
        int id = virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_WATCHDOG,
                                                  VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), NULL, NULL);

        virConnectDomainEventDeregisterAny(conn, id);
    }
    return NULL;
}

/* Worth its money under TSan: publishers, subscribers and the loop at the same time. */
static void
threads_may_do_all_at_once(void **state)
{
    virConnectPtr conn = open_fake();
    Listener l = listener();
    int id = listen_all(conn, &l);
    GThread *threads[4];

    for (int i = 0; i < 4; i++)
        threads[i] = g_thread_new("busy", i % 2 ? publish_some : come_and_go, conn);
    run_until(&l.calls, 200);
    for (int i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    virConnectDomainEventDeregisterAny(conn, id);
    assert_int_equal(virConnectClose(conn), 0);
    listener_clear(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_loop_nothing_can_be_delivered, fresh),
        cmocka_unit_test_setup(events_arrive_in_order_on_the_loops_thread, fresh),
        cmocka_unit_test_setup(the_driver_hears_of_first_and_last, fresh),
        cmocka_unit_test_setup(subscriptions_of_one_domain_hear_nothing_else, fresh),
        cmocka_unit_test_setup(a_callback_may_deregister_itself, fresh),
        cmocka_unit_test_setup(events_under_way_die_with_the_subscription, fresh),
        cmocka_unit_test_setup(a_subscription_holds_the_connection, fresh),
        cmocka_unit_test_setup(legacy_registration_is_by_function, fresh),
        cmocka_unit_test_setup(wrong_registrations_are_refused, fresh),
        cmocka_unit_test_setup(each_event_brings_its_own_arguments, fresh),
        cmocka_unit_test_setup(the_end_comes_after_all_events, fresh),
        cmocka_unit_test_setup(threads_may_do_all_at_once, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
