/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd-migrate.h"
#include "help.h"
#include "shell.h"

enum { OPTION_OUTPUT = 256 };

static const struct option long_options[] = {
    { "connect", required_argument, NULL, 'c' },
    { "debug", required_argument, NULL, 'd' },
    { "escape", required_argument, NULL, 'e' },
    { "help", no_argument, NULL, 'h' },
    { "keepalive-interval", required_argument, NULL, 'k' },
    { "keepalive-count", required_argument, NULL, 'K' },
    { "log", required_argument, NULL, 'l' },
    { "output", required_argument, NULL, OPTION_OUTPUT },
    { "quiet", no_argument, NULL, 'q' },
    { "readonly", no_argument, NULL, 'r' },
    { "timing", no_argument, NULL, 't' },
    { "version", optional_argument, NULL, 'v' },
    { NULL, 0, NULL, 0 },
};

typedef enum { START_RUN, START_DONE, START_BAD } Start;

static bool
read_number(const char *value, const char *option, int max, int *ret)
{
    gint64 number;

    if (!g_ascii_string_to_signed(value, 10, 0, max, &number, NULL)) {
        complain(_("Invalid value for option %s"), option);
        return false;
    }
    *ret = (int)number;
    return true;
}

static void
show_version(bool is_long)
{
    if (!is_long) {
        printf("%s\n", GODWIT_VERSION);
        return;
    }
    printf(_("Godwit command line tool %s\n"), GODWIT_VERSION);
    printf(_("Speaks libvirt's API and protocol as of version %d.%d.%d\n"), LIBVIR_VERSION_NUMBER / 1000000,
           LIBVIR_VERSION_NUMBER / 1000 % 1000, LIBVIR_VERSION_NUMBER % 1000);
}

static bool
set_output(Shell *sh, const char *format)
{
    sh->json = strcmp(format, "json") == 0;
    if (sh->json || strcmp(format, "text") == 0)
        return true;
    complain(_("option --output requires text or json, not '%s'"), format);
    return false;
}

static bool
set_escape(Shell *sh, const char *value)
{
    if (strlen(value) == 1)
        sh->escape = value[0];
    else if (strlen(value) == 2 && value[0] == '^')
        sh->escape = value[1];
    else {
        complain(_("Invalid string '%s' for escape sequence"), value);
        return false;
    }
    return true;
}

static void
set_log(const char *path)
{
    g_setenv("GODWIT_LOG_FILE", path, TRUE);
    g_setenv("GODWIT_LOG", "debug", FALSE);
}

static bool
take_option(Shell *sh, int option)
{
    switch (option) {
    case 'c':
        g_free(sh->uri);
        sh->uri = g_strdup(optarg);
        return true;
    case 'd': return read_number(optarg, "-d", 4, &sh->debug);
    case 'e': return set_escape(sh, optarg);
    case 'k': return read_number(optarg, "-k", G_MAXINT, &sh->keepalive_interval);
    case 'K': return read_number(optarg, "-K", G_MAXINT, &sh->keepalive_count);
    case 'l': set_log(optarg); return true;
    case OPTION_OUTPUT: return set_output(sh, optarg);
    case 'q': sh->quiet = true; return true;
    case 'r': sh->read_only_wanted = true; return true;
    case 't': sh->timing = true; return true;
    default: return false;
    }
}

static Start
take_options(Shell *sh, int argc, char **argv)
{
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:c:d:e:hk:K:l:qrtvV", long_options, NULL)) != -1) {
        switch (option) {
        case 'h': help_usage(); return START_DONE;
        case 'v': show_version(optarg && strcmp(optarg, "long") == 0); return START_DONE;
        case 'V': show_version(true); return START_DONE;
        case ':': complain(_("option '%s' requires an argument. See --help."), argv[optind - 1]); return START_BAD;
        case '?': complain(_("unsupported option '%s'. See --help."), argv[optind - 1]); return START_BAD;
        default:
            if (!take_option(sh, option))
                return START_BAD;
        }
    }
    return START_RUN;
}

static int
run(Shell *sh, char **words, int n)
{
    shell_start_events();
    if (n == 0)
        return shell_interactive(sh);
    if (n == 1)
        return shell_run_text(sh, words[0]) ? 0 : 1;
    return shell_run_words(sh, words) ? 0 : 1;
}

int
main(int argc, char **argv)
{
    Shell sh = { .keepalive_interval = -1, .keepalive_count = -1, .escape = ']' };
    Start start;
    int status;

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);

    migrate_make_options();
    start = take_options(&sh, argc, argv);
    if (start != START_RUN) {
        g_free(sh.uri);
        return start == START_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    /* Programs read it: no translations. */
    if (sh.json)
        setlocale(LC_MESSAGES, "C");
    if (virInitialize() < 0) {
        complain(_("Failed to initialize libvirt"));
        return EXIT_FAILURE;
    }
    keep_errors();
    status = run(&sh, argv + optind, argc - optind);
    shell_disconnect(&sh);
    g_free(sh.uri);
    return status;
}
