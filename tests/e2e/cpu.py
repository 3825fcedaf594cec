#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host that cannot give a guest its CPU says so before anything starts there, and names everything that it lacks. What a user
loses otherwise: a guest that crashes after it moved, or an afternoon of trying one feature after the other.
"""
import json
import re
import signal

from lab import expect, run_tests

LACKS = ["sse4.1", "sse4.2", "popcnt", "aes"]
CPU = ("<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>Nehalem</model>"
       "<feature policy='require' name='aes'/></cpu>")


def make_poorer(host):
    """As if its processor, and so its QEMU, had less: what the daemon keeps about QEMU is taken as QEMU's own word."""
    host.virsh("domcapabilities", "--virttype", "qemu")
    host.kill(signal.SIGTERM)
    changed = 0
    for path in (host.root / "lib/cache/qemu").glob("*.json"):
        caps = json.loads(path.read_text())
        own = caps["host-cpu"]
        own["lacks"] += LACKS
        own["features"] = [f for f in own["features"] if f["name"] not in LACKS] + [{"name": name, "on": False} for name in LACKS]
        for cpu in caps["cpus"]:
            if cpu["name"] == "Nehalem":
                cpu["missing"] = cpu.get("missing", []) + [name for name in LACKS if name != "aes"]
                changed += 1
        path.write_text(json.dumps(caps))
    expect(changed, f"{host.name}: nothing known about Nehalem")
    host.start()


def files_of(host):
    return sorted(str(path.relative_to(host.root)) for path in host.root.rglob("*") if "/log" not in str(path) and
                  "/cache/" not in str(path) and path.is_file())


def test_every_feature_that_is_lacking_is_named_and_nothing_starts(lab):
    a, b = lab.pair()
    guest = lab.guest(working_set=4, rate=4)
    path = lab.dir / "nehalem.xml"
    path.write_text(guest.xml().replace("<devices>", CPU + "<devices>", 1))
    make_poorer(b)
    a.virsh("create", path)
    guest.serial.wait_beats()
    before = files_of(b)
    for client in (a.virsh, a.godwit):
        for way in (["--live"], ["--live", "--p2p"]):
            refusal = client("migrate", *way, guest.name, b.uri, check=False)
            expect(refusal.code == 1, f"accepted: {refusal}")
            named = re.search(r"the CPU is incompatible with host CPU: Host CPU does not provide required features: (.*)", refusal.err)
            expect(named, f"said otherwise: {refusal}")
            expect(sorted(named.group(1).split(", ")) == sorted(LACKS), f"not all, or too many: {refusal}")
            expect(b.names("--all") == [] and b.qemu_pids() == [], f"something is left: {b.names('--all')} {b.qemu_pids()}")
            expect("godwitd" not in refusal.err and a.state(guest.name) == "running", f"source: {a.state(guest.name)}")
    expect(files_of(b) == before, f"files left: {set(files_of(b)) ^ set(before)}")
    guest.serial.wait_beats(connection=1)
    guest.serial.check_unbroken()
    for client in (b.virsh, b.godwit):  # what an administrator asks beforehand
        refusal = client("hypervisor-cpu-compare", "--virttype", "qemu", "--error", path, check=False)
        expect(refusal.code == 1 and all(name in refusal.err for name in LACKS), f"compare: {refusal}")


run_tests(globals())
