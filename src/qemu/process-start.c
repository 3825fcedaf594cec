/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a definition to a running QEMU whose monitor answers. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "qemu/caps-cache.h"
#include "qemu/command-resolve.h"
#include "qemu/command.h"
#include "qemu/cpu-live.h"
#include "qemu/driver.h"
#include "qemu/events.h"
#include "qemu/firmware.h"
#include "qemu/process-private.h"
#include "qemu/state.h"
#include "qemu/tpm.h"
#include "util/err.h"
#include "util/file.h"
#include "util/log.h"
#include "util/spawn.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

enum { SHORT_NAME = 20, QUOTED_LOG = 1024 };

/* One start under way; lives on its thread's stack. */
typedef struct {
    QemuDomain      *dom;
    const QemuStart *how;
    DomDef          *def; /* dom->def */
    int              id;
    char            *run_dir, *monitor_path, *log_path;
    QemuCaps        *caps;
    QemuCaps        *cpu_caps; /* of the guest's accelerator */
    QemuResources   *resources;
    QemuCommand     *command;
    QmpClient       *client;
    int              log_fd;
    off_t            log_start; /* where QEMU's own words begin */
    bool             prepared;  /* def has ports of ours */
    char            *nvram;     /* firmware variables made for this start; NULL: there were some */
} Starting;

static void
starting_clear(Starting *s)
{
    qemu_caps_unref(s->caps);
    qemu_caps_unref(s->cpu_caps);
    qemu_resources_free(s->resources);
    qemu_command_free(s->command);
    qmp_client_unref(s->client);
    if (s->log_fd >= 0)
        close(s->log_fd);
    g_free(s->run_dir);
    g_free(s->monitor_path);
    g_free(s->log_path);
    g_free(s->nvram);
}

/* "7-web-server": unique by its number, recognizable by the rest. */
static char *
run_dir_name(const char *root, int id, const char *name)
{
    g_autofree char *start = g_utf8_validate(name, -1, NULL) && g_utf8_strlen(name, -1) > SHORT_NAME
                                 ? g_utf8_substring(name, 0, SHORT_NAME)
                                 : g_strdup(name);

    return g_strdup_printf("%s/qemu/%d-%s", root, id, start);
}

static bool
make_places(Starting *s, GError **err)
{
    const QemuConfig *config = s->dom->driver->config;

    s->id = g_atomic_int_add(&s->dom->driver->next_id, 1);
    s->run_dir = run_dir_name(config->run_dir, s->id, s->dom->name);
    s->monitor_path = g_build_filename(s->run_dir, "monitor.sock", NULL);
    s->log_path = g_strdup_printf("%s/qemu/%s.log", config->log_dir, s->dom->name);
    file_remove_dir(s->run_dir);
    if (!file_make_dir(s->run_dir, 0700, err))
        return false;
    s->log_fd = open(s->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    return s->log_fd >= 0 || fail_errno(err, errno, _("cannot open log file '%s'"), s->log_path);
}

/* The kernel chose the names of tap devices; people look for them in the XML. */
static void
take_tap_names(Starting *s)
{
    DomNet *net;

    g_mutex_lock(&s->dom->lock);
    dom_each(net, s->def->nets)
        if (!net->target)
            net->target = g_strdup(qemu_resources_tap_name(s->resources, net->info.alias));
    g_mutex_unlock(&s->dom->lock);
}

static bool
build(Starting *s, GError **err)
{
    CommandEnv env;

    s->caps = qemu_caps_cache_get(s->dom->driver->caps, s->def->emulator, err);
    s->cpu_caps = s->caps ? command_cpu_caps(s->def, s->dom->driver->caps, err) : NULL;
    if (!s->cpu_caps || !qemu_firmware_choose(s->def, s->dom->driver->config, "", err) ||
        !command_resolve_cpu(s->def, s->dom->driver->caps, err) || !qemu_process_prepare_live(s->dom, s->def, s->run_dir, err))
        return false;
    s->prepared = true;
    env = (CommandEnv){ .caps = s->caps, .def = s->def, .domain_dir = s->run_dir, .monitor_path = s->monitor_path,
                        .incoming = s->how->flags & START_INCOMING, .spice_tls_dir = s->dom->driver->config->spice_tls_dir,
                        .vnc_tls_dir = s->dom->driver->config->vnc_tls_dir,
                        .vnc_tls_verify = s->dom->driver->config->vnc_tls_verify };
    /* What this QEMU cannot do is refused before files of the host are touched. */
    s->resources = command_check(&env, err) ? command_plan(&env, err) : NULL;
    if (!s->resources ||
        !qemu_firmware_make_nvram(s->def, s->dom->driver->config, env.incoming, &s->nvram, err) ||
        !qemu_resources_open(s->resources, err))
        return false;
    take_tap_names(s);
    env.resources = s->resources;
    return command_build(&env, &s->command, err);
}

static void
log_command(Starting *s)
{
    g_autofree char *line = command_format_shell(s->command);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *stamp = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    g_autofree char *text = g_strdup_printf("%s+0000: starting domain %s, id %d\n%s\n", stamp, s->dom->name, s->id,
                                            line);
    ssize_t ignored = write(s->log_fd, text, strlen(text));

    (void)ignored;
    s->log_start = lseek(s->log_fd, 0, SEEK_END);
}

/* swtpm, when the guest has a TPM. */
static bool
start_tpm(Starting *s, GError **err)
{
    const QemuTpmStart how = { .def = s->def, .config = s->dom->driver->config, .loop = s->dom->driver->loop,
                               .listen_fd = qemu_resources_fd(s->resources, RES_UNIX_SERVER, "swtpm"),
                               .log_fd = s->log_fd, .incoming = s->how->flags & START_INCOMING };

    return s->def->tpms->len == 0 || qemu_tpm_start(&how, err);
}

static bool
spawn(Starting *s, QemuRun *run, GError **err)
{
    g_autoptr(GArray) fds = qemu_resources_fds(s->resources);
    SpawnHow how = {
        .argv = (const char *const *)s->command->argv->pdata,
        .env = (const char *const *)s->command->envv,
        .fds = (const int *)(gpointer)fds->data,
        .n_fds = fds->len,
        .in = -1, .out = s->log_fd, .err = s->log_fd,
        .detach = true,
    };

    if (!spawn_process(&how, &run->pid, &run->pidfd, err))
        return false;
    if (!spawn_start_time(run->pid, &run->pid_start))
        run->pid_start = 0;
    return true;
}

/* Connected before QEMU exists: the socket listens already, so no attempt has to be repeated, and what is sent now is
 * the first thing that QEMU reads. When QEMU goes, its end of the connection goes with it. */
static bool
launch(Starting *s, GError **err)
{
    bool    incoming = s->how->flags & START_INCOMING;
    QemuRun run = { .id = s->id, .state = VIR_DOMAIN_PAUSED, .quiet = true,
                    .reason = incoming ? VIR_DOMAIN_PAUSED_MIGRATION : VIR_DOMAIN_PAUSED_STARTING_UP };

    s->client = qmp_client_connect(s->dom->driver->loop, s->monitor_path, s->dom->name, &qemu_event_handler,
                                   qemu_domain_ref(s->dom), err);
    if (!s->client) {
        qemu_domain_unref(s->dom);
        return false;
    }
    log_command(s);
    if (!start_tpm(s, err) || !spawn(s, &run, err)) {
        qmp_client_close(s->client);
        return false;
    }
    g_clear_pointer(&s->resources, qemu_resources_free);
    g_mutex_lock(&s->dom->lock);
    s->def->id = s->id;
    g_mutex_unlock(&s->dom->lock);
    run.client = qmp_client_ref(s->client);
    run.run_dir = g_strdup(s->run_dir);
    run.monitor_path = g_strdup(s->monitor_path);
    qemu_process_adopt(s->dom, &run);
    return true;
}

static void
take_caller_rets(Starting *s, JsonNode **rets, guint first)
{
    for (guint i = 0; i < s->how->n_cmds; i++)
        if (s->how->rets)
            s->how->rets[i] = g_steal_pointer(&rets[first + i]);
}

/* The answers to setup_cmds() and to cpu_live_add_queries(). */
static bool
take_facts(Starting *s, JsonNode *const *setup, JsonNode *const *cpu, GError **err)
{
    bool ok;

    g_mutex_lock(&s->dom->lock);
    qemu_process_read_setup(s->def, setup);
    ok = !cpu || cpu_live_take(s->def, s->cpu_caps, cpu[0], cpu[1], err);
    qemu_state_live_changed(s->dom);
    g_mutex_unlock(&s->dom->lock);
    return ok;
}

/* All that has to be asked and set, in one write. */
static bool
converse(Starting *s, GError **err)
{
    g_autoptr(GArray) cmds = g_array_new(FALSE, FALSE, sizeof(QmpCmd));
    g_autofree JsonNode **rets = NULL;
    guint own, n_cpu;
    bool  ok;

    qemu_process_setup_cmds(s->def, s->how->flags & START_INCOMING, cmds);
    n_cpu = cpu_live_add_queries(s->def, cmds);
    own = cmds->len;
    if (s->how->n_cmds > 0)
        g_array_append_vals(cmds, s->how->cmds, s->how->n_cmds);
    rets = g_new0(JsonNode *, cmds->len);
    /* QEMU is busy with itself for a while: time for the disk. */
    qemu_state_save_status(s->dom);
    if (!qmp_batch(s->client, (QmpCmd *)(gpointer)cmds->data, cmds->len, rets, err))
        return false;
    ok = take_facts(s, rets, n_cpu ? &rets[own - n_cpu] : NULL, err);
    if (ok)
        take_caller_rets(s, rets, own);
    for (guint i = 0; i < cmds->len; i++)
        g_clear_pointer(&rets[i], json_node_unref);
    return ok;
}

static bool
run_guest(Starting *s, GError **err)
{
    QemuDomain *dom = s->dom;

    g_mutex_lock(&dom->lock);
    dom->quiet_stop = false;
    if (s->how->flags & START_AUTODESTROY)
        dom->autodestroy = s->how->conn;
    if (s->how->flags & START_PAUSED && !(s->how->flags & START_INCOMING))
        qemu_domain_set_state(dom, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER);
    g_mutex_unlock(&dom->lock);
    if (s->how->flags & (START_PAUSED | START_INCOMING))
        return true;
    return qemu_process_start_cpus(dom, VIR_DOMAIN_RUNNING_BOOTED, err);
}

/* What QEMU wrote, at most QUOTED_LOG bytes of the end of it. Caller frees. */
static char *
read_last_words(Starting *s)
{
    int     fd = open(s->log_path, O_RDONLY | O_CLOEXEC);
    off_t   end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    off_t   start = MAX(s->log_start, end - QUOTED_LOG);
    char   *text = g_malloc0(QUOTED_LOG + 1);
    ssize_t n = fd >= 0 && end > start ? pread(fd, text, QUOTED_LOG, start) : 0;

    if (fd >= 0)
        close(fd);
    text[MAX(n, 0)] = '\0';
    return g_strstrip(text);
}

static void
undo_nvram(Starting *s)
{
    if (s->nvram)
        unlink(s->nvram);
}

/* QEMU started, and failed: why, in its own words when it died. */
static bool
fail_started(Starting *s, GError *why, GError **err)
{
    g_autofree char *words = NULL;

    qemu_process_stop(s->dom, VIR_DOMAIN_SHUTOFF_FAILED, QEMU_STOP_QUIET, STOP_KILL, NULL);
    undo_nvram(s);
    words = read_last_words(s);
    if (qmp_error_is_lost(why) && *words) {
        g_error_free(why);
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("qemu unexpectedly closed the monitor: %s"), words);
    }
    g_propagate_error(err, why);
    return false;
}

static bool
fail_unstarted(Starting *s, GError *why, GError **err)
{
    if (s->resources)
        qemu_resources_undo(s->resources);
    if (s->prepared)
        qemu_process_forget_live(s->dom, s->def);
    if (s->def->tpms->len > 0)
        qemu_tpm_stop(s->dom->driver->config, s->dom->uuid_str);
    undo_nvram(s);
    file_remove_dir(s->run_dir);
    g_mutex_lock(&s->dom->lock);
    s->dom->reap_pending = true; /* the live definition goes with the job */
    g_mutex_unlock(&s->dom->lock);
    g_propagate_error(err, why);
    return false;
}

static bool
start(Starting *s, GError **err)
{
    GError *why = NULL;

    if (!make_places(s, &why) || !build(s, &why) || !launch(s, &why))
        return fail_unstarted(s, why, err);
    if (!converse(s, &why) || !run_guest(s, &why))
        return fail_started(s, why, err);
    return true;
}

bool
qemu_process_start(QemuDomain *dom, const QemuStart *how, GError **err)
{
    Starting s = { .dom = dom, .how = how, .def = dom->def, .log_fd = -1 };
    bool ok = start(&s, err);

    starting_clear(&s);
    return ok;
}
