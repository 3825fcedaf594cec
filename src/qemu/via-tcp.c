/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib-unix.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu/via.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

#define CONNECT_TIMEOUT_MS 10000

static bool
host_has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static bool
is_loopback(const char *addr)
{
    return g_str_has_prefix(addr, "127.") || g_str_equal(addr, "::1") || g_str_has_prefix(addr, "::ffff:127.");
}

static bool
is_any(const char *addr)
{
    return g_str_equal(addr, "0.0.0.0") || g_str_equal(addr, "::");
}

/* What the administrator says, else how the client did, else our name. */
bool
via_choose_host(ViaDst *dst, GError **err)
{
    const QemuConfig *config = dst->host->driver->config;

    if (config->migrate_address && !is_any(config->migrate_address)) {
        dst->reach_host = g_strdup(config->migrate_address);
        return true;
    }
    if (dst->local_addr && !is_loopback(dst->local_addr)) {
        dst->reach_host = g_strdup(g_str_has_prefix(dst->local_addr, "::ffff:") ? dst->local_addr + 7
                                                                                : dst->local_addr);
        return true;
    }
    if (g_str_has_prefix(config->hostname, "localhost"))
        return fail(err, VIR_ERR_INTERNAL_ERROR,
                    _("hostname on destination resolved to localhost, but migration requires an FQDN: name an address with "
                      "--migrateuri tcp://ADDRESS or start the destination's daemon with --migrate-address"));
    dst->reach_host = g_strdup(config->hostname);
    return true;
}

/* Where QEMU binds; NULL: everywhere. */
static const char *
bind_address(const ViaDst *dst)
{
    const char *own = dst->host->driver->config->migrate_address;

    if (dst->listen_addr)
        return dst->listen_addr;
    return own && !dst->wanted_uri ? own : NULL;
}

static char *
incoming_uri(const char *bind, guint16 port)
{
    ViaUri uri = { .scheme = (char *)"tcp", .host = (char *)bind, .port = port };

    if (!bind)
        uri.host = (char *)(host_has_ipv6() ? "::" : "0.0.0.0");
    return via_uri_format(&uri);
}

static bool
tcp_listen(ViaDst *dst, guint16 after, GError **err)
{
    ViaUri  uri = { 0 };
    guint16 port = 0;
    bool    ok;

    if (dst->wanted_uri && !via_uri_parse(dst->wanted_uri, &uri, err))
        return false;
    if (uri.port) {
        /* A fixed port is tried once. */
        if (after) {
            via_uri_clear(&uri);
            return false;
        }
        dst->reach_host = g_steal_pointer(&uri.host);
        dst->qemu_uri = incoming_uri(bind_address(dst), uri.port);
        via_uri_clear(&uri);
        return true;
    }

    ok = ports_take(dst->host->ports, bind_address(dst), after ? after + 1 : 0, &port, err);
    if (ok && uri.host)
        dst->reach_host = g_strdup(uri.host);
    else if (ok)
        ok = via_choose_host(dst, err);
    via_uri_clear(&uri);
    if (!ok) {
        ports_release(dst->host->ports, port);
        return false;
    }
    dst->port = port;
    dst->qemu_uri = incoming_uri(bind_address(dst), port);
    dst->uri_out = via_uri_format(&(ViaUri){ .scheme = (char *)"tcp", .host = dst->reach_host, .port = port });
    return true;
}

static bool
connect_one(const struct addrinfo *ai, gint64 deadline, int *ret_fd)
{
    int           fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd pfd = { .fd = fd, .events = POLLOUT };
    int           rc, soerr = 0;
    socklen_t     len = sizeof(soerr);

    if (fd < 0)
        return false;
    rc = connect(fd, ai->ai_addr, ai->ai_addrlen);
    if (rc < 0 && errno == EINPROGRESS) {
        gint64 left = (deadline - g_get_monotonic_time()) / 1000;

        rc = poll(&pfd, 1, (int)CLAMP(left, 0, CONNECT_TIMEOUT_MS));
        if (rc == 1)
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &soerr, &len);
        errno = rc == 1 ? soerr : ETIMEDOUT;
        rc = errno == 0 ? 0 : -1;
    }
    if (rc == 0) {
        g_unix_set_fd_nonblocking(fd, FALSE, NULL);
        *ret_fd = fd;
        return true;
    }
    rc = errno;
    close(fd);
    errno = rc;
    return false;
}

/* A daemon that watches notices silence first (migrate-silence.h), and knows what to say; this is for when it has gone. */
static void
tune(int fd, const QemuConfig *config)
{
    int      on = 1, idle = 10, interval = 5, count = 6;
    unsigned silence_ms = MIN(config->migrate_silence, G_MAXINT / 2000) * 2000;

    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms, sizeof(silence_ms));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static bool
resolve(const ViaUri *uri, struct addrinfo **ret_found, GError **err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG };
    char            service[8];
    int             rc;

    g_snprintf(service, sizeof(service), "%u", uri->port);
    rc = getaddrinfo(uri->host, service, &hints, ret_found);
    /* AI_ADDRCONFIG forgets loopback addresses on a host without a network. */
    if (rc == EAI_NONAME || rc == EAI_ADDRFAMILY || rc == EAI_NODATA) {
        hints.ai_flags = AI_NUMERICSERV;
        rc = getaddrinfo(uri->host, service, &hints, ret_found);
    }
    return rc == 0 || fail(err, VIR_ERR_SYSTEM_ERROR,
                           _("unable to connect to server at '%s:%u': %s; name the destination's address with "
                             "--migrateuri tcp://ADDRESS or start its daemon with --migrate-address"),
                           uri->host, uri->port, gai_strerror(rc));
}

static bool
dial(const ViaUri *uri, int *ret_fd, GError **err)
{
    struct addrinfo *found = NULL;
    gint64           deadline = g_get_monotonic_time() + CONNECT_TIMEOUT_MS * 1000;
    int              rc;
    bool             ok = false;

    if (!resolve(uri, &found, err))
        return false;
    errno = EHOSTUNREACH;
    for (struct addrinfo *ai = found; ai && !ok; ai = ai->ai_next)
        ok = connect_one(ai, deadline, ret_fd);
    rc = errno;
    freeaddrinfo(found);
    return ok || fail_errno(err, rc, _("unable to connect to server at '%s:%u'"), uri->host, uri->port);
}

/* QEMU takes the first plain connection for its guest's, whatever comes of it: only one that asks for TLS may be tried, of
 * the others no more than the name. */
static bool
find_answer(ViaSrc *src, GError **err)
{
    struct addrinfo *found = NULL;
    fd_auto int      fd = -1;

    src->qemu_uri = via_uri_format(&src->uri);
    if (src->mig->flags & VIR_MIGRATE_TLS)
        return dial(&src->uri, &fd, err) && via_hello(src, fd, err);
    if (!resolve(&src->uri, &found, err))
        return false;
    freeaddrinfo(found);
    return true;
}

static bool
tcp_connect(ViaSrc *src, GError **err)
{
    if (src->uri.port == 0)
        return fail(err, VIR_ERR_INVALID_ARG, _("missing port in migration URI: %s:%s"), src->uri.scheme, src->uri.host);
    /* Several connections: only QEMU knows how many and when. */
    if (src->multifd)
        return find_answer(src, err);
    if (!dial(&src->uri, &src->fd, err))
        return false;
    tune(src->fd, src->mig->dom->driver->config);
    src->qemu_uri = g_strdup("fd:migrate");
    return true;
}

const ViaOps via_tcp = {
    .scheme = "tcp",
    .can = VIA_MULTIFD | VIA_URI | VIA_TLS,
    .listen = tcp_listen,
    .connect = tcp_connect,
};
