/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remote/target.h"

#include <string.h>
#include <unistd.h>

#include "util/err.h"
#include "util/uri.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE

/* URI parameters that are the client's own affair; all others travel in the name. offset 0: only taken out. */
typedef struct {
    const char *name;
    gsize       offset;
} OwnParam;

static const OwnParam own_params[] = {
    { "name", offsetof(RemoteTarget, name) },
    { "socket", offsetof(RemoteTarget, socket) },
    { "mode", offsetof(RemoteTarget, mode) },
    { "auth", offsetof(RemoteTarget, auth) },
    { "command", offsetof(RemoteTarget, command) },
    { "sshauth", offsetof(RemoteTarget, sshauth) },
    { "netcat", offsetof(RemoteTarget, netcat) },
    { "keyfile", offsetof(RemoteTarget, keyfile) },
    { "pkipath", offsetof(RemoteTarget, pkipath) },
    { "known_hosts", offsetof(RemoteTarget, known_hosts) },
    { "known_hosts_verify", offsetof(RemoteTarget, known_hosts_verify) },
    { "tls_priority", offsetof(RemoteTarget, tls_priority) },
    { "proxy", offsetof(RemoteTarget, proxy) },
    { "no_sanity", offsetof(RemoteTarget, no_sanity) },
    { "no_verify", offsetof(RemoteTarget, no_verify) },
    { "no_tty", offsetof(RemoteTarget, no_tty) },
    { "authfile", 0 },
};

static char **
param_member(RemoteTarget *t, const OwnParam *param)
{
    return (char **)(void *)((guint8 *)t + param->offset);
}

void
remote_target_clear(RemoteTarget *t)
{
    for (gsize i = 0; i < G_N_ELEMENTS(own_params); i++) {
        if (own_params[i].offset)
            g_free(*param_member(t, &own_params[i]));
    }
    g_free(t->transport);
    g_free(t->user);
    g_free(t->host);
    g_free(t->path);
    *t = (RemoteTarget){ 0 };
}

/* Takes our parameters out of the URI. */
static void
take_params(ConnUri *uri, RemoteTarget *t)
{
    for (gsize i = 0; i < G_N_ELEMENTS(own_params); i++) {
        char *value = conn_uri_take_param(uri, own_params[i].name);

        if (own_params[i].offset)
            *param_member(t, &own_params[i]) = value;
        else
            g_free(value);
    }
}

bool
remote_target_yes(const char *param, const char *value, bool *ret_yes, GError **err)
{
    gint64 number = 0;

    if (value && !g_ascii_string_to_signed(value, 10, G_MININT, G_MAXINT, &number, NULL))
        return fail(err, VIR_ERR_INVALID_ARG, _("value '%s' of the URI's parameter %s is not a number (0 or 1)"), value,
                    param);
    *ret_yes = number != 0;
    return true;
}

/* What the server is asked for: the URI as it would be given on the server's own host. */
static char *
server_name(const ConnUri *uri)
{
    if (strcmp(uri->driver, "remote") == 0)
        return g_strdup(""); /* the server chooses */
    return conn_uri_format_local(uri);
}

static bool
wanted(const char *driver, const RemoteTarget *t, bool has_transport)
{
    if (has_transport || t->host)
        return true;
    /* Without either it is a local URI; embed runs inside the calling process. */
    return (strcmp(driver, "qemu") == 0 && strcmp(t->path, "/embed") != 0) || strcmp(driver, "remote") == 0;
}

bool
remote_target_parse(const char *text, RemoteTarget *ret_target, bool *ret_declined, GError **err)
{
    g_autoptr(ConnUri) uri = conn_uri_parse(text, err);
    RemoteTarget       t = { 0 };

    if (!uri)
        return false;
    t.host = g_strdup(uri->host);
    t.user = g_strdup(uri->user);
    t.port = uri->port;
    t.path = g_strdup(uri->path);
    t.transport = g_strdup(uri->transport ? uri->transport : uri->host ? "tls" : "unix");
    if (!wanted(uri->driver, &t, uri->transport != NULL)) {
        remote_target_clear(&t);
        *ret_declined = true;
        return false;
    }
    take_params(uri, &t);
    if (!t.name)
        t.name = server_name(uri);
    *ret_target = t;
    return true;
}

/* Sockets */

/* dir   below the run-time directory of the system, or of the user
 * mode  of ?mode= that it belongs to; NULL: ours, tried first unless a mode was asked for */
static const struct {
    const char *dir, *socket, *mode;
} places[] = {
    { "godwit", "godwit-sock", NULL },
    { "libvirt", "virtqemud-sock", "direct" },
    { "libvirt", "libvirt-sock", "legacy" },
};

char **
remote_target_sockets(const RemoteTarget *t, const char *base, bool read_only)
{
    bool        session = strcmp(t->path, "/session") == 0;
    const char *mode = t->mode && strcmp(t->mode, "auto") != 0 ? t->mode : NULL;
    GPtrArray  *paths = g_ptr_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        /* A session daemon has no second socket: its user may do everything. */
        const char *suffix = read_only && !(session && places[i].mode) ? "-ro" : "";

        if (!mode || g_strcmp0(mode, places[i].mode) == 0)
            g_ptr_array_add(paths, g_strdup_printf("%s/%s/%s%s", base, places[i].dir, places[i].socket, suffix));
    }
    if (paths->len == 0) /* no such mode */
        g_ptr_array_add(paths, g_strdup_printf("%s/godwit/godwit-sock%s", base, read_only ? "-ro" : ""));
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(paths, FALSE);
}

char *
remote_target_socket(const RemoteTarget *t, bool read_only)
{
    const char   *base = strcmp(t->path, "/session") == 0 ? g_get_user_runtime_dir() : "/run";
    g_auto(GStrv) paths = remote_target_sockets(t, base, read_only);

    if (t->socket)
        return g_strdup(t->socket);
    for (char **path = paths; *path; path++) {
        if (access(*path, F_OK) == 0)
            return g_strdup(*path);
    }
    return g_strdup(paths[0]);
}
