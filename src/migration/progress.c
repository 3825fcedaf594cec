/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migration/progress.h"

#include "util/log.h"

#define LOG_ROOM "mig"

typedef struct {
    const char *name;
    int         job;   /* VIR_DOMAIN_JOB_* while in it */
    bool        final; /* nothing follows */
} StateRow;

static const StateRow states[MIG_STATE_LAST] = {
    [MIG_IDLE] = { "idle", VIR_DOMAIN_JOB_NONE, false },
    [MIG_PREPARING] = { "preparing", VIR_DOMAIN_JOB_UNBOUNDED, false },
    [MIG_COPYING] = { "copying", VIR_DOMAIN_JOB_UNBOUNDED, false },
    [MIG_SWITCHING] = { "switching", VIR_DOMAIN_JOB_UNBOUNDED, false },
    [MIG_POSTCOPY] = { "post-copy", VIR_DOMAIN_JOB_UNBOUNDED, false },
    [MIG_POSTCOPY_BROKEN] = { "post-copy broken", VIR_DOMAIN_JOB_UNBOUNDED, false },
    [MIG_MOVED] = { "moved", VIR_DOMAIN_JOB_UNBOUNDED, false },
    [MIG_LANDED] = { "landed", VIR_DOMAIN_JOB_COMPLETED, true },
    [MIG_CANCELLED] = { "cancelled", VIR_DOMAIN_JOB_CANCELLED, true },
    [MIG_FAILED] = { "failed", VIR_DOMAIN_JOB_FAILED, true },
};

const char *
mig_state_name(MigState state)
{
    return state < MIG_STATE_LAST ? states[state].name : "unknown";
}

guint64
mig_now_ms(void)
{
    return (guint64)g_get_real_time() / 1000;
}

void
mig_progress_init(MigProgress *p, const char *label, int operation)
{
    *p = (MigProgress){ .label = g_strdup(label), .stats.operation = operation, .entered = g_get_monotonic_time() };
    g_mutex_init(&p->lock);
}

void
mig_progress_clear(MigProgress *p)
{
    g_clear_pointer(&p->label, g_free);
    mig_stats_clear(&p->stats);
    g_mutex_clear(&p->lock);
}

/* The moments that libvirt's cookie tells are those of the first entry. */
static void
stamp(MigProgress *p, MigState state, gint64 now)
{
    guint64 wall = mig_now_ms();

    p->entered = now;
    if (p->since[state] == 0) {
        p->since[state] = now;
        p->since_ms[state] = wall;
    }
    if (p->stats.started == 0 && state != MIG_IDLE)
        p->stats.started = wall;
    if (p->stats.stopped == 0 && (state == MIG_SWITCHING || state == MIG_POSTCOPY || state == MIG_MOVED))
        p->stats.stopped = wall;
}

bool
mig_progress_enter(MigProgress *p, MigState state)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&p->lock);
    gint64 now = g_get_monotonic_time();
    MigState old = p->state;

    if (states[old].final || old == state)
        return !states[old].final;
    log_info("%s: %s -> %s (%.3f s)", p->label, states[old].name, states[state].name, (double)(now - p->entered) / 1e6);
    stamp(p, state, now);
    p->state = state;
    p->stats.status = states[state].job;
    return true;
}

MigState
mig_progress_state(MigProgress *p)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&p->lock);

    return p->state;
}

void
mig_progress_numbers(MigProgress *p, const MigStats *numbers)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&p->lock);
    MigStats keep = p->stats;

    p->stats = *numbers;
    p->stats.status = keep.status;
    p->stats.operation = keep.operation;
    p->stats.started = keep.started;
    p->stats.stopped = keep.stopped;
    p->stats.sent = keep.sent;
    p->stats.delta = keep.delta;
    p->stats.has_delta = keep.has_delta;
    p->stats.time_elapsed = keep.time_elapsed;
    p->stats.error = keep.error;
}

static guint64
ms_between(gint64 from, gint64 to)
{
    return from && to > from ? (guint64)(to - from) / 1000 : 0;
}

/* Total and pause are differences of stamps; before the guest stands still, downtime is what QEMU expects. */
static void
set_times(const MigProgress *p, MigStats *stats)
{
    bool over = states[p->state].final;
    gint64 end = over ? p->entered : g_get_monotonic_time();
    gint64 start = 0, stop = p->since[MIG_SWITCHING];

    for (int i = MIG_IDLE + 1; i < MIG_STATE_LAST; i++) {
        if (p->since[i] && (start == 0 || p->since[i] < start))
            start = p->since[i];
    }
    stats->time_elapsed = ms_between(start, end);
    if (!stats->has_setup && p->since[MIG_COPYING]) {
        stats->setup_time = ms_between(start, p->since[MIG_COPYING]);
        stats->has_setup = true;
    }
    if (stop == 0)
        stop = p->since[MIG_POSTCOPY] ? p->since[MIG_POSTCOPY] : p->since[MIG_MOVED];
    if (p->state == MIG_LANDED && stop) {
        stats->downtime = ms_between(stop, p->since[MIG_LANDED]);
        stats->has_downtime = true;
    }
}

void
mig_progress_snapshot(MigProgress *p, MigStats *ret)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&p->lock);

    mig_stats_copy(&p->stats, ret);
    set_times(p, ret);
}

void
mig_progress_forecast(MigProgress *p, guint64 downtime_limit, MigForecast *ret)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&p->lock);

    MigStats now = p->stats;

    set_times(p, &now);
    mig_forecast(&p->forecaster, &now, downtime_limit, g_get_monotonic_time(), ret);
}

void
mig_progress_set_error(MigProgress *p, const char *text)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&p->lock);

    g_free(p->stats.error);
    p->stats.error = g_strdup(text);
}
