# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long the destination takes until it waits for the richest captured guest, beside a QEMU that a script starts with
the very same arguments. Prepare's time is the one that `godwit migrate` shows; it has the call's way there and back in it."""
import json
import os
import pathlib
import re
import shlex
import socket
import statistics
import time

import bare
from captured import INSTALLED, Captured
from lab import GODWIT, free_ports, run

NUMBER = "02"
FD_SOCKET = re.compile(r"fd=\d+,server=on")


def last_start(host, name):
    """Environment and arguments of the guest's last start on that host, from its log."""
    text = (pathlib.Path(host.root) / f"log/qemu/{name}.log").read_text()
    words = shlex.split(text[text.rindex(": starting domain"):].split("\n", 1)[1].split("-msg timestamp=on")[0].replace("\\\n", " "))
    first = next(i for i, w in enumerate(words) if "=" not in w)
    return words[first:] + ["-msg", "timestamp=on"]


class SameArguments:
    """Starts what godwit started, with sockets, ports and the secret's file of its own in the place of the guest's."""

    def __init__(self, lab, argv):
        self.dir = lab.dir / "bare-prepare"
        self.dir.mkdir()
        key = self.dir / "master-key.aes"
        key.write_bytes(os.urandom(32))
        self.serial = socket.create_server(("127.0.0.1", 0))
        monitor = argv.index("-mon") - 2
        argv = argv[:monitor] + argv[monitor + 4:]
        self.argv = [self.change(word, key) for word in argv]
        self.number = 0

    def change(self, word, key):
        word = re.sub(r'"file":"[^"]*/master-key\.aes"', f'"file":"{key}"', word)
        if word.startswith("socket,id=charserial"):
            word = re.sub(r"port=\d+", f"port={self.serial.getsockname()[1]}", word)
        return word

    def prepare(self):
        """Seconds from the start of QEMU until it listens for the guest."""
        self.number += 1
        listeners = [socket.create_server(str(self.dir / f"{self.number}-{n}"), family=socket.AF_UNIX)
                     for n, word in enumerate(self.argv) if FD_SOCKET.search(word)]
        fds = [s.fileno() for s in listeners]
        waiting = iter(fds)
        display = f"127.0.0.1:{free_ports(1) - 5900}"
        argv = [FD_SOCKET.sub(lambda _: f"fd={next(waiting)},server=on", word) for word in self.argv]
        argv = [re.sub(r"^127\.0\.0\.1:\d+(?=,password)", display, word) for word in argv]
        began = time.monotonic()
        qemu = bare.Qmp(argv, str(self.dir), f"prepare-{self.number}", fds)
        bare.incoming(qemu)
        seconds = time.monotonic() - began
        qemu.end()
        for s in listeners:
            s.close()
        return seconds


def one_prepare(guest, source, target):
    """Moves the guest; returns the seconds of Prepare."""
    p = run([GODWIT, "-c", source.uri, "--output", "json", "migrate", "--live", "--unsafe", guest.name, target.uri])
    return json.loads(p.out)["phases_us"]["prepare"] / 1e6


def measure(lab, hosts, runs):
    guest = Captured(lab, NUMBER, INSTALLED, False)
    hosts[0].virsh("create", guest.file())
    guest.settle(hosts[0], 1)
    times = {"bare": [], "godwit": []}
    same = SameArguments(lab, last_start(hosts[0], guest.name) + ["-incoming", "defer"])
    for number in range(runs + 1):  # the first is a warm-up
        source, target = hosts[number % 2], hosts[1 - number % 2]
        floor = same.prepare()
        seconds = one_prepare(guest, source, target)
        guest.settle(target, number + 2)
        if number:
            times["bare"].append(floor * 1000)
            times["godwit"].append(seconds * 1000)
    hosts[(runs + 1) % 2].virsh("destroy", guest.name)
    guest.close()
    same.serial.close()
    medians = {name: statistics.median(v) for name, v in times.items()}
    out = {**{f"{name}_ms": v for name, v in medians.items()}, "ratio": medians["godwit"] / medians["bare"], "all": times}
    print(f"\nPrepare of captured guest {NUMBER}: median of {runs}, in alternation")
    print(f"  bare QEMU with the same arguments {out['bare_ms']:.1f} ms, godwit {out['godwit_ms']:.1f} ms "
          f"({out['ratio']:.2f} x bare)", flush=True)
    return out
