#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever a client sends, the daemon answers or hangs up, lives on, and other clients notice nothing."""
import json
import re
import socket
import struct

import libvirt

from lab import GODWIT, expect, run, run_tests

libvirt.registerErrorHandler(lambda *_: None, None)
PROGRAM = 0x20008086


def packet(procedure=66, payload=b"", program=PROGRAM, version=1, kind=0, serial=0, status=0, length=None):
    size = 28 + len(payload) if length is None else length
    return struct.pack(">IIIiiIi", size, program, version, procedure, kind, serial, status) + payload


def text(s):
    s = s.encode()
    return struct.pack(">I", len(s)) + s + b"\0" * (-len(s) % 4)


OPEN = packet(1, struct.pack(">I", 1) + text("qemu:///system") + struct.pack(">I", 0))
# name, bytes, hung up afterwards?
PACKETS = [
    ("length below a header", packet(length=27), True),
    ("length above the limit", packet(length=33554437), True),
    ("length 2^32-1", packet(length=0xffffffff), True),
    ("half a header, then silence", packet()[:14], False),
    ("unknown program", packet(program=0x12345678), False),
    ("unknown version", packet(version=2), False),
    ("unknown procedure", packet(9999), False),
    ("negative procedure", packet(-1), False),
    ("call with an error status", packet(status=1), False),
    ("reply from a client", packet(kind=1), False),
    ("unknown type", packet(kind=9), False),
    ("stream packet for no stream", packet(201, b"x", kind=3, status=2), False),
    ("open with nothing in it", packet(1), False),
    ("open with a string that is longer than the packet", packet(1, struct.pack(">II", 1, 4000)), False),
    ("open with a string above the limit", packet(1, struct.pack(">II", 1, 0x7fffffff)), False),
    ("list of parameters that claims 2^31 entries", OPEN + packet(302, text("x") + b"\0" * 20 + struct.pack(">I", 0x80000000)), False),
    ("domain call before open", packet(23, text("x")), False),
    ("open twice", OPEN + OPEN, False),
    ("file descriptors claimed, none sent", packet(443, struct.pack(">I", 40), kind=4), None),
]


def connect(host):
    s = socket.socket(socket.AF_UNIX)
    s.connect(str(host.socket))
    s.settimeout(10)
    return s


def test_odd_packets(lab):
    host = lab.host("a")
    honest = libvirt.open(host.uri)
    for name, data, hung_up in PACKETS:
        s = connect(host)
        s.sendall(data)
        if hung_up:
            expect(s.recv(1) == b"", f"{name}: the daemon did not hang up")
        s.close()
        expect(honest.listAllDomains() == [], name)
        expect(host.daemon.poll() is None, f"{name}: the daemon died")
    honest.close()


def test_silent_connections(lab):
    host = lab.host("a")
    silent = [connect(host) for _ in range(200)]
    for s in silent[::3]:
        s.sendall(packet()[:10])
    conn = libvirt.open(host.uri)
    expect(conn.listAllDomains() == [], "an honest client among 200 silent ones")
    conn.close()
    for s in silent:
        s.close()


BOMB = ("<?xml version='1.0'?><!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'>" +
        "".join(f"<!ENTITY {chr(98 + i)} '{('&' + chr(97 + i) + ';') * 10}'>" for i in range(8)) +
        "]><domain type='qemu'><name>&i;</name></domain>")


def test_domain_xml(lab):
    host, guest = lab.host("a"), lab.guest()
    conn = libvirt.open(host.uri)
    good = guest.xml()
    cases = [
        ("no XML at all", "hello", {35, 27}),
        ("empty", "", {35, 27, 8}),
        ("cut off", good[:200], {35, 27}),
        ("entity bomb", BOMB, {35, 27}),
        ("another root", "<network/>", {27, 35, 67, 1}),
        ("another hypervisor", good.replace("type='qemu'", "type='xen'"), {67, 27, 1}),
        ("unknown device", good.replace("<memballoon model='virtio'/>", "<teleporter/>"), {67, 27}),
        ("unknown disk bus", good.replace("bus='virtio'", "bus='pigeon'"), {67, 27}),
        ("no name", good.replace("<name>beat</name>", ""), {21, 27, 35}),
        ("name with a slash", good.replace(">beat<", ">../beat<"), {27, 67, 8}),
        ("bad uuid", good.replace(guest.uuid, "not-a-uuid"), {27, 1, 8}),
        ("absurd memory", good.replace(">64<", ">99999999999999999999<"), {27, 82, 1, 67}),
        ("no memory", good.replace("<memory unit='MiB'>64</memory>", ""), {27, 67, 35}),
        ("machine type that is none", good.replace("machine='pc'", "machine='abacus'"), {8, 67, 1}),
        ("emulator that is none", good.replace("/usr/bin/qemu-system-x86_64", "/bin/nonesuch"), {8, 67, 1, 38}),
        ("two disks on one target", good.replace("<memballoon model='virtio'/>",
                                                 "<disk type='file' device='disk'><source file='/x'/><target dev='vda' bus='virtio'/></disk>"),
         {27, 67}),
        ("backing image without a source", good.replace("<readonly/>", "<backingStore type='file'><format type='raw'/></backingStore>"), {27}),
        ("two devices at one address", good.replace("<memballoon model='virtio'/>", "".join(
            f"<interface type='user'><model type='virtio'/><address type='pci' domain='0' bus='0' slot='9' function='0'/></interface>"
            for _ in range(2))), {27, 67}),
    ]
    for name, xml, codes in cases:
        for call in (lambda: conn.defineXML(xml), lambda: conn.createXML(xml, 0)):
            try:
                call()
            except libvirt.libvirtError as e:
                expect(e.get_error_code() in codes, f"{name}: code {e.get_error_code()}: {e}")
            else:
                raise AssertionError(f"{name}: accepted")
        expect(conn.listAllDomains() == [], f"{name}: left a domain")
    try:
        conn.defineXML("<domain>" + " " * (100 << 20))
    except libvirt.libvirtError:
        pass
    else:
        raise AssertionError("100 MiB accepted")
    conn2 = libvirt.open(host.uri)
    conn2.defineXML(good)
    conn2.defineXML(good)
    for name, xml in (("name in use", guest.xml(uuid="0a0a0a0a-0000-4000-8000-0000000000ff")),
                      ("uuid in use", guest.xml(name="other"))):
        try:
            conn2.defineXML(xml)
        except libvirt.libvirtError as e:
            expect(e.get_error_code() == 9 and guest.uuid in str(e) + guest.uuid * ("uuid" in name), f"{name}: {e}")
        else:
            raise AssertionError(f"{name}: accepted")
    host.check_clean()


ODD = """<domain type='qemu'>
<name>odd</name>
<memory unit='MiB'>64</memory>
<vcpu cpuset='0'>2</vcpu>
<os><type machine='q35'>hvm</type></os>
<on_crash>coredump-destroy</on_crash>
<cpu mode='host-passthrough'/>
<devices>
<disk type='file'><source file='/x'/><target dev='hda' bus='ide'/></disk>
<hostdev mode='subsystem' type='pci'/>
<serial type='tcp'><source mode='connect' host='h' service='1' tls='yes'/></serial>
<watchdog model='i6300esb' action='dump'/>
<video><model type='virtio'><acceleration accel3d='yes'/></model></video>
</devices>
</domain>
"""


def test_all_problems_are_listed_with_their_lines(lab):
    host = lab.host("a")
    path = lab.dir / "odd.xml"
    path.write_text(ODD)
    problems = json.loads(host.godwit("--output", "json", "domxml-check", path, check=False).out)["problems"]
    found = [(int(p["line"]), p["element"].split("/")[-1]) for p in problems]
    expect(found == [(4, "vcpu"), (6, "on_crash"), (7, "cpu"), (9, "disk"), (10, "hostdev"), (11, "serial"), (12, "watchdog"),
                     (13, "video")], f"{problems}")
    result = host.virsh("define", path, check=False)
    expect(result.code == 1 and re.search(r"<\w+>.*line \d+", result.err), f"{result}")
    host.check_clean()


def test_uris(lab):
    host = lab.host("a")
    for uri in ("qemu+carrier-pigeon:///system", "nonesuch:///", f"qemu+unix:///system?socket={host.root}/none",
                "qemu+tcp://127.0.0.1:1/system", "qemu+unix://host/system", "://", "qemu+tcp://[::1/system"):
        result = run(["virsh", "-c", uri, "list"], check=False)
        expect(result.code == 1, uri)
        result = run([GODWIT, "-c", uri, "list"], check=False)
        expect(result.code == 1 and "error:" in result.err, f"{uri}: {result}")


run_tests(globals())
