#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What management programs ask about CPUs and capabilities is answered as a stock libvirtd on the same machine answers it; each
difference stands here with its reason. What a user loses otherwise: clusters whose common CPU is worked out by tools made for
libvirt, and guests that such tools place on the wrong host.

Needs root: libvirtd gets a mount namespace of its own.
"""
import pathlib
import random
import re
import sys
import xml.etree.ElementTree as ET

import libvirt

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/e2e"), str(TOP / "tests/bench"), str(TOP / "tests/interop")]
from lab import GODWIT, expect, run, run_tests  # noqa: E402
from mixed import closing, mixed_pair  # noqa: E402

FEATURES = ("aes avx avx2 avx512f abm bmi1 clwb cmt erms f16c fma invtsc invpcid lahf_lm la57 md-clear movbe mpx osxsave pcid "
            "pdpe1gb pni popcnt rdrand rdtscp smap spec-ctrl ssbd sse4.1 sse4a svm topoext umip vme vmx x2apic xsave xsaves").split()
EXPAND, MIGRATABLE = libvirt.VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES, libvirt.VIR_CONNECT_BASELINE_CPU_MIGRATABLE
FAIL, VALIDATE = libvirt.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE, libvirt.VIR_CONNECT_COMPARE_CPU_VALIDATE_XML


def answer(question, *args):
    """What was answered, or the error: its code, and what it says after the words of the code."""
    try:
        return question(*args)
    except libvirt.libvirtError as error:
        return error.get_error_code(), error.get_error_message()


class Both:
    """The same question to both; differences are collected."""

    def __init__(self, ours, theirs):
        self.conns, self.asked, self.different = (libvirt.open(ours.uri), libvirt.open(theirs.uri)), 0, []

    def ask(self, method, *args, code_only=False):
        here, there = (answer(getattr(conn, method), *args) for conn in self.conns)
        self.asked += 1
        same = here[0] == there[0] if code_only and isinstance(here, tuple) and isinstance(there, tuple) else here == there
        if not same:
            self.different.append(f"{method}{args}:\n  godwit  {here}\n  libvirt {there}")

    def kinds(self):
        return ["qemu", "kvm"] if all("<domain type='kvm'" in conn.getCapabilities() for conn in self.conns) else ["qemu"]

    def check(self):
        print(f"  {self.asked} questions, {len(self.different)} answered otherwise")
        expect(not self.different, "\n".join(self.different[:5]))


def host(model, features="", vendor=None):
    return (f"<cpu><arch>x86_64</arch><model>{model}</model>{f'<vendor>{vendor}</vendor>' if vendor else ''}"
            + "".join(f"<feature name='{name}'/>" for name in features.split()) + "</cpu>")


def guest(model, match="exact", **policies):
    return (f"<cpu mode='custom' match='{match}'><model>{model}</model>"
            + "".join(f"<feature policy='{policy}' name='{name}'/>" for policy, names in policies.items() for name in names.split())
            + "</cpu>")


def some_cpus(pick, models):
    """Hosts as they stand in one rack: different models, some with a few features more, or guests' wishes."""
    cpus = []
    for name in pick.sample(models, pick.choice([1, 2, 2, 3])):
        more = pick.sample(FEATURES, pick.choice([0, 0, 1, 4]))
        policies = {}
        for feature in more:
            policies.setdefault(pick.choice(["require", "disable", "optional", "force", "forbid"]), []).append(feature)
        cpus.append((host(name, " ".join(more), pick.choice([None, None, "Intel", "AMD"])),
                     guest(name, pick.choice(["exact", "minimum", "strict"]), **{p: " ".join(f) for p, f in policies.items()})))
    return cpus


# Same code; the words may say more.
MISTAKES = [
    ("baselineCPU", ["<cpu"], 0), ("baselineCPU", ["<domain/>"], 0), ("baselineCPU", ["<cpu><model>Haswell</model></cpu>"], 0),
    ("baselineCPU", ["<cpu><arch>x86_64</arch></cpu>"], 0), ("baselineCPU", [host("no-such")], 0),
    ("baselineCPU", [host("Haswell", "no-such")], 0), ("baselineCPU", [host("Haswell", "avx avx")], 0),
    ("baselineCPU", [host("Haswell", vendor="Acme")], 0), ("baselineCPU", [host("Haswell"), host("qemu64", vendor="AMD"), host("Haswell")], 0),
    ("baselineCPU", [host("Haswell", vendor="Intel"), host("Haswell", vendor="AMD")], 0),
    ("baselineCPU", ["<cpu><arch>pdp11</arch><model>Haswell</model></cpu>"], 0),
    ("baselineCPU", [host("Haswell"), "<cpu><arch>aarch64</arch><model>cortex-a53</model></cpu>"], 0),
    ("baselineCPU", [host("Haswell")], 8),
    ("baselineHypervisorCPU", None, None, None, "qemu", ["<cpu/>"], 0),
    ("baselineHypervisorCPU", None, None, None, "qemu", [host("Haswell").replace("<cpu>", "<cpu match='exact'>")], 0),
    ("baselineHypervisorCPU", None, "aarch64", None, "qemu", [guest("Haswell")], 0),
    ("baselineHypervisorCPU", None, "pdp11", None, "qemu", [guest("Haswell")], 0),
    ("baselineHypervisorCPU", None, None, "no-such", "qemu", [guest("Haswell")], 0),
    ("baselineHypervisorCPU", "/no/such", None, None, "qemu", [guest("Haswell")], 0),
    ("baselineHypervisorCPU", None, None, None, "acme", [guest("Haswell")], 0),
    ("compareCPU", "<cpu", 0), ("compareCPU", "<domain/>", 0), ("compareCPU", guest("no-such"), 0),
    ("compareCPU", "<cpu><model>Haswell</model><surprise/></cpu>", VALIDATE), ("compareCPU", guest("Haswell"), 8),
    ("compareHypervisorCPU", None, None, None, "qemu", guest("Haswell", require="no-such"), 0),
]


def make_mistakes(both):
    for method, *args in MISTAKES:
        both.ask(method, *args, code_only=True)


@closing
def test_baselines_comparisons_and_mistakes(lab):
    both = Both(*mixed_pair(lab))
    kinds, pick = both.kinds(), random.Random(7)
    models = [m for m in both.conns[1].getCPUModelNames("x86_64", 0) if m in both.conns[0].getCPUModelNames("x86_64", 0)]
    own = re.search(r"<cpu>.*?</cpu>", both.conns[1].getCapabilities(), re.S).group(0)
    both.ask("baselineCPU", [own], EXPAND)
    both.ask("compareCPU", own, FAIL)
    for name in models:
        both.ask("baselineCPU", [host(name)], EXPAND)
        both.ask("compareCPU", guest(name), FAIL)
        for kind in kinds:
            both.ask("baselineHypervisorCPU", None, None, None, kind, [guest(name)], 0)
            both.ask("compareHypervisorCPU", None, None, None, kind, guest(name), FAIL)
    for _ in range(60):
        cpus = some_cpus(pick, models)
        both.ask("baselineCPU", [h for h, _ in cpus], pick.choice([0, 0, EXPAND, MIGRATABLE]))
        both.ask("compareCPU", cpus[0][1], FAIL)
        for kind in kinds:
            both.ask("baselineHypervisorCPU", None, None, None, kind, [pick.choice(c) for c in cpus], pick.choice([0, EXPAND]))
            both.ask("compareHypervisorCPU", None, None, None, kind, pick.choice(cpus[0]), FAIL)
    make_mistakes(both)
    both.check()


@closing
def test_the_commands_print_the_same(lab):
    ours, theirs = mixed_pair(lab)
    caps, domcaps, one = lab.dir / "caps.xml", lab.dir / "domcaps.xml", lab.dir / "one.xml"
    caps.write_text(run(["virsh", "-c", theirs.uri, "capabilities"]).out)
    domcaps.write_text(run(["virsh", "-c", theirs.uri, "domcapabilities", "--virttype", "qemu"]).out)
    one.write_text(f"<domain><name>x</name>{guest('EPYC', require='xop')}</domain>\n")
    for words in (f"cpu-baseline {caps}", f"cpu-baseline --features --migratable {caps}", f"cpu-compare {caps}", f"cpu-compare {one}",
                  f"cpu-compare --error {one}", f"hypervisor-cpu-compare --virttype qemu {domcaps}", "hypervisor-cpu-baseline",
                  f"hypervisor-cpu-compare --virttype qemu --error {one}", f"hypervisor-cpu-baseline --virttype qemu {one}",
                  f"hypervisor-cpu-baseline --virttype qemu --features {domcaps}", "hypervisor-cpu-baseline --virttype qemu --model Haswell",
                  f"hypervisor-cpu-baseline --model Haswell --file {one}", "cpu-baseline /dev/null"):
        said = [run([*client, *words.split()], check=False) for client in
                (["virsh", "-c", theirs.uri], ["virsh", "-c", ours.uri], [GODWIT, "-c", ours.uri])]
        expect(len({(s.code, s.out, s.err) for s in said}) == 1, "\n".join(map(str, said)))


def facts(element, place=""):
    """Every element with its attributes and text, as strings that can be compared."""
    text = (element.text or "").strip()
    place += "/" + element.tag + "".join(f"[{k}={v}]" for k, v in sorted(element.attrib.items()))
    return {place + (f" {text}" if text else "")}.union(*(facts(child, place) for child in element))


# What only one of the two says: why, and a pattern of it.
REASONS = [
    ("every host has its own", r"/host/uuid "),
    ("memory comes and goes", r"/cell\[id=\d+\]/(memory|pages)"),
    ("guests are not confined by owner", r"/secmodel"),
    ("this driver builds machines of x86_64 only", r"arch\[name=i686\]|/guest/features/(pae|nonpae)"),
    ("snapshots are not taken here", r"/disksnapshot"),
    ("QEMU's models that libvirt 9 does not know can be used here", r"/model\[.*\] (KnightsMill|Denverton|GraniteRapids|SapphireRapids)"),
    ("refused by name: a file as memory, or a whole SCSI unit", r"sourceType\]/value file|diskDevice\]/value lun"),
    ("refused by name: displays that a host's desktop shows", r"/graphics\[.*/value (sdl|egl-headless|dbus)|/value ramfb"),
    ("refused by name: devices of the host, which cannot migrate", r"/hostdev|/filesystem|/redirdev"),
    ("refused by name: entropy and TPM from elsewhere", r"/value egd|/tpm.*/value (passthrough|external)"),
    ("refused by name", r"/vmcoreinfo|/backup"),
    ("the kernel is asked, not systemd", r"/power_management"),
    ("not every kernel numbers its caches, and libvirt then lists some or none", r"/host/cache"),
]


def unexplained(here, there):
    return [f"{'godwit' if fact in here else 'libvirt'} only: {fact}" for fact in sorted(here ^ there)
            if not any(re.search(pattern, fact) for _, pattern in REASONS)]


@closing
def test_capabilities_differ_for_reasons_only(lab):
    both = Both(*mixed_pair(lab))
    documents = [("capabilities", [conn.getCapabilities() for conn in both.conns])]
    for kind in both.kinds():
        for machine in ("pc", "q35"):
            documents.append((f"domain capabilities of {kind} {machine}",
                              [conn.getDomainCapabilities(None, "x86_64", machine, kind, 0) for conn in both.conns]))
    for name, (ours, theirs) in documents:
        here, there = facts(ET.fromstring(ours)), facts(ET.fromstring(theirs))
        wrong = unexplained(here, there)
        print(f"  {name}: {len(here & there)} facts alike, {len(here ^ there)} differ with a reason")
        expect(not wrong, f"{name}:\n" + "\n".join(wrong[:20]))


run_tests(globals())
