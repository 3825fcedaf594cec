/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/chan-libssh2.h"

#include <errno.h>
#include <sys/socket.h>

#include "rpc/ssh-carry.h"
#include "rpc/ssh-open.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_SSH

/* A filter above our end of the socket pair. */
typedef struct {
    Chan        base;
    SshCarrier *carrier;
} SshChan;

/* The socket's end says nothing about the host's. */
static ChanResult
report_end(SshChan *x, ChanResult result, GError **err)
{
    g_autofree char *why = ssh_carrier_why(x->carrier);

    if (!why)
        return result;
    g_clear_error(err);
    fail(err, VIR_ERR_SSH, "%s", why);
    return CHAN_FAILED;
}

static ChanResult
ssh_read(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err)
{
    ChanResult result = chan_read(c->below, buf, size, ret_n, err);

    return result == CHAN_EOF || result == CHAN_FAILED ? report_end((SshChan *)c, result, err) : result;
}

static ChanResult
ssh_write(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err)
{
    ChanResult result = chan_write(c->below, v, n_v, ret_n, err);

    return result == CHAN_FAILED ? report_end((SshChan *)c, result, err) : result;
}

/* Waits for the carrier: a process that closes and exits would else pull the cryptography from under it. */
static void
ssh_shutdown(Chan *c)
{
    chan_shutdown(c->below);
    ssh_carrier_join(((SshChan *)c)->carrier);
}

static void
ssh_free(Chan *c)
{
    ssh_shutdown(c);
    ssh_carrier_free(((SshChan *)c)->carrier);
}

static const ChanOps ssh_ops = {
    .name = "libssh2",
    .read = ssh_read,
    .write = ssh_write,
    .shutdown = ssh_shutdown,
    .free = ssh_free,
};

static bool
make_pair(int fds[2], GError **err)
{
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0
           || fail_errno(err, errno, _("Failed to create socket pair"));
}

Chan *
chan_connect_libssh2(const Libssh2How *how, GError **err)
{
    SshSession *s = ssh_session_new(how, err);
    SshChan    *x;
    int         fds[2];

    if (!s)
        return NULL;
    if (!ssh_open(s, err) || !make_pair(fds, err)) {
        ssh_session_free(s);
        return NULL;
    }
    ssh_session_opened(s);
    x = g_new0(SshChan, 1);
    x->base = (Chan) { .ops = &ssh_ops, .below = chan_new_fd(fds[0]), .fd = -1 };
    x->carrier = ssh_carrier_start(s, fds[1]);
    return &x->base;
}
