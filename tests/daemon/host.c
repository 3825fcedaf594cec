/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>


const char *godwitd_path;

static pid_t
spawn(const char *const *args, const char *root, int out)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    pid_t                pid;

    g_ptr_array_add(argv, (char *)godwitd_path);
    if (root) {
        g_ptr_array_add(argv, (char *)"--root");
        g_ptr_array_add(argv, (char *)root);
    }
    for (; args && *args; args++)
        g_ptr_array_add(argv, (char *)*args);
    g_ptr_array_add(argv, NULL);
    pid = fork();
    if (pid == 0) {
        dup2(out, STDOUT_FILENO);
        if (!root)
            dup2(out, STDERR_FILENO);
        execv(godwitd_path, (char **)argv->pdata);
        _exit(127);
    }
    return pid;
}

static char *
read_until(int fd, char stop)
{
    GString *s = g_string_new(NULL);
    char     c;

    while (read(fd, &c, 1) == 1 && c != stop)
        g_string_append_c(s, c);
    return g_string_free(s, FALSE);
}

static void
launch(Host *host, const char *const *args)
{
    int out[2];

    assert_int_equal(pipe(out), 0);
    host->pid = spawn(args, host->root, out[1]);
    close(out[1]);
    g_free(host->ready);
    host->ready = read_until(out[0], '\n');
    close(out[0]);
    if (!g_str_has_prefix(host->ready, "godwitd: ready"))
        fail_msg("godwitd did not start: %s", host->ready);
}

void
host_start(Host *host, const char *const *args)
{
    *host = (Host){ .root = g_dir_make_tmp("godwit-daemon-XXXXXX", NULL) };
    host->sock = g_build_filename(host->root, "run/godwit-sock", NULL);
    host->sock_ro = g_build_filename(host->root, "run/godwit-sock-ro", NULL);
    launch(host, args);
}

void
host_kill_and_restart(Host *host)
{
    kill(host->pid, SIGKILL);
    waitpid(host->pid, NULL, 0);
    launch(host, NULL);
}

int
host_stop(Host *host)
{
    int status = -1;

    kill(host->pid, SIGTERM);
    waitpid(host->pid, &status, 0);
    host->pid = 0;
    return status;
}

/* Deep enough for what a daemon leaves. */
static void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char     *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *below = g_build_filename(path, name, NULL);

        if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK))
            remove_tree(below);
        else
            unlink(below);
    }
    rmdir(path);
}

void
host_clear(Host *host)
{
    if (host->pid)
        host_stop(host);
    remove_tree(host->root);
    g_free(host->root);
    g_free(host->sock);
    g_free(host->sock_ro);
    g_free(host->ready);
}

int
host_run(const char *const *args, char **ret_output)
{
    int   out[2], status = -1;
    pid_t pid;

    assert_int_equal(pipe(out), 0);
    pid = spawn(args, NULL, out[1]);
    close(out[1]);
    *ret_output = read_until(out[0], '\0');
    close(out[0]);
    waitpid(pid, &status, 0);
    return status;
}
