/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, a host cannot be started, stopped or configured as its manual says: two daemons could fight over one
 * host, or TCP without authentication could be open to the network by accident. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host.h"
#include "raw.h"

static void
stops_cleanly_and_starts_again(void **state)
{
    static const char *const pid_args[] = { "--pid-file", NULL, NULL };
    Host                     host;
    const char              *args[G_N_ELEMENTS(pid_args)];
    g_autofree char         *dir = g_dir_make_tmp("godwit-pid-XXXXXX", NULL);
    g_autofree char         *pid_file = g_build_filename(dir, "pid", NULL);
    g_autofree char         *text = NULL;

    (void)state;
    memcpy(args, pid_args, sizeof(args));
    args[1] = pid_file;
    host_start(&host, args);
    assert_true(g_file_get_contents(pid_file, &text, NULL, NULL));
    assert_int_equal(atoi(text), host.pid);
    close(raw_open(host.sock));
    assert_int_equal(host_stop(&host), 0);
    assert_false(g_file_test(pid_file, G_FILE_TEST_EXISTS));
    assert_false(g_file_test(host.sock, G_FILE_TEST_EXISTS));
    assert_false(g_file_test(host.sock_ro, G_FILE_TEST_EXISTS));
    host_clear(&host);
    rmdir(dir);
}

static void
a_client_in_the_middle_does_not_hold_up_the_end(void **state)
{
    Host      host;
    RawPacket reply;
    int       fd;

    (void)state;
    host_start(&host, NULL);
    fd = raw_open(host.sock);
    assert_int_equal(host_stop(&host), 0);
    assert_int_equal(raw_receive(fd, 25000, &reply), RAW_CLOSED);
    close(fd);
    host_clear(&host);
}

static void
a_killed_daemon_leaves_nothing_in_the_way(void **state)
{
    Host host;

    (void)state;
    host_start(&host, NULL);
    close(raw_open(host.sock));
    host_kill_and_restart(&host);
    close(raw_open(host.sock));
    close(raw_open(host.sock_ro));
    assert_int_equal(host_stop(&host), 0);
    host_clear(&host);
}

static void
modes_of_the_sockets(void **state)
{
    static const char *const args[] = { "--socket-mode", "0770", NULL };
    Host                     host;
    struct stat              st;

    (void)state;
    host_start(&host, NULL);
    assert_int_equal(stat(host.sock, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(host.sock_ro, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0777);
    host_clear(&host);

    host_start(&host, args);
    assert_int_equal(stat(host.sock, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0770);
    host_clear(&host);
}

static void
loopback_tcp_needs_no_word_about_safety(void **state)
{
    static const char *const args[] = { "--listen", "tcp://127.0.0.1:0", NULL };
    struct sockaddr_in       sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    Host                     host;
    RawPacket                reply;
    const char              *at;
    int                      fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    host_start(&host, args);
    at = strstr(host.ready, "tcp://127.0.0.1:");
    assert_non_null(at);
    sa.sin_port = htons(atoi(at + strlen("tcp://127.0.0.1:")));
    assert_int_equal(connect(fd, (struct sockaddr *)(void *)&sa, sizeof(sa)), 0);
    raw_call(fd, 66, NULL, &reply);
    assert_int_equal(reply.head.status, 0);
    raw_packet_clear(&reply);
    close(fd);
    host_clear(&host);
}

typedef struct {
    const char *what;
    const char *args[6];
    int         status;
    const char *says;
} Run;

static const Run runs[] = {
    { "help", { "--help" }, 0, "--migrate-ports LOW-HIGH" },
    { "version", { "--version" }, 0, "godwitd " },
    { "manual", { "--manual" }, 0, ".TH GODWITD 8" },
    { "unknown option", { "--frobnicate" }, 1, "unknown option '--frobnicate'" },
    { "missing value", { "--root" }, 1, "option '--root' needs a value: DIR" },
    { "value for a flag", { "--verbose=1" }, 1, "takes no value" },
    { "a number that is none", { "--max-clients", "many" }, 1, "needs a number" },
    { "a stray word", { "start" }, 1, "unknown option 'start'" },
};

static void
command_lines_are_understood_or_refused(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(runs); i++) {
        g_autofree char *output = NULL;
        int              status = host_run(runs[i].args, &output);

        if (WEXITSTATUS(status) != runs[i].status || !strstr(output, runs[i].says))
            fail_msg("%s: status %d, output: %s", runs[i].what, WEXITSTATUS(status), output);
    }
}

/* With a root that exists and belongs to nobody. */
static const Run bad_setups[] = {
    { "open TCP", { "--listen", "tcp://0.0.0.0:0" }, 1, "--insecure-tcp" },
    { "tls", { "--listen", "tls://127.0.0.1:0" }, 1, "Cannot read CA certificate" },
    { "nonsense", { "--listen", "carrier-pigeon://x" }, 1, "unix:///PATH" },
    { "ports", { "--migrate-ports", "10-5" }, 1, "LOW-HIGH" },
    { "mode", { "--socket-mode", "rwx" }, 1, "octal" },
    { "group", { "--socket-group", "nosuchgroup-x" }, 1, "nosuchgroup-x" },
    { "log", { "--log", "loud" }, 1, "loud" },
    { "config", { "--config", "/nonexistent/godwitd.conf" }, 1, "/nonexistent/godwitd.conf" },
};

static void
bad_setups_name_the_fault(void **state)
{
    Host dead;

    (void)state;
    host_start(&dead, NULL);
    host_stop(&dead);
    for (gsize i = 0; i < G_N_ELEMENTS(bad_setups); i++) {
        const char      *args[8] = { "--root", dead.root };
        g_autofree char *output = NULL;
        int              status;

        memcpy(args + 2, bad_setups[i].args, sizeof(bad_setups[i].args));
        status = host_run(args, &output);
        if (WEXITSTATUS(status) != bad_setups[i].status || !strstr(output, bad_setups[i].says))
            fail_msg("%s: status %d, output: %s", bad_setups[i].what, WEXITSTATUS(status), output);
    }
    host_clear(&dead);
}

static void
a_host_has_one_daemon(void **state)
{
    Host             host;
    const char      *args[3] = { "--root", NULL, NULL };
    g_autofree char *output = NULL;

    (void)state;
    host_start(&host, NULL);
    args[1] = host.root;
    assert_int_equal(WEXITSTATUS(host_run(args, &output)), 1);
    assert_non_null(strstr(output, "another godwitd"));
    close(raw_open(host.sock)); /* and the first one did not notice */
    host_clear(&host);
}

static void
write_config(const Host *host, const char *text)
{
    g_autofree char *path = g_build_filename(host->root, "etc/godwitd.conf", NULL);

    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
the_configuration_file_is_read(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "[godwitd]\nfrobnicate = 1\n", "unknown setting 'frobnicate'" },
        { "[godwitd]\nroot = /x\n", "unknown setting 'root'" },
        { "[godwitd]\ninsecure-tcp = yes\n", "must be true or false" },
        { "no section", "godwitd.conf" },
        { "[godwitd]\nlisten = tls://127.0.0.1:0\n", "Cannot read CA certificate" },
    };
    Host        host;
    const char *args[3] = { "--root", NULL, NULL };

    (void)state;
    host_start(&host, NULL);
    host_stop(&host);
    args[1] = host.root;
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *output = NULL;

        write_config(&host, bad[i].text);
        if (WEXITSTATUS(host_run(args, &output)) != 1 || !strstr(output, bad[i].says))
            fail_msg("%s: %s", bad[i].text, output);
    }
    host_clear(&host);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_cleanly_and_starts_again),
        cmocka_unit_test(a_client_in_the_middle_does_not_hold_up_the_end),
        cmocka_unit_test(a_killed_daemon_leaves_nothing_in_the_way),
        cmocka_unit_test(modes_of_the_sockets),
        cmocka_unit_test(loopback_tcp_needs_no_word_about_safety),
        cmocka_unit_test(command_lines_are_understood_or_refused),
        cmocka_unit_test(bad_setups_name_the_fault),
        cmocka_unit_test(a_host_has_one_daemon),
        cmocka_unit_test(the_configuration_file_is_read),
    };

    if (argc < 2)
        return 77;
    godwitd_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
