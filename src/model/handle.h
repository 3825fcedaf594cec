/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bodies behind virConnectPtr, virDomainPtr and virStreamPtr, and what every driver finds in a connection.
 * Reference counts are atomic; any thread may hold references.
 */
#pragma once

#include <libvirt/virterror.h>

#include "model/driver.h"
#include "model/event.h"

/* struct _virConnect is VirConn: virConnectPtr and VirConn * are the same pointer. */
struct _virConnect {
    guint32 magic;
    gint    refs; /* atomic */

    /* fixed after open */
    const Driver *driver;
    gpointer      priv;       /* the driver's own state of this connection */
    bool          read_only;
    char         *uri;        /* what virConnectGetURI answers when the driver has no slot */
    EventHub     *events;     /* owned reference, set by the driver's open (several connections may share one
                               * hub); the opener makes an empty one when the driver set none */
    char         *local_addr; /* in a daemon: numeric address on which this client's connection arrived; NULL: unix */

    GMutex lock;
    /* under lock */
    virConnectCloseFunc close_cb;
    void               *close_opaque;
    virFreeCallback     close_free;
    bool                closed_reported;
    char               *type;       /* what virConnectGetType answered; lives as long as the connection */
    virError            last_error; /* virConnGetLastError */
    virErrorFunc        error_func; /* virConnSetErrorFunc */
    void               *error_data;
    /* under lock: subscriptions made through the public API; owned by api/event-subs.c, which sets both */
    gpointer            api_subs;
    GDestroyNotify      api_subs_free;
};

struct _virDomain {
    guint32       magic;
    gint          refs; /* atomic */
    virConnectPtr conn; /* owned reference */
    DomRef        ref;  /* ref.id is refreshed by create and lookups; read and written atomically */
};

struct _virStream {
    guint32       magic;
    gint          refs; /* atomic */
    virConnectPtr conn; /* owned reference */
    bool          nonblock; /* fixed */

    GMutex       lock;
    /* under lock */
    struct Flow *flow;   /* NULL: no verb has opened it. Set once; the last reference frees it */
    bool         ended;  /* finished or aborted */
    gpointer     watch;  /* api/stream-events.c */
    /* of whoever receives */
    gint64       hole;   /* of the last hole received: not yet consumed */
};

virConnectPtr conn_new(void);
virConnectPtr conn_ref(virConnectPtr conn);
/* Returns the number of references left; the last one closes the driver. */
int  conn_unref(virConnectPtr conn);
bool conn_is_valid(virConnectPtr conn);
/* A driver tells that its connection broke: VIR_CONNECT_CLOSE_REASON_*; the close callback runs once. The driver
 * holds a reference meanwhile (the callback's own may be the last otherwise) and no lock. */
void conn_notify_closed(virConnectPtr conn, int reason);

/* Takes nothing; copies ref. */
virDomainPtr domain_new(virConnectPtr conn, const DomRef *ref);
virDomainPtr domain_ref(virDomainPtr dom);
int          domain_unref(virDomainPtr dom);
bool         domain_is_valid(virDomainPtr dom);

virStreamPtr stream_new(virConnectPtr conn, bool nonblock);
virStreamPtr stream_ref(virStreamPtr stream);
void         stream_unref(virStreamPtr stream);
bool         stream_is_valid(virStreamPtr stream);
