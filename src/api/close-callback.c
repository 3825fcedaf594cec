/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-host.h>

#include "api/delivery.h"
#include "api/rim.h"
#include "util/err.h"

/* What virConnectRegisterCloseCallback() was given. References: one of the connection's slot, one while a delivery
 * is under way. The last one frees the user's data, then lets the connection go. */
typedef struct {
    gint                refs; /* atomic */
    virConnectPtr       conn; /* owned reference */
    virConnectCloseFunc cb;
    void               *opaque;
    virFreeCallback     destroy;
    int                 reason;
} CloseWatch;

static void
watch_unref(void *data)
{
    CloseWatch *watch = data;

    if (!g_atomic_int_dec_and_test(&watch->refs))
        return;
    if (watch->destroy)
        watch->destroy(watch->opaque);
    conn_unref(watch->conn);
    g_free(watch);
}

static void
tell_user(gpointer data)
{
    CloseWatch *watch = data;

    watch->cb(watch->conn, watch->reason, watch->opaque);
}

/* Driver's thread; the user hears of it on the thread of the event loop, after all events sent before. */
static void
on_closed(virConnectPtr conn, int reason, void *opaque)
{
    CloseWatch *watch = opaque;

    g_atomic_int_inc(&watch->refs);
    watch->reason = reason;
    delivery_post(tell_user, watch, watch_unref);
}

/* The slot's reference, on whatever thread the driver runs: give it up where events are delivered, so that a
 * connection never ends on its own driver's thread. */
static void
on_slot_freed(void *opaque)
{
    delivery_post(NULL, opaque, watch_unref);
}

static bool
fill_slot(virConnectPtr conn, CloseWatch *watch)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&conn->lock);

    if (conn->close_cb)
        return false;
    conn->close_cb = on_closed;
    conn->close_opaque = watch;
    conn->close_free = on_slot_freed;
    return true;
}

/**
 * virConnectRegisterCloseCallback:
 * @conn: a connection
 * @cb: called once, when the connection breaks, on the thread that runs the event loop
 * @opaque: handed to @cb
 * @freecb: releases @opaque, after @cb or on deregistration; may be NULL
 *
 * One callback per connection. It holds a reference on @conn. Not called when the program itself closes.
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_INVALID when there is one already.
 *
 * Since: 0.10.0; the other side is asked to tell of losses behind it with procedure 360
 */
int
virConnectRegisterCloseCallback(virConnectPtr conn, virConnectCloseFunc cb, void *opaque, virFreeCallback freecb)
{
    ApiCall call = API_CONN(conn);
    CloseWatch *watch;

    if (!api_need(&call, cb))
        return api_fail(&call);
    watch = g_new0(CloseWatch, 1);
    *watch = (CloseWatch){ .refs = 1, .conn = conn_ref(conn), .cb = cb, .opaque = opaque, .destroy = freecb };
    if (fill_slot(conn, watch))
        return 0;

    /* opaque stays the caller's on failure */
    watch->destroy = NULL;
    watch_unref(watch);
    api_refuse(&call, VIR_ERR_OPERATION_INVALID, _("A close callback is already registered"));
    return api_fail(&call);
}

static CloseWatch *
empty_slot(virConnectPtr conn, virConnectCloseFunc cb)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&conn->lock);
    CloseWatch *watch = conn->close_opaque;

    if (!conn->close_cb || watch->cb != cb)
        return NULL;
    conn->close_cb = NULL;
    conn->close_opaque = NULL;
    conn->close_free = NULL;
    return watch;
}

/**
 * virConnectUnregisterCloseCallback:
 * @conn: a connection
 * @cb: what was registered
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_INVALID when @cb is not the registered callback.
 *
 * Since: 0.10.0; procedure 361
 */
int
virConnectUnregisterCloseCallback(virConnectPtr conn, virConnectCloseFunc cb)
{
    ApiCall call = API_CONN(conn);
    CloseWatch *watch = api_need(&call, cb) ? empty_slot(conn, cb) : NULL;

    if (!watch) {
        api_refuse(&call, VIR_ERR_OPERATION_INVALID, _("A different callback was requested"));
        return api_fail(&call);
    }
    watch_unref(watch);
    return 0;
}
