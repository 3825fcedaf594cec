/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU models that libvirt 9.0 knows, oldest first: what a CPU description that is exchanged with a libvirt may be made
 * of. Pure; any thread.
 */
#pragma once

#include "qemu/caps.h"
#include "qemu/cpu-set.h"

/* As CPUID tells them; family 0: not known. */
typedef struct {
    guint family, model, stepping;
} CpuSignature;

typedef struct {
    const char *name;
    const char *signatures; /* "6/85:0-4 6/86": processors sold as this model */
    bool        for_host;   /* may describe a host's CPU; */
    bool        for_guest;  /* may be chosen for a guest */
} CpuModel;

extern const CpuModel cpu_models[];
extern const guint    cpu_n_models;

/* NULL: libvirt knows no model of that name. */
const CpuModel *cpu_model_find(const char *name);
bool cpu_model_is_signed(const CpuModel *model, const CpuSignature *signature);
/* "Intel"; NULL: it imitates no vendor's. */
const char *cpu_model_maker(const char *name);

/* What libvirt means by the model, from what the QEMU of caps (of either accelerator) means by it. Also models that only
 * one of the two knows. false: neither does, or QEMU did not describe it. */
bool cpu_model_set(const QemuCaps *caps, const char *name, CpuSet *ret_set);
