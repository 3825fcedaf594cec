/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The images behind a disk. QEMU is told the whole chain and looks for nothing itself, so that it opens what the
 * definition means and nothing that a guest wrote into an image's header later.
 * Reads the first blocks of each image: worker threads only.
 */
#pragma once

#include "model/dom-def.h"

/* Checks that every image of a file or block disk exists and can be opened, and fills in the backing images that the
 * definition leaves open. Call it before dom_def_prepare_live(), which numbers the links. */
bool command_find_chains(DomDef *def, GError **err);
