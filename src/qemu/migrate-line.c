/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The socket on which TLS shakes hands. QEMU does that in its main loop, where the guest's devices and the monitor wait for
 * it, and knows of no way to call it off: "migrate_cancel" and "yank" come to a migration that has a channel, and it has
 * none yet. A copy of the socket is kept here as long as that lasts.
 */
#include "qemu/migrate-priv.h"

#include <sys/socket.h>

#include "util/fd.h"

/* On a socket that does not block QEMU waits for each answer as for any other event. It makes what it is given blocking as it
 * takes it, and again when the hands are shaken; both have one description of the socket, and so one such flag. */
bool
qmig_line_hold(QemuMig *mig, int fd, GError **err)
{
    int copy = fd_dup(fd, err);

    if (copy < 0 || !fd_set_nonblock(copy, true, err)) {
        fd_close(&copy);
        return false;
    }
    g_mutex_lock(&mig->lock);
    fd_close(&mig->line);
    mig->line = copy;
    if (mig->abort)
        qmig_line_break(mig);
    g_mutex_unlock(&mig->lock);
    return true;
}

/* A copy kept longer would hide from the destination that QEMU has closed its own. */
void
qmig_line_release(QemuMig *mig)
{
    g_mutex_lock(&mig->lock);
    fd_close(&mig->line);
    g_mutex_unlock(&mig->lock);
}

void
qmig_line_break(QemuMig *mig)
{
    if (mig->line >= 0)
        shutdown(mig->line, SHUT_RDWR);
}
