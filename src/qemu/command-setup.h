/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition wants that no argument of QEMU can say: QMP commands for a QEMU that has just started. */
#pragma once

#include "model/dom-def.h"

/* Appends to a GArray of QmpCmd; their args are new. Any thread. */
void command_setup(const DomDef *def, GArray *cmds);
