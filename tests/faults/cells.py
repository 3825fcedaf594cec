# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cell is one fault, exactly before or after one call of one migration in one mode. Here: the rows of modes and of
faults, how a cell is run, and what has to come of it."""
import copy
import os
import pathlib
import signal
import subprocess
from typing import Callable, Dict, NamedTuple, Tuple

from lab import GODWIT, SLACK, Failure, Serial, expect, wait_until
from outcome import again, settle
from proxy import BEGIN, CONFIRM, FINISH, PERFORM, PREPARE, PREPARE_TUNNEL, REPLIES, REQUESTS, Fault, Proxy, TlsProxy

KEEPALIVE = ("--keepalive-interval", "1", "--keepalive-count", "2")
NAMES = {BEGIN: "begin", PREPARE: "prepare", PREPARE_TUNNEL: "prepare", PERFORM: "perform", FINISH: "finish",
         CONFIRM: "confirm"}
ALL = (BEGIN, PREPARE, PERFORM, FINISH, CONFIRM)
AT_SOURCE = (BEGIN, PERFORM, CONFIRM)
POINTS = [(direction, name) for name in ("begin", "prepare", "perform", "finish", "confirm")
          for direction in (REQUESTS, REPLIES)]
SOURCE, DESTINATION, GONE = "S", "D", "-"
MARKS = {"+": "success", "!": "an error", "x": "nothing: it was the one that was killed",
         "h": "nothing: it hung, by a fault of its own, and was killed",
         "p": "nothing: SIGPIPE killed it, by a fault of its own"}
OWN_FAULTS = {"h", "p"}


class Mode(NamedTuple):
    name: str
    calls: Tuple[int, ...]  # that pass a proxy
    program: str
    options: Tuple[str, ...] = ()
    proxy: type = Proxy     # in front of the destination

    @property
    def managed(self):
        return CONFIRM in self.calls

    def command(self, fault, pair, guest):
        source = fault.a.uri if self.managed else pair.a.uri
        return [str(self.program), "-k", "1", "-K", "2", "-c", source, "migrate", "--live", *self.options, guest.name,
                fault.b.uri]


MODES = [
    Mode("managed by virsh", ALL, "virsh"),
    Mode("managed by godwit", ALL, GODWIT),
    Mode("peer-to-peer", (PREPARE, FINISH), "virsh", ("--p2p",)),
    Mode("tunnelled", (PREPARE_TUNNEL, FINISH), "virsh", ("--p2p", "--tunnelled")),
    Mode("peer-to-peer, all TLS", (PREPARE, FINISH), "virsh", ("--p2p", "--tls"), TlsProxy),
]


class Kind(NamedTuple):
    name: str
    act: Callable           # (cell, link)
    heal: Callable = lambda pair: None
    silent: bool = False    # found out by keepalive only
    passes_answer: bool = False  # to a client that goes on with it
    gone: Tuple = ()        # points at which the fault itself ends the guest
    nothing: Tuple = ()     # points at which there is nothing to break


def kill_qemus(host):
    for pid in host.qemu_pids():
        os.kill(pid, signal.SIGKILL)


def before(point):
    return tuple(POINTS[:POINTS.index(point)])


def since(point):
    return tuple(POINTS[POINTS.index(point):])


KINDS = [
    Kind("connection cut", lambda cell, link: link.cut()),
    Kind("connection silent", lambda cell, link: link.stall(), silent=True),
    Kind("only replies lost", lambda cell, link: link.stall(REPLIES), silent=True),
    Kind("only requests lost", lambda cell, link: link.stall(REQUESTS), silent=True, passes_answer=True),
    Kind("client killed", lambda cell, link: cell.client.kill()),
    Kind("source daemon killed", lambda cell, link: cell.pair.a.kill(), lambda pair: pair.a.start(),
         passes_answer=True),
    Kind("destination daemon killed", lambda cell, link: cell.pair.b.kill(), lambda pair: pair.b.start()),
    Kind("source QEMU killed", lambda cell, link: kill_qemus(cell.pair.a), gone=before((REPLIES, "perform"))),
    Kind("destination QEMU killed", lambda cell, link: kill_qemus(cell.pair.b), gone=since((REPLIES, "finish")),
         nothing=before((REPLIES, "prepare"))),
]


class Ended(NamedTuple):
    mark: str               # MARKS
    words: str


class Cell:
    def __init__(self, mode, kind, direction, procedure):
        self.mode, self.kind, self.direction, self.procedure = mode, kind, direction, procedure
        self.point = direction, NAMES[procedure]
        self.pair = self.client = self.result = self.failure = None
        self.words = ""

    def __str__(self):
        word = "before" if self.direction == REQUESTS else "after"
        return f"{self.mode.name}, {self.kind.name} {word} {NAMES[self.procedure]}"

    def _allowed(self):
        """Where the guest may be afterwards. Until Finish has been asked for the source has it, from its answer on the
        destination; nobody can tell from outside whether a Finish that was on its way has arrived."""
        if self.point in self.kind.gone:
            return GONE
        if self.kind.name == "client killed" and not self.mode.managed:
            return DESTINATION  # the source daemon drives on
        if self.kind.name == "source QEMU killed":
            return DESTINATION  # which had everything
        if self.point == (REQUESTS, "finish") or (self.point == (REPLIES, "perform") and self.kind.passes_answer):
            return SOURCE + DESTINATION
        return SOURCE if self.point in before((REQUESTS, "finish")) else DESTINATION

    def _end_of_client(self):
        """Stock virsh asks for the progress of a migration over the connection that the migration takes. Of two calls
        that wait on a connection libvirt 9.0.0 tells one that keepalive has given it up; the other one then waits for
        an answer without any keepalive, for ever. Here that is the one for the progress."""
        may_hang = self.mode.program == "virsh" and self.mode.managed and self.kind.silent and self.procedure in AT_SOURCE
        tasks = pathlib.Path(f"/proc/{self.client.pid}/task")

        def over():  # the main thread and the event loop are left
            return self.client.poll() is not None or (may_hang and len(list(tasks.iterdir())) < 3)
        wait_until(over, "the client's end", 80)
        hung = False
        try:
            _, said = self.client.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            hung = True
            self.client.kill()
            _, said = self.client.communicate()
        lines = [line for line in said.splitlines() if line.startswith("error: ")]
        code = self.client.returncode
        mark = "h" if hung else {-signal.SIGKILL: "x", -signal.SIGPIPE: "p", 0: "+"}.get(code, "!")
        expect(mark not in OWN_FAULTS or self.mode.program == "virsh", "our own client hung, or was killed by SIGPIPE")
        return Ended(mark, lines[0][len("error: "):] if lines else "")

    def run(self, pair, template):
        self.pair = pair
        guest = copy.copy(template)
        guest.name, guest.uuid, guest.serial = pair.fresh_name(), pair.fresh_uuid(), Serial()
        fault = Fault(pair.lab, pair.a, pair.b, self.direction, self.procedure,
                      lambda link: self.kind.act(self, link), self.mode.proxy)
        try:
            pair.eyes[0].create(guest)
            guest.serial.wait_beats()
            self.client = subprocess.Popen(self.mode.command(fault, pair, guest), stdin=subprocess.DEVNULL,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            expect(fault.fired.wait(60 * SLACK), "this call never happened")
            ended = self._end_of_client()
            self.kind.heal(pair)
            self._judge(guest, ended)
        except (Failure, OSError) as error:
            self.failure = str(error)
            self.result = self.result or "FAIL"
            pair.reset()
        finally:
            if self.client:
                self.client.kill()
                self.client.communicate()
            fault.close()
            guest.serial.close()

    def _judge(self, guest, ended):
        allowed = self._allowed()
        at = [eyes for place, eyes in zip((SOURCE, DESTINATION), self.pair.eyes) if place in allowed]
        home = settle(guest, *self.pair.eyes, gone=allowed == GONE, at=at)
        place = GONE if home is None else SOURCE if home is self.pair.eyes[0] else DESTINATION
        self.result, self.words = place + ended.mark, ended.words
        expect(place in allowed, f"the guest is at {place}, not at {allowed}; the client said: {ended.words}")
        expect(ended.mark != "+" or place != SOURCE, "the client was told of success, the guest runs on at the source")
        if home:
            again(guest, home, *self.pair.eyes)
