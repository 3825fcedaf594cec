/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams against a peer that keeps to no order: each input is a program of packets (data, holes, ends, aborts, garbage)
 * and of what the owner of the stream does meanwhile. The first byte says which side is under test, the others are steps.
 * What an owner was told was over may not go on, and nothing may grow beyond its bounds. */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/server.h"
#include "rpc/session-private.h"
#include "rpc/stream-private.h"
#include "util/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAP_MAX (65 << 20)
#define KEPT_MAX ((1 << 20) + RPC_STREAM_CHUNK)

enum { SINK = 1, STRICT_SINK, POUR };

/* The steps of one input. */
typedef struct {
    const uint8_t *at;
    size_t         left;
} Steps;

static guint8
next_step(Steps *steps)
{
    if (steps->left == 0)
        return 0;
    steps->left--;
    return *steps->at++;
}

/* Packets */

typedef struct {
    const RpcProgram *program;
    gint32            procedure;
    guint32           serial;
} Address;

static void
make_packet(const Address *to, RpcType type, gint32 status, const guint8 *bytes, gsize len, XdrWriter *w)
{
    RpcHeader header = {
        .program = to->program->number, .version = 1, .procedure = to->procedure, .type = type, .serial = to->serial,
        .status = status,
    };

    rpc_packet_begin(w, &header);
    xdr_put_raw(w, bytes, len);
    rpc_packet_finish(w);
}

/* What does not fit is not sent. */
static void
send_packet(int fd, const Address *to, RpcType type, gint32 status, const guint8 *bytes, gsize len)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;

    make_packet(to, type, status, bytes, len, &w);
    if (send(fd, w.data, w.len, MSG_DONTWAIT | MSG_NOSIGNAL) != (gssize)w.len)
        shutdown(fd, SHUT_RDWR); /* half a packet: the connection is lost */
    xdr_writer_clear(&w);
}

static void
send_hole(int fd, const Address *to, gint64 length, gsize cut)
{
    XdrWriter body = XDR_WRITER_INIT(64);

    xdr_put_i64(&body, length);
    xdr_put_u32(&body, 0);
    send_packet(fd, to, RPC_TYPE_STREAM_HOLE, RPC_CONTINUE, body.data, MIN(cut, body.len));
    xdr_writer_clear(&body);
}

/* The peer's part of a step; what is free of meaning is the other side's to use. */
static void
peer_step(int fd, const Address *to, guint8 what, Steps *steps)
{
    static const guint8 zeros[300 * 256];
    Address             other = *to;
    guint8              n = next_step(steps);

    switch (what % 8) {
    case 0:
    case 1:
        send_packet(fd, to, RPC_TYPE_STREAM, RPC_CONTINUE, zeros, (gsize)n * (what % 8 ? 300 : 1));
        break;
    case 2:
        send_hole(fd, to, (gint8)n, n == 77 ? 5 : 64);
        break;
    case 3:
        send_packet(fd, to, RPC_TYPE_STREAM, RPC_OK, zeros, n & 1);
        break;
    case 4: /* with or without a body, right or wrong */
        n = (guint8)MIN(n, steps->left);
        send_packet(fd, to, RPC_TYPE_STREAM, RPC_ERROR, steps->at, n);
        steps->at += n;
        steps->left -= n;
        break;
    case 5:
        send_packet(fd, to, n & 1 ? RPC_TYPE_STREAM : RPC_TYPE_STREAM_HOLE, n >> 1, zeros, n);
        break;
    case 6:
        other.serial += n;
        other.procedure += n >> 6;
        send_packet(fd, &other, RPC_TYPE_STREAM, n % 3, zeros, n);
        break;
    default:
        break;
    }
}

/* The server's side */

typedef struct {
    RpcStream *s; /* owned, until the owner lets go */
    bool       ended, aborted, gone;
    int        pipe[2];
} Owner;

static Owner owner;

static void
came(Owner *o)
{
    if (o->ended || o->aborted || o->gone)
        __builtin_trap();
    g_mutex_lock(&o->s->session->lock);
    if (o->s->session->kept_bytes > KEPT_MAX)
        __builtin_trap();
    g_mutex_unlock(&o->s->session->lock);
}

static void
on_data(RpcStream *s, const guint8 *bytes, gsize len, gpointer data)
{
    (void)s;
    for (gsize i = 0; i < len; i++) {
        if (bytes[i] != 0)
            __builtin_trap();
    }
    came(data);
}

static void
on_hole(RpcStream *s, gint64 length, gpointer data)
{
    (void)s;
    if (length < 0)
        __builtin_trap();
    came(data);
}

static void
on_end(RpcStream *s, gpointer data)
{
    (void)s;
    came(data);
    ((Owner *)data)->ended = true;
}

static void
on_abort(RpcStream *s, gpointer data)
{
    Owner *o = data;

    (void)s;
    if (o->aborted || o->gone)
        __builtin_trap();
    o->aborted = true;
}

static void
on_gone(gpointer data)
{
    ((Owner *)data)->gone = true;
}

static const RpcStreamOps sink_ops = {
    .data = on_data, .hole = on_hole, .end = on_end, .abort = on_abort, .destroy = on_gone,
};
static const RpcStreamOps strict_ops = { .data = on_data, .end = on_end, .abort = on_abort, .destroy = on_gone };

static bool
do_open(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    (void)in, (void)out, (void)err;
    if (owner.s)
        return false;
    owner.s = rpc_request_open_stream(req, req->call->number == STRICT_SINK ? &strict_ops : &sink_ops, &owner);
    if (req->call->number == POUR)
        rpc_stream_pour_into(owner.s, owner.pipe[1]);
    return true;
}

#define STREAM_ROW(n) { n, #n, .lane = RPC_LOOP, .stream = RPC_STREAM_BOTH, .handler = do_open }
static const RpcCall    calls[] = { STREAM_ROW(SINK), STREAM_ROW(STRICT_SINK), STREAM_ROW(POUR) };
static const RpcProgram program = {
    .number = 0x7a7a0003, .version = 1, .name = "fuzz", .calls = calls, .n_calls = G_N_ELEMENTS(calls),
};

static bool
let_in(RpcSession *session, gpointer data)
{
    (void)data;
    rpc_session_set_authenticated(session, true);
    return true;
}

/* The server is made once and its loop is turned by hand. */
static Loop      *loop;
static RpcServer *server;

static void
turn(void)
{
    for (int i = 0; i < 100 && g_main_context_iteration(loop_context(loop), FALSE); i++)
        ;
}

static void
empty(int fd)
{
    guint8 buf[4096];

    while (read(fd, buf, sizeof(buf)) > 0)
        ;
}

static void
owner_step(guint8 what)
{
    static const guint8 block[100000];

    if (!owner.s)
        return;
    switch (what % 8) {
    case 0:
        rpc_stream_pause(owner.s);
        break;
    case 1:
        rpc_stream_resume(owner.s);
        break;
    case 2:
        rpc_stream_send(owner.s, block, what * 390u);
        break;
    case 3:
        rpc_stream_send_hole(owner.s, what);
        break;
    case 4:
        rpc_stream_send_eof(owner.s);
        break;
    case 5:
        rpc_stream_end(owner.s);
        break;
    case 6:
        rpc_stream_fail(owner.s, NULL);
        break;
    default:
        empty(owner.pipe[0]);
    }
    /* Who has said the last word hears nothing more. */
    if (what % 8 == 5 || what % 8 == 6)
        owner.ended = true;
}

static void
make_server(void)
{
    if (server)
        return;
    loop = loop_new("fuzz");
    server = rpc_server_new(loop, NULL);
    rpc_server_add_program(server, &program);
}

static void
try_server(Steps *steps)
{
    static const RpcService service = { .accept = let_in };
    Address                 to = { &program, 1 + next_step(steps) % 3, 7 };
    int                     fds[2];

    make_server();
    owner = (Owner){ .pipe = { -1, -1 } };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0
        || pipe2(owner.pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return;
    rpc_server_adopt(server, chan_new_fd(fds[1]), &service);
    send_packet(fds[0], &to, RPC_TYPE_CALL, RPC_OK, NULL, 0);
    turn();
    while (steps->left > 0) {
        guint8 what = next_step(steps);

        if (what & 0x80)
            owner_step(what & 0x7f);
        else
            peer_step(fds[0], &to, what, steps);
        if (what & 0x40)
            turn();
        if (what & 0x20)
            empty(fds[0]);
    }
    turn();
    close(fds[0]);
    while (rpc_server_n_sessions(server) > 0)
        g_main_context_iteration(loop_context(loop), TRUE);
    g_clear_pointer(&owner.s, rpc_stream_unref);
    turn();
    if (!owner.gone)
        __builtin_trap();
    fd_close(&owner.pipe[0]);
    fd_close(&owner.pipe[1]);
}

/* The client's side */

static void
check_heap(RpcClient *client, RpcStream *s)
{
    g_mutex_lock(&client->lock);
    if (s->rx_bytes > HEAP_MAX)
        __builtin_trap();
    g_mutex_unlock(&client->lock);
}

static void
receive(RpcClient *client, RpcStream *s, bool *over, gsize size)
{
    g_autoptr(GError) err = NULL;
    guint8            buf[256];
    gsize             n;
    RpcRecv           result = rpc_client_stream_recv(s, buf, size, true, &n, &err);

    check_heap(client, s);
    if ((result == RPC_RECV_FAILED) != (err != NULL) || n > size || (result == RPC_RECV_DATA) != (n > 0))
        __builtin_trap();
    if (result == RPC_RECV_HOLE && rpc_client_stream_hole(s) < 0)
        __builtin_trap();
    /* After an end or an error there is nothing more. */
    if (*over && (result == RPC_RECV_DATA || result == RPC_RECV_HOLE || result == RPC_RECV_AGAIN))
        __builtin_trap();
    *over = *over || result == RPC_RECV_EOF || result == RPC_RECV_FAILED;
}

static void
end_client(RpcClient *client, RpcStream *s, guint8 how)
{
    g_autoptr(GError) err = NULL;
    bool              ok;

    if (how % 4 == 0)
        return; /* dropped as it is */
    ok = how % 4 == 1 ? rpc_client_stream_abort(s, &err) : rpc_client_stream_finish(s, &err);
    if (ok == (err != NULL))
        __builtin_trap();
    check_heap(client, s);
}

static void
try_client(Steps *steps)
{
    Address    to = { &program, SINK, 1 };
    RpcStream *s = NULL;
    RpcClient *client;
    int        fds[2];
    guint8     how = next_step(steps);
    bool       over = false;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
        return;
    client = rpc_client_new(chan_new_fd(fds[1]), NULL);
    to.serial = client->next_serial;
    send_packet(fds[0], &to, RPC_TYPE_REPLY, RPC_OK, NULL, 0);
    if (!rpc_client_call_stream(client, &program, &calls[0], NULL, NULL, &s, NULL))
        __builtin_trap();
    while (steps->left > 0) {
        guint8 what = next_step(steps);

        if (what & 0x80)
            receive(client, s, &over, 1 + (what & 0x7f));
        else
            peer_step(fds[0], &to, what, steps);
    }
    close(fds[0]); /* so that nothing can wait for ever */
    end_client(client, s, how);
    for (int i = 0; i < 1000; i++)
        receive(client, s, &over, 256);
    rpc_stream_unref(s);
    rpc_client_close(client);
    rpc_client_unref(client);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Steps steps = { data, size };

    if (size == 0)
        return 0;
    if (next_step(&steps) & 1)
        try_client(&steps);
    else
        try_server(&steps);
    return 0;
}
