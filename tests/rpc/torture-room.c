/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "torture-room.h"

#include <poll.h>

#include "fake.h"
#include "rpc/chan-tls.h"
#include "rpc/stream-private.h"

#include "../unit.h"

Certs torture_certs;

bool
task_complain(Task *task, const char *what)
{
    print_message("stream %u (%s): %s%s%s\n", task->number, task->job->plan.up ? "up" : "down", what,
                  task->err ? ": " : "", task->err ? task->err->message : "");
    g_atomic_int_inc(&task->room->failures);
    return false;
}

/* Connections */

static Chan *
wrap(Room *room, const Way *way, Chan *chan, bool server)
{
    TlsConfig           config = { .role = server ? TLS_SERVER : TLS_CLIENT, .no_sanity = true };
    g_autoptr(TlsCreds) creds = NULL;

    if (way->split) {
        room->faults[0] = (Fault){ 0, FAULT_SPLIT, way->split };
        room->faults[1] = (Fault){ room->cut_after, FAULT_CUT };
        room->cut = room->cut_after > 0;
        room->n_faults = room->cut ? 2 : 1;
        return chan_new_faulty(chan, room->faults, room->n_faults, room->faults, room->n_faults);
    }
    if (!way->tls)
        return chan;
    creds = certs_load(&torture_certs, "ca", server ? "server" : "alice", config, NULL);
    return chan_new_tls(chan, creds, server ? NULL : "good.example", NULL);
}

void
room_open(Room *room, const Way *way, const Plan *plans, guint n_plans)
{
    Chan *a, *b;

    room->torture = torture_new(plans, n_plans);
    assert_true(chan_new_pair(&a, &b, NULL));
    a = wrap(room, way, a, false);
    b = wrap(room, way, b, true);
    torture_adopt(room->torture, b);
    assert_true(chan_start_wait(a, NULL));
    room->client = rpc_client_new(a, NULL);
    if (way->looped) {
        room->hooks_loop = loop_new("hooks");
        loop_start(room->hooks_loop);
        assert_true(rpc_client_attach_loop(room->client, fake_hooks(room->hooks_loop), NULL));
    }
}

void
room_close(Room *room)
{
    rpc_client_close(room->client);
    rpc_client_unref(room->client);
    assert_true(torture_wait_gone(room->torture));
    torture_free(room->torture);
    if (room->hooks_loop) {
        loop_stop(room->hooks_loop);
        loop_unref(room->hooks_loop);
    }
}

bool
room_call(Room *room, gint32 number, GError **err)
{
    NumberIn  in = { number };
    NumberOut out = { 0 };

    return rpc_client_call(room->client, &torture_program, rpc_program_find(&torture_program, TORTURE_CALL), &in, &out,
                           err)
           && out.value == number;
}

RpcStream *
room_open_stream(Room *room, gint32 number, bool up, GError **err)
{
    NumberIn   in = { number };
    RpcStream *s = NULL;

    rpc_client_call_stream(room->client, &torture_program,
                           rpc_program_find(&torture_program, up ? TORTURE_SINK : TORTURE_SOURCE), &in, NULL, &s, err);
    return s;
}

static void
maybe_cut(Task *task, gsize bytes)
{
    Room *room = task->room;

    if (room->cut_after && bytes >= room->cut_after && g_atomic_int_compare_and_exchange(&room->cut, 0, 1))
        rpc_client_close(room->client);
}

/* Sending */

static void
note_unsent(Task *task)
{
    gsize unsent;

    g_mutex_lock(&task->room->client->lock);
    unsent = task->room->client->out.bytes;
    g_mutex_unlock(&task->room->client->lock);
    note_peak(&task->room->torture->client_unsent, unsent);
}

static bool
send_piece(Task *task)
{
    Pieces *p = &task->job->pieces;
    bool    ok;

    pieces_next(p, &task->job->plan);
    ok = p->hole ? rpc_client_stream_send_hole(task->s, p->hole, &task->err)
                 : rpc_client_stream_send(task->s, p->bytes, p->len, &task->err);
    note_unsent(task);
    if (!ok)
        return false;
    if (p->hole)
        tally_hole(&task->job->client, p->hole);
    else
        tally_data(&task->job->client, p->bytes, p->len);
    p->len = 0;
    maybe_cut(task, task->job->client.bytes);
    return true;
}

bool
task_send_all(Task *task)
{
    gint64 deadline = g_get_monotonic_time() + PATIENCE;

    /* A server that gives up does so when all has come, so go on until it is heard of. */
    while (task->job->plan.ending == END_SERVER_ABORTS || job_goes_on(task->job, &task->job->client)) {
        if (!send_piece(task))
            return false;
        if (g_get_monotonic_time() > deadline)
            return task_complain(task, "no end; do the calls starve?");
    }
    return task->job->plan.ending == END_CLIENT_ABORTS ? rpc_client_stream_abort(task->s, &task->err)
                                                       : rpc_client_stream_finish(task->s, &task->err);
}

/* Receiving */

static void
wait_readable(Task *task)
{
    struct pollfd p = { rpc_client_stream_watch(task->s, RPC_READY_READABLE, NULL), POLLIN, 0 };

    assert_true(p.fd >= 0);
    assert_int_equal(poll(&p, 1, (int)(PATIENCE / 1000)), 1);
}

/* One of three manners: to wait, to be told by the event loop, to do something else in between. */
static RpcRecv
receive(Task *task, guint8 *buf, gsize size, gsize *ret_n)
{
    bool    told = task->room->hooks_loop && task->number % 2;
    RpcRecv result;

    if (task->job->plan.slow)
        room_call(task->room, (gint32)task->number, NULL);
    for (;;) {
        result = rpc_client_stream_recv(task->s, buf, size, told, ret_n, &task->err);
        if (result != RPC_RECV_AGAIN)
            return result;
        wait_readable(task);
    }
}

bool
task_receive_some(Task *task, GRand *rand, guint8 *buf, bool *ret_eof)
{
    gsize n;

    switch (receive(task, buf, (gsize)g_rand_int_range(rand, 1, task->job->plan.slow ? 30000 : CHUNK_MAX), &n)) {
    case RPC_RECV_DATA:
        tally_data(&task->job->client, buf, n);
        break;
    case RPC_RECV_HOLE:
        tally_hole(&task->job->client, rpc_client_stream_hole(task->s));
        break;
    case RPC_RECV_EOF:
        *ret_eof = true;
        break;
    default:
        return false;
    }
    maybe_cut(task, task->job->client.bytes);
    return true;
}

bool
task_receive_all(Task *task)
{
    g_autoptr(GRand)   rand = g_rand_new_with_seed(task->job->plan.seed + 1);
    g_autofree guint8 *buf = g_malloc(CHUNK_MAX);
    bool               eof = false;

    while (!eof) {
        if (task->job->plan.ending == END_CLIENT_ABORTS && task->job->client.bytes >= task->job->plan.total / 2)
            return rpc_client_stream_abort(task->s, &task->err);
        if (!task_receive_some(task, rand, buf, &eof))
            return false;
    }
    return rpc_client_stream_finish(task->s, &task->err);
}
