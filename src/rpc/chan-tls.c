/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/chan-tls.h"

#include <string.h>

#include "rpc/tls-session.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_RPC

#define RECORD_MAX 16384

static ChanResult
fail_io(TlsChan *t, gssize rc, const char *doing, GError **err)
{
    if (t->broken) {
        g_propagate_error(err, g_steal_pointer(&t->broken));
        return CHAN_FAILED;
    }
    if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
        return tls_fail_alert(t, err);
    if (rc == GNUTLS_E_REHANDSHAKE)
        fail(err, VIR_ERR_RPC, _("the peer wants to negotiate TLS anew, which is not allowed"));
    else
        fail(err, VIR_ERR_SYSTEM_ERROR, "%s: %s", doing, gnutls_strerror((int)rc));
    return CHAN_FAILED;
}

static ChanResult
tls_read(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err)
{
    TlsChan                *t = (TlsChan *)c;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&t->lock);
    gssize                  rc = tls_session_receive(t, buf, size);

    if (rc > 0) {
        *ret_n = (gsize)rc;
        return CHAN_DONE;
    }
    /* Packets have a length: an end without TLS's own goodbye, as libvirt leaves, cuts no message short unnoticed. */
    if (rc == 0 || t->ended)
        return CHAN_EOF;
    return t->blocked ? tls_session_blocked(t) : fail_io(t, rc, _("Cannot recv data"), err);
}

/* Where in the vector we are. */
typedef struct {
    const struct iovec *v;
    int                 n_v;
    gsize               pos; /* in the first */
} Cursor;

static void
skip(Cursor *at, gsize n)
{
    at->pos += n;
    while (at->n_v > 0 && at->pos >= at->v->iov_len) {
        at->pos -= at->v->iov_len;
        at->v++;
        at->n_v--;
    }
}

/* Bytes for one record: in place when they lie together, else put together in room. */
static const guint8 *
take_record(const Cursor *at, guint8 *room, gsize *ret_len)
{
    Cursor from = *at;
    gsize  first = from.v->iov_len - from.pos;

    *ret_len = 0;
    if (first >= RECORD_MAX || from.n_v == 1) {
        *ret_len = MIN(first, RECORD_MAX);
        return (const guint8 *)from.v->iov_base + from.pos;
    }
    while (from.n_v > 0 && *ret_len < RECORD_MAX) {
        gsize n = MIN(from.v->iov_len - from.pos, RECORD_MAX - *ret_len);

        memcpy(room + *ret_len, (const guint8 *)from.v->iov_base + from.pos, n);
        *ret_len += n;
        skip(&from, n);
    }
    return room;
}

static ChanResult
tls_write(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err)
{
    TlsChan                *t = (TlsChan *)c;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&t->lock);
    guint8                  room[RECORD_MAX];
    Cursor                  at = { v, n_v, 0 };
    gsize                   total = 0, len;
    gssize                  rc = 0;

    skip(&at, 0);
    while (at.n_v > 0) {
        const guint8 *data = take_record(&at, room, &len);

        rc = tls_session_send(t, data, t->unsent ? t->unsent : len);
        if (rc <= 0)
            break;
        total += (gsize)rc;
        skip(&at, (gsize)rc);
    }
    *ret_n = total;
    if (total > 0)
        return CHAN_DONE; /* what went wrong behind it will do so again */
    return t->blocked ? CHAN_AGAIN : fail_io(t, rc, _("Cannot write data"), err);
}

static GIOCondition
tls_wants(const Chan *c, GIOCondition dir)
{
    const TlsChan *t = (const TlsChan *)c;

    return dir == G_IO_IN ? (GIOCondition)g_atomic_int_get(&t->read_wants) : dir;
}

/* What GnuTLS can decode without asking the socket. After a read that said CHAN_AGAIN there is nothing. */
static bool
tls_pending(const Chan *c)
{
    TlsChan                *t = (TlsChan *)c;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&t->lock);

    return t->in_pos < t->in_len || gnutls_record_check_pending(t->session) > 0;
}

static void
tls_shutdown(Chan *c)
{
    TlsChan                *t = (TlsChan *)c;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&t->lock);

    if (t->step == TLS_STEP_OPEN && !t->unsent)
        gnutls_bye(t->session, GNUTLS_SHUT_WR);
}

static void
tls_free(Chan *c)
{
    TlsChan *t = (TlsChan *)c;

    tls_session_clear(t);
    tls_creds_unref(t->creds);
    g_free(t->host);
    g_mutex_clear(&t->lock);
}

static const ChanOps tls_ops = {
    .name = "TLS",
    .start = tls_start,
    .read = tls_read,
    .write = tls_write,
    .wants = tls_wants,
    .pending = tls_pending,
    .shutdown = tls_shutdown,
    .free = tls_free,
};

Chan *
chan_new_tls(Chan *below, TlsCreds *creds, const char *host, GError **err)
{
    TlsChan *t = g_new0(TlsChan, 1);
    int      rc;

    t->base = (Chan) { .ops = &tls_ops, .below = below, .fd = -1 };
    t->creds = tls_creds_ref(creds);
    t->host = creds->role == TLS_CLIENT ? g_strdup(host ? host : "localhost") : NULL;
    t->read_wants = G_IO_IN;
    g_mutex_init(&t->lock);
    rc = tls_session_init(t);
    if (rc == 0)
        return &t->base;
    chan_free(&t->base);
    return fail_null(err, VIR_ERR_SYSTEM_ERROR, _("cannot set up TLS: %s"), gnutls_strerror(rc));
}
