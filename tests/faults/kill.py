#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 of a daemon while guests only run, and the end of a guest in the middle of a transfer; table.py has the rest."""
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from lab import SLACK, expect, run_tests, wait_until  # noqa: E402
from outcome import Eyes, again, settle  # noqa: E402


def test_daemon_killed_while_guests_run(lab):
    a, b = lab.pair()
    guests = [lab.guest(name=f"g{i}", memory=32, hz=200) for i in range(3)]
    for g in guests[:2]:
        a.virsh("define", g.file())
        a.virsh("start", g.name)
    a.virsh("create", guests[2].file())
    for _ in range(3):
        a.restart(signal.SIGKILL)
        expect(a.names() == ["g0", "g1", "g2"], f"after the restart: {a.names('--all')}")
        for g in guests:
            g.serial.wait_beats()
            expect(a.state(g.name) == "running", g.name)
    for g in guests:
        a.virsh("migrate", "--live", g.name, b.uri)
        g.serial.wait_beats(connection=2)
        g.serial.check_unbroken()
    b.restart(signal.SIGKILL)
    expect(b.names() == ["g0", "g1", "g2"], "after the destination's restart")


def test_destination_qemu_killed_in_perform(lab):
    a, b = lab.pair()
    guest = lab.guest(memory=96, working_set=32, rate=32)
    a.virsh("create", guest.file())
    guest.serial.wait_beats()
    move = subprocess.Popen(["virsh", "-c", a.uri, "migrate", "--live", "--bandwidth", "1", guest.name, b.uri],
                            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: a.sends(guest.name), "transfer under way")
    (pid,) = b.qemu_pids()
    os.kill(pid, signal.SIGKILL)
    _, err = move.communicate(timeout=60 * SLACK)
    expect(move.returncode == 1 and "error:" in err, f"virsh said: {err}")
    eyes = Eyes(a), Eyes(b)
    expect(settle(guest, *eyes) is eyes[0], "must run on at the source")
    again(guest, eyes[0], *eyes)


def test_source_guest_ends_during_migration(lab):
    a, b = lab.pair()
    for number, (how, act) in enumerate((
            ("killed", lambda g: [os.kill(p, signal.SIGKILL) for p in a.qemu_pids()]),
            ("destroyed", lambda g: a.virsh("destroy", g.name)),
            ("powered off", lambda g: g.serial.send(b"Q", 0)))):
        guest = lab.guest(name=f"end{number}", memory=96, working_set=32, rate=32)
        a.virsh("create", guest.file())
        guest.serial.wait_beats()
        move = subprocess.Popen(["virsh", "-c", a.uri, "migrate", "--live", "--bandwidth", "1", guest.name, b.uri],
                                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: a.sends(guest.name), "transfer under way")
        act(guest)
        _, err = move.communicate(timeout=60 * SLACK)
        expect(move.returncode == 1 and "error:" in err, f"{how}: virsh said: {err}")
        wait_until(lambda: guest.name not in a.names() and guest.name not in b.names("--all"), f"{how}: both sides empty")
        a.check_clean()
        b.check_clean()
        print(f"passed source guest {how}", flush=True)


if __name__ == "__main__":
    run_tests(globals())
