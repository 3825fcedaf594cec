/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections and the hosts at their other end.
 * Each function is documented where it is defined (src/api).
 */
#ifndef GODWIT_LIBVIRT_HOST_H
# define GODWIT_LIBVIRT_HOST_H

# include <libvirt/libvirt-common.h>

# ifdef __cplusplus
extern "C" {
# endif

/* A connection to a hypervisor; reference counted. */
typedef struct _virConnect virConnect;
typedef virConnect *virConnectPtr;

/* A flow of bytes beside the calls of a connection. */
typedef struct _virStream virStream;
typedef virStream *virStreamPtr;

/* A UUID as bytes, and as text with its NUL. */
# define VIR_UUID_BUFLEN (16)
# define VIR_UUID_STRING_BUFLEN (36+1)

/* How virConnectOpenAuth opens. */
typedef enum {
    VIR_CONNECT_RO         = (1 << 0),
    VIR_CONNECT_NO_ALIASES = (1 << 1)
} virConnectFlags;

/* What an authentication callback is asked for. */
typedef enum {
    VIR_CRED_USERNAME     = 1,
    VIR_CRED_AUTHNAME     = 2,
    VIR_CRED_LANGUAGE     = 3,
    VIR_CRED_CNONCE       = 4,
    VIR_CRED_PASSPHRASE   = 5,
    VIR_CRED_ECHOPROMPT   = 6,
    VIR_CRED_NOECHOPROMPT = 7,
    VIR_CRED_REALM        = 8,
    VIR_CRED_EXTERNAL     = 9,
# ifdef VIR_ENUM_SENTINELS
    VIR_CRED_LAST         = 10,
# endif
} virConnectCredentialType;

/* One question to the user and the room for its answer. */
typedef struct _virConnectCredential virConnectCredential;
typedef virConnectCredential *virConnectCredentialPtr;
struct _virConnectCredential {
    int type;               /* virConnectCredentialType */
    const char *prompt;     /* text to show */
    const char *challenge;  /* extra challenge to show, or NULL */
    const char *defresult;  /* what an empty answer means, or NULL */
    char *result;           /* allocated by the callback with malloc */
    unsigned int resultlen; /* without a terminating NUL */
};

/* Fills the result of each credential. Returns 0, or -1 to give up. */
typedef int (*virConnectAuthCallbackPtr)(virConnectCredentialPtr cred, unsigned int ncred,
                                         void *cbdata);

/* How a connection may ask its user. */
typedef struct _virConnectAuth virConnectAuth;
typedef virConnectAuth *virConnectAuthPtr;
struct _virConnectAuth {
    int *credtype; /* the kinds of credential that cb can provide */
    unsigned int ncredtype;
    virConnectAuthCallbackPtr cb;
    void *cbdata;
};

/* Asks on the terminal. */
VIR_EXPORT_VAR virConnectAuthPtr virConnectAuthPtrDefault;

int virInitialize(void);
int virGetVersion(unsigned long *libVer, const char *type, unsigned long *typeVer);

virConnectPtr virConnectOpen(const char *name);
virConnectPtr virConnectOpenReadOnly(const char *name);
virConnectPtr virConnectOpenAuth(const char *name, virConnectAuthPtr auth, unsigned int flags);
int virConnectRef(virConnectPtr conn);
int virConnectClose(virConnectPtr conn);

/* Called at most once, when a connection broke. */
typedef void (*virConnectCloseFunc)(virConnectPtr conn, int reason, void *opaque);

int virConnectRegisterCloseCallback(virConnectPtr conn, virConnectCloseFunc cb, void *opaque,
                                    virFreeCallback freecb);
int virConnectUnregisterCloseCallback(virConnectPtr conn, virConnectCloseFunc cb);

const char *virConnectGetType(virConnectPtr conn);
int virConnectGetVersion(virConnectPtr conn, unsigned long *hvVer);
int virConnectGetLibVersion(virConnectPtr conn, unsigned long *libVer);
char *virConnectGetHostname(virConnectPtr conn);
char *virConnectGetURI(virConnectPtr conn);
char *virConnectGetCapabilities(virConnectPtr conn);
char *virConnectGetSysinfo(virConnectPtr conn, unsigned int flags);
int virConnectGetMaxVcpus(virConnectPtr conn, const char *type);
int virConnectIsAlive(virConnectPtr conn);
int virConnectIsEncrypted(virConnectPtr conn);
int virConnectIsSecure(virConnectPtr conn);
int virConnectSetKeepAlive(virConnectPtr conn, int interval, unsigned int count);

/* The host in numbers. */
typedef struct _virNodeInfo virNodeInfo;
typedef virNodeInfo *virNodeInfoPtr;
struct _virNodeInfo {
    char model[32];       /* CPU model, "x86_64" */
    unsigned long memory; /* KiB */
    unsigned int cpus;    /* active CPUs */
    unsigned int mhz;     /* 0: unknown */
    unsigned int nodes;   /* NUMA cells; 1 for unusual topologies */
    unsigned int sockets; /* per cell */
    unsigned int cores;   /* per socket */
    unsigned int threads; /* per core */
};

/* CPUs of the host, online or not */
# define VIR_NODEINFO_MAXCPUS(nodeinfo) \
    ((nodeinfo).nodes * (nodeinfo).sockets * (nodeinfo).cores * (nodeinfo).threads)

# define VIR_NODE_CPU_STATS_FIELD_LENGTH 80

/* Instead of a CPU number: the sum over all. */
typedef enum {
    VIR_NODE_CPU_STATS_ALL_CPUS = -1
} virNodeGetCPUStatsAllCPUs;

# define VIR_NODE_CPU_STATS_IDLE        "idle"
# define VIR_NODE_CPU_STATS_INTR        "intr"
# define VIR_NODE_CPU_STATS_IOWAIT      "iowait"
# define VIR_NODE_CPU_STATS_KERNEL      "kernel"
# define VIR_NODE_CPU_STATS_USER        "user"
# define VIR_NODE_CPU_STATS_UTILIZATION "utilization"

/* One counter of virNodeGetCPUStats, in nanoseconds unless it is a percentage. */
typedef struct _virNodeCPUStats virNodeCPUStats;
typedef virNodeCPUStats *virNodeCPUStatsPtr;
struct _virNodeCPUStats {
    char field[VIR_NODE_CPU_STATS_FIELD_LENGTH];
    unsigned long long value;
};

# define VIR_NODE_MEMORY_STATS_FIELD_LENGTH 80

/* Instead of a cell number: the sum over all. */
typedef enum {
    VIR_NODE_MEMORY_STATS_ALL_CELLS = -1
} virNodeGetMemoryStatsAllCells;

# define VIR_NODE_MEMORY_STATS_BUFFERS "buffers"
# define VIR_NODE_MEMORY_STATS_CACHED  "cached"
# define VIR_NODE_MEMORY_STATS_FREE    "free"
# define VIR_NODE_MEMORY_STATS_TOTAL   "total"

/* One value of virNodeGetMemoryStats, in KiB. */
typedef struct _virNodeMemoryStats virNodeMemoryStats;
typedef virNodeMemoryStats *virNodeMemoryStatsPtr;
struct _virNodeMemoryStats {
    char field[VIR_NODE_MEMORY_STATS_FIELD_LENGTH];
    unsigned long long value;
};

/* Names of typed parameters of calls about the host. */
# define VIR_NODE_MEMORY_SHARED_PAGES_TO_SCAN         "shm_pages_to_scan"
# define VIR_NODE_MEMORY_SHARED_SLEEP_MILLISECS       "shm_sleep_millisecs"
# define VIR_NODE_MEMORY_SHARED_PAGES_SHARED          "shm_pages_shared"
# define VIR_NODE_MEMORY_SHARED_PAGES_SHARING         "shm_pages_sharing"
# define VIR_NODE_MEMORY_SHARED_PAGES_UNSHARED        "shm_pages_unshared"
# define VIR_NODE_MEMORY_SHARED_PAGES_VOLATILE        "shm_pages_volatile"
# define VIR_NODE_MEMORY_SHARED_FULL_SCANS            "shm_full_scans"
# define VIR_NODE_MEMORY_SHARED_MERGE_ACROSS_NODES    "shm_merge_across_nodes"
# define VIR_NODE_SEV_PDH                             "pdh"
# define VIR_NODE_SEV_CERT_CHAIN                      "cert-chain"
# define VIR_NODE_SEV_CPU0_ID                         "cpu0-id"
# define VIR_NODE_SEV_CBITPOS                         "cbitpos"
# define VIR_NODE_SEV_REDUCED_PHYS_BITS               "reduced-phys-bits"
# define VIR_NODE_SEV_MAX_GUESTS                      "max-guests"
# define VIR_NODE_SEV_MAX_ES_GUESTS                   "max-es-guests"
# define VIR_CONNECT_IDENTITY_USER_NAME               "user-name"
# define VIR_CONNECT_IDENTITY_UNIX_USER_ID            "unix-user-id"
# define VIR_CONNECT_IDENTITY_GROUP_NAME              "group-name"
# define VIR_CONNECT_IDENTITY_UNIX_GROUP_ID           "unix-group-id"
# define VIR_CONNECT_IDENTITY_PROCESS_ID              "process-id"
# define VIR_CONNECT_IDENTITY_PROCESS_TIME            "process-time"
# define VIR_CONNECT_IDENTITY_SASL_USER_NAME          "sasl-user-name"
# define VIR_CONNECT_IDENTITY_X509_DISTINGUISHED_NAME "x509-distinguished-name"
# define VIR_CONNECT_IDENTITY_SELINUX_CONTEXT         "selinux-context"

int virNodeGetInfo(virConnectPtr conn, virNodeInfoPtr info);
unsigned long long virNodeGetFreeMemory(virConnectPtr conn);
int virNodeGetCellsFreeMemory(virConnectPtr conn, unsigned long long *freeMems, int startCell,
                              int maxCells);
int virNodeGetCPUStats(virConnectPtr conn, int cpuNum, virNodeCPUStatsPtr params, int *nparams,
                       unsigned int flags);
int virNodeGetMemoryStats(virConnectPtr conn, int cellNum, virNodeMemoryStatsPtr params,
                          int *nparams, unsigned int flags);
int virNodeGetCPUMap(virConnectPtr conn, unsigned char **cpumap, unsigned int *online,
                     unsigned int flags);

# define VIR_SECURITY_LABEL_BUFLEN (4096 + 1)
# define VIR_SECURITY_MODEL_BUFLEN (256 + 1)
# define VIR_SECURITY_DOI_BUFLEN   (256 + 1)

/* The security label of a running domain. */
typedef struct _virSecurityLabel virSecurityLabel;
typedef virSecurityLabel *virSecurityLabelPtr;
struct _virSecurityLabel {
    char label[VIR_SECURITY_LABEL_BUFLEN];
    int enforcing;
};

/* The security driver of the host and its domain of interpretation. */
typedef struct _virSecurityModel virSecurityModel;
typedef virSecurityModel *virSecurityModelPtr;
struct _virSecurityModel {
    char model[VIR_SECURITY_MODEL_BUFLEN];
    char doi[VIR_SECURITY_DOI_BUFLEN];
};

int virNodeGetSecurityModel(virConnectPtr conn, virSecurityModelPtr secmodel);

/* How a CPU description relates to the host's CPU. */
typedef enum {
    VIR_CPU_COMPARE_ERROR        = -1,
    VIR_CPU_COMPARE_INCOMPATIBLE = 0,
    VIR_CPU_COMPARE_IDENTICAL    = 1,
    VIR_CPU_COMPARE_SUPERSET     = 2,
# ifdef VIR_ENUM_SENTINELS
    VIR_CPU_COMPARE_LAST         = 3,
# endif
} virCPUCompareResult;

typedef enum {
    VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE = (1 << 0), /* since 1.2.6 */
    VIR_CONNECT_COMPARE_CPU_VALIDATE_XML      = (1 << 1) /* since 6.9.0 */
} virConnectCompareCPUFlags;

typedef enum {
    VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES = (1 << 0), /* since 1.1.2 */
    VIR_CONNECT_BASELINE_CPU_MIGRATABLE      = (1 << 1) /* since 1.2.14 */
} virConnectBaselineCPUFlags;

int virConnectCompareCPU(virConnectPtr conn, const char *xmlDesc, unsigned int flags);
int virConnectCompareHypervisorCPU(virConnectPtr conn, const char *emulator, const char *arch,
                                   const char *machine, const char *virttype, const char *xmlCPU,
                                   unsigned int flags);
char *virConnectBaselineCPU(virConnectPtr conn, const char **xmlCPUs, unsigned int ncpus,
                            unsigned int flags);
char *virConnectBaselineHypervisorCPU(virConnectPtr conn, const char *emulator, const char *arch,
                                      const char *machine, const char *virttype,
                                      const char **xmlCPUs, unsigned int ncpus,
                                      unsigned int flags);
int virConnectGetCPUModelNames(virConnectPtr conn, const char *arch, char ***models,
                               unsigned int flags);

typedef enum {
    VIR_NODE_SUSPEND_TARGET_MEM    = 0,
    VIR_NODE_SUSPEND_TARGET_DISK   = 1,
    VIR_NODE_SUSPEND_TARGET_HYBRID = 2,
# ifdef VIR_ENUM_SENTINELS
    VIR_NODE_SUSPEND_TARGET_LAST   = 3,
# endif
} virNodeSuspendTarget;

typedef enum {
    VIR_NODE_ALLOC_PAGES_ADD = 0, /* since 1.2.9 */
    VIR_NODE_ALLOC_PAGES_SET = (1 << 0) /* since 1.2.9 */
} virNodeAllocPagesFlags;

# ifdef __cplusplus
}
# endif

#endif
