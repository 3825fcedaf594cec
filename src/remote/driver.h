/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client driver: every verb is one remote call, by its row in wire/remote-calls.c. Any thread, many at once on one
 * connection. Knows the protocol, but neither hypervisors nor the public API.
 */
#pragma once

#include "model/driver.h"
#include "rpc/client.h"

extern const Driver remote_driver;

/* How connections opened from now on find the application's event loop. get returns NULL while none is registered: then
 * there are no keepalive answers, and events arrive only during calls. Handed in by the roof of the library. */
void remote_set_loop(const RpcLoopHooks *(*get)(void));

/* Where this process's certificates for tls connections lie, before the places that every client looks at; only: those
 * are another host's. dir is copied. Before the first connection. */
void remote_set_pki(const char *dir, bool only);
