/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unix sockets of monitors, at paths of any length: a root directory may lie deeper than the 107 bytes that a socket
 * address holds. Any thread.
 */
#pragma once

#include <glib.h>

/* A listening socket at path, mode 0600; replaces a stale one. -1 with error. */
int qmp_socket_listen(const char *path, GError **err);
/* A connected, non-blocking socket. -1 with error. */
int qmp_socket_connect(const char *path, GError **err);
