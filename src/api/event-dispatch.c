/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VIR_ENUM_SENTINELS
#include "api/event-dispatch.h"

/* What every dispatcher below gets. */
typedef struct {
    virConnectPtr      conn;
    virDomainPtr       dom;
    const DomainEvent *ev;
    virConnectDomainEventGenericCallback cb;
    void              *opaque;
} Target;

/* One dispatcher: the callback's real type, and which members of the event are its arguments. */
#define DISPATCH(name, type, ...)                                                                            \
    static void name(const Target *to)                                                                       \
    {                                                                                                        \
        const DomainEvent *ev = to->ev;                                                                      \
        type real = (type)(void (*)(void))to->cb;                                                                     \
                                                                                                             \
        (void)ev;                                                                                            \
        real(to->conn, to->dom, __VA_ARGS__ to->opaque);                                                     \
    }
#define ARGS(...) __VA_ARGS__,

DISPATCH(plain, virConnectDomainEventGenericCallback, )
DISPATCH(lifecycle, virConnectDomainEventCallback, ARGS(ev->n1, ev->n2))
DISPATCH(rtc_change, virConnectDomainEventRTCChangeCallback, ARGS((long long)ev->big1))
DISPATCH(watchdog, virConnectDomainEventWatchdogCallback, ARGS(ev->n1))
DISPATCH(io_error, virConnectDomainEventIOErrorCallback, ARGS(ev->text1, ev->text2, ev->n1))
DISPATCH(io_error_reason, virConnectDomainEventIOErrorReasonCallback,
         ARGS(ev->text1, ev->text2, ev->n1, ev->text3))
DISPATCH(block_job, virConnectDomainEventBlockJobCallback, ARGS(ev->text1, ev->n1, ev->n2))
DISPATCH(disk_change, virConnectDomainEventDiskChangeCallback, ARGS(ev->text1, ev->text2, ev->text3, ev->n1))
DISPATCH(tray_change, virConnectDomainEventTrayChangeCallback, ARGS(ev->text1, ev->n1))
DISPATCH(pm_wakeup, virConnectDomainEventPMWakeupCallback, ARGS(ev->n1))
DISPATCH(pm_suspend, virConnectDomainEventPMSuspendCallback, ARGS(ev->n1))
DISPATCH(pm_suspend_disk, virConnectDomainEventPMSuspendDiskCallback, ARGS(ev->n1))
DISPATCH(balloon_change, virConnectDomainEventBalloonChangeCallback, ARGS(ev->big1))
DISPATCH(device, virConnectDomainEventDeviceRemovedCallback, ARGS(ev->text1))
DISPATCH(with_params, virConnectDomainEventTunableCallback, ARGS(ev->params.v, ev->params.n))
DISPATCH(agent_lifecycle, virConnectDomainEventAgentLifecycleCallback, ARGS(ev->n1, ev->n2))
DISPATCH(migration_iteration, virConnectDomainEventMigrationIterationCallback, ARGS(ev->n1))
DISPATCH(metadata_change, virConnectDomainEventMetadataChangeCallback, ARGS(ev->n1, ev->text1))
DISPATCH(block_threshold, virConnectDomainEventBlockThresholdCallback,
         ARGS(ev->text1, ev->text2, ev->big1, ev->big2))
DISPATCH(memory_failure, virConnectDomainEventMemoryFailureCallback, ARGS(ev->n1, ev->n2, ev->u1))
DISPATCH(memory_device_size, virConnectDomainEventMemoryDeviceSizeChangeCallback, ARGS(ev->text1, ev->big1))

/* By event id. GRAPHICS is missing on purpose: DomainEvent does not carry its addresses, and no driver sends it. */
static void (*const dispatchers[VIR_DOMAIN_EVENT_ID_LAST])(const Target *) = {
    [VIR_DOMAIN_EVENT_ID_LIFECYCLE] = lifecycle,
    [VIR_DOMAIN_EVENT_ID_REBOOT] = plain,
    [VIR_DOMAIN_EVENT_ID_RTC_CHANGE] = rtc_change,
    [VIR_DOMAIN_EVENT_ID_WATCHDOG] = watchdog,
    [VIR_DOMAIN_EVENT_ID_IO_ERROR] = io_error,
    [VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON] = io_error_reason,
    [VIR_DOMAIN_EVENT_ID_CONTROL_ERROR] = plain,
    [VIR_DOMAIN_EVENT_ID_BLOCK_JOB] = block_job,
    [VIR_DOMAIN_EVENT_ID_DISK_CHANGE] = disk_change,
    [VIR_DOMAIN_EVENT_ID_TRAY_CHANGE] = tray_change,
    [VIR_DOMAIN_EVENT_ID_PMWAKEUP] = pm_wakeup,
    [VIR_DOMAIN_EVENT_ID_PMSUSPEND] = pm_suspend,
    [VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE] = balloon_change,
    [VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK] = pm_suspend_disk,
    [VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED] = device,
    [VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2] = block_job,
    [VIR_DOMAIN_EVENT_ID_TUNABLE] = with_params,
    [VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE] = agent_lifecycle,
    [VIR_DOMAIN_EVENT_ID_DEVICE_ADDED] = device,
    [VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION] = migration_iteration,
    [VIR_DOMAIN_EVENT_ID_JOB_COMPLETED] = with_params,
    [VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED] = device,
    [VIR_DOMAIN_EVENT_ID_METADATA_CHANGE] = metadata_change,
    [VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD] = block_threshold,
    [VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE] = memory_failure,
    [VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE] = memory_device_size,
};

int
event_id_last(void)
{
    return VIR_DOMAIN_EVENT_ID_LAST;
}

void
event_dispatch(virConnectPtr conn, const DomainEvent *ev, virConnectDomainEventGenericCallback cb, void *opaque)
{
    Target to = { .conn = conn, .ev = ev, .cb = cb, .opaque = opaque };

    if (ev->id < 0 || ev->id >= VIR_DOMAIN_EVENT_ID_LAST || !dispatchers[ev->id])
        return;
    to.dom = domain_new(conn, &ev->dom);
    dispatchers[ev->id](&to);
    domain_unref(to.dom);
}
