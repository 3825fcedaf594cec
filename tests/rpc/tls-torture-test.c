/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes after the handshake: if these fail, a peer that breaks off, sends nonsense or keeps changing keys gets
 * messages in that were not sent so, or keeps a daemon busy that others need. */
#include <string.h>

#include "../fakes/tls-peer.h"

#include "../unit.h"

#define STORM 3000

typedef struct {
    const char *name, *priority;
} Version;

static const Version tls_1_2 = { "TLS 1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2" };
static const Version tls_1_3 = { "TLS 1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3" };

static Certs certs;

/* What the peer does */

static void
say_one(TlsPeer *p)
{
    tls_peer_say(p, "one");
}

static void
say_and_leave(TlsPeer *p)
{
    tls_peer_say(p, "one");
    gnutls_bye(p->session, GNUTLS_SHUT_WR);
    p->closed = true;
}

static void
say_and_vanish(TlsPeer *p)
{
    tls_peer_say(p, "one");
    p->closed = true;
}

static void
talk_after_the_end(TlsPeer *p)
{
    say_and_leave(p);
    g_byte_array_append(p->to, (const guint8 *)"two", 3);
}

static void
send_half_a_record(TlsPeer *p)
{
    guint first;

    tls_peer_say(p, "one");
    first = p->to->len;
    tls_peer_say(p, "two");
    g_byte_array_set_size(p->to, (first + p->to->len) / 2);
}

static void
vanish_within_a_record(TlsPeer *p)
{
    send_half_a_record(p);
    p->closed = true;
}

static void
send_garbage(TlsPeer *p)
{
    tls_peer_say(p, "one");
    for (guint i = 0; i < 2000; i++)
        g_byte_array_append(p->to, (const guint8[]) { (guint8)(i * 2654435761u >> 11) }, 1);
}

static void
send_plain_packet(TlsPeer *p)
{
    static const guint8 call[] = { 0, 0, 0, 28, 0x20, 0, 0x80, 0x86, 0, 0, 0, 1, 0, 0, 0, 66, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };

    g_byte_array_append(p->to, call, sizeof(call));
}

static void
send_twice(TlsPeer *p)
{
    g_autofree guint8 *copy = NULL;
    guint              len;

    tls_peer_say(p, "one");
    len = p->to->len;
    copy = g_memdup2(p->to->data, len);
    g_byte_array_append(p->to, copy, len);
}

static void
send_in_wrong_order(TlsPeer *p)
{
    g_autofree guint8 *first = NULL;
    guint              len;

    tls_peer_say(p, "one");
    len = p->to->len;
    first = g_memdup2(p->to->data, len);
    tls_peer_say(p, "two");
    g_byte_array_remove_range(p->to, 0, len);
    g_byte_array_append(p->to, first, len);
}

static void
send_a_plain_alert(TlsPeer *p)
{
    static const guint8 close_notify[] = { 21, 3, 3, 0, 2, 1, 0 };

    g_byte_array_append(p->to, close_notify, sizeof(close_notify));
}

static void
change_keys(TlsPeer *p)
{
    for (int i = 0; i < 3; i++) {
        assert_return_code(gnutls_session_key_update(p->session, GNUTLS_KU_PEER), 0);
        tls_peer_say(p, i == 0 ? "o" : i == 1 ? "n" : "e");
    }
}

static void
change_keys_for_ever(TlsPeer *p)
{
    for (int i = 0; i < STORM; i++)
        assert_return_code(gnutls_session_key_update(p->session, GNUTLS_KU_PEER), 0);
}

static void
warn(TlsPeer *p)
{
    for (int i = 0; i < 5; i++)
        assert_return_code(gnutls_alert_send(p->session, GNUTLS_AL_WARNING, GNUTLS_A_USER_CANCELED), 0);
    tls_peer_say(p, "one");
}

static void
warn_for_ever(TlsPeer *p)
{
    for (int i = 0; i < STORM; i++)
        assert_return_code(gnutls_alert_send(p->session, GNUTLS_AL_WARNING, GNUTLS_A_USER_CANCELED), 0);
}

static void
send_empty_records(TlsPeer *p)
{
    for (int i = 0; i < 5; i++)
        assert_return_code(gnutls_record_send2(p->session, "", 0, 8, 0), 0);
    tls_peer_say(p, "one");
}

static void
send_empty_records_for_ever(TlsPeer *p)
{
    for (int i = 0; i < STORM; i++)
        assert_return_code(gnutls_record_send2(p->session, "", 0, 8, 0), 0);
}

static void
end_with_an_alert(TlsPeer *p)
{
    assert_return_code(gnutls_alert_send(p->session, GNUTLS_AL_FATAL, GNUTLS_A_INTERNAL_ERROR), 0);
}

static void
shake_hands_again(TlsPeer *p)
{
    tls_peer_say(p, "one");
    if (gnutls_rehandshake(p->session) < 0) /* of servers only */
        gnutls_handshake(p->session);
}

static void
give_tickets(TlsPeer *p)
{
    assert_return_code(gnutls_session_ticket_send(p->session, 3, 0), 0);
    tls_peer_say(p, "one");
}

static void
give_many_tickets(TlsPeer *p)
{
    for (int i = 0; i < STORM / 10; i++)
        assert_return_code(gnutls_session_ticket_send(p->session, 10, 0), 0);
    tls_peer_say(p, "one");
}

/* What the channel makes of it */

enum { SERVER = 1, CLIENT = 2, BOTH = 3 };

typedef struct {
    const char    *what;
    int            ends;    /* under test */
    const Version *version; /* NULL: either */
    void (*act)(TlsPeer *p);
    const char    *got;
    ChanResult     end;
    const char    *says; /* of CHAN_FAILED */
} Case;

static const Case cases[] = {
    { "a message", BOTH, NULL, say_one, "one", CHAN_AGAIN },
    { "good-bye", BOTH, NULL, say_and_leave, "one", CHAN_EOF },
    { "no good-bye", BOTH, NULL, say_and_vanish, "one", CHAN_EOF },
    { "talking after good-bye", BOTH, NULL, talk_after_the_end, "one", CHAN_EOF },
    { "half a record", BOTH, NULL, send_half_a_record, "one", CHAN_AGAIN },
    { "an end within a record", BOTH, NULL, vanish_within_a_record, "one", CHAN_EOF },
    { "garbage", BOTH, NULL, send_garbage, "one", CHAN_FAILED, "Cannot recv data" },
    { "a packet without TLS", BOTH, NULL, send_plain_packet, "", CHAN_FAILED, "Cannot recv data" },
    { "a record again", BOTH, NULL, send_twice, "one", CHAN_FAILED, "Cannot recv data" },
    { "records in wrong order", BOTH, NULL, send_in_wrong_order, "", CHAN_FAILED, "Cannot recv data" },
    { "good-bye of somebody else", BOTH, NULL, send_a_plain_alert, "", CHAN_FAILED, "Cannot recv data" },
    { "an alert", BOTH, NULL, end_with_an_alert, "", CHAN_FAILED, "ended TLS with an alert" },
    { "new keys", BOTH, &tls_1_3, change_keys, "one", CHAN_AGAIN },
    { "new keys for ever", BOTH, &tls_1_3, change_keys_for_ever, "", CHAN_FAILED, "Cannot recv data" },
    { "warnings", BOTH, &tls_1_2, warn, "one", CHAN_AGAIN },
    { "warnings for ever", BOTH, &tls_1_2, warn_for_ever, "", CHAN_FAILED, "Cannot recv data" },
    { "empty records", BOTH, &tls_1_3, send_empty_records, "one", CHAN_AGAIN },
    { "empty records for ever", BOTH, &tls_1_3, send_empty_records_for_ever, "", CHAN_FAILED, "Cannot recv data" },
    { "another handshake", BOTH, &tls_1_2, shake_hands_again, "one", CHAN_FAILED, "negotiate TLS anew" },
    { "tickets", CLIENT, &tls_1_3, give_tickets, "one", CHAN_AGAIN },
    { "more tickets", CLIENT, &tls_1_3, give_many_tickets, "one", CHAN_AGAIN },
};

static ChanResult
read_all(Chan *chan, GString *got, GError **err)
{
    ChanResult result;
    char       buf[16];
    gsize      n;

    while ((result = chan_read(chan, buf, sizeof(buf), &n, err)) == CHAN_DONE)
        g_string_append_len(got, buf, (gssize)n);
    return result;
}

static void
run_case(const Case *c, TlsRole role, const Version *version)
{
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GError)  err = NULL;
    const char        *end = role == TLS_SERVER ? "server" : "client";
    ChanResult         result;
    TlsPeer            p;

    tls_peer_open(&p, &certs, role, version->priority);
    c->act(&p);
    result = read_all(p.chan, got, &err);
    if (result != c->end || strcmp(got->str, c->got) != 0)
        fail_msg("%s, %s, %s: got '%s', then %d instead of %d: %s", c->what, version->name, end, got->str, result, c->end,
                 err ? err->message : "");
    assert_int_equal(err != NULL, result == CHAN_FAILED);
    if (err && !strstr(err->message, c->says))
        fail_msg("%s, %s, %s: '%s', not '%s'", c->what, version->name, end, err->message, c->says);
    if (result == CHAN_AGAIN)
        assert_false(chan_pending(p.chan)); /* nobody would come back for it */
    chan_shutdown(p.chan);
    tls_peer_clear(&p);
}

static void
test_after_the_handshake(void **state)
{
    static const Version *const versions[] = { &tls_1_2, &tls_1_3 };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (gsize v = 0; v < G_N_ELEMENTS(versions); v++) {
            if (cases[i].version && cases[i].version != versions[v])
                continue;
            if (cases[i].ends & SERVER)
                run_case(&cases[i], TLS_SERVER, versions[v]);
            if (cases[i].ends & CLIENT)
                run_case(&cases[i], TLS_CLIENT, versions[v]);
        }
    }
}

/* Whatever is changed on its way, and wherever the wire breaks: what is read is what was said, as far as it goes. */
static void
run_changed(guint at, guint8 mask)
{
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GError)  err = NULL;
    ChanResult         result;
    TlsPeer            p;

    tls_peer_open(&p, &certs, TLS_SERVER, tls_1_3.priority);
    tls_peer_say(&p, "one");
    tls_peer_say(&p, "two");
    if (mask)
        p.to->data[at % p.to->len] ^= mask;
    else
        g_byte_array_set_size(p.to, at % p.to->len);
    p.closed = true;
    result = read_all(p.chan, got, &err);
    if (result == CHAN_AGAIN || !g_str_has_prefix("onetwo", got->str))
        fail_msg("byte %u ^ %u: got '%s', then %d", at, mask, got->str, result);
    assert_int_equal(err != NULL, result == CHAN_FAILED);
    tls_peer_clear(&p);
}

static void
test_changed_on_the_way(void **state)
{
    (void)state;
    for (guint at = 0; at < 50; at++) {
        run_changed(at, 0);
        run_changed(at, (guint8)(1 << at % 8));
    }
}

#define VOLUME 40000

/* The peer wants new keys while we are in the midst of a record that it does not take yet: both arrive whole. */
static void
test_new_keys_while_writing(void **state)
{
    g_autofree guint8 *sent = g_malloc(VOLUME), *came = g_malloc0(VOLUME);
    g_autoptr(GString) got = g_string_new(NULL);
    gsize              out = 0, in = 0;
    TlsPeer            p;

    (void)state;
    for (gsize i = 0; i < VOLUME; i++)
        sent[i] = (guint8)(i * 2654435761u >> 23);
    tls_peer_open(&p, &certs, TLS_SERVER, tls_1_3.priority);
    p.room = 1000;
    for (int round = 0; in < VOLUME; round++) {
        struct iovec rest = { sent + out, VOLUME - out };
        ChanResult   result = CHAN_AGAIN;
        gsize        n = 0;
        gssize       rc;

        if (round % 50 == 0 && got->len < 3)
            change_keys(&p);
        if (rest.iov_len > 0)
            result = chan_write(p.chan, &rest, 1, &n, NULL);
        assert_true(result == CHAN_DONE || result == CHAN_AGAIN);
        out += n;
        assert_int_equal(read_all(p.chan, got, NULL), CHAN_AGAIN);
        while ((rc = gnutls_record_recv(p.session, came + in, VOLUME - in)) > 0)
            in += (gsize)rc;
        assert_true(rc == GNUTLS_E_AGAIN || in == VOLUME);
        assert_true(round < 1000);
    }
    assert_memory_equal(sent, came, VOLUME);
    assert_string_equal(got->str, "one");
    tls_peer_clear(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_the_handshake),
        cmocka_unit_test(test_changed_on_the_way),
        cmocka_unit_test(test_new_keys_while_writing),
    };
    int failed;

    certs_make(&certs);
    failed = cmocka_run_group_tests_name("rpc/tls-torture", tests, NULL, NULL);
    certs_clear(&certs);
    return failed;
}
