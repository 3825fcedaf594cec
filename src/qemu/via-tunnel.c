/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory goes through the connection between the daemons: QEMU writes into a pipe here and reads from one there. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "qemu/via.h"
#include "util/fd.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
/* As much as an unprivileged daemon may ask for; fewer wake-ups than with the kernel's 64 KiB. */
#define PIPE_SIZE (1 << 20)

/* What has been written lies in QEMU's own pipe: closing it is all there is to finish. */
static bool
pipe_finish(Tunnel *tunnel, GError **err)
{
    (void)err;
    fd_close(&tunnel->fd);
    return true;
}

static void
pipe_abort(Tunnel *tunnel, const char *why)
{
    (void)tunnel, (void)why; /* QEMU fails at the early end that pipe_free() makes */
}

static void
pipe_free(Tunnel *tunnel)
{
    fd_close(&tunnel->fd);
    g_free(tunnel);
}

static const TunnelOps pipe_ops = { .finish = pipe_finish, .abort = pipe_abort, .cut = pipe_abort, .free = pipe_free };

/* A source that watches gives up first, and knows what to say; this is for one that does not, or has gone. */
static guint
patience_ms(const QemuConfig *config)
{
    return MIN(config->migrate_silence, G_MAXUINT / 2000) * 2000;
}

static bool
tunnel_listen(ViaDst *dst, guint16 after, GError **err)
{
    int fds[2];

    (void)after;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return fail_errno(err, errno, _("cannot make a pipe for the tunnel"));
    dst->fd = fds[0];
    dst->tunnel = g_new(Tunnel, 1);
    *dst->tunnel = (Tunnel){ .ops = &pipe_ops, .fd = fds[1],
                            .patience_ms = patience_ms(dst->host->driver->config) };
    fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE);
    if (!fd_set_nonblock(fds[1], true, err))
        return false;
    dst->qemu_uri = g_strdup("fd:migrate");
    /* Only the witness needs an address; the memory does not. */
    via_choose_host(dst, NULL);
    return true;
}

static bool
tunnel_connect(ViaSrc *src, GError **err)
{
    src->fd = fd_steal(&src->tunnel->fd);
    src->qemu_uri = g_strdup("fd:migrate");
    return src->fd >= 0 || fail(err, VIR_ERR_INTERNAL_ERROR, _("the tunnel has been used already"));
}

const ViaOps via_tunnel = {
    .scheme = "tunnel",
    .can = 0,
    .listen = tunnel_listen,
    .connect = tunnel_connect,
};
