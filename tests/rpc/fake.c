/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-private.h"

Fake *
fake_of(const RpcRequest *req)
{
    return rpc_session_data(req->session);
}

void
fake_count(Fake *fake, int *counter)
{
    g_mutex_lock(&fake->lock);
    ++*counter;
    g_cond_broadcast(&fake->cond);
    g_mutex_unlock(&fake->lock);
}

static void
session_closed(RpcSession *session, gpointer data)
{
    Fake *fake = data;

    (void)session;
    fake_count(fake, &fake->closed);
}

static void
session_destroy(gpointer data)
{
    Fake *fake = data;

    fake_count(fake, &fake->destroyed);
}

static const RpcSessionDataOps data_ops = { session_closed, session_destroy };

static bool
accept_session(RpcSession *session, gpointer data)
{
    Fake *fake = data;

    rpc_session_set_data(session, fake, &data_ops);
    if (!fake->wants_login)
        rpc_session_set_authenticated(session, true);
    return true;
}

Fake *
fake_new(const RpcLimits *limits)
{
    Fake *fake = g_new0(Fake, 1);

    g_mutex_init(&fake->lock);
    g_cond_init(&fake->cond);
    fake->uploaded = g_string_new(NULL);
    fake->pipe = -1;
    fake->loop = loop_new("fake");
    fake->server = rpc_server_new(fake->loop, limits);
    fake->service = (RpcService) { .accept = accept_session, .data = fake };
    rpc_server_add_program(fake->server, &fake_program);
    loop_start(fake->loop);
    return fake;
}

static void
stop_server(gpointer data)
{
    rpc_server_stop(data);
}

void
fake_stop(Fake *fake)
{
    loop_call(fake->loop, stop_server, fake->server);
}

void
fake_free(Fake *fake)
{
    fake_open_gate(fake);
    g_clear_pointer(&fake->upload, rpc_stream_unref);
    fake_stop(fake);
    loop_stop(fake->loop);
    rpc_server_free(fake->server);
    loop_unref(fake->loop);
    g_string_free(fake->uploaded, TRUE);
    g_mutex_clear(&fake->lock);
    g_cond_clear(&fake->cond);
    g_free(fake);
}

Chan *
fake_connect_raw(Fake *fake)
{
    Chan *client, *server;

    g_assert_true(chan_new_pair(&client, &server, NULL));
    rpc_server_adopt(fake->server, server, &fake->service);
    return client;
}

RpcClient *
fake_connect(Fake *fake, const RpcClientHandler *handler)
{
    return rpc_client_new(fake_connect_raw(fake), handler);
}

void
fake_open_gate(Fake *fake)
{
    g_mutex_lock(&fake->lock);
    fake->gate_open = true;
    g_cond_broadcast(&fake->cond);
    g_mutex_unlock(&fake->lock);
}

bool
fake_wait(Fake *fake, const int *counter, int n)
{
    gint64 end = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
    bool   reached;

    g_mutex_lock(&fake->lock);
    while (*counter < n && g_cond_wait_until(&fake->cond, &fake->lock, end))
        ;
    reached = *counter >= n;
    g_mutex_unlock(&fake->lock);
    return reached;
}
