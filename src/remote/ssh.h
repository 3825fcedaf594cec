/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the ssh, libssh2 and ext transports reach a server: what is run here, and what on the other host. Reaching waits;
 * for a thread that may.
 */
#pragma once

#include "remote/target.h"
#include "rpc/chan-libssh2.h"

/* For the login shell of the other host, whichever it is. Caller frees. */
char *remote_ssh_command(const RemoteTarget *target, bool read_only, GError **err);
/* OpenSSH's client and its arguments; g_strfreev(). */
char **remote_ssh_argv(const RemoteTarget *target, bool read_only, GError **err);

/* A name that looks like an option is no name. */
bool remote_ssh_check_names(const RemoteTarget *target, GError **err);
/* ?known_hosts_verify= and ?no_verify=. */
bool remote_ssh_policy(const RemoteTarget *target, SshHostPolicy *ret_policy, GError **err);

Chan *remote_reach_ssh(const RemoteTarget *target, bool read_only, GError **err);
Chan *remote_reach_libssh2(const RemoteTarget *target, bool read_only, GError **err);
Chan *remote_reach_ext(const RemoteTarget *target, bool read_only, GError **err);
