/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rpc/chan.h"
#include "util/err.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define FDS_WAITING 64 /* twice what one packet may carry */
#define FDS_WAITING_ALL 1024 /* of all connections of the process: more are thrown away unseen */

static gint fds_waiting; /* atomic */

typedef struct {
    Chan  base;
    bool  is_unix;
    int  *fds; /* received, not yet taken; NULL until the first comes */
    guint n_fds;
} SocketChan;

static bool
would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

static gssize
receive(SocketChan *s, void *buf, gsize size)
{
    int    fds[FDS_WAITING];
    guint  n_fds = 0;
    gssize n;

    if (!s->is_unix) {
        do {
            n = recv(s->base.fd, buf, size, 0);
        } while (n < 0 && errno == EINTR);
        return n;
    }
    n = fd_recv_bytes(s->base.fd, buf, size, fds, &n_fds,
                      g_atomic_int_get(&fds_waiting) < FDS_WAITING_ALL ? FDS_WAITING - s->n_fds : 0);
    if (n_fds) {
        g_atomic_int_add(&fds_waiting, (gint)n_fds);
        s->fds = s->fds ? s->fds : g_new(int, FDS_WAITING);
        memcpy(s->fds + s->n_fds, fds, n_fds * sizeof(int));
        s->n_fds += n_fds;
    }
    return n;
}

static ChanResult
socket_read(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err)
{
    gssize n = receive((SocketChan *)c, buf, size);

    if (n > 0) {
        *ret_n = (gsize)n;
        return CHAN_DONE;
    }
    if (n == 0)
        return CHAN_EOF;
    if (would_block())
        return CHAN_AGAIN;
    fail_errno(err, errno, _("Cannot recv data"));
    return CHAN_FAILED;
}

static ChanResult
send_vector(Chan *c, const struct iovec *v, int n_v, int flags, gsize *ret_n, GError **err)
{
    struct msghdr msg = { .msg_iov = (struct iovec *)v, .msg_iovlen = (gsize)n_v };
    ssize_t       n;

    do {
        n = sendmsg(c->fd, &msg, MSG_NOSIGNAL | flags);
    } while (n < 0 && errno == EINTR);
    if (n >= 0) {
        *ret_n = (gsize)n;
        return CHAN_DONE;
    }
    if (would_block())
        return CHAN_AGAIN;
    fail_errno(err, errno, _("Cannot write data"));
    return CHAN_FAILED;
}

static ChanResult
socket_write(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err)
{
    return send_vector(c, v, n_v, 0, ret_n, err);
}

/* The head waits in the socket for what follows it: they leave together. */
static ChanResult
socket_send_pipe(Chan *c, const struct iovec *head, int pipe, gsize n, gsize *ret_n, GError **err)
{
    gsize      sent = 0;
    ChanResult result = CHAN_DONE;
    gssize     moved;

    if (head->iov_len)
        result = send_vector(c, head, 1, MSG_MORE, &sent, err);
    *ret_n = sent;
    if (result != CHAN_DONE || sent < head->iov_len)
        return result;
    moved = fd_splice(pipe, c->fd, n);
    if (moved >= 0) {
        *ret_n += (gsize)moved;
        return CHAN_DONE;
    }
    if (would_block())
        return sent ? CHAN_DONE : CHAN_AGAIN;
    fail_errno(err, errno, _("Cannot write data"));
    return CHAN_FAILED;
}

static ChanResult
socket_recv_pipe(Chan *c, int pipe, gsize n, gsize *ret_n, GError **err)
{
    gssize moved = fd_splice(c->fd, pipe, n);

    if (moved > 0) {
        *ret_n = (gsize)moved;
        return CHAN_DONE;
    }
    if (moved == 0)
        return CHAN_EOF;
    if (would_block())
        return CHAN_AGAIN;
    fail_errno(err, errno, _("Cannot recv data"));
    return CHAN_FAILED;
}

static ChanResult
socket_send_fd(Chan *c, int fd, GError **err)
{
    if (!((SocketChan *)c)->is_unix) {
        fail(err, VIR_ERR_RPC, _("descriptors cannot be passed over a TCP connection; use a unix socket"));
        return CHAN_FAILED;
    }
    if (fd_send(c->fd, fd) > 0)
        return CHAN_DONE;
    if (would_block())
        return CHAN_AGAIN;
    fail_errno(err, errno, _("Failed to send file descriptor %d"), fd);
    return CHAN_FAILED;
}

static int
socket_take_fd(Chan *c)
{
    SocketChan *s = (SocketChan *)c;
    int         fd;

    if (s->n_fds == 0)
        return -1;
    fd = s->fds[0];
    s->n_fds--;
    g_atomic_int_add(&fds_waiting, -1);
    memmove(s->fds, s->fds + 1, s->n_fds * sizeof(int));
    return fd;
}

static void
socket_shutdown(Chan *c)
{
    shutdown(c->fd, SHUT_RDWR);
}

static void
socket_free(Chan *c)
{
    SocketChan *s = (SocketChan *)c;

    fd_close_foreign(s->fds, s->n_fds);
    g_atomic_int_add(&fds_waiting, -(gint)s->n_fds);
    g_free(s->fds);
    fd_close(&c->fd);
}

static const ChanOps socket_ops = {
    .name = "socket",
    .read = socket_read,
    .write = socket_write,
    .send_fd = socket_send_fd,
    .take_fd = socket_take_fd,
    .send_pipe = socket_send_pipe,
    .recv_pipe = socket_recv_pipe,
    .shutdown = socket_shutdown,
    .free = socket_free,
};

Chan *
chan_new_fd(int fd)
{
    SocketChan *s = g_new0(SocketChan, 1);
    int         domain = 0, on = 1;
    socklen_t   len = sizeof(domain);

    s->base = (Chan) { .ops = &socket_ops, .fd = fd };
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
    s->is_unix = domain == AF_UNIX;
    if (!s->is_unix)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    fd_set_nonblock(fd, true, NULL);
    return &s->base;
}

/* A connect that a signal interrupted goes on by itself; only its outcome is left to ask for. */
static bool
connect_wait(int fd, const struct sockaddr *addr, socklen_t len)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    int           error = 0;
    socklen_t     error_len = sizeof(error);

    if (connect(fd, addr, len) == 0)
        return true;
    if (errno != EINTR)
        return false;
    while (poll(&p, 1, -1) < 0) {
        if (errno != EINTR)
            return false;
    }
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_len);
    errno = error;
    return error == 0;
}

Chan *
chan_connect_unix(const char *path, GError **err)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    fd_auto int        fd = -1;

    if (strlen(path) >= sizeof(addr.sun_path))
        return fail_null(err, VIR_ERR_INVALID_ARG, _("Path %s too long for unix socket"), path);
    memcpy(addr.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_errno(err, errno, _("Failed to create socket")), NULL;
    if (!connect_wait(fd, (struct sockaddr *)&addr, sizeof(addr)))
        return fail_errno(err, errno, _("Failed to connect socket to '%s'"), path), NULL;
    return chan_new_fd(fd_steal(&fd));
}

static int
connect_first(const struct addrinfo *list)
{
    int error = EHOSTUNREACH;

    for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
        fd_auto int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, ai->ai_protocol);

        if (fd >= 0 && connect_wait(fd, ai->ai_addr, ai->ai_addrlen))
            return fd_steal(&fd);
        error = errno;
    }
    errno = error;
    return -1;
}

Chan *
chan_connect_tcp(const char *host, const char *port, GError **err)
{
    struct addrinfo  hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *list = NULL;
    int              rc = getaddrinfo(host, port, &hints, &list);
    int              fd;

    /* AI_ADDRCONFIG hides ::1 and 127.0.0.1 on a host that has nothing but a loopback. */
    if (rc == EAI_NONAME || rc == EAI_ADDRFAMILY || rc == EAI_NODATA) {
        hints.ai_flags = 0;
        rc = getaddrinfo(host, port, &hints, &list);
    }
    if (rc != 0)
        return fail_null(err, VIR_ERR_SYSTEM_ERROR, _("unable to resolve address '%s' service '%s': %s"), host, port,
                         gai_strerror(rc));
    fd = connect_first(list);
    freeaddrinfo(list);
    if (fd < 0)
        return fail_errno(err, errno, _("unable to connect to server at '%s:%s'"), host, port), NULL;
    return chan_new_fd(fd);
}

static char *
numeric_address(const struct sockaddr_storage *addr, socklen_t len, guint16 *ret_port)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (getnameinfo((const struct sockaddr *)addr, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return NULL;
    *ret_port = (guint16)atoi(port);
    /* An IPv4 client of a dual-stack socket: what it can reach is the IPv4 address. */
    return g_strdup(g_str_has_prefix(host, "::ffff:") ? host + 7 : host);
}

void
chan_get_peer(const Chan *c, ChanPeer *ret_peer)
{
    int                     fd = chan_fd(c);
    struct sockaddr_storage addr = { 0 };
    struct ucred            cred;
    socklen_t               len = sizeof(addr), cred_len = sizeof(cred);

    *ret_peer = (ChanPeer) { 0 };
    if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
        return;
    ret_peer->is_unix = addr.ss_family == AF_UNIX;
    if (!ret_peer->is_unix) {
        ret_peer->local_addr = numeric_address(&addr, len, &ret_peer->local_port);
        len = sizeof(addr);
        if (getpeername(fd, (struct sockaddr *)&addr, &len) == 0)
            ret_peer->remote_addr = numeric_address(&addr, len, &ret_peer->remote_port);
    } else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_len) == 0) {
        ret_peer->has_creds = true;
        ret_peer->pid = cred.pid;
        ret_peer->uid = cred.uid;
        ret_peer->gid = cred.gid;
    }
}
