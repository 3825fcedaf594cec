# SPDX-License-Identifier: LGPL-2.1-or-later
"""A godwitd and a stock libvirtd as two hosts on one machine. Needs root: each libvirtd gets a mount namespace of its own."""
import functools
import os
import pathlib
import sys

import libvirt

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "bench")]
import stock  # noqa: E402
from lab import Skip, free_ports, run, wait_until  # noqa: E402
from pki import Ca  # noqa: E402

libvirt.registerErrorHandler(lambda *_: None, None)
SWTPM = 'swtpm_user = "root"\nswtpm_group = "root"\n'


def needs_libvirtd():
    if os.geteuid() != 0:
        raise Skip("needs root, for a mount namespace around libvirtd")
    if not stock.available():
        raise Skip("no libvirtd")


def libvirtd(lab, name, *conf, **confs):
    """One that is ready, and ends with the test (`closing`)."""
    daemon = stock.Libvirtd(str(lab.dir), name, free_ports(32), *conf, **confs)
    lab.others = [*getattr(lab, "others", []), daemon]
    wait_until(daemon.ready, f"libvirtd '{name}' ready", 60)
    return daemon


def mixed_pair(lab, tls=False):
    """Both can be driven by URI, and both know certificates of one CA where tls is asked for."""
    needs_libvirtd()
    low = free_ports(32)  # a range of their own: both daemons look for free ports, and may find the same one
    conf, options = f"{SWTPM}remote_display_port_min = {max(low, 5900)}\nremote_display_port_max = {max(low, 5900) + 31}\n", []
    if tls:
        ca = Ca(lab.dir)
        for name in ("ours", "theirs"):
            ca.outfit(lab.dir / f"tls-{name}")
        conf += f'migrate_tls_x509_cert_dir = "{lab.dir}/tls-theirs"\nmigrate_tls_x509_verify = 1\n'
        options = ["--migrate-tls-dir", str(lab.dir / "tls-ours")]
    theirs = libvirtd(lab, "stock", conf)
    return lab.host("ours", options=options), theirs


def closing(test):
    """Ends what the libvirtds of a test still run, and the libvirtds."""
    @functools.wraps(test)
    def wrapped(lab):
        try:
            test(lab)
        finally:
            for other in getattr(lab, "others", []):
                with_guests = libvirt.open(other.uri) if other.ready() else None
                if with_guests:
                    for dom in with_guests.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
                        dom.destroy()
                    with_guests.close()
                other.close()
    return wrapped


class Side:
    """One of the two daemons, by what a test asks of it."""

    def __init__(self, host, ours):
        self.host, self.ours, self.uri = host, ours, host.uri
        self.name = "godwitd" if ours else "libvirtd"
        self.top = host.root if ours else pathlib.Path(host.dir)

    def virsh(self, *args, **kw):
        return run(["virsh", "-c", self.uri, *args], **kw)

    def state(self, guest):
        return self.virsh("domstate", guest).out.strip()

    def names(self, *options):
        return self.virsh("list", "--name", *options).out.split()

    def pid(self, guest):
        if self.ours:
            pids = self.host.qemu_pids()
            assert len(pids) == 1, f"{self.name}: QEMU processes {pids}, not one"
            return pids[0]
        return int((self.top / f"run/qemu/{guest}.pid").read_text())

    def left(self):
        """What a guest that has gone must not leave here."""
        places = ("run/qemu/*.pid", "run/qemu/*.xml", "run/qemu/swtpm/*", "run/guests/*", "lib/swtpm/*/tpm2/*", "lib/qemu/domain-*")
        return [str(path) for place in places for path in self.top.glob(place) if path.name != "driver.pid"]


def sides(lab, tls=False):
    ours, theirs = mixed_pair(lab, tls)
    return Side(ours, True), Side(theirs, False)
