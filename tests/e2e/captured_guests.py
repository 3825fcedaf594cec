#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guests that libvirt was watched building, each as far as a host without KVM can have it: boots, moves there and back,
and finds its memory as it left it. On the installed QEMU and on 10.0. What a user loses otherwise: the guests he has."""
import pathlib
import subprocess
import xml.etree.ElementTree as ET

from captured import EFI, INSTALLED, Captured
from lab import SLACK, TOP, Skip, expect, run_tests

GUESTS = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"]


def qemu10():
    p = subprocess.run([str(TOP / "tools/dev/fetch-qemu10")], capture_output=True, text=True, timeout=300 * SLACK)
    if p.returncode == 77:
        raise Skip(p.stderr.strip())
    expect(p.returncode == 0, f"fetch-qemu10: {p.stderr}")
    return pathlib.Path(p.stdout.strip())


def there_and_back(lab, hosts, number, emulator, bios=False):
    guest = Captured(lab, number, emulator, bios)
    try:
        hosts[0].virsh("create", guest.file())
        guest.settle(hosts[0], 1)
        cpu = ET.fromstring(hosts[0].virsh("dumpxml", guest.name).out).find("cpu")
        for move in (1, 2):
            source, target = hosts[(move + 1) % 2], hosts[move % 2]
            # disks with a host cache are no danger here: both hosts are one
            source.virsh("migrate", "--live", "--unsafe", guest.name, target.uri, timeout=120)
            expect(guest.name not in source.names("--all"), f"{guest.name}: still at its source")
            guest.settle(target, move + 1)
            now = ET.fromstring(target.virsh("dumpxml", guest.name).out).find("cpu")
            expect(ET.tostring(now) == ET.tostring(cpu), f"{guest.name}: another CPU after move {move}: {ET.tostring(now)}")
        hosts[0].virsh("destroy", guest.name)
        print(f"  {guest.name}{' with SeaBIOS' if bios else ''}: two moves, "
              f"{'%d beats, no memory error' % guest.serial.check_unbroken() if guest.beats else 'no heartbeat under EFI'}")
    finally:
        guest.close()


def all_guests(lab, emulator):
    hosts = lab.pair()
    for number in GUESTS:
        there_and_back(lab, hosts, number, emulator)
        if number in EFI:
            there_and_back(lab, hosts, number, emulator, bios=True)
    for host in hosts:
        host.check_clean()
        left = list((host.root / "lib/swtpm").glob("*/tpm2")) if (host.root / "lib/swtpm").exists() else []
        expect(not left, f"{host.name}: TPM state left behind: {left}")


def test_on_the_installed_qemu(lab):
    all_guests(lab, INSTALLED)


def test_on_qemu_10(lab):
    all_guests(lab, qemu10())


if __name__ == "__main__":
    run_tests(globals())
