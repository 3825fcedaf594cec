/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include "api/delivery.h"
#include "api/event-dispatch.h"
#include "api/rim.h"
#include "util/err.h"

/* One registration. References: one of the connection's list until deregistered, one of the hub's sink, one per
 * event on its way to the event loop. The last one frees the user's data. */
typedef struct {
    gint refs; /* atomic */

    /* fixed */
    int    id;     /* what the user deregisters it by */
    int    event_id;
    bool   legacy; /* of virConnectDomainEventRegister: found again by cb */
    bool   one_domain;
    DomRef dom;    /* when one_domain */
    virConnectDomainEventGenericCallback cb;
    void           *opaque;
    virFreeCallback destroy;
    int             token; /* of the hub */

    GMutex lock;
    /* under lock: an owned reference; NULL once deregistered, so that events under way do not keep it open */
    virConnectPtr conn;
} Sub;

/* conn->api_subs; everything under conn->lock. */
typedef struct {
    GPtrArray *list; /* of Sub */
    int        next_id;
} Subs;

static void
sub_unref(gpointer data)
{
    Sub *sub = data;

    if (!g_atomic_int_dec_and_test(&sub->refs))
        return;
    if (sub->destroy)
        sub->destroy(sub->opaque);
    dom_ref_clear(&sub->dom);
    g_mutex_clear(&sub->lock);
    g_free(sub);
}

static Sub *
sub_ref(Sub *sub)
{
    g_atomic_int_inc(&sub->refs);
    return sub;
}

static void
subs_free(gpointer data)
{
    Subs *subs = data;

    g_ptr_array_unref(subs->list);
    g_free(subs);
}

/* Under conn->lock. */
static Subs *
subs_of(virConnectPtr conn)
{
    Subs *subs = conn->api_subs;

    if (!subs) {
        subs = g_new0(Subs, 1);
        subs->list = g_ptr_array_new();
        conn->api_subs = subs;
        conn->api_subs_free = subs_free;
    }
    return subs;
}

static virConnectPtr
sub_get_conn(Sub *sub)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&sub->lock);

    return sub->conn ? conn_ref(sub->conn) : NULL;
}

typedef struct {
    Sub         *sub;
    DomainEvent *ev;
} Delivery;

static void
delivery_free(gpointer data)
{
    Delivery *d = data;

    domain_event_unref(d->ev);
    sub_unref(d->sub);
    g_free(d);
}

/* Event loop's thread. */
static void
deliver(gpointer data)
{
    Delivery *d = data;
    virConnectPtr conn = sub_get_conn(d->sub);

    if (!conn)
        return;
    event_dispatch(conn, d->ev, d->sub->cb, d->sub->opaque);
    conn_unref(conn);
}

/* Publisher's thread. */
static void
on_event(const DomainEvent *ev, gpointer data)
{
    Delivery *d = g_new0(Delivery, 1);

    *d = (Delivery){ sub_ref(data), domain_event_ref(ev) };
    delivery_post(deliver, d, delivery_free);
}

static bool
same_key(const Sub *a, const Sub *b)
{
    return a->event_id == b->event_id && a->one_domain == b->one_domain
           && (!a->one_domain || dom_ref_same(&a->dom, &b->dom));
}

/* Under conn->lock: is there another registration for the same events? */
static bool
has_sibling(const Subs *subs, const Sub *sub)
{
    for (guint i = 0; i < subs->list->len; i++) {
        if (subs->list->pdata[i] != sub && same_key(subs->list->pdata[i], sub))
            return true;
    }
    return false;
}

static bool
is_legacy_twin(const Subs *subs, const Sub *sub)
{
    for (guint i = 0; i < subs->list->len; i++) {
        const Sub *other = subs->list->pdata[i];

        if (sub->legacy && other->legacy && other->cb == sub->cb)
            return true;
    }
    return false;
}

/* *ret_first: the driver has to be told. */
static bool
enlist(ApiCall *call, Sub *sub, bool *ret_first)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&call->conn->lock);
    Subs *subs = subs_of(call->conn);

    if (is_legacy_twin(subs, sub))
        return api_refuse(call, VIR_ERR_INVALID_ARG, _("event callback already tracked"));
    sub->id = subs->next_id++;
    g_ptr_array_add(subs->list, sub_ref(sub));
    *ret_first = !has_sibling(subs, sub);
    return true;
}

/* Takes it off the list. *ret_last: the driver has to be told. */
static bool
delist(virConnectPtr conn, Sub *sub, bool *ret_last)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&conn->lock);
    Subs *subs = subs_of(conn);

    if (!g_ptr_array_remove(subs->list, sub))
        return false;
    *ret_last = !has_sibling(subs, sub);
    return true;
}

static void
drop_conn(Sub *sub)
{
    virConnectPtr conn;

    g_mutex_lock(&sub->lock);
    conn = g_steal_pointer(&sub->conn);
    g_mutex_unlock(&sub->lock);
    if (conn)
        conn_unref(conn);
}

static bool
tell_driver(ApiCall *call, const Sub *sub)
{
    const Driver *driver = call->conn->driver;

    return !driver->event_on
           || driver->event_on(call->conn, sub->event_id, sub->one_domain ? &sub->dom : NULL, &call->err);
}

/* Takes a reference of its own; the caller's stays. */
static bool
start(ApiCall *call, Sub *sub)
{
    bool first = false, last = false;

    if (!enlist(call, sub, &first))
        return false;
    sub->token = event_hub_subscribe(call->conn->events, sub->event_id, sub->one_domain ? &sub->dom : NULL, on_event,
                                     sub_ref(sub), sub_unref);
    if (!first || tell_driver(call, sub))
        return true;
    event_hub_unsubscribe(call->conn->events, sub->token);
    if (delist(call->conn, sub, &last))
        sub_unref(sub);
    return false;
}

/* The id, or -1 with the error in call. */
static int
subscribe(ApiCall *call, const Sub *template)
{
    Sub *sub;
    int id;

    if (!delivery_is_possible()) {
        api_refuse(call, VIR_ERR_INTERNAL_ERROR,
                   _("could not initialize domain event timer: no event loop is registered; call "
                     "virEventRegisterDefaultImpl or virEventRegisterImpl before"));
        return -1;
    }
    sub = g_memdup2(template, sizeof(*template));
    sub->refs = 1;
    sub->conn = conn_ref(call->conn);
    g_mutex_init(&sub->lock);
    if (!start(call, sub)) {
        /* opaque stays the caller's on failure */
        sub->destroy = NULL;
        drop_conn(sub);
        sub_unref(sub);
        return -1;
    }
    id = sub->id;
    sub_unref(sub);
    return id;
}

static void
unsubscribe(virConnectPtr conn, Sub *sub)
{
    bool last = false;

    /* another thread may have been faster */
    if (!delist(conn, sub, &last))
        return;
    event_hub_unsubscribe(conn->events, sub->token);
    if (last && conn->driver->event_off)
        conn->driver->event_off(conn, sub->event_id, sub->one_domain ? &sub->dom : NULL);
    drop_conn(sub);
    sub_unref(sub);
}

/* A reference, or NULL. cb NULL: by id. */
static Sub *
find(virConnectPtr conn, int id, virConnectDomainEventGenericCallback legacy_cb)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&conn->lock);
    Subs *subs = subs_of(conn);

    for (guint i = 0; i < subs->list->len; i++) {
        Sub *sub = subs->list->pdata[i];

        if (legacy_cb ? sub->legacy && sub->cb == legacy_cb : sub->id == id)
            return sub_ref(sub);
    }
    return NULL;
}

static bool
find_and_unsubscribe(ApiCall *call, int id, virConnectDomainEventGenericCallback legacy_cb)
{
    Sub *sub = find(call->conn, id, legacy_cb);

    if (!sub)
        return legacy_cb
                   ? api_refuse(call, VIR_ERR_INVALID_ARG, _("event callback function %p not registered"), (void *)legacy_cb)
                   : api_refuse(call, VIR_ERR_INVALID_ARG, _("event callback id %d not registered"), id);
    unsubscribe(call->conn, sub);
    sub_unref(sub);
    return true;
}

static bool
check_any(ApiCall *call, virDomainPtr dom, int eventID)
{
    if (dom && !domain_is_valid(dom)) {
        verr_set(&call->err, VIR_FROM_DOM, VIR_ERR_INVALID_DOMAIN, "%s", call->function);
        return false;
    }
    if (dom && dom->conn != call->conn)
        return api_refuse_argument(call, "dom", _("domain '%s' must match connection"), dom->ref.name);
    if (!api_need_not_negative(call, eventID))
        return false;
    if (eventID >= event_id_last())
        return api_refuse_argument(call, "eventID", _("eventID must be less than %d"), event_id_last());
    return true;
}

/**
 * virConnectDomainEventRegisterAny:
 * @conn: a connection
 * @dom: only events of this domain; NULL: of all
 * @eventID: virDomainEventID
 * @cb: a callback of that event's own type, cast with VIR_DOMAIN_EVENT_CALLBACK()
 * @opaque: handed to @cb
 * @freecb: releases @opaque some time after deregistration; may be NULL
 *
 * The program must have registered an event loop and run it: @cb is called on its thread, in the order in which
 * things happened. The domain that @cb gets is only lent. A registration holds a reference on @conn. @cb may
 * deregister anything, itself included.
 *
 * Returns a number >= 0 for virConnectDomainEventDeregisterAny(), or -1.
 *
 * Since: 0.8.0; procedure 316
 */
int
virConnectDomainEventRegisterAny(virConnectPtr conn, virDomainPtr dom, int eventID,
                                 virConnectDomainEventGenericCallback cb, void *opaque, virFreeCallback freecb)
{
    ApiCall call = API_CONN(conn);
    Sub template = { .event_id = eventID, .cb = cb, .opaque = opaque, .destroy = freecb };
    int id;

    api_trace(&call, "dom=%p, eventID=%d", (void *)dom, eventID);
    if (!api_check_pointer(&call, (void *)cb, "cb") || !check_any(&call, dom, eventID))
        return api_fail(&call);
    if (dom) {
        DomRef ref = api_dom_ref(dom);

        template.one_domain = true;
        dom_ref_copy(&ref, &template.dom);
    }
    id = subscribe(&call, &template);
    return call.err ? api_fail(&call) : id;
}

/**
 * virConnectDomainEventDeregisterAny:
 * @conn: a connection
 * @callbackID: what virConnectDomainEventRegisterAny() returned
 *
 * After this the callback is not called any more, except where it is running on another thread already.
 *
 * Returns 0, or -1: VIR_ERR_INVALID_ARG when there is no such registration.
 *
 * Since: 0.8.0; procedure 317
 */
int
virConnectDomainEventDeregisterAny(virConnectPtr conn, int callbackID)
{
    ApiCall call = API_CONN(conn);

    if (!api_need_not_negative(&call, callbackID) || !find_and_unsubscribe(&call, callbackID, NULL))
        return api_fail(&call);
    return 0;
}

/**
 * virConnectDomainEventRegister:
 * @conn: a connection
 * @cb: called for life cycle events of all domains
 * @opaque: handed to @cb
 * @freecb: releases @opaque some time after deregistration; may be NULL
 *
 * The older form of virConnectDomainEventRegisterAny() with VIR_DOMAIN_EVENT_ID_LIFECYCLE. A function can be registered
 * once per connection.
 *
 * Returns 0, or -1.
 *
 * Since: 0.5.0; procedure 316
 */
int
virConnectDomainEventRegister(virConnectPtr conn, virConnectDomainEventCallback cb, void *opaque,
                              virFreeCallback freecb)
{
    ApiCall call = API_CONN(conn);
    Sub template = {
        .event_id = VIR_DOMAIN_EVENT_ID_LIFECYCLE,
        .legacy = true,
        .cb = VIR_DOMAIN_EVENT_CALLBACK(cb),
        .opaque = opaque,
        .destroy = freecb,
    };

    if (!api_check_pointer(&call, (void *)cb, "cb"))
        return api_fail(&call);
    subscribe(&call, &template);
    return call.err ? api_fail(&call) : 0;
}

/**
 * virConnectDomainEventDeregister:
 * @conn: a connection
 * @cb: what was given to virConnectDomainEventRegister()
 *
 * Returns 0, or -1: VIR_ERR_INVALID_ARG when it is not registered.
 *
 * Since: 0.5.0; procedure 317
 */
int
virConnectDomainEventDeregister(virConnectPtr conn, virConnectDomainEventCallback cb)
{
    ApiCall call = API_CONN(conn);
    virConnectDomainEventGenericCallback generic = VIR_DOMAIN_EVENT_CALLBACK(cb);

    if (!api_check_pointer(&call, (void *)cb, "cb") || !find_and_unsubscribe(&call, -1, generic))
        return api_fail(&call);
    return 0;
}
