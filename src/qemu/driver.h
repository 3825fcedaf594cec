/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The QEMU driver: its table, and one instance of it per host. A daemon starts one with qemu_driver_start(); in a
 * process that opens qemu:///embed?root=DIR one per root lives from the first connection to the last.
 * Verbs may be called from any thread; lanes and jobs say what may wait (model/verbs.def, qemu/job.h).
 */
#pragma once

#include "model/driver.h"
#include "model/event.h"
#include "qemu/config.h"
#include "qemu/domain.h"
#include "util/loop.h"

typedef struct QemuCapsCache QemuCapsCache; /* qemu/caps-cache.h */
typedef struct QmigHost QmigHost;           /* qemu/migrate.h */

struct QemuDriver {
    gint refs; /* atomic: connections, and the daemon's own */

    /* fixed after start */
    QemuConfig      *config;
    Loop            *loop;    /* "qemu": QMP sockets, pidfds, timers, publication of events */
    EventHub        *events;
    QemuDomainTable *domains;
    QemuCapsCache   *caps;    /* what emulators offer; NULL until somebody asks */
    struct Ports    *displays; /* TCP ports of VNC servers; qemu/ports.h */
    QmigHost        *mig;     /* of the migration code: ports, witness, journal; qemu/migrate.h */
    GThreadPool     *workers; /* short errands that may wait: restart of guests, autodestroy */

    void           (*ended)(QemuDriver *driver); /* taken down, before it is freed; NULL: nobody wants to know */
    int              lock_fd; /* run/qemu/lock: nobody else manages these guests */

    gint next_id;             /* atomic */
};

extern const Driver qemu_driver;

/* For a daemon: the instance that qemu:///system and qemu:///session mean from now on. Copies config. Loads
 * definitions, attaches to running guests. */
bool qemu_driver_start(const QemuConfig *config, GError **err);
/* Guests run on. */
void qemu_driver_stop(void);
/* Starts the domains marked for autostart; call it once connections are accepted. */
void qemu_driver_autostart(void);

/* The instance behind a connection. Borrowed. */
QemuDriver *qemu_driver_of(VirConn *conn);
/* A connection of the driver to itself, for what must outlive the client that asked for it. conn_unref() it. */
VirConn *qemu_driver_connect_self(QemuDriver *driver);
QemuDriver *qemu_driver_new(const QemuConfig *config, GError **err);
QemuDriver *qemu_driver_ref(QemuDriver *driver);
/* false: it has no users left and is being taken down. */
bool        qemu_driver_try_ref(QemuDriver *driver);
void        qemu_driver_unref(QemuDriver *driver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuDriver, qemu_driver_unref)

/* A definition completed as for defining it here: defaults, machine type, controllers, addresses. Worker threads. */
bool qemu_driver_complete_def(QemuDriver *driver, struct DomDef *def, GError **err);
/* What this driver cannot do, refused by name. */
bool qemu_driver_check_def(const struct DomDef *def, GError **err);

/* fn(dom) on a worker thread of the driver's own; takes a reference for the time. */
void qemu_driver_run(QemuDriver *driver, QemuDomain *dom, void (*fn)(QemuDomain *dom));
