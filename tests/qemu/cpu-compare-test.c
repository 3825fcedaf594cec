/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest that arrives where features of its CPU are lacking crashes there. What a user loses when this fails: the refusal
 * before anything starts, and the list that tells him which host would do; or a guest that libvirt starts and we refuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* util/err.h has its own */

#include <string.h>

#include "qemu/caps-private.h"
#include "qemu/cpu-compare.h"
#include "qemu/cpu-map.h"
#include "util/err.h"

static QemuCpu *
new_model(const char *name, const char *has, const char *missing)
{
    QemuCpu *cpu = g_new0(QemuCpu, 1);
    g_auto(GStrv) names = g_strsplit(missing, " ", -1), features = g_strsplit(has, " ", -1);

    cpu->name = g_strdup(name);
    cpu->missing = g_ptr_array_new_with_free_func(g_free);
    for (char **at = names; *at; at++)
        if (**at)
            g_ptr_array_add(cpu->missing, g_strdup(*at));
    cpu->features = g_hash_table_new(g_str_hash, g_str_equal);
    for (char **at = features; *at; at++)
        g_hash_table_add(cpu->features, (gpointer)cpu_map_intern(*at));
    return cpu;
}

/* QEMU gives guests a Nehalem with aes, without avx, avx2 and svm; the processor itself has avx, too. */
static int
make_host(void **state)
{
    static const char *const lacks[] = { "avx", "avx2", "svm" };
    QemuCaps *caps = qemu_caps_new();
    QemuCpuFeature *own = g_new0(QemuCpuFeature, 1);

    for (guint i = 0; i < G_N_ELEMENTS(lacks); i++)
        g_hash_table_add(caps->cpu_lacks, g_strdup(lacks[i]));
    g_ptr_array_add(caps->cpus, new_model("Nehalem", "sse pni", ""));
    g_ptr_array_add(caps->cpus, new_model("Haswell", "sse pni avx avx2", "avx avx2"));
    g_ptr_array_add(caps->cpus, new_model("Westmere", "sse pni avx", "avx"));
    caps->kvm_usable = true;
    caps->host_model = g_strdup("Nehalem");
    own->name = g_strdup("aes");
    own->on = true;
    g_ptr_array_add(caps->host_features, own);
    *state = caps;
    return 0;
}

static CpuHost
processor(void)
{
    CpuHost host = { .vendor = "Intel" };

    assert_true(cpu_set_add_name(&host.has, "sse"));
    assert_true(cpu_set_add_name(&host.has, "avx"));
    return host;
}

static int
free_host(void **state)
{
    qemu_caps_unref(*state);
    return 0;
}

#define CPU(how, model, features) "<cpu mode='custom' " how "><model>" model "</model>" features "</cpu>"
#define FEATURE(policy, name) "<feature policy='" policy "' name='" name "'/>"
#define PARTIAL "match='exact' check='partial'"
#define FULL "match='exact' check='full'"

static const struct {
    const char *cpu;
    const char *words; /* NULL: fits */
} cases[] = {
    { CPU(PARTIAL, "Nehalem", ""), NULL },
    { CPU(PARTIAL, "Westmere", ""), NULL },
    { CPU(FULL, "Westmere", ""), "required features: avx" },
    { CPU(PARTIAL, "Haswell", ""), "required features: avx2" },
    { CPU(FULL, "Haswell", FEATURE("require", "svm")), "avx, avx2, svm" },
    { CPU(PARTIAL, "Haswell", FEATURE("require", "svm") FEATURE("require", "xop")), "avx2, svm, xop" },
    { CPU("match='exact' check='none'", "Haswell", ""), NULL },
    { CPU(FULL, "Haswell", FEATURE("disable", "avx") FEATURE("disable", "avx2")), NULL },
    { CPU(FULL, "Haswell", FEATURE("disable", "avx")), "required features: avx2" },
    { CPU(PARTIAL, "Haswell", FEATURE("disable", "avx2")), NULL },
    { CPU(PARTIAL, "Nehalem", FEATURE("optional", "avx2")), NULL },
    { CPU(PARTIAL, "Nehalem", FEATURE("force", "avx2")), NULL },
    { CPU(PARTIAL, "Nehalem", FEATURE("forbid", "avx2")), NULL },
    { CPU(PARTIAL, "Nehalem", FEATURE("forbid", "avx")), "forbidden features: avx" },
    { CPU(FULL, "Nehalem", FEATURE("forbid", "avx")), NULL },
    { CPU(FULL, "Nehalem", FEATURE("forbid", "aes")), NULL },
    { CPU("match='strict' check='partial'", "Nehalem", ""), "Extra features: aes, avx" },
    { CPU("match='strict' check='partial'", "Nehalem", FEATURE("require", "aes") FEATURE("disable", "avx")), NULL },
    { CPU("match='strict' check='full'", "Nehalem", ""), NULL },
    { CPU(PARTIAL, "Nehalem", "<vendor>AMD</vendor>"), "vendor does not match required CPU vendor AMD" },
    { CPU(PARTIAL, "Nehalem", "<vendor>Intel</vendor>"), NULL },
    { "<cpu mode='host-model' check='partial'>" FEATURE("require", "avx2") "</cpu>", "required features: avx2" },
    { "<cpu mode='host-model' check='partial'>" FEATURE("require", "aes") "</cpu>", NULL },
    { "<cpu mode='host-passthrough' check='none'/>", NULL },
    { "<cpu mode='maximum'/>", NULL },
};

static void
names_every_feature_that_is_lacking(void **state)
{
    const CpuHost host = processor();

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(DomCpu) cpu = dom_cpu_parse(cases[i].cpu, -1, &err);
        bool fits;

        assert_non_null(cpu);
        fits = cpu_check(*state, &host, cpu, &err);
        if (fits != !cases[i].words || (err && !strstr(err->message, cases[i].words)))
            print_error("%s: %s\n", cases[i].cpu, err ? err->message : "accepted");
        assert_int_equal(fits, !cases[i].words);
        assert_true(fits || strstr(err->message, cases[i].words));
        if (err)
            assert_int_equal(verr_code(err), VIR_ERR_CPU_INCOMPATIBLE);
    }
}

#define HOST(model, features) "<cpu><arch>x86_64</arch><model>" model "</model>" features "</cpu>"
#define HAS(name) "<feature name='" name "'/>"

static const struct {
    const char         *cpu;
    virCPUCompareResult result;
    int                 code; /* result is an error: of this code */
} comparisons[] = {
    { HOST("Nehalem", HAS("aes")), VIR_CPU_COMPARE_IDENTICAL, 0 },
    { HOST("Nehalem", ""), VIR_CPU_COMPARE_SUPERSET, 0 },
    { HOST("Nehalem", HAS("avx")), VIR_CPU_COMPARE_INCOMPATIBLE, 0 },
    { "<cpu><model>Nehalem</model></cpu>", VIR_CPU_COMPARE_SUPERSET, 0 },
    { "<cpu match='strict'><model>Nehalem</model></cpu>", VIR_CPU_COMPARE_INCOMPATIBLE, 0 },
    { "<cpu mode='host-model'/>", VIR_CPU_COMPARE_SUPERSET, 0 },
    { "<cpu><arch>aarch64</arch><model>cortex-a53</model></cpu>", VIR_CPU_COMPARE_INCOMPATIBLE, 0 },
    { "<cpu><model>Nehalem</model><vendor>AMD</vendor></cpu>", VIR_CPU_COMPARE_INCOMPATIBLE, 0 },
    { "<cpu><model>no-such</model></cpu>", VIR_CPU_COMPARE_ERROR, VIR_ERR_INTERNAL_ERROR },
    { HOST("Nehalem", HAS("no-such")), VIR_CPU_COMPARE_ERROR, VIR_ERR_INTERNAL_ERROR },
};

static void
a_cpu_is_compared_with_what_guests_can_be_given(void **state)
{
    CpuOffer offer;

    assert_true(cpu_offer_of_qemu(*state, &offer));
    for (guint i = 0; i < G_N_ELEMENTS(comparisons); i++) {
        g_autoptr(GError) err = NULL;
        g_auto(CpuDoc) doc = { 0 };
        CpuVerdict verdict = { VIR_CPU_COMPARE_ERROR, NULL };

        assert_true(cpu_doc_parse(comparisons[i].cpu, 0, &doc, &err));
        assert_int_equal(cpu_compare(&offer, *state, &doc, &verdict, &err), !comparisons[i].code);
        if (verdict.result != comparisons[i].result)
            print_error("%s: %d %s\n", comparisons[i].cpu, verdict.result, verdict.why ? verdict.why : "");
        assert_int_equal(verdict.result, comparisons[i].result);
        assert_int_equal(verdict.result == VIR_CPU_COMPARE_INCOMPATIBLE, verdict.why != NULL);
        if (comparisons[i].code)
            assert_int_equal(verr_code(err), comparisons[i].code);
        g_free(verdict.why);
    }
}

/* What the processor has is nothing to an emulated guest. */
static void
emulated_guests_have_what_is_emulated(void **state)
{
    QemuCaps *caps = *state;
    const CpuHost host = processor();
    g_autoptr(DomCpu) cpu = dom_cpu_parse(CPU(PARTIAL, "Westmere", ""), -1, NULL);
    g_autoptr(GError) err = NULL;

    caps->kvm_usable = false;
    assert_false(cpu_check(caps, &host, cpu, &err));
    assert_non_null(strstr(err->message, "required features: avx"));
    caps->kvm_usable = true;
    assert_true(cpu_check(caps, &host, cpu, NULL));
}

static void
optional_features_follow_the_host(void **state)
{
    g_autoptr(DomCpu) cpu = dom_cpu_parse(CPU("match='exact'", "Nehalem", FEATURE("optional", "avx") FEATURE("optional", "aes")), -1, NULL);

    assert_non_null(cpu);
    cpu_settle_optional(*state, cpu);
    assert_int_equal(((DomCpuFeature *)cpu->features->pdata[0])->policy, DOM_CPU_POLICY_DISABLE);
    assert_int_equal(((DomCpuFeature *)cpu->features->pdata[1])->policy, DOM_CPU_POLICY_REQUIRE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_every_feature_that_is_lacking),
        cmocka_unit_test(a_cpu_is_compared_with_what_guests_can_be_given),
        cmocka_unit_test(emulated_guests_have_what_is_emulated),
        cmocka_unit_test(optional_features_follow_the_host),
    };

    return cmocka_run_group_tests(tests, make_host, free_host);
}
