/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statistics of domains. Part of libvirt-domain.h.
 * Each function is documented where it is defined (src/api/domain-stats.c).
 */
#ifndef GODWIT_LIBVIRT_DOMAIN_STATS_H
# define GODWIT_LIBVIRT_DOMAIN_STATS_H

# include <libvirt/libvirt-domain.h>

# ifdef __cplusplus
extern "C" {
# endif

/* Groups of statistics. */
typedef enum {
    VIR_DOMAIN_STATS_STATE     = (1 << 0), /* since 1.2.8 */
    VIR_DOMAIN_STATS_CPU_TOTAL = (1 << 1), /* since 1.2.9 */
    VIR_DOMAIN_STATS_BALLOON   = (1 << 2), /* since 1.2.9 */
    VIR_DOMAIN_STATS_VCPU      = (1 << 3), /* since 1.2.9 */
    VIR_DOMAIN_STATS_INTERFACE = (1 << 4), /* since 1.2.9 */
    VIR_DOMAIN_STATS_BLOCK     = (1 << 5), /* since 1.2.9 */
    VIR_DOMAIN_STATS_PERF      = (1 << 6), /* since 1.3.3 */
    VIR_DOMAIN_STATS_IOTHREAD  = (1 << 7), /* since 4.10.0 */
    VIR_DOMAIN_STATS_MEMORY    = (1 << 8), /* since 6.0.0 */
    VIR_DOMAIN_STATS_DIRTYRATE = (1 << 9), /* since 7.2.0 */
    VIR_DOMAIN_STATS_VM        = (1 << 10) /* since 8.9.0 */
} virDomainStatsTypes;

/* Filters and flags of virConnectGetAllDomainStats. */
typedef enum {
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE        = (1 << 0), /* since 1.2.8 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE      = (1 << 1), /* since 1.2.8 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT    = (1 << 2), /* since 1.2.8 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_TRANSIENT     = (1 << 3), /* since 1.2.8 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING       = (1 << 4), /* since 1.2.8 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED        = (1 << 5), /* since 1.2.8 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_SHUTOFF       = (1 << 6), /* since 1.2.8 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_OTHER         = (1 << 7), /* since 1.2.8 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT        = (1 << 29), /* since 4.5.0 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING       = (1 << 30), /* since 1.2.12 */
    VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS = (1U << 31) /* since 1.2.8 */
} virConnectGetAllDomainStatsFlags;

/* The statistics of one domain. */
typedef struct _virDomainStatsRecord virDomainStatsRecord;
typedef virDomainStatsRecord *virDomainStatsRecordPtr;
struct _virDomainStatsRecord {
    virDomainPtr dom;
    virTypedParameterPtr params;
    int nparams;
};

int virConnectGetAllDomainStats(virConnectPtr conn, unsigned int stats,
                                virDomainStatsRecordPtr **retStats, unsigned int flags);
int virDomainListGetStats(virDomainPtr *doms, unsigned int stats,
                          virDomainStatsRecordPtr **retStats, unsigned int flags);
void virDomainStatsRecordListFree(virDomainStatsRecordPtr *stats);

/* What one value of virDomainMemoryStats is. */
typedef enum {
    VIR_DOMAIN_MEMORY_STAT_SWAP_IN         = 0,
    VIR_DOMAIN_MEMORY_STAT_SWAP_OUT        = 1,
    VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT     = 2,
    VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT     = 3,
    VIR_DOMAIN_MEMORY_STAT_UNUSED          = 4,
    VIR_DOMAIN_MEMORY_STAT_AVAILABLE       = 5,
    VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON  = 6,
    VIR_DOMAIN_MEMORY_STAT_RSS             = 7,
    VIR_DOMAIN_MEMORY_STAT_USABLE          = 8, /* since 2.1.0 */
    VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE     = 9, /* since 2.1.0 */
    VIR_DOMAIN_MEMORY_STAT_DISK_CACHES     = 10, /* since 4.6.0 */
    VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC = 11, /* since 5.4.0 */
    VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL  = 12, /* since 5.4.0 */
    VIR_DOMAIN_MEMORY_STAT_NR              = 13,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_MEMORY_STAT_LAST            = 13,
# endif
} virDomainMemoryStatTags;

/* One value of virDomainMemoryStats; KiB unless it is a count. */
typedef struct _virDomainMemoryStat virDomainMemoryStatStruct;
typedef virDomainMemoryStatStruct *virDomainMemoryStatPtr;
struct _virDomainMemoryStat {
    int tag; /* virDomainMemoryStatTags */
    unsigned long long val;
};

int virDomainMemoryStats(virDomainPtr dom, virDomainMemoryStatPtr stats, unsigned int nr_stats,
                         unsigned int flags);

typedef enum {
    VIR_DOMAIN_DIRTYRATE_UNSTARTED = 0, /* since 7.2.0 */
    VIR_DOMAIN_DIRTYRATE_MEASURING = 1, /* since 7.2.0 */
    VIR_DOMAIN_DIRTYRATE_MEASURED  = 2, /* since 7.2.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_DIRTYRATE_LAST      = 3,
# endif
} virDomainDirtyRateStatus;

typedef enum {
    VIR_DOMAIN_DIRTYRATE_MODE_PAGE_SAMPLING = 0, /* since 8.1.0 */
    VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP  = (1 << 0), /* since 8.1.0 */
    VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING    = (1 << 1) /* since 8.1.0 */
} virDomainDirtyRateCalcFlags;

/* Typed parameters about processor time. */
# define VIR_DOMAIN_CPU_STATS_CPUTIME    "cpu_time"
# define VIR_DOMAIN_CPU_STATS_USERTIME   "user_time"
# define VIR_DOMAIN_CPU_STATS_SYSTEMTIME "system_time"
# define VIR_DOMAIN_CPU_STATS_VCPUTIME   "vcpu_time"

/* Typed parameters that name performance events. */
# define VIR_PERF_PARAM_CMT                     "cmt"
# define VIR_PERF_PARAM_MBMT                    "mbmt"
# define VIR_PERF_PARAM_MBML                    "mbml"
# define VIR_PERF_PARAM_CACHE_MISSES            "cache_misses"
# define VIR_PERF_PARAM_CACHE_REFERENCES        "cache_references"
# define VIR_PERF_PARAM_INSTRUCTIONS            "instructions"
# define VIR_PERF_PARAM_CPU_CYCLES              "cpu_cycles"
# define VIR_PERF_PARAM_BRANCH_INSTRUCTIONS     "branch_instructions"
# define VIR_PERF_PARAM_BRANCH_MISSES           "branch_misses"
# define VIR_PERF_PARAM_BUS_CYCLES              "bus_cycles"
# define VIR_PERF_PARAM_STALLED_CYCLES_FRONTEND "stalled_cycles_frontend"
# define VIR_PERF_PARAM_STALLED_CYCLES_BACKEND  "stalled_cycles_backend"
# define VIR_PERF_PARAM_REF_CPU_CYCLES          "ref_cpu_cycles"
# define VIR_PERF_PARAM_CPU_CLOCK               "cpu_clock"
# define VIR_PERF_PARAM_TASK_CLOCK              "task_clock"
# define VIR_PERF_PARAM_PAGE_FAULTS             "page_faults"
# define VIR_PERF_PARAM_CONTEXT_SWITCHES        "context_switches"
# define VIR_PERF_PARAM_CPU_MIGRATIONS          "cpu_migrations"
# define VIR_PERF_PARAM_PAGE_FAULTS_MIN         "page_faults_min"
# define VIR_PERF_PARAM_PAGE_FAULTS_MAJ         "page_faults_maj"
# define VIR_PERF_PARAM_ALIGNMENT_FAULTS        "alignment_faults"
# define VIR_PERF_PARAM_EMULATION_FAULTS        "emulation_faults"

# ifdef __cplusplus
}
# endif

#endif
