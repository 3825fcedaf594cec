/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remote/ssh.h"

#include <string.h>

#include "rpc/chan-exec.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE

#define ANSWER_S 30 /* how long a host may take for each step of the opening */

/* ssh hands names to commands of its configuration (ProxyCommand), where a shell reads them.
 * not: characters that it may not have */
typedef struct {
    const char *what, *value, *not;
} NameCheck;

static bool
check_name(const NameCheck *c, GError **err)
{
    if (!c->value)
        return true;
    if (c->value[0] == '-')
        return fail(err, VIR_ERR_INVALID_ARG, _("the URI's %s '%s' starts with '-'"), c->what, c->value);
    for (const char *p = c->value; *p; p++) {
        if (g_ascii_iscntrl(*p) || strchr(c->not, *p))
            return fail(err, VIR_ERR_INVALID_ARG, _("the URI's %s '%s' has a character that is not allowed in it"), c->what,
                        c->value);
    }
    return true;
}

bool
remote_ssh_check_names(const RemoteTarget *t, GError **err)
{
    const NameCheck checks[] = {
        { "host", t->host, " '`\"$\\;&<>|(){},/@" },
        { "user", t->user, "'`\"$;&<>|(){}" },
        { "name", t->name, "" },
        { "netcat", t->netcat, "" },
        { "socket", t->socket, "" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
        if (!check_name(&checks[i], err))
            return false;
    }
    return true;
}

bool
remote_ssh_policy(const RemoteTarget *t, SshHostPolicy *ret_policy, GError **err)
{
    static const char *const names[] = { "normal", "auto", "ignore" };
    bool                     no_verify;

    *ret_policy = SSH_HOST_NORMAL;
    if (!remote_target_yes("no_verify", t->no_verify, &no_verify, err))
        return false;
    for (gsize i = 0; t->known_hosts_verify && i <= G_N_ELEMENTS(names); i++) {
        if (i == G_N_ELEMENTS(names))
            return fail(err, VIR_ERR_INVALID_ARG, _("Invalid host key verification method: '%s'"), t->known_hosts_verify);
        if (strcmp(t->known_hosts_verify, names[i]) != 0)
            continue;
        *ret_policy = (SshHostPolicy)i;
        break;
    }
    if (no_verify)
        *ret_policy = SSH_HOST_IGNORE;
    return true;
}

/* ssh: OpenSSH's client */

static void
add(GPtrArray *argv, const char *option, const char *value)
{
    g_ptr_array_add(argv, g_strdup(option));
    if (value)
        g_ptr_array_add(argv, g_strdup(value));
}

/* As an option's value the file's name passes through ssh's own quoting and expansion of %, which cannot be told to leave
 * "${" alone. */
static bool
add_file_option(GPtrArray *argv, const char *option, const char *path, GError **err)
{
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    g_auto(GStrv)    pieces = g_strsplit(full, "%", -1);
    g_autofree char *escaped = g_strjoinv("%%", pieces);

    if (strpbrk(full, "\"\\\n") || strstr(full, "${"))
        return fail(err, VIR_ERR_INVALID_ARG, _("ssh takes no file of the name '%s'"), full);
    add(argv, "-o", NULL);
    g_ptr_array_add(argv, g_strdup_printf("%s=\"%s\"", option, escaped));
    return true;
}

/* With -i ssh says when the file is not there; but it looks for it under its name before the expansion. */
static bool
add_keyfile(GPtrArray *argv, const char *path, GError **err)
{
    if (strpbrk(path, "%$"))
        return add_file_option(argv, "IdentityFile", path, err);
    add(argv, "-i", NULL);
    g_ptr_array_add(argv, g_canonicalize_filename(path, NULL));
    return true;
}

static bool
add_options(GPtrArray *argv, const RemoteTarget *t, GError **err)
{
    static const char *const checking[] = {
        [SSH_HOST_AUTO] = "StrictHostKeyChecking=accept-new", [SSH_HOST_IGNORE] = "StrictHostKeyChecking=no",
    };
    SshHostPolicy policy;
    bool          no_tty;

    if (!remote_ssh_policy(t, &policy, err) || !remote_target_yes("no_tty", t->no_tty, &no_tty, err))
        return false;
    if (no_tty)
        add(argv, "-o", "BatchMode=yes");
    if (policy != SSH_HOST_NORMAL)
        add(argv, "-o", checking[policy]);
    add(argv, "-o", "ConnectTimeout=" G_STRINGIFY(ANSWER_S));
    if (t->keyfile && !add_keyfile(argv, t->keyfile, err))
        return false;
    return !t->known_hosts || add_file_option(argv, "UserKnownHostsFile", t->known_hosts, err);
}

char **
remote_ssh_argv(const RemoteTarget *t, bool read_only, GError **err)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autofree char     *command = NULL;
    const char          *program = t->command ? t->command : g_getenv("GODWIT_SSH");

    if (!remote_ssh_check_names(t, err) || !(command = remote_ssh_command(t, read_only, err)))
        return NULL;
    add(argv, program && *program ? program : "ssh", NULL);
    if (t->port > 0) {
        g_ptr_array_add(argv, g_strdup("-p"));
        g_ptr_array_add(argv, g_strdup_printf("%d", t->port));
    }
    if (t->user)
        add(argv, "-l", t->user);
    add(argv, "-T", NULL);
    add(argv, "-e", "none");
    if (!add_options(argv, t, err))
        return NULL;
    add(argv, "--", t->host && *t->host ? t->host : "localhost");
    add(argv, command, NULL);
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
}

/* How ssh finds its agent, and a way to ask where there is no terminal. */
static char **
ssh_env(void)
{
    static const char *const names[] = {
        "SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "KRB5CCNAME", "TERM",
    };
    GPtrArray *env = g_ptr_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = g_getenv(names[i]);

        if (value)
            g_ptr_array_add(env, g_strdup_printf("%s=%s", names[i], value));
    }
    g_ptr_array_add(env, NULL);
    return (char **)g_ptr_array_free(env, FALSE);
}

Chan *
remote_reach_ssh(const RemoteTarget *t, bool read_only, GError **err)
{
    g_auto(GStrv) argv = remote_ssh_argv(t, read_only, err);
    g_auto(GStrv) env = ssh_env();

    return argv ? chan_new_exec((const char *const *)argv, (const char *const *)env, err) : NULL;
}

/* ext: a command that reaches the server in its own way */

Chan *
remote_reach_ext(const RemoteTarget *t, bool read_only, GError **err)
{
    const char   *argv[] = { t->command, NULL };
    g_auto(GStrv) env = ssh_env();

    (void)read_only;
    if (!t->command || !*t->command)
        return fail_null(err, VIR_ERR_INVALID_ARG, _("for 'ext' transport, command is required"));
    return chan_new_exec(argv, (const char *const *)env, err);
}
