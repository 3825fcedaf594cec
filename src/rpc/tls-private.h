/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What chan-tls.c (bytes), tls-creds.c (our own files) and tls-verify.c (the peer's certificate) share. */
#pragma once

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "rpc/tls-creds.h"

struct TlsCreds {
    gint refs; /* atomic */

    /* fixed */
    TlsRole                          role;
    bool                             no_verify;
    bool                             has_cert;
    char                            *ca_file, *crl_file, *cert_file; /* for messages */
    char                           **allowed_dns;         /* NULL: all */
    gnutls_certificate_credentials_t x509;
    gnutls_priority_t                priority;
};

/* Why a chain was refused. */
typedef struct {
    gnutls_alert_description_t alert; /* what the peer is told */
    char                      *text;
} TlsRefusal;

/* status as gnutls_*_verify() gives it, not 0; certs: the chain, own certificate first. Caller frees the text. */
TlsRefusal tls_refusal(const TlsCreds *creds, unsigned status, const gnutls_x509_crt_t *certs, guint n_certs);

/* Does the peer's certificate convince us? host: the name that it must bear; NULL: none. *ret_alert is what to tell the
 * peer when not. */
bool tls_verify_peer(const TlsCreds *creds, gnutls_session_t session, const char *host,
                     gnutls_alert_description_t *ret_alert, GError **err);
