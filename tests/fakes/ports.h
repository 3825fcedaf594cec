/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ports for tests that no outgoing connection of another program and no other test can come to sit on: they lie outside the
 * range from which the kernel serves outgoing connections. Processes share them out by blocks of TEST_PORTS; who has a block
 * listens on an abstract unix socket of its name, which ends with the process. tests/e2e/ports.py does the same.
 */
#pragma once

#include <glib.h>

enum { TEST_PORTS = 64 };

/* The first of TEST_PORTS ports in a row, of which none is in use. Always the same ones within a process. */
guint16 test_ports(void);
