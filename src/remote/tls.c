/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu+tls://: TCP, and TLS on it, with the certificates that the URI or the host's places name. */
#include "remote/driver.h"
#include "remote/private.h"
#include "rpc/chan-tls.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_REMOTE

#define TLS_PORT 16514
#define START_MS 15000 /* longer than a server of ours waits, whose reason says more */

/* Set before the first connection. */
static char *pki_dir;
static bool  pki_only;

void
remote_set_pki(const char *dir, bool only)
{
    g_free(pki_dir);
    pki_dir = g_strdup(dir);
    pki_only = only;
}

static TlsCreds *
load_creds(const RemoteTarget *target, GError **err)
{
    const TlsPlaces places = { .pkipath = target->pkipath, .own_dir = pki_dir, .only_own = pki_only };
    TlsConfig       config = { .role = TLS_CLIENT, .priority = target->tls_priority };
    TlsCreds       *creds;

    if (!remote_target_yes("no_verify", target->no_verify, &config.no_verify, err)
        || !remote_target_yes("no_sanity", target->no_sanity, &config.no_sanity, err))
        return NULL;
    tls_files_find(&places, TLS_CLIENT, &config.files);
    creds = tls_creds_new(&config, err);
    tls_files_clear(&config.files);
    return creds;
}

Chan *
remote_reach_tls(const RemoteTarget *target, bool read_only, GError **err)
{
    const char         *host = target->host ? target->host : "localhost";
    g_autofree char    *port = g_strdup_printf("%d", target->port > 0 ? target->port : TLS_PORT);
    g_autoptr(TlsCreds) creds = load_creds(target, err);
    g_autoptr(Chan)     chan = NULL;
    Chan               *tcp;

    (void)read_only;
    if (!creds || !(tcp = chan_connect_tcp(host, port, err)))
        return NULL;
    chan = chan_new_tls(tcp, creds, host, err);
    if (!chan)
        return NULL;
    if (chan_start_within(chan, START_MS, err))
        return g_steal_pointer(&chan);
    g_prefix_error(err, "%s:%s: ", host, port);
    return NULL;
}
