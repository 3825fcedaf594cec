/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The best CPU that runs on each of several. Pure; any thread. */
#pragma once

#include "model/cpu-doc.h"
#include "qemu/caps.h"

typedef struct {
    const QemuCaps *caps;       /* says what models have */
    bool            by_qemu;    /* made of what this QEMU can give to guests */
    bool            migratable; /* without what keeps a guest on its host */
    bool            expand;     /* with every feature of the model, sorted by name */
} CpuBaseline;

/* docs: CpuDoc, at least one. VIR_ERR_OPERATION_FAILED when they have nothing in common, or are of several vendors. NULL on
 * failure; caller frees. */
DomCpu *cpu_baseline(const CpuBaseline *how, const CpuDoc *docs, guint n, GError **err);
