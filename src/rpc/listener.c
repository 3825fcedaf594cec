/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/err.h"
#include "util/fd.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"
#define BACKLOG 1000
#define ACCEPT_BATCH 16
#define RETRY_MS 100 /* when the process has no descriptors left */

struct RpcListener {
    int         fd;
    char       *path; /* socket file to remove; NULL: none */
    struct stat made; /* what it was when we made it */
    RpcService  service;
    Loop       *loop;
    GSource    *source;
    GSource    *retry; /* accepting failed; try again soon */
    RpcAccepted accepted;
    gpointer    data;
};

static RpcListener *
listener_new(int fd, const RpcService *service)
{
    RpcListener *l = g_new0(RpcListener, 1);

    l->fd = fd;
    l->service = *service;
    return l;
}

void
rpc_listener_free(RpcListener *l)
{
    struct stat now;

    source_remove(&l->source);
    source_remove(&l->retry);
    fd_close(&l->fd);
    /* Another process may have put its own there since. */
    if (l->path && lstat(l->path, &now) == 0 && now.st_ino == l->made.st_ino && now.st_dev == l->made.st_dev)
        unlink(l->path);
    g_free(l->path);
    if (l->loop)
        loop_unref(l->loop);
    g_free(l);
}

/* Does anybody accept on that socket file? */
static bool
is_live(const struct sockaddr_un *addr)
{
    fd_auto int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return fd >= 0 && (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 || errno == EAGAIN);
}

static bool
make_way(const struct sockaddr_un *addr, GError **err)
{
    struct stat st;

    if (lstat(addr->sun_path, &st) < 0)
        return true;
    if (!S_ISSOCK(st.st_mode))
        return fail(err, VIR_ERR_SYSTEM_ERROR, _("cannot listen on '%s': a file that is no socket is there"),
                    addr->sun_path);
    if (is_live(addr))
        return fail_errno(err, EADDRINUSE, _("cannot listen on '%s'"), addr->sun_path);
    if (unlink(addr->sun_path) < 0 && errno != ENOENT)
        return fail_errno(err, errno, _("cannot remove stale socket '%s'"), addr->sun_path);
    return true;
}

RpcListener *
rpc_listener_new_unix(const char *path, mode_t mode, const RpcService *service, GError **err)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    fd_auto int        fd = -1;
    RpcListener       *l;

    if (strlen(path) >= sizeof(addr.sun_path))
        return fail_null(err, VIR_ERR_INVALID_ARG, _("Path %s too long for unix socket"), path);
    memcpy(addr.sun_path, path, strlen(path));
    if (!make_way(&addr, err))
        return NULL;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail_errno(err, errno, _("Failed to create socket")), NULL;
    /* The file is created with the socket's own mode, so that it is never open to more than it should be. */
    fchmod(fd, mode & 0600);
    if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
        return fail_errno(err, errno, _("Failed to bind socket to '%s'"), path), NULL;
    if (chmod(path, mode) < 0 || listen(fd, BACKLOG) < 0)
        return fail_errno(err, errno, _("Failed to listen on '%s'"), path), NULL;
    l = listener_new(fd_steal(&fd), service);
    l->path = g_strdup(path);
    if (lstat(path, &l->made) < 0)
        l->made = (struct stat) { 0 };
    return l;
}

static int
bind_tcp(const struct addrinfo *ai, guint16 port)
{
    struct sockaddr_storage addr = { 0 };
    fd_auto int             fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
    int                     on = 1;

    if (fd < 0)
        return -1;
    memcpy(&addr, ai->ai_addr, ai->ai_addrlen);
    if (ai->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)&addr)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)&addr)->sin_port = htons(port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (ai->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&addr, ai->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
        return -1;
    return fd_steal(&fd);
}

static guint16
bound_port(int fd)
{
    struct sockaddr_storage addr = { 0 };
    socklen_t               len = sizeof(addr);

    getsockname(fd, (struct sockaddr *)&addr, &len);
    return ntohs(addr.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&addr)->sin6_port
                                            : ((struct sockaddr_in *)&addr)->sin_port);
}

/* All addresses of a name share one port. A family that this host lacks is passed over. */
static GPtrArray *
listen_all(const struct addrinfo *list, guint16 port, const RpcService *service)
{
    g_autoptr(GPtrArray) opened = g_ptr_array_new_with_free_func((GDestroyNotify)rpc_listener_free);

    for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
        int fd = bind_tcp(ai, port);

        if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) && (ai->ai_next || opened->len))
            continue;
        if (fd < 0)
            return NULL;
        port = bound_port(fd);
        g_ptr_array_add(opened, listener_new(fd, service));
    }
    return g_steal_pointer(&opened);
}

GPtrArray *
rpc_listener_new_tcp(const char *addr, guint16 port, const RpcService *service, guint16 *ret_port, GError **err)
{
    struct addrinfo  hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *list = NULL;
    int              rc = getaddrinfo(addr, "0", &hints, &list);
    GPtrArray       *opened;

    if (rc != 0)
        return fail_null(err, VIR_ERR_SYSTEM_ERROR, _("unable to resolve address '%s': %s"), addr, gai_strerror(rc));
    opened = listen_all(list, port, service);
    if (!opened)
        fail_errno(err, errno, _("Unable to listen on '%s:%u'"), addr ? addr : "*", port);
    freeaddrinfo(list);
    if (!opened)
        return NULL;
    g_ptr_array_set_free_func(opened, NULL);
    if (ret_port)
        *ret_port = bound_port(((RpcListener *)g_ptr_array_index(opened, 0))->fd);
    return opened;
}

RpcListener *
rpc_listener_new_fd(int fd, const RpcService *service, GError **err)
{
    fd_auto int owned = fd;

    if (!fd_set_nonblock(fd, true, err) || !fd_set_cloexec(fd, true, err))
        return NULL;
    return listener_new(fd_steal(&owned), service);
}

static gboolean
retry(gpointer data)
{
    RpcListener *l = data;

    source_remove(&l->retry);
    rpc_listener_pause(l, false);
    return G_SOURCE_REMOVE;
}

static void
accept_failed(RpcListener *l)
{
    if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
        return;
    log_warn("cannot accept a connection: %s, trying again in %d ms", g_strerror(errno), RETRY_MS);
    loop_fd_set_cond(l->source, 0);
    if (!l->retry)
        l->retry = loop_add_timer(l->loop, RETRY_MS, retry, l, NULL);
}

static gboolean
ready(int fd, GIOCondition what, gpointer data)
{
    RpcListener *l = data;
    bool         more = true;

    (void)what;
    for (int i = 0; more && i < ACCEPT_BATCH; i++) {
        int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (peer < 0) {
            accept_failed(l);
            break;
        }
        more = l->accepted(peer, &l->service, l->data);
    }
    return G_SOURCE_CONTINUE;
}

void
rpc_listener_start(RpcListener *l, Loop *loop, RpcAccepted accepted, gpointer data)
{
    l->loop = loop_ref(loop);
    l->accepted = accepted;
    l->data = data;
    l->source = loop_add_fd(loop, l->fd, G_IO_IN, ready, l, NULL);
}

const RpcService *
rpc_listener_service(const RpcListener *l)
{
    return &l->service;
}

void
rpc_listener_pause(RpcListener *l, bool paused)
{
    loop_fd_set_cond(l->source, paused ? 0 : G_IO_IN);
}
