/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's CPUs and memory. */
#include <stdlib.h>
#include <string.h>

#include "shell.h"

static bool
run_nodeinfo(Shell *sh, const Cmd *cmd)
{
    virNodeInfo info;

    if (virNodeGetInfo(sh->conn, &info) < 0) {
        complain(_("failed to get node information"));
        return false;
    }
    pair(sh, 21, _("CPU model:"), "cpu_model", "%s", info.model);
    pair_number(sh, 21, _("CPU(s):"), "cpus", info.cpus, NULL);
    pair_number(sh, 21, _("CPU frequency:"), "mhz", info.mhz, "MHz");
    pair_number(sh, 21, _("CPU socket(s):"), "sockets", info.sockets, NULL);
    pair_number(sh, 21, _("Core(s) per socket:"), "cores", info.cores, NULL);
    pair_number(sh, 21, _("Thread(s) per core:"), "threads", info.threads, NULL);
    pair_number(sh, 21, _("NUMA cell(s):"), "cells", info.nodes, NULL);
    pair_number(sh, 21, _("Memory size:"), "memory_kib", info.memory, "KiB");
    return true;
}

static const OptDef freecell_options[] = {
    { "cellno", OPT_NUMBER, 0, NULL, N_("NUMA cell") },
    { "all", OPT_BOOL, 0, NULL, N_("all NUMA cells") },
    OPT_END
};

static bool
print_all_cells(Shell *sh)
{
    virNodeInfo info;
    g_autofree unsigned long long *free_bytes = NULL;
    unsigned long long total = 0;
    int n;

    if (virNodeGetInfo(sh->conn, &info) < 0)
        return false;
    free_bytes = g_new0(unsigned long long, info.nodes);
    n = virNodeGetCellsFreeMemory(sh->conn, free_bytes, 0, (int)info.nodes);
    if (n < 0)
        return false;
    for (int i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("%d", i);

        json_number(sh, key, free_bytes[i] / 1024);
        print(sh, "%5d: %10llu KiB\n", i, free_bytes[i] / 1024);
        total += free_bytes[i] / 1024;
    }
    print(sh, "--------------------\n");
    json_number(sh, "total", total);
    print(sh, "%5s: %10llu KiB\n", _("Total"), total);
    return true;
}

static bool
run_freecell(Shell *sh, const Cmd *cmd)
{
    unsigned long long bytes = 0;
    int cell = -1;

    if (!opt_exclusive(cmd, "all", "cellno") || !opt_int(cmd, "cellno", &cell))
        return false;
    if (opt_bool(cmd, "all"))
        return print_all_cells(sh);
    if (opt_bool(cmd, "cellno")) {
        if (virNodeGetCellsFreeMemory(sh->conn, &bytes, cell, 1) != 1)
            return false;
        json_number(sh, "free_kib", bytes / 1024);
        print(sh, "%d: %llu KiB\n", cell, bytes / 1024);
        return true;
    }
    bytes = virNodeGetFreeMemory(sh->conn);
    if (bytes == 0)
        return false;
    json_number(sh, "total", bytes / 1024);
    print(sh, "%s: %llu KiB\n", _("Total"), bytes / 1024);
    return true;
}

static const OptDef memstats_options[] = {
    { "cell", OPT_NUMBER, 0, NULL, N_("only of this NUMA cell") }, OPT_END
};

static bool
run_memstats(Shell *sh, const Cmd *cmd)
{
    int cell = VIR_NODE_MEMORY_STATS_ALL_CELLS, n = 0;
    g_autofree virNodeMemoryStats *stats = NULL;

    if (!opt_int(cmd, "cell", &cell))
        return false;
    if (virNodeGetMemoryStats(sh->conn, cell, NULL, &n, 0) < 0) {
        complain(_("Unable to get number of memory stats"));
        return false;
    }
    stats = g_new0(virNodeMemoryStats, n);
    if (virNodeGetMemoryStats(sh->conn, cell, stats, &n, 0) < 0) {
        complain(_("Unable to get memory stats"));
        return false;
    }
    for (int i = 0; i < n; i++) {
        json_number(sh, stats[i].field, stats[i].value);
        print(sh, "%-7s: %20llu KiB\n", stats[i].field, stats[i].value);
    }
    return true;
}

typedef struct {
    const char *field, *label;
} CpuField;

static const CpuField cpu_fields[] = {
    { VIR_NODE_CPU_STATS_USER, N_("user:") },     { VIR_NODE_CPU_STATS_KERNEL, N_("system:") },
    { VIR_NODE_CPU_STATS_IDLE, N_("idle:") },     { VIR_NODE_CPU_STATS_IOWAIT, N_("iowait:") },
    { VIR_NODE_CPU_STATS_INTR, N_("intr:") },
};

#define CPU_FIELDS G_N_ELEMENTS(cpu_fields)

static bool
get_cpu_stats(Shell *sh, int cpu, unsigned long long ret[CPU_FIELDS], bool present[CPU_FIELDS])
{
    g_autofree virNodeCPUStats *stats = NULL;
    int n = 0;

    if (virNodeGetCPUStats(sh->conn, cpu, NULL, &n, 0) < 0) {
        complain(_("Unable to get number of cpu stats"));
        return false;
    }
    stats = g_new0(virNodeCPUStats, n);
    if (virNodeGetCPUStats(sh->conn, cpu, stats, &n, 0) < 0) {
        complain(_("Unable to get node cpu stats"));
        return false;
    }
    for (guint f = 0; f < CPU_FIELDS; f++) {
        for (int i = 0; i < n; i++) {
            if (strcmp(stats[i].field, cpu_fields[f].field) == 0) {
                ret[f] = stats[i].value;
                present[f] = true;
            }
        }
    }
    return true;
}

static bool
print_percent(Shell *sh, int cpu)
{
    unsigned long long a[CPU_FIELDS] = { 0 }, b[CPU_FIELDS] = { 0 }, sum = 0;
    bool present[CPU_FIELDS] = { false };

    if (!get_cpu_stats(sh, cpu, a, present))
        return false;
    /* The measurement itself: what the CPUs do during one second. */
    g_usleep(G_USEC_PER_SEC);
    if (!get_cpu_stats(sh, cpu, b, present))
        return false;
    for (guint i = 0; i < CPU_FIELDS; i++)
        sum += b[i] - a[i];
    if (sum == 0)
        sum = 1;
    print_padded(sh, 15, _("usage:"), " %5.1lf%%\n", 100.0 - (double)(b[2] - a[2]) * 100.0 / (double)sum);
    for (guint i = 0; i < CPU_FIELDS; i++) {
        double share = (double)(b[i] - a[i]) * 100.0 / (double)sum;
        g_autofree char *value = g_strdup_printf("%.1f", share);

        if (!present[i])
            continue;
        json_string(sh, cpu_fields[i].field, value);
        print_padded(sh, 15, _(cpu_fields[i].label), " %5.1lf%%\n", share);
    }
    return true;
}

static const OptDef cpustats_options[] = {
    { "cpu", OPT_NUMBER, 0, NULL, N_("only of this CPU") },
    { "percent", OPT_BOOL, 0, NULL, N_("shares of the next second") },
    OPT_END
};

static bool
run_cpustats(Shell *sh, const Cmd *cmd)
{
    unsigned long long values[CPU_FIELDS] = { 0 };
    bool present[CPU_FIELDS] = { false };
    int cpu = VIR_NODE_CPU_STATS_ALL_CPUS;

    if (!opt_int(cmd, "cpu", &cpu))
        return false;
    if (opt_bool(cmd, "percent"))
        return print_percent(sh, cpu);
    if (!get_cpu_stats(sh, cpu, values, present))
        return false;
    for (guint i = 0; i < CPU_FIELDS; i++) {
        if (!present[i])
            continue;
        json_number(sh, cpu_fields[i].field, values[i]);
        print_padded(sh, 15, _(cpu_fields[i].label), " %20llu\n", values[i]);
    }
    return true;
}

static const OptDef cpumap_options[] = {
    { "pretty", OPT_BOOL, 0, NULL, N_("ranges instead of a map") }, OPT_END
};

static bool
run_cpumap(Shell *sh, const Cmd *cmd)
{
    unsigned char *map = NULL;
    unsigned int online = 0;
    int present = virNodeGetCPUMap(sh->conn, &map, &online, 0);
    g_autofree char *shown = NULL;

    if (present < 0) {
        complain(_("Unable to get cpu map"));
        return false;
    }
    shown = cpu_map_text(map, present, opt_bool(cmd, "pretty"));
    free(map);
    pair_number(sh, 16, _("CPUs present:"), "present", (guint64)present, NULL);
    pair_number(sh, 16, _("CPUs online:"), "online", online, NULL);
    pair(sh, 16, _("CPU map:"), "map", "%s", shown);
    return true;
}

const CmdDef cmds_node[] = {
    { "freecell", freecell_options, run_freecell, N_("free memory"), N_("Print the host's free memory."), 0 },
    { "nodecpumap", cpumap_options, run_cpumap, N_("the host's CPUs"), N_("Print which CPUs of the host are online."),
      0 },
    { "nodecpustats", cpustats_options, run_cpustats, N_("what the host's CPUs do"),
      N_("Print what the host's CPUs did since it started, in nanoseconds."), 0 },
    { "nodeinfo", NULL, run_nodeinfo, N_("the host's hardware"), N_("Print what the host has."), 0 },
    { "nodememstats", memstats_options, run_memstats, N_("the host's memory"),
      N_("Print the host's memory in KiB."), 0 },
    { NULL }
};
