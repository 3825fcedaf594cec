/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public stream calls over a connection, against the server of the rpc room's torture test. If these fail, a program
 * that uses libvirt's streams loses or repeats data, misplaces holes, hangs, or fills its memory. GODWIT_SEED=n repeats. */
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "../rpc/torture.h"
#include "model/handle.h"
#include "remote/flow.h"
#include "rpc/client-private.h"

#include "../unit.h"

#define ROUNDS 12
#define ROOM_MAX (2 << 20) /* unsent at the client, and the piece that did not fit */
#define PATIENCE (60 * G_TIME_SPAN_SECOND)

static guint32 seed;

/* One stream and its server. */
typedef struct {
    Torture      *torture;
    Job          *job;
    RpcClient    *client;
    virConnectPtr conn;
    virStreamPtr  st;

    GMutex lock;
    GCond  cond;
    /* under lock */
    int    done, again, freed;
} Room;

static const RpcLoopHooks hooks = {
    .add_fd = virEventAddHandle, .remove_fd = virEventRemoveHandle, .add_timer = virEventAddTimeout,
    .update_timer = virEventUpdateTimeout, .remove_timer = virEventRemoveTimeout,
};

static gpointer
run_events(gpointer unused)
{
    for (;;)
        virEventRunDefaultImpl();
    return unused;
}

static void
ignore_error(void *data, virErrorPtr err)
{
    (void)data, (void)err;
}

static void
open_room(Room *room, Plan plan, bool nonblock)
{
    gint32     number[] = { 0 };
    RpcStream *s = NULL;
    Chan      *a, *b;

    memset(room, 0, sizeof(*room));
    g_mutex_init(&room->lock);
    g_cond_init(&room->cond);
    room->torture = torture_new(&plan, 1);
    room->job = &room->torture->jobs[0];
    assert_true(chan_new_pair(&a, &b, NULL));
    torture_adopt(room->torture, b);
    room->client = rpc_client_new(a, NULL);
    assert_true(rpc_client_attach_loop(room->client, &hooks, NULL));
    assert_true(rpc_client_call_stream(room->client, &torture_program,
                                       rpc_program_find(&torture_program, plan.up ? TORTURE_SINK : TORTURE_SOURCE), number,
                                       NULL, &s, NULL));
    room->conn = conn_new();
    room->conn->events = event_hub_new();
    room->st = stream_new(room->conn, nonblock);
    room->st->flow = remote_flow_new(s);
}

static void
close_room(Room *room)
{
    assert_int_equal(virStreamFree(room->st), 0);
    assert_true(torture_wait_gone(room->torture));
    rpc_client_close(room->client);
    rpc_client_unref(room->client);
    conn_unref(room->conn);
    torture_free(room->torture);
    g_mutex_clear(&room->lock);
    g_cond_clear(&room->cond);
}

static void
assert_whole(Room *room)
{
    if (!tally_is_same(&room->job->client, &room->job->server))
        fail_msg("%" G_GUINT64_FORMAT " bytes, %u holes here, %" G_GUINT64_FORMAT ", %u there", room->job->client.bytes,
                 room->job->client.holes, room->job->server.bytes, room->job->server.holes);
}

static Plan
draw_plan(GRand *rand, bool up)
{
    static const gsize chunks[] = { 1, 300, 65536, 262121, 600000 };
    Plan               plan = { .up = up, .seed = g_rand_int(rand), .slow = g_rand_int_range(rand, 0, 3) == 0 };

    plan.chunk = chunks[g_rand_int_range(rand, 0, G_N_ELEMENTS(chunks))];
    plan.total = (gsize)g_rand_int_range(rand, 1, (gint32)MIN(plan.chunk * 400, 3000000));
    plan.holes = (guint)g_rand_int_range(rand, 2, 10);
    if (up)
        plan.slow = false; /* that one lasts until there were enough calls, and nobody calls here */
    return plan;
}

/* Everything at once */

static int
read_source(virStreamPtr st, char *data, size_t nbytes, void *opaque)
{
    Job   *job = opaque;
    gsize  n = MIN(nbytes, job->pieces.len);

    (void)st;
    if (n == 0)
        return 0;
    memcpy(data, job->pieces.bytes, n);
    tally_data(&job->client, job->pieces.bytes, n);
    job->pieces.bytes += n;
    job->pieces.len -= n;
    return (int)n;
}

static int
where_in_source(virStreamPtr st, int *in_data, long long *length, void *opaque)
{
    Job *job = opaque;

    (void)st;
    *in_data = 1;
    *length = 0;
    if (!job_goes_on(job, &job->client))
        return 0;
    pieces_next(&job->pieces, &job->plan);
    *in_data = job->pieces.hole == 0;
    *length = *in_data ? (long long)job->pieces.len : job->pieces.hole;
    return 0;
}

static int
skip_in_source(virStreamPtr st, long long length, void *opaque)
{
    Job *job = opaque;

    (void)st;
    tally_hole(&job->client, length);
    job->pieces.len = 0;
    return 0;
}

static int
write_sink(virStreamPtr st, const char *data, size_t nbytes, void *opaque)
{
    size_t n = MIN(nbytes, 100000); /* not all at once */

    (void)st;
    tally_data(&((Job *)opaque)->client, (const guint8 *)data, n);
    return (int)n;
}

static int
write_hole(virStreamPtr st, long long length, void *opaque)
{
    (void)st;
    tally_hole(&((Job *)opaque)->client, length);
    return 0;
}

static void
all_of_it_arrives_with_its_holes(void **state)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        Plan plan = draw_plan(rand, i % 2);
        Room room;

        open_room(&room, plan, false);
        if (plan.up)
            assert_int_equal(virStreamSparseSendAll(room.st, read_source, where_in_source, skip_in_source, room.job), 0);
        else
            assert_int_equal(virStreamSparseRecvAll(room.st, write_sink, write_hole, room.job), 0);
        assert_int_equal(virStreamFinish(room.st), 0);
        assert_whole(&room);
        close_room(&room);
    }
}

static int
count_zeros(virStreamPtr st, const char *data, size_t nbytes, void *opaque)
{
    guint64 *n = opaque;

    (void)st;
    for (size_t i = 0; i < nbytes; i++)
        *n += data[i] == 0;
    return (int)nbytes;
}

static void
a_hole_is_zeros_to_who_does_not_ask(void **state)
{
    Room    room;
    guint64 zeros = 0;

    (void)state;
    open_room(&room, (Plan){ .total = 10, .chunk = 1, .holes = 2, .seed = seed }, false);
    assert_int_equal(virStreamRecvAll(room.st, count_zeros, &zeros), 0);
    assert_int_equal(virStreamFinish(room.st), 0);
    assert_true(room.job->server.holes > 0);
    assert_true(zeros >= (guint64)room.job->server.holes << 20);
    assert_true(zeros <= ((guint64)room.job->server.holes << 20) + 10);
    close_room(&room);
}

static int
give_up_soon(virStreamPtr st, char *data, size_t nbytes, void *opaque)
{
    int *left = opaque;

    (void)st;
    memset(data, 'x', nbytes);
    return (*left)-- > 0 ? (int)nbytes : -1;
}

static void
a_source_that_fails_ends_the_stream_for_both(void **state)
{
    Room room;
    int  left = 3;

    (void)state;
    open_room(&room, (Plan){ .up = true, .total = 1 << 30, .chunk = 1 }, false);
    assert_int_equal(virStreamSendAll(room.st, give_up_soon, &left), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_SYSTEM_ERROR);
    assert_non_null(strstr(virGetLastErrorMessage(), "send handler failed"));
    assert_true(torture_wait_gone(room.torture));
    assert_true(room.job->aborted);
    assert_int_equal(virStreamSend(room.st, "x", 1), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_NO_SUPPORT);
    close_room(&room);
}

static void
the_servers_error_reaches_the_program(void **state)
{
    g_autofree char *buf = g_malloc(100000);
    Room             room;
    int              n;

    (void)state;
    open_room(&room, (Plan){ .total = 500000, .chunk = 5000, .seed = seed, .ending = END_SERVER_ABORTS }, false);
    while ((n = virStreamRecv(room.st, buf, 100000)) > 0)
        tally_data(&room.job->client, (guint8 *)buf, (gsize)n);
    assert_int_equal(n, -1);
    assert_non_null(strstr(virGetLastErrorMessage(), TORTURE_TEXT));
    assert_whole(&room); /* what came before it is not lost */
    assert_int_equal(virStreamAbort(room.st), -1);
    close_room(&room);
}

/* Without waiting */

static void
tell(Room *room, int *what)
{
    g_mutex_lock(&room->lock);
    (*what)++;
    g_cond_broadcast(&room->cond);
    g_mutex_unlock(&room->lock);
}

static void
wait_told(Room *room, const int *what)
{
    gint64 deadline = g_get_monotonic_time() + PATIENCE;

    g_mutex_lock(&room->lock);
    while (*what == 0)
        assert_true(g_cond_wait_until(&room->cond, &room->lock, deadline));
    g_mutex_unlock(&room->lock);
}

static void
freed(void *opaque)
{
    tell(opaque, &((Room *)opaque)->freed);
}

static void
read_when_ready(virStreamPtr st, int events, void *opaque)
{
    Room     *room = opaque;
    char      buf[5000];
    long long length;
    int       n;

    assert_true(events & VIR_STREAM_EVENT_READABLE);
    while ((n = virStreamRecvFlags(st, buf, sizeof(buf), VIR_STREAM_RECV_STOP_AT_HOLE)) > 0 || n == -3) {
        if (n > 0) {
            tally_data(&room->job->client, (guint8 *)buf, (gsize)n);
        } else {
            assert_int_equal(virStreamRecvHole(st, &length, 0), 0);
            tally_hole(&room->job->client, length);
        }
    }
    if (n == -2) {
        tell(room, &room->again);
        return;
    }
    assert_int_equal(n, 0);
    assert_int_equal(virStreamEventRemoveCallback(st), 0);
    tell(room, &room->done);
}

/* One piece a time: the loop calls again as long as there is room. */
static void
write_when_ready(virStreamPtr st, int events, void *opaque)
{
    Room *room = opaque;
    Job  *job = room->job;
    int   n;

    assert_true(events & VIR_STREAM_EVENT_WRITABLE);
    if (!job_goes_on(job, &job->client)) {
        assert_int_equal(virStreamEventRemoveCallback(st), 0);
        tell(room, &room->done);
        return;
    }
    pieces_next(&job->pieces, &job->plan);
    if (job->pieces.hole) {
        assert_int_equal(virStreamSendHole(st, job->pieces.hole, 0), 0);
        skip_in_source(st, job->pieces.hole, job);
        return;
    }
    n = virStreamSend(st, (const char *)job->pieces.bytes, job->pieces.len);
    assert_true(n > 0); /* it was said to be writable */
    tally_data(&job->client, job->pieces.bytes, (gsize)n);
    job->pieces.bytes += n;
    job->pieces.len -= (gsize)n;
}

static void
the_event_loop_tells_of_data_and_of_room(void **state)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed + 1);

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        Plan plan = draw_plan(rand, i % 2);
        int  events = plan.up ? VIR_STREAM_EVENT_WRITABLE : VIR_STREAM_EVENT_READABLE;
        Room room;

        open_room(&room, plan, true);
        assert_int_equal(virStreamEventAddCallback(room.st, events, plan.up ? write_when_ready : read_when_ready, &room,
                                                   freed), 0);
        wait_told(&room, &room.done);
        wait_told(&room, &room.freed);
        assert_int_equal(virStreamFinish(room.st), 0);
        assert_whole(&room);
        close_room(&room);
    }
}

static void
sending_without_waiting_is_bounded(void **state)
{
    g_autofree char *block = g_malloc0(100000);
    Room             room;
    gsize            sent = 0;
    int              n;

    (void)state;
    open_room(&room, (Plan){ .up = true, .slow = true, .total = 1 << 30, .chunk = 1 }, true);
    while ((n = virStreamSend(room.st, block, 100000)) != -2) {
        assert_true(n > 0);
        sent += (gsize)n;
        g_mutex_lock(&room.client->lock);
        assert_true(room.client->out.bytes <= ROOM_MAX);
        g_mutex_unlock(&room.client->lock);
        assert_true(sent < 1 << 30);
    }
    assert_int_equal(virStreamAbort(room.st), 0);
    close_room(&room);
}

/* Mistakes */

static void
noted(virStreamPtr st, int events, void *opaque)
{
    (void)st, (void)events, (void)opaque;
}

static void
mistakes_are_named(void **state)
{
    virConnectPtr conn = conn_new();
    virStreamPtr  st = virStreamNew(conn, 0);
    long long     length;
    char          byte;
    Room          room;

    (void)state;
    assert_null(virStreamNew(conn, 64));
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_ARG);
    assert_int_equal(virStreamRecv(st, &byte, 1), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_NO_SUPPORT);
    assert_int_equal(virStreamFinish(st), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_NO_SUPPORT);
    assert_int_equal(virStreamAbort(st), 0); /* it carries nothing */
    assert_int_equal(virStreamEventAddCallback(st, 1, noted, NULL, NULL), -1);
    assert_int_equal(virStreamFree(st), 0);
    conn_unref(conn);

    open_room(&room, (Plan){ .total = 1 << 20, .chunk = 10 }, true);
    assert_int_equal(virStreamRecvFlags(room.st, &byte, 1, 8), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_ARG);
    assert_int_equal(virStreamRecvHole(room.st, &length, 0), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_OPERATION_INVALID);
    assert_int_equal(virStreamSendHole(room.st, -1, 0), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_INVALID_ARG);
    assert_int_equal(virStreamEventRemoveCallback(room.st), -1);
    assert_int_equal(virStreamEventUpdateCallback(room.st, 1), -1);
    assert_int_equal(virStreamEventAddCallback(room.st, 0, noted, &room, freed), 0);
    assert_int_equal(virStreamEventAddCallback(room.st, 0, noted, NULL, NULL), -1);
    assert_non_null(strstr(virGetLastErrorMessage(), "multiple stream callbacks not supported"));
    assert_int_equal(virStreamEventRemoveCallback(room.st), 0);
    wait_told(&room, &room.freed);
    assert_int_equal(virStreamRecvAll(room.st, count_zeros, NULL), -1);
    assert_non_null(strstr(virGetLastErrorMessage(), "data sinks cannot be used for non-blocking streams"));
    close_room(&room);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_arrives_with_its_holes),
        cmocka_unit_test(a_hole_is_zeros_to_who_does_not_ask),
        cmocka_unit_test(a_source_that_fails_ends_the_stream_for_both),
        cmocka_unit_test(the_servers_error_reaches_the_program),
        cmocka_unit_test(the_event_loop_tells_of_data_and_of_room),
        cmocka_unit_test(sending_without_waiting_is_bounded),
        cmocka_unit_test(mistakes_are_named),
    };
    const char *given = g_getenv("GODWIT_SEED");

    seed = given ? (guint32)g_ascii_strtoull(given, NULL, 10) : g_random_int();
    print_message("GODWIT_SEED=%u\n", seed);
    virSetErrorFunc(NULL, ignore_error);
    virEventRegisterDefaultImpl();
    g_thread_unref(g_thread_new("events", run_events, NULL));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
