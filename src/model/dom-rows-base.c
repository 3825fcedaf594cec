/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands above the devices. The order of the rows is the order in which libvirt prints. */
#include "model/dom-rows.h"

#define M(type, member) ROW_MEMBER(type, member)

static const Row feature_rows[] = {
    {"@policy", ROW_ENUM, M(DomCpuFeature, policy), dom_cpu_policy_names, .abi = "CPU feature policy", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"@name", ROW_STR, M(DomCpuFeature, name), .flags = ROW_REQUIRED, .abi = "CPU feature"},
    {NULL},
};
const RowTable dom_cpu_feature_table = {"CPU feature", sizeof(DomCpuFeature), feature_rows};

static const Row cell_rows[] = {
    {NULL, ROW_LINE, M(DomNumaCell, line)},
    {"@id", ROW_INT, M(DomNumaCell, id), .abi = "NUMA cell id", .max = 1023},
    {"@cpus", ROW_STR, M(DomNumaCell, cpus), .abi = "NUMA cell CPUs"},
    {"@memory", ROW_KIB, M(DomNumaCell, memory_kib), .flags = ROW_REQUIRED, .abi = "NUMA cell memory"},
    {"@memAccess", ROW_ENUM, M(DomNumaCell, access), dom_memaccess_names},
    {"@discard", ROW_ENUM, M(DomNumaCell, discard), dom_yes_no_names},
    {NULL},
};
static const RowTable cell_table = {"NUMA cell", sizeof(DomNumaCell), cell_rows};

static bool
cpu_is_custom(const void *obj)
{
    return ((const DomCpu *)obj)->mode == DOM_CPU_CUSTOM || ((const DomCpu *)obj)->mode == DOM_CPU_NONE;
}

static bool
cpu_has_topology(const void *obj)
{
    return ((const DomCpu *)obj)->sockets || ((const DomCpu *)obj)->cores || ((const DomCpu *)obj)->threads;
}

static bool
hide_topology(const void *obj, const RowPrint *how)
{
    return !cpu_has_topology(obj);
}

static const Row cpu_rows[] = {
    {NULL, ROW_LINE, M(DomCpu, line)},
    {"@mode", ROW_ENUM, M(DomCpu, mode), dom_cpu_mode_names, .abi = "CPU mode", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"@match", ROW_ENUM, M(DomCpu, match), dom_cpu_match_names, .abi = "CPU match", .when = cpu_is_custom},
    {"@check", ROW_ENUM, M(DomCpu, check), dom_cpu_check_names},
    {"@migratable", ROW_ENUM, M(DomCpu, migratable), dom_on_off_names},
    {"model@fallback", ROW_ENUM, M(DomCpu, fallback), dom_cpu_fallback_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"model@vendor_id", ROW_STR, M(DomCpu, vendor_id), .abi = "CPU vendor id"},
    {"model", ROW_STR, M(DomCpu, model), .abi = "CPU model"},
    {"vendor", ROW_STR, M(DomCpu, vendor), .abi = "CPU vendor"},
    {"topology@sockets", ROW_UINT, M(DomCpu, sockets), .abi = "CPU sockets", .max = 4096},
    {"topology@dies", ROW_UINT, M(DomCpu, dies), .abi = "CPU dies", .hide = hide_topology, .flags = ROW_NONZERO, .max = 4096},
    {"topology@cores", ROW_UINT, M(DomCpu, cores), .abi = "CPU cores", .max = 4096},
    {"topology@threads", ROW_UINT, M(DomCpu, threads), .abi = "CPU threads", .max = 4096},
    {"cache@level", ROW_INT, M(DomCpu, cache_level), .abi = "CPU cache level", .max = 3},
    {"cache@mode", ROW_ENUM, M(DomCpu, cache_mode), dom_cpu_cache_names, .flags = ROW_ALONG, .abi = "CPU cache mode"},
    {"feature", ROW_LIST, M(DomCpu, features), &dom_cpu_feature_table, .abi = "CPU feature"},
    {"numa", ROW_LINE, M(DomCpu, numa_line)},
    {"numa/cell", ROW_LIST, M(DomCpu, cells), &cell_table, .abi = "NUMA cell"},
    {NULL},
};
const RowTable dom_cpu_table = {"CPU", sizeof(DomCpu), cpu_rows};

static const Row hyperv_rows[] = {
    {"@mode", ROW_STR, M(DomHyperv, mode), dom_hyperv_mode_names},
#define STATE(element, member) {element "@state", ROW_ENUM, M(DomHyperv, member), dom_on_off_names, .flags = ROW_ALONG, .abi = "hyperv " element}
    STATE("relaxed", relaxed),
    STATE("vapic", vapic),
    STATE("spinlocks", spinlocks),
    {"spinlocks@retries", ROW_UINT, M(DomHyperv, spinlocks_retries), .abi = "hyperv spinlock retries"},
    STATE("vpindex", vpindex),
    STATE("runtime", runtime),
    STATE("synic", synic),
    STATE("stimer", stimer),
    STATE("stimer/direct", stimer_direct),
    STATE("reset", reset),
    STATE("vendor_id", vendor_id),
    {"vendor_id@value", ROW_STR, M(DomHyperv, vendor_id_value), .abi = "hyperv vendor id"},
    STATE("frequencies", frequencies),
    STATE("reenlightenment", reenlightenment),
    STATE("tlbflush", tlbflush),
    STATE("ipi", ipi),
    STATE("evmcs", evmcs),
    STATE("avic", avic),
#undef STATE
    {NULL},
};
static const RowTable hyperv_table = {"hyperv", sizeof(DomHyperv), hyperv_rows};

static const Row features_rows[] = {
    {NULL, ROW_LINE, M(DomFeatures, line)},
    {"acpi", ROW_FLAG, M(DomFeatures, acpi), .abi = "feature acpi"},
    {"apic", ROW_FLAG, M(DomFeatures, apic), .abi = "feature apic"},
    {"apic@eoi", ROW_ENUM, M(DomFeatures, apic_eoi), dom_on_off_names, .abi = "feature apic eoi"},
    {"pae", ROW_FLAG, M(DomFeatures, pae), .abi = "feature pae"},
    {"hyperv", ROW_FLAG, M(DomFeatures, hyperv.given)},
    {"hyperv", ROW_STRUCT, M(DomFeatures, hyperv), &hyperv_table, .abi = ""},
    {"kvm", ROW_FLAG, M(DomFeatures, kvm_given)},
    {"kvm/hidden@state", ROW_ENUM, M(DomFeatures, kvm_hidden), dom_on_off_names, .flags = ROW_ALONG, .abi = "kvm hidden"},
    {"kvm/hint-dedicated@state", ROW_ENUM, M(DomFeatures, kvm_hint_dedicated), dom_on_off_names, .flags = ROW_ALONG, .abi = "kvm hint-dedicated"},
    {"kvm/poll-control@state", ROW_ENUM, M(DomFeatures, kvm_poll_control), dom_on_off_names, .flags = ROW_ALONG, .abi = "kvm poll-control"},
    {"kvm/pv-ipi@state", ROW_ENUM, M(DomFeatures, kvm_pv_ipi), dom_on_off_names, .flags = ROW_ALONG, .abi = "kvm pv-ipi"},
    {"pmu@state", ROW_ENUM, M(DomFeatures, pmu), dom_on_off_names, .abi = "feature pmu"},
    {"vmport@state", ROW_ENUM, M(DomFeatures, vmport), dom_on_off_names, .abi = "feature vmport"},
    {"smm@state", ROW_ENUM, M(DomFeatures, smm), dom_on_off_names, .abi = "feature smm"},
    {"ioapic@driver", ROW_STR, M(DomFeatures, ioapic_driver), dom_ioapic_names, .abi = "feature ioapic"},
    {NULL},
};
static const RowTable features_table = {"features", sizeof(DomFeatures), features_rows};

static const Row boot_rows[] = {
    {"@dev", ROW_ENUM, M(DomBoot, dev), dom_boot_names, .flags = ROW_REQUIRED},
    {NULL},
};
static const RowTable boot_table = {"boot device", sizeof(DomBoot), boot_rows};

static const Row fw_feature_rows[] = {
    {"@enabled", ROW_ENUM, M(DomFwFeature, enabled), dom_yes_no_names, .flags = ROW_REQUIRED},
    {"@name", ROW_STR, M(DomFwFeature, name), dom_fw_feature_names, .flags = ROW_REQUIRED},
    {NULL},
};
const RowTable dom_fw_feature_table = {"firmware feature", sizeof(DomFwFeature), fw_feature_rows};

static const Row os_rows[] = {
    {NULL, ROW_LINE, M(DomOs, line)},
    {"@firmware", ROW_STR, M(DomOs, firmware), dom_firmware_names},
    {"type@arch", ROW_STR, M(DomOs, arch), .abi = "domain architecture"},
    {"type@machine", ROW_STR, M(DomOs, machine), .abi = "domain machine type"},
    {"type", ROW_STR, M(DomOs, type), .abi = "domain OS type"},
    {"firmware/feature", ROW_LIST, M(DomOs, fw_features), &dom_fw_feature_table},
    {"loader@readonly", ROW_ENUM, M(DomOs, loader_readonly), dom_yes_no_names},
    {"loader@secure", ROW_ENUM, M(DomOs, loader_secure), dom_yes_no_names},
    {"loader@type", ROW_STR, M(DomOs, loader_type), dom_loader_names, .abi = "domain loader type"},
    {"loader", ROW_STR, M(DomOs, loader)},
    {"nvram@template", ROW_STR, M(DomOs, nvram_template)},
    {"nvram", ROW_STR, M(DomOs, nvram)},
    {"kernel", ROW_STR, M(DomOs, kernel)},
    {"initrd", ROW_STR, M(DomOs, initrd)},
    {"cmdline", ROW_STR, M(DomOs, cmdline)},
    {"dtb", ROW_STR, M(DomOs, dtb)},
    {"boot", ROW_LIST, M(DomOs, boot), &boot_table},
    {"bootmenu@enable", ROW_ENUM, M(DomOs, bootmenu), dom_yes_no_names},
    {"bootmenu@timeout", ROW_UINT, M(DomOs, bootmenu_timeout), .max = 65535, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"bios@useserial", ROW_ENUM, M(DomOs, bios_useserial), dom_yes_no_names},
    {"bios@rebootTimeout", ROW_INT, M(DomOs, reboot_timeout), .flags = ROW_MINUS, .max = 65535, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"smbios@mode", ROW_STR, M(DomOs, smbios_mode), dom_smbios_names, .abi = "SMBIOS mode", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {NULL},
};
static const RowTable os_table = {"OS", sizeof(DomOs), os_rows};

static bool
timer_is_tsc(const void *obj)
{
    return ((const DomTimer *)obj)->name == DOM_TIMER_TSC;
}

static const Row timer_rows[] = {
    {NULL, ROW_LINE, M(DomTimer, line)},
    {"@name", ROW_ENUM, M(DomTimer, name), dom_timer_names, .flags = ROW_REQUIRED, .abi = "timer"},
    {"@present", ROW_ENUM, M(DomTimer, present), dom_yes_no_names, .abi = "timer presence"},
    {"@tickpolicy", ROW_ENUM, M(DomTimer, tickpolicy), dom_tick_names},
    {"@track", ROW_ENUM, M(DomTimer, track), dom_track_names},
    {"@frequency", ROW_U64, M(DomTimer, frequency), .abi = "TSC frequency", .when = timer_is_tsc},
    {"@mode", ROW_STR, M(DomTimer, mode), dom_tsc_mode_names, .abi = "TSC mode", .when = timer_is_tsc},
    {NULL},
};
static const RowTable timer_table = {"timer", sizeof(DomTimer), timer_rows};

static bool
clock_is_variable(const void *obj)
{
    return ((const DomClock *)obj)->offset == DOM_CLOCK_VARIABLE;
}

static bool
clock_is_fixed(const void *obj)
{
    return ((const DomClock *)obj)->offset == DOM_CLOCK_UTC || ((const DomClock *)obj)->offset == DOM_CLOCK_LOCALTIME;
}

static bool
clock_is_timezone(const void *obj)
{
    return ((const DomClock *)obj)->offset == DOM_CLOCK_TIMEZONE;
}

static const Row clock_rows[] = {
    {NULL, ROW_LINE, M(DomClock, line)},
    {"@offset", ROW_ENUM, M(DomClock, offset), dom_clock_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"@adjustment", ROW_I64, M(DomClock, adjustment), .flags = ROW_ALWAYS, .when = clock_is_variable},
    {"@adjustment", ROW_STR, M(DomClock, adjustment_reset), .when = clock_is_fixed},
    {"@basis", ROW_STR, M(DomClock, basis), dom_basis_names, .code = VIR_ERR_CONFIG_UNSUPPORTED, .when = clock_is_variable},
    {"@timezone", ROW_STR, M(DomClock, timezone), .when = clock_is_timezone},
    {"timer", ROW_LIST, M(DomClock, timers), &timer_table, .abi = "timer"},
    {NULL},
};
static const RowTable clock_table = {"clock", sizeof(DomClock), clock_rows};

static const Row entry_rows[] = {
    {"@name", ROW_STR, M(DomSysinfoEntry, name), .abi = "sysinfo entry"},
    {".", ROW_STR, M(DomSysinfoEntry, value), .abi = "sysinfo entry value"},
    {NULL},
};
static const RowTable entry_table = {"sysinfo entry", sizeof(DomSysinfoEntry), entry_rows};

static const Row sysinfo_rows[] = {
    {NULL, ROW_LINE, M(DomSysinfo, line)},
    {"@type", ROW_STR, M(DomSysinfo, type), dom_sysinfo_names, .flags = ROW_ALONG, .abi = "sysinfo type"},
    {"bios/entry", ROW_LIST, M(DomSysinfo, bios), &entry_table, .abi = "sysinfo bios entry"},
    {"system/entry", ROW_LIST, M(DomSysinfo, system), &entry_table, .abi = "sysinfo system entry"},
    {"baseBoard/entry", ROW_LIST, M(DomSysinfo, base_board), &entry_table, .abi = "sysinfo baseBoard entry"},
    {"chassis/entry", ROW_LIST, M(DomSysinfo, chassis), &entry_table, .abi = "sysinfo chassis entry"},
    {"oemStrings/entry", ROW_LIST, M(DomSysinfo, oem_strings), &entry_table, .abi = "sysinfo OEM string"},
    {NULL},
};
static const RowTable sysinfo_table = {"sysinfo", sizeof(DomSysinfo), sysinfo_rows};

static const Row membacking_rows[] = {
    {NULL, ROW_LINE, M(DomMemBacking, line)},
    {"hugepages", ROW_FLAG, M(DomMemBacking, hugepages)},
    {"hugepages/page@size", ROW_KIB, M(DomMemBacking, hugepage_kib), .flags = ROW_NONZERO, .code = VIR_ERR_XML_DETAIL},
    {"nosharepages", ROW_FLAG, M(DomMemBacking, nosharepages)},
    {"locked", ROW_FLAG, M(DomMemBacking, locked)},
    {"source@type", ROW_ENUM, M(DomMemBacking, source), dom_memsource_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"access@mode", ROW_ENUM, M(DomMemBacking, access), dom_memaccess_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"allocation@mode", ROW_STR, M(DomMemBacking, allocation_mode), dom_allocation_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"discard", ROW_FLAG, M(DomMemBacking, discard)},
    {NULL},
};
static const RowTable membacking_table = {"memory backing", sizeof(DomMemBacking), membacking_rows};

static const Row seclabel_rows[] = {
    {NULL, ROW_LINE, M(DomSeclabel, line)},
    {"@type", ROW_STR, M(DomSeclabel, type), dom_seclabel_names},
    {"@model", ROW_STR, M(DomSeclabel, model)},
    {"@relabel", ROW_ENUM, M(DomSeclabel, relabel), dom_yes_no_names},
    {"label", ROW_STR, M(DomSeclabel, label)},
    {"imagelabel", ROW_STR, M(DomSeclabel, imagelabel)},
    {"baselabel", ROW_STR, M(DomSeclabel, baselabel)},
    {NULL},
};
static const RowTable seclabel_table = {"seclabel", sizeof(DomSeclabel), seclabel_rows};

/* A dynamic label is made anew on each start: it belongs to the running guest. */
static bool
hide_generated_label(const void *obj, const RowPrint *how)
{
    const DomSeclabel *label = obj;

    return !how->live && g_strcmp0(label->type, "dynamic") == 0 && !label->baselabel;
}

#define DEVICES(element, member, table, words) {"devices/" element, ROW_LIST, M(DomDef, member), table, .abi = words}

static const Row dom_rows[] = {
    {"name", ROW_LINE, M(DomDef, lines.name)},
    {"title", ROW_LINE, M(DomDef, lines.title)},
    {"genid", ROW_LINE, M(DomDef, lines.genid)},
    {"memory", ROW_LINE, M(DomDef, lines.memory)},
    {"maxMemory", ROW_LINE, M(DomDef, lines.max_memory)},
    {"vcpu", ROW_LINE, M(DomDef, lines.vcpu)},
    {"on_poweroff", ROW_LINE, M(DomDef, lines.actions[0])},
    {"on_reboot", ROW_LINE, M(DomDef, lines.actions[1])},
    {"on_crash", ROW_LINE, M(DomDef, lines.actions[2])},
    {"devices/emulator", ROW_LINE, M(DomDef, lines.emulator)},
    {"@type", ROW_ENUM, M(DomDef, virt), dom_virt_names, .abi = "domain virt type"},
    {"@id", ROW_INT, M(DomDef, id), .flags = ROW_LIVE},
    {"name", ROW_STR, M(DomDef, name), .flags = ROW_QUOTE, .abi = "domain name"},
    {"uuid", ROW_UUID, M(DomDef, uuid), .abi = "domain uuid"},
    {"genid", ROW_STR, M(DomDef, genid), .abi = "domain genid"},
    {"title", ROW_STR, M(DomDef, title)},
    {"description", ROW_STR, M(DomDef, description)},
    {"metadata", ROW_VERBATIM, M(DomDef, metadata)},
    {"maxMemory@slots", ROW_UINT, M(DomDef, memory_slots), .abi = "domain memory slots", .max = 255},
    {"maxMemory", ROW_KIB, M(DomDef, max_memory_kib), .abi = "maximum memory size"},
    {"memory@dumpCore", ROW_ENUM, M(DomDef, dump_core), dom_on_off_names},
    {"memory", ROW_KIB, M(DomDef, memory_kib), .abi = "domain max memory"},
    {"currentMemory", ROW_KIB, M(DomDef, current_kib)},
    {"memoryBacking", ROW_STRUCT, M(DomDef, membacking), &membacking_table},
    {"vcpu@placement", ROW_STR, M(DomDef, vcpu_placement), dom_placement_names},
    {"vcpu@cpuset", ROW_STR, M(DomDef, vcpu_cpuset)},
    {"vcpu@current", ROW_UINT, M(DomDef, vcpus_current), .flags = ROW_NONZERO, .abi = "domain vCPU count", .max = 4096, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"vcpu", ROW_UINT, M(DomDef, vcpus), .flags = ROW_NONZERO, .abi = "domain vCPU max", .max = 4096},
    {"iothreads", ROW_UINT, M(DomDef, iothreads), .max = 1024},
    {"resource/partition", ROW_STR, M(DomDef, partition)},
    {"sysinfo", ROW_STRUCT, M(DomDef, sysinfo), &sysinfo_table, .abi = ""},
    {"os", ROW_STRUCT, M(DomDef, os), &os_table, .abi = ""},
    {"features", ROW_STRUCT, M(DomDef, features), &features_table, .abi = ""},
    {"cpu", ROW_OWNED, M(DomDef, cpu), &dom_cpu_table, .abi = "CPU"},
    {NULL, ROW_OWNED, M(DomDef, orig_cpu), &dom_cpu_table},
    {"clock", ROW_STRUCT, M(DomDef, clock), &clock_table, .abi = ""},
    {"on_poweroff", ROW_ENUM, M(DomDef, on_poweroff), dom_action_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"on_reboot", ROW_ENUM, M(DomDef, on_reboot), dom_action_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"on_crash", ROW_ENUM, M(DomDef, on_crash), dom_action_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"pm/suspend-to-mem@enabled", ROW_ENUM, M(DomDef, suspend_to_mem), dom_yes_no_names, .abi = "suspend-to-mem"},
    {"pm/suspend-to-disk@enabled", ROW_ENUM, M(DomDef, suspend_to_disk), dom_yes_no_names, .abi = "suspend-to-disk"},
    {"devices/emulator", ROW_STR, M(DomDef, emulator)},
    DEVICES("disk", disks, &dom_disk_table, "disk"),
    DEVICES("controller", controllers, &dom_controller_table, "controller"),
    DEVICES("interface", nets, &dom_net_table, "net card"),
    DEVICES("serial", serials, &dom_serial_table, "serial port"),
    DEVICES("parallel", parallels, &dom_parallel_table, "parallel port"),
    DEVICES("console", consoles, &dom_console_table, "console"),
    DEVICES("channel", channels, &dom_channel_table, "channel"),
    DEVICES("input", inputs, &dom_input_table, "input device"),
    DEVICES("tpm", tpms, &dom_tpm_table, "TPM"),
    DEVICES("graphics", graphics, &dom_graphics_table, NULL),
    DEVICES("sound", sounds, &dom_sound_table, "sound card"),
    DEVICES("audio", audios, &dom_audio_table, NULL),
    DEVICES("video", videos, &dom_video_table, "video card"),
    DEVICES("hub", hubs, &dom_hub_table, "hub device"),
    DEVICES("watchdog", watchdogs, &dom_watchdog_table, "watchdog"),
    {"devices/memballoon", ROW_OWNED, M(DomDef, balloon), &dom_balloon_table, .abi = "memory balloon"},
    DEVICES("rng", rngs, &dom_rng_table, "RNG device"),
    DEVICES("panic", panics, &dom_panic_table, "panic device"),
    DEVICES("memory", memories, &dom_memory_table, "memory device"),
    {"seclabel", ROW_LIST, M(DomDef, seclabels), &seclabel_table, .hide = hide_generated_label},
    {NULL},
};
const RowTable dom_table = {"domain", sizeof(DomDef), dom_rows};
