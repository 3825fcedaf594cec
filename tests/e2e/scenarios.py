#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each way to migrate (scenario_table.py), once by stock virsh (or the stock library) and once by ours. Afterwards the guest
beats at the destination and only there, no beat was lost or made twice, and its memory counters found no stale page."""
import os

from lab import Skip, expect, run_tests, wait_until
from scenario_table import SCENARIOS, Move


def migrate(lab, row, client, command):
    if row.call and client == "godwit" and os.environ.get("GODWIT_TEST_SLACK"):
        raise Skip("a sanitizer's library cannot be loaded into a plain program")
    move = Move(lab, row, client, command)
    a, b = move.a, move.b
    guest = lab.guest(working_set=8, rate=8, fill=8)
    a.virsh("create", guest.file())
    guest.serial.wait_beats()
    try:
        result = move.run()
        expect(result.code == 0, repr(result))
        guest.serial.wait_beats(connection=guest.serial.connections())
        guest.serial.check_unbroken()
        expect(guest.serial.connections() == 2, "the guest did not come from another QEMU")
        wait_until(lambda: a.names() == [], "the source's copy is gone")
        a.check_clean()
        if b:
            expect(b.names("--state-running") == ["beat"], f"on b: {b.names('--all')}")
            b.check_clean()
        expect(not (lab.dir / "migrate-sock").exists(), "the migration's socket was left behind")
    finally:
        move.end()


def define(row, client, number, command):
    def test(lab):
        migrate(lab, row, client, command)
    suffix = f"_{number}" if number > 1 else ""
    globals()[f"test_{row.key.replace('-', '_')}_by_{client}{suffix}"] = test


for scenario in SCENARIOS:
    for how, line in enumerate(scenario.commands or [""], 1):
        for name in ("virsh", "godwit"):
            define(scenario, name, how, line)

if __name__ == "__main__":
    run_tests(globals())
