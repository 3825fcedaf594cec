#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of the configuration on both hosts: the sixteen rows of libvirt's guest migration guide.

A user who loses a row finds a definition missing after a move, or one that should have been left alone replaced.
"""
from lab import expect, run_tests

# source config, destination config before, --undefinesource, --persistent -> destination persistent, source config, destination config
ROWS = [
    # transient guests: the source never has a configuration
    ("transient", 0, 0, 0, 0, "none"),
    ("transient", 0, 1, 0, 0, "none"),
    ("transient", 0, 0, 1, 0, "mine"),
    ("transient", 0, 1, 1, 0, "mine"),
    ("transient", 1, 0, 0, 0, "unchanged"),
    ("transient", 1, 1, 0, 0, "unchanged"),
    ("transient", 1, 0, 1, 0, "mine"),
    ("transient", 1, 1, 1, 0, "mine"),
    # persistent guests
    ("persistent", 0, 0, 0, 1, "none"),
    ("persistent", 0, 1, 0, 0, "none"),
    ("persistent", 0, 0, 1, 1, "mine"),
    ("persistent", 0, 1, 1, 0, "mine"),
    ("persistent", 1, 0, 0, 1, "unchanged"),
    ("persistent", 1, 1, 0, 0, "unchanged"),
    ("persistent", 1, 0, 1, 1, "mine"),
    ("persistent", 1, 1, 1, 0, "mine"),
]


def one_row(a, b, lab, number, row):
    kind, had, undefine, persist, source_keeps, result = row
    guest = lab.guest(name=f"row{number}", memory=32, hz=200)
    mine = guest.file()
    mine.write_text(mine.read_text().replace("<memory", "<title>mine</title>\n  <memory", 1))
    theirs = guest.file()
    theirs.write_text(theirs.read_text().replace("<memory", "<title>unchanged</title>\n  <memory", 1))
    if had:
        b.virsh("define", theirs)
    if kind == "persistent":
        a.virsh("define", mine)
        a.virsh("start", guest.name)
    else:
        a.virsh("create", mine)
    guest.serial.wait_beats()
    options = ["--undefinesource"] * undefine + ["--persistent"] * persist
    a.virsh("migrate", "--live", *options, guest.name, b.uri)
    guest.serial.wait_beats(connection=2)

    where = f"row {number} {row}"
    expect((guest.name in a.names("--all")) == bool(source_keeps), f"{where}: source's configuration")
    expect(guest.name in b.names(), f"{where}: does not run at the destination")
    b.virsh("destroy", guest.name)
    kept = guest.name in b.names("--all")
    expect(kept == (result != "none"), f"{where}: destination's configuration {'kept' if kept else 'lost'}")
    if kept:
        expect(f"<title>{result}</title>" in b.virsh("dumpxml", guest.name).out, f"{where}: wrong configuration kept")
        b.virsh("undefine", guest.name)
    if source_keeps:
        a.virsh("undefine", guest.name)


def test_sixteen_rows(lab):
    a, b = lab.pair()
    for number, row in enumerate(ROWS, 1):
        one_row(a, b, lab, number, row)
        print(f"passed row {number}: {row}", flush=True)


run_tests(globals())
