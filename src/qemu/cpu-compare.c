/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu-compare.h"

#include "qemu/cpu-map.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_CPU

static bool
can_be_compared(const DomCpu *cpu)
{
    return cpu && (cpu->model || cpu->mode == DOM_CPU_HOST_MODEL) && cpu->mode != DOM_CPU_HOST_PASSTHROUGH &&
           cpu->mode != DOM_CPU_MAXIMUM;
}

bool
cpu_offer_of_qemu(const QemuCaps *caps, CpuOffer *ret_offer)
{
    const char *model = qemu_caps_host_model(caps);
    CpuOffer offer = { .vendor = qemu_caps_host_vendor(caps) };
    CpuSet off = { 0 };

    if (!model || !cpu_model_set(caps, model, &offer.has))
        return false;
    for (guint i = 0; i < qemu_caps_n_host_features(caps); i++) {
        const QemuCpuFeature *feature = qemu_caps_host_feature(caps, i);

        cpu_set_add_name(feature->on ? &offer.has : &off, feature->name);
    }
    cpu_set_subtract(&offer.has, &off);
    *ret_offer = offer;
    return true;
}

/* Without a policy a feature is required; so is everything that a host has. */
static CpuSet *
wish_of(CpuWishes *wishes, DomCpuPolicy policy, bool of_host)
{
    switch (of_host ? DOM_CPU_POLICY_REQUIRE : policy) {
    case DOM_CPU_POLICY_FORCE:
        return &wishes->force;
    case DOM_CPU_POLICY_OPTIONAL:
        return &wishes->optional;
    case DOM_CPU_POLICY_DISABLE:
        return &wishes->disable;
    case DOM_CPU_POLICY_FORBID:
        return &wishes->forbid;
    default:
        return &wishes->require;
    }
}

bool
cpu_wishes(const QemuCaps *caps, const DomCpu *cpu, bool of_host, CpuWishes *ret_wishes)
{
    CpuWishes wishes = { 0 };
    DomCpuFeature *feature;

    if (cpu->model && !cpu_model_set(caps, cpu->model, &wishes.require))
        return false;
    dom_each(feature, cpu->features)
        cpu_set_add_name(wish_of(&wishes, feature->policy, of_host), feature->name);
    *ret_wishes = wishes;
    return true;
}

bool
cpu_names_are_known(const QemuCaps *caps, const DomCpu *cpu, GError **err)
{
    DomCpuFeature *feature;
    CpuSet ignored;

    if (cpu->model && !cpu_model_set(caps, cpu->model, &ignored))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Unknown CPU model %s"), cpu->model);
    dom_each(feature, cpu->features)
        if (cpu_map_index(feature->name) < 0)
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("Unknown CPU feature %s"), feature->name);
    return true;
}

/* "what: avx, avx2" */
static CpuVerdict
incompatible(const char *what, const CpuSet *features)
{
    g_autofree char *names = cpu_set_names(features);

    return (CpuVerdict){ VIR_CPU_COMPARE_INCOMPATIBLE, g_strdup_printf("%s: %s", what, names) };
}

static CpuVerdict
judge(const CpuSet *has, CpuWishes *wishes, bool strict)
{
    CpuSet forbidden = wishes->forbid, missing, extra = *has;

    cpu_set_intersect(&forbidden, has);
    if (!cpu_set_is_empty(&forbidden))
        return incompatible(_("Host CPU provides forbidden features"), &forbidden);
    cpu_set_subtract(&wishes->require, &wishes->force);
    cpu_set_subtract(&wishes->require, &wishes->optional);
    cpu_set_subtract(&wishes->require, &wishes->disable);
    missing = wishes->require;
    cpu_set_subtract(&missing, has);
    if (!cpu_set_is_empty(&missing))
        return incompatible(_("Host CPU does not provide required features"), &missing);
    cpu_set_subtract(&extra, &wishes->require);
    cpu_set_subtract(&extra, &wishes->force);
    cpu_set_subtract(&extra, &wishes->optional);
    cpu_set_subtract(&extra, &wishes->disable);
    if (cpu_set_is_empty(&extra))
        return (CpuVerdict){ VIR_CPU_COMPARE_IDENTICAL, NULL };
    if (strict)
        return incompatible(_("Host CPU does not strictly match guest CPU: Extra features"), &extra);
    return (CpuVerdict){ VIR_CPU_COMPARE_SUPERSET, NULL };
}

static CpuVerdict
compare_known(const CpuOffer *offer, CpuWishes *wishes, const CpuDoc *doc)
{
    const DomCpu *cpu = doc->cpu;

    if (doc->arch && !cpu_arch_is_x86(doc->arch))
        return (CpuVerdict){ VIR_CPU_COMPARE_INCOMPATIBLE,
                             g_strdup_printf(_("CPU arch %s does not match host arch"), doc->arch) };
    if (cpu->vendor && g_strcmp0(cpu->vendor, offer->vendor) != 0)
        return (CpuVerdict){ VIR_CPU_COMPARE_INCOMPATIBLE,
                             g_strdup_printf(_("host CPU vendor does not match required CPU vendor %s"), cpu->vendor) };
    return judge(&offer->has, wishes, !doc->arch && cpu->match == DOM_CPU_MATCH_STRICT);
}

bool
cpu_compare(const CpuOffer *offer, const QemuCaps *caps, const CpuDoc *doc, CpuVerdict *ret_verdict, GError **err)
{
    const bool foreign = doc->arch && !cpu_arch_is_x86(doc->arch);
    CpuWishes wishes = { 0 };

    if (!foreign && (!cpu_names_are_known(caps, doc->cpu, err) || !cpu_wishes(caps, doc->cpu, doc->arch != NULL, &wishes)))
        return false;
    *ret_verdict = compare_known(offer, &wishes, doc);
    return true;
}

GPtrArray *
cpu_missing_features(const QemuCaps *caps, const DomCpu *cpu)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const QemuCpu *model = can_be_compared(cpu) && cpu->model ? qemu_caps_find_cpu(caps, cpu->model) : NULL;
    DomCpuFeature *feature;

    /* What the definition says about a feature of the model stands above the model. */
    for (guint i = 0; model && i < model->missing->len; i++) {
        const char *name = model->missing->pdata[i];

        if (!dom_cpu_find_feature(cpu, name) && cpu_map_model_has(cpu->model, name, true))
            g_ptr_array_add(names, g_strdup(name));
    }
    dom_each(feature, cpu->features)
        if ((feature->policy == DOM_CPU_POLICY_NONE || feature->policy == DOM_CPU_POLICY_REQUIRE) &&
            qemu_caps_lacks_cpu_feature(caps, feature->name))
            g_ptr_array_add(names, g_strdup(feature->name));
    return names;
}

/* QEMU lists what it lacks; what it does not list it has, or does not know, which QEMU itself then says. */
static void
add_forbidden(const QemuCaps *caps, const DomCpu *cpu, GPtrArray *names)
{
    DomCpuFeature *feature;

    dom_each(feature, cpu->features)
        if (feature->policy == DOM_CPU_POLICY_FORBID && !qemu_caps_lacks_cpu_feature(caps, feature->name))
            g_ptr_array_add(names, g_strdup(feature->name));
}

static bool
check_with_qemu(const QemuCaps *caps, const DomCpu *cpu, GError **err)
{
    g_autoptr(GPtrArray) names = cpu_missing_features(caps, cpu);
    const bool missing = names->len > 0;
    g_autofree char *list = NULL;

    /* 'full' looks at the CPU that runs, where what is forbidden is off: so it is in the XML of each guest that libvirt runs. */
    if (!missing && cpu->check != DOM_CPU_CHECK_FULL)
        add_forbidden(caps, cpu, names);
    if (names->len == 0)
        return true;
    g_ptr_array_add(names, NULL);
    list = g_strjoinv(", ", (char **)names->pdata);
    return fail(err, VIR_ERR_CPU_INCOMPATIBLE,
                missing ? _("Host CPU does not provide required features: %s") : _("Host CPU provides forbidden features: %s"),
                list);
}

/* KVM's guests run on the processor itself; others have what QEMU emulates, whatever the processor is. */
static bool
find_offer(const QemuCaps *caps, const CpuHost *host, CpuOffer *ret_offer)
{
    CpuOffer given = { .vendor = NULL };
    const bool known = cpu_offer_of_qemu(caps, &given);

    *ret_offer = given;
    if (qemu_caps_kvm_usable(caps)) {
        cpu_set_unite(&ret_offer->has, &host->has);
        ret_offer->vendor = host->vendor;
    }
    return known;
}

static bool
check_with_offer(const CpuOffer *offer, CpuWishes *wishes, const DomCpu *cpu, GError **err)
{
    const CpuDoc doc = { .cpu = (DomCpu *)cpu };
    const CpuVerdict verdict = compare_known(offer, wishes, &doc);
    g_autofree char *why = verdict.why;

    return verdict.result != VIR_CPU_COMPARE_INCOMPATIBLE || fail(err, VIR_ERR_CPU_INCOMPATIBLE, "%s", why);
}

bool
cpu_check(const QemuCaps *caps, const CpuHost *host, const DomCpu *cpu, GError **err)
{
    CpuWishes wishes;
    CpuOffer offer;

    if (!can_be_compared(cpu) || cpu->check == DOM_CPU_CHECK_DEFAULT || cpu->check == DOM_CPU_CHECK_NONE)
        return true;
    if (cpu->check == DOM_CPU_CHECK_PARTIAL && cpu_wishes(caps, cpu, false, &wishes) && find_offer(caps, host, &offer))
        return check_with_offer(&offer, &wishes, cpu, err);
    return check_with_qemu(caps, cpu, err);
}

void
cpu_settle_optional(const QemuCaps *caps, DomCpu *cpu)
{
    DomCpuFeature *feature;

    dom_each(feature, cpu->features)
        if (feature->policy == DOM_CPU_POLICY_OPTIONAL)
            feature->policy = qemu_caps_lacks_cpu_feature(caps, feature->name) ? DOM_CPU_POLICY_DISABLE
                                                                              : DOM_CPU_POLICY_REQUIRE;
}
