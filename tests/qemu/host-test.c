/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What users lose when these fail: virsh nodeinfo, freecell, nodecpustats, nodememstats, nodecpumap, sysinfo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* util/err.h has its own */

#include <string.h>
#include <unistd.h>

#include "qemu/host.h"
#include "util/err.h"

typedef struct { const char *path, *text; } File;

/* A host of two nodes, each with a socket of two cores of two threads; CPU 7 is offline. */
static const File big_host[] = {
    { "proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
                      "model name\t: Xeon\nstepping\t: 7\nmicrocode\t: 0x5003\ncpu MHz\t\t: 2500.123\nflags\t\t: fpu vme\n"
                      "\nprocessor\t: 1\nvendor_id\t: Other\n" },
    { "proc/meminfo", "MemTotal:       2000000 kB\nMemFree:         500000 kB\nBuffers:           1000 kB\n"
                      "SwapCached:          77 kB\nCached:            2000 kB\n" },
    { "proc/stat", "cpu  10 20 30 40 50 60 70 0 0 0\ncpu0 1 2 3 4 5 6 7 0 0 0\nctxt 1\n" },
    { "sys/devices/system/cpu/present", "0-7\n" },
    { "sys/devices/system/cpu/online", "0-6\n" },
    { "sys/devices/system/node/online", "0-1\n" },
    { "sys/devices/system/node/node0/cpulist", "0-3\n" },
    { "sys/devices/system/node/node1/cpulist", "4-6\n" },
    { "sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:  1000000 kB\nNode 0 MemFree:   200000 kB\n" },
    { "sys/devices/system/node/node1/meminfo", "Node 1 MemTotal:  1000000 kB\nNode 1 MemFree:   300000 kB\n" },
    { "sys/devices/system/node/node0/distance", "10 20\n" },
    { "sys/devices/system/node/node1/distance", "20 10\n" },
    { "sys/class/dmi/id/product_uuid", "4C4C4544-0042-3510-8052-B4C04F4A5331\n" },
    { "sys/class/dmi/id/sys_vendor", "Acme & Sons\n" },
    { "sys/class/dmi/id/product_name", "Box\n" },
};

static void
write_file(const char *root, const char *path, const char *text)
{
    g_autofree char *full = g_build_filename(root, path, NULL);
    g_autofree char *dir = g_path_get_dirname(full);

    assert_int_equal(g_mkdir_with_parents(dir, 0700), 0);
    assert_true(g_file_set_contents(full, text, -1, NULL));
}

static char *
make_big_host(void)
{
    char *root = g_dir_make_tmp("host-XXXXXX", NULL);

    for (guint i = 0; i < G_N_ELEMENTS(big_host); i++)
        write_file(root, big_host[i].path, big_host[i].text);
    for (int cpu = 0; cpu < 8; cpu++) {
        const struct { const char *name; int value; } ids[] = {
            { "physical_package_id", cpu / 4 }, { "core_id", cpu / 2 % 2 }, { "die_id", 0 },
        };

        for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
            g_autofree char *path =
                g_strdup_printf("sys/devices/system/cpu/cpu%d/topology/%s", cpu, ids[i].name);
            g_autofree char *text = g_strdup_printf("%d\n", ids[i].value);

            write_file(root, path, text);
        }
    }
    return root;
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR))
            remove_tree(child);
        else
            unlink(child);
    }
    rmdir(path);
}

static char *root;

static int
setup(void **state)
{
    root = make_big_host();
    return 0;
}

static int
teardown(void **state)
{
    remove_tree(root);
    g_free(root);
    return 0;
}

static void
counts_the_shape_of_the_machine(void **state)
{
    virNodeInfo info;

    assert_true(host_node_info(root, &info, NULL));
    assert_int_equal(info.memory, 2000000);
    assert_int_equal(info.cpus, 7);
    assert_int_equal(info.mhz, 2500);
    assert_int_equal(info.nodes, 2);
    assert_int_equal(info.sockets, 1);
    assert_int_equal(info.cores, 2);
    assert_int_equal(info.threads, 2);
}

static void
counts_a_machine_without_topology(void **state)
{
    g_autofree char *plain = g_dir_make_tmp("host-XXXXXX", NULL);
    virNodeInfo info;

    write_file(plain, "proc/meminfo", "MemTotal: 4096 kB\nMemFree: 5 kB\n");
    write_file(plain, "sys/devices/system/cpu/present", "0-2\n");
    write_file(plain, "sys/devices/system/cpu/online", "0-2\n");
    assert_true(host_node_info(plain, &info, NULL));
    assert_int_equal(info.nodes * info.sockets * info.cores * info.threads, 3);
    assert_int_equal(info.cpus, 3);
    remove_tree(plain);
}

static void
tells_memory(void **state)
{
    const CellsIn in = { .start = 1, .max = 5 };
    const CellsIn outside = { .start = 2, .max = 1 };
    g_autoptr(GError) err = NULL;
    U64ListOut out = { 0 };

    assert_int_equal(host_free_memory(root, NULL), 500000 * 1024);
    assert_true(host_cells_free_memory(root, &in, &out, NULL));
    assert_int_equal(out.list.n, 1);
    assert_int_equal(out.list.v[0], 300000 * 1024);
    g_free(out.list.v);
    assert_false(host_cells_free_memory(root, &outside, &out, &err));
    assert_int_equal(verr_code(err), VIR_ERR_INVALID_ARG);
}

typedef bool (*StatsFunc)(const char *sysroot, const NodeStatsIn *in, NodeStatsOut *out, GError **err);

static const struct {
    StatsFunc get;
    int which, n;
    const char *field;
    guint64 value;
} stats[] = {
    { host_cpu_stats, VIR_NODE_CPU_STATS_ALL_CPUS, 4, "kernel", 160 },
    { host_cpu_stats, VIR_NODE_CPU_STATS_ALL_CPUS, 4, "user", 30 },
    { host_cpu_stats, 0, 4, "idle", 4 },
    { host_cpu_stats, 0, 4, "iowait", 5 },
    { host_memory_stats, VIR_NODE_MEMORY_STATS_ALL_CELLS, 4, "cached", 2000 },
    { host_memory_stats, VIR_NODE_MEMORY_STATS_ALL_CELLS, 4, "total", 2000000 },
    { host_memory_stats, 1, 2, "free", 300000 },
};

static void
tells_statistics(void **state)
{
    const guint64 tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);

    for (guint i = 0; i < G_N_ELEMENTS(stats); i++) {
        NodeStatsIn in = { .which = stats[i].which };
        NodeStatsOut out = { 0 };
        bool found = false;

        assert_true(stats[i].get(root, &in, &out, NULL));
        assert_int_equal(out.nparams, stats[i].n);
        assert_null(out.v);
        in.nparams = out.nparams;
        assert_true(stats[i].get(root, &in, &out, NULL));
        for (guint s = 0; s < out.n; s++) {
            if (g_str_equal(out.v[s].field, stats[i].field)) {
                found = true;
                assert_int_equal(out.v[s].value,
                                 stats[i].value * (stats[i].get == host_cpu_stats ? tick_ns : 1));
            }
            g_free(out.v[s].field);
        }
        g_free(out.v);
        assert_true(found);
    }
}

static void
refuses_cpus_and_cells_that_do_not_exist(void **state)
{
    const struct { StatsFunc get; NodeStatsIn in; } cases[] = {
        { host_cpu_stats, { .which = 99 } },
        { host_cpu_stats, { .which = -2 } },
        { host_cpu_stats, { .which = 0, .nparams = 3 } },
        { host_cpu_stats, { .which = 0, .flags = 1 } },
        { host_memory_stats, { .which = 2 } },
        { host_memory_stats, { .which = -2 } },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) err = NULL;
        NodeStatsOut out = { 0 };

        assert_false(cases[i].get(root, &cases[i].in, &out, &err));
        assert_int_equal(verr_code(err), VIR_ERR_INVALID_ARG);
    }
}

static void
maps_online_cpus(void **state)
{
    const CpuMapIn in = { .need_map = 1, .need_online = 1 };
    CpuMapOut out = { 0 };

    assert_true(host_cpu_map(root, &in, &out, NULL));
    assert_int_equal(out.ret, 8);
    assert_int_equal(out.online, 7);
    assert_int_equal(out.map_len, 1);
    assert_int_equal(out.map[0], 0x7f);
    g_free(out.map);
}

static void
identifies_the_host(void **state)
{
    static const guint8 expected[] = { 0x4c, 0x4c, 0x45, 0x44, 0x00, 0x42, 0x35, 0x10,
                                       0x80, 0x52, 0xb4, 0xc0, 0x4f, 0x4a, 0x53, 0x31 };
    g_autofree char *signature = host_cpu_signature(root);
    g_autofree char *xml = host_sysinfo_xml(root, NULL);
    guint8 uuid[VIR_UUID_BUFLEN];

    assert_string_equal(signature, "GenuineIntel/6/85/7/0x5003");
    assert_true(host_dmi_uuid(root, uuid));
    assert_memory_equal(uuid, expected, sizeof(uuid));
    assert_non_null(strstr(xml, "<entry name='manufacturer'>Acme &amp; Sons</entry>"));
    write_file(root, "sys/class/dmi/id/product_uuid", "ffffffff-ffff-ffff-ffff-ffffffffffff\n");
    assert_false(host_dmi_uuid(root, uuid));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_the_shape_of_the_machine),
        cmocka_unit_test(counts_a_machine_without_topology),
        cmocka_unit_test(tells_memory),
        cmocka_unit_test(tells_statistics),
        cmocka_unit_test(refuses_cpus_and_cells_that_do_not_exist),
        cmocka_unit_test(maps_online_cpus),
        cmocka_unit_test(identifies_the_host),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
