/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one client may take of the server: if these fail, somebody who may only look keeps an administrator out. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "raw.h"

#include "../unit.h"

static void
one_client_has_half_of_the_workers(void **state)
{
    static const RpcHeader gate = { FAKE_PROGRAM, 1, FAKE_GATE_WORK, 0, 0, 0 };
    RpcLimits  limits = rpc_default_limits;
    Fake      *fake;
    RpcClient *other;
    Raw        raw;
    RpcPacket  p;

    limits.max_workers = 4;
    fake = fake_new(&limits);
    raw = raw_connect(fake);
    other = fake_connect(fake, NULL);
    for (int i = 0; i < 10; i++)
        raw_send(&raw, &gate, NULL, 0);
    assert_true(fake_wait(fake, &fake->waiting_at_gate, 2));
    assert_true(fake_echo(other, FAKE_ECHO_WORK, 1, "beside them"));
    g_mutex_lock(&fake->lock);
    assert_int_equal(fake->waiting_at_gate, 2);
    g_mutex_unlock(&fake->lock);
    fake_open_gate(fake);
    for (int i = 0; i < 10; i++) {
        assert_true(raw_receive(&raw, &p));
        assert_int_equal(p.header.status, RPC_OK);
    }
    raw_close(&raw);
    rpc_client_unref(other);
    fake_free(fake);
}

/* More than are handled in one turn, and no byte comes afterwards that would wake the loop. */
static void
a_thousand_calls_in_one_write_are_answered(void **state)
{
    enum { CALLS = 1000 };
    Fake      *fake = fake_new(NULL);
    Raw        raw = raw_connect(fake);
    GString   *all = g_string_new(NULL);
    RpcPacket  p;

    for (guint32 i = 0; i < CALLS; i++) {
        RpcHeader header = { FAKE_PROGRAM, 1, FAKE_KEEPALIVE, 0, i, 0 };
        XdrWriter w = RPC_PACKET_WRITER_INIT;

        rpc_packet_begin(&w, &header);
        rpc_packet_finish(&w);
        g_string_append_len(all, (const char *)w.data, (gssize)w.len);
        xdr_writer_clear(&w);
    }
    for (gsize sent = 0, n; sent < all->len; sent += n) {
        struct iovec iov = { all->str + sent, all->len - sent };

        assert_int_equal(chan_write(raw.chan, &iov, 1, &n, NULL), CHAN_DONE);
    }
    for (guint32 i = 0; i < CALLS; i++) {
        assert_true(raw_receive(&raw, &p));
        assert_int_equal(p.header.serial, i);
    }
    g_string_free(all, TRUE);
    raw_close(&raw);
    fake_free(fake);
}

static RpcClient *
visit(const char *path)
{
    return rpc_client_new(chan_connect_unix(path, NULL), NULL);
}

static bool
is_served(RpcClient *client)
{
    g_autoptr(GError) err = NULL;

    return !rpc_client_call(client, &fake_program, fake_call(FAKE_BYE), NULL, NULL, &err) &&
           g_str_equal(err->message, "authentication required");
}

static void
whoever_may_come_takes_half_of_the_places(void **state)
{
    g_autofree char *dir = g_dir_make_tmp("rpc-test-XXXXXX", NULL);
    g_autofree char *own = g_build_filename(dir, "own", NULL), *open = g_build_filename(dir, "open", NULL);
    Loop            *loop = loop_new("listen");
    RpcLimits        limits = rpc_default_limits;
    RpcServer       *server;
    RpcService       for_us = { 0 }, for_all = { .half = true };
    RpcClient       *visitors[2], *late, *owner;

    limits.max_clients = 4;
    server = rpc_server_new(loop, &limits);
    rpc_server_add_program(server, &fake_program);
    assert_true(rpc_server_listen_unix(server, own, 0600, &for_us, NULL));
    assert_true(rpc_server_listen_unix(server, open, 0600, &for_all, NULL));
    loop_start(loop);

    for (gsize i = 0; i < G_N_ELEMENTS(visitors); i++) {
        visitors[i] = visit(open);
        assert_true(is_served(visitors[i]));
    }
    late = visit(open); /* waits in the backlog */
    owner = visit(own);
    assert_true(is_served(owner));
    assert_int_equal(rpc_server_n_sessions(server), 3);
    rpc_client_unref(visitors[0]);
    assert_true(is_served(late));

    rpc_client_unref(late);
    rpc_client_unref(owner);
    rpc_client_unref(visitors[1]);
    loop_stop(loop);
    rpc_server_free(server);
    loop_unref(loop);
    assert_int_equal(g_rmdir(dir), 0);
}

/* They are closed before the call is even looked at, and not left to lie about. */
static void
descriptors_that_nobody_asked_for_are_closed(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);
    int        ends[2];
    char       byte;

    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < 100; i++) {
        RpcFds fds = { .fds = &ends[1], .n_fds = 1 };

        assert_true(rpc_client_call_fds(client, &fake_program, fake_call(FAKE_KEEPALIVE), NULL, NULL, &fds, NULL));
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0); /* the last of its copies has gone */
    close(ends[0]);
    rpc_client_unref(client);
    fake_free(fake);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_client_has_half_of_the_workers),
        cmocka_unit_test(a_thousand_calls_in_one_write_are_answered),
        cmocka_unit_test(whoever_may_come_takes_half_of_the_places),
        cmocka_unit_test(descriptors_that_nobody_asked_for_are_closed),
    };

    return cmocka_run_group_tests_name("rpc/server-fair", tests, NULL, NULL);
}
