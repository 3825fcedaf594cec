/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events, and the connection's end, as a client's application hears of them: if these fail, it misses them. */
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "rpc/client-private.h"

#include "../unit.h"

typedef struct {
    GMutex    lock;
    GCond     cond;
    int       events, wrong, closed, destroyed;
    int       reason;
    bool      calls_back; /* the event callback makes a call */
    Loop     *loop;       /* callbacks must run there */
    int       elsewhere;
} Seen;

static void
on_event(RpcClient *client, guint32 program, gint32 procedure, XdrReader *payload, gpointer data)
{
    Seen    *seen = data;
    NumberIn msg = { -1 };

    xdr_decode(payload, number_rows, &msg, NULL);
    if (seen->calls_back && msg.value == 0)
        g_assert_true(fake_echo(client, FAKE_ECHO, 5, "from the callback"));
    g_mutex_lock(&seen->lock);
    if (program != FAKE_PROGRAM || procedure != FAKE_EVENT || msg.value != seen->events)
        seen->wrong++;
    if (seen->loop && !loop_is_current(seen->loop))
        seen->elsewhere++;
    seen->events++;
    g_cond_broadcast(&seen->cond);
    g_mutex_unlock(&seen->lock);
}

static void
on_closed(RpcClient *client, RpcCloseReason reason, gpointer data)
{
    Seen *seen = data;

    (void)client;
    g_mutex_lock(&seen->lock);
    seen->closed++;
    seen->reason = (int)reason;
    if (seen->loop && !loop_is_current(seen->loop))
        seen->elsewhere++;
    g_cond_broadcast(&seen->cond);
    g_mutex_unlock(&seen->lock);
}

static void
on_destroy(gpointer data)
{
    Seen *seen = data;

    g_mutex_lock(&seen->lock);
    seen->destroyed++;
    g_cond_broadcast(&seen->cond);
    g_mutex_unlock(&seen->lock);
}

static bool
seen_wait(Seen *seen, const int *counter, int n)
{
    gint64 end = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
    bool   reached;

    g_mutex_lock(&seen->lock);
    while (*counter < n && g_cond_wait_until(&seen->cond, &seen->lock, end))
        ;
    reached = *counter >= n;
    g_mutex_unlock(&seen->lock);
    return reached;
}

static RpcClientHandler
handler_of(Seen *seen)
{
    return (RpcClientHandler) { on_event, on_closed, on_destroy, seen };
}

static bool
ask_for_events(RpcClient *client, gint32 n)
{
    NumberIn in = { n };

    return rpc_client_call(client, &fake_program, fake_call(FAKE_EVENTS), &in, NULL, NULL);
}

static void
delivers_events_in_order_without_a_loop(void **state)
{
    Seen             seen = { .calls_back = true };
    RpcClientHandler handler = handler_of(&seen);
    Fake            *fake = fake_new(NULL);
    RpcClient       *client = fake_connect(fake, &handler);

    (void)state;
    assert_true(ask_for_events(client, 100));
    assert_int_equal(seen.events, 100); /* they came before the reply */
    assert_int_equal(seen.wrong, 0);
    rpc_client_unref(client);
    assert_int_equal(seen.destroyed, 1);
    assert_int_equal(seen.closed, 0);
    fake_free(fake);
}

/* An application with an event loop, as virsh has. */
typedef struct {
    Seen             seen;
    RpcClientHandler handler;
    Loop            *loop;
    Fake            *fake;
    RpcClient       *client;
} App;

static void
app_start(App *app, const RpcLimits *limits)
{
    *app = (App) { .loop = loop_new("app") };
    app->seen.loop = app->loop;
    app->handler = handler_of(&app->seen);
    loop_start(app->loop);
    app->fake = fake_new(limits);
    app->client = fake_connect(app->fake, &app->handler);
    assert_true(rpc_client_attach_loop(app->client, fake_hooks(app->loop), NULL));
}

static void
app_stop(App *app)
{
    rpc_client_close(app->client);
    rpc_client_unref(app->client);
    assert_true(seen_wait(&app->seen, &app->seen.destroyed, 1));
    assert_int_equal(app->seen.elsewhere, 0);
    loop_stop(app->loop);
    loop_unref(app->loop);
    fake_free(app->fake);
}

static void
delivers_events_on_the_loop(void **state)
{
    App app;

    (void)state;
    app_start(&app, NULL);
    app.seen.calls_back = true;
    assert_true(ask_for_events(app.client, 1000));
    assert_true(seen_wait(&app.seen, &app.seen.events, 1000));
    assert_int_equal(app.seen.wrong, 0);
    app_stop(&app);
}

typedef struct {
    RpcClient *client;
    int        bad;
} Caller;

static gpointer
call_many(gpointer data)
{
    Caller *c = data;

    for (guint32 i = 0; i < 500; i++)
        c->bad += !fake_echo(c->client, FAKE_ECHO, i, "beside events");
    return NULL;
}

static void
delivers_events_beside_calls(void **state)
{
    App      app;
    Caller   callers[3];
    GThread *threads[3];

    (void)state;
    app_start(&app, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(callers); i++) {
        callers[i] = (Caller) { app.client, 0 };
        threads[i] = g_thread_new("caller", call_many, &callers[i]);
    }
    assert_true(ask_for_events(app.client, 2000));
    assert_true(seen_wait(&app.seen, &app.seen.events, 2000));
    for (guint i = 0; i < G_N_ELEMENTS(callers); i++) {
        g_thread_join(threads[i]);
        assert_int_equal(callers[i].bad, 0);
    }
    assert_int_equal(app.seen.wrong, 0);
    app_stop(&app);
}

/* Events that come while a thread waits for hours in one call. */
static gpointer
call_gate(gpointer data)
{
    rpc_client_call(data, &fake_program, fake_call(FAKE_GATE), NULL, NULL, NULL);
    return NULL;
}

static void
delivers_events_while_a_long_call_reads(void **state)
{
    App      app;
    GThread *thread;

    (void)state;
    app_start(&app, NULL);
    thread = g_thread_new("long", call_gate, app.client);
    assert_true(fake_wait(app.fake, &app.fake->waiting_at_gate, 1));
    assert_true(ask_for_events(app.client, 10));
    assert_true(seen_wait(&app.seen, &app.seen.events, 10));
    fake_open_gate(app.fake);
    g_thread_join(thread);
    app_stop(&app);
}

static void
reports_a_lost_connection_once(void **state)
{
    App               app;
    g_autoptr(GError) err = NULL;

    (void)state;
    app_start(&app, NULL);
    assert_true(fake_echo(app.client, FAKE_ECHO, 5, "it works"));
    fake_stop(app.fake);
    assert_true(seen_wait(&app.seen, &app.seen.closed, 1));
    assert_int_equal(app.seen.reason, RPC_CLOSE_EOF);
    assert_false(rpc_client_is_open(app.client));
    assert_false(rpc_client_call(app.client, &fake_program, fake_call(FAKE_LOGIN), NULL, NULL, &err));
    assert_int_equal(verr_code(err), VIR_ERR_INTERNAL_ERROR);
    assert_int_equal(verr_from(err), VIR_FROM_RPC);
    assert_string_equal(err->message, "client socket is closed");
    app_stop(&app);
    assert_int_equal(app.seen.closed, 1);
}

/* An ssh that is refused ends before the first call is written: its words are all that the user gets. */
static void
the_first_call_hears_why_there_is_no_connection(void **state)
{
    App               app;
    g_autoptr(GError) first = NULL, second = NULL;

    (void)state;
    app_start(&app, NULL);
    fake_stop(app.fake);
    assert_true(seen_wait(&app.seen, &app.seen.closed, 1));
    assert_false(rpc_client_call(app.client, &fake_program, fake_call(FAKE_LOGIN), NULL, NULL, &first));
    assert_non_null(strstr(first->message, "End of file while reading data"));
    assert_false(rpc_client_call(app.client, &fake_program, fake_call(FAKE_LOGIN), NULL, NULL, &second));
    assert_string_equal(second->message, "client socket is closed");
    app_stop(&app);
}

static void
answers_the_servers_pings(void **state)
{
    RpcLimits limits = rpc_default_limits;
    App       app;

    (void)state;
    limits.keepalive_interval_ms = 10;
    limits.keepalive_count = 200; /* a busy machine may be late */
    app_start(&app, &limits);
    assert_true(rpc_client_call(app.client, &fake_program, fake_call(FAKE_KEEPALIVE), NULL, NULL, NULL));
    /* Long enough for several pings, measured by events and not by sleeping. */
    for (int i = 1; i <= 200; i++) {
        assert_true(ask_for_events(app.client, 0));
        assert_true(rpc_client_is_open(app.client));
    }
    app_stop(&app);
}

static void
gives_up_a_silent_server(void **state)
{
    App   app = { .loop = loop_new("app") };
    Chan *ours, *theirs;

    (void)state;
    app.seen.loop = app.loop;
    app.handler = handler_of(&app.seen);
    loop_start(app.loop);
    assert_true(chan_new_pair(&ours, &theirs, NULL));
    app.client = rpc_client_new(ours, &app.handler);
    assert_true(rpc_client_attach_loop(app.client, fake_hooks(app.loop), NULL));
    g_mutex_lock(&app.client->lock);
    rpc_keepalive_start(&app.client->keepalive, 10, 2, g_get_monotonic_time());
    rpc_client_unlock(app.client);
    assert_true(seen_wait(&app.seen, &app.seen.closed, 1));
    assert_int_equal(app.seen.reason, RPC_CLOSE_KEEPALIVE);
    chan_free(theirs);
    app.fake = fake_new(NULL);
    app_stop(&app);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delivers_events_in_order_without_a_loop),
        cmocka_unit_test(delivers_events_on_the_loop),
        cmocka_unit_test(delivers_events_beside_calls),
        cmocka_unit_test(delivers_events_while_a_long_call_reads),
        cmocka_unit_test(reports_a_lost_connection_once),
        cmocka_unit_test(the_first_call_hears_why_there_is_no_connection),
        cmocka_unit_test(answers_the_servers_pings),
        cmocka_unit_test(gives_up_a_silent_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
