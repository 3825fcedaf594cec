/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define VIR_FROM_THIS VIR_FROM_NONE
#include "util/err.h"

typedef struct {
    char    *room;
    LogLevel level;
} Filter;

/* Guarded by lock: filters and fd. The two ints are read without it, to keep disabled logging free. */
static GMutex  lock;
static GArray *filters;
static int     log_fd = STDERR_FILENO;
static int     default_level = LOG_WARN;
static int     lowest_level = LOG_WARN;

static const char *const level_names[] = { "debug", "info", "warning", "error" };
G_STATIC_ASSERT(G_N_ELEMENTS(level_names) == LOG_LEVEL_LAST);

static int
level_from_name(const char *name)
{
    for (int i = 0; i < LOG_LEVEL_LAST; i++) {
        if (g_str_equal(level_names[i], name))
            return i;
    }
    return -1;
}

static void
clear_filter(gpointer data)
{
    g_free(((Filter *)data)->room);
}

static GArray *
parse_filters(const char *spec, int *level)
{
    g_auto(GStrv) words = g_strsplit_set(spec, ", ", -1);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Filter));

    g_array_set_clear_func(found, clear_filter);
    for (char **word = words; *word; word++) {
        char *eq = strchr(*word, '=');
        int   value = level_from_name(eq ? eq + 1 : *word);

        if (**word == '\0')
            continue;
        if (value < 0)
            return NULL;
        if (eq)
            g_array_append_vals(found, &(Filter){ g_strndup(*word, eq - *word), value }, 1);
        else
            *level = value;
    }
    return g_steal_pointer(&found);
}

bool
log_set_filters(const char *spec)
{
    int     level = default_level;
    GArray *found = parse_filters(spec, &level);
    int     lowest = level;

    if (!found)
        return false;
    for (guint i = 0; i < found->len; i++)
        lowest = MIN(lowest, (int)g_array_index(found, Filter, i).level);

    g_mutex_lock(&lock);
    g_clear_pointer(&filters, g_array_unref);
    filters = found;
    g_mutex_unlock(&lock);
    g_atomic_int_set(&default_level, level);
    g_atomic_int_set(&lowest_level, lowest);
    return true;
}

bool
log_set_file(const char *path, GError **err)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : STDERR_FILENO;
    int old;

    if (fd < 0)
        return fail_errno(err, errno, _("cannot open log file '%s'"), path);

    g_mutex_lock(&lock);
    old = log_fd;
    log_fd = fd;
    g_mutex_unlock(&lock);
    if (old != STDERR_FILENO)
        close(old);
    return true;
}

void
log_init(LogLevel level)
{
    const char *spec = g_getenv("GODWIT_LOG");
    const char *path = g_getenv("GODWIT_LOG_FILE");

    g_atomic_int_set(&default_level, level);
    g_atomic_int_set(&lowest_level, level);
    if (spec && !log_set_filters(spec))
        log_write("log", LOG_WARN, "GODWIT_LOG '%s' not understood, ignoring", spec);
    if (path) {
        g_autoptr(GError) err = NULL;
        if (!log_set_file(path, &err))
            log_write("log", LOG_WARN, "%s, ignoring", err->message);
    }
}

bool
log_enabled(const char *room, LogLevel level)
{
    bool enabled;

    if ((int)level < g_atomic_int_get(&lowest_level))
        return false;

    enabled = (int)level >= g_atomic_int_get(&default_level);
    g_mutex_lock(&lock);
    for (guint i = 0; filters && i < filters->len; i++) {
        const Filter *f = &g_array_index(filters, Filter, i);
        if (g_str_equal(f->room, room))
            enabled = level >= f->level;
    }
    g_mutex_unlock(&lock);
    return enabled;
}

void
log_write(const char *room, LogLevel level, const char *fmt, ...)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *stamp = g_date_time_format(now, "%F %T");
    g_autofree char *text = NULL;
    g_autofree char *line = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    line = g_strdup_printf("%s.%03d %d %s %s: %s\n", stamp, g_date_time_get_microsecond(now) / 1000,
                           gettid(), level_names[level], room, text);

    g_mutex_lock(&lock);
    (void)!write(log_fd, line, strlen(line));
    g_mutex_unlock(&lock);
}
