/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls a user's callback with the arguments that its event id promises. Event loop's thread, no locks held.
 */
#pragma once

#include "model/handle.h"

/* Ids from here on are unknown. */
int event_id_last(void);

/* An event that no callback type fits is dropped. */
void event_dispatch(virConnectPtr conn, const DomainEvent *ev, virConnectDomainEventGenericCallback cb, void *opaque);
