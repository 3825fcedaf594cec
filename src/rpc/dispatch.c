/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "rpc/session-private.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"
#define ALIGNED(n) (((n) + 15) & ~(gsize)15)

/* Replies */

static void
answer_error(RpcSession *session, const RpcHeader *call, const GError *why)
{
    RpcHeader header = *call;
    XdrWriter w = RPC_PACKET_WRITER_INIT;
    RpcError  error;

    header.type = RPC_TYPE_REPLY;
    header.status = RPC_ERROR;
    rpc_error_from(why, &error);
    rpc_packet_begin(&w, &header);
    /* A message longer than any client reads would lose the whole answer. */
    if (error.message && strlen(error.message) > XDR_STRING_MAX)
        error.message[XDR_STRING_MAX] = '\0';
    if (error.str2 && strlen(error.str2) > XDR_STRING_MAX)
        error.str2[XDR_STRING_MAX] = '\0';
    if (xdr_encode(&w, rpc_error_rows, &error, NULL)) {
        rpc_packet_finish(&w);
        rpc_session_send(session, &w, NULL, 0);
    }
    xdr_clear(rpc_error_rows, &error);
    xdr_writer_clear(&w);
}

static void
refuse(RpcSession *session, const RpcHeader *call, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

static void
refuse(RpcSession *session, const RpcHeader *call, const char *fmt, ...)
{
    g_autoptr(GError) err = NULL;
    g_autofree char  *text = NULL;
    va_list           ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    log_debug("session %" G_GUINT64_FORMAT ": call %d refused: %s", session->id, call->procedure, text);
    fail(&err, VIR_ERR_RPC, "%s", text);
    answer_error(session, call, err);
}

/* The reply goes out and the stream becomes live in one step: data may follow at once. */
static void
answer_ok(RpcJob *job, XdrWriter *w)
{
    RpcSession *session = job->session;
    bool        nudge;

    g_mutex_lock(&session->lock);
    if (job->close_after)
        session->close_when_written = true;
    if (job->stream)
        rpc_stream_go_live_locked(job->stream);
    nudge = rpc_session_send_locked(session, w, job->reply_fds, job->n_reply_fds);
    g_mutex_unlock(&session->lock);
    job->n_reply_fds = 0;
    if (job->stream)
        rpc_stream_say_opened(job->stream);
    if (nudge)
        rpc_session_nudge(session);
}

static bool
encode_reply(RpcJob *job, XdrWriter *w, GError **err)
{
    RpcHeader header = job->packet.header;

    header.type = job->n_reply_fds ? RPC_TYPE_REPLY_WITH_FDS : RPC_TYPE_REPLY;
    header.status = RPC_OK;
    rpc_packet_begin(w, &header);
    if (job->n_reply_fds)
        xdr_put_u32(w, job->n_reply_fds);
    if (!xdr_encode(w, job->req.call->out, job->out, err)) {
        g_prefix_error(err, _("Unable to encode message payload: "));
        return false;
    }
    rpc_packet_finish(w);
    return true;
}

static void
job_free(RpcJob *job)
{
    xdr_clear(job->req.call->in, job->in);
    xdr_clear(job->req.call->out, job->out);
    rpc_packet_clear(&job->packet);
    for (guint i = 0; i < job->n_reply_fds; i++)
        close(job->reply_fds[i]);
    g_clear_pointer(&job->stream, rpc_stream_unref);
    rpc_session_idle(job->session, job->bytes);
    rpc_session_unref(job->session);
    g_free(job);
}

static void
run_job(gpointer data)
{
    RpcJob           *job = data;
    const RpcCall    *call = job->req.call;
    RpcHandler        handler = call->handler ? call->handler : job->req.program->handler;
    XdrWriter         w = RPC_PACKET_WRITER_INIT;
    g_autoptr(GError) err = NULL;

    if (handler(&job->req, job->in, job->out, &err) && encode_reply(job, &w, &err)) {
        answer_ok(job, &w);
    } else {
        if (job->stream)
            rpc_stream_cancel(job->stream);
        answer_error(job->session, &job->packet.header, err);
        if (job->close_after)
            rpc_session_close(job->session);
    }
    xdr_writer_clear(&w);
    job_free(job);
}

/* One client must not have all WORK threads: its next call goes on where one of its own has ended. */
static void
run_work(gpointer data)
{
    RpcJob               *job = data, *next;
    g_autoptr(RpcSession) session = rpc_session_ref(job->session);

    run_job(job);
    g_mutex_lock(&session->lock);
    next = g_queue_pop_head(&session->backlog);
    if (!next)
        session->working--;
    g_mutex_unlock(&session->lock);
    if (next)
        rpc_pool_push(rpc_server_pool(session->server, RPC_WORK), run_work, next);
}

static void
start_work(RpcJob *job)
{
    RpcSession *session = job->session;
    const guint most = MAX(1, rpc_server_limits(session->server)->max_workers / 2);
    bool        now;

    g_mutex_lock(&session->lock);
    now = session->working < most;
    if (now)
        session->working++;
    else
        g_queue_push_tail(&session->backlog, job);
    g_mutex_unlock(&session->lock);
    if (now)
        rpc_pool_push(rpc_server_pool(session->server, RPC_WORK), run_work, job);
}

bool
rpc_request_give_fd(RpcRequest *req, int fd)
{
    RpcJob *job = (RpcJob *)req;

    if (job->n_reply_fds == RPC_FDS_MAX || !chan_can_send_fds(job->session->chan)) {
        close(fd);
        return false;
    }
    job->reply_fds[job->n_reply_fds++] = fd;
    return true;
}

void
rpc_request_close_session(RpcRequest *req)
{
    ((RpcJob *)req)->close_after = true;
}

/* Calls */

/* In and out lie behind the job: one allocation, zeroed. */
static RpcJob *
job_new(RpcSession *session, const RpcProgram *program, const RpcCall *call, RpcPacket *packet)
{
    gsize   in_at = ALIGNED(sizeof(RpcJob)), out_at = in_at + ALIGNED(call->in_size);
    guint8 *block = g_malloc0(out_at + call->out_size);
    RpcJob *job = (RpcJob *)block;

    job->session = rpc_session_ref(session);
    job->packet = *packet;
    packet->n_fds = 0;
    job->bytes = job->packet.len;
    job->in = block + in_at;
    job->out = block + out_at;
    job->req = (RpcRequest) {
        .session = session, .program = program, .call = call, .serial = job->packet.header.serial,
        .fds = job->packet.fds, .n_fds = job->packet.n_fds,
    };
    rpc_session_busy(session, job->bytes);
    return job;
}

static void
start_call(RpcSession *session, const RpcProgram *program, const RpcCall *call, RpcPacket *packet)
{
    XdrReader         r = XDR_READER_INIT(packet->payload, packet->len);
    RpcJob           *job = job_new(session, program, call, packet);
    g_autoptr(GError) err = NULL;

    if (!xdr_decode(&r, call->in, job->in, &err)) {
        log_info("session %" G_GUINT64_FORMAT ": arguments of %s: %s", session->id, call->name, err->message);
        refuse(session, &job->packet.header, _("Unable to decode message payload"));
        job_free(job);
        return;
    }
    if (call->lane == RPC_LOOP)
        run_job(job);
    else if (call->lane == RPC_WORK)
        start_work(job);
    else
        rpc_pool_push(rpc_server_pool(session->server, call->lane), run_job, job);
}

/* The order of these checks is that of libvirt's daemon: clients see the first that fails. */
static void
take_call(RpcSession *session, RpcPacket *packet)
{
    const RpcHeader  *h = &packet->header;
    const RpcProgram *program = rpc_server_find_program(session->server, h->program, h->version);
    const RpcCall    *call;
    g_autoptr(GError) err = NULL;

    if (!program) {
        refuse(session, h, _("Cannot find program %u version %u"), h->program, h->version);
        return;
    }
    if (h->status != RPC_OK) {
        refuse(session, h, _("Unexpected message status %u"), (guint)h->status);
        return;
    }
    call = rpc_program_find(program, h->procedure);
    if (!call || (!call->handler && !program->handler)) {
        refuse(session, h, _("unknown procedure: %d"), h->procedure);
        return;
    }
    if (!(call->flags & RPC_BEFORE_AUTH) && !rpc_session_is_authenticated(session)) {
        refuse(session, h, _("authentication required"));
        return;
    }
    if (program->gate && !program->gate(session, call, &err)) {
        answer_error(session, h, err);
        return;
    }
    if (!(call->flags & RPC_TAKES_FDS))
        rpc_packet_clear(packet);
    start_call(session, program, call, packet);
}

static void
take_message(RpcSession *session, const RpcHeader *h)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;
    bool      busy;

    if (h->program != RPC_KEEPALIVE_PROGRAM || h->version != RPC_KEEPALIVE_VERSION
        || h->procedure != RPC_KEEPALIVE_PING)
        return;
    /* What waits to be written tells as well that we live; and who asks and does not read heaps up nothing here. */
    g_mutex_lock(&session->lock);
    busy = session->out.head != NULL;
    g_mutex_unlock(&session->lock);
    if (busy)
        return;
    rpc_keepalive_packet(&w, RPC_KEEPALIVE_PONG);
    rpc_session_send(session, &w, NULL, 0);
}

void
rpc_dispatch(RpcSession *session, RpcPacket *packet)
{
    switch (packet->header.type) {
    case RPC_TYPE_CALL:
    case RPC_TYPE_CALL_WITH_FDS:
        take_call(session, packet);
        break;
    case RPC_TYPE_MESSAGE:
        take_message(session, &packet->header);
        break;
    case RPC_TYPE_STREAM:
    case RPC_TYPE_STREAM_HOLE:
        rpc_stream_take(session, packet);
        break;
    default:
        log_debug("session %" G_GUINT64_FORMAT ": packet of type %d, ignoring", session->id, packet->header.type);
    }
}
