/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu-features.h"

#include <glib.h>

/* Those that libvirt's XML spells with '_' and QEMU with '-', and one that differs altogether. */
static const struct { const char *xml, *qemu; } names[] = {
    { "cmp_legacy", "cmp-legacy" },
    { "ds_cpl", "ds-cpl" },
    { "fxsr_opt", "fxsr-opt" },
    { "kvm_pv_eoi", "kvm-pv-eoi" },
    { "kvm_pv_unhalt", "kvm-pv-unhalt" },
    { "lahf_lm", "lahf-lm" },
    { "nodeid_msr", "nodeid-msr" },
    { "pclmuldq", "pclmulqdq" },
    { "perfctr_core", "perfctr-core" },
    { "perfctr_nb", "perfctr-nb" },
    { "tsc_adjust", "tsc-adjust" },
};

const char *
cpu_feature_qemu_name(const char *xml_name)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(names[i].xml, xml_name))
            return names[i].qemu;
    return xml_name;
}

const char *
cpu_feature_xml_name(const char *qemu_name)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(names[i].qemu, qemu_name))
            return names[i].xml;
    return qemu_name;
}

const char *
cpu_vendor_name(const char *cpuid)
{
    static const struct { const char *cpuid, *name; } vendors[] = {
        { "GenuineIntel", "Intel" }, { "AuthenticAMD", "AMD" }, { "HygonGenuine", "Hygon" },
    };

    for (guint i = 0; cpuid && i < G_N_ELEMENTS(vendors); i++)
        if (g_str_equal(vendors[i].cpuid, cpuid))
            return vendors[i].name;
    return NULL;
}

const char *
cpu_model_vendor(const char *model)
{
    static const struct { const char *prefix, *vendor; } rows[] = {
        { "EPYC", "AMD" }, { "Opteron", "AMD" }, { "athlon", "AMD" }, { "phenom", "AMD" }, { "Dhyana", "Hygon" },
        { "qemu", "unknown" }, { "kvm", "unknown" }, { "486", "unknown" }, { "pentium", "unknown" },
        { "YongFeng", "unknown" }, { "cpu64-", "unknown" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        if (g_str_has_prefix(model, rows[i].prefix))
            return rows[i].vendor;
    return "Intel";
}
