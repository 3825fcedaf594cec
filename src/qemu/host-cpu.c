/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "qemu/host-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

char *
host_cpuinfo(const char *sysroot, const char *key)
{
    g_autofree char *text = host_read(sysroot, "/proc/cpuinfo");
    const gsize len = strlen(key);

    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const char *colon = line + len + strspn(line + len, " \t");

        if (g_str_has_prefix(line, key) && *colon == ':')
            return g_strstrip(g_strndup(colon + 1, strcspn(colon + 1, "\n")));
        if (*line == '\n')
            break; /* end of the first CPU */
    }
    return NULL;
}

char *
host_cpu_signature(const char *sysroot)
{
    static const char *const keys[] = { "vendor_id", "cpu family", "model", "stepping", "microcode" };
    g_autoptr(GString) signature = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *value = host_cpuinfo(sysroot, keys[i]);

        g_string_append_printf(signature, "%s%s", i ? "/" : "", value ? value : "");
    }
    return g_string_free(g_steal_pointer(&signature), FALSE);
}

static void
clear_cpu(gpointer data)
{
    g_free(((HostCpu *)data)->siblings);
}

static void
clear_cell(gpointer data)
{
    g_array_unref(((HostCell *)data)->distances);
}

static GArray *
read_distances(const char *sysroot, guint node)
{
    g_autofree char *text = host_read(sysroot, "/sys/devices/system/node/node%u/distance", node);
    GArray *distances = g_array_new(FALSE, FALSE, sizeof(guint));

    for (const char *at = text; at && *at;) {
        char *end;
        guint distance = g_ascii_strtoull(at, &end, 10);

        if (end == at)
            break;
        g_array_append_val(distances, distance);
        at = end;
    }
    return distances;
}

/* A kernel without NUMA has no node directory: everything is one cell then. */
static void
read_cells(HostTopology *topology, const char *sysroot)
{
    g_autofree char *online = host_read(sysroot, "/sys/devices/system/node/online");
    g_autoptr(GArray) ids = host_parse_list(online ? online : "0");

    for (guint i = 0; i < ids->len; i++) {
        guint id = g_array_index(ids, guint, i);
        g_autofree char *own = host_read(sysroot, "/sys/devices/system/node/node%u/meminfo", id);
        g_autofree char *all = own ? NULL : host_read(sysroot, "/proc/meminfo");
        HostCell cell = { .id = id, .distances = read_distances(sysroot, id) };

        host_meminfo(own ? own : all, "MemTotal", &cell.total_kib);
        host_meminfo(own ? own : all, "MemFree", &cell.free_kib);
        g_array_append_val(topology->cells, cell);
    }
}

static guint
node_of_cpu(GPtrArray *lists, const GArray *cells, guint cpu)
{
    for (guint i = 0; i < lists->len; i++)
        if (host_list_has(lists->pdata[i], cpu))
            return g_array_index(cells, HostCell, i).id;
    return cells->len ? g_array_index(cells, HostCell, 0).id : 0;
}

static void
read_cpus(HostTopology *topology, const char *sysroot)
{
    g_autofree char *present_text = host_read(sysroot, "/sys/devices/system/cpu/present");
    g_autofree char *online_text = host_read(sysroot, "/sys/devices/system/cpu/online");
    g_autoptr(GArray) present = host_parse_list(present_text ? present_text : "0");
    g_autoptr(GArray) online = host_parse_list(online_text ? online_text : "0");
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

    for (guint i = 0; i < topology->cells->len; i++) {
        guint node = g_array_index(topology->cells, HostCell, i).id;
        g_autofree char *list = host_read(sysroot, "/sys/devices/system/node/node%u/cpulist", node);

        g_ptr_array_add(lists, host_parse_list(list));
    }
    for (guint i = 0; i < present->len; i++) {
        guint id = g_array_index(present, guint, i);
        const char *topo = "/sys/devices/system/cpu/cpu%u/topology/";
        g_autofree char *dir = g_strdup_printf(topo, id);
        HostCpu cpu = {
            .id = id,
            .node = node_of_cpu(lists, topology->cells, id),
            .socket = MAX(host_read_int(0, sysroot, "%sphysical_package_id", dir), 0),
            .die = MAX(host_read_int(0, sysroot, "%sdie_id", dir), 0),
            .core = MAX(host_read_int(id, sysroot, "%score_id", dir), 0),
            .siblings = host_read(sysroot, "%sthread_siblings_list", dir),
            .online = host_list_has(online, id),
        };

        if (!cpu.siblings)
            cpu.siblings = g_strdup_printf("%u", id);
        g_array_append_val(topology->cpus, cpu);
    }
}

HostTopology *
host_topology_read(const char *sysroot)
{
    HostTopology *topology = g_new0(HostTopology, 1);

    topology->cpus = g_array_new(FALSE, FALSE, sizeof(HostCpu));
    g_array_set_clear_func(topology->cpus, clear_cpu);
    topology->cells = g_array_new(FALSE, FALSE, sizeof(HostCell));
    g_array_set_clear_func(topology->cells, clear_cell);
    read_cells(topology, sysroot);
    read_cpus(topology, sysroot);
    return topology;
}

void
host_topology_free(HostTopology *topology)
{
    if (!topology)
        return;
    g_array_unref(topology->cpus);
    g_array_unref(topology->cells);
    g_free(topology);
}

/* Distinct sockets in a node, distinct cores (die and core id) in a socket of it, CPUs of one core: the largest of
 * each, as virNodeInfo counts. */
static void
count_shape(const HostTopology *topology, virNodeInfo *info)
{
    for (guint c = 0; c < topology->cells->len; c++) {
        g_autoptr(GHashTable) sockets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GHashTable) cores = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

        for (guint i = 0; i < topology->cpus->len; i++) {
            const HostCpu *cpu = &g_array_index(topology->cpus, HostCpu, i);
            char *socket = g_strdup_printf("%u", cpu->socket);
            char *core = g_strdup_printf("%u/%u/%u", cpu->socket, cpu->die, cpu->core);
            guint n;

            if (!cpu->online || cpu->node != g_array_index(topology->cells, HostCell, c).id) {
                g_free(socket);
                g_free(core);
                continue;
            }
            n = GPOINTER_TO_UINT(g_hash_table_lookup(cores, core));
            if (!n) {
                guint in_socket = GPOINTER_TO_UINT(g_hash_table_lookup(sockets, socket)) + 1;

                info->cores = MAX(info->cores, in_socket);
                g_hash_table_insert(sockets, g_strdup(socket), GUINT_TO_POINTER(in_socket));
            }
            info->threads = MAX(info->threads, n + 1);
            g_hash_table_insert(cores, core, GUINT_TO_POINTER(n + 1));
            g_free(socket);
        }
        info->sockets = MAX(info->sockets, g_hash_table_size(sockets));
    }
}

bool
host_node_info(const char *sysroot, virNodeInfo *ret_info, GError **err)
{
    g_autoptr(HostTopology) topology = host_topology_read(sysroot);
    g_autofree char *meminfo = host_read(sysroot, "/proc/meminfo");
    g_autofree char *mhz = host_cpuinfo(sysroot, "cpu MHz");
    virNodeInfo info = { .nodes = topology->cells->len };
    struct utsname uts;
    guint64 kib;

    if (!host_meminfo(meminfo, "MemTotal", &kib) || uname(&uts) < 0)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("cannot read the host's memory size from '/proc/meminfo'"));
    g_strlcpy(info.model, uts.machine, sizeof(info.model));
    info.memory = kib;
    info.mhz = mhz ? g_ascii_strtod(mhz, NULL) : 0;
    for (guint i = 0; i < topology->cpus->len; i++)
        info.cpus += g_array_index(topology->cpus, HostCpu, i).online;
    count_shape(topology, &info);
    /* An irregular machine: callers multiply the four, and must get all CPUs. */
    if (!info.cores || info.nodes * info.sockets * info.cores * info.threads < info.cpus) {
        info.nodes = info.sockets = info.threads = 1;
        info.cores = info.cpus;
    }
    *ret_info = info;
    return true;
}

bool
host_cpu_map(const char *sysroot, const CpuMapIn *in, CpuMapOut *out, GError **err)
{
    g_autofree char *present_text = host_read(sysroot, "/sys/devices/system/cpu/present");
    g_autofree char *online_text = host_read(sysroot, "/sys/devices/system/cpu/online");
    g_autoptr(GArray) present = host_parse_list(present_text);
    g_autoptr(GArray) online = host_parse_list(online_text);
    guint n;

    if (!verb_check_flags(in->flags, 0, "virNodeGetCPUMap", err))
        return false;
    if (!present->len)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("cannot read '/sys/devices/system/cpu/present'"));
    n = g_array_index(present, guint, present->len - 1) + 1;
    out->ret = n;
    out->online = online->len;
    if (!in->need_map)
        return true;
    out->map_len = VIR_CPU_MAPLEN(n);
    out->map = g_malloc0(out->map_len);
    for (guint i = 0; i < online->len; i++) {
        guint id = g_array_index(online, guint, i);

        if (id < n)
            out->map[id / 8] |= 1 << (id % 8);
    }
    return true;
}
