/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many streams at once on one connection, each as random as its seed says: if these fail, a tunnelled migration or a
 * download arrives damaged, hangs, eats the daemon's memory, or keeps everybody else's calls waiting.
 * GODWIT_SEED=n repeats a run. */
#include <string.h>

#include "rpc/stream-private.h"
#include "torture-room.h"

#include "../unit.h"

#define KEPT_MAX (1 << 20)   /* rpc/session-io.c */
#define UNSENT_MAX (1 << 20) /* rpc/stream.c */
#define HEAP_MAX (4 << 20)   /* rpc/client-stream.c */
#define QUEUE_MAX (1 << 20)  /* rpc/client-io.c */

static const Way ways[] = {
    { "a unix socket" },
    { "a unix socket, beside an event loop", .looped = true },
    { "a channel that takes little at a time", .split = 7001 },
    { "TLS", .tls = true },
    { "TLS, beside an event loop", .tls = true, .looped = true },
};

static guint32 seed;

/* Jobs */

static const char *
expected_error(const Job *job)
{
    if (job->plan.up && job->plan.refuses && job->plan.holes)
        return "Unexpected stream hole";
    return job->plan.ending == END_SERVER_ABORTS ? TORTURE_TEXT : NULL;
}

/* A refused stream may come to its planned end before its first hole. */
static void
judge_end(Task *task, bool ok)
{
    const char *expected = expected_error(task->job);
    bool        may_end = task->job->plan.refuses && task->job->client.holes == 0;

    if (g_atomic_int_get(&task->room->cut))
        return;
    if (ok && expected && !may_end)
        task_complain(task, "succeeded, though the server has aborted it");
    if (!ok && !(expected && task->err && strstr(task->err->message, expected))
        && !(task->job->plan.ending == END_SERVER_ABORTS && task->err && strstr(task->err->message, TORTURE_TEXT)))
        task_complain(task, "failed for another reason than planned");
}

static gpointer
run_job(gpointer data)
{
    Task *task = data;
    bool  ok;

    task->s = room_open_stream(task->room, (gint32)task->number, task->job->plan.up, &task->err);
    ok = task->s && (task->job->plan.up ? task_send_all(task) : task_receive_all(task));
    judge_end(task, ok);
    rpc_stream_unref(task->s);
    g_clear_error(&task->err);
    g_atomic_int_add(&task->room->busy, -1);
    return NULL;
}

/* Everybody else on the connection. */
static gpointer
keep_calling(gpointer data)
{
    Room             *room = data;
    g_autoptr(GError) err = NULL;

    for (gint32 i = 0; g_atomic_int_get(&room->busy) > 0; i++) {
        if (!room_call(room, i, &err)) {
            if (!g_atomic_int_get(&room->cut)) {
                print_message("call %d: %s\n", i, err ? err->message : "another answer");
                g_atomic_int_inc(&room->failures);
            }
            break;
        }
    }
    return NULL;
}

static void
run_jobs(Room *room)
{
    Task *tasks = room->tasks;

    g_atomic_int_set(&room->busy, (gint)room->torture->n_jobs);
    for (guint i = 0; i < room->torture->n_jobs; i++) {
        tasks[i] = (Task){ .room = room, .job = &room->torture->jobs[i], .number = i };
        room->threads[i] = g_thread_new("job", run_job, &tasks[i]);
    }
    room->caller = g_thread_new("caller", keep_calling, room);
    for (guint i = 0; i < room->torture->n_jobs; i++)
        g_thread_join(room->threads[i]);
    g_thread_join(room->caller);
}

/* A whole stream, or one that was aborted by its sender or after all had come, arrives as it was sent. */
static void
judge_bytes(const Job *job, guint number)
{
    bool whole = job->plan.ending == END_WELL || job->plan.up != (job->plan.ending == END_SERVER_ABORTS);

    if (job->plan.refuses && job->gave_up == false && !job->ended && !job->aborted)
        whole = false; /* refused at its first hole */
    if (job->plan.up && job->plan.slow && job->plan.ending == END_CLIENT_ABORTS)
        whole = false; /* an abort does not wait for what the server has not taken yet */
    if (whole && !tally_is_same(&job->client, &job->server))
        fail_msg("stream %u: %" G_GUINT64_FORMAT " bytes, %u holes here, %" G_GUINT64_FORMAT ", %u there", number,
                 job->client.bytes, job->client.holes, job->server.bytes, job->server.holes);
}

static void
judge_room(Room *room, const Way *way)
{
    const Torture *t = room->torture;

    assert_true(torture_wait_gone(room->torture));
    print_message("             over %s: %d calls; at most %zu KiB kept, %zu unsent there, %zu here\n", way->name,
                  g_atomic_int_get(&t->calls), t->kept >> 10, t->unsent >> 10, t->client_unsent >> 10);
    assert_int_equal(room->failures, 0);
    assert_true(t->kept <= KEPT_MAX + 2 * RPC_STREAM_CHUNK);
    assert_true(t->unsent <= UNSENT_MAX + CHUNK_MAX + 2 * RPC_STREAM_CHUNK);
    assert_true(t->client_unsent <= QUEUE_MAX + N_JOBS * (CHUNK_MAX + RPC_STREAM_CHUNK));
    if (room->cut)
        return;
    for (guint i = 0; i < t->n_jobs; i++)
        judge_bytes(&t->jobs[i], i);
    assert_true(room_call(room, 4711, NULL)); /* the connection is as good as new */
}

/* Plans */

static Plan
draw_plan(GRand *rand)
{
    static const gsize chunks[] = { 1, 300, 5000, 65536, 262121, CHUNK_MAX };
    Plan               plan = { .seed = g_rand_int(rand), .up = g_rand_boolean(rand) };

    plan.chunk = chunks[g_rand_int_range(rand, 0, G_N_ELEMENTS(chunks))];
    plan.total = (gsize)g_rand_int_range(rand, 1, (gint32)MIN(plan.chunk * 400, 3000000));
    plan.slow = g_rand_int_range(rand, 0, 4) == 0;
    plan.holes = g_rand_boolean(rand) ? (guint)g_rand_int_range(rand, 1, 20) : 0;
    plan.refuses = plan.holes && g_rand_int_range(rand, 0, 4) == 0;
    plan.ending = (Ending)g_rand_int_range(rand, 0, END_LAST);
    if (plan.holes == 1)
        plan.holes = 2; /* nothing but holes never ends */
    if (plan.refuses && plan.ending == END_CLIENT_ABORTS)
        plan.ending = END_WELL; /* which of two aborts comes first is nobody's promise */
    if (plan.slow && !plan.up)
        plan.total = MIN(plan.total, 300000);
    return plan;
}

static void
run_room(const Way *way, GRand *rand, bool cut)
{
    Room room = { 0 };
    Plan plans[N_JOBS];

    for (guint i = 0; i < N_JOBS; i++)
        plans[i] = draw_plan(rand);
    plans[0].up = plans[0].slow = true; /* one that lasts until the calls have been answered */
    if (cut)
        room.cut_after = (gsize)g_rand_int_range(rand, 1, 500000);
    room_open(&room, way, plans, N_JOBS);
    run_jobs(&room);
    judge_room(&room, way);
    room_close(&room);
}

static void
run_rooms(bool cut, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
            g_autoptr(GRand) rand = g_rand_new_with_seed(seed + (guint32)round * 100 + (guint32)i);

            run_room(&ways[i], rand, cut);
        }
    }
}

static void
every_stream_ends_as_planned_and_whole(void **state)
{
    (void)state;
    run_rooms(false, 2);
}

static void
a_cut_connection_ends_all_of_them(void **state)
{
    (void)state;
    run_rooms(true, 4);
}

/* Nobody reads: the event loop stops taking in what is sent long before memory is full of it, and goes on later. */
static void
a_slow_reader_beside_an_event_loop_pushes_back(void **state)
{
    const Plan         plan = { .total = 40 << 20, .chunk = 200000, .seed = 5 };
    g_autofree guint8 *buf = g_malloc(CHUNK_MAX);
    gint64             deadline = g_get_monotonic_time() + PATIENCE;

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        Room   room = { 0 };
        Task   task = { .room = &room };
        gsize  heap = 0, peak = 0;
        bool   eof = false;
        GRand *rand = g_rand_new_with_seed(seed);

        if (!ways[i].looped) {
            g_rand_free(rand);
            continue;
        }
        room_open(&room, &ways[i], &plan, 1);
        task.job = &room.torture->jobs[0];
        task.s = room_open_stream(&room, 0, false, NULL);
        while (!eof) {
            g_mutex_lock(&room.client->lock);
            heap = task.s->rx_bytes;
            g_mutex_unlock(&room.client->lock);
            peak = MAX(peak, heap);
            if (heap < HEAP_MAX && peak < HEAP_MAX && g_get_monotonic_time() < deadline)
                continue; /* let it fill up first */
            assert_true(task_receive_some(&task, rand, buf, &eof));
        }
        print_message("             over %s: at most %zu KiB waited here\n", ways[i].name, peak >> 10);
        assert_true(peak >= HEAP_MAX);
        assert_true(peak <= HEAP_MAX + (1 << 20));
        assert_true(rpc_client_stream_finish(task.s, NULL));
        assert_true(tally_is_same(&task.job->client, &task.job->server));
        rpc_stream_unref(task.s);
        g_rand_free(rand);
        room_close(&room);
    }
}

/* Calls have to get at their answers behind a stream that nobody reads. In the end that stream has to go, not they. */
static void
calls_win_over_a_stream_that_nobody_reads(void **state)
{
    const Plan        plan = { .total = 1 << 30, .chunk = 200000, .seed = 6 };
    Room              room = { 0 };
    g_autoptr(GError) err = NULL;
    RpcStream        *s;
    gsize             n;
    bool              failed = false;

    (void)state;
    room_open(&room, &ways[0], &plan, 1);
    s = room_open_stream(&room, 0, false, NULL);
    for (gint32 i = 0; !failed; i++) {
        assert_true(room_call(&room, i, NULL));
        g_mutex_lock(&room.client->lock);
        assert_true(s->rx_bytes <= 65 << 20);
        failed = s->err != NULL;
        g_mutex_unlock(&room.client->lock);
    }
    assert_false(rpc_client_stream_finish(s, &err));
    assert_non_null(strstr(err->message, "not consumed"));
    assert_true(torture_wait_gone(room.torture));
    assert_true(room.torture->jobs[0].aborted);
    g_clear_error(&err);
    while (rpc_client_stream_recv(s, &n, sizeof(n), true, &n, &err) == RPC_RECV_DATA)
        ; /* what came before is still there */
    assert_non_null(err);
    rpc_stream_unref(s);
    room_close(&room);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stream_ends_as_planned_and_whole),
        cmocka_unit_test(a_cut_connection_ends_all_of_them),
        cmocka_unit_test(a_slow_reader_beside_an_event_loop_pushes_back),
        cmocka_unit_test(calls_win_over_a_stream_that_nobody_reads),
    };
    const char *given = g_getenv("GODWIT_SEED");
    int         failures;

    seed = given ? (guint32)g_ascii_strtoull(given, NULL, 10) : g_random_int();
    print_message("GODWIT_SEED=%u\n", seed);
    certs_make(&torture_certs);
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    certs_clear(&torture_certs);
    return failures;
}
