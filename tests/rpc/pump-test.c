/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipe to stream to pipe: if these fail, a tunnelled migration loses memory, hangs, or stalls somebody else's calls. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../fakes/certs.h"
#include "../fakes/chan-faulty.h"
#include "fake.h"
#include "rpc/chan-tls.h"
#include "rpc/pump.h"
#include "util/fd.h"

#include "../unit.h"

typedef struct {
    const char *name;
    bool        tcp, looped, tls;
    guint       split; /* not 0: a channel that takes no pipes, and so many bytes at once */
} Way;

static const Way ways[] = {
    { "a unix socket" },
    { "TCP", .tcp = true },
    { "TCP, beside an event loop", .tcp = true, .looped = true },
    { "a channel that has to be copied", .split = 1 << 20 },
    { "one that takes little at a time", .split = 7001 },
    { "TLS", .tls = true },
    { "TLS, beside an event loop", .tls = true, .looped = true },
};

static Certs certs;

/* One pump, its writer and its reader. */
typedef struct {
    Fake      *fake;
    Loop      *hooks_loop;
    RpcClient *client;
    RpcStream *stream;
    RpcPump   *pump;
    Fault      split;
    GThread   *writer, *reader;
    int        in, out;    /* what the writer writes into, what the reader reads from */
    gsize      total;      /* to write; 0: until it fails */
    int        write_error;
    bool       wrong;

    GMutex lock;
    GCond  cond;
    bool   may_read;  /* under lock */
    gsize  got;       /* under lock */
} Run;

static guint8
byte_at(gsize at)
{
    return (guint8)((at * 2654435761u) >> 13);
}

static gpointer
write_all(gpointer data)
{
    Run              *run = data;
    g_autoptr(GRand)  rand = g_rand_new_with_seed(7);
    g_autofree guint8 *block = g_malloc(300000);
    gsize             at = 0;

    while (!run->total || at < run->total) {
        gsize  n = (gsize)g_rand_int_range(rand, 1, g_rand_boolean(rand) ? 300 : 300000);
        gssize done;

        n = run->total ? MIN(n, run->total - at) : n;
        for (gsize i = 0; i < n; i++)
            block[i] = byte_at(at + i);
        for (gsize sent = 0; sent < n; sent += (gsize)done) {
            done = fd_write(run->in, block + sent, n - sent);
            if (done < 0) {
                run->write_error = errno;
                fd_close(&run->in);
                return NULL;
            }
        }
        at += n;
    }
    fd_close(&run->in);
    return NULL;
}

static gpointer
read_all(gpointer data)
{
    Run               *run = data;
    g_autoptr(GRand)   rand = g_rand_new_with_seed(8);
    g_autofree guint8 *block = g_malloc(100000);
    gsize              at = 0;

    g_mutex_lock(&run->lock);
    while (!run->may_read)
        g_cond_wait(&run->cond, &run->lock);
    g_mutex_unlock(&run->lock);
    for (;;) {
        gssize n = read(run->out, block, (gsize)g_rand_int_range(rand, 1, 100000));

        if (n <= 0)
            return NULL;
        for (gssize i = 0; i < n; i++)
            run->wrong = run->wrong || block[i] != byte_at(at + (gsize)i);
        at += (gsize)n;
        g_mutex_lock(&run->lock);
        run->got = at;
        g_cond_broadcast(&run->cond);
        g_mutex_unlock(&run->lock);
    }
}

static void
tcp_pair(Chan **ret_a, Chan **ret_b)
{
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t          len = sizeof(addr);
    int                listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&addr, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, len), 0);
    *ret_a = chan_new_fd(fd);
    *ret_b = chan_new_fd(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    close(listener);
}

static Chan *
secure(Chan *chan, TlsRole role)
{
    g_autoptr(TlsCreds) creds = certs_load(&certs, "ca", role == TLS_SERVER ? "server" : "alice",
                                           (TlsConfig){ .role = role, .no_sanity = true }, NULL);

    return chan_new_tls(chan, creds, role == TLS_SERVER ? NULL : "good.example", NULL);
}

static void
connect_way(Run *run, const Way *way)
{
    Chan *a, *b;

    if (way->tcp)
        tcp_pair(&a, &b);
    else
        assert_true(chan_new_pair(&a, &b, NULL));
    if (way->split) {
        run->split = (Fault) { 0, FAULT_SPLIT, way->split };
        a = chan_new_faulty(a, &run->split, 1, &run->split, 1);
        b = chan_new_faulty(b, &run->split, 1, &run->split, 1);
    }
    if (way->tls) {
        a = secure(a, TLS_CLIENT);
        b = secure(b, TLS_SERVER);
    }
    rpc_server_adopt(run->fake->server, b, &run->fake->service);
    assert_true(chan_start_wait(a, NULL));
    run->client = rpc_client_new(a, NULL);
    if (way->looped) {
        run->hooks_loop = loop_new("hooks");
        loop_start(run->hooks_loop);
        assert_true(rpc_client_attach_loop(run->client, fake_hooks(run->hooks_loop), NULL));
    }
}

static Run *
run_new(const Way *way, gsize total, bool may_read)
{
    Run     *run = g_new0(Run, 1);
    NumberIn in = { 0 };
    int      fds[2];

    run->fake = fake_new(NULL);
    run->total = total;
    run->may_read = may_read;
    g_mutex_init(&run->lock);
    g_cond_init(&run->cond);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    run->out = fds[0];
    run->fake->pipe = fds[1];
    assert_true(fd_set_nonblock(fds[1], true, NULL));
    connect_way(run, way);
    assert_true(rpc_client_call_stream(run->client, &fake_program, fake_call(FAKE_POUR), &in, NULL, &run->stream, NULL));
    run->pump = rpc_pump_start(run->stream, &run->in, NULL);
    assert_non_null(run->pump);
    run->reader = g_thread_new("reader", read_all, run);
    run->writer = g_thread_new("writer", write_all, run);
    return run;
}

static void
wait_until_got(Run *run, gsize n)
{
    g_mutex_lock(&run->lock);
    while (run->got < n)
        g_cond_wait(&run->cond, &run->lock);
    g_mutex_unlock(&run->lock);
}

static void
let_read(Run *run)
{
    g_mutex_lock(&run->lock);
    run->may_read = true;
    g_cond_broadcast(&run->cond);
    g_mutex_unlock(&run->lock);
}

static void
run_free(Run *run)
{
    rpc_pump_free(run->pump);
    rpc_stream_unref(run->stream);
    rpc_client_close(run->client);
    rpc_client_unref(run->client);
    fake_free(run->fake);
    if (run->reader)
        g_thread_join(run->reader);
    assert_false(run->wrong);
    if (run->hooks_loop) {
        loop_stop(run->hooks_loop);
        loop_unref(run->hooks_loop);
    }
    fd_close(&run->out);
    g_mutex_clear(&run->lock);
    g_cond_clear(&run->cond);
    g_free(run);
}

static void
carries_every_byte(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        Run *run = run_new(&ways[i], 12345678, true);

        print_message("             over %s\n", ways[i].name);
        for (guint n = 0; n < 20; n++)
            assert_true(fake_echo(run->client, FAKE_ECHO_WORK, n, "beside a stream"));
        g_thread_join(run->writer);
        assert_true(rpc_pump_finish(run->pump, NULL));
        assert_int_equal(run->fake->ends, 1);
        wait_until_got(run, 12345678);
        assert_int_equal(run->write_error, 0);
        run_free(run);
    }
}

static void
a_reader_that_does_not_read_holds_up_nobody_else(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        Run       *run = run_new(&ways[i], 8000000, false);
        RpcClient *other = fake_connect(run->fake, NULL);

        for (guint n = 0; n < 50; n++)
            assert_true(fake_echo(other, FAKE_ECHO, n, "somebody else"));
        let_read(run);
        g_thread_join(run->writer);
        assert_true(rpc_pump_finish(run->pump, NULL));
        wait_until_got(run, 8000000);
        rpc_client_unref(other);
        run_free(run);
    }
}

static bool
is_full(int pipe)
{
    struct pollfd p = { pipe, POLLOUT, 0 };

    return poll(&p, 1, 0) == 0;
}

/* The pipe is full while the last bytes are on this side already: in the socket, or decoded and in no socket any more. */
static void
the_rest_is_not_forgotten_when_the_pipe_was_full(void **state)
{
    static const gsize rests[] = { 1, 100, 16384, 20000, 65536, 70000, 131072 };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        for (gsize k = 0; k < G_N_ELEMENTS(rests); k++) {
            Run *run = run_new(&ways[i], 65536 + rests[k], false);

            g_thread_join(run->writer);
            while (!is_full(run->fake->pipe))
                g_thread_yield();
            let_read(run);
            assert_true(rpc_pump_finish(run->pump, NULL));
            wait_until_got(run, 65536 + rests[k]);
            run_free(run);
        }
    }
}

static void
can_be_stopped_between_two_bytes(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autoptr(GError) err = NULL;
        Run              *run = run_new(&ways[i], 0, true);

        wait_until_got(run, 1000000);
        rpc_pump_stop(run->pump);
        rpc_pump_stop(run->pump);
        g_thread_join(run->writer);
        assert_int_equal(run->write_error, EPIPE);
        assert_false(rpc_pump_finish(run->pump, &err));
        assert_non_null(strstr(err->message, "stopped"));
        assert_true(fake_echo(run->client, FAKE_ECHO, 1, "the connection goes on"));
        assert_int_equal(run->fake->ends, 1);
        run_free(run);
    }
}

/* The writer is told at once, even though the other side takes nothing. */
static void
can_be_stopped_while_nobody_reads(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        Run *run = run_new(&ways[i], 0, false);

        rpc_pump_stop(run->pump);
        g_thread_join(run->writer);
        assert_int_equal(run->write_error, EPIPE);
        let_read(run);
        assert_false(rpc_pump_finish(run->pump, NULL));
        assert_true(fake_echo(run->client, FAKE_ECHO, 1, "the connection goes on"));
        run_free(run);
    }
}

static void
a_reader_that_goes_ends_the_stream_only(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autoptr(GError) err = NULL;
        Run              *run = run_new(&ways[i], 0, false);

        /* Nothing is read meanwhile: the reader waits for its permission. */
        close(run->out);
        run->out = -1;
        g_thread_join(run->writer);
        assert_int_equal(run->write_error, EPIPE);
        assert_false(rpc_pump_finish(run->pump, &err));
        assert_non_null(strstr(err->message, "nobody reads"));
        assert_true(fake_echo(run->client, FAKE_ECHO, 1, "the connection goes on"));
        assert_int_equal(run->fake->streams_gone, 1);
        let_read(run);
        run_free(run);
    }
}

static void
a_lost_connection_ends_the_pump(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        Run *run = run_new(&ways[i], 0, true);

        wait_until_got(run, 500000);
        if (i % 2)
            rpc_client_close(run->client);
        else
            fake_stop(run->fake);
        g_thread_join(run->writer);
        assert_int_equal(run->write_error, EPIPE);
        assert_false(rpc_pump_finish(run->pump, NULL));
        run_free(run);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_every_byte),
        cmocka_unit_test(a_reader_that_does_not_read_holds_up_nobody_else),
        cmocka_unit_test(the_rest_is_not_forgotten_when_the_pipe_was_full),
        cmocka_unit_test(can_be_stopped_between_two_bytes),
        cmocka_unit_test(can_be_stopped_while_nobody_reads),
        cmocka_unit_test(a_reader_that_goes_ends_the_stream_only),
        cmocka_unit_test(a_lost_connection_ends_the_pump),
    };

    int failures;

    certs_make(&certs);
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    certs_clear(&certs);
    return failures;
}
