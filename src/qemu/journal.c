/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

#define FILE_MAX (256 * 1024)

struct Journal {
    char  *run_dir, *lib_dir, *boot; /* fixed */
    guint  keep;                     /* fixed */
    GMutex prune_lock;               /* one pruner at a time */
};

struct JournalEntry {
    Journal *journal;
    char    *path;
    char    *uuid;
    JournalSide side;
    int      fd; /* -1 when the file could not be opened again */
};

static const char *const side_suffix[JOURNAL_SIDE_LAST] = { "out", "in" };

static gint64
now_ms(void)
{
    return g_get_real_time() / 1000;
}

Journal *
journal_new(const char *run_dir, const char *lib_dir, guint keep, GError **err)
{
    Journal *journal;

    if (g_mkdir_with_parents(run_dir, 0700) < 0)
        return fail_errno(err, errno, _("cannot create '%s'"), run_dir), NULL;
    if (g_mkdir_with_parents(lib_dir, 0700) < 0)
        return fail_errno(err, errno, _("cannot create '%s'"), lib_dir), NULL;

    journal = g_new0(Journal, 1);
    journal->run_dir = g_strdup(run_dir);
    journal->lib_dir = g_strdup(lib_dir);
    journal->keep = keep;
    g_mutex_init(&journal->prune_lock);
    if (g_file_get_contents("/proc/sys/kernel/random/boot_id", &journal->boot, NULL, NULL))
        g_strstrip(journal->boot);
    else
        journal->boot = g_strdup("unknown");
    return journal;
}

void
journal_free(Journal *journal)
{
    if (!journal)
        return;
    g_free(journal->run_dir);
    g_free(journal->lib_dir);
    g_free(journal->boot);
    g_mutex_clear(&journal->prune_lock);
    g_free(journal);
}

const char *
journal_boot_id(Journal *journal)
{
    return journal->boot;
}

static void append_line(JournalEntry *entry, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* One write() per line: a daemon that dies leaves whole lines. */
static void
append_line(JournalEntry *entry, const char *fmt, ...)
{
    g_autofree char *line = NULL;
    va_list          args;

    if (entry->fd < 0)
        return;
    va_start(args, fmt);
    line = g_strdup_vprintf(fmt, args);
    va_end(args);
    if (write(entry->fd, line, strlen(line)) != (ssize_t)strlen(line))
        log_warn("cannot write to '%s': %s, ignoring", entry->path, g_strerror(errno));
}

static char *
escaped(const char *text)
{
    return text && *text ? g_uri_escape_string(text, NULL, TRUE) : g_strdup("-");
}

static JournalEntry *
entry_new(Journal *journal, const JournalRecord *record, int flags)
{
    JournalEntry *entry = g_new0(JournalEntry, 1);

    entry->journal = journal;
    entry->side = record->side;
    entry->uuid = g_strdup(record->uuid);
    entry->path = g_strdup_printf("%s/%s.%s", journal->run_dir, record->id, side_suffix[record->side]);
    entry->fd = open(entry->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    return entry;
}

static void
entry_free(JournalEntry *entry)
{
    if (entry->fd >= 0)
        close(entry->fd);
    g_free(entry->path);
    g_free(entry->uuid);
    g_free(entry);
}

JournalEntry *
journal_begin(Journal *journal, const JournalRecord *record, GError **err)
{
    JournalEntry    *entry = entry_new(journal, record, O_CREAT | O_EXCL);
    g_autofree char *name = escaped(record->name);
    g_autofree char *peer = escaped(record->peer);

    if (entry->fd < 0) {
        fail_errno(err, errno, _("cannot create the migration journal '%s'"), entry->path);
        entry_free(entry);
        return NULL;
    }
    append_line(entry,
                "godwit-journal 1\nid %s\nside %s\nname %s\nuuid %s\nboot %s\npeer %s\nflags %u\nran %d\nport %u\n"
                "started %" G_GINT64_FORMAT "\n",
                record->id, side_suffix[record->side], name, record->uuid, journal->boot, peer, record->flags,
                record->was_running, record->port, record->started ? record->started : now_ms());
    if (record->socket) {
        g_autofree char *path = escaped(record->socket);

        append_line(entry, "socket %s\n", path);
    }
    if (witness_ref_is_set(&record->witness))
        journal_witness(entry, &record->witness);
    return entry;
}

JournalEntry *
journal_reopen(Journal *journal, const JournalRecord *record)
{
    JournalEntry *entry = entry_new(journal, record, 0);

    if (entry->fd < 0)
        log_warn("cannot open '%s': %s, ignoring", entry->path, g_strerror(errno));
    return entry;
}

void
journal_step(JournalEntry *entry, JournalStep step)
{
    append_line(entry, "step %s %" G_GINT64_FORMAT "\n", journal_step_name(step), now_ms());
}

void
journal_witness(JournalEntry *entry, const WitnessRef *ref)
{
    g_autofree char *address = escaped(ref->address);

    append_line(entry, "witness %s %u %s %s\n", address, ref->port, ref->token, ref->id);
}

void
journal_outcome(JournalEntry *entry, JournalOutcome outcome, const char *why)
{
    g_autofree char *text = escaped(why);

    append_line(entry, "outcome %s %" G_GINT64_FORMAT " %s\n", journal_outcome_name(outcome), now_ms(), text);
}

void
journal_doubt(JournalEntry *entry, const char *why)
{
    journal_outcome(entry, OUTCOME_DOUBT, why);
}

static void
append_stats(JournalEntry *entry, const Params *stats)
{
    for (int i = 0; i < stats->n; i++) {
        const virTypedParameter *p = &stats->v[i];

        if (p->type == VIR_TYPED_PARAM_INT)
            append_line(entry, "stat %s int %d\n", p->field, p->value.i);
        else if (p->type == VIR_TYPED_PARAM_ULLONG)
            append_line(entry, "stat %s ullong %llu\n", p->field, p->value.ul);
    }
}

/* Names sort by time: uuid, then end, then side. */
static gint
newest_first(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)b + VIR_UUID_STRING_BUFLEN, *(const char *const *)a + VIR_UUID_STRING_BUFLEN);
}

static GPtrArray *
finished_names(Journal *journal, const char *uuid)
{
    GPtrArray       *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir)  dir = g_dir_open(journal->lib_dir, 0, NULL);
    const char      *name;

    while (dir && (name = g_dir_read_name(dir)))
        if (strlen(name) > VIR_UUID_STRING_BUFLEN && (!uuid || g_str_has_prefix(name, uuid)) &&
            (g_str_has_suffix(name, ".out") || g_str_has_suffix(name, ".in")))
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, newest_first);
    return names;
}

static void
prune(Journal *journal)
{
    g_autoptr(GPtrArray) names = NULL;

    g_mutex_lock(&journal->prune_lock);
    names = finished_names(journal, NULL);
    for (guint i = journal->keep; i < names->len; i++) {
        g_autofree char *path = g_build_filename(journal->lib_dir, g_ptr_array_index(names, i), NULL);

        unlink(path);
    }
    g_mutex_unlock(&journal->prune_lock);
}

void
journal_end(JournalEntry *entry, const Params *stats)
{
    Journal          *journal = entry->journal;
    g_autofree char  *text = NULL;
    g_autofree char  *kept = g_strdup_printf("%s/%s-%013" G_GINT64_FORMAT ".%s", journal->lib_dir, entry->uuid, now_ms(),
                                             side_suffix[entry->side]);
    g_autoptr(GError) err = NULL;
    gsize             len;

    if (stats)
        append_stats(entry, stats);
    if (g_file_get_contents(entry->path, &text, &len, &err) &&
        g_file_set_contents_full(kept, text, len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &err)) {
        unlink(entry->path);
        prune(journal);
    } else {
        log_warn("the outcome of a migration of domain %s stays in '%s': %s", entry->uuid, entry->path, err->message);
    }
    entry_free(entry);
}

void
journal_leave(JournalEntry *entry)
{
    if (entry)
        entry_free(entry);
}

static JournalRecord *
read_file(const char *path, GError **err)
{
    g_autofree char *text = NULL;
    GStatBuf         st;
    gsize            len;

    if (g_stat(path, &st) < 0)
        return fail_errno(err, errno, _("cannot read '%s'"), path), NULL;
    if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("'%s' is not a migration journal"), path);
    if (!g_file_get_contents(path, &text, &len, err))
        return NULL;
    return journal_parse(text, len, err);
}

GPtrArray *
journal_unfinished(Journal *journal)
{
    GPtrArray      *records = g_ptr_array_new_with_free_func((GDestroyNotify)journal_record_free);
    g_autoptr(GDir) dir = g_dir_open(journal->run_dir, 0, NULL);
    const char     *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char  *path = g_build_filename(journal->run_dir, name, NULL);
        g_autoptr(GError) err = NULL;
        JournalRecord    *record;

        if (!g_str_has_suffix(name, ".out") && !g_str_has_suffix(name, ".in"))
            continue;
        record = read_file(path, &err);
        if (record) {
            g_ptr_array_add(records, record);
        } else {
            g_autofree char *aside = g_strconcat(path, ".bad", NULL);

            log_warn("migration journal '%s' is set aside: %s", path, err->message);
            if (rename(path, aside) < 0)
                log_warn("cannot rename '%s': %s, ignoring", path, g_strerror(errno));
        }
    }
    return records;
}

GPtrArray *
journal_finished(Journal *journal, const char *uuid)
{
    GPtrArray           *records = g_ptr_array_new_with_free_func((GDestroyNotify)journal_record_free);
    g_autoptr(GPtrArray) names = finished_names(journal, uuid);

    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(journal->lib_dir, g_ptr_array_index(names, i), NULL);
        JournalRecord   *record = read_file(path, NULL);

        if (record)
            g_ptr_array_add(records, record);
    }
    return records;
}
