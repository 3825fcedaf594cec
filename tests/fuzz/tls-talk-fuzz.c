/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After the handshake: a peer, and somebody on the wire, do what the input's pairs of bytes (what, how much) say.
 * Nothing may be read on either side that the other has not said, in that order. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../fakes/tls-peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SAID_MAX 65536

/* One direction. */
typedef struct {
    guint8 said[SAID_MAX];
    gsize  n_said, n_heard;
} Talk;

typedef struct {
    TlsPeer    peer;
    Talk       in, out; /* to the channel, from it */
    ChanResult result;  /* of the channel */
    gsize      due;     /* bytes that a write that said CHAN_AGAIN is to be repeated with */
} Run;

static Certs certs;

static void
remove_certs(void)
{
    certs_clear(&certs);
}

static void
expect(bool ok)
{
    if (!ok)
        __builtin_trap();
}

static const guint8 *
more_to_say(Talk *t, gsize n)
{
    for (gsize i = 0; i < n; i++)
        t->said[t->n_said + i] = (guint8)((t->n_said + i) * 2654435761u >> 23);
    return t->said + t->n_said;
}

static void
note_heard(Talk *t, const guint8 *data, gsize n)
{
    expect(t->n_heard + n <= t->n_said);
    expect(memcmp(t->said + t->n_heard, data, n) == 0);
    t->n_heard += n;
}

static void
note_result(Run *r, ChanResult result, const GError *err)
{
    expect((result == CHAN_FAILED) == (err != NULL));
    if (result == CHAN_EOF || result == CHAN_FAILED)
        r->result = result;
}

/* The channel */

static void
channel_reads(Run *r, uint8_t n)
{
    g_autoptr(GError) err = NULL;
    guint8            buf[256];
    gsize             got = 0;
    ChanResult        result = chan_read(r->peer.chan, buf, n ? n : sizeof(buf), &got, &err);

    note_result(r, result, err);
    if (result == CHAN_DONE)
        note_heard(&r->in, buf, got);
    if (result == CHAN_AGAIN)
        expect(!chan_pending(r->peer.chan));
}

static void
channel_writes(Run *r, uint8_t n)
{
    g_autoptr(GError) err = NULL;
    gsize             len = r->due ? r->due : MIN((gsize)n * 128, SAID_MAX - r->out.n_said), written = 0;
    struct iovec      v = { (void *)more_to_say(&r->out, len), len };
    ChanResult        result;

    if (len == 0)
        return;
    result = chan_write(r->peer.chan, &v, 1, &written, &err);
    note_result(r, result, err);
    r->due = result == CHAN_AGAIN ? len : result == CHAN_DONE ? len - written : 0;
    r->out.n_said += result == CHAN_DONE ? written : 0;
}

/* The peer */

static void
peer_says(Run *r, uint8_t n)
{
    gsize len = MIN((gsize)n + 1, SAID_MAX - r->in.n_said);

    if (len > 0 && gnutls_record_send(r->peer.session, more_to_say(&r->in, len), len) == (ssize_t)len)
        r->in.n_said += len;
}

/* Only whole records arrive, so some of what is heard may belong to a write that has not said so yet. */
static void
peer_reads(Run *r, uint8_t n)
{
    guint8  buf[4096];
    ssize_t got = gnutls_record_recv(r->peer.session, buf, sizeof(buf));

    if (got <= 0)
        return;
    r->out.n_said += r->due;
    note_heard(&r->out, buf, (gsize)got);
    r->out.n_said -= r->due;
}

static void
peer_changes_keys(Run *r, uint8_t n)
{
    gnutls_session_key_update(r->peer.session, n & 1 ? GNUTLS_KU_PEER : 0);
}

static void
peer_says_good_bye(Run *r, uint8_t n)
{
    gnutls_bye(r->peer.session, GNUTLS_SHUT_WR);
}

static void
peer_warns(Run *r, uint8_t n)
{
    gnutls_alert_send(r->peer.session, n & 1 ? GNUTLS_AL_WARNING : GNUTLS_AL_FATAL, n);
}

/* The wire */

static void
wire_flips(Run *r, uint8_t n)
{
    if (r->peer.to->len > 0)
        r->peer.to->data[n % r->peer.to->len] ^= (guint8)(1 << n % 8);
}

static void
wire_cuts(Run *r, uint8_t n)
{
    g_byte_array_set_size(r->peer.to, MIN(r->peer.to->len, n));
}

static void
wire_drops(Run *r, uint8_t n)
{
    g_byte_array_remove_range(r->peer.to, 0, MIN(r->peer.to->len, n));
}

static void
wire_inserts(Run *r, uint8_t n)
{
    const guint8 record[] = { (guint8)(20 + n % 5), 3, 3, 0, n };

    g_byte_array_append(r->peer.to, record, sizeof(record));
    for (uint8_t i = 0; i < n; i++)
        g_byte_array_append(r->peer.to, &i, 1);
}

static void
wire_repeats(Run *r, uint8_t n)
{
    guint              len = MIN(r->peer.to->len, 4096);
    g_autofree guint8 *copy = g_memdup2(r->peer.to->data, len);

    if (len > 0)
        g_byte_array_append(r->peer.to, copy, len);
}

static void
wire_has_room(Run *r, uint8_t n)
{
    r->peer.room = (gsize)n * 64;
}

static void
wire_ends(Run *r, uint8_t n)
{
    r->peer.closed = true;
}

static void (*const acts[])(Run *r, uint8_t n) = {
    channel_reads, channel_writes, peer_says,    peer_reads,   peer_changes_keys, peer_says_good_bye, peer_warns,
    wire_flips,    wire_cuts,      wire_drops,   wire_inserts, wire_repeats,      wire_has_room,      wire_ends,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Run *r;

    if (size < 3)
        return 0;
    if (!certs.dir) {
        certs_make(&certs);
        atexit(remove_certs);
    }
    r = g_new0(Run, 1);
    r->result = CHAN_DONE;
    tls_peer_open(&r->peer, &certs, data[0] & 1 ? TLS_SERVER : TLS_CLIENT,
                  data[0] & 2 ? "NORMAL:-VERS-ALL:+VERS-TLS1.2" : "NORMAL:-VERS-ALL:+VERS-TLS1.3");
    for (size_t i = 1; i + 1 < size && i < 512 && r->result == CHAN_DONE; i += 2)
        acts[data[i] % G_N_ELEMENTS(acts)](r, data[i + 1]);
    chan_shutdown(r->peer.chan);
    tls_peer_clear(&r->peer);
    g_free(r);
    return 0;
}
