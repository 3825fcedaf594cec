/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Before the first byte of a message: hands are shaken, certificates looked at, and the server says that it accepts the
 * client. Whatever goes wrong, either side learns why. */
#include "rpc/tls-session.h"

#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"

#define ACCEPTED 1

static const char *
alert_text(TlsChan *t)
{
    const char *name = gnutls_alert_get_name(gnutls_alert_get(t->session));

    return name ? name : "?";
}

static ChanResult
fail_client_refused(TlsChan *t, GError **err)
{
    if (t->creds->has_cert)
        fail(err, VIR_ERR_AUTH_FAILED, _("the server '%s' refused our certificate '%s': %s"), t->host, t->creds->cert_file,
             alert_text(t));
    else
        fail(err, VIR_ERR_AUTH_FAILED, _("the server '%s' refused us: %s; there is no client certificate at '%s'"), t->host,
             alert_text(t), t->creds->cert_file);
    return CHAN_FAILED;
}

ChanResult
tls_fail_alert(TlsChan *t, GError **err)
{
    if (!t->host)
        fail(err, VIR_ERR_AUTH_FAILED, _("the client ended TLS with an alert: %s"), alert_text(t));
    else if (t->step == TLS_STEP_CONFIRM)
        return fail_client_refused(t, err);
    else
        fail(err, VIR_ERR_AUTH_FAILED, _("the server '%s' ended TLS with an alert: %s"), t->host, alert_text(t));
    return CHAN_FAILED;
}

static ChanResult
fail_closed(TlsChan *t, GError **err)
{
    if (!t->host)
        fail(err, VIR_ERR_AUTH_FAILED, _("TLS handshake failed: the client closed the connection"));
    else if (t->step == TLS_STEP_CONFIRM && t->creds->has_cert)
        fail(err, VIR_ERR_AUTH_FAILED,
             _("the server '%s' closed the connection after the TLS handshake: it did not accept our certificate '%s'"),
             t->host, t->creds->cert_file);
    else if (t->step == TLS_STEP_CONFIRM)
        fail(err, VIR_ERR_AUTH_FAILED,
             _("the server '%s' closed the connection after the TLS handshake; there is no client certificate at '%s'"),
             t->host, t->creds->cert_file);
    else
        fail(err, VIR_ERR_AUTH_FAILED,
             _("TLS handshake with '%s' failed: the server closed the connection; is its port one for TLS?"), t->host);
    return CHAN_FAILED;
}

static ChanResult
fail_start(TlsChan *t, int rc, GError **err)
{
    if (t->broken || t->verdict) {
        g_propagate_error(err, t->broken ? g_steal_pointer(&t->broken) : g_steal_pointer(&t->verdict));
        return CHAN_FAILED;
    }
    if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
        return tls_fail_alert(t, err);
    if (t->ended || rc == GNUTLS_E_PREMATURE_TERMINATION || rc == 0)
        return fail_closed(t, err);
    if (t->not_tls && t->host)
        fail(err, VIR_ERR_AUTH_FAILED, _("TLS handshake with '%s' failed: what answers at this port does not speak TLS"),
             t->host);
    else if (t->not_tls)
        fail(err, VIR_ERR_AUTH_FAILED, _("TLS handshake failed: the client does not speak TLS; this port is for qemu+tls://"));
    else if (t->host)
        fail(err, VIR_ERR_AUTH_FAILED, _("TLS handshake with '%s' failed: %s"), t->host, gnutls_strerror(rc));
    else
        fail(err, VIR_ERR_AUTH_FAILED, _("TLS handshake failed: %s"), gnutls_strerror(rc));
    return CHAN_FAILED;
}

/* The peer shall know why; if it does not fit into the socket now, it need not. */
static void
send_alert(TlsChan *t, int rc)
{
    if (t->broken || t->ended || rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
        return;
    if (t->verdict)
        gnutls_alert_send(t->session, GNUTLS_AL_FATAL, t->verdict_alert);
    else
        gnutls_alert_send_appropriate(t->session, rc);
    g_clear_error(&t->broken); /* it has hung up; why it is refused matters more */
}

static void
verify(TlsChan *t)
{
    tls_verify_peer(t->creds, t->session, t->host, &t->verdict_alert, &t->verdict);
}

int
tls_verify_in_handshake(gnutls_session_t session)
{
    TlsChan *t = gnutls_session_get_ptr(session);

    verify(t);
    return t->verdict ? -1 : 0;
}

static ChanResult
shake_hands(TlsChan *t, GError **err)
{
    int rc = tls_session_shake_hands(t);

    if (t->blocked && !t->verdict)
        return tls_session_blocked(t);
    if (rc == GNUTLS_E_SUCCESS && !t->host)
        verify(t);
    if (rc == GNUTLS_E_SUCCESS && !t->verdict)
        return CHAN_DONE;
    send_alert(t, rc);
    return fail_start(t, rc, err);
}

static ChanResult
confirm(TlsChan *t, GError **err)
{
    guint8 byte = ACCEPTED;
    gssize rc = t->host ? tls_session_receive(t, &byte, 1) : tls_session_send(t, &byte, 1);

    if (t->blocked && rc < 0)
        return tls_session_blocked(t);
    if (rc != 1)
        return fail_start(t, (int)rc, err);
    if (byte == ACCEPTED)
        return CHAN_DONE;
    fail(err, VIR_ERR_AUTH_FAILED, _("the server '%s' did not accept us: it said %u instead of 1"), t->host, byte);
    return CHAN_FAILED;
}

ChanResult
tls_start(Chan *c, GError **err)
{
    TlsChan                *t = (TlsChan *)c;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&t->lock);
    ChanResult              result = CHAN_DONE;

    while (t->step != TLS_STEP_OPEN && result == CHAN_DONE) {
        result = t->step == TLS_STEP_HANDSHAKE ? shake_hands(t, err) : confirm(t, err);
        if (result == CHAN_DONE)
            t->step++;
    }
    if (result == CHAN_DONE) {
        g_autofree char *suite = gnutls_session_get_desc(t->session);

        g_atomic_int_set(&t->read_wants, G_IO_IN);
        log_debug("TLS with %s: %s", t->host ? t->host : "a client", suite ? suite : "?");
    }
    return result;
}
