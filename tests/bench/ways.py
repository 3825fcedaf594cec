# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who moves a guest, and which way it travels: one object with boot(), move() and end() for each row of the tables."""
import os
import pathlib
import time

import libvirt

import bare

TICK = os.sysconf("SC_CLK_TCK")
LIVE, P2P, TUNNELLED, TLS = (getattr(libvirt, f"VIR_MIGRATE_{n}") for n in ("LIVE", "PEER2PEER", "TUNNELLED", "TLS"))

# way: (flags, the row of bare QEMU that it is measured against)
WAYS = {
    "direct": (LIVE, "bare QEMU"),
    "p2p": (LIVE | P2P, "bare QEMU"),
    "tunnel": (LIVE | P2P | TUNNELLED, "bare QEMU"),
    "tls": (LIVE | TLS, "bare QEMU tls"),
}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Bare:
    """A script that speaks QMP; creds: where the certificates and the Diffie-Hellman parameters for TLS are."""

    def __init__(self, lab, creds=None):
        self.name = self.reference = "bare QEMU tls" if creds else "bare QEMU"
        self.lab, self.creds, self.number = lab, creds, 0

    def boot(self, guest):
        self.guest = guest
        self.qmp = bare.start(guest.image, guest.memory, guest.serial.port, str(self.lab.dir))

    def move(self):
        self.number += 1
        seconds, self.qmp = bare.migrate(self.qmp, self.guest, str(self.lab.dir), f"{self.name.split()[-1]}-{self.number}",
                                         self.creds)
        return seconds

    def end(self):
        self.qmp.end()

    def cpu(self):
        return 0.0


class Daemons:
    """Two godwitds or two libvirtds, driven by the same stock client. libvirtd has to be told the loopback address."""

    def __init__(self, name, way, uris, pids):
        self.name, self.way, self.pids = f"{name} {way}", way, pids
        self.flags, self.reference = WAYS[way]
        self.uris, self.conns = uris, [libvirt.open(uri) for uri in uris]

    def boot(self, guest):
        self.dom = self.conns[0].createXML(guest.xml(), 0)

    def move(self):
        params = {} if self.flags & TUNNELLED else {"migrate_uri": "tcp://127.0.0.1"}
        name = self.dom.name()
        began = time.monotonic()
        if self.flags & P2P:
            self.dom.migrateToURI3(self.uris[1], params, self.flags)
        else:
            self.dom.migrate3(self.conns[1], params, self.flags)
        seconds = time.monotonic() - began
        self.dom = self.conns[1].lookupByName(name)
        return seconds

    def end(self):
        self.dom.destroy()

    def cpu(self):
        return sum(cpu_seconds(pid) for pid in self.pids)
