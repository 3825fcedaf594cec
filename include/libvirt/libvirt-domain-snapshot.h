/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots: this library counts them, it makes none.
 */
#ifndef GODWIT_LIBVIRT_DOMAIN_SNAPSHOT_H
# define GODWIT_LIBVIRT_DOMAIN_SNAPSHOT_H

# include <libvirt/libvirt-domain.h>

# ifdef __cplusplus
extern "C" {
# endif

/* A snapshot. This library offers none; a domain can be asked how many it has. */
typedef struct _virDomainSnapshot virDomainSnapshot;
typedef virDomainSnapshot *virDomainSnapshotPtr;

/* Filters of virDomainSnapshotNum. */
typedef enum {
    VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS = (1 << 0),
    VIR_DOMAIN_SNAPSHOT_LIST_ROOTS       = (1 << 0),
    VIR_DOMAIN_SNAPSHOT_LIST_METADATA    = (1 << 1),
    VIR_DOMAIN_SNAPSHOT_LIST_LEAVES      = (1 << 2),
    VIR_DOMAIN_SNAPSHOT_LIST_NO_LEAVES   = (1 << 3),
    VIR_DOMAIN_SNAPSHOT_LIST_NO_METADATA = (1 << 4),
    VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE    = (1 << 5),
    VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE      = (1 << 6),
    VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY   = (1 << 7),
    VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL    = (1 << 8),
    VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL    = (1 << 9),
    VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL = (1 << 10)
} virDomainSnapshotListFlags;

int virDomainSnapshotNum(virDomainPtr domain, unsigned int flags);

# ifdef __cplusplus
}
# endif

#endif
