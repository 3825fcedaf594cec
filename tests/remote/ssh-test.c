/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, whoever can choose a URI (a web page, a ticket, a migration's target) runs commands of his own, here or
 * on the host that it names. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "remote/ssh.h"
#include "util/file.h"

#include "../unit.h"

static void
parse(const char *uri, RemoteTarget *ret_target)
{
    bool    declined = false;
    GError *err = NULL;

    if (!remote_target_parse(uri, ret_target, &declined, &err))
        fail_msg("%s: %s", uri, err ? err->message : "declined");
}

/* ssh's own arguments */

#define ALWAYS "-T|-e|none"
#define WAIT   "-o|ConnectTimeout=30"

typedef struct {
    const char *uri;
    const char *argv; /* but for the last, the command; '|' between two */
} ArgvCase;

static const ArgvCase argv_cases[] = {
    { "qemu+ssh://h/system", "ssh|" ALWAYS "|" WAIT "|--|h" },
    { "qemu+ssh:///system", "ssh|" ALWAYS "|" WAIT "|--|localhost" },
    { "qemu+ssh://joe@h:2222/system", "ssh|-p|2222|-l|joe|" ALWAYS "|" WAIT "|--|h" },
    { "qemu+ssh://a%20b@h/system", "ssh|-l|a b|" ALWAYS "|" WAIT "|--|h" },
    { "qemu+ssh://dom%5Cjoe@h/system", "ssh|-l|dom\\joe|" ALWAYS "|" WAIT "|--|h" },
    { "qemu+ssh://[fe80::1%25eth0]/system", "ssh|" ALWAYS "|" WAIT "|--|fe80::1%eth0" },
    { "qemu+ssh://h/system?no_tty=1&no_verify=1", "ssh|" ALWAYS "|-o|BatchMode=yes|-o|StrictHostKeyChecking=no|" WAIT "|--|h" },
    { "qemu+ssh://h/system?known_hosts_verify=auto", "ssh|" ALWAYS "|-o|StrictHostKeyChecking=accept-new|" WAIT "|--|h" },
    { "qemu+ssh://h/system?command=/opt/my%20ssh%20-v", "/opt/my ssh -v|" ALWAYS "|" WAIT "|--|h" },
    { "qemu+ssh://h/system?keyfile=/k/a%20'b'", "ssh|" ALWAYS "|" WAIT "|-i|/k/a 'b'|--|h" },
    { "qemu+ssh://h/system?keyfile=/-oProxyCommand=x", "ssh|" ALWAYS "|" WAIT "|-i|/-oProxyCommand=x|--|h" },
    { "qemu+ssh://h/system?keyfile=/k/100%25", "ssh|" ALWAYS "|" WAIT "|-o|IdentityFile=\"/k/100%%\"|--|h" },
    { "qemu+ssh://h/system?known_hosts=/k/a%20%25h", "ssh|" ALWAYS "|" WAIT "|-o|UserKnownHostsFile=\"/k/a %%h\"|--|h" },
};

static void
test_arguments_of_ssh(void **state)
{
    (void)state;
    g_unsetenv("GODWIT_SSH");
    for (gsize i = 0; i < G_N_ELEMENTS(argv_cases); i++) {
        RemoteTarget      t = { 0 };
        g_autoptr(GError) err = NULL;
        g_auto(GStrv)     argv = NULL;
        g_autofree char  *joined = NULL;

        parse(argv_cases[i].uri, &t);
        argv = remote_ssh_argv(&t, false, &err);
        if (!argv)
            fail_msg("%s: %s", argv_cases[i].uri, err->message);
        g_clear_pointer(&argv[g_strv_length(argv) - 1], g_free);
        joined = g_strjoinv("|", argv);
        if (strcmp(joined, argv_cases[i].argv) != 0)
            fail_msg("%s: got %s, want %s", argv_cases[i].uri, joined, argv_cases[i].argv);
        remote_target_clear(&t);
    }
}

/* uri, and what the refusal says */
static const char *const refused[][2] = {
    { "qemu+ssh://-oProxyCommand=x/system", "the URI's host '-oProxyCommand=x' starts with '-'" },
    { "qemu+ssh://%2doProxyCommand=x/system", "starts with '-'" },
    { "qemu+ssh://a%20b/system", "the URI's host 'a b' has a character" },
    { "qemu+ssh://h$(touch%20x)/system", "the URI's host" },
    { "qemu+ssh://ssh%3A%2F%2Fh/system", "the URI's host" },
    { "qemu+ssh://%60id%60/system", "the URI's host" },
    { "qemu+ssh://-oProxyCommand=x@h/system", "the URI's user '-oProxyCommand=x' starts with '-'" },
    { "qemu+ssh://joe%27@h/system", "the URI's user" },
    { "qemu+ssh://$(id)@h/system", "the URI's user" },
    { "qemu+ssh://h/system?name=--version", "the URI's name '--version' starts with '-'" },
    { "qemu+ssh://h/system?netcat=-e", "the URI's netcat '-e' starts with '-'" },
    { "qemu+ssh://h/system?socket=-e", "the URI's socket '-e' starts with '-'" },
    { "qemu+ssh://h/system?socket=/a%0Ab", "a character that is not allowed" },
    { "qemu+ssh://h/system?netcat=nc%0Aid", "a character that is not allowed" },
    { "qemu+ssh://h/system?proxy=auto%3Bid", "unknown value 'auto;id'" },
    { "qemu+ssh://h/system?proxy=native&netcat=nc", "netcat path not valid with native proxy mode" },
    { "qemu+ssh://h/system?known_hosts=/a%22b", "ssh takes no file of the name" },
    { "qemu+ssh://h/system?known_hosts=/a${HOME}", "ssh takes no file of the name" },
    { "qemu+ssh://h/system?keyfile=/a${HOME}", "ssh takes no file of the name" },
    { "qemu+ssh://h/system?known_hosts_verify=no", "Invalid host key verification method: 'no'" },
    { "qemu+ssh://h/system?no_verify=yes", "is not a number" },
    { "qemu+ext:///system", "command is required" },
    { "qemu+ext:///system?command=", "command is required" },
    { "qemu+libssh2://-h/system", "the URI's host '-h' starts with '-'" },
    { "qemu+libssh2://h/system?sshauth=password,none", "Invalid authentication method: 'none'" },
};

static void
test_what_is_refused(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        const char       *uri = refused[i][0];
        RemoteTarget      t = { 0 };
        g_autoptr(GError) err = NULL;
        Chan             *chan;

        parse(uri, &t);
        chan = strcmp(t.transport, "ext") == 0       ? remote_reach_ext(&t, false, &err)
               : strcmp(t.transport, "libssh2") == 0 ? remote_reach_libssh2(&t, false, &err)
                                                     : remote_reach_ssh(&t, false, &err);
        if (chan || !strstr(err->message, refused[i][1]))
            fail_msg("%s: '%s', not '%s'", uri, err ? err->message : "accepted", refused[i][1]);
        remote_target_clear(&t);
    }
}

/* What the other host's shell makes of the command: its programs tell their arguments. */

typedef struct {
    const char *query;
    bool        read_only;
    const char *program; /* the one that is there */
    const char *said;    /* its arguments, each in brackets */
} CommandCase;

static const CommandCase command_cases[] = {
    { "", false, "godwit-ssh-helper", "[qemu:///system]" },
    { "", true, "virt-ssh-helper", "[-r][qemu:///system]" },
    { "?x=a'b%3Bid&y=$(id)", false, "godwit-ssh-helper", "[qemu:///system?x=a'b%3Bid&y=$(id)]" },
    { "?name=%3Bid%20'%22%5C%21", false, "godwit-ssh-helper", "[;id '\"\\!]" },
    { "?socket=/a%20b'c%22%3Bid", false, "godwit-ssh-helper", "[qemu:///system?socket=/a%20b%27c%22%3Bid]" },
    { "?socket=/a&mode=x%3Bid", false, "godwit-ssh-helper", "[qemu:///system?socket=/a&mode=x%3Bid]" },
    { "?socket=@s&netcat=nc", false, "nc", "[-U][@s]" },
    { "?socket=@s&netcat=my%20nc'%22%3Bid", false, "my nc'\";id", "[-U][@s]" },
    { "?socket=@s&proxy=netcat", true, "nc", "[-U][@s]" },
};

/* DIR/PROGRAM, which does that. */
static void
make_program(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    assert_true(g_file_set_contents(path, "#!/bin/sh\ntest \"$1\" = -q && exit\nprintf '[%s]' \"$@\"\n", -1, NULL));
    assert_return_code(g_chmod(path, 0755), errno);
}

/* A socket whose name wants quoting. */
static char *
make_socket(const char *dir, int *ret_fd)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };

    g_snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/a 'b' \"c\";$(id)\\", dir);
    *ret_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_return_code(bind(*ret_fd, (struct sockaddr *)&sa, sizeof(sa)), errno);
    return g_strdup(sa.sun_path);
}

static char *
put(const char *text, const char *what, const char *by)
{
    g_auto(GStrv) pieces = g_strsplit(text, what, -1);

    return g_strjoinv(by, pieces);
}

static void
run_command(const CommandCase *c, const char *dir, const char *socket, const char *shell)
{
    g_autofree char  *escaped = g_uri_escape_string(socket, "/", FALSE);
    g_autofree char  *query = put(c->query, "@s", escaped);
    g_autofree char  *uri = g_strconcat("qemu+ssh://h/system", query, NULL);
    g_autofree char  *want = put(c->said, "@s", socket);
    g_autofree char  *path = g_strdup_printf("PATH=%s:/usr/bin:/bin", dir);
    g_autofree char  *command = NULL, *out = NULL, *said = NULL;
    g_autoptr(GError) err = NULL;
    RemoteTarget      t = { 0 };
    char             *argv[] = { (char *)shell, (char *)"-c", NULL, NULL }, *env[] = { path, NULL };

    parse(uri, &t);
    command = remote_ssh_command(&t, c->read_only, &err);
    assert_non_null(command);
    argv[2] = command;
    make_program(dir, c->program);
    assert_true(g_spawn_sync(dir, argv, env, 0, NULL, NULL, &out, &said, NULL, &err));
    if (strcmp(out, want) != 0 || *said)
        fail_msg("%s, %s: got %s, want %s; %s", uri, shell, out, want, said);
    remote_target_clear(&t);
}

static void
test_command_for_the_other_host(void **state)
{
    static const char *const shells[] = { "/bin/sh", "/bin/bash" };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(command_cases); i++) {
        for (gsize k = 0; k < G_N_ELEMENTS(shells); k++) {
            g_autofree char *dir = g_dir_make_tmp("godwit-ssh-XXXXXX", NULL);
            g_autofree char *socket = NULL;
            int              fd;

            if (!g_file_test(shells[k], G_FILE_TEST_IS_EXECUTABLE))
                continue;
            socket = make_socket(dir, &fd);
            run_command(&command_cases[i], dir, socket, shells[k]);
            close(fd);
            file_remove_dir(dir);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_of_ssh),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_command_for_the_other_host),
    };

    return cmocka_run_group_tests_name("remote/ssh", tests, NULL, NULL);
}
