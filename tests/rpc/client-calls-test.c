/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client's calls when the connection goes, falls silent or garbles, and descriptors beside them: if these fail, an
 * application's threads wait for ever. */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "rpc/client-private.h"

#include "../fakes/chan-faulty.h"
#include "../unit.h"

typedef struct {
    RpcClient *client;
    GError    *err;
} Loser;

static gpointer
lose(gpointer data)
{
    Loser *l = data;

    if (rpc_client_call(l->client, &fake_program, fake_call(FAKE_GATE), NULL, NULL, &l->err))
        l->err = NULL;
    return NULL;
}

static void
wake_losers(Fake *fake, RpcClient *client, void (*cut)(Fake *fake, RpcClient *client), const char *message)
{
    Loser    losers[4];
    GThread *threads[4];

    for (gsize i = 0; i < G_N_ELEMENTS(losers); i++) {
        losers[i] = (Loser) { client, NULL };
        threads[i] = g_thread_new("loser", lose, &losers[i]);
    }
    assert_true(fake_wait(fake, &fake->waiting_at_gate, G_N_ELEMENTS(losers)));
    cut(fake, client);
    for (gsize i = 0; i < G_N_ELEMENTS(losers); i++) {
        g_thread_join(threads[i]);
        assert_non_null(losers[i].err);
        assert_string_equal(losers[i].err->message, message);
        assert_int_equal(verr_from(losers[i].err), VIR_FROM_RPC);
        g_error_free(losers[i].err);
    }
}

static void
cut_by_server(Fake *fake, RpcClient *client)
{
    (void)fake;
    rpc_client_call(client, &fake_program, fake_call(FAKE_HANG_UP), NULL, NULL, NULL);
}

static void
cut_by_us(Fake *fake, RpcClient *client)
{
    (void)fake;
    rpc_client_close(client);
}

static void
wakes_every_caller_when_the_connection_goes(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);

    (void)state;
    wake_losers(fake, client, cut_by_server, "End of file while reading data: Input/output error");
    rpc_client_unref(client);
    fake_open_gate(fake);
    fake_free(fake);

    fake = fake_new(NULL);
    client = fake_connect(fake, NULL);
    wake_losers(fake, client, cut_by_us, "client socket is closed");
    rpc_client_unref(client);
    fake_free(fake);
}

static void
passes_descriptors_both_ways(void **state)
{
    Fake       *fake = fake_new(NULL);
    RpcClient  *client = fake_connect(fake, NULL);
    int         mine[2] = { memfd_create("a", MFD_CLOEXEC), memfd_create("b", MFD_CLOEXEC) };
    RpcFds      fds = { .fds = mine, .n_fds = 2 };
    NumberOut   out = { 0 };
    struct stat sent, back;

    (void)state;
    assert_true(rpc_client_call_fds(client, &fake_program, fake_call(FAKE_FDS), NULL, &out, &fds, NULL));
    assert_int_equal(out.value, 2);
    assert_int_equal(fds.n_ret_fds, 2);
    for (guint i = 0; i < 2; i++) {
        fstat(mine[i], &sent);
        fstat(fds.ret_fds[i], &back);
        assert_int_equal(sent.st_ino, back.st_ino);
        close(mine[i]);
        close(fds.ret_fds[i]);
    }
    g_free(fds.ret_fds);
    assert_true(fake_echo(client, FAKE_ECHO, 1, "after them"));
    rpc_client_unref(client);
    fake_free(fake);
}

/* Without a loop the waiting caller keeps time. */
static void
a_caller_gives_up_a_silent_server(void **state)
{
    Chan             *ours, *theirs;
    RpcClient        *client;
    g_autoptr(GError) err = NULL;

    (void)state;
    assert_true(chan_new_pair(&ours, &theirs, NULL));
    client = rpc_client_new(ours, NULL);
    g_mutex_lock(&client->lock);
    rpc_keepalive_start(&client->keepalive, 10, 1, g_get_monotonic_time());
    rpc_client_unlock(client);
    assert_false(rpc_client_call(client, &fake_program, fake_call(FAKE_LOGIN), NULL, NULL, &err));
    assert_string_equal(err->message, "connection closed due to keepalive timeout");
    rpc_client_unref(client);
    chan_free(theirs);
}

typedef struct {
    gint64           at; /* ms */
    bool             heard;
    RpcKeepaliveStep step;
} KeepaliveCase;

/* interval 5 s, count 2: pings at 5 and 10, dead at 15 seconds after the last packet. */
static const KeepaliveCase keepalive_cases[] = {
    { 4999, false, RPC_KEEPALIVE_WAIT }, { 5000, false, RPC_KEEPALIVE_SEND },  { 9000, true, RPC_KEEPALIVE_WAIT },
    { 13999, false, RPC_KEEPALIVE_WAIT }, { 14000, false, RPC_KEEPALIVE_SEND }, { 19000, false, RPC_KEEPALIVE_SEND },
    { 23999, false, RPC_KEEPALIVE_WAIT }, { 24000, false, RPC_KEEPALIVE_DEAD },
};

static void
counts_pings_as_libvirt_does(void **state)
{
    RpcKeepalive ka;

    (void)state;
    rpc_keepalive_start(&ka, 5000, 2, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(keepalive_cases); i++) {
        const KeepaliveCase *c = &keepalive_cases[i];

        if (c->heard)
            rpc_keepalive_heard(&ka, c->at * 1000);
        assert_int_equal(rpc_keepalive_step(&ka, c->at * 1000), c->step);
    }
    rpc_keepalive_start(&ka, 5000, 0, 0);
    assert_int_equal(rpc_keepalive_wait_ms(&ka, 1000), 4999);
    assert_int_equal(rpc_keepalive_step(&ka, 5000000), RPC_KEEPALIVE_DEAD); /* without asking */
    rpc_keepalive_start(&ka, -1, 5, 0);
    assert_int_equal(rpc_keepalive_wait_ms(&ka, 1000), -1);
}

typedef struct {
    const char *what;
    Fault       reads[2];
    const char *error; /* contained in it; NULL: the call works */
} FaultCase;

static const FaultCase fault_cases[] = {
    { "byte by byte", { { 0, FAULT_SPLIT, 1 } }, NULL },
    { "cut in the header", { { 10, FAULT_CUT, 0 } }, "End of file" },
    { "cut in the payload", { { 40, FAULT_CUT, 0 } }, "End of file" },
    { "length damaged", { { 0, FAULT_CORRUPT, 0xff } }, "too large" },
    { "text length damaged", { { 32, FAULT_CORRUPT, 0x7f } }, "string length" },
};

static void
survives_faulty_connections(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(fault_cases); i++) {
        const FaultCase  *c = &fault_cases[i];
        Fake             *fake = fake_new(NULL);
        RpcClient        *client = rpc_client_new(chan_new_faulty(fake_connect_raw(fake), c->reads, 1, NULL, 0), NULL);
        EchoIn            in = { .text = (char *)"some text" };
        EchoOut           out = { 0 };
        const RpcCall    *echo = fake_call(FAKE_ECHO);
        g_autoptr(GError) err = NULL;

        assert_int_equal(rpc_client_call(client, &fake_program, echo, &in, &out, &err), c->error == NULL);
        if (c->error && !strstr(err->message, c->error))
            fail_msg("%s: %s", c->what, err->message);
        xdr_clear(echo->out, &out);
        rpc_client_unref(client);
        fake_free(fake);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wakes_every_caller_when_the_connection_goes),
        cmocka_unit_test(passes_descriptors_both_ways),
        cmocka_unit_test(a_caller_gives_up_a_silent_server),
        cmocka_unit_test(counts_pings_as_libvirt_does),
        cmocka_unit_test(survives_faulty_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
