/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, a program that uses our library against our daemon loses calls, threads, or the news that the daemon
 * has gone. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "host.h"

static Host host;

static char *
uri_of(const char *socket)
{
    return g_strdup_printf("qemu+unix:///system?socket=%s", socket);
}

static void
ignore_error(void *data, virErrorPtr err)
{
    (void)data, (void)err;
}

static void
asks_and_lists(void **state)
{
    g_autofree char *uri = uri_of(host.sock);
    virConnectPtr    conn = virConnectOpen(uri);
    virDomainPtr    *doms = NULL;
    char            *name, *own;

    (void)state;
    assert_non_null(conn);
    assert_int_equal(virConnectListAllDomains(conn, &doms, 0), 0);
    free(doms);
    assert_int_equal(virConnectNumOfDomains(conn), 0);
    assert_string_equal(virConnectGetType(conn), "QEMU");
    name = virConnectGetHostname(conn);
    assert_non_null(name);
    own = virConnectGetURI(conn);
    assert_string_equal(own, uri);
    assert_int_equal(virConnectIsAlive(conn), 1);
    assert_int_equal(virConnectIsSecure(conn), 1);
    assert_int_equal(virConnectIsEncrypted(conn), 0);
    free(name);
    free(own);
    assert_int_equal(virConnectClose(conn), 0);
}

static void
errors_arrive_whole(void **state)
{
    g_autofree char *uri = uri_of(host.sock_ro);
    virConnectPtr    conn = virConnectOpenReadOnly(uri);

    (void)state;
    assert_non_null(conn);
    assert_null(virDomainLookupByName(conn, "nobody"));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_NO_DOMAIN);
    assert_string_equal(virGetLastErrorMessage(), "Domain not found: no domain with matching name 'nobody'");
    assert_null(virDomainDefineXML(conn, "<domain/>"));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_OPERATION_DENIED);
    assert_int_equal(virConnectClose(conn), 0);
}

#define THREADS 8
#define CALLS 300

static gpointer
call_often(gpointer conn)
{
    gsize good = 0;

    for (int i = 0; i < CALLS; i++)
        good += virConnectNumOfDomains(conn) == 0;
    return GSIZE_TO_POINTER(good);
}

static void
threads_share_a_connection(void **state)
{
    g_autofree char *uri = uri_of(host.sock);
    virConnectPtr    conn = virConnectOpen(uri);
    GThread         *threads[THREADS];

    (void)state;
    assert_non_null(conn);
    for (int i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("caller", call_often, conn);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(GPOINTER_TO_SIZE(g_thread_join(threads[i])), CALLS);
    assert_int_equal(virConnectClose(conn), 0);
}

static void
on_closed(virConnectPtr conn, int reason, void *opaque)
{
    (void)conn;
    *(int *)opaque = reason;
}

static virConnectPtr
open_watched(const Host *mortal, int *reason)
{
    g_autofree char *uri = uri_of(mortal->sock);
    virConnectPtr    conn = virConnectOpen(uri);

    assert_non_null(conn);
    *reason = -1;
    assert_int_equal(virConnectRegisterCloseCallback(conn, on_closed, reason, NULL), 0);
    return conn;
}

static void
run_loop_until(const int *reason)
{
    gint64 end = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;

    while (*reason < 0 && g_get_monotonic_time() < end)
        virEventRunDefaultImpl();
}

static void
a_killed_daemon_is_noticed(void **state)
{
    Host          mortal;
    int           reason;
    virConnectPtr conn;

    (void)state;
    host_start(&mortal, NULL);
    conn = open_watched(&mortal, &reason);
    kill(mortal.pid, SIGKILL);
    run_loop_until(&reason);
    assert_int_equal(reason, VIR_CONNECT_CLOSE_REASON_EOF);
    assert_int_equal(virConnectIsAlive(conn), 0);
    assert_int_equal(virConnectNumOfDomains(conn), -1);
    assert_int_equal(virConnectClose(conn), 0);
    waitpid(mortal.pid, NULL, 0);
    mortal.pid = 0;
    host_clear(&mortal);
}

static void
a_stopped_daemon_is_noticed_by_keepalive(void **state)
{
    Host          mortal;
    int           reason;
    virConnectPtr conn;

    (void)state;
    host_start(&mortal, NULL);
    conn = open_watched(&mortal, &reason);
    assert_int_equal(virConnectSetKeepAlive(conn, 1, 1), 0);
    kill(mortal.pid, SIGSTOP);
    run_loop_until(&reason);
    kill(mortal.pid, SIGCONT);
    assert_int_equal(reason, VIR_CONNECT_CLOSE_REASON_KEEPALIVE);
    assert_int_equal(virConnectClose(conn), 0);
    host_clear(&mortal);
}

static int
start_host(void **state)
{
    (void)state;
    virSetErrorFunc(NULL, ignore_error);
    virEventRegisterDefaultImpl();
    host_start(&host, NULL);
    return 0;
}

static int
stop_host(void **state)
{
    (void)state;
    assert_int_equal(host_stop(&host), 0);
    host_clear(&host);
    return 0;
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_and_lists),
        cmocka_unit_test(errors_arrive_whole),
        cmocka_unit_test(threads_share_a_connection),
        cmocka_unit_test(a_killed_daemon_is_noticed),
        cmocka_unit_test(a_stopped_daemon_is_noticed_by_keepalive),
    };

    if (argc < 2)
        return 77;
    godwitd_path = argv[1];
    return cmocka_run_group_tests(tests, start_host, stop_host);
}
