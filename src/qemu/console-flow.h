/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's character device as a Flow: a pty, or a socket that its QEMU listens on. At most one per device in this
 * process; the newer one may throw the older one out. Any thread.
 */
#pragma once

#include "model/flow.h"

typedef struct {
    const char *path;
    bool        is_socket;   /* else a pty */
    bool        force;       /* throw out who is connected */
    const char *busy;        /* the error when somebody is, and no force; translated */
} ConsolePlace;

/* NULL: err. */
Flow *console_flow_open(const ConsolePlace *place, GError **err);
