/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * After a restart of ours: find the guests that run, attach to them, and bring what we believe in line with what is.
 * Called once, when the driver starts, on the starting thread; the attaching itself goes on in parallel on the loop.
 */
#pragma once

#include "qemu/domain.h"

/* Every status file in run/qemu: its domain is in the table and active when this returns, or shut off (failed) when its
 * QEMU is gone. What QEMU says about its state arrives later. */
void qemu_recover_all(QemuDriver *driver);
/* Starts the domains that are marked for it, on worker threads; once per boot of the host. */
void qemu_recover_autostart(QemuDriver *driver);
