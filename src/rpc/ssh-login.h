/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The libssh2 channel's authentication: the wanted methods in turn, of those that the host offers. Threads: ssh-session.h. */
#pragma once

#include "rpc/ssh-session.h"

SshStep ssh_login_list(SshSession *s, GError **err);
SshStep ssh_login_try(SshSession *s, GError **err);
