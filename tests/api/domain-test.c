/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api-test.h"

static virConnectPtr conn;
static virDomainPtr  dom; /* "run" */

static int
set_up(void **state)
{
    fresh(state);
    conn = open_fake();
    dom = virDomainLookupByName(conn, "run");
    return 0;
}

static int
tear_down(void **state)
{
    virDomainFree(dom);
    return virConnectClose(conn);
}

static void
handles_know_who_they_are(void **state)
{
    unsigned char uuid[VIR_UUID_BUFLEN], ones[VIR_UUID_BUFLEN];
    char text[VIR_UUID_STRING_BUFLEN];
    virDomainPtr same, off = virDomainLookupByName(conn, "off");

    memset(ones, 1, sizeof(ones));
    assert_string_equal(virDomainGetName(dom), "run");
    assert_int_equal(virDomainGetID(dom), 1);
    assert_int_equal(virDomainGetID(off), (unsigned int)-1);
    assert_int_equal(virDomainGetUUID(dom, uuid), 0);
    assert_memory_equal(uuid, ones, sizeof(ones));
    assert_int_equal(virDomainGetUUIDString(dom, text), 0);
    assert_string_equal(text, "01010101-0101-0101-0101-010101010101");
    same = virDomainLookupByUUIDString(conn, text);
    assert_string_equal(virDomainGetName(same), "run");
    assert_int_equal(virDomainRef(same), 0);
    assert_int_equal(virDomainFree(same), 0);
    assert_int_equal(virDomainFree(same), 0);
    virDomainFree(off);
}

/* A program that starts a domain looks for its id in the handle. */
static void
ids_follow_start_and_destroy(void **state)
{
    virDomainPtr off = virDomainLookupByName(conn, "off");

    assert_int_equal(virDomainCreate(off), 0);
    assert_int_equal(virDomainGetID(off), 2);
    assert_int_equal(virDomainDestroy(off), 0);
    assert_int_equal(virDomainGetID(off), (unsigned int)-1);
    virDomainFree(off);
}

static void
lists_are_the_callers(void **state)
{
    virDomainPtr *all = NULL;
    char *names[1];
    int ids[8];

    assert_int_equal(virConnectListAllDomains(conn, &all, VIR_CONNECT_LIST_DOMAINS_ACTIVE), 2);
    assert_string_equal(virDomainGetName(all[0]), "run");
    assert_null(all[2]);
    virDomainFree(all[0]);
    virDomainFree(all[1]);
    free(all);
    assert_int_equal(virConnectListAllDomains(conn, NULL, 0), 2);
    assert_int_equal(virConnectListDomains(conn, ids, 8), 1);
    assert_int_equal(ids[0], 1);
    /* never more than there is room for, whatever the driver says */
    assert_int_equal(virConnectListDefinedDomains(conn, names, 1), 1);
    assert_string_equal(names[0], "off");
    free(names[0]);
    fake_fail_next(VIR_FROM_TEST, VIR_ERR_OPERATION_FAILED, "not now");
    assert_int_equal(virConnectListAllDomains(conn, &all, 0), -1);
    assert_null(all);
}

static void
answers_reach_the_public_structs(void **state)
{
    virDomainInfo info;
    virNodeCPUStats stats[2];
    virDomainMemoryStatStruct mem[1];
    virVcpuInfo vcpus[4];
    unsigned char maps[8];
    int now, reason, n = 0;

    assert_int_equal(virDomainGetInfo(dom, &info), 0);
    assert_int_equal(info.maxMem, 2048);
    assert_int_equal(info.nrVirtCpu, 3);
    assert_int_equal(info.cpuTime, 42);
    assert_int_equal(virDomainGetState(dom, &now, &reason, 0), 0);
    assert_int_equal(now, VIR_DOMAIN_RUNNING);
    assert_int_equal(virNodeGetCPUStats(conn, VIR_NODE_CPU_STATS_ALL_CPUS, NULL, &n, 0), 0);
    assert_int_equal(n, 2);
    assert_int_equal(virNodeGetCPUStats(conn, VIR_NODE_CPU_STATS_ALL_CPUS, stats, &n, 0), 0);
    assert_string_equal(stats[1].field, "user");
    assert_int_equal(stats[1].value, 20);
    assert_int_equal(virDomainMemoryStats(dom, mem, 1, 0), 1);
    assert_int_equal(mem[0].val, 1024);
    memset(maps, 0xff, sizeof(maps));
    assert_int_equal(virDomainGetVcpus(dom, vcpus, 4, maps, 2), 2);
    assert_int_equal(vcpus[1].cpu, 3);
    /* what the driver did not say is zero, not what was there before */
    assert_memory_equal(maps, "\x01\x02\x00\x00", 4);
    assert_int_equal(virDomainGetVcpus(dom, vcpus, 4, maps, 0), -1);
    assert_last_error(VIR_ERR_INVALID_ARG, "maplen in virDomainGetVcpus must be greater than zero");
    assert_int_equal(virDomainGetVcpus(dom, vcpus, 4, NULL, 2), -1);
    assert_int_equal(virDomainMemoryStats(dom, NULL, 4, 0), 0);
    assert_int_equal(virDomainGetVcpusFlags(dom, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG), -1);
    assert_last_error(VIR_ERR_INVALID_ARG,
                      "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive");
}

static void
texts_and_lists_are_freed_by_the_caller(void **state)
{
    char **messages = NULL;
    char *xml = virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_INACTIVE);

    assert_string_equal(xml, "<domain flags='2'/>");
    free(xml);
    assert_int_equal(virDomainGetMessages(dom, &messages, 0), 1);
    assert_string_equal(messages[0], "tainted: by a test");
    assert_null(messages[1]);
    free(messages[0]);
    free(messages);
}

static void
statistics_come_as_typed_parameters(void **state)
{
    virDomainStatsRecordPtr *records = NULL;
    virDomainPtr list[] = { dom, NULL };
    virTypedParameterPtr params = NULL;
    int type, n;

    assert_int_equal(virDomainGetJobStats(dom, &type, &params, &n, 0), 0);
    assert_int_equal(type, VIR_DOMAIN_JOB_UNBOUNDED);
    assert_int_equal(n, 2);
    virTypedParamsFree(params, n);
    assert_int_equal(virConnectGetAllDomainStats(conn, 0, &records, 0), 1);
    assert_string_equal(virDomainGetName(records[0]->dom), "run");
    assert_int_equal(records[0]->nparams, 1);
    assert_null(records[1]);
    virDomainStatsRecordListFree(records);
    assert_int_equal(virDomainListGetStats(list, 0, &records, 0), 1);
    virDomainStatsRecordListFree(records);
    list[0] = NULL;
    assert_int_equal(virDomainListGetStats(list, 0, &records, 0), -1);
    virDomainStatsRecordListFree(NULL);
}

static void
arguments_reach_the_driver(void **state)
{
    g_autofree char *log = NULL;

    assert_int_equal(virDomainSetAutostart(dom, 17), 0);
    assert_int_equal(virDomainMigrateSetMaxDowntime(dom, 300, 0), 0);
    assert_int_equal(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, "a title", NULL, NULL, 0), 0);
    log = fake_log();
    assert_non_null(strstr(log, "set_autostart run 1\n"));
    assert_non_null(strstr(log, "set_max_downtime run 300 0x0\n"));
    assert_non_null(strstr(log, "set_metadata 1 a title\n"));
}

static void
impossible_metadata_never_leaves(void **state)
{
    static const struct {
        int type;
        const char *text, *key, *uri;
    } cases[] = {
        { VIR_DOMAIN_METADATA_TITLE, "two\nlines", NULL, NULL },
        { VIR_DOMAIN_METADATA_TITLE, "x", "key", NULL },
        { VIR_DOMAIN_METADATA_DESCRIPTION, "x", NULL, "uri" },
        { VIR_DOMAIN_METADATA_ELEMENT, "<x/>", "key", NULL },
        { VIR_DOMAIN_METADATA_ELEMENT, "<x/>", NULL, "uri" },
    };
    g_autofree char *log = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_int_equal(virDomainSetMetadata(dom, cases[i].type, cases[i].text, cases[i].key, cases[i].uri, 0), -1);
        assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_ARG);
    }
    log = fake_log();
    assert_null(strstr(log, "set_metadata"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(handles_know_who_they_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_follow_start_and_destroy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_are_the_callers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_reach_the_public_structs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_and_lists_are_freed_by_the_caller, set_up, tear_down),
        cmocka_unit_test_setup_teardown(statistics_come_as_typed_parameters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(arguments_reach_the_driver, set_up, tear_down),
        cmocka_unit_test_setup_teardown(impossible_metadata_never_leaves, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
