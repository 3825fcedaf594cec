#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A busy guest goes back and forth a hundred times: no memory error, and neither daemon grows."""
import os
import pathlib

import libvirt

from lab import SLACK, expect, run_tests

libvirt.registerErrorHandler(lambda *_: None, None)
MOVES = int(os.environ.get("GODWIT_MOVES", "100"))


def usage(host):
    proc = pathlib.Path(f"/proc/{host.daemon.pid}")
    rss = int(next(line for line in (proc / "status").read_text().splitlines() if line.startswith("VmRSS")).split()[1])
    return rss, len(list((proc / "fd").iterdir())), len(list((proc / "task").iterdir()))


def test_back_and_forth(lab):
    hosts = lab.pair()
    conns = [libvirt.open(h.uri) for h in hosts]
    guest = lab.guest(working_set=8, rate=16, fill=8)
    dom = conns[0].createXML(guest.xml(), 0)
    guest.serial.wait_beats()
    settled = None
    for number in range(1, MOVES + 1):
        dom = dom.migrate3(conns[number % 2], {}, libvirt.VIR_MIGRATE_LIVE)
        guest.serial.wait_beats(connection=number + 1)
        if number == max(MOVES // 5, 2):
            settled = [usage(h) for h in hosts]
    beats = guest.serial.check_unbroken()
    ended = [usage(h) for h in hosts]
    for host, before, after in zip(hosts, settled, ended):
        print(f"  {host.name}: RSS {before[0]} -> {after[0]} KiB, descriptors {before[1]} -> {after[1]}, threads {before[2]} -> {after[2]}")
        expect(after[1] <= before[1] + 1, f"{host.name}: descriptors grew from {before[1]} to {after[1]}")
        expect(SLACK > 1 or after[0] <= before[0] * 1.05 + 256, f"{host.name}: memory grew from {before[0]} to {after[0]} KiB")
    print(f"  {MOVES} migrations, {beats} beats, none lost or repeated, no memory error")


run_tests(globals())
