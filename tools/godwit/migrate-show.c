/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What "migrate --verbose" says. On a terminal one line that is written over, elsewhere one line a second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "migrate-watch.h"

#define LINE_US G_USEC_PER_SEC

static unsigned long long
number(virTypedParameterPtr params, int n, const char *name)
{
    unsigned long long value = 0;

    virTypedParamsGetULLong(params, n, name, &value);
    return value;
}

static void
add_size(GString *line, unsigned long long bytes, const char *format)
{
    const char *unit;
    double size = scale_size(bytes, &unit);
    g_autofree char *text_ = g_strdup_printf(size < 10 && bytes >= 1024 ? "%.1f %s" : "%.0f %s", size, unit);

    g_string_append_printf(line, format, text_);
}

static void
add_forecast(GString *line, const godwitForecast *f)
{
    if (!f->known)
        return;
    if (!f->converges) {
        g_string_append(line, _(", no end in sight: the guest dirties memory faster than it is sent"));
        return;
    }
    if (f->leftMs >= 1000)
        g_string_append_printf(line, _(", about %llu s left"), (f->leftMs + 500) / 1000);
    g_string_append_printf(line, _(", pause up to %llu ms"), f->pauseMs);
}

static char *
progress_line(Migration *m, int type, virTypedParameterPtr params, int n)
{
    GString *line = g_string_new(NULL);
    unsigned long long page = number(params, n, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE);
    unsigned long long dirty = number(params, n, VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE);
    unsigned long long pass = number(params, n, VIR_DOMAIN_JOB_MEMORY_ITERATION);
    godwitForecast forecast = { 0 };

    godwitForecastUpdate(m->forecaster, type, params, n, &forecast);
    g_string_append_printf(line, _("Migration: [%3u %%]"), forecast.percent);
    add_size(line, number(params, n, VIR_DOMAIN_JOB_DATA_PROCESSED), _(" %s sent"));
    add_size(line, number(params, n, VIR_DOMAIN_JOB_DATA_REMAINING), _(", %s to go"));
    add_size(line, number(params, n, VIR_DOMAIN_JOB_MEMORY_BPS) + number(params, n, VIR_DOMAIN_JOB_DISK_BPS),
             _(", %s/s"));
    if (dirty)
        add_size(line, dirty * page, _(", dirtied at %s/s"));
    if (pass)
        g_string_append_printf(line, _(", pass %llu"), pass);
    add_forecast(line, &forecast);
    return g_string_free(line, FALSE);
}

void
show_progress(Migration *m, int type, virTypedParameterPtr params, int n)
{
    gint64 now = g_get_monotonic_time();
    g_autofree char *line = NULL;

    if (type == VIR_DOMAIN_JOB_NONE || number(params, n, VIR_DOMAIN_JOB_DATA_TOTAL) == 0)
        return;
    line = progress_line(m, type, params, n);
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%s\033[K", line);
        m->line_open = true;
    } else if (now - m->last_line >= LINE_US) {
        fprintf(stderr, "%s\n", line);
        m->last_line = now;
    }
    fflush(stderr);
}

void
show_end_of_line(Migration *m)
{
    if (m->line_open)
        fputc('\n', stderr);
    m->line_open = false;
}

static void
add_duration(GString *out, unsigned long long micros)
{
    if (micros < 1000)
        g_string_append_printf(out, "%.1f ms", (double)micros / 1000.0);
    else if (micros < 10 * G_USEC_PER_SEC)
        g_string_append_printf(out, "%llu ms", micros / 1000);
    else
        g_string_append_printf(out, "%.1f s", (double)micros / 1e6);
}

static void
show_phases(Migration *m)
{
    g_autoptr(GString) all = g_string_new(NULL);

    if (m->sh->out) {
        json_builder_set_member_name(m->sh->out, "phases_us");
        json_builder_begin_object(m->sh->out);
    }
    for (int i = 0; i < m->phases_n; i++) {
        if (m->phases[i].state == GODWIT_PHASE_SKIPPED)
            continue;
        json_number(m->sh, m->phases[i].name, m->phases[i].micros);
        g_string_append_printf(all, "%s%s ", all->len ? ", " : "", m->phases[i].name);
        add_duration(all, m->phases[i].micros);
    }
    if (m->sh->out)
        json_builder_end_object(m->sh->out);
    else if (all->len)
        print_padded(m->sh, 14, _("Phases:"), " %s\n", all->str);
}

void
read_numbers(virTypedParameterPtr params, int n, MigNumbers *ret)
{
    *ret = (MigNumbers){ .known = n > 0,
                         .sent = number(params, n, VIR_DOMAIN_JOB_DATA_PROCESSED),
                         .total = number(params, n, VIR_DOMAIN_JOB_DATA_TOTAL),
                         .passes = number(params, n, VIR_DOMAIN_JOB_MEMORY_ITERATION) };
    ret->has_pause = virTypedParamsGetULLong(params, n, VIR_DOMAIN_JOB_DOWNTIME, &ret->pause_ms) == 1;
}

/* The destination's, which has seen the pause to its end; where we have no connection to it, the source's. */
static void
find_numbers(Migration *m, MigNumbers *ret)
{
    virTypedParameterPtr params = NULL;
    int type = 0, n = 0;

    *ret = m->numbers;
    if (m->landed == NULL)
        return;
    if (virDomainGetJobStats(m->landed, &type, &params, &n, VIR_DOMAIN_JOB_STATS_COMPLETED |
                             VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED) == 0)
        read_numbers(params, n, ret);
    else
        forget_error();
    virTypedParamsFree(params, n);
}

static void
show_numbers(Migration *m)
{
    g_autoptr(GString) moved = g_string_new(NULL);
    MigNumbers         n;

    find_numbers(m, &n);
    if (!n.known)
        return;
    if (n.has_pause) {
        json_number(m->sh, "pause_ms", n.pause_ms);
        print_padded(m->sh, 14, _("Guest paused:"), " %llu ms\n", n.pause_ms);
    }
    json_number(m->sh, "transferred", n.sent);
    json_number(m->sh, "total", n.total);
    json_number(m->sh, "passes", n.passes);
    add_size(moved, n.sent, "%s");
    add_size(moved, n.total, _(" for %s of guest"));
    g_string_append_printf(moved, _(" in %llu passes"), n.passes);
    print_padded(m->sh, 14, _("Transferred:"), " %s\n", moved->str);
}

void
show_summary(Migration *m)
{
    const char *name = m->landed ? virDomainGetName(m->landed) : virDomainGetName(m->dom);
    double seconds = (double)(m->ended - m->started) / 1e6;

    json_string(m->sh, "domain", name);
    json_string(m->sh, "destination", m->desturi);
    json_number(m->sh, "time_us", (guint64)(m->ended - m->started));
    print(m->sh, _("Domain '%s' migrated to %s in %.3f s\n"), name, m->desturi, seconds);
    show_numbers(m);
    show_phases(m);
}

/* After a failure that is what one wants to know. */
void
show_where_it_is(Migration *m)
{
    g_autofree char *uri = NULL;
    char *source = virConnectGetURI(virDomainGetConnect(m->dom));
    int state = 0, reason = 0;

    uri = g_strdup(source ? source : _("the source"));
    free(source);
    if (m->result == GODWIT_MIGRATE_IN_DOUBT)
        complain(_("it is not known whether domain '%s' runs on %s; look there before you resume it on %s"),
                 virDomainGetName(m->dom), m->desturi, uri);
    else if (virDomainGetState(m->dom, &state, &reason, 0) == 0)
        complain(_("domain '%s' is on %s: %s (%s)"), virDomainGetName(m->dom), uri, name_domain_state(state),
                 name_domain_reason(state, reason));
    else
        complain(_("%s cannot be asked for the state of domain '%s'"), uri, virDomainGetName(m->dom));
    forget_error();
}
