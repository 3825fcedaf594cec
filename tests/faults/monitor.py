#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The connection between a daemon and its QEMU's monitor breaks while both live: it is made anew, and neither the guest nor a
migration that is under way is lost by it. We hold the daemon's own socket (pidfd_getfd) and shut it down."""
import contextlib
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from cells import KEEPALIVE  # noqa: E402
from lab import SLACK, Skip, expect, run_tests, wait_until  # noqa: E402
from outcome import Eyes, again, settle  # noqa: E402
from proxy import CONFIRM, FINISH, PERFORM, REPLIES, REQUESTS, Fault  # noqa: E402

PIDFD_GETFD = 438  # the same number on every architecture
SOURCE, DESTINATION = "source", "destination"
BOTH = (SOURCE, DESTINATION)
MANAGED, PEER = (), ("--p2p",)


def monitors(host):
    """Copies of the daemon's connections to the monitors of its QEMUs."""
    libc, found = ctypes.CDLL(None, use_errno=True), []
    with open(os.pidfd_open(host.daemon.pid), "rb", buffering=0) as daemon:
        for entry in pathlib.Path(f"/proc/{host.daemon.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if not os.readlink(entry).startswith("socket:"):
                    continue
                fd = libc.syscall(PIDFD_GETFD, daemon.fileno(), int(entry.name), 0)
                if fd < 0 and ctypes.get_errno() != 9:  # EBADF: closed meanwhile
                    raise Skip(f"may not take a descriptor of the daemon: {os.strerror(ctypes.get_errno())}")
                s = socket.socket(fileno=fd)
                if s.family == socket.AF_UNIX and str(s.getpeername()).endswith("monitor.sock"):
                    found.append(s)
                else:
                    s.close()
    return found


def cut(host):
    """Breaks them all; returns how many there were."""
    held = monitors(host)
    for s in held:
        with contextlib.suppress(OSError):
            s.shutdown(socket.SHUT_RDWR)
        s.close()
    return len(held)


def cut_one(host):
    wait_until(lambda: cut(host) == 1, f"{host.name}: the daemon is connected to one monitor")


def test_idle(lab):
    """What a person does next works as if nothing had happened, each time."""
    host = lab.host("a")
    guest = lab.guest(memory=32, hz=500)
    host.virsh("create", guest.file())
    guest.serial.wait_beats()
    for command, state in (("dominfo", "running"), ("suspend", "paused"), ("dominfo", "paused"), ("resume", "running"),
                           ("dommemstat", "running")):
        cut_one(host)
        host.virsh(command, guest.name)
        expect(host.state(guest.name) == state, f"after {command}: {host.state(guest.name)}")
    guest.serial.wait_beats()
    cut_one(host)
    host.virsh("destroy", guest.name)
    host.check_clean()


def test_guest_powers_off_unheard(lab):
    """Nobody hears of it, until the connection is there again."""
    host = lab.host("a")
    guest = lab.guest(memory=32, hz=500)
    host.virsh("create", guest.file())
    guest.serial.wait_beats()
    held = monitors(host)
    guest.serial.send(b"Q", 0)
    for s in held:
        s.shutdown(socket.SHUT_RDWR)
        s.close()
    wait_until(lambda: guest.name not in host.names(), "the guest that has powered off is gone")
    host.check_clean()


class Move:
    """One migration from a to b. It comes to its end: the guest runs on b alone, nothing is left."""

    def __init__(self, lab, name, options):
        self.lab, self.a, self.b, self.options = lab, lab.hosts["a"], lab.hosts["b"], options
        self.guest = lab.guest(name=name, memory=96, working_set=16, rate=16)
        self.eyes = Eyes(self.a), Eyes(self.b)
        self.eyes[0].create(self.guest)
        self.guest.serial.wait_beats()

    def start(self, source, target, *more):
        self.client = subprocess.Popen(["virsh", "-c", source, "migrate", "--live", *self.options, *more, self.guest.name, target],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def wait_transfer(self):
        def under_way():
            return self.a.sends(self.guest.name) or self.client.poll() is not None
        wait_until(under_way, "transfer under way")
        expect(self.client.poll() is None, "the migration ended early")

    def end(self, may_fail=False):
        _, said = self.client.communicate(timeout=120 * SLACK)
        home = settle(self.guest, *self.eyes)
        at_destination = home is self.eyes[1]
        expect(at_destination == (self.client.returncode == 0), f"the guest is on {home.host.name}; the client was told: {said}")
        expect(at_destination or may_fail, f"the migration failed: {said}")
        again(self.guest, home, *self.eyes)
        return said.strip()


def cut_sides(move, sides):
    for side in sides:
        cut_one(move.a if side == SOURCE else move.b)


def test_before_and_during_a_migration(lab):
    monitors(lab.pair()[0])
    for number, options in enumerate((MANAGED, PEER)):
        move = Move(lab, f"before{number}", options)
        cut_one(move.a)
        move.start(move.a.uri, move.b.uri)
        move.end()
        move = Move(lab, f"during{number}", options)
        move.start(move.a.uri, move.b.uri, "--bandwidth", "8")
        move.wait_transfer()
        cut_sides(move, BOTH)
        told = move.a.virsh("domjobinfo", move.guest.name)
        expect("Unbounded" in told.out, f"the job is not told of any more: {told}")
        move.a.virsh("migrate-setspeed", move.guest.name, "1000")
        move.end()


def test_out_of_reach_after_a_restart(lab):
    """A new daemon finds a guest in mid-migration whose monitor it cannot reach for longer than it tries. The guest runs on;
    what is open is closed when somebody asks for that and the monitor is there again."""
    a, b = lab.pair()
    move = Move(lab, "g0", PEER)
    move.start(a.uri, b.uri, "--bandwidth", "8")
    move.wait_transfer()
    place, = a.root.glob("run/**/monitor.sock")
    a.kill()
    place.rename(place.with_suffix(".away"))
    a.start()
    wait_until(lambda: "domjobabort tries it again" in a.log(), "the daemon says what to do", 60)
    move.guest.serial.wait_beats(connection=1)
    place.with_suffix(".away").rename(place)
    a.virsh("domjobabort", move.guest.name, check=False)
    wait_until(lambda: "None" in a.virsh("domjobinfo", move.guest.name, check=False).out, "the job is closed")
    move.end(may_fail=True)
    a.check_clean()
    b.check_clean()


def test_stop_while_a_recovery_waits(lab):
    """A new daemon asks a QEMU that is frozen in mid-migration how far it has got. Told to stop, it does not wait for an answer
    that may never come, and the one after it goes on."""
    a, b = lab.pair()
    move = Move(lab, "g0", PEER)
    move.start(a.uri, b.uri, "--bandwidth", "8")
    move.wait_transfer()
    qemu, = a.qemu_pids()
    a.kill()
    os.kill(qemu, signal.SIGSTOP)
    try:
        a.start()
        wait_until(lambda: monitors(a), "the daemon is connected to the frozen monitor")
        a.kill(signal.SIGTERM)
    finally:
        os.kill(qemu, signal.SIGCONT)
    expect("errands of the driver are still under way" in a.log(), f"the recovery was not under way:\n{a.log()}")
    a.start()
    wait_until(lambda: "None" in a.virsh("domjobinfo", move.guest.name, check=False).out, "the job is closed")
    move.end(may_fail=True)
    a.check_clean()
    b.check_clean()


def test_at_the_switchover(lab):
    """At each step of the hand-over, at either end."""
    a, b = lab.pair(options=KEEPALIVE)
    monitors(a)  # in this thread, which a Skip ends
    points = [(MANAGED, REPLIES, PERFORM), (MANAGED, REQUESTS, FINISH), (MANAGED, REPLIES, FINISH), (MANAGED, REQUESTS, CONFIRM),
              (PEER, REQUESTS, FINISH), (PEER, REPLIES, FINISH)]
    for number, (options, direction, procedure) in enumerate(points):
        move = Move(lab, f"g{number}", options)
        fault = Fault(lab, a, b, direction, procedure, lambda link, move=move: cut_sides(move, BOTH))
        move.start(a.uri if options else fault.a.uri, fault.b.uri)
        move.end()
        expect(fault.fired.is_set(), f"point {number} was never reached")
        fault.close()


def test_again_and_again(lab):
    """It breaks many times in a row. The migration may fail by that: then the guest runs on at the source."""
    a, b = lab.pair()
    monitors(a)
    for number, (options, in_transfer) in enumerate(((MANAGED, False), (PEER, False), (MANAGED, True), (PEER, True))):
        move = Move(lab, f"g{number}", options)
        ready, over = threading.Event(), threading.Event()

        def break_all(ready=ready, over=over):
            for _ in range(40):
                for host in (a, b):
                    cut(host)
                ready.set()
                if over.wait(0.02):
                    return
        thread = threading.Thread(target=break_all)
        if in_transfer:
            move.start(a.uri, b.uri, "--bandwidth", "8")
            move.wait_transfer()
        thread.start()
        try:
            expect(ready.wait(30 * SLACK), "no connection was broken")
            if in_transfer:
                a.virsh("migrate-setspeed", move.guest.name, "1000", check=False)
            else:
                move.start(a.uri, b.uri)
            move.client.wait(120 * SLACK)
        finally:
            over.set()
            thread.join()
        said = move.end(may_fail=True)
        print(f"passed {'peer-to-peer' if options else 'managed'}, {'in the transfer' if in_transfer else 'from the beginning'}: "
              f"{said.splitlines()[0] if said else 'it arrived'}", flush=True)


if __name__ == "__main__":
    run_tests(globals())
