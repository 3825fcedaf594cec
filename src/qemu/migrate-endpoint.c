/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The port at which sources ask our witness: opened with the first arrival, remembered, and taken again by the next daemon. */
#include <string.h>

#include "qemu/migrate-priv.h"
#include "util/file.h"
#include "util/log.h"

#define LOG_ROOM "qemu"

#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 30000

static bool
read_port(const QmigHost *host, guint16 *ret_port)
{
    g_autofree char *text = NULL;
    guint64          port;

    if (!file_read(host->port_file, 64, &text, NULL, NULL) || !text ||
        !g_ascii_string_to_unsigned(g_strstrip(text), 10, 1, G_MAXUINT16, &port, NULL))
        return false;
    *ret_port = (guint16)port;
    return true;
}

static void listen_later(gpointer data);

/* Whoever opens another port meanwhile holds the lock and waits for this very thread: then we come again. */
static gboolean
listen_again(gpointer data)
{
    QmigHost *host = data;

    source_remove(&host->port_timer);
    if (!g_mutex_trylock(&host->opening)) {
        listen_later(host);
        return G_SOURCE_REMOVE;
    }
    if (witness_port(host->witness) != 0)
        log_warn("migration witness: another port is open now; sources that ask at port %u get no answer", host->old_port);
    else if (witness_listen(host->witness, host->driver->config->migrate_address, host->old_port, NULL))
        log_info("migration witness: port %u is ours again", host->old_port);
    else
        listen_later(host);
    g_mutex_unlock(&host->opening);
    return G_SOURCE_REMOVE;
}

/* Loop thread. */
static void
listen_later(gpointer data)
{
    QmigHost *host = data;
    guint     pause = MIN(FIRST_PAUSE_MS << MIN(host->port_tries, 6), LONGEST_PAUSE_MS);

    host->port_tries++;
    host->port_timer = loop_add_timer(host->driver->loop, pause, listen_again, host, NULL);
}

void
qmig_endpoint_reopen(QmigHost *host)
{
    g_autoptr(GError) err = NULL;

    if (!read_port(host, &host->old_port))
        return;
    ports_claim(host->ports, host->old_port);
    if (witness_listen(host->witness, host->driver->config->migrate_address, host->old_port, &err))
        return;
    log_warn("migration witness: %s; tried again, sources that wait for an answer go on asking", err->message);
    loop_call(host->driver->loop, listen_later, host);
}

static void
remove_timer(gpointer data)
{
    QmigHost *host = data;

    source_remove(&host->port_timer);
}

void
qmig_endpoint_stop(QmigHost *host)
{
    loop_call(host->driver->loop, remove_timer, host);
}

static void
remember_port(const QmigHost *host, guint port)
{
    g_autofree char  *text = g_strdup_printf("%u\n", port);
    g_autoptr(GError) err = NULL;

    if (!file_write(host->port_file, text, strlen(text), 0600, FILE_NO_SYNC, &err))
        log_warn("migration witness: %s; the next daemon will not know that it is port %u", err->message, port);
}

/* From the upper end of the range, so that guests get the lower ports, as firewalls expect. */
static bool
open_some_port(QmigHost *host)
{
    const QemuConfig *config = host->driver->config;

    for (guint port = config->migrate_port_max; port >= config->migrate_port_min && port > 0; port--) {
        if (!ports_claim(host->ports, port))
            continue;
        if (witness_listen(host->witness, config->migrate_address, port, NULL)) {
            remember_port(host, port);
            return true;
        }
        ports_release(host->ports, port);
    }
    return false;
}

guint16
qmig_host_witness_port(QmigHost *host)
{
    guint16 port;

    /* Makes the second of two first arrivals wait; opening takes microseconds. */
    g_mutex_lock(&host->opening);
    if (witness_port(host->witness) == 0 && !host->no_witness && !open_some_port(host)) {
        host->no_witness = true;
        log_warn("no port of the migration range is left for the witness: if a client fails between Perform and "
                 "Confirm, sources cannot ask this host where the guest is");
    }
    port = witness_port(host->witness);
    g_mutex_unlock(&host->opening);
    return port;
}
