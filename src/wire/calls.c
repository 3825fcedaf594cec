/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/calls.h"

const RpcCall *
wire_call_by_number(gint32 number)
{
    return rpc_program_find(&remote_program, number);
}

/* How well a row suits a client's call. Of two procedures for one thing the newer one takes flags; but libvirt before
 * 8.5 knows no DOMAIN_ABORT_JOB_FLAGS, and hardly anybody passes any. */
static bool
suits(const RpcCall *call, gconstpointer in)
{
    const WireTag *tag = wire_tag(call);

    switch (tag->verb) {
    case VERB_domain_abort_job:
        return (call->number == 442) == (((const DomainIn *)in)->flags != 0);
    case VERB_migrate_begin:
        return !tag->form == (((const MigrateBeginIn *)in)->dialect == DIALECT_V3_PARAMS);
    case VERB_migrate_prepare:
        return !tag->form == (((const MigratePrepareIn *)in)->dialect == DIALECT_V3_PARAMS);
    case VERB_migrate_prepare_tunnel:
        return !tag->form == (((const MigratePrepareIn *)in)->dialect == DIALECT_V3_PARAMS);
    case VERB_migrate_perform:
        return !tag->form == (((const MigratePerformIn *)in)->dialect == DIALECT_V3_PARAMS);
    case VERB_migrate_finish:
        return !tag->form == (((const MigrateFinishIn *)in)->dialect == DIALECT_V3_PARAMS);
    case VERB_migrate_confirm:
        return !tag->form == (((const MigrateConfirmIn *)in)->dialect == DIALECT_V3_PARAMS);
    default:
        return true;
    }
}

const RpcCall *
wire_call_by_verb(VerbId verb, gconstpointer in)
{
    for (gsize i = remote_program.n_calls; i-- > 0;) {
        if (wire_tag(&remote_calls[i])->verb == verb && suits(&remote_calls[i], in))
            return &remote_calls[i];
    }
    return NULL;
}
