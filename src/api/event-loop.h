/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the rest of the library may ask about the event loop behind the public virEvent* calls. Any thread.
 */
#pragma once

#include <stdbool.h>

/* Has the program registered one, its own or the default? */
bool event_loop_is_registered(void);
