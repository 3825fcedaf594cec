/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a QEMU binary without a machine and puts all questions of caps-parse.c to it in one write.
 * Waits for the answers: worker threads only. No locks.
 */
#pragma once

#include "qemu/caps-private.h"

/* Asks id->path; id is copied into the result. */
QemuCaps *qemu_caps_probe(const QemuCapsId *id, GError **err);
