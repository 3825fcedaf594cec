/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vcpucount, vcpuinfo */
#include <stdlib.h>
#include <string.h>

#include "shell.h"

static const OptFlag count_flags[] = {
    { "maximum", VIR_DOMAIN_VCPU_MAXIMUM }, { "live", VIR_DOMAIN_VCPU_LIVE }, { "config", VIR_DOMAIN_VCPU_CONFIG },
    { "guest", VIR_DOMAIN_VCPU_GUEST },     { NULL, 0 },
};

static const OptDef count_options[] = {
    OPT_DOMAIN,
    { "maximum", OPT_BOOL, 0, NULL, N_("how many there may be") },
    { "active", OPT_BOOL, 0, NULL, N_("how many there are") },
    { "live", OPT_BOOL, 0, NULL, N_("of the running domain") },
    { "config", OPT_BOOL, 0, NULL, N_("of the definition for the next start") },
    { "current", OPT_BOOL, 0, NULL, N_("of the running domain, or else of its definition") },
    { "guest", OPT_BOOL, 0, NULL, N_("as the guest itself counts") },
    OPT_END
};

static bool
print_count(Shell *sh, virDomainPtr dom, bool maximum, bool live)
{
    unsigned flags = (maximum ? VIR_DOMAIN_VCPU_MAXIMUM : 0u) | (live ? VIR_DOMAIN_VCPU_LIVE : VIR_DOMAIN_VCPU_CONFIG);
    int count = virDomainGetVcpusFlags(dom, flags);
    g_autofree char *key = g_strdup_printf("%s_%s", maximum ? "maximum" : "current", live ? "live" : "config");

    if (count < 0)
        return false;
    json_number(sh, key, (guint64)count);
    print_padded(sh, 12, maximum ? _("maximum") : _("current"), " ");
    print_padded(sh, 12, live ? _("live") : _("config"), " %3d\n", count);
    return true;
}

static bool
print_all_counts(Shell *sh, virDomainPtr dom)
{
    bool config = virDomainIsPersistent(dom) > 0, live = virDomainIsActive(dom) > 0;

    for (int maximum = 1; maximum >= 0; maximum--) {
        if ((config && !print_count(sh, dom, maximum, false)) || (live && !print_count(sh, dom, maximum, true)))
            return false;
    }
    return true;
}

static bool
run_count(Shell *sh, const Cmd *cmd)
{
    bool all = cmd->values->len == 1;
    g_autoptr(virDomain) dom = NULL;
    int count;

    if (!opt_exclusive(cmd, "live", "config") || !opt_exclusive(cmd, "current", "live") ||
        !opt_exclusive(cmd, "current", "config") || !opt_exclusive(cmd, "active", "maximum") ||
        !opt_exclusive(cmd, "guest", "config") || !(dom = need_domain(sh, cmd)))
        return false;
    if (all)
        return print_all_counts(sh, dom);
    count = virDomainGetVcpusFlags(dom, opt_flags(cmd, count_flags));
    if (count < 0)
        return false;
    json_number(sh, "count", (guint64)count);
    print(sh, "%d\n", count);
    return true;
}

static char *
affinity_text(const unsigned char *map, int cpus, bool pretty)
{
    g_autofree char *plain = cpu_map_text(map, cpus, pretty);

    return pretty ? g_strdup_printf(_("%s (out of %d)"), plain, cpus) : g_steal_pointer(&plain);
}

static void
print_vcpu(Shell *sh, const virVcpuInfo *info, const char *affinity)
{
    if (sh->out)
        json_builder_begin_object(sh->out);
    pair_number(sh, 16, _("VCPU:"), "vcpu", info->number, NULL);
    if (info->cpu >= 0)
        pair_number(sh, 16, _("CPU:"), "cpu", (guint64)info->cpu, NULL);
    else
        pair(sh, 16, _("CPU:"), "cpu", "%s", _("N/A"));
    pair(sh, 16, _("State:"), "state", "%s", name_vcpu_state(info->state));
    json_number(sh, "cpu_time_ns", info->cpuTime);
    if (!sh->out && info->cpuTime)
        pair(sh, 16, _("CPU time:"), NULL, "%.1lfs", (double)info->cpuTime / 1e9);
    pair(sh, 16, _("CPU Affinity:"), "affinity", "%s", affinity);
    if (sh->out)
        json_builder_end_object(sh->out);
}

static bool
run_info(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    virDomainInfo info;
    int cpus = dom ? virNodeGetCPUMap(sh->conn, NULL, NULL, 0) : -1;
    g_autofree virVcpuInfo *vcpus = NULL;
    g_autofree unsigned char *maps = NULL;
    int maplen, n;

    if (dom == NULL || cpus <= 0 || virDomainGetInfo(dom, &info) < 0)
        return false;
    maplen = VIR_CPU_MAPLEN(cpus);
    vcpus = g_new0(virVcpuInfo, info.nrVirtCpu);
    maps = g_new0(unsigned char, (gsize)info.nrVirtCpu * (gsize)maplen);
    n = virDomainGetVcpus(dom, vcpus, info.nrVirtCpu, maps, maplen);
    if (n < 0)
        return false;
    if (sh->out) {
        json_builder_set_member_name(sh->out, "rows");
        json_builder_begin_array(sh->out);
    }
    for (int i = 0; i < n; i++) {
        g_autofree char *affinity = affinity_text(VIR_GET_CPUMAP(maps, maplen, i), cpus, opt_bool(cmd, "pretty"));

        print_vcpu(sh, &vcpus[i], affinity);
        if (i + 1 < n)
            print(sh, "\n");
    }
    if (sh->out)
        json_builder_end_array(sh->out);
    return true;
}

static const OptDef info_options[] = {
    OPT_DOMAIN, { "pretty", OPT_BOOL, 0, NULL, N_("ranges of CPUs instead of a map") }, OPT_END
};

const CmdDef cmds_vcpu[] = {
    { "vcpucount", count_options, run_count, N_("numbers of a domain's virtual CPUs"),
      N_("Print how many virtual CPUs a domain has and may have."), 0 },
    { "vcpuinfo", info_options, run_info, N_("a domain's virtual CPUs"),
      N_("Print what each virtual CPU of a domain does, and where it may run."), 0 },
    { NULL }
};
