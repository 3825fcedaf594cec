/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a domain does about its monitor connection: when it is there again after it broke, or for the first time after
 * a restart of ours, QEMU is asked for what its events would have said. Loop thread.
 */
#pragma once

#include "qemu/domain.h"

/* QmpHandler.reopened and .lost of a domain's client; data is the QemuDomain. */
void qemu_monitor_reopened(QmpClient *client, guint times, gpointer data);
void qemu_monitor_lost(QmpClient *client, const GError *why, gpointer data);
