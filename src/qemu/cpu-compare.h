/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A CPU that somebody asks for against what there is: every feature that is lacking, not the first. Pure; any thread.
 * caps has to be of the accelerator that the guest uses.
 */
#pragma once

#include "model/cpu-doc.h"
#include "qemu/cpu-host.h"

/* What there is. */
typedef struct {
    CpuSet      has;
    const char *vendor; /* "Intel"; NULL, "": none that is known */
} CpuOffer;

/* What a guest can be given; false: QEMU could not say. */
bool cpu_offer_of_qemu(const QemuCaps *caps, CpuOffer *ret_offer);

typedef struct {
    virCPUCompareResult result;
    char               *why; /* when incompatible; the caller frees */
} CpuVerdict;

/* VIR_ERR_INTERNAL_ERROR for names that neither libvirt nor QEMU knows. caps: of any accelerator. */
bool cpu_compare(const CpuOffer *offer, const QemuCaps *caps, const CpuDoc *doc, CpuVerdict *ret_verdict, GError **err);
/* The same words as features of guests and models that are known; unknown ones are left out. */
typedef struct {
    CpuSet force, require, optional, disable, forbid;
} CpuWishes;
/* require: with the model's own. false: the model is not known. */
bool cpu_wishes(const QemuCaps *caps, const DomCpu *cpu, bool of_host, CpuWishes *ret_wishes);
bool cpu_names_are_known(const QemuCaps *caps, const DomCpu *cpu, GError **err);

/* Names of the features that the CPU needs and QEMU cannot give here: of its model as well as its own. Policies as in the
 * XML: disable and optional ask for nothing, force is not compared. The array owns its strings; caller unrefs. */
GPtrArray *cpu_missing_features(const QemuCaps *caps, const DomCpu *cpu);
/* Whether a guest with this CPU may be started. VIR_ERR_CPU_INCOMPATIBLE names everything that is lacking, that policy
 * 'forbid' excludes, or, for match 'strict', that the host has beyond. check='none' asks for no comparison; neither do the
 * modes that mean "what this host has". check='partial' with KVM asks whether the host has it (QEMU then gives what it can, and the
 * live definition says what that is); check='full', as in every guest that migrates, whether QEMU can give it all. */
bool cpu_check(const QemuCaps *caps, const CpuHost *host, const DomCpu *cpu, GError **err);
/* Policy 'optional' decided: the guest has the feature when the host does. */
void cpu_settle_optional(const QemuCaps *caps, DomCpu *cpu);
