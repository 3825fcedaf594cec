#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Something on the memory's way goes silent in mid-transfer without breaking the connection: the migration ends after the
configured time with an error that says so, the guest runs on at the source and nothing is left at the destination."""
import os
import pathlib
import signal
import subprocess
import sys
import time

import libvirt

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from lab import SLACK, Failure, expect, run, run_tests, wait_until  # noqa: E402
from pki import Ca  # noqa: E402
from wire import TO_DESTINATION, TO_SOURCE, Wire  # noqa: E402

LIMIT = 2
NOT_LIVE, OVER_UNIX, NO_WIRE = "", "unix", "no wire"  # no options of virsh
SILENT = "nothing more of the guest's memory has gone through"
CLOSED = "Broken pipe"
LOST = "Lost connection to destination host"
MODES = {"managed": (), "p2p": ("--p2p",), "parallel": ("--parallel",), "p2p, parallel": ("--p2p", "--parallel"),
         "TLS": ("--tls",), "p2p, TLS, parallel": ("--p2p", "--tls", "--parallel")}
TUNNEL = {"tunnelled": ("--p2p", "--tunnelled")}
DIRECT_TUNNEL = {"tunnelled, no wire": ("--p2p", "--tunnelled", NO_WIRE)}
UNIX = {"unix": (OVER_UNIX,), "p2p, unix, parallel": ("--p2p", "--parallel", OVER_UNIX)}


def tls_pair(lab, limit, far_limit=120):
    """The source asks nobody whether he lives: what it notices, it notices by the memory."""
    ca = Ca(lab.dir)
    a = lab.host("a", options=("--migrate-silence", str(limit), "--keepalive-interval", "0"))
    b = lab.host("b", options=("--migrate-silence", str(far_limit), "--keepalive-interval", "1", "--keepalive-count", "2"),
                 tcp=True)
    for host in (a, b):
        ca.outfit(host.root / "etc/pki/qemu")
    return a, b


class Move:
    """A migration through a Wire, begun: in the middle of its transfer, or, where the wire holds something from the start,
    connected and no further."""

    def __init__(self, lab, a, b, name, options, held=()):
        self.a, self.b, self.where = a, b, name
        self.guest = lab.guest(name="g" + "".join(c for c in name if c.isalnum()), memory=96, working_set=32, rate=32)
        a.virsh("create", self.guest.file())
        self.guest.serial.wait_beats()
        way, target = self.lay_wire(lab, options, held)
        if "--tls" in options:
            options = (*options, "--tls-destination", "localhost")
        if NOT_LIVE not in options:
            options = (*options, "--live")
        self.client = subprocess.Popen(
            ["virsh", "-c", a.uri, "migrate", *(o for o in options if o not in (NOT_LIVE, OVER_UNIX, NO_WIRE)), "--bandwidth", "8",
             *way, self.guest.name, target],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: self.under_way(held) or self.client.poll() is not None, f"{name}: transfer under way")
        expect(self.client.poll() is None, f"{name}: ended early: {self.client.stderr.read() if self.client.poll() else ''}")

    def lay_wire(self, lab, options, held):
        """What the client is told of it."""
        port = lab.ports + 20 + len(lab.serials)
        self.far_end = f"127.0.0.2:{port}"
        if OVER_UNIX in options:
            self.wire = None
            return ("--migrateuri", f"unix://{lab.dir}/{self.guest.name}.sock",), self.b.uri
        if NO_WIRE in options:
            self.wire = None
            return (), self.b.uri
        tunnelled = "--tunnelled" in options
        self.wire = Wire(("127.0.0.2", port), ("127.0.0.1", self.b.port if tunnelled else port))
        self.wire.hold(*held)
        if tunnelled:
            return (), f"qemu+tcp://{self.far_end}/system"
        return ("--migrateuri", f"tcp://{self.far_end}", "--listen-address", "127.0.0.1"), self.b.uri

    def under_way(self, held):
        if not self.wire:
            return self.a.sends(self.guest.name)
        return self.wire.reached() if held else self.wire.carried(TO_DESTINATION) > 1 << 20

    def wait_stuck(self):
        """All that lies between has filled up, and QEMU hangs in its write."""
        self.a.virsh("migrate-setspeed", self.guest.name, "400")
        conn = libvirt.open(self.a.uri)
        dom = conn.lookupByName(self.guest.name)
        sent, since = None, 0.0

        def stands():
            nonlocal sent, since
            now = dom.jobStats()["memory_processed"]
            if now != sent:
                sent, since = now, time.monotonic()
            return time.monotonic() > since + 0.5 * SLACK
        wait_until(stands, f"{self.where}: the transfer stands still")
        conn.close()

    def ended(self, *words, within=30):
        """The client says one of words, and all is as if nothing had been tried."""
        _, said = self.client.communicate(timeout=within)
        expect(self.client.returncode == 1, f"{self.where}: the client does not know that it failed")
        expect(any(w in said for w in words), f"{self.where}: virsh said: {said}")
        expect(self.a.state(self.guest.name) == "running", f"{self.where}: does not run at the source")
        expect("None" in self.a.virsh("domjobinfo", self.guest.name).out, f"{self.where}: a job was left")
        self.guest.serial.wait_beats(connection=1)
        self.guest.serial.check_unbroken()
        wait_until(lambda: self.b.names("--all") == [], f"{self.where}: nothing left at the destination")
        self.b.check_clean()
        return said.strip().splitlines()[0]

    def close(self):
        self.client.kill()
        self.client.communicate()
        if self.wire:
            self.wire.close()
        run(["virsh", "-c", self.a.uri, "destroy", self.guest.name], check=False)


def table(lab, a, b, title, modes, act, **kw):
    """act(move) makes it silent and returns what the client said."""
    failures = []
    for mode, options in modes.items():
        move = None
        try:
            move = Move(lab, a, b, mode, options, **kw)
            began = time.monotonic()
            print(f"passed {mode}, {title}: {act(move)} ({time.monotonic() - began:.1f} s)", flush=True)
        except (Failure, subprocess.TimeoutExpired) as error:
            failures.append(f"{mode}: {error}")
            print(f"failed {mode}, {title}: {str(error).splitlines()[0]}", flush=True)
            for pid in a.qemu_pids() + b.qemu_pids():  # the next cell starts with empty hosts
                os.kill(pid, signal.SIGKILL)
        finally:
            if move:
                move.close()
    expect(not failures, f"{len(failures)} cells failed: {failures}")


def test_nothing_passes(lab):
    a, b = tls_pair(lab, LIMIT)

    def act(move):
        move.wire.hold(TO_DESTINATION, TO_SOURCE)
        return move.ended(SILENT)
    table(lab, a, b, "held both ways", {**MODES, **TUNNEL}, act)


def test_nothing_passes_to_the_destination(lab):
    a, b = tls_pair(lab, LIMIT)

    def act(move):
        move.wire.hold(TO_DESTINATION)
        return move.ended(SILENT, LOST)  # a destination that is not heard may hang up first
    table(lab, a, b, "held towards the destination", {**MODES, **TUNNEL}, act)


def test_all_is_swallowed(lab):
    """What lies between takes everything and passes nothing on: the source only misses the destination's last word."""
    a, b = tls_pair(lab, LIMIT)

    def act(move):
        move.wire.swallow(TO_DESTINATION)
        a.virsh("migrate-setspeed", move.guest.name, "4000")
        return move.ended(SILENT)
    table(lab, a, b, "swallowed", {**MODES, **TUNNEL}, act)


def test_nothing_comes_back(lab):
    """The destination has everything, but the source never hears that it has: the guest may not run there."""
    a, b = tls_pair(lab, LIMIT)

    def act(move):
        move.wire.hold(TO_SOURCE)
        a.virsh("migrate-setspeed", move.guest.name, "4000")
        return move.ended(SILENT)
    table(lab, a, b, "held towards the source", {**MODES, **TUNNEL}, act)


def frozen(b, *words):
    def act(move):
        for pid in b.qemu_pids():
            os.kill(pid, signal.SIGSTOP)
        return move.ended(SILENT, *words)
    return act


def test_destination_frozen(lab):
    """In a tunnel the wire holds back even the source's hang-up: there the destination has a limit of its own."""
    a, b = tls_pair(lab, LIMIT, far_limit=2 * LIMIT)
    table(lab, a, b, "the destination's QEMU frozen", {**MODES, **UNIX}, frozen(b))
    table(lab, a, b, "the destination's QEMU frozen", TUNNEL, frozen(b, CLOSED))  # on a slow machine it speaks first


def test_destination_frozen_and_patient(lab):
    """It learns from the source's hang-up, though it does not read what came before that."""
    a, b = tls_pair(lab, LIMIT, far_limit=0)
    table(lab, a, b, "the destination's QEMU frozen", DIRECT_TUNNEL, frozen(b))


def test_abort(lab):
    """Nobody has to wait for the limit."""
    a, b = tls_pair(lab, 600)

    def act(move):
        move.wire.hold(TO_DESTINATION, TO_SOURCE)
        move.wait_stuck()
        a.virsh("domjobabort", move.guest.name, timeout=60)
        return move.ended("canceled by client", within=60)
    table(lab, a, b, "held both ways, aborted", MODES, act)


def test_abort_of_a_tunnel(lab):
    """Its end has to be told over the same dead connection: an answer is waited for only so long."""
    a, b = tls_pair(lab, 10)

    def act(move):
        move.wire.hold(TO_DESTINATION, TO_SOURCE)
        a.virsh("domjobabort", move.guest.name, timeout=60)
        return move.ended("canceled by client", within=60)
    table(lab, a, b, "held both ways, aborted", TUNNEL, act)


if __name__ == "__main__":
    run_tests(globals())
