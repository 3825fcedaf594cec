#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whoever watches a guest over a network does so encrypted where that is asked for, also after the guest has moved."""
import socket
import ssl
import xml.etree.ElementTree as ET

from lab import expect, run_tests
from pki import Ca


def display(host, guest):
    return ET.fromstring(host.virsh("dumpxml", guest.name).out).find("devices/graphics")


def speaks_tls(port, ca):
    context = ssl.create_default_context(cafile=ca.cert)
    with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as s, context.wrap_socket(s, server_hostname="localhost") as t:
        return t.version()


def test_spice_is_encrypted_here_and_there(lab):
    ca = Ca(lab.dir)
    ca.outfit(lab.dir / "displays")
    a, b = (lab.host(name, options=("--spice-tls-dir", str(lab.dir / "displays"))) for name in "ab")
    guest = lab.guest(extra="<graphics type='spice' autoport='yes' defaultMode='secure'/>"
                            "<video><model type='vga'/></video>")
    a.virsh("create", guest.file())
    guest.serial.wait_beats()
    port = display(a, guest).get("tlsPort")
    expect(display(a, guest).get("port") is None and port, f"ports: {display(a, guest).attrib}")
    expect(speaks_tls(port, ca).startswith("TLS"), "no TLS at the spice port")
    expect("tlsPort" not in a.virsh("dumpxml", "--migratable", guest.name).out, "the port of this host is handed over")
    a.virsh("migrate", "--live", guest.name, b.uri)
    guest.serial.wait_beats(connection=2)
    expect(speaks_tls(display(b, guest).get("tlsPort"), ca).startswith("TLS"), "no TLS after the move")
    b.virsh("destroy", guest.name)
    for host in (a, b):
        host.check_clean()


def test_vnc_is_encrypted(lab):
    ca = Ca(lab.dir)
    ca.outfit(lab.dir / "displays")
    ca.dh_params(lab.dir / "displays")
    host = lab.host("a", options=("--vnc-tls-dir", str(lab.dir / "displays")))
    guest = lab.guest(extra="<graphics type='vnc' autoport='yes'/><video><model type='vga'/></video>")
    host.virsh("create", guest.file())
    guest.serial.wait_beats()
    with socket.create_connection(("127.0.0.1", int(display(host, guest).get("port"))), timeout=10) as s:
        expect(s.recv(12).startswith(b"RFB 003.008"), "no VNC server")
        s.sendall(b"RFB 003.008\n")
        kinds = s.recv(1)[0]
        expect(s.recv(kinds) == bytes([19]), "security other than VeNCrypt is offered")
    host.virsh("destroy", guest.name)
    host.check_clean()


def test_encryption_that_cannot_be_is_refused(lab):
    host = lab.host("a")
    guest = lab.guest(extra="<graphics type='spice' autoport='yes' defaultMode='secure'/>")
    result = host.virsh("create", guest.file(), check=False)
    expect(result.code == 1 and "--spice-tls-dir" in result.err and "<graphics>" in result.err, f"{result}")
    host.check_clean()


if __name__ == "__main__":
    run_tests(globals())
