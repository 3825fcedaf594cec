#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The CPU that a guest got is recorded as a stock libvirtd records it. What a user loses otherwise: the way to libvirt and back,
whose QEMUs are told feature by feature what the guest has seen so far.

Needs root: libvirtd gets a mount namespace of its own.
"""
import concurrent.futures
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

import libvirt

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/e2e"), str(TOP / "tests/bench"), str(TOP / "tests/interop")]
from lab import expect, run_tests  # noqa: E402
from libvirtd import LIVE, PARAMS  # noqa: E402
from mixed import closing, mixed_pair  # noqa: E402

SECURE, MIGRATABLE = libvirt.VIR_DOMAIN_XML_SECURE, libvirt.VIR_DOMAIN_XML_MIGRATABLE
NEHALEM = ("<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>Nehalem</model><feature policy='require' name='aes'/>"
           "<feature policy='disable' name='vme'/></cpu>")


def model(name):
    return f"<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>{name}</model></cpu>"


def bare(cpu, machine="q35", kind="qemu", name="cpu"):
    return (f"<domain type='{kind}'><name>{name}</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>"
            f"<os><type arch='x86_64' machine='{machine}'>hvm</type></os><features><acpi/><apic/></features>{cpu}"
            "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><memballoon model='none'/></devices></domain>")


def cpu_of(xml):
    found = re.search(r"<cpu .*?(/>|</cpu>)(?=\n  <\w)", xml, re.S)
    return found.group(0) if found else None


def recorded(conn, xml):
    """<cpu> live and migratable of a guest that was started, or why it was not."""
    try:
        dom = conn.createXML(xml, libvirt.VIR_DOMAIN_START_PAUSED)
    except libvirt.libvirtError as error:
        return f"refused, code {error.get_error_code()}", None
    try:
        return cpu_of(dom.XMLDesc(SECURE)), cpu_of(dom.XMLDesc(SECURE | MIGRATABLE))
    finally:
        dom.destroy()


def models_of(conn):
    caps = ET.fromstring(conn.getDomainCapabilities(None, "x86_64", "q35", "qemu", 0))
    return [m.text for m in caps.findall("cpu/mode[@name='custom']/model")]


def kvm_usable(conn):
    return "<domain type='kvm'" in conn.getCapabilities()


def checked(how, name, features=""):
    return f"<cpu mode='custom' {how}><model>{name}</model>{features}</cpu>"


# What libvirtd starts has to start here, and what it refuses here is refused, with its code.
CHECKED = [checked(how, name) for name in ("kvm64", "Nehalem", "Haswell", "EPYC-Milan") for how in (
    "match='exact' check='partial'", "match='minimum' check='partial'", "match='strict' check='partial'", "match='strict'",
    "match='exact' check='full'")]
CHECKED += [checked("match='exact' check='partial'", "Nehalem", f"<feature policy='{policy}' name='{name}'/>")
            for policy in ("require", "optional", "forbid", "force") for name in ("sse4a", "lahf_lm", "avx2")]
CHECKED += ["<cpu mode='host-model'/>", "<cpu mode='host-model'><feature policy='require' name='xop'/></cpu>",
            "<cpu mode='host-model'><feature policy='disable' name='nx'/></cpu>"]


def compare_one(ours, theirs, kind, number, cpu, machine):
    """None, or how the two differ."""
    xml = bare(cpu, machine, kind, f"cpu{number}")
    here, there = recorded(ours, xml), recorded(theirs, xml)
    if "check='full'" in cpu and all(answer[0].startswith("refused") for answer in (here, there)):
        return None  # libvirtd starts QEMU to find out, error 9; here it is known before, error 91
    return None if here == there else f"{kind} {machine} {cpu or 'no <cpu>'}:\n  godwit  {here}\n  libvirt {there}"


def compare_all(ours, theirs, kind):
    """Several at a time: a libvirtd takes its time to see that a QEMU has gone."""
    cpus = ["", NEHALEM, "<cpu mode='maximum'/>"] + [model(name) for name in models_of(theirs)]
    if kind == "kvm":
        cpus.append("<cpu mode='host-passthrough'/>")
    cpus += CHECKED
    cases = [(cpu, machine) for place, cpu in enumerate(cpus) for machine in ["q35", "pc", "pc-q35-4.2"][:3 if place < 4 else 1]]
    with concurrent.futures.ThreadPoolExecutor(8) as workers:
        results = workers.map(lambda case: compare_one(ours, theirs, kind, case[0], *case[1]), enumerate(cases))
        problems = [problem for problem in results if problem]
    print(f"  {kind}: {len(cpus)} CPUs, {len(problems)} recorded otherwise")
    expect(not problems, "\n".join(problems[:5]))


@closing
def test_cpu_of_guests(lab):
    conns = [libvirt.open(host.uri) for host in mixed_pair(lab)]
    compare_all(*conns, "qemu")
    if all(map(kvm_usable, conns)):
        compare_all(*conns, "kvm")
    else:
        print("  no KVM here")


def with_cpu(guest, cpu):
    return guest.xml().replace("<devices>", cpu + "<devices>", 1)


def there_and_back(lab, cpu, first, second):
    guest = lab.guest(working_set=4, rate=4)
    conns = [libvirt.open(first.uri), libvirt.open(second.uri)]
    dom = conns[0].createXML(with_cpu(guest, cpu), 0)
    guest.serial.wait_beats()
    before = cpu_of(dom.XMLDesc(0))
    for number in (1, 2):
        dom = dom.migrate3(conns[number % 2], PARAMS, LIVE)
        guest.serial.wait_beats(connection=number + 1)
        expect(cpu_of(dom.XMLDesc(0)) == before, f"move {number}: {before} became {cpu_of(dom.XMLDesc(0))}")
    guest.serial.check_unbroken()
    dom.destroy()


FROM_GODWIT = {"default": "", "Nehalem": NEHALEM, "EPYC": model("EPYC"), "host-model": "<cpu mode='host-model'/>"}
FROM_LIBVIRT = {"qemu64": model("qemu64"), "Haswell": model("Haswell"), "host-model": "<cpu mode='host-model'/>",
                "maximum": "<cpu mode='maximum'/>"}


@closing
def test_cpu_stays_the_same(lab):
    """Each CPU goes to the other kind of host and back: a third move would be the first again."""
    ours, theirs = mixed_pair(lab)
    for cpus, first, second in ((FROM_GODWIT, ours, theirs), (FROM_LIBVIRT, theirs, ours)):
        for name, cpu in cpus.items():
            there_and_back(lab, cpu, first, second)
            print(f"  {name} from {'godwit' if first is ours else 'libvirt'}: there and back")


run_tests(globals())
