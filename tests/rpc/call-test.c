/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls over one connection: if these fail, a client gets no answer, or somebody else's. */
#include "fake.h"
#include "../unit.h"

static void
answers_one_call(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);

    (void)state;
    assert_true(fake_echo(client, FAKE_ECHO, 7, "hello"));
    assert_true(fake_echo(client, FAKE_ECHO_WORK, 8, ""));
    rpc_client_close(client);
    rpc_client_unref(client);
    fake_free(fake);
}

static void
reports_a_failure_with_code_and_domain(void **state)
{
    Fake             *fake = fake_new(NULL);
    RpcClient        *client = fake_connect(fake, NULL);
    g_autoptr(GError) err = NULL;
    NumberIn          in = { 1 };

    (void)state;
    assert_false(rpc_client_call(client, &fake_program, fake_call(FAKE_FAIL), &in, NULL, &err));
    assert_int_equal(verr_code(err), VIR_ERR_NO_DOMAIN);
    assert_int_equal(verr_from(err), VIR_FROM_TEST);
    assert_string_equal(err->message, "Domain not found: no domain with matching name 'nope'");
    g_clear_error(&err);

    in.value = 0;
    assert_false(rpc_client_call(client, &fake_program, fake_call(FAKE_FAIL), &in, NULL, &err));
    assert_int_equal(verr_code(err), VIR_ERR_INTERNAL_ERROR);
    assert_int_equal(verr_from(err), VIR_FROM_RPC);
    assert_string_equal(err->message, "Library function returned error but did not set virError");
    rpc_client_unref(client);
    fake_free(fake);
}

typedef struct {
    RpcClient *client;
    guint32    first;
    int        n, bad;
} Caller;

static gpointer
call_many(gpointer data)
{
    Caller *c = data;

    for (int i = 0; i < c->n; i++) {
        g_autofree char *text = g_strdup_printf("%u says %d", c->first, i);

        if (!fake_echo(c->client, i % 3 ? FAKE_ECHO : FAKE_ECHO_WORK, c->first + (guint32)i, text))
            c->bad++;
    }
    return NULL;
}

static void
hands_each_of_many_threads_its_own_reply(void **state)
{
    Fake      *fake = fake_new(NULL);
    RpcClient *client = fake_connect(fake, NULL);
    Caller     callers[8];
    GThread   *threads[8];

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(callers); i++) {
        callers[i] = (Caller) { client, i * 100000, 1500, 0 };
        threads[i] = g_thread_new("caller", call_many, &callers[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(callers); i++) {
        g_thread_join(threads[i]);
        assert_int_equal(callers[i].bad, 0);
    }
    rpc_client_unref(client);
    fake_free(fake);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_one_call),
        cmocka_unit_test(reports_a_failure_with_code_and_domain),
        cmocka_unit_test(hands_each_of_many_threads_its_own_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
