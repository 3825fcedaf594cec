/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting programs: what leaks into a QEMU by accident, a guest could use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "util/spawn.h"

/* Runs a shell command and gives what it printed; ret_how: how it ended. */
static char *
run_shell(const char *command, const int *fds, guint n_fds, char **ret_how)
{
    const char *argv[] = { "/bin/sh", "-c", command, NULL };
    const char *env[] = { "EXTRA=yes", NULL };
    char  text[4096];
    gsize len = 0;
    int   out[2], pidfd;
    pid_t pid;
    ssize_t n;

    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_true(spawn_process(&(SpawnHow){ .argv = argv, .env = env, .fds = fds, .n_fds = n_fds, .in = -1, .out = out[1],
                                           .err = -1, .detach = true }, &pid, &pidfd, NULL));
    close(out[1]);
    while ((n = read(out[0], text + len, sizeof(text) - 1 - len)) > 0)
        len += (gsize)n;
    text[len] = '\0';
    close(out[0]);
    assert_int_equal(poll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, 60000), 1);
    *ret_how = spawn_reap(pidfd);
    close(pidfd);
    return g_strdup(text);
}

static void
a_child_gets_the_descriptors_that_are_named(void **state)
{
    int given = open("/dev/null", O_RDONLY | O_CLOEXEC), secret = open("/dev/null", O_RDONLY);
    g_autofree char *text = NULL, *how = NULL, *expected = g_strdup_printf("0 1 2 %d ", given);

    /* The shell's own look at the directory opens one more, which is gone when it is told. */
    text = run_shell("for f in /proc/$$/fd/*; do [ -e $f ] && printf '%s ' ${f##*/}; done; true", &given, 1, &how);
    assert_string_equal(text, expected);
    assert_string_equal(how, "exit status 0");
    assert_true(fcntl(given, F_GETFD) & FD_CLOEXEC);
    close(given);
    close(secret);
}

static void
a_child_has_a_clean_environment_and_session(void **state)
{
    g_autofree char *text = NULL, *how = NULL;

    g_setenv("GODWIT_SECRET", "1", TRUE);
    text = run_shell("echo [$GODWIT_SECRET] [$EXTRA] [$LC_ALL] $(pwd) $(umask); "
                     "set -- $(cat /proc/$$/stat); [ $1 = $6 ] && echo leader; exit 3", NULL, 0, &how);
    g_unsetenv("GODWIT_SECRET");
    assert_string_equal(text, "[] [yes] [C] / 0077\nleader\n");
    assert_string_equal(how, "exit status 3");
}

static void
signals_are_the_default_ones(void **state)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
    g_autofree char *text = NULL, *how = NULL;

    sigaction(SIGTERM, &ignore, &old);
    text = run_shell("kill -TERM $$; echo still here", NULL, 0, &how);
    sigaction(SIGTERM, &old, NULL);
    assert_string_equal(text, "");
    assert_string_equal(how, "signal 15");
}

static void
a_program_that_cannot_be_executed_is_an_error(void **state)
{
    static const char *const programs[] = { "/no/such/program", "/etc/passwd", "/" };

    for (gsize i = 0; i < G_N_ELEMENTS(programs); i++) {
        const char *argv[] = { programs[i], NULL };
        g_autoptr(GError) error = NULL;
        pid_t pid;
        int   pidfd;

        assert_false(spawn_process(&(SpawnHow){ .argv = argv, .in = -1, .out = -1, .err = -1 }, &pid, &pidfd, &error));
        assert_non_null(strstr(error->message, programs[i]));
    }
}

static void
a_process_is_known_by_its_start_time(void **state)
{
    guint64 mine = 0, again = 0, init = 0, ns = 0;

    assert_true(spawn_start_time(getpid(), &mine));
    assert_true(spawn_start_time(getpid(), &again));
    assert_true(spawn_start_time(1, &init));
    assert_int_equal(mine, again);
    assert_true(mine >= init);
    assert_true(spawn_cpu_time(getpid(), &ns));
    assert_false(spawn_start_time(0x7fffffff, &mine));
    assert_int_equal(spawn_pidfd_open(0x7fffffff), -1);
    assert_int_equal(errno, ESRCH);
}

static gpointer
start_leashed(gpointer data)
{
    const char *argv[] = { "/bin/sleep", "1000", NULL };
    pid_t       pid;

    assert_true(spawn_process(&(SpawnHow){ .argv = argv, .in = -1, .out = -1, .err = -1, .leashed = true }, &pid, data, NULL));
    return NULL;
}

/* A daemon that is killed while it probes a QEMU would leave that one behind for ever. */
static void
a_leashed_child_dies_with_who_waits_for_it(void **state)
{
    g_autofree char *how = NULL;
    int              pidfd;

    g_thread_join(g_thread_new("starter", start_leashed, &pidfd));
    assert_int_equal(poll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, 60000), 1);
    how = spawn_reap(pidfd);
    assert_string_equal(how, "signal 9");
    close(pidfd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_gets_the_descriptors_that_are_named),
        cmocka_unit_test(a_child_has_a_clean_environment_and_session),
        cmocka_unit_test(signals_are_the_default_ones),
        cmocka_unit_test(a_program_that_cannot_be_executed_is_an_error),
        cmocka_unit_test(a_process_is_known_by_its_start_time),
        cmocka_unit_test(a_leashed_child_dies_with_who_waits_for_it),
    };

    return cmocka_run_group_tests_name("util/spawn", tests, NULL, NULL);
}
