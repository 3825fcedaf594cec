/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ports on which guests arrive, or show their screens: a range shared by all guests of one driver instance. A port is
 * reserved in a table here and by a name among the daemons of this machine, and tried by bind() because other programs
 * look at neither.
 * Knows nothing of QEMU. Any thread; the lock is inside and never held across a wait.
 */
#pragma once

#include "util/err.h"

typedef struct Ports Ports;

/* Both ends included. range: its name, remedy: what to do when none is left, marked for translation; for the message, static. */
Ports *ports_new(const char *range, const char *remedy, guint16 low, guint16 high);
void   ports_free(Ports *ports);

/* The lowest port >= from (0: any) that nobody has, bindable on address (numeric; NULL: any address; a host name is
 * not tried, QEMU will say). Reserved until ports_release(). */
bool ports_take(Ports *ports, const char *address, guint16 from, guint16 *ret_port, GError **err);
/* Reserves a port that is known to be in use, inside the range or not; false when somebody has it already. */
bool ports_claim(Ports *ports, guint16 port);
/* Accepts 0 and ports that are not reserved. */
void  ports_release(Ports *ports, guint16 port);
guint ports_used(Ports *ports);
