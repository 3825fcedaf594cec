/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Carries bytes between a socket and an open SSH session, in a thread of its own: libssh2 reads the connection whenever
 * it writes to it, so bytes that one thread polls for would vanish into the session's queue in the hands of another, and
 * the poll would never end. Does not know what the bytes mean. Any thread, but only one frees.
 */
#pragma once

#include "rpc/ssh-session.h"

typedef struct SshCarrier SshCarrier;

/* Takes both; nobody else touches the session from now on. Until either side ends. */
SshCarrier *ssh_carrier_start(SshSession *s, int inner);
/* Why it ended; NULL: as it should, or not yet. Caller frees. */
char       *ssh_carrier_why(SshCarrier *c);
/* Once the socket's other end is shut this takes a second or two at the most. */
void        ssh_carrier_join(SshCarrier *c);
void        ssh_carrier_free(SshCarrier *c);
