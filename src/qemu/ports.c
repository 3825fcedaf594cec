/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/ports.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define VIR_FROM_THIS VIR_FROM_QEMU

struct Ports {
    const char *range, *remedy; /* fixed; remedy not translated yet */
    guint16     low, high;      /* fixed */
    GMutex      lock;
    GHashTable *used; /* under lock: port number -> descriptor of its name's socket, -1: none */
};

static void
close_name(gpointer fd)
{
    if (GPOINTER_TO_INT(fd) >= 0)
        close(GPOINTER_TO_INT(fd));
}

Ports *
ports_new(const char *range, const char *remedy, guint16 low, guint16 high)
{
    Ports *ports = g_new0(Ports, 1);

    ports->range = range;
    ports->remedy = remedy;
    ports->low = low;
    ports->high = high;
    g_mutex_init(&ports->lock);
    ports->used = g_hash_table_new_full(NULL, NULL, NULL, close_name);
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

/* Between our look at a port and QEMU's bind() another daemon of this machine may look, too, and its very look is in the
 * way. So daemons reserve a port among themselves by a name: an abstract unix socket, which belongs to the same network
 * namespace as the port does and goes with its daemon. -1: another one has it. */
static int
bind_name(guint16 port)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int                len = g_snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1, "godwit-port-%u", port);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, offsetof(struct sockaddr_un, sun_path) + 1 + len) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
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

static bool
claim(Ports *ports, guint16 port, bool *ret_is_named)
{
    const gpointer key = GUINT_TO_POINTER((guint)port);
    bool           is_new;
    int            name = -1;

    g_mutex_lock(&ports->lock);
    is_new = !g_hash_table_contains(ports->used, key);
    if (is_new) {
        name = bind_name(port);
        g_hash_table_insert(ports->used, key, GINT_TO_POINTER(name));
    }
    g_mutex_unlock(&ports->lock);
    *ret_is_named = name >= 0;
    return is_new;
}

bool
ports_take(Ports *ports, const char *address, guint16 from, guint16 *ret_port, GError **err)
{
    for (guint port = MAX(from, ports->low); port <= ports->high; port++) {
        bool is_named;

        if (!claim(ports, port, &is_named))
            continue;
        if (is_named && port_is_free(address, port)) {
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
    bool is_named;

    return claim(ports, port, &is_named);
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
