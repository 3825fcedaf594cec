/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The TLS channel from within: chan-tls.c (bytes), tls-start.c (who is it?) and tls-session.c (GnuTLS above the channel
 * below) share it; nobody else includes this. The functions are called under the lock.
 */
#pragma once

#include "rpc/chan-tls.h"
#include "rpc/tls-private.h"

typedef enum { TLS_STEP_HANDSHAKE, TLS_STEP_CONFIRM, TLS_STEP_OPEN } TlsStep;

typedef struct {
    Chan      base;
    /* fixed */
    TlsCreds *creds;
    char     *host; /* NULL on the server */

    gint read_wants; /* atomic: GIOCondition after CHAN_AGAIN */

    /* GnuTLS lets one thread read while another writes only until keys change. */
    GMutex           lock;
    /* under lock */
    gnutls_session_t session;
    TlsStep          step;
    guint8          *in; /* ciphertext read ahead; NULL while there is none */
    gsize            in_pos, in_len;
    gsize            unsent; /* bytes in a record that GnuTLS has not got rid of */
    bool             heard;  /* anything */
    bool             not_tls; /* the first byte was no record's */
    bool             ended;   /* the channel below is at its end */
    /* of the GnuTLS call under way: */
    bool             blocked;
    GError          *broken;  /* the channel below */
    GError          *verdict; /* the peer's certificate */
    gnutls_alert_description_t verdict_alert;
} TlsChan;

/* GnuTLS's code. */
int  tls_session_init(TlsChan *t);
void tls_session_clear(TlsChan *t);

/* As GnuTLS's functions, except that they end only when they are done, the channel below is to be waited for (t->blocked)
 * or something is wrong. Whoever got no room for a record sends the same bytes again. */
int    tls_session_shake_hands(TlsChan *t);
gssize tls_session_receive(TlsChan *t, void *buf, gsize size);
gssize tls_session_send(TlsChan *t, const void *data, gsize len);

/* CHAN_AGAIN while starting or reading: tls_wants() then knows for what. */
ChanResult tls_session_blocked(TlsChan *t);

/* ChanOps.start */
ChanResult tls_start(Chan *c, GError **err);
/* The peer has ended TLS, and said why. CHAN_FAILED. */
ChanResult tls_fail_alert(TlsChan *t, GError **err);
/* For GnuTLS: on the client the server's certificate is looked at before anything of ours is sent. */
int        tls_verify_in_handshake(gnutls_session_t session);
