/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/migrate-words.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

#define LOG_TAIL 2048
#define MAX_LINES 3

/* What QEMU says at either end. text occurs in it. */
typedef enum { SYMPTOM, /* the other end went away, and knows why */
               VAGUE,   /* follows whatever happened before */
               CHATTER  /* no failure at all */
} Worth;

static const struct {
    const char *text;
    Worth       worth;
} rows[] = {
    { "Broken pipe", SYMPTOM },
    { "Connection reset by peer", SYMPTOM },
    { "Software caused connection abort", SYMPTOM },
    { "Input/output error", SYMPTOM },
    { "Cannot read from TLS channel", SYMPTOM },
    { "TLS fatal alert has been received", SYMPTOM },
    { "TLS connection was non-properly terminated", SYMPTOM },
    { "Error in the pull function", SYMPTOM },
    { "Failed to peek at channel", SYMPTOM },
    { "Not a migration stream", VAGUE },
    { "error while loading state section id", VAGUE },
    { "load of migration failed", VAGUE },
    { ": warning: ", CHATTER },
    { ": info: ", CHATTER },
    { "terminating on signal", CHATTER },
};

static int
row_of(const char *words)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strstr(words, rows[i].text))
            return i;
    return -1;
}

bool
qmig_words_are_symptom(const char *words)
{
    int row = row_of(words);

    return row >= 0 && rows[row].worth == SYMPTOM;
}

/* "2026-11-25T06:33:09.309624Z qemu-system-x86_64: WORDS"; NULL: not QEMU's own line. */
static const char *
words_of_line(const char *line)
{
    const char *program = strstr(line, "qemu-system");
    const char *words = program ? strstr(program, ": ") : NULL;

    /* The command line that we wrote there ourselves names the program, too. */
    return words && !memchr(program, ' ', (gsize)(words - program)) && !strstr(line, "-no-user-config") ? words + 2 : NULL;
}

static bool
holds(const GPtrArray *lines, const char *words)
{
    for (guint i = 0; i < lines->len; i++)
        if (g_str_equal(g_ptr_array_index(lines, i), words))
            return true;
    return false;
}

static char *
join_newest(GPtrArray *newest_first)
{
    GString         *out = g_string_new(NULL);
    g_autofree char *text = NULL;

    for (guint i = newest_first->len; i > 0; i--)
        g_string_append_printf(out, "%s%s", out->len ? "; " : "", (const char *)g_ptr_array_index(newest_first, i - 1));
    text = g_string_free(out, FALSE);
    return g_utf8_make_valid(text, -1);
}

char *
qmig_words_of_log(const char *log)
{
    g_auto(GStrv)        lines = g_strsplit(log, "\n", -1);
    g_autoptr(GPtrArray) telling = g_ptr_array_new(), vague = g_ptr_array_new();
    bool                 symptoms = false;
    const char          *words;

    for (guint i = g_strv_length(lines); i > 0; i--) {
        int        row;
        GPtrArray *to;

        if (!*lines[i - 1])
            continue;
        if (!(words = words_of_line(lines[i - 1])))
            break;
        row = row_of(lines[i - 1]);
        symptoms = symptoms || (row >= 0 && rows[row].worth == SYMPTOM);
        to = row < 0 ? telling : vague;
        if ((row < 0 || rows[row].worth == VAGUE) && to->len < MAX_LINES && !holds(to, words))
            g_ptr_array_add(to, (gpointer)words);
    }
    if (telling->len)
        return join_newest(telling);
    return vague->len && !symptoms ? join_newest(vague) : NULL;
}

char *
qmig_last_words(QemuDomain *dom)
{
    g_autofree char *path = g_strdup_printf("%s/qemu/%s.log", dom->driver->config->log_dir, dom->name);
    int              fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    off_t            end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    char             text[LOG_TAIL + 1] = "";

    if (fd < 0)
        return NULL;
    if (pread(fd, text, LOG_TAIL, MAX(0, end - LOG_TAIL)) < 0)
        text[0] = '\0';
    close(fd);
    return qmig_words_of_log(text);
}

/* The source */

bool
qmig_fail_unopened(QemuMig *mig, GError **err)
{
    unsigned limit = mig->dom->driver->config->migrate_silence;

    if (mig->tls)
        return verr_set(err, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED,
                        _("%s: the TLS handshake with '%s' has got no further for %u seconds: look whether that is where the "
                          "destination's QEMU listens, and at what lies between"),
                        _("migration out job"), mig->far_end ? mig->far_end : "?", limit);
    return verr_set(err, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED,
                    _("%s: '%s' has not been reached within %u seconds: look whether that is where the destination's QEMU "
                      "listens, and at what lies between"),
                    _("migration out job"), mig->far_end ? mig->far_end : "?", limit);
}

static bool
fail_silent(const QemuMig *mig, guint64 bytes, GError **err)
{
    return verr_set(err, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED,
                    _("%s: after %u MiB nothing more of the guest's memory has gone through to the "
                      "destination '%s' for %u seconds: look at the network between the hosts and at the destination, or "
                      "raise migrate-silence"),
                    _("migration out job"), (guint)(bytes >> 20), mig->peer ? mig->peer : "?",
                    mig->dom->driver->config->migrate_silence);
}

bool
qmig_fail_aborted(QemuMig *mig, GError **err)
{
    bool    peer_lost, io_error, has_client, silent, unopened;
    guint64 bytes;

    g_mutex_lock(&mig->lock);
    silent = mig->silent;
    unopened = mig->unopened;
    bytes = mig->sent_bytes;
    peer_lost = mig->peer_lost;
    io_error = mig->io_error;
    has_client = mig->conn != NULL;
    g_mutex_unlock(&mig->lock);
    if (peer_lost)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("Lost connection to destination host"));
    if (silent)
        return unopened ? qmig_fail_unopened(mig, err) : fail_silent(mig, bytes, err);
    if (io_error)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("%s: %s"), _("migration out job"), _("failed due to I/O error"));
    return fail(err, VIR_ERR_OPERATION_ABORTED, _("%s: %s"), _("migration out job"),
                has_client ? _("canceled by client") : _("the client has gone"));
}

/* Clients, stock ones included, prefer what Finish says to a failure of the QEMU driver's. A cause that is known here
 * comes from the domain code, so that it wins over the echo that it has at the destination. */
static bool
fail_because(const char *why, const char *hint, GError **err)
{
    int from = why && !qmig_words_are_symptom(why) ? VIR_FROM_DOMAIN : VIR_FROM_QEMU;

    if (!why && !hint)
        return verr_set(err, from, VIR_ERR_OPERATION_FAILED, _("%s: %s"), _("migration out job"), _("unexpectedly failed"));
    return verr_set(err, from, VIR_ERR_OPERATION_FAILED, _("%s: %s: %s%s"), _("migration out job"), _("unexpectedly failed"),
                    why ? why : "?", hint ? hint : "");
}

/* What the words alone do not tell. NULL: nothing. */
static char *
hint_for(QemuMig *mig, const char *why)
{
    bool sent;

    g_mutex_lock(&mig->lock);
    sent = mig->sent;
    g_mutex_unlock(&mig->lock);
    /* Such a QEMU may write one packet too many, which nobody needs, after the other one has hung up for good. */
    if (sent && (mig->flags & VIR_MIGRATE_PARALLEL) && why && qmig_words_are_symptom(why))
        return g_strdup(_(" (after all memory had been sent; a QEMU before 9.0 loses this race at the end of a parallel "
                          "migration now and then: try again)"));
    /* With TLS 1.3 a destination that does not like our certificate just hangs up. */
    if (mig->tls)
        return g_strdup_printf(_(" (encrypted; the destination's certificate must carry the name '%s', and this host's must "
                                 "be one that the destination accepts: see the guest's log there)"),
                               mig->tls_hostname);
    return NULL;
}

/* A QEMU that is told to exit says first that its migration failed. */
static bool
is_being_stopped(QemuMig *mig)
{
    bool gone, stopped;

    g_mutex_lock(&mig->lock);
    gone = mig->gone;
    g_mutex_unlock(&mig->lock);
    g_mutex_lock(&mig->dom->lock);
    stopped = mig->dom->stop_reason != 0;
    g_mutex_unlock(&mig->dom->lock);
    return gone || stopped;
}

bool
qmig_fail_as_qemu_says(QemuMig *mig, QmpClient *qmp, GError **err)
{
    /* With several connections it is QEMU that connects. */
    static const char   unconnected[] = "Failed to connect to ";
    g_autoptr(JsonNode) reply = NULL;
    g_autofree char    *hint = NULL;
    const char         *why = NULL;

    if (qmp_call(qmp, "query-migrate", NULL, &reply, NULL))
        why = json_get_string(json_as_object(reply), "error-desc");
    if (is_being_stopped(mig))
        return verr_set(err, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, _("domain is not running"));
    if (why && g_str_has_prefix(why, unconnected))
        return fail(err, VIR_ERR_SYSTEM_ERROR, _("unable to connect to server at %s"), why + strlen(unconnected));
    hint = hint_for(mig, why);
    return fail_because(why, hint, err);
}
