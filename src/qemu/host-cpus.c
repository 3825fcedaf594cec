/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CPU models, and CPUs compared with this host or with each other. */
#include "qemu/cpu-baseline.h"
#include "qemu/cpu-compare.h"
#include "qemu/host-caps.h"
#include "qemu/host-emulator.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define COMPARE_FLAGS (VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE | VIR_CONNECT_COMPARE_CPU_VALIDATE_XML)
#define BASELINE_FLAGS (VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES | VIR_CONNECT_BASELINE_CPU_MIGRATABLE)

/* Those of libvirt in its order, then what only QEMU has. */
static GPtrArray *
list_models(const QemuCaps *caps)
{
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; i < cpu_n_models; i++)
        if (qemu_caps_find_cpu(caps, cpu_models[i].name))
            g_ptr_array_add(names, (char *)cpu_models[i].name);
    for (guint i = 0; i < qemu_caps_n_cpus(caps); i++) {
        const QemuCpu *cpu = qemu_caps_cpu(caps, i);

        if (qemu_cpu_is_model(cpu) && !cpu_model_find(cpu->name))
            g_ptr_array_add(names, cpu->name);
    }
    return names;
}

bool
host_cpu_model_names(QemuCapsCache *cache, const CpuModelsIn *in, StrListOut *out, GError **err)
{
    const EmulatorWish wish = { .arch = in->arch };
    g_auto(HostEmulator) found = { 0 };
    g_autoptr(GPtrArray) names = NULL;

    if (!verb_check_flags(in->flags, 0, "virConnectGetCPUModelNames", err) ||
        !host_emulator_find(cache, &wish, &found, err))
        return false;
    names = list_models(found.caps);
    out->ret = names->len;
    if (!in->need_results)
        return true;
    out->list.n = names->len;
    out->list.v = g_new0(char *, names->len + 1);
    for (guint i = 0; i < names->len; i++)
        out->list.v[i] = g_strdup(names->pdata[i]);
    return true;
}

static bool
compare(const CpuOffer *offer, const QemuCaps *caps, const CompareHypervisorCpuIn *in, gint32 *ret_result, GError **err)
{
    const bool strict = in->flags & VIR_CONNECT_COMPARE_CPU_VALIDATE_XML;
    g_auto(CpuDoc) doc = { 0 };
    CpuVerdict verdict = { 0 };
    g_autofree char *why = NULL;

    if (!cpu_doc_parse(in->xml, strict ? CPU_DOC_STRICT : 0, &doc, err) || !cpu_compare(offer, caps, &doc, &verdict, err))
        return false;
    why = verdict.why;
    *ret_result = verdict.result;
    return verdict.result != VIR_CPU_COMPARE_INCOMPATIBLE || !(in->flags & VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE) ||
           verr_set(err, VIR_FROM_CPU, VIR_ERR_CPU_INCOMPATIBLE, "%s", why);
}

bool
host_compare_cpu(QemuCapsCache *cache, const CompareCpuIn *in, gint32 *ret_result, GError **err)
{
    const CpuOffer offer = { .has = cpu_host()->has, .vendor = cpu_host()->vendor };
    const CompareHypervisorCpuIn question = { .xml = in->xml, .flags = in->flags };
    const EmulatorWish any = { 0 };
    g_auto(HostEmulator) found = { 0 };

    return verb_check_flags(in->flags, COMPARE_FLAGS, "virConnectCompareCPU", err) &&
           host_emulator_find(cache, &any, &found, err) && compare(&offer, found.caps, &question, ret_result, err);
}

bool
host_compare_hypervisor_cpu(QemuCapsCache *cache, const CompareHypervisorCpuIn *in, gint32 *ret_result, GError **err)
{
    const EmulatorWish wish = { in->emulator, in->arch, in->machine, in->virttype };
    g_auto(HostEmulator) found = { 0 };
    CpuOffer offer;

    if (!verb_check_flags(in->flags, COMPARE_FLAGS, "virConnectCompareHypervisorCPU", err) ||
        !host_emulator_find(cache, &wish, &found, err))
        return false;
    if (!cpu_offer_of_qemu(found.caps, &offer))
        return fail(err, VIR_ERR_OPERATION_UNSUPPORTED, _("QEMU '%s' does not support reporting CPU model for virttype '%s'"),
                    qemu_caps_binary(found.caps), found.kvm ? "kvm" : "qemu");
    return compare(&offer, found.caps, in, ret_result, err);
}

static void
clear_doc(gpointer doc)
{
    cpu_doc_clear(doc);
}

/* NULL on failure. */
static GArray *
parse_all(const StrList *xmls, CpuDocFlags flags, GError **err)
{
    g_autoptr(GArray) docs = g_array_new(FALSE, TRUE, sizeof(CpuDoc));

    g_array_set_clear_func(docs, clear_doc);
    for (guint i = 0; i < xmls->n; i++) {
        CpuDoc doc;

        if (!cpu_doc_parse(xmls->v[i], flags, &doc, err))
            return NULL;
        g_array_append_val(docs, doc);
    }
    return g_steal_pointer(&docs);
}

static char *
baseline(CpuBaseline *how, const BaselineHypervisorCpuIn *in, GError **err)
{
    g_autoptr(GArray) docs = parse_all(&in->cpus, how->by_qemu ? 0 : CPU_DOC_HOST, err);
    g_autoptr(DomCpu) cpu = NULL;

    how->migratable = in->flags & VIR_CONNECT_BASELINE_CPU_MIGRATABLE;
    how->expand = in->flags & VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES;
    cpu = docs ? cpu_baseline(how, (const CpuDoc *)docs->data, docs->len, err) : NULL;
    return cpu ? dom_cpu_format(cpu) : NULL;
}

char *
host_baseline_cpu(QemuCapsCache *cache, const BaselineCpuIn *in, GError **err)
{
    const BaselineHypervisorCpuIn question = { .cpus = in->cpus, .flags = in->flags };
    const EmulatorWish any = { 0 };
    g_auto(HostEmulator) found = { 0 };
    CpuBaseline how = { .by_qemu = false };

    if (!verb_check_flags(in->flags, BASELINE_FLAGS, "virConnectBaselineCPU", err) ||
        !host_emulator_find(cache, &any, &found, err))
        return NULL;
    how.caps = found.caps;
    return baseline(&how, &question, err);
}

char *
host_baseline_hypervisor_cpu(QemuCapsCache *cache, const BaselineHypervisorCpuIn *in, GError **err)
{
    const EmulatorWish wish = { in->emulator, in->arch, in->machine, in->virttype };
    g_auto(HostEmulator) found = { 0 };
    CpuBaseline how = { .by_qemu = true };

    if (!verb_check_flags(in->flags, BASELINE_FLAGS, "virConnectBaselineHypervisorCPU", err) ||
        !host_emulator_find(cache, &wish, &found, err))
        return NULL;
    how.caps = found.caps;
    return baseline(&how, in, err);
}
