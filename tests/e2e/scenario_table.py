# SPDX-License-Identifier: LGPL-2.1-or-later
"""The seven ways to migrate, as rows. tests/e2e/scenarios.py runs them, tools/dev/gen-scenarios makes their pages.

A command is what follows `virsh -c A` or `godwit -c A`; where the command line cannot say it, `call` holds the flags and the
third URI of a virDomainMigrate() between two connections. {A} {B}: connection URIs; {B_TCP} {B_TLS}: B's over TCP, over TLS;
{DIR}: a folder that both daemons see; {PORT}: a free port.
"""
import os
import shlex
import shutil
import signal
import subprocess
import sys
from typing import NamedTuple, Optional, Tuple

from lab import BUILD, GODWIT, TOP, expect, free_ports, run, wait_until

LIVE, P2P, TUNNELLED = 1, 2, 4
FLAG_NAMES = {LIVE: "VIR_MIGRATE_LIVE", P2P: "VIR_MIGRATE_PEER2PEER", TUNNELLED: "VIR_MIGRATE_TUNNELLED"}


class Scenario(NamedTuple):
    key: str                # of the test and of the page
    title: str
    drawing: str
    uris: str
    flags: str
    encrypted: str
    client_dies: str
    ports: str
    text: str
    commands: Tuple[str, ...] = ()
    call: Optional[Tuple[int, Optional[str]]] = None
    alone: bool = False     # no daemon at the destination: a QEMU that waits


ONE_PORT = "B's daemon (qemu+tcp 16509, tls 16514, ssh 22)"
NATIVE_PORT = ONE_PORT + "; of `--migrate-ports` (49152-49215) one per migration, and one for the witness"
AS_CONNECTION = "as the daemons' connection is (`qemu+tls`, `qemu+ssh`)"

SCENARIOS = [
    Scenario("managed", "Native, client to two daemons", "managed-direct", "A, B; optional `--migrateuri`", "`--live`",
             "with `--tls`", "before the memory was sent: the guest runs on at A; after that A asks B", NATIVE_PORT,
             """The client talks to both daemons and asks them, in turn, for the five phases. The daemons do not talk to each
other; the two QEMUs do.""",
             commands=("migrate --live --verbose beat {B}",)),
    Scenario("client-p2p", "Native, client to two daemons, peer-to-peer between them", "client-peer-to-peer",
             "A, B; optional: B as A sees it", "`VIR_MIGRATE_PEER2PEER`", "with `VIR_MIGRATE_TLS`", "goes on", NATIVE_PORT,
             """A program's `virDomainMigrate()` with a connection to B: the client hands B's URI to A and A does the rest. The
`uri` argument replaces it where A has to reach B by another name or another transport. No command line says this.""",
             call=(LIVE | P2P, "{B}")),
    Scenario("client-tunnelled", "Tunnelled, client and peer-to-peer between two daemons", "client-tunnelled",
             "A, B; optional: B as A sees it", "`VIR_MIGRATE_PEER2PEER`, `VIR_MIGRATE_TUNNELLED`", AS_CONNECTION, "goes on",
             ONE_PORT,
             """As the one before, and the guest's memory takes the daemons' connection as well: one port, and whatever
encryption that connection has.""",
             call=(LIVE | P2P | TUNNELLED, "{B}")),
    Scenario("unmanaged", "Native, client to one daemon", "unmanaged-direct", "A, and where QEMU waits: `tcp://HOST:PORT`",
             "`--direct`", "no", "goes on", "the one named",
             """Nobody at the destination but a QEMU that somebody has started with `-incoming`. It has to be the same machine;
`domxml-to-native` prints it. QEMU's word that everything has arrived is all that A has: name, definition, disk locks and
whether the guest's CPUs start there are up to whoever started that QEMU. libvirt refuses this for QEMU. The address stands
twice because stock virsh hands on only the second; `godwit` is content with either.""",
             commands=("migrate --live --direct beat --desturi tcp://127.0.0.1:{PORT} --migrateuri tcp://127.0.0.1:{PORT}",),
             alone=True),
    Scenario("p2p", "Native, peer-to-peer between two daemons", "peer-to-peer", "A, B as A sees it", "`--p2p`", "with `--tls`",
             "goes on", NATIVE_PORT,
             """The client talks to A only. A connects to B with its own credentials, so B's URI must work from there.""",
             commands=("migrate --live --p2p --verbose beat {B_TCP}",)),
    Scenario("tunnelled", "Tunnelled, peer-to-peer between two daemons", "tunnelled", "A, B as A sees it",
             "`--p2p --tunnelled`", AS_CONNECTION, "goes on", ONE_PORT,
             """The memory travels as a stream on the daemons' connection. No migration URI, no second port, no `--parallel`.""",
             commands=("migrate --live --p2p --tunnelled --verbose beat {B_TCP}",
                       "migrate --live --p2p --tunnelled beat {B_TLS}")),
    Scenario("unix", "Only UNIX sockets", "unix-sockets", "A, `qemu+unix:///system?socket=...`, `unix:///PATH`",
             "`--migrateuri`, with or without `--p2p`", "stays on the host", "as managed or peer-to-peer", "none",
             """Both daemons see a common folder, say because they are two containers of one host. The destination's QEMU
makes the socket, the source's connects to it. Disks are expected to be shared: copying them (`--copy-storage-all`) is refused
in this version.""",
             commands=("migrate --live --desturi {B} --migrateuri unix://{DIR}/migrate-sock beat",
                       "migrate --live --p2p --desturi {B} --migrateuri unix://{DIR}/migrate-sock beat")),
]

# Runs virDomainMigrate() of the library named first, the stock one or ours.
CALLER = """
import ctypes, sys
lib = ctypes.CDLL(sys.argv[1])
for name in ("virConnectOpen", "virDomainLookupByName", "virDomainMigrate"):
    getattr(lib, name).restype = ctypes.c_void_p
lib.virGetLastErrorMessage.restype = ctypes.c_char_p
def need(value):
    return ctypes.c_void_p(value) if value else sys.exit("error: " + lib.virGetLastErrorMessage().decode())
a, b = [need(lib.virConnectOpen(uri.encode())) for uri in sys.argv[2:4]]
dom = need(lib.virDomainLookupByName(a, b"beat"))
need(lib.virDomainMigrate(dom, b, ctypes.c_ulong(int(sys.argv[4])), None, sys.argv[5].encode(), ctypes.c_ulong(0)))
"""
LIBRARIES = {"virsh": "libvirt.so.0", "godwit": BUILD / "src/libgodwit.so.0"}
PROGRAMS = {"virsh": "virsh", "godwit": GODWIT}


class Move:
    """One row, run by one client: the guest is on a and comes to b."""

    def __init__(self, lab, row, client, command=""):
        self.lab, self.row, self.client, self.command = lab, row, client, command
        port = free_ports(1)
        options = []
        if "{B_TLS}" in command:
            run([GODWIT, "pki", "init", "--dir", lab.dir / "pki", "--host", "127.0.0.1,localhost"])
            for name in "ab":
                shutil.copytree(lab.dir / "pki/127.0.0.1", lab.dir / name / "etc/pki")
            options = ["--listen", f"tls://127.0.0.1:{port}"]
        self.a = lab.host("a", tcp=True)
        self.b = None if row.alone else lab.host("b", tcp=True, options=options)
        self.names = {"A": self.a.uri, "DIR": lab.dir, "PORT": port, "B_TLS": f"qemu+tls://127.0.0.1:{port}/system"}
        if self.b:
            self.names.update(B=self.b.uri, B_TCP=self.b.tcp_uri)
        self.waiting = None

    def words(self):
        return self.command.format(**self.names).split()

    def argv(self):
        if not self.row.call:
            return [PROGRAMS[self.client], "-c", self.a.uri, *self.words()]
        flags, uri = self.row.call
        return [sys.executable, "-c", CALLER, LIBRARIES[self.client], self.a.uri, self.b.uri, flags, uri.format(**self.names)]

    def run(self):
        if self.row.alone:
            self.wait_as_somebody_else()
        return run(self.argv(), check=False)

    def wait_as_somebody_else(self):
        """Starts the QEMU that waits, by hand: the command line is the one that A would use."""
        xml = self.lab.dir / "live.xml"
        xml.write_text(self.a.virsh("dumpxml", "--migratable", "beat").out)
        argv = shlex.split(self.a.virsh("domxml-to-native", "qemu-argv", xml).out.replace("\\\n", ""))
        while "=" in argv[0]:
            argv.pop(0)
        self.waiting = Waiting(self.lab, strip_private(argv), self.names["PORT"])

    def end(self):
        if self.waiting:
            self.waiting.end()


def strip_private(argv):
    """Without what belongs to the daemon that would have started it: monitor, -S, its own files."""
    out, skip = [], False
    drop_with_value = {"-mon", "-incoming", "-object", "-sandbox"}
    for i, word in enumerate(argv):
        if skip:
            skip = False
        elif word in drop_with_value and not (word == "-object" and "memory-backend" in argv[i + 1]):
            skip = True
        elif word == "-chardev" and "monitor" in argv[i + 1]:
            skip = True
        elif word != "-S":
            out.append(word)
    return out


class Waiting:
    def __init__(self, lab, argv, port):
        self.log = open(lab.dir / "waiting.log", "ab")
        self.process = subprocess.Popen([*argv, "-incoming", f"tcp:127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        wait_until(lambda: listens(port) or self.process.poll() is not None, "somebody's QEMU waits")
        expect(self.process.poll() is None, f"somebody's QEMU ended: {(lab.dir / 'waiting.log').read_text()}")

    def end(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()


def listens(port):
    with open("/proc/net/tcp") as table:
        return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in list(table)[1:])
