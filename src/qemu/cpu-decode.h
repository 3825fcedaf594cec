/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A set of CPU features as a named model with differences, chosen by libvirt's rules: both have to give the same answer
 * for a CPU to mean the same on either side. Pure; any thread.
 */
#pragma once

#include "model/dom-def.h"
#include "qemu/cpu-models.h"

typedef struct {
    const QemuCaps *caps;      /* says what the models have */
    bool            by_qemu;   /* only models of its QEMU; what of one cannot be had here is switched off */
    bool            of_host;   /* the CPU of a host, which lacks nothing of its model */
    const char     *vendor;    /* "Intel"; "": a vendor without models; NULL: any */
    CpuSignature    signature; /* models sold under it come first */
    const char     *preferred; /* taken when it is possible at all; NULL: none */
} CpuDecode;

typedef struct {
    const CpuModel *model;
    CpuSet          require, disable; /* beyond the model; what is taken away from it */
    const char     *switched_off;     /* disabled after all others: cpu_map_switched_off(); or NULL */
} CpuDecoded;

/* false: no model fits. */
bool cpu_decode(const CpuDecode *how, const CpuSet *has, CpuDecoded *ret);
/* Model and features of a cpu that has none yet. */
void cpu_decoded_write(const CpuDecoded *decoded, DomCpu *cpu);
