/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domstats, dommemstat */
#include <stdlib.h>

#include "shell.h"

static const OptFlag what[] = {
    { "state", VIR_DOMAIN_STATS_STATE },
    { "cpu-total", VIR_DOMAIN_STATS_CPU_TOTAL },
    { "balloon", VIR_DOMAIN_STATS_BALLOON },
    { "vcpu", VIR_DOMAIN_STATS_VCPU },
    { "interface", VIR_DOMAIN_STATS_INTERFACE },
    { "block", VIR_DOMAIN_STATS_BLOCK },
    { "perf", VIR_DOMAIN_STATS_PERF },
    { "iothread", VIR_DOMAIN_STATS_IOTHREAD },
    { "memory", VIR_DOMAIN_STATS_MEMORY },
    { "dirtyrate", VIR_DOMAIN_STATS_DIRTYRATE },
    { "vm", VIR_DOMAIN_STATS_VM },
    { NULL, 0 }
};

static const OptFlag which[] = {
    { "list-active", VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE },
    { "list-inactive", VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE },
    { "list-persistent", VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT },
    { "list-transient", VIR_CONNECT_GET_ALL_DOMAINS_STATS_TRANSIENT },
    { "list-running", VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING },
    { "list-paused", VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED },
    { "list-shutoff", VIR_CONNECT_GET_ALL_DOMAINS_STATS_SHUTOFF },
    { "list-other", VIR_CONNECT_GET_ALL_DOMAINS_STATS_OTHER },
    { "enforce", VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS },
    { "backing", VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING },
    { "nowait", VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT },
    { NULL, 0 }
};

static const OptDef domstats_options[] = {
    { "state", OPT_BOOL, 0, NULL, N_("report the state") },
    { "cpu-total", OPT_BOOL, 0, NULL, N_("report CPU use") },
    { "balloon", OPT_BOOL, 0, NULL, N_("report the balloon") },
    { "vcpu", OPT_BOOL, 0, NULL, N_("report virtual CPUs") },
    { "interface", OPT_BOOL, 0, NULL, N_("report network interfaces") },
    { "block", OPT_BOOL, 0, NULL, N_("report disks") },
    { "perf", OPT_BOOL, 0, NULL, N_("report performance events") },
    { "iothread", OPT_BOOL, 0, NULL, N_("report I/O threads") },
    { "memory", OPT_BOOL, 0, NULL, N_("report memory use") },
    { "dirtyrate", OPT_BOOL, 0, NULL, N_("report how fast memory is dirtied") },
    { "vm", OPT_BOOL, 0, NULL, N_("report what only the hypervisor knows") },
    { "list-active", OPT_BOOL, 0, NULL, N_("only active domains") },
    { "list-inactive", OPT_BOOL, 0, NULL, N_("only inactive domains") },
    { "list-persistent", OPT_BOOL, 0, NULL, N_("only persistent domains") },
    { "list-transient", OPT_BOOL, 0, NULL, N_("only transient domains") },
    { "list-running", OPT_BOOL, 0, NULL, N_("only running domains") },
    { "list-paused", OPT_BOOL, 0, NULL, N_("only paused domains") },
    { "list-shutoff", OPT_BOOL, 0, NULL, N_("only domains that are shut off") },
    { "list-other", OPT_BOOL, 0, NULL, N_("only domains in other states") },
    { "raw", OPT_BOOL, 0, NULL, N_("plain values, not made pretty") },
    { "enforce", OPT_BOOL, 0, NULL, N_("fail where a wanted group is not known") },
    { "backing", OPT_BOOL, 0, NULL, N_("include backing files of disks") },
    { "nowait", OPT_BOOL, 0, NULL, N_("only what can be told at once") },
    { "domain", OPT_ARGV, 0, complete_domains, N_("domains to report; all if none") },
    OPT_END
};

static void
print_record(Shell *sh, const virDomainStatsRecord *record)
{
    if (sh->out) {
        json_builder_begin_object(sh->out);
        json_string(sh, "domain", virDomainGetName(record->dom));
    } else {
        print(sh, "Domain: '%s'\n", virDomainGetName(record->dom));
    }
    for (int i = 0; i < record->nparams; i++) {
        g_autofree char *value = typed_param_text(&record->params[i]);

        typed_param_json(sh, record->params[i].field, &record->params[i]);
        print(sh, "  %s=%s\n", record->params[i].field, value);
    }
    if (sh->out)
        json_builder_end_object(sh->out);
}

static void
free_domain(gpointer dom)
{
    if (dom)
        virDomainFree(dom);
}

static GPtrArray *
named_domains(Shell *sh, const Cmd *cmd)
{
    g_autofree const char **names = opt_argv(cmd, "domain");
    GPtrArray *doms = g_ptr_array_new_with_free_func(free_domain);

    for (guint i = 0; names[i]; i++) {
        virDomainPtr dom = virDomainLookupByName(sh->conn, names[i]);

        if (dom == NULL)
            dom = virDomainLookupByUUIDString(sh->conn, names[i]);
        if (dom == NULL) {
            forget_error();
            complain(_("failed to get domain '%s'"), names[i]);
            g_ptr_array_unref(doms);
            return NULL;
        }
        g_ptr_array_add(doms, dom);
    }
    return doms;
}

static bool
run_domstats(Shell *sh, const Cmd *cmd)
{
    g_autoptr(GPtrArray) doms = named_domains(sh, cmd);
    unsigned stats = opt_flags(cmd, what), flags = opt_flags(cmd, which);
    virDomainStatsRecordPtr *records = NULL;
    int n;

    if (doms == NULL)
        return false;
    if (doms->len > 0) {
        g_ptr_array_add(doms, NULL);
        n = virDomainListGetStats((virDomainPtr *)doms->pdata, stats, &records, flags);
        g_ptr_array_set_size(doms, (int)doms->len - 1);
    } else {
        n = virConnectGetAllDomainStats(sh->conn, stats, &records, flags);
    }
    if (n < 0)
        return false;
    if (sh->out) {
        json_builder_set_member_name(sh->out, "rows");
        json_builder_begin_array(sh->out);
    }
    for (int i = 0; i < n; i++) {
        if (i > 0)
            print(sh, "\n");
        print_record(sh, records[i]);
    }
    if (sh->out)
        json_builder_end_array(sh->out);
    virDomainStatsRecordListFree(records);
    return true;
}

static const char *
memory_tag(int tag)
{
    static const char *const names[] = {
        "swap_in", "swap_out", "major_fault", "minor_fault", "unused", "available", "actual", "rss", "usable",
        "last_update", "disk_caches", "hugetlb_pgalloc", "hugetlb_pgfail",
    };

    return tag >= 0 && (gsize)tag < G_N_ELEMENTS(names) ? names[tag] : NULL;
}

static bool
run_dommemstat(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    virDomainMemoryStatStruct stats[VIR_DOMAIN_MEMORY_STAT_NR];
    int n;

    if (dom == NULL)
        return false;
    n = virDomainMemoryStats(dom, stats, VIR_DOMAIN_MEMORY_STAT_NR, 0);
    if (n < 0) {
        complain(_("Failed to get memory statistics for domain %s"), virDomainGetName(dom));
        return false;
    }
    for (int i = 0; i < n; i++) {
        const char *name = memory_tag(stats[i].tag);

        if (name == NULL)
            continue;
        json_number(sh, name, stats[i].val);
        print(sh, "%s %llu\n", name, stats[i].val);
    }
    return true;
}

static const OptDef memstat_options[] = { OPT_DOMAIN, OPT_END };

const CmdDef cmds_stats[] = {
    { "dommemstat", memstat_options, run_dommemstat, N_("memory statistics of a domain"),
      N_("Print what the guest and the host tell of a running domain's memory."), 0 },
    { "domstats", domstats_options, run_domstats, N_("statistics of domains"),
      N_("Print statistics of some or all domains."), 0 },
    { NULL }
};
