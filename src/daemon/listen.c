/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/systemd.h"
#include "rpc/chan-tls.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "daemon"

#define MODE_RW 0700
#define MODE_RO 0777
#define TCP_PORT 16509
#define TLS_PORT 16514

static RpcService
service_of(SessionPolicy *policy)
{
    return (RpcService){ .accept = daemon_session_accept, .data = policy, .half = policy->read_only };
}

static bool
parse_mode(const char *text, mode_t *ret_mode, GError **err)
{
    char         *end;
    unsigned long mode = strtoul(text, &end, 8);

    if (!*text || *end || mode > 0777)
        return fail(err, VIR_ERR_INVALID_ARG, _("socket mode '%s' is not an octal number up to 0777"), text);
    *ret_mode = mode;
    return true;
}

static bool
give_to_group(const char *path, const char *name, GError **err)
{
    struct group *group = getgrnam(name);

    if (!group)
        return fail(err, VIR_ERR_INVALID_ARG, _("there is no group '%s' to own the socket"), name);
    if (chown(path, -1, group->gr_gid) < 0)
        return fail_errno(err, errno, _("cannot give '%s' to group '%s'"), path, name);
    return true;
}

static bool
listen_read_write(DaemonListen *l, RpcServer *server, const char *path, GError **err)
{
    RpcService service = service_of(&l->trusted);
    mode_t     mode = MODE_RW;

    if (l->options->socket_mode && !parse_mode(l->options->socket_mode, &mode, err))
        return false;
    /* Whoever is let in by a mode or group that the administrator chose need not be our own user. */
    l->trusted.check_owner = (mode & 077) == 0;
    return rpc_server_listen_unix(server, path, mode, &service, err)
           && (!l->options->socket_group || give_to_group(path, l->options->socket_group, err));
}

static bool
is_loopback(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24 == 127;
    return sa->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

static bool
check_loopback(const char *host, GError **err)
{
    struct addrinfo  hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    bool             all = true;
    int              rc = getaddrinfo(host, NULL, &hints, &list);

    if (rc != 0)
        return fail(err, VIR_ERR_INVALID_ARG, _("cannot listen at '%s': %s"), host, gai_strerror(rc));
    for (struct addrinfo *at = list; at; at = at->ai_next)
        all = all && is_loopback(at->ai_addr);
    freeaddrinfo(list);
    if (!all)
        return fail(err, VIR_ERR_OPERATION_DENIED,
                    _("TCP has no authentication and '%s' is not a loopback address; give --insecure-tcp if everybody "
                      "who can reach it may control this host"), host);
    return true;
}

static bool
listen_tcp(DaemonListen *l, RpcServer *server, GUri *uri, GString *where, GError **err)
{
    RpcService  service = service_of(&l->open);
    const char *host = g_uri_get_host(uri);
    int         port = g_uri_get_port(uri);
    guint16     got = 0;

    if (!host || !*host)
        return fail(err, VIR_ERR_INVALID_ARG, _("--listen tcp:// needs an address, as in tcp://127.0.0.1:16509"));
    if (!l->options->insecure_tcp && !check_loopback(host, err))
        return false;
    if (!rpc_server_listen_tcp(server, host, port < 0 ? TCP_PORT : port, &service, &got, err))
        return false;
    g_string_append_printf(where, strchr(host, ':') ? ", tcp://[%s]:%u" : ", tcp://%s:%u", host, got);
    return true;
}

/* Once, for all sockets that speak it. A file that an option names is looked for nowhere else. */
static bool
load_tls(DaemonListen *l, GError **err)
{
    const DaemonOptions *o = l->options;
    const TlsPlaces      places = { .own_dir = l->pki_dir, .only_own = l->only_pki_dir };
    TlsFiles             found;
    TlsConfig            config = { .role = TLS_SERVER, .priority = o->tls_priority, .no_verify = o->tls_no_verify,
                                    .no_sanity = o->tls_no_sanity, .need_crl = o->tls_crl_file != NULL,
                                    .allowed_dns = (const char *const *)o->tls_allowed_dns };

    if (l->tls.tls)
        return true;
    tls_files_find(&places, TLS_SERVER, &found);
    config.files = (TlsFiles) {
        .ca = o->tls_ca_file ? o->tls_ca_file : found.ca,
        .crl = o->tls_crl_file ? o->tls_crl_file : found.crl,
        .cert = o->tls_cert_file ? o->tls_cert_file : found.cert,
        .key = o->tls_key_file ? o->tls_key_file : found.key,
    };
    l->tls.tls = tls_creds_new(&config, err);
    tls_files_clear(&found);
    return l->tls.tls != NULL;
}

static Chan *
wrap_tls(Chan *chan, gpointer data)
{
    const SessionPolicy *policy = data;
    g_autoptr(GError)    why = NULL;
    Chan                *tls = chan_new_tls(chan, policy->tls, NULL, &why);

    if (!tls)
        log_warn("client dropped: %s", why->message);
    return tls;
}

static bool
listen_tls(DaemonListen *l, RpcServer *server, GUri *uri, GString *where, GError **err)
{
    const RpcService service = { .accept = daemon_session_accept, .wrap = wrap_tls, .data = &l->tls };
    const char      *host = g_uri_get_host(uri);
    int              port = g_uri_get_port(uri);
    guint16          got = 0;

    if (!host || !*host)
        return fail(err, VIR_ERR_INVALID_ARG, _("--listen tls:// needs an address, as in tls://0.0.0.0:16514"));
    if (!load_tls(l, err) || !rpc_server_listen_tcp(server, host, port < 0 ? TLS_PORT : port, &service, &got, err))
        return false;
    g_string_append_printf(where, strchr(host, ':') ? ", tls://[%s]:%u" : ", tls://%s:%u", host, got);
    return true;
}

static bool
listen_uri(DaemonListen *l, RpcServer *server, const char *text, GString *where, GError **err)
{
    g_autoptr(GUri)   uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    const char       *scheme = uri ? g_uri_get_scheme(uri) : NULL;
    RpcService        service = service_of(&l->trusted);

    if (!uri)
        return fail(err, VIR_ERR_INVALID_ARG, _("'%s' is not a URI to listen at"), text);
    if (strcmp(scheme, "tcp") == 0)
        return listen_tcp(l, server, uri, where, err);
    if (strcmp(scheme, "unix") == 0 && g_uri_get_path(uri)[0] == '/') {
        g_string_append_printf(where, ", unix://%s", g_uri_get_path(uri));
        return rpc_server_listen_unix(server, g_uri_get_path(uri), MODE_RW, &service, err);
    }
    if (strcmp(scheme, "tls") == 0)
        return listen_tls(l, server, uri, where, err);
    return fail(err, VIR_ERR_INVALID_ARG, _("cannot listen at '%s': use unix:///PATH, tls://ADDR:PORT or tcp://ADDR:PORT"), text);
}

bool
daemon_listen(DaemonListen *l, RpcServer *server, char **ret_where, GError **err)
{
    g_autofree char   *rw = g_build_filename(l->run_dir, "godwit-sock", NULL);
    g_autofree char   *ro = g_build_filename(l->run_dir, "godwit-sock-ro", NULL);
    g_autoptr(GString) where = g_string_new(NULL);
    int                rw_fd = systemd_socket("godwit-sock");
    int                ro_fd = systemd_socket("godwit-sock-ro");
    RpcService         service;

    l->open = (SessionPolicy){ .default_uri = l->default_uri };
    l->trusted = l->open;
    l->read_only = l->open;
    l->read_only.read_only = true;
    l->tls = l->open;

    service = service_of(&l->open);
    if (rw_fd >= 0 ? !rpc_server_listen_fd(server, rw_fd, &service, err) : !listen_read_write(l, server, rw, err))
        return false;
    service = service_of(&l->read_only);
    if (ro_fd >= 0 ? !rpc_server_listen_fd(server, ro_fd, &service, err)
                   : !rpc_server_listen_unix(server, ro, MODE_RO, &service, err))
        return false;
    for (char **uri = l->options->listen; uri && *uri; uri++) {
        if (!listen_uri(l, server, *uri, where, err))
            return false;
    }
    *ret_where = g_strdup_printf("unix://%s%s", rw, where->str);
    return true;
}

void
daemon_listen_clear(DaemonListen *l)
{
    tls_creds_unref(l->tls.tls);
    l->tls.tls = NULL;
}
