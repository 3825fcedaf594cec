/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "torture.h"

#include <string.h>

#include "rpc/stream-private.h"
#include "rpc/session-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_TEST
#define DISK_BLOCK 65536

typedef struct { gint32 value; } NumberIn;
static const XdrField number_rows[] = { F(NumberIn, value, xdr_i32), XDR_END };

/* Tallies */

void
tally_data(Tally *tally, const guint8 *bytes, gsize len)
{
    tally->bytes += len;
    g_checksum_update(tally->sum, bytes, (gssize)len);
}

void
tally_hole(Tally *tally, gint64 length)
{
    guint64 mark[2] = { tally->bytes, (guint64)length };

    tally->holes++;
    g_checksum_update(tally->sum, (const guint8 *)mark, sizeof(mark));
}

bool
tally_is_same(const Tally *a, const Tally *b)
{
    g_autoptr(GChecksum) x = g_checksum_copy(a->sum), y = g_checksum_copy(b->sum);

    return a->bytes == b->bytes && a->holes == b->holes
           && strcmp(g_checksum_get_string(x), g_checksum_get_string(y)) == 0;
}

/* Pieces */

static const guint8 *
blob(void)
{
    static guint8 *bytes;

    if (g_once_init_enter(&bytes)) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(1);
        guint8          *made = g_malloc(TORTURE_BLOB);

        for (gsize i = 0; i < TORTURE_BLOB; i++)
            made[i] = (guint8)g_rand_int(rand);
        g_once_init_leave(&bytes, made);
    }
    return bytes;
}

void
pieces_next(Pieces *p, const Plan *plan)
{
    if (p->len > 0)
        return;
    p->len = (gsize)g_rand_int_range(p->rand, 1, (gint32)plan->chunk + 1);
    p->bytes = blob() + g_rand_int_range(p->rand, 0, (gint32)(TORTURE_BLOB - p->len));
    p->hole = plan->holes && g_rand_int_range(p->rand, 0, (gint32)plan->holes) == 0 ? (gint64)p->len << 20 : 0;
}

bool
job_goes_on(const Job *job, const Tally *sent)
{
    return sent->bytes < job->plan.total
           || (job->plan.up && job->plan.slow && g_atomic_int_get(&job->torture->calls) < TORTURE_CALLS);
}

void
note_peak(gsize *peak, gsize now)
{
    gsize old;

    do {
        old = (gsize)g_atomic_pointer_get(peak);
    } while (now > old && !g_atomic_pointer_compare_and_exchange(peak, old, now));
}

/* Streams; all on the loop's thread but the destroying */

static void
note_peaks(RpcStream *s, Torture *t)
{
    gsize kept, unsent;

    g_mutex_lock(&s->session->lock);
    kept = s->session->kept_bytes;
    unsent = s->session->out.bytes;
    g_mutex_unlock(&s->session->lock);
    note_peak(&t->kept, kept);
    note_peak(&t->unsent, unsent);
}

static void
give_up(RpcStream *s, Job *job)
{
    g_autoptr(GError) why = NULL;

    verr_set(&why, VIR_FROM_TEST, VIR_ERR_OPERATION_FAILED, TORTURE_TEXT);
    job->gave_up = true;
    rpc_stream_fail(s, why);
}

static void
stream_ended(RpcStream *s, gpointer data)
{
    ((Job *)data)->ended = true;
    rpc_stream_end(s);
}

static void
stream_aborted(RpcStream *s, gpointer data)
{
    (void)s;
    ((Job *)data)->aborted = true;
}

static void
stream_gone(gpointer data)
{
    g_atomic_int_inc(&((Job *)data)->torture->gone);
}

static gboolean
disk_is_ready(gpointer data)
{
    rpc_stream_resume(data);
    return G_SOURCE_REMOVE;
}

static void
unref_stream(gpointer data)
{
    rpc_stream_unref(data);
}

/* As a slow disk would. */
static void
take_time(RpcStream *s, Job *job)
{
    job->read = 0;
    rpc_stream_pause(s);
    g_source_unref(loop_add_timer(job->torture->loop, 1, disk_is_ready, rpc_stream_ref(s), unref_stream));
}

static void
came(RpcStream *s, Job *job, gsize len)
{
    job->read += len;
    note_peaks(s, job->torture);
    if (job->plan.ending == END_SERVER_ABORTS && !job->gave_up && !job_goes_on(job, &job->server))
        give_up(s, job);
    else if (job->plan.slow && job->read > DISK_BLOCK)
        take_time(s, job);
}

static void
sink_data(RpcStream *s, const guint8 *bytes, gsize len, gpointer data)
{
    tally_data(&((Job *)data)->server, bytes, len);
    came(s, data, len);
}

static void
sink_hole(RpcStream *s, gint64 length, gpointer data)
{
    tally_hole(&((Job *)data)->server, length);
    came(s, data, 0);
}

static const RpcStreamOps sink_ops = {
    .data = sink_data, .hole = sink_hole, .end = stream_ended, .abort = stream_aborted, .destroy = stream_gone,
};
static const RpcStreamOps strict_ops = {
    .data = sink_data, .end = stream_ended, .abort = stream_aborted, .destroy = stream_gone,
};

static Job *
find_job(RpcRequest *req, gconstpointer in)
{
    Torture *t = rpc_session_data(req->session);

    g_assert((guint)((const NumberIn *)in)->value < t->n_jobs);
    g_atomic_int_inc(&t->opened);
    return &t->jobs[((const NumberIn *)in)->value];
}

static bool
do_sink(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    Job *job = find_job(req, in);

    (void)out, (void)err;
    rpc_stream_unref(rpc_request_open_stream(req, job->plan.refuses ? &strict_ops : &sink_ops, job));
    return true;
}

static void
feed(RpcStream *s, gpointer data)
{
    Job *job = data;

    while (!job->aborted && job_goes_on(job, &job->server)) {
        Pieces       *p = &job->pieces;
        RpcStreamSend sent;

        pieces_next(p, &job->plan);
        sent = p->hole ? rpc_stream_send_hole(s, p->hole) : rpc_stream_send(s, p->bytes, p->len);
        note_peaks(s, job->torture);
        if (sent != RPC_STREAM_SENT)
            return;
        if (p->hole)
            tally_hole(&job->server, p->hole);
        else
            tally_data(&job->server, p->bytes, p->len);
        p->len = 0;
    }
    if (job->plan.ending == END_SERVER_ABORTS)
        give_up(s, job);
    else
        rpc_stream_send_eof(s);
}

static const RpcStreamOps source_ops = {
    .writable = feed, .end = stream_ended, .abort = stream_aborted, .destroy = stream_gone,
};

typedef struct { RpcStream *s; Job *job; } Start;

static void
start_feeding(gpointer data)
{
    Start *start = data;

    feed(start->s, start->job);
}

static void
start_free(gpointer data)
{
    rpc_stream_unref(((Start *)data)->s);
    g_free(data);
}

static bool
do_source(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    Start *start = g_new0(Start, 1);

    (void)out, (void)err;
    start->job = find_job(req, in);
    start->s = rpc_request_open_stream(req, &source_ops, start->job);
    loop_post(start->job->torture->loop, start_feeding, start, start_free);
    return true;
}

static bool
do_call(RpcRequest *req, gconstpointer in, gpointer out, GError **err)
{
    Torture *t = rpc_session_data(req->session);

    (void)err;
    *(NumberIn *)out = *(const NumberIn *)in;
    g_atomic_int_inc(&t->calls);
    return true;
}

#define NUMBER_IN .in = number_rows, .in_size = sizeof(NumberIn)
static const RpcCall calls[] = {
    { TORTURE_SINK, "sink", NUMBER_IN, .lane = RPC_WORK, .stream = RPC_STREAM_TO_SERVER, .handler = do_sink },
    { TORTURE_SOURCE, "source", NUMBER_IN, .lane = RPC_LOOP, .stream = RPC_STREAM_TO_CLIENT, .handler = do_source },
    { TORTURE_CALL, "call", NUMBER_IN, .out = number_rows, .out_size = sizeof(NumberIn), .lane = RPC_WORK,
      .handler = do_call },
};
const RpcProgram torture_program = {
    .number = 0x7a7a0002, .version = 1, .name = "torture", .calls = calls, .n_calls = G_N_ELEMENTS(calls),
};

static bool
accept_session(RpcSession *session, gpointer data)
{
    static const RpcSessionDataOps ops = { NULL, NULL };

    rpc_session_set_data(session, data, &ops);
    rpc_session_set_authenticated(session, true);
    return true;
}

Torture *
torture_new(const Plan *plans, guint n_plans)
{
    Torture *t = g_new0(Torture, 1);

    t->jobs = g_new0(Job, n_plans);
    t->n_jobs = n_plans;
    for (guint i = 0; i < n_plans; i++) {
        Job *job = &t->jobs[i];

        job->torture = t;
        job->plan = plans[i];
        job->pieces.rand = g_rand_new_with_seed(plans[i].seed);
        job->client.sum = g_checksum_new(G_CHECKSUM_MD5);
        job->server.sum = g_checksum_new(G_CHECKSUM_MD5);
    }
    t->loop = loop_new("torture");
    t->server = rpc_server_new(t->loop, NULL);
    t->service = (RpcService){ .accept = accept_session, .data = t };
    rpc_server_add_program(t->server, &torture_program);
    loop_start(t->loop);
    return t;
}

void
torture_adopt(Torture *t, Chan *chan)
{
    rpc_server_adopt(t->server, chan, &t->service);
}

bool
torture_wait_gone(Torture *t)
{
    gint64 deadline = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;

    while (g_atomic_int_get(&t->gone) < g_atomic_int_get(&t->opened)) {
        if (g_get_monotonic_time() > deadline)
            return false;
        g_thread_yield();
    }
    return true;
}

static void
stop_server(gpointer data)
{
    rpc_server_stop(data);
}

void
torture_free(Torture *t)
{
    loop_call(t->loop, stop_server, t->server);
    loop_stop(t->loop);
    rpc_server_free(t->server);
    loop_unref(t->loop);
    for (guint i = 0; i < t->n_jobs; i++) {
        g_rand_free(t->jobs[i].pieces.rand);
        g_checksum_free(t->jobs[i].client.sum);
        g_checksum_free(t->jobs[i].server.sum);
    }
    g_free(t->jobs);
    g_free(t);
}
