/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turns what a definition says about "this host" into what can be said anywhere: a guest that was started keeps its
 * CPU when it moves. May probe a binary: worker threads only.
 */
#pragma once

#include "model/dom-def.h"
#include "qemu/caps-cache.h"

/* What the emulator offers with the guest's accelerator; the caller unrefs. NULL: it cannot be asked. */
QemuCaps *command_cpu_caps(const DomDef *def, QemuCapsCache *cache, GError **err);
/* CPU mode 'host-model' (and match 'minimum', which means the same with a lower bound) becomes a named model with
 * features; def's own features are put on top. Other CPUs stay as they are. Call it on the definition about to run. */
/* Policy 'optional' is decided, and what the host lacks is refused as command_check_cpu() does. */
bool command_resolve_cpu(DomDef *def, QemuCapsCache *cache, GError **err);
/* VIR_ERR_CPU_INCOMPATIBLE with every feature that the definition's CPU needs and this host cannot give. */
bool command_check_cpu(const DomDef *def, QemuCapsCache *cache, GError **err);
