/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this host and its QEMU binaries can do, as the XML documents of libvirt's API describe it. Built from host.h
 * and the capability cache; may probe a binary the first time (a fraction of a second): worker threads only, except
 * host_max_vcpus().
 */
#pragma once

#include "qemu/caps-cache.h"
#include "qemu/config.h"
#include "qemu/host.h"

/* virConnectGetCapabilities. Caller frees. */
char *host_capabilities_xml(const QemuConfig *config, QemuCapsCache *cache, GError **err);
/* virConnectGetDomainCapabilities: absent members of in get the host's defaults. Caller frees. */
char *host_domain_capabilities_xml(QemuCapsCache *cache, const DomCapsIn *in, GError **err);
/* virConnectGetVersion: of the emulator that a domain without <emulator> gets. */
bool host_hypervisor_version(QemuCapsCache *cache, guint64 *ret_version, GError **err);
/* virConnectGetCPUModelNames. */
bool host_cpu_model_names(QemuCapsCache *cache, const CpuModelsIn *in, StrListOut *out, GError **err);
/* virConnectCompareCPU: VIR_CPU_COMPARE_*. */
bool host_compare_cpu(QemuCapsCache *cache, const CompareCpuIn *in, gint32 *ret_result, GError **err);
/* virConnectCompareHypervisorCPU: with what its guests can be given. */
bool host_compare_hypervisor_cpu(QemuCapsCache *cache, const CompareHypervisorCpuIn *in, gint32 *ret_result, GError **err);
/* virConnectBaselineCPU, virConnectBaselineHypervisorCPU: a <cpu> element. Caller frees. */
char *host_baseline_cpu(QemuCapsCache *cache, const BaselineCpuIn *in, GError **err);
char *host_baseline_hypervisor_cpu(QemuCapsCache *cache, const BaselineHypervisorCpuIn *in, GError **err);
/* virConnectGetMaxVcpus: type "kvm", "qemu" or NULL. */
bool host_max_vcpus(const char *type, gint32 *ret_max, GError **err);
