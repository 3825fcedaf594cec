/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The QMP client against a scripted peer: what a user loses when it fails is control over a running guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#undef fail /* cmocka's; util/err.h has one */

#include "fakes/qmp.h"
#include "qemu/qmp-client-private.h"
#include "util/err.h"
#include "util/json.h"

/* What the handler and the asynchronous replies saw; filled on the loop, read after it was told. */
typedef struct {
    GMutex   lock;
    GCond    changed;
    GString *log; /* under lock */
} Witness;

static Loop *loop;

static void
witness_init(Witness *w)
{
    *w = (Witness){ .log = g_string_new(NULL) };
    g_mutex_init(&w->lock);
    g_cond_init(&w->changed);
}

static void
witness_clear(Witness *w)
{
    g_string_free(w->log, TRUE);
    g_mutex_clear(&w->lock);
    g_cond_clear(&w->changed);
}

static void
note(Witness *w, const char *text)
{
    g_mutex_lock(&w->lock);
    g_string_append_printf(w->log, "%s;", text);
    g_cond_broadcast(&w->changed);
    g_mutex_unlock(&w->lock);
}

/* Until the log contains text; the test's own time limit is the limit. */
static void
await(Witness *w, const char *text)
{
    g_mutex_lock(&w->lock);
    while (!strstr(w->log->str, text))
        g_cond_wait(&w->changed, &w->lock);
    g_mutex_unlock(&w->lock);
}

static void
on_event(QmpClient *client, const QmpEvent *ev, gpointer data)
{
    note(data, ev->name);
}

static void
on_lost(QmpClient *client, const GError *why, gpointer data)
{
    note(data, "LOST");
}

static const QmpHandler handler = { .event = on_event, .lost = on_lost };

static void
on_reply(JsonNode *ret, const GError *error, gpointer data)
{
    note(data, error ? error->message : "reply");
}

static QmpClient *
start(const QmpRow *rows, FakeQmp **ret_fake, Witness *w)
{
    int fd;

    *ret_fake = fake_qmp_start(rows, &fd);
    return qmp_client_new_fd(loop, fd, "guest", &handler, w);
}

static void
finish(QmpClient *client, FakeQmp *fake)
{
    g_autofree char *trouble = NULL;

    fake_qmp_wait(fake);
    qmp_client_close(client);
    qmp_client_unref(client);
    trouble = fake_qmp_finish(fake);
    assert_string_equal(trouble ? trouble : "", "");
}

#define BEGIN { "qmp_capabilities", QMP_GREETING QMP_OK(1), 0, FALSE }

static void
nothing_posted(gpointer data)
{
}

/* What was posted to the loop before has run. */
static void
settle(void)
{
    loop_call(loop, nothing_posted, NULL);
}

static void
replies_are_matched_by_id_in_any_order(void **state)
{
    static const QmpRow rows[] = {
        BEGIN,
        { "query-a", NULL, 0, FALSE },
        { "query-b", "{\"return\": {\"name\": \"b\"}, \"id\": $3}\n{\"return\": {\"name\": \"a\"}, \"id\": $2}\n", 0, FALSE },
        { 0 },
    };
    QmpCmd cmds[] = { { .cmd = "query-a" }, { .cmd = "query-b" } };
    JsonNode *rets[2];
    FakeQmp *fake;
    Witness w;
    QmpClient *client;

    witness_init(&w);
    client = start(rows, &fake, &w);
    assert_true(qmp_batch(client, cmds, 2, rets, NULL));
    assert_string_equal(json_get_string(json_as_object(rets[0]), "name"), "a");
    assert_string_equal(json_get_string(json_as_object(rets[1]), "name"), "b");
    json_node_unref(rets[0]);
    json_node_unref(rets[1]);
    finish(client, fake);
    settle();
    witness_clear(&w);
}

static void
a_batch_goes_out_in_one_write(void **state)
{
    static const QmpRow rows[] = {
        BEGIN,
        { "first", NULL, 0, FALSE }, { "second", NULL, 0, FALSE },
        { "third", QMP_OK(2) QMP_OK(3) QMP_OK(4), 0, FALSE },
        { 0 },
    };
    QmpCmd cmds[] = { { .cmd = "first" }, { .cmd = "second" }, { .cmd = "third" } };
    FakeQmp *fake;
    Witness w;
    QmpClient *client;

    witness_init(&w);
    client = start(rows, &fake, &w);
    assert_true(qmp_batch(client, cmds, 3, NULL, NULL));
    fake_qmp_wait(fake);
    assert_true(fake_qmp_batches(fake) >= 1);
    finish(client, fake);
    settle();
    witness_clear(&w);
}

static void
a_refusal_names_the_command(void **state)
{
    static const QmpRow rows[] = {
        BEGIN,
        { "migrate", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such port\"}, \"id\": $2}\n", 0, FALSE },
        { 0 },
    };
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    FakeQmp *fake;
    Witness w;
    QmpClient *client;

    witness_init(&w);
    client = start(rows, &fake, &w);
    assert_false(qmp_call(client, "migrate", json_make("s:uri", "tcp:x", NULL), NULL, &error));
    text = verr_text(error);
    assert_string_equal(text, "internal error: unable to execute QEMU command 'migrate': no such port");
    assert_int_equal(verr_code(error), VIR_ERR_INTERNAL_ERROR);
    assert_int_equal(verr_from(error), VIR_FROM_QEMU);
    assert_false(qmp_error_is_lost(error));
    fake_qmp_wait(fake);
    assert_string_equal(fake_qmp_arguments(fake, 2), "{\"uri\":\"tcp:x\"}");
    finish(client, fake);
    settle();
    witness_clear(&w);
}

static void
a_batch_answers_all_and_keeps_the_first_error(void **state)
{
    static const QmpRow rows[] = {
        BEGIN,
        { "optional", "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"unknown\"}, \"id\": $2}\n", 0, FALSE },
        { "bad", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"first\"}, \"id\": $3}\n", 0, FALSE },
        { "worse", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"second\"}, \"id\": $4}\n", 0, FALSE },
        { "again", "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"unknown\"}, \"id\": $5}\n", 0, FALSE },
        { 0 },
    };
    QmpCmd cmds[] = { { .cmd = "optional", .may_fail = true }, { .cmd = "bad" }, { .cmd = "worse" } };
    QmpCmd alone = { .cmd = "again", .may_fail = true };
    g_autoptr(GError) error = NULL;
    JsonNode *ret;
    FakeQmp *fake;
    Witness w;
    QmpClient *client;

    witness_init(&w);
    client = start(rows, &fake, &w);
    assert_false(qmp_batch(client, cmds, 3, NULL, &error));
    assert_non_null(strstr(error->message, "'bad': first"));
    assert_true(qmp_batch(client, &alone, 1, &ret, NULL));
    assert_null(ret);
    finish(client, fake);
    settle();
    witness_clear(&w);
}

static void
events_come_in_order_and_before_the_reply_behind_them(void **state)
{
    static const QmpRow rows[] = {
        BEGIN,
        { "cont",
          "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RESUME\"}\n"
          "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 3}, \"event\": \"RESET\", \"data\": {\"guest\": true}}\n"
          "{\"return\": {}, \"id\": $2}\n", 0, FALSE },
        { 0 },
    };
    FakeQmp *fake;
    Witness w;
    QmpClient *client;

    witness_init(&w);
    client = start(rows, &fake, &w);
    qmp_send(client, "cont", NULL, on_reply, &w);
    await(&w, "reply");
    assert_string_equal(w.log->str, "RESUME;RESET;reply;");
    finish(client, fake);
    settle();
    witness_clear(&w);
}

/* A command that is sent from inside an event callback, as the switchover of a migration does. */
static void
continue_migration(QmpClient *client, const QmpEvent *ev, gpointer data)
{
    qmp_send(client, "migrate-continue", json_make("s:state", "pre-switchover", NULL), on_reply, data);
}

static void
an_event_callback_can_send(void **state)
{
    static const QmpHandler sender = { .event = continue_migration };
    static const QmpRow rows[] = {
        BEGIN,
        { NULL, "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"pre-switchover\"}}\n", 0, FALSE },
        { "migrate-continue", QMP_OK(2), 0, FALSE },
        { 0 },
    };
    FakeQmp *fake;
    Witness w;
    QmpClient *client;
    int fd;

    witness_init(&w);
    fake = fake_qmp_start(rows, &fd);
    client = qmp_client_new_fd(loop, fd, "guest", &sender, &w);
    await(&w, "reply");
    finish(client, fake);
    settle();
    witness_clear(&w);
}

static void
the_death_of_qemu_fails_everything_that_waits(void **state)
{
    static const QmpRow rows[] = {
        BEGIN, { "first", NULL, 0, FALSE }, { "second", NULL, 0, TRUE }, { 0 },
    };
    QmpCmd cmds[] = { { .cmd = "first" }, { .cmd = "second", .may_fail = true } };
    g_autoptr(GError) error = NULL;
    FakeQmp *fake;
    Witness w;
    QmpClient *client;

    witness_init(&w);
    client = start(rows, &fake, &w);
    assert_false(qmp_batch(client, cmds, 2, NULL, &error));
    assert_true(qmp_error_is_lost(error));
    assert_non_null(strstr(error->message, "'first'"));
    await(&w, "LOST");
    g_clear_error(&error);
    assert_false(qmp_call(client, "later", NULL, NULL, &error));
    assert_true(qmp_error_is_lost(error));
    assert_non_null(strstr(error->message, "'later'"));
    finish(client, fake);
    settle();
    witness_clear(&w);
}

static void
closing_fails_what_waits_and_is_not_a_loss(void **state)
{
    static const QmpRow rows[] = { BEGIN, { "slow", NULL, 0, FALSE }, { 0 } };
    FakeQmp *fake;
    Witness w;
    QmpClient *client;

    witness_init(&w);
    client = start(rows, &fake, &w);
    qmp_send(client, "slow", NULL, on_reply, &w);
    fake_qmp_wait(fake);
    qmp_client_close(client);
    await(&w, "'slow' got no reply");
    assert_null(strstr(w.log->str, "LOST"));
    finish(client, fake);
    settle();
    witness_clear(&w);
}

/* What a broken or hostile peer sends in answer to "query-x", and what the error has to say. */
static const struct {
    const char *send;
    gsize       junk;
    const char *message;
} hostile[] = {
    { "{\"return\": \n", 0, "QEMU command 'query-x' got a malformed reply" },
    { "[1, 2]\n", 0, "QEMU command 'query-x' got a malformed reply" },
    { "42\n", 0, "QEMU command 'query-x' got a malformed reply" },
    { "{\"id\": $2}\n", 0, "QEMU command 'query-x' got a malformed reply" },
    { "{\"surprise\": true}\n", 0, "QEMU command 'query-x' got a malformed reply" },
    { "{\"error\": {}, \"id\": $2}\n", 0, "unable to execute QEMU command 'query-x': no reason given" },
    { "{\"error\": \"text\", \"id\": $2}\n", 0, "QEMU command 'query-x' got a malformed reply" },
    { "{\"error\": {\"desc\": \"Invalid JSON\"}}\n", 0, "unable to execute QEMU command 'query-x': Invalid JSON" },
    { "{\"return\": {}, \"id\": 99}\n{\"return\": {}, \"id\": \"$2\"}\n{\"return\": 1, \"id\": $2}\n", 0, "reply" },
    { "\xff\xfe\n", 0, "QEMU command 'query-x' got a malformed reply" },
    { NULL, 200, "query-x" }, /* nested deeper than the cap; ended by the newline of the next row */
    { NULL, QMP_MAX_LINE + 65536, "longer than 10 MiB" },
};

static void
hostile_replies_end_in_an_error_that_names_the_command(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++) {
        const QmpRow rows[] = {
            BEGIN,
            { "query-x", hostile[i].send, hostile[i].junk, FALSE },
            { NULL, "\n", 0, FALSE },
            { 0 },
        };
        FakeQmp *fake;
        Witness w;
        QmpClient *client;

        witness_init(&w);
        client = start(rows, &fake, &w);
        qmp_send(client, "query-x", NULL, on_reply, &w);
        await(&w, hostile[i].message);
        finish(client, fake);
        settle();
        witness_clear(&w);
    }
}

static void
a_descriptor_travels_with_its_command(void **state)
{
    static const QmpRow rows[] = {
        BEGIN,
        { "query-a", NULL, 0, FALSE }, { "getfd", NULL, 0, FALSE }, { "migrate", QMP_OK(2) QMP_OK(3) QMP_OK(4), 0, FALSE },
        { 0 },
    };
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    QmpCmd cmds[] = {
        { .cmd = "query-a" },
        { .cmd = "getfd", .args = json_make("s:fdname", "mig", NULL), .pass_fd = fd, .has_fd = true },
        { .cmd = "migrate", .args = json_make("s:uri", "fd:mig", NULL) },
    };
    struct stat ours, theirs;
    FakeQmp *fake;
    Witness w;
    QmpClient *client;

    witness_init(&w);
    client = start(rows, &fake, &w);
    assert_true(qmp_batch(client, cmds, 3, NULL, NULL));
    fake_qmp_wait(fake);
    assert_int_equal(fstat(fd, &ours), 0);
    assert_int_equal(fstat(fake_qmp_passed_fd(fake), &theirs), 0);
    assert_int_equal(ours.st_rdev, theirs.st_rdev);
    close(fd);
    finish(client, fake);
    settle();
    witness_clear(&w);
}

enum { CALLERS = 8, CALLS = 50 };

static gpointer
call_often(gpointer data)
{
    for (int i = 0; i < CALLS; i++)
        assert_true(qmp_call(data, "query-x", NULL, NULL, NULL));
    return NULL;
}

static void
many_threads_share_one_connection(void **state)
{
    g_autofree QmpRow *rows = g_new0(QmpRow, CALLERS * CALLS + 2);
    GThread *threads[CALLERS];
    FakeQmp *fake;
    Witness w;
    QmpClient *client;

    rows[0] = (QmpRow)BEGIN;
    for (int i = 0; i < CALLERS * CALLS; i++)
        rows[i + 1] = (QmpRow){ "query-x", QMP_OK(0), 0, FALSE };
    witness_init(&w);
    client = start(rows, &fake, &w);
    for (int i = 0; i < CALLERS; i++)
        threads[i] = g_thread_new("caller", call_often, client);
    for (int i = 0; i < CALLERS; i++)
        g_thread_join(threads[i]);
    finish(client, fake);
    settle();
    witness_clear(&w);
}

static int
start_loop(void **state)
{
    loop = loop_new("qemu");
    loop_start(loop);
    return 0;
}

static int
stop_loop(void **state)
{
    loop_stop(loop);
    loop_unref(loop);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_matched_by_id_in_any_order),
        cmocka_unit_test(a_batch_goes_out_in_one_write),
        cmocka_unit_test(a_refusal_names_the_command),
        cmocka_unit_test(a_batch_answers_all_and_keeps_the_first_error),
        cmocka_unit_test(events_come_in_order_and_before_the_reply_behind_them),
        cmocka_unit_test(an_event_callback_can_send),
        cmocka_unit_test(the_death_of_qemu_fails_everything_that_waits),
        cmocka_unit_test(closing_fails_what_waits_and_is_not_a_loss),
        cmocka_unit_test(hostile_replies_end_in_an_error_that_names_the_command),
        cmocka_unit_test(a_descriptor_travels_with_its_command),
        cmocka_unit_test(many_threads_share_one_connection),
    };

    return cmocka_run_group_tests_name("qemu/qmp", tests, start_loop, stop_loop);
}
