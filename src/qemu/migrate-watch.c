/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's events drive everything here; nobody polls. The switchover is answered from the event itself: a hand-over to
 * the waiting thread would lengthen the guest's pause. */
#include "qemu/events.h"
#include "qemu/migrate-silence.h"
#include "qemu/migrate-words.h"
#include "util/fd.h"
#include "util/json.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

static const struct {
    const char *name;
    QmigStatus  status;
    MigState    source; /* what it means there; MIG_IDLE: no change */
} statuses[] = {
    { "none", QMIG_NONE, MIG_IDLE },
    { "setup", QMIG_SETUP, MIG_IDLE },
    { "active", QMIG_ACTIVE, MIG_COPYING },
    { "pre-switchover", QMIG_PRE_SWITCHOVER, MIG_SWITCHING },
    { "device", QMIG_DEVICE, MIG_SWITCHING },
    { "completed", QMIG_COMPLETED, MIG_MOVED },
    { "failed", QMIG_FAILED, MIG_IDLE },
    { "cancelling", QMIG_CANCELLING, MIG_IDLE },
    { "cancelled", QMIG_CANCELLED, MIG_IDLE },
};

static int
status_row(const char *name)
{
    for (gsize i = 0; name && i < G_N_ELEMENTS(statuses); i++)
        if (g_str_equal(statuses[i].name, name))
            return i;
    return -1;
}

QmigStatus
qmig_status_parse(const char *name)
{
    int row = status_row(name);

    return row < 0 ? QMIG_STATUS_LAST : statuses[row].status;
}

static QmpClient *
client_of(QemuDomain *dom)
{
    QmpClient *qmp;

    g_mutex_lock(&dom->lock);
    qmp = dom->qmp ? qmp_client_ref(dom->qmp) : NULL;
    g_mutex_unlock(&dom->lock);
    return qmp;
}

static void
switch_over(QemuMig *mig)
{
    g_autoptr(QmpClient) qmp = client_of(mig->dom);
    bool                 wanted;

    g_mutex_lock(&mig->lock);
    wanted = !mig->abort;
    mig->sent = mig->sent || wanted;
    g_mutex_unlock(&mig->lock);
    /* The cancellation is on its way, or has been refused so late that QEMU fails by itself. */
    if (!wanted || !qmp)
        return;
    /* Written before it can become true: from here on only the destination knows where the guest goes on. */
    if (mig->entry)
        journal_step(mig->entry, STEP_SENT);
    qmp_send(qmp, "migrate-continue", json_make("s:state", "pre-switchover", NULL), NULL, NULL);
}

static void
let_cancel(QemuMig *mig)
{
    g_autoptr(QmpClient) qmp = client_of(mig->dom);

    if (qmp)
        qmig_let_cancel(qmp);
}

static void
on_numbers(JsonNode *ret, const GError *error, gpointer data)
{
    QemuMig *mig = data;

    if (ret)
        qmig_read_numbers(mig, ret);
    g_mutex_lock(&mig->lock);
    mig->status = QMIG_COMPLETED;
    g_cond_broadcast(&mig->changed);
    g_mutex_unlock(&mig->lock);
    qmig_unref(mig);
}

/* The last numbers travel with Perform's answer; asked for here, they cost no hand-over between threads. */
static void
completed(QemuMig *mig)
{
    g_autoptr(QmpClient) qmp = client_of(mig->dom);

    mig_progress_enter(&mig->progress, MIG_MOVED);
    g_mutex_lock(&mig->lock);
    mig->all_sent = true;
    g_mutex_unlock(&mig->lock);
    if (qmp)
        qmp_send(qmp, "query-migrate", NULL, on_numbers, qmig_ref(mig));
}

static void
on_migration(QemuMig *mig, const QmpEvent *ev)
{
    int row = status_row(json_get_string(ev->data, "status"));

    if (row < 0) {
        log_warn("domain '%s': QEMU reports an unknown migration status, ignoring", mig->dom->name);
        return;
    }
    log_debug("domain '%s': migration status %s", mig->dom->name, statuses[row].name);
    if (mig->side == ASYNC_MIGRATION_OUT && statuses[row].status == QMIG_COMPLETED) {
        completed(mig);
        return;
    }
    if (mig->side == ASYNC_MIGRATION_OUT && statuses[row].source != MIG_IDLE)
        mig_progress_enter(&mig->progress, statuses[row].source);

    g_mutex_lock(&mig->lock);
    mig->status = statuses[row].status;
    if (mig->status != QMIG_SETUP && mig->status != QMIG_CANCELLING)
        fd_close(&mig->line);
    g_cond_broadcast(&mig->changed);
    g_mutex_unlock(&mig->lock);
    if (mig->side == ASYNC_MIGRATION_OUT && statuses[row].status == QMIG_PRE_SWITCHOVER)
        switch_over(mig);
    else if (mig->side == ASYNC_MIGRATION_OUT && statuses[row].status == QMIG_CANCELLING)
        let_cancel(mig);
}

/* Events of a connection that broke were missed. Before "migrate" was sent QEMU speaks of an older one. */
static void
on_missed(QemuMig *mig, const QmpEvent *ev)
{
    QmigStatus now = qmig_status_parse(json_get_string(ev->data, "status"));
    bool       news, stuck;

    g_mutex_lock(&mig->lock);
    mig->unreachable = false;
    stuck = mig->stuck;
    mig->stuck = false;
    /* What was to lead out of pre-switchover may have been lost with the connection. */
    news = mig->told && (now != mig->status || now == QMIG_PRE_SWITCHOVER);
    g_mutex_unlock(&mig->lock);
    if (news)
        on_migration(mig, ev);
    if (stuck)
        qmig_recover_again(mig);
}

static void
on_pass(QemuMig *mig, const QmpEvent *ev)
{
    DomRef       ref = qemu_domain_make_ref(mig->dom, mig->dom->id);
    DomainEvent *out = domain_event_new(VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, &ref);

    out->n1 = json_int_or(ev->data, "pass", 0);
    qemu_event_emit(mig->dom->driver, out);
}

/* Stopped by QEMU itself, not by a user who announced his own reason. */
static void
on_stop(QemuMig *mig)
{
    g_mutex_lock(&mig->dom->lock);
    if (mig->dom->paused_reason == VIR_DOMAIN_PAUSED_UNKNOWN)
        mig->dom->paused_reason = VIR_DOMAIN_PAUSED_MIGRATION;
    g_mutex_unlock(&mig->dom->lock);
}

static void
on_resume(QemuMig *mig)
{
    g_mutex_lock(&mig->dom->lock);
    if (mig->side == ASYNC_MIGRATION_OUT && mig->dom->running_reason == VIR_DOMAIN_RUNNING_UNKNOWN &&
        mig->dom->state == VIR_DOMAIN_PAUSED && mig->dom->reason == VIR_DOMAIN_PAUSED_MIGRATION)
        mig->dom->running_reason = VIR_DOMAIN_RUNNING_MIGRATION_CANCELED;
    g_mutex_unlock(&mig->dom->lock);
    g_mutex_lock(&mig->lock);
    mig->resumed = true;
    g_mutex_unlock(&mig->lock);
}

/* VIR_MIGRATE_ABORT_ON_ERROR */
static void
on_io_error(QemuMig *mig, const QmpEvent *ev)
{
    g_autoptr(QmpClient) qmp = client_of(mig->dom);
    bool                 cancel;

    if (!(mig->flags & VIR_MIGRATE_ABORT_ON_ERROR) || g_strcmp0(json_get_string(ev->data, "action"), "ignore") == 0)
        return;
    g_mutex_lock(&mig->lock);
    cancel = mig->watching && !mig->sent && !mig->abort;
    mig->io_error = mig->io_error || cancel;
    mig->abort = mig->abort || cancel;
    g_cond_broadcast(&mig->changed);
    g_mutex_unlock(&mig->lock);
    if (cancel && qmp)
        qmig_cancel(mig, qmp);
}

bool
qmig_event(QemuDomain *dom, const QmpEvent *ev)
{
    g_autoptr(QemuMig) mig = qmig_of(dom);
    bool               watching;

    if (!mig)
        return false;
    g_mutex_lock(&mig->lock);
    watching = mig->watching;
    g_mutex_unlock(&mig->lock);
    if (!watching)
        return false;

    if (g_str_equal(ev->name, "MIGRATION")) {
        on_migration(mig, ev);
        return true;
    }
    if (g_str_equal(ev->name, QEMU_EVENT_MIGRATION_STATUS)) {
        on_missed(mig, ev);
        return true;
    }
    if (g_str_equal(ev->name, "MIGRATION_PASS")) {
        if (mig->side == ASYNC_MIGRATION_OUT)
            on_pass(mig, ev);
        return true;
    }
    if (g_str_equal(ev->name, "STOP"))
        on_stop(mig);
    else if (g_str_equal(ev->name, "RESUME"))
        on_resume(mig);
    else if (g_str_equal(ev->name, "BLOCK_IO_ERROR") && mig->side == ASYNC_MIGRATION_OUT)
        on_io_error(mig, ev);
    return false;
}

void
qmig_gone(QemuDomain *dom)
{
    g_autoptr(QemuMig) mig = qmig_of(dom);
    bool               in_phase, starting;

    if (!mig) {
        qemu_job_async_end(dom);
        return;
    }
    g_mutex_lock(&mig->lock);
    mig->gone = true;
    starting = mig->starting;
    g_cond_broadcast(&mig->changed);
    g_mutex_unlock(&mig->lock);
    /* Nothing that an incoming QEMU did before it was started can be undone later by a late Finish. */
    if (mig->listening && !starting)
        witness_try_cancel(mig->host->witness, mig->id);

    g_mutex_lock(&dom->lock);
    in_phase = dom->job.in_phase;
    g_mutex_unlock(&dom->lock);
    if (in_phase)
        return;
    if (mig->listening) {
        g_autofree char *words = qmig_last_words(dom);

        qmig_host_note_fallen(mig->host, dom->name, words);
    }
    qmig_end_gone(mig);
}

void
qmig_unreachable(QemuDomain *dom)
{
    g_autoptr(QemuMig) mig = qmig_of(dom);

    if (!mig)
        return;
    g_mutex_lock(&mig->lock);
    mig->unreachable = true;
    g_cond_broadcast(&mig->changed);
    g_mutex_unlock(&mig->lock);
}

/* Numbers */

static void
read_ram(JsonObject *ram, MigStats *out)
{
    double mbps = 0;

    out->has_ram = true;
    out->mem_total = json_int_or(ram, "total", 0);
    out->mem_processed = json_int_or(ram, "transferred", 0);
    out->mem_remaining = json_int_or(ram, "remaining", 0);
    out->mem_constant = json_int_or(ram, "duplicate", 0);
    out->mem_normal = json_int_or(ram, "normal", 0);
    out->mem_normal_bytes = json_int_or(ram, "normal-bytes", 0);
    out->mem_dirty_rate = json_int_or(ram, "dirty-pages-rate", 0);
    out->mem_iteration = json_int_or(ram, "dirty-sync-count", 0);
    out->mem_postcopy_requests = json_int_or(ram, "postcopy-requests", 0);
    out->mem_page_size = json_int_or(ram, "page-size", 0);
    /* QEMU counts megabits of 10^6. */
    if (json_get_double(ram, "mbps", &mbps) && mbps > 0)
        out->mem_bps = mbps * (1000 * 1000 / 8);
}

static void
read_xbzrle(JsonObject *cache, MigStats *out)
{
    out->has_xbzrle = true;
    out->xbzrle_cache = json_int_or(cache, "cache-size", 0);
    out->xbzrle_bytes = json_int_or(cache, "bytes", 0);
    out->xbzrle_pages = json_int_or(cache, "pages", 0);
    out->xbzrle_misses = json_int_or(cache, "cache-miss", 0);
    out->xbzrle_overflow = json_int_or(cache, "overflow", 0);
}

void
qmig_read_numbers(QemuMig *mig, JsonNode *reply)
{
    JsonObject *info = json_as_object(reply);
    JsonObject *ram = json_get_object(info, "ram");
    JsonObject *xbzrle = json_get_object(info, "xbzrle-cache");
    MigStats    numbers = { 0 };
    gint64      value;

    if (!ram)
        return;
    read_ram(ram, &numbers);
    if (xbzrle)
        read_xbzrle(xbzrle, &numbers);
    if (json_get_int(info, "downtime", &value) || json_get_int(info, "expected-downtime", &value)) {
        numbers.has_downtime = true;
        numbers.downtime = value;
    }
    if (json_get_int(info, "setup-time", &value)) {
        numbers.has_setup = true;
        numbers.setup_time = value;
    }
    numbers.throttle = json_int_or(info, "cpu-throttle-percentage", 0);
    mig_progress_numbers(&mig->progress, &numbers);
    mig_stats_clear(&numbers);
}

bool
qmig_fetch_numbers(QemuMig *mig, QmpClient *qmp, GError **err)
{
    g_autoptr(JsonNode) reply = NULL;

    if (!qmp_call(qmp, "query-migrate", NULL, &reply, err))
        return false;
    qmig_read_numbers(mig, reply);
    return true;
}
