/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CPUs compared with the host's, and the best that several have in common. */
#include <stdlib.h>

#include "cpu-docs.h"
#include "shell.h"

#define OPT_CPU_FILE(required) \
    { "file", OPT_STRING, (required) | OPT_FILE, NULL, N_("file with <cpu> elements, or XML of domains or capabilities") }
#define OPTS_HYPERVISOR                                                                              \
    { "virttype", OPT_STRING, 0, NULL, N_("kind of virtualization: qemu, kvm") },                 \
    { "emulator", OPT_STRING, OPT_FILE, NULL, N_("path of the emulator") },                       \
    { "arch", OPT_STRING, 0, NULL, N_("architecture of the guest") },                             \
    { "machine", OPT_STRING, 0, NULL, N_("machine type") }
#define OPTS_COMPARE                                                                                 \
    { "error", OPT_BOOL, 0, NULL, N_("say what is incompatible, as an error") },                  \
    { "validate", OPT_BOOL, 0, NULL, N_("refuse XML that is not understood") }
#define OPTS_BASELINE                                                                                \
    { "features", OPT_BOOL, 0, NULL, N_("list the features of the model, too") },                 \
    { "migratable", OPT_BOOL, 0, NULL, N_("without features that keep a guest on its host") }

static const OptFlag compare_flags[] = {
    { "error", VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE },
    { "validate", VIR_CONNECT_COMPARE_CPU_VALIDATE_XML },
    { NULL, 0 }
};
static const OptFlag baseline_flags[] = {
    { "features", VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES },
    { "migratable", VIR_CONNECT_BASELINE_CPU_MIGRATABLE },
    { NULL, 0 }
};

/* How each result reads, by virCPUCompareResult, then that there is none; %s: the file. */
static const char *const host_results[] = {
    N_("CPU described in %s is incompatible with host CPU\n"),
    N_("CPU described in %s is identical to host CPU\n"),
    N_("Host CPU is a superset of CPU described in %s\n"),
    N_("Failed to compare host CPU with %s"),
};
static const char *const hypervisor_results[] = {
    N_("CPU described in %s is incompatible with the CPU provided by hypervisor on the host\n"),
    N_("CPU described in %s is identical to the CPU provided by hypervisor on the host\n"),
    N_("The CPU provided by hypervisor on the host is a superset of CPU described in %s\n"),
    N_("Failed to compare hypervisor CPU with %s"),
};

static bool
say_result(Shell *sh, const char *path, int result, const char *const *results)
{
    static const char *const words[] = { "incompatible", "identical", "superset" };

    if (result < VIR_CPU_COMPARE_INCOMPATIBLE || result > VIR_CPU_COMPARE_SUPERSET) {
        complain(_(results[VIR_CPU_COMPARE_SUPERSET + 1]), path);
        return false;
    }
    json_string(sh, "result", words[result]);
    print(sh, _(results[result]), path);
    return result != VIR_CPU_COMPARE_INCOMPATIBLE;
}

static const OptDef compare_options[] = { OPT_CPU_FILE(OPT_REQUIRED), OPTS_COMPARE, OPT_END };

static bool
run_compare(Shell *sh, const Cmd *cmd)
{
    const char *path = opt_string(cmd, "file");
    g_autoptr(GPtrArray) docs = cpu_docs_of_file(path);

    return docs && say_result(sh, path, virConnectCompareCPU(sh->conn, docs->pdata[0], opt_flags(cmd, compare_flags)),
                              host_results);
}

static const OptDef hypervisor_compare_options[] = { OPT_CPU_FILE(OPT_REQUIRED), OPTS_HYPERVISOR, OPTS_COMPARE, OPT_END };

static bool
run_hypervisor_compare(Shell *sh, const Cmd *cmd)
{
    const char *path = opt_string(cmd, "file");
    g_autoptr(GPtrArray) docs = cpu_docs_of_file(path);

    return docs && say_result(sh, path,
                              virConnectCompareHypervisorCPU(sh->conn, opt_string(cmd, "emulator"), opt_string(cmd, "arch"),
                                                             opt_string(cmd, "machine"), opt_string(cmd, "virttype"),
                                                             docs->pdata[0], opt_flags(cmd, compare_flags)),
                              hypervisor_results);
}

static bool
hand_over_cpu(Shell *sh, char *xml)
{
    if (xml == NULL)
        return false;
    text(sh, "xml", xml);
    free(xml);
    return true;
}

static const OptDef baseline_options[] = { OPT_CPU_FILE(OPT_REQUIRED), OPTS_BASELINE, OPT_END };

static bool
run_baseline(Shell *sh, const Cmd *cmd)
{
    g_autoptr(GPtrArray) docs = cpu_docs_of_file(opt_string(cmd, "file"));

    return docs && hand_over_cpu(sh, virConnectBaselineCPU(sh->conn, (const char **)docs->pdata, docs->len,
                                                           opt_flags(cmd, baseline_flags)));
}

static const OptDef hypervisor_baseline_options[] = {
    OPT_CPU_FILE(0), OPTS_HYPERVISOR, OPTS_BASELINE,
    { "model", OPT_STRING, OPT_BY_NAME, NULL, N_("one CPU model, instead of a file") },
    OPT_END
};

/* The file's, or one of the model's; NULL after saying why. */
static GPtrArray *
find_cpus(const Cmd *cmd)
{
    const char *path = opt_string(cmd, "file"), *model = opt_string(cmd, "model");
    GPtrArray *docs;

    if (!opt_exclusive(cmd, "file", "model"))
        return NULL;
    if (path)
        return cpu_docs_of_file(path);
    if (!model) {
        complain(_("Either --file or --model must be provided"));
        return NULL;
    }
    docs = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(docs, g_markup_printf_escaped("<cpu mode='custom' match='exact'><model>%s</model></cpu>", model));
    return docs;
}

static bool
run_hypervisor_baseline(Shell *sh, const Cmd *cmd)
{
    g_autoptr(GPtrArray) docs = find_cpus(cmd);

    return docs && hand_over_cpu(sh, virConnectBaselineHypervisorCPU(
                                         sh->conn, opt_string(cmd, "emulator"), opt_string(cmd, "arch"),
                                         opt_string(cmd, "machine"), opt_string(cmd, "virttype"),
                                         (const char **)docs->pdata, docs->len, opt_flags(cmd, baseline_flags)));
}

const CmdDef cmds_cpu[] = {
    { "cpu-baseline", baseline_options, run_baseline, N_("the best CPU that hosts have in common"),
      N_("Compute the best CPU that each of the hosts has whose capabilities are in the file."), 0 },
    { "cpu-compare", compare_options, run_compare, N_("compare a CPU with the host's"),
      N_("Say whether the host's CPU is, or has more than, the CPU in the file. Exit status 1 when it lacks something."), 0 },
    { "hypervisor-cpu-baseline", hypervisor_baseline_options, run_hypervisor_baseline,
      N_("the best CPU in common that a hypervisor can give"),
      N_("Compute the best CPU that the CPUs in the file have in common, made of what the hypervisor can give to guests."), 0 },
    { "hypervisor-cpu-compare", hypervisor_compare_options, run_hypervisor_compare,
      N_("compare a CPU with what a hypervisor can give"),
      N_("Say whether the hypervisor can give its guests the CPU in the file. Exit status 1 when it cannot."), 0 },
    { NULL }
};
