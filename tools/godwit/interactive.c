/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shell that one types into. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "shell.h"

#define HISTORY_LINES 500

static char *
history_path(void)
{
    const char *own = g_getenv("GODWIT_HISTORY");

    if (own)
        return g_strdup(own);
    return g_build_filename(g_get_user_cache_dir(), "godwit", "history", NULL);
}

static void
load_history(const char *path)
{
    using_history();
    stifle_history(HISTORY_LINES);
    read_history(path);
}

static void
save_history(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    if (g_mkdir_with_parents(folder, 0700) == 0)
        write_history(path);
}

static void
keep_line(const char *line)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

    if (last == NULL || g_strcmp0(last->line, line) != 0)
        add_history(line);
}

static const char *
prompt(const Shell *sh)
{
    return sh->read_only ? "godwit > " : "godwit # ";
}

static void
welcome(const Shell *sh)
{
    if (sh->quiet)
        return;
    printf(_("Welcome to %s, the virtualization interactive terminal.\n\n"), "godwit");
    printf(_("Type:  'help' for help with commands\n"
             "       'quit' to quit\n\n"));
}

/* Commands from a pipe need no prompt, no history and no keys. */
static char *
next_line(const Shell *sh, bool terminal)
{
    char *line = NULL;
    size_t size = 0;

    if (terminal)
        return readline(prompt(sh));
    if (getline(&line, &size, stdin) < 0) {
        free(line);
        return NULL;
    }
    return line;
}

int
shell_interactive(Shell *sh)
{
    bool terminal = isatty(STDIN_FILENO), ok = true;
    g_autofree char *path = history_path();
    char *line;

    sh->interactive = true;
    welcome(sh);
    /* Commands that need no host work without one; the others try again. */
    if (!shell_connect(sh, sh->uri, sh->read_only_wanted)) {
        complain_last_error();
        if (!terminal)
            return EXIT_FAILURE;
    }
    if (terminal) {
        complete_start(sh);
        load_history(path);
    }
    while (!sh->quit && (line = next_line(sh, terminal))) {
        if (terminal && *line)
            keep_line(line);
        ok = shell_run_text(sh, line);
        free(line);
    }
    if (terminal) {
        if (!sh->quit)
            printf("\n");
        save_history(path);
    }
    return terminal || ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
