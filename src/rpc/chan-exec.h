/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A channel to the standard input and output of a command that it starts: OpenSSH's client, or whatever a URI names.
 * What the command writes to standard error is kept (its first 16 KiB) and quoted when the connection ends badly. Does
 * not know what the command does.
 *
 * Freeing closes the command's input, gives it a moment to end by itself, then ends it; no process is left behind.
 */
#pragma once

#include "rpc/chan.h"

/* argv[0]: a path, or a name to look for in $PATH. env: "NAME=value" beside what spawn_process() passes on; may be
 * NULL. */
Chan *chan_new_exec(const char *const *argv, const char *const *env, GError **err);

/* The beginning of what another host's program said, fit for a message: it may not drive a terminal. Caller frees. */
char *chan_presentable(const char *text, gsize len);
