/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From text to words, from words to a command with its options. */
#include <string.h>

#include "shell.h"

typedef enum { LEX_WORD, LEX_COMMAND_END, LEX_END, LEX_BAD } Lex;

static bool
take_quoted(const char **at, GString *word)
{
    char quote = *(*at)++;

    while (**at && **at != quote) {
        if (quote == '"' && **at == '\\') {
            (*at)++;
            if (**at == '\0')
                break;
        }
        g_string_append_c(word, *(*at)++);
    }
    if (**at != quote) {
        complain(_("missing %c"), quote);
        return false;
    }
    (*at)++;
    return true;
}

/* Words as a shell knows them: blanks part, quotes and backslashes keep together, ; and newlines end a command,
 * # begins a comment. */
static Lex
take_word(const char **at, GString *word)
{
    g_string_truncate(word, 0);
    *at += strspn(*at, " \t\r");
    if (**at == '#')
        *at += strcspn(*at, "\n");
    if (**at == '\0')
        return LEX_END;
    if (**at == ';' || **at == '\n') {
        (*at)++;
        return LEX_COMMAND_END;
    }
    while (**at && !strchr(" \t\r\n;", **at)) {
        if (**at == '\'' || **at == '"') {
            if (!take_quoted(at, word))
                return LEX_BAD;
            continue;
        }
        if (**at == '\\') {
            (*at)++;
            if (**at == '\0') {
                complain(_("dangling \\"));
                return LEX_BAD;
            }
            if (**at == '\n') {
                (*at)++;
                continue;
            }
        }
        g_string_append_c(word, *(*at)++);
    }
    return LEX_WORD;
}

static void
end_command(GPtrArray *commands, GPtrArray **words)
{
    if ((*words)->len > 0) {
        g_ptr_array_add(*words, NULL);
        g_ptr_array_add(commands, g_ptr_array_free(*words, FALSE));
        *words = g_ptr_array_new_with_free_func(g_free);
    }
}

GPtrArray *
parse_line(const char *line, bool *ret_ok)
{
    GPtrArray *commands = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) word = g_string_new(NULL);
    Lex lex;

    while ((lex = take_word(&line, word)) == LEX_WORD || lex == LEX_COMMAND_END) {
        if (lex == LEX_WORD)
            g_ptr_array_add(words, g_strdup(word->str));
        else
            end_command(commands, &words);
    }
    end_command(commands, &words);
    g_ptr_array_unref(words);
    *ret_ok = lex == LEX_END;
    return commands;
}

static const OptDef *
find_option(const CmdDef *def, const char *name)
{
    for (const OptDef *opt = def->options; opt && opt->name; opt++) {
        if (strcmp(opt->name, name) == 0)
            return opt;
    }
    return NULL;
}

static bool
is_given(const Cmd *cmd, const OptDef *opt)
{
    for (guint i = 0; i < cmd->values->len; i++) {
        if (g_array_index(cmd->values, OptValue, i).def == opt)
            return true;
    }
    return false;
}

static void
add_value(Cmd *cmd, const OptDef *opt, const char *value)
{
    OptValue v = { opt, NULL };

    if (value) {
        char *copy = g_strdup(value);

        g_ptr_array_add(cmd->words, copy);
        v.value = copy;
    }
    g_array_append_val(cmd->values, v);
}

/* --name, --name value or --name=value. Returns how many words were used, 0 after complaining. */
static int
bind_named(Cmd *cmd, char **word)
{
    g_auto(GStrv) parts = g_strsplit(*word + 2, "=", 2);
    const OptDef *opt = find_option(cmd->def, parts[0] ? parts[0] : "");

    if (opt == NULL) {
        complain(_("command '%s' doesn't support option --%s"), cmd->def->name, parts[0] ? parts[0] : "");
        return 0;
    }
    if (opt->kind != OPT_ARGV && is_given(cmd, opt)) {
        complain(_("option --%s already seen"), opt->name);
        return 0;
    }
    if (opt->kind == OPT_BOOL) {
        if (parts[1]) {
            complain(_("invalid '=' after option --%s"), opt->name);
            return 0;
        }
        add_value(cmd, opt, NULL);
        return 1;
    }
    if (parts[1]) {
        add_value(cmd, opt, parts[1]);
        return 1;
    }
    if (word[1] == NULL) {
        complain(_("expected syntax: --%s <%s>"), opt->name, opt->kind == OPT_NUMBER ? _("number") : _("string"));
        return 0;
    }
    add_value(cmd, opt, word[1]);
    return 2;
}

/* The first option that takes a value by position and has none. */
static bool
bind_positional(Cmd *cmd, const char *word)
{
    for (const OptDef *opt = cmd->def->options; opt && opt->name; opt++) {
        if (opt->kind == OPT_BOOL || (opt->flags & OPT_BY_NAME) || (opt->kind != OPT_ARGV && is_given(cmd, opt)))
            continue;
        add_value(cmd, opt, word);
        return true;
    }
    complain(_("unexpected data '%s'"), word);
    return false;
}

static bool
check_required(const Cmd *cmd)
{
    for (const OptDef *opt = cmd->def->options; opt && opt->name; opt++) {
        if ((opt->flags & OPT_REQUIRED) && !is_given(cmd, opt)) {
            complain(_("command '%s' requires <%s> option"), cmd->def->name, opt->name);
            return false;
        }
    }
    return true;
}

static bool
bind_all(Cmd *cmd, char **words)
{
    bool data_only = false;

    while (*words) {
        int used = 1;

        if (!data_only && strcmp(*words, "--") == 0)
            data_only = true;
        else if (!data_only && strncmp(*words, "--", 2) == 0)
            used = bind_named(cmd, words);
        else
            used = bind_positional(cmd, *words);
        if (used == 0)
            return false;
        words += used;
    }
    return check_required(cmd);
}

Cmd *
cmd_bind(char **words)
{
    static const OptDef help = { "help", OPT_BOOL, 0, NULL, NULL };
    const CmdDef *def = shell_find_command(words[0]);
    g_autoptr(Cmd) cmd = NULL;

    if (def == NULL) {
        complain(_("unknown command: '%s'"), words[0]);
        return NULL;
    }
    cmd = g_new0(Cmd, 1);
    cmd->def = def;
    cmd->values = g_array_new(FALSE, TRUE, sizeof(OptValue));
    cmd->words = g_ptr_array_new_with_free_func(g_free);
    if (words[1] && strcmp(words[1], "--help") == 0 && words[2] == NULL)
        add_value(cmd, &help, NULL);
    else if (!bind_all(cmd, words + 1))
        return NULL;
    return g_steal_pointer(&cmd);
}

void
cmd_free(Cmd *cmd)
{
    if (cmd == NULL)
        return;
    g_array_unref(cmd->values);
    g_ptr_array_unref(cmd->words);
    g_free(cmd);
}
