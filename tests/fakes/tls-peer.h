/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer of a TLS channel that does as the test likes, after hands have been shaken as they should: plain GnuTLS, and a
 * wire in memory whose bytes lie open. */
#pragma once

#include <gnutls/gnutls.h>

#include "certs.h"
#include "rpc/chan-tls.h"

typedef struct {
    /* the channel under test */
    Chan     *chan;
    TlsCreds *creds;

    /* the peer */
    gnutls_session_t                 session;
    gnutls_certificate_credentials_t x509;

    /* the wire */
    GByteArray *to, *from; /* to the channel, from it */
    gsize       room;      /* bytes from it that the wire holds; 0: any number */
    bool        closed;    /* the channel has got all that it will get */
} TlsPeer;

/* role: of the channel; priority: of the peer. */
void tls_peer_open(TlsPeer *p, const Certs *certs, TlsRole role, const char *priority);
void tls_peer_clear(TlsPeer *p);
void tls_peer_say(TlsPeer *p, const char *text);
