/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migrate-watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* How often the numbers are asked for, when anybody wants them. */
#define SHOW_MS 250

/* The source's word on the numbers comes with the answer, by way of another thread. */
#define NUMBERS_MS 1000

enum { TELL_DONE = 'd', TELL_INTERRUPT = 'i', TELL_PASS = 'p', TELL_NUMBERS = 'n' };

/* What wakes the watcher: the thread's end, Ctrl-C, a new pass over memory, the numbers. */
static int bell[2] = { -1, -1 };

static void
ring(char what)
{
    int saved = errno;

    /* The pipe cannot fill: nobody rings a thousand times before it is read. */
    if (write(bell[1], &what, 1) < 0)
        errno = saved;
    errno = saved;
}

static void
on_interrupt(int number)
{
    ring(TELL_INTERRUPT);
}

static void
call_api(Migration *m)
{
    if (m->dconn) {
        m->landed = virDomainMigrate3(m->dom, m->dconn, m->params, (unsigned)m->n, m->flags);
        m->ok = m->landed != NULL;
        /* Before anything else is asked of the library: it forgets. */
        m->why = m->ok ? NULL : virSaveLastError();
        m->result = godwitMigrateLastResult();
        m->phases_n = MAX(godwitMigrateLastPhases(m->phases, G_N_ELEMENTS(m->phases)), 0);
    } else {
        m->ok = virDomainMigrateToURI3(m->dom, m->desturi, m->params, (unsigned)m->n, m->flags) == 0;
        m->why = m->ok ? NULL : virSaveLastError();
        m->result = m->ok ? GODWIT_MIGRATE_ARRIVED : GODWIT_MIGRATE_STAYED;
    }
}

static gpointer
migrate_thread(gpointer data)
{
    Migration *m = data;

    m->started = g_get_monotonic_time();
    call_api(m);
    m->ended = g_get_monotonic_time();
    ring(TELL_DONE);
    return NULL;
}

static void
on_iteration(virConnectPtr conn, virDomainPtr dom, int iteration, void *opaque)
{
    /* The first pass is over when the second begins. */
    if (iteration == 2)
        ring(TELL_PASS);
}

static void
on_completed(virConnectPtr conn, virDomainPtr dom, virTypedParameterPtr params, int n, void *opaque)
{
    Migration *m = opaque;

    read_numbers(params, n, &m->numbers);
    ring(TELL_NUMBERS);
}

static void
cancel(Migration *m)
{
    bool again = m->cancelled;

    m->cancelled = true;
    show_end_of_line(m);
    if (virDomainAbortJob(m->dom) == 0) {
        complain(_("interrupted; the migration of domain '%s' is being cancelled"), virDomainGetName(m->dom));
    } else if (!again) {
        complain(_("interrupted, but the migration of domain '%s' cannot be cancelled now"),
                 virDomainGetName(m->dom));
        complain_last_error();
    }
    forget_error();
}

static void
start_postcopy(Migration *m)
{
    if (m->acted)
        return;
    m->acted = true;
    if (virDomainMigrateStartPostCopy(m->dom, 0) < 0) {
        show_end_of_line(m);
        complain(_("cannot switch the migration to post-copy"));
        complain_last_error();
    }
}

static void
time_is_up(Migration *m)
{
    if (m->on_timeout == ON_TIMEOUT_POSTCOPY) {
        start_postcopy(m);
        return;
    }
    m->acted = true;
    note(m->sh, 1, "%s", _("migration timed out; suspending domain"));
    if (virDomainSuspend(m->dom) < 0) {
        show_end_of_line(m);
        complain(_("cannot suspend the domain whose migration timed out"));
        complain_last_error();
    }
}

static void
ask_for_numbers(Migration *m)
{
    virTypedParameterPtr params = NULL;
    int type = 0, n = 0;

    if (virDomainGetJobStats(m->dom, &type, &params, &n, 0) == 0)
        show_progress(m, type, params, n);
    virTypedParamsFree(params, n);
    forget_error();
}

static int
wait_ms(const Migration *m, gint64 deadline)
{
    gint64 left = (deadline - g_get_monotonic_time()) / 1000;
    bool counts = m->timeout && !m->acted;

    if (m->verbose)
        return counts ? (int)CLAMP(left, 0, SHOW_MS) : SHOW_MS;
    return counts ? (int)CLAMP(left, 0, G_MAXINT) : -1;
}

static bool
wants_numbers(const Migration *m)
{
    return (m->verbose || m->sh->out) && !m->dconn;
}

/* A source without QEMU's numbers, or without this event, tells none. */
static void
wait_for_numbers(Migration *m)
{
    struct pollfd fd = { .fd = bell[0], .events = POLLIN };
    char what = 0;

    while (what != TELL_NUMBERS && poll(&fd, 1, NUMBERS_MS) > 0) {
        if (read(bell[0], &what, 1) < 0)
            return;
    }
}

static void
watch(Migration *m)
{
    bool told = false;
    gint64 deadline = g_get_monotonic_time() + (gint64)m->timeout * G_USEC_PER_SEC;
    struct pollfd fd = { .fd = bell[0], .events = POLLIN };
    char what;

    for (;;) {
        int ready = poll(&fd, 1, wait_ms(m, deadline));

        if (ready > 0 && read(bell[0], &what, 1) == 1) {
            if (what == TELL_DONE && m->ok && wants_numbers(m) && !told)
                wait_for_numbers(m);
            if (what == TELL_DONE)
                return;
            told = told || what == TELL_NUMBERS;
            if (what == TELL_INTERRUPT)
                cancel(m);
            else if (what == TELL_PASS && m->postcopy_after_precopy)
                start_postcopy(m);
        }
        if (m->timeout && !m->acted && g_get_monotonic_time() >= deadline)
            time_is_up(m);
        if (ready == 0 && m->verbose)
            ask_for_numbers(m);
    }
}

static void
watch_with_signals(Migration *m)
{
    struct sigaction now = { .sa_handler = on_interrupt }, before;
    GThread *thread;

    sigaction(SIGINT, &now, &before);
    thread = g_thread_new("migrate", migrate_thread, m);
    watch(m);
    g_thread_join(thread);
    sigaction(SIGINT, &before, NULL);
}

static void
forget_event(virConnectPtr conn, int callback)
{
    if (callback < 0 || virConnectDomainEventDeregisterAny(conn, callback) < 0)
        forget_error();
}

void
migration_run(Migration *m)
{
    virConnectPtr conn = virDomainGetConnect(m->dom);
    unsigned long long limit = 0;
    int pass = -1, completed = -1;

    if (pipe2(bell, O_CLOEXEC) < 0) {
        complain(_("cannot create a pipe: %s"), g_strerror(errno));
        return;
    }
    if (m->verbose) {
        virDomainMigrateGetMaxDowntime(m->dom, &limit, 0);
        forget_error();
        m->forecaster = godwitForecastNew(limit);
    }
    if (m->postcopy_after_precopy)
        pass = virConnectDomainEventRegisterAny(conn, m->dom, VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION,
                                                VIR_DOMAIN_EVENT_CALLBACK(on_iteration), NULL, NULL);
    if (wants_numbers(m))
        completed = virConnectDomainEventRegisterAny(conn, m->dom, VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
                                                     VIR_DOMAIN_EVENT_CALLBACK(on_completed), m, NULL);
    watch_with_signals(m);
    forget_event(conn, pass);
    forget_event(conn, completed);
    show_end_of_line(m);
    close(bell[0]);
    close(bell[1]);
}

void
migration_clear(Migration *m)
{
    if (m->landed)
        virDomainFree(m->landed);
    if (m->why)
        virFreeError(m->why);
    godwitForecastFree(m->forecaster);
    virTypedParamsFree(m->params, m->n);
    if (m->dconn)
        virConnectClose(m->dconn);
}
