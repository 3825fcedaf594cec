/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers that QEMU or /proc have to be asked for: vCPUs, memory, and the combined statistics. */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/params.h"
#include "qemu/driver-private.h"
#include "qemu/qmp-commands.h"
#include "util/err.h"
#include "util/file.h"
#include "util/json.h"
#include "util/spawn.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* Field 39 of /proc/PID/task/TID/stat: the CPU that the thread ran on last; -1: unknown. */
static int
last_cpu(pid_t pid, gint64 tid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%" G_GINT64_FORMAT "/stat", (int)pid, tid);
    g_autofree char *text = NULL;
    g_auto(GStrv) fields = NULL;
    char *after;

    if (!g_file_get_contents(path, &text, NULL, NULL) || !(after = strrchr(text, ')')) || !after[1])
        return -1;
    fields = g_strsplit(after + 2, " ", -1);
    return g_strv_length(fields) > 39 - 3 ? (int)g_ascii_strtoll(fields[39 - 3], NULL, 10) : -1;
}

/* Where the thread may run, as a bit map of maplen bytes. */
static void
fill_map(gint64 tid, guint8 *map, guint maplen)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity((pid_t)tid, sizeof(set), &set) < 0)
        return;
    for (guint cpu = 0; cpu < maplen * 8 && cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set))
            map[cpu / 8] |= (guint8)(1u << (cpu % 8));
}

static void
fill_vcpus(pid_t pid, const GArray *threads, const VcpusIn *in, VcpusOut *out)
{
    guint n = MIN(threads->len, (guint)MAX(in->maxinfo, 0)), maplen = (guint)MAX(in->maplen, 0);

    out->n = n;
    out->v = g_new0(VcpuInfo, MAX(n, 1));
    out->maps_len = n * maplen;
    out->maps = out->maps_len > 0 ? g_malloc0(out->maps_len) : NULL;
    for (guint i = 0; i < n; i++) {
        gint64 tid = g_array_index(threads, gint64, i);

        out->v[i] = (VcpuInfo){ .number = i, .state = VIR_VCPU_RUNNING, .cpu = last_cpu(pid, tid) };
        spawn_cpu_time((pid_t)tid, &out->v[i].cpu_time);
        if (maplen > 0)
            fill_map(tid, out->maps + i * maplen, maplen);
    }
}

enum { MAX_VCPU_INFO = 16384, MAX_VCPU_MAPS = 1024 * 1024 };

bool
qemu_verb_domain_get_vcpus(VirConn *conn, const VcpusIn *in, VcpusOut *out, GError **err)
{
    g_autoptr(GArray) threads = NULL;
    g_autoptr(QmpClient) qmp = NULL;
    QemuDomain *dom;
    pid_t pid;

    if (in->maxinfo < 0 || in->maxinfo > MAX_VCPU_INFO || in->maplen < 0 ||
        (gint64)in->maxinfo * in->maplen > MAX_VCPU_MAPS)
        return fail(err, VIR_ERR_INVALID_ARG, _("more than %d vCPUs or %d bytes of CPU maps"), MAX_VCPU_INFO,
                    MAX_VCPU_MAPS);
    dom = qemu_verb_begin(conn, &in->dom, JOB_QUERY, RUNNING_DOMAIN, "virDomainGetVcpus", err);
    if (!dom)
        return false;
    qmp = qemu_domain_qmp(dom, err);
    threads = qmp ? qmp_query_cpu_threads(qmp, err) : NULL;
    pid = dom->pid;
    qemu_verb_end(dom);
    if (threads)
        fill_vcpus(pid, threads, in, out);
    return threads != NULL;
}

/* Member of guest-stats; the tag; bytes become KiB where they are bytes. */
static const struct {
    const char *name;
    gint32      tag;
    guint       divide;
} guest_stats[] = {
    { "stat-swap-in", VIR_DOMAIN_MEMORY_STAT_SWAP_IN, 1024 },
    { "stat-swap-out", VIR_DOMAIN_MEMORY_STAT_SWAP_OUT, 1024 },
    { "stat-major-faults", VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT, 1 },
    { "stat-minor-faults", VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT, 1 },
    { "stat-free-memory", VIR_DOMAIN_MEMORY_STAT_UNUSED, 1024 },
    { "stat-total-memory", VIR_DOMAIN_MEMORY_STAT_AVAILABLE, 1024 },
    { "stat-available-memory", VIR_DOMAIN_MEMORY_STAT_USABLE, 1024 },
    { "stat-disk-caches", VIR_DOMAIN_MEMORY_STAT_DISK_CACHES, 1024 },
    { "stat-htlb-pgalloc", VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC, 1 },
    { "stat-htlb-pgfail", VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL, 1 },
};

static void
add_stat(GArray *stats, guint32 max, gint32 tag, guint64 value)
{
    MemStat one = { tag, value };

    if (stats->len < max)
        g_array_append_val(stats, one);
}

/* The guest's driver sends -1 for what it does not know. */
static void
add_guest_stats(JsonObject *reply, GArray *stats, guint32 max)
{
    JsonObject *values = json_get_object(reply, "stats");
    gint64 when = json_int_or(reply, "last-update", 0);

    for (gsize i = 0; i < G_N_ELEMENTS(guest_stats); i++) {
        gint64 value = json_int_or(values, guest_stats[i].name, -1);

        if (value >= 0)
            add_stat(stats, max, guest_stats[i].tag, (guint64)value / guest_stats[i].divide);
    }
    if (when > 0)
        add_stat(stats, max, VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE, (guint64)when);
}

static guint64
resident_kib(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/statm", (int)pid);
    g_autofree char *text = NULL;
    unsigned long size, resident;

    if (!g_file_get_contents(path, &text, NULL, NULL) || sscanf(text, "%lu %lu", &size, &resident) != 2)
        return 0;
    return (guint64)resident * (guint64)sysconf(_SC_PAGESIZE) / 1024;
}

/* Job held. */
static bool
collect_memory(QemuDomain *dom, guint32 max, GArray *stats, GError **err)
{
    g_autoptr(QmpClient) qmp = qemu_domain_qmp(dom, err);
    const DomBalloon *balloon = dom->def->balloon;
    JsonObject *reply;
    guint64 actual;

    if (!qmp)
        return false;
    if (balloon && balloon->model != DOM_BALLOON_NONE && balloon->info.alias) {
        if (!qmp_query_balloon(qmp, &actual, err))
            return false;
        add_stat(stats, max, VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, actual / 1024);
        /* Absent until the guest's driver runs; then the rest is still worth having. */
        reply = qmp_query_guest_stats(qmp, balloon->info.alias, NULL);
        if (reply) {
            add_guest_stats(reply, stats, max);
            json_object_unref(reply);
        }
    } else {
        add_stat(stats, max, VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, dom->def->memory_kib);
    }
    add_stat(stats, max, VIR_DOMAIN_MEMORY_STAT_RSS, resident_kib(dom->pid));
    return true;
}

bool
qemu_verb_domain_memory_stats(VirConn *conn, const MemStatsIn *in, MemStatsOut *out, GError **err)
{
    g_autoptr(GArray) stats = g_array_new(FALSE, FALSE, sizeof(MemStat));
    QemuDomain *dom;
    bool ok;

    if (!verb_check_flags(in->flags, 0, "virDomainMemoryStats", err))
        return false;
    dom = qemu_verb_begin(conn, &in->dom, JOB_QUERY, RUNNING_DOMAIN, "virDomainMemoryStats", err);
    if (!dom)
        return false;
    ok = collect_memory(dom, MIN(in->max, VIR_DOMAIN_MEMORY_STAT_NR), stats, err);
    qemu_verb_end(dom);
    if (!ok)
        return false;
    out->n = stats->len;
    out->v = (MemStat *)(gpointer)g_array_free(g_steal_pointer(&stats), FALSE);
    return true;
}
