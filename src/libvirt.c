/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The roof of the library: the only place that names drivers, and that joins the client driver to the event loop of
 * the public API. What a program can call is in src/api.
 */
#include <libvirt/libvirt.h>

#include "api/event-loop.h"
#include "api/open.h"
#include "qemu/driver.h"
#include "remote/driver.h"

static const RpcLoopHooks public_loop = {
    .add_fd = virEventAddHandle,
    .remove_fd = virEventRemoveHandle,
    .add_timer = virEventAddTimeout,
    .update_timer = virEventUpdateTimeout,
    .remove_timer = virEventRemoveTimeout,
};

static const RpcLoopHooks *
get_loop(void)
{
    return event_loop_is_registered() ? &public_loop : NULL;
}

/* In the order in which they are asked. */
static void __attribute__((constructor))
register_drivers(void)
{
    remote_set_loop(get_loop);
    api_register_driver(&remote_driver);
    api_register_driver(&qemu_driver);
}
