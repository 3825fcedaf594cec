/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/options.h"

#include <string.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_CONF

#define GROUP "godwitd"

typedef enum { OPT_FLAG, OPT_STRING, OPT_LIST, OPT_NUMBER } OptKind;

/* name    --name, and the key in the file
 * arg     how the value is called in the help; NULL for flags
 * offset  member of DaemonOptions
 * cli_only  not allowed in the file */
typedef struct {
    const char *name;
    OptKind     kind;
    const char *arg;
    gsize       offset;
    bool        cli_only;
    const char *help;
} Option;

#define AT(m) offsetof(DaemonOptions, m)

static const Option options_table[] = {
    { "root", OPT_STRING, "DIR", AT(root), true,
      N_("make DIR a complete host: configuration in DIR/etc, sockets in DIR/run, definitions in DIR/lib, logs in "
         "DIR/log") },
    { "config", OPT_STRING, "FILE", AT(config), true,
      N_("read FILE instead of godwitd.conf in the configuration directory") },
    { "pid-file", OPT_STRING, "FILE", AT(pid_file), true, N_("write the process id to FILE") },
    { "listen", OPT_LIST, "URI", AT(listen), false,
      N_("also accept connections at unix:///PATH, tls://ADDR:PORT or tcp://ADDR:PORT; may be repeated") },
    { "insecure-tcp", OPT_FLAG, NULL, AT(insecure_tcp), false,
      N_("allow --listen tcp:// on addresses other than loopback, although anybody who reaches the port controls the "
         "host") },
    { "tls-ca-file", OPT_STRING, "FILE", AT(tls_ca_file), false,
      N_("CA whose certificates TLS clients must show (pki/CA/cacert.pem in the configuration directory, else libvirt's "
         "places)") },
    { "tls-crl-file", OPT_STRING, "FILE", AT(tls_crl_file), false, N_("certificates that the CA has revoked") },
    { "tls-cert-file", OPT_STRING, "FILE", AT(tls_cert_file), false, N_("this host's server certificate") },
    { "tls-key-file", OPT_STRING, "FILE", AT(tls_key_file), false, N_("its private key") },
    { "tls-priority", OPT_STRING, "STRING", AT(tls_priority), false,
      N_("versions and ciphers, as a priority string of GnuTLS (NORMAL)") },
    { "tls-allowed-dn-list", OPT_LIST, "PATTERN", AT(tls_allowed_dns), false,
      N_("let in only TLS clients whose certificate bears such a distinguished name, as in 'O=Example,CN=*'; may be "
         "repeated") },
    { "tls-no-verify-certificate", OPT_FLAG, NULL, AT(tls_no_verify), false,
      N_("let in TLS clients without looking at their certificates, so that anybody who reaches the port controls the "
         "host") },
    { "tls-no-sanity-certificate", OPT_FLAG, NULL, AT(tls_no_sanity), false,
      N_("start even when this host's own certificate has expired or is not of the CA, so that clients are the ones to "
         "refuse it") },
    { "socket-mode", OPT_STRING, "MODE", AT(socket_mode), false,
      N_("permissions of the read-write socket, in octal (0700)") },
    { "socket-group", OPT_STRING, "GROUP", AT(socket_group), false, N_("group that owns the read-write socket") },
    { "migrate-address", OPT_STRING, "ADDR", AT(migrate_address), false,
      N_("address at which other hosts send guests here (chosen per connection)") },
    { "migrate-ports", OPT_STRING, "LOW-HIGH", AT(migrate_ports), false,
      N_("TCP ports for incoming guests (49152-49215)") },
    { "migrate-tls-dir", OPT_STRING, "DIR", AT(migrate_tls_dir), false,
      N_("certificates for migrations with TLS: ca-cert.pem, server-cert.pem, server-key.pem, client-cert.pem, "
         "client-key.pem (pki/qemu in the configuration directory)") },
    { "migrate-tls-force", OPT_FLAG, NULL, AT(migrate_tls_force), false,
      N_("refuse migrations in either direction that are not encrypted") },
    { "migrate-tls-any-client", OPT_FLAG, NULL, AT(migrate_tls_any_client), false,
      N_("accept guests from hosts that have no certificate of the CA") },
    { "migrate-tls-priority", OPT_STRING, "STRING", AT(migrate_tls_priority), false,
      N_("GnuTLS priority string for migrations with TLS (QEMU's own)") },
    { "spice-tls-dir", OPT_STRING, "DIR", AT(spice_tls_dir), false,
      N_("certificates for spice displays with TLS: ca-cert.pem, server-cert.pem, server-key.pem (no TLS)") },
    { "vnc-tls-dir", OPT_STRING, "DIR", AT(vnc_tls_dir), false,
      N_("certificates for VNC displays, all of which have TLS then: ca-cert.pem, server-cert.pem, server-key.pem (no TLS)") },
    { "vnc-tls-verify", OPT_FLAG, NULL, AT(vnc_tls_verify), false,
      N_("let in only VNC clients that have a certificate of the CA") },
    { "migrate-silence", OPT_NUMBER, "SECONDS", AT(migrate_silence), false,
      N_("give up sending a guest when nothing of it has gone through for so long; 0: never (120)") },
    { "max-clients", OPT_NUMBER, "N", AT(max_clients), false, N_("connections served at once (5000)") },
    { "max-workers", OPT_NUMBER, "N", AT(max_workers), false, N_("threads for calls that may wait (20)") },
    { "max-client-requests", OPT_NUMBER, "N", AT(max_client_requests), false,
      N_("calls of one client in progress at once") },
    { "keepalive-interval", OPT_NUMBER, "SECONDS", AT(keepalive_interval), false,
      N_("silence after which a client, or the destination of a migration, is asked whether it lives; 0: never (5)") },
    { "keepalive-count", OPT_NUMBER, "N", AT(keepalive_count), false,
      N_("unanswered questions before a client is dropped, or a destination given up (5)") },
    { "log", OPT_STRING, "FILTERS", AT(log), false,
      N_("what to log: debug, info, warning, error, or per room as in rpc=debug,qemu=info") },
    { "verbose", OPT_FLAG, NULL, AT(verbose), false, N_("log what happens, not only what fails") },
    { "help", OPT_FLAG, NULL, AT(help), true, N_("print this help") },
    { "version", OPT_FLAG, NULL, AT(version), true, N_("print the version") },
    { "manual", OPT_FLAG, NULL, AT(manual), true, N_("print the manual page's source") },
};

static gpointer
member(DaemonOptions *options, const Option *opt)
{
    return (guint8 *)options + opt->offset;
}

/* libvirt's settings have underscores. */
static bool
same_name(const char *a, const char *b, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        if (a[i] != (b[i] == '_' ? '-' : b[i]))
            return false;
    }
    return a[len] == '\0';
}

static const Option *
find_option(const char *name, gsize len)
{
    for (gsize i = 0; i < G_N_ELEMENTS(options_table); i++) {
        if (same_name(options_table[i].name, name, len))
            return &options_table[i];
    }
    return NULL;
}

void
daemon_options_clear(DaemonOptions *options)
{
    for (gsize i = 0; i < G_N_ELEMENTS(options_table); i++) {
        const Option *opt = &options_table[i];

        if (opt->kind == OPT_STRING)
            g_clear_pointer((char **)member(options, opt), g_free);
        else if (opt->kind == OPT_LIST)
            g_clear_pointer((char ***)member(options, opt), g_strfreev);
    }
}

static void
append(char ***list, const char *value)
{
    guint n = *list ? g_strv_length(*list) : 0;

    *list = g_renew(char *, *list, n + 2);
    (*list)[n] = g_strdup(value);
    (*list)[n + 1] = NULL;
}

static bool
set_number(int *to, const Option *opt, const char *text, GError **err)
{
    gint64 n;

    if (!g_ascii_string_to_signed(text, 10, 0, G_MAXINT32, &n, NULL))
        return fail(err, VIR_ERR_INVALID_ARG, _("option '%s' needs a number, not '%s'"), opt->name, text);
    *to = n;
    return true;
}

static bool
set_value(DaemonOptions *options, const Option *opt, const char *text, GError **err)
{
    gpointer to = member(options, opt);

    switch (opt->kind) {
    case OPT_FLAG:
        *(bool *)to = true;
        return true;
    case OPT_NUMBER:
        return set_number(to, opt, text, err);
    case OPT_LIST:
        append(to, text);
        return true;
    case OPT_STRING:
        g_free(*(char **)to);
        *(char **)to = g_strdup(text);
        return true;
    }
    return true;
}

/* --name VALUE and --name=VALUE; *i is left on the last word used. */
static bool
parse_word(DaemonOptions *options, int argc, char **argv, int *i, GError **err)
{
    const char   *word = argv[*i];
    const char   *equals = strchr(word, '=');
    const char   *value = equals ? equals + 1 : NULL;
    const Option *opt = NULL;

    if (g_str_has_prefix(word, "--"))
        opt = find_option(word + 2, equals ? (gsize)(equals - word - 2) : strlen(word + 2));
    else if (strcmp(word, "-h") == 0 || strcmp(word, "-V") == 0)
        opt = word[1] == 'h' ? find_option("help", 4) : find_option("version", 7);
    if (!opt)
        return fail(err, VIR_ERR_INVALID_ARG, _("unknown option '%s'; see --help"), word);
    if (opt->kind == OPT_FLAG && value)
        return fail(err, VIR_ERR_INVALID_ARG, _("option '--%s' takes no value"), opt->name);
    if (opt->kind != OPT_FLAG && !value && *i + 1 < argc)
        value = argv[++*i];
    if (opt->kind != OPT_FLAG && !value)
        return fail(err, VIR_ERR_INVALID_ARG, _("option '--%s' needs a value: %s"), opt->name, opt->arg);
    return set_value(options, opt, value, err);
}

bool
daemon_options_parse(DaemonOptions *options, int argc, char **argv, GError **err)
{
    for (int i = 1; i < argc; i++) {
        if (!parse_word(options, argc, argv, &i, err))
            return false;
    }
    return true;
}

/* Did the command line say it already? */
static bool
is_set(DaemonOptions *options, const Option *opt)
{
    gpointer at = member(options, opt);

    switch (opt->kind) {
    case OPT_FLAG:
        return *(bool *)at;
    case OPT_NUMBER:
        return *(int *)at >= 0;
    default:
        return *(gpointer *)at != NULL;
    }
}

static bool
load_list(DaemonOptions *options, const Option *opt, GKeyFile *file, GError **err)
{
    char ***to = member(options, opt);

    *to = g_key_file_get_string_list(file, GROUP, opt->name, NULL, err);
    return *to != NULL;
}

static bool
load_key(DaemonOptions *options, const char *key, GKeyFile *file, const char *path, GError **err)
{
    g_autofree char *name = g_strdelimit(g_strdup(key), "_", '-'); /* libvirt's settings are spelled so */
    const Option    *opt = find_option(name, strlen(name));
    g_autofree char *text = NULL;

    if (!opt || opt->cli_only)
        return fail(err, VIR_ERR_CONF_SYNTAX, _("%s: unknown setting '%s'"), path, key);
    if (is_set(options, opt))
        return true;
    if (opt->kind == OPT_LIST)
        return load_list(options, opt, file, err);
    text = g_key_file_get_string(file, GROUP, key, err);
    if (!text)
        return false;
    if (opt->kind != OPT_FLAG)
        return set_value(options, opt, text, err);
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return fail(err, VIR_ERR_CONF_SYNTAX, _("%s: '%s' must be true or false"), path, key);
    *(bool *)member(options, opt) = text[0] == 't';
    return true;
}

bool
daemon_options_load(DaemonOptions *options, const char *path, bool must_exist, GError **err)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError)   why = NULL;
    g_auto(GStrv)       keys = NULL;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &why)) {
        if (!must_exist && g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return true;
        return fail(err, VIR_ERR_CONF_SYNTAX, "%s: %s", path, why->message);
    }
    keys = g_key_file_get_keys(file, GROUP, NULL, NULL);
    for (char **key = keys; key && *key; key++) {
        if (!load_key(options, *key, file, path, err))
            return false;
    }
    return true;
}

static void
print_wrapped(FILE *to, const char *text, int indent, int width)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    int           column = indent;

    for (char **word = words; *word; word++) {
        int len = g_utf8_strlen(*word, -1);

        if (column > indent && column + 1 + len > width) {
            fprintf(to, "\n%*s", indent, "");
            column = indent;
        }
        column += fprintf(to, "%s%s", column > indent ? " " : "", *word) - (int)strlen(*word) + len;
    }
    fputc('\n', to);
}

void
daemon_options_print_help(FILE *to)
{
    fprintf(to, "%s\n\n", _("Usage: godwitd [OPTION]...\nRuns QEMU guests on this host and serves libvirt's clients."));
    for (gsize i = 0; i < G_N_ELEMENTS(options_table); i++) {
        const Option    *opt = &options_table[i];
        g_autofree char *left = g_strdup_printf("--%s%s%s", opt->name, opt->arg ? " " : "", opt->arg ? opt->arg : "");

        fprintf(to, "  %-30s ", left);
        if (strlen(left) > 30)
            fprintf(to, "\n%33s", "");
        print_wrapped(to, _(opt->help), 33, 100);
    }
}

static void
print_roff(FILE *to, const char *text)
{
    for (; *text; text++)
        fprintf(to, *text == '-' ? "\\-" : *text == '\\' ? "\\e" : "%c", *text);
}

void
daemon_options_print_manual(FILE *to)
{
    fprintf(to, ".TH GODWITD 8 \"\" \"Godwit %s\" \"System Administration\"\n", GODWIT_VERSION);
    fputs(".SH NAME\ngodwitd \\- host daemon for QEMU guests and their migration\n"
          ".SH SYNOPSIS\n.B godwitd\n[\\fIOPTION\\fR]...\n"
          ".SH DESCRIPTION\nRuns in the foreground, serves libvirt's remote protocol on the sockets \\fIgodwit-sock\\fR\n"
          "(everything) and \\fIgodwit-sock-ro\\fR (queries only) in its run-time directory, and prints a line that\n"
          "starts with \\(lqgodwitd: ready\\(rq when it accepts connections. Guests run on when it stops; the next\n"
          "start finds them again.\n.SH OPTIONS\n", to);
    for (gsize i = 0; i < G_N_ELEMENTS(options_table); i++) {
        const Option *opt = &options_table[i];

        fputs(".TP\n\\fB", to);
        print_roff(to, "--");
        print_roff(to, opt->name);
        fprintf(to, "\\fR%s%s%s\n", opt->arg ? " \\fI" : "", opt->arg ? opt->arg : "", opt->arg ? "\\fR" : "");
        print_roff(to, opt->help);
        fputs(".\n", to);
    }
    fputs(".SH FILES\n.TP\n\\fIgodwitd.conf\\fR\nSettings in a section \\fB[" GROUP "]\\fR as \\fINAME\\fR=\\fIVALUE\\fR, "
          "with the names of the options above;\nlists are separated by semicolons, flags are true or false. In\n"
          "/etc/godwit, in ~/.config/godwit, or in the \\fIetc\\fR of --root.\n"
          ".SH SIGNALS\nSIGTERM and SIGINT stop the daemon. Guests are not touched.\n", to);
}
