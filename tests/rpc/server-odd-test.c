/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server against odd and hostile peers: if these fail, one client can harm the others, or stock clients get other
 * answers than from libvirt's daemon. */
#include "raw.h"
#include "rpc/keepalive.h"

#include "../unit.h"

#define NOBODY 0x12345678

static void
expect_error(Raw *raw, const RpcHeader *call, int code, const char *message)
{
    RpcError  e = { 0 };
    RpcPacket p;
    XdrReader r;

    assert_true(raw_receive(raw, &p));
    assert_int_equal(p.header.type, RPC_TYPE_REPLY);
    assert_int_equal(p.header.status, RPC_ERROR);
    assert_int_equal(p.header.program, call->program);
    assert_int_equal(p.header.version, call->version);
    assert_int_equal(p.header.procedure, call->procedure);
    assert_int_equal(p.header.serial, call->serial);
    r = XDR_READER_INIT(p.payload, p.len);
    assert_true(xdr_decode(&r, rpc_error_rows, &e, NULL));
    assert_int_equal(e.code, code);
    assert_int_equal(e.domain, VIR_FROM_RPC);
    assert_int_equal(e.level, 2);
    assert_int_equal(e.int1, -1);
    assert_string_equal(e.message, message);
    xdr_clear(rpc_error_rows, &e);
}

typedef struct {
    RpcHeader   header;
    gsize       body;  /* zero bytes */
    const char *error; /* NULL: no answer */
} OddCase;

static const OddCase odd_cases[] = {
    { { FAKE_PROGRAM, 1, 9999, 0, 3, 0 }, 0, "unknown procedure: 9999" },
    { { NOBODY, 1, 1, 0, 4, 0 }, 0, "Cannot find program 305419896 version 1" },
    { { FAKE_PROGRAM, 2, 1, 0, 5, 0 }, 0, "Cannot find program 2054815745 version 2" },
    { { FAKE_PROGRAM, 1, FAKE_FAIL, 0, 6, 1 }, 4, "Unexpected message status 1" },
    { { FAKE_PROGRAM, 1, FAKE_FAIL, 0, 7, 0 }, 3, "Unable to decode message payload" },
    { { FAKE_PROGRAM, 1, FAKE_FAIL, 0, 8, 0 }, 100, "Library function returned error but did not set virError" },
    { { FAKE_PROGRAM, 1, FAKE_FAIL, 1, 9, 0 }, 4, NULL },
    { { FAKE_PROGRAM, 1, FAKE_FAIL, 9, 10, 0 }, 4, NULL },
    { { FAKE_PROGRAM, 1, FAKE_FAIL, 3, 11, 2 }, 4, NULL },
    { { FAKE_PROGRAM, 1, FAKE_FAIL, 6, 12, 2 }, 12, NULL },
    { { FAKE_PROGRAM, 1, FAKE_FAIL, 2, 13, 0 }, 4, NULL },
    { { RPC_KEEPALIVE_PROGRAM, 1, 1, 0, 14, 0 }, 0, "Cannot find program 1801807216 version 1" },
};

static void
answers_odd_packets_as_libvirt_does(void **state)
{
    static const guint8 zeros[128];
    Fake               *fake = fake_new(NULL);
    Raw                 raw = raw_connect(fake);

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(odd_cases); i++) {
        const OddCase *c = &odd_cases[i];

        raw_send(&raw, &c->header, zeros, c->body);
        if (c->error)
            expect_error(&raw, &c->header, i == 5 ? VIR_ERR_INTERNAL_ERROR : VIR_ERR_RPC, c->error);
        raw_expect_silence(&raw);
    }
    raw_close(&raw);
    fake_free(fake);
}

static void
closes_on_bad_lengths_and_lives(void **state)
{
    static const guint32 lengths[] = { 0, 27, 33554437, 0xffffffff };
    Fake                *fake = fake_new(NULL);
    RpcClient           *client = fake_connect(fake, NULL);

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
        Raw          raw = raw_connect(fake);
        guint32      be = GUINT32_TO_BE(lengths[i]);
        struct iovec iov = { &be, 4 };
        RpcPacket    p;
        gsize        n;

        assert_int_equal(chan_write(raw.chan, &iov, 1, &n, NULL), CHAN_DONE);
        assert_false(raw_receive(&raw, &p));
        raw_close(&raw);
    }
    assert_true(fake_wait(fake, &fake->destroyed, 4));
    assert_true(fake_echo(client, FAKE_ECHO, 1, "still here"));
    rpc_client_unref(client);
    fake_free(fake);
}

static void
asks_for_authentication_first(void **state)
{
    Fake             *fake = fake_new(NULL);
    RpcClient        *client;
    g_autoptr(GError) err = NULL;
    NumberIn          in = { 1 };

    (void)state;
    fake->wants_login = true;
    client = fake_connect(fake, NULL);
    assert_false(rpc_client_call(client, &fake_program, fake_call(FAKE_FAIL), &in, NULL, &err));
    assert_int_equal(verr_code(err), VIR_ERR_RPC);
    assert_string_equal(err->message, "authentication required");
    assert_true(rpc_client_call(client, &fake_program, fake_call(FAKE_LOGIN), NULL, NULL, NULL));
    assert_true(fake_echo(client, FAKE_ECHO, 1, "now"));
    rpc_client_unref(client);
    fake_free(fake);
}

static void
bounds_packets_before_authentication(void **state)
{
    g_autofree guint8 *big = g_malloc0(100000);
    Fake              *fake = fake_new(NULL);
    RpcHeader          h = { FAKE_PROGRAM, 1, FAKE_LOGIN, 0, 0, 0 };
    RpcPacket          p;
    Raw                raw;

    (void)state;
    fake->wants_login = true;
    raw = raw_connect(fake);
    raw_send(&raw, &h, big, 100000);
    assert_false(raw_receive(&raw, &p));
    raw_close(&raw);

    raw = raw_connect(fake);
    raw_send(&raw, &h, NULL, 0);
    assert_true(raw_receive(&raw, &p));
    raw_send(&raw, &h, big, 100000); /* surplus bytes are ignored */
    assert_true(raw_receive(&raw, &p));
    assert_int_equal(p.header.status, RPC_OK);
    raw_close(&raw);
    fake_free(fake);
}

static void
keeps_strangers_from_shutting_others_out(void **state)
{
    RpcLimits  limits = rpc_default_limits;
    Fake      *fake;
    Raw        silent[6];
    RpcClient *client;
    RpcPacket  p;

    (void)state;
    limits.max_anonymous = 3;
    fake = fake_new(&limits);
    fake->wants_login = true;
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
        silent[i] = raw_connect(fake);
    client = fake_connect(fake, NULL);
    assert_true(rpc_client_call(client, &fake_program, fake_call(FAKE_LOGIN), NULL, NULL, NULL));
    assert_true(fake_echo(client, FAKE_ECHO, 1, "served"));
    assert_false(raw_receive(&silent[0], &p)); /* the oldest had to go */
    raw_expect_silence(&silent[5]);
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
        raw_close(&silent[i]);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
leaves_calls_beyond_the_limit_unread(void **state)
{
    static const RpcHeader gate = { FAKE_PROGRAM, 1, FAKE_GATE, 0, 0, 0 };
    RpcLimits limits = rpc_default_limits;
    Fake     *fake;
    Raw       raw;
    RpcPacket p;

    (void)state;
    limits.max_calls = 4;
    fake = fake_new(&limits);
    raw = raw_connect(fake);
    for (int i = 0; i < 10; i++)
        raw_send(&raw, &gate, NULL, 0);
    assert_true(fake_wait(fake, &fake->waiting_at_gate, 4));
    g_mutex_lock(&fake->lock);
    assert_int_equal(fake->waiting_at_gate, 4);
    g_mutex_unlock(&fake->lock);
    fake_open_gate(fake);
    for (int i = 0; i < 10; i++) {
        assert_true(raw_receive(&raw, &p));
        assert_int_equal(p.header.status, RPC_OK);
    }
    raw_expect_silence(&raw);
    raw_close(&raw);
    fake_free(fake);
}

static void
gives_up_silent_clients_that_promised_to_answer(void **state)
{
    static const RpcHeader ask = { FAKE_PROGRAM, 1, FAKE_KEEPALIVE, 0, 0, 0 };
    RpcLimits limits = rpc_default_limits;
    Fake     *fake;
    Raw       raw;
    RpcPacket p;
    int       pings = 0;

    (void)state;
    limits.keepalive_interval_ms = 20;
    limits.keepalive_count = 3;
    fake = fake_new(&limits);
    raw = raw_connect(fake);
    raw_send(&raw, &ask, NULL, 0);
    assert_true(raw_receive(&raw, &p));
    while (raw_receive(&raw, &p)) {
        assert_int_equal(p.header.program, RPC_KEEPALIVE_PROGRAM);
        assert_int_equal(p.header.procedure, RPC_KEEPALIVE_PING);
        pings++;
    }
    assert_int_equal(pings, 3);
    raw_close(&raw);
    fake_free(fake);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_odd_packets_as_libvirt_does),
        cmocka_unit_test(closes_on_bad_lengths_and_lives),
        cmocka_unit_test(asks_for_authentication_first),
        cmocka_unit_test(bounds_packets_before_authentication),
        cmocka_unit_test(keeps_strangers_from_shutting_others_out),
        cmocka_unit_test(leaves_calls_beyond_the_limit_unread),
        cmocka_unit_test(gives_up_silent_clients_that_promised_to_answer),
    };

    return cmocka_run_group_tests_name("rpc/server-odd", tests, NULL, NULL);
}
