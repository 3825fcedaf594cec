/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processors of this host, as they say of themselves: more than a hypervisor may hand on to its guests. Any thread. */
#pragma once

#include "qemu/cpu-models.h"

typedef struct {
    CpuSet       has;
    const char  *vendor;        /* "Intel"; "": none that has models */
    CpuSignature signature;
    guint        address_bits;  /* physical; 0: not known */
} CpuHost;

/* Read once; all empty where the processors are not x86. */
const CpuHost *cpu_host(void);

/* Where the facts come from: eax, ebx, ecx, edx of a leaf; a model specific register. false: it is not there. */
typedef struct {
    bool (*cpuid)(guint32 leaf, guint32 sub, guint32 ret_regs[4]);
    bool (*msr)(guint32 index, guint64 *ret_value);
} CpuHostSource;
extern const CpuHostSource cpu_host_source; /* cpu-host-x86.c, or cpu-host-other.c */
/* Index in cpu_map_features of a bit of CPUID, reg 0 to 3 for eax to edx; -1: it has no name. */
gint cpu_host_feature(guint32 leaf, guint32 sub, guint reg, guint bit);
void cpu_host_read(const CpuHostSource *source, CpuHost *ret_host);

/* The host's time stamp counter as KVM sees it; false: it does not say. */
bool cpu_host_tsc(guint64 *ret_hz, bool *ret_scales);
