/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migration/dialects.h"

#include "migration/knobs-check.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

bool
mig_end_has_feature(MigEnd *end, int feature, bool *ret, GError **err)
{
    FeatureIn in = { .feature = feature };
    I32Out out = { 0 };

    if (!end->ask(end, VERB_connect_supports_feature, &in, &out, err))
        return false;
    *ret = out.value > 0;
    return true;
}

/* *ret: both ends have it; the destination is not asked when the source has not. */
static bool
both_have(MigRun *run, int feature, bool *ret, GError **err)
{
    bool src = false, dst = false;

    if (!mig_end_has_feature(run->src, feature, &src, err))
        return false;
    if (src && !mig_end_has_feature(run->dst, feature, &dst, err))
        return false;
    *ret = src && dst;
    return true;
}

static bool
check_offline(MigRun *run, GError **err)
{
    bool src = false, dst = false;

    if (!(run->flags & VIR_MIGRATE_OFFLINE))
        return true;
    if (!mig_end_has_feature(run->src, MIG_FEATURE_OFFLINE, &src, err))
        return false;
    if (!src)
        return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("offline migration is not supported by the source host"));
    if (!mig_end_has_feature(run->dst, MIG_FEATURE_OFFLINE, &dst, err))
        return false;
    if (!dst)
        return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED,
                    _("offline migration is not supported by the destination host"));
    return true;
}

static bool
pick_protection(MigRun *run, GError **err)
{
    bool wanted = run->flags & VIR_MIGRATE_CHANGE_PROTECTION;

    run->flags &= ~(guint32)VIR_MIGRATE_CHANGE_PROTECTION;
    if (!mig_end_has_feature(run->src, MIG_FEATURE_PROTECTION, &run->protect, err))
        return false;
    if (wanted && !run->protect)
        return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("cannot enforce change protection"));
    return true;
}

bool
mig_dialect_pick(MigRun *run, bool old_call, GError **err)
{
    MigOldArgs args;
    bool params = false, v3 = false;

    if (!check_offline(run, err))
        return false;
    if (!old_call && !both_have(run, MIG_FEATURE_PARAMS, &params, err))
        return false;
    if (params) {
        run->dialect = DIALECT_V3_PARAMS;
        return pick_protection(run, err);
    }

    if (!old_call && !mig_params_to_args(&run->params, &args, err))
        return false;
    if (!both_have(run, MIG_FEATURE_V3, &v3, err))
        return false;
    if (!v3)
        return fail(err, VIR_ERR_NO_SUPPORT, _("virDomainMigrate: one of the hosts speaks neither form of migration "
                                               "protocol version 3, and older versions are not supported"));
    run->dialect = DIALECT_V3;
    return pick_protection(run, err);
}
