#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every mode of migration x every fault x before and after every call, as one table of outcomes."""
import atexit
import contextlib
import copy
import os
import pathlib
import queue
import shutil
import sys
import threading
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from cells import KEEPALIVE, KINDS, MODES, Cell  # noqa: E402
from lab import GODWIT, expect, free_ports, run, run_tests  # noqa: E402
from outcome import Eyes, sweep  # noqa: E402
from pki import Ca  # noqa: E402
from proxy import REPLIES, REQUESTS  # noqa: E402
from report import print_table, print_words  # noqa: E402

PAIRS = 3  # work on the cells at the same time: most of a cell is waiting
SHARE = int(os.environ.get("GODWIT_FAULT_SHARE", "1"))  # one cell of so many is run
cells = []


class Pair:
    """Two hosts, and all that they need to migrate in any mode."""

    def __init__(self, lab, number, pki):
        self.lab = copy.copy(lab)
        self.lab.dir = lab.dir / str(number)
        self.lab.ports, self.lab.hosts = free_ports(64), {}
        self.a, self.b = [self._host(name, pki) for name in "ab"]
        self.eyes = [Eyes(self.a), Eyes(self.b)]
        self.number, self.count = number, 0
        lab.hosts.update({f"{number}{name}": host for name, host in self.lab.hosts.items()})

    def _host(self, name, pki):
        port = free_ports(1)
        shutil.copytree(pki, self.lab.dir / name / "etc/pki")
        host = self.lab.host(name, options=[*KEEPALIVE, "--listen", f"tls://127.0.0.1:{port}"])
        host.tls_port = port
        return host

    def fresh_name(self):
        self.count += 1
        return f"g{self.number}-{self.count}"

    @staticmethod
    def fresh_uuid():
        return str(uuid.uuid4())

    def reset(self):
        sweep(self.a, self.b)
        for host in (self.a, self.b):
            if host.daemon.poll() is not None:
                host.start()


def make_pki(lab):
    run([GODWIT, "pki", "init", "--dir", lab.dir / "pki", "--host", "127.0.0.1,localhost"])
    ca = Ca(lab.dir)
    made = lab.dir / "pki/127.0.0.1"
    ca.outfit(made / "qemu")
    ca.dh_params(made / "qemu")
    return made


def work(pair, todo, template, failures):
    with contextlib.suppress(queue.Empty):
        while True:
            cell = todo.get_nowait()
            cell.run(pair, template)
            if cell.failure:
                failures.append(f"{cell}: {cell.failure}")
                print(f"failed {failures[-1]}", flush=True)


def mode_test(mode):
    def test(lab):
        mine = [Cell(mode, kind, direction, procedure) for kind in KINDS for procedure in mode.calls
                for direction in (REQUESTS, REPLIES)]
        mine = [cell for cell in mine if cell.point not in cell.kind.nothing]
        mine = mine[MODES.index(mode) % SHARE::SHARE]
        cells.extend(mine)
        todo, failures = queue.Queue(), []
        for cell in sorted(mine, key=lambda cell: not cell.kind.silent):  # the long ones first
            todo.put(cell)
        template, pki = lab.guest(memory=32, hz=500), make_pki(lab)
        pairs = [Pair(lab, number, pki) for number in range(PAIRS)]
        threads = [threading.Thread(target=work, args=(pair, todo, template, failures)) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expect(not failures, f"{len(failures)} of {len(mine)} cells failed: {failures}")
    return test


test_managed_virsh, test_managed_godwit, test_peer_to_peer, test_tunnelled, test_tls = map(mode_test, MODES)


def report():
    print_table(cells)
    print_words(cells)
    sys.stdout.flush()


if __name__ == "__main__":
    atexit.register(report)
    run_tests(globals())
