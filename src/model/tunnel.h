/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The near end of a way for a guest's memory to the other host, when that goes through the daemons' own connection.
 *
 * Whoever prepares a tunnelled migration gets one: from the destination's driver it is QEMU's own pipe, from the remote
 * driver the stream of the call. Knows neither QEMU nor packets.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct Tunnel Tunnel;

typedef struct {
    /* Everything that was written into fd is there, and the far side has said so. Closes fd; every other copy of it
     * must have been closed. Once; waits, except for a destination's. */
    bool (*finish)(Tunnel *tunnel, GError **err);
    /* Nothing more goes through, and whoever writes into fd fails; finish() then ends it and fails. Any thread, any
     * number of times; never waits. why is for the log. */
    void (*abort)(Tunnel *tunnel, const char *why);
    /* The same, and what it leads through is given up, too: nothing that waits for the other side waits any longer. */
    void (*cut)(Tunnel *tunnel, const char *why);
    /* Aborts and ends first what has not been finished. */
    void (*free)(Tunnel *tunnel);
} TunnelOps;

/* Embedded first in each implementation's own struct. */
struct Tunnel {
    const TunnelOps *ops;
    int              fd; /* write end of a pipe, owned; -1 once finished */
    bool             finished; /* source's: finish() has been called */
    guint            patience_ms; /* destination's: for a pipe that is full; 0: for ever */
};

static inline void
tunnel_free(Tunnel *tunnel)
{
    if (tunnel)
        tunnel->ops->free(tunnel);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tunnel, tunnel_free)
