/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A management program as somebody would write it for libvirt: creates a guest on one host, migrates it to another
 * with typed parameters while a thread runs the event loop, and prints what it saw. Compiles against either library. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

static atomic_int stop_loop;
static sem_t      resumed_there;
static sem_t      jobs_done;

static void *
run_loop(void *opaque)
{
    (void)opaque;
    while (!stop_loop)
        virEventRunDefaultImpl();
    return NULL;
}

static void
wake_loop(int timer, void *opaque)
{
    (void)timer;
    (void)opaque;
}

static int
on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    (void)conn;
    (void)dom;
    (void)opaque;
    if (event == VIR_DOMAIN_EVENT_RESUMED && detail == VIR_DOMAIN_EVENT_RESUMED_MIGRATED)
        sem_post(&resumed_there);
    return 0;
}

static void
on_job_completed(virConnectPtr conn, virDomainPtr dom, virTypedParameterPtr params, int nparams, void *opaque)
{
    unsigned long long total = 0;

    (void)conn;
    (void)dom;
    (void)opaque;
    if (virTypedParamsGetULLong(params, nparams, VIR_DOMAIN_JOB_MEMORY_TOTAL, &total) == 1 && total > 0)
        sem_post(&jobs_done);
}

static void
die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, virGetLastErrorMessage());
    exit(1);
}

int
main(int argc, char **argv)
{
    virConnectPtr        source, target;
    virDomainPtr         dom, there;
    virTypedParameterPtr params = NULL;
    virDomainInfo        info;
    pthread_t            loop;
    int                  nparams = 0, maxparams = 0, state, reason, lifecycle, job;
    char                 xml[65536] = "";
    char                 uuid[VIR_UUID_STRING_BUFLEN];
    FILE                *file;

    if (argc != 4 || !(file = fopen(argv[3], "r")) || !fread(xml, 1, sizeof(xml) - 1, file))
        return 2;
    fclose(file);
    sem_init(&resumed_there, 0, 0);
    sem_init(&jobs_done, 0, 0);
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0 || virEventAddTimeout(100, wake_loop, NULL, NULL) < 0)
        die("start");
    pthread_create(&loop, NULL, run_loop, NULL);
    if (!(source = virConnectOpen(argv[1])) || !(target = virConnectOpenAuth(argv[2], virConnectAuthPtrDefault, 0)))
        die("open");
    lifecycle = virConnectDomainEventRegisterAny(target, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                 VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), NULL, NULL);
    job = virConnectDomainEventRegisterAny(source, NULL, VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
                                           VIR_DOMAIN_EVENT_CALLBACK(on_job_completed), NULL, NULL);
    if (lifecycle < 0 || job < 0)
        die("register events");
    if (!(dom = virDomainCreateXML(source, xml, 0)))
        die("create");
    if (virTypedParamsAddULLong(&params, &nparams, &maxparams, VIR_MIGRATE_PARAM_BANDWIDTH, 900) < 0)
        die("parameter");
    if (!(there = virDomainMigrate3(dom, target, params, nparams, VIR_MIGRATE_LIVE)))
        die("migrate");
    virTypedParamsFree(params, nparams);
    if (virDomainGetInfo(there, &info) < 0 || virDomainGetState(there, &state, &reason, 0) < 0
        || virDomainGetUUIDString(there, uuid) < 0)
        die("ask");
    if (virDomainGetInfo(dom, &info) == 0 || virGetLastErrorCode() != VIR_ERR_NO_DOMAIN)
        die("the source still knows the guest");
    sem_wait(&resumed_there);
    sem_wait(&jobs_done);
    printf("%s runs at the destination: state %d reason %d, id %s\n", virDomainGetName(there), state, reason,
           virDomainGetID(there) != (unsigned int)-1 ? "known" : "unknown");
    virConnectDomainEventDeregisterAny(target, lifecycle);
    virConnectDomainEventDeregisterAny(source, job);
    virDomainDestroy(there);
    virDomainFree(there);
    virDomainFree(dom);
    virConnectClose(source);
    virConnectClose(target);
    stop_loop = 1;
    pthread_join(loop, NULL);
    return 0;
}
