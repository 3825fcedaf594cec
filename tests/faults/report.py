# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cells as a table, and what the clients were told in them."""
import re

from cells import KINDS, MARKS, MODES, POINTS

WIDTH = 48


def plain(words):
    """Without what differs from run to run."""
    for pattern, name in ((r"qemu\+unix:///\S*?/a[-/][^\s']*", "A"), (r"qemu\+(unix|tls)://[^\s']*", "B"),
                          (r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID"), (r"g\d-\d+", "G"), (r"127\.0\.0\.1:\d+", "ADDRESS")):
        words = re.sub(pattern, name, words)
    return words


def print_table(cells):
    print("\nWhere the guest is after a fault before (<) or after (>) a call, and what the client is told.\n"
          "S, D: it runs at the source, at the destination; -: the fault itself ended it\n"
          "blank: there is no such call, or nothing to break yet")
    for mark, meaning in MARKS.items():
        print(f"{mark}: {meaning}")
    names = [name for _, name in POINTS[::2]]
    print("\n" + " " * WIDTH + "".join(f"{name:8}" for name in names).rstrip())
    print(" " * WIDTH + ("<   >   " * len(names)).rstrip())
    for mode in MODES:
        for kind in KINDS:
            row = {cell.point: cell.result for cell in cells if cell.mode is mode and cell.kind is kind}
            if row:
                outcomes = "".join(f"{row.get(point) or '':4}" for point in POINTS)
                print(f"{mode.name + ', ' + kind.name:{WIDTH}}{outcomes.rstrip()}")


def print_words(cells):
    print("\nThe errors that clients were told, each with where the guest was, and in how many cells.")
    for mode in MODES:
        told = {}
        for cell in cells:
            if cell.mode is mode and cell.words and cell.result[1] == "!":
                key = f"{cell.result[0]}: {plain(cell.words)}"
                told[key] = told.get(key, 0) + 1
        if told:
            print(f"{mode.name}")
        for key, count in sorted(told.items()):
            print(f"  {count:3} {key}")
