/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the libssh2 channel share: ssh-open.c (the steps; among them ssh-hosts.c, host keys, and ssh-login.c,
 * authentication), ssh-carry.c. Nobody else includes this. One thread at a time: the opener, then the carrier.
 */
#pragma once

#include <netdb.h>

#include "rpc/chan-libssh2.h"
#include "rpc/ssh-library.h"

typedef enum {
    SSH_STEP_DONE,
    SSH_STEP_AGAIN, /* wait for the socket and call again */
    SSH_STEP_FAILED,
} SshStep;

typedef struct {
    const Libssh2How *how; /* NULL once opened */
    char             *name; /* "host:port" */
    LIBSSH2_SESSION  *session;
    LIBSSH2_CHANNEL  *channel;
    int               sock;
    gint64            deadline; /* monotonic us, of the current step */

    /* connecting */
    struct addrinfo *addresses, *address; /* all; the one being tried */
    int              connect_errno;
    bool             prepared;

    /* logging in */
    LIBSSH2_AGENT                  *agent;
    struct libssh2_agent_publickey *identity; /* being tried */
    char   *offered;  /* methods, "publickey,password" */
    guint   method;   /* index in how->methods */
    guint   keyfile;  /* index in how->keyfiles */
    char   *secret;   /* password or passphrase being tried; NULL: not asked yet */
    bool    gave_up;  /* the user, or nobody to ask */
    GString *refusals; /* why each method failed */
} SshSession;

SshSession *ssh_session_new(const Libssh2How *how, GError **err);
/* Tells the host nothing more than the socket's end does. */
void        ssh_session_free(SshSession *s);
/* Gives back what only opening needs. */
void        ssh_session_opened(SshSession *s);
/* libssh2's last message; borrowed until the next call. */
const char *ssh_session_why(SshSession *s);
void        ssh_session_more_time(SshSession *s);
/* What poll() is to wait for after a call that could not go on. */
short       ssh_session_events(SshSession *s);
/* Asks the user, whose time is not the host's. NULL: gave up. Wipe and free. */
char       *ssh_session_ask(SshSession *s, const char *prompt, bool secret);
void        ssh_session_wipe(char **secret);
