/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands behind a stream once a verb has opened it: from the QEMU driver a character device of a guest, from the
 * remote driver the stream of the call. The public virStream* calls and the daemon use it alike. Knows neither.
 *
 * One sender and one receiver at a time, on any thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct Flow Flow;

/* HOLE: *ret_n says how long; then nothing lies in buf. EOF when sending: nobody takes it any more. */
typedef enum { FLOW_DONE, FLOW_AGAIN, FLOW_EOF, FLOW_HOLE, FLOW_FAILED } FlowResult;

/* The values of virStreamEventType. */
enum { FLOW_READABLE = 1, FLOW_WRITABLE = 2, FLOW_ERROR = 4, FLOW_HANGUP = 8, FLOW_EVENTS = 15 };

typedef struct {
    /* FLOW_AGAIN only without wait. With wait all of it is sent. */
    FlowResult (*send)(Flow *flow, const void *bytes, gsize n, bool wait, gsize *ret_n, GError **err);
    FlowResult (*recv)(Flow *flow, void *buf, gsize size, bool wait, gsize *ret_n, GError **err);
    bool (*send_hole)(Flow *flow, gint64 length, GError **err); /* NULL: it has none */

    /* Says the end and waits until the other side has taken all, or breaks off. Nothing but free follows. */
    bool (*finish)(Flow *flow, GError **err);
    bool (*abort)(Flow *flow, GError **err);

    /* Of FLOW_EVENTS those that are the case. */
    unsigned (*ready)(Flow *flow);
    /* A descriptor that can be read from as long as ready() has something in wanted; to be polled, not read. The same
     * one each time, and the flow's. -1: err. */
    int (*watch)(Flow *flow, unsigned wanted, GError **err);

    void (*free)(Flow *flow); /* aborts first what has not ended */
} FlowOps;

/* Embedded first in each implementation's own struct. */
struct Flow {
    const FlowOps *ops;
};

static inline void
flow_free(Flow *flow)
{
    if (flow)
        flow->ops->free(flow);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Flow, flow_free)
