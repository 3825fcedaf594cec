/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domjobinfo, domjobabort */
#include <stdlib.h>
#include <string.h>

#include <godwit/godwit.h>

#include "shell.h"

typedef enum { SHOW_MS, SHOW_SIZE, SHOW_RATE, SHOW_PAGES, SHOW_BYTES, SHOW_COUNT, SHOW_PERCENT } Show;

typedef struct {
    const char *field, *label;
    Show        show;
    /* Shown only while this one is not zero; NULL: always. */
    const char *unless_zero;
    const char *completed_label; /* of a job that is over */
} StatRow;

/* In virsh's order. */
static const StatRow rows[] = {
    { VIR_DOMAIN_JOB_TIME_ELAPSED, N_("Time elapsed:"), SHOW_MS },
    { VIR_DOMAIN_JOB_TIME_ELAPSED_NET, N_("Time elapsed w/o network:"), SHOW_MS },
    { VIR_DOMAIN_JOB_TIME_REMAINING, N_("Time remaining:"), SHOW_MS },
    { VIR_DOMAIN_JOB_DATA_PROCESSED, N_("Data processed:"), SHOW_SIZE, VIR_DOMAIN_JOB_DATA_TOTAL },
    { VIR_DOMAIN_JOB_DATA_REMAINING, N_("Data remaining:"), SHOW_SIZE, VIR_DOMAIN_JOB_DATA_TOTAL },
    { VIR_DOMAIN_JOB_DATA_TOTAL, N_("Data total:"), SHOW_SIZE, VIR_DOMAIN_JOB_DATA_TOTAL },
    { VIR_DOMAIN_JOB_MEMORY_PROCESSED, N_("Memory processed:"), SHOW_SIZE, VIR_DOMAIN_JOB_MEMORY_TOTAL },
    { VIR_DOMAIN_JOB_MEMORY_REMAINING, N_("Memory remaining:"), SHOW_SIZE, VIR_DOMAIN_JOB_MEMORY_TOTAL },
    { VIR_DOMAIN_JOB_MEMORY_TOTAL, N_("Memory total:"), SHOW_SIZE, VIR_DOMAIN_JOB_MEMORY_TOTAL },
    { VIR_DOMAIN_JOB_MEMORY_BPS, N_("Memory bandwidth:"), SHOW_RATE, VIR_DOMAIN_JOB_MEMORY_BPS },
    { VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, N_("Dirty rate:"), SHOW_PAGES },
    { VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, N_("Page size:"), SHOW_BYTES },
    { VIR_DOMAIN_JOB_MEMORY_ITERATION, N_("Iteration:"), SHOW_COUNT },
    { VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS, N_("Postcopy requests:"), SHOW_COUNT },
    { VIR_DOMAIN_JOB_DISK_PROCESSED, N_("File processed:"), SHOW_SIZE, VIR_DOMAIN_JOB_DISK_TOTAL },
    { VIR_DOMAIN_JOB_DISK_REMAINING, N_("File remaining:"), SHOW_SIZE, VIR_DOMAIN_JOB_DISK_TOTAL },
    { VIR_DOMAIN_JOB_DISK_TOTAL, N_("File total:"), SHOW_SIZE, VIR_DOMAIN_JOB_DISK_TOTAL },
    { VIR_DOMAIN_JOB_DISK_BPS, N_("File bandwidth:"), SHOW_RATE, VIR_DOMAIN_JOB_DISK_BPS },
    { VIR_DOMAIN_JOB_MEMORY_CONSTANT, N_("Constant pages:"), SHOW_COUNT },
    { VIR_DOMAIN_JOB_MEMORY_NORMAL, N_("Normal pages:"), SHOW_COUNT },
    { VIR_DOMAIN_JOB_MEMORY_NORMAL_BYTES, N_("Normal data:"), SHOW_SIZE },
    { VIR_DOMAIN_JOB_DOWNTIME, N_("Expected downtime:"), SHOW_MS, NULL, N_("Total downtime:") },
    { VIR_DOMAIN_JOB_DOWNTIME_NET, N_("Downtime w/o network:"), SHOW_MS },
    { VIR_DOMAIN_JOB_SETUP_TIME, N_("Setup time:"), SHOW_MS },
    { VIR_DOMAIN_JOB_COMPRESSION_CACHE, N_("Compression cache:"), SHOW_SIZE },
    { VIR_DOMAIN_JOB_COMPRESSION_BYTES, N_("Compressed data:"), SHOW_SIZE },
    { VIR_DOMAIN_JOB_COMPRESSION_PAGES, N_("Compressed pages:"), SHOW_COUNT },
    { VIR_DOMAIN_JOB_COMPRESSION_CACHE_MISSES, N_("Compression cache misses:"), SHOW_COUNT },
    { VIR_DOMAIN_JOB_COMPRESSION_OVERFLOW, N_("Compression overflows:"), SHOW_COUNT },
    { VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE, N_("Auto converge throttle:"), SHOW_PERCENT },
};

typedef struct {
    int                  type;
    virTypedParameterPtr params;
    int                  n;
} Job;

static bool
find_number(const Job *job, const char *field, unsigned long long *ret)
{
    for (int i = 0; i < job->n; i++) {
        const virTypedParameter *param = &job->params[i];

        if (strcmp(param->field, field) != 0)
            continue;
        *ret = param->type == VIR_TYPED_PARAM_INT ? (unsigned long long)param->value.i : param->value.ul;
        return true;
    }
    return false;
}

static void
print_row(Shell *sh, const Job *job, const StatRow *row)
{
    unsigned long long value, gate = 1;
    const char *label = job->type == VIR_DOMAIN_JOB_COMPLETED && row->completed_label ? row->completed_label
                                                                                      : row->label;
    const char *unit;
    double size;

    if (!find_number(job, row->field, &value))
        return;
    if (row->unless_zero && (!find_number(job, row->unless_zero, &gate) || gate == 0))
        return;
    size = scale_size(value, &unit);
    switch (row->show) {
    case SHOW_MS: print_padded(sh, 17, _(label), " %-12llu ms\n", value); break;
    case SHOW_SIZE: print_padded(sh, 17, _(label), " %-.3lf %s\n", size, unit); break;
    case SHOW_RATE: print_padded(sh, 17, _(label), " %-.3lf %s/s\n", size, unit); break;
    case SHOW_PAGES: print_padded(sh, 17, _(label), " %-12llu pages/s\n", value); break;
    case SHOW_BYTES: print_padded(sh, 17, _(label), " %-12llu bytes\n", value); break;
    case SHOW_COUNT: print_padded(sh, 17, _(label), " %-12llu\n", value); break;
    case SHOW_PERCENT: print_padded(sh, 17, _(label), " %-13d\n", (int)value); break;
    }
}

static void
print_json(Shell *sh, const Job *job)
{
    json_string(sh, "type", name_job_type(job->type));
    for (int i = 0; i < job->n; i++) {
        if (strcmp(job->params[i].field, VIR_DOMAIN_JOB_OPERATION) == 0)
            json_string(sh, "operation", name_job_operation(job->params[i].value.i));
        else
            typed_param_json(sh, job->params[i].field, &job->params[i]);
    }
}

static void
print_raw(Shell *sh, const Job *job)
{
    print(sh, _("Job type: %d\n\n"), job->type);
    for (int i = 0; i < job->n; i++) {
        g_autofree char *value = typed_param_text(&job->params[i]);

        print(sh, "%s: %s\n", job->params[i].field, value);
    }
}

static void
print_job(Shell *sh, const Job *job, bool any)
{
    unsigned long long operation = 0;

    print_padded(sh, 17, _("Job type:"), " %-12s\n", name_job_type(job->type));
    if (job->type == VIR_DOMAIN_JOB_NONE ||
        (!any && (job->type == VIR_DOMAIN_JOB_FAILED || job->type == VIR_DOMAIN_JOB_CANCELLED)))
        return;
    if (find_number(job, VIR_DOMAIN_JOB_OPERATION, &operation))
        print_padded(sh, 17, _("Operation:"), " %-12s\n", name_job_operation((int)operation));
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        print_row(sh, job, &rows[i]);
    for (int i = 0; any && i < job->n; i++) {
        if (strcmp(job->params[i].field, VIR_DOMAIN_JOB_ERRMSG) == 0)
            print_padded(sh, 17, _("Error message:"), " %s\n", job->params[i].value.s);
    }
}

/* Hosts that only know the older call tell less. */
static bool
get_job(virDomainPtr dom, unsigned flags, Job *ret)
{
    virDomainJobInfo info;
    int max = 0;

    if (virDomainGetJobStats(dom, &ret->type, &ret->params, &ret->n, flags) == 0)
        return true;
    if (virGetLastErrorCode() != VIR_ERR_NO_SUPPORT || flags != 0)
        return false;
    forget_error();
    if (virDomainGetJobInfo(dom, &info) < 0)
        return false;
    ret->type = info.type;
    return virTypedParamsAddULLong(&ret->params, &ret->n, &max, VIR_DOMAIN_JOB_TIME_ELAPSED, info.timeElapsed) == 0 &&
           virTypedParamsAddULLong(&ret->params, &ret->n, &max, VIR_DOMAIN_JOB_DATA_PROCESSED, info.dataProcessed) ==
               0 &&
           virTypedParamsAddULLong(&ret->params, &ret->n, &max, VIR_DOMAIN_JOB_DATA_REMAINING, info.dataRemaining) ==
               0 &&
           virTypedParamsAddULLong(&ret->params, &ret->n, &max, VIR_DOMAIN_JOB_DATA_TOTAL, info.dataTotal) == 0;
}

static const OptFlag job_flags[] = {
    { "completed", VIR_DOMAIN_JOB_STATS_COMPLETED },
    { "keep-completed", VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED },
    { NULL, 0 }
};

static bool
run_jobinfo(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = NULL;
    unsigned flags = opt_flags(cmd, job_flags);
    Job job = { 0 };
    bool ok;

    if (opt_bool(cmd, "keep-completed") && !opt_bool(cmd, "completed")) {
        complain(_("Option --%s is required by option --%s"), "completed", "keep-completed");
        return false;
    }
    if (!opt_exclusive(cmd, "anystats", "rawstats") || !(dom = need_domain(sh, cmd)))
        return false;
    ok = get_job(dom, flags, &job);
    if (ok && sh->out)
        print_json(sh, &job);
    else if (ok && opt_bool(cmd, "rawstats"))
        print_raw(sh, &job);
    else if (ok)
        print_job(sh, &job, opt_bool(cmd, "anystats"));
    virTypedParamsFree(job.params, job.n);
    return ok;
}

static const OptDef jobinfo_options[] = {
    OPT_DOMAIN_OF(complete_active),
    { "completed", OPT_BOOL, 0, NULL, N_("of the last job that completed") },
    { "keep-completed", OPT_BOOL, 0, NULL, N_("and do not forget it") },
    { "anystats", OPT_BOOL, 0, NULL, N_("of failed jobs too") },
    { "rawstats", OPT_BOOL, 0, NULL, N_("all numbers as they came") },
    OPT_END
};

static const OptFlag abort_flags[] = {
    { "postcopy", VIR_DOMAIN_ABORT_JOB_POSTCOPY },
    { "destination-lost", GODWIT_ABORT_JOB_DESTINATION_LOST },
    { NULL, 0 }
};

static bool
run_jobabort(Shell *sh, const Cmd *cmd)
{
    g_autoptr(virDomain) dom = need_domain(sh, cmd);
    unsigned flags = opt_flags(cmd, abort_flags);

    if (dom == NULL)
        return false;
    return (flags ? virDomainAbortJobFlags(dom, flags) : virDomainAbortJob(dom)) == 0;
}

static const OptDef jobabort_options[] = {
    OPT_DOMAIN_OF(complete_active),
    { "postcopy", OPT_BOOL, 0, NULL, N_("interrupt a migration in post-copy mode") },
    { "destination-lost", OPT_BOOL, 0, NULL,
      N_("end the doubt about a migration: the destination is gone for good and does not run the guest") },
    OPT_END
};

const CmdDef cmds_job[] = {
    { "domjobabort", jobabort_options, run_jobabort, N_("abort what a domain's host is busy with"),
      N_("Abort the job that runs for a domain, such as its migration."), 0 },
    { "domjobinfo", jobinfo_options, run_jobinfo, N_("how far a domain's job is"),
      N_("Print how far the job that runs for a domain is, or how the last one went."), 0 },
    { NULL }
};
