/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <capabilities> */
#include "qemu/host-caps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "qemu/host-caps-private.h"
#include "qemu/host-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* Guest architectures whose machines this driver builds. */
static const struct { const char *name; int wordsize; } archs[] = { { "x86_64", 64 } };

void
host_caps_add(GString *xml, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_markup_vprintf_escaped(format, args);
    va_end(args);
    g_string_append(xml, text);
}
#define add host_caps_add

/* /sys/power/state: "freeze mem disk" */
static void
add_power_management(GString *xml)
{
    g_autofree char *text = host_read("", "/sys/power/state");
    g_auto(GStrv) states = g_strsplit(text ? text : "", " ", -1);
    const bool mem = g_strv_contains((const char *const *)states, "mem");
    const bool disk = g_strv_contains((const char *const *)states, "disk");

    if (!mem && !disk) {
        add(xml, "    <power_management/>\n");
        return;
    }
    add(xml, "    <power_management>\n");
    if (mem)
        add(xml, "      <suspend_mem/>\n");
    if (disk)
        add(xml, "      <suspend_disk/>\n");
    add(xml, "    </power_management>\n");
}

/* What is not in huge pages is in ordinary ones. */
static void
add_pages(GString *xml, const HostCell *cell)
{
    g_autoptr(GArray) sizes = host_page_sizes();
    guint64 rest = cell->total_kib;
    g_autoptr(GString) huge = g_string_new(NULL);

    for (guint i = 1; i < sizes->len; i++) {
        const guint64 kib = g_array_index(sizes, guint64, i);
        const gint64 n = host_read_int(0, "", "/sys/devices/system/node/node%u/hugepages/hugepages-%" G_GUINT64_FORMAT
                                              "kB/nr_hugepages", cell->id, kib);

        rest -= MIN(rest, (guint64)n * kib);
        add(huge, "          <pages unit='KiB' size='%" G_GUINT64_FORMAT "'>%" G_GINT64_FORMAT "</pages>\n", kib, n);
    }
    add(xml, "          <pages unit='KiB' size='%" G_GUINT64_FORMAT "'>%" G_GUINT64_FORMAT "</pages>\n",
        g_array_index(sizes, guint64, 0), rest / g_array_index(sizes, guint64, 0));
    g_string_append_len(xml, huge->str, huge->len);
}

static void
add_cell(GString *xml, const HostTopology *topology, const HostCell *cell)
{
    guint n = 0;

    for (guint i = 0; i < topology->cpus->len; i++)
        n += g_array_index(topology->cpus, HostCpu, i).node == cell->id;
    add(xml, "        <cell id='%u'>\n", cell->id);
    add(xml, "          <memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>\n", cell->total_kib);
    add_pages(xml, cell);
    if (cell->distances->len == topology->cells->len) {
        add(xml, "          <distances>\n");
        for (guint i = 0; i < cell->distances->len; i++)
            add(xml, "            <sibling id='%u' value='%u'/>\n", g_array_index(topology->cells, HostCell, i).id,
                g_array_index(cell->distances, guint, i));
        add(xml, "          </distances>\n");
    }
    add(xml, "          <cpus num='%u'>\n", n);
    for (guint i = 0; i < topology->cpus->len; i++) {
        const HostCpu *cpu = &g_array_index(topology->cpus, HostCpu, i);

        if (cpu->node != cell->id)
            continue;
        if (cpu->online)
            add(xml, "            <cpu id='%u' socket_id='%u' die_id='%u' core_id='%u' siblings='%s'/>\n", cpu->id,
                cpu->socket, cpu->die, cpu->core, cpu->siblings);
        else
            add(xml, "            <cpu id='%u'/>\n", cpu->id);
    }
    add(xml, "          </cpus>\n        </cell>\n");
}

static void
add_topology(GString *xml)
{
    g_autoptr(HostTopology) topology = host_topology_read("");

    add(xml, "    <topology>\n      <cells num='%u'>\n", topology->cells->len);
    for (guint i = 0; i < topology->cells->len; i++)
        add_cell(xml, topology, &g_array_index(topology->cells, HostCell, i));
    add(xml, "      </cells>\n    </topology>\n");
    host_caps_add_caches(xml, topology);
}

static bool
add_host(GString *xml, const QemuConfig *config, QemuCapsCache *cache, GError **err)
{
    g_autofree char *emulator = qemu_caps_find_emulator(archs[0].name);
    g_autoptr(QemuCaps) caps = emulator ? qemu_caps_cache_get(cache, emulator, NULL) : NULL;
    virNodeInfo info;

    if (!host_node_info("", &info, err))
        return false;
    add(xml, "  <host>\n    <uuid>%s</uuid>\n", config->host_uuid_str);
    host_caps_add_cpu(xml, &info, caps);
    add_power_management(xml);
    add(xml, "    <iommu support='%s'/>\n",
        g_file_test("/sys/kernel/iommu_groups/0", G_FILE_TEST_IS_DIR) ? "yes" : "no");
    add(xml, "    <migration_features>\n      <live/>\n      <uri_transports>\n"
             "        <uri_transport>tcp</uri_transport>\n        <uri_transport>rdma</uri_transport>\n"
             "      </uri_transports>\n    </migration_features>\n");
    add_topology(xml);
    add(xml, "    <secmodel>\n      <model>none</model>\n      <doi>0</doi>\n    </secmodel>\n");
    add(xml, "  </host>\n\n");
    return true;
}

static void
add_machine(GString *xml, const QemuMachine *machine, const char *name)
{
    add(xml, "      <machine");
    if (name == machine->alias)
        add(xml, " canonical='%s'", machine->name);
    add(xml, " maxCpus='%u'", machine->max_cpus);
    if (machine->deprecated)
        add(xml, " deprecated='yes'");
    add(xml, ">%s</machine>\n", name);
}

static void
add_machine_names(GString *xml, const QemuMachine *machine)
{
    add_machine(xml, machine, machine->name);
    if (machine->alias)
        add_machine(xml, machine, machine->alias);
}

/* The machine that a domain gets which names none comes first. */
static void
add_guest(GString *xml, const char *arch, int wordsize, const QemuCaps *caps)
{
    const QemuMachine *first = qemu_caps_default_machine(caps);

    add(xml, "  <guest>\n    <os_type>hvm</os_type>\n    <arch name='%s'>\n      <wordsize>%d</wordsize>\n", arch,
        wordsize);
    add(xml, "      <emulator>%s</emulator>\n", qemu_caps_binary(caps));
    if (first)
        add_machine_names(xml, first);
    for (guint i = 0; i < qemu_caps_n_machines(caps); i++)
        if (qemu_caps_machine(caps, i) != first && !g_str_equal(qemu_caps_machine(caps, i)->name, "none"))
            add_machine_names(xml, qemu_caps_machine(caps, i));
    add(xml, "      <domain type='qemu'/>\n");
    if (qemu_caps_kvm_usable(caps))
        add(xml, "      <domain type='kvm'/>\n");
    add(xml, "    </arch>\n    <features>\n      <acpi default='on' toggle='yes'/>\n"
             "      <apic default='on' toggle='no'/>\n      <cpuselection/>\n      <deviceboot/>\n"
             "      <disksnapshot default='off' toggle='no'/>\n    </features>\n  </guest>\n\n");
}

/* An architecture whose emulator is not installed, or does not work, is not offered. */
static void
add_guests(GString *xml, QemuCapsCache *cache)
{
    for (guint i = 0; i < G_N_ELEMENTS(archs); i++) {
        g_autofree char *emulator = qemu_caps_find_emulator(archs[i].name);
        g_autoptr(QemuCaps) caps = emulator ? qemu_caps_cache_get(cache, emulator, NULL) : NULL;

        if (caps)
            add_guest(xml, archs[i].name, archs[i].wordsize, caps);
    }
}

char *
host_capabilities_xml(const QemuConfig *config, QemuCapsCache *cache, GError **err)
{
    g_autoptr(GString) xml = g_string_new("<capabilities>\n\n");

    if (!add_host(xml, config, cache, err))
        return NULL;
    add_guests(xml, cache);
    g_string_append(xml, "</capabilities>\n");
    return g_string_free(g_steal_pointer(&xml), FALSE);
}

bool
host_hypervisor_version(QemuCapsCache *cache, guint64 *ret_version, GError **err)
{
    struct utsname uts;
    g_autofree char *emulator = uname(&uts) == 0 ? qemu_caps_find_emulator(uts.machine) : NULL;
    g_autoptr(QemuCaps) caps = NULL;

    if (!emulator)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Cannot find suitable emulator for %s"), uts.machine);
    caps = qemu_caps_cache_get(cache, emulator, err);
    if (!caps)
        return false;
    *ret_version = qemu_caps_version(caps);
    return true;
}

bool
host_max_vcpus(const char *type, gint32 *ret_max, GError **err)
{
    int fd, max;

    /* What libvirt answers: a TCG guest gains nothing from more. */
    if (!type || g_ascii_strcasecmp(type, "qemu") == 0) {
        *ret_max = 16;
        return true;
    }
    if (g_ascii_strcasecmp(type, "kvm") != 0)
        return fail(err, VIR_ERR_INVALID_ARG, _("unknown type '%s'"), type);
    fd = open("/dev/kvm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, errno, _("Unable to open %s"), "/dev/kvm");
    max = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);
    if (max <= 0)
        max = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_NR_VCPUS);
    close(fd);
    *ret_max = max > 0 ? max : 4; /* the kernel's documented meaning of "no answer" */
    return true;
}
