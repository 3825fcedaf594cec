/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Brings work from any thread to the thread that runs the program's event loop, in order of posting: event callbacks
 * and close callbacks are delivered so. Stands on a timer of the registered virEvent implementation, which is
 * the only thing that every implementation has and that may be set from any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef void (*DeliveryFunc)(gpointer data);

/* Has the program registered an event loop? From then on posts wait for that loop. */
bool delivery_is_possible(void);
/* fn(data), then destroy(data), on the event loop's thread; at once on this thread when there is no event loop.
 * fn or destroy may be NULL. No lock of the caller's may be held that fn or destroy take. */
void delivery_post(DeliveryFunc fn, gpointer data, GDestroyNotify destroy);
