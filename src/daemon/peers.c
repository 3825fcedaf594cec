/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/peers.h"

#include <libvirt/libvirt.h>

#include "api/open.h"
#include "remote/driver.h"

static const RpcLoopHooks peer_loop = {
    .add_fd = virEventAddHandle,
    .remove_fd = virEventRemoveHandle,
    .add_timer = virEventAddTimeout,
    .update_timer = virEventUpdateTimeout,
    .remove_timer = virEventRemoveTimeout,
};

static gpointer
run_loop(gpointer unused)
{
    while (virEventRunDefaultImpl() == 0)
        continue;
    return unused;
}

/* Keepalive and lost connections to other hosts need somebody who listens while the migration's thread waits for
 * QEMU. The thread starts with the first connection; a daemon that never opens one does without. */
static const RpcLoopHooks *
get_loop(void)
{
    static gsize started;

    if (g_once_init_enter(&started)) {
        if (virEventRegisterDefaultImpl() == 0)
            g_thread_unref(g_thread_new("peers", run_loop, NULL));
        g_once_init_leave(&started, 1);
    }
    return &peer_loop;
}

void
daemon_peers_init(const char *pki_dir, bool only_own)
{
    remote_set_pki(pki_dir, only_own);
    remote_set_loop(get_loop);
    api_register_driver(&remote_driver);
}
