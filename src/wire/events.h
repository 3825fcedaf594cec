/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domain events on the wire. Each event has a message that carries the client's callback id and, if it is old enough,
 * one that does not; both are rows over DomainEvent. Constant tables; any thread.
 */
#pragma once

#include "wire/types.h"

typedef struct {
    int             id;       /* virDomainEventID */
    guint32         callback; /* procedure of the message that starts with a callback id */
    guint32         legacy;   /* procedure of the message without; 0: there is none */
    const XdrField *rows;     /* of the callback form, after the id; NULL: we know the number only */
    const XdrField *legacy_rows; /* NULL: as rows */
} WireEvent;

extern const WireEvent wire_events[];
extern const gsize     n_wire_events;

const WireEvent *wire_event_by_id(int id);
/* A message's procedure; *ret_legacy says which of its two forms it is. */
const WireEvent *wire_event_by_proc(guint32 proc, bool *ret_legacy);

/* What goes out: rows_event_message of an EventMessage, for either form. All borrowed. */
typedef struct {
    const WireEvent   *row;
    const DomainEvent *event;
    gint32             callback_id; /* -1: the legacy form */
} EventMessage;

extern const XdrField rows_event_message[];
gint32 wire_event_procedure(const EventMessage *msg);

/* Caller unrefs. *ret_callback_id is -1 for a legacy message. */
DomainEvent *wire_event_decode(const WireEvent *row, bool legacy, XdrReader *r, gint32 *ret_callback_id, GError **err);
