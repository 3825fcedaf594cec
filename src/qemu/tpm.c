/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/tpm.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/err.h"
#include "util/file.h"
#include "util/log.h"
#include "util/spawn.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

enum { END_MS = 5000, MAX_PID_FILE = 64 };

static char *
pid_file(const QemuConfig *config, const char *uuid)
{
    return g_build_filename(config->lib_dir, "swtpm", uuid, "running", NULL);
}

static void
close_pidfd(gpointer data)
{
    close(GPOINTER_TO_INT(data));
}

static gboolean
on_exit_noticed(int fd, GIOCondition what, gpointer data)
{
    g_autofree char *how = spawn_reap(fd);

    log_info("swtpm exited (%s)", how ? how : "not our child");
    return G_SOURCE_REMOVE;
}

/* The source lives until the process has ended or the loop goes. */
static void
watch(Loop *loop, int pidfd)
{
    g_source_unref(loop_add_fd(loop, pidfd, G_IO_IN, on_exit_noticed, GINT_TO_POINTER(pidfd), close_pidfd));
}

static bool
is_tpm12(const DomDef *def)
{
    const DomTpm *tpm = g_ptr_array_index(def->tpms, 0);

    return g_strcmp0(tpm->version, "1.2") == 0;
}

static bool
make_state_dir(const QemuTpmStart *how, const char *uuid, char **ret_dir, GError **err)
{
    g_autofree char *dir = g_build_filename(how->config->lib_dir, "swtpm", uuid, is_tpm12(how->def) ? "tpm1.2" : "tpm2", NULL);

    /* swtpm reads a comma as the end of the path. */
    if (strchr(dir, ','))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("swtpm cannot keep its state in '%s': the path has a comma"), dir);
    if (!file_make_dir(dir, 0700, err))
        return false;
    *ret_dir = g_steal_pointer(&dir);
    return true;
}

/* A TPM that has run before has its state in a file. One that could not be made leaves nothing that looks like it. */
static bool
make_state(const QemuTpmStart *how, const char *dir, GError **err)
{
    const bool tpm12 = is_tpm12(how->def);
    g_autofree char *state = g_build_filename(dir, tpm12 ? "tpm-00.permall" : "tpm2-00.permall", NULL);

    if (how->incoming || access(state, F_OK) == 0 || qemu_tpm_setup(how, dir, tpm12, err))
        return true;
    file_remove_dir(dir);
    return false;
}

static bool
write_pid(const char *path, pid_t pid, GError **err)
{
    g_autofree char *text = NULL;
    guint64 start = 0;

    spawn_start_time(pid, &start);
    text = g_strdup_printf("%ld %" G_GUINT64_FORMAT "\n", (long)pid, start);
    return file_write(path, text, strlen(text), 0600, FILE_NO_SYNC, err);
}

/* -1: it has gone; otherwise the caller closes it. */
static int
open_running(const char *path)
{
    g_autofree char *text = NULL;
    guint64 wanted = 0, start = 0;
    long pid = 0;
    int pidfd;

    if (!file_read(path, MAX_PID_FILE, &text, NULL, NULL) || !text ||
        sscanf(text, "%ld %" G_GUINT64_FORMAT, &pid, &wanted) != 2 || pid <= 1)
        return -1;
    pidfd = spawn_pidfd_open((pid_t)pid);
    if (pidfd >= 0 && spawn_start_time((pid_t)pid, &start) && start == wanted)
        return pidfd;
    if (pidfd >= 0)
        close(pidfd);
    return -1;
}

static void
wait_for_former(const char *path)
{
    int pidfd = open_running(path), rc;
    struct pollfd p = { .fd = pidfd, .events = POLLIN };

    if (pidfd < 0)
        return;
    do
        rc = poll(&p, 1, END_MS);
    while (rc < 0 && errno == EINTR);
    if (rc == 0) {
        log_warn("swtpm of a former run, '%s', does not end, killing it", path);
        spawn_pidfd_signal(pidfd, SIGKILL);
        rc = poll(&p, 1, END_MS);
    }
    close(pidfd);
}

static bool
launch(const QemuTpmStart *how, const char *state_dir, const char *running, GError **err)
{
    g_autofree char *binary = g_find_program_in_path("swtpm");
    g_autofree char *ctrl = g_strdup_printf("type=unixio,fd=%d", how->listen_fd);
    g_autofree char *state = g_strdup_printf("dir=%s,mode=0600", state_dir);
    const char *argv[] = { binary, "socket", "--ctrl", ctrl, "--tpmstate", state, "--terminate",
                           is_tpm12(how->def) ? NULL : "--tpm2", NULL };
    SpawnHow spawn = { .argv = argv, .fds = &how->listen_fd, .n_fds = 1, .in = -1, .out = how->log_fd,
                       .err = how->log_fd, .detach = true };
    pid_t pid;
    int pidfd;
    bool ok;

    if (!binary)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("Unable to find 'swtpm' binary in $PATH: install package 'swtpm'"));
    if (!spawn_process(&spawn, &pid, &pidfd, err))
        return false;
    ok = write_pid(running, pid, err);
    if (!ok)
        spawn_pidfd_signal(pidfd, SIGKILL);
    watch(how->loop, pidfd);
    return ok;
}

bool
qemu_tpm_start(const QemuTpmStart *how, GError **err)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autofree char *dir = NULL, *running = NULL;

    dom_def_uuid_string(how->def, uuid);
    running = pid_file(how->config, uuid);
    wait_for_former(running);
    return make_state_dir(how, uuid, &dir, err) && make_state(how, dir, err) && launch(how, dir, running, err);
}

void
qemu_tpm_stop(const QemuConfig *config, const char *uuid)
{
    g_autofree char *path = pid_file(config, uuid);
    int pidfd = open_running(path);

    if (pidfd < 0)
        return;
    spawn_pidfd_signal(pidfd, SIGTERM);
    close(pidfd);
}

void
qemu_tpm_remove_state(const QemuConfig *config, const char *uuid)
{
    g_autofree char *dir = g_build_filename(config->lib_dir, "swtpm", uuid, NULL);

    if (access(dir, F_OK) == 0)
        file_remove_dir(dir);
}
