/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a new session to one in which the command runs: a row of steps, each a function that libssh2's non-blocking calls
 * let be called again until it is done. Threads: ssh-session.h.
 */
#pragma once

#include "rpc/ssh-session.h"

/* Each step has the session's time; the error says in which one the host did not answer. */
bool ssh_open(SshSession *s, GError **err);
