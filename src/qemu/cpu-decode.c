/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu-decode.h"

#include "qemu/cpu-map.h"

/* QEMU's model may have more than libvirt's: it is switched off by name, or QEMU would try to give it. */
static void
add_blockers(const QemuCaps *caps, CpuDecoded *decoded)
{
    const QemuCpu *cpu = qemu_caps_find_cpu(caps, decoded->model->name);

    for (guint i = 0; cpu && i < cpu->missing->len; i++)
        cpu_set_add_name(&decoded->disable, cpu->missing->pdata[i]);
    cpu_set_subtract(&decoded->disable, &decoded->require);
}

static bool
describe(const CpuDecode *how, const CpuModel *model, const CpuSet *has, CpuDecoded *ret)
{
    const char *off = how->of_host ? NULL : cpu_map_switched_off(model->name);
    CpuSet own;

    if (!cpu_model_set(how->caps, model->name, &own))
        return false;
    *ret = (CpuDecoded){ .model = model, .require = *has, .disable = own };
    cpu_set_subtract(&ret->require, &own);
    cpu_set_subtract(&ret->disable, has);
    if (how->by_qemu)
        add_blockers(how->caps, ret);
    if (off && !cpu_set_has_name(&ret->require, off) && !cpu_set_has_name(&ret->disable, off))
        ret->switched_off = off;
    return true;
}

static bool
may_describe(const CpuDecode *how, const CpuModel *model)
{
    const char *maker = cpu_model_maker(model->name);

    if (!(how->of_host ? model->for_host : model->for_guest))
        return false;
    if (how->by_qemu && !qemu_caps_find_cpu(how->caps, model->name))
        return false;
    return !how->vendor || !maker || g_str_equal(maker, how->vendor);
}

/* libvirt's measure, which has to be ours: a feature counts 1; every second one of those that are taken from the model 2, 3,
 * 4 and so on instead, because software that knows the model expects them. */
typedef struct {
    guint all, penalty;
} Distance;

static Distance
distance(const CpuDecoded *decoded)
{
    const guint taken = cpu_set_count(&decoded->disable) + (decoded->switched_off != NULL), n = (taken + 1) / 2;
    const guint penalty = n * (n + 3) / 2;

    return (Distance){ cpu_set_count(&decoded->require) + taken - n + penalty, penalty };
}

static bool
is_better(const CpuDecode *how, const CpuDecoded *candidate, const CpuDecoded *best)
{
    Distance far, best_far;

    if (!best->model)
        return true;
    if (how->signature.family) {
        const bool is_signed = cpu_model_is_signed(candidate->model, &how->signature);

        if (is_signed != cpu_model_is_signed(best->model, &how->signature))
            return is_signed;
    }
    far = distance(candidate);
    best_far = distance(best);
    return far.all != best_far.all ? far.all < best_far.all : far.penalty < best_far.penalty;
}

bool
cpu_decode(const CpuDecode *how, const CpuSet *has, CpuDecoded *ret)
{
    CpuDecoded best = { 0 };

    for (guint i = cpu_n_models; i-- > 0;) {
        CpuDecoded candidate;

        if (!may_describe(how, &cpu_models[i]) || !describe(how, &cpu_models[i], has, &candidate))
            continue;
        if (how->of_host && !cpu_set_is_empty(&candidate.disable))
            continue;
        if (how->preferred && g_str_equal(how->preferred, candidate.model->name)) {
            best = candidate;
            break;
        }
        if (is_better(how, &candidate, &best))
            best = candidate;
    }
    *ret = best;
    return best.model != NULL;
}

static void
write_features(const CpuSet *set, DomCpuPolicy policy, DomCpu *cpu)
{
    for (guint i = 0; i < cpu_map_n_features; i++)
        if (cpu_set_has(set, i))
            dom_cpu_set_feature(cpu, cpu_map_features[i], policy);
}

void
cpu_decoded_write(const CpuDecoded *decoded, DomCpu *cpu)
{
    g_free(cpu->model);
    cpu->model = g_strdup(decoded->model->name);
    write_features(&decoded->require, DOM_CPU_POLICY_REQUIRE, cpu);
    write_features(&decoded->disable, DOM_CPU_POLICY_DISABLE, cpu);
    if (decoded->switched_off)
        dom_cpu_set_feature(cpu, decoded->switched_off, DOM_CPU_POLICY_DISABLE);
}
