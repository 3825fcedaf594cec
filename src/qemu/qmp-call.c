/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The waiting half of the QMP client: worker threads that need an answer before they go on. */
#include "qemu/qmp-client-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

typedef struct {
    GMutex  lock;
    GCond   done;
    guint   left;  /* under lock */
    GError *error; /* under lock: the first */
} Batch;

/* Lives on the waiting thread's stack, as the batch does: every callback runs before the wait ends. */
typedef struct {
    Batch     *batch;
    bool       may_fail;
    JsonNode **ret;
} Place;

static void
on_reply(JsonNode *ret, const GError *error, gpointer data)
{
    Place *place = data;
    Batch *batch = place->batch;

    g_mutex_lock(&batch->lock);
    if (ret && place->ret)
        *place->ret = json_node_ref(ret);
    if (error && !batch->error && (!place->may_fail || qmp_error_is_lost(error)))
        batch->error = g_error_copy(error);
    if (--batch->left == 0)
        g_cond_signal(&batch->done);
    g_mutex_unlock(&batch->lock);
}

static bool
wait_for(Batch *batch, GError **err)
{
    g_mutex_lock(&batch->lock);
    while (batch->left > 0)
        g_cond_wait(&batch->done, &batch->lock);
    g_mutex_unlock(&batch->lock);
    g_mutex_clear(&batch->lock);
    g_cond_clear(&batch->done);
    if (!batch->error)
        return true;
    g_propagate_error(err, batch->error);
    return false;
}

static void
clear_rets(JsonNode **rets, guint n)
{
    for (guint i = 0; rets && i < n; i++)
        g_clear_pointer(&rets[i], json_node_unref);
}

bool
qmp_batch(QmpClient *client, const QmpCmd *cmds, guint n, JsonNode **rets, GError **err)
{
    Batch batch = { .left = n };
    g_autofree Place    *places = g_new0(Place, n);
    g_autofree gpointer *data = g_new0(gpointer, n);

    if (n == 0)
        return true;
    g_mutex_init(&batch.lock);
    g_cond_init(&batch.done);
    for (guint i = 0; i < n; i++) {
        if (rets)
            rets[i] = NULL;
        places[i] = (Place){ &batch, cmds[i].may_fail, rets ? &rets[i] : NULL };
        data[i] = &places[i];
    }
    qmp_send_each(client, cmds, n, on_reply, data, 1);
    if (wait_for(&batch, err))
        return true;
    clear_rets(rets, n);
    return false;
}

bool
qmp_call(QmpClient *client, const char *cmd, JsonObject *args, JsonNode **ret, GError **err)
{
    QmpCmd    one = { .cmd = cmd, .args = args };
    JsonNode *answer = NULL;

    if (!qmp_batch(client, &one, 1, &answer, err))
        return false;
    if (ret)
        *ret = answer;
    else
        json_node_unref(answer);
    return true;
}
