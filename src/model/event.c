/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/event.h"

DomainEvent *
domain_event_new(int id, const DomRef *dom)
{
    DomainEvent *ev = g_new0(DomainEvent, 1);

    ev->refs = 1;
    ev->id = id;
    dom_ref_copy(dom, &ev->dom);
    return ev;
}

DomainEvent *
domain_event_lifecycle(const DomRef *dom, int event, int detail)
{
    DomainEvent *ev = domain_event_new(VIR_DOMAIN_EVENT_ID_LIFECYCLE, dom);

    ev->n1 = event;
    ev->n2 = detail;
    return ev;
}

DomainEvent *
domain_event_ref(const DomainEvent *ev)
{
    DomainEvent *shared = (DomainEvent *)ev;

    g_atomic_int_inc(&shared->refs);
    return shared;
}

void
domain_event_unref(DomainEvent *ev)
{
    if (!ev || !g_atomic_int_dec_and_test(&ev->refs))
        return;
    dom_ref_clear(&ev->dom);
    g_free(ev->text1);
    g_free(ev->text2);
    g_free(ev->text3);
    params_clear(&ev->params);
    g_free(ev);
}

typedef struct {
    gint refs; /* atomic: one of the hub, one per publisher that is calling it */
    gint gone; /* atomic: unsubscribed; not called any more */

    /* fixed */
    int            token;
    int            event_id;
    bool           one_domain;
    DomRef         dom; /* when one_domain */
    EventSink      sink;
    gpointer       data;
    GDestroyNotify destroy;
} Subscription;

struct EventHub {
    gint refs; /* atomic */

    GMutex lock;
    /* under lock */
    int        last_token;
    GPtrArray *subs; /* of Subscription, in order of subscription */
};

static void
subscription_unref(Subscription *sub)
{
    if (!g_atomic_int_dec_and_test(&sub->refs))
        return;
    if (sub->destroy)
        sub->destroy(sub->data);
    dom_ref_clear(&sub->dom);
    g_free(sub);
}

static bool
wants(const Subscription *sub, const DomainEvent *ev)
{
    return sub->event_id == ev->id && (!sub->one_domain || dom_ref_same(&sub->dom, &ev->dom));
}

EventHub *
event_hub_new(void)
{
    EventHub *hub = g_new0(EventHub, 1);

    hub->refs = 1;
    g_mutex_init(&hub->lock);
    hub->subs = g_ptr_array_new();
    return hub;
}

EventHub *
event_hub_ref(EventHub *hub)
{
    g_atomic_int_inc(&hub->refs);
    return hub;
}

void
event_hub_unref(EventHub *hub)
{
    if (!hub || !g_atomic_int_dec_and_test(&hub->refs))
        return;
    for (guint i = 0; i < hub->subs->len; i++)
        subscription_unref(hub->subs->pdata[i]);
    g_ptr_array_unref(hub->subs);
    g_mutex_clear(&hub->lock);
    g_free(hub);
}

int
event_hub_subscribe(EventHub *hub, int event_id, const DomRef *dom, EventSink sink, gpointer data,
                    GDestroyNotify destroy)
{
    Subscription *sub = g_new0(Subscription, 1);
    int token;

    sub->refs = 1;
    sub->event_id = event_id;
    sub->one_domain = dom != NULL;
    if (dom)
        dom_ref_copy(dom, &sub->dom);
    sub->sink = sink;
    sub->data = data;
    sub->destroy = destroy;

    g_mutex_lock(&hub->lock);
    token = sub->token = ++hub->last_token;
    g_ptr_array_add(hub->subs, sub);
    g_mutex_unlock(&hub->lock);
    return token;
}

static Subscription *
take_out(EventHub *hub, int token)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&hub->lock);

    for (guint i = 0; i < hub->subs->len; i++) {
        Subscription *sub = hub->subs->pdata[i];

        if (sub->token == token)
            return g_ptr_array_remove_index(hub->subs, i);
    }
    return NULL;
}

bool
event_hub_unsubscribe(EventHub *hub, int token)
{
    Subscription *sub = take_out(hub, token);

    if (!sub)
        return false;
    g_atomic_int_set(&sub->gone, 1);
    subscription_unref(sub);
    return true;
}

/* NULL when nobody listens, which is the common case on a busy hub. */
static GPtrArray *
listeners(EventHub *hub, const DomainEvent *ev)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&hub->lock);
    GPtrArray *found = NULL;

    for (guint i = 0; i < hub->subs->len; i++) {
        Subscription *sub = hub->subs->pdata[i];

        if (!wants(sub, ev))
            continue;
        if (!found)
            found = g_ptr_array_new_with_free_func((GDestroyNotify)subscription_unref);
        g_atomic_int_inc(&sub->refs);
        g_ptr_array_add(found, sub);
    }
    return found;
}

void
event_hub_publish(EventHub *hub, const DomainEvent *ev)
{
    g_autoptr(GPtrArray) found = listeners(hub, ev);

    for (guint i = 0; found && i < found->len; i++) {
        Subscription *sub = found->pdata[i];

        if (!g_atomic_int_get(&sub->gone))
            sub->sink(ev, sub->data);
    }
}
