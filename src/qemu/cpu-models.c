/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu-models.h"

#include <stdio.h>
#include <string.h>

#include "qemu/cpu-features.h"
#include "qemu/cpu-map.h"

#define NEHALEM "6/26 6/30 6/31 6/46"
#define SANDY_BRIDGE "6/42 6/45"
#define IVY_BRIDGE "6/58 6/62"
#define HASWELL "6/60 6/63 6/69 6/70"
#define BROADWELL "6/61 6/71 6/79 6/86"
#define SKYLAKE "6/94 6/78 6/142 6/158"

/* The order counts: of two models that describe a CPU equally well the later one is taken. */
const CpuModel cpu_models[] = {
    { "486", "", true, true },
    { "pentium", "", true, true },
    { "pentium2", "", true, true },
    { "pentium3", "", true, true },
    { "pentiumpro", "", true, true },
    { "coreduo", "", true, true },
    { "n270", "", true, true },
    { "core2duo", "", true, true },
    { "qemu32", "", true, true },
    { "kvm32", "", true, true },
    { "cpu64-rhel5", "", false, false },
    { "cpu64-rhel6", "", false, false },
    { "qemu64", "", true, true },
    { "kvm64", "", true, true },
    { "Conroe", "6/15 6/22", true, true },
    { "Penryn", "6/23 6/29", true, true },
    { "Nehalem", NEHALEM, true, true },
    { "Nehalem-IBRS", NEHALEM, true, true },
    { "Westmere", "6/44 6/47 6/37", true, true },
    { "Westmere-IBRS", "6/44", true, true },
    { "SandyBridge", SANDY_BRIDGE, true, true },
    { "SandyBridge-IBRS", SANDY_BRIDGE, true, true },
    { "IvyBridge", IVY_BRIDGE, true, true },
    { "IvyBridge-IBRS", IVY_BRIDGE, true, true },
    { "Haswell-noTSX", HASWELL, true, true },
    { "Haswell-noTSX-IBRS", HASWELL, true, true },
    { "Haswell", HASWELL, true, true },
    { "Haswell-IBRS", HASWELL, true, true },
    { "Broadwell-noTSX", BROADWELL, true, true },
    { "Broadwell-noTSX-IBRS", BROADWELL, true, true },
    { "Broadwell", BROADWELL, true, true },
    { "Broadwell-IBRS", BROADWELL, true, true },
    { "Skylake-Client", SKYLAKE, true, true },
    { "Skylake-Client-IBRS", SKYLAKE, true, true },
    { "Skylake-Client-noTSX-IBRS", SKYLAKE, true, false },
    { "Skylake-Server", "6/85:0-4", true, true },
    { "Skylake-Server-IBRS", "6/85:0-4", true, true },
    { "Skylake-Server-noTSX-IBRS", "6/85:0-4", true, false },
    { "Cascadelake-Server", "6/85:5-7", true, true },
    { "Cascadelake-Server-noTSX", "6/85:5-7", true, false },
    { "Icelake-Client", "6/126", true, true },
    { "Icelake-Client-noTSX", "6/126", true, false },
    { "Icelake-Server", "6/106", true, true },
    { "Icelake-Server-noTSX", "6/106", true, false },
    { "Cooperlake", "6/85:10-11", true, true },
    { "Snowridge", "6/134", true, true },
    { "athlon", "", true, true },
    { "phenom", "", true, true },
    { "Opteron_G1", "15/6", true, true },
    { "Opteron_G2", "15/6", true, true },
    { "Opteron_G3", "15/6", true, true },
    { "Opteron_G4", "21/1", true, true },
    { "Opteron_G5", "21/2", true, true },
    { "EPYC", "23/1", true, true },
    { "EPYC-IBPB", "23/1", true, true },
    { "EPYC-Rome", "23/49", true, true },
    { "EPYC-Milan", "25/1", true, true },
    { "Dhyana", "24/0", true, true },
};
const guint cpu_n_models = G_N_ELEMENTS(cpu_models);

/* Models that today's QEMUs do not have, by the difference to one that they do have. */
static const struct { const char *model, *base, *words; } gone[] = {
    { "pentiumpro", "qemu32", "-pni" },
    { "cpu64-rhel5", "Opteron_G1", "" },
    { "cpu64-rhel6", "kvm64", "+lahf_lm" },
    { "Icelake-Client", "Icelake-Server",
      "-pdpe1gb -avx512vl -avx512f -avx512bw -clflushopt -la57 -clwb -avx512dq -avx512cd" },
    { "Icelake-Client-noTSX", "Icelake-Server-noTSX",
      "-pdpe1gb -avx512vl -avx512f -avx512bw -clflushopt -la57 -clwb -avx512dq -avx512cd" },
};

const CpuModel *
cpu_model_find(const char *name)
{
    for (guint i = 0; i < cpu_n_models; i++)
        if (g_str_equal(cpu_models[i].name, name))
            return &cpu_models[i];
    return NULL;
}

bool
cpu_model_is_signed(const CpuModel *model, const CpuSignature *signature)
{
    for (const char *at = model->signatures; *at; at += strcspn(at, " "), at += *at == ' ') {
        guint family, number, low = 0, high = G_MAXUINT;

        if (sscanf(at, "%u/%u:%u-%u", &family, &number, &low, &high) >= 2 && family == signature->family &&
            number == signature->model && signature->stepping >= low && signature->stepping <= high)
            return true;
    }
    return false;
}

const char *
cpu_model_maker(const char *name)
{
    const char *vendor = cpu_model_vendor(name);

    return g_str_equal(vendor, "unknown") ? NULL : vendor;
}

static void
apply_words(const char *words, CpuSet *set)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);

    for (char **word = list; *word; word++) {
        CpuSet one = { 0 };

        if (**word == '\0' || !cpu_set_add_name(&one, *word + 1))
            continue;
        if (**word == '+')
            cpu_set_unite(set, &one);
        else
            cpu_set_subtract(set, &one);
    }
}

bool
cpu_model_set(const QemuCaps *caps, const char *name, CpuSet *ret_set)
{
    const QemuCpu *cpu = qemu_caps_find_cpu(caps, name);
    CpuSet set = { 0 };

    for (guint i = 0; !cpu && i < G_N_ELEMENTS(gone); i++) {
        if (!g_str_equal(gone[i].model, name))
            continue;
        if (!cpu_model_set(caps, gone[i].base, &set))
            return false;
        apply_words(gone[i].words, &set);
        *ret_set = set;
        return true;
    }
    if (!cpu || !cpu->features)
        return false;
    for (guint i = 0; i < cpu_map_n_features; i++)
        if (cpu_map_model_has(name, cpu_map_features[i], g_hash_table_contains(cpu->features, cpu_map_features[i])))
            cpu_set_add(&set, i);
    *ret_set = set;
    return true;
}
