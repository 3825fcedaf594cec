/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The witness: if it ever says two things about one guest, the guest runs twice or nowhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#undef fail

#include "qemu/witness.h"

#define ID "6a1f3c80-7c1e-4a59-9d0e-0123456789ab"
#define TOKEN "00112233445566778899aabbccddeeff"

typedef struct {
    Loop    *loop;
    Witness *witness;
    gint     revoked; /* atomic */
} Fixture;

static void
count_revoked(const char *id, gpointer data)
{
    Fixture *f = data;

    assert_string_equal(id, ID);
    g_atomic_int_inc(&f->revoked);
}

static int
setup(void **state)
{
    Fixture *f = g_new0(Fixture, 1);

    f->loop = loop_new("test");
    loop_start(f->loop);
    f->witness = witness_new(f->loop, count_revoked, f);
    assert_true(witness_listen(f->witness, "127.0.0.1", 0, NULL));
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    Fixture *f = *state;

    witness_free(f->witness);
    loop_stop(f->loop);
    loop_unref(f->loop);
    g_free(f);
    return 0;
}

static int
dial(Fixture *f)
{
    struct sockaddr_in addr = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons(witness_port(f->witness)) };
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return fd;
}

/* What the other end says until it closes; caller frees. */
static char *
listen_to(int fd)
{
    GString *said = g_string_new(NULL);
    char     buf[64];
    ssize_t  n;

    while ((n = read(fd, buf, sizeof(buf))) > 0)
        g_string_append_len(said, buf, n);
    close(fd);
    return g_string_free(said, FALSE);
}

static void
say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static const char question[] = "GODWIT-WITNESS 1 settle " ID " " TOKEN "\n";

static void
expect(Fixture *f, const char *line, const char *answer)
{
    int              fd = dial(f);
    g_autofree char *said = NULL;

    say(fd, line);
    said = listen_to(fd);
    assert_string_equal(said, answer);
}

static void
asking_revokes_for_good(void **state)
{
    Fixture *f = *state;

    witness_add(f->witness, ID, TOKEN, WITNESS_PENDING);
    expect(f, question, "cancelled\n");
    expect(f, question, "cancelled\n");
    assert_int_equal(g_atomic_int_get(&f->revoked), 1);
    /* A Finish that comes afterwards must not start the CPUs. */
    assert_false(witness_try_start(f->witness, ID));
}

static void
a_started_guest_is_not_revoked(void **state)
{
    Fixture *f = *state;

    witness_add(f->witness, ID, TOKEN, WITNESS_PENDING);
    assert_true(witness_try_start(f->witness, ID));
    assert_false(witness_try_cancel(f->witness, ID));
    witness_decide(f->witness, ID, WITNESS_RUNNING);
    expect(f, question, "running\n");
    assert_int_equal(g_atomic_int_get(&f->revoked), 0);
}

static void
the_answer_waits_while_cpus_are_started(void **state)
{
    static const WitnessState ends[] = { WITNESS_RUNNING, WITNESS_CANCELLED };

    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        Fixture         *f = *state;
        g_autofree char *said = NULL, *wanted = g_strdup_printf("%s\n", witness_state_name(ends[i]));
        int              fd = dial(f);

        witness_add(f->witness, ID, TOKEN, WITNESS_PENDING);
        assert_true(witness_try_start(f->witness, ID));
        say(fd, question);
        witness_decide(f->witness, ID, ends[i]);
        said = listen_to(fd);
        assert_string_equal(said, wanted);
    }
}

typedef struct {
    Fixture *f;
    bool     started;
} Finisher;

static gpointer
finish(gpointer data)
{
    Finisher *finisher = data;

    finisher->started = witness_try_start(finisher->f->witness, ID);
    witness_decide(finisher->f->witness, ID, finisher->started ? WITNESS_RUNNING : WITNESS_CANCELLED);
    return NULL;
}

static void
settle_and_finish_never_both_win(void **state)
{
    Fixture *f = *state;

    for (int round = 0; round < 200; round++) {
        Finisher         finisher = { .f = f };
        GThread         *thread;
        g_autofree char *said = NULL;
        int              fd = dial(f);

        witness_add(f->witness, ID, TOKEN, WITNESS_PENDING);
        thread = g_thread_new("finish", finish, &finisher);
        say(fd, question);
        said = listen_to(fd);
        g_thread_join(thread);
        assert_string_equal(said, finisher.started ? "running\n" : "cancelled\n");
    }
}

static void
only_the_token_holder_learns_anything(void **state)
{
    Fixture *f = *state;

    witness_add(f->witness, ID, TOKEN, WITNESS_PENDING);
    expect(f, "GODWIT-WITNESS 1 settle " ID " 00112233445566778899aabbccddee00\n", "unknown\n");
    expect(f, "GODWIT-WITNESS 1 settle 6a1f3c80-7c1e-4a59-9d0e-000000000000 " TOKEN "\n", "unknown\n");
    assert_int_equal(g_atomic_int_get(&f->revoked), 0);
    assert_true(witness_try_start(f->witness, ID));
    witness_decide(f->witness, ID, WITNESS_RUNNING);
}

static void
nonsense_is_hung_up_on(void **state)
{
    static const char *const lines[] = {
        "\n",
        "hello\n",
        "GODWIT-WITNESS 2 settle " ID " " TOKEN "\n",
        "GODWIT-WITNESS 1 settle " ID " " TOKEN "x\n",
        "GODWIT-WITNESS 1 settle " ID " 0011\n",
        "GODWIT-WITNESS 1 settle " ID " 00112233445566778899AABBCCDDEEFF\n",
        "GODWIT-WITNESS 1 settle not-a-uuid-at-all-but-of-equal-length " TOKEN "\n",
    };
    Fixture *f = *state;

    witness_add(f->witness, ID, TOKEN, WITNESS_PENDING);
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        expect(f, lines[i], "");
    assert_int_equal(witness_look(f->witness, ID), WITNESS_PENDING);
}

static void
silent_peers_do_not_keep_an_honest_one_out(void **state)
{
    Fixture *f = *state;
    int      silent[80];

    witness_add(f->witness, ID, TOKEN, WITNESS_PENDING);
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
        silent[i] = dial(f);
    expect(f, question, "cancelled\n");
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
        close(silent[i]);
}

/* The asking side */

typedef struct {
    GMutex       lock;
    GCond        cond;
    Loop        *loop;
    WitnessRef   ref;
    guint        deadline_ms;
    bool         done;
    WitnessState answer;
} Asking;

static void
note_answer(WitnessState answer, gpointer data)
{
    Asking *asking = data;

    g_mutex_lock(&asking->lock);
    asking->answer = answer;
    asking->done = true;
    g_cond_signal(&asking->cond);
    g_mutex_unlock(&asking->lock);
}

static void
start_asking(gpointer data)
{
    Asking *asking = data;

    witness_ask(asking->loop, &asking->ref, asking->deadline_ms, note_answer, asking);
}

static WitnessState
ask(Fixture *f, guint16 port, guint deadline_ms)
{
    Asking asking = { .loop = f->loop, .deadline_ms = deadline_ms };

    g_mutex_init(&asking.lock);
    g_cond_init(&asking.cond);
    asking.ref = (WitnessRef){ (char *)"127.0.0.1", port, (char *)TOKEN, (char *)ID };
    loop_post(f->loop, start_asking, &asking, NULL);
    g_mutex_lock(&asking.lock);
    while (!asking.done)
        g_cond_wait(&asking.cond, &asking.lock);
    g_mutex_unlock(&asking.lock);
    return asking.answer;
}

static void
the_source_gets_the_answer(void **state)
{
    Fixture *f = *state;

    assert_int_equal(ask(f, witness_port(f->witness), 30000), WITNESS_UNKNOWN);
    witness_add(f->witness, ID, TOKEN, WITNESS_RUNNING);
    assert_int_equal(ask(f, witness_port(f->witness), 30000), WITNESS_RUNNING);
    witness_add(f->witness, ID, TOKEN, WITNESS_PENDING);
    assert_int_equal(ask(f, witness_port(f->witness), 30000), WITNESS_CANCELLED);
}

typedef struct {
    int         fd;
    const char *reply; /* NULL: says nothing and stays */
} FakeWitness;

static gpointer
play(gpointer data)
{
    FakeWitness *fake = data;
    int          fd = accept4(fake->fd, NULL, NULL, SOCK_CLOEXEC);
    char         buf[256];

    if (fake->reply) {
        if (recv(fd, buf, sizeof(buf), 0) > 0)
            send(fd, fake->reply, strlen(fake->reply), MSG_NOSIGNAL);
    } else {
        while (recv(fd, buf, sizeof(buf), 0) > 0)
            continue;
    }
    close(fd);
    return NULL;
}

/* Anything but one of three words is no answer: the source stays in doubt rather than guess. */
static void
anything_else_is_no_answer(void **state)
{
    static const char *const replies[] = { "", "\n", "runn", "running", "starting\n", "pending\n", "no\n",
                                           "cancelled and forty bytes more than anybody needs\n", NULL };
    Fixture                 *f = *state;

    for (gsize i = 0; i < G_N_ELEMENTS(replies); i++) {
        struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t          len = sizeof(addr);
        FakeWitness        fake = { socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), replies[i] };
        GThread           *thread;

        assert_int_equal(bind(fake.fd, (struct sockaddr *)&addr, len), 0);
        assert_int_equal(listen(fake.fd, 1), 0);
        assert_int_equal(getsockname(fake.fd, (struct sockaddr *)&addr, &len), 0);
        thread = g_thread_new("fake", play, &fake);
        assert_int_equal(ask(f, ntohs(addr.sin_port), replies[i] ? 5000 : 50), WITNESS_STATE_LAST);
        g_thread_join(thread);
        close(fake.fd);
        /* Nobody listens there any more. */
        assert_int_equal(ask(f, ntohs(addr.sin_port), 5000), WITNESS_STATE_LAST);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asking_revokes_for_good, setup, teardown),
        cmocka_unit_test_setup_teardown(a_started_guest_is_not_revoked, setup, teardown),
        cmocka_unit_test_setup_teardown(the_answer_waits_while_cpus_are_started, setup, teardown),
        cmocka_unit_test_setup_teardown(settle_and_finish_never_both_win, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_token_holder_learns_anything, setup, teardown),
        cmocka_unit_test_setup_teardown(nonsense_is_hung_up_on, setup, teardown),
        cmocka_unit_test_setup_teardown(silent_peers_do_not_keep_an_honest_one_out, setup, teardown),
        cmocka_unit_test_setup_teardown(the_source_gets_the_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(anything_else_is_no_answer, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
