#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures godwit against bare QEMU and stock libvirt, in alternation in one run; prints medians, ratios and aims."""
import argparse
import json
import os
import pathlib
import sys

import libvirt

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import aims  # noqa: E402
import daemon  # noqa: E402
import moves  # noqa: E402
import prepare  # noqa: E402
import stock  # noqa: E402
import ways  # noqa: E402
from lab import Lab, free_ports, wait_until  # noqa: E402
from pki import Ca  # noqa: E402

libvirt.registerErrorHandler(lambda *_: None, None)
PARTS = ["idle", "filled", "prepare", "daemon", "many"]


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--runs", type=int, default=11)
    p.add_argument("--only", choices=PARTS, action="append", help="this part; may be repeated")
    p.add_argument("--way", choices=list(ways.WAYS), action="append", help="this way of idle and filled; may be repeated")
    p.add_argument("--many", type=int, default=24, help="guests at once")
    p.add_argument("--json", metavar="FILE", help="write all figures there too")
    p.add_argument("--no-libvirt", action="store_true", help="leave stock libvirtd out")
    return p.parse_args()


def make_creds(lab):
    """Certificates as an administrator puts them there; bare QEMU gets ready Diffie-Hellman parameters in addition."""
    ca = Ca(lab.dir)
    ca.outfit(lab.dir / "tls")
    ca.outfit(lab.dir / "tls-bare")
    ca.dh_params(lab.dir / "tls-bare")
    return lab.dir / "tls", lab.dir / "tls-bare"


def start_stock(lab, tls):
    ports = free_ports(64)
    conf = f'migrate_tls_x509_cert_dir = "{tls}"\nmigrate_tls_x509_verify = 1\n'
    hosts = [stock.Libvirtd(str(lab.dir), n, ports + 32 * i, conf) for i, n in enumerate("ab")]
    for host in hosts:
        wait_until(host.ready, "libvirtd ready", 30)
    return hosts


def main():
    a = arguments()
    parts, wanted = a.only or PARTS, a.way or list(ways.WAYS)
    lab = Lab("bench")
    stock_hosts, out = [], {"cores": os.cpu_count()}
    try:
        tls, creds = make_creds(lab)
        hosts = lab.pair(options=["--migrate-tls-dir", str(tls)])
        if stock.available() and not a.no_libvirt:
            stock_hosts = start_stock(lab, tls)
        else:
            print("stock libvirtd: not measured (needs root and the package libvirt-daemon)")
        rows = moves.rows_for(lab, wanted, hosts, stock_hosts, str(creds))
        if "idle" in parts:
            out["idle"] = moves.measure(lab, "Idle guest, 256 MiB", dict(memory=256), 0, a.runs, rows)
        if "filled" in parts:
            out["filled"] = moves.measure(lab, "Filled guest, 1 GiB", dict(memory=1100, fill=1024), 1024,
                                          max(a.runs // 2, 3), rows)
        if "prepare" in parts:
            out["prepare"] = prepare.measure(lab, hosts, a.runs)
        if "daemon" in parts:
            out["daemon"] = daemon.measure(lab, hosts, stock_hosts)
        if "many" in parts:
            out["many"] = daemon.measure_many(lab, hosts, a.many)
        aims.show(out)
    finally:
        for h in stock_hosts:
            h.close()
        lab.close()
    if a.json:
        pathlib.Path(a.json).write_text(json.dumps(out, indent=2) + "\n")


main()
