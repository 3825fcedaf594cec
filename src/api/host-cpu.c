/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CPU models, and CPUs compared with the host or with each other. */
#include "api/rim.h"
#include "util/err.h"

/**
 * virConnectCompareCPU:
 * @conn: a connection
 * @xmlDesc: a <cpu> element, as in a domain's description or the host's capabilities
 * @flags: virConnectCompareCPUFlags
 *
 * Returns a virCPUCompareResult; VIR_CPU_COMPARE_ERROR (-1) on error.
 *
 * Since: 0.7.5; procedure 158
 */
int
virConnectCompareCPU(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    CompareCpuIn in = { (char *)xmlDesc, flags };
    I32Out out = { 0 };

    if (!api_need(&call, xmlDesc) || !api_verb(&call, VERB_connect_compare_cpu, &in, &out)) {
        api_fail(&call);
        return VIR_CPU_COMPARE_ERROR;
    }
    return out.value;
}

/**
 * virConnectCompareHypervisorCPU:
 * @conn: a connection
 * @emulator: path of the emulator; NULL: the host's default
 * @arch: "x86_64"; NULL: the host's
 * @machine: machine type; NULL: the emulator's default
 * @virttype: "kvm" or "qemu"; NULL: the best there is
 * @xmlCPU: a <cpu> element, as in a domain's description or the host's capabilities
 * @flags: virConnectCompareCPUFlags
 *
 * Compares a CPU with what that hypervisor can give to its guests, which may be less than the host's CPU is, or, where the
 * CPU is emulated, something else.
 *
 * Returns a virCPUCompareResult; VIR_CPU_COMPARE_ERROR (-1) on error.
 *
 * Since: 4.4.0; procedure 393
 */
int
virConnectCompareHypervisorCPU(virConnectPtr conn, const char *emulator, const char *arch, const char *machine,
                               const char *virttype, const char *xmlCPU, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    CompareHypervisorCpuIn in = { (char *)emulator, (char *)arch, (char *)machine, (char *)virttype, (char *)xmlCPU, flags };
    I32Out out = { 0 };

    if (!api_need(&call, xmlCPU) || !api_verb(&call, VERB_connect_compare_hypervisor_cpu, &in, &out)) {
        api_fail(&call);
        return VIR_CPU_COMPARE_ERROR;
    }
    return out.value;
}

static bool
check_cpus(ApiCall *call, const char **xmlCPUs, unsigned int ncpus)
{
    if (!api_need(call, xmlCPUs))
        return false;
    for (unsigned int i = 0; i < ncpus; i++)
        if (!xmlCPUs[i])
            return api_refuse_argument(call, "xmlCPUs", _("xmlCPUs[%u] in %s must not be NULL"), i, call->function);
    return true;
}

/**
 * virConnectBaselineCPU:
 * @conn: a connection
 * @xmlCPUs: <cpu> elements of hosts, as their capabilities have them
 * @ncpus: how many
 * @flags: virConnectBaselineCPUFlags
 *
 * Finds the best CPU that each of the given hosts has: a guest with it can run on, and move between, all of them. With
 * VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES the features of the model are listed too; with
 * VIR_CONNECT_BASELINE_CPU_MIGRATABLE those that keep a guest on its host are left out.
 *
 * Returns a <cpu> element for a domain's description, freed by the caller; NULL on error: when the CPUs have nothing in
 * common, or are of different vendors.
 *
 * Since: 0.7.7; procedure 162
 */
char *
virConnectBaselineCPU(virConnectPtr conn, const char **xmlCPUs, unsigned int ncpus, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    BaselineCpuIn in = { .cpus = { (char **)xmlCPUs, ncpus }, .flags = flags };
    TextOut out = { 0 };

    if (!check_cpus(&call, xmlCPUs, ncpus) || !api_verb(&call, VERB_connect_baseline_cpu, &in, &out))
        return api_fail_null(&call);
    return out.text;
}

/**
 * virConnectBaselineHypervisorCPU:
 * @conn: a connection
 * @emulator: path of the emulator; NULL: the host's default
 * @arch: "x86_64"; NULL: the host's
 * @machine: machine type; NULL: the emulator's default
 * @virttype: "kvm" or "qemu"; NULL: the best there is
 * @xmlCPUs: <cpu> elements: of hosts, of domains, or the host-model of domain capabilities
 * @ncpus: how many
 * @flags: virConnectBaselineCPUFlags
 *
 * Like virConnectBaselineCPU(), made of what that hypervisor has models for; what of a model it cannot give on this host
 * is switched off by name.
 *
 * Returns a <cpu> element for a domain's description, freed by the caller; NULL on error.
 *
 * Since: 4.4.0; procedure 394
 */
char *
virConnectBaselineHypervisorCPU(virConnectPtr conn, const char *emulator, const char *arch, const char *machine,
                                const char *virttype, const char **xmlCPUs, unsigned int ncpus, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    BaselineHypervisorCpuIn in = { (char *)emulator, (char *)arch, (char *)machine, (char *)virttype,
                                   { (char **)xmlCPUs, ncpus }, flags };
    TextOut out = { 0 };

    if (!check_cpus(&call, xmlCPUs, ncpus) || !api_verb(&call, VERB_connect_baseline_hypervisor_cpu, &in, &out))
        return api_fail_null(&call);
    return out.text;
}

/**
 * virConnectGetCPUModelNames:
 * @conn: a connection
 * @arch: "x86_64"
 * @models: set to a NULL-terminated list of names, list and names freed by the caller; NULL: only count
 * @flags: none yet: 0
 *
 * Returns how many CPU models are known for @arch, or -1.
 *
 * Since: 1.1.3; procedure 312
 */
int
virConnectGetCPUModelNames(virConnectPtr conn, const char *arch, char ***models, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    CpuModelsIn in = { .arch = (char *)arch, .need_results = models != NULL, .flags = flags };
    StrListOut out = { 0 };

    if (models)
        *models = NULL;
    if (!api_need(&call, arch) || !api_verb(&call, VERB_connect_get_cpu_model_names, &in, &out))
        return api_fail(&call);
    return api_take_strings(&out, models);
}
