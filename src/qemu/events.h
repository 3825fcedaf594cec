/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From QEMU's events to domain states and the events of the public API, and the one way by which the driver
 * publishes events: posted to the loop thread in the order of emission, so that every subscriber sees the order in
 * which things happened whichever thread they happened on. Any thread may emit, with or without dom->lock.
 */
#pragma once

#include "qemu/domain.h"

/* Takes ev. */
void qemu_event_emit(QemuDriver *driver, DomainEvent *ev);
/* VIR_DOMAIN_EVENT_* and its detail. The id in the event is the domain's present one. */
void qemu_event_lifecycle(QemuDomain *dom, int event, int detail);

/* Details that go with a state's reason, as libvirt pairs them. */
int qemu_event_suspended_detail(int paused_reason);
int qemu_event_resumed_detail(int running_reason);

/* As if QEMU had sent this event: for what a broken connection has missed. Loop thread; data is borrowed. */
void qemu_event_inject(QemuDomain *dom, const char *name, JsonObject *data);
/* No event of QEMU's: its answer to query-migrate, { "status": .. }, after a connection broke. */
#define QEMU_EVENT_MIGRATION_STATUS "GODWIT_MIGRATION_STATUS"

/* The handler of every domain's QMP client; its data is the QemuDomain, a reference. */
extern const QmpHandler qemu_event_handler;
