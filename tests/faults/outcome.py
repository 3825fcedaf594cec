# SPDX-License-Identifier: LGPL-2.1-or-later
"""What has to be true after a fault, whatever was broken: the hosts say where the guest is, the guest that it is one."""
import contextlib
import os
import signal

import libvirt

from lab import Failure, expect, wait_until

libvirt.registerErrorHandler(lambda *_: None, None)
BUSY = -1  # a job that is not the source's: no numbers of it are told


class Eyes:
    """Looks at one host over a connection of its own, which is opened again when the daemon was."""

    def __init__(self, host):
        self.host, self.conn = host, None

    def _ask(self, question):
        if self.conn:
            with contextlib.suppress(libvirt.libvirtError):
                if self.conn.isAlive():
                    return question(self.conn)
        self.conn = libvirt.open(self.host.uri)
        return question(self.conn)

    def guests(self):
        """{name: (state, job)} of what is active."""
        def question(conn):
            found = {}
            for dom in conn.listAllDomains():
                try:
                    state = dom.state()[0]
                    found[dom.name()] = state, self._job(dom)
                except libvirt.libvirtError as error:
                    if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                        raise
            return found
        return self._ask(question)

    @staticmethod
    def _job(dom):
        try:
            return dom.jobInfo()[0]
        except libvirt.libvirtError:
            return BUSY

    def create(self, guest):
        self._ask(lambda conn: conn.createXML(guest.xml()))

    def move(self, guest, target):
        """None, or the error."""
        def question(conn):
            try:
                dom = conn.lookupByName(guest.name)
                dom.migrate3(target.fresh(), {}, libvirt.VIR_MIGRATE_LIVE)
                return None
            except libvirt.libvirtError as error:
                return str(error)
        return self._ask(question)

    def fresh(self):
        self._ask(lambda conn: conn.getVersion())
        return self.conn

    def destroy(self, guest):
        self._ask(lambda conn: conn.lookupByName(guest.name).destroy())


def clean(eyes):
    """No QEMU without an entry, no entry without QEMU."""
    wait_until(lambda: len(eyes.host.qemu_pids()) == len(eyes.guests()),
               f"{eyes.host.name}: as many QEMU processes as guests; log:\n{eyes.host.log()}")


def settle(guest, a, b, gone=False, at=None):
    """Returns who runs the guest: exactly one does, no job is open, nothing paused is left, and it beats. gone: nobody
    does, because its QEMU was killed. at: who may; a migration whose client has gone says nothing of a job in its beginning,
    and is waited for by that."""
    def settled():
        seen.clear()
        for eyes in (a, b):
            if found := eyes.guests().get(guest.name):
                seen[eyes] = found
        if at and not set(seen) <= set(at):
            return False
        return list(seen.values()) == ([] if gone else [(libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_JOB_NONE)])
    seen = {}
    try:
        wait_until(settled, "settled", 80)
    except Failure:
        raise Failure(f"not {'gone' if gone else 'exactly one running copy without a job'}: "
                      f"{ {eyes.host.name: found for eyes, found in seen.items()} } (state, job)") from None
    home = next(iter(seen), None)
    clean(a)
    clean(b)
    if home:
        guest.serial.wait_beats()
        guest.serial.check_unbroken()
    return home


def again(guest, home, a, b):
    """A new migration works at once, in the other direction if need be."""
    target = b if home is a else a
    before = guest.serial.connections()

    def moved():  # a host that was reached by a last message of the broken migration notices a moment later
        why = home.move(guest, target)
        expect(why is None or "already" in why, f"the next migration: {why}")
        return why is None
    wait_until(moved, "the next migration")
    expect(guest.name not in home.guests() and guest.name in target.guests(), "the next migration did not land")
    guest.serial.wait_beats(connection=guest.serial.connections())
    guest.serial.check_unbroken()
    expect(guest.serial.connections() > before, "the guest has no new QEMU")
    target.destroy(guest)


def sweep(*hosts):
    """After a cell that failed: the next one starts with empty hosts."""
    for host in hosts:
        for pid in host.qemu_pids():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
