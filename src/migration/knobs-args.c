/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "migration/knobs-check.h"
#include "model/params.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

void
mig_args_to_params(const MigOldArgs *args, Params *ret)
{
    Params params = { 0 };

    params_add_string(&params, VIR_MIGRATE_PARAM_URI, args->uri);
    params_add_string(&params, VIR_MIGRATE_PARAM_DEST_NAME, args->dname);
    params_add_string(&params, VIR_MIGRATE_PARAM_DEST_XML, args->dxml);
    if (args->bandwidth)
        params_add_ullong(&params, VIR_MIGRATE_PARAM_BANDWIDTH, args->bandwidth);
    *ret = params;
}

bool
mig_params_to_args(const Params *params, MigOldArgs *ret, GError **err)
{
    MigOldArgs args = { 0 };

    for (int i = 0; i < params->n; i++) {
        const virTypedParameter *param = &params->v[i];
        const MigKnob *knob = mig_knob_by_name(param->field);

        if (knob == NULL || !knob->v3 || param->type != mig_knob_type(knob))
            return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED,
                        _("migration parameter '%s' is not supported: one of the hosts cannot take typed parameters"),
                        param->field);
        if (strcmp(param->field, VIR_MIGRATE_PARAM_URI) == 0)
            args.uri = param->value.s;
        else if (strcmp(param->field, VIR_MIGRATE_PARAM_DEST_NAME) == 0)
            args.dname = param->value.s;
        else if (strcmp(param->field, VIR_MIGRATE_PARAM_DEST_XML) == 0)
            args.dxml = param->value.s;
        else
            args.bandwidth = param->value.ul;
    }
    *ret = args;
    return true;
}
