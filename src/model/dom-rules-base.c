/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What cannot stand above the devices, and what does not go together there. libvirt refuses the same, with these codes. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"

#define WRONG(function, condition) \
    static bool function(const DomDef *def) { return condition; }

static const char *
entry(const GPtrArray *list, const char *name)
{
    DomSysinfoEntry *it;

    dom_each(it, list)
        if (g_strcmp0(it->name, name) == 0)
            return it->value ? it->value : "";
    return NULL;
}

/* "03/31/2016", "3/31/16" */
static bool
is_date(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    uint64_t month, day, year;

    return g_strv_length(parts) == 3 && rows_number(parts[0], 12, &month) && month && rows_number(parts[1], 31, &day) && day &&
           rows_number(parts[2], G_MAXINT, &year) && (year < 100 || year >= 1900);
}

static bool
has_pflash(const DomOs *os)
{
    return g_strcmp0(os->loader_type, "pflash") == 0;
}

static bool
is_efi(const DomOs *os)
{
    return g_strcmp0(os->firmware, "efi") == 0;
}

static bool
timers_have(const DomDef *def, bool (*what)(const DomTimer *timer))
{
    DomTimer *timer;

    dom_each(timer, def->clock.timers)
        if (what(timer))
            return true;
    return false;
}

static bool
is_paravirtual(const DomTimer *it)
{
    return it->name == DOM_TIMER_KVMCLOCK || it->name == DOM_TIMER_HYPERVCLOCK;
}

static bool
pv_policy(const DomTimer *it)
{
    return is_paravirtual(it) && (it->tickpolicy || it->track || it->frequency || it->mode);
}

static bool
is_platform(const DomTimer *it)
{
    return it->name == DOM_TIMER_PLATFORM;
}

static bool
rtc_policy(const DomTimer *it)
{
    return it->name == DOM_TIMER_RTC && it->tickpolicy && it->tickpolicy != DOM_TICK_DELAY && it->tickpolicy != DOM_TICK_CATCHUP;
}

static bool
rtc_track(const DomTimer *it)
{
    return it->name == DOM_TIMER_RTC && it->track == DOM_TRACK_BOOT;
}

static bool
pit_policy(const DomTimer *it)
{
    return it->name == DOM_TIMER_PIT && it->tickpolicy == DOM_TICK_MERGE;
}

static const DomHyperv *
hyperv(const DomDef *def)
{
    return &def->features.hyperv;
}

WRONG(sysinfo_date, entry(def->sysinfo.bios, "date") && !is_date(entry(def->sysinfo.bios, "date")))
WRONG(hotplug_no_node, def->max_memory_kib && (!def->cpu || !def->cpu->cells->len))
WRONG(vendor_id, def->cpu && def->cpu->vendor_id && strlen(def->cpu->vendor_id) != 12)
WRONG(vendor_id_comma, def->cpu && def->cpu->vendor_id && strchr(def->cpu->vendor_id, ','))
WRONG(no_timezone, def->clock.offset == DOM_CLOCK_TIMEZONE && !def->clock.timezone)
WRONG(timer_pv, timers_have(def, pv_policy))
WRONG(timer_platform, timers_have(def, is_platform))
WRONG(timer_rtc, timers_have(def, rtc_policy))
WRONG(timer_track, timers_have(def, rtc_track))
WRONG(timer_pit, timers_have(def, pit_policy))
WRONG(spinlocks_none, hyperv(def)->spinlocks == DOM_TRI_ON && !hyperv(def)->spinlocks_retries)
WRONG(spinlocks_few, hyperv(def)->spinlocks == DOM_TRI_ON && hyperv(def)->spinlocks_retries < 4095)
WRONG(hv_vendor_none, hyperv(def)->vendor_id == DOM_TRI_ON && !hyperv(def)->vendor_id_value)
WRONG(hv_vendor_long, hyperv(def)->vendor_id_value && strlen(hyperv(def)->vendor_id_value) > 12)
WRONG(hv_vendor_comma, hyperv(def)->vendor_id_value && strchr(hyperv(def)->vendor_id_value, ','))
WRONG(uefi_acpi, (is_efi(&def->os) || has_pflash(&def->os)) && !def->features.acpi)
WRONG(secure_machine, def->os.loader_secure == DOM_TRI_ON && !dom_def_is_q35(def))
/* Firmware that is chosen at start switches SMM on where it needs it. */
WRONG(secure_smm, def->os.loader_secure == DOM_TRI_ON && (!def->os.firmware || def->os.loader) && def->features.smm != DOM_TRI_ON)
WRONG(nvram_no_loader, (def->os.nvram || def->os.nvram_template) && !def->os.loader && !def->os.firmware)
WRONG(fw_features, def->os.fw_features->len && !def->os.firmware)
WRONG(useserial, def->os.bios_useserial == DOM_TRI_ON && !def->serials->len)

/* Where the message points. */
enum { AT_SYSINFO, AT_MAX_MEMORY, AT_CPU, AT_CLOCK, AT_FEATURES, AT_OS };

static const struct {
    int where;
    int code;
    bool (*wrong)(const DomDef *def);
    const char *why;
} rules[] = {
    {AT_SYSINFO, VIR_ERR_XML_DETAIL, sysinfo_date, N_("Invalid BIOS 'date' format: it is MM/DD/YYYY")},
    {AT_MAX_MEMORY, VIR_ERR_CONFIG_UNSUPPORTED, hotplug_no_node, N_("At least one numa node has to be configured when enabling memory hotplug")},
    {AT_CPU, VIR_ERR_XML_ERROR, vendor_id, N_("vendor_id must be exactly 12 characters long")},
    {AT_CPU, VIR_ERR_XML_ERROR, vendor_id_comma, N_("vendor id is invalid: it has a comma")},
    {AT_CLOCK, VIR_ERR_INTERNAL_ERROR, no_timezone, N_("missing 'timezone' attribute for clock with offset='timezone'")},
    {AT_CLOCK, VIR_ERR_CONFIG_UNSUPPORTED, timer_pv, N_("timers kvmclock and hypervclock have nothing to set but 'present'")},
    {AT_CLOCK, VIR_ERR_CONFIG_UNSUPPORTED, timer_platform, N_("unsupported timer type (name) 'platform'")},
    {AT_CLOCK, VIR_ERR_CONFIG_UNSUPPORTED, timer_rtc, N_("unsupported rtc timer tickpolicy: only 'delay' and 'catchup' are")},
    {AT_CLOCK, VIR_ERR_CONFIG_UNSUPPORTED, timer_track, N_("unsupported rtc timer track 'boot'")},
    {AT_CLOCK, VIR_ERR_CONFIG_UNSUPPORTED, timer_pit, N_("unsupported pit tickpolicy 'merge'")},
    {AT_FEATURES, VIR_ERR_XML_ERROR, spinlocks_none, N_("missing required attribute 'retries' in <spinlocks>")},
    {AT_FEATURES, VIR_ERR_XML_ERROR, spinlocks_few, N_("HyperV spinlock retry count must be at least 4095")},
    {AT_FEATURES, VIR_ERR_XML_ERROR, hv_vendor_none, N_("missing 'value' attribute for HyperV feature 'vendor_id'")},
    {AT_FEATURES, VIR_ERR_XML_ERROR, hv_vendor_long, N_("HyperV vendor_id value must not be more than 12 characters.")},
    {AT_FEATURES, VIR_ERR_XML_ERROR, hv_vendor_comma, N_("HyperV vendor_id value is invalid: it has a comma")},
    {AT_OS, VIR_ERR_CONFIG_UNSUPPORTED, uefi_acpi, N_("UEFI requires ACPI on this architecture: add <acpi/> to <features>")},
    {AT_OS, VIR_ERR_CONFIG_UNSUPPORTED, secure_machine, N_("Secure boot is supported with q35 machine types only")},
    {AT_OS, VIR_ERR_CONFIG_UNSUPPORTED, secure_smm, N_("Secure boot requires SMM feature enabled")},
    {AT_OS, VIR_ERR_XML_DETAIL, nvram_no_loader, N_("no loader path specified and firmware auto selection disabled")},
    {AT_OS, VIR_ERR_XML_DETAIL, fw_features, N_("cannot use feature-based firmware autoselection when firmware autoselection is disabled")},
    {AT_OS, VIR_ERR_XML_ERROR, useserial, N_("need at least one serial port to use BIOS serial output")},
};

static bool
blame(const DomDef *def, int where, GError **err)
{
    const struct { const char *element; int line; } places[] = {
        [AT_SYSINFO] = {"sysinfo", def->sysinfo.line}, [AT_MAX_MEMORY] = {"maxMemory", def->lines.max_memory},
        [AT_CPU] = {"cpu", def->cpu ? def->cpu->line : 0}, [AT_CLOCK] = {"clock", def->clock.line},
        [AT_FEATURES] = {"features", def->features.line}, [AT_OS] = {"os", def->os.line},
    };

    return dom_at(err, places[where].element, places[where].line);
}

bool
dom_check_base(const DomDef *def, GError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (rules[i].wrong(def)) {
            fail(err, rules[i].code, "%s", _(rules[i].why));
            return blame(def, rules[i].where, err);
        }
    return true;
}
