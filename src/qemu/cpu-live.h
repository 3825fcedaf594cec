/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU that a guest really got: a machine type, an accelerator or the host may take features from a model or add
 * some, and the next QEMU, at a migration's destination, has to be told. Pure; any thread.
 */
#pragma once

#include "model/dom-def.h"
#include "qemu/caps.h"
#include "qemu/qmp-client.h"

/* The two questions to a started QEMU are appended to a GArray of QmpCmd; their number, 0 when the CPU is one that is
 * not written down (host-passthrough, maximum). QEMU may refuse them. */
guint cpu_live_add_queries(const DomDef *def, GArray *cmds);
/* The answers, in this order; any may be NULL: nothing changes then. def->cpu becomes what QEMU made, check='full', and
 * the CPU as defined is kept in orig_cpu when that is another. A CPU that asks for check='full' already has to be met:
 * VIR_ERR_OPERATION_FAILED with every feature that differs. caps has to be of the guest's accelerator. */
bool cpu_live_take(DomDef *def, const QemuCaps *caps, JsonNode *expansion, JsonNode *unavailable, GError **err);
