/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times, job data and the forecast: what a person decides by whether to wait, throttle or give up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#undef fail

#include "migration/progress.h"
#include "util/err.h"

#undef fail /* ours; cmocka's fail_msg() needs its own */
#define fail() _fail(__FILE__, __LINE__)

#define MIB (1024 * 1024ULL)

static void
job_data_has_libvirts_names_and_order(void **state)
{
    static const char *const running[] = {
        "operation", "time_elapsed", "downtime", "setup_time", "data_total", "data_processed", "data_remaining",
        "memory_total", "memory_processed", "memory_remaining", "memory_bps", "memory_constant", "memory_normal",
        "memory_normal_bytes", "memory_dirty_rate", "memory_iteration", "memory_postcopy_requests",
        "memory_page_size", "disk_total", "disk_processed", "disk_remaining",
    };
    MigStats stats = { .status = VIR_DOMAIN_JOB_UNBOUNDED, .operation = 5, .has_downtime = true, .has_setup = true,
                       .mem_total = 100, .disk_total = 20, .mem_remaining = 7 };
    virDomainJobInfo info;
    Params params = { 0 };

    mig_stats_to_params(&stats, &params);
    assert_int_equal(params.n, G_N_ELEMENTS(running));
    for (guint i = 0; i < G_N_ELEMENTS(running); i++) {
        assert_string_equal(params.v[i].field, running[i]);
        assert_int_equal(params.v[i].type, i ? VIR_TYPED_PARAM_ULLONG : VIR_TYPED_PARAM_INT);
    }
    assert_int_equal(params.v[4].value.ul, 120);
    params_clear(&params);

    mig_stats_to_info(&stats, &info);
    assert_int_equal(info.type, VIR_DOMAIN_JOB_UNBOUNDED);
    assert_int_equal(info.dataTotal, 120);
    assert_int_equal(info.memRemaining, 7);
}

static void
completed_data_tells_net_times(void **state)
{
    MigStats stats = { .status = VIR_DOMAIN_JOB_COMPLETED, .operation = 5, .has_downtime = true, .has_delta = true,
                       .time_elapsed = 2723, .downtime = 42, .delta = 10 };
    Params params = { 0 };

    mig_stats_to_params(&stats, &params);
    assert_string_equal(params.v[2].field, "time_elapsed_net");
    assert_int_equal(params.v[2].value.ul, 2713);
    assert_string_equal(params.v[4].field, "downtime_net");
    assert_int_equal(params.v[4].value.ul, 32);
    params_clear(&params);
}

/* The numbers of tests/golden/cookies/03 and 04, one migration of libvirt's. */
static void
times_travel_with_the_cookie_as_in_libvirt(void **state)
{
    MigStats source = { .started = 1795221616836, .stopped = 1795221618681 }, dest;

    mig_stats_sent(&source, 1795221618686);
    assert_int_equal(source.time_elapsed, 1850);
    assert_int_equal(source.downtime, 5);

    dest = source;
    mig_stats_received(&dest, 1795221618687);
    mig_stats_landed(&dest, 1795221618691);
    assert_int_equal(dest.delta, 1);
    assert_int_equal(dest.time_elapsed, 1855);
    assert_int_equal(dest.downtime, 10);

    mig_stats_settled(&source, &dest, 1795221618700);
    assert_int_equal(source.downtime, 10);
    assert_int_equal(source.time_elapsed, 1864);
    assert_true(source.has_delta);
}

static void
a_slow_clock_does_not_make_times_huge(void **state)
{
    MigStats stats = { .started = 1000, .stopped = 2000 };

    mig_stats_landed(&stats, 500);
    assert_int_equal(stats.time_elapsed, 0);
    assert_int_equal(stats.downtime, 0);
}

static void
final_states_are_final(void **state)
{
    MigProgress p;
    MigStats s = { 0 };

    mig_progress_init(&p, "gm", VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT);
    assert_true(mig_progress_enter(&p, MIG_PREPARING));
    assert_true(mig_progress_enter(&p, MIG_COPYING));
    assert_true(mig_progress_enter(&p, MIG_COPYING));
    mig_progress_numbers(&p, &(MigStats){ .mem_total = 5, .status = 99, .operation = 99, .started = 1 });
    assert_true(mig_progress_enter(&p, MIG_SWITCHING));
    assert_true(mig_progress_enter(&p, MIG_MOVED));
    assert_true(mig_progress_enter(&p, MIG_LANDED));
    assert_false(mig_progress_enter(&p, MIG_CANCELLED));
    mig_progress_snapshot(&p, &s);
    assert_int_equal(mig_progress_state(&p), MIG_LANDED);
    assert_int_equal(s.status, VIR_DOMAIN_JOB_COMPLETED);
    assert_int_equal(s.operation, VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT);
    assert_int_equal(s.mem_total, 5);
    assert_true(s.started > 1000 && s.stopped >= s.started && s.has_downtime && s.has_setup);
    mig_stats_clear(&s);
    mig_progress_clear(&p);
}

typedef struct {
    double total, rate, dirty; /* MiB, MiB/s */
    bool   converges;
} Guest;

/* Plays QEMU: passes over memory, the counter of what is left jumping up at the start of each. */
static void
play(const Guest *g, void (*look)(const MigForecast *now, const MigForecast *before, double left_s, gpointer data),
     gpointer data)
{
    MigForecaster f = { 0 };
    MigForecast before = { 0 }, now = { 0 };
    double remaining = g->total, dirtied = 0, sent = 0;
    guint pass = 1;

    for (int ms = 0; ms <= 60000; ms += 100) {
        MigStats s = { .status = VIR_DOMAIN_JOB_UNBOUNDED, .time_elapsed = (guint64)ms, .mem_page_size = 4096,
                       .mem_total = (guint64)(g->total * MIB), .mem_remaining = (guint64)(remaining * MIB),
                       .mem_processed = (guint64)(sent * MIB), .mem_bps = (guint64)(g->rate * MIB),
                       .mem_dirty_rate = pass > 1 ? (guint64)(g->dirty * MIB / 4096) : 0, .mem_iteration = pass };

        mig_forecast(&f, &s, 300, 1000000 + (gint64)ms * 1000, &now);
        look(&now, &before, remaining / g->rate, data);
        before = now;
        sent += g->rate / 10;
        remaining -= g->rate / 10;
        dirtied = MIN(dirtied + g->dirty / 10, g->total);
        if (remaining <= 0) {
            if (dirtied / g->rate < 0.3)
                break;
            remaining = dirtied;
            dirtied = 0;
            pass++;
        }
    }
}

static void
never_backwards(const MigForecast *now, const MigForecast *before, double left_s, gpointer data)
{
    guint64 *worst = data;

    assert_true(now->percent >= before->percent && now->percent < 100);
    if (before->known && before->converges && now->converges && now->left_ms > before->left_ms)
        *worst = MAX(*worst, now->left_ms - before->left_ms);
}

static void
progress_never_goes_backwards(void **state)
{
    static const Guest guests[] = {
        { 1024, 100, 0, true }, { 1024, 100, 30, true }, { 4096, 500, 200, true }, { 1024, 100, 300, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(guests); i++) {
        guint64 worst = 0;

        play(&guests[i], never_backwards, &worst);
        /* remaining itself jumps by the whole working set with each pass */
        if (guests[i].converges && worst > 3000)
            fail_msg("guest %u: the end moved away by %" G_GUINT64_FORMAT " ms at once", i, worst);
    }
}

static void
keep_last(const MigForecast *now, const MigForecast *before, double left_s, gpointer data)
{
    *(MigForecast *)data = *now;
}

static void
a_guest_that_cannot_converge_is_named(void **state)
{
    MigForecast good, bad;

    play(&(Guest){ 1024, 100, 20, true }, keep_last, &good);
    play(&(Guest){ 1024, 100, 300, false }, keep_last, &bad);
    assert_true(good.known && good.converges && good.pause_ms <= 310);
    assert_true(bad.known && !bad.converges && bad.pause_ms > 1000);
}

static void
nothing_is_promised_without_numbers(void **state)
{
    MigForecaster f = { 0 };
    MigForecast now;

    mig_forecast(&f, &(MigStats){ 0 }, 300, 1, &now);
    assert_false(now.known);
    mig_forecast(&f, &(MigStats){ .mem_total = 100, .mem_remaining = 100 }, 300, 2, &now);
    assert_false(now.known);
    assert_int_equal(now.percent, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(job_data_has_libvirts_names_and_order),
        cmocka_unit_test(completed_data_tells_net_times),
        cmocka_unit_test(times_travel_with_the_cookie_as_in_libvirt),
        cmocka_unit_test(a_slow_clock_does_not_make_times_huge),
        cmocka_unit_test(final_states_are_final),
        cmocka_unit_test(progress_never_goes_backwards),
        cmocka_unit_test(a_guest_that_cannot_converge_is_named),
        cmocka_unit_test(nothing_is_promised_without_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
