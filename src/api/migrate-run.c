/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/migrate-run.h"

#include <godwit/godwit.h>
#include <string.h>

#include "api/migrate-end.h"
#include "migration/dialects.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

/* Of this thread's last managed migration. */
static _Thread_local MigPhaseNote last_notes[MIG_DONE];
static _Thread_local MigResult last_result;

virDomainPtr
migrate_managed(ApiCall *call, virConnectPtr dconn, const Params *params, guint32 flags, bool old_call)
{
    VirConn *sconn = call->conn;
    MigEnd src = migrate_end_source(sconn, _("the source"));
    MigEnd dst = migrate_end_dest(dconn, _("the destination"));
    MigRun run = { .src = &src, .dst = &dst, .dom = api_dom_ref(call->domain), .params = *params, .flags = flags };
    virDomainPtr landed = NULL;

    memset(last_notes, 0, sizeof last_notes);
    last_result = MIG_STAYED;
    if (!mig_dialect_pick(&run, old_call, &call->err))
        return NULL;
    if (mig_run(&run, &call->err))
        landed = api_take_domain(dconn, &run.landed);
    memcpy(last_notes, run.notes, sizeof last_notes);
    last_result = run.result;
    mig_run_clear(&run);
    return landed;
}

static int
phase_state(const MigPhaseNote *note)
{
    if (!note->asked)
        return GODWIT_PHASE_SKIPPED;
    if (note->cancelled)
        return GODWIT_PHASE_CANCELLED;
    return note->failed ? GODWIT_PHASE_FAILED : GODWIT_PHASE_DONE;
}

/**
 * godwitMigrateLastPhases:
 * @phases: array to fill
 * @max: its length; five are enough
 *
 * What the phases of the last managed migration did that this thread asked for, in their order, with the time that
 * each took as seen from here.
 *
 * Returns how many elements were filled, or -1: VIR_ERR_INVALID_ARG.
 *
 * Since: godwit 0.1.0
 */
int
godwitMigrateLastPhases(godwitMigratePhase *phases, int max)
{
    ApiCall call = API_PLAIN();
    int n = MIN(max, (int)MIG_DONE);

    if (!api_need(&call, phases) || !api_need_not_negative(&call, max))
        return api_fail(&call);
    for (int i = 0; i < n; i++) {
        phases[i].name = mig_phase_name((MigPhase)i);
        phases[i].state = phase_state(&last_notes[i]);
        phases[i].micros = (unsigned long long)(last_notes[i].ended - last_notes[i].started);
    }
    return n;
}

/**
 * godwitMigrateLastResult:
 *
 * Where the last managed migration that this thread asked for left the guest.
 *
 * Returns one of godwitMigrateResult.
 *
 * Since: godwit 0.1.0
 */
int
godwitMigrateLastResult(void)
{
    switch (last_result) {
    case MIG_ARRIVED: return GODWIT_MIGRATE_ARRIVED;
    case MIG_IN_DOUBT: return GODWIT_MIGRATE_IN_DOUBT;
    default: return GODWIT_MIGRATE_STAYED;
    }
}
