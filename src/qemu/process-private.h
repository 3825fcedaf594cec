/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files that start and stop QEMU. */
#pragma once

#include "model/dom-def.h"
#include "qemu/process.h"

/* process.c: dom is active from now on, with this process and monitor; takes pidfd, client, run_dir, monitor_path.
 * Exits are noticed from here on. */
typedef struct {
    int        id;
    pid_t      pid;
    int        pidfd;
    guint64    pid_start;
    QmpClient *client;
    char      *run_dir;
    char      *monitor_path;
    int        state, reason;
    bool       quiet; /* no event if it stops before it is said to have started */
} QemuRun;
void qemu_process_adopt(QemuDomain *dom, QemuRun *run);
/* A QEMU that outlived us: run has pid, pid_start, id, state and paths; opens pidfd and adopts it, with a monitor that
 * qmp_client_retry() connects. Does not wait; false when it is not there any more. Strings of run are taken on success
 * only. */
bool qemu_process_attach(QemuDomain *dom, QemuRun *run, GError **err);

/* process-prepare.c: choices that belong to one run. prepare_live: VNC ports, paths of channels without one; under a
 * job, before command_build(). forget: gives the ports back. */
bool qemu_process_prepare_live(QemuDomain *dom, DomDef *def, const char *run_dir, GError **err);
void qemu_process_claim_live(QemuDomain *dom, const DomDef *def);
void qemu_process_forget_live(QemuDomain *dom, DomDef *def);

/* Commands that the definition asks for, behind qmp_capabilities; appended to a GArray of QmpCmd. Their answers go, in
 * this order, to read_setup (dom->lock held): what QEMU chose, ptys and the addresses of memory modules. */
void qemu_process_setup_cmds(const DomDef *def, bool incoming, GArray *cmds);
void qemu_process_read_setup(DomDef *def, JsonNode *const *rets);
