/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/monitor.h"

#include "qemu/events.h"
#include "qemu/process.h"
#include "util/err.h"
#include "util/json.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

/* QEMU's run state; the domain state that it means; the reason when ours was another state; the event that we have
 * missed then. The last row is for all that are not listed. */
static const struct {
    const char *status;
    int         state, reason;
    const char *event;
} run_states[] = {
    { "running", VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED, "RESUME" },
    { "shutdown", VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_UNKNOWN, "SHUTDOWN" },
    { "guest-panicked", VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED, NULL },
    { "io-error", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, "STOP" },
    { "watchdog", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_WATCHDOG, "STOP" },
    { "inmigrate", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, "STOP" },
    { "postmigrate", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, "STOP" },
    { "finish-migrate", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, "STOP" },
    { "prelaunch", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_UNKNOWN, "STOP" },
    { "suspended", VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN, "SUSPEND" },
    { "paused", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_UNKNOWN, "STOP" },
};

static gsize
row_of(const char *status)
{
    gsize at = 0;

    while (at < G_N_ELEMENTS(run_states) - 1 && g_strcmp0(run_states[at].status, status) != 0)
        at++;
    return at;
}

/* Our own reason is the better one as long as the state is the same. */
static void
take_status(QemuDomain *dom, const char *status, bool first)
{
    gsize at = row_of(status);
    bool  news, shut;

    g_mutex_lock(&dom->lock);
    news = dom->state != run_states[at].state;
    if (news && run_states[at].state == VIR_DOMAIN_PAUSED && dom->paused_reason == VIR_DOMAIN_PAUSED_UNKNOWN)
        dom->paused_reason = run_states[at].reason;
    g_mutex_unlock(&dom->lock);
    if (news && run_states[at].event) {
        g_autoptr(JsonObject) data = json_make("b:guest", true, NULL);

        qemu_event_inject(dom, run_states[at].event, data);
    }
    g_mutex_lock(&dom->lock);
    if (dom->state != run_states[at].state)
        qemu_domain_set_state(dom, run_states[at].state, run_states[at].reason);
    shut = first && !news && dom->state == VIR_DOMAIN_SHUTDOWN;
    g_mutex_unlock(&dom->lock);
    if (shut) /* powered off, and nobody was there any more to clear away */
        qemu_process_stop_async(dom, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, STOP_TERM);
}

typedef struct {
    QemuDomain *dom; /* referenced */
    bool        first;
} Question;

static bool
is_answered(Question *question, const GError *error)
{
    if (error && !qmp_error_is_lost(error))
        log_warn("domain '%s': cannot ask for its state: %s", question->dom->name, error->message);
    return !error;
}

static void
on_status(JsonNode *ret, const GError *error, gpointer data)
{
    g_autofree Question  *question = data;
    g_autoptr(QemuDomain) dom = question->dom;

    if (is_answered(question, error))
        take_status(dom, json_get_string(json_as_object(ret), "status"), question->first);
}

static void
on_migration(JsonNode *ret, const GError *error, gpointer data)
{
    g_autofree Question  *question = data;
    g_autoptr(QemuDomain) dom = question->dom;
    const char           *status = json_get_string(json_as_object(ret), "status");

    if (is_answered(question, error) && status) {
        g_autoptr(JsonObject) event = json_make("s:status", status, NULL);

        qemu_event_inject(dom, QEMU_EVENT_MIGRATION_STATUS, event);
    }
}

static Question *
question_new(QemuDomain *dom, bool first)
{
    Question *question = g_new(Question, 1);

    *question = (Question){ qemu_domain_ref(dom), first };
    return question;
}

void
qemu_monitor_reopened(QmpClient *client, guint times, gpointer data)
{
    QemuDomain *dom = data;
    bool        first = times == 1, migrates;

    g_mutex_lock(&dom->lock);
    /* The recovery after a restart asks by itself, unless it was stuck without a connection. */
    migrates = dom->job.async != ASYNC_NONE && !(first && dom->job.recovering);
    g_mutex_unlock(&dom->lock);
    qmp_send(client, "query-status", NULL, on_status, question_new(dom, first));
    if (migrates)
        qmp_send(client, "query-migrate", NULL, on_migration, question_new(dom, false));
}

void
qemu_monitor_lost(QmpClient *client, const GError *why, gpointer data)
{
    QemuDomain         *dom = data;
    const QemuAsyncOps *ops = NULL;
    bool                ours, ending;

    g_mutex_lock(&dom->lock);
    ours = dom->qmp == client && qemu_domain_is_active(dom);
    ending = dom->stop_reason || dom->state == VIR_DOMAIN_SHUTDOWN;
    if (ours)
        ops = dom->job.ops;
    if (ours && !ending)
        g_ptr_array_add(dom->messages, g_strdup_printf(_("its monitor could not be reached: %s"), why->message));
    g_mutex_unlock(&dom->lock);
    if (ours && !ending)
        log_error("domain '%s' runs, but its monitor cannot be reached: %s; it is tried again when the guest is next asked for "
                  "something", dom->name, why->message);
    if (ops && ops->unreachable)
        ops->unreachable(dom);
}
