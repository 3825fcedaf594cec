/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the daemon can be reached: the two unix sockets of its run directory, what --listen adds, and what systemd
 * hands over. Start-up thread only.
 */
#pragma once

#include "daemon/options.h"
#include "daemon/session.h"

typedef struct {
    const DaemonOptions *options;
    const char          *run_dir;
    const char          *pki_dir;
    bool                 only_pki_dir; /* the places of the system are another host's */
    const char          *default_uri;
    /* filled by daemon_listen(); sessions refer to them, so they live as long as the server */
    SessionPolicy        trusted;   /* the read-write unix socket */
    SessionPolicy        open;      /* further sockets: who reaches them may write */
    SessionPolicy        read_only;
    SessionPolicy        tls;       /* certificates are the authentication */
} DaemonListen;

/* *ret_where: the addresses, for the line that says ready; caller frees. Takes the sockets that systemd passed. */
bool daemon_listen(DaemonListen *listen, RpcServer *server, char **ret_where, GError **err);
/* After the server has gone. */
void daemon_listen_clear(DaemonListen *listen);
