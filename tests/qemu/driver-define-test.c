/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions of a real host: without these a user loses a name, a list, or what was written down about a guest. */
#include "embedded.h"

#include <libvirt/virterror.h>
#include <string.h>

/* name, uuid; error when UUID_A is "first" */
static const struct {
    const char *name, *uuid, *message;
} conflicts[] = {
    { "first", UUID_B, "domain 'first' already exists with uuid " UUID_A },
    { "second", UUID_A, "domain 'first' is already defined with uuid " UUID_A },
};

static void
names_and_uuids_are_unique(void **state)
{
    virDomainPtr dom = define("first", UUID_A, "", "");

    for (gsize i = 0; i < G_N_ELEMENTS(conflicts); i++) {
        g_autofree char *xml = make_xml(conflicts[i].name, conflicts[i].uuid, "", "");

        assert_null(virDomainDefineXML(host.conn, xml));
        assert_error(VIR_ERR_OPERATION_FAILED, conflicts[i].message);
        assert_int_equal(virGetLastError()->domain, VIR_FROM_DOMAIN);
        assert_null(virDomainCreateXML(host.conn, xml, 0));
        assert_error(VIR_ERR_OPERATION_FAILED, conflicts[i].message);
    }
    ok(virDomainUndefine(dom));
    virDomainFree(dom);
    g_free(await_events("Undefined"));
}

static void
a_new_definition_waits_for_the_next_boot(void **state)
{
    virDomainPtr dom = define("twice", UUID_A, "", ""), again;
    g_autofree char *live = NULL, *config = NULL, *now = NULL;

    ok(virDomainCreate(dom));
    again = define("twice", UUID_A, "<title>new</title>", "");
    live = virDomainGetXMLDesc(dom, 0);
    config = virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_INACTIVE);
    assert_null(strstr(live, "<title>new</title>"));
    assert_non_null(strstr(config, "<title>new</title>"));
    assert_int_equal(virDomainIsUpdated(dom), 1);
    ok(virDomainDestroy(dom));
    now = virDomainGetXMLDesc(dom, 0);
    assert_non_null(strstr(now, "<title>new</title>"));
    ok(virDomainUndefine(dom));
    assert_events("Defined 0; Resumed 0; Started 0; Defined 1; Shutdown 2; Stopped 1; Undefined 0; ", "Undefined");
    virDomainFree(dom);
    virDomainFree(again);
}

static void
an_active_guest_survives_its_definition(void **state)
{
    virDomainPtr dom = define("kept", UUID_A, "", "");

    ok(virDomainCreate(dom));
    ok(virDomainUndefine(dom));
    assert_int_equal(virDomainIsPersistent(dom), 0);
    assert_int_equal(virDomainIsActive(dom), 1);
    ok(virDomainDestroy(dom));
    assert_null(virDomainLookupByName(host.conn, "kept"));
    virDomainFree(dom);
    g_free(await_events("Stopped"));
}

/* filter, number of domains among: one running and persistent with autostart, one paused and transient, one shut off */
static const struct {
    unsigned int flags;
    int          n;
} filters[] = {
    { 0, 3 },
    { VIR_CONNECT_LIST_DOMAINS_ACTIVE, 2 },
    { VIR_CONNECT_LIST_DOMAINS_INACTIVE, 1 },
    { VIR_CONNECT_LIST_DOMAINS_ACTIVE | VIR_CONNECT_LIST_DOMAINS_INACTIVE, 3 },
    { VIR_CONNECT_LIST_DOMAINS_PERSISTENT, 2 },
    { VIR_CONNECT_LIST_DOMAINS_TRANSIENT, 1 },
    { VIR_CONNECT_LIST_DOMAINS_RUNNING, 1 },
    { VIR_CONNECT_LIST_DOMAINS_PAUSED, 1 },
    { VIR_CONNECT_LIST_DOMAINS_SHUTOFF, 1 },
    { VIR_CONNECT_LIST_DOMAINS_OTHER, 0 },
    { VIR_CONNECT_LIST_DOMAINS_RUNNING | VIR_CONNECT_LIST_DOMAINS_PAUSED, 2 },
    { VIR_CONNECT_LIST_DOMAINS_ACTIVE | VIR_CONNECT_LIST_DOMAINS_PERSISTENT, 1 },
    { VIR_CONNECT_LIST_DOMAINS_AUTOSTART, 1 },
    { VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART, 2 },
    { VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, 0 },
    { VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE, 3 },
    { VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT, 0 },
};

static void
lists_are_filtered(void **state)
{
    g_autofree char *xml = make_xml("transient", UUID_B, "", "");
    virDomainPtr running = define("running", UUID_A, "", "");
    virDomainPtr off = define("off", "11111111-2222-4333-8444-555555555503", "", ""), transient;

    ok(virDomainSetAutostart(running, 1));
    ok(virDomainCreate(running));
    transient = virDomainCreateXML(host.conn, xml, VIR_DOMAIN_START_PAUSED);
    assert_non_null(transient);
    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++)
        assert_int_equal(virConnectListAllDomains(host.conn, NULL, filters[i].flags), filters[i].n);
    assert_int_equal(virConnectNumOfDomains(host.conn), 2);
    assert_int_equal(virConnectNumOfDefinedDomains(host.conn), 1);
    ok(virDomainDestroy(running));
    ok(virDomainDestroy(transient));
    ok(virDomainUndefine(running));
    ok(virDomainUndefine(off));
    virDomainFree(running);
    virDomainFree(transient);
    virDomainFree(off);
    g_string_truncate(host.events, 0);
}

static void
metadata_is_kept_by_namespace(void **state)
{
    virDomainPtr dom = define("tagged", UUID_A, "<metadata><o:x xmlns:o='urn:other'>1</o:x></metadata>", "");
    g_autofree char *mine = NULL, *xml = NULL;
    g_autofree char *defined = virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "urn:other", 0);

    assert_string_equal(defined, "<x>1</x>");
    ok(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, "a title", NULL, NULL, VIR_DOMAIN_AFFECT_CONFIG));
    ok(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "<app owner='me'><part/></app>", "mine", "urn:mine",
                            VIR_DOMAIN_AFFECT_CONFIG));
    mine = virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "urn:mine", 0);
    assert_string_equal(mine, "<app owner='me'><part/></app>");
    xml = virDomainGetXMLDesc(dom, 0);
    assert_non_null(strstr(xml, "  <metadata>\n    <o:x xmlns:o=\"urn:other\">1</o:x>\n"
                                "    <mine:app xmlns:mine=\"urn:mine\" owner='me'><mine:part/></mine:app>\n  </metadata>\n"));
    assert_non_null(strstr(xml, "<title>a title</title>"));
    ok(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, NULL, NULL, "urn:mine", VIR_DOMAIN_AFFECT_CONFIG));
    assert_null(virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "urn:mine", 0));
    assert_error(VIR_ERR_NO_DOMAIN_METADATA, "not present");
    ok(virDomainUndefine(dom));
    virDomainFree(dom);
    g_free(await_events("Undefined"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(names_and_uuids_are_unique, embedded_clean),
        cmocka_unit_test_teardown(a_new_definition_waits_for_the_next_boot, embedded_clean),
        cmocka_unit_test_teardown(an_active_guest_survives_its_definition, embedded_clean),
        cmocka_unit_test_teardown(lists_are_filtered, embedded_clean),
        cmocka_unit_test_teardown(metadata_is_kept_by_namespace, embedded_clean),
    };

    return cmocka_run_group_tests_name("qemu/driver-define", tests, embedded_set_up, embedded_tear_down);
}
