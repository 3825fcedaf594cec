/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tap devices. Talks to the kernel (or, without privileges, to QEMU's bridge helper) and to nobody else. */
#pragma once

#include "qemu/command.h"

/* Fills r->fd, and r->path with the device's name. */
bool command_open_tap(Resource *r, GError **err);
