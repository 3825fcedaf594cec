/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The remote driver's state of one connection. Two owners: the connection, and the RPC client's callbacks, which may
 * run while the connection is being closed.
 */
#pragma once

#include "model/handle.h"
#include "remote/target.h"
#include "rpc/client.h"
#include "wire/session.h"

typedef struct {
    gint refs; /* atomic */

    /* fixed after open */
    RpcClient *client;   /* owned by the connection's side; NULL once it has closed */
    EventHub  *events;   /* owned reference */
    bool       secure;   /* nobody on the way can read along */
    bool       encrypted;
    bool       patient;  /* it may take long until the server's first word */
    bool       has_loop;

    /* Held while the closed-callback runs, so that close waits for it; recursive, for a callback that closes. */
    GRecMutex conn_lock;
    /* under conn_lock */
    VirConn  *conn;      /* borrowed; NULL once closed */

    GMutex  lock;
    /* under lock */
    GArray *subs;        /* RemoteSub */
} RemoteConn;

/* A registration at the server. */
typedef struct {
    int    event_id;
    gint32 callback_id;
    bool   all;          /* domains */
    bool   leaving;      /* being deregistered: what still comes is dropped */
    DomRef dom;          /* unless all; owns its name */
} RemoteSub;

RemoteConn *remote_conn_new(VirConn *conn);
RemoteConn *remote_conn_ref(RemoteConn *rc);
void        remote_conn_unref(RemoteConn *rc);

static inline RemoteConn *
remote_conn_of(VirConn *conn)
{
    return conn->priv;
}

/* A call of the session's own, by number. */
bool remote_call(RemoteConn *rc, SessionProc proc, gconstpointer in, gpointer out, GError **err);

/* Callbacks of the RPC client (events.c, driver.c). */
void remote_on_event(RpcClient *client, guint32 program, gint32 procedure, XdrReader *payload, gpointer data);
void remote_on_closed(RpcClient *client, RpcCloseReason reason, gpointer data);

/* A channel of one transport (tls.c). */
Chan *remote_reach_tls(const RemoteTarget *target, bool read_only, GError **err);

/* Driver slots in their own files. */
bool remote_open(VirConn *conn, const ConnOpenIn *in, bool *ret_declined, GError **err);
bool remote_event_on(VirConn *conn, int event_id, const DomRef *dom, GError **err);
bool remote_migrate_prepare_tunnel(VirConn *conn, const MigratePrepareIn *in, MigratePrepareTunnelOut *out, GError **err);
bool remote_domain_open_console(VirConn *conn, const OpenDeviceIn *in, FlowOut *out, GError **err);
bool remote_domain_open_channel(VirConn *conn, const OpenDeviceIn *in, FlowOut *out, GError **err);
void remote_event_off(VirConn *conn, int event_id, const DomRef *dom);
