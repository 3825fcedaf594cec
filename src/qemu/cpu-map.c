/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu-map.h"

#include <string.h>

#include "qemu/cpu-set.h"

/* By the CPUID leaf and register, or MSR, that a feature is a bit of. */
const char *const cpu_map_features[] = {
    /* 1 edx */
    "fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "sep", "mtrr", "pge", "mca", "cmov",
    "pat", "pse36", "pn", "clflush", "ds", "acpi", "mmx", "fxsr", "sse", "sse2", "ss", "ht", "tm", "ia64", "pbe",
    /* 1 ecx */
    "pni", "pclmuldq", "dtes64", "monitor", "ds_cpl", "vmx", "smx", "est", "tm2", "ssse3", "cid", "fma", "cx16",
    "xtpr", "pdcm", "pcid", "dca", "sse4.1", "sse4.2", "x2apic", "movbe", "popcnt", "tsc-deadline", "aes", "xsave",
    "osxsave", "avx", "f16c", "rdrand", "hypervisor",
    /* 6 eax */
    "arat",
    /* 7 ebx */
    "fsgsbase", "tsc_adjust", "sgx", "bmi1", "hle", "avx2", "smep", "bmi2", "erms", "invpcid", "rtm", "cmt", "mpx",
    "avx512f", "avx512dq", "rdseed", "adx", "smap", "avx512ifma", "pcommit", "clflushopt", "clwb", "intel-pt",
    "avx512pf", "avx512er", "avx512cd", "sha-ni", "avx512bw", "avx512vl",
    /* 7 ecx */
    "avx512vbmi", "umip", "pku", "ospke", "waitpkg", "avx512vbmi2", "gfni", "vaes", "vpclmulqdq", "avx512vnni",
    "avx512bitalg", "avx512-vpopcntdq", "la57", "rdpid", "bus-lock-detect", "cldemote", "movdiri", "movdir64b",
    "sgxlc", "pks",
    /* 7 edx */
    "avx512-4vnniw", "avx512-4fmaps", "fsrm", "avx512-vp2intersect", "md-clear", "serialize", "tsx-ldtrk",
    "pconfig", "arch-lbr", "amx-bf16", "avx512-fp16", "amx-tile", "amx-int8", "spec-ctrl", "stibp",
    "arch-capabilities", "core-capability", "ssbd",
    /* 7.1 eax */
    "avx-vnni", "avx512-bf16",
    /* d.1 eax */
    "xsaveopt", "xsavec", "xgetbv1", "xsaves", "xfd",
    /* f.1 edx */
    "mbm_total", "mbm_local",
    /* 12 eax */
    "sgx1", "sgx2", "sgx-exinfo", "sgx-debug", "sgx-mode64", "sgx-provisionkey", "sgx-tokenkey", "sgx-kss",
    /* 14 ecx */
    "intel-pt-lip",
    /* 80000001 edx */
    "syscall", "nx", "mmxext", "fxsr_opt", "pdpe1gb", "rdtscp", "lm", "3dnowext", "3dnow",
    /* 80000001 ecx */
    "lahf_lm", "cmp_legacy", "svm", "extapic", "cr8legacy", "abm", "sse4a", "misalignsse", "3dnowprefetch", "osvw",
    "ibs", "xop", "skinit", "wdt", "lwp", "fma4", "tce", "cvt16", "nodeid_msr", "tbm", "topoext", "perfctr_core",
    "perfctr_nb",
    /* 80000007 edx */
    "invtsc",
    /* 80000008 ebx */
    "clzero", "xsaveerptr", "wbnoinvd", "ibpb", "ibrs", "amd-stibp", "amd-ssbd", "virt-ssbd", "amd-no-ssb",
    /* 8000000a edx */
    "npt", "lbrv", "svm-lock", "nrip-save", "tsc-scale", "vmcb-clean", "flushbyasid", "decodeassists",
    "pause-filter", "pfthreshold", "avic", "v-vmsave-vmload", "vgif", "svme-addr-chk",
    /* MSR 10a */
    "rdctl-no", "ibrs-all", "rsba", "skip-l1dfl-vmentry", "ssb-no", "mds-no", "pschange-mc-no", "tsx-ctrl",
    "taa-no",
    /* MSR cf */
    "split-lock-detect",
};
const guint cpu_map_n_features = G_N_ELEMENTS(cpu_map_features);
G_STATIC_ASSERT(G_N_ELEMENTS(cpu_map_features) <= CPU_SET_WORDS * 64);

/* Where libvirt's model differs from QEMU's of the same name: '+' libvirt's has it, '-' it has not. By accelerator and
 * machine type QEMU turns some features on or off in every model (vme, x2apic, svm, ...): what libvirt says does not
 * depend on them. The first row with the model's name, or with the part before '*', counts. */
static const struct { const char *model, *words; } models[] = {
    { "486", "+vme -x2apic" },
    { "Broadwell*", "-vme -f16c -rdrand -arat -xsaveopt -abm" },
    { "Haswell*", "-vme -f16c -rdrand -arat -xsaveopt -abm" },
    { "Cascadelake-Server-noTSX", "+vme +mpx -pku -arch-capabilities -rdctl-no -ibrs-all -skip-l1dfl-vmentry -mds-no" },
    { "Cascadelake-Server", "+vme +mpx -pku" },
    { "Skylake-Server-*", "+vme +mpx -pku" },
    { "Skylake-Server", "+vme +mpx -clflushopt -pku" },
    { "Skylake-Client*", "+vme +mpx" },
    { "Icelake-Server*", "+vme +mpx" },
    { "Cooperlake", "+vme" },
    { "Snowridge", "+vme -monitor -mpx" },
    { "IvyBridge*", "+vme -arat -xsaveopt" },
    { "SandyBridge*", "-vme -arat -xsaveopt" },
    { "Westmere*", "-vme -pclmuldq -x2apic -arat" },
    { "Nehalem*", "-vme -x2apic" },
    { "Penryn", "-vme -x2apic" },
    { "Conroe", "-vme -x2apic" },
    { "kvm32", "-vme -x2apic" },
    { "kvm64", "-vme -x2apic" },
    { "qemu32", "-x2apic" },
    { "qemu64", "-x2apic -lahf_lm +svm" },
    { "EPYC-Milan", "+vme -monitor -x2apic +svm -topoext +npt +nrip-save +svme-addr-chk" },
    { "EPYC-Rome", "+vme -monitor -x2apic -xsaves +svm -topoext +npt +nrip-save" },
    { "EPYC", "+vme -monitor -x2apic +svm -topoext -npt -nrip-save" },
    { "EPYC-IBPB", "+vme -monitor -x2apic +svm -topoext -npt -nrip-save" },
    { "Dhyana", "+vme -monitor -x2apic +svm -topoext -npt -nrip-save" },
    { "Opteron_G1", "-vme -x2apic" },
    { "Opteron_G2", "-vme -x2apic +rdtscp +svm" },
    { "Opteron_G3", "-vme -monitor -x2apic +svm" },
    { "Opteron_G*", "-vme -x2apic +svm -npt -nrip-save" },
    { "phenom", "-vme +monitor -cx16 -x2apic -popcnt -pdpe1gb -rdtscp -lahf_lm +svm -abm -sse4a -npt" },
    { "athlon", "+vme -mca -x2apic" },
    { "core2duo", "+vme -acpi -ss +monitor -cx16 -x2apic -lahf_lm" },
    { "coreduo", "+vme -acpi -ss +monitor -x2apic" },
    { "n270", "+vme -acpi -ss +monitor -x2apic -movbe -lahf_lm" },
    { "pentium*", "+vme -apic -x2apic" },
};

static gpointer
make_index(gpointer unused)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < cpu_map_n_features; i++)
        g_hash_table_insert(index, (gpointer)cpu_map_features[i], GUINT_TO_POINTER(i + 1));
    return index;
}

gint
cpu_map_index(const char *feature)
{
    static GOnce once = G_ONCE_INIT;

    return GPOINTER_TO_INT(g_hash_table_lookup(g_once(&once, make_index, NULL), feature)) - 1;
}

const char *
cpu_map_intern(const char *feature)
{
    const gint i = cpu_map_index(feature);

    return i < 0 ? NULL : cpu_map_features[i];
}

static bool
is_model(const char *pattern, const char *model)
{
    const size_t len = strcspn(pattern, "*");

    return strncmp(pattern, model, len) == 0 && (pattern[len] == '*' || model[len] == '\0');
}

static const char *
words_of(const char *model)
{
    for (guint i = 0; i < G_N_ELEMENTS(models); i++)
        if (is_model(models[i].model, model))
            return models[i].words;
    return "";
}

bool
cpu_map_model_has(const char *model, const char *feature, bool by_qemu)
{
    const size_t len = strlen(feature);

    if (g_str_equal(feature, "hypervisor")) /* QEMU sets it in all, libvirt in none */
        return false;
    for (const char *at = words_of(model); *at; at += strcspn(at, " "), at += *at == ' ')
        if (strncmp(at + 1, feature, len) == 0 && (at[len + 1] == ' ' || at[len + 1] == '\0'))
            return *at == '+';
    return by_qemu;
}

const char *
cpu_map_switched_off(const char *model)
{
    static const struct { const char *model, *feature; } rows[] = {
        { "Dhyana", "monitor" }, { "EPYC", "monitor" }, { "EPYC-IBPB", "monitor" }, { "Opteron_G3", "monitor" },
        { "Icelake-Client*", "intel-pt" }, { "Icelake-Server*", "intel-pt" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        if (is_model(rows[i].model, model))
            return rows[i].feature;
    return NULL;
}

bool
cpu_map_is_idle(const char *feature)
{
    static const char *const names[] = { "cmt", "mbm_local", "mbm_total", "osxsave", "ospke", "pconfig" };

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(names[i], feature))
            return true;
    return false;
}
