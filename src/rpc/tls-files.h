/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the certificates of a host or user lie: one table of places, libvirt's among them. Paths only, nothing is read.
 * Any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef enum { TLS_CLIENT, TLS_SERVER } TlsRole;

typedef struct {
    char *ca;        /* CA certificates that the peer's must come from */
    char *crl;       /* revoked ones; the file may be missing */
    char *cert, *key; /* our own */
} TlsFiles;

/* pkipath   the user named it: nowhere else is looked; NULL: not said
 * own_dir   of this host (DIR/etc/pki with --root), looked at first; may be NULL
 * only_own  the system's and the user's places are another host's */
typedef struct {
    const char *pkipath;
    const char *own_dir;
    bool        only_own;
} TlsPlaces;

/* The first place that has a CA gives CA and CRL, the first that has a certificate or its key gives both of these. Where
 * none has, the paths are those of the first place, for the error that will name them. */
void tls_files_find(const TlsPlaces *places, TlsRole role, TlsFiles *ret_files);
void tls_files_clear(TlsFiles *files);
