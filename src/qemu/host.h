/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host as /proc, /sys and DMI show it, in the shape of the verbs that ask for it. Knows nothing of QEMU or
 * domains; host-caps.h puts both together.
 *
 * Any thread, also the loop's: nothing here waits for anything but the kernel. sysroot is "" (tests: a directory with
 * a recorded proc/ and sys/).
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "model/verbs.h"

bool host_node_info(const char *sysroot, virNodeInfo *ret_info, GError **err);
/* CPU sockets, cores and threads under one NUMA node are what virNodeInfo wants; this is the whole picture. */
typedef struct {
    guint id, node, socket, die, core; /* as the kernel numbers them */
    char *siblings;                    /* "0,4" */
    bool  online;
} HostCpu;

typedef struct {
    guint   id;
    guint64 total_kib, free_kib;
    GArray *distances;                 /* of guint, by node */
} HostCell;

typedef struct {
    GArray *cpus;  /* HostCpu, by id; every possible CPU that is present */
    GArray *cells; /* HostCell, by id */
} HostTopology;

HostTopology *host_topology_read(const char *sysroot);
void          host_topology_free(HostTopology *topology);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HostTopology, host_topology_free)

guint64 host_free_memory(const char *sysroot, GError **err); /* bytes; 0 with err */
bool host_cells_free_memory(const char *sysroot, const CellsIn *in, U64ListOut *out, GError **err);
bool host_cpu_stats(const char *sysroot, const NodeStatsIn *in, NodeStatsOut *out, GError **err);
bool host_memory_stats(const char *sysroot, const NodeStatsIn *in, NodeStatsOut *out, GError **err);
bool host_cpu_map(const char *sysroot, const CpuMapIn *in, CpuMapOut *out, GError **err);

/* "vendor/family/model/stepping/microcode" of the first CPU; caller frees. */
char *host_cpu_signature(const char *sysroot);
/* Value of a /proc/cpuinfo line of the first CPU ("vendor_id", "flags"); NULL: no such line. Caller frees. */
char *host_cpuinfo(const char *sysroot, const char *key);

/* From DMI; false (ret untouched) when the host has no valid one, or we may not read it. */
bool host_dmi_uuid(const char *sysroot, guint8 *ret_uuid);
/* <sysinfo type='smbios'> */
char *host_sysinfo_xml(const char *sysroot, GError **err);
char *host_name(void);
