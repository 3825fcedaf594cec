/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake server's program. */
#include "fake-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_TEST
#define BLOB_MAX (16 << 20)

static const XdrField echo_in[] = {
    F(EchoIn, number, xdr_u32), F(EchoIn, text, xdr_string), F(EchoIn, blob, xdr_bytes, .max = BLOB_MAX), XDR_END,
};
static const XdrField echo_out[] = {
    F(EchoOut, number, xdr_u32), F(EchoOut, text, xdr_string), F(EchoOut, blob, xdr_bytes, .max = BLOB_MAX), XDR_END,
};
const XdrField number_rows[] = { F(NumberIn, value, xdr_i32), XDR_END };

static bool
do_echo(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    const EchoIn *in = vin;
    EchoOut      *out = vout;

    (void)req;
    (void)err;
    out->number = in->number;
    out->text = g_strdup(in->text);
    out->blob = in->blob ? g_bytes_ref(in->blob) : NULL;
    return true;
}

static bool
do_fail(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    const NumberIn *in = vin;

    (void)req;
    (void)vout;
    if (in->value == 0)
        return false;
    return fail(err, VIR_ERR_NO_DOMAIN, "no domain with matching name 'nope'");
}

static bool
do_gate(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    Fake *fake = fake_of(req);

    (void)vin;
    (void)vout;
    (void)err;
    g_mutex_lock(&fake->lock);
    fake->waiting_at_gate++;
    g_cond_broadcast(&fake->cond);
    while (!fake->gate_open)
        g_cond_wait(&fake->cond, &fake->lock);
    fake->waiting_at_gate--;
    g_mutex_unlock(&fake->lock);
    return true;
}

static bool
do_events(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    const NumberIn *in = vin;

    (void)vout;
    (void)err;
    for (gint32 i = 0; i < in->value; i++) {
        NumberIn msg = { i };

        rpc_session_send_event(req->session, req->program, FAKE_EVENT, number_rows, &msg);
    }
    return true;
}

static bool
do_fds(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    NumberOut *out = vout;

    (void)vin;
    (void)err;
    out->value = (gint32)req->n_fds;
    for (guint i = 0; i < req->n_fds; i++) {
        rpc_request_give_fd(req, req->fds[i]);
        req->fds[i] = -1;
    }
    return true;
}

static bool
do_bye(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    (void)vin;
    (void)vout;
    (void)err;
    rpc_request_close_session(req);
    return true;
}

static bool
do_hang_up(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    (void)vin;
    (void)vout;
    (void)err;
    rpc_session_close(req->session);
    return true;
}

static bool
do_login(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    (void)vin;
    (void)vout;
    (void)err;
    rpc_session_set_authenticated(req->session, true);
    return true;
}

static bool
do_keepalive(RpcRequest *req, gconstpointer vin, gpointer vout, GError **err)
{
    (void)vin;
    (void)vout;
    (void)err;
    rpc_session_start_keepalive(req->session);
    return true;
}

#define IO(in_rows, In, out_rows, Out) .in = in_rows, .in_size = sizeof(In), .out = out_rows, .out_size = sizeof(Out)

static const RpcCall fake_calls[] = {
    { FAKE_ECHO, "echo", IO(echo_in, EchoIn, echo_out, EchoOut), .lane = RPC_LOOP, .handler = do_echo },
    { FAKE_ECHO_WORK, "echo_work", IO(echo_in, EchoIn, echo_out, EchoOut), .lane = RPC_WORK, .handler = do_echo },
    { FAKE_FAIL, "fail", .in = number_rows, .in_size = sizeof(NumberIn), .lane = RPC_LOOP, .handler = do_fail },
    { FAKE_GATE, "gate", .lane = RPC_LONG, .handler = do_gate },
    { FAKE_EVENTS, "events", .in = number_rows, .in_size = sizeof(NumberIn), .lane = RPC_WORK, .handler = do_events },
    { FAKE_FDS, "fds", .out = number_rows, .out_size = sizeof(NumberOut), .lane = RPC_LOOP, .flags = RPC_TAKES_FDS, .handler = do_fds },
    { FAKE_UPLOAD, "upload", .in = number_rows, .in_size = sizeof(NumberIn), .lane = RPC_WORK,
      .stream = RPC_STREAM_TO_SERVER, .handler = fake_do_upload },
    { FAKE_DOWNLOAD, "download", .in = number_rows, .in_size = sizeof(NumberIn), .lane = RPC_LOOP,
      .stream = RPC_STREAM_TO_CLIENT, .handler = fake_do_download },
    { FAKE_BYE, "bye", .lane = RPC_LOOP, .handler = do_bye },
    { FAKE_HANG_UP, "hang_up", .lane = RPC_LOOP, .handler = do_hang_up },
    { FAKE_LOGIN, "login", .lane = RPC_LOOP, .flags = RPC_BEFORE_AUTH, .handler = do_login },
    { FAKE_KEEPALIVE, "keepalive", .lane = RPC_LOOP, .handler = do_keepalive },
    { FAKE_POUR, "pour", .in = number_rows, .in_size = sizeof(NumberIn), .lane = RPC_WORK,
      .stream = RPC_STREAM_TO_SERVER, .handler = fake_do_pour },
    { FAKE_GATE_WORK, "gate_work", .lane = RPC_WORK, .handler = do_gate },
};

const RpcProgram fake_program = {
    .number = FAKE_PROGRAM, .version = 1, .name = "fake", .calls = fake_calls, .n_calls = G_N_ELEMENTS(fake_calls),
};

const RpcCall *
fake_call(gint32 number)
{
    return rpc_program_find(&fake_program, number);
}

bool
fake_echo(RpcClient *client, gint32 procedure, guint32 number, const char *text)
{
    g_autoptr(GBytes) blob = g_bytes_new(&number, sizeof(number));
    EchoIn            in = { number, (char *)text, blob };
    EchoOut           out = { 0 };
    g_autoptr(GError) err = NULL;
    bool              ok;

    if (!rpc_client_call(client, &fake_program, fake_call(procedure), &in, &out, &err)) {
        g_printerr("echo: %s\n", err->message);
        return false;
    }
    ok = out.number == number && g_str_equal(out.text, text) && g_bytes_equal(out.blob, blob);
    xdr_clear(echo_out, &out);
    return ok;
}
