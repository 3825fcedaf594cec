/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "util/err.h"
#include "util/file.h"

#define VIR_FROM_THIS VIR_FROM_NONE

/* The file itself stays: unlinking a lock file would let two processes lock two files of one name. */
static bool
lock(int fd, const char *path, GError **err)
{
    char    holder[32] = "";
    ssize_t n;

    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return fail_errno(err, errno, _("cannot lock '%s'"), path);
    n = pread(fd, holder, sizeof(holder) - 1, 0);
    if (n < 0)
        n = 0;
    holder[n] = '\0';
    return fail(err, VIR_ERR_OPERATION_INVALID,
                _("another godwitd (process %s) serves this host already; stop it or choose another --root"),
                n ? g_strstrip(holder) : "?");
}

static bool
write_pid(int fd, const char *path, GError **err)
{
    g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());

    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text))
        return fail_errno(err, errno, _("cannot write '%s'"), path);
    return true;
}

bool
daemon_instance_take(DaemonInstance *instance, const char *run_dir, const char *pid_file, GError **err)
{
    g_autofree char *path = g_build_filename(run_dir, "godwitd.lock", NULL);
    g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());

    instance->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (instance->lock_fd < 0)
        return fail_errno(err, errno, _("cannot open '%s'"), path);
    if (!lock(instance->lock_fd, path, err) || !write_pid(instance->lock_fd, path, err))
        return false;
    if (pid_file && !file_write(pid_file, text, strlen(text), 0644, FILE_NO_SYNC, err))
        return false;
    instance->pid_file = g_strdup(pid_file);
    return true;
}

void
daemon_instance_release(DaemonInstance *instance)
{
    if (instance->pid_file)
        unlink(instance->pid_file);
    g_clear_pointer(&instance->pid_file, g_free);
    if (instance->lock_fd >= 0)
        close(instance->lock_fd);
    instance->lock_fd = -1;
}
