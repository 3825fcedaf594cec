/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU that several hosts have in common, and what a host says of itself. What a user loses when this fails: guests that
 * can move within his cluster, and the same answer whether libvirt is asked or we are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* util/err.h has its own */

#include <string.h>

#include "qemu/caps-private.h"
#include "qemu/cpu-baseline.h"
#include "qemu/cpu-decode.h"
#include "qemu/cpu-host.h"
#include "qemu/cpu-map.h"
#include "util/err.h"

#define BASE "fpu sse sse2 lm"

static const struct { const char *name, *has, *missing; } models[] = {
    { "kvm64", BASE " pni", "" },
    { "Nehalem", BASE " pni popcnt", "" },
    { "Westmere", BASE " pni popcnt aes", "" },
    { "SandyBridge", BASE " pni popcnt aes avx xsave", "xsave" },
    { "Haswell-noTSX", BASE " pni popcnt aes avx xsave avx2", "xsave avx2" },
    { "Haswell", BASE " pni popcnt aes avx xsave avx2 hle rtm", "xsave avx2" },
    { "EPYC", BASE " pni popcnt aes avx xsave avx2 sse4a", "sse4a" },
};

static int
make_caps(void **state)
{
    QemuCaps *caps = qemu_caps_new();

    for (guint i = 0; i < G_N_ELEMENTS(models); i++) {
        QemuCpu *cpu = g_new0(QemuCpu, 1);
        g_auto(GStrv) has = g_strsplit(models[i].has, " ", -1), missing = g_strsplit(models[i].missing, " ", -1);

        cpu->name = g_strdup(models[i].name);
        cpu->missing = g_ptr_array_new_with_free_func(g_free);
        cpu->features = g_hash_table_new(g_str_hash, g_str_equal);
        for (char **at = has; *at; at++)
            g_hash_table_add(cpu->features, (gpointer)cpu_map_intern(*at));
        for (char **at = missing; *at; at++)
            if (**at)
                g_ptr_array_add(cpu->missing, g_strdup(*at));
        g_ptr_array_add(caps->cpus, cpu);
    }
    *state = caps;
    return 0;
}

static int
free_caps(void **state)
{
    qemu_caps_unref(*state);
    return 0;
}

#define HOST(model, rest) "<cpu><arch>x86_64</arch><model>" model "</model>" rest "</cpu>"
#define HAS(name) "<feature name='" name "'/>"
#define VENDOR(name) "<vendor>" name "</vendor>"
enum { HYPERVISOR = 1, MIGRATABLE = 2, EXPAND = 4 };

static const struct {
    int         how;
    const char *cpus[3];
    const char *answer; /* "vendor model fallback +feature -feature" */
    int         code;   /* or an error */
} baselines[] = {
    { 0, { HOST("Haswell", ""), HOST("Haswell-noTSX", "") }, "Haswell-noTSX allow", 0 },
    { 0, { HOST("Haswell", VENDOR("Intel")), HOST("Haswell", VENDOR("Intel")) }, "Intel Haswell forbid", 0 },
    { 0, { HOST("Haswell", VENDOR("Intel")), HOST("Haswell", "") }, "Haswell forbid", 0 },
    { 0, { HOST("Haswell", HAS("f16c")), HOST("SandyBridge", HAS("f16c")) }, "SandyBridge allow +f16c", 0 },
    { 0, { HOST("EPYC", "") }, "EPYC forbid -monitor", 0 },
    { 0, { HOST("Nehalem", HAS("invtsc") HAS("cmt") HAS("osxsave")) }, "Nehalem forbid +invtsc", 0 },
    { MIGRATABLE, { HOST("Nehalem", HAS("invtsc") HAS("xsaves")) }, "Nehalem forbid", 0 },
    { MIGRATABLE | HYPERVISOR, { HOST("Nehalem", HAS("invtsc") HAS("xsaves")) }, "Nehalem forbid +xsaves", 0 },
    { EXPAND, { HOST("Nehalem", HAS("avx")) }, "Nehalem forbid +avx +fpu +lm +pni +popcnt +sse +sse2", 0 },
    { HYPERVISOR, { HOST("SandyBridge", ""), "<cpu match='exact'><model>Haswell</model></cpu>" }, "Westmere forbid +xsave +avx", 0 },
    { HYPERVISOR, { "<cpu><model>Haswell</model><feature policy='disable' name='aes'/></cpu>" },
      "Haswell forbid -aes -xsave -avx2", 0 },
    { HYPERVISOR, { "<cpu><model>Nehalem</model><feature policy='optional' name='aes'/><feature policy='force' name='hle'/></cpu>" },
      "Nehalem forbid +hle", 0 },
    { 0, { HOST("Haswell", VENDOR("Intel")), HOST("Haswell", VENDOR("AMD")) }, NULL, VIR_ERR_OPERATION_FAILED },
    { 0, { HOST("kvm64", VENDOR("Intel")), HOST("EPYC", "") }, NULL, VIR_ERR_OPERATION_FAILED },
    { 0, { HOST("kvm64", VENDOR("Acme")) }, NULL, VIR_ERR_OPERATION_FAILED },
    { 0, { HOST("no-such", "") }, NULL, VIR_ERR_INTERNAL_ERROR },
    { 0, { HOST("Haswell", HAS("no-such")) }, NULL, VIR_ERR_INTERNAL_ERROR },
    { 0, { "<cpu><arch>aarch64</arch><model>cortex-a53</model></cpu>" }, NULL, VIR_ERR_NO_SUPPORT },
    { HYPERVISOR, { "<cpu mode='host-model'/>" }, NULL, VIR_ERR_INVALID_ARG },
    { HYPERVISOR, { NULL }, NULL, VIR_ERR_INVALID_ARG },
};

static char *
in_words(const DomCpu *cpu)
{
    GString *words = g_string_new(NULL);
    DomCpuFeature *feature;

    if (cpu->vendor)
        g_string_append_printf(words, "%s ", cpu->vendor);
    g_string_append_printf(words, "%s %s", cpu->model, cpu->fallback == DOM_CPU_FALLBACK_FORBID ? "forbid" : "allow");
    dom_each(feature, cpu->features)
        g_string_append_printf(words, " %c%s", feature->policy == DOM_CPU_POLICY_REQUIRE ? '+' : '-', feature->name);
    return g_string_free(words, FALSE);
}

static void
the_best_cpu_of_all(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(baselines); i++) {
        const CpuBaseline how = { *state, baselines[i].how & HYPERVISOR, baselines[i].how & MIGRATABLE,
                                  baselines[i].how & EXPAND };
        CpuDoc docs[3] = { { 0 } };
        g_autoptr(GError) err = NULL;
        g_autoptr(DomCpu) cpu = NULL;
        g_autofree char *words = NULL;
        guint n = 0;

        for (; n < 3 && baselines[i].cpus[n]; n++)
            assert_true(cpu_doc_parse(baselines[i].cpus[n], 0, &docs[n], &err));
        cpu = cpu_baseline(&how, docs, n, &err);
        words = cpu ? in_words(cpu) : NULL;
        if (g_strcmp0(words, baselines[i].answer) != 0)
            print_error("%u: %s: %s\n", i, baselines[i].answer, words ? words : err->message);
        assert_int_equal(g_strcmp0(words, baselines[i].answer), 0);
        if (!cpu)
            assert_int_equal(verr_code(err), baselines[i].code);
        for (guint d = 0; d < n; d++)
            cpu_doc_clear(&docs[d]);
    }
}

static const struct {
    const char *xml;
    CpuDocFlags flags;
    int         code; /* 0: it is one */
} documents[] = {
    { HOST("Nehalem", "<microcode version='1'/><signature family='6' model='26' stepping='1'/><counter name='tsc' "
           "frequency='1' scaling='no'/><topology sockets='1' dies='1' cores='1' threads='1'/><maxphysaddr mode='emulate' "
           "bits='48'/><pages unit='KiB' size='4'/>"), CPU_DOC_HOST | CPU_DOC_STRICT, 0 },
    { "<cpu><model>Nehalem</model><surprise/></cpu>", 0, 0 },
    { "<cpu><model>Nehalem</model><surprise/></cpu>", CPU_DOC_STRICT, VIR_ERR_XML_INVALID_SCHEMA },
    { "<cpu", 0, VIR_ERR_XML_DETAIL },
    { "<domain/>", 0, VIR_ERR_XML_ERROR },
    { "<cpu><model>Nehalem</model></cpu>", CPU_DOC_HOST, VIR_ERR_XML_ERROR },
    { "<cpu><arch>x86_64</arch></cpu>", 0, VIR_ERR_XML_ERROR },
    { "<cpu><arch>pdp11</arch><model>Nehalem</model></cpu>", 0, VIR_ERR_CONFIG_UNSUPPORTED },
    { "<cpu match='exact'><arch>x86_64</arch><model>Nehalem</model></cpu>", 0, VIR_ERR_XML_ERROR },
    { "<cpu mode='custom'><arch>x86_64</arch><model>Nehalem</model></cpu>", 0, VIR_ERR_CONFIG_UNSUPPORTED },
    { HOST("Nehalem", HAS("aes") HAS("aes")), 0, VIR_ERR_XML_ERROR },
    { HOST("Nehalem", HAS("")), 0, VIR_ERR_XML_ERROR }, /* a client may only look, and brought the daemon down */
    { "<cpu match='exact'><model>Nehalem</model><feature name=''/></cpu>", 0, VIR_ERR_XML_ERROR },
    { "<cpu><vendor>Intel</vendor></cpu>", 0, VIR_ERR_XML_ERROR },
    { "<cpu><feature name='aes'/></cpu>", 0, VIR_ERR_XML_ERROR },
    { "<cpu><model>Nehalem</model><feature policy='perhaps' name='aes'/></cpu>", 0, VIR_ERR_CONFIG_UNSUPPORTED },
};

static void
documents_are_what_they_say(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(documents); i++) {
        g_autoptr(GError) err = NULL;
        g_auto(CpuDoc) doc = { 0 };
        const bool ok = cpu_doc_parse(documents[i].xml, documents[i].flags, &doc, &err);

        if (ok != !documents[i].code || (err && verr_code(err) != documents[i].code))
            print_error("%s: %s\n", documents[i].xml, err ? err->message : "accepted");
        assert_int_equal(ok, !documents[i].code);
        assert_int_equal(err ? verr_code(err) : 0, documents[i].code);
    }
}

/* A processor of family 6, model 85, stepping 7 with sse, avx2, and taa-no, that has no leaf above 0x80000001. */
static bool
fake_cpuid(guint32 leaf, guint32 sub, guint32 ret_regs[4])
{
    static const struct { guint32 leaf, regs[4]; } leaves[] = {
        { 0, { 7, 0x756e6547, 0x6c65746e, 0x49656e69 } },
        { 1, { 0x50657, 0, 0, 1u << 25 } },
        { 7, { 0, 1u << 5, 0, 1u << 29 } },
        { 0x80000001, { 0, 0, 1, 1u << 29 } },
    };

    for (guint i = 0; i < G_N_ELEMENTS(leaves); i++)
        if (leaves[i].leaf == leaf && sub == 0) {
            memcpy(ret_regs, leaves[i].regs, sizeof(leaves[i].regs));
            return true;
        }
    return false;
}

static bool
fake_msr(guint32 index, guint64 *ret_value)
{
    *ret_value = 0x100;
    return index == 0x10a;
}

static void
a_host_describes_itself(void **state)
{
    const CpuHostSource source = { fake_cpuid, fake_msr };
    CpuHost host;
    g_autofree char *names = NULL;

    cpu_host_read(&source, &host);
    names = cpu_set_names(&host.has);
    assert_string_equal(names, "sse, avx2, arch-capabilities, lm, lahf_lm, taa-no");
    assert_string_equal(host.vendor, "Intel");
    assert_int_equal(host.signature.family, 6);
    assert_int_equal(host.signature.model, 85);
    assert_int_equal(host.signature.stepping, 7);
    assert_true(cpu_model_is_signed(cpu_model_find("Cascadelake-Server"), &host.signature));
    assert_false(cpu_model_is_signed(cpu_model_find("Skylake-Server"), &host.signature));
}

/* The last feature of each register has to be in the map where its bit says. */
static void
every_bit_has_its_name(void **state)
{
    static const struct { const char *feature; guint32 leaf, sub, reg, bit; } bits[] = {
        { "pbe", 1, 0, 3, 31 }, { "hypervisor", 1, 0, 2, 31 }, { "arat", 6, 0, 0, 2 }, { "avx512vl", 7, 0, 1, 31 },
        { "pks", 7, 0, 2, 31 }, { "ssbd", 7, 0, 3, 31 }, { "avx512-bf16", 7, 1, 0, 5 }, { "xfd", 13, 1, 0, 4 },
        { "3dnow", 0x80000001, 0, 3, 31 }, { "perfctr_nb", 0x80000001, 0, 2, 24 }, { "invtsc", 0x80000007, 0, 3, 8 },
        { "amd-no-ssb", 0x80000008, 0, 1, 26 }, { "svme-addr-chk", 0x8000000a, 0, 3, 28 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(bits); i++)
        assert_int_equal(cpu_host_feature(bits[i].leaf, bits[i].sub, bits[i].reg, bits[i].bit), cpu_map_index(bits[i].feature));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_cpu_of_all),
        cmocka_unit_test(documents_are_what_they_say),
        cmocka_unit_test(a_host_describes_itself),
        cmocka_unit_test(every_bit_has_its_name),
    };

    return cmocka_run_group_tests(tests, make_caps, free_caps);
}
