/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/socket.h>

#include "rpc/chan.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_RPC

bool
chan_new_pair(Chan **ret_a, Chan **ret_b, GError **err)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return fail_errno(err, errno, _("Failed to create socket pair"));
    *ret_a = chan_new_fd(fds[0]);
    *ret_b = chan_new_fd(fds[1]);
    return true;
}
