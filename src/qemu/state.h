/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the driver keeps on disk. Persistent definitions and autostart links in lib/qemu (atomic and fsynced: they
 * outlast the host), the runtime status of running guests in run/qemu (atomic, not fsynced: it dies with them).
 * Worker threads, or the loop for qemu_state_save_status(); all take dom->lock themselves, for moments.
 */
#pragma once

#include "qemu/domain.h"

/* lib/qemu/NAME.xml from the persistent definition (new_def of an active domain, def of another). */
bool qemu_state_save_definition(QemuDomain *dom, GError **err);
/* The same from a definition that is not the domain's yet. Job held. */
bool qemu_state_write_definition(QemuDomain *dom, const DomDef *def, GError **err);
bool qemu_state_remove_definition(QemuDomain *dom, GError **err);
bool qemu_state_set_autostart(QemuDomain *dom, bool on, GError **err);
/* The definition on disk; lock need not be held. Caller frees. */
DomDef *qemu_state_load_definition(QemuDomain *dom, GError **err);
/* Puts every domain of lib/qemu into the table, by name and uuid; the definitions themselves are read when wanted.
 * A file that names no domain is logged and skipped. */
bool qemu_state_load_all(QemuDriver *driver, GError **err);

/* run/qemu/NAME.status and NAME.xml now; failures are logged. */
void qemu_state_save_status(QemuDomain *dom);
/* The same soon, on the loop, once for many calls. dom's lock held. */
void qemu_state_touch_status(QemuDomain *dom);
void qemu_state_remove_status(QemuDomain *dom);
/* The live definition changed: format it anew with the next save. Lock held. */
void qemu_state_live_changed(QemuDomain *dom);

/* A status file as a value. */
typedef struct {
    char   *name;
    guint8  uuid[VIR_UUID_BUFLEN];
    int     id;
    pid_t   pid;
    guint64 pid_start;
    char   *run_dir;
    char   *monitor_path;
    int     state, reason;
    gint64  state_since_us;
    bool    persistent;
    QemuAsyncJob async;
    char   *phase;
    char   *live_xml;
    char   *defined_cpu; /* <cpu> before QEMU's answer went into live_xml; NULL: the same */
} QemuStatus;

QemuStatus *qemu_status_load(const char *path, GError **err);
void        qemu_status_free(QemuStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuStatus, qemu_status_free)
