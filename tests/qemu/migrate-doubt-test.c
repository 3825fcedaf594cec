/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nobody knows whether the guest runs at the destination: it stays paused at the source until somebody does. */
#include "two-hosts.h"

#include <godwit/godwit.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/params.h"
#include "util/log.h"

#define LIVE VIR_MIGRATE_LIVE

static guint16
witness_port_of(Host *host)
{
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(host->driver->domains, "guest");
    g_autoptr(QemuMig)    mig = qmig_of(dom);
    guint16               port;

    g_mutex_lock(&mig->lock);
    port = mig->witness.port;
    g_mutex_unlock(&mig->lock);
    return port;
}

static void
stop_destination(Trip *trip, MigPhase phase)
{
    if (phase == MIG_FINISH)
        host_stop(trip->to);
}

static char *
messages(Host *host)
{
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(host->driver->domains, "guest");
    g_autoptr(GPtrArray)  texts = g_ptr_array_new_with_free_func(g_free);

    g_mutex_lock(&dom->lock);
    qmig_messages(dom, texts);
    g_mutex_unlock(&dom->lock);
    return texts->len > 0 ? g_strdup(g_ptr_array_index(texts, 0)) : NULL;
}

/* Perform has succeeded, the destination's daemon has gone, and Finish with it. */
static void
bring_into_doubt(TwoHosts *th)
{
    Trip              trip = TRIP(&th->a, &th->b, .flags = LIVE, .after = stop_destination, .stop_at = MIG_FINISH);
    Trip              confirm = TRIP(&th->a, &th->b, .flags = LIVE);
    g_autoptr(GError) err = NULL, refused = NULL;
    g_autofree char  *text = NULL;
    MigrateConfirmIn  in = { .flags = LIVE | VIR_MIGRATE_UNSAFE | VIR_MIGRATE_CHANGE_PROTECTION, .cancelled = 1 };
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(th->a.driver->domains, "guest");
    NoneOut           out;

    migrate(&trip);
    host_stop(&th->b);
    qemu_domain_fill_ref(dom, &in.dom);
    assert_false(qemu_driver.migrate_confirm(th->a.conn, &in, &out, &err));
    assert_non_null(strstr(err->message, "in doubt"));
    dom_ref_clear(&in.dom);

    assert_int_equal(guest_state(&th->a, "guest", NULL), VIR_DOMAIN_PAUSED);
    assert_false(guest_do(&th->a, VERB_domain_resume, 0, &refused));
    assert_int_equal(verr_code(refused), VIR_ERR_OPERATION_INVALID);
    assert_non_null(strstr(refused->message, "in doubt"));
    text = messages(&th->a);
    assert_non_null(text);
    trip_clear(&trip);
    trip_clear(&confirm);
}

static void
doubt_settles_by_itself(void **state)
{
    TwoHosts *th = *state;

    bring_into_doubt(th);
    host_start(&th->b);
    settle(th);
    lives_only_on(th, &th->a);
}

static void
doubt_survives_a_restart(void **state)
{
    TwoHosts *th = *state;

    bring_into_doubt(th);
    host_stop(&th->a);
    host_start(&th->a);
    assert_int_equal(guest_state(&th->a, "guest", NULL), VIR_DOMAIN_PAUSED);
    assert_false(guest_do(&th->a, VERB_domain_resume, 0, NULL));
    host_start(&th->b);
    settle(th);
    lives_only_on(th, &th->a);
}

static int
take_port(guint16 port)
{
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
    int                on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* Another program sits where the source asks, and goes away later. */
static void
doubt_survives_a_taken_port(void **state)
{
    TwoHosts *th = *state;
    guint16   port;
    int       fd;

    bring_into_doubt(th);
    port = witness_port_of(&th->a);
    fd = take_port(port);
    host_start(&th->b);
    assert_int_equal(witness_port(qmig_host_of(th->b.driver)->witness), 0);
    close(fd);
    settle(th);
    lives_only_on(th, &th->a);
}

/* Its witness has a name that the source cannot resolve, for a while: that is not a destination without a witness. */
static void
a_witness_whose_name_is_not_known(void **state)
{
    TwoHosts         *th = *state;
    QemuConfig       *config = th->b.driver->config;
    g_autofree char  *uri = g_strdup_printf("unix://%s/memory.sock", th->dir);
    Trip              trip = TRIP(&th->a, &th->b, .flags = LIVE, .stop_at = MIG_FINISH);
    MigrateConfirmIn  in = { .flags = LIVE | VIR_MIGRATE_UNSAFE | VIR_MIGRATE_CHANGE_PROTECTION, .cancelled = 1 };
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(th->a.driver->domains, "guest");
    g_autoptr(QemuMig) mig = NULL;
    g_autoptr(GError) err = NULL;
    NoneOut           out;

    assert_int_not_equal(qmig_host_witness_port(qmig_host_of(th->b.driver)), 0);
    g_free(config->migrate_address);
    config->migrate_address = g_strdup("witness.invalid");
    params_add_string(&trip.params, VIR_MIGRATE_PARAM_URI, uri);
    migrate(&trip);
    qemu_domain_fill_ref(dom, &in.dom);
    assert_false(qemu_driver.migrate_confirm(th->a.conn, &in, &out, &err));
    assert_non_null(strstr(err->message, "in doubt"));
    dom_ref_clear(&in.dom);
    assert_int_equal(guest_state(&th->a, "guest", NULL), VIR_DOMAIN_PAUSED);
    assert_false(guest_do(&th->a, VERB_domain_resume, 0, NULL));

    mig = qmig_of(dom);
    g_mutex_lock(&mig->lock);
    g_free(mig->witness.address);
    mig->witness.address = g_strdup("localhost");
    g_mutex_unlock(&mig->lock);
    settle(th);
    g_free(config->migrate_address);
    config->migrate_address = g_strdup("127.0.0.1");
    lives_only_on(th, &th->a);
    trip_clear(&trip);
}

static void
an_operator_may_declare_the_destination_lost(void **state)
{
    TwoHosts *th = *state;

    bring_into_doubt(th);
    assert_true(guest_do(&th->a, VERB_domain_abort_job, GODWIT_ABORT_JOB_DESTINATION_LOST, NULL));
    wait_job_end(&th->a, "guest");
    assert_true(guest_runs(&th->a, "guest"));
    host_start(&th->b);
    settle(th);
    lives_only_on(th, &th->a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(doubt_settles_by_itself, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(doubt_survives_a_restart, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(doubt_survives_a_taken_port, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(a_witness_whose_name_is_not_known, setup_guest, teardown_hosts),
        cmocka_unit_test_setup_teardown(an_operator_may_declare_the_destination_lost, setup_guest, teardown_hosts),
    };

    log_init(LOG_INFO); /* shown when a test fails */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
