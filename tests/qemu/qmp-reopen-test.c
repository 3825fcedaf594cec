/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A monitor connection that breaks while QEMU lives: what a user loses when it is not made anew is a running guest that
 * can only be killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#undef fail /* cmocka's; util/err.h has one */

#include "fakes/qmp.h"
#include "qemu/qmp-client-private.h"
#include "util/err.h"
#include "util/json.h"

typedef struct {
    Loop      *loop;
    char      *dir, *path;
    FakeQmp   *fake;
    QmpClient *client;
    GMutex     lock;
    GCond      changed;
    GString   *log; /* under lock */
} Case;

static void
note(Case *c, const char *text)
{
    g_mutex_lock(&c->lock);
    g_string_append_printf(c->log, "%s;", text);
    g_cond_broadcast(&c->changed);
    g_mutex_unlock(&c->lock);
}

/* The test's own time limit is the limit. */
static void
await(Case *c, const char *text)
{
    g_mutex_lock(&c->lock);
    while (!strstr(c->log->str, text))
        g_cond_wait(&c->changed, &c->lock);
    g_mutex_unlock(&c->lock);
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

static void
on_reopened(QmpClient *client, guint times, gpointer data)
{
    g_autofree char *text = g_strdup_printf("REOPENED %u", times);

    note(data, text);
}

static const QmpHandler handler = { .event = on_event, .lost = on_lost, .reopened = on_reopened };

static void
serve(Case *c, const QmpRow *const *scripts)
{
    c->fake = fake_qmp_serve(c->path, scripts);
}

static void
connect_client(Case *c)
{
    c->client = qmp_client_connect(c->loop, c->path, "guest", &handler, c, NULL);
    assert_non_null(c->client);
}

static void
assert_script_was_followed(Case *c)
{
    g_autofree char *trouble = fake_qmp_finish(g_steal_pointer(&c->fake));

    assert_string_equal(trouble ? trouble : "", "");
}

#define HELLO { "qmp_capabilities", QMP_GREETING QMP_OK(1), 0, FALSE }
#define END { 0 }

static const QmpRow dropped_at_once[] = { { NULL, NULL, 0, TRUE }, END };
static const QmpRow dropped_at_query[] = { HELLO, { "query-status", NULL, 0, TRUE }, END };
static const QmpRow answers_query[] = { HELLO, { "query-status", QMP_OK(2), 0, FALSE }, END };

static void
a_query_is_answered_over_another_connection(void **state)
{
    static const QmpRow *const scripts[] = { dropped_at_query, answers_query, NULL };
    Case *c = *state;

    serve(c, scripts);
    connect_client(c);
    assert_true(qmp_call(c->client, "query-status", NULL, NULL, NULL));
    await(c, "REOPENED 2");
    assert_null(strstr(c->log->str, "LOST"));
    assert_script_was_followed(c);
}

/* QEMU may throw out several clients before it has done with the one that was killed. */
static void
several_connections_may_break(void **state)
{
    static const QmpRow *const scripts[] = { dropped_at_once, dropped_at_query, dropped_at_once, answers_query, NULL };
    Case *c = *state;

    serve(c, scripts);
    connect_client(c);
    assert_true(qmp_call(c->client, "query-status", NULL, NULL, NULL));
    assert_script_was_followed(c);
}

static void
what_may_have_been_done_is_not_done_twice(void **state)
{
    static const QmpRow first[] = { HELLO, { "migrate", NULL, 0, TRUE }, END };
    static const QmpRow *const scripts[] = { first, answers_query, NULL };
    Case *c = *state;
    g_autoptr(GError) error = NULL;

    serve(c, scripts);
    connect_client(c);
    assert_false(qmp_call(c->client, "migrate", NULL, NULL, &error));
    assert_true(qmp_error_is_lost(error));
    assert_non_null(strstr(error->message, "whether QEMU has carried out 'migrate' is not known"));
    assert_true(qmp_call(c->client, "query-status", NULL, NULL, NULL));
    assert_script_was_followed(c);
}

static void
note_reply(JsonNode *ret, const GError *error, gpointer data)
{
    note(data, error ? error->message : "reply");
}

/* As after a restart: QEMU is busy, and listens a little later. */
static void
commands_wait_until_there_is_a_connection(void **state)
{
    static const QmpRow late[] = { HELLO, { "cont", QMP_OK(2), 0, FALSE }, { "system_reset", QMP_OK(3), 0, FALSE }, END };
    static const QmpRow *const scripts[] = { dropped_at_once, late, NULL };
    Case *c = *state;

    c->client = qmp_client_attach(c->loop, c->path, "guest", &handler, c);
    qmp_client_retry(c->client);
    qmp_send(c->client, "cont", NULL, note_reply, c);
    serve(c, scripts);
    await(c, "reply");
    assert_true(qmp_call(c->client, "system_reset", NULL, NULL, NULL));
    assert_script_was_followed(c);
}

static void
a_monitor_that_is_not_there_is_given_up_and_tried_again_when_needed(void **state)
{
    static const QmpRow *const scripts[] = { answers_query, NULL };
    Case *c = *state;
    g_autoptr(GError) error = NULL;

    c->client = qmp_client_attach(c->loop, c->path, "guest", &handler, c);
    qmp_client_retry(c->client);
    await(c, "LOST");
    assert_false(qmp_call(c->client, "query-status", NULL, NULL, &error));
    assert_true(qmp_error_is_lost(error));
    assert_non_null(strstr(error->message, "does not answer"));
    serve(c, scripts);
    qmp_client_retry(c->client);
    assert_true(qmp_call(c->client, "query-status", NULL, NULL, NULL));
    assert_string_equal(c->log->str, "LOST;REOPENED 1;");
    assert_script_was_followed(c);
}

/* A reply that breaks the connection each time must not take the monitor away for good. */
static void
a_command_that_breaks_every_connection_is_given_up(void **state)
{
    static const QmpRow poisoned[] = { HELLO, { "query-bad", "nonsense\n", 0, FALSE }, { NULL, NULL, 0, TRUE }, END };
    static const QmpRow *const scripts[] = { poisoned, poisoned, poisoned, poisoned, answers_query, NULL };
    Case *c = *state;
    g_autoptr(GError) error = NULL;

    serve(c, scripts);
    connect_client(c);
    assert_false(qmp_call(c->client, "query-bad", NULL, NULL, &error));
    assert_true(qmp_error_is_lost(error));
    assert_true(qmp_call(c->client, "query-status", NULL, NULL, NULL));
    assert_script_was_followed(c);
}

static void
closing_ends_the_attempts(void **state)
{
    Case *c = *state;

    c->client = qmp_client_attach(c->loop, c->path, "guest", &handler, c);
    qmp_client_retry(c->client);
    qmp_send(c->client, "cont", NULL, note_reply, c);
    qmp_client_close(c->client);
    await(c, "'cont' got no reply");
    qmp_client_retry(c->client);
    assert_false(qmp_call(c->client, "cont", NULL, NULL, NULL));
}

static int
set_up(void **state)
{
    Case *c = g_new0(Case, 1);

    qmp_reopen_pause_ms = 2;
    c->loop = loop_new("qemu");
    loop_start(c->loop);
    c->dir = g_dir_make_tmp("godwit-qmp-XXXXXX", NULL);
    c->path = g_build_filename(c->dir, "monitor.sock", NULL);
    c->log = g_string_new(NULL);
    g_mutex_init(&c->lock);
    g_cond_init(&c->changed);
    *state = c;
    return 0;
}

static int
tear_down(void **state)
{
    Case *c = *state;

    qmp_client_close(c->client);
    qmp_client_unref(c->client);
    loop_stop(c->loop);
    loop_unref(c->loop);
    g_unlink(c->path);
    g_rmdir(c->dir);
    g_string_free(c->log, TRUE);
    g_free(c->dir);
    g_free(c->path);
    g_free(c);
    return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_query_is_answered_over_another_connection),
        CASE(several_connections_may_break),
        CASE(what_may_have_been_done_is_not_done_twice),
        CASE(commands_wait_until_there_is_a_connection),
        CASE(a_monitor_that_is_not_there_is_given_up_and_tried_again_when_needed),
        CASE(a_command_that_breaks_every_connection_is_given_up),
        CASE(closing_ends_the_attempts),
    };

    return cmocka_run_group_tests_name("qemu/qmp-reopen", tests, NULL, NULL);
}
