/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Constants and structs about devices, tuning and guest agents. Part of libvirt-domain.h.
 * They are complete, so that programs compile; the calls they belong to are declared when this library offers them.
 */
#ifndef GODWIT_LIBVIRT_DOMAIN_DEVICE_H
# define GODWIT_LIBVIRT_DOMAIN_DEVICE_H

# include <libvirt/libvirt-domain.h>

# ifdef __cplusplus
extern "C" {
# endif

typedef enum {
    VIR_DOMAIN_DEVICE_MODIFY_CURRENT = 0,
    VIR_DOMAIN_DEVICE_MODIFY_LIVE    = (1 << 0),
    VIR_DOMAIN_DEVICE_MODIFY_CONFIG  = (1 << 1),
    VIR_DOMAIN_DEVICE_MODIFY_FORCE   = (1 << 2)
} virDomainDeviceModifyFlags;

typedef enum {
    VIR_DOMAIN_BLOCK_JOB_TYPE_UNKNOWN       = 0,
    VIR_DOMAIN_BLOCK_JOB_TYPE_PULL          = 1,
    VIR_DOMAIN_BLOCK_JOB_TYPE_COPY          = 2,
    VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT        = 3,
    VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT = 4, /* since 1.2.6 */
    VIR_DOMAIN_BLOCK_JOB_TYPE_BACKUP        = 5, /* since 6.0.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_BLOCK_JOB_TYPE_LAST          = 6,
# endif
} virDomainBlockJobType;

typedef enum {
    VIR_DOMAIN_BLOCK_JOB_ABORT_ASYNC = (1 << 0),
    VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT = (1 << 1)
} virDomainBlockJobAbortFlags;

typedef enum {
    VIR_DOMAIN_BLOCK_JOB_INFO_BANDWIDTH_BYTES = (1 << 0) /* since 1.2.9 */
} virDomainBlockJobInfoFlags;

typedef enum {
    VIR_DOMAIN_BLOCK_JOB_SPEED_BANDWIDTH_BYTES = (1 << 0) /* since 1.2.9 */
} virDomainBlockJobSetSpeedFlags;

typedef enum {
    VIR_DOMAIN_BLOCK_PULL_BANDWIDTH_BYTES = (1 << 6) /* since 1.2.9 */
} virDomainBlockPullFlags;

typedef enum {
    VIR_DOMAIN_BLOCK_REBASE_SHALLOW         = (1 << 0),
    VIR_DOMAIN_BLOCK_REBASE_REUSE_EXT       = (1 << 1),
    VIR_DOMAIN_BLOCK_REBASE_COPY_RAW        = (1 << 2),
    VIR_DOMAIN_BLOCK_REBASE_COPY            = (1 << 3),
    VIR_DOMAIN_BLOCK_REBASE_RELATIVE        = (1 << 4), /* since 1.2.7 */
    VIR_DOMAIN_BLOCK_REBASE_COPY_DEV        = (1 << 5), /* since 1.2.9 */
    VIR_DOMAIN_BLOCK_REBASE_BANDWIDTH_BYTES = (1 << 6) /* since 1.2.9 */
} virDomainBlockRebaseFlags;

typedef enum {
    VIR_DOMAIN_BLOCK_COMMIT_SHALLOW         = (1 << 0),
    VIR_DOMAIN_BLOCK_COMMIT_DELETE          = (1 << 1),
    VIR_DOMAIN_BLOCK_COMMIT_ACTIVE          = (1 << 2), /* since 1.2.6 */
    VIR_DOMAIN_BLOCK_COMMIT_RELATIVE        = (1 << 3), /* since 1.2.7 */
    VIR_DOMAIN_BLOCK_COMMIT_BANDWIDTH_BYTES = (1 << 4) /* since 1.2.9 */
} virDomainBlockCommitFlags;

typedef enum {
    VIR_DOMAIN_BLOCK_COPY_SHALLOW            = (1 << 0), /* since 1.2.8 */
    VIR_DOMAIN_BLOCK_COPY_REUSE_EXT          = (1 << 1), /* since 1.2.8 */
    VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB      = (1 << 2), /* since 3.5.0 */
    VIR_DOMAIN_BLOCK_COPY_SYNCHRONOUS_WRITES = (1 << 3) /* since 8.0.0 */
} virDomainBlockCopyFlags;

typedef enum {
    VIR_DOMAIN_BLOCK_RESIZE_BYTES = (1 << 0)
} virDomainBlockResizeFlags;

typedef enum {
    VIR_DOMAIN_DISK_ERROR_NONE     = 0,
    VIR_DOMAIN_DISK_ERROR_UNSPEC   = 1,
    VIR_DOMAIN_DISK_ERROR_NO_SPACE = 2,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_DISK_ERROR_LAST     = 3,
# endif
} virDomainDiskErrorCode;

typedef enum {
    VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL = (1 << 0) /* since 6.0.0 */
} virDomainBackupBeginFlags;

typedef enum {
    VIR_DOMAIN_CONSOLE_FORCE = (1 << 0),
    VIR_DOMAIN_CONSOLE_SAFE  = (1 << 1)
} virDomainConsoleFlags;

typedef enum {
    VIR_DOMAIN_CHANNEL_FORCE = (1 << 0) /* since 1.0.2 */
} virDomainChannelFlags;

int virDomainOpenConsole(virDomainPtr dom, const char *dev_name, virStreamPtr st, unsigned int flags);
int virDomainOpenChannel(virDomainPtr dom, const char *name, virStreamPtr st, unsigned int flags);

typedef enum {
    VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH = (1 << 0)
} virDomainOpenGraphicsFlags;

typedef enum {
    VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE = 0, /* since 1.2.14 */
    VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT = 1, /* since 1.2.14 */
    VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP   = 2, /* since 4.2.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LAST  = 3,
# endif
} virDomainInterfaceAddressesSource;

typedef unsigned long long virDomainBlockJobCursor;

/* Progress of a block job. */
typedef struct _virDomainBlockJobInfo virDomainBlockJobInfo;
typedef virDomainBlockJobInfo *virDomainBlockJobInfoPtr;
struct _virDomainBlockJobInfo {
    int type;
    unsigned long bandwidth; /* MiB/s, or bytes/s as the flags of the call say */
    virDomainBlockJobCursor cur;
    virDomainBlockJobCursor end;
};

/* Sizes of a disk, in bytes. */
typedef struct _virDomainBlockInfo virDomainBlockInfo;
typedef virDomainBlockInfo *virDomainBlockInfoPtr;
struct _virDomainBlockInfo {
    unsigned long long capacity;
    unsigned long long allocation;
    unsigned long long physical;
};

typedef struct _virDomainDiskError virDomainDiskError;
typedef virDomainDiskError *virDomainDiskErrorPtr;
struct _virDomainDiskError {
    char *disk;
    int error;
};

/* Counters of a disk; -1: unknown. */
typedef struct _virDomainBlockStats virDomainBlockStatsStruct;
typedef virDomainBlockStatsStruct *virDomainBlockStatsPtr;
struct _virDomainBlockStats {
    long long rd_req;
    long long rd_bytes;
    long long wr_req;
    long long wr_bytes;
    long long errs;
};

/* Counters of a network interface; -1: unknown. */
typedef struct _virDomainInterfaceStats virDomainInterfaceStatsStruct;
typedef virDomainInterfaceStatsStruct *virDomainInterfaceStatsPtr;
struct _virDomainInterfaceStats {
    long long rx_bytes;
    long long rx_packets;
    long long rx_errs;
    long long rx_drop;
    long long tx_bytes;
    long long tx_packets;
    long long tx_errs;
    long long tx_drop;
};

typedef struct _virDomainInterfaceIPAddress virDomainIPAddress;
typedef virDomainIPAddress *virDomainIPAddressPtr;
struct _virDomainInterfaceIPAddress {
    int type;
    char *addr;
    unsigned int prefix;
};

typedef struct _virDomainInterface virDomainInterface;
typedef virDomainInterface *virDomainInterfacePtr;
struct _virDomainInterface {
    char *name;
    char *hwaddr;
    unsigned int naddrs;
    virDomainIPAddressPtr addrs;
};

typedef struct _virDomainFSInfo virDomainFSInfo;
typedef virDomainFSInfo *virDomainFSInfoPtr;
struct _virDomainFSInfo {
    char *mountpoint;
    char *name;
    char *fstype;
    size_t ndevAlias;
    char **devAlias;
};

typedef struct _virDomainIOThreadInfo virDomainIOThreadInfo;
typedef virDomainIOThreadInfo *virDomainIOThreadInfoPtr;
struct _virDomainIOThreadInfo {
    unsigned int iothread_id;
    unsigned char *cpumap;
    int cpumaplen;
};

typedef enum {
    VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK   = -2, /* since 5.10.0 */
    VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_DEFAULT = -1, /* since 5.10.0 */
    VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_NOWAIT  = 0 /* since 5.10.0 */
} virDomainAgentResponseTimeoutValues;

typedef enum {
    VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND = (1 << 0), /* since 6.10.0 */
    VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE = (1 << 1) /* since 6.10.0 */
} virDomainAuthorizedSSHKeysSetFlags;

typedef enum {
    VIR_DOMAIN_CORE_DUMP_FORMAT_RAW          = 0, /* since 1.2.3 */
    VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_ZLIB   = 1, /* since 1.2.3 */
    VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_LZO    = 2, /* since 1.2.3 */
    VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_SNAPPY = 3, /* since 1.2.3 */
    VIR_DOMAIN_CORE_DUMP_FORMAT_WIN_DMP      = 4, /* since 7.4.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_CORE_DUMP_FORMAT_LAST         = 5,
# endif
} virDomainCoreDumpFormat;

typedef enum {
    VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_RESTORE  = (1 << 0), /* since 9.0.0 */
    VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_WRITABLE = (1 << 1) /* since 9.0.0 */
} virDomainFDAssociateFlags;

typedef enum {
    VIR_DOMAIN_GET_HOSTNAME_LEASE = (1 << 0), /* since 6.1.0 */
    VIR_DOMAIN_GET_HOSTNAME_AGENT = (1 << 1) /* since 6.1.0 */
} virDomainGetHostnameFlags;

typedef enum {
    VIR_DOMAIN_GUEST_INFO_USERS      = (1 << 0), /* since 5.7.0 */
    VIR_DOMAIN_GUEST_INFO_OS         = (1 << 1), /* since 5.7.0 */
    VIR_DOMAIN_GUEST_INFO_TIMEZONE   = (1 << 2), /* since 5.7.0 */
    VIR_DOMAIN_GUEST_INFO_HOSTNAME   = (1 << 3), /* since 5.7.0 */
    VIR_DOMAIN_GUEST_INFO_FILESYSTEM = (1 << 4), /* since 5.7.0 */
    VIR_DOMAIN_GUEST_INFO_DISKS      = (1 << 5), /* since 7.0.0 */
    VIR_DOMAIN_GUEST_INFO_INTERFACES = (1 << 6) /* since 7.10.0 */
} virDomainGuestInfoTypes;

typedef enum {
    VIR_DOMAIN_LIFECYCLE_ACTION_DESTROY          = 0, /* since 3.9.0 */
    VIR_DOMAIN_LIFECYCLE_ACTION_RESTART          = 1, /* since 3.9.0 */
    VIR_DOMAIN_LIFECYCLE_ACTION_RESTART_RENAME   = 2, /* since 3.9.0 */
    VIR_DOMAIN_LIFECYCLE_ACTION_PRESERVE         = 3, /* since 3.9.0 */
    VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_DESTROY = 4, /* since 3.9.0 */
    VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_RESTART = 5, /* since 3.9.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_LIFECYCLE_ACTION_LAST             = 6,
# endif
} virDomainLifecycleAction;

typedef enum {
    VIR_DOMAIN_LIFECYCLE_POWEROFF = 0, /* since 3.9.0 */
    VIR_DOMAIN_LIFECYCLE_REBOOT   = 1, /* since 3.9.0 */
    VIR_DOMAIN_LIFECYCLE_CRASH    = 2, /* since 3.9.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_LIFECYCLE_LAST     = 3,
# endif
} virDomainLifecycle;

typedef enum {
    VIR_DOMAIN_MEM_CURRENT = 0,
    VIR_DOMAIN_MEM_LIVE    = (1 << 0),
    VIR_DOMAIN_MEM_CONFIG  = (1 << 1),
    VIR_DOMAIN_MEM_MAXIMUM = (1 << 2)
} virDomainMemoryModFlags;

typedef enum {
    VIR_DOMAIN_NUMATUNE_MEM_STRICT      = 0,
    VIR_DOMAIN_NUMATUNE_MEM_PREFERRED   = 1,
    VIR_DOMAIN_NUMATUNE_MEM_INTERLEAVE  = 2,
    VIR_DOMAIN_NUMATUNE_MEM_RESTRICTIVE = 3, /* since 7.3.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_NUMATUNE_MEM_LAST        = 4,
# endif
} virDomainNumatuneMemMode;

typedef enum {
    VIR_DOMAIN_PASSWORD_ENCRYPTED = (1 << 0) /* since 1.2.16 */
} virDomainSetUserPasswordFlags;

/* Signals as virDomainSendProcessSignal numbers them, whatever the guest's own numbers are. */
typedef enum {
    VIR_DOMAIN_PROCESS_SIGNAL_NOP    = 0, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_HUP    = 1, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_INT    = 2, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_QUIT   = 3, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_ILL    = 4, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_TRAP   = 5, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_ABRT   = 6, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_BUS    = 7, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_FPE    = 8, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_KILL   = 9, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_USR1   = 10, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_SEGV   = 11, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_USR2   = 12, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_PIPE   = 13, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_ALRM   = 14, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_TERM   = 15, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_STKFLT = 16, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_CHLD   = 17, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_CONT   = 18, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_STOP   = 19, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_TSTP   = 20, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_TTIN   = 21, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_TTOU   = 22, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_URG    = 23, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_XCPU   = 24, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_XFSZ   = 25, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_VTALRM = 26, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_PROF   = 27, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_WINCH  = 28, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_POLL   = 29, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_PWR    = 30, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_SYS    = 31, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT0    = 32, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT1    = 33, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT2    = 34, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT3    = 35, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT4    = 36, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT5    = 37, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT6    = 38, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT7    = 39, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT8    = 40, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT9    = 41, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT10   = 42, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT11   = 43, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT12   = 44, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT13   = 45, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT14   = 46, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT15   = 47, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT16   = 48, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT17   = 49, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT18   = 50, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT19   = 51, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT20   = 52, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT21   = 53, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT22   = 54, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT23   = 55, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT24   = 56, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT25   = 57, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT26   = 58, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT27   = 59, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT28   = 60, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT29   = 61, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT30   = 62, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT31   = 63, /* since 1.0.1 */
    VIR_DOMAIN_PROCESS_SIGNAL_RT32   = 64, /* since 1.0.1 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_PROCESS_SIGNAL_LAST   = 65,
# endif
} virDomainProcessSignal;

typedef enum {
    VIR_DOMAIN_SAVE_BYPASS_CACHE = (1 << 0),
    VIR_DOMAIN_SAVE_RUNNING      = (1 << 1),
    VIR_DOMAIN_SAVE_PAUSED       = (1 << 2),
    VIR_DOMAIN_SAVE_RESET_NVRAM  = (1 << 3) /* since 8.1.0 */
} virDomainSaveRestoreFlags;

typedef enum {
    VIR_DOMAIN_SAVE_IMAGE_XML_SECURE = (1 << 0) /* since 5.1.0 */
} virDomainSaveImageXMLFlags;

typedef enum {
    VIR_DOMAIN_TIME_SYNC = (1 << 0) /* since 1.2.5 */
} virDomainSetTimeFlags;

typedef enum {
    VIR_DUMP_CRASH        = (1 << 0),
    VIR_DUMP_LIVE         = (1 << 1),
    VIR_DUMP_BYPASS_CACHE = (1 << 2),
    VIR_DUMP_RESET        = (1 << 3),
    VIR_DUMP_MEMORY_ONLY  = (1 << 4)
} virDomainCoreDumpFlags;

/* Tables in which a key code can be looked up. */
typedef enum {
    VIR_KEYCODE_SET_LINUX  = 0,
    VIR_KEYCODE_SET_XT     = 1,
    VIR_KEYCODE_SET_ATSET1 = 2,
    VIR_KEYCODE_SET_ATSET2 = 3,
    VIR_KEYCODE_SET_ATSET3 = 4,
    VIR_KEYCODE_SET_OSX    = 5,
    VIR_KEYCODE_SET_XT_KBD = 6,
    VIR_KEYCODE_SET_USB    = 7,
    VIR_KEYCODE_SET_WIN32  = 8,
    VIR_KEYCODE_SET_QNUM   = 9, /* since 4.2.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_KEYCODE_SET_LAST   = 10,
# endif
} virKeycodeSet;

typedef enum {
    VIR_MEMORY_VIRTUAL  = (1 << 0),
    VIR_MEMORY_PHYSICAL = (1 << 1)
} virDomainMemoryFlags;

/* Older names of virTypedParameter and of its types. */
# define VIR_DOMAIN_SCHED_FIELD_LENGTH  VIR_TYPED_PARAM_FIELD_LENGTH
# define VIR_DOMAIN_BLKIO_FIELD_LENGTH  VIR_TYPED_PARAM_FIELD_LENGTH
# define VIR_DOMAIN_MEMORY_FIELD_LENGTH VIR_TYPED_PARAM_FIELD_LENGTH

typedef enum {
    VIR_DOMAIN_SCHED_FIELD_INT     = 1,
    VIR_DOMAIN_SCHED_FIELD_UINT    = 2,
    VIR_DOMAIN_SCHED_FIELD_LLONG   = 3,
    VIR_DOMAIN_SCHED_FIELD_ULLONG  = 4,
    VIR_DOMAIN_SCHED_FIELD_DOUBLE  = 5,
    VIR_DOMAIN_SCHED_FIELD_BOOLEAN = 6
} virSchedParameterType;

typedef struct _virTypedParameter virSchedParameter;
typedef virSchedParameter *virSchedParameterPtr;

typedef enum {
    VIR_DOMAIN_BLKIO_PARAM_INT     = 1,
    VIR_DOMAIN_BLKIO_PARAM_UINT    = 2,
    VIR_DOMAIN_BLKIO_PARAM_LLONG   = 3,
    VIR_DOMAIN_BLKIO_PARAM_ULLONG  = 4,
    VIR_DOMAIN_BLKIO_PARAM_DOUBLE  = 5,
    VIR_DOMAIN_BLKIO_PARAM_BOOLEAN = 6
} virBlkioParameterType;

typedef struct _virTypedParameter virBlkioParameter;
typedef virBlkioParameter *virBlkioParameterPtr;

typedef enum {
    VIR_DOMAIN_MEMORY_PARAM_INT     = 1,
    VIR_DOMAIN_MEMORY_PARAM_UINT    = 2,
    VIR_DOMAIN_MEMORY_PARAM_LLONG   = 3,
    VIR_DOMAIN_MEMORY_PARAM_ULLONG  = 4,
    VIR_DOMAIN_MEMORY_PARAM_DOUBLE  = 5,
    VIR_DOMAIN_MEMORY_PARAM_BOOLEAN = 6
} virMemoryParameterType;

typedef struct _virTypedParameter virMemoryParameter;
typedef virMemoryParameter *virMemoryParameterPtr;

/* No limit, where a memory limit is asked for. */
# define VIR_DOMAIN_MEMORY_PARAM_UNLIMITED 9007199254740991LL

# define VIR_DOMAIN_SEND_KEY_MAX_KEYS 16

/* The name before QNUM. */
# define VIR_KEYCODE_SET_RFB VIR_KEYCODE_SET_QNUM

# define VIR_DOMAIN_BLOCK_STATS_FIELD_LENGTH VIR_TYPED_PARAM_FIELD_LENGTH

/* Typed parameters of the scheduler. */
# define VIR_DOMAIN_SCHEDULER_CPU_SHARES      "cpu_shares"
# define VIR_DOMAIN_SCHEDULER_GLOBAL_PERIOD   "global_period"
# define VIR_DOMAIN_SCHEDULER_GLOBAL_QUOTA    "global_quota"
# define VIR_DOMAIN_SCHEDULER_VCPU_PERIOD     "vcpu_period"
# define VIR_DOMAIN_SCHEDULER_VCPU_QUOTA      "vcpu_quota"
# define VIR_DOMAIN_SCHEDULER_EMULATOR_PERIOD "emulator_period"
# define VIR_DOMAIN_SCHEDULER_EMULATOR_QUOTA  "emulator_quota"
# define VIR_DOMAIN_SCHEDULER_IOTHREAD_PERIOD "iothread_period"
# define VIR_DOMAIN_SCHEDULER_IOTHREAD_QUOTA  "iothread_quota"
# define VIR_DOMAIN_SCHEDULER_WEIGHT          "weight"
# define VIR_DOMAIN_SCHEDULER_CAP             "cap"
# define VIR_DOMAIN_SCHEDULER_RESERVATION     "reservation"
# define VIR_DOMAIN_SCHEDULER_LIMIT           "limit"
# define VIR_DOMAIN_SCHEDULER_SHARES          "shares"

/* Typed parameters of block I/O weights and limits. */
# define VIR_DOMAIN_BLKIO_WEIGHT            "weight"
# define VIR_DOMAIN_BLKIO_DEVICE_WEIGHT     "device_weight"
# define VIR_DOMAIN_BLKIO_DEVICE_READ_IOPS  "device_read_iops_sec"
# define VIR_DOMAIN_BLKIO_DEVICE_WRITE_IOPS "device_write_iops_sec"
# define VIR_DOMAIN_BLKIO_DEVICE_READ_BPS   "device_read_bytes_sec"
# define VIR_DOMAIN_BLKIO_DEVICE_WRITE_BPS  "device_write_bytes_sec"

/* Typed parameters of memory limits, in KiB. */
# define VIR_DOMAIN_MEMORY_HARD_LIMIT      "hard_limit"
# define VIR_DOMAIN_MEMORY_SOFT_LIMIT      "soft_limit"
# define VIR_DOMAIN_MEMORY_MIN_GUARANTEE   "min_guarantee"
# define VIR_DOMAIN_MEMORY_SWAP_HARD_LIMIT "swap_hard_limit"

/* Typed parameters of NUMA placement. */
# define VIR_DOMAIN_NUMA_NODESET "numa_nodeset"
# define VIR_DOMAIN_NUMA_MODE    "numa_mode"

/* Typed parameters of an interface's limits. */
# define VIR_DOMAIN_BANDWIDTH_IN_AVERAGE  "inbound.average"
# define VIR_DOMAIN_BANDWIDTH_IN_PEAK     "inbound.peak"
# define VIR_DOMAIN_BANDWIDTH_IN_BURST    "inbound.burst"
# define VIR_DOMAIN_BANDWIDTH_IN_FLOOR    "inbound.floor"
# define VIR_DOMAIN_BANDWIDTH_OUT_AVERAGE "outbound.average"
# define VIR_DOMAIN_BANDWIDTH_OUT_PEAK    "outbound.peak"
# define VIR_DOMAIN_BANDWIDTH_OUT_BURST   "outbound.burst"

/* Typed parameters of an I/O thread. */
# define VIR_DOMAIN_IOTHREAD_POLL_MAX_NS     "poll_max_ns"
# define VIR_DOMAIN_IOTHREAD_POLL_GROW       "poll_grow"
# define VIR_DOMAIN_IOTHREAD_POLL_SHRINK     "poll_shrink"
# define VIR_DOMAIN_IOTHREAD_THREAD_POOL_MIN "thread_pool_min"
# define VIR_DOMAIN_IOTHREAD_THREAD_POOL_MAX "thread_pool_max"

/* Typed parameters of block statistics. */
# define VIR_DOMAIN_BLOCK_STATS_READ_BYTES        "rd_bytes"
# define VIR_DOMAIN_BLOCK_STATS_READ_REQ          "rd_operations"
# define VIR_DOMAIN_BLOCK_STATS_READ_TOTAL_TIMES  "rd_total_times"
# define VIR_DOMAIN_BLOCK_STATS_WRITE_BYTES       "wr_bytes"
# define VIR_DOMAIN_BLOCK_STATS_WRITE_REQ         "wr_operations"
# define VIR_DOMAIN_BLOCK_STATS_WRITE_TOTAL_TIMES "wr_total_times"
# define VIR_DOMAIN_BLOCK_STATS_FLUSH_REQ         "flush_operations"
# define VIR_DOMAIN_BLOCK_STATS_FLUSH_TOTAL_TIMES "flush_total_times"
# define VIR_DOMAIN_BLOCK_STATS_ERRS              "errs"

/* Typed parameters of a block copy. */
# define VIR_DOMAIN_BLOCK_COPY_BANDWIDTH   "bandwidth"
# define VIR_DOMAIN_BLOCK_COPY_GRANULARITY "granularity"
# define VIR_DOMAIN_BLOCK_COPY_BUF_SIZE    "buf-size"

/* Typed parameters of block I/O throttling. */
# define VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_BYTES_SEC            "total_bytes_sec"
# define VIR_DOMAIN_BLOCK_IOTUNE_READ_BYTES_SEC             "read_bytes_sec"
# define VIR_DOMAIN_BLOCK_IOTUNE_WRITE_BYTES_SEC            "write_bytes_sec"
# define VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_IOPS_SEC             "total_iops_sec"
# define VIR_DOMAIN_BLOCK_IOTUNE_READ_IOPS_SEC              "read_iops_sec"
# define VIR_DOMAIN_BLOCK_IOTUNE_WRITE_IOPS_SEC             "write_iops_sec"
# define VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_BYTES_SEC_MAX        "total_bytes_sec_max"
# define VIR_DOMAIN_BLOCK_IOTUNE_READ_BYTES_SEC_MAX         "read_bytes_sec_max"
# define VIR_DOMAIN_BLOCK_IOTUNE_WRITE_BYTES_SEC_MAX        "write_bytes_sec_max"
# define VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_IOPS_SEC_MAX         "total_iops_sec_max"
# define VIR_DOMAIN_BLOCK_IOTUNE_READ_IOPS_SEC_MAX          "read_iops_sec_max"
# define VIR_DOMAIN_BLOCK_IOTUNE_WRITE_IOPS_SEC_MAX         "write_iops_sec_max"
# define VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_BYTES_SEC_MAX_LENGTH "total_bytes_sec_max_length"
# define VIR_DOMAIN_BLOCK_IOTUNE_READ_BYTES_SEC_MAX_LENGTH  "read_bytes_sec_max_length"
# define VIR_DOMAIN_BLOCK_IOTUNE_WRITE_BYTES_SEC_MAX_LENGTH "write_bytes_sec_max_length"
# define VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_IOPS_SEC_MAX_LENGTH  "total_iops_sec_max_length"
# define VIR_DOMAIN_BLOCK_IOTUNE_READ_IOPS_SEC_MAX_LENGTH   "read_iops_sec_max_length"
# define VIR_DOMAIN_BLOCK_IOTUNE_WRITE_IOPS_SEC_MAX_LENGTH  "write_iops_sec_max_length"
# define VIR_DOMAIN_BLOCK_IOTUNE_SIZE_IOPS_SEC              "size_iops_sec"
# define VIR_DOMAIN_BLOCK_IOTUNE_GROUP_NAME                 "group_name"

/* Typed parameters of memory encryption. */
# define VIR_DOMAIN_LAUNCH_SECURITY_SEV_MEASUREMENT        "sev-measurement"
# define VIR_DOMAIN_LAUNCH_SECURITY_SEV_API_MAJOR          "sev-api-major"
# define VIR_DOMAIN_LAUNCH_SECURITY_SEV_API_MINOR          "sev-api-minor"
# define VIR_DOMAIN_LAUNCH_SECURITY_SEV_BUILD_ID           "sev-build-id"
# define VIR_DOMAIN_LAUNCH_SECURITY_SEV_POLICY             "sev-policy"
# define VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_HEADER      "sev-secret-header"
# define VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET             "sev-secret"
# define VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_SET_ADDRESS "sev-secret-set-address"

/* Typed parameters of saving and restoring. */
# define VIR_DOMAIN_SAVE_PARAM_FILE "file"
# define VIR_DOMAIN_SAVE_PARAM_DXML "dxml"

# ifdef __cplusplus
}
# endif

#endif
