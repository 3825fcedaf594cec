/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's side of a disk, bus by bus. Same thread rules as command-private.h. */
#pragma once

#include "qemu/command-private.h"

bool cmd_build_disk_device(Cmd *cmd, const DomDisk *disk, GError **err);
