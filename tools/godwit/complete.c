/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Tab key: commands, their options, and values where an option's row knows any. */
#include <stdio.h>
#include <string.h>

#include <readline/readline.h>

#include "shell.h"

static Shell *shell;

/* Candidates of the word under the cursor, and how far readline has taken them. */
static char **candidates;
static guint  next_candidate;

static char *
hand_out(const char *word, int state)
{
    if (state == 0)
        next_candidate = 0;
    while (candidates && candidates[next_candidate]) {
        const char *candidate = candidates[next_candidate++];

        if (g_str_has_prefix(candidate, word))
            return strdup(candidate);
    }
    return NULL;
}

static char **
command_names(void)
{
    GPtrArray *names = g_ptr_array_new();

    for (const CmdGroup *group = groups; group->title; group++) {
        FOR_EACH_COMMAND(group, def) {
            if (!(def->flags & CMD_ALIAS))
                g_ptr_array_add(names, g_strdup(def->name));
        }
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static bool
has_word(char **words, const char *option)
{
    g_autofree char *dashed = g_strconcat("--", option, NULL);

    return g_strv_contains((const char *const *)words, dashed);
}

static char **
option_names(const CmdDef *def, char **words)
{
    GPtrArray *names = g_ptr_array_new();

    for (const OptDef *opt = def->options; opt && opt->name; opt++) {
        if (!has_word(words, opt->name))
            g_ptr_array_add(names, g_strconcat("--", opt->name, NULL));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static const OptDef *
named_option(const CmdDef *def, const char *word)
{
    for (const OptDef *opt = def->options; opt && opt->name && g_str_has_prefix(word, "--"); opt++) {
        if (strcmp(opt->name, word + 2) == 0)
            return opt;
    }
    return NULL;
}

/* The option that the next bare word would go to. */
static const OptDef *
next_positional(const CmdDef *def, char **words)
{
    guint bare = 0;

    for (guint i = 1; words[i]; i++) {
        const OptDef *before = named_option(def, words[i - 1]);

        if (!g_str_has_prefix(words[i], "--") && !(before && before->kind != OPT_BOOL))
            bare++;
    }
    for (const OptDef *opt = def->options; opt && opt->name; opt++) {
        if (opt->kind == OPT_BOOL || (opt->flags & OPT_BY_NAME) || has_word(words, opt->name))
            continue;
        if (bare-- == 0 || opt->kind == OPT_ARGV)
            return opt;
    }
    return NULL;
}

static char **
value_names(const OptDef *opt)
{
    return opt && opt->completer ? opt->completer(shell) : NULL;
}

/* words: what stands before the cursor's word in the same command. */
static char **
find_candidates(char **words, const char *word, bool *ret_file)
{
    const CmdDef *def = words[0] ? shell_find_command(words[0]) : NULL;
    const OptDef *opt;

    if (words[0] == NULL)
        return command_names();
    if (def == NULL)
        return NULL;
    opt = named_option(def, words[g_strv_length(words) - 1]);
    if (opt == NULL || opt->kind == OPT_BOOL) {
        if (g_str_has_prefix(word, "-"))
            return option_names(def, words);
        opt = next_positional(def, words);
        if (opt == NULL)
            return option_names(def, words);
    }
    *ret_file = opt->flags & OPT_FILE;
    return value_names(opt);
}

static char **
complete_word(const char *word, int start, int end)
{
    g_autofree char *before = g_strndup(rl_line_buffer, (gsize)start);
    const char *last = strrchr(before, ';');
    g_auto(GStrv) words = NULL;
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    bool file = false;

    words = g_strsplit_set(last ? last + 1 : before, " \t", -1);
    for (guint i = 0; words[i]; i++) {
        if (words[i][0])
            g_ptr_array_add(list, words[i]);
    }
    g_ptr_array_add(list, NULL);

    g_clear_pointer(&candidates, g_strfreev);
    candidates = find_candidates((char **)list->pdata, word, &file);
    rl_attempted_completion_over = !file;
    return file ? NULL : rl_completion_matches(word, hand_out);
}

void
complete_start(Shell *sh)
{
    shell = sh;
    rl_readline_name = "godwit";
    rl_basic_word_break_characters = " \t\n;";
    rl_attempted_completion_function = complete_word;
}
