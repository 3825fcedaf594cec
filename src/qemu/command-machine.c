/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machine type, accelerator, power management, SMBIOS. */
#include "qemu/command-private.h"

bool
cmd_machine_has(const Cmd *cmd, const char *property)
{
    return qemu_caps_has_option(cmd->caps, "machine", property);
}

/* -machine's word for a feature that XML has as on/off. */
static void
add_tri(GString *text, const char *name, DomTri value)
{
    if (value != DOM_TRI_ABSENT)
        g_string_append_printf(text, ",%s=%s", name, value == DOM_TRI_ON ? "on" : "off");
}

static bool
add_irqchip(GString *text, const char *driver, GError **err)
{
    if (!driver)
        return true;
    if (g_str_equal(driver, "qemu"))
        g_string_append(text, ",kernel_irqchip=split");
    else if (g_str_equal(driver, "kvm"))
        g_string_append(text, ",kernel_irqchip=on");
    else
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unknown ioapic driver '%s'"), driver);
    return true;
}

static bool
wants_no_hpet(const DomDef *def)
{
    DomTimer *timer;

    dom_each(timer, def->clock.timers)
        if (timer->name == DOM_TIMER_HPET)
            return timer->present == DOM_TRI_OFF;
    return false;
}

bool
cmd_build_machine(Cmd *cmd, GError **err)
{
    const DomDef *def = cmd->def;
    g_autoptr(GString) text = g_string_new(def->os.machine);
    const QemuMachine *machine;

    if (!qemu_caps_resolve_machine(cmd->caps, def->os.machine, &machine, err))
        return false;
    if (machine->max_cpus && def->vcpus > machine->max_cpus)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("Maximum CPUs greater than specified machine type limit %u (<vcpu>, line %d)"), machine->max_cpus,
                    def->lines.vcpu);
    g_string_append(text, ",usb=off");
    add_tri(text, "vmport", def->features.vmport);
    add_tri(text, "smm", def->features.smm);
    if (!add_irqchip(text, def->features.ioapic_driver, err))
        return false;
    g_string_append_printf(text, ",dump-guest-core=%s", def->dump_core == DOM_TRI_ON ? "on" : "off");
    if (def->membacking.nosharepages)
        g_string_append(text, ",mem-merge=off");
    if (!def->cpu || !def->cpu->cells->len)
        g_string_append(text, ",memory-backend=pc.ram");
    if (def->os.loader && g_strcmp0(def->os.loader_type, "pflash") == 0) {
        g_string_append(text, ",pflash0=libvirt-pflash0-format");
        if (def->os.nvram)
            g_string_append(text, ",pflash1=libvirt-pflash1-format");
    }
    if (def->os.bios_useserial == DOM_TRI_ON) /* the BIOS then talks to the serial port */
        g_string_append(text, ",graphics=off");
    /* QEMU 9 removed the older spellings, -no-hpet and -no-acpi. */
    if (wants_no_hpet(def) && cmd_machine_has(cmd, "hpet"))
        g_string_append(text, ",hpet=off");
    if (!def->features.acpi && cmd_machine_has(cmd, "acpi"))
        g_string_append(text, ",acpi=off");
    cmd_opt(cmd, "-machine", "%s", text->str);
    return true;
}

bool
cmd_build_accel(Cmd *cmd, GError **err)
{
    if (cmd->def->virt != DOM_VIRT_KVM) {
        cmd_opt(cmd, "-accel", "tcg");
        return true;
    }
    if (!qemu_caps_kvm_usable(cmd->caps))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("domain '%s' wants KVM, which is not usable on this host: check that /dev/kvm exists and may be "
                      "opened, or use domain type 'qemu'"), cmd->def->name);
    cmd_opt(cmd, "-accel", "kvm");
    return true;
}

bool
cmd_build_power(Cmd *cmd, GError **err)
{
    const struct { const char *i440fx, *q35; DomTri enabled; } states[] = {
        { "PIIX4_PM.disable_s3", "ICH9-LPC.disable_s3", cmd->def->suspend_to_mem },
        { "PIIX4_PM.disable_s4", "ICH9-LPC.disable_s4", cmd->def->suspend_to_disk },
    };

    cmd_add(cmd, "-no-shutdown");
    if (!cmd->def->features.acpi && !cmd_machine_has(cmd, "acpi"))
        cmd_add(cmd, "-no-acpi");
    for (guint i = 0; i < G_N_ELEMENTS(states); i++)
        if (states[i].enabled != DOM_TRI_ABSENT)
            cmd_opt(cmd, "-global", "%s=%d", dom_def_is_q35(cmd->def) ? states[i].q35 : states[i].i440fx,
                    states[i].enabled == DOM_TRI_OFF);
    return true;
}

static void
add_smbios(Cmd *cmd, int type, const GPtrArray *entries)
{
    g_autoptr(GString) text = g_string_new(NULL);
    DomSysinfoEntry *entry;

    if (!entries || !entries->len)
        return;
    dom_each(entry, entries) {
        g_autofree char *value = cmd_escape(entry->value ? entry->value : "");
        const char *name = entry->name ? entry->name : "value";

        if (!entry->value && entry->name) /* as good as not there */
            continue;

        g_string_append_printf(text, ",%s=%s", name, value);
    }
    if (text->len)
        cmd_opt(cmd, "-smbios", "type=%d%s", type, text->str);
}

bool
cmd_build_smbios(Cmd *cmd, GError **err)
{
    const DomSysinfo *info = &cmd->def->sysinfo;
    const char *mode = cmd->def->os.smbios_mode;

    if (!mode || g_str_equal(mode, "emulate"))
        return true;
    if (!g_str_equal(mode, "sysinfo"))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("smbios mode '%s' is not supported"), mode);
    if (g_strcmp0(info->type, "smbios") != 0)
        return fail(err, VIR_ERR_XML_ERROR, _("Domain '%s' sysinfo are not available"), cmd->def->name);
    add_smbios(cmd, 0, info->bios);
    add_smbios(cmd, 1, info->system);
    add_smbios(cmd, 2, info->base_board);
    add_smbios(cmd, 3, info->chassis);
    add_smbios(cmd, 11, info->oem_strings);
    return true;
}
