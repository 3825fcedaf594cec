/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory's way may fall silent without breaking. Where the other end acknowledges nothing any more the kernel tells
 * (via-tcp.c); where something on the way acknowledges and passes nothing on, or the destination stops reading, only
 * QEMU's count of what it has sent stands still. Both have the same limit: QemuConfig.migrate_silence.
 */
#pragma once

#include "qemu/migrate-priv.h"

/* On the stack of the thread that waits. */
typedef struct {
    gint64     next;  /* when to look again */
    guint64    bytes; /* seen last */
    QmigStatus status;
    guint      quiet; /* looks since something has moved */
} QmigSilence;

/* Source, mig->lock held: waits until something has changed. Looks at QEMU's count a few times within the limit, without
 * the lock, and cancels a migration that stands still. */
void qmig_silence_wait(QmigSilence *silence, QemuMig *mig, QmpClient *qmp);

/* Source, tunnelled: from now on the rest has as much time as a silence may last. NULL: any time; see source_remove(). */
GSource *qmig_silence_limit(QemuMig *mig);

/* Source: calls QEMU's migration off, also one that is stuck on a silent way. Does not wait; any thread. */
void qmig_cancel(QemuMig *mig, QmpClient *qmp);
/* The same, and waits until QEMU has taken it. */
bool qmig_cancel_and_wait(QemuMig *mig, QmpClient *qmp, GError **err);
