/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A channel to the standard input and output of a command on another host, by SSH within this process. Reaching the
 * host, checking its key, logging in and starting the command happen on the caller's thread, each wait with a deadline.
 * From then on a thread of the channel's own is the only one that touches the SSH session; the channel's users see a
 * socket. Does not know what the command is.
 */
#pragma once

#include "rpc/chan.h"

/* What a host key that is not in the file means. One that differs from the file's is always refused, unless ignored. */
typedef enum {
    SSH_HOST_NORMAL, /* ask; nobody to ask: refused */
    SSH_HOST_AUTO,   /* added to the file */
    SSH_HOST_IGNORE, /* not looked at */
} SshHostPolicy;

/* prompt is for people. secret: do not show what is typed. Returns what the user said (caller wipes and frees), or
 * NULL: nobody to ask, or the user gave up. */
typedef char *(*SshAsk)(const char *prompt, bool secret, gpointer data);

typedef struct {
    const char        *host, *user, *command;
    int                port;
    const char        *known_hosts; /* file */
    SshHostPolicy      policy;
    const char *const *methods;     /* in this order: "agent", "privkey", "password", "keyboard-interactive" */
    const char *const *keyfiles;    /* of "privkey", tried in turn */
    SshAsk             ask;         /* NULL: nobody to ask */
    gpointer           ask_data;
    int                timeout_ms;  /* for each answer of the host; the user may think longer */
} Libssh2How;

/* VIR_ERR_SSH, VIR_ERR_AUTH_FAILED, or VIR_ERR_SYSTEM_ERROR when the host cannot be reached. */
Chan *chan_connect_libssh2(const Libssh2How *how, GError **err);
