/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/tls-session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define READ_AHEAD (64 << 10) /* one read of the socket for several records */
#define RECORD_HANDSHAKE 22
#define RECORD_ALERT 21
/* Records in a row that say nothing (tickets, new keys, warnings). Who sends more keeps us from everybody else. */
#define IDLE_RECORDS_MAX 64

/* What GnuTLS asks of the channel below */

static ssize_t
give_up(TlsChan *t, ChanResult result)
{
    t->ended = t->ended || result == CHAN_EOF;
    if (result == CHAN_EOF)
        return 0;
    t->blocked = result == CHAN_AGAIN;
    gnutls_transport_set_errno(t->session, t->blocked ? EAGAIN : EIO);
    return -1;
}

static ChanResult
read_ahead(TlsChan *t)
{
    gsize      n = 0;
    ChanResult result;

    if (!t->in)
        t->in = g_malloc(READ_AHEAD);
    result = chan_read(t->base.below, t->in, READ_AHEAD, &n, &t->broken);
    t->in_pos = 0;
    t->in_len = result == CHAN_DONE ? n : 0;
    if (t->in_len == 0)
        g_clear_pointer(&t->in, g_free); /* idle connections hold no buffer */
    else if (!t->heard)
        t->not_tls = t->in[0] != RECORD_HANDSHAKE && t->in[0] != RECORD_ALERT;
    t->heard = t->heard || t->in_len > 0;
    return result;
}

static ssize_t
pull(gnutls_transport_ptr_t data, void *buf, size_t size)
{
    TlsChan *t = data;
    gsize    n;

    if (t->in_pos == t->in_len) {
        ChanResult result = read_ahead(t);

        if (result != CHAN_DONE)
            return give_up(t, result);
    }
    n = MIN(size, t->in_len - t->in_pos);
    memcpy(buf, t->in + t->in_pos, n);
    t->in_pos += n;
    return (ssize_t)n;
}

static ssize_t
push(gnutls_transport_ptr_t data, const giovec_t *v, int n_v)
{
    TlsChan   *t = data;
    gsize      n = 0;
    ChanResult result;

    G_STATIC_ASSERT(sizeof(giovec_t) == sizeof(struct iovec));
    result = chan_write(t->base.below, (const struct iovec *)(const void *)v, n_v, &n, &t->broken);
    return result == CHAN_DONE ? (ssize_t)n : give_up(t, result);
}

/* Calls */

/* One that GnuTLS ended although the channel below would go on (a ticket came, a warning) is to be repeated. */
static bool
is_idle(TlsChan *t, gssize rc)
{
    if (t->broken || t->verdict || t->blocked)
        return false;
    return rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED || rc == GNUTLS_E_WARNING_ALERT_RECEIVED;
}

/* *rc: of the call that has just ended. */
static bool
repeat(TlsChan *t, gssize *rc, int *n)
{
    if (!is_idle(t, *rc))
        return false;
    if (++*n < IDLE_RECORDS_MAX)
        return true;
    *rc = GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS;
    return false;
}

int
tls_session_shake_hands(TlsChan *t)
{
    gssize rc;
    int    n = 0;

    do {
        t->blocked = false;
        rc = gnutls_handshake(t->session);
    } while (repeat(t, &rc, &n));
    return (int)rc;
}

gssize
tls_session_send(TlsChan *t, const void *data, gsize len)
{
    bool   resumed = t->unsent > 0;
    gssize rc;
    int    n = 0;

    do {
        t->blocked = false;
        rc = t->unsent ? gnutls_record_send(t->session, NULL, 0) : gnutls_record_send(t->session, data, len);
        t->unsent = rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED ? len : 0;
    } while (repeat(t, &rc, &n));
    /* The peer has asked for new keys in between: the message that grants them has pushed the record out before it, and
     * GnuTLS finds nothing that it could go on with. */
    return resumed && rc == GNUTLS_E_INVALID_REQUEST ? (gssize)len : rc;
}

gssize
tls_session_receive(TlsChan *t, void *buf, gsize size)
{
    gssize rc;
    int    n = 0;

    do {
        t->blocked = false;
        rc = gnutls_record_recv(t->session, buf, size);
    } while (repeat(t, &rc, &n));
    return rc;
}

ChanResult
tls_session_blocked(TlsChan *t)
{
    g_atomic_int_set(&t->read_wants, gnutls_record_get_direction(t->session) ? G_IO_OUT : G_IO_IN);
    return CHAN_AGAIN;
}

/* Life */

static bool
is_address(const char *host)
{
    guint8 address[16];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

int
tls_session_init(TlsChan *t)
{
    /* No tickets: every connection shows its certificates. The client's is sent also when the server names other CAs,
     * so that the server can say what is wrong with it. */
    unsigned flags = GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL;
    int      rc = gnutls_init(&t->session, flags | (t->host ? GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT : GNUTLS_SERVER));

    if (rc < 0)
        return rc;
    gnutls_session_set_ptr(t->session, t);
    gnutls_transport_set_ptr(t->session, t);
    gnutls_transport_set_pull_function(t->session, pull);
    gnutls_transport_set_vec_push_function(t->session, push);
    gnutls_handshake_set_timeout(t->session, 0); /* the loop has a timer */
    rc = gnutls_priority_set(t->session, t->creds->priority);
    if (rc == 0)
        rc = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->creds->x509);
    if (!t->host)
        gnutls_certificate_server_set_request(t->session, GNUTLS_CERT_REQUEST);
    else if (!t->creds->no_verify)
        gnutls_session_set_verify_function(t->session, tls_verify_in_handshake);
    if (rc == 0 && t->host && !is_address(t->host))
        rc = gnutls_server_name_set(t->session, GNUTLS_NAME_DNS, t->host, strlen(t->host));
    return rc;
}

void
tls_session_clear(TlsChan *t)
{
    gnutls_deinit(t->session);
    if (t->in)
        explicit_bzero(t->in, t->in_len);
    g_free(t->in);
    g_clear_error(&t->broken);
    g_clear_error(&t->verdict);
}
