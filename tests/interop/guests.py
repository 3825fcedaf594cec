#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guests that libvirt was watched building, in the form that a host without KVM can run, between a godwitd and a stock
libvirtd: {there, back} x {direct, p2p, tunnelled, TLS}. A cell is good when the guest runs on at the destination with its beats
and its memory unbroken, when its live XML there is the same machine, and when nothing of it is left at the source. What a user
loses otherwise: the guests he has, on the day he changes over, or back.

With --all each guest begins once at either host and goes through all cells, moved once by virsh and once by godwit. Without, hosts
and clients alternate from guest to guest, and each goes through each mode once, there and back in turn.
"""
import difflib
import os
import pathlib
import shutil
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from captured import EFI, INSTALLED, Captured  # noqa: E402
from lab import GODWIT, Failure, expect, run, run_tests, wait_until  # noqa: E402
from mixed import closing, sides  # noqa: E402

GUESTS = [f"{number:02}" for number in range(1, 12)]
TO, FROM = "to libvirtd", "from libvirtd"
URI = ["--migrateuri", "tcp://127.0.0.1"]  # both hosts are this one, and libvirt takes no name that means localhost
MODES = {
    "direct": URI,
    "p2p": ["--p2p", *URI],
    "tunnelled": ["--p2p", "--tunnelled"],
    "TLS": ["--p2p", "--tls", *URI],
}
CELLS = [(mode, way) for mode in MODES for way in (TO, FROM)]
EXPECTED = {}  # (guest, mode, way): why it cannot be, in words of the refusal


HOSTS_OWN = {  # what belongs to a run on a host, not to the machine: element -> attributes (none: the element itself)
    "resource": (), "seclabel": (), "firmware": (), "graphics": ("port", "tlsPort"), "console": ("tty",), "target": ("state",),
    "backingStore": ("index",),
}


def machine(text):
    """A live definition without what belongs to this run on this host, controllers in one order (libvirt's own differs with
    where a definition comes from)."""
    root = ET.fromstring(text)
    root.attrib.pop("id", None)
    for parent in list(root.iter()):
        for child in list(parent):
            if HOSTS_OWN.get(child.tag) == () or (child.tag == "source" and parent.tag in ("channel", "console", "serial", "tpm")):
                parent.remove(child)
        for name in HOSTS_OWN.get(parent.tag, ("index",) if parent.tag == "source" else ()):
            parent.attrib.pop(name, None)
    for nvram in root.findall("os/nvram"):
        nvram.text = None  # where the source's folder is not, godwitd keeps the variables with its own
    for target in root.findall("devices/console/target"):
        target.attrib.pop("port")  # libvirt numbers consoles anew, its own after it has added that of the serial port
    devices = root.find("devices")
    devices[:] = sorted(devices, key=lambda e: (e.get("type"), int(e.get("index"))) if e.tag == "controller" else ("", 0))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode").splitlines()


class Trip:
    """One captured guest on its way through all cells."""

    def __init__(self, lab, sides, number, bios, first, client):
        self.sides, self.client = sides, client
        self.guest = Captured(lab, number, INSTALLED, bios)
        self.label = self.guest.name + (" with SeaBIOS" if bios else "")
        self.cells = {}
        self.boot(sides[first])

    def boot(self, side):
        side.virsh("create", self.guest.file())
        self.guest.settle(side, self.guest.serial.connections())
        self.machine = machine(side.virsh("dumpxml", self.guest.name).out)

    def where(self):
        return [side for side in self.sides.values() if self.guest.name in side.names()]

    def migrate(self, mode, source, target):
        # disks with a host cache are no danger here: both hosts are one
        return run([*self.client, "-c", source.uri, "migrate", "--live", "--unsafe", self.guest.name, target.uri, *MODES[mode]],
                   check=False)

    def move(self, mode, source, target):
        pid, before = source.pid(self.guest.name), self.guest.serial.connections()
        result = self.migrate(mode, source, target)
        if result.code:
            return " ".join(result.err.split())
        expect(self.guest.name not in source.names("--all"), "still known at its source")
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), f"{source.name}'s QEMU has ended")
        wait_until(lambda: not source.left(), f"nothing left at {source.name}: {source.left()}")
        self.guest.settle(target, before + 1)
        now = machine(target.virsh("dumpxml", self.guest.name).out)
        diff = [line for line in difflib.unified_diff(self.machine, now, "before", "after", n=0, lineterm="") if line[0] in "+-"]
        expect(not diff, f"another machine at {target.name}: " + " | ".join(line.strip() for line in diff[2:12]))
        return None

    def bring(self, side):
        """For a cell that follows one that failed."""
        if self.where() == [side]:
            return
        for other in self.where():
            other.virsh("destroy", self.guest.name)
        self.boot(side)

    def cell(self, mode, way):
        source, target = (self.sides["godwitd"], self.sides["libvirtd"])[:: 1 if way == TO else -1]
        try:
            self.bring(source)
            reason = self.move(mode, source, target)
        except Failure as failure:
            reason = str(failure).splitlines()[0]
        self.cells[mode, way] = reason

    def travel(self, first, everything):
        ways = (TO, FROM) if first == "godwitd" else (FROM, TO)
        for number, mode in enumerate(MODES):
            for way in ways if everything else [ways[number % 2]]:
                self.cell(mode, way)

    def wrong(self):
        """The cells that are not what EXPECTED says."""
        for (mode, way), reason in self.cells.items():
            awaited = EXPECTED.get((self.label, mode, way))
            if (awaited or reason) and (not awaited or not reason or awaited not in reason):
                yield f"{self.label}, {mode} {way}: {reason or 'moved, and should not have'}"

    def end(self):
        for side in self.where():
            side.virsh("destroy", self.guest.name)
        self.guest.close()
        shutil.rmtree(self.guest.dir)


def heading(*before, after=()):
    columns = [*before, *(f"{mode} {way}" for mode, way in CELLS), *after]
    return "| " + " | ".join(columns) + " |\n|" + " --- |" * len(columns)


def row(trip, first):
    cells = " | ".join(trip.cells.get(cell, "") or ("ok" if cell in trip.cells else "") for cell in CELLS)
    beats = f"{trip.guest.serial.check_unbroken()} beats" if trip.guest.beats else "no heartbeat under EFI"
    print(f"| {trip.label} | {first}, {pathlib.Path(trip.client[0]).name} | {cells} | {beats} |", flush=True)


def plan(everything):
    """(number, with SeaBIOS, where it begins, the client)"""
    ways = [("godwitd", ["virsh"]), ("libvirtd", [str(GODWIT)])]
    guests = [(number, bios) for number in GUESTS for bios in ((False, True) if number in EFI else (False,))]
    for turn, guest in enumerate(guests):
        if CHOSEN and guest[0] not in CHOSEN:
            continue
        for first, client in ways if everything else [ways[turn % 2]]:
            yield (*guest, first, client)


@closing
def test_matrix(lab):
    ours, theirs = sides(lab, tls=True)
    print(heading("guest", "begun at, moved by", after=["without a gap"]))
    wrong = []
    for number, bios, first, client in plan(EVERYTHING):
        trip = Trip(lab, {"godwitd": ours, "libvirtd": theirs}, number, bios, first, client)
        try:
            trip.travel(first, EVERYTHING)
            row(trip, first)
            wrong += trip.wrong()
        finally:
            trip.end()
    ours.host.check_clean()
    expect(not wrong, "; ".join(wrong))


EVERYTHING = "--all" in sys.argv
CHOSEN = [arg[2:] for arg in sys.argv if arg[2:] in GUESTS]  # --04
if __name__ == "__main__":
    sys.argv = [arg for arg in sys.argv if not arg.startswith("--")]
    run_tests(globals())
