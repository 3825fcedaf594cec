/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program as people write them for libvirt. It is compiled against our headers and, where they are installed,
 * against libvirt's; it must not matter. Run without arguments it only checks that nobody takes a nonsense URI.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#if !LIBVIR_CHECK_VERSION(9, 0, 0)
# error "the headers are too old"
#endif

static int stop;

static int
on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    (void)conn, (void)opaque;
    printf("%s: event %d detail %d\n", virDomainGetName(dom), event, detail);
    return 0;
}

static void
on_job_completed(virConnectPtr conn, virDomainPtr dom, virTypedParameterPtr params, int nparams, void *opaque)
{
    unsigned long long downtime = 0;

    (void)conn, (void)opaque;
    if (virTypedParamsGetULLong(params, nparams, VIR_DOMAIN_JOB_DOWNTIME, &downtime) == 1)
        printf("%s: downtime %llu ms\n", virDomainGetName(dom), downtime);
}

static void
on_closed(virConnectPtr conn, int reason, void *opaque)
{
    (void)conn, (void)opaque;
    stop = reason + 1;
}

static void
on_timeout(int timer, void *opaque)
{
    (void)opaque;
    virEventUpdateTimeout(timer, -1);
    stop = 1;
}

static void
quiet(void *data, virErrorPtr err)
{
    (void)data, (void)err;
}

static int
ask(virConnectCredentialPtr cred, unsigned int ncred, void *data)
{
    unsigned int i;

    (void)data;
    for (i = 0; i < ncred; i++) {
        if (cred[i].type != VIR_CRED_AUTHNAME && cred[i].type != VIR_CRED_PASSPHRASE)
            return -1;
        cred[i].result = strdup("x");
        cred[i].resultlen = 1;
    }
    return 0;
}

static void
show(virConnectPtr conn)
{
    virDomainPtr *domains = NULL;
    virNodeInfo node;
    int i, n;

    if (virNodeGetInfo(conn, &node) == 0)
        printf("%s, %lu KiB, %u CPUs\n", node.model, node.memory, VIR_NODEINFO_MAXCPUS(node));
    n = virConnectListAllDomains(conn, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE | VIR_CONNECT_LIST_DOMAINS_INACTIVE);
    for (i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN];
        unsigned char map[VIR_CPU_MAPLEN(16)] = { 0 };
        virVcpuInfo vcpu;
        virDomainInfo info;
        char *xml = virDomainGetXMLDesc(domains[i], VIR_DOMAIN_XML_INACTIVE);
        int state = VIR_DOMAIN_NOSTATE, reason = 0;

        virDomainGetState(domains[i], &state, &reason, 0);
        if (virDomainGetUUIDString(domains[i], uuid) == 0 && virDomainGetInfo(domains[i], &info) == 0)
            printf("%s %s %d/%d %llu\n", virDomainGetName(domains[i]), uuid, state, reason, info.cpuTime);
        VIR_USE_CPU(map, 3);
        if (virDomainGetVcpus(domains[i], &vcpu, 1, map, sizeof(map)) == 1 && VIR_CPU_USABLE(map, 2, 0, 3))
            puts("may use CPU 3");
        free(xml);
        virDomainFree(domains[i]);
    }
    free(domains);
}

static int
move(virConnectPtr from, virConnectPtr to, const char *name)
{
    virTypedParameterPtr params = NULL;
    int nparams = 0, maxparams = 0, type;
    virDomainPtr dom = virDomainLookupByName(from, name), landed;
    virDomainJobInfo job;

    if (!dom)
        return -1;
    virTypedParamsAddULLong(&params, &nparams, &maxparams, VIR_MIGRATE_PARAM_BANDWIDTH, 100);
    virTypedParamsAddString(&params, &nparams, &maxparams, VIR_MIGRATE_PARAM_DEST_NAME, "moved");
    virDomainMigrateSetMaxDowntime(dom, 300, 0);
    landed = virDomainMigrate3(dom, to, params, (unsigned int)nparams, VIR_MIGRATE_LIVE | VIR_MIGRATE_PERSIST_DEST);
    virTypedParamsFree(params, nparams);
    params = NULL;
    if (landed && virDomainGetJobInfo(landed, &job) == 0
        && virDomainGetJobStats(landed, &type, &params, &nparams, VIR_DOMAIN_JOB_STATS_COMPLETED) == 0)
        virTypedParamsFree(params, nparams);
    virDomainFree(dom);
    if (!landed)
        return -1;
    virDomainFree(landed);
    return 0;
}

static int
work(const char *uri, const char *to)
{
    int types[] = { VIR_CRED_AUTHNAME, VIR_CRED_PASSPHRASE };
    virConnectAuth auth = { types, 2, ask, NULL };
    virConnectPtr conn = virConnectOpenAuth(uri, &auth, 0);
    virConnectPtr dest = conn && to ? virConnectOpenAuth(to, virConnectAuthPtrDefault, 0) : NULL;
    int life, job, ret = 0;

    if (!conn) {
        virErrorPtr err = virSaveLastError();

        printf("error %d from %d: %s\n", err->code, err->domain, err->message);
        ret = err->code == VIR_ERR_NO_CONNECT && err->level == VIR_ERR_ERROR;
        virFreeError(err);
        return ret ? 0 : 1;
    }
    virConnectRegisterCloseCallback(conn, on_closed, NULL, NULL);
    life = virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                            VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), NULL, NULL);
    job = virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
                                           VIR_DOMAIN_EVENT_CALLBACK(on_job_completed), NULL, NULL);
    virConnectSetKeepAlive(conn, 5, 5);
    show(conn);
    if (dest)
        ret = move(conn, dest, "guest");
    virEventAddTimeout(100, on_timeout, NULL, NULL);
    while (!stop)
        virEventRunDefaultImpl();
    virConnectDomainEventDeregisterAny(conn, life);
    virConnectDomainEventDeregisterAny(conn, job);
    virConnectUnregisterCloseCallback(conn, on_closed);
    if (dest)
        virConnectClose(dest);
    return virConnectClose(conn) == 0 && ret == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
    unsigned long version = 0;

    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0 || virGetVersion(&version, NULL, NULL) < 0)
        return 1;
    virSetErrorFunc(NULL, quiet);
    return work(argc > 1 ? argv[1] : "nothing:///system", argc > 2 ? argv[2] : NULL);
}
