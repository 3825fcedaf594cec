/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest ABI: from the same domain XML the same QEMU machine as libvirt's. When this fails, guests stop being able
 * to migrate between the two, or to resume what they saved. The golden command lines were recorded from libvirt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* util/err.h has its own */

#include <string.h>

#include "model/dom-def.h"
#include "qemu/caps-private.h"
#include "qemu/command.h"
#include "qemu/firmware.h"

typedef struct {
    const char *name;
    bool        incoming;  /* there is a NN.incoming.argv */
} Guest;

static const Guest guests[] = {
    { "01", false }, { "02", true }, { "03", false }, { "04", true }, { "05", false }, { "06", true }, { "07", false },
    { "08", false }, { "09", true }, { "10", false }, { "11", false },
};

static QemuCaps *caps;

static char *
read_golden(const char *guest, const char *suffix)
{
    g_autofree char *path = g_strdup_printf("%s/argv/%s.%s", GOLDEN_DIR, guest, suffix);
    char *text = NULL;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static int
load_caps(void **state)
{
    g_autofree char *path = g_strdup_printf("%s/qmp/caps-7.2.jsonl", GOLDEN_DIR);
    g_autofree char *text = NULL;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    caps = qemu_caps_parse(text, NULL);
    assert_non_null(caps);
    caps->id.path = g_strdup("/usr/bin/qemu-system-x86_64");
    caps->kvm_usable = true; /* the recordings were made with KVM */
    return 0;
}

static int
free_caps(void **state)
{
    g_clear_pointer(&caps, qemu_caps_unref);
    return 0;
}

static const char *
ask_machine(void *opaque, const char *emulator, DomVirt virt, const char *machine)
{
    const QemuMachine *found = machine ? qemu_caps_find_machine(caps, machine) : qemu_caps_default_machine(caps);

    return found ? found->name : NULL;
}

static const char *
ask_emulator(void *opaque, const char *arch)
{
    return "/usr/bin/qemu-system-x86_64";
}

static const char *
ask_default_cpu(void *opaque, const char *emulator, DomVirt virt, const char *machine)
{
    return "qemu64";
}

static const DomCaps dom_caps = { .machine = ask_machine, .emulator = ask_emulator, .default_cpu = ask_default_cpu };

static DomDef *
parse(const char *guest, const char *suffix, DomParseFlags flags)
{
    g_autofree char *xml = read_golden(guest, suffix);
    g_autoptr(GError) err = NULL;
    DomDef *def = dom_def_parse(xml, -1, flags, &err);

    if (!def)
        print_error("guest %s: %s\n", guest, err->message);
    assert_non_null(def);
    return def;
}

/* Numbers of descriptors, the run's directory and the time of day differ from run to run. */
static char *
normalise(const char *text)
{
    static const struct { const char *pattern, *with; } rules[] = {
        { "\\bfd=[0-9]+", "fd=N" },
        { "\"fd\":\"[0-9]+\"", "\"fd\":\"N\"" },
        { "\"fds\":\"[0-9]+:[0-9]+\"", "\"fds\":\"N:N\"" },
        { "domain-[0-9]+-", "domain-N-" },
        { "path=[^,\n]*swtpm.sock", "path=SWTPM" },
        { "base=[0-9]{4}-[0-9T:-]+", "base=TIME" },
    };
    char *result = g_strdup(text);

    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autoptr(GRegex) regex = g_regex_new(rules[i].pattern, 0, 0, NULL);
        char *next = g_regex_replace_literal(regex, result, -1, 0, rules[i].with, 0, NULL);

        g_free(result);
        result = next;
    }
    return result;
}

static void
write_golden(const char *guest, const char *suffix, const char *text)
{
    g_autofree char *path = g_strdup_printf("%s/argv/%s.%s", GOLDEN_DIR, guest, suffix);

    assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* Compares word by word, so that a failure names the word. cpu: also the argument of -cpu. */
static void
compare(const char *guest, const char *suffix, const QemuCommand *command, bool cpu)
{
    g_autofree char *recorded = read_golden(guest, suffix);
    g_autofree char *joined = g_strjoinv("\n", (char **)command->argv->pdata);
    g_autofree char *want_text = normalise(g_strchomp(recorded));
    g_autofree char *have_text = normalise(joined);
    g_auto(GStrv) want = g_strsplit(want_text, "\n", -1);
    g_auto(GStrv) have = g_strsplit(have_text, "\n", -1);
    guint i;

    if (g_getenv("GODWIT_REGENERATE")) {
        g_autofree char *text = g_strconcat(joined, "\n", NULL);

        write_golden(guest, suffix, text);
        return;
    }
    for (i = 0; want[i] && have[i]; i++) {
        const bool is_cpu = i && g_str_equal(want[i - 1], "-cpu");

        if (g_str_equal(want[i], have[i]) || (is_cpu && !cpu))
            continue;
        print_error("guest %s, argument %u\n  libvirt %s %s\n  godwit  %s %s\n", guest, i, i ? want[i - 1] : "",
                    want[i], i ? have[i - 1] : "", have[i]);
        break;
    }
    if (want[i] || have[i])
        print_error("guest %s: %u of %u arguments agree\n", guest, i, g_strv_length(want));
    assert_null(want[i]);
    assert_null(have[i]);
}

static QemuCommand *
build(const DomDef *def, const char *guest, bool incoming)
{
    g_autofree char *dir = g_strdup_printf("/var/lib/libvirt/qemu/domain-1-t%s", guest);
    CommandEnv env = { .caps = caps, .def = def, .domain_dir = dir, .monitor_path = "/run/monitor.sock",
                       .incoming = incoming };
    g_autoptr(GError) err = NULL;
    g_autoptr(QemuResources) resources = command_plan(&env, &err);
    QemuCommand *command = NULL;

    assert_non_null(resources);
    for (guint i = 0; i < qemu_resources_count(resources); i++)
        if (qemu_resources_at(resources, i)->kind != RES_VHOST) /* the recorded host had none */
            qemu_resources_at(resources, i)->fd = 100 + i;
    env.resources = resources;
    if (!command_build(&env, &command, &err))
        print_error("guest %s: %s\n", guest, err->message);
    for (guint i = 0; i < qemu_resources_count(resources); i++)
        qemu_resources_at(resources, i)->fd = -1; /* not ours to close */
    assert_non_null(command);
    return command;
}

/* What the driver decides at start: firmware, ports, paths of channels, the chain of images, the host's CPU. */
static void
add_choices_of_the_driver(DomDef *def, const DomDef *live)
{
    const QemuConfig config = { .lib_dir = (char *)"/var/lib/libvirt" };

    assert_true(qemu_firmware_choose(def, &config, GOLDEN_DIR "/firmware", NULL));
    for (guint i = 0; i < def->graphics->len; i++) {
        DomGraphics *g = g_ptr_array_index(def->graphics, i);

        if (g->port <= 0)
            g->port = 5900;
    }
    for (guint i = 0; i < def->channels->len; i++) {
        DomChr *channel = g_ptr_array_index(def->channels, i);

        if (channel->src.type == DOM_CHR_UNIX && !channel->src.path) {
            channel->src.mode = DOM_CHR_MODE_BIND;
            channel->src.path = g_strdup("/run/channel");
        }
    }
    if (def->cpu && (def->cpu->mode == DOM_CPU_HOST_MODEL || def->cpu->match == DOM_CPU_MATCH_MINIMUM)) {
        dom_cpu_free(def->cpu);
        def->cpu = dom_cpu_copy(live->cpu);
    }
}

static void
add_chains(DomDef *def, const DomDef *live)
{
    g_autoptr(DomDef) copy = dom_def_copy(live);

    for (guint i = 0; i < def->disks->len; i++) {
        DomDisk *disk = g_ptr_array_index(def->disks, i);
        DomDisk *from = g_ptr_array_index(copy->disks, i);

        if (!disk->src.backing)
            disk->src.backing = g_steal_pointer(&from->src.backing);
    }
}

static void
builds_from_a_users_xml_what_libvirt_builds(void **state)
{
    const Guest *guest = *state;
    g_autoptr(DomDef) def = parse(guest->name, "xml", 0);
    g_autoptr(DomDef) live = parse(guest->name, "live.xml", DOM_PARSE_LIVE);
    g_autoptr(QemuCommand) command = NULL;
    g_autoptr(GError) err = NULL;

    if (!dom_def_complete(def, &dom_caps, &err))
        print_error("guest %s: %s\n", guest->name, err->message);
    assert_null(err);
    add_chains(def, live);
    assert_true(dom_def_prepare_live(def, NULL));
    add_choices_of_the_driver(def, live);
    command = build(def, guest->name, false);
    compare(guest->name, "argv", command, true);
}

/* The definition that a source sends is the live one, with the CPU spelled out. */
static void
builds_from_a_live_xml_what_libvirt_builds(void **state)
{
    const Guest *guest = *state;
    g_autoptr(DomDef) live = parse(guest->name, "live.xml", DOM_PARSE_LIVE);
    g_autoptr(QemuCommand) command = build(live, guest->name, guest->incoming);

    compare(guest->name, guest->incoming ? "incoming.argv" : "argv", command, guest->incoming);
}

/* The golden test has to be able to fail. */
static void
notices_a_moved_device(void **state)
{
    static const struct { const char *element, *from, *to; } changes[] = {
        { "address", "slot='0x04'", "slot='0x0a'" },
        { "alias", "alias name='virtio-disk0'", "alias name='virtio-disk7'" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *xml = read_golden("11", "live.xml");
        g_auto(GStrv) parts = g_strsplit(xml, changes[i].from, 2);
        g_autofree char *changed = g_strjoinv(changes[i].to, parts);
        g_autofree char *recorded = read_golden("11", "argv");
        g_autoptr(DomDef) def = dom_def_parse(changed, -1, DOM_PARSE_LIVE, NULL);
        g_autoptr(QemuCommand) command = NULL;
        g_autofree char *joined = NULL;
        g_autofree char *want = normalise(g_strchomp(recorded));
        g_autofree char *have = NULL;

        assert_non_null(parts[1]);
        assert_non_null(def);
        command = build(def, "11", false);
        joined = g_strjoinv("\n", (char **)command->argv->pdata);
        have = normalise(joined);
        assert_string_not_equal(want, have);
    }
}

/* Another image than the peer's is another machine: the guest would not boot from its variables again. */
static void
chooses_firmware_by_what_the_definition_asks_for(void **state)
{
    static const struct {
        const char *os;    /* what stands in <os> */
        const char *image; /* NULL: none fits */
        const char *nvram;
        DomTri      smm;
    } cases[] = {
        { "<os firmware='efi'><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>", "OVMF_CODE_4M.ms.fd", "t_VARS.fd",
          DOM_TRI_ON },
        { "<os firmware='efi'><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>", "OVMF_CODE_4M.fd", "t_VARS.fd",
          DOM_TRI_ABSENT },
        { "<os firmware='efi'><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><firmware><feature enabled='no' "
          "name='enrolled-keys'/></firmware></os>", "OVMF_CODE_4M.secboot.fd", "t_VARS.fd", DOM_TRI_ON },
        { "<os firmware='efi'><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><loader secure='no'/></os>",
          "OVMF_CODE_4M.fd", "t_VARS.fd", DOM_TRI_ABSENT },
        { "<os firmware='efi'><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><nvram>/n/own.fd</nvram></os>",
          "OVMF_CODE_4M.ms.fd", "own.fd", DOM_TRI_ON },
        { "<os firmware='efi'><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type><firmware><feature enabled='yes' "
          "name='secure-boot'/></firmware></os>", NULL, NULL, DOM_TRI_ABSENT },
        { "<os firmware='bios'><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>", "", NULL, DOM_TRI_ABSENT },
    };
    const QemuConfig config = { .lib_dir = (char *)"/l" };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = g_strdup_printf("<domain type='kvm'><name>t</name><memory>65536</memory>%s</domain>",
                                               cases[i].os);
        g_autoptr(DomDef) def = dom_def_parse(xml, -1, 0, NULL);
        g_autoptr(GError) err = NULL;

        assert_non_null(def);
        assert_int_equal(qemu_firmware_choose(def, &config, GOLDEN_DIR "/firmware", &err), cases[i].image != NULL);
        if (!cases[i].image) {
            assert_int_equal(verr_code(err), VIR_ERR_OPERATION_FAILED);
            assert_non_null(strstr(err->message, "pc-i440fx-7.2"));
            continue;
        }
        assert_true(g_str_has_suffix(def->os.loader ? def->os.loader : "", cases[i].image));
        assert_true(cases[i].nvram ? g_str_has_suffix(def->os.nvram, cases[i].nvram) : !def->os.nvram);
        assert_int_equal(def->features.smm, cases[i].smm);
    }
}

typedef struct {
    const char *guest, *from, *to; /* an edit of the live XML */
    const char *device;            /* taken away from QEMU; NULL: none */
    int         code;
    const char *words;             /* what the message has to say */
} Refusal;

static const Refusal refusals[] = {
    { "05", "pc-i440fx-7.2", "pc-i440fx-99.0", NULL, VIR_ERR_INVALID_ARG, "'pc-i440fx-99.0'" },
    { "05", "pc-i440fx-7.2", "pc-i440fx-99.0", NULL, VIR_ERR_INVALID_ARG, "q35 (pc-q35-7.2)" },
    { "05", ">qemu64<", ">cray1<", NULL, VIR_ERR_CONFIG_UNSUPPORTED, "'cray1'" },
    { "11", "<x/>", "<x/>", "virtio-rng-pci", VIR_ERR_CONFIG_UNSUPPORTED, "virtio-rng-pci" },
    { "11", "<x/>", "<x/>", "virtio-blk-pci", VIR_ERR_CONFIG_UNSUPPORTED, "disk 'vda'" },
    { "05", "placement='static'>1<", "placement='static'>999<", NULL, VIR_ERR_CONFIG_UNSUPPORTED, "255" },
};

static void
refuses_what_this_qemu_lacks(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const Refusal *r = &refusals[i];
        g_autofree char *xml = read_golden(r->guest, "live.xml");
        g_auto(GStrv) parts = g_strsplit(xml, r->from, 2);
        g_autofree char *edited = g_strjoinv(r->to, parts);
        g_autoptr(DomDef) def = dom_def_parse(edited, -1, DOM_PARSE_LIVE, NULL);
        const CommandEnv env = { .caps = caps, .def = def, .domain_dir = "/d", .monitor_path = "/m" };
        g_autoptr(GError) err = NULL;
        bool ok;

        assert_non_null(def);
        if (r->device)
            g_hash_table_remove(caps->devices, r->device);
        ok = command_check(&env, &err);
        if (r->device)
            g_hash_table_add(caps->devices, g_strdup(r->device));
        assert_false(ok);
        print_message("%s\n", err->message);
        assert_int_equal(verr_code(err), r->code);
        assert_non_null(strstr(err->message, r->words));
    }
}

static void
refuses_kvm_where_there_is_none(void **state)
{
    g_autoptr(DomDef) def = parse("01", "live.xml", DOM_PARSE_LIVE);
    const CommandEnv env = { .caps = caps, .def = def, .domain_dir = "/d", .monitor_path = "/m" };
    g_autoptr(GError) err = NULL;

    caps->kvm_usable = false;
    assert_false(command_check(&env, &err));
    caps->kvm_usable = true;
    assert_int_equal(verr_code(err), VIR_ERR_CONFIG_UNSUPPORTED);
    assert_non_null(strstr(err->message, "/dev/kvm"));
}

static void
formats_for_a_shell(void **state)
{
    g_autoptr(DomDef) def = parse("05", "live.xml", DOM_PARSE_LIVE);
    const CommandEnv env = { .caps = caps, .def = def, .domain_dir = "/d", .monitor_path = "/m" };
    g_autoptr(QemuCommand) command = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) argv = NULL;
    int argc;

    assert_true(command_build(&env, &command, NULL));
    text = command_format_shell(command);
    assert_non_null(strstr(text, "\n-accel tcg \\\n"));
    assert_non_null(strstr(text, "path=/m,server=on"));
    /* What a shell makes of it is what was built. */
    assert_true(g_shell_parse_argv(strstr(text, "/usr/bin/qemu"), &argc, &argv, NULL));
    assert_int_equal(argc, command->argv->len - 1);
    for (int i = 0; i < argc; i++)
        assert_string_equal(argv[i], command->argv->pdata[i]);
}

int
main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(notices_a_moved_device),
        cmocka_unit_test(chooses_firmware_by_what_the_definition_asks_for),
        cmocka_unit_test(refuses_what_this_qemu_lacks),
        cmocka_unit_test(refuses_kvm_where_there_is_none),
        cmocka_unit_test(formats_for_a_shell),
    };
    struct CMUnitTest golden[2 * G_N_ELEMENTS(guests)];
    char *names[G_N_ELEMENTS(golden)];
    int failed;

    for (guint i = 0; i < G_N_ELEMENTS(guests); i++) {
        names[2 * i] = g_strdup_printf("guest_%s_from_a_users_xml", guests[i].name);
        names[2 * i + 1] = g_strdup_printf("guest_%s_from_a_live_xml", guests[i].name);
        golden[2 * i] = (struct CMUnitTest){ names[2 * i], builds_from_a_users_xml_what_libvirt_builds, NULL, NULL,
                                             (void *)&guests[i] };
        golden[2 * i + 1] = (struct CMUnitTest){ names[2 * i + 1], builds_from_a_live_xml_what_libvirt_builds, NULL,
                                                 NULL, (void *)&guests[i] };
    }
    failed = cmocka_run_group_tests(golden, load_caps, free_caps);
    failed += cmocka_run_group_tests(others, load_caps, free_caps);
    for (guint i = 0; i < G_N_ELEMENTS(golden); i++)
        g_free(names[i]);
    return failed;
}
