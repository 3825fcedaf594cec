/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "qemu/journal.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

#define STATS_MAX 128

static const char *const step_names[STEP_LAST] = {
    [STEP_BEGIN] = "begin",     [STEP_PERFORM] = "perform", [STEP_SENT] = "sent",   [STEP_RESUME] = "resume",
    [STEP_CONFIRM] = "confirm", [STEP_PREPARE] = "prepare", [STEP_READY] = "ready", [STEP_START] = "start",
};

static const char *const outcome_names[OUTCOME_LAST] = {
    [OUTCOME_NONE] = "none",   [OUTCOME_MOVED] = "moved", [OUTCOME_FAILED] = "failed",
    [OUTCOME_DOUBT] = "doubt", [OUTCOME_LOST] = "lost",
};

const char *
journal_step_name(JournalStep step)
{
    return step_names[step];
}

const char *
journal_outcome_name(JournalOutcome outcome)
{
    return outcome_names[outcome];
}

void
journal_record_free(JournalRecord *record)
{
    if (!record)
        return;
    g_free(record->id);
    g_free(record->name);
    g_free(record->uuid);
    g_free(record->boot);
    g_free(record->peer);
    g_free(record->socket);
    g_free(record->why);
    witness_ref_clear(&record->witness);
    params_clear(&record->stats);
    g_free(record);
}

static int
find(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (g_str_equal(names[i], name))
            return i;
    return -1;
}

static bool
read_number(const char *text, guint64 max, guint64 *ret)
{
    return g_ascii_string_to_unsigned(text, 10, 0, max, ret, NULL);
}

/* "-" is nothing; false for what escaped() cannot have written. */
static bool
read_text(const char *text, char **field)
{
    g_free(*field);
    *field = NULL;
    if (g_str_equal(text, "-"))
        return true;
    *field = g_uri_unescape_string(text, NULL);
    return *field && g_utf8_validate(*field, -1, NULL);
}

static bool
read_uuid(const char *text, char **field)
{
    if (*field || !g_uuid_string_is_valid(text))
        return false;
    *field = g_strdup(text);
    return true;
}

static bool
line_id(JournalRecord *r, char **v)
{
    return read_uuid(v[0], &r->id);
}

static bool
line_uuid(JournalRecord *r, char **v)
{
    return read_uuid(v[0], &r->uuid);
}

static bool
line_side(JournalRecord *r, char **v)
{
    if (!g_str_equal(v[0], "out") && !g_str_equal(v[0], "in"))
        return false;
    r->side = g_str_equal(v[0], "out") ? JOURNAL_SOURCE : JOURNAL_DESTINATION;
    return true;
}

static bool
line_name(JournalRecord *r, char **v)
{
    return read_text(v[0], &r->name);
}

static bool
line_boot(JournalRecord *r, char **v)
{
    return read_text(v[0], &r->boot);
}

static bool
line_peer(JournalRecord *r, char **v)
{
    return read_text(v[0], &r->peer);
}

static bool
line_socket(JournalRecord *r, char **v)
{
    return read_text(v[0], &r->socket);
}

static bool
line_flags(JournalRecord *r, char **v)
{
    guint64 n;

    if (!read_number(v[0], G_MAXUINT32, &n))
        return false;
    r->flags = n;
    return true;
}

static bool
line_ran(JournalRecord *r, char **v)
{
    guint64 n;

    if (!read_number(v[0], 1, &n))
        return false;
    r->was_running = n;
    return true;
}

static bool
line_port(JournalRecord *r, char **v)
{
    guint64 n;

    if (!read_number(v[0], G_MAXUINT16, &n))
        return false;
    r->port = n;
    return true;
}

static bool
line_started(JournalRecord *r, char **v)
{
    guint64 n;

    if (!read_number(v[0], G_MAXINT64, &n))
        return false;
    r->started = n;
    return true;
}

static bool
line_step(JournalRecord *r, char **v)
{
    int     step = find(step_names, STEP_LAST, v[0]);
    guint64 when;

    if (step < 0 || !read_number(v[1], G_MAXINT64, &when))
        return false;
    r->steps |= 1u << step;
    return true;
}

static bool
line_witness(JournalRecord *r, char **v)
{
    guint64 port;

    if (!read_number(v[1], G_MAXUINT16, &port) || strlen(v[2]) != WITNESS_TOKEN_LEN ||
        strspn(v[2], "0123456789abcdef") != WITNESS_TOKEN_LEN || !g_uuid_string_is_valid(v[3]))
        return false;
    witness_ref_clear(&r->witness);
    if (!read_text(v[0], &r->witness.address))
        return false;
    r->witness.port = port;
    r->witness.token = g_strdup(v[2]);
    r->witness.id = g_strdup(v[3]);
    return true;
}

static bool
line_outcome(JournalRecord *r, char **v)
{
    int     outcome = find(outcome_names, OUTCOME_LAST, v[0]);
    guint64 when;

    if (outcome < 0 || !read_number(v[1], G_MAXINT64, &when) || !read_text(v[2], &r->why))
        return false;
    r->outcome = outcome;
    r->ended = when;
    return true;
}

static bool
line_stat(JournalRecord *r, char **v)
{
    virTypedParameter p = { 0 };
    guint64           n;
    bool              is_int = g_str_equal(v[1], "int");

    if (r->stats.n >= STATS_MAX || strlen(v[0]) >= sizeof(p.field) || (!is_int && !g_str_equal(v[1], "ullong")) ||
        !read_number(v[2], is_int ? G_MAXINT : G_MAXUINT64, &n))
        return false;
    g_strlcpy(p.field, v[0], sizeof(p.field));
    p.type = is_int ? VIR_TYPED_PARAM_INT : VIR_TYPED_PARAM_ULLONG;
    if (is_int)
        p.value.i = n;
    else
        p.value.ul = n;
    /* The typed-parameter functions allocate with malloc(), like all of libvirt's public memory. */
    r->stats.v = realloc(r->stats.v, (r->stats.n + 1) * sizeof(p));
    if (!r->stats.v)
        g_error("out of memory");
    r->stats.v[r->stats.n++] = p;
    return true;
}

/* key, number of values, and who reads them */
static const struct {
    const char *key;
    guint       n;
    bool (*read)(JournalRecord *record, char **values);
} lines[] = {
    { "id", 1, line_id },           { "side", 1, line_side },       { "name", 1, line_name },
    { "uuid", 1, line_uuid },       { "boot", 1, line_boot },       { "peer", 1, line_peer },
    { "flags", 1, line_flags },     { "ran", 1, line_ran },         { "port", 1, line_port },
    { "started", 1, line_started }, { "step", 2, line_step },       { "witness", 4, line_witness },
    { "outcome", 3, line_outcome }, { "stat", 3, line_stat },       { "socket", 1, line_socket },
};

static bool
read_line(JournalRecord *record, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 6);
    guint         n = g_strv_length(words);

    for (gsize i = 0; n > 0 && i < G_N_ELEMENTS(lines); i++)
        if (g_str_equal(lines[i].key, words[0]))
            return n == lines[i].n + 1 && lines[i].read(record, words + 1);
    return false;
}

JournalRecord *
journal_parse(const char *text, gsize len, GError **err)
{
    g_autoptr(JournalRecord) record = g_new0(JournalRecord, 1);
    g_autofree char         *copy = NULL;
    g_auto(GStrv)            all = NULL;
    guint                    n;

    if (memchr(text, '\0', len))
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("migration journal contains a NUL byte"));
    copy = g_strndup(text, len);
    all = g_strsplit(copy, "\n", -1);
    n = g_strv_length(all);
    if (n < 2 || !g_str_equal(all[0], "godwit-journal 1"))
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("not a migration journal of a known version"));

    /* What follows the last newline was cut off by the death of its writer. */
    for (guint i = 1; i + 1 < n; i++)
        if (!read_line(record, all[i]))
            return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("migration journal: line %u cannot be understood"), i + 1);
    if (!record->id || !record->uuid || !record->name || !record->boot)
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("migration journal lacks its head"));
    return g_steal_pointer(&record);
}
