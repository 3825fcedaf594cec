/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The libssh2 channel's host keys: known_hosts files in OpenSSH's form, hashed names included. Threads: ssh-session.h. */
#pragma once

#include "rpc/ssh-session.h"

/* Before the handshake: asks for the kinds of key that the file has of this host, so that it is one of those. */
void    ssh_hosts_prefer_known(SshSession *s);
SshStep ssh_hosts_check(SshSession *s, GError **err);
