# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest on its way from one godwitd to another: started, sent by a stock virsh that a test may kill, seen to have landed."""
import subprocess

from lab import expect, wait_until


def started(lab, host, **kw):
    guest = lab.guest(**kw)
    host.virsh("create", guest.file())
    guest.serial.wait_beats()
    return guest


def took_off(guest, a, uri, *options, speed):
    """The virsh that has just made a send the guest to uri, at so many MiB/s: the transfer is under way."""
    client = subprocess.Popen(["virsh", "-c", a.uri, "migrate", "--live", *options, "--bandwidth", str(speed), guest.name, uri],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: client.poll() is not None or a.sends(guest.name), "transfer under way")
    expect(client.poll() is None, f"virsh ended before the transfer was seen: {client.stderr.read() if client.poll() else 'done'}")
    return client


def begun(lab, *options, speed=8, **kw):
    """Two hosts and a busy guest between them: it writes 32 MiB faster than `speed` carries, so that it does not arrive soon."""
    a, b = lab.pair(**kw)
    guest = started(lab, a, memory=96, working_set=32, rate=32)
    return a, b, guest, took_off(guest, a, b.tcp_uri if b.port else b.uri, *options, speed=speed)


def landed(guest, a, b):
    """It beats on b and only there; no beat was lost and no memory went stale."""
    guest.serial.wait_beats(connection=guest.serial.connections())
    guest.serial.check_unbroken()
    expect(b.names() == [guest.name] and a.names() == [], f"on a: {a.names('--all')}, on b: {b.names('--all')}")
    a.check_clean()
    b.check_clean()
