/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This host as a client of others, for peer-to-peer migration. Call once, after the QEMU driver was registered: URIs
 * without a transport are for that one.
 */
#pragma once

#include <stdbool.h>

/* pki_dir: with the certificate that this host shows to others; only_own: no other place is looked at. */
void daemon_peers_init(const char *pki_dir, bool only_own);
