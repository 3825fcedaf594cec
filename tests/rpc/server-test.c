/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server at its daily work: if these fail, a host that is busy with one client keeps the others waiting, or does not
 * end when it is told to. */
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "raw.h"

#include "../unit.h"

static void
serves_many_beside_silent_ones(void **state)
{
    static const guint8 half[] = { 0, 0, 1, 0, 0x7a };
    Fake               *fake = fake_new(NULL);
    Chan               *silent[200];
    RpcClient          *clients[24]; /* more than the poller keeps hot */
    struct iovec        iov = { (void *)half, sizeof(half) };
    gsize               n;

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++) {
        silent[i] = fake_connect_raw(fake);
        if (i % 2) /* or stopped in the middle of a packet */
            chan_write(silent[i], &iov, 1, &n, NULL);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(clients); i++)
        clients[i] = fake_connect(fake, NULL);
    for (guint32 round = 0; round < 20; round++) {
        for (gsize i = 0; i < G_N_ELEMENTS(clients); i++)
            assert_true(fake_echo(clients[i], round % 4 ? FAKE_ECHO : FAKE_ECHO_WORK, round, "served"));
    }
    assert_int_equal(rpc_server_n_sessions(fake->server), G_N_ELEMENTS(silent) + G_N_ELEMENTS(clients));
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
        chan_free(silent[i]);
    assert_true(fake_wait(fake, &fake->destroyed, G_N_ELEMENTS(silent)));
    for (gsize i = 0; i < G_N_ELEMENTS(clients); i++)
        rpc_client_unref(clients[i]);
    fake_free(fake);
}

static gpointer
call_gate(gpointer data)
{
    rpc_client_call(data, &fake_program, fake_call(FAKE_GATE), NULL, NULL, NULL);
    return NULL;
}

static void
answers_while_long_calls_wait(void **state)
{
    RpcLimits  limits = rpc_default_limits;
    Fake      *fake;
    RpcClient *client;
    GThread   *threads[40];

    (void)state;
    limits.max_workers = 2;
    fake = fake_new(&limits);
    client = fake_connect(fake, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("long", call_gate, client);
    assert_true(fake_wait(fake, &fake->waiting_at_gate, G_N_ELEMENTS(threads)));
    assert_true(fake_echo(client, FAKE_ECHO, 1, "loop"));
    assert_true(fake_echo(client, FAKE_ECHO_WORK, 2, "work"));
    fake_open_gate(fake);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
lets_data_go_after_the_last_call(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);
    GThread   *thread = g_thread_new("long", call_gate, client);

    (void)state;
    assert_true(fake_wait(fake, &fake->waiting_at_gate, 1));
    rpc_client_close(client);
    assert_true(fake_wait(fake, &fake->closed, 1));
    g_mutex_lock(&fake->lock);
    assert_int_equal(fake->destroyed, 0); /* the handler still uses it */
    g_mutex_unlock(&fake->lock);
    fake_open_gate(fake);
    assert_true(fake_wait(fake, &fake->destroyed, 1));
    g_thread_join(thread);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
stop_at_once(gpointer data)
{
    Fake *fake = data;

    g_assert_false(rpc_server_stop_within(fake->server, 1));
}

static void
gives_up_waiting_for_a_handler(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);
    GThread   *thread = g_thread_new("long", call_gate, client);

    (void)state;
    assert_true(fake_wait(fake, &fake->waiting_at_gate, 1));
    loop_call(fake->loop, stop_at_once, fake);
    assert_int_equal(rpc_server_n_sessions(fake->server), 0);
    g_thread_join(thread);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
closes_after_the_reply(void **state)
{
    static const RpcHeader bye = { FAKE_PROGRAM, 1, FAKE_BYE, 0, 5, 0 };
    Fake     *fake = fake_new(NULL);
    Raw       raw = raw_connect(fake);
    RpcPacket p;

    (void)state;
    raw_send(&raw, &bye, NULL, 0);
    assert_true(raw_receive(&raw, &p));
    assert_int_equal(p.header.serial, 5);
    assert_int_equal(p.header.status, RPC_OK);
    assert_false(raw_receive(&raw, &p));
    raw_close(&raw);
    fake_free(fake);
}

static void
serves_listening_sockets(void **state)
{
    g_autofree char   *dir = g_dir_make_tmp("rpc-test-XXXXXX", NULL);
    g_autofree char   *path = g_build_filename(dir, "sock", NULL);
    g_autofree char   *port_text = NULL;
    g_autoptr(GError)  err = NULL;
    Loop              *loop = loop_new("listen");
    RpcServer         *server = rpc_server_new(loop, NULL), *second = rpc_server_new(loop, NULL);
    RpcService         service = { 0 };
    RpcClient         *over_unix, *over_tcp;
    ChanPeer           peer;
    guint16            port;

    (void)state;
    rpc_server_add_program(server, &fake_program);
    assert_true(rpc_server_listen_unix(server, path, 0600, &service, NULL));
    assert_false(rpc_server_listen_unix(second, path, 0600, &service, &err)); /* it is alive */
    assert_non_null(strstr(err->message, "Address already in use"));
    g_clear_error(&err);
    assert_true(rpc_server_listen_tcp(server, "127.0.0.1", 0, &service, &port, NULL));
    loop_start(loop);

    over_unix = rpc_client_new(chan_connect_unix(path, NULL), NULL);
    assert_false(rpc_client_call(over_unix, &fake_program, fake_call(FAKE_BYE), NULL, NULL, &err));
    assert_string_equal(err->message, "authentication required");
    g_clear_error(&err);
    rpc_client_get_peer(over_unix, &peer);
    assert_true(peer.is_unix && peer.has_creds && peer.uid == getuid());
    chan_peer_clear(&peer);

    port_text = g_strdup_printf("%u", port);
    over_tcp = rpc_client_new(chan_connect_tcp("localhost", port_text, NULL), NULL);
    assert_false(rpc_client_call(over_tcp, &fake_program, fake_call(FAKE_BYE), NULL, NULL, NULL));
    rpc_client_get_peer(over_tcp, &peer);
    assert_string_equal(peer.remote_addr, "127.0.0.1");
    assert_int_equal(peer.remote_port, port);
    chan_peer_clear(&peer);

    rpc_client_unref(over_unix);
    rpc_client_unref(over_tcp);
    loop_stop(loop);
    rpc_server_free(second);
    rpc_server_free(server);
    loop_unref(loop);
    assert_int_equal(g_access(path, F_OK), -1); /* nothing is left behind */
    assert_int_equal(g_rmdir(dir), 0);
    assert_null(chan_connect_tcp("127.0.0.1", port_text, &err));
    assert_int_equal(verr_code(err), VIR_ERR_SYSTEM_ERROR);
    assert_int_equal(verr_from(err), VIR_FROM_RPC);
    assert_non_null(strstr(err->message, "unable to connect to server at '127.0.0.1:"));
    assert_non_null(strstr(err->message, "Connection refused"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_many_beside_silent_ones),
        cmocka_unit_test(answers_while_long_calls_wait),
        cmocka_unit_test(lets_data_go_after_the_last_call),
        cmocka_unit_test(gives_up_waiting_for_a_handler),
        cmocka_unit_test(closes_after_the_reply),
        cmocka_unit_test(serves_listening_sockets),
    };

    return cmocka_run_group_tests_name("rpc/server", tests, NULL, NULL);
}
