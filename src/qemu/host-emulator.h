/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator that a question is about, from the four optional words in which libvirt's API asks. Worker threads only. */
#pragma once

#include "qemu/caps-cache.h"

/* Each may be NULL: the host's default. */
typedef struct {
    const char *emulator, *arch, *machine, *virttype;
} EmulatorWish;

typedef struct {
    QemuCaps          *caps;    /* as guests of the kind see it */
    const QemuMachine *machine; /* of caps */
    bool               kvm;
} HostEmulator;

bool host_emulator_find(QemuCapsCache *cache, const EmulatorWish *wish, HostEmulator *ret_found, GError **err);
void host_emulator_clear(HostEmulator *found);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HostEmulator, host_emulator_clear)
