/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "help.h"

#include <stdio.h>

static const char *
kind_name(const OptDef *opt)
{
    return opt->kind == OPT_NUMBER ? _("number") : _("string");
}

void
help_group(const CmdGroup *group)
{
    printf(_(" %s (help keyword '%s'):\n"), _(group->title), group->keyword);
    FOR_EACH_COMMAND(group, def) {
        if (!(def->flags & CMD_ALIAS))
            printf("    %-30s %s\n", def->name, _(def->help));
    }
    printf("\n");
}

static void
json_group(Shell *sh, const CmdGroup *group)
{
    FOR_EACH_COMMAND(group, def) {
        if (!(def->flags & CMD_ALIAS))
            json_string(sh, def->name, _(def->help));
    }
}

void
help_all(Shell *sh)
{
    if (sh->out == NULL)
        printf(_("Grouped commands:\n\n"));
    for (const CmdGroup *group = groups; group->title; group++) {
        if (sh->out)
            json_group(sh, group);
        else
            help_group(group);
    }
}

static void
add_synopsis(const CmdDef *def, GString *out)
{
    g_string_append(out, def->name);
    for (const OptDef *opt = def->options; opt && opt->name; opt++) {
        if (opt->kind == OPT_BOOL)
            g_string_append_printf(out, " [--%s]", opt->name);
        else if (opt->kind == OPT_ARGV)
            g_string_append_printf(out, opt->flags & OPT_REQUIRED ? " <%s>..." : " [<%s>]...", opt->name);
        else if (opt->flags & OPT_REQUIRED)
            g_string_append_printf(out, " <%s>", opt->name);
        else
            g_string_append_printf(out, " [--%s <%s>]", opt->name, kind_name(opt));
    }
}

static char *
option_label(const OptDef *opt)
{
    if (opt->kind == OPT_BOOL)
        return g_strdup_printf("--%s", opt->name);
    if (opt->kind == OPT_ARGV)
        return g_strdup_printf("<%s>", opt->name);
    return g_strdup_printf(opt->flags & OPT_REQUIRED ? "[--%s] <%s>" : "--%s <%s>", opt->name, kind_name(opt));
}

void
help_command(Shell *sh, const CmdDef *def)
{
    g_autoptr(GString) synopsis = g_string_new(NULL);

    add_synopsis(def, synopsis);
    printf("  %s\n    %s - %s\n\n  %s\n    %s\n", _("NAME"), def->name, _(def->help), _("SYNOPSIS"), synopsis->str);
    if (def->text)
        printf("\n  %s\n    %s\n", _("DESCRIPTION"), _(def->text));
    if (def->options && def->options->name) {
        printf("\n  %s\n", _("OPTIONS"));
        for (const OptDef *opt = def->options; opt->name; opt++) {
            g_autofree char *label = option_label(opt);

            printf("    %-16s %s\n", label, _(opt->help));
        }
    }
    printf("\n");
}

void
help_usage(void)
{
    printf(_("\n%s [options]... [<command_string>]"
             "\n%s [options]... <command> [args...]\n\n"
             "  options:\n"
             "    -c | --connect=URI      hypervisor connection URI\n"
             "    -d | --debug=NUM        debug level [0-4]\n"
             "    -e | --escape <char>    set escape sequence for console\n"
             "    -h | --help             this help\n"
             "    -k | --keepalive-interval=NUM\n"
             "                            seconds between keepalive messages, 0 to disable\n"
             "    -K | --keepalive-count=NUM\n"
             "                            keepalive messages that may go unanswered\n"
             "    -l | --log=FILE         write the log to a file\n"
             "         --output=FORMAT    text (default) or json\n"
             "    -q | --quiet            quiet mode\n"
             "    -r | --readonly         connect read-only\n"
             "    -t | --timing           print timing information\n"
             "    -v                      short version\n"
             "    -V                      long version\n"
             "         --version[=TYPE]   version, TYPE is short or long (default short)\n"
             "  commands (non interactive mode):\n\n"),
           "godwit", "godwit");
    for (const CmdGroup *group = groups; group->title; group++)
        help_group(group);
    printf(_("\n  (specify help <group> for details about the commands in the group)\n"
             "\n  (specify help <command> for details about the command)\n\n"));
}

static void
roff(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '-')
            printf("\\-");
        else if (*c == '\\')
            printf("\\\\");
        else if (c == text && (*c == '.' || *c == '\''))
            printf("\\&%c", *c);
        else
            putchar(*c);
    }
}

static void
man_command(const CmdDef *def)
{
    g_autoptr(GString) synopsis = g_string_new(NULL);

    add_synopsis(def, synopsis);
    printf(".SS ");
    roff(def->name);
    printf("\n.nh\n.B ");
    roff(synopsis->str);
    printf("\n.hy\n.PP\n");
    roff(def->text ? def->text : def->help);
    printf("\n");
    for (const OptDef *opt = def->options; opt && opt->name; opt++) {
        g_autofree char *label = option_label(opt);

        printf(".TP\n.B ");
        roff(label);
        printf("\n");
        roff(opt->help);
        printf("\n");
    }
}

/* Not translated: one page for all languages. */
void
help_man(void)
{
    static const struct { const char *option, *text; } options[] = {
        { "-c, --connect=URI", "connect to URI; otherwise GODWIT_DEFAULT_URI, LIBVIRT_DEFAULT_URI, then the "
                               "configuration decide" },
        { "-d, --debug=NUM", "0 to 4: say more about what is done" },
        { "-e, --escape CHAR", "escape character of consoles" },
        { "-k, --keepalive-interval=NUM", "seconds between keepalive messages, 0 to disable" },
        { "-K, --keepalive-count=NUM", "keepalive messages that may go unanswered" },
        { "-l, --log=FILE", "write the log to FILE" },
        { "--output=FORMAT", "text, or json: one JSON value for each command that prints data" },
        { "-q, --quiet", "no headers, no confirmations" },
        { "-r, --readonly", "connect read-only" },
        { "-t, --timing", "print how long each command took" },
        { "-v, -V, --version[=TYPE]", "version, short or long" },
    };

    printf(".\\\" Made by godwit help --man from the command tables; change those.\n");
    printf(".TH GODWIT 1 \"\" \"godwit %s\" \"Godwit\"\n.SH NAME\ngodwit \\- manage and migrate virtual machines\n",
           GODWIT_VERSION);
    printf(".SH SYNOPSIS\n.B godwit\n[OPTION]... [COMMAND_STRING]\n.PP\n.B godwit\n[OPTION]... COMMAND [ARG]...\n");
    printf(".SH DESCRIPTION\nRuns commands against a hypervisor host: names, options and output are those of virsh for "
           "what is covered here. Without a command it reads commands from the terminal, with completion and "
           "history.\n.SH OPTIONS\n");
    for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
        printf(".TP\n.B ");
        roff(options[i].option);
        printf("\n");
        roff(options[i].text);
        printf("\n");
    }
    for (const CmdGroup *group = groups; group->title; group++) {
        printf(".SH \"COMMANDS: %s\"\n", group->title);
        FOR_EACH_COMMAND(group, def)
            man_command(def);
    }
    printf(".SH EXIT STATUS\n0 when the command succeeded, 1 otherwise.\n.SH SEE ALSO\n.BR godwitd (8)\n");
}
