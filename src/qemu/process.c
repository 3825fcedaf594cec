/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adopting a QEMU process, stopping it, and noticing its end. */
#include "qemu/process.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "qemu/driver.h"
#include "qemu/events.h"
#include "qemu/migrate.h"
#include "qemu/process-private.h"
#include "qemu/state.h"
#include "qemu/tpm.h"
#include "util/err.h"
#include "util/file.h"
#include "util/json.h"
#include "util/log.h"
#include "util/spawn.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

enum { TERM_TO_KILL_MS = 10 * 1000, TERM_ONLY_SECONDS = 15, KILL_SECONDS = 30 };

static void
drop_domain(gpointer data)
{
    qemu_domain_unref(data);
}

/* What a QEMU that ended by itself means, and what it is called when we ended it. */
typedef struct {
    int  reason, detail;
    bool quiet;
} Ending;

/* Lock held. */
static Ending
judge_ending(QemuDomain *dom)
{
    if (dom->stop_reason)
        return (Ending){ dom->stop_reason, dom->stop_detail, dom->quiet_stop || dom->stop_detail == QEMU_STOP_QUIET };
    if (dom->quiet_stop)
        return (Ending){ VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, true };
    if (dom->state == VIR_DOMAIN_SHUTDOWN)
        return (Ending){ VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, false };
    if (dom->state == VIR_DOMAIN_CRASHED)
        return (Ending){ VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_CRASHED, false };
    return (Ending){ VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_FAILED, false };
}

/* The run is over: nothing of it is left in dom but the live definition. Whoever waits for this wakes up when it has
 * been told, and what the event says is published after the tidying up that follows. */
static const QemuAsyncOps *
end_run(QemuDomain *dom)
{
    const QemuAsyncOps *ops;
    Ending ending;

    qemu_domain_table_set_id(dom->driver->domains, dom, -1);
    g_mutex_lock(&dom->lock);
    ending = judge_ending(dom);
    qemu_domain_set_state(dom, VIR_DOMAIN_SHUTOFF, ending.reason);
    source_remove(&dom->pidfd_source);
    source_remove(&dom->kill_timer);
    close(dom->pidfd);
    dom->pidfd = -1;
    dom->pid = 0;
    dom->stop_reason = 0;
    dom->quiet_stop = false;
    dom->fake_reboot = false;
    dom->autodestroy = NULL;
    dom->paused_reason = dom->running_reason = 0;
    dom->reap_pending = true; /* from now on no job begins before everything has been tidied up */
    ops = dom->job.ops;
    if (!ending.quiet)
        qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_STOPPED, ending.detail);
    g_cond_broadcast(&dom->job.changed);
    g_mutex_unlock(&dom->lock);
    return ops;
}

/* Loop thread. */
static gboolean
on_exit_noticed(int fd, GIOCondition what, gpointer data)
{
    g_autoptr(QemuDomain) dom = qemu_domain_ref(data);
    g_autoptr(QmpClient) client = NULL;
    g_autofree char *how = spawn_reap(fd);
    const QemuAsyncOps *ops;

    log_info("domain '%s': QEMU exited (%s)", dom->name, how ? how : "not our child");
    g_mutex_lock(&dom->lock);
    client = g_steal_pointer(&dom->qmp);
    g_mutex_unlock(&dom->lock);
    if (client) {
        qmp_client_drain(client); /* its last events come first */
        qmp_client_close(client);
    }
    ops = end_run(dom);
    if (ops && ops->gone)
        ops->gone(dom);
    qemu_job_request_reap(dom);
    return G_SOURCE_REMOVE;
}

void
qemu_process_adopt(QemuDomain *dom, QemuRun *run)
{
    qemu_domain_table_set_id(dom->driver->domains, dom, run->id);
    g_mutex_lock(&dom->lock);
    dom->pid = run->pid;
    dom->pid_start = run->pid_start;
    dom->pidfd = run->pidfd;
    qmp_client_unref(dom->qmp);
    dom->qmp = run->client;
    g_free(dom->run_dir);
    dom->run_dir = run->run_dir;
    g_free(dom->monitor_path);
    dom->monitor_path = run->monitor_path;
    dom->stop_reason = 0;
    dom->stop_detail = 0;
    dom->quiet_stop = run->quiet;
    dom->fake_reboot = false;
    dom->reap_pending = false;
    dom->paused_reason = dom->running_reason = 0;
    g_ptr_array_set_size(dom->messages, 0);
    qemu_domain_set_state(dom, run->state, run->reason);
    dom->pidfd_source = loop_add_fd(dom->driver->loop, dom->pidfd, G_IO_IN, on_exit_noticed, qemu_domain_ref(dom),
                                    drop_domain);
    g_mutex_unlock(&dom->lock);
}

static gboolean
on_kill_timer(gpointer data)
{
    QemuDomain *dom = data;

    g_mutex_lock(&dom->lock);
    if (dom->pidfd >= 0) {
        log_warn("domain '%s': QEMU did not react to SIGTERM, killing it", dom->name);
        spawn_pidfd_signal(dom->pidfd, SIGKILL);
    }
    g_mutex_unlock(&dom->lock);
    return G_SOURCE_REMOVE;
}

/* Lock held. */
static void
signal_process(QemuDomain *dom, QemuStopHow how)
{
    if (dom->pidfd < 0)
        return;
    spawn_pidfd_signal(dom->pidfd, how == STOP_KILL ? SIGKILL : SIGTERM);
    if (how == STOP_TERM && !dom->kill_timer)
        dom->kill_timer = loop_add_timer(dom->driver->loop, TERM_TO_KILL_MS, on_kill_timer, qemu_domain_ref(dom),
                                         drop_domain);
}

void
qemu_process_stop_async(QemuDomain *dom, int reason, int detail, QemuStopHow how)
{
    g_mutex_lock(&dom->lock);
    if (qemu_domain_is_active(dom)) {
        if (!dom->stop_reason) {
            dom->stop_reason = reason;
            dom->stop_detail = detail;
        }
        signal_process(dom, how);
    }
    g_mutex_unlock(&dom->lock);
}

/* Lock held. */
static bool
wait_for_exit(QemuDomain *dom, pid_t pid, int seconds)
{
    gint64 deadline = g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND;

    while (pid != 0 && dom->pid == pid)
        if (!g_cond_wait_until(&dom->job.changed, &dom->lock, deadline))
            return dom->pid != pid;
    return true;
}

bool
qemu_process_stop(QemuDomain *dom, int reason, int detail, QemuStopHow how, GError **err)
{
    bool  gone;
    pid_t pid;

    qemu_process_stop_async(dom, reason, detail, how);
    g_mutex_lock(&dom->lock);
    pid = dom->pid;
    gone = wait_for_exit(dom, pid, how == STOP_TERM_ONLY ? TERM_ONLY_SECONDS : KILL_SECONDS);
    if (!gone && how == STOP_TERM_ONLY)
        dom->stop_reason = 0;
    g_mutex_unlock(&dom->lock);
    return gone || fail_errno(err, EBUSY, _("Failed to terminate process %ld with SIG%s"), (long)pid,
                              how == STOP_TERM_ONLY ? "TERM" : "KILL");
}

/* The TPM of a guest that stays defined keeps its secrets; those of one that is forgotten go. */
static void
reap_tpm(QemuDomain *dom, const DomDef *old, bool persistent)
{
    const QemuConfig *config = dom->driver->config;

    if (!old || old->tpms->len == 0)
        return;
    qemu_tpm_stop(config, dom->uuid_str);
    if (!persistent)
        qemu_tpm_remove_state(config, dom->uuid_str);
}

void
qemu_process_reap(QemuDomain *dom)
{
    g_autofree char *run_dir = NULL;
    DomDef *old = NULL;
    bool persistent;

    g_mutex_lock(&dom->lock);
    persistent = dom->persistent;
    run_dir = g_steal_pointer(&dom->run_dir);
    g_clear_pointer(&dom->monitor_path, g_free);
    g_clear_pointer(&dom->live_xml, g_free);
    if (!qemu_domain_is_active(dom)) {
        old = g_steal_pointer(&dom->def);
        dom->def = g_steal_pointer(&dom->new_def);
    }
    g_mutex_unlock(&dom->lock);
    if (run_dir) {
        qemu_state_remove_status(dom);
        file_remove_dir(run_dir);
        if (old)
            qemu_process_forget_live(dom, old);
    }
    reap_tpm(dom, old, persistent);
    dom_def_free(old);
}

void
qemu_process_reap_now(QemuDomain *dom)
{
    g_mutex_lock(&dom->lock);
    dom->reap_pending = false;
    g_mutex_unlock(&dom->lock);
    qemu_process_reap(dom);
}

static bool
change_cpus(QemuDomain *dom, const char *cmd, int *reason_field, int reason, GError **err)
{
    g_autoptr(QmpClient) client = qemu_domain_qmp(dom, err);

    if (!client)
        return false;
    g_mutex_lock(&dom->lock);
    *reason_field = reason;
    g_mutex_unlock(&dom->lock);
    if (qmp_call(client, cmd, NULL, NULL, err))
        return true;
    g_mutex_lock(&dom->lock);
    *reason_field = 0;
    g_mutex_unlock(&dom->lock);
    return false;
}

bool
qemu_process_stop_cpus(QemuDomain *dom, int paused_reason, GError **err)
{
    return change_cpus(dom, "stop", &dom->paused_reason, paused_reason, err);
}

bool
qemu_process_start_cpus(QemuDomain *dom, int running_reason, GError **err)
{
    return change_cpus(dom, "cont", &dom->running_reason, running_reason, err);
}

static void
on_reboot_reply(JsonNode *ret, const GError *error, gpointer data)
{
    QemuDomain *dom = data;

    if (error && !qmp_error_is_lost(error)) {
        log_warn("domain '%s': cannot reboot: %s", dom->name, error->message);
        qemu_process_stop_async(dom, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, STOP_TERM);
    }
    qemu_domain_unref(dom);
}

void
qemu_process_reboot_async(QemuDomain *dom, int running_reason)
{
    static const QmpCmd cmds[] = { { .cmd = "system_reset" }, { .cmd = "cont" } };
    g_autoptr(QmpClient) client = qemu_domain_qmp(dom, NULL);

    if (!client)
        return;
    g_mutex_lock(&dom->lock);
    dom->running_reason = running_reason;
    g_mutex_unlock(&dom->lock);
    for (gsize i = 0; i < G_N_ELEMENTS(cmds); i++)
        qemu_domain_ref(dom);
    qmp_send_many(client, cmds, G_N_ELEMENTS(cmds), on_reboot_reply, dom);
}

bool
qemu_process_attach(QemuDomain *dom, QemuRun *run, GError **err)
{
    guint64 start;

    run->pidfd = spawn_pidfd_open(run->pid);
    if (run->pidfd < 0)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("process %ld of domain '%s' has gone"), (long)run->pid, dom->name);
    if (!spawn_start_time(run->pid, &start) || start != run->pid_start) {
        close(run->pidfd);
        return fail(err, VIR_ERR_OPERATION_FAILED, _("process %ld is not the one of domain '%s' any more"),
                    (long)run->pid, dom->name);
    }
    /* A live guest whose monitor does not answer yet is not a dead one. */
    run->client = qmp_client_attach(dom->driver->loop, run->monitor_path, dom->name, &qemu_event_handler,
                                    qemu_domain_ref(dom));
    qemu_process_adopt(dom, run);
    return true;
}
