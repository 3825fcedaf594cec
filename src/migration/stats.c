/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migration/progress.h"
#include "model/params.h"

void
mig_stats_copy(const MigStats *src, MigStats *dst)
{
    *dst = *src;
    dst->error = g_strdup(src->error);
}

void
mig_stats_clear(MigStats *stats)
{
    g_free(stats->error);
    *stats = (MigStats){ 0 };
}

void
mig_stats_to_info(const MigStats *stats, virDomainJobInfo *ret)
{
    *ret = (virDomainJobInfo){
        .type = stats->status,
        .timeElapsed = stats->time_elapsed,
        .dataTotal = stats->mem_total + stats->disk_total,
        .dataProcessed = stats->mem_processed + stats->disk_processed,
        .dataRemaining = stats->mem_remaining + stats->disk_remaining,
        .memTotal = stats->mem_total,
        .memProcessed = stats->mem_processed,
        .memRemaining = stats->mem_remaining,
        .fileTotal = stats->disk_total,
        .fileProcessed = stats->disk_processed,
        .fileRemaining = stats->disk_remaining,
    };
}

static void
add_times(Params *list, const MigStats *s)
{
    guint64 late = s->has_delta && s->delta > 0 ? (guint64)s->delta : 0;

    params_add_ullong(list, VIR_DOMAIN_JOB_TIME_ELAPSED, s->time_elapsed);
    if (s->has_delta && s->time_elapsed > late)
        params_add_ullong(list, VIR_DOMAIN_JOB_TIME_ELAPSED_NET, s->time_elapsed - late);
    if (s->has_downtime) {
        params_add_ullong(list, VIR_DOMAIN_JOB_DOWNTIME, s->downtime);
        if (s->has_delta && s->downtime > late)
            params_add_ullong(list, VIR_DOMAIN_JOB_DOWNTIME_NET, s->downtime - late);
    }
    if (s->has_setup)
        params_add_ullong(list, VIR_DOMAIN_JOB_SETUP_TIME, s->setup_time);
}

static void
add_memory(Params *list, const MigStats *s)
{
    params_add_ullong(list, VIR_DOMAIN_JOB_DATA_TOTAL, s->mem_total + s->disk_total);
    params_add_ullong(list, VIR_DOMAIN_JOB_DATA_PROCESSED, s->mem_processed + s->disk_processed);
    params_add_ullong(list, VIR_DOMAIN_JOB_DATA_REMAINING, s->mem_remaining + s->disk_remaining);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_TOTAL, s->mem_total);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_PROCESSED, s->mem_processed);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_REMAINING, s->mem_remaining);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_BPS, s->mem_bps);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_CONSTANT, s->mem_constant);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_NORMAL, s->mem_normal);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_NORMAL_BYTES, s->mem_normal_bytes);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, s->mem_dirty_rate);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_ITERATION, s->mem_iteration);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS, s->mem_postcopy_requests);
    params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, s->mem_page_size);
}

static void
add_rest(Params *list, const MigStats *s)
{
    params_add_ullong(list, VIR_DOMAIN_JOB_DISK_TOTAL, s->disk_total);
    params_add_ullong(list, VIR_DOMAIN_JOB_DISK_PROCESSED, s->disk_processed);
    params_add_ullong(list, VIR_DOMAIN_JOB_DISK_REMAINING, s->disk_remaining);
    if (s->disk_bps)
        params_add_ullong(list, VIR_DOMAIN_JOB_DISK_BPS, s->disk_bps);
    if (s->has_xbzrle) {
        params_add_ullong(list, VIR_DOMAIN_JOB_COMPRESSION_CACHE, s->xbzrle_cache);
        params_add_ullong(list, VIR_DOMAIN_JOB_COMPRESSION_BYTES, s->xbzrle_bytes);
        params_add_ullong(list, VIR_DOMAIN_JOB_COMPRESSION_PAGES, s->xbzrle_pages);
        params_add_ullong(list, VIR_DOMAIN_JOB_COMPRESSION_CACHE_MISSES, s->xbzrle_misses);
        params_add_ullong(list, VIR_DOMAIN_JOB_COMPRESSION_OVERFLOW, s->xbzrle_overflow);
    }
    if (s->throttle)
        params_add_ullong(list, VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE, s->throttle);
}

void
mig_stats_to_params(const MigStats *stats, Params *ret)
{
    Params list = { 0 };

    params_add_int(&list, VIR_DOMAIN_JOB_OPERATION, stats->operation);
    add_times(&list, stats);
    add_memory(&list, stats);
    add_rest(&list, stats);
    params_add_string(&list, VIR_DOMAIN_JOB_ERRMSG, stats->error);
    *ret = list;
}

void
mig_stats_from_params(const Params *params, MigStats *ret)
{
    static const struct { const char *name; gsize at; } rows[] = {
        { VIR_DOMAIN_JOB_TIME_ELAPSED, offsetof(MigStats, time_elapsed) },
        { VIR_DOMAIN_JOB_DOWNTIME, offsetof(MigStats, downtime) },
        { VIR_DOMAIN_JOB_MEMORY_TOTAL, offsetof(MigStats, mem_total) },
        { VIR_DOMAIN_JOB_MEMORY_PROCESSED, offsetof(MigStats, mem_processed) },
        { VIR_DOMAIN_JOB_MEMORY_REMAINING, offsetof(MigStats, mem_remaining) },
        { VIR_DOMAIN_JOB_MEMORY_BPS, offsetof(MigStats, mem_bps) },
        { VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, offsetof(MigStats, mem_dirty_rate) },
        { VIR_DOMAIN_JOB_MEMORY_ITERATION, offsetof(MigStats, mem_iteration) },
        { VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, offsetof(MigStats, mem_page_size) },
        { VIR_DOMAIN_JOB_DISK_TOTAL, offsetof(MigStats, disk_total) },
        { VIR_DOMAIN_JOB_DISK_PROCESSED, offsetof(MigStats, disk_processed) },
        { VIR_DOMAIN_JOB_DISK_REMAINING, offsetof(MigStats, disk_remaining) },
        { VIR_DOMAIN_JOB_DISK_BPS, offsetof(MigStats, disk_bps) },
    };

    *ret = (MigStats){ 0 };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const virTypedParameter *param = params_find(params, rows[i].name);

        if (param && param->type == VIR_TYPED_PARAM_ULLONG)
            *(guint64 *)(gpointer)((char *)ret + rows[i].at) = param->value.ul;
    }
    ret->has_downtime = params_find(params, VIR_DOMAIN_JOB_DOWNTIME) != NULL;
}

/* Clocks of two hosts: never below zero. */
static guint64
since(guint64 now, guint64 then)
{
    return then && now > then ? now - then : 0;
}

void
mig_stats_sent(MigStats *stats, guint64 now)
{
    stats->sent = now;
    stats->time_elapsed = since(now, stats->started);
    if (stats->stopped) {
        stats->downtime = since(now, stats->stopped);
        stats->has_downtime = true;
    }
}

void
mig_stats_received(MigStats *stats, guint64 now)
{
    if (stats->sent == 0)
        return;
    stats->delta = (gint64)(now - stats->sent);
    stats->has_delta = true;
}

void
mig_stats_landed(MigStats *stats, guint64 now)
{
    stats->time_elapsed = since(now, stats->started);
    if (stats->stopped) {
        stats->downtime = since(now, stats->stopped);
        stats->has_downtime = true;
    }
}

void
mig_stats_settled(MigStats *stats, const MigStats *from_dest, guint64 now)
{
    stats->time_elapsed = since(now, stats->started);
    stats->delta = from_dest->delta;
    stats->has_delta = from_dest->has_delta;
    if (from_dest->has_downtime) {
        stats->downtime = from_dest->downtime;
        stats->has_downtime = true;
    }
}
