/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Thousands of generated guests. A definition that changes by being stored and read again would move devices under the
 * guest's feet; two devices with one address would not start at all.
 */
#include "dom-test.h"

#include <stdlib.h>

#include "util/xml.h"

#define GUESTS 3000

typedef struct {
    GRand *random;
    GString *xml;
    int targets[4];         /* next letter of hd, sd, vd, usb-sd */
    bool q35;
} Maker;

static int
pick(Maker *maker, int below)
{
    return g_rand_int_range(maker->random, 0, below);
}

static const char *
pick_word(Maker *maker, const char *const *words)
{
    guint count = g_strv_length((char **)words);

    return words[pick(maker, (int)count)];
}

static void
add_disk(Maker *maker)
{
    static const char *const caches[] = {"", " cache='none'", " cache='writethrough' discard='unmap'", " cache='none' io='native'",
                                         " error_policy='stop' rerror_policy='report' detect_zeroes='on' copy_on_read='on'", NULL};
    static const char *const extras[] = {"", "<shareable/>", "<serial>S-1</serial>", "<backingStore/>", "<iotune><read_iops_sec>7</read_iops_sec></iotune>",
                                         "<blockio logical_block_size='512' physical_block_size='4096'/>", "<alias name='ua-d'/>", "<boot order='3'/>",
                                         "<backingStore type='file'><format type='qcow2'/><source file='/b'/><backingStore type='file'><format type='raw'/>"
                                         "<source file='/c'/><backingStore/></backingStore></backingStore>", NULL};
    int bus = pick(maker, 4);
    const char *prefixes[] = {"vd", maker->q35 ? "sd" : "hd", "sd", "sd"};
    const char *names[] = {"virtio", maker->q35 ? "sata" : "ide", "scsi", "usb"};
    /* sd names are shared by three buses. */
    int *next = strcmp(prefixes[bus], "sd") == 0 ? &maker->targets[3] : &maker->targets[bus];

    bool block = g_rand_boolean(maker->random);

    if (*next >= 4)
        return;
    g_string_append_printf(maker->xml,
                           "<disk type='%s' device='disk'><driver name='qemu' type='%s'%s/><source %s='/d/%d'/>"
                           "<target dev='%s%c' bus='%s'/>%s</disk>",
                           block ? "block" : "file", pick(maker, 2) ? "raw" : "qcow2", pick_word(maker, caches),
                           block ? "dev" : "file", pick(maker, 99), prefixes[bus], 'a' + *next, names[bus], pick_word(maker, extras));
    ++*next;
}

static void
add_piece(Maker *maker)
{
    static const char *const pieces[] = {
        "<interface type='user'><model type='virtio'/></interface>",
        "<interface type='bridge'><source bridge='b&lt;0'/><model type='e1000'/></interface>",
        "<interface type='ethernet'><target dev='tap7'/><model type='rtl8139'/><link state='down'/><mtu size='1400'/></interface>",
        "<interface type='user'><model type='e1000e'/></interface>",
        "<interface type='ethernet'><mac address='52:54:00:11:22:33'/><target dev='tap9' managed='no'/><model type='virtio'/>"
        "<driver name='vhost' txmode='iothread' ioeventfd='on' event_idx='off' queues='4' rx_queue_size='512' tx_queue_size='512'/><coalesce/>"
        "<rom bar='off'/></interface>",
        "<disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='nbd' name='e'><host name='h' port='10809'/></source>"
        "<target dev='vdz' bus='virtio'/></disk>",
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2' queues='4' iothread='1'/><source file='/q'/><target dev='vdx' bus='virtio'/></disk>",
        "<disk type='file' device='disk'><source file='/w'/><target dev='sdy' bus='scsi'/><iotune><total_bytes_sec>1000000</total_bytes_sec></iotune>"
        "<wwn>5000c50015ea71ad</wwn></disk>",
        "<disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='nbd' name='e'><host name='h' port='10809'/></source>"
        "<target dev='vdy' bus='virtio'/></disk>",
        "<disk type='file' device='cdrom'><target dev='sdz' bus='usb' tray='open' removable='on'/><readonly/></disk>",
        "<disk type='file' device='floppy'><source file='/f'/><target dev='fda' bus='fdc'/></disk>",
        "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='7' tls='no'/><protocol type='telnet'/><target port='0'/>"
        "<log file='/log' append='off'/></serial>",
        "<console type='tcp'><source mode='connect' host='h' service='8'><reconnect enabled='yes' timeout='5'/></source>"
        "<protocol type='raw'/><log file='/l' append='on'/></console>",
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
        "<channel type='pty'><target type='virtio' name='a.b'/></channel>",
        "<channel type='unix'><source mode='bind' path='/s'/><target type='virtio' name='c'/><address type='virtio-serial' controller='0' bus='0' port='17'/></channel>",
        "<serial type='pty'/>", "<serial type='file'><source path='/log' append='on'/></serial>",
        "<serial type='udp'><source mode='bind' host='0' service='1'/><source mode='connect' host='h' service='2'/></serial>",
        "<serial type='null'><target type='usb-serial'/></serial>", "<serial type='null'><target type='pci-serial'/></serial>",
        "<console type='pty'/>", "<console type='pty'><target type='virtio'/></console>",
        "<parallel type='null'/>",
        "<input type='tablet' bus='usb'/>", "<input type='keyboard' bus='usb'/>", "<input type='mouse' bus='virtio'/>",
        "<hub type='usb'/>",
        "<graphics type='vnc' port='-1' listen='::1' passwd='it&apos;s'/>", "<graphics type='vnc' port='5999'/>",
        "<video><model type='qxl' heads='2'/></video>", "<video><model type='virtio' primary='yes'/></video>", "<video><model type='vga'/></video>",
        "<sound model='ich9'/>", "<sound model='ich6'><codec type='duplex'/></sound>",
        "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>",
        "<rng model='virtio'><rate bytes='1024' period='1000'/><backend model='random'>/dev/urandom</backend></rng>",
        "<watchdog model='i6300esb'/>", "<panic/>", "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>",
        "<graphics type='spice' autoport='yes' passwd='word'><image compression='off'/></graphics>",
        "<graphics type='spice' port='5930'/><channel type='spicevmc'/>", "<graphics type='spice'/>",
        "<graphics type='spice' port='5931' tlsPort='5932' defaultMode='secure'><channel name='record' mode='insecure'/><channel name='main' mode='any'/>"
        "<channel name='display' mode='secure'/><jpeg compression='auto'/><zlib compression='never'/><playback compression='off'/>"
        "<streaming mode='all'/><mouse mode='client'/><clipboard copypaste='no'/><filetransfer enable='no'/></graphics>",
        "<interface type='user'><model type='virtio'/><boot order='2'/></interface>", "<graphics type='vnc' socket='/vnc'/>",
        "<controller type='virtio-serial' index='1' ports='16' vectors='4'/>",
        "<controller type='scsi' model='virtio-scsi'/>", "<controller type='scsi' model='virtio-scsi'><driver queues='4' iothread='1'/></controller>", "<controller type='virtio-serial' ports='20'/>",
        "<controller type='usb' index='1' model='ich9-ehci1'/>",
        "<controller type='usb' index='1' model='ich9-uhci1'><master startport='0'/></controller>",
        "<controller type='usb' index='2' model='nec-xhci' ports='9'/>",
        "<memballoon model='virtio' autodeflate='on' freePageReporting='on'><stats period='5'/></memballoon>", "<memballoon model='none'/>",
        NULL,
    };
    static const char *const pci[] = {"<controller type='pci' index='1' model='pci-bridge'/>", "<controller type='pci' index='4' model='pci-bridge'/>",
                                      "<rng model='virtio'><backend model='builtin'/><address type='pci' bus='2' slot='3'/></rng>", NULL};
    static const char *const pcie[] = {"<controller type='pci' index='1' model='pcie-root-port'/>", "<controller type='pci' index='2' model='dmi-to-pci-bridge'/>",
                                       "<controller type='pci' index='5' model='pcie-root-port'><target port='0x1f'/></controller>",
                                       "<rng model='virtio'><backend model='builtin'/><address type='pci' bus='3' slot='0'/></rng>", NULL};

    switch (pick(maker, 4)) {
    case 0:
        add_disk(maker);
        return;
    case 1:
        if (pick(maker, 3) == 0)
            g_string_append(maker->xml, pick_word(maker, maker->q35 ? pcie : pci));
        return;
    default:
        g_string_append(maker->xml, pick_word(maker, pieces));
    }
}

/* What may stand above the devices: of each row one, or none. */
static const char *const tops[][8] = {
    {"<cpu mode='host-model'/>", "<cpu mode='host-passthrough' migratable='off'/>",
     "<cpu><model>Nehalem</model><feature name='aes' policy='disable'/></cpu>",
     "<cpu mode='custom' match='exact' check='partial'><model fallback='forbid'>Haswell</model><vendor>Intel</vendor>"
     "<topology sockets='2' dies='1' cores='2' threads='1'/></cpu><vcpu placement='static' current='2'>4</vcpu>",
     "<cpu mode='maximum'><cache mode='passthrough'/></cpu>", "<cpu mode='host-passthrough'><cache level='3' mode='emulate'/></cpu>",
     "<cpu><numa><cell id='0' cpus='0-1' memory='1048576' unit='KiB' memAccess='shared'/><cell id='1' cpus='2' memory='524288' unit='KiB'/></numa></cpu>"
     "<maxMemory slots='4' unit='GiB'>64</maxMemory><vcpu>3</vcpu>"},
    {"<features><acpi/><apic eoi='on'/><kvm><hidden state='on'/></kvm></features>",
     "<features><acpi/><pae/><hyperv mode='custom'><relaxed state='on'/><vapic state='on'/><spinlocks state='on' retries='8191'/><vpindex state='on'/>"
     "<runtime state='on'/><synic state='on'/><stimer state='on'/><vendor_id state='on' value='abc'/></hyperv><pmu state='off'/><vmport state='off'/>"
     "<ioapic driver='qemu'/><smm state='on'/></features>"},
    {"<title>a &amp; b</title><description>&lt;x&gt; 'y'</description>",
     "<metadata><m:x xmlns:m='urn:m' a=\"'\"><m:y>text</m:y></m:x></metadata>"},
    {"<clock offset='localtime'><timer name='hpet' present='no'/></clock>",
     "<clock offset='variable' adjustment='3600' basis='utc'><timer name='rtc' tickpolicy='catchup' track='guest'/><timer name='pit' tickpolicy='delay'/>"
     "<timer name='tsc' frequency='3000000000' mode='native'/></clock>", "<clock offset='timezone' timezone='Europe/Paris'/>"},
    {"<iothreads>2</iothreads>"},
    {"<on_poweroff>destroy</on_poweroff><on_crash>preserve</on_crash>"},
    {"<memoryBacking><source type='memfd'/><access mode='shared'/><discard/></memoryBacking>",
     "<memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages><nosharepages/><locked/><allocation mode='immediate'/></memoryBacking>"},
    {"<pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='yes'/></pm>"},
    {"<sysinfo type='smbios'><bios><entry name='vendor'>V</entry></bios><system><entry name='product'>P</entry></system>"
     "<oemStrings><entry>one</entry></oemStrings></sysinfo>"},
    {"<seclabel type='dynamic' model='dac' relabel='yes'><label>+0:+0</label><imagelabel>+0:+0</imagelabel></seclabel>"},
    {"<genid>c7a5fdbd-edaf-9455-926a-d65c16db1809</genid>"},
    {"<currentMemory unit='KiB'>4096</currentMemory>"},
};

static const char *const systems[] = {
    "", "", "<boot dev='hd'/><bootmenu enable='yes' timeout='3000'/>", "<smbios mode='sysinfo'/>", "<bios useserial='yes' rebootTimeout='5'/>",
    "<loader readonly='yes' type='pflash'>/f.fd</loader><nvram template='/t.fd'>/n.fd</nvram>",
    "<kernel>/k</kernel><initrd>/i</initrd><cmdline>console=ttyS0</cmdline>",
    "<firmware><feature enabled='no' name='enrolled-keys'/><feature enabled='no' name='secure-boot'/></firmware>", NULL,
};

/* true: dimms may follow. */
static bool
add_tops(Maker *maker)
{
    bool dimms = false;

    for (size_t i = 0; i < G_N_ELEMENTS(tops); i++) {
        guint count = 0;

        while (count < G_N_ELEMENTS(tops[i]) && tops[i][count])
            count++;
        if (pick(maker, 3) > 0)
            continue;

        const char *top = tops[i][pick(maker, (int)count)];

        dimms |= strstr(top, "<maxMemory") != NULL;
        g_string_append(maker->xml, top);
    }
    return dimms;
}

static char *
make_guest(GRand *random)
{
    Maker maker = {.random = random, .xml = g_string_new(NULL), .q35 = g_rand_boolean(random)};
    const char *system = pick_word(&maker, systems);

    g_string_append_printf(maker.xml, "<domain type='%s'><name>g%d</name><memory unit='MiB'>%d</memory>", pick(&maker, 2) ? "kvm" : "qemu",
                           pick(&maker, 1000), 1 + pick(&maker, 9999));
    bool dimms = add_tops(&maker);

    g_string_append_printf(maker.xml, "<os%s><type machine='%s'>hvm</type>%s</os><devices>", strstr(system, "<firmware") ? " firmware='efi'" : "",
                           maker.q35 ? "q35" : "pc", system);
    for (int count = dimms ? pick(&maker, 3) : 0; count > 0; count--)
        g_string_append_printf(maker.xml, "<memory model='dimm'><target><size unit='MiB'>512</size><node>%d</node></target></memory>",
                               pick(&maker, 2));
    for (int count = pick(&maker, 18); count > 0; count--)
        add_piece(&maker);
    g_string_append(maker.xml, "</devices></domain>");
    return g_string_free(maker.xml, FALSE);
}

static void
assert_unique(GHashTable *seen, char *address, const char *xml)
{
    if (!g_hash_table_add(seen, address))
        fail_msg("address used twice: %s\n%s", address, xml);
}

static void
note_addresses(GHashTable *seen, const DomDef *def, const char *xml)
{
    static const char open[] = "<address type='";
    g_autoptr(DomDef) copy = dom_def_copy(def);
    DomChr *console = copy->consoles->len ? g_ptr_array_index(copy->consoles, 0) : NULL;

    /* The mirror of the serial port has the port's address, by right. */
    if (console && console->is_serial_copy)
        console->info.addr.type = DOM_ADDR_NONE;

    g_autofree char *printed = must_format(copy, 0);

    /* Every kind of device, also those yet to come: by the text, not by the structs. Drives are numbered per bus type. */
    for (const char *at = printed; (at = strstr(at, open)); at++) {
        g_autofree char *line = g_strndup(at, strcspn(at, ">"));
        char *multi = strstr(line, " multifunction");

        if (strstr(line, "'drive'"))
            continue;
        if (multi)
            *multi = '\0';
        assert_unique(seen, g_steal_pointer(&line), xml);
    }
}

static void
check_addresses(const DomDef *def, const char *xml)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    DomDisk *disk;

    note_addresses(seen, def, xml);
    dom_each(disk, def->disks) {
        const DomDriveAddr *drive = &disk->info.addr.drive;

        if (disk->info.addr.type == DOM_ADDR_DRIVE)
            assert_unique(seen, g_strdup_printf("drive %d %u %u %u %u", disk->bus, drive->controller, drive->bus, drive->target, drive->unit), xml);
    }
}

static int
compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
sorted_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    qsort(lines, g_strv_length(lines), sizeof(char *), compare_lines);
    return g_strjoinv("\n", lines);
}

static void
check_storing(const DomDef *def)
{
    g_autofree char *first = must_format(def, DOM_XML_SECURE);
    g_autoptr(DomDef) stored = must_define(first);
    g_autofree char *second = must_format(stored, DOM_XML_SECURE);
    g_autoptr(DomDef) again = must_define(second);
    g_autofree char *third = must_format(again, DOM_XML_SECURE);
    GError *err = NULL;

    assert_same_text("stored twice", third, second);

    /* Reading sorts controllers, nothing else may differ. */
    g_autofree char *a = sorted_lines(first), *b = sorted_lines(second);

    assert_same_text("stored once", b, a);
    assert_ok(dom_def_check_abi(def, stored, &err), err);
}

static void
check_handing_over(const DomDef *def)
{
    g_autofree char *sent = must_format(def, DOM_XML_SECURE | DOM_XML_MIGRATABLE);
    g_autoptr(DomDef) received = must_define(sent);
    g_autofree char *sent_on = must_format(received, DOM_XML_SECURE | DOM_XML_MIGRATABLE);

    assert_same_text("handed over", sent_on, sent);
}

/* "disk/driver", "disk/driver@cache" of every element below node. */
static void
note_words(GHashTable *words, const XmlNode *node)
{
    for (const XmlNode *child = node->first; child; child = child->next) {
        g_hash_table_add(words, g_strdup_printf("%s/%s", node->name, child->name));
        for (const XmlAttr *attr = child->attrs; attr; attr = attr->next)
            g_hash_table_add(words, g_strdup_printf("%s/%s@%s", node->name, child->name, attr->name));
        note_words(words, child);
    }
}

static void
note_document(GHashTable *words, const char *xml)
{
    XmlInput input = {"test", "domain", "metadata", VIR_FROM_DOMAIN};
    g_autoptr(XmlDoc) doc = xml_parse(xml, -1, &input, NULL);

    assert_non_null(doc);
    note_words(words, xml_doc_root(doc));
}

/* What QEMU answers once it runs; all of it in one place does not matter here. */
static void
take_answers(DomDef *def, uint64_t base, const char *tty)
{
    DomMemory *dimm;
    DomDisk *disk;
    DomChr *serial;

    /* An empty drive of a running guest has no format; its next start gives it one. */
    dom_each(disk, def->disks)
        disk->format = disk->format || tty ? disk->format : DOM_FORMAT_RAW;
    dom_each(dimm, def->memories) {
        dimm->info.addr.dimm.base = base;
        base += base ? dimm->size_kib * 1024 : 0;
    }
    dom_each(serial, def->serials)
        if (serial->src.type == DOM_CHR_PTY) {
            g_free(serial->src.path);
            serial->src.path = g_strdup(tty);
        }
    dom_mirror_console(def);
}

static void
check_running(const DomDef *def, GHashTable *words)
{
    g_autoptr(DomDef) live = dom_def_copy(def);
    GError *err = NULL;

    assert_ok(dom_def_prepare_live(live, &err), err);
    live->id = 7;
    take_answers(live, G_GUINT64_CONSTANT(0x100000000), "/dev/pts/9");

    g_autofree char *state = must_format(live, DOM_XML_STATUS);
    g_autoptr(DomDef) recovered = must_parse(state, DOM_PARSE_LIVE);
    g_autofree char *again = must_format(recovered, DOM_XML_STATUS);
    g_autofree char *defined = must_format(def, DOM_XML_SECURE);

    assert_same_text("recovered after a restart", again, state);
    note_document(words, state);
    dom_def_strip_live(recovered);
    take_answers(recovered, 0, NULL);

    g_autofree char *stopped = must_format(recovered, DOM_XML_SECURE);
    g_autofree char *a = sorted_lines(defined), *b = sorted_lines(stopped);

    /* A raw image's end of chain is found at start, and stays. */
    if (!strstr(stopped, "<backingStore/>"))
        assert_same_text("stopped", b, a);
}

static GHashTable *
captured_words(void)
{
    static const char *const forms[] = {".xml", ".live.xml", ".migratable.xml"};
    GHashTable *words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (int guest = 1; guest <= 11; guest++)
        for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
            g_autofree char *name = g_strdup_printf("%02d", guest);
            g_autofree char *xml = read_golden(name, forms[i]);

            note_document(words, xml);
        }
    return words;
}

/* What libvirt's guests use and no generated one has is not tested by any of this. */
static void
check_coverage(GHashTable *generated)
{
    g_autoptr(GHashTable) captured = captured_words();
    g_autoptr(GString) missing = g_string_new(NULL);
    GHashTableIter iter;
    gpointer word;

    for (g_hash_table_iter_init(&iter, captured); g_hash_table_iter_next(&iter, &word, NULL);)
        if (!g_hash_table_contains(generated, word))
            g_string_append_printf(missing, " %s", (const char *)word);
    if (missing->len)
        fail_msg("the generator never makes:%s", missing->str);
    print_message("%u kinds of elements and attributes, all that %u of the captured guests are\n", g_hash_table_size(generated),
                  g_hash_table_size(captured));
}

static void
generated_guests_are_stable(void **state)
{
    g_autoptr(GHashTable) words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GRand) random = g_rand_new_with_seed(2026);
    int defined = 0;

    for (int i = 0; i < GUESTS; i++) {
        g_autofree char *xml = make_guest(random);
        g_autoptr(GError) err = NULL;
        g_autoptr(DomDef) def = dom_def_parse(xml, -1, 0, &err);

        if (!def || !dom_def_complete(def, &test_caps, &err)) {
            assert_non_null(err);
            continue;
        }
        defined++;
        note_document(words, xml);
        check_addresses(def, xml);
        check_storing(def);
        check_handing_over(def);
        check_running(def, words);
    }
    /* The generator would be worth nothing if most of it were refused. */
    print_message("%d of %d generated guests are valid\n", defined, GUESTS);
    assert_true(defined > GUESTS / 3);
    check_coverage(words);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_guests_are_stable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
