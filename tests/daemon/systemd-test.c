/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, systemctl start waits for ever (nobody said READY), or clients of the socket unit are not served. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host.h"
#include "raw.h"

static int
bound_socket(const char *path, int type)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int                fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
    assert_int_equal(bind(fd, (struct sockaddr *)(void *)&sa, sizeof(sa)), 0);
    return fd;
}

/* As systemd would: the socket is descriptor 3, and the environment says so. */
static pid_t
start_under_systemd(const char *root, const char *notify, int listening)
{
    pid_t pid = fork();

    if (pid == 0) {
        char text[32];

        snprintf(text, sizeof(text), "%d", (int)getpid());
        setenv("LISTEN_PID", text, 1);
        setenv("LISTEN_FDS", "1", 1);
        setenv("LISTEN_FDNAMES", "godwit-sock", 1);
        setenv("NOTIFY_SOCKET", notify, 1);
        if (listening == 3)
            fcntl(3, F_SETFD, 0);
        else
            dup2(listening, 3);
        (void)!freopen("/dev/null", "w", stdout);
        execl(godwitd_path, godwitd_path, "--root", root, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void
expect_notice(int fd, const char *text)
{
    char          buf[64] = "";
    struct pollfd p = { .fd = fd, .events = POLLIN };

    assert_int_equal(poll(&p, 1, 60000), 1);
    assert_true(recv(fd, buf, sizeof(buf) - 1, 0) > 0);
    assert_string_equal(buf, text);
}

static void
speaks_systemds_protocols(void **state)
{
    g_autofree char *root = g_dir_make_tmp("godwit-systemd-XXXXXX", NULL);
    g_autofree char *notify_path = g_build_filename(root, "notify", NULL);
    g_autofree char *passed_path = g_build_filename(root, "passed", NULL);
    g_autofree char *own_path = g_build_filename(root, "run/godwit-sock", NULL);
    Host             host = { .root = g_strdup(root) };
    int              notify = bound_socket(notify_path, SOCK_DGRAM);
    int              passed = bound_socket(passed_path, SOCK_STREAM);
    int              status, client;
    RawPacket        reply;

    (void)state;
    assert_int_equal(listen(passed, 5), 0);
    client = raw_connect(passed_path); /* before there is a daemon */
    host.pid = start_under_systemd(root, notify_path, passed);
    expect_notice(notify, "READY=1");
    raw_call(client, 66, NULL, &reply);
    raw_packet_clear(&reply);
    assert_int_equal(access(own_path, F_OK), -1);
    kill(host.pid, SIGTERM);
    expect_notice(notify, "STOPPING=1");
    waitpid(host.pid, &status, 0);
    assert_int_equal(status, 0);
    host.pid = 0;
    close(client);
    close(passed);
    close(notify);
    host_clear(&host);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks_systemds_protocols),
    };

    if (argc < 2)
        return 77;
    godwitd_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
