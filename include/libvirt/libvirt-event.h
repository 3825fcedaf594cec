/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The event loop that the library uses for timers, descriptors and for delivering events: its own, or the program's.
 * Each function is documented where it is defined (src/api/event-loop.c).
 */
#ifndef GODWIT_LIBVIRT_EVENT_H
# define GODWIT_LIBVIRT_EVENT_H

# include <libvirt/libvirt-common.h>

# ifdef __cplusplus
extern "C" {
# endif

/* What a file descriptor is watched for, and what happened. */
typedef enum {
    VIR_EVENT_HANDLE_READABLE = (1 << 0),
    VIR_EVENT_HANDLE_WRITABLE = (1 << 1),
    VIR_EVENT_HANDLE_ERROR    = (1 << 2),
    VIR_EVENT_HANDLE_HANGUP   = (1 << 3)
} virEventHandleType;

/* events: virEventHandleType. */
typedef void (*virEventHandleCallback)(int watch, int fd, int events, void *opaque);

/* Starts watching fd; returns a watch number >= 0, or -1. ff(opaque) runs after removal, never
 * from within the removal itself. */
typedef int (*virEventAddHandleFunc)(int fd, int event, virEventHandleCallback cb, void *opaque,
                                     virFreeCallback ff);

typedef void (*virEventUpdateHandleFunc)(int watch, int event);

typedef int (*virEventRemoveHandleFunc)(int watch);

/* Called when the time is over, and again after each further interval. */
typedef void (*virEventTimeoutCallback)(int timer, void *opaque);

/* Interval in milliseconds; 0: at each turn of the loop; -1: not now. Returns a timer number, or
 * -1. */
typedef int (*virEventAddTimeoutFunc)(int timeout, virEventTimeoutCallback cb, void *opaque,
                                      virFreeCallback ff);

typedef void (*virEventUpdateTimeoutFunc)(int timer, int timeout);

typedef int (*virEventRemoveTimeoutFunc)(int timer);

void virEventRegisterImpl(virEventAddHandleFunc addHandle, virEventUpdateHandleFunc updateHandle,
                          virEventRemoveHandleFunc removeHandle, virEventAddTimeoutFunc addTimeout,
                          virEventUpdateTimeoutFunc updateTimeout,
                          virEventRemoveTimeoutFunc removeTimeout);
int virEventRegisterDefaultImpl(void);
int virEventRunDefaultImpl(void);

int virEventAddHandle(int fd, int events, virEventHandleCallback cb, void *opaque,
                      virFreeCallback ff);
void virEventUpdateHandle(int watch, int events);
int virEventRemoveHandle(int watch);
int virEventAddTimeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff);
void virEventUpdateTimeout(int timer, int timeout);
int virEventRemoveTimeout(int timer);

# ifdef __cplusplus
}
# endif

#endif
