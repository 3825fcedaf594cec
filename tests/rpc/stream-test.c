/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams: if these fail, a tunnelled migration or a console loses bytes, or one stream stalls the whole connection. */
#include <string.h>

#include "fake.h"

#include "../unit.h"

static RpcStream *
open_stream(RpcClient *client, gint32 procedure, gint32 value)
{
    NumberIn          in = { value };
    RpcStream        *s = NULL;
    g_autoptr(GError) err = NULL;

    if (!rpc_client_call_stream(client, &fake_program, fake_call(procedure), &in, NULL, &s, &err))
        print_message("no stream: %s\n", err->message);
    return s;
}

static void
carries_data_to_the_server(void **state)
{
    g_autofree char *block = g_strnfill(1000000, 'x');
    Fake            *fake = fake_new(NULL);
    RpcClient       *client = fake_connect(fake, NULL);
    RpcStream       *s = open_stream(client, FAKE_UPLOAD, 0);

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_true(rpc_client_stream_send(s, block, 1000000, NULL));
    assert_true(fake_echo(client, FAKE_ECHO, 1, "beside a stream"));
    assert_true(rpc_client_stream_finish(s, NULL));
    assert_int_equal(fake->uploaded->len, 10000000);
    assert_int_equal(fake->ends, 1);
    assert_false(rpc_client_stream_send(s, "x", 1, NULL));
    rpc_stream_unref(s);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
carries_data_to_the_client(void **state)
{
    Fake             *fake = fake_new(NULL);
    RpcClient        *client = fake_connect(fake, NULL);
    const gint32      size = 20000000;
    g_autofree char  *buf = g_malloc(100000);
    gsize             total = 0, n;
    RpcStream        *s = open_stream(client, FAKE_DOWNLOAD, size);

    (void)state;
    while (rpc_client_stream_recv(s, buf, 100000, false, &n, NULL) == RPC_RECV_DATA)
        total += n;
    assert_int_equal(total, size);
    assert_int_equal(rpc_client_stream_recv(s, buf, 100, false, &n, NULL), RPC_RECV_EOF);
    assert_true(rpc_client_stream_finish(s, NULL));
    rpc_stream_unref(s);
    assert_true(fake_wait(fake, &fake->streams_gone, 1));
    assert_true(fake->writables > 0); /* it had to wait for us */
    rpc_client_unref(client);
    fake_free(fake);
}

static void
receives_without_waiting(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);
    RpcStream *s = open_stream(client, FAKE_UPLOAD, 0);
    char       byte;
    gsize      n;

    (void)state;
    assert_int_equal(rpc_client_stream_recv(s, &byte, 1, true, &n, NULL), RPC_RECV_AGAIN);
    rpc_stream_unref(s); /* still open: aborts */
    assert_true(fake_wait(fake, &fake->aborts, 1));
    rpc_client_unref(client);
    fake_free(fake);
}

static void
stops_reading_a_paused_stream_only_after_its_share(void **state)
{
    g_autofree char *block = g_strnfill(100000, 'y');
    Fake            *fake = fake_new(NULL);
    RpcClient       *client = fake_connect(fake, NULL);
    RpcStream       *s = open_stream(client, FAKE_UPLOAD, 0);

    (void)state;
    g_mutex_lock(&fake->lock);
    fake->pause_uploads = true;
    g_mutex_unlock(&fake->lock);
    for (int i = 0; i < 5; i++)
        assert_true(rpc_client_stream_send(s, block, 100000, NULL));
    assert_true(fake_echo(client, FAKE_ECHO, 1, "not stalled")); /* its half MiB is kept meanwhile */
    g_mutex_lock(&fake->lock);
    assert_int_equal(fake->uploaded->len, 100000);
    fake->pause_uploads = false;
    g_mutex_unlock(&fake->lock);
    rpc_stream_resume(fake->upload);
    assert_true(rpc_client_stream_finish(s, NULL));
    assert_int_equal(fake->uploaded->len, 500000);
    rpc_stream_unref(s);
    rpc_client_unref(client);
    fake_free(fake);
}

typedef struct {
    RpcStream *s;
    bool       ok;
} Sender;

static gpointer
send_much(gpointer data)
{
    g_autofree char *block = g_strnfill(1000000, 'z');
    Sender          *sender = data;

    sender->ok = true;
    for (int i = 0; i < 10 && sender->ok; i++)
        sender->ok = rpc_client_stream_send(sender->s, block, 1000000, NULL);
    return NULL;
}

static void
pushes_back_when_the_server_pauses(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);
    Sender     sender = { open_stream(client, FAKE_UPLOAD, 0), false };
    GThread   *thread;
    bool       done = false;

    (void)state;
    g_mutex_lock(&fake->lock);
    fake->pause_uploads = true;
    g_mutex_unlock(&fake->lock);
    thread = g_thread_new("sender", send_much, &sender);
    /* Resume until all has come; each time some share of it arrives and the stream pauses again. */
    while (!done) {
        rpc_stream_resume(fake->upload);
        g_mutex_lock(&fake->lock);
        done = fake->uploaded->len >= 10000000;
        g_mutex_unlock(&fake->lock);
        g_thread_yield();
    }
    g_thread_join(thread);
    assert_true(sender.ok);
    g_mutex_lock(&fake->lock);
    fake->pause_uploads = false;
    g_mutex_unlock(&fake->lock);
    rpc_stream_resume(fake->upload);
    assert_true(rpc_client_stream_finish(sender.s, NULL));
    assert_int_equal(fake->uploaded->len, 10000000);
    rpc_stream_unref(sender.s);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
tells_the_client_of_an_abort(void **state)
{
    Fake             *fake = fake_new(NULL);
    RpcClient        *client = fake_connect(fake, NULL);
    RpcStream        *s = open_stream(client, FAKE_UPLOAD, 0);
    g_autoptr(GError) why = NULL, err = NULL;
    char              byte;
    gsize             n;

    (void)state;
    verr_set(&why, VIR_FROM_TEST, VIR_ERR_OPERATION_FAILED, "disk is full");
    rpc_stream_fail(fake->upload, why);
    assert_int_equal(rpc_client_stream_recv(s, &byte, 1, false, &n, &err), RPC_RECV_FAILED);
    assert_int_equal(verr_code(err), VIR_ERR_OPERATION_FAILED);
    assert_string_equal(err->message, "operation failed: disk is full");
    g_clear_error(&err);
    assert_false(rpc_client_stream_send(s, "x", 1, &err));
    assert_string_equal(err->message, "operation failed: disk is full");
    rpc_stream_unref(s);
    assert_int_equal(fake->aborts, 0);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
tells_the_server_of_an_abort(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);
    RpcStream *s = open_stream(client, FAKE_UPLOAD, 0);

    (void)state;
    assert_true(rpc_client_stream_abort(s, NULL));
    assert_int_equal(fake->aborts, 1);
    rpc_stream_unref(s);
    s = open_stream(client, FAKE_UPLOAD, 0);
    rpc_client_close(client); /* and so does a lost connection */
    assert_true(fake_wait(fake, &fake->aborts, 2));
    rpc_stream_unref(s);
    rpc_client_unref(client);
    fake_free(fake);
}

/* A console of a guest that does not read must be free again once its client lets go. */
static void
does_not_make_an_abort_wait_for_data(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);
    RpcStream *s = open_stream(client, FAKE_UPLOAD, 0);

    (void)state;
    g_mutex_lock(&fake->lock);
    fake->pause_uploads = true;
    g_mutex_unlock(&fake->lock);
    assert_true(rpc_client_stream_send(s, "taken", 5, NULL));
    assert_true(rpc_client_stream_send(s, "kept", 4, NULL));
    assert_true(rpc_client_stream_abort(s, NULL));
    assert_int_equal(fake->aborts, 1);
    assert_int_equal(fake->uploaded->len, 5);
    rpc_stream_unref(s);
    rpc_client_unref(client);
    fake_free(fake);
}

/* Somebody else has taken over the console of a guest that does not read. */
static void
reads_on_when_a_paused_stream_has_failed(void **state)
{
    g_autofree char  *block = g_strnfill(100000, 'y');
    Fake             *fake = fake_new(NULL);
    RpcClient        *client = fake_connect(fake, NULL), *other = fake_connect(fake, NULL);
    RpcStream        *s = open_stream(client, FAKE_UPLOAD, 0);
    g_autoptr(GError) why = NULL;

    (void)state;
    verr_set(&why, VIR_FROM_TEST, VIR_ERR_OPERATION_FAILED, "taken over");
    g_mutex_lock(&fake->lock);
    fake->pause_uploads = true;
    g_mutex_unlock(&fake->lock);
    for (int i = 0; i < 12; i++) /* more than is kept; the rest fits into the socket */
        assert_true(rpc_client_stream_send(s, block, 100000, NULL));
    for (guint32 i = 0; i < 20; i++) /* turns of the loop: all is kept by now */
        assert_true(fake_echo(other, FAKE_ECHO, i, "beside"));
    rpc_stream_fail(fake->upload, why);
    assert_true(fake_echo(client, FAKE_ECHO, 2, "still served"));
    rpc_stream_unref(s);
    rpc_client_unref(other);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
opens_none_when_the_call_fails(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);

    (void)state;
    assert_null(open_stream(client, FAKE_UPLOAD, -1));
    assert_true(fake_wait(fake, &fake->streams_gone, 1));
    assert_int_equal(fake->aborts, 0);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
refuses_holes_that_nobody_allowed(void **state)
{
    Fake             *fake = fake_new(NULL);
    RpcClient        *client = fake_connect(fake, NULL);
    RpcStream        *s = open_stream(client, FAKE_UPLOAD, 0);
    g_autoptr(GError) err = NULL;

    (void)state;
    assert_true(rpc_client_stream_send_hole(s, 4096, NULL));
    assert_false(rpc_client_stream_finish(s, &err));
    assert_int_equal(verr_code(err), VIR_ERR_RPC);
    assert_string_equal(err->message, "Unexpected stream hole");
    rpc_stream_unref(s);
    rpc_client_unref(client);
    fake_free(fake);
}

/* The destination of a tunnelled migration learns only after the end whether all was written. */
static gpointer
fail_after_the_end(gpointer data)
{
    Fake             *fake = data;
    g_autoptr(GError) why = NULL;

    verr_set(&why, VIR_FROM_TEST, VIR_ERR_OPERATION_FAILED, "the rest did not fit");
    if (fake_wait(fake, &fake->ends, 1))
        rpc_stream_fail(fake->upload, why);
    return NULL;
}

static void
answers_the_end_when_the_owner_is_ready(void **state)
{
    Fake             *fake = fake_new(NULL);
    RpcClient        *client = fake_connect(fake, NULL);
    RpcStream        *s = open_stream(client, FAKE_UPLOAD, 0);
    g_autoptr(GError) err = NULL;
    GThread          *thread;

    (void)state;
    g_mutex_lock(&fake->lock);
    fake->hold_answer = true;
    g_mutex_unlock(&fake->lock);
    thread = g_thread_new("owner", fail_after_the_end, fake);
    assert_false(rpc_client_stream_finish(s, &err));
    g_thread_join(thread);
    assert_string_equal(err->message, "operation failed: the rest did not fit");
    rpc_stream_unref(s);
    rpc_client_unref(client);
    fake_free(fake);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_data_to_the_server),
        cmocka_unit_test(carries_data_to_the_client),
        cmocka_unit_test(receives_without_waiting),
        cmocka_unit_test(stops_reading_a_paused_stream_only_after_its_share),
        cmocka_unit_test(pushes_back_when_the_server_pauses),
        cmocka_unit_test(tells_the_client_of_an_abort),
        cmocka_unit_test(tells_the_server_of_an_abort),
        cmocka_unit_test(does_not_make_an_abort_wait_for_data),
        cmocka_unit_test(reads_on_when_a_paused_stream_has_failed),
        cmocka_unit_test(opens_none_when_the_call_fails),
        cmocka_unit_test(refuses_holes_that_nobody_allowed),
        cmocka_unit_test(answers_the_end_when_the_owner_is_ready),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
