/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tls-peer.h"

#include <errno.h>
#include <string.h>

/* The wire, as the channel sees it */

typedef struct {
    Chan     base;
    TlsPeer *peer;
} Wire;

static gsize
take(GByteArray *from, void *buf, gsize size)
{
    gsize n = MIN(size, from->len);

    if (n > 0) {
        memcpy(buf, from->data, n);
        g_byte_array_remove_range(from, 0, (guint)n);
    }
    return n;
}

static ChanResult
wire_read(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err)
{
    TlsPeer *p = ((Wire *)c)->peer;

    *ret_n = take(p->to, buf, size);
    return *ret_n > 0 ? CHAN_DONE : p->closed ? CHAN_EOF : CHAN_AGAIN;
}

static ChanResult
wire_write(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err)
{
    TlsPeer *p = ((Wire *)c)->peer;
    gsize    had = p->from->len;

    for (int i = 0; i < n_v; i++) {
        gsize left = p->room == 0 ? G_MAXSIZE : p->room > p->from->len ? p->room - p->from->len : 0;

        g_byte_array_append(p->from, v[i].iov_base, (guint)MIN(v[i].iov_len, left));
    }
    *ret_n = p->from->len - had;
    return *ret_n > 0 ? CHAN_DONE : CHAN_AGAIN;
}

static void
wire_free(Chan *c)
{
}

static const ChanOps wire_ops = { .name = "wire", .read = wire_read, .write = wire_write, .free = wire_free };

/* and as the peer sees it */

static ssize_t
pull(gnutls_transport_ptr_t data, void *buf, size_t size)
{
    TlsPeer *p = data;
    gsize    n = take(p->from, buf, size);

    if (n == 0)
        gnutls_transport_set_errno(p->session, EAGAIN);
    return n > 0 ? (ssize_t)n : -1;
}

static ssize_t
push(gnutls_transport_ptr_t data, const void *buf, size_t size)
{
    TlsPeer *p = data;

    g_byte_array_append(p->to, buf, (guint)size);
    return (ssize_t)size;
}

static void
must(int rc, const char *what)
{
    if (rc < 0)
        g_error("TLS peer: %s: %s", what, gnutls_strerror(rc));
}

static void
set_up(TlsPeer *p, const Certs *certs, bool server, const char *priority)
{
    const char      *own = server ? "server" : "alice";
    g_autofree char *cert = certs_path(certs, own, "cert.pem");
    g_autofree char *key = certs_path(certs, own, "key.pem");

    must(gnutls_init(&p->session, GNUTLS_NONBLOCK | (server ? GNUTLS_SERVER : GNUTLS_CLIENT)), "session");
    must(gnutls_certificate_allocate_credentials(&p->x509), "credentials");
    must(gnutls_certificate_set_x509_key_file(p->x509, cert, key, GNUTLS_X509_FMT_PEM), cert);
    must(gnutls_credentials_set(p->session, GNUTLS_CRD_CERTIFICATE, p->x509), "credentials");
    must(gnutls_priority_set_direct(p->session, priority, NULL), priority);
    gnutls_transport_set_ptr(p->session, p);
    gnutls_transport_set_pull_function(p->session, pull);
    gnutls_transport_set_push_function(p->session, push);
    if (server)
        gnutls_certificate_server_set_request(p->session, GNUTLS_CERT_REQUEST);
}

static void
shake_hands(TlsPeer *p)
{
    ChanResult theirs = CHAN_AGAIN;
    int        ours = GNUTLS_E_AGAIN;

    while (ours == GNUTLS_E_AGAIN || ours == GNUTLS_E_INTERRUPTED) {
        ours = gnutls_handshake(p->session);
        if (theirs == CHAN_AGAIN)
            theirs = chan_start(p->chan, NULL);
    }
    must(ours, "handshake");
}

/* The byte by which the server accepts the client. */
static void
swap_byte(TlsPeer *p, bool server)
{
    guint8 byte = 1;

    if (server)
        must((int)gnutls_record_send(p->session, &byte, 1), "confirming");
    g_assert_true(chan_start(p->chan, NULL) == CHAN_DONE);
    while (!server) { /* tickets may come first */
        gssize rc = gnutls_record_recv(p->session, &byte, 1);

        if (rc == 1)
            break;
        must(rc == GNUTLS_E_AGAIN ? 0 : (int)rc, "confirmation");
    }
}

void
tls_peer_open(TlsPeer *p, const Certs *certs, TlsRole role, const char *priority)
{
    bool  server = role == TLS_CLIENT;
    Wire *wire = g_new0(Wire, 1);

    *p = (TlsPeer) { .to = g_byte_array_new(), .from = g_byte_array_new() };
    *wire = (Wire) { { .ops = &wire_ops, .fd = -1 }, p };
    p->creds = certs_load(certs, "ca", role == TLS_SERVER ? "server" : "alice", (TlsConfig) { .role = role }, NULL);
    p->chan = chan_new_tls(&wire->base, p->creds, "good.example", NULL);
    set_up(p, certs, server, priority);
    shake_hands(p);
    swap_byte(p, server);
    g_byte_array_set_size(p->to, 0);
}

void
tls_peer_clear(TlsPeer *p)
{
    chan_free(p->chan);
    tls_creds_unref(p->creds);
    gnutls_deinit(p->session);
    gnutls_certificate_free_credentials(p->x509);
    g_byte_array_unref(p->to);
    g_byte_array_unref(p->from);
}

void
tls_peer_say(TlsPeer *p, const char *text)
{
    must((int)gnutls_record_send(p->session, text, strlen(text)), "sending");
}
