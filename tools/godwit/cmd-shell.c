/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* help, connect, and what a shell has. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "help.h"
#include "shell.h"

static bool
run_help(Shell *sh, const Cmd *cmd)
{
    const char *name = opt_string(cmd, "command");
    const CmdDef *def = name ? shell_find_command(name) : NULL;
    const CmdGroup *group = name ? shell_find_group(name) : NULL;

    if (opt_bool(cmd, "man"))
        help_man();
    else if (opt_bool(cmd, "knobs"))
        help_knobs();
    else if (name == NULL)
        help_all(sh);
    else if (def)
        help_command(sh, def);
    else if (group)
        help_group(group);
    else
        complain(_("command or command group '%s' doesn't exist"), name);
    return name == NULL || def || group;
}

static char **
complete_commands(Shell *sh)
{
    GPtrArray *names = g_ptr_array_new();

    for (const CmdGroup *group = groups; group->title; group++) {
        g_ptr_array_add(names, g_strdup(group->keyword));
        FOR_EACH_COMMAND(group, def)
            g_ptr_array_add(names, g_strdup(def->name));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static const OptDef help_options[] = {
    { "command", OPT_STRING, 0, complete_commands, N_("a command or a group of commands") },
    { "man", OPT_BOOL, 0, NULL, N_("print the manual page's source") },
    { "knobs", OPT_BOOL, 0, NULL, N_("print the page about flags and parameters of migrations") },
    OPT_END
};

static bool
run_connect(Shell *sh, const Cmd *cmd)
{
    const char *name = opt_string(cmd, "name");

    if (!shell_connect(sh, name ? name : sh->uri, opt_bool(cmd, "readonly")))
        return false;
    if (name) {
        g_free(sh->uri);
        sh->uri = g_strdup(name);
    }
    sh->read_only_wanted = opt_bool(cmd, "readonly");
    return true;
}

static const OptDef connect_options[] = {
    { "name", OPT_STRING, OPT_EMPTY_OK, NULL, N_("hypervisor connection URI") },
    { "readonly", OPT_BOOL, 0, NULL, N_("read-only connection") },
    OPT_END
};

static bool
run_cd(Shell *sh, const Cmd *cmd)
{
    const char *folder = opt_string(cmd, "dir");

    if (!sh->interactive) {
        complain(_("cd: command valid only in interactive mode"));
        return false;
    }
    if (chdir(folder ? folder : g_get_home_dir()) == 0)
        return true;
    complain(_("cd: %s: %s"), g_strerror(errno), folder ? folder : g_get_home_dir());
    return false;
}

static const OptDef cd_options[] = {
    { "dir", OPT_STRING, OPT_FILE, NULL, N_("directory to change to (default: home)") },
    OPT_END
};

static bool
run_pwd(Shell *sh, const Cmd *cmd)
{
    g_autofree char *folder = g_get_current_dir();

    text(sh, "directory", folder);
    return true;
}

static char *
escape_xml(const char *plain)
{
    g_autofree char *some = g_markup_escape_text(plain, -1);
    g_auto(GStrv) parts = g_strsplit(some, "&#39;", -1);

    return g_strjoinv("&apos;", parts);
}

static bool
run_echo(Shell *sh, const Cmd *cmd)
{
    g_autofree const char **words = opt_argv(cmd, "string");
    g_autoptr(GString) line = g_string_new(NULL);

    for (guint i = 0; words[i]; i++) {
        g_autofree char *word = opt_bool(cmd, "xml")     ? escape_xml(words[i])
                                : opt_bool(cmd, "shell") ? g_shell_quote(words[i])
                                                         : g_strdup(words[i]);

        g_string_append_printf(line, "%s%s", i ? " " : "", word);
    }
    if (sh->out)
        json_string(sh, "text", line->str);
    else
        fputs(line->str, opt_bool(cmd, "err") ? stderr : stdout);
    return true;
}

static const OptDef echo_options[] = {
    { "shell", OPT_BOOL, 0, NULL, N_("quote for a shell") },
    { "xml", OPT_BOOL, 0, NULL, N_("escape for XML") },
    { "err", OPT_BOOL, 0, NULL, N_("print to the error output") },
    { "string", OPT_ARGV, 0, NULL, N_("words to print") },
    OPT_END
};

static bool
run_quit(Shell *sh, const Cmd *cmd)
{
    sh->quit = true;
    return true;
}

const CmdDef cmds_shell[] = {
    { "cd", cd_options, run_cd, N_("change the current directory"), N_("Change the current directory."), CMD_OFFLINE },
    { "connect", connect_options, run_connect, N_("(re)connect to a hypervisor"),
      N_("Connect to a hypervisor, in place of the connection that there is."), CMD_OFFLINE },
    { "echo", echo_options, run_echo, N_("print words"), N_("Print words back, quoted if asked for."), CMD_OFFLINE },
    { "exit", NULL, run_quit, N_("leave this shell"), NULL, CMD_OFFLINE },
    { "help", help_options, run_help, N_("print help"),
      N_("Print help about all commands, a group of them, or one."), CMD_OFFLINE },
    { "pwd", NULL, run_pwd, N_("print the current directory"), N_("Print the current directory."), CMD_OFFLINE },
    { "quit", NULL, run_quit, N_("leave this shell"), NULL, CMD_OFFLINE },
    { NULL }
};
