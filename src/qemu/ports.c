/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/ports.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define VIR_FROM_THIS VIR_FROM_QEMU

struct Ports {
    const char *range, *remedy; /* fixed; remedy not translated yet */
    guint16     low, high;      /* fixed */
    GMutex      lock;
    GHashTable *used; /* under lock: set of port numbers */
};

Ports *
ports_new(const char *range, const char *remedy, guint16 low, guint16 high)
{
    Ports *ports = g_new0(Ports, 1);

    ports->range = range;
    ports->remedy = remedy;
    ports->low = low;
    ports->high = high;
    g_mutex_init(&ports->lock);
    ports->used = g_hash_table_new(NULL, NULL);
    return ports;
}

void
ports_free(Ports *ports)
{
    if (!ports)
        return;
    g_hash_table_unref(ports->used);
    g_mutex_clear(&ports->lock);
    g_free(ports);
}

/* SO_REUSEADDR as QEMU sets it, so that connections in TIME_WAIT do not count; listeners do. */
static bool
can_bind(const struct sockaddr *addr, socklen_t len)
{
    int  fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int  on = 1, off = 0;
    bool ok;

    if (fd < 0)
        return errno == EAFNOSUPPORT;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (addr->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    ok = bind(fd, addr, len) == 0 && listen(fd, 1) == 0;
    close(fd);
    return ok;
}

static bool
port_is_free(const char *address, guint16 port)
{
    struct addrinfo  hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
    struct addrinfo *found = NULL;
    char             service[8];
    bool             is_free = true;

    g_snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return true;
    for (struct addrinfo *ai = found; ai && is_free; ai = ai->ai_next)
        is_free = can_bind(ai->ai_addr, ai->ai_addrlen);
    freeaddrinfo(found);
    return is_free;
}

bool
ports_take(Ports *ports, const char *address, guint16 from, guint16 *ret_port, GError **err)
{
    for (guint port = MAX(from, ports->low); port <= ports->high; port++) {
        if (!ports_claim(ports, port))
            continue;
        if (port_is_free(address, port)) {
            *ret_port = port;
            return true;
        }
        ports_release(ports, port);
    }
    return fail(err, VIR_ERR_INTERNAL_ERROR,
                _("Unable to find an unused port in range '%s' (%u-%u): every port is taken by another guest or another program; %s"),
                ports->range, ports->low, ports->high, _(ports->remedy));
}

bool
ports_claim(Ports *ports, guint16 port)
{
    bool is_new;

    g_mutex_lock(&ports->lock);
    is_new = g_hash_table_add(ports->used, GUINT_TO_POINTER((guint)port));
    g_mutex_unlock(&ports->lock);
    return is_new;
}

void
ports_release(Ports *ports, guint16 port)
{
    g_mutex_lock(&ports->lock);
    g_hash_table_remove(ports->used, GUINT_TO_POINTER((guint)port));
    g_mutex_unlock(&ports->lock);
}

guint
ports_used(Ports *ports)
{
    guint n;

    g_mutex_lock(&ports->lock);
    n = g_hash_table_size(ports->used);
    g_mutex_unlock(&ports->lock);
    return n;
}
