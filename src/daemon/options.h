/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What godwitd can be told: on the command line, or under the same names in the configuration file, where the command
 * line wins. One table of options; --help and the manual page are printed from it. Start-up thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <glib.h>

typedef struct {
    char    *root;
    char    *config;          /* NULL: etc/godwitd.conf, if there is one */
    char    *pid_file;
    char   **listen;          /* URIs beside the two unix sockets; may be NULL */
    char    *migrate_address;
    char    *migrate_ports;   /* "LOW-HIGH" */
    bool     migrate_tls_force;
    bool     migrate_tls_any_client;
    char    *migrate_tls_dir;
    char    *migrate_tls_priority;
    char    *spice_tls_dir;
    char    *vnc_tls_dir;
    bool     vnc_tls_verify;
    bool     insecure_tcp;
    char    *tls_ca_file, *tls_crl_file, *tls_cert_file, *tls_key_file;
    char    *tls_priority;
    char   **tls_allowed_dns; /* patterns; NULL: all that our CA has signed */
    bool     tls_no_verify, tls_no_sanity;
    char    *socket_mode;     /* octal, of the read-write socket */
    char    *socket_group;
    int      max_clients;     /* numbers: -1 where nothing was said */
    int      max_workers;
    int      max_client_requests;
    int      keepalive_interval;
    int      keepalive_count;
    int      migrate_silence;
    char    *log;
    bool     verbose;

    bool     help, version, manual; /* what to print instead of running */
} DaemonOptions;

#define DAEMON_OPTIONS_INIT                                                                                  \
    ((DaemonOptions) { .max_clients = -1, .max_workers = -1, .max_client_requests = -1,                      \
                       .keepalive_interval = -1, .keepalive_count = -1, .migrate_silence = -1 })

void daemon_options_clear(DaemonOptions *options);
/* argv[0] is the program. */
bool daemon_options_parse(DaemonOptions *options, int argc, char **argv, GError **err);
/* Fills what the command line left open. must_exist: the file was named by the user. */
bool daemon_options_load(DaemonOptions *options, const char *path, bool must_exist, GError **err);

void daemon_options_print_help(FILE *to);
void daemon_options_print_manual(FILE *to); /* man(7) source */
