/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/qmp-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* Names the socket through a descriptor of its directory when its path is too long for the address. */
static bool
make_address(const char *path, struct sockaddr_un *ret_addr, int *ret_dir, GError **err)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    int n;

    *ret_addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *ret_dir = -1;
    if (strlen(path) < sizeof(ret_addr->sun_path)) {
        memcpy(ret_addr->sun_path, path, strlen(path));
        return true;
    }
    *ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*ret_dir < 0)
        return fail_errno(err, errno, _("cannot open directory '%s'"), dir);
    n = snprintf(ret_addr->sun_path, sizeof(ret_addr->sun_path), "/proc/self/fd/%d/%s", *ret_dir, name);
    return n < (int)sizeof(ret_addr->sun_path) ||
           fail(err, VIR_ERR_INTERNAL_ERROR, _("socket name '%s' is too long"), name);
}

typedef int (*AttachFunc)(int fd, const struct sockaddr *addr, socklen_t len);

static int
bind_private(int fd, const struct sockaddr *addr, socklen_t len)
{
    /* On Linux the mode of the socket file comes from that of the socket: no window in which others may connect. */
    if (fchmod(fd, 0600) < 0 || bind(fd, addr, len) < 0)
        return -1;
    return listen(fd, 1);
}

static int
open_socket(const char *path, AttachFunc attach, int flags, const char *doing, GError **err)
{
    struct sockaddr_un addr;
    int fd = -1, dir = -1, why = 0;

    if (make_address(path, &addr, &dir, err)) {
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
        if (fd < 0 || attach(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
            why = errno;
            if (fd >= 0)
                close(fd);
            fd = -1;
            fail_errno(err, why, doing, path);
        }
    }
    if (dir >= 0)
        close(dir);
    return fd;
}

int
qmp_socket_listen(const char *path, GError **err)
{
    unlink(path);
    return open_socket(path, bind_private, 0, _("cannot listen on monitor socket '%s'"), err);
}

int
qmp_socket_connect(const char *path, GError **err)
{
    return open_socket(path, connect, SOCK_NONBLOCK, _("cannot connect to monitor socket '%s'"), err);
}
