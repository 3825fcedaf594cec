/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "migration/progress.h"

/* Weight of a new sample grows with the time since the last one: after 3 s an old rate is mostly forgotten. */
#define MEMORY_US (3.0 * G_USEC_PER_SEC)
/* QEMU's own switchover work beside the last pages. */
#define SWITCH_MS 5
/* An announced end is corrected by at most a quarter of the error per sample, so that it drifts instead of jumping. */
#define CORRECTION 0.25
/* Passes that are worth simulating; the rest is one more pass in which nothing changes. */
#define PASSES_MAX 64

static double
smooth(double old, double sample, double weight)
{
    return old > 0 ? old + (sample - old) * weight : sample;
}

static void
take_sample(MigForecaster *f, const MigStats *s, gint64 now)
{
    double gap = (double)(now - f->last_us);
    double weight = 1.0 - exp(-gap / MEMORY_US);
    double dirty = (double)s->mem_dirty_rate * (double)(s->mem_page_size ? s->mem_page_size : 4096);
    guint64 done = s->mem_processed + s->disk_processed;

    if (f->last_us == 0) {
        f->rate = (double)(s->mem_bps + s->disk_bps);
        f->dirty = dirty;
    } else if (gap > 0) {
        if (done > f->sent)
            f->rate = smooth(f->rate, (double)(done - f->sent) / (gap / G_USEC_PER_SEC), weight);
        f->dirty = f->dirty + (dirty - f->dirty) * weight;
    }
    f->sent = done;
    f->last_us = now;
}

/* Pass after pass: what is left takes so long, meanwhile so much is dirtied (never more than there is), until the
 * rest fits into the allowed pause. */
static bool
play_passes(double left, double total, const MigForecaster *f, double limit_s, double *ret_s, double *ret_pause_s)
{
    double time = 0;

    for (int i = 0; i < PASSES_MAX; i++) {
        double pass = left / f->rate;
        double dirtied = fmin(f->dirty * pass, total);

        if (pass <= limit_s)
            break;
        time += pass;
        if (dirtied >= left * 0.98) {
            *ret_s = time;
            *ret_pause_s = dirtied / f->rate;
            return false;
        }
        left = dirtied;
    }
    *ret_pause_s = left / f->rate;
    *ret_s = time + *ret_pause_s;
    return true;
}

/* How far along the whole way; what is sent again because it was dirtied makes the way longer, not the share fall. */
static guint
percent_done(const MigForecaster *f, gint64 elapsed_us, double left_s)
{
    double elapsed = (double)elapsed_us / G_USEC_PER_SEC;
    double share = elapsed + left_s > 0 ? elapsed / (elapsed + left_s) * 100.0 : 0;

    return MAX(f->percent, (guint)fmin(share, 99.0));
}

static void
announce_end(MigForecaster *f, gint64 now, gint64 end)
{
    f->end_us = f->end_us == 0 ? end : f->end_us + (gint64)((double)(end - f->end_us) * CORRECTION);
    f->end_us = MAX(f->end_us, now);
}

void
mig_forecast(MigForecaster *f, const MigStats *stats, guint64 downtime_limit, gint64 now_us, MigForecast *ret)
{
    double left = (double)(stats->mem_remaining + stats->disk_remaining);
    double total = (double)(stats->mem_total + stats->disk_total);
    double left_s = 0, pause_s = 0;

    *ret = (MigForecast){ .percent = f->percent, .converges = true };
    if (stats->status == VIR_DOMAIN_JOB_COMPLETED) {
        *ret = (MigForecast){ .known = true, .converges = true, .percent = f->percent = 100,
                              .pause_ms = stats->downtime };
        return;
    }
    if (total <= 0)
        return;
    take_sample(f, stats, now_us);
    if (f->rate < 1)
        return;

    ret->known = true;
    ret->converges = play_passes(left, total, f, (double)downtime_limit / 1000.0, &left_s, &pause_s);

    ret->pause_ms = (guint64)(pause_s * 1000.0) + SWITCH_MS;
    if (ret->converges) {
        announce_end(f, now_us, now_us + (gint64)(left_s * G_USEC_PER_SEC));
        ret->left_ms = (guint64)(f->end_us - now_us) / 1000;
        f->percent = percent_done(f, (gint64)(stats->time_elapsed * 1000), (double)ret->left_ms / 1000.0);
    } else {
        f->end_us = 0;
    }
    ret->percent = f->percent;
}
