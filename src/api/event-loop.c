/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-event.h>

#include "api/event-loop.h"
#include "api/rim.h"
#include "util/err.h"
#include "util/log.h"
#include "util/loop.h"

#define LOG_ROOM "api"

/* The program's implementation, or ours. Set once, before others use it; the program sees to that. */
typedef struct {
    virEventAddHandleFunc     add_handle;
    virEventUpdateHandleFunc  update_handle;
    virEventRemoveHandleFunc  remove_handle;
    virEventAddTimeoutFunc    add_timeout;
    virEventUpdateTimeoutFunc update_timeout;
    virEventRemoveTimeoutFunc remove_timeout;
} EventImpl;

static const EventImpl *impl; /* atomic; points to something that lives for ever */

/* A descriptor or timer of the default implementation. References: one of the table, one of its GSource. */
typedef struct {
    gint     refs; /* atomic */
    gint     gone; /* atomic: removed, not called any more */
    int      number;
    int      fd;   /* -1: a timer */
    GSource *source; /* under watches_lock; NULL while switched off */
    virEventHandleCallback  on_handle;
    virEventTimeoutCallback on_timeout;
    void           *opaque;
    virFreeCallback destroy;
} Watch;

static Loop       *loop;         /* fixed once registered */
static GMutex      watches_lock;
static GHashTable *watches;      /* under watches_lock: number -> Watch */
static int         last_number;  /* under watches_lock */

static void
destroy_watch(gpointer data)
{
    Watch *watch = data;

    if (watch->destroy)
        watch->destroy(watch->opaque);
    g_free(watch);
}

/* The user's free callback may do anything, so it never runs from within a removal: the loop calls it later. */
static void
watch_unref(gpointer data)
{
    Watch *watch = data;

    if (g_atomic_int_dec_and_test(&watch->refs))
        loop_post(loop, destroy_watch, watch, NULL);
}

static GIOCondition
to_condition(int events)
{
    GIOCondition cond = 0;

    if (events & VIR_EVENT_HANDLE_READABLE)
        cond |= G_IO_IN;
    if (events & VIR_EVENT_HANDLE_WRITABLE)
        cond |= G_IO_OUT;
    if (events & VIR_EVENT_HANDLE_ERROR)
        cond |= G_IO_ERR;
    if (events & VIR_EVENT_HANDLE_HANGUP)
        cond |= G_IO_HUP;
    return cond;
}

static int
from_condition(GIOCondition cond)
{
    int events = 0;

    if (cond & G_IO_IN)
        events |= VIR_EVENT_HANDLE_READABLE;
    if (cond & G_IO_OUT)
        events |= VIR_EVENT_HANDLE_WRITABLE;
    if (cond & (G_IO_ERR | G_IO_NVAL))
        events |= VIR_EVENT_HANDLE_ERROR;
    if (cond & G_IO_HUP)
        events |= VIR_EVENT_HANDLE_HANGUP;
    return events;
}

static gboolean
on_fd(int fd, GIOCondition what, gpointer data)
{
    Watch *watch = data;

    if (!g_atomic_int_get(&watch->gone))
        watch->on_handle(watch->number, fd, from_condition(what), watch->opaque);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_timer(gpointer data)
{
    Watch *watch = data;

    if (!g_atomic_int_get(&watch->gone))
        watch->on_timeout(watch->number, watch->opaque);
    return G_SOURCE_CONTINUE;
}

/* Under watches_lock. setting: events of a descriptor (0: off), milliseconds of a timer (negative: off). */
static void
arm(Watch *watch, int setting)
{
    source_remove(&watch->source);
    if (watch->fd >= 0 ? setting == 0 : setting < 0)
        return;
    g_atomic_int_inc(&watch->refs);
    if (watch->fd >= 0)
        watch->source = loop_add_fd(loop, watch->fd, to_condition(setting), on_fd, watch, watch_unref);
    else
        watch->source = loop_add_timer(loop, (guint)setting, on_timer, watch, watch_unref);
}

static int
add_watch(Watch *watch, int setting)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&watches_lock);

    watch->refs = 1;
    watch->number = ++last_number;
    g_hash_table_insert(watches, GINT_TO_POINTER(watch->number), watch);
    arm(watch, setting);
    return watch->number;
}

static void
update_watch(int number, bool handle, int setting)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&watches_lock);
    Watch *watch = g_hash_table_lookup(watches, GINT_TO_POINTER(number));

    if (watch && (watch->fd >= 0) == handle)
        arm(watch, setting);
}

static int
remove_watch(int number, bool handle)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&watches_lock);
    Watch *watch = g_hash_table_lookup(watches, GINT_TO_POINTER(number));

    if (!watch || (watch->fd >= 0) != handle)
        return -1;
    g_atomic_int_set(&watch->gone, 1);
    source_remove(&watch->source);
    g_hash_table_remove(watches, GINT_TO_POINTER(number));
    watch_unref(watch);
    return 0;
}

static int
default_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    Watch *watch = g_new0(Watch, 1);

    *watch = (Watch){ .fd = fd, .on_handle = cb, .opaque = opaque, .destroy = ff };
    return add_watch(watch, events);
}

static void
default_update_handle(int number, int events)
{
    update_watch(number, true, events);
}

static int
default_remove_handle(int number)
{
    return remove_watch(number, true);
}

static int
default_add_timeout(int ms, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    Watch *watch = g_new0(Watch, 1);

    *watch = (Watch){ .fd = -1, .on_timeout = cb, .opaque = opaque, .destroy = ff };
    return add_watch(watch, ms);
}

static void
default_update_timeout(int number, int ms)
{
    update_watch(number, false, ms);
}

static int
default_remove_timeout(int number)
{
    return remove_watch(number, false);
}

static const EventImpl default_impl = {
    .add_handle = default_add_handle,
    .update_handle = default_update_handle,
    .remove_handle = default_remove_handle,
    .add_timeout = default_add_timeout,
    .update_timeout = default_update_timeout,
    .remove_timeout = default_remove_timeout,
};

static const EventImpl *
current(void)
{
    return g_atomic_pointer_get(&impl);
}

bool
event_loop_is_registered(void)
{
    return current() != NULL;
}

/**
 * virEventRegisterImpl:
 * @addHandle: watches a descriptor
 * @updateHandle: changes what a descriptor is watched for
 * @removeHandle: stops watching
 * @addTimeout: starts a timer
 * @updateTimeout: changes its interval
 * @removeTimeout: stops it
 *
 * Makes the library use the program's event loop. The functions may be called from any thread, also while the loop
 * waits. Call this before the first connection is opened, and once: later calls are ignored.
 *
 * Since: 0.5.0
 */
void
virEventRegisterImpl(virEventAddHandleFunc addHandle, virEventUpdateHandleFunc updateHandle,
                     virEventRemoveHandleFunc removeHandle, virEventAddTimeoutFunc addTimeout,
                     virEventUpdateTimeoutFunc updateTimeout, virEventRemoveTimeoutFunc removeTimeout)
{
    EventImpl *theirs = g_new0(EventImpl, 1);

    *theirs = (EventImpl){ addHandle, updateHandle, removeHandle, addTimeout, updateTimeout, removeTimeout };
    if (g_atomic_pointer_compare_and_exchange(&impl, NULL, theirs))
        return;
    g_free(theirs);
    log_warn("an event loop is registered already, ignoring another one");
}

static gpointer
make_default(gpointer unused)
{
    loop = loop_new("events");
    watches = g_hash_table_new(NULL, NULL);
    return loop;
}

/**
 * virEventRegisterDefaultImpl:
 *
 * Makes the library use an event loop of its own, which the program runs with virEventRunDefaultImpl(), typically
 * for ever in one thread. Call this before the first connection is opened. Calling it again is harmless.
 *
 * Returns 0.
 *
 * Since: 0.9.0
 */
int
virEventRegisterDefaultImpl(void)
{
    static GOnce once = G_ONCE_INIT;

    api_reset_last_error();
    g_once(&once, make_default, NULL);
    if (!g_atomic_pointer_compare_and_exchange(&impl, NULL, (gpointer)&default_impl) && current() != &default_impl)
        log_warn("the program has registered its own event loop, ignoring the default one");
    return 0;
}

/**
 * virEventRunDefaultImpl:
 *
 * Waits until something is due in the default event loop and serves it: one turn.
 *
 * Returns 0, or -1: VIR_ERR_INTERNAL_ERROR without virEventRegisterDefaultImpl().
 *
 * Since: 0.9.0
 */
int
virEventRunDefaultImpl(void)
{
    ApiCall call = API_PLAIN();

    if (current() != &default_impl) {
        api_refuse(&call, VIR_ERR_INTERNAL_ERROR,
                   _("the default event loop is not registered; call virEventRegisterDefaultImpl first"));
        return api_fail(&call);
    }
    g_main_context_iteration(loop_context(loop), TRUE);
    return 0;
}

/**
 * virEventAddHandle:
 * @fd: a descriptor, which stays the caller's
 * @events: virEventHandleType, or 0: nothing yet
 * @cb: called on the event loop's thread
 * @opaque: handed to @cb
 * @ff: releases @opaque some time after removal; may be NULL
 *
 * Uses whichever event loop is registered. Any thread.
 *
 * Returns a number for virEventUpdateHandle() and virEventRemoveHandle(), or -1 without an event loop.
 *
 * Since: 0.9.3
 */
int
virEventAddHandle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    const EventImpl *to = current();

    return to ? to->add_handle(fd, events, cb, opaque, ff) : -1;
}

/**
 * virEventUpdateHandle:
 * @watch: what virEventAddHandle() returned
 * @events: virEventHandleType, or 0: nothing for now
 *
 * Since: 0.9.3
 */
void
virEventUpdateHandle(int watch, int events)
{
    const EventImpl *to = current();

    if (to)
        to->update_handle(watch, events);
}

/**
 * virEventRemoveHandle:
 * @watch: what virEventAddHandle() returned
 *
 * Returns 0, or -1 when there is no such watch.
 *
 * Since: 0.9.3
 */
int
virEventRemoveHandle(int watch)
{
    const EventImpl *to = current();

    return to ? to->remove_handle(watch) : -1;
}

/**
 * virEventAddTimeout:
 * @timeout: milliseconds between calls; 0: at each turn of the loop; -1: not for now
 * @cb: called on the event loop's thread
 * @opaque: handed to @cb
 * @ff: releases @opaque some time after removal; may be NULL
 *
 * Returns a number for virEventUpdateTimeout() and virEventRemoveTimeout(), or -1 without an event loop.
 *
 * Since: 0.9.3
 */
int
virEventAddTimeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    const EventImpl *to = current();

    return to ? to->add_timeout(timeout, cb, opaque, ff) : -1;
}

/**
 * virEventUpdateTimeout:
 * @timer: what virEventAddTimeout() returned
 * @timeout: as there; counts from now
 *
 * Since: 0.9.3
 */
void
virEventUpdateTimeout(int timer, int timeout)
{
    const EventImpl *to = current();

    if (to)
        to->update_timeout(timer, timeout);
}

/**
 * virEventRemoveTimeout:
 * @timer: what virEventAddTimeout() returned
 *
 * Returns 0, or -1 when there is no such timer.
 *
 * Since: 0.9.3
 */
int
virEventRemoveTimeout(int timer)
{
    const EventImpl *to = current();

    return to ? to->remove_timeout(timer) : -1;
}
