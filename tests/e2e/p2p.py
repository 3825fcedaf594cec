#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Peer-to-peer: the source daemon drives the move, and nobody's disappearance but a host's own can spoil it."""
import signal

import libvirt

from flight import begun, landed, started, took_off
from lab import expect, run_tests, wait_until

libvirt.registerErrorHandler(lambda *_: None, None)
P2P = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PEER2PEER


def test_virsh_there_and_back(lab):
    a, b = lab.pair(tcp=True)
    guest = started(lab, a, working_set=4, rate=4)
    a.virsh("migrate", "--live", "--p2p", "beat", b.uri)
    landed(guest, a, b)
    b.virsh("migrate", "--live", "--p2p", "--verbose", "beat", a.tcp_uri)
    landed(guest, b, a)


def test_summary(lab):
    """The client has no connection to the destination, and a guest that is gone has no numbers: the source tells them."""
    a, b = lab.pair()
    guest = started(lab, a)
    for options, source, target in (([], a, b), (["--tunnelled"], b, a)):
        out = source.godwit("migrate", "--live", "--p2p", *options, "--verbose", "beat", target.uri).out
        expect("Guest paused:" in out and "Transferred:" in out, f"no numbers: {out}")
        landed(guest, source, target)


def test_every_entry_point(lab):
    a, b = lab.pair()
    guest = lab.guest()
    conns = [libvirt.open(h.uri) for h in (a, b)]
    conns[0].createXML(guest.xml(), 0)
    forms = [
        lambda d, uri: d.migrateToURI3(uri, {libvirt.VIR_MIGRATE_PARAM_BANDWIDTH: 900}, P2P),
        lambda d, uri: d.migrateToURI2(uri, None, None, P2P, None, 0),
        lambda d, uri: d.migrateToURI(uri, P2P, None, 0),
        lambda d, uri: d.migrate(libvirt.open(uri), P2P, None, None, 0),
    ]
    for number, form in enumerate(forms):
        hosts = (a, b) if number % 2 == 0 else (b, a)
        guest.serial.wait_beats()
        form(conns[number % 2].lookupByName("beat"), hosts[1].uri)
        landed(guest, *hosts)


def test_client_killed_in_mid_flight(lab):
    a, b = lab.pair()
    guest = started(lab, a, memory=96, working_set=32, rate=8)
    client = took_off(guest, a, b.uri, "--p2p", speed=16)
    client.kill()
    client.communicate()
    wait_until(lambda: b.names("--state-running") == ["beat"], "the migration goes on without its client", 60)
    wait_until(lambda: a.names() == [], "the source ends its copy")
    landed(guest, a, b)


def test_destination_daemon_killed(lab):
    a, b, guest, client = begun(lab, "--p2p")
    b.kill(signal.SIGKILL)
    _, err = client.communicate(timeout=60)
    expect(client.returncode == 1 and ("ost connection to destination host" in err or "client socket is closed" in err
                                       or "End of file" in err), f"virsh said: {err}")
    expect(a.virsh("domstate", "beat", "--reason").out.startswith("running"), "does not run on at the source")
    b.start()
    wait_until(lambda: b.names("--all") == [], "nothing left at the destination")
    b.check_clean()
    a.virsh("migrate", "--live", "--p2p", "beat", b.uri)
    landed(guest, a, b)


def test_abort_and_refusals(lab):
    a, b, guest, client = begun(lab, "--p2p")
    a.virsh("domjobabort", "beat")
    _, err = client.communicate(timeout=60)
    expect("canceled by client" in err, f"virsh said: {err}")
    wait_until(lambda: b.names("--all") == [], "nothing left at the destination")
    for uri, words in ((f"qemu+unix:///system?socket={b.root}/run/none", "none"), ("qemu+tcp://127.0.0.1:1/system", "127.0.0.1:1"),
                       (a.uri, "same host"), ("qemu:///system", "same host")):
        refused = a.virsh("migrate", "--live", "--p2p", "beat", uri, check=False)
        expect(refused.code == 1 and words in refused.err, f"{uri}: {refused}")
    expect(a.virsh("domjobinfo", "beat").out.strip().endswith("None"), "a job was left")
    guest.serial.wait_beats(connection=1)


def test_persistent_and_paused(lab):
    a, b = lab.pair()
    guest = lab.guest()
    a.virsh("define", guest.file())
    a.virsh("start", "beat")
    guest.serial.wait_beats()
    a.virsh("migrate", "--live", "--p2p", "--persistent", "--undefinesource", "--suspend", "beat", b.uri)
    expect(a.names("--all") == [] and b.state("beat") == "paused", "where is it?")
    b.virsh("resume", "beat")
    landed(guest, a, b)


if __name__ == "__main__":
    run_tests(globals())
