/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/events.h"

#include <string.h>

#include "model/dom-def.h"
#include "qemu/driver.h"
#include "qemu/monitor.h"
#include "qemu/process.h"
#include "util/json.h"
#include "util/log.h"

#define LOG_ROOM "qemu"

typedef struct {
    EventHub    *hub;
    DomainEvent *ev;
} Emission;

static void
publish(gpointer data)
{
    Emission *emission = data;

    event_hub_publish(emission->hub, emission->ev);
}

static void
free_emission(gpointer data)
{
    Emission *emission = data;

    domain_event_unref(emission->ev);
    event_hub_unref(emission->hub);
    g_free(emission);
}

void
qemu_event_emit(QemuDriver *driver, DomainEvent *ev)
{
    Emission *emission = g_new(Emission, 1);

    *emission = (Emission){ event_hub_ref(driver->events), ev };
    loop_post(driver->loop, publish, emission, free_emission);
}

/* A new event about dom; id is the one it has now. */
static DomainEvent *
new_event(QemuDomain *dom, int event_id)
{
    DomRef ref = qemu_domain_make_ref(dom, g_atomic_int_get(&dom->id));

    return domain_event_new(event_id, &ref);
}

void
qemu_event_lifecycle(QemuDomain *dom, int event, int detail)
{
    DomRef ref = qemu_domain_make_ref(dom, g_atomic_int_get(&dom->id));

    qemu_event_emit(dom->driver, domain_event_lifecycle(&ref, event, detail));
}

int
qemu_event_suspended_detail(int paused_reason)
{
    switch (paused_reason) {
    case VIR_DOMAIN_PAUSED_MIGRATION: return VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED;
    case VIR_DOMAIN_PAUSED_FROM_SNAPSHOT: return VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT;
    case VIR_DOMAIN_PAUSED_IOERROR: return VIR_DOMAIN_EVENT_SUSPENDED_IOERROR;
    case VIR_DOMAIN_PAUSED_WATCHDOG: return VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG;
    case VIR_DOMAIN_PAUSED_POSTCOPY: return VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY;
    case VIR_DOMAIN_PAUSED_POSTCOPY_FAILED: return VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY_FAILED;
    default: return VIR_DOMAIN_EVENT_SUSPENDED_PAUSED;
    }
}

int
qemu_event_resumed_detail(int running_reason)
{
    switch (running_reason) {
    case VIR_DOMAIN_RUNNING_MIGRATION_CANCELED:
    case VIR_DOMAIN_RUNNING_MIGRATED: return VIR_DOMAIN_EVENT_RESUMED_MIGRATED;
    case VIR_DOMAIN_RUNNING_POSTCOPY: return VIR_DOMAIN_EVENT_RESUMED_POSTCOPY;
    case VIR_DOMAIN_RUNNING_POSTCOPY_FAILED: return VIR_DOMAIN_EVENT_RESUMED_POSTCOPY_FAILED;
    default: return VIR_DOMAIN_EVENT_RESUMED_UNPAUSED;
    }
}

static void
on_stop(QemuDomain *dom, const QmpEvent *ev)
{
    bool was_running;
    int  reason;

    g_mutex_lock(&dom->lock);
    /* A guest that shut down, crashed or hit an error is stopped too; its state says more. */
    was_running = dom->state == VIR_DOMAIN_RUNNING;
    reason = dom->paused_reason;
    dom->paused_reason = VIR_DOMAIN_PAUSED_UNKNOWN;
    if (was_running)
        qemu_domain_set_state(dom, VIR_DOMAIN_PAUSED, reason);
    g_mutex_unlock(&dom->lock);
    if (was_running)
        qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_SUSPENDED, qemu_event_suspended_detail(reason));
}

static void
on_resume(QemuDomain *dom, const QmpEvent *ev)
{
    bool was_running;
    int  reason;

    g_mutex_lock(&dom->lock);
    was_running = dom->state == VIR_DOMAIN_RUNNING;
    reason = dom->running_reason == VIR_DOMAIN_RUNNING_UNKNOWN ? VIR_DOMAIN_RUNNING_UNPAUSED : dom->running_reason;
    dom->running_reason = VIR_DOMAIN_RUNNING_UNKNOWN;
    if (!was_running)
        qemu_domain_set_state(dom, VIR_DOMAIN_RUNNING, reason);
    g_mutex_unlock(&dom->lock);
    if (!was_running)
        qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_RESUMED, qemu_event_resumed_detail(reason));
}

/* What the definition wants done; lock held. */
static DomAction
wanted_action(QemuDomain *dom, const char *reason)
{
    if (!dom->def)
        return DOM_ACTION_DESTROY;
    return g_strcmp0(reason, "guest-reset") == 0 ? dom->def->on_reboot : dom->def->on_poweroff;
}

static void
on_shutdown(QemuDomain *dom, const QmpEvent *ev)
{
    const char *reason = json_get_string(ev->data, "reason");
    bool guest = json_bool_or(ev->data, "guest", false);
    bool again, reset;
    DomAction action;

    g_mutex_lock(&dom->lock);
    again = dom->state == VIR_DOMAIN_SHUTDOWN;
    reset = dom->fake_reboot;
    dom->fake_reboot = false;
    action = dom->stop_reason ? DOM_ACTION_DESTROY : wanted_action(dom, reason);
    if (!again)
        qemu_domain_set_state(dom, VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_UNKNOWN);
    g_mutex_unlock(&dom->lock);
    if (again)
        return;
    qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_SHUTDOWN,
                         guest ? VIR_DOMAIN_EVENT_SHUTDOWN_GUEST : VIR_DOMAIN_EVENT_SHUTDOWN_HOST);
    if (!guest) /* QEMU was told to go, and goes */
        return;
    if (reset || action == DOM_ACTION_RESTART)
        qemu_process_reboot_async(dom, VIR_DOMAIN_RUNNING_BOOTED);
    else if (action != DOM_ACTION_PRESERVE)
        qemu_process_stop_async(dom, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, STOP_TERM);
}

static void
on_panicked(QemuDomain *dom, const QmpEvent *ev)
{
    DomAction action;

    g_mutex_lock(&dom->lock);
    action = dom->def ? dom->def->on_crash : DOM_ACTION_DESTROY;
    qemu_domain_set_state(dom, VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED);
    g_mutex_unlock(&dom->lock);
    qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_CRASHED, VIR_DOMAIN_EVENT_CRASHED_PANICKED);
    if (action == DOM_ACTION_RESTART)
        qemu_process_reboot_async(dom, VIR_DOMAIN_RUNNING_CRASHED);
    else if (action != DOM_ACTION_PRESERVE)
        qemu_process_stop_async(dom, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_CRASHED, STOP_TERM);
}

static void
on_reset(QemuDomain *dom, const QmpEvent *ev)
{
    qemu_event_emit(dom->driver, new_event(dom, VIR_DOMAIN_EVENT_ID_REBOOT));
}

/* A running guest was stopped by QEMU for a reason of its own. The STOP event that follows changes nothing more. */
static void
stopped_by_qemu(QemuDomain *dom, int reason)
{
    bool was_running;

    g_mutex_lock(&dom->lock);
    was_running = dom->state == VIR_DOMAIN_RUNNING;
    if (was_running)
        qemu_domain_set_state(dom, VIR_DOMAIN_PAUSED, reason);
    g_mutex_unlock(&dom->lock);
    if (was_running)
        qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_SUSPENDED, qemu_event_suspended_detail(reason));
}

/* Position of a word, otherwise that of the last row. */
static int
word_index(const char *const *words, int n, const char *word)
{
    for (int i = 0; word && i < n; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return 0;
}

static void
on_watchdog(QemuDomain *dom, const QmpEvent *ev)
{
    /* index: virDomainEventWatchdogAction */
    static const char *const actions[] = { "none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi" };
    DomainEvent *out = new_event(dom, VIR_DOMAIN_EVENT_ID_WATCHDOG);

    out->n1 = word_index(actions, G_N_ELEMENTS(actions), json_get_string(ev->data, "action"));
    qemu_event_emit(dom->driver, out);
    if (out->n1 == VIR_DOMAIN_EVENT_WATCHDOG_PAUSE)
        stopped_by_qemu(dom, VIR_DOMAIN_PAUSED_WATCHDOG);
}

/* The disk behind a node name "libvirt-3-format"; lock held. */
static DomDisk *
disk_by_node(DomDef *def, const char *node)
{
    unsigned long index = node && g_str_has_prefix(node, "libvirt-") ? strtoul(node + strlen("libvirt-"), NULL, 10) : 0;
    DomDisk *disk;

    if (index > 0)
        dom_each(disk, def->disks)
            for (DomSource *src = &disk->src; src; src = src->backing)
                if (src->index == index)
                    return disk;
    return NULL;
}

static void
on_io_error(QemuDomain *dom, const QmpEvent *ev)
{
    /* index: virDomainEventIOErrorAction */
    static const char *const actions[] = { "ignore", "stop", "report" };
    static const int ids[] = { VIR_DOMAIN_EVENT_ID_IO_ERROR, VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON };
    g_autofree char *path = NULL, *alias = NULL;
    int      action = word_index(actions, G_N_ELEMENTS(actions), json_get_string(ev->data, "action"));
    DomDisk *disk;

    g_mutex_lock(&dom->lock);
    disk = dom->def ? disk_by_node(dom->def, json_get_string(ev->data, "node-name")) : NULL;
    path = g_strdup(disk && dom_disk_path(disk) ? dom_disk_path(disk) : "");
    alias = g_strdup(disk && disk->info.alias ? disk->info.alias : "");
    g_mutex_unlock(&dom->lock);
    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
        DomainEvent *out = new_event(dom, ids[i]);

        out->text1 = g_strdup(path);
        out->text2 = g_strdup(alias);
        out->n1 = action;
        if (ids[i] == VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON)
            out->text3 = g_strdup(json_bool_or(ev->data, "nospace", false) ? "enospc" : "");
        qemu_event_emit(dom->driver, out);
    }
    if (action == VIR_DOMAIN_EVENT_IO_ERROR_PAUSE)
        stopped_by_qemu(dom, VIR_DOMAIN_PAUSED_IOERROR);
}

static void
on_rtc_change(QemuDomain *dom, const QmpEvent *ev)
{
    DomainEvent *out = new_event(dom, VIR_DOMAIN_EVENT_ID_RTC_CHANGE);

    out->big1 = (guint64)json_int_or(ev->data, "offset", 0);
    qemu_event_emit(dom->driver, out);
}

static void
on_balloon_change(QemuDomain *dom, const QmpEvent *ev)
{
    DomainEvent *out = new_event(dom, VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE);

    out->big1 = (guint64)json_int_or(ev->data, "actual", 0) / 1024;
    g_mutex_lock(&dom->lock);
    if (dom->def && out->big1 > 0)
        dom->def->current_kib = out->big1;
    g_mutex_unlock(&dom->lock);
    qemu_event_emit(dom->driver, out);
}

static void
on_tray_moved(QemuDomain *dom, const QmpEvent *ev)
{
    DomainEvent *out = new_event(dom, VIR_DOMAIN_EVENT_ID_TRAY_CHANGE);
    const char  *id = json_get_string(ev->data, "id");
    const char  *alias = id && strrchr(id, '/') ? strrchr(id, '/') + 1 : id;

    out->text1 = g_strdup(alias ? alias : "");
    out->n1 = json_bool_or(ev->data, "tray-open", false) ? VIR_DOMAIN_EVENT_TRAY_CHANGE_OPEN
                                                         : VIR_DOMAIN_EVENT_TRAY_CHANGE_CLOSE;
    qemu_event_emit(dom->driver, out);
}

/* The guest put itself to sleep. */
static void
fell_asleep(QemuDomain *dom, int detail, int event_id)
{
    g_mutex_lock(&dom->lock);
    qemu_domain_set_state(dom, VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN);
    g_mutex_unlock(&dom->lock);
    qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_PMSUSPENDED, detail);
    qemu_event_emit(dom->driver, new_event(dom, event_id));
}

static void
on_suspend(QemuDomain *dom, const QmpEvent *ev)
{
    fell_asleep(dom, VIR_DOMAIN_EVENT_PMSUSPENDED_MEMORY, VIR_DOMAIN_EVENT_ID_PMSUSPEND);
}

static void
on_suspend_disk(QemuDomain *dom, const QmpEvent *ev)
{
    fell_asleep(dom, VIR_DOMAIN_EVENT_PMSUSPENDED_DISK, VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK);
}

static void
on_wakeup(QemuDomain *dom, const QmpEvent *ev)
{
    g_mutex_lock(&dom->lock);
    qemu_domain_set_state(dom, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_WAKEUP);
    g_mutex_unlock(&dom->lock);
    qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_WAKEUP);
    qemu_event_emit(dom->driver, new_event(dom, VIR_DOMAIN_EVENT_ID_PMWAKEUP));
}

/* Lock held: the channel of this alias. */
static DomChr *
channel_by_alias(DomDef *def, const char *alias)
{
    DomChr *channel;

    if (def && alias)
        dom_each(channel, def->channels)
            if (g_strcmp0(channel->info.alias, alias) == 0)
                return channel;
    return NULL;
}

static void
on_port_change(QemuDomain *dom, const QmpEvent *ev)
{
    bool    open = json_bool_or(ev->data, "open", false), agent = false;
    DomChr *channel;

    g_mutex_lock(&dom->lock);
    channel = channel_by_alias(dom->def, json_get_string(ev->data, "id"));
    if (channel) {
        channel->state = open ? DOM_CHANNEL_CONNECTED : DOM_CHANNEL_DISCONNECTED;
        agent = g_strcmp0(channel->name, "org.qemu.guest_agent.0") == 0;
    }
    g_mutex_unlock(&dom->lock);
    if (agent) {
        DomainEvent *out = new_event(dom, VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE);

        out->n1 = open ? VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED
                       : VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_DISCONNECTED;
        out->n2 = VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_CHANNEL;
        qemu_event_emit(dom->driver, out);
    }
}

/* QEMU's name, what is done. Others mean nothing to a domain. */
static const struct {
    const char *name;
    void (*run)(QemuDomain *dom, const QmpEvent *ev);
} handlers[] = {
    { "STOP", on_stop },
    { "RESUME", on_resume },
    { "SHUTDOWN", on_shutdown },
    { "RESET", on_reset },
    { "GUEST_PANICKED", on_panicked },
    { "WATCHDOG", on_watchdog },
    { "BLOCK_IO_ERROR", on_io_error },
    { "RTC_CHANGE", on_rtc_change },
    { "BALLOON_CHANGE", on_balloon_change },
    { "DEVICE_TRAY_MOVED", on_tray_moved },
    { "SUSPEND", on_suspend },
    { "SUSPEND_DISK", on_suspend_disk },
    { "WAKEUP", on_wakeup },
    { "VSERPORT_CHANGE", on_port_change },
};

static void
handle(QemuDomain *dom, const QmpEvent *ev)
{
    const QemuAsyncOps *ops;

    g_mutex_lock(&dom->lock);
    ops = dom->job.ops;
    g_mutex_unlock(&dom->lock);
    if (ops && ops->event && ops->event(dom, ev))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++)
        if (strcmp(handlers[i].name, ev->name) == 0)
            handlers[i].run(dom, ev);
}

static void
dispatch(QmpClient *client, const QmpEvent *ev, gpointer data)
{
    handle(data, ev);
}

void
qemu_event_inject(QemuDomain *dom, const char *name, JsonObject *data)
{
    const QmpEvent ev = { name, data, g_get_real_time() };

    log_debug("domain '%s': %s was missed", dom->name, name);
    handle(dom, &ev);
}

static void
drop_domain(gpointer data)
{
    qemu_domain_unref(data);
}

const QmpHandler qemu_event_handler = { .event = dispatch, .lost = qemu_monitor_lost,
                                        .reopened = qemu_monitor_reopened, .destroy = drop_domain };
