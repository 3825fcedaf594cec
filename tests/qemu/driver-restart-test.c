/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests outlive the process that started them; who comes after it finds them, or finds out what became of them. */
#include "embedded.h"

#include <libvirt/virterror.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* This program again, as the process that dies: defines and starts a guest, tells that it runs, and waits. */
static int
be_victim(const char *root)
{
    g_autofree char *xml = make_xml("orphan", UUID_A, "", "<serial type='pty'/>");
    virDomainPtr dom;

    virEventRegisterDefaultImpl();
    host.conn = open_root(root);
    dom = host.conn ? virDomainDefineXML(host.conn, xml) : NULL;
    if (!dom || virDomainCreate(dom) < 0) {
        g_printerr("%s\n", virGetLastErrorMessage());
        return 1;
    }
    if (write(STDOUT_FILENO, "r", 1) != 1)
        return 1;
    pause();
    return 0;
}

static char *own_path;

static void
start_victim(const char *root, GPid *ret_pid)
{
    const char *argv[] = { own_path, "--victim", root, NULL };
    int  out;
    char byte;

    assert_true(g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, ret_pid,
                                         NULL, &out, NULL, NULL));
    assert_int_equal(read(out, &byte, 1), 1);
    close(out);
}

static void
guests_outlive_the_process_that_started_them(void **state)
{
    g_autofree char *xml = NULL;
    virDomainPtr dom;
    GPid  victim;
    pid_t guest;

    disconnect_host();
    start_victim(host.root, &victim);
    assert_null(open_root(host.root));
    assert_error(VIR_ERR_OPERATION_FAILED, "managed by another process");
    guest = guest_pid(host.root, "orphan");
    kill(victim, SIGKILL);
    waitpid(victim, NULL, 0);
    assert_int_equal(kill(guest, 0), 0);
    connect_host();
    dom = virDomainLookupByName(host.conn, "orphan");
    assert_non_null(dom);
    assert_state(dom, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED);
    assert_int_equal(virDomainIsPersistent(dom), 1);
    xml = virDomainGetXMLDesc(dom, 0);
    assert_non_null(strstr(xml, "<source path='/dev/pts/"));
    ok(virDomainSuspend(dom));
    assert_int_equal(kill(guest, SIGKILL), 0);
    assert_events("Suspended 0; Stopped 5; ", "Stopped");
    ok(virDomainUndefine(dom));
    virDomainFree(dom);
    g_free(await_events("Undefined"));
    assert_run_dir_is_empty();
}

static void
a_guest_that_died_meanwhile_is_shut_off(void **state)
{
    virDomainPtr dom = define("gone", UUID_A, "", "");
    pid_t guest;

    ok(virDomainCreate(dom));
    guest = guest_pid(host.root, "gone");
    virDomainFree(dom);
    g_free(await_events("Started"));
    disconnect_host();
    assert_int_equal(kill(guest, SIGKILL), 0);
    waitpid(guest, NULL, 0);
    connect_host();
    dom = virDomainLookupByName(host.conn, "gone");
    assert_state(dom, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED);
    ok(virDomainUndefine(dom));
    virDomainFree(dom);
    g_free(await_events("Undefined"));
    assert_run_dir_is_empty();
}

static gpointer
open_and_close(gpointer root)
{
    for (int i = 0; i < 20; i++) {
        virConnectPtr conn = open_root(root);

        if (!conn)
            return g_strdup(virGetLastErrorMessage());
        virConnectClose(conn);
    }
    return NULL;
}

/* Whoever opens a root that is just being let go waits a moment, and is not told that somebody else has it. */
static void
a_root_can_be_opened_again_at_once(void **state)
{
    g_autofree char *root = g_build_filename(host.root, "again", NULL);
    GThread *threads[4];

    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("opener", open_and_close, root);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_autofree char *trouble = g_thread_join(threads[i]);

        assert_string_equal(trouble ? trouble : "", "");
    }
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(guests_outlive_the_process_that_started_them, embedded_clean),
        cmocka_unit_test_teardown(a_guest_that_died_meanwhile_is_shut_off, embedded_clean),
        cmocka_unit_test_teardown(a_root_can_be_opened_again_at_once, embedded_clean),
    };

    own_path = g_file_read_link("/proc/self/exe", NULL);
    if (argc == 3 && strcmp(argv[1], "--victim") == 0)
        return be_victim(argv[2]);
    return cmocka_run_group_tests_name("qemu/driver-restart", tests, embedded_set_up, embedded_tear_down);
}
