/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "qemu/host-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

guint64
host_free_memory(const char *sysroot, GError **err)
{
    g_autofree char *meminfo = host_read(sysroot, "/proc/meminfo");
    guint64 kib;

    if (host_meminfo(meminfo, "MemFree", &kib))
        return kib * 1024;
    fail(err, VIR_ERR_INTERNAL_ERROR, _("cannot read the host's free memory from '/proc/meminfo'"));
    return 0;
}

bool
host_cells_free_memory(const char *sysroot, const CellsIn *in, U64ListOut *out, GError **err)
{
    g_autoptr(HostTopology) topology = host_topology_read(sysroot);
    const gint32 last = (gint32)topology->cells->len - 1;
    guint n;

    if (in->start < 0 || in->start > last)
        return fail(err, VIR_ERR_INVALID_ARG, _("start cell %d out of range (0-%d)"), in->start, last);
    n = MIN(MAX(in->max, 0), last - in->start + 1);
    out->list.v = g_new0(guint64, MAX(n, 1));
    out->list.n = n;
    for (guint i = 0; i < n; i++)
        out->list.v[i] = g_array_index(topology->cells, HostCell, in->start + i).free_kib * 1024;
    return true;
}

/* The caller asks how many there are (nparams 0), then for exactly that many. */
static bool
fill_stats(const NodeStatsIn *in, const NodeStat *stats, guint n, NodeStatsOut *out, GError **err)
{
    out->nparams = n;
    if (in->nparams == 0)
        return true;
    if (in->nparams != (gint32)n)
        return fail(err, VIR_ERR_INVALID_ARG, _("nparams must be equal to %u"), n);
    out->v = g_new0(NodeStat, n);
    out->n = n;
    for (guint i = 0; i < n; i++)
        out->v[i] = (NodeStat){ .field = g_strdup(stats[i].field), .value = stats[i].value };
    return true;
}

static guint64
ticks_to_ns(guint64 ticks)
{
    return ticks * (G_GUINT64_CONSTANT(1000000000) / sysconf(_SC_CLK_TCK));
}

/* The line of /proc/stat: "cpu" or "cpu3". */
static const char *
find_cpu_line(const char *text, gint32 which)
{
    g_autofree char *label = which < 0 ? g_strdup("cpu ") : g_strdup_printf("cpu%d ", which);
    const char *at = text;

    while (at && !g_str_has_prefix(at, label)) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return at ? at + strlen(label) : NULL;
}

bool
host_cpu_stats(const char *sysroot, const NodeStatsIn *in, NodeStatsOut *out, GError **err)
{
    enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, N };
    guint64 t[N] = { 0 };
    g_autofree char *text = host_read(sysroot, "/proc/stat");
    const char *at = find_cpu_line(text, in->which);

    if (!verb_check_flags(in->flags, 0, "virNodeGetCPUStats", err))
        return false;
    if (in->which < VIR_NODE_CPU_STATS_ALL_CPUS || !at)
        return fail(err, VIR_ERR_INVALID_ARG, _("the host has no CPU %d online"), in->which);
    for (int i = 0; i < N; i++)
        t[i] = g_ascii_strtoull(at, (char **)&at, 10);

    const NodeStat stats[] = {
        { (char *)VIR_NODE_CPU_STATS_KERNEL, ticks_to_ns(t[SYSTEM] + t[IRQ] + t[SOFTIRQ]) },
        { (char *)VIR_NODE_CPU_STATS_USER, ticks_to_ns(t[USER] + t[NICE]) },
        { (char *)VIR_NODE_CPU_STATS_IDLE, ticks_to_ns(t[IDLE]) },
        { (char *)VIR_NODE_CPU_STATS_IOWAIT, ticks_to_ns(t[IOWAIT]) },
    };
    return fill_stats(in, stats, G_N_ELEMENTS(stats), out, err);
}

bool
host_memory_stats(const char *sysroot, const NodeStatsIn *in, NodeStatsOut *out, GError **err)
{
    const bool all = in->which == VIR_NODE_MEMORY_STATS_ALL_CELLS;
    g_autofree char *text = NULL;
    guint64 total = 0, available = 0, buffers = 0, cached = 0;

    if (!verb_check_flags(in->flags, 0, "virNodeGetMemoryStats", err))
        return false;
    text = all ? host_read(sysroot, "/proc/meminfo")
               : host_read(sysroot, "/sys/devices/system/node/node%d/meminfo", MAX(in->which, 0));
    if (in->which < VIR_NODE_MEMORY_STATS_ALL_CELLS || !host_meminfo(text, "MemTotal", &total))
        return fail(err, VIR_ERR_INVALID_ARG, _("the host has no memory cell %d"), in->which);
    host_meminfo(text, "MemFree", &available);
    host_meminfo(text, "Buffers", &buffers);
    host_meminfo(text, "Cached", &cached);

    const NodeStat stats[] = {
        { (char *)VIR_NODE_MEMORY_STATS_TOTAL, total },
        { (char *)VIR_NODE_MEMORY_STATS_FREE, available },
        { (char *)VIR_NODE_MEMORY_STATS_BUFFERS, buffers },
        { (char *)VIR_NODE_MEMORY_STATS_CACHED, cached },
    };
    return fill_stats(in, stats, all ? 4 : 2, out, err);
}
