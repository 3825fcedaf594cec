/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <cpu> and <cache> of <capabilities>: what the processors say of themselves, in libvirt's terms. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qemu/cpu-decode.h"
#include "qemu/cpu-features.h"
#include "qemu/cpu-host.h"
#include "qemu/cpu-map.h"
#include "qemu/host-caps-private.h"
#include "qemu/host-private.h"

#define LEAST_CACHE_LEVEL 3 /* what several processors share */

static void
add_signature(GString *xml)
{
    g_autofree char *microcode = host_cpuinfo("", "microcode");
    g_autofree char *family = host_cpuinfo("", "cpu family");
    g_autofree char *model = host_cpuinfo("", "model");
    g_autofree char *stepping = host_cpuinfo("", "stepping");
    const guint64 version = microcode ? g_ascii_strtoull(microcode, NULL, 0) : 0;

    if (version)
        host_caps_add(xml, "      <microcode version='%" G_GUINT64_FORMAT "'/>\n", version);
    if (family && model && stepping)
        host_caps_add(xml, "      <signature family='%s' model='%s' stepping='%s'/>\n", family, model, stepping);
}

static void
add_counter(GString *xml)
{
    guint64 hz;
    bool scales;

    if (cpu_host_tsc(&hz, &scales))
        host_caps_add(xml, "      <counter name='tsc' frequency='%" G_GUINT64_FORMAT "' scaling='%s'/>\n", hz,
                      scales ? "yes" : "no");
}

/* The kernel names a folder for each size of huge pages that there may be. */
GArray *
host_page_sizes(void)
{
    GArray *sizes = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_autoptr(GDir) dir = g_dir_open("/sys/kernel/mm/hugepages", 0, NULL);
    guint64 kib = sysconf(_SC_PAGESIZE) / 1024;
    const char *name;

    g_array_append_val(sizes, kib);
    while (dir && (name = g_dir_read_name(dir))) {
        guint at = 0;

        if (!g_str_has_prefix(name, "hugepages-"))
            continue;
        kib = g_ascii_strtoull(name + strlen("hugepages-"), NULL, 10);
        while (at < sizes->len && g_array_index(sizes, guint64, at) < kib)
            at++;
        g_array_insert_val(sizes, at, kib);
    }
    return sizes;
}

static void
add_features(GString *xml, const CpuDecoded *decoded)
{
    for (guint i = 0; i < cpu_map_n_features; i++)
        if (cpu_set_has(&decoded->require, i))
            host_caps_add(xml, "      <feature name='%s'/>\n", cpu_map_features[i]);
}

void
host_caps_add_cpu(GString *xml, const virNodeInfo *info, const QemuCaps *caps)
{
    const CpuHost *host = cpu_host();
    const CpuDecode how = { .caps = caps, .of_host = true, .vendor = host->vendor, .signature = host->signature };
    g_autoptr(GArray) pages = host_page_sizes();
    CpuDecoded decoded = { 0 };

    host_caps_add(xml, "    <cpu>\n      <arch>%s</arch>\n", info->model);
    if (caps && cpu_decode(&how, &host->has, &decoded))
        host_caps_add(xml, "      <model>%s</model>\n", decoded.model->name);
    if (*host->vendor)
        host_caps_add(xml, "      <vendor>%s</vendor>\n", host->vendor);
    add_signature(xml);
    add_counter(xml);
    host_caps_add(xml, "      <topology sockets='%u' dies='1' cores='%u' threads='%u'/>\n", info->sockets, info->cores,
                  info->threads);
    if (host->address_bits)
        host_caps_add(xml, "      <maxphysaddr mode='emulate' bits='%u'/>\n", host->address_bits);
    if (decoded.model)
        add_features(xml, &decoded);
    for (guint i = 0; i < pages->len; i++)
        host_caps_add(xml, "      <pages unit='KiB' size='%" G_GUINT64_FORMAT "'/>\n", g_array_index(pages, guint64, i));
    host_caps_add(xml, "    </cpu>\n");
}

typedef struct {
    guint       id, level;
    guint64     kib;
    const char *type;
    char       *cpus;
} Bank;

static void
clear_bank(gpointer bank)
{
    g_free(((Bank *)bank)->cpus);
}

static const char *
type_of(const char *kernel)
{
    return g_strcmp0(kernel, "Unified") == 0 ? "both" : g_strcmp0(kernel, "Data") == 0 ? "data" : "code";
}

/* "480K" -> 480; caches of several processors are met once each. */
static void
take_bank(GArray *banks, guint cpu, guint index)
{
    const char *const place = "/sys/devices/system/cpu/cpu%u/cache/index%u/%s";
    const gint64 id = host_read_int(-1, "", place, cpu, index, "id"); /* not every kernel numbers them */
    Bank bank = { .level = host_read_int(0, "", place, cpu, index, "level"), .id = id };
    g_autofree char *type = host_read("", place, cpu, index, "type"), *size = host_read("", place, cpu, index, "size");

    if (bank.level < LEAST_CACHE_LEVEL || id < 0 || !size)
        return;
    bank.type = type_of(type);
    bank.kib = g_ascii_strtoull(size, NULL, 10);
    for (guint i = 0; i < banks->len; i++) {
        const Bank *other = &g_array_index(banks, Bank, i);

        if (other->level == bank.level && other->id == bank.id && other->type == bank.type)
            return;
    }
    bank.cpus = host_read("", place, cpu, index, "shared_cpu_list");
    g_array_append_val(banks, bank);
}

static gint
compare_banks(gconstpointer a, gconstpointer b)
{
    const Bank *x = a, *y = b;

    return x->level != y->level ? (gint)x->level - (gint)y->level : (gint)x->id - (gint)y->id;
}

void
host_caps_add_caches(GString *xml, const HostTopology *topology)
{
    g_autoptr(GArray) banks = g_array_new(FALSE, FALSE, sizeof(Bank));

    g_array_set_clear_func(banks, clear_bank);
    for (guint c = 0; c < topology->cpus->len; c++)
        for (guint index = 0; index < 8; index++)
            take_bank(banks, g_array_index(topology->cpus, HostCpu, c).id, index);
    if (banks->len == 0)
        return;
    g_array_sort(banks, compare_banks);
    host_caps_add(xml, "    <cache>\n");
    for (guint i = 0; i < banks->len; i++) {
        const Bank *bank = &g_array_index(banks, Bank, i);
        const bool mib = bank->kib % 1024 == 0;

        host_caps_add(xml, "      <bank id='%u' level='%u' type='%s' size='%" G_GUINT64_FORMAT "' unit='%s' cpus='%s'/>\n",
                      bank->id, bank->level, bank->type, mib ? bank->kib / 1024 : bank->kib, mib ? "MiB" : "KiB",
                      bank->cpus ? bank->cpus : "");
    }
    host_caps_add(xml, "    </cache>\n");
}
