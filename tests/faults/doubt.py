#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A copy of which nobody can tell whether the other one runs: a plain resume does not start it, and says what to do; it
is settled when the other host is heard of again, or by a person who says that it is lost."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from cells import KEEPALIVE  # noqa: E402
from lab import GODWIT, SLACK, expect, run_tests, wait_until  # noqa: E402
from outcome import Eyes, again, settle  # noqa: E402
from proxy import FINISH, REPLIES, REQUESTS, Fault  # noqa: E402

MODES = {"managed by virsh": ("virsh", ()), "managed by godwit": (GODWIT, ()), "peer-to-peer": ("virsh", ("--p2p",)),
         "tunnelled": ("virsh", ("--p2p", "--tunnelled"))}


class Move:
    """A migration of one guest from a to b, with something done at one end of Finish."""

    def __init__(self, lab, a, b, name, direction, action, mode="peer-to-peer"):
        self.a, self.b, self.eyes = a, b, (Eyes(a), Eyes(b))
        self.guest = lab.guest(name=name, memory=32, hz=500)
        self.eyes[0].create(self.guest)
        self.guest.serial.wait_beats()
        self.fault = Fault(lab, a, b, direction, FINISH, lambda link: action(self, link))
        program, options = MODES[mode]
        source = a.uri if "--p2p" in options else self.fault.a.uri
        self.client = subprocess.Popen([str(program), "-k", "1", "-K", "2", "-c", source, "migrate", "--live", *options, name,
                                        self.fault.b.uri], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, text=True)

    def end(self):
        _, said = self.client.communicate(timeout=60 * SLACK)
        expect(self.fault.fired.is_set(), f"Finish was never asked for: {said}")
        self.fault.close()
        return said

    def at(self, where):
        home = settle(self.guest, *self.eyes)
        expect(home.host is where, f"the guest runs on {home.host.name}, not on {where.name}")
        again(self.guest, home, *self.eyes)


def lose(host, link):
    """The daemon goes, and what it has said last is not heard."""
    host.kill()
    link.cut()


def refused(host, guest, *words):
    """By either client. The guest still stands when it was asked to go on."""
    for program in (host.virsh, host.godwit):
        result = program("resume", guest.name, check=False)
        expect(result.code == 1, f"resume was not refused on {host.name}: {result}")
        for text in words:
            expect(text in result.err, f"'{text}' is not in: {result}")
    expect(host.state(guest.name) == "paused", f"the guest does not stand on {host.name}")


def in_doubt(host, guest):
    wait_until(lambda: "in doubt" in host.virsh("resume", guest.name, check=False).err, "the doubt is told")
    refused(host, guest, "in doubt", "does not answer", "domjobabort --destination-lost", "destroy this copy")
    expect("in doubt" in host.virsh("dominfo", guest.name).out, "dominfo does not tell of the doubt")
    moved = host.virsh("migrate", "--live", guest.name, "qemu+unix:///system?socket=/nowhere", check=False)
    expect(moved.code == 1, f"a guest in doubt was sent away: {moved}")


def test_settled_by_the_destination(lab):
    """In every mode: the destination's daemon goes before, or after, it has started the guest; and comes back."""
    a, b = lab.pair(options=KEEPALIVE)
    for number, mode in enumerate(MODES):
        for direction in (REQUESTS, REPLIES):
            name = f"g{number}{'before' if direction == REQUESTS else 'after'}"
            move = Move(lab, a, b, name, direction, lambda m, link: lose(b, link), mode)
            said = move.end()
            in_doubt(a, move.guest)
            if move.client.returncode != 0 and mode != "managed by virsh":  # which keeps the first error, and tells no other
                expect("in doubt" in said, f"{mode}: the client was told: {said}")
            b.start()
            move.at(a if direction == REQUESTS else b)
            print(f"passed {mode}, {'not started' if direction == REQUESTS else 'runs'} at the destination", flush=True)


def test_doubt_outlasts_the_source_daemon(lab):
    a, b = lab.pair(options=KEEPALIVE)
    move = Move(lab, a, b, "g", REPLIES, lambda m, link: lose(b, link))
    move.end()
    in_doubt(a, move.guest)
    a.restart()
    in_doubt(a, move.guest)
    b.start()
    move.at(b)


def test_declared_lost(lab):
    """The destination will never come back, says a person; when it does, it has nothing that could run."""
    a, b = lab.pair(options=KEEPALIVE)
    move = Move(lab, a, b, "g", REQUESTS, lambda m, link: lose(b, link))
    move.end()
    in_doubt(a, move.guest)
    early = a.godwit("domjobabort", "g", check=False)
    expect(early.code == 1 and a.state("g") == "paused", f"an abort that says nothing of the destination: {early}")
    a.godwit("domjobabort", "--destination-lost", "g")
    wait_until(lambda: a.state("g") == "running", "the guest goes on at the source")
    b.start()
    move.at(a)


def test_given_up(lab):
    """destroy of the copy in doubt: the other one is not touched."""
    a, b = lab.pair(options=KEEPALIVE)
    move = Move(lab, a, b, "g", REPLIES, lambda m, link: lose(b, link))
    move.end()
    in_doubt(a, move.guest)
    a.virsh("destroy", "g")
    b.start()
    move.at(b)


def test_in_the_middle_of_finish(lab):
    """Neither the source's copy nor the destination's can be started by hand while the phases are on their way."""
    a, b = lab.pair(options=KEEPALIVE)
    failures = []

    def by_hand(move, _):
        try:
            refused(a, move.guest, "is being handed over to", "may run it already")
            refused(b, move.guest, "is still arriving from", "destroy it")
        except AssertionError as error:
            failures.append(str(error))
    for mode in MODES:
        move = Move(lab, a, b, f"g{len(mode)}", REQUESTS, by_hand, mode)
        said = move.end()
        expect(not failures, f"{mode}: {failures}")
        expect(move.client.returncode == 0, f"{mode}: {said}")
        move.at(b)


def test_arrival_whose_client_is_gone(lab):
    """Nobody will finish it: it is not left to a resume, but goes, and the source's copy runs on."""
    a, b = lab.pair(options=KEEPALIVE)
    for direction in (REQUESTS, REPLIES):
        move = Move(lab, a, b, f"g{len(direction)}{direction == REPLIES}", direction, lambda m, link: (m.client.kill(), b.kill()),
                    "managed by virsh")
        move.end()
        in_doubt(a, move.guest)
        b.start()
        move.at(a if direction == REQUESTS else b)


if __name__ == "__main__":
    run_tests(globals())
