/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include <string.h>

#include "api/rim.h"
#include "util/err.h"

/**
 * virDomainGetMaxVcpus:
 * @domain: a domain
 *
 * Returns how many virtual CPUs it may have, or -1.
 *
 * Since: 0.2.1; procedure 18
 */
int
virDomainGetMaxVcpus(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);
    I32Out out = { 0 };

    return api_domain_verb(&call, VERB_domain_get_max_vcpus, 0, &out) ? out.value : api_fail(&call);
}

/**
 * virDomainGetVcpusFlags:
 * @domain: a domain
 * @flags: virDomainVcpuFlags: which number is meant
 *
 * Returns the number of virtual CPUs, or -1.
 *
 * Since: 0.8.5; procedure 200
 */
int
virDomainGetVcpusFlags(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    I32Out out = { 0 };

    api_trace(&call, "flags=0x%x", flags);
    if (!api_exclusive(&call, flags, VIR_DOMAIN_AFFECT_LIVE, VIR_DOMAIN_AFFECT_CONFIG)
        || !api_domain_verb(&call, VERB_domain_get_vcpus_flags, flags, &out))
        return api_fail(&call);
    return out.value;
}

/* maps: as many bytes per virtual CPU as the caller asked for, clipped to what was answered. */
static void
copy_maps(const VcpusOut *out, int n, unsigned char *cpumaps, int maplen)
{
    gsize wanted = (gsize)n * (gsize)maplen;

    memset(cpumaps, 0, wanted);
    memcpy(cpumaps, out->maps, MIN(wanted, out->maps_len));
}

/**
 * virDomainGetVcpus:
 * @domain: a running domain
 * @info: room for @maxinfo structs: number, state, CPU time in nanoseconds, host CPU
 * @maxinfo: how many at most
 * @cpumaps: room for @maxinfo maps of @maplen bytes, the host CPUs on which each virtual CPU may run; may be NULL
 * @maplen: bytes per map, VIR_CPU_MAPLEN(); 0 when @cpumaps is NULL
 *
 * Returns how many were filled, or -1.
 *
 * Since: 0.1.4; procedure 20
 */
int
virDomainGetVcpus(virDomainPtr domain, virVcpuInfoPtr info, int maxinfo, unsigned char *cpumaps, int maplen)
{
    ApiCall call = API_DOMAIN(domain);
    VcpusIn in = { .maxinfo = maxinfo, .maplen = maplen };
    VcpusOut out = { 0 };
    int n;

    if (!api_need(&call, info) || !api_need_positive(&call, maxinfo))
        return api_fail(&call);
    if (cpumaps ? !api_need_positive(&call, maplen) : maplen != 0) {
        api_refuse_argument(&call, "maplen", _("maplen in %s must be zero without cpumaps"), __func__);
        return api_fail(&call);
    }
    if (cpumaps && maxinfo > G_MAXINT / maplen) {
        api_refuse(&call, VIR_ERR_OVERFLOW, _("input too large: %d * %d"), maxinfo, maplen);
        return api_fail(&call);
    }
    in.dom = api_dom_ref(domain);
    if (!api_verb(&call, VERB_domain_get_vcpus, &in, &out))
        return api_fail(&call);

    n = (int)MIN(out.n, (guint)maxinfo);
    for (int i = 0; i < n; i++)
        info[i] = (virVcpuInfo){ out.v[i].number, out.v[i].state, out.v[i].cpu_time, out.v[i].cpu };
    if (cpumaps)
        copy_maps(&out, n, cpumaps, maplen);
    g_free(out.v);
    g_free(out.maps);
    return n;
}
