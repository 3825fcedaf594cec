/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * With several connections it is QEMU that connects, and shakes hands in its main loop on a socket that nobody else has: one
 * that gets no answer would stop guest and monitor for good. Whether there is an answer is therefore found out before QEMU is
 * told. We go as far as the destination's certificate and hang up: QEMU there takes a connection for its guest's only when
 * the hands are shaken, and goes on waiting.
 */
#include <gnutls/gnutls.h>
#include <poll.h>
#include <string.h>

#include "qemu/migrate-words.h"
#include "qemu/via.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* It may be anybody's: QEMU looks at it itself. */
static int
on_certificate(gnutls_session_t session)
{
    *(bool *)gnutls_session_get_ptr(session) = true;
    return GNUTLS_E_CERTIFICATE_ERROR;
}

static bool
wait_for_answer(gnutls_session_t session, int fd, gint64 deadline)
{
    struct pollfd pfd = { .fd = fd, .events = gnutls_record_get_direction(session) ? POLLOUT : POLLIN };
    gint64        left = (deadline - g_get_monotonic_time()) / 1000;

    /* Also one that talks without end and says nothing has only so long. */
    if (deadline && left <= 0)
        return false;
    return poll(&pfd, 1, deadline ? (int)MIN(left, G_MAXINT) : -1) != 0;
}

/* *ret_rc: how it ended; GNUTLS_E_TIMEDOUT: it has not. */
static bool
hear_certificate(gnutls_session_t session, int fd, unsigned limit, int *ret_rc)
{
    gint64 deadline = limit ? g_get_monotonic_time() + limit * G_TIME_SPAN_SECOND : 0;
    bool   heard = false;

    gnutls_session_set_ptr(session, &heard);
    gnutls_transport_set_int(session, fd);
    while ((*ret_rc = gnutls_handshake(session)) < 0 && !gnutls_error_is_fatal(*ret_rc)) {
        if (!wait_for_answer(session, fd, deadline)) {
            *ret_rc = GNUTLS_E_TIMEDOUT;
            return false;
        }
    }
    /* Told why, it does not have to look for an error of its own. */
    if (heard)
        gnutls_alert_send(session, GNUTLS_AL_FATAL, GNUTLS_A_USER_CANCELED);
    return heard || *ret_rc == GNUTLS_E_SUCCESS;
}

static bool
fail_hello(QemuMig *mig, int rc, GError **err)
{
    bool aborted;

    g_mutex_lock(&mig->lock);
    aborted = mig->abort;
    g_mutex_unlock(&mig->lock);
    if (aborted)
        return qmig_fail_aborted(mig, err);
    if (rc == GNUTLS_E_TIMEDOUT)
        return qmig_fail_unopened(mig, err);
    return fail(err, VIR_ERR_SYSTEM_ERROR, _("the TLS handshake with '%s' failed: %s: look whether that is where the "
                "destination's QEMU listens, and at its log"), mig->far_end, gnutls_strerror(rc));
}

bool
via_hello(ViaSrc *src, int fd, GError **err)
{
    const QemuConfig                *config = src->mig->dom->driver->config;
    gnutls_certificate_credentials_t creds = NULL;
    gnutls_session_t                 session = NULL;
    int                              rc;
    bool                             ok;

    if (!qmig_line_hold(src->mig, fd, err))
        return false;
    gnutls_certificate_allocate_credentials(&creds);
    gnutls_certificate_set_verify_function(creds, on_certificate);
    gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    rc = gnutls_priority_set_direct(session, config->migrate_tls_priority ? config->migrate_tls_priority : "NORMAL", NULL);
    if (rc == GNUTLS_E_SUCCESS)
        rc = gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, creds);
    if (rc == GNUTLS_E_SUCCESS && src->mig->tls_hostname)
        gnutls_server_name_set(session, GNUTLS_NAME_DNS, src->mig->tls_hostname, strlen(src->mig->tls_hostname));
    ok = rc == GNUTLS_E_SUCCESS && hear_certificate(session, fd, config->migrate_silence, &rc);
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(creds);
    qmig_line_release(src->mig);
    return ok || fail_hello(src->mig, rc, err);
}
