/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include "api/rim.h"
#include "util/err.h"

/**
 * virDomainGetJobInfo:
 * @domain: a domain
 * @info: filled: kind of job, times in milliseconds, data in bytes
 *
 * How far the domain's current job is, typically a migration; type VIR_DOMAIN_JOB_NONE without one.
 *
 * Returns 0, or -1.
 *
 * Since: 0.7.7; procedure 163
 */
int
virDomainGetJobInfo(virDomainPtr domain, virDomainJobInfoPtr info)
{
    ApiCall call = API_DOMAIN(domain);
    JobInfoOut out = { 0 };

    if (!api_need(&call, info) || !api_domain_verb(&call, VERB_domain_get_job_info, 0, &out))
        return api_fail(&call);
    *info = out.info;
    return 0;
}

/**
 * virDomainGetJobStats:
 * @domain: a domain
 * @type: set to a virDomainJobType
 * @params: set to an array of VIR_DOMAIN_JOB_* parameters, freed with virTypedParamsFree()
 * @nparams: set to its length
 * @flags: virDomainGetJobStatsFlags; VIR_DOMAIN_JOB_STATS_COMPLETED: the job that ended last, once unless
 *         VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED is given too
 *
 * More than virDomainGetJobInfo() tells. After a migration both hosts can be asked for the completed job.
 *
 * Returns 0, or -1.
 *
 * Since: 1.0.3; procedure 298
 */
int
virDomainGetJobStats(virDomainPtr domain, int *type, virTypedParameterPtr *params, int *nparams,
                     unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    JobStatsOut out = { 0 };

    api_trace(&call, "flags=0x%x", flags);
    if (!api_need(&call, type) || !api_need(&call, params) || !api_need(&call, nparams)
        || !api_domain_verb(&call, VERB_domain_get_job_stats, flags, &out))
        return api_fail(&call);
    *type = out.type;
    *params = out.params.v;
    *nparams = out.params.n;
    return 0;
}

static int
abort_job(ApiCall *call, unsigned int flags)
{
    return api_domain_verb(call, VERB_domain_abort_job, flags, NULL) ? 0 : api_fail(call);
}

/**
 * virDomainAbortJob:
 * @domain: a domain with a job
 *
 * virDomainAbortJobFlags() without flags.
 *
 * Returns 0, or -1.
 *
 * Since: 0.7.7; procedure 164; QMP migrate_cancel
 */
int
virDomainAbortJob(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    return abort_job(&call, 0);
}

/**
 * virDomainAbortJobFlags:
 * @domain: a domain with a job
 * @flags: virDomainAbortJobFlagsValues
 *
 * Asks the job to stop and undo what it did; a migrated domain runs on where it was. The call that started the job
 * then fails with VIR_ERR_OPERATION_ABORTED.
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_INVALID when there is no job, or one that cannot be stopped now.
 *
 * Since: 8.5.0; procedure 442; QMP migrate_cancel
 */
int
virDomainAbortJobFlags(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return abort_job(&call, flags);
}
