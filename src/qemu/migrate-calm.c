/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU may be in the middle of a migration that nobody here knows the state of: a former daemon began it, or the monitor
 * connection broke just when it was told to. It is asked, and brought to an end. */
#include "qemu/migrate-silence.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* Capabilities may have been set by the former daemon; the former parameters are not known, those of a new migration
 * are set when it starts. */
static bool
has_run(JsonObject *info)
{
    static const char *const before[] = { "inmigrate", "paused", "prelaunch", "postmigrate", "finish-migrate" };
    const char *status = json_get_string(info, "status");

    if (json_bool_or(info, "running", false))
        return true;
    for (gsize i = 0; status && i < G_N_ELEMENTS(before); i++)
        if (g_str_equal(status, before[i]))
            return false;
    return status != NULL; /* io-error, shutdown, guest-panicked, watchdog: only running CPUs get there */
}

bool
qmig_ask_qemu(QemuMig *mig, QmpClient *qmp, QmigStatus *ret_status, bool *ret_ran, GError **err)
{
    QmpCmd    cmds[] = { { .cmd = "query-migrate" }, { .cmd = "query-status" }, { .cmd = "query-migrate-capabilities" } };
    JsonNode *rets[G_N_ELEMENTS(cmds)] = { NULL };
    const char *status;

    if (!qmp_batch(qmp, cmds, G_N_ELEMENTS(cmds), rets, err))
        return false;
    status = json_get_string(json_as_object(rets[0]), "status");
    *ret_status = status ? qmig_status_parse(status) : QMIG_NONE;
    *ret_ran = has_run(json_as_object(rets[1]));
    mig->caps_all = mig->caps_offered = qmig_caps_of_reply(rets[2]);
    for (guint i = 0; i < G_N_ELEMENTS(cmds); i++)
        g_clear_pointer(&rets[i], json_node_unref);
    return true;
}

/* QEMU looks for a cancellation, then waits for leave to switch over. One that comes in between leaves it waiting for ever,
 * its CPUs stopped; leave that it does not need it forgets. */
void
qmig_let_cancel(QmpClient *qmp)
{
    qmp_send(qmp, "migrate-continue", json_make("s:state", "cancelling", NULL), NULL, NULL);
}

static bool
is_under_way(QmigStatus status)
{
    return status == QMIG_SETUP || status == QMIG_ACTIVE || status == QMIG_PRE_SWITCHOVER || status == QMIG_DEVICE ||
           status == QMIG_CANCELLING;
}

/* Events may have come between the answer and now: they know better. */
static bool
wait_for_end(QemuMig *mig, QmigStatus asked, QmigStatus *ret_status, GError **err)
{
    bool unreachable;

    g_mutex_lock(&mig->lock);
    if (mig->status == QMIG_NONE)
        mig->status = asked;
    while (!mig->gone && !mig->unreachable && is_under_way(mig->status))
        g_cond_wait(&mig->changed, &mig->lock);
    *ret_status = mig->status;
    unreachable = mig->unreachable;
    g_mutex_unlock(&mig->lock);
    return !unreachable ||
           fail(err, VIR_ERR_OPERATION_FAILED, _("the monitor of domain '%s' cannot be reached: how far its migration has got "
                "is not known"), mig->dom->name);
}

bool
qmig_calm(QemuMig *mig, QmpClient *qmp, QmigStatus *ret_status, GError **err)
{
    QmigStatus status;
    bool       ran;

    g_mutex_lock(&mig->lock);
    mig->watching = mig->told = true;
    mig->abort = true;
    g_mutex_unlock(&mig->lock);
    if (!qmig_ask_qemu(mig, qmp, &status, &ran, err))
        return false;
    if (is_under_way(status))
        qmig_cancel(mig, qmp);
    if (status == QMIG_CANCELLING)
        qmig_let_cancel(qmp);
    return wait_for_end(mig, status, ret_status, err);
}

/* A QEMU that has not answered may have begun; it would stop the CPUs at the end and wait for us. */
bool
qmig_tell_migrate(QemuMig *mig, QmpClient *qmp, const char *uri, GError **err)
{
    GError    *why = NULL;
    QmigStatus status;

    g_mutex_lock(&mig->lock);
    mig->told = true;
    g_mutex_unlock(&mig->lock);
    if (qmp_call(qmp, "migrate", json_make("b:detach", true, "b:resume", false, "s:uri", uri, NULL), NULL, &why))
        return true;
    if (qmp_error_is_lost(why))
        qmig_calm(mig, qmp, &status, NULL);
    g_propagate_error(err, why);
    return false;
}
