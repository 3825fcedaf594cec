#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What comes along when a guest moves between a godwitd and a stock libvirtd: its definition with title, notes and CPU, its
screens and their passwords, the job's figures on both hosts; and what each says when it is asked for more than both have. Moved
by virsh and by godwit in turn, in every mode, both ways.
"""
import pathlib
import re
import socket
import sys

import libvirt

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from guests import CELLS, FROM, MODES, TO, URI, heading, machine  # noqa: E402
from lab import GODWIT, expect, run, run_tests  # noqa: E402
from mixed import closing, sides  # noqa: E402

CLIENTS = (["virsh"], [str(GODWIT)])
NOTE = "<m:note xmlns:m='http://example.org/note'>kept</m:note>"
SCREENS = """
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1' passwd='sekret'/>
    <graphics type='spice' port='-1' autoport='yes' listen='127.0.0.1' passwd='ticket'/>
    <channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>
    <video><model type='qxl'/></video>"""
CPU = ("<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>Nehalem</model>"
       "<feature policy='disable' name='vme'/></cpu>")


def described(guest):
    xml = guest.xml()
    xml = xml.replace("</uuid>", f"</uuid><title>A title</title><description>Said of it</description><metadata>{NOTE}</metadata>", 1)
    return xml.replace("<devices>", CPU + "<devices>", 1)


def define(lab, side, xml):
    path = lab.dir / "defined.xml"
    path.write_text(xml)
    side.virsh("define", path)
    side.virsh("start", "beat")


def migrate(client, source, target, *options, **kw):
    return run([*client, "-c", source.uri, "migrate", "--live", "--unsafe", "beat", target.uri, *options], **kw)


def moves(what, ends):
    """(mode, client, source, target), each mode there and back, the clients in turn. Prints in which cells it survived."""
    good = {}
    for number, mode in enumerate(MODES):
        for source, target in (ends, ends[::-1]):
            yield mode, CLIENTS[number % 2], source, target
            good[mode, TO if source.ours else FROM] = "ok"  # the test is content with it, and asks for more
    print(heading("what"))
    print(f"| {what} | " + " | ".join(good[cell] for cell in CELLS) + " |", flush=True)


def arrived(guest, target, connection=None):
    expect(target.state("beat") == "running", f"at {target.name}: {target.state('beat')}")
    guest.serial.wait_beats(connection=connection)
    guest.serial.check_unbroken()


def definition(side):
    return machine(side.virsh("dumpxml", "beat", "--inactive", "--security-info").out)


@closing
def test_definition_travels(lab):
    ours, theirs = sides(lab, tls=True)
    guest = lab.guest(working_set=8, rate=8, fill=8)
    define(lab, ours, described(guest))
    guest.serial.wait_beats()
    before = definition(ours)
    for number, (mode, client, source, target) in enumerate(moves("definition, title, metadata, CPU", (ours, theirs)), 2):
        what = f"{mode} from {source.name} to {target.name} by {pathlib.Path(client[0]).name}"
        migrate(client, source, target, *MODES[mode], "--persistent", "--undefinesource")
        arrived(guest, target, number)
        expect("beat" not in source.names("--all"), f"{what}: the source kept the definition")
        expect("beat" in target.names("--persistent"), f"{what}: not persistent at the destination")
        expect(definition(target) == before, f"{what}: another definition: {set(definition(target)) ^ set(before)}")
        expect(target.virsh("desc", "beat", "--title").out.strip() == "A title", f"{what}: the title is lost")
        note = target.virsh("metadata", "beat", "http://example.org/note").out
        expect("kept" in note, f"{what}: the metadata is lost: {note}")
    ours.host.check_clean()


def vnc_security(port):
    """The security types that a VNC server offers (2: password)."""
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.sendall(s.recv(12, socket.MSG_WAITALL))
        count = s.recv(1)[0]
        return list(s.recv(count, socket.MSG_WAITALL))


def screens(side):
    """(port, password) of VNC and SPICE in the live definition."""
    xml = side.virsh("dumpxml", "beat", "--security-info").out
    return [re.search(rf"<graphics type='{kind}' port='(\d+)'.*passwd='(\w+)'", xml).groups() for kind in ("vnc", "spice")]


@closing
def test_screens_travel(lab):
    ours, theirs = sides(lab, tls=True)
    guest = lab.guest(extra=SCREENS)
    define(lab, theirs, guest.xml())
    guest.serial.wait_beats()
    for number, (mode, client, source, target) in enumerate(moves("VNC and SPICE, their passwords", (theirs, ours)), 2):
        what = f"{mode} from {source.name} to {target.name}"
        migrate(client, source, target, *MODES[mode])
        arrived(guest, target, number)
        (vnc, vnc_password), (spice, spice_password) = screens(target)
        expect((vnc_password, spice_password) == ("sekret", "ticket"), f"{what}: the passwords are lost")
        expect(vnc_security(int(vnc)) == [2], f"{what}: the VNC server does not ask for a password")
        socket.create_connection(("127.0.0.1", int(spice)), 10).close()
    ours.host.check_clean()


FIGURES = ("Data processed", "Memory total", "Normal pages", "Constant pages", "Iteration", "Total downtime", "Setup time")


def completed(side):
    out = side.virsh("domjobinfo", "beat", "--completed").out
    return dict(re.findall(r"^([^:\n]+):\s+(.*?)\s*$", out, re.M))


@closing
def test_figures_of_the_job_on_both_hosts(lab):
    ours, theirs = sides(lab, tls=True)
    guest = lab.guest(working_set=8, rate=8, fill=8)
    for side in (theirs, ours):  # both keep the definition, and with it the record of the job
        path = lab.dir / "defined.xml"
        path.write_text(guest.xml())
        side.virsh("define", path)
    ours.virsh("start", "beat")
    guest.serial.wait_beats()
    for number, (mode, client, source, target) in enumerate(moves("the job's figures, on both hosts", (ours, theirs)), 2):
        what = f"{mode} from {source.name} to {target.name}"
        migrate(client, source, target, *MODES[mode])
        arrived(guest, target, number)
        there, here = completed(target), completed(source)
        expect(here.get("Job type") == "Completed" and here.get("Operation") == "Outgoing migration", f"{what}: source: {here}")
        expect(there.get("Job type") == "Completed" and there.get("Operation") == "Incoming migration", f"{what}: target: {there}")
        for name in FIGURES:
            expect(name in here, f"{what}: {source.name} does not say '{name}': {here}")
            expect(name in there, f"{what}: {target.name} does not say '{name}': {there}")
        same = [name for name in ("Data processed", "Memory total", "Normal pages", "Constant pages") if here[name] != there[name]]
        expect(not same, f"{what}: the hosts differ in {same}: {here}, {there}")
    ours.host.check_clean()


# what is asked for, and what both ways of refusing it name
REFUSED = [
    (["--postcopy", *URI], "VIR_MIGRATE_POSTCOPY"),
    (["--copy-storage-all", *URI], "VIR_MIGRATE_NON_SHARED_DISK"),
    (["--copy-storage-inc", *URI], "VIR_MIGRATE_NON_SHARED_INC"),
    (["--parallel", "--zerocopy", *URI], "VIR_MIGRATE_ZEROCOPY"),
    (["--parallel", "--compressed", "--comp-methods", "zstd", *URI], "'zstd'"),
    (["--p2p", "--tunnelled", "--parallel"], "VIR_MIGRATE_PARALLEL"),
    (["--p2p", "--tunnelled", "--tls"], "VIR_MIGRATE_TLS"),
    (["--migrateuri", "rdma://127.0.0.1"], "memory hard limit"),
    (["--tls", "--tls-destination", "nobody.example", *URI], "nobody.example"),
]


@closing
def test_refusals_name_what_is_lacking(lab):
    ours, theirs = sides(lab, tls=True)
    guest = lab.guest()
    define(lab, ours, guest.xml())
    guest.serial.wait_beats()
    print("| asked for | from | answer |\n| --- | --- | --- |")
    for source, target in ((ours, theirs), (theirs, ours)):
        for options, name in REFUSED:
            what = f"{' '.join(options)} from {source.name}"
            result = migrate(CLIENTS[0], source, target, *options, check=False)
            expect(result.code == 1 and name in result.err, f"{what}: {result}")
            expect(source.state("beat") == "running" and "beat" not in target.names("--all"), f"{what}: left something behind")
            asked = " ".join(options).removesuffix(" " + " ".join(URI))
            print(f"| `{asked}` | {source.name} | {' '.join(result.err.split())} |", flush=True)
        arrived(guest, source)  # QEMUs that waited at the destination have called, and hung up
        if source is ours:
            migrate(CLIENTS[0], source, target, *URI, "--persistent", "--undefinesource")
    ours.host.check_clean()


if __name__ == "__main__":
    run_tests(globals())
