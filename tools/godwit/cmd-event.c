/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* event: waits for events and prints them, from the event loop's thread. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

typedef struct {
    Shell *sh;
    bool   loop, timestamp;
    GMutex lock; /* static storage: needs no init */
    /* under lock */
    int    count;
    bool   over;
} Watch;

typedef struct {
    Watch      *watch;
    const char *event; /* its name */
} Source;

/* Ctrl-C, and the first event without --loop, end the wait. */
static int bell[2] = { -1, -1 };

enum { TELL_INTERRUPT = 'i', TELL_ENOUGH = 'e' };

static void
ring(char what)
{
    int saved = errno;

    if (write(bell[1], &what, 1) < 0)
        errno = saved;
    errno = saved;
}

static void
on_interrupt(int number)
{
    ring(TELL_INTERRUPT);
}

static char *
time_text(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *seconds = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");

    return g_strdup_printf("%s.%03d+0000", seconds, g_date_time_get_microsecond(now) / 1000);
}

/* One JSON value per line: a stream has no end to close an array at. */
static void
print_json(const Source *source, const char *time, const char *domain, const char *detail)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *line = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "time");
    json_builder_add_string_value(builder, time);
    json_builder_set_member_name(builder, "event");
    json_builder_add_string_value(builder, source->event);
    json_builder_set_member_name(builder, "domain");
    json_builder_add_string_value(builder, domain);
    json_builder_set_member_name(builder, "detail");
    json_builder_add_string_value(builder, detail);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    line = json_to_string(root, FALSE);
    printf("%s\n", line);
}

/* separator: what stands between the domain's name and the detail. */
static void
emit(const Source *source, virDomainPtr dom, const char *separator, const char *detail)
{
    Watch *w = source->watch;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&w->lock);
    g_autofree char *time = time_text();

    if (w->over)
        return;
    w->count++;
    w->over = !w->loop;
    if (w->sh->json) {
        print_json(source, time, virDomainGetName(dom), detail);
    } else {
        if (w->timestamp)
            printf("%s: ", time);
        printf(_("event '%s' for domain '%s'"), source->event, virDomainGetName(dom));
        printf("%s%s\n", separator, detail);
    }
    fflush(stdout);
    if (w->over)
        ring(TELL_ENOUGH);
}

static void G_GNUC_PRINTF(3, 4)
emit_detail(const Source *source, virDomainPtr dom, const char *fmt, ...)
{
    g_autofree char *detail = NULL;
    va_list ap;

    va_start(ap, fmt);
    detail = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    emit(source, dom, ": ", detail);
}

#define NAME_OF(names, at) ((at) >= 0 && (gsize)(at) < G_N_ELEMENTS(names) && (names)[at] ? _((names)[at]) : _("unknown"))

static const char *const io_actions[] = { N_("none"), N_("pause"), N_("report") };
static const char *const watchdog_actions[] = { N_("none"),     N_("pause"), N_("reset"),     N_("poweroff"),
                                                N_("shutdown"), N_("debug"), N_("inject-nmi") };
static const char *const job_types[] = { N_("Unknown job"),  N_("Block Pull"),          N_("Block Copy"),
                                         N_("Block Commit"), N_("Active Block Commit"), N_("Backup") };
static const char *const job_states[] = { N_("completed"), N_("failed"), N_("canceled"), N_("ready") };
static const char *const disk_reasons[] = { N_("changed"), N_("dropped") };
static const char *const tray_reasons[] = { N_("opened"), N_("closed") };
static const char *const agent_states[] = { NULL, N_("connected"), N_("disconnected") };
static const char *const agent_reasons[] = { N_("unknown"), N_("domain started"), N_("channel event") };
static const char *const metadata_types[] = { N_("description"), N_("title"), N_("element") };
static const char *const graphics_phases[] = { N_("connect"), N_("initialize"), N_("disconnect") };
static const char *const graphics_families[] = { N_("IPv4"), N_("IPv6"), N_("unix") };
static const char *const failure_recipients[] = { N_("hypervisor"), N_("guest") };
static const char *const failure_actions[] = { N_("ignore"), N_("inject"), N_("fatal"), N_("reset") };

static int
on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *data)
{
    emit_detail(data, dom, "%s %s", name_lifecycle(event), name_lifecycle_detail(event, detail));
    return 0;
}

static void
on_plain(virConnectPtr conn, virDomainPtr dom, void *data)
{
    emit(data, dom, "", "");
}

static void
on_plain_reason(virConnectPtr conn, virDomainPtr dom, int reason, void *data)
{
    emit(data, dom, "", "");
}

static void
on_rtc(virConnectPtr conn, virDomainPtr dom, long long offset, void *data)
{
    emit_detail(data, dom, "%lld", offset);
}

static void
on_watchdog(virConnectPtr conn, virDomainPtr dom, int action, void *data)
{
    emit_detail(data, dom, "%s", NAME_OF(watchdog_actions, action));
}

static void
on_io_error(virConnectPtr conn, virDomainPtr dom, const char *path, const char *alias, int action, void *data)
{
    emit_detail(data, dom, "%s (%s) %s", path, alias, NAME_OF(io_actions, action));
}

static void
on_io_error_reason(virConnectPtr conn, virDomainPtr dom, const char *path, const char *alias, int action,
                   const char *reason, void *data)
{
    emit_detail(data, dom, _("%s (%s) %s due to %s"), path, alias, NAME_OF(io_actions, action), reason);
}

static void
on_graphics(virConnectPtr conn, virDomainPtr dom, int phase, const virDomainEventGraphicsAddress *local,
            const virDomainEventGraphicsAddress *remote, const char *scheme,
            const virDomainEventGraphicsSubject *subject, void *data)
{
    emit_detail(data, dom, _("%s local[%s %s %s] remote[%s %s %s] %s"), NAME_OF(graphics_phases, phase),
                NAME_OF(graphics_families, local->family), local->node, local->service,
                NAME_OF(graphics_families, remote->family), remote->node, remote->service, scheme);
}

static void
on_block_job(virConnectPtr conn, virDomainPtr dom, const char *disk, int type, int status, void *data)
{
    emit_detail(data, dom, _("%s for %s %s"), NAME_OF(job_types, type), disk, NAME_OF(job_states, status));
}

static void
on_disk_change(virConnectPtr conn, virDomainPtr dom, const char *from, const char *to, const char *alias, int reason,
               void *data)
{
    g_autofree char *detail = g_strdup_printf(_(" disk %s: %s -> %s: %s"), alias, from ? from : "-", to ? to : "-",
                                              NAME_OF(disk_reasons, reason));

    emit(data, dom, "", detail);
}

static void
on_tray(virConnectPtr conn, virDomainPtr dom, const char *alias, int reason, void *data)
{
    g_autofree char *detail = g_strdup_printf(_(" disk %s: %s"), alias, NAME_OF(tray_reasons, reason));

    emit(data, dom, "", detail);
}

static void
on_balloon(virConnectPtr conn, virDomainPtr dom, unsigned long long kib, void *data)
{
    emit_detail(data, dom, "%lluKiB", kib);
}

static void
on_device(virConnectPtr conn, virDomainPtr dom, const char *alias, void *data)
{
    emit_detail(data, dom, "%s", alias);
}

static void
on_params(virConnectPtr conn, virDomainPtr dom, virTypedParameterPtr params, int n, void *data)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (int i = 0; i < n; i++) {
        g_autofree char *value = typed_param_text(&params[i]);

        g_string_append_printf(all, "%s\t%s: %s", i ? "\n" : "", params[i].field, value);
    }
    emit(data, dom, ":\n", all->str);
}

static void
on_agent(virConnectPtr conn, virDomainPtr dom, int state, int reason, void *data)
{
    emit_detail(data, dom, _("state: '%s' reason: '%s'"), NAME_OF(agent_states, state), NAME_OF(agent_reasons, reason));
}

static void
on_iteration(virConnectPtr conn, virDomainPtr dom, int iteration, void *data)
{
    emit_detail(data, dom, _("iteration: '%d'"), iteration);
}

static void
on_metadata(virConnectPtr conn, virDomainPtr dom, int type, const char *uri, void *data)
{
    emit_detail(data, dom, _("type %s, uri %s"), NAME_OF(metadata_types, type), uri ? uri : _("none"));
}

static void
on_threshold(virConnectPtr conn, virDomainPtr dom, const char *dev, const char *path, unsigned long long threshold,
             unsigned long long excess, void *data)
{
    emit_detail(data, dom, _("dev: %s(%s) %llu %llu"), dev, path ? path : "", threshold, excess);
}

static void
on_memory_failure(virConnectPtr conn, virDomainPtr dom, int recipient, int action, unsigned int flags, void *data)
{
    g_autofree char *detail = g_strdup_printf(
        _("recipient: %s\naction: %s\nflags:\n\taction required: %d\n\trecursive: %d"),
        NAME_OF(failure_recipients, recipient), NAME_OF(failure_actions, action),
        !!(flags & VIR_DOMAIN_MEMORY_FAILURE_ACTION_REQUIRED), !!(flags & VIR_DOMAIN_MEMORY_FAILURE_RECURSIVE));

    emit(data, dom, ":\n", detail);
}

static void
on_memory_size(virConnectPtr conn, virDomainPtr dom, const char *alias, unsigned long long size, void *data)
{
    g_autofree char *detail = g_strdup_printf(_("alias: %s\nsize: %llu"), alias, size);

    emit(data, dom, ":\n", detail);
}

#define ROW(name, id, callback) { name, VIR_DOMAIN_EVENT_ID_##id, VIR_DOMAIN_EVENT_CALLBACK(callback) }

static const struct {
    const char                          *name;
    int                                  id;
    virConnectDomainEventGenericCallback callback;
} events[] = {
    ROW("lifecycle", LIFECYCLE, on_lifecycle),
    ROW("reboot", REBOOT, on_plain),
    ROW("rtc-change", RTC_CHANGE, on_rtc),
    ROW("watchdog", WATCHDOG, on_watchdog),
    ROW("io-error", IO_ERROR, on_io_error),
    ROW("graphics", GRAPHICS, on_graphics),
    ROW("io-error-reason", IO_ERROR_REASON, on_io_error_reason),
    ROW("control-error", CONTROL_ERROR, on_plain),
    ROW("block-job", BLOCK_JOB, on_block_job),
    ROW("disk-change", DISK_CHANGE, on_disk_change),
    ROW("tray-change", TRAY_CHANGE, on_tray),
    ROW("pm-wakeup", PMWAKEUP, on_plain_reason),
    ROW("pm-suspend", PMSUSPEND, on_plain_reason),
    ROW("balloon-change", BALLOON_CHANGE, on_balloon),
    ROW("pm-suspend-disk", PMSUSPEND_DISK, on_plain_reason),
    ROW("device-removed", DEVICE_REMOVED, on_device),
    ROW("block-job-2", BLOCK_JOB_2, on_block_job),
    ROW("tunable", TUNABLE, on_params),
    ROW("agent-lifecycle", AGENT_LIFECYCLE, on_agent),
    ROW("device-added", DEVICE_ADDED, on_device),
    ROW("migration-iteration", MIGRATION_ITERATION, on_iteration),
    ROW("job-completed", JOB_COMPLETED, on_params),
    ROW("device-removal-failed", DEVICE_REMOVAL_FAILED, on_device),
    ROW("metadata-change", METADATA_CHANGE, on_metadata),
    ROW("block-threshold", BLOCK_THRESHOLD, on_threshold),
    ROW("memory-failure", MEMORY_FAILURE, on_memory_failure),
    ROW("memory-device-size-change", MEMORY_DEVICE_SIZE_CHANGE, on_memory_size),
};

static char **
complete_events(Shell *sh)
{
    char **names = g_new0(char *, G_N_ELEMENTS(events) + 1);

    for (guint i = 0; i < G_N_ELEMENTS(events); i++)
        names[i] = g_strdup(events[i].name);
    return names;
}

static const OptDef event_options[] = {
    { "domain", OPT_STRING, 0, complete_domains, N_("only of this domain: name, id or uuid") },
    { "event", OPT_STRING, 0, complete_events, N_("kind of event to wait for") },
    { "all", OPT_BOOL, 0, NULL, N_("all kinds of events") },
    { "loop", OPT_BOOL, 0, NULL, N_("go on until the timeout or Ctrl-C, not only until the first") },
    { "timeout", OPT_NUMBER, OPT_BY_NAME, NULL, N_("seconds to wait") },
    { "list", OPT_BOOL, 0, NULL, N_("list the kinds of events") },
    { "timestamp", OPT_BOOL, 0, NULL, N_("print the time of each event") },
    OPT_END
};

static bool
list_events(Shell *sh)
{
    if (sh->out) {
        json_builder_set_member_name(sh->out, "rows");
        json_builder_begin_array(sh->out);
    }
    for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
        print(sh, "%s\n", events[i].name);
        if (sh->out)
            json_builder_add_string_value(sh->out, events[i].name);
    }
    if (sh->out)
        json_builder_end_array(sh->out);
    return true;
}

/* kind NULL: all. Kinds that the host does not have are left out when all are wanted. */
static bool
subscribe(Shell *sh, virDomainPtr dom, const char *kind, Source *sources, int *ids)
{
    bool any = false;

    for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
        if (kind && strcmp(events[i].name, kind) != 0)
            continue;
        sources[i].event = events[i].name;
        ids[i] = virConnectDomainEventRegisterAny(sh->conn, dom, events[i].id, events[i].callback, &sources[i], NULL);
        if (ids[i] < 0 && kind)
            return false;
        any = any || ids[i] >= 0;
    }
    if (any)
        forget_error();
    return any;
}

static void
wait_for_events(Watch *w, int timeout)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout * G_USEC_PER_SEC;
    struct pollfd fd = { .fd = bell[0], .events = POLLIN };
    struct sigaction now = { .sa_handler = on_interrupt }, before;
    char what = 0;
    int ready;

    sigaction(SIGINT, &now, &before);
    do {
        gint64 left = (deadline - g_get_monotonic_time() + 999) / 1000;

        ready = poll(&fd, 1, timeout ? (int)CLAMP(left, 0, G_MAXINT) : -1);
    } while (ready < 0 && errno == EINTR);
    sigaction(SIGINT, &before, NULL);
    if (ready > 0 && read(bell[0], &what, 1) < 0)
        what = 0;
    g_mutex_lock(&w->lock);
    w->over = true;
    g_mutex_unlock(&w->lock);
    /* The JSON stream is one event per line, and nothing else. */
    if (w->sh->json)
        return;
    if (ready == 0)
        say(w->sh, "%s\n", _("event loop timed out"));
    else if (what == TELL_INTERRUPT)
        say(w->sh, "%s\n", _("event loop interrupted"));
}

static bool
watch_events(Shell *sh, const Cmd *cmd, virDomainPtr dom, int timeout)
{
    /* Static: a callback may be under way while it is deregistered, and look at them after this has returned. */
    static Watch w;
    static Source sources[G_N_ELEMENTS(events)];
    int ids[G_N_ELEMENTS(events)];
    bool ok;

    if (pipe2(bell, O_CLOEXEC) < 0) {
        complain(_("cannot create a pipe: %s"), g_strerror(errno));
        return false;
    }
    g_mutex_lock(&w.lock);
    w.sh = sh;
    w.loop = opt_bool(cmd, "loop");
    w.timestamp = opt_bool(cmd, "timestamp");
    w.count = 0;
    w.over = false;
    g_mutex_unlock(&w.lock);
    for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
        ids[i] = -1;
        sources[i].watch = &w;
    }
    ok = subscribe(sh, dom, opt_bool(cmd, "all") ? NULL : opt_string(cmd, "event"), sources, ids);
    if (ok)
        wait_for_events(&w, timeout);
    for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
        if (ids[i] >= 0)
            virConnectDomainEventDeregisterAny(sh->conn, ids[i]);
    }
    g_mutex_lock(&w.lock);
    if (ok && !sh->json)
        say(sh, _("events received: %d\n"), w.count);
    ok = ok && w.count > 0;
    g_mutex_unlock(&w.lock);
    close(bell[0]);
    close(bell[1]);
    return ok;
}

static bool
is_known(const char *kind)
{
    for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
        if (strcmp(events[i].name, kind) == 0)
            return true;
    }
    complain(_("unknown event type %s"), kind);
    return false;
}

static bool
run_event(Shell *sh, const Cmd *cmd)
{
    const char *kind = opt_string(cmd, "event");
    g_autoptr(virDomain) dom = NULL;
    int timeout = 0;

    if (opt_bool(cmd, "list"))
        return list_events(sh);
    if (!opt_exclusive(cmd, "all", "event"))
        return false;
    if (!opt_bool(cmd, "all") && kind == NULL) {
        complain(_("one of --list, --all, or --event <type> is required"));
        return false;
    }
    if ((kind && !is_known(kind)) || !opt_int(cmd, "timeout", &timeout))
        return false;
    if (opt_bool(cmd, "timeout") && timeout < 1) {
        complain(_("Numeric value '%s' for <%s> option is malformed or out of range"), opt_string(cmd, "timeout"),
                 "timeout");
        return false;
    }
    if (opt_string(cmd, "domain") && !(dom = need_domain(sh, cmd)))
        return false;
    return watch_events(sh, cmd, dom, timeout);
}

const CmdDef cmds_event[] = {
    { "event", event_options, run_event, N_("wait for events"),
      N_("Wait for events of domains and print them, or list the kinds of events."), 0 },
    { NULL }
};
