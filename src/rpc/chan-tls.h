/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TLS over any channel, as libvirt speaks it: certificates both ways, and after the server has accepted the client's it
 * sends one byte, 1, inside TLS. All of that happens in the channel's start; nothing is read or written before it has
 * ended well. Threads as for any channel; reader and writer take turns on a lock inside.
 *
 * A write that said CHAN_AGAIN is to be repeated with the same bytes in front.
 */
#pragma once

#include "rpc/chan.h"
#include "rpc/tls-creds.h"

/* Takes below; refers to creds, whose role it plays. host: what the client calls the server, in errors and against its
 * certificate; NULL on the server. */
Chan *chan_new_tls(Chan *below, TlsCreds *creds, const char *host, GError **err);
