/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls per second for a LOOP echo over a unix socket: one client, several threads on one connection, and one client beside
 * silent connections.  rpc-bench [seconds] [silent connections] [threads]
 */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rpc/client.h"
#include "rpc/server.h"
#include "rpc/session.h"

#include "../rpc/fake.h"

typedef struct { gint32 value; } Number;

static const XdrField rows[] = { F(Number, value, xdr_i32), XDR_END };

static bool
echo(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    (void)req;
    (void)err;
    *(Number *)out = *(const Number *)in;
    return true;
}

static const RpcCall calls[] = {
    { 1, "echo", rows, sizeof(Number), rows, sizeof(Number), .lane = RPC_LOOP, .handler = echo },
    { 2, "echo_work", rows, sizeof(Number), rows, sizeof(Number), .lane = RPC_WORK, .handler = echo },
};
static const RpcProgram program = { 0x7a7a0002, 1, "bench", calls, G_N_ELEMENTS(calls) };

static bool
accept_all(RpcSession *session, gpointer data)
{
    (void)data;
    rpc_session_set_authenticated(session, true);
    return true;
}

static void
stop(gpointer server)
{
    rpc_server_stop(server);
}

typedef struct {
    RpcClient     *client;
    const RpcCall *call;
    gint64         end;
    guint64        n;
} Run;

static gpointer
run(gpointer data)
{
    Run *r = data;

    while (g_get_monotonic_time() < r->end) {
        Number in = { (gint32)r->n }, out = { 0 };

        if (!rpc_client_call(r->client, &program, r->call, &in, &out, NULL) || out.value != in.value)
            g_error("wrong answer");
        r->n++;
    }
    return NULL;
}

static void
measure(const char *what, RpcClient *client, const RpcCall *call, int n_threads, double seconds)
{
    g_autofree Run     *runs = g_new0(Run, n_threads);
    g_autofree GThread **threads = g_new0(GThread *, n_threads);
    gint64              start = g_get_monotonic_time();
    guint64             n = 0;

    for (int i = 0; i < n_threads; i++) {
        runs[i] = (Run) { client, call, start + (gint64)(seconds * 1e6), 0 };
        threads[i] = g_thread_new("caller", run, &runs[i]);
    }
    for (int i = 0; i < n_threads; i++) {
        g_thread_join(threads[i]);
        n += runs[i].n;
    }
    g_print("%-40s %9.0f calls/s\n", what, (double)n / ((double)(g_get_monotonic_time() - start) / 1e6));
}

/* As applications with an event loop have it: the loop watches the same socket. */
static void
measure_with_loop(const char *path, int n_threads, double seconds)
{
    Loop      *loop = loop_new("app");
    RpcClient *client = rpc_client_new(chan_connect_unix(path, NULL), NULL);

    loop_start(loop);
    if (!rpc_client_attach_loop(client, fake_hooks(loop), NULL))
        g_error("no loop");
    measure("loop lane, one caller, event loop", client, &calls[0], 1, seconds);
    measure("loop lane, several callers, event loop", client, &calls[0], n_threads, seconds);
    rpc_client_close(client);
    rpc_client_unref(client);
    loop_stop(loop);
    loop_unref(loop);
}

int
main(int argc, char **argv)
{
    double             seconds = argc > 1 ? atof(argv[1]) : 1;
    int                n_silent = argc > 2 ? atoi(argv[2]) : 200;
    int                n_threads = argc > 3 ? atoi(argv[3]) : 4;
    g_autofree char   *dir = g_dir_make_tmp("rpc-bench-XXXXXX", NULL);
    g_autofree char   *path = g_build_filename(dir, "sock", NULL);
    RpcService         service = { .accept = accept_all };
    Loop              *loop = loop_new("server");
    RpcServer         *server = rpc_server_new(loop, NULL);
    g_autoptr(GError)  err = NULL;
    g_autoptr(GPtrArray) silent = g_ptr_array_new_with_free_func((GDestroyNotify)chan_free);
    RpcClient         *client;

    rpc_server_add_program(server, &program);
    if (!rpc_server_listen_unix(server, path, 0600, &service, &err))
        g_error("%s", err->message);
    loop_start(loop);
    client = rpc_client_new(chan_connect_unix(path, NULL), NULL);
    measure("loop lane, one caller", client, &calls[0], 1, seconds);
    if (n_threads)
        measure("work lane, one caller", client, &calls[1], 1, seconds);
    if (n_threads)
        measure("loop lane, several callers", client, &calls[0], n_threads, seconds);
    if (n_threads)
        measure_with_loop(path, n_threads, seconds);
    for (int i = 0; i < n_silent; i++)
        g_ptr_array_add(silent, chan_connect_unix(path, NULL));
    if (n_silent)
        measure("loop lane, beside silent connections", client, &calls[0], 1, seconds);
    rpc_client_unref(client);
    loop_call(loop, stop, server);
    loop_stop(loop);
    rpc_server_free(server);
    loop_unref(loop);
    g_rmdir(dir);
    return 0;
}
