/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domains: finding, defining, starting, stopping them, and what they are.
 * Each function is documented where it is defined (src/api/domain-*.c). Migration and jobs, events, statistics and
 * devices have headers of their own, which this one includes.
 */
#ifndef GODWIT_LIBVIRT_DOMAIN_H
# define GODWIT_LIBVIRT_DOMAIN_H

# include <string.h>
# include <libvirt/libvirt-host.h>

# ifdef __cplusplus
extern "C" {
# endif

/* A domain, named by UUID, on one connection; reference counted. It does not keep the domain
 * alive. */
typedef struct _virDomain virDomain;
typedef virDomain *virDomainPtr;

# include <libvirt/libvirt-domain-migrate.h>
# include <libvirt/libvirt-domain-event.h>
# include <libvirt/libvirt-domain-stats.h>
# include <libvirt/libvirt-domain-device.h>

/* State of a domain. */
typedef enum {
    VIR_DOMAIN_NOSTATE     = 0,
    VIR_DOMAIN_RUNNING     = 1,
    VIR_DOMAIN_BLOCKED     = 2,
    VIR_DOMAIN_PAUSED      = 3,
    VIR_DOMAIN_SHUTDOWN    = 4,
    VIR_DOMAIN_SHUTOFF     = 5,
    VIR_DOMAIN_CRASHED     = 6,
    VIR_DOMAIN_PMSUSPENDED = 7,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_LAST        = 8,
# endif
} virDomainState;

/* Reason of VIR_DOMAIN_NOSTATE; the following enums belong to one state each. */
typedef enum {
    VIR_DOMAIN_NOSTATE_UNKNOWN = 0,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_NOSTATE_LAST    = 1,
# endif
} virDomainNostateReason;

typedef enum {
    VIR_DOMAIN_RUNNING_UNKNOWN            = 0,
    VIR_DOMAIN_RUNNING_BOOTED             = 1,
    VIR_DOMAIN_RUNNING_MIGRATED           = 2,
    VIR_DOMAIN_RUNNING_RESTORED           = 3,
    VIR_DOMAIN_RUNNING_FROM_SNAPSHOT      = 4,
    VIR_DOMAIN_RUNNING_UNPAUSED           = 5,
    VIR_DOMAIN_RUNNING_MIGRATION_CANCELED = 6,
    VIR_DOMAIN_RUNNING_SAVE_CANCELED      = 7,
    VIR_DOMAIN_RUNNING_WAKEUP             = 8,
    VIR_DOMAIN_RUNNING_CRASHED            = 9, /* since 1.1.1 */
    VIR_DOMAIN_RUNNING_POSTCOPY           = 10, /* since 1.3.3 */
    VIR_DOMAIN_RUNNING_POSTCOPY_FAILED    = 11, /* since 8.5.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_RUNNING_LAST               = 12,
# endif
} virDomainRunningReason;

typedef enum {
    VIR_DOMAIN_BLOCKED_UNKNOWN = 0,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_BLOCKED_LAST    = 1,
# endif
} virDomainBlockedReason;

typedef enum {
    VIR_DOMAIN_PAUSED_UNKNOWN         = 0,
    VIR_DOMAIN_PAUSED_USER            = 1,
    VIR_DOMAIN_PAUSED_MIGRATION       = 2,
    VIR_DOMAIN_PAUSED_SAVE            = 3,
    VIR_DOMAIN_PAUSED_DUMP            = 4,
    VIR_DOMAIN_PAUSED_IOERROR         = 5,
    VIR_DOMAIN_PAUSED_WATCHDOG        = 6,
    VIR_DOMAIN_PAUSED_FROM_SNAPSHOT   = 7,
    VIR_DOMAIN_PAUSED_SHUTTING_DOWN   = 8,
    VIR_DOMAIN_PAUSED_SNAPSHOT        = 9, /* since 1.0.1 */
    VIR_DOMAIN_PAUSED_CRASHED         = 10, /* since 1.1.1 */
    VIR_DOMAIN_PAUSED_STARTING_UP     = 11, /* since 1.2.14 */
    VIR_DOMAIN_PAUSED_POSTCOPY        = 12, /* since 1.3.3 */
    VIR_DOMAIN_PAUSED_POSTCOPY_FAILED = 13, /* since 1.3.3 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_PAUSED_LAST            = 14,
# endif
} virDomainPausedReason;

typedef enum {
    VIR_DOMAIN_SHUTDOWN_UNKNOWN = 0,
    VIR_DOMAIN_SHUTDOWN_USER    = 1,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_SHUTDOWN_LAST    = 2,
# endif
} virDomainShutdownReason;

typedef enum {
    VIR_DOMAIN_SHUTOFF_UNKNOWN       = 0,
    VIR_DOMAIN_SHUTOFF_SHUTDOWN      = 1,
    VIR_DOMAIN_SHUTOFF_DESTROYED     = 2,
    VIR_DOMAIN_SHUTOFF_CRASHED       = 3,
    VIR_DOMAIN_SHUTOFF_MIGRATED      = 4,
    VIR_DOMAIN_SHUTOFF_SAVED         = 5,
    VIR_DOMAIN_SHUTOFF_FAILED        = 6,
    VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT = 7,
    VIR_DOMAIN_SHUTOFF_DAEMON        = 8, /* since 4.10.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_SHUTOFF_LAST          = 9,
# endif
} virDomainShutoffReason;

typedef enum {
    VIR_DOMAIN_CRASHED_UNKNOWN  = 0,
    VIR_DOMAIN_CRASHED_PANICKED = 1, /* since 1.1.1 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_CRASHED_LAST     = 2,
# endif
} virDomainCrashedReason;

typedef enum {
    VIR_DOMAIN_PMSUSPENDED_UNKNOWN = 0,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_PMSUSPENDED_LAST    = 1,
# endif
} virDomainPMSuspendedReason;

typedef enum {
    VIR_DOMAIN_PMSUSPENDED_DISK_UNKNOWN = 0, /* since 1.0.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_PMSUSPENDED_DISK_LAST    = 1,
# endif
} virDomainPMSuspendedDiskReason;

/* Whether calls that need the hypervisor can be answered now. */
typedef enum {
    VIR_DOMAIN_CONTROL_OK       = 0,
    VIR_DOMAIN_CONTROL_JOB      = 1,
    VIR_DOMAIN_CONTROL_OCCUPIED = 2,
    VIR_DOMAIN_CONTROL_ERROR    = 3,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_CONTROL_LAST     = 4,
# endif
} virDomainControlState;

typedef enum {
    VIR_DOMAIN_CONTROL_ERROR_REASON_NONE     = 0, /* since 1.2.14 */
    VIR_DOMAIN_CONTROL_ERROR_REASON_UNKNOWN  = 1, /* since 1.2.14 */
    VIR_DOMAIN_CONTROL_ERROR_REASON_MONITOR  = 2, /* since 1.2.14 */
    VIR_DOMAIN_CONTROL_ERROR_REASON_INTERNAL = 3, /* since 1.2.14 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_CONTROL_ERROR_REASON_LAST     = 4,
# endif
} virDomainControlErrorReason;

/* Answer of virDomainGetControlInfo. */
typedef struct _virDomainControlInfo virDomainControlInfo;
typedef virDomainControlInfo *virDomainControlInfoPtr;
struct _virDomainControlInfo {
    unsigned int state;           /* virDomainControlState */
    unsigned int details;         /* virDomainControlErrorReason when state is VIR_DOMAIN_CONTROL_ERROR */
    unsigned long long stateTime; /* milliseconds since state was entered */
};

/* Answer of virDomainGetInfo. */
typedef struct _virDomainInfo virDomainInfo;
typedef virDomainInfo *virDomainInfoPtr;
struct _virDomainInfo {
    unsigned char state;        /* virDomainState */
    unsigned long maxMem;       /* KiB */
    unsigned long memory;       /* KiB */
    unsigned short nrVirtCpu;
    unsigned long long cpuTime; /* nanoseconds */
};

/* What a change or query is about: the running domain, its persistent definition, or whichever
 * applies. */
typedef enum {
    VIR_DOMAIN_AFFECT_CURRENT = 0,
    VIR_DOMAIN_AFFECT_LIVE    = (1 << 0),
    VIR_DOMAIN_AFFECT_CONFIG  = (1 << 1)
} virDomainModificationImpact;

/* Filters of virConnectListAllDomains. Flags of one group widen it; groups narrow each other. */
typedef enum {
    VIR_CONNECT_LIST_DOMAINS_ACTIVE         = (1 << 0),
    VIR_CONNECT_LIST_DOMAINS_INACTIVE       = (1 << 1),
    VIR_CONNECT_LIST_DOMAINS_PERSISTENT     = (1 << 2),
    VIR_CONNECT_LIST_DOMAINS_TRANSIENT      = (1 << 3),
    VIR_CONNECT_LIST_DOMAINS_RUNNING        = (1 << 4),
    VIR_CONNECT_LIST_DOMAINS_PAUSED         = (1 << 5),
    VIR_CONNECT_LIST_DOMAINS_SHUTOFF        = (1 << 6),
    VIR_CONNECT_LIST_DOMAINS_OTHER          = (1 << 7),
    VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE    = (1 << 8),
    VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE = (1 << 9),
    VIR_CONNECT_LIST_DOMAINS_AUTOSTART      = (1 << 10),
    VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART   = (1 << 11),
    VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT   = (1 << 12),
    VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT    = (1 << 13),
    VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT = (1 << 14), /* since 5.6.0 */
    VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT  = (1 << 15) /* since 5.6.0 */
} virConnectListAllDomainsFlags;

int virConnectListDomains(virConnectPtr conn, int *ids, int maxids);
int virConnectNumOfDomains(virConnectPtr conn);
int virConnectListDefinedDomains(virConnectPtr conn, char **const names, int maxnames);
int virConnectNumOfDefinedDomains(virConnectPtr conn);
int virConnectListAllDomains(virConnectPtr conn, virDomainPtr **domains, unsigned int flags);
virDomainPtr virDomainLookupByID(virConnectPtr conn, int id);
virDomainPtr virDomainLookupByName(virConnectPtr conn, const char *name);
virDomainPtr virDomainLookupByUUID(virConnectPtr conn, const unsigned char *uuid);
virDomainPtr virDomainLookupByUUIDString(virConnectPtr conn, const char *uuidstr);

int virDomainRef(virDomainPtr domain);
int virDomainFree(virDomainPtr domain);
virConnectPtr virDomainGetConnect(virDomainPtr dom);
const char *virDomainGetName(virDomainPtr domain);
unsigned int virDomainGetID(virDomainPtr domain);
int virDomainGetUUID(virDomainPtr domain, unsigned char *uuid);
int virDomainGetUUIDString(virDomainPtr domain, char *buf);
char *virDomainGetOSType(virDomainPtr domain);

/* Flags of virDomainDefineXMLFlags. */
typedef enum {
    VIR_DOMAIN_DEFINE_VALIDATE = (1 << 0) /* since 1.2.12 */
} virDomainDefineFlags;

/* How a domain is started. */
typedef enum {
    VIR_DOMAIN_NONE               = 0,
    VIR_DOMAIN_START_PAUSED       = (1 << 0),
    VIR_DOMAIN_START_AUTODESTROY  = (1 << 1),
    VIR_DOMAIN_START_BYPASS_CACHE = (1 << 2),
    VIR_DOMAIN_START_FORCE_BOOT   = (1 << 3),
    VIR_DOMAIN_START_VALIDATE     = (1 << 4), /* since 1.2.12 */
    VIR_DOMAIN_START_RESET_NVRAM  = (1 << 5) /* since 8.1.0 */
} virDomainCreateFlags;

/* Ways in which a guest may be asked to power off; several: all are tried. */
typedef enum {
    VIR_DOMAIN_SHUTDOWN_DEFAULT        = 0,
    VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN = (1 << 0),
    VIR_DOMAIN_SHUTDOWN_GUEST_AGENT    = (1 << 1),
    VIR_DOMAIN_SHUTDOWN_INITCTL        = (1 << 2), /* since 1.0.1 */
    VIR_DOMAIN_SHUTDOWN_SIGNAL         = (1 << 3), /* since 1.0.1 */
    VIR_DOMAIN_SHUTDOWN_PARAVIRT       = (1 << 4) /* since 1.2.5 */
} virDomainShutdownFlagValues;

/* Ways in which a guest may be asked to reboot. */
typedef enum {
    VIR_DOMAIN_REBOOT_DEFAULT        = 0,
    VIR_DOMAIN_REBOOT_ACPI_POWER_BTN = (1 << 0),
    VIR_DOMAIN_REBOOT_GUEST_AGENT    = (1 << 1),
    VIR_DOMAIN_REBOOT_INITCTL        = (1 << 2), /* since 1.0.1 */
    VIR_DOMAIN_REBOOT_SIGNAL         = (1 << 3), /* since 1.0.1 */
    VIR_DOMAIN_REBOOT_PARAVIRT       = (1 << 4) /* since 1.2.5 */
} virDomainRebootFlagValues;

/* Flags of virDomainDestroyFlags. */
typedef enum {
    VIR_DOMAIN_DESTROY_DEFAULT     = 0,
    VIR_DOMAIN_DESTROY_GRACEFUL    = (1 << 0),
    VIR_DOMAIN_DESTROY_REMOVE_LOGS = (1 << 1) /* since 8.3.0 */
} virDomainDestroyFlagsValues;

/* What else goes away with a definition. */
typedef enum {
    VIR_DOMAIN_UNDEFINE_MANAGED_SAVE         = (1 << 0),
    VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA   = (1 << 1),
    VIR_DOMAIN_UNDEFINE_NVRAM                = (1 << 2), /* since 1.2.9 */
    VIR_DOMAIN_UNDEFINE_KEEP_NVRAM           = (1 << 3), /* since 2.3.0 */
    VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA = (1 << 4), /* since 5.6.0 */
    VIR_DOMAIN_UNDEFINE_TPM                  = (1 << 5), /* since 8.9.0 */
    VIR_DOMAIN_UNDEFINE_KEEP_TPM             = (1 << 6) /* since 8.9.0 */
} virDomainUndefineFlagsValues;

virDomainPtr virDomainDefineXML(virConnectPtr conn, const char *xml);
virDomainPtr virDomainDefineXMLFlags(virConnectPtr conn, const char *xml, unsigned int flags);
virDomainPtr virDomainCreateXML(virConnectPtr conn, const char *xmlDesc, unsigned int flags);
virDomainPtr virDomainCreateLinux(virConnectPtr conn, const char *xmlDesc, unsigned int flags);
int virDomainCreate(virDomainPtr domain);
int virDomainCreateWithFlags(virDomainPtr domain, unsigned int flags);
int virDomainSuspend(virDomainPtr domain);
int virDomainResume(virDomainPtr domain);
int virDomainShutdown(virDomainPtr domain);
int virDomainShutdownFlags(virDomainPtr domain, unsigned int flags);
int virDomainReboot(virDomainPtr domain, unsigned int flags);
int virDomainReset(virDomainPtr domain, unsigned int flags);
int virDomainDestroy(virDomainPtr domain);
int virDomainDestroyFlags(virDomainPtr domain, unsigned int flags);
int virDomainUndefine(virDomainPtr domain);
int virDomainUndefineFlags(virDomainPtr domain, unsigned int flags);

/* Flags of virDomainGetXMLDesc. */
typedef enum {
    VIR_DOMAIN_XML_SECURE     = (1 << 0),
    VIR_DOMAIN_XML_INACTIVE   = (1 << 1),
    VIR_DOMAIN_XML_UPDATE_CPU = (1 << 2),
    VIR_DOMAIN_XML_MIGRATABLE = (1 << 3) /* since 1.0.0 */
} virDomainXMLFlags;

char *virDomainGetXMLDesc(virDomainPtr domain, unsigned int flags);
char *virConnectDomainXMLToNative(virConnectPtr conn, const char *nativeFormat,
                                  const char *domainXml, unsigned int flags);
char *virConnectGetDomainCapabilities(virConnectPtr conn, const char *emulatorbin, const char *arch,
                                      const char *machine, const char *virttype,
                                      unsigned int flags);

int virDomainGetInfo(virDomainPtr domain, virDomainInfoPtr info);
int virDomainGetState(virDomainPtr domain, int *state, int *reason, unsigned int flags);
int virDomainGetControlInfo(virDomainPtr domain, virDomainControlInfoPtr info, unsigned int flags);
int virDomainIsActive(virDomainPtr dom);
int virDomainIsPersistent(virDomainPtr dom);
int virDomainIsUpdated(virDomainPtr dom);
int virDomainHasManagedSaveImage(virDomainPtr dom, unsigned int flags);
int virDomainGetAutostart(virDomainPtr domain, int *autostart);
int virDomainSetAutostart(virDomainPtr domain, int autostart);
unsigned long virDomainGetMaxMemory(virDomainPtr domain);
int virDomainGetSecurityLabel(virDomainPtr domain, virSecurityLabelPtr seclabel);

/* Which messages virDomainGetMessages returns. */
typedef enum {
    VIR_DOMAIN_MESSAGE_DEPRECATION = (1 << 0), /* since 7.1.0 */
    VIR_DOMAIN_MESSAGE_TAINTING    = (1 << 1) /* since 7.1.0 */
} virDomainMessageType;

int virDomainGetMessages(virDomainPtr domain, char ***msgs, unsigned int flags);

/* Flags of the calls about the number of virtual CPUs. */
typedef enum {
    VIR_DOMAIN_VCPU_CURRENT      = 0,
    VIR_DOMAIN_VCPU_LIVE         = (1 << 0),
    VIR_DOMAIN_VCPU_CONFIG       = (1 << 1),
    VIR_DOMAIN_VCPU_MAXIMUM      = (1 << 2),
    VIR_DOMAIN_VCPU_GUEST        = (1 << 3), /* since 1.1.0 */
    VIR_DOMAIN_VCPU_HOTPLUGGABLE = (1 << 4) /* since 2.4.0 */
} virDomainVcpuFlags;

/* State of a virtual CPU. */
typedef enum {
    VIR_VCPU_OFFLINE = 0,
    VIR_VCPU_RUNNING = 1,
    VIR_VCPU_BLOCKED = 2,
# ifdef VIR_ENUM_SENTINELS
    VIR_VCPU_LAST    = 3,
# endif
} virVcpuState;

/* Instead of a host CPU number in virVcpuInfo. */
typedef enum {
    VIR_VCPU_INFO_CPU_UNAVAILABLE = -2, /* since 6.10.0 */
    VIR_VCPU_INFO_CPU_OFFLINE     = -1 /* since 6.10.0 */
} virVcpuHostCpuState;

/* One virtual CPU. */
typedef struct _virVcpuInfo virVcpuInfo;
typedef virVcpuInfo *virVcpuInfoPtr;
struct _virVcpuInfo {
    unsigned int number;
    int state;                  /* virVcpuState */
    unsigned long long cpuTime; /* nanoseconds */
    int cpu;                    /* host CPU it ran on last, or virVcpuHostCpuState */
};

/* CPU maps: one bit per CPU, lowest first. */
# define VIR_CPU_MAPLEN(cpu) (((cpu) + 7) / 8)
# define VIR_USE_CPU(cpumap, cpu) ((cpumap)[(cpu) / 8] |= (1 << ((cpu) % 8)))
# define VIR_UNUSE_CPU(cpumap, cpu) ((cpumap)[(cpu) / 8] &= ~(1 << ((cpu) % 8)))
# define VIR_CPU_USED(cpumap, cpu) ((cpumap)[(cpu) / 8] & (1 << ((cpu) % 8)))
/* The same within several maps of maplen bytes each, one per virtual CPU. */
# define VIR_GET_CPUMAP(cpumaps, maplen, vcpu) (&((cpumaps)[(vcpu) * (maplen)]))
# define VIR_CPU_USABLE(cpumaps, maplen, vcpu, cpu) VIR_CPU_USED(VIR_GET_CPUMAP(cpumaps, maplen, vcpu), cpu)
# define VIR_COPY_CPUMAP(cpumaps, maplen, vcpu, cpumap) \
    memcpy(cpumap, VIR_GET_CPUMAP(cpumaps, maplen, vcpu), maplen)

int virDomainGetMaxVcpus(virDomainPtr domain);
int virDomainGetVcpusFlags(virDomainPtr domain, unsigned int flags);
int virDomainGetVcpus(virDomainPtr domain, virVcpuInfoPtr info, int maxinfo, unsigned char *cpumaps,
                      int maplen);

/* Which part of <metadata> is meant. */
typedef enum {
    VIR_DOMAIN_METADATA_DESCRIPTION = 0,
    VIR_DOMAIN_METADATA_TITLE       = 1,
    VIR_DOMAIN_METADATA_ELEMENT     = 2,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_METADATA_LAST        = 3,
# endif
} virDomainMetadataType;

int virDomainSetMetadata(virDomainPtr domain, int type, const char *metadata, const char *key,
                         const char *uri, unsigned int flags);
char *virDomainGetMetadata(virDomainPtr domain, int type, const char *uri, unsigned int flags);

# ifdef __cplusplus
}
# endif

#endif
