# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ports for tests that no outgoing connection of another program and no other test can come to sit on.

They lie outside the range from which the kernel serves outgoing connections. Test processes share them out by blocks: who
has a block listens on an abstract unix socket of its name, which ends with the process. tests/fakes/ports.c does the same.
"""
import contextlib
import errno
import socket

BLOCK = 64
LOWEST, END = 10240, 65536
claims = []


def kernels_range():
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
            low, high = map(int, f.read().split())
        return low, high
    except (OSError, ValueError):
        return 32768, 60999


def blocks():
    low, high = kernels_range()
    every = range(LOWEST, END - BLOCK + 1, BLOCK)
    return [first for first in every if first + BLOCK <= low or first > high] or list(every)


def can_be_bound(port):
    with contextlib.ExitStack() as held:
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            try:
                s = held.enter_context(socket.socket(family))
            except OSError:
                continue  # a machine without IPv6
            if family == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                s.bind((address, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return False
    return True


class Claim:
    """A block of ports that is this process's, handed out from its beginning."""

    def __init__(self, first):
        self.free, self.end = first, first + BLOCK
        self.name = socket.socket(socket.AF_UNIX)
        try:
            self.name.bind(f"\0godwit-test-ports-{first}")
        except OSError:
            self.name.close()
            raise

    def take(self, count):
        """The first of count ports in a row of which none is in use; None: not here."""
        while self.free + count <= self.end:
            low, self.free = self.free, self.free + count
            if all(map(can_be_bound, range(low, low + count))):
                return low
        return None


def free_ports(count):
    """The first of up to BLOCK ports in a row. They are the caller's until release_ports(), or its end."""
    for claim in claims:
        if (low := claim.take(count)) is not None:
            return low
    for first in blocks():
        with contextlib.suppress(OSError):
            claims.append(Claim(first))
            if (low := claims[-1].take(count)) is not None:
                return low
    raise OSError(f"no {count} free ports in a row")


def release_ports():
    while claims:
        claims.pop().name.close()
