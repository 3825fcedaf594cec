/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/command-tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/err.h"
#include "util/spawn.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

static bool
make_tap(Resource *r, GError **err)
{
    struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };

    if (r->vnet_hdr)
        req.ifr_flags |= IFF_VNET_HDR;
    if (r->multiqueue)
        req.ifr_flags |= IFF_MULTI_QUEUE;
    g_strlcpy(req.ifr_name, r->path, sizeof(req.ifr_name));
    r->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (r->fd < 0)
        return fail_errno(err, errno, _("Unable to open /dev/net/tun, is tun module loaded?"));
    if (ioctl(r->fd, TUNSETIFF, &req) < 0)
        return fail_errno(err, errno, _("Unable to create tap device %s"), r->path);
    g_free(r->path);
    r->path = g_strdup(req.ifr_name);
    r->made = true;
    return true;
}

/* A bridge takes the lowest address among its ports as its own: a high one keeps it from changing. */
static bool
set_mac(const Resource *r, int sock, GError **err)
{
    struct ifreq req = { .ifr_name = "" };

    g_strlcpy(req.ifr_name, r->path, sizeof(req.ifr_name));
    req.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(req.ifr_hwaddr.sa_data, r->mac, sizeof(r->mac));
    req.ifr_hwaddr.sa_data[0] = (char)0xfe;
    return ioctl(sock, SIOCSIFHWADDR, &req) == 0 ||
           fail_errno(err, errno, _("Cannot set interface MAC on '%s'"), r->path);
}

static bool
set_mtu(const Resource *r, int sock, GError **err)
{
    struct ifreq req = { .ifr_name = "" };

    g_strlcpy(req.ifr_name, r->path, sizeof(req.ifr_name));
    req.ifr_mtu = r->mtu;
    return !r->mtu || ioctl(sock, SIOCSIFMTU, &req) == 0 ||
           fail_errno(err, errno, _("Cannot set interface MTU on '%s'"), r->path);
}

static bool
join_bridge(const Resource *r, int sock, GError **err)
{
    struct ifreq req = { .ifr_name = "" };

    if (!r->bridge)
        return true;
    g_strlcpy(req.ifr_name, r->bridge, sizeof(req.ifr_name));
    req.ifr_ifindex = if_nametoindex(r->path);
    return ioctl(sock, SIOCBRADDIF, &req) == 0 ||
           fail_errno(err, errno, _("Unable to add bridge %s port %s"), r->bridge, r->path);
}

static bool
set_up(const Resource *r, int sock, GError **err)
{
    struct ifreq req = { .ifr_name = "" };

    g_strlcpy(req.ifr_name, r->path, sizeof(req.ifr_name));
    if (ioctl(sock, SIOCGIFFLAGS, &req) < 0)
        return fail_errno(err, errno, _("Cannot get interface flags on '%s'"), r->path);
    req.ifr_flags |= IFF_UP;
    return ioctl(sock, SIOCSIFFLAGS, &req) == 0 ||
           fail_errno(err, errno, _("Cannot set interface flags on '%s'"), r->path);
}

static bool
configure(const Resource *r, GError **err)
{
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok;

    if (sock < 0)
        return fail_errno(err, errno, _("cannot make a socket"));
    ok = set_mac(r, sock, err) && set_mtu(r, sock, err) && join_bridge(r, sock, err) && set_up(r, sock, err);
    close(sock);
    return ok;
}

static const char *const helpers[] = {
    "/usr/libexec/qemu-bridge-helper", "/usr/lib/qemu/qemu-bridge-helper", "/usr/lib/qemu-bridge-helper",
};

static int
receive_fd(int sock)
{
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec iov = { &byte, 1 };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
    struct cmsghdr *c;
    int fd = -1;

    if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) <= 0)
        return -1;
    c = CMSG_FIRSTHDR(&msg);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(&fd, CMSG_DATA(c), sizeof(fd));
    return fd;
}

static bool
run_helper(const Resource *r, const char *helper, int sock, GError **err)
{
    g_autofree char *bridge = g_strdup_printf("--br=%s", r->bridge);
    g_autofree char *fd = g_strdup_printf("--fd=%d", sock);
    const char *argv[] = { helper, bridge, fd, r->vnet_hdr ? "--use-vnet" : NULL, NULL };
    const SpawnHow how = { .argv = argv, .fds = &sock, .n_fds = 1, .in = -1, .out = -1, .err = -1 };
    struct pollfd gone = { .events = POLLIN };
    pid_t pid;

    if (!spawn_process(&how, &pid, &gone.fd, err))
        return false;
    while (poll(&gone, 1, -1) < 0 && errno == EINTR)
        continue;
    g_free(spawn_reap(gone.fd));
    close(gone.fd);
    return true;
}

/* An ordinary user asks the setuid helper that comes with QEMU; bridge.conf says which bridges it may use. */
static bool
ask_helper(Resource *r, GError **err)
{
    const char *helper = NULL;
    struct ifreq req;
    int pair[2];
    bool ok;

    for (guint i = 0; i < G_N_ELEMENTS(helpers) && !helper; i++)
        helper = access(helpers[i], X_OK) == 0 ? helpers[i] : NULL;
    if (!helper || r->multiqueue)
        return fail(err, VIR_ERR_OPERATION_FAILED,
                    _("interface '%s' on bridge '%s' needs privileges that this process does not have"), r->user,
                    r->bridge);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return fail_errno(err, errno, _("cannot make a socket pair"));
    ok = run_helper(r, helper, pair[1], err);
    close(pair[1]);
    r->fd = ok ? receive_fd(pair[0]) : -1;
    close(pair[0]);
    if (!ok)
        return false;
    if (r->fd < 0 || ioctl(r->fd, TUNGETIFF, &req) < 0)
        return fail(err, VIR_ERR_OPERATION_FAILED,
                    _("'%s' refuses a port on bridge '%s': see qemu-bridge-helper's bridge.conf"), helper, r->bridge);
    g_free(r->path);
    r->path = g_strndup(req.ifr_name, IFNAMSIZ);
    return true;
}

bool
command_open_tap(Resource *r, GError **err)
{
    if (r->bridge && geteuid() != 0)
        return ask_helper(r, err);
    if (!make_tap(r, err))
        return false;
    /* A device that somebody else manages is used as it is; and one configuration serves all queues. */
    return !r->managed || r->queue || configure(r, err);
}
