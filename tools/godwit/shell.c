/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds and runs commands. */
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "shell.h"

const CmdGroup groups[] = {
    { N_("Domain Management"), "domain",
      { cmds_life, cmds_define, cmds_xml, cmds_vcpu, cmds_migrate, cmds_tune, cmds_job, cmds_console } },
    { N_("Domain Monitoring"), "monitor", { cmds_list, cmds_info, cmds_stats } },
    { N_("Domain Events"), "events", { cmds_event } },
    { N_("Host and Hypervisor"), "host", { cmds_host, cmds_node, cmds_cpu } },
    { N_("Godwit itself"), "godwit", { cmds_shell, cmds_pki } },
    { NULL, NULL, { NULL } },
};

const CmdDef *
shell_find_command(const char *name)
{
    for (const CmdGroup *group = groups; group->title; group++) {
        FOR_EACH_COMMAND(group, def) {
            if (strcmp(def->name, name) == 0)
                return def;
        }
    }
    return NULL;
}

const CmdGroup *
shell_find_group(const char *name)
{
    for (const CmdGroup *group = groups; group->title; group++) {
        if (strcmp(group->keyword, name) == 0 || strcmp(_(group->title), name) == 0)
            return group;
    }
    return NULL;
}

static bool
run_timed(Shell *sh, const Cmd *cmd, double *ret_ms)
{
    gint64 start = g_get_monotonic_time();
    bool ok;

    out_begin(sh);
    ok = cmd->def->run(sh, cmd);
    out_end(sh);
    *ret_ms = (double)(g_get_monotonic_time() - start) / 1000.0;
    return ok;
}

static bool
run_one(Shell *sh, char **words)
{
    g_autoptr(Cmd) cmd = cmd_bind(words);
    double ms = 0;
    bool ok;

    if (cmd == NULL)
        return false;
    if (opt_bool(cmd, "help")) {
        help_command(sh, cmd->def);
        return true;
    }
    note(sh, 3, "command: %s", cmd->def->name);
    ok = ((cmd->def->flags & CMD_OFFLINE) || shell_need_connection(sh)) && run_timed(sh, cmd, &ms);
    if (!ok)
        complain_last_error();
    forget_error();
    if (sh->quit)
        return ok;
    if (sh->timing)
        print(sh, _("\n(Time: %.3f ms)\n\n"), ms);
    else if (!sh->quiet && !sh->json)
        printf("\n");
    fflush(stdout);
    return ok;
}

bool
shell_run_words(Shell *sh, char **words)
{
    return run_one(sh, words);
}

static bool
all_known(GPtrArray *commands)
{
    for (guint i = 0; i < commands->len; i++) {
        g_autoptr(Cmd) cmd = cmd_bind(g_ptr_array_index(commands, i));

        if (cmd == NULL)
            return false;
    }
    return true;
}

/* A line with an error in it does nothing at all. */
bool
shell_run_text(Shell *sh, const char *line)
{
    bool ok = true;
    g_autoptr(GPtrArray) commands = parse_line(line, &ok);

    if (!ok || (commands->len > 1 && !all_known(commands)))
        return false;
    for (guint i = 0; i < commands->len && !sh->quit; i++)
        ok = run_one(sh, g_ptr_array_index(commands, i)) && ok;
    return ok;
}
