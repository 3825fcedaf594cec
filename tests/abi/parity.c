/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints what a few hundred right and wrong calls answer: return value, and the whole error. Built against our library
 * and against libvirt's, run on the same daemon; parity.py compares. parity URI READ-ONLY-URI, with a domain
 * "parity" defined and off. Calls that make libvirt itself crash are left out.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

static void
quiet(void *data, virErrorPtr err)
{
    (void)data, (void)err;
}

static const char *
text(const char *s)
{
    return s ? s : "-";
}

static void
report(const char *what, long long answer)
{
    virErrorPtr err = virGetLastError();

    printf("%s = %lld", what, answer);
    if (err)
        printf("\n    code %d domain %d level %d numbers %d %d\n    %s\n    %s | %s | %s", err->code, err->domain, err->level,
               err->int1, err->int2, text(err->message), text(err->str1), text(err->str2), text(err->str3));
    printf("\n");
}

/* Calls that answer a number, and calls that answer something to be freed, of which only its presence counts. */
#define NUM(call) report(#call, (long long)(call))
#define STR(call)                                                                                            \
    do {                                                                                                     \
        char *answer = (call);                                                                               \
        report(#call, answer != NULL);                                                                       \
        free(answer);                                                                                        \
    } while (0)
#define DOM(call)                                                                                            \
    do {                                                                                                     \
        virDomainPtr answer = (call);                                                                        \
        report(#call, answer != NULL);                                                                       \
        if (answer)                                                                                          \
            virDomainFree(answer);                                                                           \
    } while (0)
#define CONN(call)                                                                                           \
    do {                                                                                                     \
        virConnectPtr answer = (call);                                                                       \
        report(#call, answer != NULL);                                                                       \
        if (answer)                                                                                          \
            virConnectClose(answer);                                                                         \
    } while (0)

static virConnectPtr conn, ro;
static virDomainPtr  dom, ro_dom;

static void
handles(void)
{
    CONN(virConnectOpen("nonsense"));
    CONN(virConnectOpen("qemu+unix:///system?socket=/nonexistent/x"));
    CONN(virConnectOpen("qemu+tcp://127.0.0.1:1/system"));
    NUM(virDomainFree(NULL));
    NUM(virConnectNumOfDomains(NULL));
    NUM(virDomainSuspend(NULL));
    NUM(virDomainGetState(NULL, NULL, NULL, 0));
    NUM(virDomainGetName(NULL) != NULL);
    STR(virConnectGetURI(NULL));
    NUM(virStreamFinish(NULL));
}

static void
finding(void)
{
    int ids[4];

    DOM(virDomainLookupByName(conn, "parity"));
    DOM(virDomainLookupByName(conn, "nobody"));
    DOM(virDomainLookupByName(conn, NULL));
    DOM(virDomainLookupByID(conn, -1));
    DOM(virDomainLookupByID(conn, 999));
    DOM(virDomainLookupByUUIDString(conn, "x"));
    DOM(virDomainLookupByUUIDString(conn, "00000000-0000-0000-0000-00000000000a"));
    NUM(virConnectListDomains(conn, NULL, 3));
    NUM(virConnectListDomains(conn, ids, -1));
    NUM(virConnectListDomains(conn, ids, 4));
    NUM(virConnectListAllDomains(conn, NULL, 0));
    NUM(virConnectListAllDomains(conn, NULL, VIR_CONNECT_LIST_DOMAINS_SHUTOFF));
    NUM(virConnectListAllDomains(conn, NULL, VIR_CONNECT_LIST_DOMAINS_RUNNING));
    NUM(virConnectListAllDomains(conn, NULL, VIR_CONNECT_LIST_DOMAINS_PERSISTENT | VIR_CONNECT_LIST_DOMAINS_ACTIVE));
    NUM(virConnectListAllDomains(conn, NULL, 0x40000000));
}

static void
defining(void)
{
    DOM(virDomainDefineXML(conn, NULL));
    DOM(virDomainDefineXML(conn, "<x"));
    DOM(virDomainDefineXML(conn, "<x/>"));
    DOM(virDomainDefineXML(conn, "<domain type='qemu'/>"));
    DOM(virDomainDefineXML(conn, "<domain type='qemu'><name>a/b</name></domain>"));
    DOM(virDomainDefineXMLFlags(conn, "<domain/>", 0x10));
    DOM(virDomainCreateXML(conn, NULL, 0));
    STR(virDomainGetXMLDesc(dom, 0));
    STR(virDomainGetXMLDesc(dom, 0x100));
    STR(virConnectDomainXMLToNative(conn, "x", "<domain/>", 0));
    NUM(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, "a\nb", NULL, NULL, 0));
    NUM(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, "a", "k", NULL, 0));
    NUM(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "<a/>", NULL, "u", 0));
    NUM(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "<a/>", "k", NULL, 0));
    STR(virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, NULL, 0));
    STR(virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, NULL, 0));
    STR(virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, NULL, 3));
}

static void
read_only(void)
{
    unsigned long speed;
    unsigned long long downtime;

    NUM(virDomainSuspend(ro_dom));
    NUM(virDomainDestroy(ro_dom));
    NUM(virDomainSetAutostart(ro_dom, 1));
    DOM(virDomainDefineXML(ro, "<domain/>"));
    STR(virDomainGetXMLDesc(ro_dom, VIR_DOMAIN_XML_SECURE));
    STR(virDomainGetXMLDesc(ro_dom, VIR_DOMAIN_XML_MIGRATABLE));
    STR(virConnectGetDomainCapabilities(ro, NULL, NULL, NULL, NULL, 0));
    NUM(virDomainMigrateGetMaxSpeed(ro_dom, &speed, 0));
    NUM(virDomainMigrateGetMaxDowntime(ro_dom, &downtime, 0));
    DOM(virDomainMigrate3(ro_dom, conn, NULL, 0, 0));
    DOM(virDomainMigrate3(dom, ro, NULL, 0, VIR_MIGRATE_LIVE));
}

static void
when_off(void)
{
    virDomainMemoryStatStruct mem[2];
    unsigned char map[4];
    virVcpuInfo vcpus[2];
    int state;

    NUM(virDomainGetState(dom, NULL, NULL, 0));
    NUM(virDomainGetState(dom, &state, NULL, 7));
    NUM(virDomainSuspend(dom));
    NUM(virDomainResume(dom));
    NUM(virDomainShutdown(dom));
    NUM(virDomainDestroy(dom));
    NUM(virDomainReset(dom, 0));
    NUM(virDomainReboot(dom, 0));
    NUM(virDomainCreateWithFlags(dom, 0x1000));
    NUM(virDomainGetVcpus(dom, vcpus, 0, NULL, 0));
    NUM(virDomainGetVcpus(dom, vcpus, 1, map, 0));
    NUM(virDomainGetVcpus(dom, vcpus, 1, NULL, 0));
    NUM(virDomainGetVcpusFlags(dom, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG));
    NUM(virDomainMemoryStats(dom, NULL, 2, 0));
    NUM(virDomainMemoryStats(dom, mem, 0, 0));
    NUM(virDomainMemoryStats(dom, mem, 2, 0));
}

static void
jobs_and_migration(void)
{
    unsigned long long number;
    unsigned long speed;
    virTypedParameterPtr params = NULL;
    virDomainJobInfo info;
    int type, n = 0, max = 0;

    NUM(virDomainGetJobInfo(dom, NULL));
    NUM(virDomainGetJobInfo(dom, &info));
    NUM(virDomainGetJobStats(dom, &type, &params, &n, VIR_DOMAIN_JOB_STATS_COMPLETED));
    NUM(virDomainGetJobStats(dom, &type, &params, &n, 64));
    NUM(virDomainAbortJob(dom));
    NUM(virDomainMigrateStartPostCopy(dom, 0));
    NUM(virDomainMigrateGetMaxDowntime(dom, &number, 0));
    NUM(virDomainMigrateSetMaxDowntime(dom, 100, 0));
    NUM(virDomainMigrateSetMaxDowntime(dom, 100, 4));
    NUM(virDomainMigrateGetMaxSpeed(dom, &speed, 0));
    NUM(virDomainMigrateSetMaxSpeed(dom, ULONG_MAX, 0));
    NUM(virDomainMigrateGetCompressionCache(dom, &number, 0));
    params = NULL;
    n = 0;
    virTypedParamsAddInt(&params, &n, &max, "x", 1);
    DOM(virDomainMigrate3(dom, conn, params, (unsigned int)n, 0));
    virTypedParamsFree(params, n);
    DOM(virDomainMigrate3(dom, conn, NULL, 0, VIR_MIGRATE_LIVE));
    DOM(virDomainMigrate(dom, conn, VIR_MIGRATE_TUNNELLED, NULL, NULL, 0));
    /* Without VIR_MIGRATE_PEER2PEER libvirt drops the URI; ours passes it on as the address of a lone QEMU. */
    NUM(virDomainMigrateToURI3(dom, NULL, NULL, 0, 0));
    NUM(virDomainMigrateToURI(dom, NULL, VIR_MIGRATE_PEER2PEER, NULL, 0));
}

static void
ignore_event(virConnectPtr c, virDomainPtr d, void *opaque)
{
    (void)c, (void)d, (void)opaque;
}

static int
ignore_lifecycle(virConnectPtr c, virDomainPtr d, int event, int detail, void *opaque)
{
    (void)c, (void)d, (void)opaque;
    return event + detail;
}

static void
ignore_close(virConnectPtr c, int reason, void *opaque)
{
    (void)c, (void)reason, (void)opaque;
}

static void
other_close(virConnectPtr c, int reason, void *opaque)
{
    ignore_close(c, reason, opaque);
}

static void
events(void)
{
    int first, second;

    NUM(virConnectDomainEventRegisterAny(conn, NULL, 99, ignore_event, NULL, NULL));
    NUM(virConnectDomainEventRegisterAny(conn, NULL, -1, ignore_event, NULL, NULL));
    NUM(virConnectDomainEventRegisterAny(conn, NULL, 0, NULL, NULL, NULL));
    NUM(virConnectDomainEventRegisterAny(conn, ro_dom, 0, ignore_event, NULL, NULL));
    NUM(virConnectDomainEventDeregisterAny(conn, 77));
    NUM(virConnectDomainEventDeregisterAny(conn, -7));
    NUM(virConnectDomainEventDeregister(conn, ignore_lifecycle));
    NUM(virConnectDomainEventRegister(conn, ignore_lifecycle, NULL, NULL));
    NUM(virConnectDomainEventRegister(conn, ignore_lifecycle, NULL, NULL));
    NUM(virConnectDomainEventDeregister(conn, ignore_lifecycle));
    NUM(first = virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_REBOOT, ignore_event, NULL, NULL));
    NUM(second = virConnectDomainEventRegisterAny(conn, dom, VIR_DOMAIN_EVENT_ID_REBOOT, ignore_event, NULL, NULL));
    virConnectRef(conn);
    NUM(virConnectClose(conn));
    NUM(virConnectDomainEventDeregisterAny(conn, first));
    NUM(virConnectDomainEventDeregisterAny(conn, second));
    NUM(virConnectRegisterCloseCallback(conn, ignore_close, NULL, NULL));
    NUM(virConnectRegisterCloseCallback(conn, ignore_close, NULL, NULL));
    NUM(virConnectUnregisterCloseCallback(conn, other_close));
    NUM(virConnectUnregisterCloseCallback(conn, ignore_close));
    NUM(virConnectUnregisterCloseCallback(conn, ignore_close));
}

static void
parameters(void)
{
    virTypedParameterPtr params = NULL;
    int n = 0, max = 0;
    char longname[100];

    memset(longname, 'a', sizeof(longname));
    longname[sizeof(longname) - 1] = '\0';
    NUM(virTypedParamsAddInt(&params, &n, &max, longname, 1));
    NUM(virTypedParamsAddInt(&params, &n, &max, "x", 1));
    NUM(virTypedParamsAddInt(&params, &n, &max, "x", 1));
    NUM(virTypedParamsGetInt(params, n, "x", NULL));
    NUM(virTypedParamsGetInt(params, n, "y", NULL));
    NUM(virTypedParamsGetString(params, n, "x", NULL));
    NUM(virTypedParamsAddFromString(&params, &n, &max, "y", VIR_TYPED_PARAM_INT, "zz"));
    NUM(virTypedParamsAddFromString(&params, &n, &max, "y", VIR_TYPED_PARAM_INT, "2147483648"));
    NUM(virTypedParamsAddFromString(&params, &n, &max, "y", VIR_TYPED_PARAM_BOOLEAN, "yes"));
    NUM(virTypedParamsAddFromString(&params, &n, &max, "y", VIR_TYPED_PARAM_DOUBLE, "1.5x"));
    NUM(virTypedParamsAddFromString(&params, &n, &max, "y", 99, "yes"));
    virTypedParamsFree(params, n);
}

static void
host(void)
{
    virDomainPtr nobody[1] = { NULL };
    virDomainStatsRecordPtr *records = NULL;
    unsigned long long memory;
    virNodeCPUStats stats[4];
    int n = 2;

    NUM(virNodeGetCPUStats(conn, VIR_NODE_CPU_STATS_ALL_CPUS, NULL, NULL, 0));
    NUM(virNodeGetCPUStats(conn, VIR_NODE_CPU_STATS_ALL_CPUS, stats, &n, 0));
    n = 0;
    NUM(virNodeGetCPUStats(conn, VIR_NODE_CPU_STATS_ALL_CPUS, NULL, &n, 0));
    NUM(n);
    NUM(virNodeGetCellsFreeMemory(conn, &memory, 0, 0));
    NUM(virNodeGetCellsFreeMemory(conn, NULL, 0, 1));
    NUM(virNodeGetCellsFreeMemory(conn, &memory, 5, 1));
    NUM(virDomainListGetStats(nobody, 0, &records, 0));
    NUM(virConnectGetAllDomainStats(conn, 0, NULL, 0));
    NUM(virConnectGetCPUModelNames(conn, NULL, NULL, 0));
    NUM(virConnectGetCPUModelNames(conn, "nothing", NULL, 0));
    NUM(virConnectCompareCPU(conn, NULL, 0));
    NUM(virConnectGetMaxVcpus(conn, "xxx"));
    STR(virConnectGetSysinfo(conn, 0));
    NUM(virConnectSetKeepAlive(conn, 5, 3));
    NUM(virConnectIsAlive(conn));
    NUM(virConnectIsSecure(conn));
    NUM(virConnectIsEncrypted(conn));
}

static void
when_running(void)
{
    NUM(virDomainGetID(dom) == UINT_MAX);
    NUM(virDomainCreate(dom));
    NUM(virDomainGetID(dom) == UINT_MAX);
    NUM(virDomainCreate(dom));
    NUM(virDomainUndefineFlags(dom, 0x1000));
    NUM(virDomainReset(dom, 3));
    NUM(virDomainSuspend(dom));
    NUM(virDomainSuspend(dom));
    NUM(virDomainResume(dom));
    NUM(virDomainResume(dom));
    NUM(virDomainAbortJob(dom));
    NUM(virDomainMigrateStartPostCopy(dom, 0));
    DOM(virDomainMigrate3(dom, conn, NULL, 0, VIR_MIGRATE_LIVE));
    NUM(virDomainDestroyFlags(dom, 8));
    NUM(virDomainDestroy(dom));
    NUM(virDomainGetID(dom) == UINT_MAX);
    NUM(virDomainDestroy(dom));
}

int
main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    virSetErrorFunc(NULL, quiet);
    virEventRegisterDefaultImpl();
    conn = virConnectOpen(argv[1]);
    ro = virConnectOpenReadOnly(argv[2]);
    if (!conn || !ro)
        return 1;
    dom = virDomainLookupByName(conn, "parity");
    ro_dom = virDomainLookupByName(ro, "parity");
    handles();
    finding();
    defining();
    read_only();
    when_off();
    jobs_and_migration();
    events();
    parameters();
    host();
    when_running();
    virDomainFree(ro_dom);
    NUM(virConnectClose(ro));
    NUM(virConnectClose(conn));
    NUM(virDomainFree(dom));
    return 0;
}
