/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What users lose when these fail: guests that start, and knobs that are refused by name instead of by QEMU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* util/err.h has its own */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qemu/caps-cache.h"
#include "qemu/caps-private.h"
#include "util/err.h"

static QemuCaps *
recorded(const char *version)
{
    g_autofree char *path = g_strdup_printf("%s/qmp/caps-%s.jsonl", GOLDEN_DIR, version);
    g_autofree char *text = NULL;
    QemuCaps *caps;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    caps = qemu_caps_parse(text, NULL);
    assert_non_null(caps);
    caps->id = (QemuCapsId){ .path = g_strdup("/usr/bin/qemu-system-x86_64"), .dev = 1, .ino = 2, .size = 3,
                             .mtime_ns = 4, .ctime_ns = 5, .host = g_strdup("host"), .accel = g_strdup("tcg") };
    return caps;
}

typedef struct {
    const char *release;
    guint version;
    const char *pc, *q35;
    bool hpet_property;   /* -machine hpet=, which replaced -no-hpet */
    bool multifd_qpl;
    bool mapped_ram;
} Release;

static const Release releases[] = {
    { "7.2", 7002022, "pc-i440fx-7.2", "pc-q35-7.2", false, false, false },
    { "10.0", 10000002, "pc-i440fx-10.0", "pc-q35-10.0", true, false, true },
};

static void
reads_what_a_release_offers(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(releases); i++) {
        const Release *r = &releases[i];
        g_autoptr(QemuCaps) caps = recorded(r->release);

        assert_int_equal(qemu_caps_version(caps), r->version);
        assert_string_equal(qemu_caps_arch(caps), "x86_64");
        assert_false(qemu_caps_kvm_usable(caps));
        assert_string_equal(qemu_caps_find_machine(caps, "pc")->name, r->pc);
        assert_string_equal(qemu_caps_find_machine(caps, "q35")->name, r->q35);
        assert_string_equal(qemu_caps_default_machine(caps)->name, r->pc);
        assert_string_equal(qemu_caps_default_machine(caps)->default_cpu, "qemu64");
        assert_int_equal(qemu_caps_default_machine(caps)->max_cpus, 255);
        assert_true(qemu_caps_has_device(caps, "virtio-blk-pci"));
        assert_true(qemu_caps_has_device(caps, "qxl-vga"));
        assert_false(qemu_caps_has_device(caps, "pci-device")); /* abstract */
        assert_true(qemu_caps_has_command(caps, "migrate-continue"));
        assert_int_equal(qemu_caps_has_option(caps, "machine", "hpet"), r->hpet_property);
        assert_true(qemu_caps_has_option(caps, "sandbox", NULL));
        assert_true(qemu_caps_find_cpu(caps, "qemu64")->migration_safe);
        assert_false(qemu_caps_find_cpu(caps, "host")->migration_safe);
    }
}

static void
knows_every_migration_knob(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(releases); i++) {
        g_autoptr(QemuCaps) caps = recorded(releases[i].release);

        assert_true(qemu_caps_has_migrate_capability(caps, "pause-before-switchover"));
        assert_int_equal(qemu_caps_has_migrate_capability(caps, "mapped-ram"), releases[i].mapped_ram);
        assert_true(qemu_caps_has_migrate_parameter(caps, "downtime-limit"));
        /* Not in query-migrate-parameters as long as it is unset. */
        assert_true(qemu_caps_has_migrate_parameter(caps, "block-bitmap-mapping"));
        assert_false(qemu_caps_has_migrate_parameter(caps, "warp-speed"));
        assert_true(qemu_caps_has_migrate_value(caps, "multifd-compression", "zlib"));
        assert_false(qemu_caps_has_migrate_value(caps, "multifd-compression", "lzma"));
    }
}

static void
names_machines_that_exist(void **state)
{
    g_autoptr(QemuCaps) caps = recorded("7.2");
    g_autoptr(GError) err = NULL;
    const QemuMachine *machine = NULL;

    assert_true(qemu_caps_resolve_machine(caps, "q35", &machine, NULL));
    assert_string_equal(machine->name, "pc-q35-7.2");
    assert_true(qemu_caps_resolve_machine(caps, NULL, &machine, NULL));
    assert_false(qemu_caps_resolve_machine(caps, "pc-q35-99.0", &machine, &err));
    assert_int_equal(verr_code(err), VIR_ERR_INVALID_ARG);
    assert_non_null(strstr(err->message, "pc-q35-99.0"));
    assert_non_null(strstr(err->message, "q35 (pc-q35-7.2)"));
}

static void
survives_a_round_trip_to_disk(void **state)
{
    g_autoptr(QemuCaps) caps = recorded("7.2");
    g_autofree char *text = qemu_caps_to_json(caps);
    g_autoptr(QemuCaps) back = qemu_caps_from_json(text, -1, &caps->id);
    g_autofree char *again = NULL;

    assert_non_null(back);
    again = qemu_caps_to_json(back);
    assert_string_equal(text, again);
}

static void
ignores_a_file_about_another_binary(void **state)
{
    g_autoptr(QemuCaps) caps = recorded("7.2");
    g_autofree char *text = qemu_caps_to_json(caps);
    QemuCapsId changed[] = { caps->id, caps->id, caps->id, caps->id, caps->id, caps->id };

    changed[0].path = (char *)"/usr/bin/other";
    changed[1].ino++;
    changed[2].size++;
    changed[3].mtime_ns++;
    changed[4].ctime_ns++;
    changed[5].host = (char *)"another kernel";
    for (guint i = 0; i < G_N_ELEMENTS(changed); i++)
        assert_null(qemu_caps_from_json(text, -1, &changed[i]));
}

static void
ignores_hostile_files(void **state)
{
    g_autoptr(QemuCaps) caps = recorded("7.2");
    g_autofree char *text = qemu_caps_to_json(caps);
    const gsize len = strlen(text);
    g_autofree char *deep = g_malloc(500001);
    const char *const files[] = { "", "null", "[]", "{}", "{\"format\":3}", "{\"format\":\"godwit\"}", "\xff\xfe", deep,
                                  "{\"machines\":{\"a\":1}}" };

    memset(deep, '[', 500000);
    deep[500000] = 0;
    for (guint i = 0; i < G_N_ELEMENTS(files); i++)
        assert_null(qemu_caps_from_json(files[i], -1, &caps->id));
    for (gsize cut = 0; cut < len; cut += 101)
        assert_null(qemu_caps_from_json(text, cut, &caps->id));
    /* A wrong type, a name of nothing, a list of numbers. */
    static const struct { const char *old, *new; } edits[] = {
        { "\"package\":\"", "\"package\":[],\"x\":\"" },
        { "\"devices\":[\"", "\"devices\":[\"\",\"" },
        { "\"commands\":[\"", "\"commands\":[7,\"" },
        { "\"machines\":[{", "\"machines\":[7,{" },
        { "\"cpus\":[{", "\"cpus\":[[],{" },
        { "\"arch\":\"x86_64\"", "\"arch\":null" },
        { "\"max-cpus\":", "\"max-cpus\":-" },
    };
    for (guint i = 0; i < G_N_ELEMENTS(edits); i++) {
        g_auto(GStrv) parts = g_strsplit(text, edits[i].old, 2);
        g_autofree char *edited = g_strjoinv(edits[i].new, parts);

        assert_non_null(parts[1]);
        assert_null(qemu_caps_from_json(edited, -1, &caps->id));
    }
}

static void
refuses_answers_that_lack_something(void **state)
{
    static const char *const replies[] = {
        "", "junk\n", "{\"return\":{}}\n", "{\"return\":{},\"id\":99}\n", "{\"return\":[],\"id\":0}\n",
        "{\"error\":{\"desc\":\"no\"},\"id\":0}\n", "{\"return\":{\"qemu\":{\"major\":7}},\"id\":0}\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(replies); i++) {
        g_autoptr(GError) err = NULL;

        assert_null(qemu_caps_parse(replies[i], &err));
        assert_non_null(err);
    }
}

/* A host with AVX and without PNI; Nehalem is nearer to it than kvm64, EPYC would be, but is of another vendor. libvirt's
 * EPYC has vme and svm, its Nehalem has not, whatever the accelerator makes of QEMU's. */
static const char cpu_replies[] =
    "{\"return\":{\"model\":{\"name\":\"base\",\"props\":{\"vendor\":\"%s\",\"vme\":true,\"svm\":true,"
    "\"sse\":true,\"aes\":true,\"avx\":true,\"lahf-lm\":true,\"pni\":false,\"kvm-asyncpf\":true,\"vmx-ept\":true,\"family\":6}}},\"id\":0}\n"
    "{\"return\":{\"model\":{\"props\":{\"sse\":true,\"pni\":true}}},\"id\":%u}\n"
    "{\"return\":{\"model\":{\"props\":{\"sse\":true,\"pni\":true,\"aes\":true}}},\"id\":%u}\n"
    "{\"return\":{\"model\":{\"props\":{\"sse\":true,\"aes\":true,\"avx\":true}}},\"id\":%u}\n"
    "{\"error\":{\"desc\":\"no\"},\"id\":%u}\n";

static guint
cpu_id(const QemuCaps *caps, const char *name)
{
    for (guint i = 0; i < qemu_caps_n_cpus(caps); i++)
        if (g_str_equal(qemu_caps_cpu(caps, i)->name, name))
            return i + 1;
    assert_true(false);
    return 0;
}

static const struct {
    bool kvm;
    const char *cpuid, *model, *vendor;
    const char *features; /* the differences */
} host_cpus[] = {
    { true, "GenuineIntel", "Nehalem", "Intel", "+vme+avx+lahf_lm+svm-pni" },
    { true, "AuthenticAMD", "EPYC", "AMD", "+lahf_lm-monitor" },
    { true, "CentaurHauls", "kvm64", NULL, "+vme+aes+avx+lahf_lm+svm-pni" },
    { false, "AuthenticAMD", "EPYC", "AMD", "+lahf_lm-monitor" },
};

static void
finds_the_model_nearest_to_the_host(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(host_cpus); i++) {
        g_autoptr(QemuCaps) caps = recorded("7.2");
        g_autofree char *replies =
            g_strdup_printf(cpu_replies, host_cpus[i].cpuid, cpu_id(caps, "kvm64"), cpu_id(caps, "Nehalem"),
                            cpu_id(caps, "EPYC"), cpu_id(caps, "Westmere"));
        g_autoptr(GString) features = g_string_new(NULL);
        g_autofree char *text = NULL;
        g_autoptr(QemuCaps) back = NULL;

        caps->kvm_usable = host_cpus[i].kvm;
        for (guint c = 0; c < qemu_caps_n_cpus(caps); c++) /* the recording's host is another one */
            g_ptr_array_set_size(qemu_caps_cpu(caps, c)->missing, 0);
        qemu_caps_take_cpus(caps, replies);
        text = qemu_caps_to_json(caps);
        back = qemu_caps_from_json(text, -1, &caps->id); /* also after a restart */
        assert_string_equal(qemu_caps_host_model(back), host_cpus[i].model);
        assert_true(g_strcmp0(qemu_caps_host_vendor(back), host_cpus[i].vendor) == 0);
        for (guint f = 0; f < qemu_caps_n_host_features(back); f++)
            g_string_append_printf(features, "%c%s", qemu_caps_host_feature(back, f)->on ? '+' : '-',
                                   qemu_caps_host_feature(back, f)->name);
        assert_string_equal(features->str, host_cpus[i].features);
    }
}

static void
does_without_a_host_model(void **state)
{
    static const char *const replies[] = { "", "junk\n", "{\"error\":{},\"id\":0}\n",
                                           "{\"return\":{\"model\":{\"props\":{}}},\"id\":999999}\n" };

    for (guint i = 0; i < G_N_ELEMENTS(replies); i++) {
        g_autoptr(QemuCaps) caps = recorded("7.2");

        qemu_caps_take_cpus(caps, replies[i]);
        assert_null(qemu_caps_host_model(caps));
    }
}

/* A stand-in for QEMU: answers from a recording, and leaves a line in a log each time it runs. */
static char *
make_fake(const char *dir)
{
    g_autofree char *path = g_strdup_printf("%s/qemu-system-x86_64", dir);
    g_autofree char *text = g_strdup_printf(
        "#!/usr/bin/env python3\n"
        "import re, socket, sys\n"
        "open('%s/runs', 'a').write('run\\n')\n"
        "fd = int(re.search(r'fd=(\\d+)', ' '.join(sys.argv)).group(1))\n"
        "s = socket.socket(fileno=fd)\n"
        "s.sendall(open('%s/qmp/caps-7.2.jsonl', 'rb').read())\n"
        "for line in s.makefile('r'):\n"
        "    if 'expansion' in line:\n"
        "        s.sendall(b'{\"error\":{}}\\n')\n", dir, GOLDEN_DIR);

    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(chmod(path, 0755), 0);
    return g_steal_pointer(&path);
}

static guint
count_runs(const char *dir)
{
    g_autofree char *path = g_strdup_printf("%s/runs", dir);
    g_autofree char *text = NULL;
    gsize len = 0;

    g_file_get_contents(path, &text, &len, NULL);
    return len / strlen("run\n");
}

static void
remove_all(const char *dir)
{
    g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
    const char *name;

    while (d && (name = g_dir_read_name(d))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_all(path);
        else
            unlink(path);
    }
    rmdir(dir);
}

static gpointer
get_one(gpointer data)
{
    gpointer *args = data;

    return qemu_caps_cache_get(args[0], args[1], NULL);
}

static void
asks_a_binary_once(void **state)
{
    g_autofree char *dir = g_dir_make_tmp("caps-XXXXXX", NULL);
    g_autofree char *binary = make_fake(dir);
    g_autofree char *cache_dir = g_strdup_printf("%s/cache", dir);
    g_autoptr(QemuCapsCache) cache = qemu_caps_cache_new(cache_dir);
    g_autoptr(QemuCapsCache) later = qemu_caps_cache_new(cache_dir);
    g_autoptr(QemuCaps) warm = NULL, known = NULL;
    gpointer args[] = { cache, binary };
    GThread *threads[8];

    assert_null(qemu_caps_cache_peek(cache, binary));
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("get", get_one, args);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_autoptr(QemuCaps) caps = g_thread_join(threads[i]);

        assert_non_null(caps);
    }
    assert_int_equal(count_runs(dir), 1);
    known = qemu_caps_cache_peek(cache, binary);
    assert_non_null(known);
    /* After a restart the file answers. */
    warm = qemu_caps_cache_get(later, binary, NULL);
    assert_non_null(warm);
    assert_int_equal(count_runs(dir), 1);
    remove_all(dir);
}

static void
asks_again_when_the_binary_or_the_file_changed(void **state)
{
    g_autofree char *dir = g_dir_make_tmp("caps-XXXXXX", NULL);
    g_autofree char *binary = make_fake(dir);
    g_autofree char *cache_dir = g_strdup_printf("%s/cache", dir);
    g_autoptr(QemuCapsCache) cache = qemu_caps_cache_new(cache_dir);
    g_autoptr(QemuCapsCache) later = qemu_caps_cache_new(cache_dir);
    g_autoptr(QemuCaps) first = qemu_caps_cache_get(cache, binary, NULL);
    g_autoptr(QemuCaps) second = NULL, third = NULL;
    g_autoptr(GDir) d = g_dir_open(cache_dir, 0, NULL);
    g_autofree char *file = g_build_filename(cache_dir, g_dir_read_name(d), NULL);

    assert_non_null(first);
    g_free(make_fake(dir)); /* an upgrade: a new file */
    second = qemu_caps_cache_get(cache, binary, NULL);
    assert_non_null(second);
    assert_int_equal(count_runs(dir), 2);
    assert_true(g_file_set_contents(file, "{\"format\":\"godwit\",\"devices\":[]}", -1, NULL));
    third = qemu_caps_cache_get(later, binary, NULL);
    assert_non_null(third);
    assert_int_equal(count_runs(dir), 3);
    remove_all(dir);
}

static void
says_what_is_wrong_with_a_binary(void **state)
{
    static const struct { const char *binary; int code; const char *words; } cases[] = {
        { "/nowhere/qemu-system-x86_64", VIR_ERR_SYSTEM_ERROR, "/nowhere/qemu-system-x86_64" },
        { "qemu-system-x86_64", VIR_ERR_CONFIG_UNSUPPORTED, "absolute path" },
        { "/tmp", VIR_ERR_CONFIG_UNSUPPORTED, "not a file" },
        { "/bin/false", VIR_ERR_INTERNAL_ERROR, "Failed to probe QEMU binary /bin/false" },
        { "/bin/ls", VIR_ERR_INTERNAL_ERROR, "invalid option" }, /* its own words */
    };
    g_autoptr(QemuCapsCache) cache = qemu_caps_cache_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) err = NULL;

        assert_null(qemu_caps_cache_get(cache, cases[i].binary, &err));
        assert_int_equal(verr_code(err), cases[i].code);
        print_message("%s\n", err->message);
        assert_non_null(strstr(err->message, cases[i].words));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_release_offers),
        cmocka_unit_test(knows_every_migration_knob),
        cmocka_unit_test(names_machines_that_exist),
        cmocka_unit_test(survives_a_round_trip_to_disk),
        cmocka_unit_test(ignores_a_file_about_another_binary),
        cmocka_unit_test(ignores_hostile_files),
        cmocka_unit_test(refuses_answers_that_lack_something),
        cmocka_unit_test(finds_the_model_nearest_to_the_host),
        cmocka_unit_test(does_without_a_host_model),
        cmocka_unit_test(asks_a_binary_once),
        cmocka_unit_test(asks_again_when_the_binary_or_the_file_changed),
        cmocka_unit_test(says_what_is_wrong_with_a_binary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
