/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/migrate-silence.h"

#include "util/json.h"
#include "util/log.h"

#define LOG_ROOM "qemu"

/* Several, so that a QEMU that was stopped for a while and now goes on is not taken for a silent one. */
#define LOOKS 4

/* A cancelled QEMU shuts its main connection down, but with several (or one that is still shaking hands) it goes on
 * waiting for the others. */
static void
tear(QmpClient *qmp)
{
    JsonArray *instances = json_array_new();

    json_array_add_object_element(instances, json_make("s:type", "migration", NULL));
    qmp_send(qmp, "yank", json_make("a:instances", instances, NULL), NULL, NULL);
}

void
qmig_cancel(QemuMig *mig, QmpClient *qmp)
{
    qmp_send(qmp, "migrate_cancel", NULL, NULL, NULL);
    if (mig->flags & VIR_MIGRATE_PARALLEL)
        tear(qmp);
}

bool
qmig_cancel_and_wait(QemuMig *mig, QmpClient *qmp, GError **err)
{
    bool ok = qmp_call(qmp, "migrate_cancel", NULL, NULL, err);

    if (ok && (mig->flags & VIR_MIGRATE_PARALLEL))
        tear(qmp);
    return ok;
}

static void
look(QmigSilence *silence, QemuMig *mig, QmpClient *qmp)
{
    g_autoptr(JsonNode) reply = NULL;
    JsonObject         *info;
    QmigStatus          status;
    guint64             bytes;

    /* A QEMU that does not answer any more ends the wait in another way. */
    if (!qmp_call(qmp, "query-migrate", NULL, &reply, NULL))
        return;
    info = json_as_object(reply);
    status = qmig_status_parse(json_get_string(info, "status"));
    bytes = json_int_or(json_get_object(info, "ram"), "transferred", 0);
    if (status != silence->status || bytes != silence->bytes)
        silence->quiet = 0;
    else
        silence->quiet++;
    silence->status = status;
    silence->bytes = bytes;
    if (silence->quiet < LOOKS)
        return;
    log_warn("domain '%s': nothing of its memory has gone through for %u s, giving the migration up", mig->dom->name,
             mig->dom->driver->config->migrate_silence);
    qmig_fell_silent(mig, qmp, bytes);
    silence->quiet = 0;
}

void
qmig_silence_wait(QmigSilence *silence, QemuMig *mig, QmpClient *qmp)
{
    gint64 limit = mig->dom->driver->config->migrate_silence * G_TIME_SPAN_SECOND;

    if (limit == 0) {
        g_cond_wait(&mig->changed, &mig->lock);
        return;
    }
    if (silence->next == 0)
        silence->next = g_get_monotonic_time() + limit / LOOKS;
    if (g_cond_wait_until(&mig->changed, &mig->lock, silence->next))
        return;
    g_mutex_unlock(&mig->lock);
    look(silence, mig, qmp);
    silence->next = g_get_monotonic_time() + limit / LOOKS;
    g_mutex_lock(&mig->lock);
}

static gboolean
on_limit(gpointer data)
{
    QemuMig *mig = data;
    MigStats stats = { 0 };

    mig_progress_snapshot(&mig->progress, &stats);
    log_warn("domain '%s': the rest of its memory has not been acknowledged for %u s, giving the migration up", mig->dom->name,
             mig->dom->driver->config->migrate_silence);
    g_mutex_lock(&mig->lock);
    mig->abort = true;
    mig->silent = true;
    mig->sent_bytes = stats.mem_processed;
    if (mig->tunnel)
        mig->tunnel->ops->cut(mig->tunnel, "no answer");
    g_mutex_unlock(&mig->lock);
    mig_stats_clear(&stats);
    return G_SOURCE_REMOVE;
}

static void
unref_mig(gpointer data)
{
    qmig_unref(data);
}

GSource *
qmig_silence_limit(QemuMig *mig)
{
    const QemuDriver *driver = mig->dom->driver;
    guint             limit = MIN(driver->config->migrate_silence, G_MAXUINT / 1000) * 1000;

    return limit ? loop_add_timer(driver->loop, limit, on_limit, qmig_ref(mig), unref_mig) : NULL;
}
