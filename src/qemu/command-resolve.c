/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/command-resolve.h"

#include "qemu/cpu-compare.h"
#include "qemu/cpu-map.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

static bool
wants_host_model(const DomCpu *cpu)
{
    return cpu && (cpu->mode == DOM_CPU_HOST_MODEL ||
                   (cpu->mode != DOM_CPU_HOST_PASSTHROUGH && cpu->match == DOM_CPU_MATCH_MINIMUM));
}

static void
set_string(char **member, const char *value)
{
    g_free(*member);
    *member = g_strdup(value);
}

static bool
is_any(const char *name)
{
    return true;
}

/* Topology, NUMA cells, cache and vendor_id are the definition's; model, vendor and features come from the host. */
static DomCpu *
resolve(const DomCpu *cpu, const QemuCaps *caps)
{
    DomCpu *result = dom_cpu_copy(cpu);
    DomCpuFeature *own;

    dom_cpu_drop_features(result, is_any);
    result->mode = DOM_CPU_CUSTOM;
    result->match = DOM_CPU_MATCH_EXACT;
    result->check = DOM_CPU_CHECK_PARTIAL;
    result->fallback = DOM_CPU_FALLBACK_FORBID;
    set_string(&result->model, qemu_caps_host_model(caps));
    if (cpu->mode == DOM_CPU_HOST_MODEL)
        set_string(&result->vendor, qemu_caps_host_vendor(caps));
    for (guint i = 0; i < qemu_caps_n_host_features(caps); i++) {
        const QemuCpuFeature *feature = qemu_caps_host_feature(caps, i);

        if (!feature->stays)
            dom_cpu_set_feature(result, feature->name, feature->on ? DOM_CPU_POLICY_REQUIRE : DOM_CPU_POLICY_DISABLE);
    }
    dom_each(own, cpu->features) /* the definition's own word stands */
        dom_cpu_set_feature(result, own->name, own->policy);
    return result;
}

QemuCaps *
command_cpu_caps(const DomDef *def, QemuCapsCache *cache, GError **err)
{
    return def->virt == DOM_VIRT_KVM ? qemu_caps_cache_get(cache, def->emulator, err)
                                     : qemu_caps_cache_get_tcg(cache, def->emulator, err);
}

bool
command_check_cpu(const DomDef *def, QemuCapsCache *cache, GError **err)
{
    g_autoptr(QemuCaps) caps = def->cpu ? command_cpu_caps(def, cache, err) : NULL;

    return !def->cpu || (caps && cpu_check(caps, cpu_host(), def->cpu, err));
}

static bool
resolve_host_model(DomDef *def, const QemuCaps *caps, GError **err)
{
    DomCpu *cpu;

    if (!qemu_caps_host_model(caps))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("emulator '%s' cannot describe this host's CPU: domain '%s' has to name a CPU model"),
                    def->emulator, def->name);
    cpu = resolve(def->cpu, caps);
    dom_cpu_free(def->cpu);
    def->cpu = cpu;
    return true;
}

/* What libvirt writes into every definition that it starts. */
static void
settle_model(DomCpu *cpu)
{
    const char *off = cpu->mode == DOM_CPU_CUSTOM && cpu->model ? cpu_map_switched_off(cpu->model) : NULL;

    if (cpu->mode == DOM_CPU_CUSTOM && cpu->model)
        cpu->fallback = DOM_CPU_FALLBACK_FORBID; /* this is the model, and there was no other */
    if (off && !dom_cpu_find_feature(cpu, off))
        dom_cpu_set_feature(cpu, off, DOM_CPU_POLICY_DISABLE);
    dom_cpu_drop_features(cpu, cpu_map_is_idle);
}

bool
command_resolve_cpu(DomDef *def, QemuCapsCache *cache, GError **err)
{
    g_autoptr(QemuCaps) caps = def->cpu ? command_cpu_caps(def, cache, err) : NULL;

    if (!def->cpu)
        return true;
    if (!caps || !cpu_check(caps, cpu_host(), def->cpu, err) ||
        (wants_host_model(def->cpu) && !resolve_host_model(def, caps, err)))
        return false;
    settle_model(def->cpu);
    cpu_settle_optional(caps, def->cpu);
    return true;
}
