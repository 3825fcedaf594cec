#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stock libvirtd and a godwitd migrate guests to each other: what a user loses otherwise is the way in, and the way back."""
import pathlib
import subprocess
import sys

import libvirt

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from lab import expect, run, run_tests, wait_until  # noqa: E402
from mixed import closing, mixed_pair  # noqa: E402

LIVE = libvirt.VIR_MIGRATE_LIVE
PARAMS = {"migrate_uri": "tcp://127.0.0.1"}


def there_and_back(lab, guest, first, second, moves=4, flags=LIVE):
    conns = [libvirt.open(first.uri), libvirt.open(second.uri)]
    dom = conns[0].createXML(guest.xml(), 0)
    guest.serial.wait_beats()
    for number in range(1, moves + 1):
        dom = dom.migrate3(conns[number % 2], PARAMS, flags)
        expect(dom.state()[0] == libvirt.VIR_DOMAIN_RUNNING, f"move {number}: state {dom.state()}")
        guest.serial.wait_beats(connection=number + 1)
        guest.serial.check_unbroken()
        expect(conns[(number + 1) % 2].numOfDomains() == 0, f"move {number}: the source still has a copy")
    dom.destroy()
    for conn in conns:
        conn.close()


@closing
def test_i440fx_from_godwit(lab):
    ours, theirs = mixed_pair(lab)
    there_and_back(lab, lab.guest(working_set=8, rate=8, fill=8), ours, theirs)
    ours.check_clean()


@closing
def test_q35_from_godwit(lab):
    ours, theirs = mixed_pair(lab)
    there_and_back(lab, lab.guest(machine="q35", working_set=8, rate=8), ours, theirs)


@closing
def test_q35_with_devices_from_libvirt(lab):
    ours, theirs = mixed_pair(lab)
    extra = """
    <controller type='usb' model='qemu-xhci'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <input type='tablet' bus='usb'/>
    <graphics type='vnc' autoport='yes' listen='127.0.0.1'/>
    <video><model type='virtio' heads='1' primary='yes'/></video>
    <interface type='user'><mac address='52:54:00:00:02:01'/><model type='virtio'/></interface>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"""
    there_and_back(lab, lab.guest(machine="q35", memory=128, working_set=8, rate=8, extra=extra), theirs, ours)


def tunnelled_there_and_back(guest, first, second, moves=4):
    flags = LIVE | libvirt.VIR_MIGRATE_PEER2PEER | libvirt.VIR_MIGRATE_TUNNELLED
    hosts, conns = (first, second), [libvirt.open(first.uri), libvirt.open(second.uri)]
    conns[0].createXML(guest.xml(), 0)
    guest.serial.wait_beats()
    for number in range(1, moves + 1):
        conns[1 - number % 2].lookupByName(guest.name).migrateToURI3(hosts[number % 2].uri, {}, flags)
        dom = conns[number % 2].lookupByName(guest.name)
        expect(dom.state()[0] == libvirt.VIR_DOMAIN_RUNNING, f"move {number}: state {dom.state()}")
        guest.serial.wait_beats(connection=number + 1)
        guest.serial.check_unbroken()
        expect(conns[1 - number % 2].numOfDomains() == 0, f"move {number}: the source still has a copy")
    dom.destroy()
    for conn in conns:
        conn.close()


@closing
def test_tunnelled_from_godwit(lab):
    ours, theirs = mixed_pair(lab)
    tunnelled_there_and_back(lab.guest(memory=160, working_set=16, rate=16, fill=64), ours, theirs)
    ours.check_clean()


@closing
def test_tunnelled_from_libvirt(lab):
    ours, theirs = mixed_pair(lab)
    tunnelled_there_and_back(lab.guest(machine="q35", working_set=8, rate=8, fill=8), theirs, ours)
    ours.check_clean()


@closing
def test_tunnelled_move_to_libvirt_can_be_aborted(lab):
    ours, theirs = mixed_pair(lab)
    guest = lab.guest(memory=96, working_set=32, rate=32)
    ours.virsh("create", guest.file())
    guest.serial.wait_beats()
    client = subprocess.Popen(["virsh", "-c", ours.uri, "migrate", "--live", "--p2p", "--tunnelled", "--bandwidth", "8",
                               "beat", theirs.uri], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: ours.sends("beat"), "transfer under way")
    ours.virsh("domjobabort", "beat")
    _, err = client.communicate(timeout=60)
    expect(client.returncode == 1 and "canceled by client" in err, f"virsh said: {err}")
    there = libvirt.open(theirs.uri)
    wait_until(lambda: there.numOfDomains() == 0, "nothing left at the destination")
    there.close()
    guest.serial.wait_beats(connection=1)
    guest.serial.check_unbroken()


@closing
def test_persistent_definition_travels_both_ways(lab):
    ours, theirs = mixed_pair(lab)
    guest = lab.guest()
    flags = LIVE | libvirt.VIR_MIGRATE_PERSIST_DEST | libvirt.VIR_MIGRATE_UNDEFINE_SOURCE
    conns = [libvirt.open(ours.uri), libvirt.open(theirs.uri)]
    conns[0].defineXML(guest.xml()).create()
    guest.serial.wait_beats()
    dom = conns[0].lookupByName("beat")
    for number in (1, 2):
        dom = dom.migrate3(conns[number % 2], PARAMS, flags)
        expect(dom.isPersistent() == 1, f"move {number}: not persistent")
        expect(conns[(number + 1) % 2].listAllDomains() == [], f"move {number}: the source kept a definition")
        guest.serial.wait_beats(connection=number + 1)
    guest.serial.check_unbroken()


@closing
def test_libvirtd_defines_what_we_print(lab):
    ours, theirs = mixed_pair(lab)
    guest = lab.guest(machine="q35")
    ours.virsh("create", guest.file())
    for number, options in enumerate(([], ["--migratable"], ["--inactive"])):
        path = lab.dir / f"printed{number}.xml"
        path.write_text(ours.virsh("dumpxml", "beat", *options).out)
        run(["virsh", "-c", theirs.uri, "define", path])
    back = lab.dir / "back.xml"
    back.write_text(run(["virsh", "-c", theirs.uri, "dumpxml", "--inactive", "beat"]).out)
    expect(back.read_text() == ours.virsh("dumpxml", "beat", "--inactive").out, "libvirtd prints another definition than we do")
    run(["virsh", "-c", theirs.uri, "undefine", "beat"])


if __name__ == "__main__":
    run_tests(globals())
