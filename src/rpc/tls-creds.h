/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who we are in TLS, and whom we trust: certificates and keys, loaded and checked once, shared by all channels of a
 * listening socket or a connection. Loading reads files; a loaded one never changes, so any thread uses it.
 */
#pragma once

#include "rpc/tls-files.h"

typedef struct TlsCreds TlsCreds;

typedef struct {
    TlsRole            role;
    TlsFiles           files;       /* borrowed */
    const char        *priority;    /* of GnuTLS; NULL: NORMAL */
    bool               no_verify;   /* whoever the peer is */
    bool               no_sanity;   /* our own certificate need not look right */
    bool               need_crl;    /* somebody named the file: that it is missing is an error */
    const char *const *allowed_dns; /* glob patterns for clients' distinguished names; NULL: all */
} TlsConfig;

/* A server needs CA, certificate and key; a client may come without a certificate of its own. Errors name file and
 * reason. A key that others can read is warned about. */
TlsCreds *tls_creds_new(const TlsConfig *config, GError **err);
TlsCreds *tls_creds_ref(TlsCreds *creds);
void      tls_creds_unref(TlsCreds *creds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TlsCreds, tls_creds_unref)
