/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domain events as values, and the hub that hands them to whoever subscribed: a daemon session, the public API of
 * an embedded driver, a remote driver's client side. Thread-safe; sinks run on the publisher's thread, must not
 * block, and may keep the event (domain_event_ref).
 */
#pragma once

#include "model/verbs.h"

typedef struct {
    gint   refs; /* atomic */
    int    id;   /* virDomainEventID */
    DomRef dom;
    /* Meaning of the general members per id; all others are zero or NULL.
     * LIFECYCLE                 n1 = event, n2 = detail
     * WATCHDOG                  n1 = action
     * IO_ERROR, IO_ERROR_REASON text1 = source path, text2 = alias, n1 = action, text3 = reason
     * RTC_CHANGE                big1 = offset (as gint64)
     * BLOCK_JOB, BLOCK_JOB_2    text1 = path or target, n1 = type, n2 = status
     * DISK_CHANGE               text1 = old, text2 = new, text3 = alias, n1 = reason
     * TRAY_CHANGE               text1 = alias, n1 = reason
     * PMWAKEUP, PMSUSPEND(_DISK) n1 = reason
     * BALLOON_CHANGE            big1 = actual KiB
     * DEVICE_REMOVED, _ADDED, _REMOVAL_FAILED   text1 = alias
     * TUNABLE, JOB_COMPLETED    params
     * AGENT_LIFECYCLE           n1 = state, n2 = reason
     * MIGRATION_ITERATION       n1 = iteration
     * METADATA_CHANGE           n1 = type, text1 = namespace URI
     * BLOCK_THRESHOLD           text1 = dev, text2 = path, big1 = threshold, big2 = excess
     * MEMORY_FAILURE            n1 = recipient, n2 = action, u1 = flags
     * MEMORY_DEVICE_SIZE_CHANGE text1 = alias, big1 = size */
    gint32  n1, n2;
    guint32 u1;
    guint64 big1, big2;
    char   *text1, *text2, *text3;
    Params  params;
} DomainEvent;

DomainEvent *domain_event_new(int id, const DomRef *dom);
DomainEvent *domain_event_lifecycle(const DomRef *dom, int event, int detail);
DomainEvent *domain_event_ref(const DomainEvent *ev);
void         domain_event_unref(DomainEvent *ev);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DomainEvent, domain_event_unref)

typedef void (*EventSink)(const DomainEvent *ev, gpointer data);
typedef struct EventHub EventHub;

EventHub *event_hub_new(void);
EventHub *event_hub_ref(EventHub *hub);
void      event_hub_unref(EventHub *hub);
/* dom NULL: events of all domains. Returns a token > 0. destroy(data) runs when the subscription has gone and no
 * sink call of it is under way. */
int  event_hub_subscribe(EventHub *hub, int event_id, const DomRef *dom, EventSink sink, gpointer data,
                         GDestroyNotify destroy);
bool event_hub_unsubscribe(EventHub *hub, int token);
/* Borrows ev. Sinks are called in order of subscription, with no hub lock held; events of one publisher arrive in
 * the order in which they were published. */
void event_hub_publish(EventHub *hub, const DomainEvent *ev);
