/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of a migration, before and while it runs. */
#include "shell.h"

static const OptDef active_options[] = { OPT_DOMAIN_OF(complete_active), OPT_END };

static bool
run_setdowntime(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = NULL;
    unsigned long long ms = 0;

    if (!opt_ull(cmd, "downtime", &ms))
        return false;
    if (ms < 1) {
        complain(_("migrate: Invalid downtime"));
        return false;
    }
    return (dom = need_domain(sh, cmd)) && virDomainMigrateSetMaxDowntime(dom, ms, 0) == 0;
}

static const OptDef setdowntime_options[] = {
    OPT_DOMAIN_OF(complete_active),
    { "downtime", OPT_NUMBER, OPT_REQUIRED, NULL, N_("milliseconds that the guest may stand still") },
    OPT_END
};

static bool
run_getdowntime(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    unsigned long long ms;

    if (dom == NULL || virDomainMigrateGetMaxDowntime(dom, &ms, 0) < 0)
        return false;
    json_number(sh, "downtime_ms", ms);
    print(sh, "%llu\n", ms);
    return true;
}

#define OPT_POSTCOPY { "postcopy", OPT_BOOL, 0, NULL, N_("the limit of post-copy") }

static unsigned
speed_flags(const Cmd *cmd)
{
    return opt_bool(cmd, "postcopy") ? VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY : 0;
}

static bool
run_setspeed(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = NULL;
    unsigned long long mib = 0;

    return opt_ull(cmd, "bandwidth", &mib) && (dom = need_domain(sh, cmd)) &&
           virDomainMigrateSetMaxSpeed(dom, (unsigned long)mib, speed_flags(cmd)) == 0;
}

static const OptDef setspeed_options[] = {
    OPT_DOMAIN,
    { "bandwidth", OPT_NUMBER, OPT_REQUIRED, NULL, N_("limit in MiB/s") },
    OPT_POSTCOPY,
    OPT_END
};

static bool
run_getspeed(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    unsigned long mib;

    if (dom == NULL || virDomainMigrateGetMaxSpeed(dom, &mib, speed_flags(cmd)) < 0)
        return false;
    json_number(sh, "bandwidth_mib", mib);
    print(sh, "%lu\n", mib);
    return true;
}

static const OptDef getspeed_options[] = { OPT_DOMAIN, OPT_POSTCOPY, OPT_END };

static bool
run_compcache(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = NULL;
    unsigned long long bytes = 0;
    const char *unit;
    double size;

    if (!opt_ull(cmd, "size", &bytes) || !(dom = need_domain(sh, cmd)))
        return false;
    if (opt_bool(cmd, "size") && virDomainMigrateSetCompressionCache(dom, bytes, 0) < 0)
        return false;
    if (virDomainMigrateGetCompressionCache(dom, &bytes, 0) < 0)
        return false;
    size = scale_size(bytes, &unit);
    json_number(sh, "bytes", bytes);
    print(sh, _("Compression cache: %.3lf %s"), size, unit);
    return true;
}

static const OptDef compcache_options[] = {
    OPT_DOMAIN_OF(complete_active),
    { "size", OPT_NUMBER, OPT_BY_NAME, NULL, N_("new size in bytes") },
    OPT_END
};

static bool
run_postcopy(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);

    return dom && virDomainMigrateStartPostCopy(dom, 0) == 0;
}

const CmdDef cmds_tune[] = {
    { "migrate-compcache", compcache_options, run_compcache, N_("get or set the size of the compression cache"),
      N_("Print, or set and print, the size of the cache that xbzrle compression uses."), 0 },
    { "migrate-getmaxdowntime", active_options, run_getdowntime, N_("get the pause that a migration may cause"),
      N_("Print for how many milliseconds the guest may stand still when it migrates."), 0 },
    { "migrate-getspeed", getspeed_options, run_getspeed, N_("get the bandwidth limit of migrations"),
      N_("Print the limit of a domain's migrations in MiB/s."), 0 },
    { "migrate-postcopy", active_options, run_postcopy, N_("switch a migration to post-copy"),
      N_("Let the guest run at the destination now and its memory follow; the migration was started with --postcopy."),
      0 },
    { "migrate-setmaxdowntime", setdowntime_options, run_setdowntime, N_("set the pause that a migration may cause"),
      N_("Set for how many milliseconds the guest may stand still when it migrates, also while it does."), 0 },
    { "migrate-setspeed", setspeed_options, run_setspeed, N_("set the bandwidth limit of migrations"),
      N_("Set the limit of a domain's migrations in MiB/s, also while one runs."), 0 },
    { NULL }
};
