/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may do what while a job runs: a user loses order (two things at once to one guest) or patience (locks held). */
#include "bare-driver.h"

#include <string.h>

#include "model/dom-def.h"
#include "qemu/job-private.h"
#include "util/err.h"

static const QemuAsyncOps no_ops;

static void
assert_message(GError *error, int code, const char *fragment)
{
    assert_non_null(error);
    assert_int_equal(verr_code(error), code);
    assert_non_null(strstr(error->message, fragment));
    g_error_free(error);
}

/* job; may it run beside a migration out, beside one in? */
static const struct {
    QemuJob job;
    bool    out, in;
} beside[] = {
    { JOB_QUERY, true, true },    { JOB_DESTROY, true, true }, { JOB_SUSPEND, true, false },
    { JOB_MODIFY, false, false }, { JOB_ABORT, true, true },   { JOB_MIGRATION_OP, true, false },
};

static void
check_beside(QemuDomain *dom, QemuJob job, bool may)
{
    GError *error = NULL;
    bool    began = qemu_job_begin(dom, job, "virTest", &error);

    assert_int_equal(began, may);
    if (began)
        qemu_job_end(dom);
    else
        assert_message(error, VIR_ERR_OPERATION_TIMEOUT, "cannot acquire state change lock (held by monitor=virMigrate)");
}

static void
a_migration_lets_in_what_its_row_says(void **state)
{
    g_autoptr(QemuDomain) dom = bare_domain(*state, "guest", UUID_A);

    dom->persistent = true;
    qemu_job_wait_ms = 20;
    for (QemuAsyncJob async = ASYNC_MIGRATION_OUT; async <= ASYNC_MIGRATION_IN; async++) {
        assert_true(qemu_job_async_begin(dom, async, &no_ops, "begin", "virMigrate", NULL));
        for (gsize i = 0; i < G_N_ELEMENTS(beside); i++)
            check_beside(dom, beside[i].job, async == ASYNC_MIGRATION_OUT ? beside[i].out : beside[i].in);
        qemu_job_phase_leave(dom);
        for (gsize i = 0; i < G_N_ELEMENTS(beside); i++)
            check_beside(dom, beside[i].job, async == ASYNC_MIGRATION_OUT ? beside[i].out : beside[i].in);
        qemu_job_async_end(dom);
    }
    assert_true(qemu_job_begin(dom, JOB_MODIFY, "virTest", NULL));
    qemu_job_end(dom);
}

static void
a_second_migration_fails_at_once(void **state)
{
    g_autoptr(QemuDomain) dom = bare_domain(*state, "guest", UUID_A);
    GError *error = NULL;

    dom->persistent = true;
    assert_true(qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &no_ops, "begin", "virMigrate", NULL));
    assert_false(qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &no_ops, "begin", "virMigrate", &error));
    assert_message(error, VIR_ERR_OPERATION_INVALID, "another migration job is already running for domain 'guest'");
    qemu_job_async_end(dom);
}

static void
a_phase_needs_its_job(void **state)
{
    g_autoptr(QemuDomain) dom = bare_domain(*state, "guest", UUID_A);
    GError *error = NULL;

    dom->persistent = true;
    assert_false(qemu_job_phase_enter(dom, ASYNC_MIGRATION_OUT, "perform", &error));
    assert_message(error, VIR_ERR_OPERATION_INVALID, "domain 'guest' is not processing outgoing migration");
    error = NULL;
    assert_false(qemu_job_phase_enter(dom, ASYNC_MIGRATION_IN, "finish", &error));
    assert_message(error, VIR_ERR_OPERATION_INVALID, "domain 'guest' is not processing incoming migration");
    assert_true(qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &no_ops, "begin", "virMigrate", NULL));
    qemu_job_phase_leave(dom);
    assert_true(qemu_job_phase_enter(dom, ASYNC_MIGRATION_OUT, "perform", NULL));
    qemu_job_wait_ms = 20;
    error = NULL;
    assert_false(qemu_job_phase_enter(dom, ASYNC_MIGRATION_OUT, "perform", &error));
    assert_message(error, VIR_ERR_OPERATION_TIMEOUT, "state change lock");
    qemu_job_async_end(dom);
}

static gpointer
migrate_when_possible(gpointer data)
{
    QemuDomain *dom = data;

    assert_true(qemu_job_await_recovery(dom, NULL));
    assert_true(qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &no_ops, "begin", "virMigrate", NULL));
    qemu_job_async_end(dom);
    return NULL;
}

/* A user who migrates right after a restart of the daemon is not told of a job that he did not start. */
static void
a_migration_waits_for_the_recovery_of_another(void **state)
{
    g_autoptr(QemuDomain) dom = bare_domain(*state, "guest", UUID_A);
    GError  *error = NULL;
    GThread *waiter;

    dom->persistent = true;
    qemu_job_wait_ms = 20;
    qemu_job_async_adopt(dom, ASYNC_MIGRATION_OUT, &no_ops, "recover");
    assert_false(qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &no_ops, "begin", "virMigrate", &error));
    assert_message(error, VIR_ERR_OPERATION_TIMEOUT, "restart of this daemon interrupted");
    qemu_job_wait_ms = 20 * 1000;
    waiter = g_thread_new("waiter", migrate_when_possible, dom);
    qemu_job_async_end(dom);
    g_thread_join(waiter);
}

static char *
say_doubt(QemuDomain *dom)
{
    return g_strdup_printf("the last migration of '%s' is in doubt", dom->name);
}

/* One that cannot end without a person is no reason to wait, and says what it waits for. */
static void
a_recovery_that_is_stuck_is_not_waited_for(void **state)
{
    static const QemuAsyncOps doubtful = { .in_the_way = say_doubt };
    g_autoptr(QemuDomain) dom = bare_domain(*state, "guest", UUID_A);
    GError *error = NULL;

    dom->persistent = true;
    qemu_job_wait_ms = 20 * 1000;
    qemu_job_async_adopt(dom, ASYNC_MIGRATION_OUT, &doubtful, "recover");
    qemu_job_recovery_stuck(dom);
    assert_true(qemu_job_await_recovery(dom, NULL));
    assert_false(qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &no_ops, "begin", "virMigrate", &error));
    assert_message(error, VIR_ERR_OPERATION_INVALID, "the last migration of 'guest' is in doubt");
    qemu_job_async_end(dom);
}

static gpointer
modify_when_possible(gpointer data)
{
    QemuDomain *dom = data;

    assert_true(qemu_job_begin(dom, JOB_MODIFY, "virWaiter", NULL));
    assert_int_equal(dom->job.async, ASYNC_NONE);
    qemu_job_end(dom);
    return NULL;
}

static void
a_waiter_gets_its_turn_when_the_migration_ends(void **state)
{
    g_autoptr(QemuDomain) dom = bare_domain(*state, "guest", UUID_A);
    GThread *waiter;

    dom->persistent = true;
    qemu_job_wait_ms = 20 * 1000;
    assert_true(qemu_job_async_begin(dom, ASYNC_MIGRATION_OUT, &no_ops, "begin", "virMigrate", NULL));
    waiter = g_thread_new("waiter", modify_when_possible, dom);
    qemu_job_async_end(dom);
    g_thread_join(waiter);
}

static void
only_a_running_domain_takes_what_needs_one(void **state)
{
    g_autoptr(QemuDomain) dom = bare_domain(*state, "guest", UUID_A);
    GError *error = NULL;

    dom->persistent = true;
    assert_false(qemu_job_begin_active(dom, JOB_QUERY, "virTest", &error));
    assert_message(error, VIR_ERR_OPERATION_INVALID, "domain is not running");
}

/* The definition that a job may be reading stays until the job ends, even though QEMU has gone. */
static void
tidying_up_waits_for_the_job(void **state)
{
    BareDriver *bare = *state;
    g_autoptr(QemuDomain) dom = bare_domain(bare, "guest", UUID_A);

    qemu_domain_set_persistent_def(dom, bare_def("guest", UUID_A, "config"));
    qemu_domain_set_live_def(dom, bare_def("guest", UUID_A, "live"));
    assert_true(qemu_job_begin(dom, JOB_MODIFY, "virTest", NULL));
    qemu_job_request_reap(dom);
    assert_string_equal(dom->def->title, "live");
    qemu_job_end(dom);
    assert_string_equal(dom->def->title, "config");
    assert_null(dom->new_def);
}

static void
a_transient_domain_leaves_with_its_last_job(void **state)
{
    BareDriver *bare = *state;
    g_autoptr(QemuDomain) dom = bare_domain(bare, "guest", UUID_A);
    g_autoptr(QemuDomain) found = NULL;
    GError *error = NULL;

    assert_true(qemu_job_async_begin(dom, ASYNC_MIGRATION_IN, &no_ops, "prepare", "virMigrate", NULL));
    assert_true(qemu_job_begin(dom, JOB_QUERY, "virTest", NULL));
    qemu_job_end(dom);
    found = qemu_domain_table_by_name(bare->driver->domains, "guest");
    assert_ptr_equal(found, dom);
    qemu_job_async_end(dom);
    assert_null(qemu_domain_table_by_name(bare->driver->domains, "guest"));
    assert_false(qemu_job_begin(dom, JOB_QUERY, "virTest", &error));
    assert_message(error, VIR_ERR_NO_DOMAIN, "removed");
}

static void
names_survive_the_status_file(void **state)
{
    for (QemuAsyncJob job = 0; job < ASYNC_LAST; job++)
        assert_int_equal(qemu_async_job_from_name(qemu_async_job_name(job)), job);
    assert_int_equal(qemu_async_job_from_name("nonsense"), ASYNC_NONE);
    assert_int_equal(qemu_async_job_from_name(NULL), ASYNC_NONE);
    for (QemuJob job = 0; job < JOB_LAST; job++)
        assert_non_null(qemu_job_name(job));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, bare_driver_set_up, bare_driver_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_migration_lets_in_what_its_row_says),
        CASE(a_second_migration_fails_at_once),
        CASE(a_migration_waits_for_the_recovery_of_another),
        CASE(a_recovery_that_is_stuck_is_not_waited_for),
        CASE(a_phase_needs_its_job),
        CASE(a_waiter_gets_its_turn_when_the_migration_ends),
        CASE(only_a_running_domain_takes_what_needs_one),
        CASE(tidying_up_waits_for_the_job),
        CASE(a_transient_domain_leaves_with_its_last_job),
        cmocka_unit_test(names_survive_the_status_file),
    };

    return cmocka_run_group_tests_name("qemu/job", tests, NULL, NULL);
}
