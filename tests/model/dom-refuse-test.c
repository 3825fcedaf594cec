/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML that must not become a guest. What is not refused here is silently dropped or, worse, half-obeyed: a user finds out
 * when the guest runs without the device he asked for.
 */
#include <time.h>

#include "dom-test.h"

#define HEAD "<domain type='qemu'><name>g</name><memory>65536</memory><os><type machine='pc'>hvm</type></os>"
#define DEVICES(xml) HEAD "<devices>" xml "</devices></domain>"
#define TOP(xml) HEAD xml "</domain>"
#define Q35(xml) "<domain type='qemu'><name>g</name><memory>65536</memory><os><type machine='q35'>hvm</type></os><devices>" xml "</devices></domain>"
#define DISK(target) "<disk type='file'><source file='/i/" target "'/><target dev='" target "'/>"

typedef struct {
    const char *xml;
    int code;
    const char *fragment;   /* of the complete message */
    int from;               /* 0: VIR_FROM_DOMAIN */
} Case;

static const Case cases[] = {
    /* not XML, or not ours */
    {"foo", VIR_ERR_XML_DETAIL, "(domain_definition):1: Start tag expected, '<' not found\nfoo\n^"},
    {"<bad", VIR_ERR_XML_DETAIL, "(domain_definition):1: Couldn't find end of Start Tag bad line 1\n<bad\n----^"},
    {"", VIR_ERR_XML_DETAIL, "(domain_definition):1: "},
    {"<foo/>", VIR_ERR_XML_ERROR, "XML error: expecting root element of 'domain', not 'foo'", VIR_FROM_XML},
    {"<domain><name>\xff</name></domain>", VIR_ERR_XML_DETAIL, "(domain_definition):1: "},
    {"<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><domain><name>&b;</name></domain>", VIR_ERR_XML_ERROR, "entities are not accepted"},
    {"<!DOCTYPE domain SYSTEM 'http://127.0.0.1:1/x.dtd'><domain/>", VIR_ERR_XML_ERROR, "entities are not accepted"},
    {"<domain type='qemu'><name>&file;</name></domain>", VIR_ERR_XML_DETAIL, "Entity 'file' not defined"},

    /* identity */
    {"<domain/>", VIR_ERR_NO_NAME, "missing name information"},
    {"<domain type='qemu'><name/></domain>", VIR_ERR_NO_NAME, "missing name information"},
    {"<domain type='bogus'><name>g</name></domain>", VIR_ERR_CONFIG_UNSUPPORTED, "unsupported configuration: invalid domain type bogus"},
    {"<domain type='qemu'><name>a/b</name><memory>1</memory><os><type>hvm</type></os></domain>", VIR_ERR_XML_ERROR, "name a/b cannot contain '/'"},
    {"<domain type='qemu'><name>..</name><memory>1</memory><os><type>hvm</type></os></domain>", VIR_ERR_XML_ERROR, "'..'"},
    {TOP("<uuid>not-a-uuid</uuid>"), VIR_ERR_INTERNAL_ERROR, "malformed uuid element"},
    {TOP("<uuid>0a0a0a0a-0000-4000-8000-0000000000011</uuid>"), VIR_ERR_INTERNAL_ERROR, "malformed uuid element"},
    {"<domain type='qemu'><name>g</name><memory>1</memory></domain>", VIR_ERR_XML_ERROR, "an os <type> must be specified"},
    {"<domain type='qemu'><name>g</name><memory>1</memory><os><type>xen</type></os></domain>", VIR_ERR_CONFIG_UNSUPPORTED, "does not support os type 'xen'"},
    {"<domain type='qemu'><name>g</name><memory>1</memory><os><type arch='aarch64'>hvm</type></os></domain>", VIR_ERR_CONFIG_UNSUPPORTED, "aarch64"},
    {"<domain type='qemu'><name>g</name><memory>1</memory><os><type machine='bogus'>hvm</type></os></domain>", VIR_ERR_CONFIG_UNSUPPORTED, "machine type 'bogus'"},

    /* sizes */
    {"<domain type='qemu'><name>g</name><os><type>hvm</type></os></domain>", VIR_ERR_XML_ERROR, "Memory size must be specified"},
    {"<domain type='qemu'><name>g</name><memory unit='furlong'>1</memory><os><type>hvm</type></os></domain>", VIR_ERR_INVALID_ARG, "unknown suffix 'furlong'"},
    {"<domain type='qemu'><name>g</name><memory unit='PiB'>99999999</memory><os><type>hvm</type></os></domain>", VIR_ERR_OVERFLOW, "value too large: 99999999PiB"},
    {"<domain type='qemu'><name>g</name><memory>-5</memory><os><type>hvm</type></os></domain>", VIR_ERR_XML_ERROR, "'-5'"},
    {TOP("<vcpu>99999999999999999999</vcpu>"), VIR_ERR_XML_ERROR, "'vcpu'"},
    {TOP("<vcpu current='4'>2</vcpu>"), VIR_ERR_CONFIG_UNSUPPORTED, "maximum vCPU count must not be less than current vCPU count (2 < 4)"},
    {TOP("<vcpu>4</vcpu><cpu><topology sockets='1' cores='2' threads='1'/></cpu>"), VIR_ERR_CONFIG_UNSUPPORTED, "CPU topology doesn't match maximum vcpu count"},
    {TOP("<vcpu cpuset='0-3'>2</vcpu>"), VIR_ERR_CONFIG_UNSUPPORTED, "cpuset"},
    {TOP("<cpu><numa><cell cpus='0' memory='64'/><cell id='5' cpus='1' memory='64'/></numa></cpu>"), VIR_ERR_XML_ERROR, "cell id 5"},
    {TOP("<vcpu>2</vcpu><cpu><numa><cell cpus='0-x' memory='64'/></numa></cpu>"), VIR_ERR_INVALID_ARG, "0-x"},
    {TOP("<vcpu>2</vcpu><cpu><numa><cell cpus='0-5' memory='64'/></numa></cpu>"), VIR_ERR_INTERNAL_ERROR, "vCPU 5"},
    {TOP("<clock offset='utc' adjustment='60'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "adjustment"},
    {TOP("<seclabel type='static' model='dac'><label>a:b</label></seclabel>"), VIR_ERR_CONFIG_UNSUPPORTED, "seclabel"},
    {TOP("<features><vmcoreinfo state='on'/></features>"), VIR_ERR_CONFIG_UNSUPPORTED, "<vmcoreinfo>"},
    {TOP("<maxMemory unit='GiB'>2</maxMemory>"), VIR_ERR_XML_ERROR, "memory slot count"},

    /* what we do not understand is named */
    {TOP("<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-S'/></qemu:commandline>"), VIR_ERR_CONFIG_UNSUPPORTED, "<commandline> of namespace 'http://libvirt.org/schemas/domain/qemu/1.0' in <domain>"},
    {TOP("<launchSecurity type='sev'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "unsupported element <launchSecurity> in <domain> (line 1)"},
    {DEVICES("\n\n<hostdev mode='subsystem' type='usb'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "unsupported element <hostdev> in <devices> (line 3)"},
    {DEVICES("<redirdev bus='usb' type='spicevmc'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "<redirdev>"},
    {DEVICES(DISK("vda") "<xyz/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "unsupported element <xyz> in <disk> (line 1)"},
    {DEVICES("<disk type='file' frobnicate='1'><source file='/i'/><target dev='vda'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "unsupported attribute 'frobnicate' in <disk>"},
    {DEVICES(DISK("vda") "<driver cache='sometimes'/></disk>"), VIR_ERR_XML_ERROR, "Invalid value for attribute 'cache' in element 'driver': 'sometimes'."},
    {DEVICES(DISK("vda") "<driver name='qemu'/><driver name='qemu'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "duplicate element <driver> in <disk>"},
    {DEVICES("<interface type='direct'><source dev='eth0'/></interface>"), VIR_ERR_CONFIG_UNSUPPORTED, "unsupported type 'direct' in <interface>"},
    {DEVICES("<memballoon model='virtio'/><memballoon model='none'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "duplicate element <memballoon>"},
    {TOP("<features><acpi/><frob/></features>"), VIR_ERR_CONFIG_UNSUPPORTED, "unsupported element <frob> in <features>"},
    {TOP("<features><pmu state='maybe'/></features>"), VIR_ERR_XML_ERROR, "'on' or 'off'"},

    /* disks */
    {DEVICES("<disk type='file'><source file='/i'/></disk>"), VIR_ERR_NO_TARGET, "missing target information for device /i"},
    {DEVICES("<disk type='file'><target dev='vda'/></disk>"), VIR_ERR_NO_SOURCE, "vda"},
    {DEVICES("<disk type='file'><source file='/i'/><target dev='zz9'/></disk>"), VIR_ERR_XML_ERROR, "'zz9'"},
    {DEVICES("<disk type='file'><source file='/i'/><target dev='vdaaaaaaaaa' bus='ide'/></disk>"), VIR_ERR_XML_ERROR, "Unknown disk name 'vdaaaaaaaaa'"},
    {DEVICES("<disk type='file'><source file='/i'/><target dev='../x' bus='virtio'/></disk>"), VIR_ERR_XML_ERROR, "Invalid disk device name: '../x'"},
    {DEVICES(DISK("vda") "</disk>" DISK("vda") "</disk>"), VIR_ERR_XML_ERROR, "target 'vda' duplicated for disk sources '/i/vda' and '/i/vda'"},
    {DEVICES(DISK("hda") "</disk>" DISK("hdb") "<address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "Found duplicate drive address for disk with target name 'hda'"},
    {DEVICES(DISK("hda") "<address type='drive' controller='0' bus='7' target='0' unit='0'/></disk>"), VIR_ERR_XML_ERROR, "no bus 7"},
    {DEVICES(DISK("hda") "<address type='drive' controller='1' bus='0' target='0' unit='0'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "Only a single IDE controller"},
    {DEVICES(DISK("hda") "<address type='pci' slot='5'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "address type 'pci' does not fit bus 'ide'"},
    {DEVICES(DISK("hda") "<readonly/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "readonly ide disks are not supported"},
    {DEVICES("<disk type='file' device='cdrom'><target dev='vda' bus='virtio'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "does not support ejectable media"},
    {DEVICES("<disk type='file' device='floppy'><target dev='hda' bus='ide'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "disk device 'floppy' cannot be on bus 'ide'"},
    {DEVICES(DISK("vda") "<driver io='native'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "io='native' needs either no disk cache"},
    {DEVICES(DISK("vda") "<driver iothread='1'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "Disk iothread '1' not defined"},
    {DEVICES(DISK("vda") "<serial>a,b=c</serial></disk>"), VIR_ERR_INTERNAL_ERROR, "unsafe characters"},
    {DEVICES("<disk type='network'><source protocol='rbd' name='x'/><target dev='vda'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "unsupported protocol 'rbd'"},
    {Q35(DISK("hda") "</disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "IDE controllers are unsupported"},

    /* addresses and buses */
    {DEVICES(DISK("vda") "<address type='pci' slot='9'/></disk>" DISK("vdb") "<address type='pci' slot='9'/></disk>"), VIR_ERR_XML_ERROR, "Attempted double use of PCI Address 0000:00:09.0"},
    {DEVICES(DISK("vda") "<address type='pci' slot='0x1f' domain='1'/></disk>"), VIR_ERR_XML_ERROR, "Only PCI domain 0 is available"},
    {DEVICES(DISK("vda") "<address type='pci' slot='0x40'/></disk>"), VIR_ERR_XML_ERROR, "'slot'"},
    {DEVICES(DISK("vda") "<address type='pci' slot='1' function='1'/></disk>"), VIR_ERR_XML_ERROR, "Attempted double use of PCI Address 0000:00:01.1"},
    {Q35(DISK("vda") "<address type='pci' slot='0x1f' function='2'/></disk>"), VIR_ERR_XML_ERROR, "Attempted double use of PCI Address 0000:00:1f.2"},
    {DEVICES(DISK("vda") "<address type='usb' bus='0' port='1'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "does not fit bus 'virtio'"},
    {DEVICES("<input type='tablet' bus='usb'><address type='usb' bus='3' port='1'/></input>"), VIR_ERR_XML_ERROR, "USB bus 3 of <input> does not exist"},
    {DEVICES("<input type='tablet' bus='usb'><address type='usb' bus='0' port='9'/></input>"), VIR_ERR_XML_ERROR, "USB port '9' of <input> does not exist"},
    {DEVICES("<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1'/></input>"), VIR_ERR_XML_ERROR, "needs a hub at port '1'"},
    {DEVICES("<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input><input type='mouse' bus='usb'><address type='usb' bus='0' port='1'/></input>"), VIR_ERR_XML_ERROR, "Duplicate USB address"},
    {DEVICES("<controller type='usb' model='none'/><input type='tablet' bus='usb'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "No free USB ports"},
    {DEVICES("<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='7' bus='3' port='1'/></channel>"), VIR_ERR_XML_ERROR, "virtio serial bus 3 does not exist"},
    {DEVICES("<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0' bus='0' port='1'/></channel>"
             "<channel type='pty'><target type='virtio' name='b'/><address type='virtio-serial' controller='0' bus='0' port='1'/></channel>"), VIR_ERR_XML_ERROR, "is already occupied"},
    {DEVICES("<controller type='scsi' index='0'/><controller type='scsi' index='0'/>"), VIR_ERR_XML_ERROR, "Multiple 'scsi' controllers with index '0'"},
    {DEVICES("<controller type='scsi' model='qemu-xhci'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "unsupported model 'qemu-xhci' of controller type 'scsi'"},
    {DEVICES("<controller type='pci' index='0' model='pcie-root'/>"), VIR_ERR_XML_ERROR, "must be model='pci-root' for this machine type"},
    {DEVICES("<controller type='pci' index='3' model='pci-root'/>"), VIR_ERR_XML_ERROR, "should have index 0, not 3"},
    {DEVICES("<controller type='pci' model='pci-bridge'/>"), VIR_ERR_XML_ERROR, "needs an index and a model"},
    {DEVICES(DISK("vda") "<alias name='ua-x'/></disk>" DISK("vdb") "<alias name='ua-x'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "non unique alias detected: ua-x"},
    {DEVICES(DISK("vda") "<boot order='1'/></disk>" DISK("vdb") "<boot order='1'/></disk>"), VIR_ERR_CONFIG_UNSUPPORTED, "boot order '1' used for more than one device"},
    {"<domain type='qemu'><name>g</name><memory>1</memory><os><type>hvm</type><boot dev='hd'/></os><devices>" DISK("vda") "<boot order='1'/></disk></devices></domain>", VIR_ERR_CONFIG_UNSUPPORTED, "cannot be used together with os/boot"},

    /* the rest */
    {DEVICES("<interface type='user'><mac address='52:54:00:zz:00:01'/></interface>"), VIR_ERR_XML_ERROR, "unable to parse mac address '52:54:00:zz:00:01'"},
    {DEVICES("<interface type='user'><mac address='53:54:00:00:00:01'/></interface>"), VIR_ERR_XML_ERROR, "multicast"},
    {DEVICES("<interface type='bridge'/>"), VIR_ERR_XML_ERROR, "No <source> 'bridge' attribute"},
    {DEVICES("<serial type='file'/>"), VIR_ERR_INTERNAL_ERROR, "Missing source path"},
    {DEVICES("<serial type='tcp'><source host='h'/></serial>"), VIR_ERR_INTERNAL_ERROR, "Missing source service"},
    {DEVICES("<serial type='udp'><source mode='bind' host='h' service='1'/></serial>"), VIR_ERR_INTERNAL_ERROR, "mode 'connect'"},
    {DEVICES("<serial type='pty'><target port='0'/></serial><serial type='pty'><target port='0'/></serial>"), VIR_ERR_XML_ERROR, "serial port 0 is used more than once"},
    {DEVICES("<input type='tablet' bus='ps2'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "ps2 bus does not support tablet"},
    {DEVICES("<graphics type='vnc' port='80'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "[5900,65535]"},
    {DEVICES("<graphics type='vnc' port='x'/>"), VIR_ERR_XML_ERROR, "cannot parse vnc port x"},
    {DEVICES("<graphics type='vnc' passwd='much-too-long'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "only 8 permitted"},
    {DEVICES("<graphics type='vnc' listen='1.2.3.4'><listen type='address' address='4.3.2.1'/></graphics>"), VIR_ERR_CONFIG_UNSUPPORTED, "must match"},
    {DEVICES("<graphics type='sdl'/>"), VIR_ERR_CONFIG_UNSUPPORTED, "unsupported type 'sdl' in <graphics>"},
    {DEVICES("<video><model type='vga' primary='yes'/></video><video><model type='qxl' primary='yes'/></video>"), VIR_ERR_CONFIG_UNSUPPORTED, "Only one primary video"},
    {DEVICES("<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>"), VIR_ERR_CONFIG_UNSUPPORTED, "chardev 'spicevmc' not supported without spice graphics"},
    {DEVICES("<tpm model='tpm-tis'><backend type='emulator'/></tpm><tpm model='tpm-tis'><backend type='emulator'/></tpm>"), VIR_ERR_XML_ERROR, "only a single TPM device"},
    {DEVICES("<tpm model='tpm-crb'><backend type='passthrough'/></tpm>"), VIR_ERR_CONFIG_UNSUPPORTED, "'passthrough'"},
    {TOP("<cpu><feature name='aes'/></cpu>"), VIR_ERR_XML_ERROR, "without CPU model"},
    {TOP("<cpu><model>qemu64</model><feature name='aes'/><feature name='aes'/></cpu>"), VIR_ERR_XML_ERROR, "CPU feature 'aes' specified more than once"},
};

static GError *
define_error(const char *xml, gssize len)
{
    GError *err = NULL;
    g_autoptr(DomDef) def = dom_def_parse(xml, len, 0, &err);

    if (def && dom_def_complete(def, &test_caps, &err))
        return NULL;
    return err;
}

static void
bad_xml_is_refused_by_name(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) err = define_error(cases[i].xml, -1);

        if (!err)
            fail_msg("accepted: %s", cases[i].xml);

        g_autofree char *text = verr_text(err);

        if (verr_code(err) != cases[i].code || verr_from(err) != (cases[i].from ? cases[i].from : VIR_FROM_DOMAIN) ||
            !strstr(text, cases[i].fragment))
            fail_msg("%s\n  got  %d/%d %s\n  want %d %s", cases[i].xml, verr_code(err), verr_from(err), text, cases[i].code,
                     cases[i].fragment);
    }
}

static void
truncated_xml_never_becomes_a_guest(void **state)
{
    g_autofree char *xml = read_golden("01", ".xml");
    size_t end = strlen(xml);

    while (xml[end - 1] != '>')
        end--;
    for (size_t len = 0; len < end; len++) {
        g_autoptr(GError) err = define_error(xml, (gssize)len);

        assert_non_null(err);
        assert_int_equal(verr_code(err), VIR_ERR_XML_DETAIL);
    }
}

static void
nul_bytes_are_refused(void **state)
{
    static const char xml[] = "<domain type='qemu'>\0<name>g</name></domain>";
    g_autoptr(GError) err = define_error(xml, sizeof(xml) - 1);

    assert_int_equal(verr_code(err), VIR_ERR_XML_ERROR);
}

/* Sanitizers cost a factor; what is looked for, a pass that is square in 90000 devices, costs minutes. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SLACK 10
#else
#define SLACK 1
#endif

/* Of this process: what else the machine does is not the parser's fault. */
static gint64
cpu_time_us(void)
{
    return (gint64)clock() * G_USEC_PER_SEC / CLOCKS_PER_SEC;
}

static void
huge_xml_is_refused_before_it_is_read(void **state)
{
    gsize len = 100 * 1024 * 1024;
    g_autofree char *xml = g_strnfill(len, ' ');
    gint64 start = cpu_time_us();
    g_autoptr(GError) err = define_error(xml, (gssize)len);

    assert_int_equal(verr_code(err), VIR_ERR_XML_ERROR);
    assert_true(cpu_time_us() - start < SLACK * 50 * 1000);
}

static void
deep_nesting_is_refused(void **state)
{
    g_autoptr(GString) xml = g_string_new("<domain type='qemu'><name>g</name>");

    for (int i = 0; i < 100000; i++)
        g_string_append(xml, "<a>");

    g_autoptr(GError) err = define_error(xml->str, (gssize)xml->len);

    assert_int_equal(verr_code(err), VIR_ERR_XML_DETAIL);
}

/* The passes compare devices with each other; a daemon must not hang on somebody's XML. */
static void
crowds_of_devices_are_refused_quickly(void **state)
{
    static const char *const crowd[] = {
        "<input type='tablet' bus='usb'/>", "<hub type='usb'/>", "<channel type='pty'><target type='virtio'/></channel>",
        "<interface type='user'/>", "<serial type='null'/>", "<controller type='scsi'/>", "<rng model='virtio'><backend model='builtin'/></rng>",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(crowd); i++) {
        g_autoptr(GString) xml = g_string_new(HEAD "<devices>");
        gint64 start = cpu_time_us();

        while (xml->len < 3 * 1024 * 1024)
            g_string_append(xml, crowd[i]);
        g_string_append(xml, "</devices></domain>");

        g_autoptr(GError) err = define_error(xml->str, (gssize)xml->len);

        assert_int_equal(verr_code(err), VIR_ERR_CONFIG_UNSUPPORTED);
        assert_true(cpu_time_us() - start < SLACK * 3 * G_USEC_PER_SEC);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_xml_is_refused_by_name),
        cmocka_unit_test(truncated_xml_never_becomes_a_guest),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(huge_xml_is_refused_before_it_is_read),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(crowds_of_devices_are_refused_quickly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
