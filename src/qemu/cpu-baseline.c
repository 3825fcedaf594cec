/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu-baseline.h"

#include <string.h>

#include "qemu/cpu-compare.h"
#include "qemu/cpu-decode.h"
#include "qemu/cpu-map.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_CPU

/* What is common to the CPUs that were looked at so far. */
typedef struct {
    CpuSet      has;
    const char *vendor;     /* as far as one of them says; NULL: none does */
    bool        all_say;    /* vendor is each one's own word, not its model's */
    const char *model;      /* of all, where they name the same; NULL: they differ */
} Common;

/* What a CPU has: force counts as require, optional does not. */
static bool
features_of(const QemuCaps *caps, const CpuDoc *doc, CpuSet *ret_has, GError **err)
{
    CpuWishes wishes;

    if (!cpu_names_are_known(caps, doc->cpu, err) || !cpu_wishes(caps, doc->cpu, doc->arch != NULL, &wishes))
        return false;
    *ret_has = wishes.require;
    cpu_set_unite(ret_has, &wishes.force);
    cpu_set_subtract(ret_has, &wishes.disable);
    cpu_set_subtract(ret_has, &wishes.forbid);
    return true;
}

static bool
check_vendor(const char *vendor, GError **err)
{
    static const char *const known[] = { "Intel", "AMD", "Hygon", NULL };

    return g_strv_contains(known, vendor) || fail(err, VIR_ERR_OPERATION_FAILED, _("Unknown CPU vendor %s"), vendor);
}

/* The first one's model says nothing about its vendor: that is how libvirt sees it. */
static bool
begin(const QemuCaps *caps, const CpuDoc *doc, Common *common, GError **err)
{
    *common = (Common){ .vendor = doc->cpu->vendor, .all_say = doc->cpu->vendor != NULL, .model = doc->cpu->model };
    return features_of(caps, doc, &common->has, err) && (!common->vendor || check_vendor(common->vendor, err));
}

static bool
merge_vendor(Common *common, const DomCpu *cpu, GError **err)
{
    const char *maker = cpu_model_maker(cpu->model), *vendor = cpu->vendor ? cpu->vendor : maker;

    if (cpu->vendor && maker && !g_str_equal(cpu->vendor, maker))
        return fail(err, VIR_ERR_OPERATION_FAILED, _("CPU vendor %s of model %s differs from vendor %s"), maker, cpu->model,
                    cpu->vendor);
    common->all_say = common->all_say && cpu->vendor;
    if (!vendor)
        return true;
    if (common->vendor && !g_str_equal(common->vendor, vendor))
        return fail(err, VIR_ERR_OPERATION_FAILED, "%s", _("CPU vendors do not match"));
    common->vendor = vendor;
    return check_vendor(vendor, err);
}

static bool
merge(const QemuCaps *caps, const CpuDoc *doc, Common *common, GError **err)
{
    CpuSet has;

    if (!features_of(caps, doc, &has, err) || !merge_vendor(common, doc->cpu, err))
        return false;
    cpu_set_intersect(&common->has, &has);
    if (g_strcmp0(common->model, doc->cpu->model) != 0)
        common->model = NULL;
    return true;
}

static bool
check_docs(const CpuBaseline *how, const CpuDoc *docs, guint n, GError **err)
{
    if (n == 0)
        return fail(err, VIR_ERR_INVALID_ARG, "%s", _("no CPUs given"));
    for (guint i = 0; i < n; i++)
        if (!docs[i].cpu->model)
            return fail(err, VIR_ERR_INVALID_ARG, _("no CPU model specified at index %u"), i);
    if (!how->by_qemu && !cpu_arch_is_x86(docs[0].arch))
        return fail(err, VIR_ERR_NO_SUPPORT, _("'%s' architecture is not supported by CPU driver"), docs[0].arch);
    return true;
}

/* Bits of the host's own bookkeeping: not for guests. */
static void
drop_host_bits(const CpuBaseline *how, CpuSet *set)
{
    CpuSet drop = { 0 };

    for (guint i = 0; i < cpu_map_n_features; i++)
        if (cpu_map_is_idle(cpu_map_features[i]) && (how->by_qemu || !g_str_equal(cpu_map_features[i], "pconfig")))
            cpu_set_add(&drop, i);
    if (how->migratable)
        cpu_set_add_name(&drop, "invtsc");
    if (how->migratable && !how->by_qemu)
        cpu_set_add_name(&drop, "xsaves"); /* in libvirt's eyes; QEMU migrates it */
    cpu_set_subtract(set, &drop);
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    const DomCpuFeature *x = *(const DomCpuFeature *const *)a, *y = *(const DomCpuFeature *const *)b;

    return strcmp(x->name, y->name);
}

static void
expand(const QemuCaps *caps, DomCpu *cpu)
{
    CpuSet own;

    if (!cpu_model_set(caps, cpu->model, &own))
        return;
    for (guint i = 0; i < cpu_map_n_features; i++)
        if (cpu_set_has(&own, i) && !dom_cpu_find_feature(cpu, cpu_map_features[i]))
            dom_cpu_set_feature(cpu, cpu_map_features[i], DOM_CPU_POLICY_REQUIRE);
    g_ptr_array_sort(cpu->features, compare_names);
}

static DomCpu *
write_down(const CpuBaseline *how, Common *common, GError **err)
{
    const CpuDecode decode = { .caps = how->caps, .by_qemu = how->by_qemu, .vendor = common->vendor,
                               .preferred = common->model };
    CpuDecoded decoded;
    DomCpu *cpu;

    if (cpu_set_is_empty(&common->has))
        return fail_null(err, VIR_ERR_OPERATION_FAILED, "%s", _("CPUs are incompatible"));
    if (!cpu_decode(&decode, &common->has, &decoded))
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, "%s", _("Cannot find suitable CPU model for given data"));
    drop_host_bits(how, &decoded.require);
    cpu = dom_cpu_new();
    cpu->mode = DOM_CPU_CUSTOM;
    cpu->match = DOM_CPU_MATCH_EXACT;
    cpu_decoded_write(&decoded, cpu);
    cpu->fallback = how->by_qemu || g_strcmp0(cpu->model, common->model) == 0 ? DOM_CPU_FALLBACK_FORBID
                                                                              : DOM_CPU_FALLBACK_ALLOW;
    cpu->vendor = g_strdup(common->all_say ? common->vendor : NULL);
    if (how->expand)
        expand(how->caps, cpu);
    return cpu;
}

DomCpu *
cpu_baseline(const CpuBaseline *how, const CpuDoc *docs, guint n, GError **err)
{
    Common common;

    if (!check_docs(how, docs, n, err) || !begin(how->caps, &docs[0], &common, err))
        return NULL;
    for (guint i = 1; i < n; i++)
        if (!merge(how->caps, &docs[i], &common, err))
            return NULL;
    return write_down(how, &common, err);
}
