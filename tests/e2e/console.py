#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest's console, as people and programs use it: stock virsh, stock python3-libvirt and `godwit console`, under a
terminal of their own. If these fail, a guest cannot be reached when its network is down, a terminal stays unusable after
a session, or two people type into one guest."""
import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading

import libvirt

from lab import GODWIT, SLACK, Failure, expect, run_tests, wait_until

libvirt.registerErrorHandler(lambda *_: None, None)
libvirt.virEventRegisterDefaultImpl()


def run_events():
    while True:
        libvirt.virEventRunDefaultImpl()


threading.Thread(target=run_events, daemon=True).start()

SERIAL = re.compile(r"<serial type='tcp'>.*?</serial>", re.S)
PTY = "<serial type='pty'><target port='0'/></serial>"


def with_serial(guest, serial=PTY):
    """The guest's definition with its beat on another kind of device."""
    return SERIAL.sub(serial, guest.xml())


class Terminal:
    """A program on a terminal of its own, as a person would run it."""

    def __init__(self, *command):
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.text, self.changed = "", threading.Condition()
        self.process = subprocess.Popen([str(c) for c in command], stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, env={**os.environ, "LC_ALL": "C"},
                                        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))  # not nohup's
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with contextlib.suppress(OSError):
            while data := os.read(self.master, 4096):
                with self.changed:
                    self.text += data.decode("ascii", "replace")
                    self.changed.notify_all()

    def wait(self, pattern, seconds=30, since=0):
        with self.changed:
            if not self.changed.wait_for(lambda: re.search(pattern, self.text[since:]), seconds * SLACK):
                raise Failure(f"not within {seconds} s on the terminal: {pattern}; there is:\n{self.text[-2000:]}")

    def says(self, text):
        """Also what a program wrote last, which may still be on its way when it has ended."""
        self.wait(re.escape(text))

    def mark(self):
        with self.changed:
            return len(self.text)

    def wait_beats(self):
        """The guest is heard now, not only what it said before."""
        self.wait(r"[0-9A-Za-z+/]{30}", since=self.mark())

    def type(self, data):
        os.write(self.master, data)

    def end(self, code=0, seconds=30):
        """Ends by itself, and leaves the terminal as it was."""
        try:
            got = self.process.wait(seconds * SLACK)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"{self.process.args} has not ended; terminal:\n{self.text[-2000:]}") from None
        expect(got == code, f"{self.process.args} ended with {got}, not {code}; terminal:\n{self.text[-2000:]}")
        expect(termios.tcgetattr(self.slave) == self.before, "the terminal is not as it was before the session")

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON


def session(host, *options, name="beat"):
    """A godwit session that hears the guest."""
    t = Terminal(GODWIT, "-c", host.uri, "console", name, *options)
    t.wait("Escape character is")
    t.wait_beats()
    return t


def started(lab, **kw):
    """A host with a running guest whose beat is on a pty."""
    a = lab.host("a", **kw)
    guest = lab.guest()
    conn = libvirt.open(a.uri)
    return a, conn, conn.createXML(with_serial(guest), 0)


def refused(call, code, text):
    try:
        call()
    except libvirt.libvirtError as e:
        expect(e.get_error_code() == code and text in str(e), f"code {e.get_error_code()}: {e}")
    else:
        raise Failure(f"accepted, though it should say: {text}")


def test_listen_type_and_leave(lab):
    a, _, _ = started(lab)
    for client in (["virsh", "-c", a.uri], [GODWIT, "-c", a.uri]):
        t = Terminal(*client, "console", "beat", "--safe")
        t.wait(r"Connected to domain 'beat'\r?\nEscape character is \^\] \(Ctrl \+ \]\)")
        t.wait_beats()
        expect(t.is_raw(), "the terminal is not raw: the guest would get lines, not keys")
        since = t.mark()
        t.type(b"R")  # the guest restarts, as it does when one types this
        t.wait(r"#ready", since=since)
        t.wait_beats()
        t.type(b"\x1d")
        t.end(0)
    expect(a.state("beat") == "running", "leaving the console has ended the guest")


def test_one_at_a_time_unless_forced(lab):
    a, conn, dom = started(lab)
    first = session(a)
    busy = "Active console session exists for this domain"
    refused(lambda: dom.openConsole(None, conn.newStream(), 0), libvirt.VIR_ERR_OPERATION_FAILED, busy)
    second = Terminal(GODWIT, "-c", a.uri, "console", "beat")
    second.end(1)
    second.says(busy)
    first.wait_beats()
    third = session(a, "--force")
    first.end(1)
    first.says("another session has taken over this console")
    third.wait_beats()
    stock = Terminal("virsh", "-c", a.uri, "console", "beat", "--force")
    stock.wait_beats()
    third.end(1)
    stock.type(b"\x1d")
    stock.end(0)
    session(a).type(b"\x1d")


def test_devices_by_name(lab):
    a, conn, dom = started(lab)
    t = session(a, "--devname", "serial0")
    t.type(b"\x1d")
    t.end(0)
    refused(lambda: dom.openConsole("serial7", conn.newStream(), 0), libvirt.VIR_ERR_INTERNAL_ERROR,
            "cannot find console device 'serial7'")
    refused(lambda: dom.openChannel(None, conn.newStream(), 0), libvirt.VIR_ERR_INTERNAL_ERROR,
            "cannot find channel default")
    other = lab.guest(name="other")
    refused(lambda: conn.createXML(other.xml(), 0).openConsole(None, conn.newStream(), 0),
            libvirt.VIR_ERR_INTERNAL_ERROR, "character device serial0 is not using a PTY or UNIX socket")
    dom.destroy()
    conn.defineXML(with_serial(lab.guest(name="off")))
    refused(lambda: conn.lookupByName("off").openConsole(None, conn.newStream(), 0), libvirt.VIR_ERR_OPERATION_INVALID,
            "domain is not running")


def test_ends_with_the_guest(lab):
    a, conn, dom = started(lab)
    t = session(a)
    dom.destroy()
    t.end(0)
    t.says("Domain 'beat' does not run here any more; its console has ended")
    conn.createXML(with_serial(lab.guest(name="next")), 0)
    t = session(a, name="next")
    t.type(b"Q")  # the guest turns itself off
    t.end(0)
    t.says("Domain 'next' does not run here any more")
    a.check_clean()


def test_ends_with_the_daemon_but_the_guest_goes_on(lab):
    a, _, _ = started(lab)
    t = session(a)
    a.kill(signal.SIGKILL)
    t.end(1)
    t.says("because the connection to the host was lost; the guest is not affected")
    a.start()
    t = session(a)
    t.type(b"\x1d")
    t.end(0)


def test_ends_with_a_migration(lab):
    a, b = lab.pair()
    guest = lab.guest()
    conn, there = libvirt.open(a.uri), libvirt.open(b.uri)
    conn.defineXML(with_serial(guest))
    dom = conn.lookupByName("beat")
    dom.create()
    t = session(a)
    dom.migrate3(there, {}, libvirt.VIR_MIGRATE_LIVE)
    t.end(0)
    t.wait(r"Domain 'beat' (runs on another host now; its console here|does not run here any more; its console) has ended")
    t = session(b)
    t.type(b"\x1d")
    t.end(0)


def test_signals_restore_the_terminal(lab):
    a, _, _ = started(lab)
    for number, code in ((signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP), (signal.SIGINT, 1),
                         (signal.SIGABRT, -signal.SIGABRT)):
        t = session(a)
        expect(t.is_raw(), "the terminal is not raw")
        t.process.send_signal(number)
        t.end(code)
    # Only the last one, which nobody can tidy up after, is left to the daemon.
    session(a).type(b"\x1d")


def test_refused_without_a_terminal(lab):
    a, _, _ = started(lab)
    result = a.godwit("console", "beat", check=False)
    expect(result.code == 1 and "Cannot run interactive console without a controlling TTY" in result.err, str(result))


def receive(stream, count):
    got = b""
    while len(got) < count:
        piece = stream.recv(4096)
        expect(piece, f"the data ended after {len(got)} bytes")
        got += piece
    return got


def test_python_streams_that_wait(lab):
    _, conn, dom = started(lab)
    stream = conn.newStream()
    dom.openConsole(None, stream)
    expect(re.search(rb"[0-9A-Za-z+/]{20}", receive(stream, 200)), "no beat came")
    expect(stream.send(b"R") == 1, "typing was not taken")
    seen = b""
    while b"#ready" not in seen:
        seen += receive(stream, 1)
    stream.finish()
    stream = conn.newStream()
    dom.openConsole(None, stream)  # the device is free again
    receive(stream, 10)
    dom.destroy()
    while stream.recv(4096):
        pass
    stream.finish()


def test_python_streams_with_events(lab):
    _, conn, dom = started(lab)
    stream = conn.newStream(libvirt.VIR_STREAM_NONBLOCK)
    dom.openConsole(None, stream)
    got, events, changed = [b""], [], threading.Condition()

    def ready(st, what, _):
        with changed:
            events.append(what)
            if what & libvirt.VIR_STREAM_EVENT_READABLE:
                data = st.recv(4096)
                if data not in (-2, b""):
                    got[0] += data
                elif data == b"":
                    st.eventRemoveCallback()
                    got.append("end")
            if what & libvirt.VIR_STREAM_EVENT_WRITABLE:
                expect(st.send(b"R") == 1, "writable, but nothing was taken")
                st.eventUpdateCallback(libvirt.VIR_STREAM_EVENT_READABLE)
            changed.notify_all()

    stream.eventAddCallback(libvirt.VIR_STREAM_EVENT_READABLE | libvirt.VIR_STREAM_EVENT_WRITABLE, ready, None)
    with changed:
        expect(changed.wait_for(lambda: b"#ready" in got[0] and len(got[0]) > 100, 30 * SLACK), f"got {got}, {events}")
    dom.destroy()
    with changed:
        expect(changed.wait_for(lambda: got[-1] == "end", 30 * SLACK), f"no end: {events}")
    stream.finish()


def opened_and_left(host):
    t = Terminal(GODWIT, "-c", host.uri, "console", "beat")
    t.wait("Escape character is|error:")
    if "error:" not in t.text:
        t.type(b"\x1d")
    t.process.wait(30 * SLACK)
    return t.text


FLOOD = """
import libvirt, sys
conn = libvirt.open(sys.argv[1])
stream = conn.newStream()
conn.lookupByName("beat").openConsole(None, stream)
while True:
    stream.send(b"." * 65536)
    print("taken", flush=True)
"""


def test_a_guest_that_reads_slowly_holds_up_nobody_else(lab):
    """The guest takes one byte per beat. Whoever types faster has to wait; others, and the next session, do not."""
    a, _, _ = started(lab)
    flood = subprocess.Popen([sys.executable, "-c", FLOOD, a.uri], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        for _ in range(12):
            expect(flood.stdout.readline() == b"taken\n", "the flood has ended")
        expect(a.state("beat") == "running", "another client is held up")
    finally:
        flood.kill()
        flood.wait()
        flood.stdout.close()
    wait_until(lambda: "Escape" in opened_and_left(a), "the device is free again")


def test_a_guest_that_reads_nothing_can_be_left(lab):
    a, _, dom = started(lab)
    t = session(a)
    dom.suspend()
    for _ in range(200):
        t.type(b"." * 1000)
    t.type(b"\x1d")
    t.end(0)
    dom.resume()
    t = session(a)  # the device is free again
    t.type(b"\x1d")
    t.end(0)


def test_a_unix_socket_is_a_console_too(lab):
    a = lab.host("a")
    path = lab.dir / "console.sock"
    conn = libvirt.open(a.uri)
    channel = "<channel type='unix'><target type='virtio' name='org.example.0'/></channel>"
    guest = lab.guest(extra=channel)
    dom = conn.createXML(with_serial(guest, f"<serial type='unix'><source mode='bind' path='{path}'/></serial>"), 0)
    first = session(a)
    second = session(a, "--force")
    first.end(1)
    second.type(b"\x1d")
    second.end(0)
    for name in (None, "org.example.0", "channel0"):
        stream = conn.newStream()
        dom.openChannel(name, stream)
        refused(lambda: dom.openChannel(name, conn.newStream()), libvirt.VIR_ERR_OPERATION_FAILED,
                "Active channel stream exists for this domain")
        stream.finish()


run_tests(globals())
