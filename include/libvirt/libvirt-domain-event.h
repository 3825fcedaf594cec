/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events of domains. Part of libvirt-domain.h. They are delivered by the event loop of libvirt-event.h.
 * Each function is documented where it is defined (src/api/event-subs.c).
 */
#ifndef GODWIT_LIBVIRT_DOMAIN_EVENT_H
# define GODWIT_LIBVIRT_DOMAIN_EVENT_H

# include <libvirt/libvirt-domain.h>

# ifdef __cplusplus
extern "C" {
# endif

/* The kinds of event. In a comment: the callback to cast with VIR_DOMAIN_EVENT_CALLBACK(). */
typedef enum {
    VIR_DOMAIN_EVENT_ID_LIFECYCLE                 = 0, /* virConnectDomainEventCallback */
    VIR_DOMAIN_EVENT_ID_REBOOT                    = 1, /* virConnectDomainEventGenericCallback */
    VIR_DOMAIN_EVENT_ID_RTC_CHANGE                = 2, /* virConnectDomainEventRTCChangeCallback */
    VIR_DOMAIN_EVENT_ID_WATCHDOG                  = 3, /* virConnectDomainEventWatchdogCallback */
    VIR_DOMAIN_EVENT_ID_IO_ERROR                  = 4, /* virConnectDomainEventIOErrorCallback */
    VIR_DOMAIN_EVENT_ID_GRAPHICS                  = 5, /* virConnectDomainEventGraphicsCallback */
    VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON           = 6, /* virConnectDomainEventIOErrorReasonCallback */
    VIR_DOMAIN_EVENT_ID_CONTROL_ERROR             = 7, /* virConnectDomainEventGenericCallback */
    VIR_DOMAIN_EVENT_ID_BLOCK_JOB                 = 8, /* virConnectDomainEventBlockJobCallback; disk is a path */
    VIR_DOMAIN_EVENT_ID_DISK_CHANGE               = 9, /* virConnectDomainEventDiskChangeCallback */
    VIR_DOMAIN_EVENT_ID_TRAY_CHANGE               = 10, /* virConnectDomainEventTrayChangeCallback */
    VIR_DOMAIN_EVENT_ID_PMWAKEUP                  = 11, /* virConnectDomainEventPMWakeupCallback */
    VIR_DOMAIN_EVENT_ID_PMSUSPEND                 = 12, /* virConnectDomainEventPMSuspendCallback */
    VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE            = 13, /* virConnectDomainEventBalloonChangeCallback */
    VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK            = 14, /* since 1.0.0; virConnectDomainEventPMSuspendDiskCallback */
    VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED            = 15, /* since 1.1.1; virConnectDomainEventDeviceRemovedCallback */
    VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2               = 16, /* since 1.2.6; virConnectDomainEventBlockJobCallback; disk is a target */
    VIR_DOMAIN_EVENT_ID_TUNABLE                   = 17, /* since 1.2.9; virConnectDomainEventTunableCallback */
    VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE           = 18, /* since 1.2.11; virConnectDomainEventAgentLifecycleCallback */
    VIR_DOMAIN_EVENT_ID_DEVICE_ADDED              = 19, /* since 1.2.15; virConnectDomainEventDeviceAddedCallback */
    VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION       = 20, /* since 1.3.2; virConnectDomainEventMigrationIterationCallback */
    VIR_DOMAIN_EVENT_ID_JOB_COMPLETED             = 21, /* since 1.3.3; virConnectDomainEventJobCompletedCallback */
    VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED     = 22, /* since 1.3.4; virConnectDomainEventDeviceRemovalFailedCallback */
    VIR_DOMAIN_EVENT_ID_METADATA_CHANGE           = 23, /* since 3.0.0; virConnectDomainEventMetadataChangeCallback */
    VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD           = 24, /* since 3.2.0; virConnectDomainEventBlockThresholdCallback */
    VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE            = 25, /* since 6.9.0; virConnectDomainEventMemoryFailureCallback */
    VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE = 26, /* since 7.9.0; virConnectDomainEventMemoryDeviceSizeChangeCallback */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_ID_LAST                      = 27,
# endif
} virDomainEventID;

/* Life cycle event; its detail is one of the enums that follow. */
typedef enum {
    VIR_DOMAIN_EVENT_DEFINED     = 0,
    VIR_DOMAIN_EVENT_UNDEFINED   = 1,
    VIR_DOMAIN_EVENT_STARTED     = 2,
    VIR_DOMAIN_EVENT_SUSPENDED   = 3,
    VIR_DOMAIN_EVENT_RESUMED     = 4,
    VIR_DOMAIN_EVENT_STOPPED     = 5,
    VIR_DOMAIN_EVENT_SHUTDOWN    = 6,
    VIR_DOMAIN_EVENT_PMSUSPENDED = 7,
    VIR_DOMAIN_EVENT_CRASHED     = 8, /* since 1.1.1 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_LAST        = 9,
# endif
} virDomainEventType;

/* Detail of VIR_DOMAIN_EVENT_DEFINED. */
typedef enum {
    VIR_DOMAIN_EVENT_DEFINED_ADDED         = 0,
    VIR_DOMAIN_EVENT_DEFINED_UPDATED       = 1,
    VIR_DOMAIN_EVENT_DEFINED_RENAMED       = 2, /* since 1.2.19 */
    VIR_DOMAIN_EVENT_DEFINED_FROM_SNAPSHOT = 3, /* since 1.3.3 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_DEFINED_LAST          = 4,
# endif
} virDomainEventDefinedDetailType;

/* Detail of VIR_DOMAIN_EVENT_UNDEFINED. */
typedef enum {
    VIR_DOMAIN_EVENT_UNDEFINED_REMOVED = 0,
    VIR_DOMAIN_EVENT_UNDEFINED_RENAMED = 1, /* since 1.2.19 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_UNDEFINED_LAST    = 2,
# endif
} virDomainEventUndefinedDetailType;

/* Detail of VIR_DOMAIN_EVENT_STARTED. */
typedef enum {
    VIR_DOMAIN_EVENT_STARTED_BOOTED        = 0,
    VIR_DOMAIN_EVENT_STARTED_MIGRATED      = 1,
    VIR_DOMAIN_EVENT_STARTED_RESTORED      = 2,
    VIR_DOMAIN_EVENT_STARTED_FROM_SNAPSHOT = 3,
    VIR_DOMAIN_EVENT_STARTED_WAKEUP        = 4,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_STARTED_LAST          = 5,
# endif
} virDomainEventStartedDetailType;

/* Detail of VIR_DOMAIN_EVENT_SUSPENDED. */
typedef enum {
    VIR_DOMAIN_EVENT_SUSPENDED_PAUSED          = 0,
    VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED        = 1,
    VIR_DOMAIN_EVENT_SUSPENDED_IOERROR         = 2,
    VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG        = 3,
    VIR_DOMAIN_EVENT_SUSPENDED_RESTORED        = 4,
    VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT   = 5,
    VIR_DOMAIN_EVENT_SUSPENDED_API_ERROR       = 6, /* since 1.0.1 */
    VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY        = 7, /* since 1.3.3 */
    VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY_FAILED = 8, /* since 1.3.3 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_SUSPENDED_LAST            = 9,
# endif
} virDomainEventSuspendedDetailType;

/* Detail of VIR_DOMAIN_EVENT_RESUMED. */
typedef enum {
    VIR_DOMAIN_EVENT_RESUMED_UNPAUSED        = 0,
    VIR_DOMAIN_EVENT_RESUMED_MIGRATED        = 1,
    VIR_DOMAIN_EVENT_RESUMED_FROM_SNAPSHOT   = 2,
    VIR_DOMAIN_EVENT_RESUMED_POSTCOPY        = 3, /* since 1.3.3 */
    VIR_DOMAIN_EVENT_RESUMED_POSTCOPY_FAILED = 4, /* since 8.5.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_RESUMED_LAST            = 5,
# endif
} virDomainEventResumedDetailType;

/* Detail of VIR_DOMAIN_EVENT_STOPPED. */
typedef enum {
    VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN      = 0,
    VIR_DOMAIN_EVENT_STOPPED_DESTROYED     = 1,
    VIR_DOMAIN_EVENT_STOPPED_CRASHED       = 2,
    VIR_DOMAIN_EVENT_STOPPED_MIGRATED      = 3,
    VIR_DOMAIN_EVENT_STOPPED_SAVED         = 4,
    VIR_DOMAIN_EVENT_STOPPED_FAILED        = 5,
    VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT = 6,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_STOPPED_LAST          = 7,
# endif
} virDomainEventStoppedDetailType;

/* Detail of VIR_DOMAIN_EVENT_SHUTDOWN. */
typedef enum {
    VIR_DOMAIN_EVENT_SHUTDOWN_FINISHED = 0,
    VIR_DOMAIN_EVENT_SHUTDOWN_GUEST    = 1, /* since 3.4.0 */
    VIR_DOMAIN_EVENT_SHUTDOWN_HOST     = 2, /* since 3.4.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_SHUTDOWN_LAST     = 3,
# endif
} virDomainEventShutdownDetailType;

/* Detail of VIR_DOMAIN_EVENT_PMSUSPENDED. */
typedef enum {
    VIR_DOMAIN_EVENT_PMSUSPENDED_MEMORY = 0,
    VIR_DOMAIN_EVENT_PMSUSPENDED_DISK   = 1, /* since 1.0.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_PMSUSPENDED_LAST   = 2,
# endif
} virDomainEventPMSuspendedDetailType;

/* Detail of VIR_DOMAIN_EVENT_CRASHED. */
typedef enum {
    VIR_DOMAIN_EVENT_CRASHED_PANICKED    = 0, /* since 1.1.1 */
    VIR_DOMAIN_EVENT_CRASHED_CRASHLOADED = 1, /* since 6.1.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_CRASHED_LAST        = 2,
# endif
} virDomainEventCrashedDetailType;

/* What the watchdog device did. */
typedef enum {
    VIR_DOMAIN_EVENT_WATCHDOG_NONE      = 0,
    VIR_DOMAIN_EVENT_WATCHDOG_PAUSE     = 1,
    VIR_DOMAIN_EVENT_WATCHDOG_RESET     = 2,
    VIR_DOMAIN_EVENT_WATCHDOG_POWEROFF  = 3,
    VIR_DOMAIN_EVENT_WATCHDOG_SHUTDOWN  = 4,
    VIR_DOMAIN_EVENT_WATCHDOG_DEBUG     = 5,
    VIR_DOMAIN_EVENT_WATCHDOG_INJECTNMI = 6, /* since 1.2.17 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_WATCHDOG_LAST      = 7,
# endif
} virDomainEventWatchdogAction;

/* What became of the guest after an I/O error. */
typedef enum {
    VIR_DOMAIN_EVENT_IO_ERROR_NONE   = 0,
    VIR_DOMAIN_EVENT_IO_ERROR_PAUSE  = 1,
    VIR_DOMAIN_EVENT_IO_ERROR_REPORT = 2,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_IO_ERROR_LAST   = 3,
# endif
} virDomainEventIOErrorAction;

/* Where a graphics client stands. */
typedef enum {
    VIR_DOMAIN_EVENT_GRAPHICS_CONNECT    = 0,
    VIR_DOMAIN_EVENT_GRAPHICS_INITIALIZE = 1,
    VIR_DOMAIN_EVENT_GRAPHICS_DISCONNECT = 2,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_GRAPHICS_LAST       = 3,
# endif
} virDomainEventGraphicsPhase;

typedef enum {
    VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_IPV4 = 0,
    VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_IPV6 = 1,
    VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_UNIX = 2,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_LAST = 3,
# endif
} virDomainEventGraphicsAddressType;

typedef enum {
    VIR_DOMAIN_BLOCK_JOB_COMPLETED = 0,
    VIR_DOMAIN_BLOCK_JOB_FAILED    = 1,
    VIR_DOMAIN_BLOCK_JOB_CANCELED  = 2,
    VIR_DOMAIN_BLOCK_JOB_READY     = 3, /* since 1.0.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_BLOCK_JOB_LAST      = 4,
# endif
} virConnectDomainEventBlockJobStatus;

typedef enum {
    VIR_DOMAIN_EVENT_DISK_CHANGE_MISSING_ON_START = 0,
    VIR_DOMAIN_EVENT_DISK_DROP_MISSING_ON_START   = 1, /* since 1.1.2 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_DISK_CHANGE_LAST             = 2,
# endif
} virConnectDomainEventDiskChangeReason;

typedef enum {
    VIR_DOMAIN_EVENT_TRAY_CHANGE_OPEN  = 0,
    VIR_DOMAIN_EVENT_TRAY_CHANGE_CLOSE = 1,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_TRAY_CHANGE_LAST  = 2,
# endif
} virDomainEventTrayChangeReason;

typedef enum {
    VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED    = 1, /* since 1.2.11 */
    VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_DISCONNECTED = 2, /* since 1.2.11 */
# ifdef VIR_ENUM_SENTINELS
    VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_LAST         = 3,
# endif
} virConnectDomainEventAgentLifecycleState;

typedef enum {
    VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_UNKNOWN        = 0, /* since 1.2.11 */
    VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_DOMAIN_STARTED = 1, /* since 1.2.11 */
    VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_CHANNEL        = 2, /* since 1.2.11 */
# ifdef VIR_ENUM_SENTINELS
    VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_LAST           = 3,
# endif
} virConnectDomainEventAgentLifecycleReason;

typedef enum {
    VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_HYPERVISOR = 0, /* since 6.9.0 */
    VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_GUEST      = 1, /* since 6.9.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_LAST       = 2,
# endif
} virDomainMemoryFailureRecipientType;

typedef enum {
    VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_IGNORE = 0, /* since 6.9.0 */
    VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_INJECT = 1, /* since 6.9.0 */
    VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_FATAL  = 2, /* since 6.9.0 */
    VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_RESET  = 3, /* since 6.9.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_LAST   = 4,
# endif
} virDomainMemoryFailureActionType;

typedef enum {
    VIR_DOMAIN_MEMORY_FAILURE_ACTION_REQUIRED = (1 << 0), /* since 6.9.0 */
    VIR_DOMAIN_MEMORY_FAILURE_RECURSIVE       = (1 << 1) /* since 6.9.0 */
} virDomainMemoryFailureFlags;

typedef struct _virDomainEventGraphicsAddress virDomainEventGraphicsAddress;
typedef virDomainEventGraphicsAddress *virDomainEventGraphicsAddressPtr;
struct _virDomainEventGraphicsAddress {
    int family;
    char *node;
    char *service;
};

typedef struct _virDomainEventGraphicsSubjectIdentity virDomainEventGraphicsSubjectIdentity;
typedef virDomainEventGraphicsSubjectIdentity *virDomainEventGraphicsSubjectIdentityPtr;
struct _virDomainEventGraphicsSubjectIdentity {
    char *type;
    char *name;
};

typedef struct _virDomainEventGraphicsSubject virDomainEventGraphicsSubject;
typedef virDomainEventGraphicsSubject *virDomainEventGraphicsSubjectPtr;
struct _virDomainEventGraphicsSubject {
    int nidentity;
    virDomainEventGraphicsSubjectIdentityPtr identities;
};

/* Life cycle; used with virConnectDomainEventRegister, or cast for VIR_DOMAIN_EVENT_ID_LIFECYCLE.
 * Life cycle; used with virConnectDomainEventRegister, or cast for VIR_DOMAIN_EVENT_ID_LIFECYCLE. */
typedef int (*virConnectDomainEventCallback)(virConnectPtr conn, virDomainPtr dom, int event,
                                             int detail, void *opaque);

/* Callback as virConnectDomainEventRegisterAny takes it, and of VIR_DOMAIN_EVENT_ID_REBOOT and
 * _CONTROL_ERROR. */
typedef void (*virConnectDomainEventGenericCallback)(virConnectPtr conn, virDomainPtr dom,
                                                     void *opaque);

typedef void (*virConnectDomainEventAgentLifecycleCallback)(virConnectPtr conn, virDomainPtr dom,
                                                            int state, int reason, void *opaque);

/* actual in KiB. */
typedef void (*virConnectDomainEventBalloonChangeCallback)(virConnectPtr conn, virDomainPtr dom,
                                                           unsigned long long actual, void *opaque);

typedef void (*virConnectDomainEventBlockJobCallback)(virConnectPtr conn, virDomainPtr dom,
                                                      const char *disk, int type, int status,
                                                      void *opaque);

typedef void (*virConnectDomainEventBlockThresholdCallback)(virConnectPtr conn, virDomainPtr dom,
                                                            const char *dev, const char *path,
                                                            unsigned long long threshold,
                                                            unsigned long long excess,
                                                            void *opaque);

typedef void (*virConnectDomainEventDeviceAddedCallback)(virConnectPtr conn, virDomainPtr dom,
                                                         const char *devAlias, void *opaque);

typedef void (*virConnectDomainEventDeviceRemovalFailedCallback)(virConnectPtr conn,
                                                                 virDomainPtr dom,
                                                                 const char *devAlias,
                                                                 void *opaque);

typedef void (*virConnectDomainEventDeviceRemovedCallback)(virConnectPtr conn, virDomainPtr dom,
                                                           const char *devAlias, void *opaque);

typedef void (*virConnectDomainEventDiskChangeCallback)(virConnectPtr conn, virDomainPtr dom,
                                                        const char *oldSrcPath,
                                                        const char *newSrcPath,
                                                        const char *devAlias, int reason,
                                                        void *opaque);

typedef void (*virConnectDomainEventIOErrorCallback)(virConnectPtr conn, virDomainPtr dom,
                                                     const char *srcPath, const char *devAlias,
                                                     int action, void *opaque);

typedef void (*virConnectDomainEventIOErrorReasonCallback)(virConnectPtr conn, virDomainPtr dom,
                                                           const char *srcPath,
                                                           const char *devAlias, int action,
                                                           const char *reason, void *opaque);

/* params as virDomainGetJobStats gives them, borrowed. */
typedef void (*virConnectDomainEventJobCompletedCallback)(virConnectPtr conn, virDomainPtr dom,
                                                          virTypedParameterPtr params, int nparams,
                                                          void *opaque);

typedef void (*virConnectDomainEventMemoryDeviceSizeChangeCallback)(virConnectPtr conn,
                                                                    virDomainPtr dom,
                                                                    const char *alias,
                                                                    unsigned long long size,
                                                                    void *opaque);

typedef void (*virConnectDomainEventMemoryFailureCallback)(virConnectPtr conn, virDomainPtr dom,
                                                           int recipient, int action,
                                                           unsigned int flags, void *opaque);

typedef void (*virConnectDomainEventMetadataChangeCallback)(virConnectPtr conn, virDomainPtr dom,
                                                            int type, const char *nsuri,
                                                            void *opaque);

/* Starts again at 1 with each migration. */
typedef void (*virConnectDomainEventMigrationIterationCallback)(virConnectPtr conn,
                                                                virDomainPtr dom, int iteration,
                                                                void *opaque);

typedef void (*virConnectDomainEventPMSuspendCallback)(virConnectPtr conn, virDomainPtr dom,
                                                       int reason, void *opaque);

typedef void (*virConnectDomainEventPMSuspendDiskCallback)(virConnectPtr conn, virDomainPtr dom,
                                                           int reason, void *opaque);

typedef void (*virConnectDomainEventPMWakeupCallback)(virConnectPtr conn, virDomainPtr dom,
                                                      int reason, void *opaque);

/* utcoffset in seconds. */
typedef void (*virConnectDomainEventRTCChangeCallback)(virConnectPtr conn, virDomainPtr dom,
                                                       long long utcoffset, void *opaque);

typedef void (*virConnectDomainEventTrayChangeCallback)(virConnectPtr conn, virDomainPtr dom,
                                                        const char *devAlias, int reason,
                                                        void *opaque);

typedef void (*virConnectDomainEventTunableCallback)(virConnectPtr conn, virDomainPtr dom,
                                                     virTypedParameterPtr params, int nparams,
                                                     void *opaque);

typedef void (*virConnectDomainEventWatchdogCallback)(virConnectPtr conn, virDomainPtr dom,
                                                      int action, void *opaque);

typedef void (*virConnectDomainEventGraphicsCallback)(virConnectPtr conn, virDomainPtr dom,
                                                      int phase,
                                                      const virDomainEventGraphicsAddress *local,
                                                      const virDomainEventGraphicsAddress *remote,
                                                      const char *authScheme,
                                                      const virDomainEventGraphicsSubject *subject,
                                                      void *opaque);

/* For the callback argument of virConnectDomainEventRegisterAny; void (*)(void) is what compilers let pass. */
# define VIR_DOMAIN_EVENT_CALLBACK(cb) ((virConnectDomainEventGenericCallback)(void (*)(void))(cb))

int virConnectDomainEventRegister(virConnectPtr conn, virConnectDomainEventCallback cb,
                                  void *opaque, virFreeCallback freecb);
int virConnectDomainEventDeregister(virConnectPtr conn, virConnectDomainEventCallback cb);
int virConnectDomainEventRegisterAny(virConnectPtr conn, virDomainPtr dom, int eventID,
                                     virConnectDomainEventGenericCallback cb, void *opaque,
                                     virFreeCallback freecb);
int virConnectDomainEventDeregisterAny(virConnectPtr conn, int callbackID);

/* Typed parameters of VIR_DOMAIN_EVENT_ID_TUNABLE. */
# define VIR_DOMAIN_TUNABLE_CPU_VCPUPIN                       "cputune.vcpupin%u"
# define VIR_DOMAIN_TUNABLE_CPU_EMULATORPIN                   "cputune.emulatorpin"
# define VIR_DOMAIN_TUNABLE_CPU_IOTHREADSPIN                  "cputune.iothreadpin%u"
# define VIR_DOMAIN_TUNABLE_CPU_CPU_SHARES                    "cputune.cpu_shares"
# define VIR_DOMAIN_TUNABLE_CPU_GLOBAL_PERIOD                 "cputune.global_period"
# define VIR_DOMAIN_TUNABLE_CPU_GLOBAL_QUOTA                  "cputune.global_quota"
# define VIR_DOMAIN_TUNABLE_CPU_VCPU_PERIOD                   "cputune.vcpu_period"
# define VIR_DOMAIN_TUNABLE_CPU_VCPU_QUOTA                    "cputune.vcpu_quota"
# define VIR_DOMAIN_TUNABLE_CPU_EMULATOR_PERIOD               "cputune.emulator_period"
# define VIR_DOMAIN_TUNABLE_CPU_EMULATOR_QUOTA                "cputune.emulator_quota"
# define VIR_DOMAIN_TUNABLE_CPU_IOTHREAD_PERIOD               "cputune.iothread_period"
# define VIR_DOMAIN_TUNABLE_CPU_IOTHREAD_QUOTA                "cputune.iothread_quota"
# define VIR_DOMAIN_TUNABLE_BLKDEV_DISK                       "blkdeviotune.disk"
# define VIR_DOMAIN_TUNABLE_BLKDEV_TOTAL_BYTES_SEC            "blkdeviotune.total_bytes_sec"
# define VIR_DOMAIN_TUNABLE_BLKDEV_READ_BYTES_SEC             "blkdeviotune.read_bytes_sec"
# define VIR_DOMAIN_TUNABLE_BLKDEV_WRITE_BYTES_SEC            "blkdeviotune.write_bytes_sec"
# define VIR_DOMAIN_TUNABLE_BLKDEV_TOTAL_IOPS_SEC             "blkdeviotune.total_iops_sec"
# define VIR_DOMAIN_TUNABLE_BLKDEV_READ_IOPS_SEC              "blkdeviotune.read_iops_sec"
# define VIR_DOMAIN_TUNABLE_BLKDEV_WRITE_IOPS_SEC             "blkdeviotune.write_iops_sec"
# define VIR_DOMAIN_TUNABLE_BLKDEV_TOTAL_BYTES_SEC_MAX        "blkdeviotune.total_bytes_sec_max"
# define VIR_DOMAIN_TUNABLE_BLKDEV_READ_BYTES_SEC_MAX         "blkdeviotune.read_bytes_sec_max"
# define VIR_DOMAIN_TUNABLE_BLKDEV_WRITE_BYTES_SEC_MAX        "blkdeviotune.write_bytes_sec_max"
# define VIR_DOMAIN_TUNABLE_BLKDEV_TOTAL_IOPS_SEC_MAX         "blkdeviotune.total_iops_sec_max"
# define VIR_DOMAIN_TUNABLE_BLKDEV_READ_IOPS_SEC_MAX          "blkdeviotune.read_iops_sec_max"
# define VIR_DOMAIN_TUNABLE_BLKDEV_WRITE_IOPS_SEC_MAX         "blkdeviotune.write_iops_sec_max"
# define VIR_DOMAIN_TUNABLE_BLKDEV_SIZE_IOPS_SEC              "blkdeviotune.size_iops_sec"
# define VIR_DOMAIN_TUNABLE_BLKDEV_GROUP_NAME                 "blkdeviotune.group_name"
# define VIR_DOMAIN_TUNABLE_BLKDEV_TOTAL_BYTES_SEC_MAX_LENGTH "blkdeviotune.total_bytes_sec_max_length"
# define VIR_DOMAIN_TUNABLE_BLKDEV_READ_BYTES_SEC_MAX_LENGTH  "blkdeviotune.read_bytes_sec_max_length"
# define VIR_DOMAIN_TUNABLE_BLKDEV_WRITE_BYTES_SEC_MAX_LENGTH "blkdeviotune.write_bytes_sec_max_length"
# define VIR_DOMAIN_TUNABLE_BLKDEV_TOTAL_IOPS_SEC_MAX_LENGTH  "blkdeviotune.total_iops_sec_max_length"
# define VIR_DOMAIN_TUNABLE_BLKDEV_READ_IOPS_SEC_MAX_LENGTH   "blkdeviotune.read_iops_sec_max_length"
# define VIR_DOMAIN_TUNABLE_BLKDEV_WRITE_IOPS_SEC_MAX_LENGTH  "blkdeviotune.write_iops_sec_max_length"

# ifdef __cplusplus
}
# endif

#endif
