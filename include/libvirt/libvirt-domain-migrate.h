/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Migration of domains, and the jobs that show how it proceeds. Part of libvirt-domain.h.
 * Each function is documented where it is defined (src/api/domain-migrate.c, domain-job.c).
 */
#ifndef GODWIT_LIBVIRT_DOMAIN_MIGRATE_H
# define GODWIT_LIBVIRT_DOMAIN_MIGRATE_H

# include <libvirt/libvirt-domain.h>

# ifdef __cplusplus
extern "C" {
# endif

/* How a domain is migrated. */
typedef enum {
    VIR_MIGRATE_LIVE                          = (1 << 0), /* guest runs while its memory is copied */
    VIR_MIGRATE_PEER2PEER                     = (1 << 1), /* source host drives, talking to the destination itself */
    VIR_MIGRATE_TUNNELLED                     = (1 << 2), /* through the connection between the hosts' daemons */
    VIR_MIGRATE_PERSIST_DEST                  = (1 << 3), /* define at the destination */
    VIR_MIGRATE_UNDEFINE_SOURCE               = (1 << 4), /* undefine at the source */
    VIR_MIGRATE_PAUSED                        = (1 << 5), /* leave paused at the destination */
    VIR_MIGRATE_NON_SHARED_DISK               = (1 << 6), /* copy whole disks */
    VIR_MIGRATE_NON_SHARED_INC                = (1 << 7), /* copy top images; the backing chain is there already */
    VIR_MIGRATE_CHANGE_PROTECTION             = (1 << 8), /* refuse changes of the definition meanwhile */
    VIR_MIGRATE_UNSAFE                        = (1 << 9), /* skip the disk cache check */
    VIR_MIGRATE_OFFLINE                       = (1 << 10), /* since 1.0.1; only the definition */
    VIR_MIGRATE_COMPRESSED                    = (1 << 11), /* since 1.0.3; compress memory pages */
    VIR_MIGRATE_ABORT_ON_ERROR                = (1 << 12), /* since 1.1.0; give up when the guest stops on an I/O error */
    VIR_MIGRATE_AUTO_CONVERGE                 = (1 << 13), /* since 1.2.3; slow the guest down until it converges */
    VIR_MIGRATE_RDMA_PIN_ALL                  = (1 << 14), /* since 1.2.9; pin all memory before an RDMA transfer */
    VIR_MIGRATE_POSTCOPY                      = (1 << 15), /* since 1.3.3; allow virDomainMigrateStartPostCopy */
    VIR_MIGRATE_TLS                           = (1 << 16), /* since 3.2.0; encrypt the memory transfer */
    VIR_MIGRATE_PARALLEL                      = (1 << 17), /* since 5.2.0; several connections */
    VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES = (1 << 18), /* since 8.0.0; guest writes wait for the copy */
    VIR_MIGRATE_POSTCOPY_RESUME               = (1 << 19), /* since 8.5.0; continue a broken post-copy migration */
    VIR_MIGRATE_ZEROCOPY                      = (1 << 20) /* since 8.5.0; send memory without copying it in the kernel */
} virDomainMigrateFlags;

/* Typed parameters of virDomainMigrate3 and virDomainMigrateToURI3. */
# define VIR_MIGRATE_PARAM_URI                      "migrate_uri"
# define VIR_MIGRATE_PARAM_DEST_NAME                "destination_name"
# define VIR_MIGRATE_PARAM_DEST_XML                 "destination_xml"
# define VIR_MIGRATE_PARAM_PERSIST_XML              "persistent_xml"
# define VIR_MIGRATE_PARAM_BANDWIDTH                "bandwidth"
# define VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY       "bandwidth.postcopy"
# define VIR_MIGRATE_PARAM_GRAPHICS_URI             "graphics_uri"
# define VIR_MIGRATE_PARAM_LISTEN_ADDRESS           "listen_address"
# define VIR_MIGRATE_PARAM_MIGRATE_DISKS            "migrate_disks"
# define VIR_MIGRATE_PARAM_DISKS_PORT               "disks_port"
# define VIR_MIGRATE_PARAM_DISKS_URI                "disks_uri"
# define VIR_MIGRATE_PARAM_COMPRESSION              "compression"
# define VIR_MIGRATE_PARAM_COMPRESSION_MT_LEVEL     "compression.mt.level"
# define VIR_MIGRATE_PARAM_COMPRESSION_MT_THREADS   "compression.mt.threads"
# define VIR_MIGRATE_PARAM_COMPRESSION_MT_DTHREADS  "compression.mt.dthreads"
# define VIR_MIGRATE_PARAM_COMPRESSION_XBZRLE_CACHE "compression.xbzrle.cache"
# define VIR_MIGRATE_PARAM_AUTO_CONVERGE_INITIAL    "auto_converge.initial"
# define VIR_MIGRATE_PARAM_AUTO_CONVERGE_INCREMENT  "auto_converge.increment"
# define VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS     "parallel.connections"
# define VIR_MIGRATE_PARAM_TLS_DESTINATION          "tls.destination"
/* Of later versions of libvirt than the rest of this page. */
# define VIR_MIGRATE_PARAM_COMPRESSION_ZLIB_LEVEL   "compression.zlib.level"
# define VIR_MIGRATE_PARAM_COMPRESSION_ZSTD_LEVEL   "compression.zstd.level"
# define VIR_MIGRATE_PARAM_MIGRATE_DISKS_DETECT_ZEROES "migrate_disks_detect_zeroes"
# define VIR_MIGRATE_PARAM_BANDWIDTH_AVAIL_SWITCHOVER "bandwidth.avail.switchover"

virDomainPtr virDomainMigrate(virDomainPtr domain, virConnectPtr dconn, unsigned long flags,
                              const char *dname, const char *uri, unsigned long bandwidth);
virDomainPtr virDomainMigrate2(virDomainPtr domain, virConnectPtr dconn, const char *dxml,
                               unsigned long flags, const char *dname, const char *uri,
                               unsigned long bandwidth);
virDomainPtr virDomainMigrate3(virDomainPtr domain, virConnectPtr dconn,
                               virTypedParameterPtr params, unsigned int nparams,
                               unsigned int flags);
int virDomainMigrateToURI(virDomainPtr domain, const char *duri, unsigned long flags,
                          const char *dname, unsigned long bandwidth);
int virDomainMigrateToURI2(virDomainPtr domain, const char *dconnuri, const char *miguri,
                           const char *dxml, unsigned long flags, const char *dname,
                           unsigned long bandwidth);
int virDomainMigrateToURI3(virDomainPtr domain, const char *dconnuri, virTypedParameterPtr params,
                           unsigned int nparams, unsigned int flags);

/* Which limit virDomainMigrateSetMaxSpeed is about. */
typedef enum {
    VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY = (1 << 0) /* since 5.1.0 */
} virDomainMigrateMaxSpeedFlags;

int virDomainMigrateSetMaxDowntime(virDomainPtr domain, unsigned long long downtime,
                                   unsigned int flags);
int virDomainMigrateGetMaxDowntime(virDomainPtr domain, unsigned long long *downtime,
                                   unsigned int flags);
int virDomainMigrateSetMaxSpeed(virDomainPtr domain, unsigned long bandwidth, unsigned int flags);
int virDomainMigrateGetMaxSpeed(virDomainPtr domain, unsigned long *bandwidth, unsigned int flags);
int virDomainMigrateSetCompressionCache(virDomainPtr domain, unsigned long long cacheSize,
                                        unsigned int flags);
int virDomainMigrateGetCompressionCache(virDomainPtr domain, unsigned long long *cacheSize,
                                        unsigned int flags);
int virDomainMigrateStartPostCopy(virDomainPtr domain, unsigned int flags);

/* How far a job is. */
typedef enum {
    VIR_DOMAIN_JOB_NONE      = 0,
    VIR_DOMAIN_JOB_BOUNDED   = 1,
    VIR_DOMAIN_JOB_UNBOUNDED = 2,
    VIR_DOMAIN_JOB_COMPLETED = 3,
    VIR_DOMAIN_JOB_FAILED    = 4,
    VIR_DOMAIN_JOB_CANCELLED = 5,
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_JOB_LAST      = 6,
# endif
} virDomainJobType;

/* What a job does; VIR_DOMAIN_JOB_OPERATION of virDomainGetJobStats. */
typedef enum {
    VIR_DOMAIN_JOB_OPERATION_UNKNOWN         = 0, /* since 3.3.0 */
    VIR_DOMAIN_JOB_OPERATION_START           = 1, /* since 3.3.0 */
    VIR_DOMAIN_JOB_OPERATION_SAVE            = 2, /* since 3.3.0 */
    VIR_DOMAIN_JOB_OPERATION_RESTORE         = 3, /* since 3.3.0 */
    VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN    = 4, /* since 3.3.0 */
    VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT   = 5, /* since 3.3.0 */
    VIR_DOMAIN_JOB_OPERATION_SNAPSHOT        = 6, /* since 3.3.0 */
    VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_REVERT = 7, /* since 3.3.0 */
    VIR_DOMAIN_JOB_OPERATION_DUMP            = 8, /* since 3.3.0 */
    VIR_DOMAIN_JOB_OPERATION_BACKUP          = 9, /* since 6.0.0 */
    VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_DELETE = 10, /* since 9.0.0 */
# ifdef VIR_ENUM_SENTINELS
    VIR_DOMAIN_JOB_OPERATION_LAST            = 11,
# endif
} virDomainJobOperation;

/* Flags of virDomainGetJobStats. */
typedef enum {
    VIR_DOMAIN_JOB_STATS_COMPLETED      = (1 << 0), /* since 1.2.9 */
    VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED = (1 << 1) /* since 6.0.0 */
} virDomainGetJobStatsFlags;

/* Flags of virDomainAbortJobFlags. */
typedef enum {
    VIR_DOMAIN_ABORT_JOB_POSTCOPY = (1 << 0) /* since 8.5.0 */
} virDomainAbortJobFlagsValues;

/* Progress of the current job. Times in milliseconds, data in bytes. */
typedef struct _virDomainJobInfo virDomainJobInfo;
typedef virDomainJobInfo *virDomainJobInfoPtr;
struct _virDomainJobInfo {
    int type; /* virDomainJobType */
    unsigned long long timeElapsed;
    unsigned long long timeRemaining;
    unsigned long long dataTotal;
    unsigned long long dataProcessed;
    unsigned long long dataRemaining;
    unsigned long long memTotal;
    unsigned long long memProcessed;
    unsigned long long memRemaining;
    unsigned long long fileTotal;
    unsigned long long fileProcessed;
    unsigned long long fileRemaining;
};

int virDomainGetJobInfo(virDomainPtr domain, virDomainJobInfoPtr info);
int virDomainGetJobStats(virDomainPtr domain, int *type, virTypedParameterPtr *params, int *nparams,
                         unsigned int flags);
int virDomainAbortJob(virDomainPtr domain);
int virDomainAbortJobFlags(virDomainPtr domain, unsigned int flags);

/* Typed parameters of virDomainGetJobStats and of the job-completed event. */
# define VIR_DOMAIN_JOB_OPERATION                "operation"
# define VIR_DOMAIN_JOB_TIME_ELAPSED             "time_elapsed"
# define VIR_DOMAIN_JOB_TIME_ELAPSED_NET         "time_elapsed_net"
# define VIR_DOMAIN_JOB_TIME_REMAINING           "time_remaining"
# define VIR_DOMAIN_JOB_DOWNTIME                 "downtime"
# define VIR_DOMAIN_JOB_DOWNTIME_NET             "downtime_net"
# define VIR_DOMAIN_JOB_SETUP_TIME               "setup_time"
# define VIR_DOMAIN_JOB_DATA_TOTAL               "data_total"
# define VIR_DOMAIN_JOB_DATA_PROCESSED           "data_processed"
# define VIR_DOMAIN_JOB_DATA_REMAINING           "data_remaining"
# define VIR_DOMAIN_JOB_MEMORY_TOTAL             "memory_total"
# define VIR_DOMAIN_JOB_MEMORY_PROCESSED         "memory_processed"
# define VIR_DOMAIN_JOB_MEMORY_REMAINING         "memory_remaining"
# define VIR_DOMAIN_JOB_MEMORY_CONSTANT          "memory_constant"
# define VIR_DOMAIN_JOB_MEMORY_NORMAL            "memory_normal"
# define VIR_DOMAIN_JOB_MEMORY_NORMAL_BYTES      "memory_normal_bytes"
# define VIR_DOMAIN_JOB_MEMORY_BPS               "memory_bps"
# define VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE        "memory_dirty_rate"
# define VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE         "memory_page_size"
# define VIR_DOMAIN_JOB_MEMORY_ITERATION         "memory_iteration"
# define VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS     "memory_postcopy_requests"
# define VIR_DOMAIN_JOB_DISK_TOTAL               "disk_total"
# define VIR_DOMAIN_JOB_DISK_PROCESSED           "disk_processed"
# define VIR_DOMAIN_JOB_DISK_REMAINING           "disk_remaining"
# define VIR_DOMAIN_JOB_DISK_BPS                 "disk_bps"
# define VIR_DOMAIN_JOB_COMPRESSION_CACHE        "compression_cache"
# define VIR_DOMAIN_JOB_COMPRESSION_BYTES        "compression_bytes"
# define VIR_DOMAIN_JOB_COMPRESSION_PAGES        "compression_pages"
# define VIR_DOMAIN_JOB_COMPRESSION_CACHE_MISSES "compression_cache_misses"
# define VIR_DOMAIN_JOB_COMPRESSION_OVERFLOW     "compression_overflow"
# define VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE   "auto_converge_throttle"
# define VIR_DOMAIN_JOB_SUCCESS                  "success"
# define VIR_DOMAIN_JOB_ERRMSG                   "errmsg"
# define VIR_DOMAIN_JOB_DISK_TEMP_USED           "disk_temp_used"
# define VIR_DOMAIN_JOB_DISK_TEMP_TOTAL          "disk_temp_total"

# ifdef __cplusplus
}
# endif

#endif
