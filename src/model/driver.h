/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The driver table: one typed slot per verb, so that the compiler checks every implementation.
 *
 * Slots may be called from any thread, several at once on one connection. A driver fills its table at the end of
 * its driver.c with designated initialisers. An empty slot means "unsupported", unless the driver has forward.
 */
#pragma once

#include "model/verbs.h"

typedef struct {
    const char        *uri;   /* as the user gave it, aliases resolved */
    virConnectAuthPtr  auth;  /* borrowed; NULL: no callback */
    unsigned int       flags; /* VIR_CONNECT_RO, VIR_CONNECT_NO_ALIASES */
} ConnOpenIn;

struct Driver {
    const char *name; /* what virConnectGetType says ("QEMU") unless the driver has its own slot */

    /* Life of a connection. open sets conn->priv (and conn->uri when it differs); close releases it. open returns
     * false without touching err when the URI is not for this driver and *ret_declined is set to true. */
    bool (*open)(VirConn *conn, const ConnOpenIn *in, bool *ret_declined, GError **err);
    void (*close)(VirConn *conn);
    /* In a daemon: the client of this connection has gone, while calls of it may still be running; close follows when
     * the last of them has returned. Never waits. NULL: nothing to do. */
    void (*client_gone)(VirConn *conn);

    /* Local facts; NULL: alive, not encrypted, keepalive not needed. set_keepalive: 0 ok, 1 peer lacks it, -1 err. */
    bool (*is_alive)(VirConn *conn);
    bool (*is_encrypted)(VirConn *conn);
    int (*set_keepalive)(VirConn *conn, int interval, unsigned int count, GError **err);

    /* Called after the first / before the last subscription of (event id, dom) on conn->events; a remote driver
     * registers at the server here. dom NULL: all domains. NULL slot: nothing to do. */
    bool (*event_on)(VirConn *conn, int event_id, const DomRef *dom, GError **err);
    void (*event_off)(VirConn *conn, int event_id, const DomRef *dom);

    /* Takes every verb whose own slot is empty (the remote driver: one RPC by the verb's call row). */
    bool (*forward)(VirConn *conn, VerbId verb, const void *in, void *out, GError **err);

#define VERB(name, In, Out, access, lane, api) \
    bool (*name)(VirConn *conn, const In *in, Out *out, GError **err);
#include "model/verbs.def"
#undef VERB
};
