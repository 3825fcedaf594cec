/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Emulated TPMs: one swtpm process per guest that has one, started before its QEMU, ended with it. Its state lies in
 * lib/swtpm/UUID and moves inside the migration stream; swtpm itself has nothing to be told about a migration.
 * Guests outlive the daemon, and so does swtpm: a file beside the state names the process.
 */
#pragma once

#include "model/dom-def.h"
#include "qemu/config.h"
#include "util/loop.h"

typedef struct {
    const DomDef     *def;
    const QemuConfig *config;
    Loop             *loop;      /* notices the end, so that no zombie is left */
    int               listen_fd; /* bound already: QEMU may connect before swtpm has come up */
    int               log_fd;
    bool              incoming;  /* the state comes with the migration */
} QemuTpmStart;

/* Worker threads: waits for the end of the one before, which holds the lock on the state. */
bool qemu_tpm_start(const QemuTpmStart *how, GError **err);
/* tpm-setup.c: makes a TPM that has never run. Waits for swtpm_setup. */
bool qemu_tpm_setup(const QemuTpmStart *how, const char *state_dir, bool tpm12, GError **err);
/* The run is over, or came to nothing. swtpm goes by itself when QEMU does; one that QEMU never reached is sent away.
 * Does not wait; any thread. uuid: as text. */
void qemu_tpm_stop(const QemuConfig *config, const char *uuid);
/* The secrets of a guest that this host forgets. */
void qemu_tpm_remove_state(const QemuConfig *config, const char *uuid);
