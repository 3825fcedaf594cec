/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver inside this process, with real QEMUs: what a user loses when it fails is the simplest use of the product. */
#include "embedded.h"

#include <libvirt/virterror.h>
#include <signal.h>
#include <string.h>

static void
a_life_from_define_to_undefine(void **state)
{
    virDomainPtr dom = define("life", UUID_A, "", "<serial type='pty'/>");
    g_autofree char *xml = NULL;
    virDomainInfo info;

    assert_state(dom, VIR_DOMAIN_SHUTOFF, 0);
    ok(virDomainCreate(dom));
    assert_state(dom, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED);
    ok(virDomainGetInfo(dom, &info));
    assert_int_equal(info.maxMem, 32 * 1024);
    assert_true(info.cpuTime > 0);
    xml = virDomainGetXMLDesc(dom, 0);
    assert_non_null(strstr(xml, "<source path='/dev/pts/"));
    ok(virDomainSuspend(dom));
    assert_state(dom, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER);
    ok(virDomainResume(dom));
    assert_state(dom, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED);
    assert_int_equal(virDomainResume(dom), -1);
    assert_error(VIR_ERR_OPERATION_INVALID, "already running");
    ok(virDomainReset(dom, 0));
    ok(virDomainDestroy(dom));
    assert_state(dom, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DESTROYED);
    assert_int_equal(virDomainDestroy(dom), -1);
    assert_error(VIR_ERR_OPERATION_INVALID, "domain is not running");
    ok(virDomainUndefine(dom));
    assert_events("Defined 0; Resumed 0; Started 0; Suspended 0; Resumed 0; Reboot 0; Shutdown 2; Stopped 1; "
                  "Undefined 0; ", "Undefined");
    assert_int_equal(virDomainIsActive(dom), -1);
    assert_error(VIR_ERR_NO_DOMAIN, "life");
    virDomainFree(dom);
    assert_run_dir_is_empty();
}

static void
a_paused_start_runs_nothing(void **state)
{
    virDomainPtr dom = define("paused", UUID_A, "", "");

    ok(virDomainCreateWithFlags(dom, VIR_DOMAIN_START_PAUSED));
    assert_state(dom, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER);
    ok(virDomainResume(dom));
    ok(virDomainDestroy(dom));
    ok(virDomainUndefine(dom));
    assert_events("Defined 0; Started 0; Suspended 0; Resumed 0; Shutdown 2; Stopped 1; Undefined 0; ", "Undefined");
    virDomainFree(dom);
}

static void
a_transient_guest_goes_with_its_process(void **state)
{
    g_autofree char *xml = make_xml("transient", UUID_A, "", "");
    virDomainPtr dom = virDomainCreateXML(host.conn, xml, 0);

    assert_non_null(dom);
    assert_int_equal(virDomainIsPersistent(dom), 0);
    assert_null(virDomainCreateXML(host.conn, xml, 0));
    assert_error(VIR_ERR_OPERATION_INVALID, "domain 'transient' is already active");
    ok(virDomainDestroy(dom));
    assert_null(virDomainLookupByName(host.conn, "transient"));
    assert_events("Resumed 0; Started 0; Shutdown 2; Stopped 1; ", "Stopped");
    virDomainFree(dom);
}

/* A connection that ends takes along the guests that were started for it, and no others. */
static void
autodestroy_ends_with_the_connection(void **state)
{
    g_autofree char *xml = make_xml("bound", UUID_A, "", "");
    virConnectPtr other = open_root(host.root);
    virDomainPtr dom = virDomainCreateXML(other, xml, VIR_DOMAIN_START_AUTODESTROY);

    assert_non_null(dom);
    virDomainFree(dom);
    virConnectClose(other);
    g_free(await_events("Stopped 1"));
    assert_null(virDomainLookupByName(host.conn, "bound"));
}

static void
a_killed_qemu_is_noticed_at_once(void **state)
{
    virDomainPtr dom = define("victim", UUID_A, "", "");

    ok(virDomainCreate(dom));
    assert_int_equal(kill(guest_pid(host.root, "victim"), SIGKILL), 0);
    g_free(await_events("Stopped 5"));
    assert_state(dom, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED);
    ok(virDomainCreate(dom));
    ok(virDomainDestroy(dom));
    ok(virDomainUndefine(dom));
    virDomainFree(dom);
    g_free(await_events("Undefined"));
    assert_run_dir_is_empty();
}

/* A boot sector that switches the machine off by its ACPI port, as soon as it runs. */
static char *
make_power_off_disk(void)
{
    static const guint8 code[] = { 0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xf4, 0xeb, 0xfd };
    char *path = g_build_filename(host.root, "off.img", NULL);
    g_autofree char *sector = g_malloc0(512);

    memcpy(sector, code, sizeof(code));
    sector[510] = 0x55;
    sector[511] = (char)0xaa;
    assert_true(g_file_set_contents(path, sector, 512, NULL));
    return path;
}

static char *
power_off_device(void)
{
    g_autofree char *path = make_power_off_disk();

    return g_strdup_printf("<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%s'/>"
                           "<target dev='hda' bus='ide'/></disk>", path);
}

static void
a_guest_that_switches_itself_off_is_shut_off(void **state)
{
    g_autofree char *device = power_off_device();
    virDomainPtr dom = define("sleepy", UUID_A, "", device);

    ok(virDomainCreate(dom));
    assert_events("Defined 0; Resumed 0; Started 0; Shutdown 1; Stopped 0; ", "Stopped");
    assert_state(dom, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SHUTDOWN);
    ok(virDomainUndefine(dom));
    virDomainFree(dom);
    g_free(await_events("Undefined"));
}

static void
on_poweroff_restart_boots_again(void **state)
{
    g_autofree char *device = power_off_device();
    virDomainPtr dom = define("phoenix", UUID_A, "<on_poweroff>restart</on_poweroff>", device);

    ok(virDomainCreate(dom));
    g_free(await_events("Shutdown 1; Reboot 0; Resumed 0; "));
    assert_int_equal(virDomainIsActive(dom), 1);
    ok(virDomainDestroy(dom));
    ok(virDomainUndefine(dom));
    virDomainFree(dom);
    g_free(await_events("Undefined"));
}

static void
a_start_that_fails_says_why_and_leaves_nothing(void **state)
{
    virDomainPtr dom = define("broken", UUID_A, "<cpu mode='custom' match='exact'><model fallback='forbid'>qemu64</model>"
                              "<feature policy='require' name='no-such-feature'/></cpu>", "");

    assert_int_equal(virDomainCreate(dom), -1);
    assert_non_null(strstr(virGetLastErrorMessage(), "no-such-feature"));
    assert_state(dom, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_FAILED);
    assert_int_equal(virDomainIsActive(dom), 0);
    ok(virDomainUndefine(dom));
    virDomainFree(dom);
    assert_events("Defined 0; Undefined 0; ", "Undefined");
    assert_run_dir_is_empty();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_life_from_define_to_undefine, embedded_clean),
        cmocka_unit_test_teardown(a_paused_start_runs_nothing, embedded_clean),
        cmocka_unit_test_teardown(a_transient_guest_goes_with_its_process, embedded_clean),
        cmocka_unit_test_teardown(autodestroy_ends_with_the_connection, embedded_clean),
        cmocka_unit_test_teardown(a_killed_qemu_is_noticed_at_once, embedded_clean),
        cmocka_unit_test_teardown(a_guest_that_switches_itself_off_is_shut_off, embedded_clean),
        cmocka_unit_test_teardown(on_poweroff_restart_boots_again, embedded_clean),
        cmocka_unit_test_teardown(a_start_that_fails_says_why_and_leaves_nothing, embedded_clean),
    };

    return cmocka_run_group_tests_name("qemu/driver", tests, embedded_set_up, embedded_tear_down);
}
