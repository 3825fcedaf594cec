/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Judges a migration's flags and typed parameters by the rows of migration/knobs.h and the rules beside them.
 * Pure: any thread.
 */
#pragma once

#include "migration/knobs.h"
#include "model/verbs.h"

/* Where the check runs decides what is looked at and whose error it is. */
typedef enum {
    KNOBS_AT_CLIENT = 1 << 0, /* public API: combinations of flags only; the hosts know the rest */
    KNOBS_AT_SOURCE = 1 << 1, /* Begin, Perform, Confirm: everything */
    KNOBS_AT_DEST   = 1 << 2, /* Prepare, Finish: everything that travels there */
} KnobsAt;

bool mig_knobs_check(const Params *params, guint32 flags, KnobsAt at, GError **err);

/* The fixed arguments of the older calls. Strings are borrowed. */
typedef struct {
    const char *uri, *dname, *dxml;
    guint64     bandwidth; /* MiB/s; 0: none */
} MigOldArgs;

/* The caller owns ret (params_clear). */
void mig_args_to_params(const MigOldArgs *args, Params *ret);
/* Error 74 when something in params cannot be said with the old arguments. ret borrows from params. */
bool mig_params_to_args(const Params *params, MigOldArgs *ret, GError **err);
