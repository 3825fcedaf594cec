/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Defaults and checks of what stands above the devices. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"

static void
default_string(char **at, const char *value)
{
    if (!*at)
        *at = g_strdup(value);
}

static bool
default_identity(DomDef *def, GError **err)
{
    unsigned char genid[16];

    if (!def->name)
        return fail(err, VIR_ERR_NO_NAME, "%s", "");
    if (!dom_def_set_name(def, def->name, err))
        return dom_at(err, "name", def->lines.name);
    if (def->title && strchr(def->title, '\n'))
        return fail(err, VIR_ERR_XML_ERROR, _("Domain title can't contain newlines (<title>, line %d)"), def->lines.title);
    if (def->genid && !dom_uuid_parse(def->genid, genid))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("malformed genid element (<genid>, line %d)"), def->lines.genid);
    if (def->virt == DOM_VIRT_NONE)
        return fail(err, VIR_ERR_XML_ERROR, "%s", _("missing domain type attribute"));

    if (!def->uuid_given) {
        g_autofree char *random = g_uuid_string_random();

        dom_uuid_parse(random, def->uuid);
        def->uuid_given = true;
    }
    return true;
}

static bool
default_machine(DomDef *def, const DomCaps *caps, GError **err)
{
    if (!def->emulator && caps && caps->emulator)
        def->emulator = g_strdup(caps->emulator(caps->opaque, def->os.arch));
    if (!def->emulator)
        return fail(err, VIR_ERR_INVALID_ARG, _("could not find an emulator for arch '%s': install one or name it in <emulator>"),
                    def->os.arch);

    if (caps && caps->machine) {
        const char *canonical = caps->machine(caps->opaque, def->emulator, def->virt, def->os.machine);

        if (!canonical)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("machine type '%s' is not known to emulator '%s'"),
                        def->os.machine ? def->os.machine : "", def->emulator);
        if (g_strcmp0(canonical, def->os.machine) != 0) {
            g_free(def->os.machine);
            def->os.machine = g_strdup(canonical);
        }
    }
    default_string(&def->os.machine, "pc");

    if (!dom_def_is_i440fx(def) && !dom_def_is_q35(def))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("machine type '%s' is neither of the i440fx nor of the q35 family"),
                    def->os.machine);
    return true;
}

static bool
default_os(DomDef *def, const DomCaps *caps, GError **err)
{
    if (!def->os.type)
        return fail(err, VIR_ERR_XML_ERROR, "%s", _("an os <type> must be specified"));
    if (strcmp(def->os.type, "hvm") != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("Emulator '%s' does not support os type '%s'"),
                    def->emulator ? def->emulator : "", def->os.type);
    default_string(&def->os.arch, "x86_64");
    if (strcmp(def->os.arch, "x86_64") != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("No emulator found for arch '%s': only x86_64 is supported"), def->os.arch);
    if (!default_machine(def, caps, err))
        return false;

    if ((def->os.initrd || def->os.cmdline) && !def->os.kernel)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, "%s", _("<initrd> and <cmdline> need a <kernel>"));

    bool by_device = dom_def_has_boot_order(def);

    if (by_device && def->os.boot->len)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, "%s",
                    _("per-device boot elements cannot be used together with os/boot elements"));
    if (!by_device && !def->os.boot->len) {
        DomBoot *boot = g_new0(DomBoot, 1);

        boot->dev = DOM_BOOT_HD;
        g_ptr_array_add(def->os.boot, boot);
    }
    return true;
}

/* No guest is larger; keeps every sum of sizes far from overflow. */
#define MEMORY_MAX_KIB (1ull << 48)

static bool
sum_memory(DomDef *def, GError **err)
{
    uint64_t cells = 0, dimms = 0;
    DomNumaCell *cell;
    DomMemory *memory;

    if (def->cpu)
        dom_each(cell, def->cpu->cells) {
            if (cell->memory_kib > MEMORY_MAX_KIB)
                return fail(err, VIR_ERR_XML_ERROR, _("memory size of a NUMA cell is absurd (<cell>, line %d)"), cell->line);
            cells += cell->memory_kib;
        }
    dom_each(memory, def->memories) {
        if (memory->size_kib > MEMORY_MAX_KIB)
            return fail(err, VIR_ERR_XML_ERROR, _("memory size of a dimm is absurd (line %d)"), memory->info.line);
        dimms += memory->size_kib;
    }

    if (cells)
        def->memory_kib = cells + dimms;
    if (!def->memory_kib)
        return fail(err, VIR_ERR_XML_ERROR, "%s",
                    _("Memory size must be specified via <memory> or in the <numa> configuration"));
    if (def->memory_kib > MEMORY_MAX_KIB)
        return fail(err, VIR_ERR_XML_ERROR, _("memory size of %llu KiB is absurd"),
                    (unsigned long long)def->memory_kib);
    if (dimms >= def->memory_kib)
        return fail(err, VIR_ERR_XML_ERROR, "%s", _("Total size of memory devices exceeds the total memory size"));
    return true;
}

static bool
default_memory(DomDef *def, GError **err)
{
    if (!sum_memory(def, err))
        return false;
    if (def->current_kib == 0 || def->current_kib > def->memory_kib)
        def->current_kib = def->memory_kib;

    if (!def->max_memory_kib != !def->memory_slots)
        return fail(err, VIR_ERR_XML_ERROR, "%s",
                    _("both maximum memory size and memory slot count must be specified"));
    if (def->max_memory_kib && def->max_memory_kib < def->memory_kib) {
        fail(err, VIR_ERR_XML_ERROR, "%s", _("maximum memory size must be equal or greater than the actual memory size"));
        return dom_at(err, "maxMemory", def->lines.max_memory);
    }
    if (def->memories->len && !def->max_memory_kib)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, "%s",
                    _("cannot use/hotplug a memory device when domain 'maxMemory' is not defined"));
    return true;
}

/* "0-3,5" */
static bool
check_cell_cpus(const DomDef *def, const DomNumaCell *cell, unsigned char *owners, GError **err)
{
    g_auto(GStrv) ranges = g_strsplit(cell->cpus ? cell->cpus : "", ",", -1);

    for (guint i = 0; ranges[i]; i++) {
        g_auto(GStrv) ends = g_strsplit(ranges[i], "-", 2);
        uint64_t first, last;

        if (!ends[0] || !rows_number(ends[0], 65535, &first) || !rows_number(ends[1] ? ends[1] : ends[0], 65535, &last) || last < first)
            return fail(err, VIR_ERR_INVALID_ARG, _("Failed to parse bitmap '%s' of NUMA cell %d (<cell>, line %d)"), cell->cpus, cell->id,
                        cell->line);
        if (last >= def->vcpus)
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("Number of CPUs in <numa> exceeds the <vcpu> count: cell %d names vCPU %u of %u (<cell>, line %d)"),
                        cell->id, (unsigned)last, def->vcpus, cell->line);
        for (uint64_t at = first; at <= last; at++)
            if (owners[at]++)
                return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("NUMA cells have overlapping vCPU ids: vCPU %u (<cell>, line %d)"),
                            (unsigned)at, cell->line);
    }
    return true;
}

static bool
check_topology(const DomDef *def, GError **err)
{
    const DomCpu *cpu = def->cpu;
    g_autofree unsigned char *owners = g_malloc0(def->vcpus); /* of vCPUs: named by a cell already */
    DomNumaCell *cell;

    dom_each(cell, cpu->cells)
        if (!check_cell_cpus(def, cell, owners, err))
            return false;
    if (cpu->numa_line && !cpu->cells->len)
        return fail(err, VIR_ERR_XML_ERROR, _("NUMA topology defined without NUMA cells (<numa>, line %d)"), cpu->numa_line);
    if (!cpu->sockets && !cpu->cores && !cpu->threads)
        return true;
    if (!cpu->sockets || !cpu->cores || !cpu->threads)
        return fail(err, VIR_ERR_XML_ERROR, "%s", _("Invalid CPU topology: sockets, cores and threads must all be given"));
    if ((uint64_t)cpu->sockets * cpu->dies * cpu->cores * cpu->threads != def->vcpus)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, "%s", _("CPU topology doesn't match maximum vcpu count"));
    return true;
}

static bool
default_vcpus(DomDef *def, GError **err)
{
    if (!def->vcpus)
        def->vcpus = 1;
    if (def->vcpus_current > def->vcpus)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("maximum vCPU count must not be less than current vCPU count (%u < %u)"),
                    def->vcpus, def->vcpus_current);
    if (def->vcpus_current == def->vcpus)
        def->vcpus_current = 0;
    default_string(&def->vcpu_placement, "static");
    if (strcmp(def->vcpu_placement, "static") != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("vcpu placement '%s' is not supported, only 'static'"),
                    def->vcpu_placement);

    if (def->vcpu_cpuset)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("<vcpu cpuset='%s'>: pinning to host CPUs is not supported"), def->vcpu_cpuset);
    return true;
}

static bool
default_cpu_model(DomDef *def, const DomCaps *caps, GError **err)
{
    DomCpu *cpu = def->cpu;
    const char *model = caps && caps->default_cpu
                            ? caps->default_cpu(caps->opaque, def->emulator, def->virt, def->os.machine)
                            : "qemu64";

    if (!model)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("emulator '%s' names no default CPU for machine '%s'"), def->emulator,
                    def->os.machine);
    cpu->mode = DOM_CPU_CUSTOM;
    cpu->match = DOM_CPU_MATCH_EXACT;
    cpu->fallback = DOM_CPU_FALLBACK_FORBID;
    cpu->model = g_strdup(model);
    if (!cpu->check)
        cpu->check = DOM_CPU_CHECK_NONE;
    return true;
}

static void
default_cpu_check(DomCpu *cpu, DomVirt virt)
{
    bool by_host = cpu->mode == DOM_CPU_HOST_PASSTHROUGH || cpu->mode == DOM_CPU_MAXIMUM;
    /* Emulation does not care what the host's CPU can do. */
    bool emulated = cpu->mode == DOM_CPU_CUSTOM && virt == DOM_VIRT_QEMU;

    if (!cpu->check)
        cpu->check = by_host || emulated ? DOM_CPU_CHECK_NONE : DOM_CPU_CHECK_PARTIAL;
    if (cpu->mode == DOM_CPU_HOST_PASSTHROUGH && !cpu->migratable)
        cpu->migratable = DOM_TRI_ON;
    if (cpu->mode == DOM_CPU_CUSTOM) {
        if (!cpu->match)
            cpu->match = DOM_CPU_MATCH_EXACT;
        if (!cpu->fallback)
            cpu->fallback = DOM_CPU_FALLBACK_ALLOW;
    }
}

static bool
default_cpu_features(const DomCpu *cpu, GError **err)
{
    DomCpuFeature *feature;

    if (!dom_cpu_check_features(cpu, VIR_FROM_THIS, err))
        return false;
    dom_each(feature, cpu->features)
        if (!feature->policy)
            feature->policy = DOM_CPU_POLICY_REQUIRE;
    return true;
}

static bool
default_cpu(DomDef *def, const DomCaps *caps, GError **err)
{
    if (!def->cpu)
        def->cpu = dom_cpu_new();

    DomCpu *cpu = def->cpu;
    int cell_id = 0;
    DomNumaCell *cell;

    if ((cpu->sockets || cpu->cores || cpu->threads) && !cpu->dies)
        cpu->dies = 1;
    dom_each(cell, cpu->cells) {
        if (cell->id == -1)
            cell->id = cell_id;
        if (cell->id != cell_id++)
            return fail(err, VIR_ERR_XML_ERROR, _("Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or "
                                                  "ranges not starting from 0 are not allowed (cell id %d, <cell>, line %d)"), cell->id,
                        cell->line);
    }
    if (!default_cpu_features(cpu, err))
        return false;
    if (cpu->mode == DOM_CPU_NONE)
        cpu->mode = DOM_CPU_CUSTOM;
    if (cpu->mode == DOM_CPU_CUSTOM && !cpu->model) {
        if (cpu->features->len)
            return fail(err, VIR_ERR_XML_ERROR, "%s", _("Non-empty feature list specified without CPU model"));
        if (cpu->vendor)
            return fail(err, VIR_ERR_XML_ERROR, "%s", _("CPU vendor specified without CPU model"));
        return default_cpu_model(def, caps, err);
    }
    default_cpu_check(cpu, def->virt);
    return true;
}

/* Labels that the host makes by itself come and go with a run; others ask for a security driver that we do not have. */
static bool
check_labels(const DomDef *def, GError **err)
{
    DomSeclabel *label;

    dom_each(label, def->seclabels)
        if (label->baselabel || (g_strcmp0(label->type, "none") != 0 && g_strcmp0(label->type, "dynamic") != 0))
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("<seclabel type='%s' model='%s'> is not supported (line %d)"),
                        label->type ? label->type : "", label->model ? label->model : "", label->line);
    return true;
}

static void
default_features(DomDef *def)
{
    if (def->features.hyperv.given)
        default_string(&def->features.hyperv.mode, "custom");
}

static bool
default_clock(DomDef *def, GError **err)
{
    if (def->clock.adjustment_reset && strcmp(def->clock.adjustment_reset, "reset") != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("<clock adjustment='%s'> is supported only with offset 'variable'"),
                    def->clock.adjustment_reset);
    if (!def->clock.offset)
        def->clock.offset = DOM_CLOCK_UTC;
    if (def->clock.offset == DOM_CLOCK_VARIABLE)
        default_string(&def->clock.basis, "utc");
    return true;
}

static void
default_actions(DomDef *def)
{
    if (!def->on_poweroff)
        def->on_poweroff = DOM_ACTION_DESTROY;
    if (!def->on_reboot)
        def->on_reboot = DOM_ACTION_RESTART;
    if (!def->on_crash)
        def->on_crash = DOM_ACTION_DESTROY;
}

bool
dom_default_base(DomDef *def, const DomCaps *caps, GError **err)
{
    if (!default_identity(def, err))
        return false;
    if (!default_os(def, caps, err))
        return dom_at(err, "os", def->os.line);
    if (!default_cpu(def, caps, err))
        return dom_at(err, "cpu", def->cpu->line);
    if (!default_memory(def, err))
        return dom_at(err, "memory", def->lines.memory);
    if (!default_vcpus(def, err))
        return dom_at(err, "vcpu", def->lines.vcpu);
    if (!check_topology(def, err))
        return dom_at(err, "cpu", def->cpu->line);
    if (!default_clock(def, err))
        return dom_at(err, "clock", def->clock.line);
    if (!check_labels(def, err))
        return false;
    default_features(def);
    default_actions(def);
    return true;
}
