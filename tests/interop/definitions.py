#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every definition that we print is valid by libvirt's schema, accepted by a stock libvirtd, and comes back the same. What a
user loses otherwise: the way back to libvirt, with all the guests he has defined here."""
import difflib
import os
import pathlib
import random
import shutil
import sys
import xml.etree.ElementTree as ET

import libvirt

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/e2e"))
from lab import expect, run, run_tests  # noqa: E402
from mixed import closing, mixed_pair  # noqa: E402

GENERATED = int(os.environ.get("GODWIT_GENERATED", "150"))
SECURE, MIGRATABLE, INACTIVE = (libvirt.VIR_DOMAIN_XML_SECURE, libvirt.VIR_DOMAIN_XML_MIGRATABLE,
                                libvirt.VIR_DOMAIN_XML_INACTIVE)


def pair(lab):
    return [libvirt.open(host.uri) for host in mixed_pair(lab)]


def validate(lab, what, xml):
    path = lab.dir / "printed.xml"
    path.write_text(xml)
    result = run(["virt-xml-validate", path, "domain"], check=False)
    expect(result.code == 0, f"{what}: not valid: {result.err or result.out}")


def in_order(xml, consoles):
    """libvirt keeps controllers that it adds by itself where it added them, and groups them by type when it reads them."""
    root = ET.fromstring(xml)
    devices = root.find("devices")
    found = devices.findall("controller")
    kinds = sorted({c.get("type") for c in found})
    for controller in found:
        devices.remove(controller)
    for kind in kinds:
        for controller in sorted((c for c in found if c.get("type") == kind), key=lambda c: int(c.get("index", 0))):
            devices.append(controller)
    for number, target in enumerate(devices.findall("console/target") if consoles else []):
        target.set("port", str(number))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


def same(what, ours, theirs, consoles=False):
    """consoles: libvirt numbers them when it reads them, before it puts that of the serial port in front."""
    ours, theirs = in_order(ours, consoles), in_order(theirs, consoles)
    diff = list(difflib.unified_diff(ours.splitlines(), theirs.splitlines(), "godwit", "libvirt", lineterm="", n=1))
    expect(not diff, f"{what}: libvirt prints it otherwise: " + " | ".join(diff[:12]))


def through_libvirt(lab, what, ours, theirs, xml):
    """Defined here, printed, defined there, printed there, and read here again."""
    dom = ours.defineXML(xml)
    try:
        inactive = dom.XMLDesc(SECURE)
        for text in (inactive, dom.XMLDesc(SECURE | MIGRATABLE), dom.XMLDesc(0)):
            validate(lab, what, text)
            theirs.defineXML(text).undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)
        back = theirs.defineXML(inactive)
        there = back.XMLDesc(SECURE)
        back.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)
        same(what, inactive, there)
        # what the user wrote means the same to both
        plain = theirs.defineXML(xml)
        direct = plain.XMLDesc(SECURE)
        plain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)
        same(f"{what}, as the user wrote it", inactive, direct, consoles=True)
        same(f"{what}, read here again", inactive, ours.defineXML(there).XMLDesc(SECURE))
    finally:
        dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)


def captured(number):
    root = ET.parse(TOP / f"tests/golden/argv/{number}.xml").getroot()
    root.set("type", "qemu")
    features, cpu, clock = root.find("features"), root.find("cpu"), root.find("clock")
    for name in ("kvm", "hyperv", "ioapic"):
        for child in features.findall(name) if features is not None else []:
            features.remove(child)
    if cpu is not None and cpu.get("mode") == "host-passthrough":
        root.remove(cpu)
    for tpm in [] if shutil.which("swtpm_setup") else root.findall("devices/tpm"):
        root.find("devices").remove(tpm)
    for timer in clock.findall("timer") if clock is not None else []:
        if timer.get("name") == "kvmclock":
            clock.remove(timer)
    return ET.tostring(root, encoding="unicode")


@closing
def test_captured_guests(lab):
    ours, theirs = pair(lab)
    for path in sorted((TOP / "tests/golden/argv").glob("??.xml")):
        through_libvirt(lab, f"guest {path.stem}", ours, theirs, captured(path.stem))


class Maker:
    """A definition of random but possible parts."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.seed = seed
        self.q35 = self.r.random() < 0.5

    def some(self, options, most):
        return [self.r.choice(options) for _ in range(self.r.randint(0, most))]

    def disks(self):
        buses = [("virtio", "vd"), ("scsi", "sd"), ("sata", "sd") if self.q35 else ("ide", "hd"), ("usb", "sd")]
        used, out = {}, []
        for bus, prefix in self.some(buses, 6):
            if bus == "ide" and used.get(prefix, 0) >= 4:
                continue
            n = used[prefix] = used.get(prefix, 0) + 1
            kind = self.r.choice(["disk", "disk", "cdrom"]) if bus in ("ide", "sata", "scsi") else "disk"
            source = f"<source file='/var/lib/libvirt/images/{prefix}{n}.img'/>" if kind == "disk" or self.r.random() < .5 else ""
            cache = self.r.choice(["", " cache='none'", " cache='writeback'", " cache='none' io='native'", " discard='unmap'"])
            extra = self.r.choice(["", "<serial>S%d</serial>" % n if kind == "disk" else "", "<shareable/>" if kind == "disk" else ""])
            out.append(f"<disk type='file' device='{kind}'><driver name='qemu' type='raw'{cache}/>{source}"
                       f"<target dev='{prefix}{chr(96 + n)}' bus='{bus}'/>{extra}</disk>")
        return out

    def nics(self):
        models = ["virtio", "e1000", "rtl8139"] + (["e1000e"] if self.q35 else [])
        out = []
        for i, model in enumerate(self.some(models, 4)):
            kind = self.r.choice(["<interface type='user'>", "<interface type='bridge'><source bridge='br0'/>",
                                  "<interface type='ethernet'>"])
            more = self.r.choice(["", "", "<link state='down'/>", "<rom bar='off'/>"])
            out.append(f"{kind}<mac address='52:54:00:{self.seed >> 8 & 255:02x}:{self.seed & 255:02x}:{i:02x}'/>"
                       f"<model type='{model}'/>{more}</interface>")
        return out

    def others(self):
        out = self.some(["<serial type='pty'/>", "<serial type='file'><source path='/tmp/s'/></serial>",
                         "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='4555'/><protocol type='raw'/></serial>"], 3)
        out += self.some(["<console type='pty'><target type='virtio'/></console>"], 2)
        if self.r.random() < .5:
            out.append("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")
        graphics = self.r.choice(["", "<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>",
                                  "<graphics type='spice' autoport='yes' listen='127.0.0.1' passwd='word'/>",
                                  "<graphics type='vnc' port='5910' listen='0.0.0.0' passwd='secret'/>"])
        if "spice" in graphics and self.r.random() < .5:
            out.append("<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>")
        if graphics:
            model = self.r.choice(["vga", "cirrus", "qxl", "virtio", "bochs"])
            out += [graphics, f"<video><model type='{model}'/></video>"]
        out += self.some(["<input type='tablet' bus='usb'/>", "<input type='keyboard' bus='usb'/>",
                          "<input type='tablet' bus='virtio'/>"], 2)
        out += self.some(["<sound model='ich6'/>", "<sound model='ac97'/>", "<sound model='ich9'/>"], 1)
        out += self.some(["<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"], 1)
        out += self.some(["<watchdog model='i6300esb' action='reset'/>"], 1)
        out += self.some(["<memballoon model='none'/>", "<memballoon model='virtio'><stats period='5'/></memballoon>"], 1)
        out += self.some(["<panic model='isa'/>"], 1)
        if shutil.which("swtpm_setup"):  # without it libvirt takes no TPM
            out += self.some(["<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>"], 1)
        out += self.some(["<controller type='scsi' index='0' model='virtio-scsi'/>", "<controller type='scsi' index='0' "
                          "model='lsilogic'/>"], 1)
        out += self.some(["<controller type='usb' index='0' model='qemu-xhci'/>"], 1)
        if self.q35:
            out += [f"<controller type='pci' index='{i + 1}' model='pcie-root-port'/>" for i in range(self.r.randint(0, 3))]
        return out

    def xml(self):
        vcpus = self.r.choice([1, 2, 4])
        cpu = self.r.choice(["", "<cpu mode='host-model'/>", "<cpu><model>Nehalem</model></cpu>",
                             "<cpu mode='custom' match='exact'><model fallback='forbid'>Westmere</model>"
                             "<feature policy='disable' name='aes'/></cpu>", "<cpu mode='maximum'/>"])
        os_more = self.r.choice(["<boot dev='hd'/>", "<boot dev='cdrom'/><boot dev='hd'/>", "", "<bootmenu enable='yes'/>"])
        features = self.r.choice(["", "<features><acpi/><apic/></features>", "<features><acpi/><pae/></features>"])
        clock = self.r.choice(["", "<clock offset='localtime'/>", "<clock offset='utc'><timer name='rtc' "
                               "tickpolicy='catchup'/><timer name='hpet' present='no'/></clock>"])
        devices = self.disks() + self.nics() + self.others()
        self.r.shuffle(devices)
        return (f"<domain type='qemu'><name>g{self.seed}</name><uuid>0b0b0b0b-0000-4000-8000-{self.seed:012d}</uuid>"
                f"<memory unit='MiB'>{self.r.choice([64, 128, 333])}</memory><vcpu>{vcpus}</vcpu>"
                f"<os><type arch='x86_64' machine='{'q35' if self.q35 else 'pc'}'>hvm</type>{os_more}</os>{features}{cpu}{clock}"
                f"<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>{''.join(devices)}</devices></domain>")


@closing
def test_generated_guests(lab):
    ours, theirs = pair(lab)
    same_count, refused = 0, {}
    problems = []
    for seed in range(GENERATED):
        xml = Maker(seed).xml()
        verdicts = []
        for conn in (ours, theirs):
            try:
                conn.defineXML(xml).undefine()
                verdicts.append(None)
            except libvirt.libvirtError as error:
                verdicts.append(str(error))
        if verdicts[0] or verdicts[1]:
            reason = str(verdicts[0])
            refused[reason] = refused.get(reason, 0) + 1
            if not (verdicts[0] and verdicts[1]):
                problems.append(f"guest {seed}: godwit says '{verdicts[0]}', libvirt says '{verdicts[1]}'")
            continue
        try:
            through_libvirt(lab, f"guest {seed}", ours, theirs, xml)
            same_count += 1
        except Exception as error:
            problems.append(str(error))
    print(f"  {same_count} definitions the same, {sum(refused.values())} refused, {len(problems)} differ")
    for reason, times in sorted(refused.items(), key=lambda r: -r[1])[:10]:
        print(f"    {times} times: {reason}")
    for problem in problems[:30]:
        print(f"    {problem}")
    expect(not problems, f"{len(problems)} definitions differ: {problems[:1]}")


run_tests(globals())
