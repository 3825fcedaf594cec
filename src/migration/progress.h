/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a migration stands: its state with the time of each change, its numbers, and a forecast of its end.
 *
 * Knows no QEMU: whoever watches the hypervisor calls mig_progress_enter() and mig_progress_numbers(). Downtime,
 * setup time and total are differences of stamps, computed here only. MigProgress may be used from any thread (its
 * own lock); MigStats is a plain value.
 */
#pragma once

#include "model/verbs.h"

typedef enum {
    MIG_IDLE,
    MIG_PREPARING,      /* Begin to the first byte; at the destination: until the source connects */
    MIG_COPYING,        /* memory moves, the guest runs at the source */
    MIG_SWITCHING,      /* the source's CPUs stand still, the rest moves */
    MIG_POSTCOPY,       /* the guest runs at the destination, memory follows */
    MIG_POSTCOPY_BROKEN,
    MIG_MOVED,          /* the source is done for good; the destination has not answered yet */
    MIG_LANDED,         /* the guest runs (or is kept paused on purpose) at the destination */
    MIG_CANCELLED,
    MIG_FAILED,
    MIG_STATE_LAST
} MigState;

const char *mig_state_name(MigState state);

/* The numbers of one migration. has_* tells a number that is not known from zero. */
typedef struct {
    int      status;                 /* VIR_DOMAIN_JOB_* */
    int      operation;              /* VIR_DOMAIN_JOB_OPERATION_* */
    guint64  started, stopped, sent; /* ms since the epoch, source's clock; 0: not yet */
    gint64   delta;                  /* destination's clock minus source's, plus the way, ms */
    bool     has_delta, has_downtime, has_setup, has_ram, has_xbzrle;
    guint64  time_elapsed, downtime, setup_time; /* ms; downtime is what QEMU expects until it is known */
    guint64  mem_total, mem_processed, mem_remaining, mem_bps, mem_constant, mem_normal, mem_normal_bytes;
    guint64  mem_dirty_rate; /* pages per second */
    guint64  mem_iteration, mem_postcopy_requests, mem_page_size;
    guint64  disk_total, disk_processed, disk_remaining, disk_bps;
    guint64  xbzrle_cache, xbzrle_bytes, xbzrle_pages, xbzrle_misses, xbzrle_overflow;
    guint64  throttle; /* percent */
    char    *error;    /* owned; NULL: none */
} MigStats;

void mig_stats_copy(const MigStats *src, MigStats *dst);
void mig_stats_clear(MigStats *stats);

void mig_stats_to_info(const MigStats *stats, virDomainJobInfo *ret);
/* libvirt's names in libvirt's order; the caller owns ret (params_clear). */
void mig_stats_to_params(const MigStats *stats, Params *ret);

/* What a forecast needs, from job statistics as virDomainGetJobStats answers them. */
void mig_stats_from_params(const Params *params, MigStats *ret);

/* The four moments at which the times of a cookie are set. now: ms since the epoch on the host that calls.
 *   sent      source, when Perform's cookie is made
 *   received  destination, when it reads it
 *   landed    destination, when its guest runs and Finish's cookie is made
 *   settled   source, in Confirm, with what Finish's cookie told */
void mig_stats_sent(MigStats *stats, guint64 now);
void mig_stats_received(MigStats *stats, guint64 now);
void mig_stats_landed(MigStats *stats, guint64 now);
void mig_stats_settled(MigStats *stats, const MigStats *from_dest, guint64 now);

/* When it will end and how long the guest will pause: an estimate of our own, from what is left, how fast it goes
 * and how fast the guest dirties memory. The announced end never jumps forth and back with each pass over memory. */
typedef struct {
    bool    known;
    bool    converges; /* false: the guest dirties memory faster than it can be sent; no end is in sight */
    guint64 left_ms;   /* until the end, when it converges */
    guint64 pause_ms;  /* of the guest */
    guint   percent;   /* of the whole way, 0 to 100; never falls */
} MigForecast;

typedef struct {
    double  rate;       /* smoothed, bytes per second */
    double  dirty;      /* smoothed, bytes per second */
    gint64  last_us;    /* of the last sample, monotonic */
    gint64  end_us;     /* announced end, monotonic */
    guint64 sent;       /* mem_processed of the last sample */
    guint   percent;
} MigForecaster;

/* downtime_limit: ms that the pause may take (QEMU's downtime-limit). now_us: monotonic. */
void mig_forecast(MigForecaster *f, const MigStats *stats, guint64 downtime_limit, gint64 now_us, MigForecast *ret);

typedef struct {
    GMutex        lock;
    /* fixed after init */
    char         *label; /* for the log: domain and side */
    /* under lock */
    MigState      state;
    gint64        since[MIG_STATE_LAST];    /* monotonic us of the first entry; 0: never */
    guint64       since_ms[MIG_STATE_LAST]; /* the same on the wall clock */
    gint64        entered;                  /* monotonic us of the last entry */
    MigStats      stats;
    MigForecaster forecaster;
} MigProgress;

void mig_progress_init(MigProgress *p, const char *label, int operation);
void mig_progress_clear(MigProgress *p);

/* The one setter: logs old and new with the time spent, stamps, sets the job status that goes with the state.
 * Returns false (and changes nothing) when the state was left for good: landed, cancelled, failed. */
bool     mig_progress_enter(MigProgress *p, MigState state);
MigState mig_progress_state(MigProgress *p);

/* New numbers of the hypervisor: memory, disk, xbzrle, throttle, setup_time and downtime of numbers replace ours;
 * times, status and operation stay. */
void mig_progress_numbers(MigProgress *p, const MigStats *numbers);
/* Everything as of now; the caller clears ret. */
void mig_progress_snapshot(MigProgress *p, MigStats *ret);
void mig_progress_forecast(MigProgress *p, guint64 downtime_limit, MigForecast *ret);
/* Text for the job's errmsg; copied. */
void mig_progress_set_error(MigProgress *p, const char *text);

guint64 mig_now_ms(void); /* wall clock, ms since the epoch */
