#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stock virsh drives a godwitd through a guest's life; a difference that virsh notices is one its users would."""
import re
import shutil
import subprocess

from lab import Failure, expect, run, run_tests, wait_until


def expect_out(result, pattern):
    expect(re.search(pattern, result.out, re.M), f"no /{pattern}/ in: {result}")


def test_define_start_list_info_destroy_undefine(lab):
    host, guest = lab.host("a", tcp=True), lab.guest()
    for uri in (host.uri, host.tcp_uri):
        expect_out(run(["virsh", "-c", uri, "define", guest.file()]), r"Domain 'beat' defined from ")
        expect_out(run(["virsh", "-c", uri, "list", "--all"]), r" -\s+beat\s+shut off")
        expect_out(run(["virsh", "-c", uri, "start", "beat"]), r"Domain 'beat' started")
        guest.serial.wait_beats()
        expect_out(run(["virsh", "-c", uri, "list", "--all"]), r" \d+\s+beat\s+running")
        info = run(["virsh", "-c", uri, "dominfo", "beat"])
        for line in (r"^Id:\s+\d+$", r"^Name:\s+beat$", rf"^UUID:\s+{guest.uuid}$", r"^OS Type:\s+hvm$", r"^State:\s+running$",
                     r"^CPU\(s\):\s+1$", r"^CPU time:\s+[\d.]+s$", r"^Max memory:\s+65536 KiB$",
                     r"^Used memory:\s+65536 KiB$", r"^Persistent:\s+yes$", r"^Autostart:\s+disable$",
                     r"^Managed save:\s+no$"):
            expect_out(info, line)
        expect_out(run(["virsh", "-c", uri, "domstate", "beat", "--reason"]), r"^running \(booted\)$")
        expect_out(run(["virsh", "-c", uri, "suspend", "beat"]), r"Domain 'beat' suspended")
        expect_out(run(["virsh", "-c", uri, "domstate", "beat", "--reason"]), r"^paused \(user\)$")
        expect_out(run(["virsh", "-c", uri, "resume", "beat"]), r"Domain 'beat' resumed")
        guest.serial.wait_beats()
        expect_out(run(["virsh", "-c", uri, "domstate", "beat", "--reason"]), r"^running \(unpaused\)$")
        expect_out(run(["virsh", "-c", uri, "destroy", "beat"]), r"Domain 'beat' destroyed")
        expect_out(run(["virsh", "-c", uri, "domstate", "beat", "--reason"]), r"^shut off \(destroyed\)$")
        expect_out(run(["virsh", "-c", uri, "undefine", "beat"]), r"Domain 'beat' has been undefined")
        expect(host.names("--all") == [], "undefined guest still listed")
    host.check_clean()


def test_host_questions(lab):
    host = lab.host("a")
    expect_out(host.virsh("version"), r"Using API: QEMU [\d.]+")
    expect_out(host.virsh("version"), r"Running hypervisor: QEMU 7\.2|Running hypervisor: QEMU \d+\.\d+")
    expect_out(host.virsh("version", "--daemon"), r"Running against daemon: [\d.]+")
    info = host.virsh("nodeinfo")
    for line in (r"^CPU model:\s+x86_64$", r"^CPU\(s\):\s+\d+$", r"^Memory size:\s+\d+ KiB$"):
        expect_out(info, line)
    expect_out(host.virsh("hostname"), r"\S")
    expect_out(host.virsh("uri"), r"qemu")
    expect_out(host.virsh("capabilities"), r"<migration_features>")
    expect_out(host.virsh("freecell"), r"Total|\d+ KiB")
    expect_out(host.virsh("domcapabilities"), r"<domainCapabilities>")
    expect_out(host.virsh("nodememstats"), r"total\s*:")
    expect_out(host.virsh("nodecpustats"), r"user\s*:")


def test_every_form_of_the_xml(lab):
    host, guest = lab.host("a"), lab.guest(machine="q35")
    host.virsh("define", guest.file())
    inactive = host.virsh("dumpxml", "beat").out
    expect("id=" not in inactive.splitlines()[0], "inactive XML has an id")
    expect("machine='pc-q35-" in inactive, "machine type is not the canonical one")
    host.virsh("start", "beat")
    live = host.virsh("dumpxml", "beat").out
    expect(re.match(r"<domain type='qemu' id='\d+'>", live), "live XML has no id")
    expect("<alias name='virtio-disk0'/>" in live, "live XML has no aliases")
    expect("<alias" not in host.virsh("dumpxml", "beat", "--migratable").out, "migratable XML has aliases")
    expect(host.virsh("dumpxml", "beat", "--inactive").out == inactive, "--inactive differs from what was before the start")
    for text in (inactive, live, host.virsh("dumpxml", "beat", "--migratable").out):
        path = lab.dir / "check.xml"
        path.write_text(text)
        run(["virt-xml-validate", path, "domain"])


def test_transient_guest_and_pause_at_start(lab):
    host, guest = lab.host("a"), lab.guest()
    host.virsh("create", guest.file(), "--paused")
    expect(host.virsh("domstate", "beat", "--reason").out.strip() == "paused (starting up)"
           or host.state("beat") == "paused", "not paused")
    expect_out(host.virsh("dominfo", "beat"), r"^Persistent:\s+no$")
    host.virsh("resume", "beat")
    guest.serial.wait_beats()
    host.virsh("destroy", "beat")
    expect(host.names("--all") == [], "a transient guest stays after destroy")


def test_guest_powers_off_by_itself_and_on_request(lab):
    host, guest = lab.host("a"), lab.guest()
    host.virsh("define", guest.file())
    host.virsh("start", "beat")
    guest.serial.wait_beats()
    host.virsh("shutdown", "beat")
    wait_until(lambda: host.state("beat") == "shut off", "shutdown by the power button")
    expect(host.virsh("domstate", "beat", "--reason").out.strip() == "shut off (shutdown)", "reason")
    host.virsh("start", "beat")
    guest.serial.wait_beats()
    guest.serial.send(b"Q")
    wait_until(lambda: host.state("beat") == "shut off", "guest turned itself off")
    host.check_clean()


def test_killed_qemu_is_noticed(lab):
    host, guest = lab.host("a"), lab.guest()
    host.virsh("define", guest.file())
    host.virsh("start", "beat")
    (pid,) = host.qemu_pids()
    import os
    os.kill(pid, 9)
    wait_until(lambda: host.state("beat") == "shut off", "death of QEMU noticed")
    expect(host.virsh("domstate", "beat", "--reason").out.strip() == "shut off (crashed)", "reason")


def test_events_reach_virsh(lab):
    host, guest = lab.host("a"), lab.guest()
    watch = subprocess.Popen(["virsh", "-c", host.uri, "event", "--all", "--loop"], stdout=subprocess.PIPE,
                             text=True, stdin=subprocess.DEVNULL)
    try:
        # virsh says nothing when it has registered, so repeat something harmless until its first event arrives.
        seen = []
        host.virsh("define", guest.file())
        import select
        while not seen:
            host.virsh("define", guest.file())
            if select.select([watch.stdout], [], [], 0.2)[0]:
                seen.append(watch.stdout.readline())
        for command in (["start", "beat"], ["suspend", "beat"], ["resume", "beat"], ["reset", "beat"],
                        ["destroy", "beat"], ["undefine", "beat"]):
            host.virsh(*command)
        wanted = [r"Started Booted", r"Suspended Paused", r"Resumed Unpaused", r"event 'reboot'", r"Stopped Destroyed",
                  r"Undefined Removed"]
        while wanted:
            line = watch.stdout.readline()
            if not line:
                raise Failure(f"virsh event ended before: {wanted}; saw {seen}")
            seen.append(line)
            if re.search(wanted[0], line):
                wanted.pop(0)
    finally:
        watch.kill()
        watch.wait()


def test_autostart_and_flags_of_undefine(lab):
    host, guest = lab.host("a"), lab.guest()
    host.virsh("define", guest.file())
    host.virsh("autostart", "beat")
    expect_out(host.virsh("dominfo", "beat"), r"^Autostart:\s+enable$")
    host.restart()
    expect(host.state("beat") == "shut off", "autostart is for the host's boot, not for each start of the daemon")
    host.kill()
    shutil.rmtree(host.root / "run")  # what a reboot leaves of it
    host.start()
    wait_until(lambda: host.state("beat") == "running", "autostart after the host's boot")
    host.virsh("autostart", "--disable", "beat")
    host.virsh("undefine", "beat", "--managed-save", "--snapshots-metadata", "--nvram")
    expect_out(host.virsh("dominfo", "beat"), r"^Persistent:\s+no$")
    host.virsh("destroy", "beat")
    expect(host.names("--all") == [], "still there")


def test_read_only_connection_cannot_write(lab):
    host, guest = lab.host("a"), lab.guest()
    host.virsh("define", guest.file())
    uri = f"qemu+unix:///system?socket={host.root}/run/godwit-sock-ro"
    expect_out(run(["virsh", "-r", "-c", uri, "list", "--all"]), "beat")
    refused = run(["virsh", "-r", "-c", uri, "start", "beat"], check=False)
    expect(refused.code == 1 and "read only access prevents" in refused.err, repr(refused))


run_tests(globals())
