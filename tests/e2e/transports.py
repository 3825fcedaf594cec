#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every way for the guest's memory but plain TCP over IPv4: unix sockets, IPv6, TLS, a QEMU without a daemon. The guest
is busy: it writes memory all the time and counts what is lost or stale after the move."""
import json
import os
import socket
import subprocess

import libvirt

from lab import expect, free_ports, run, run_tests, wait_until, Skip
from pki import Ca

libvirt.registerErrorHandler(lambda *_: None, None)


def start(lab, host, **kw):
    guest = lab.guest(**{"working_set": 8, "rate": 8, "fill": 8, **kw})
    host.virsh("create", guest.file())
    guest.serial.wait_beats()
    return guest


def landed(guest, a, b):
    guest.serial.wait_beats(connection=guest.serial.connections())
    guest.serial.check_unbroken()
    expect(b.names() == [guest.name] and a.names() == [], f"on a: {a.names()}, on b: {b.names()}")
    a.check_clean()
    b.check_clean()


def stayed(guest, a, b):
    """As if nothing had been tried: it beats at the source, which has no job, and the destination has nothing."""
    guest.serial.wait_beats(connection=1)
    guest.serial.check_unbroken()
    expect(a.state(guest.name) == "running", "does not run at the source")
    expect(a.virsh("domjobinfo", guest.name).out.strip().endswith("None"), "a job was left")
    wait_until(lambda: b.names("--all") == [], "nothing left at the destination")
    b.check_clean()


LOST_RACE = "a QEMU before 9.0 loses this race"


def move(a, b, *options, **kw):
    """QEMU before 9.0 sends a stray empty packet after a parallel migration's last: the destination may have closed by then.
    The guest stays, the message says so, and what it advises is done: once."""
    command = ["migrate", "--live", *options, "beat", b.uri]
    if "--parallel" in options and kw.get("check", True):
        result = a.virsh(*command, **{**kw, "check": False})
        if result.code == 0:
            return result
        expect(LOST_RACE in result.err, f"failed: {result}")
        wait_until(lambda: b.names("--all") == [], "nothing left at the destination")
    return a.virsh(*command, **kw)


def refused(a, b, words, *options):
    result = move(a, b, *options, check=False)
    expect(result.code == 1, f"was not refused: {result}")
    for word in [words] if isinstance(words, str) else words:
        expect(word in result.err, f"'{word}' is not in: {result.err}")


# unix sockets

def test_unix(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    path = lab.dir / "memory.sock"
    hosts = [a, b]
    for options in ([], ["--p2p"], ["--parallel"], ["--p2p", "--parallel", "--parallel-connections", "3"],
                    ["--p2p", "--persistent", "--undefinesource"]):
        source, target = hosts
        move(source, target, *options, "--migrateuri", f"unix://{path}")
        landed(guest, source, target)
        expect(not path.exists(), f"{options}: the socket was left behind")
        hosts.reverse()


def test_unix_refusals(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    path, plain = lab.dir / "memory.sock", lab.dir / "file"
    plain.write_text("precious")
    uri = f"unix://{path}"
    for mode in ([], ["--p2p"]):
        refused(a, b, "Usage of listen-address is forbidden when migration URI uses UNIX transport method",
                "--migrateuri", uri, "--listen-address", "127.0.0.1", *mode)
        refused(a, b, "it is a file, not a socket", "--migrateuri", f"unix://{plain}", *mode)
        refused(a, b, "nowhere/x", "--migrateuri", f"unix://{lab.dir}/nowhere/x", *mode)
        refused(a, b, "is longer than", "--migrateuri", f"unix://{lab.dir}/{'x' * 120}", *mode)
    expect(plain.read_text() == "precious", "QEMU's socket replaced a file")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        refused(a, b, "another program listens there", "--migrateuri", uri)
        expect(path.exists(), "somebody else's socket was removed")
    move(a, b, "--migrateuri", uri)  # what that program left is in nobody's way
    landed(guest, a, b)


def test_unix_that_accepts_nobody(lab):
    """A program that listens and never looks: the guest's migration must not hang on it for ever."""
    a, b = lab.pair()
    guest = start(lab, a)
    path = lab.dir / "deaf.sock"
    with socket.socket(socket.AF_UNIX) as deaf, socket.socket(socket.AF_UNIX) as first:
        deaf.bind(str(path))
        deaf.listen(0)
        first.connect(str(path))
        result = a.godwit("migrate", "--live", "--direct", "beat", f"unix://{path}", check=False)
    expect(result.code == 1 and "timed out" in result.err, f"was not told of: {result}")
    stayed(guest, a, b)


def test_unix_leaves_nothing(lab):
    a, b = lab.pair()
    guest = start(lab, a, memory=96, working_set=32, rate=32)
    path = lab.dir / "memory.sock"
    command = ["virsh", "-c", a.uri, "migrate", "--live", "--parallel", "--bandwidth", "8", "--migrateuri", f"unix://{path}",
               "beat", b.uri]
    for interrupt in ("abort", "destination"):
        client = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: a.sends("beat"), "transfer under way")
        if interrupt == "abort":
            a.virsh("domjobabort", "beat")
        else:
            b.restart()
        expect(client.wait(60) == 1, f"{interrupt}: virsh does not know that it failed")
        stayed(guest, a, b)
        wait_until(lambda: not path.exists(), f"{interrupt}: the socket is removed")


# IPv6

def test_ipv6(lab):
    if not os.path.exists("/proc/net/if_inet6"):
        raise Skip("no IPv6")
    a, b = lab.pair()
    guest = start(lab, a)
    hosts = [a, b]
    for options in (["--migrateuri", "tcp://[::1]"], ["--migrateuri", "tcp://[::1]", "--p2p"],
                    ["--migrateuri", f"tcp://[::1]:{lab.ports + 50}", "--listen-address", "::1"],
                    ["--migrateuri", "tcp://[::1]", "--parallel"]):
        source, target = hosts
        move(source, target, *options)
        landed(guest, source, target)
        hosts.reverse()


def test_addresses_that_lead_nowhere(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    port = lab.ports + 55
    for options in ([], ["--p2p"], ["--parallel"]):
        refused(a, b, ["unable to connect to server at", f"127.0.0.2:{port}"], *options,
                "--migrateuri", f"tcp://127.0.0.2:{port}", "--listen-address", "127.0.0.1")
        stayed(guest, a, b)
    for options in ([], ["--parallel"]):
        refused(a, b, ["unable to connect to server at", "no-such-host.invalid", "--migrate-address"], *options,
                "--migrateuri", "tcp://no-such-host.invalid")
        stayed(guest, a, b)


# TLS

def tls_pair(lab, **kw):
    ca = Ca(lab.dir)
    a, b = lab.pair()
    for host in (a, b):
        ca.outfit(host.root / "etc/pki/qemu", **kw)
    return ca, a, b


def test_tls(lab):
    _, a, b = tls_pair(lab)
    guest = start(lab, a)
    path = lab.dir / "memory.sock"
    hosts = [a, b]
    for options in ([], ["--p2p"], ["--parallel"], ["--p2p", "--parallel"], ["--tls-destination", "localhost"],
                    ["--migrateuri", f"unix://{path}", "--tls-destination", "localhost", "--p2p"],
                    ["--migrateuri", "tcp://[::1]"]):
        source, target = hosts
        move(source, target, "--tls", *options)
        landed(guest, source, target)
        hosts.reverse()
    move(hosts[0], hosts[1])  # and nothing of it stays in the way of a plain one
    landed(guest, *hosts)


def test_tls_wrong(lab):
    ca, a, b = tls_pair(lab)
    guest = start(lab, a)
    source, target = (h.root / "etc/pki/qemu" for h in (a, b))

    def case(words, *options):
        for mode in ([], ["--p2p"]):
            refused(a, b, words, "--tls", *mode, *options)
            stayed(guest, a, b)

    case("other.example", "--tls-destination", "other.example")
    case("Explicit destination hostname is required for TLS migration over UNIX socket",
         "--migrateuri", f"unix://{lab.dir}/memory.sock")
    ca.issue(target, "server", days=-1)
    case("expired")
    (target / "server-cert.pem").unlink()
    case(["server-cert.pem", "destination"])
    other = Ca(lab.dir, "other")
    other.issue(target, "server")
    (target / "ca-cert.pem").write_bytes(other.cert.read_bytes())
    case("ertificate")
    ca.outfit(target)
    (source / "ca-cert.pem").unlink()
    case(["ca-cert.pem", "source"])
    source.rename(source.parent / "elsewhere")
    case(["host migration TLS directory not configured", str(source)])
    (source.parent / "elsewhere").rename(source)
    ca.outfit(source)
    # the destination's turn to be careful: a source without a certificate, and one of another CA
    for name in ("client-cert.pem", "client-key.pem"):
        (source / name).unlink()
    case("could not arrive: Verify failed: No certificate was found")
    other.issue(source, "client")
    case("ertificate")
    ca.issue(source, "client")
    move(a, b, "--tls")
    landed(guest, a, b)


def test_tls_forced(lab):
    ca = Ca(lab.dir)
    conf = lab.dir / "force.conf"
    conf.write_text(f"[godwitd]\nmigrate_tls_force = true\nmigrate_tls_dir = {lab.dir}/pki\n")
    ca.outfit(lab.dir / "pki")
    a, b = lab.host("a", options=["--migrate-tls-dir", str(lab.dir / "pki")]), lab.host("b", options=["--config", str(conf)])
    guest = start(lab, a)
    refused(a, b, "allows migration only with VIR_MIGRATE_TLS flag")
    stayed(guest, a, b)
    move(a, b, "--tls")
    landed(guest, a, b)
    refused(b, a, "allows migration only with VIR_MIGRATE_TLS flag", "--p2p")
    move(b, a, "--tls", "--p2p")
    landed(guest, b, a)


def test_tls_source_daemon_killed(lab):
    """A daemon that dies in the middle leaves QEMU with credentials; the next one takes them away."""
    _, a, b = tls_pair(lab)
    guest = start(lab, a, memory=96, working_set=32, rate=32)
    client = subprocess.Popen(["virsh", "-c", a.uri, "migrate", "--live", "--tls", "--bandwidth", "8", "beat", b.uri],
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: a.sends("beat"), "transfer under way")
    a.restart()
    client.wait(60)
    wait_until(lambda: a.virsh("domjobinfo", "beat", check=False).out.strip().endswith("None"), "rolled back")
    stayed(guest, a, b)
    move(a, b)
    landed(guest, a, b)


# direct, without a daemon at the destination

class Lone:
    """A QEMU that waits for a guest, started by nobody's daemon: the guest's own command line, other sockets."""

    def __init__(self, lab, host, uri, capabilities=()):
        pid, = host.qemu_pids()
        words = open(f"/proc/{pid}/cmdline", "rb").read().decode().rstrip("\0").split("\0")
        self.socket, monitor = socket.socketpair()
        out, i = [], 0
        while i < len(words):
            word, value = words[i], words[i + 1] if i + 1 < len(words) else ""
            if word == "-chardev" and "id=charmonitor" in value:
                out += ["-chardev", f"socket,id=charmonitor,fd={monitor.fileno()}"]
                i += 2
            elif word in ("-S", "-no-shutdown"):
                i += 1
            elif word in ("-object", "-pidfile", "-sandbox", "-name", "-msg") and ("secret" in value or word != "-object"):
                i += 2
            else:
                out.append(word)
                i += 1
        with monitor, open(lab.dir / "lone.log", "w") as log:
            self.process = subprocess.Popen([*out, "-incoming", "defer"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            pass_fds=[monitor.fileno()])
        try:
            self.lines = self.socket.makefile()
            self.lines.readline()
            self.ask("qmp_capabilities")
            if capabilities:
                self.ask("migrate-set-capabilities", capabilities=[{"capability": c, "state": True} for c in capabilities])
            self.ask("migrate-incoming", uri=uri)
        except BaseException:
            self.close()
            raise

    def ask(self, command, **arguments):
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            line = json.loads(self.lines.readline())
            if "return" in line or "error" in line:
                expect("return" in line, f"{command}: {line}")
                return line["return"]

    def close(self):
        self.process.kill()
        self.process.wait()


def test_direct_unmanaged(lab):
    a = lab.host("a")
    for number, (options, uri, capabilities) in enumerate((
            ([], f"tcp:127.0.0.1:{lab.ports + 40}", ()), (["--parallel"], f"tcp:127.0.0.1:{lab.ports + 41}", ["multifd"]),
            ([], f"unix:{lab.dir}/lone.sock", ()), ("ToURI", f"tcp:127.0.0.1:{lab.ports + 42}", ()))):
        guest = start(lab, a, name=f"beat{number}")
        lone = Lone(lab, a, uri, capabilities)
        try:
            told = uri.replace("tcp:", "tcp://").replace("unix:", "unix://")
            if options == "ToURI":
                libvirt.open(a.uri).lookupByName(guest.name).migrateToURI(told, libvirt.VIR_MIGRATE_LIVE, None, 0)
            else:  # stock virsh forgets its second argument; its option counts
                run(["virsh", "-c", a.uri, "migrate", "--live", "--direct", *options, guest.name, told, "--migrateuri", told])
            guest.serial.wait_beats(connection=2)
            guest.serial.check_unbroken()
            expect(lone.ask("query-status")["status"] == "running", "does not run there")
            expect(a.names("--all") == [], "the source kept a copy")
            a.check_clean()
        finally:
            lone.close()


def test_direct_unmanaged_refusals(lab):
    a = lab.host("a")
    guest = start(lab, a)
    port = free_ports(1)

    def direct(*options, uri=f"tcp://127.0.0.1:{port}"):
        result = run(["virsh", "-c", a.uri, "migrate", "--live", "--direct", *options, "beat", uri, "--migrateuri", uri],
                     check=False)
        expect(result.code == 1, f"was not refused: {result}")
        guest.serial.wait_beats(connection=1)
        expect(a.virsh("domjobinfo", "beat").out.strip().endswith("None"), "a job was left")
        return result.err

    expect("unable to connect to server" in direct(), "nobody waits there")
    expect("VIR_MIGRATE_PERSIST_DEST" in direct("--persistent"), "nobody could store it")
    expect("destination_name" in direct("--dname", "other"), "nobody could rename it")
    expect("RDMA" in direct(uri="rdma://127.0.0.1:1"), "RDMA")
    other = lab.guest("unlike", memory=80)
    a.virsh("create", other.file())
    other.serial.wait_beats()
    a.virsh("destroy", "beat")
    # a machine of another size: QEMU there refuses it, and the guest stays
    b = lab.host("b")
    small = lab.guest("small", memory=64)
    b.virsh("create", small.file())
    small.serial.wait_beats()
    lone = Lone(lab, b, f"tcp:127.0.0.1:{port}")
    try:
        told = f"tcp://127.0.0.1:{port}"
        result = run(["virsh", "-c", a.uri, "migrate", "--live", "--direct", "unlike", told, "--migrateuri", told], check=False)
        expect(result.code == 1, f"was not refused: {result}")
        expect(a.state("unlike") == "running", "is not at the source any more")
        other.serial.wait_beats(connection=1)
    finally:
        lone.close()


def test_rdma(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    for mode in ([], ["--p2p"]):
        refused(a, b, "cannot start RDMA migration with no memory hard limit set", "--migrateuri", "rdma://127.0.0.1", *mode)
        stayed(guest, a, b)
    move(a, b, "--rdma-pin-all")  # says nothing to TCP, as with libvirt
    landed(guest, a, b)


if __name__ == "__main__":
    run_tests(globals())
