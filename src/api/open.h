/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening connections: which driver takes a URI. Used by the public virConnectOpen*, by the daemon for its
 * sessions and by peer-to-peer migration. Names no driver: the roofs (libvirt.c, godwitd) register them.
 */
#pragma once

#include "model/handle.h"

/* Drivers are asked in order of registration. Any thread, though roofs do it before the first open. Twice: ignored. */
void api_register_driver(const Driver *driver);

/* One-time set-up of the library: translations. Any thread, any number of times. */
void api_initialize(void);

/* uri NULL or "": the default. flags: VIR_CONNECT_RO, VIR_CONNECT_NO_ALIASES. The caller owns the reference
 * (conn_unref). May wait as long as the driver needs to reach the other side. */
VirConn *api_open(const char *uri, virConnectAuthPtr auth, unsigned int flags, GError **err);

/* The same, with what only a daemon knows: the address at which its client arrived (NULL: a unix socket), set
 * before the driver sees the connection. */
VirConn *api_open_at(const char *uri, virConnectAuthPtr auth, unsigned int flags, const char *local_addr,
                     GError **err);
