/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a connection URI means to the client: how to reach the server, and the name by which the server knows the
 * driver. libvirt's URIs and parameters. Values only; any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt-host.h>

typedef struct {
    char *transport; /* "unix", "tcp", ... */
    char *user, *host;
    int   port;      /* -1: the transport's own */
    char *path;      /* "/system" */
    char *name;      /* for CONNECT_OPEN: without transport, host and the parameters below */
    char *socket;    /* ?socket= */
    char *mode;      /* ?mode=auto|legacy|direct */
    char *auth;      /* ?auth= */

    /* of ssh, libssh2 and ext; as given, NULL when not */
    char *command, *netcat, *proxy, *keyfile, *sshauth, *known_hosts, *known_hosts_verify;
    char *no_verify, *no_tty;
    char *pkipath, *tls_priority, *no_sanity; /* of tls; no_verify, too */

    virConnectAuthPtr ask; /* not of the URI: how the user may be asked; borrowed, NULL: not at all */
} RemoteTarget;

/* What ?no_verify=1 and its like say: any number but 0 is yes, absence no. */
bool remote_target_yes(const char *param, const char *value, bool *ret_yes, GError **err);

void remote_target_clear(RemoteTarget *target);

/* *ret_declined: the URI is for another driver. Errors: malformed, unknown transport, host with unix. */
bool remote_target_parse(const char *uri, RemoteTarget *ret_target, bool *ret_declined, GError **err);

/* Where a server's socket may be below base ("/run" or the user's run-time directory), godwitd's first; ?mode= chooses
 * among libvirt's. g_strfreev(). */
char **remote_target_sockets(const RemoteTarget *target, const char *base, bool read_only);
/* The socket to connect to: the first that exists of godwitd's and libvirt's places, else godwitd's. Caller frees. */
char *remote_target_socket(const RemoteTarget *target, bool read_only);
