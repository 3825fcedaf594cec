#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tunnelled: the memory goes through the daemons' own connection, and whatever breaks there breaks nothing else."""
import os
import signal
import time

import libvirt

from flight import begun, landed, started
from lab import expect, run_tests, wait_until

libvirt.registerErrorHandler(lambda *_: None, None)
TUNNELLED = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PEER2PEER | libvirt.VIR_MIGRATE_TUNNELLED
OPTIONS = ["--live", "--p2p", "--tunnelled"]


def begin(lab, **kw):
    return begun(lab, "--p2p", "--tunnelled", **kw)


def test_virsh_there_and_back(lab):
    a, b = lab.pair(tcp=True)
    guest = started(lab, a, memory=128, working_set=8, rate=8, fill=48)
    a.virsh("migrate", *OPTIONS, "beat", b.uri)
    landed(guest, a, b)
    b.virsh("migrate", *OPTIONS, "--verbose", "beat", a.tcp_uri)
    landed(guest, b, a)


def test_our_command_and_every_entry_point(lab):
    a, b = lab.pair()
    guest = started(lab, a)
    a.godwit("migrate", *OPTIONS, "beat", b.uri)
    landed(guest, a, b)
    conns = [libvirt.open(h.uri) for h in (a, b)]
    forms = [
        lambda d, uri: d.migrateToURI3(uri, {libvirt.VIR_MIGRATE_PARAM_BANDWIDTH: 900}, TUNNELLED),
        lambda d, uri: d.migrateToURI2(uri, None, None, TUNNELLED, None, 0),
        lambda d, uri: d.migrateToURI(uri, TUNNELLED, None, 0),
    ]
    for number, form in enumerate(forms):
        hosts = (b, a) if number % 2 == 0 else (a, b)
        form(conns[1 - number % 2].lookupByName("beat"), hosts[1].uri)
        landed(guest, *hosts)


def test_busy_guest_keeps_its_memory(lab):
    a, b = lab.pair(tcp=True)
    guest = started(lab, a, memory=256, working_set=64, rate=64, fill=96)
    for source, target in ((a, b), (b, a)):
        source.virsh("migrate", *OPTIONS, "--auto-converge", "beat", target.tcp_uri)
        landed(guest, source, target)


def test_queries_are_answered_during_transfer(lab):
    a, b, guest, client = begin(lab, speed=48)
    there = libvirt.open(b.uri)
    here = libvirt.open(a.uri)
    dom = here.lookupByName("beat")
    asked, slowest, seen = 0, 0.0, set()
    while client.poll() is None:
        began = time.monotonic()
        try:
            seen.add(dom.jobStats().get("memory_processed", 0))
        except libvirt.libvirtError:
            pass
        there.listAllDomains()
        asked, slowest = asked + 1, max(slowest, time.monotonic() - began)
    expect(client.returncode == 0, client.stderr.read())
    expect(len(seen) > 3, f"the progress never moved: {seen}")
    print(f"  {asked} queries while the memory went, the slowest took {slowest:.2f} s", flush=True)
    landed(guest, a, b)


def test_client_killed_in_mid_flight(lab):
    a, b, guest, client = begin(lab, speed=40)
    client.kill()
    client.communicate()
    wait_until(lambda: b.names("--state-running") == ["beat"], "the migration goes on without its client", 60)
    wait_until(lambda: a.names() == [], "the source ends its copy")
    landed(guest, a, b)


def test_abort(lab):
    a, b, guest, client = begin(lab)
    a.virsh("domjobabort", "beat")
    _, err = client.communicate(timeout=60)
    expect(client.returncode == 1 and "canceled by client" in err, f"virsh said: {err}")
    wait_until(lambda: b.names("--all") == [], "nothing left at the destination")
    expect(a.virsh("domstate", "beat", "--reason").out.startswith("running"), "does not run on at the source")
    guest.serial.wait_beats(connection=1)
    a.virsh("migrate", *OPTIONS, "beat", b.uri)
    landed(guest, a, b)


def test_abort_while_the_destination_reads_nothing(lab):
    a, b, guest, client = begin(lab)
    (there,) = b.qemu_pids()
    os.kill(there, signal.SIGSTOP)
    a.virsh("migrate-setspeed", "beat", "400")  # what lies between the two QEMUs fills up
    a.virsh("domjobabort", "beat")
    os.kill(there, signal.SIGCONT)
    _, err = client.communicate(timeout=60)
    expect(client.returncode == 1 and "canceled by client" in err, f"virsh said: {err}")
    wait_until(lambda: b.names("--all") == [], "nothing left at the destination")
    expect(a.names("--state-running") == ["beat"], "does not run on at the source")
    guest.serial.wait_beats(connection=1)
    guest.serial.check_unbroken()


def test_destination_daemon_killed(lab):
    a, b, guest, client = begin(lab)
    b.kill(signal.SIGKILL)
    _, err = client.communicate(timeout=60)
    expect(client.returncode == 1 and err.strip(), f"virsh said: {err}")
    expect(a.virsh("domstate", "beat", "--reason").out.startswith("running"), "does not run on at the source")
    b.start()
    wait_until(lambda: b.names("--all") == [], "nothing left at the destination")
    b.check_clean()
    a.virsh("migrate", *OPTIONS, "beat", b.uri)
    landed(guest, a, b)


def test_source_daemon_killed(lab):
    a, b, guest, client = begin(lab)
    a.kill(signal.SIGKILL)
    client.communicate(timeout=60)
    wait_until(lambda: b.names("--all") == [], "nothing left at the destination")
    a.start()
    wait_until(lambda: a.virsh("domstate", "beat").out.strip() == "running", "runs on at the source", 30)
    guest.serial.wait_beats(connection=1)
    a.virsh("migrate", *OPTIONS, "beat", b.uri)
    landed(guest, a, b)


def test_destination_qemu_killed(lab):
    a, b, guest, client = begin(lab, tcp=True)
    os.kill(b.qemu_pids()[0], signal.SIGKILL)
    _, err = client.communicate(timeout=60)
    expect(client.returncode == 1 and err.strip(), f"virsh said: {err}")
    expect(a.virsh("domstate", "beat", "--reason").out.startswith("running"), "does not run on at the source")
    wait_until(lambda: b.names("--all") == [], "nothing left at the destination")
    guest.serial.wait_beats(connection=1)
    b.check_clean()


def test_refusals(lab):
    a, b = lab.pair()
    guest = lab.guest()
    a.virsh("create", guest.file())
    dom = libvirt.open(a.uri).lookupByName("beat")
    for flags, params, words in (
            (libvirt.VIR_MIGRATE_PARALLEL, {}, "VIR_MIGRATE_PARALLEL"),
            (libvirt.VIR_MIGRATE_POSTCOPY, {}, "post-copy"),
            (libvirt.VIR_MIGRATE_OFFLINE | libvirt.VIR_MIGRATE_PERSIST_DEST, {}, "does not make sense"),
            (0, {"migrate_uri": "tcp://127.0.0.1"}, "migration URI is not supported by tunnelled migration"),
            (0, {"listen_address": "127.0.0.1"}, "listen address is not supported by tunnelled migration")):
        try:
            dom.migrateToURI3(b.uri, params, TUNNELLED | flags)
            expect(False, f"{words}: not refused")
        except libvirt.libvirtError as error:
            expect(words in str(error), f"wanted '{words}': {error}")
    expect(b.names("--all") == [], "something was left")
    guest.serial.wait_beats(connection=1)


if __name__ == "__main__":
    run_tests(globals())
