/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every class of mistake for every kind of element, from a table: what libvirt refuses is refused here with its code, and
 * what there is only there is refused by name. Who reads the message must find the place: each names an element and its line.
 */
#include "dom-test.h"

#include <stdlib.h>

/* where, code, line, xml; separated by tabs. In the XML each tag stands on a line of its own. */
enum { WHERE, CODE, LINE, XML, COLUMNS };

static char *
whole(const char *where, const char *part)
{
    bool q35 = g_str_has_prefix(where, "q35"), dimm = g_str_equal(where, "dimm");
    const char *memory = dimm ? "<maxMemory slots='4' unit='GiB'>4</maxMemory><cpu><numa><cell cpus='0' memory='65536'/></numa></cpu>" : "";

    return g_strdup_printf("<domain type='qemu'>\n<name>g</name>\n<memory>65536</memory>\n%s%s\n<os>\n<type machine='%s'>hvm</type>%s</os>\n"
                           "<devices>\n%s\n</devices>\n</domain>",
                           memory, g_str_equal(where, "domain") ? part : "", q35 ? "q35" : "pc", g_str_equal(where, "os") ? part : "",
                           g_str_equal(where, "domain") || g_str_equal(where, "os") ? "" : part);
}

static GError *
define_error(const char *xml)
{
    GError *err = NULL;
    g_autoptr(DomDef) def = dom_def_parse(xml, -1, 0, &err);

    return def && dom_def_complete(def, &test_caps, &err) ? NULL : err;
}

/* An element of the case, or one that is named as such: "<disk>", "element 'disk'". */
static bool
names_element(const char *message, const char *part)
{
    g_autoptr(GRegex) tag = g_regex_new("<([a-zA-Z0-9_]+)", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    if (g_regex_match_simple("<[a-zA-Z0-9_]+>|element '", message, 0, 0))
        return true;
    for (g_regex_match(tag, part, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *name = g_match_info_fetch(match, 1);
        g_autofree char *word = g_strdup_printf("\\b%s\\b", name);

        if (g_regex_match_simple(word, message, 0, 0))
            return true;
    }
    return false;
}

static void
check_case(char **row)
{
    g_auto(GStrv) tags = g_strsplit(row[XML], "><", -1);
    g_autofree char *part = g_strjoinv(">\n<", tags);
    g_autofree char *xml = whole(row[WHERE], part);
    g_autofree char *line = g_strdup_printf("line %s)", row[LINE]);
    g_autofree char *line_more = g_strdup_printf("line %s,", row[LINE]);
    g_autofree char *text = NULL;
    g_autoptr(GError) err = define_error(xml);

    if (!err)
        fail_msg("accepted: %s", xml);
    text = verr_text(err);
    if (verr_code(err) != atoi(row[CODE]))
        fail_msg("%s\n  %s\n  got code %d, want %s", xml, text, verr_code(err), row[CODE]);
    if (!strstr(text, line) && !strstr(text, line_more))
        fail_msg("%s\n  %s\n  does not name line %s", xml, text, row[LINE]);
    if (!names_element(text, part))
        fail_msg("%s\n  %s\n  names no element", xml, text);
}

static void
each_mistake_is_refused_where_it_stands(void **state)
{
    g_autofree char *table = NULL;
    guint count = 0;

    assert_true(g_file_get_contents(GOLDEN_DIR "/refused.tsv", &table, NULL, NULL));

    g_auto(GStrv) rows = g_strsplit(table, "\n", -1);

    for (guint i = 0; rows[i]; i++) {
        g_auto(GStrv) row = *rows[i] && *rows[i] != '#' ? g_strsplit(rows[i], "\t", -1) : NULL;

        if (!row)
            continue;
        if (g_strv_length(row) != COLUMNS)
            fail_msg("refused.tsv, line %u: %u columns", i + 1, g_strv_length(row));
        check_case(row);
        count++;
    }
    print_message("%u mistakes refused\n", count);
    assert_true(count > 500);
}

/* A table that forgets a kind of element is no table: all that libvirt's documentation puts on the first levels. */
static void
no_kind_of_element_is_forgotten(void **state)
{
    static const char kinds[] =
        "disk controller interface serial parallel console channel graphics video sound audio watchdog panic tpm rng memory memballoon input "
        "hub hostdev redirdev redirfilter smartcard iommu vsock filesystem shmem lease nvram crypto pstore "
        "cpu numa topology feature cache clock timer features hyperv kvm memoryBacking hugepages maxMemory currentMemory vcpu vcpus iothreads "
        "iothreadids os loader boot bootmenu bios smbios initrd acpi firmware sysinfo genid title launchSecurity seclabel resource keywrap idmap "
        "blkiotune memtune numatune cputune perf pm on_poweroff on_reboot on_crash on_lockfailure "
        "driver source target iotune backingStore encryption auth blockio geometry mirror address  rom log protocol listen model "
        "master pcihole64 mac link mtu tune bandwidth vlan virtualport filterref script backend rate stats codec acceleration resolution "
        "image jpeg gl";
    g_autofree char *table = NULL;
    g_auto(GStrv) names = g_strsplit(kinds, " ", -1);

    assert_true(g_file_get_contents(GOLDEN_DIR "/refused.tsv", &table, NULL, NULL));
    for (guint i = 0; names[i]; i++) {
        g_autofree char *tag = g_strdup_printf("<%s\\b", names[i]);

        if (!g_regex_match_simple(tag, table, 0, 0))
            fail_msg("no case has <%s>", names[i]);
    }
}

/* What looks like a mistake and is none for libvirt either: refused here, such a guest could not come from there. */
static const struct { const char *part, *printed; } taken[] = {
    {"<sysinfo type='smbios'><bios><entry name='date'>3/1/16</entry></bios></sysinfo>", ">3/1/16<"},
    {"<os firmware='efi'><type machine='q35'>hvm</type><loader secure='yes'/></os><features><acpi/></features>", "<loader secure='yes'/>"},
    {"<devices><disk type='file'><source file='/i'/><target dev='sda' bus='scsi'/><wwn>0x5000c50015ea71aa</wwn></disk></devices>", ">0x5000c"},
    {"<devices><disk type='file'><source file='/i'/><target dev='sda' bus='scsi' tray='closed'/></disk></devices>", "bus='scsi'/>"},
    {"<devices><video><model type='cirrus' vram='512'/></video></devices>", "type='cirrus' vram='512'"},
    {"<devices><video><model type='vga' vram='9216'/></video></devices>", "type='vga' vram='16384'"},
    {"<devices><video><model type='qxl' ram='65537' vram='1'/></video></devices>", "ram='131072' vram='1' vgamem='16384'"},
};

static void
what_libvirt_takes_is_taken(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(taken); i++) {
        g_autofree char *xml = g_strdup_printf("<domain type='qemu'><name>g</name><memory>65536</memory>%s%s</domain>",
                                               strstr(taken[i].part, "<os") ? "" : "<os><type machine='q35'>hvm</type></os>", taken[i].part);
        g_autoptr(DomDef) def = must_parse(xml, 0);
        GError *err = NULL;

        assert_ok(dom_def_complete(def, &test_caps, &err), err);
        g_autofree char *printed = dom_def_format(def, 0, &err);

        assert_ok(printed != NULL, err);
        if (!strstr(printed, taken[i].printed))
            fail_msg("%s\n  does not come back with %s:\n%s", taken[i].part, taken[i].printed, printed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_libvirt_takes_is_taken),
        cmocka_unit_test(each_mistake_is_refused_where_it_stands),
        cmocka_unit_test(no_kind_of_element_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
