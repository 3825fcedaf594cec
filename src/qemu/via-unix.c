/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket in the file system that both daemons see: one machine, a shared mount that carries sockets, or a proxy. The
 * destination's QEMU makes the file; we see to it that nobody else's is in the way before, and that none is left. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "qemu/via.h"
#include "util/fd.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

/* __SO_ACCEPTCON in the flags column of /proc/net/unix */
#define LISTENS "00010000"

#define CONNECT_SECONDS 10

static bool
fill_address(const char *path, struct sockaddr_un *addr, GError **err)
{
    *addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (path[0] != '/')
        return fail(err, VIR_ERR_INVALID_ARG, _("path of the migration socket is not absolute: %s"), path);
    if (strlen(path) >= sizeof(addr->sun_path))
        return fail(err, VIR_ERR_INVALID_ARG, _("path of the migration socket is longer than %zu bytes: %s"),
                    sizeof(addr->sun_path) - 1, path);
    memcpy(addr->sun_path, path, strlen(path) + 1);
    return true;
}

/* Asked of the kernel's table and not by connecting, which a waiting QEMU would take for its guest. */
static bool
somebody_listens(const char *path)
{
    g_autofree char *text = NULL;
    g_auto(GStrv)    lines = NULL;

    if (!g_file_get_contents("/proc/net/unix", &text, NULL, NULL))
        return false;
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 1; lines[0] && lines[i]; i++) {
        const char *name = strchr(lines[i], '/');

        if (name && g_str_equal(name, path) && strstr(lines[i], " " LISTENS " "))
            return true;
    }
    return false;
}

static bool
is_socket(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* QEMU unlinks whatever is there, even what another program listens on. */
static bool
check_place(const char *path, GError **err)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return errno == ENOENT || fail_errno(err, errno, _("cannot look at the migration socket '%s'"), path);
    if (!S_ISSOCK(st.st_mode))
        return fail(err, VIR_ERR_OPERATION_INVALID, _("cannot wait for a guest at '%s': it is a file, not a socket"), path);
    return !somebody_listens(path) ||
           fail(err, VIR_ERR_OPERATION_INVALID, _("cannot wait for a guest at '%s': another program listens there"), path);
}

void
via_unix_remove(const char *path)
{
    if (!path || !is_socket(path) || somebody_listens(path))
        return;
    if (unlink(path) < 0 && errno != ENOENT)
        log_warn("migration socket '%s': %s, ignoring", path, g_strerror(errno));
}

bool
via_unix_refuse_listen(const char *listen_addr, GError **err)
{
    return !listen_addr || fail(err, VIR_ERR_INVALID_ARG,
                                _("Usage of listen-address is forbidden when migration URI uses UNIX transport method"));
}

static bool
unix_listen(ViaDst *dst, guint16 after, GError **err)
{
    const char        *own = dst->host->driver->config->migrate_address;
    struct sockaddr_un addr;
    ViaUri             uri = { 0 };
    bool               ok;

    if (!via_unix_refuse_listen(dst->listen_addr, err) || !via_uri_parse(dst->wanted_uri, &uri, err))
        return false;
    ok = fill_address(uri.path, &addr, err) && check_place(uri.path, err);
    if (ok) {
        dst->qemu_uri = via_uri_format(&uri);
        dst->socket = g_steal_pointer(&uri.path);
        /* A witness is named only where the administrator says that this host has an address: a source that cannot
         * reach a promised one would be left in doubt for nothing. */
        dst->reach_host = g_strdup(own);
    }
    via_uri_clear(&uri);
    return ok;
}

static bool
set_send_limit(int fd, int seconds)
{
    struct timeval limit = { .tv_sec = seconds };

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0;
}

/* A listener that accepts nobody keeps connect() waiting once its queue is full; the limit for sending bounds that, too
 * (unix(7)), and must not stay on what QEMU will write to. */
static bool
dial(const char *path, int *ret_fd, GError **err)
{
    struct sockaddr_un addr;
    fd_auto int        fd = -1;

    if (!fill_address(path, &addr, err))
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !set_send_limit(fd, CONNECT_SECONDS) || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
        !set_send_limit(fd, 0))
        return fail_errno(err, errno == EAGAIN ? ETIMEDOUT : errno, _("unable to connect to server at '%s'"), path);
    *ret_fd = fd_steal(&fd);
    return true;
}

/* For several connections; see via-tcp.c for what may be tried. */
static bool
find_answer(ViaSrc *src, GError **err)
{
    fd_auto int fd = -1;

    if (!is_socket(src->uri.path))
        return fail(err, VIR_ERR_SYSTEM_ERROR, _("unable to connect to server at '%s': there is no such socket"),
                    src->uri.path);
    src->qemu_uri = via_uri_format(&src->uri);
    return !(src->mig->flags & VIR_MIGRATE_TLS) || (dial(src->uri.path, &fd, err) && via_hello(src, fd, err));
}

static bool
unix_connect(ViaSrc *src, GError **err)
{
    if (src->multifd)
        return find_answer(src, err);
    if (!dial(src->uri.path, &src->fd, err))
        return false;
    src->qemu_uri = g_strdup("fd:migrate");
    return true;
}

const ViaOps via_unix = {
    .scheme = "unix",
    .can = VIA_MULTIFD | VIA_URI | VIA_TLS,
    .listen = unix_listen,
    .connect = unix_connect,
};
