/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A destination XML may change what the guest cannot see, and nothing else. What slips through here breaks the guest at the
 * moment it arrives; what is refused needlessly cannot be moved to a host with other paths.
 */
#include "dom-test.h"

#define GUEST \
    "<domain type='qemu'><name>g</name><uuid>0a0a0a0a-0000-4000-8000-000000000001</uuid><memory>131072</memory><vcpu>2</vcpu>" \
    "<os><type machine='pc'>hvm</type></os><features><acpi/></features><cpu><model>Nehalem</model><feature name='aes'/></cpu><devices>" \
    "<disk type='file'><driver name='qemu' type='raw' cache='none'/><source file='/a'/><target dev='vda'/><serial>S</serial></disk>" \
    "<disk type='file' device='cdrom'><source file='/b'/><target dev='hdc'/></disk>" \
    "<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><model type='virtio'/></interface>" \
    "<serial type='file'><source path='/log'/></serial><graphics type='vnc' listen='127.0.0.1'/><video><model type='vga'/></video>" \
    "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices></domain>"

typedef struct {
    const char *from, *to;      /* replaced in the XML */
    const char *message;        /* NULL: may change */
} Change;

static const Change changes[] = {
    {"/a'", "/elsewhere/a'", NULL},
    {"file='/b'", "file='/c'", NULL},
    {"cache='none'", "cache='writeback'", NULL},
    {"br0", "br1", NULL},
    {"127.0.0.1", "0.0.0.0", NULL},
    {"path='/log'", "path='/other'", NULL},
    {"/dev/urandom", "/dev/random", NULL},
    {"<serial type='file'><source path='/log'/>", "<serial type='null'>", NULL},
    {"<name>", "<title>new</title><name>", NULL},

    {"<name>g<", "<name>h<", "Target domain name 'h' does not match source 'g'"},
    {"8000-000000000001", "8000-000000000009", "Target domain uuid 0a0a0a0a-0000-4000-8000-000000000009 does not match source 0a0a0a0a-0000-4000-8000-000000000001"},
    {"131072", "262144", "Target domain max memory 262144 does not match source 131072"},
    {"type='qemu'>", "type='kvm'>", "Target domain virt type kvm does not match source qemu"},
    {"<vcpu>2", "<vcpu>3", "Target domain vCPU max 3 does not match source 2"},
    {"machine='pc'", "machine='pc-i440fx-5.2'", "Target domain machine type pc-i440fx-5.2 does not match source pc-i440fx-7.2"},
    {"<acpi/>", "<apic/>", "feature acpi"},
    {"Nehalem", "Westmere", "Target CPU model Westmere does not match source Nehalem"},
    {"<feature name='aes'/>", "<cache mode='disable'/><feature name='aes'/>", "Target CPU cache mode disable"},
    {"name='aes'", "name='avx'", "Target CPU feature avx does not match source aes"},
    {"<serial>S<", "<serial>T<", "Target disk serial T does not match source S"},
    {"dev='vda'", "dev='vdb'", "Target disk vdb does not match source vda"},
    {"dev='hdc'/>", "dev='hdc'/></disk><disk type='file'><source file='/x'/><target dev='vdz'/>", "Target domain disk count 3 does not match source 2"},
    {"dev='vda'/>", "dev='vda'/><address type='pci' slot='0x1e'/>", "Target device PCI address 0000:00:1e.0 does not match source 0000:00:04.0"},
    {"00:00:01'", "00:00:02'", "Target network card mac 52:54:00:00:00:02 does not match source 52:54:00:00:00:01"},
    {"<model type='virtio'/></interface>", "<model type='e1000'/></interface>", "Target network card model e1000 does not match source virtio"},
    {"<model type='vga'/>", "<model type='cirrus'/>", "Target video card model cirrus does not match source vga"},
    {"<model type='vga'/>", "<model type='vga' vram='8192'/>", "Target video card vram 8192 does not match source 16384"},
    {"<rng model", "<watchdog model='i6300esb'/><rng model", "Target domain watchdog count 1 does not match source 0"},
};

static char *
replace(const char *xml, const char *from, const char *to)
{
    g_auto(GStrv) parts = g_strsplit(xml, from, 2);

    if (!parts[0] || !parts[1])
        fail_msg("the guest has no '%s'", from);
    return g_strjoinv(to, parts);
}

static void
only_what_the_guest_sees_must_stay(void **state)
{
    g_autoptr(DomDef) src = must_define(GUEST);

    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *xml = replace(GUEST, changes[i].from, changes[i].to);
        g_autoptr(DomDef) dst = must_define(xml);
        g_autoptr(GError) err = NULL;
        bool same = dom_def_check_abi(src, dst, &err);

        if (same != !changes[i].message || (err && !strstr(err->message, changes[i].message)))
            fail_msg("%s -> %s: %s", changes[i].from, changes[i].to, err ? err->message : "accepted");
        if (err) {
            assert_int_equal(verr_code(err), VIR_ERR_CONFIG_UNSUPPORTED);
            assert_int_equal(verr_from(err), VIR_FROM_DOMAIN);
        }
    }
}

static void
running_guest_equals_its_definition(void **state)
{
    g_autoptr(DomDef) def = must_define(GUEST);
    g_autoptr(DomDef) live = dom_def_copy(def);
    GError *err = NULL;

    assert_ok(dom_def_prepare_live(live, &err), err);
    live->id = 3;
    live->orig_cpu = dom_cpu_copy(live->cpu);
    dom_cpu_set_feature(live->cpu, "pni", DOM_CPU_POLICY_DISABLE);
    assert_ok(dom_def_check_abi(live, def, &err), err);
    assert_ok(dom_def_check_abi(def, live, &err), err);
}

static void
cpu_travels_alone(void **state)
{
    g_autofree char *xml = read_golden("02", ".live.xml");
    g_autoptr(DomDef) def = must_parse(xml, DOM_PARSE_LIVE);
    g_autofree char *text = dom_cpu_format(def->cpu);
    GError *err = NULL;
    g_autoptr(DomCpu) cpu = dom_cpu_parse(text, -1, &err);

    assert_ok(cpu != NULL, err);

    g_autofree char *again = dom_cpu_format(cpu);

    assert_string_equal(again, text);
    assert_true(g_str_has_prefix(text, "<cpu mode='custom' match='exact' check='full'>\n  <model fallback='forbid'>kvm64</model>\n"));

    dom_cpu_set_feature(cpu, "pni", DOM_CPU_POLICY_REQUIRE);
    dom_cpu_set_feature(cpu, "new", DOM_CPU_POLICY_DISABLE);
    assert_int_equal(cpu->features->len, def->cpu->features->len + 1);
}

static void
disks_are_found_by_all_their_names(void **state)
{
    g_autofree char *xml = read_golden("01", ".live.xml");
    g_autoptr(DomDef) def = must_parse(xml, DOM_PARSE_LIVE);

    assert_ptr_equal(dom_def_disk_find(def, "hdc"), dom_def_disk_by_target(def, "hdc"));
    assert_ptr_equal(dom_def_disk_find(def, "ide0-1-0"), dom_def_disk_by_target(def, "hdc"));
    assert_ptr_equal(dom_def_disk_find(def, "/var/lib/libvirt/images/cd.iso"), dom_def_disk_by_target(def, "hdc"));
    assert_null(dom_def_disk_find(def, "hdd"));
}

static void
names_that_are_no_file_names_are_refused(void **state)
{
    static const char *const bad[] = {"", "a/b", ".", "..", "a\nb"};
    g_autoptr(DomDef) def = must_define(GUEST);

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) err = NULL;

        assert_false(dom_def_set_name(def, bad[i], &err));
        assert_string_equal(def->name, "g");
    }
    assert_true(dom_def_set_name(def, "other name", NULL));
    assert_string_equal(def->name, "other name");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_the_guest_sees_must_stay),
        cmocka_unit_test(running_guest_equals_its_definition),
        cmocka_unit_test(cpu_travels_alone),
        cmocka_unit_test(disks_are_found_by_all_their_names),
        cmocka_unit_test(names_that_are_no_file_names_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
