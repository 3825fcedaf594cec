/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* -cpu, -smp: what processor the guest sees, and how many. */
#include <string.h>

#include "qemu/command-private.h"
#include "qemu/cpu-features.h"

static void
add_flag(GString *text, const char *name, DomTri value)
{
    if (value != DOM_TRI_ABSENT)
        g_string_append_printf(text, ",%s=%s", name, value == DOM_TRI_ON ? "on" : "off");
}

static void
add_features(GString *text, const DomCpu *cpu)
{
    DomCpuFeature *feature;

    dom_each(feature, cpu->features)
        g_string_append_printf(text, ",%s=%s", cpu_feature_qemu_name(feature->name),
                               feature->policy == DOM_CPU_POLICY_DISABLE || feature->policy == DOM_CPU_POLICY_FORBID
                                   ? "off" : "on");
}

static bool
add_custom_model(Cmd *cmd, GString *text, const DomCpu *cpu, GError **err)
{
    if (!cpu->model)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("CPU mode 'custom' needs a model"));
    if (!qemu_caps_find_cpu(cmd->caps, cpu->model))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported CPU model '%s': emulator '%s' does not have it"),
                    cpu->model, qemu_caps_binary(cmd->caps));
    g_string_append(text, cpu->model);
    return true;
}

static bool
add_model(Cmd *cmd, GString *text, const DomCpu *cpu, GError **err)
{
    switch (cpu->mode) {
    case DOM_CPU_HOST_PASSTHROUGH:
        if (cmd->def->virt != DOM_VIRT_KVM)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("CPU mode 'host-passthrough' needs domain type 'kvm'"));
        g_string_append(text, "host");
        /* Features that cannot migrate are left out unless somebody asks for them. */
        add_flag(text, "migratable", cpu->migratable == DOM_TRI_ABSENT ? DOM_TRI_ON : cpu->migratable);
        break;
    case DOM_CPU_MAXIMUM:
        g_string_append(text, "max");
        add_flag(text, "migratable", cpu->migratable);
        break;
    case DOM_CPU_HOST_MODEL:
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("CPU mode 'host-model' of domain '%s' has not been resolved to a model of this host"),
                    cmd->def->name);
    case DOM_CPU_NONE:
    case DOM_CPU_CUSTOM:
        if (!add_custom_model(cmd, text, cpu, err))
            return false;
        break;
    }
    if (cpu->vendor_id)
        g_string_append_printf(text, ",vendor=%s", cpu->vendor_id);
    add_features(text, cpu);
    return true;
}

static void
add_default_model(Cmd *cmd, GString *text)
{
    const QemuMachine *machine = qemu_caps_find_machine(cmd->caps, cmd->def->os.machine);

    g_string_append(text, machine && machine->default_cpu ? machine->default_cpu : "qemu64");
}

static void
add_timers(GString *text, const DomClock *clock)
{
    DomTimer *timer;

    dom_each(timer, clock->timers) {
        if (timer->name == DOM_TIMER_KVMCLOCK)
            add_flag(text, "kvmclock", timer->present);
        else if (timer->name == DOM_TIMER_HYPERVCLOCK)
            add_flag(text, "hv-time", timer->present);
        else if (timer->name == DOM_TIMER_TSC && timer->frequency)
            g_string_append_printf(text, ",tsc-frequency=%" G_GUINT64_FORMAT, timer->frequency);
    }
}

static void
add_hyperv(GString *text, const DomHyperv *hv)
{
    const struct { const char *name; DomTri value; } rows[] = {
        { "hv-relaxed", hv->relaxed },
        { "hv-vapic", hv->vapic },
        { "hv-vpindex", hv->vpindex },
        { "hv-runtime", hv->runtime },
        { "hv-synic", hv->synic },
        { "hv-stimer", hv->stimer },
        { "hv-stimer-direct", hv->stimer_direct },
        { "hv-reset", hv->reset },
        { "hv-frequencies", hv->frequencies },
        { "hv-reenlightenment", hv->reenlightenment },
        { "hv-tlbflush", hv->tlbflush },
        { "hv-ipi", hv->ipi },
        { "hv-evmcs", hv->evmcs },
        { "hv-avic", hv->avic },
    };

    if (!hv->given)
        return;
    if (g_strcmp0(hv->mode, "passthrough") == 0)
        g_string_append(text, ",hv-passthrough=on");
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].value == DOM_TRI_ON)
            g_string_append_printf(text, ",%s=on", rows[i].name);
    if (hv->spinlocks == DOM_TRI_ON)
        g_string_append_printf(text, ",hv-spinlocks=0x%x", hv->spinlocks_retries);
    if (hv->vendor_id == DOM_TRI_ON && hv->vendor_id_value)
        g_string_append_printf(text, ",hv-vendor-id=%s", hv->vendor_id_value);
}

static void
add_kvm(GString *text, const DomFeatures *features)
{
    if (features->kvm_hidden == DOM_TRI_ON)
        g_string_append(text, ",kvm=off");
    if (features->kvm_hint_dedicated == DOM_TRI_ON)
        g_string_append(text, ",kvm-hint-dedicated=on");
    if (features->kvm_poll_control == DOM_TRI_ON)
        g_string_append(text, ",kvm-poll-control=on");
    if (features->kvm_pv_ipi == DOM_TRI_OFF)
        g_string_append(text, ",kvm-pv-ipi=off");
}

static bool
add_cache(GString *text, const DomCpu *cpu, GError **err)
{
    switch (cpu->cache_mode) {
    case DOM_CPU_CACHE_NONE:
        return true;
    case DOM_CPU_CACHE_EMULATE:
        if (cpu->cache_level != 3)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("CPU cache mode 'emulate' is possible at level 3 only"));
        g_string_append(text, ",l3-cache=on");
        return true;
    case DOM_CPU_CACHE_PASSTHROUGH:
        if (cpu->mode != DOM_CPU_HOST_PASSTHROUGH && cpu->mode != DOM_CPU_MAXIMUM)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                        _("CPU cache mode 'passthrough' needs CPU mode 'host-passthrough' or 'maximum'"));
        g_string_append(text, ",host-cache-info=on,l3-cache=off");
        return true;
    case DOM_CPU_CACHE_DISABLE:
        g_string_append(text, ",host-cache-info=off,l3-cache=off");
        return true;
    }
    return true;
}

bool
cmd_build_cpu(Cmd *cmd, GError **err)
{
    const DomDef *def = cmd->def;
    g_autoptr(GString) text = g_string_new(NULL);
    const bool given = def->cpu && (def->cpu->model || def->cpu->mode > DOM_CPU_CUSTOM);

    if (given ? !add_model(cmd, text, def->cpu, err) : (add_default_model(cmd, text), false))
        return false;
    add_timers(text, &def->clock);
    add_flag(text, "kvm-pv-eoi", def->features.apic_eoi);
    add_hyperv(text, &def->features.hyperv);
    add_kvm(text, &def->features);
    add_flag(text, "pmu", def->features.pmu);
    if (def->cpu && !add_cache(text, def->cpu, err))
        return false;
    cmd_opt(cmd, "-cpu", "%s", text->str);
    return true;
}

bool
cmd_build_smp(Cmd *cmd, GError **err)
{
    const DomDef *def = cmd->def;
    g_autoptr(GString) text = g_string_new(NULL);
    const DomCpu *cpu = def->cpu;

    g_string_append_printf(text, "%u", def->vcpus_current ? def->vcpus_current : def->vcpus);
    if (def->vcpus_current && def->vcpus_current != def->vcpus)
        g_string_append_printf(text, ",maxcpus=%u", def->vcpus);
    if (!cpu || !cpu->sockets) {
        g_string_append_printf(text, ",sockets=%u,cores=1,threads=1", def->vcpus);
    } else {
        g_string_append_printf(text, ",sockets=%u", cpu->sockets);
        if (cpu->dies)
            g_string_append_printf(text, ",dies=%u", cpu->dies);
        g_string_append_printf(text, ",cores=%u,threads=%u", cpu->cores, cpu->threads);
    }
    cmd_opt(cmd, "-smp", "%s", text->str);
    return true;
}

bool
cmd_build_iothreads(Cmd *cmd, GError **err)
{
    for (guint i = 1; i <= cmd->def->iothreads; i++) {
        g_auto(Props) p = props_new("qom-type", "iothread");

        props_format(&p, "id", "iothread%u", i);
        cmd_json(cmd, "-object", &p);
    }
    return true;
}
