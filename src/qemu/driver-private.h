/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the driver-*.c files: one function per verb, named after it, and what most of them begin and end with.
 */
#pragma once

#include "model/dom-def.h"
#include "qemu/driver.h"
#include "qemu/process.h"

/* qemu_verb_domain_suspend() and so on; those of migrations are in qemu/migrate.h. */
#define VERB(name, In, Out, access, lane, api) \
    bool qemu_verb_##name(VirConn *conn, const In *in, Out *out, GError **err);
#include "model/verbs.def"
#undef VERB

/* The domain of a verb, with a job; NULL with err. End with qemu_verb_end(). */
typedef enum { ANY_DOMAIN, RUNNING_DOMAIN } QemuVerbWants;
QemuDomain *qemu_verb_begin(VirConn *conn, const DomRef *ref, QemuJob job, QemuVerbWants wants, const char *api,
                            GError **err);
void        qemu_verb_end(QemuDomain *dom);

/* The domain of this name and uuid, made when necessary, with a job JOB_MODIFY. A domain that leaves the table just
 * then is made anew. End with qemu_verb_end(). */
QemuDomain *qemu_verb_claim(QemuDriver *driver, const DomDef *def, QemuTableAdd how, const char *api, GError **err);

/* Parsed, completed for this host, and checked for what this driver cannot do. */
DomDef *qemu_driver_read_def(QemuDriver *driver, const char *xml, GError **err);

/* Which definition flags mean (VIR_DOMAIN_AFFECT_*): dom->lock held. */
DomDef *qemu_verb_pick_def(QemuDomain *dom, guint32 flags, GError **err);

/* Does dom pass the VIR_CONNECT_LIST_DOMAINS_* filters? Takes its lock. */
bool qemu_domain_matches(QemuDomain *dom, guint32 flags, gint32 *ret_id);

/* Starts an inactive, persistent domain; takes the job itself. Worker thread. */
bool qemu_lifecycle_start(QemuDomain *dom, const QemuStart *how, const char *api, GError **err);
