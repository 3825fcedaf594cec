/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Firmware: <os firmware='efi'> becomes the image that the host's descriptor files (QEMU's docs/interop/firmware.json)
 * name first, and its variables a file of the guest's own. Worker threads, on a definition about to run; knows no QEMU.
 */
#pragma once

#include "model/dom-def.h"
#include "qemu/config.h"

/* Fills <loader> and <nvram> of a definition that only names a kind of firmware, and the place of <nvram> where it is
 * missing; the descriptors' wishes (SMM) with it. Touches no file. sysroot: "" or a test's directory. */
bool qemu_firmware_choose(DomDef *def, const QemuConfig *config, const char *sysroot, GError **err);
/* Copies the template when the guest has no variables yet. A guest that arrives with a path whose directory this host
 * does not have gets our place instead: its content travels with the guest. ret_made: remove it when the start fails. */
bool qemu_firmware_make_nvram(DomDef *def, const QemuConfig *config, bool incoming, char **ret_made, GError **err);
/* Where the variables of a guest without <nvram> are. Caller frees. */
char *qemu_firmware_nvram_path(const QemuConfig *config, const char *name);
