/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the other host runs: the helper that there is, else netcat, in a script for its login shell. */
#include <string.h>

#include "remote/ssh.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE

typedef enum { PROXY_AUTO, PROXY_NETCAT, PROXY_NATIVE } Proxy;

/* Arguments: $1 URI, $2 "-r" or nothing, $3 netcat, $4 socket or nothing; only $2 begins with '-'. No line break in here:
 * the whole is one quoted word for a login shell of any family. */
static const char helper_script[] =
    "for h in %s; do command -v \"$h\" >/dev/null 2>&1 && exec \"$h\" $2 \"$1\"; done; ";

static const char netcat_script[] =
    "run=%s; s=$4; for i in %s; do test -n \"$s\" || ! test -S \"$i\" || s=$i; done; s=${s:-%s}; "
    "command -v \"$3\" >/dev/null 2>&1 || { echo \"%s$3 is not installed on this host\" >&2; exit 127; }; "
    "test -S \"$s\" || { echo \"no daemon runs on this host: there is no socket $s\" >&2; exit 1; }; "
    /* some netcats would stay when the client has gone, unless told */
    "\"$3\" -q 2>&1 | grep \"requires an argument\" >/dev/null && exec \"$3\" -q 0 -U \"$s\"; exec \"$3\" -U \"$s\"";

static const char native_end[] = "echo \"neither %s is installed on this host\" >&2; exit 127";

static bool
check_proxy(const RemoteTarget *t, Proxy *ret_proxy, GError **err)
{
    static const char *const names[] = { "auto", "netcat", "native" };

    /* As with libvirt's client, a netcat that is named is meant. */
    *ret_proxy = t->netcat ? PROXY_NETCAT : PROXY_AUTO;
    if (!t->proxy)
        return true;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(t->proxy, names[i]) != 0)
            continue;
        *ret_proxy = (Proxy)i;
        if (*ret_proxy == PROXY_NATIVE && t->netcat)
            return fail(err, VIR_ERR_INVALID_ARG, _("netcat path not valid with native proxy mode"));
        return true;
    }
    return fail(err, VIR_ERR_INVALID_ARG, _("unknown value '%s' of the URI's parameter proxy (auto, netcat or native)"),
                t->proxy);
}

/* One word for any shell: fish knows a backslash and csh an exclamation mark within quotes, too. */
static bool
append_word(GString *out, const char *word, GError **err)
{
    for (const char *p = word; *p; p++) {
        if (g_ascii_iscntrl(*p))
            return fail(err, VIR_ERR_INVALID_ARG, _("control character in the URI: '%s'"), word);
    }
    g_string_append(out, " '");
    for (const char *p = word; *p; p++) {
        if (strchr("'\\!", *p))
            g_string_append_printf(out, "'\\%c'", *p);
        else
            g_string_append_c(out, *p);
    }
    g_string_append_c(out, '\'');
    return true;
}

/* The URI as our helper takes it: with the socket, when one was named. */
static char *
helper_uri(const RemoteTarget *t)
{
    g_autofree char *socket = t->socket ? g_uri_escape_string(t->socket, "/", FALSE) : NULL;
    g_autofree char *mode = t->mode ? g_uri_escape_string(t->mode, NULL, FALSE) : NULL;
    GString         *uri = g_string_new(*t->name ? t->name : "qemu:///system");

    if (socket)
        g_string_append_printf(uri, "%csocket=%s", strchr(uri->str, '?') ? '&' : '?', socket);
    if (mode)
        g_string_append_printf(uri, "%cmode=%s", strchr(uri->str, '?') ? '&' : '?', mode);
    return g_string_free(uri, FALSE);
}

static char *
make_script(const RemoteTarget *t, bool read_only, Proxy proxy)
{
    /* libvirt's helper cannot be told a socket. */
    const char      *helpers = t->socket ? "godwit-ssh-helper" : "godwit-ssh-helper virt-ssh-helper";
    bool             session = strcmp(t->path, "/session") == 0;
    g_auto(GStrv)    places = remote_target_sockets(t, "$run", read_only);
    g_autofree char *list = g_strjoinv(" ", places);
    GString         *script = g_string_new(NULL);

    if (proxy != PROXY_NETCAT)
        g_string_append_printf(script, helper_script, helpers);
    if (proxy == PROXY_NATIVE)
        g_string_append_printf(script, native_end, t->socket ? helpers : "godwit-ssh-helper nor virt-ssh-helper");
    else
        g_string_append_printf(script, netcat_script, session ? "${XDG_RUNTIME_DIR:-/run/user/`id -u`}" : "/run", list,
                               places[0], proxy == PROXY_AUTO ? "neither godwit-ssh-helper nor virt-ssh-helper nor " : "");
    return g_string_free(script, FALSE);
}

char *
remote_ssh_command(const RemoteTarget *t, bool read_only, GError **err)
{
    g_autoptr(GString) out = g_string_new("sh -c");
    g_autofree char   *uri = helper_uri(t);
    g_autofree char   *script = NULL;
    const char        *words[5];
    Proxy              proxy;

    if (!check_proxy(t, &proxy, err))
        return NULL;
    script = make_script(t, read_only, proxy);
    words[0] = "sh";
    words[1] = uri;
    words[2] = read_only ? "-r" : "";
    words[3] = t->netcat ? t->netcat : "nc";
    words[4] = t->socket ? t->socket : "";
    if (!append_word(out, script, err))
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (!append_word(out, words[i], err))
            return NULL;
    }
    return g_strdup(out->str);
}
