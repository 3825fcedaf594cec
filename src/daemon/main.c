/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * godwitd: one host. Reads its options, starts the QEMU driver, listens, and serves until it is told to stop.
 * Guests are not its children's keeper: they run on when it ends.
 */
#define LOG_ROOM "daemon"
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "api/open.h"
#include "daemon/instance.h"
#include "daemon/listen.h"
#include "daemon/options.h"
#include "daemon/peers.h"
#include "daemon/program.h"
#include "daemon/systemd.h"
#include "qemu/driver.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_NONE
#define STOP_MS 10000 /* how long a stop waits for calls under way, and then for the driver's own errands */

typedef struct {
    DaemonOptions  options;
    DaemonInstance instance;
    QemuConfig    *config;
    char          *pki_dir; /* certificates: etc/pki */
    Loop          *loop;
    DaemonListen   listen;
    RpcServer     *server;
    bool           driver_runs;
} Daemon;

/* Start-up, in this order */

static bool
read_options(Daemon *d, int argc, char **argv, GError **err)
{
    g_autofree char *path = NULL;

    if (!daemon_options_parse(&d->options, argc, argv, err))
        return false;
    if (d->options.help || d->options.version || d->options.manual)
        return true;
    d->config = qemu_config_new(d->options.root, err);
    if (!d->config)
        return false;
    d->pki_dir = g_build_filename(d->config->etc_dir, "pki", NULL);
    path = g_build_filename(d->config->etc_dir, "godwitd.conf", NULL);
    return daemon_options_load(&d->options, d->options.config ? d->options.config : path, d->options.config != NULL, err);
}

static bool
start_log(const DaemonOptions *options, GError **err)
{
    log_init(options->verbose ? LOG_INFO : LOG_WARN);
    if (options->log && !log_set_filters(options->log))
        return fail(err, VIR_ERR_INVALID_ARG, _("log filters '%s' are not understood"), options->log);
    return true;
}

static bool
parse_ports(const char *text, QemuConfig *config, GError **err)
{
    unsigned low, high;
    char     rest;

    if (sscanf(text, "%u-%u%c", &low, &high, &rest) != 2 || low < 1 || low > high || high > 65535)
        return fail(err, VIR_ERR_INVALID_ARG, _("migration ports '%s' are not LOW-HIGH within 1-65535"), text);
    config->migrate_port_min = low;
    config->migrate_port_max = high;
    return true;
}

static bool
apply_options(Daemon *d, GError **err)
{
    if (d->options.migrate_address) {
        g_free(d->config->migrate_address);
        d->config->migrate_address = g_strdup(d->options.migrate_address);
    }
    if (d->options.keepalive_interval >= 0)
        d->config->keepalive_interval = d->options.keepalive_interval;
    if (d->options.keepalive_count >= 0)
        d->config->keepalive_count = d->options.keepalive_count;
    if (d->options.migrate_silence >= 0)
        d->config->migrate_silence = (unsigned)d->options.migrate_silence;
    d->config->migrate_tls_force = d->options.migrate_tls_force;
    d->config->migrate_tls_any_client = d->options.migrate_tls_any_client;
    d->config->migrate_tls_dir = g_strdup(d->options.migrate_tls_dir);
    d->config->spice_tls_dir = g_strdup(d->options.spice_tls_dir);
    d->config->vnc_tls_dir = g_strdup(d->options.vnc_tls_dir);
    d->config->vnc_tls_verify = d->options.vnc_tls_verify;
    d->config->migrate_tls_priority = g_strdup(d->options.migrate_tls_priority);
    return !d->options.migrate_ports || parse_ports(d->options.migrate_ports, d->config, err);
}

/* A guest needs several descriptors here, a client one. */
static void
raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static gboolean
on_signal(int fd, GIOCondition what, gpointer data)
{
    struct signalfd_siginfo info;
    Daemon                 *d = data;

    (void)what;
    if (read(fd, &info, sizeof(info)) != sizeof(info))
        return G_SOURCE_CONTINUE;
    log_info("signal %u: stopping", info.ssi_signo);
    loop_stop(d->loop);
    return G_SOURCE_CONTINUE;
}

/* Before the first thread, so that all of them inherit the mask. */
static int
take_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
set_if(guint *limit, int value)
{
    if (value > 0)
        *limit = value;
}

static RpcLimits
limits_of(const DaemonOptions *options)
{
    RpcLimits limits = rpc_default_limits;

    set_if(&limits.max_clients, options->max_clients);
    set_if(&limits.max_workers, options->max_workers);
    set_if(&limits.max_calls, options->max_client_requests);
    set_if(&limits.keepalive_count, options->keepalive_count);
    if (options->keepalive_interval >= 0)
        limits.keepalive_interval = options->keepalive_interval;
    return limits;
}

static bool
start_server(Daemon *d, char **ret_where, GError **err)
{
    RpcLimits limits = limits_of(&d->options);

    d->listen = (DaemonListen){
        .options = &d->options,
        .run_dir = d->config->run_dir,
        .pki_dir = d->pki_dir,
        .only_pki_dir = d->options.root != NULL,
        .default_uri = d->config->privileged ? "qemu:///system" : "qemu:///session",
    };
    d->server = rpc_server_new(d->loop, &limits);
    rpc_server_add_program(d->server, daemon_program());
    rpc_server_add_program(d->server, daemon_qemu_program());
    return daemon_listen(&d->listen, d->server, ret_where, err);
}

static bool
start(Daemon *d, char **ret_where, GError **err)
{
    if (!start_log(&d->options, err) || !apply_options(d, err)
        || !daemon_instance_take(&d->instance, d->config->run_dir, d->options.pid_file, err))
        return false;
    raise_limits();
    api_register_driver(&qemu_driver);
    daemon_peers_init(d->pki_dir, d->options.root != NULL);
    if (!qemu_driver_start(d->config, err))
        return false;
    d->driver_runs = true;
    return start_server(d, ret_where, err);
}

/* Life */

static void
serve(Daemon *d, int signal_fd, const char *where)
{
    GSource *source = loop_add_fd(d->loop, signal_fd, G_IO_IN, on_signal, d, NULL);

    printf("godwitd: ready (process %d) at %s\n", (int)getpid(), where);
    fflush(stdout);
    systemd_notify("READY=1");
    qemu_driver_autostart();
    loop_run(d->loop);
    systemd_notify("STOPPING=1");
    source_remove(&source);
}

static gpointer
stop_driver(gpointer done)
{
    qemu_driver_stop();
    g_async_queue_push(done, done);
    return NULL;
}

/* An errand may be waiting for a QEMU that is frozen. false: it still does; the thread ends with the process. */
static bool
stop_driver_within(int ms)
{
    GAsyncQueue *done = g_async_queue_new();
    GThread     *thread = g_thread_new("stop", stop_driver, done);

    if (!g_async_queue_timeout_pop(done, (guint64)ms * 1000))
        return false;
    g_thread_join(thread);
    g_async_queue_unref(done);
    return true;
}

/* A migration may go on for hours. What it has done is in its journal, and the next start deals with it as after a
 * crash: guests do not depend on this process. */
G_GNUC_NORETURN static void
leave_to_next_start(Daemon *d, const char *what)
{
    log_warn("%s still under way after %d s, leaving them to the next start", what, STOP_MS / 1000);
    daemon_instance_release(&d->instance);
    _exit(EXIT_SUCCESS);
}

static void
stop(Daemon *d)
{
    if (d->server && !rpc_server_stop_within(d->server, STOP_MS))
        leave_to_next_start(d, "calls are");
    rpc_server_free(d->server);
    daemon_listen_clear(&d->listen);
    g_free(d->pki_dir);
    if (d->driver_runs && !stop_driver_within(STOP_MS))
        leave_to_next_start(d, "errands of the driver are");
    daemon_instance_release(&d->instance);
    loop_unref(d->loop);
    qemu_config_free(d->config);
    daemon_options_clear(&d->options);
}

static int
print_only(const DaemonOptions *options)
{
    if (options->help)
        daemon_options_print_help(stdout);
    else if (options->manual)
        daemon_options_print_manual(stdout);
    else
        printf("godwitd %s\n", GODWIT_VERSION);
    return EXIT_SUCCESS;
}

static int
complain(const GError *err)
{
    g_autofree char *text = verr_text(err);

    fprintf(stderr, "godwitd: %s\n", text);
    return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
    Daemon           d = { .options = DAEMON_OPTIONS_INIT, .instance = DAEMON_INSTANCE_INIT };
    g_autoptr(GError) err = NULL;
    g_autofree char  *where = NULL;
    int               signal_fd, status = EXIT_SUCCESS;

    setlocale(LC_ALL, "");
    api_initialize();
    if (!read_options(&d, argc, argv, &err))
        status = complain(err);
    else if (!d.config)
        status = print_only(&d.options);
    else {
        signal_fd = take_signals();
        d.loop = loop_new("rpc");
        if (start(&d, &where, &err))
            serve(&d, signal_fd, where);
        else
            status = complain(err);
        close(signal_fd);
    }
    stop(&d);
    return status;
}
