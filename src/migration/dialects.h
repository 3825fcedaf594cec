/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which form of the migration calls both connections speak: V3 with typed parameters, or V3 without.
 * Asks features through the ends of a run (migration/phases.h); V1 and V2 are refused.
 */
#pragma once

#include "migration/phases.h"

/* VIR_DRV_FEATURE_* numbers of connect_supports_feature. */
enum {
    MIG_FEATURE_P2P         = 4,
    MIG_FEATURE_DIRECT      = 5,
    MIG_FEATURE_V3          = 6,
    MIG_FEATURE_PROTECTION  = 7,
    MIG_FEATURE_OFFLINE     = 12,
    MIG_FEATURE_PARAMS      = 13,
};

/* *ret: the end answered 1. */
bool mig_end_has_feature(MigEnd *end, int feature, bool *ret, GError **err);

/* Fills run->dialect and run->protect, and checks what the flags need of both ends. old_call: the caller used the
 * API without typed parameters, which speaks V3 without them also to ends that know more. */
bool mig_dialect_pick(MigRun *run, bool old_call, GError **err);
