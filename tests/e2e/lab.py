# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts, guests and clients for end-to-end tests: real daemons with --root, real QEMU under TCG, stock clients.

A test is a function test_*(lab); run_tests() gives each a Lab of its own and prints "passed NAME", "failed NAME: why"
or "skipped NAME: why". Nothing waits by time: everything waits for an event with a deadline.
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid

from ports import free_ports, release_ports

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GODWIT_BUILD", TOP / "build"))
GODWITD = BUILD / "src/daemon/godwitd"
GODWIT = BUILD / "tools/godwit/godwit"
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
SLACK = float(os.environ.get("GODWIT_TEST_SLACK", "1"))  # sanitizer builds are slower


class Skip(Exception):
    pass


class Failure(AssertionError):
    pass


def expect(condition, text):
    if not condition:
        raise Failure(text)


def answers(path):
    """A socket file is there before anybody listens at it."""
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(str(path)) == 0


def wait_until(probe, what, seconds=60):
    """For facts that no event announces to an outsider (a process has gone); checks them until the deadline."""
    deadline = time.monotonic() + seconds * SLACK
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(0.005)


def sanitizer_lines(text):
    """What address, leak, thread and undefined-behaviour sanitizers say when they have found something."""
    return [line for line in text.splitlines() if re.search(r"(ERROR|WARNING|SUMMARY): \w+Sanitizer|runtime error:", line)]


class Result:
    def __init__(self, args, code, out, err):
        self.args, self.code, self.out, self.err = args, code, out, err

    def __repr__(self):
        return f"{' '.join(map(str, self.args))} -> {self.code}\n{self.out}{self.err}"


def run(args, check=True, timeout=120, **kw):
    p = subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=timeout * SLACK,
                       stdin=subprocess.DEVNULL, **kw)
    result = Result(args, p.returncode, p.stdout, p.stderr)
    if sanitizer_lines(p.stderr):
        raise Failure(f"{'; '.join(sanitizer_lines(p.stderr))}: {result}")
    if check and p.returncode:
        raise Failure(f"command failed: {result}")
    return result


class Serial:
    """Collects the guest's serial output from every QEMU that connects, with the time of each piece."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Condition()
        self.pieces = []  # (connection number, monotonic time, bytes)
        self.sockets = []
        self.ended = 0  # connections that have been read to their end
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.sockets.append(conn)
                number = len(self.sockets)
            threading.Thread(target=self._read, args=(conn, number), daemon=True).start()

    def _read(self, conn, number):
        while True:
            try:
                data = conn.recv(4096)
            except OSError:
                data = b""
            with self.lock:
                if data:
                    self.pieces.append((number, time.monotonic(), data))
                else:
                    self.ended += 1
                self.lock.notify_all()
            if not data:
                return

    def mark(self):
        with self.lock:
            return len(self.pieces)

    def wait(self, since, test, what, seconds=60):
        deadline = time.monotonic() + seconds * SLACK
        with self.lock:
            while not test(self.pieces[since:]):
                left = deadline - time.monotonic()
                if left <= 0 or not self.lock.wait(left):
                    raise Failure(f"guest's serial line, not within {seconds} s: {what}")

    def wait_beats(self, count=20, connection=None):
        """The guest beats now: `count` more characters have come (on that connection)."""
        self.wait(self.mark(), lambda ps: sum(len(d) for n, _, d in ps if connection in (None, n)) >= count,
                  f"{count} more beats")

    def connections(self):
        with self.lock:
            return len(self.sockets)

    def send(self, byte, connection=-1):
        with self.lock:
            self.sockets[connection].sendall(byte)

    def streams(self):
        """Bytes per connection, in order of connection."""
        with self.lock:
            out = {}
            for number, _, data in self.pieces:
                out[number] = out.get(number, b"") + data
        return out

    def check_unbroken(self):
        """No beat lost, repeated or made by two hosts; no memory error. Returns the number of beats."""
        with self.lock:  # what a QEMU that has gone wrote last may still be on its way to us
            self.lock.wait_for(lambda: len(self.sockets) - self.ended <= 1, 2 * SLACK)
        text = b"".join(data for _, data in sorted(self.streams().items())).decode("ascii", "replace")
        for errors, kinds in re.findall(r"#[0-9a-f]{8} e=([0-9a-f]{8}) k=([0-9a-f]{2})", text):
            expect(int(errors, 16) == 0, f"guest found {int(errors, 16)} memory errors, kinds 0x{kinds}")
        beats = re.sub(r"#[^\n]*\n", "", text).replace("\n", "")
        ready = text.rfind("#ready\n")
        if ready >= 0:
            beats = re.sub(r"#[^\n]*(\n|$)", "", text[ready:]).replace("\n", "")
        for i, beat in enumerate(beats):
            if beat != chr(ALPHABET[i % 64]):
                raise Failure(f"beat {i} is '{beat}', not '{chr(ALPHABET[i % 64])}': ...{beats[max(0, i - 20):i + 20]}...")
        return len(beats)

    def pause(self):
        """Seconds between the last beat before the newest connection's first and that first beat."""
        with self.lock:
            newest = max(n for n, _, _ in self.pieces)
            first = min(t for n, t, _ in self.pieces if n == newest)
            before = max((t for n, t, _ in self.pieces if n < newest), default=first)
        return first - before

    def close(self):
        self.listener.close()
        for s in self.sockets:
            s.close()


class Host:
    def __init__(self, lab, name, tcp=False, options=()):
        self.lab, self.name, self.options = lab, name, list(options)
        self.root = lab.dir / name
        self.port = free_ports(1) if tcp else None
        self.daemon = None

    @property
    def socket(self):
        return self.root / "run/godwit-sock"

    @property
    def uri(self):
        return f"qemu+unix:///system?socket={self.socket}"

    @property
    def tcp_uri(self):
        return f"qemu+tcp://127.0.0.1:{self.port}/system"

    def start(self):
        command = [GODWITD, "--root", self.root, "--migrate-address", "127.0.0.1",
                   "--migrate-ports", f"{self.lab.ports}-{self.lab.ports + 63}", *self.options]
        if self.port:
            command += ["--listen", f"tcp://127.0.0.1:{self.port}"]
        log = open(self.lab.dir / f"{self.name}.log", "ab")
        self.daemon = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=log,
                                       stdin=subprocess.DEVNULL, start_new_session=True)
        log.close()
        line = self.daemon.stdout.readline().decode()
        expect(line.startswith("godwitd: ready"), f"{self.name}: godwitd did not start, see:\n{self.log()}")
        return self

    def log(self, last=4000):
        path = self.lab.dir / f"{self.name}.log"
        return path.read_text(errors="replace")[-last:] if path.exists() else ""

    def kill(self, sig=signal.SIGKILL):
        self.daemon.send_signal(sig)
        self.daemon.wait(60 * SLACK)
        self.daemon.stdout.close()
        if sig == signal.SIGTERM:
            self.check_orderly_end()

    def check_orderly_end(self):
        """After SIGTERM. A sanitizer that finds a leak at the end says so by the exit status, too."""
        expect(self.daemon.returncode == 0, f"{self.name}: godwitd ended with {self.daemon.returncode}; log:\n{self.log()}")

    def end(self):
        """At the end of a test; returns what is wrong with that, or None."""
        if not self.daemon or self.daemon.poll() is not None:
            return None
        self.daemon.terminate()
        try:
            self.daemon.wait(60 * SLACK)
            self.check_orderly_end()
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
            return f"{self.name}: godwitd did not end when told to"
        except Failure as failure:
            return str(failure)
        return None

    def restart(self, sig=signal.SIGKILL):
        self.kill(sig)
        return self.start()

    def virsh(self, *args, **kw):
        return run(["virsh", "-c", self.uri, *args], **kw)

    def godwit(self, *args, **kw):
        return run([GODWIT, "-c", self.uri, *args], **kw)

    def state(self, guest):
        return self.virsh("domstate", guest).out.strip()

    def sends(self, guest):
        """Its memory is on the way: a job alone may still be about to prepare the destination."""
        told = self.virsh("domjobinfo", guest, check=False).out
        return "Unbounded" in told and bool(re.search(r"^Memory processed:\s+[\d.]*[1-9]", told, re.M))

    def names(self, *options):
        return sorted(self.virsh("list", "--name", *options).out.split())

    def qemu_pids(self):
        """QEMU processes whose command line names this root."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    line = (entry / "cmdline").read_bytes()
                    if b"qemu-system" in line.split(b"\0")[0] and str(self.root).encode() + b"/" in line:
                        found.append(int(entry.name))
        return found

    def sockets(self):
        """How many the daemon has open."""
        count = 0
        for entry in pathlib.Path(f"/proc/{self.daemon.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                count += os.readlink(entry).startswith("socket:")
        return count

    @contextlib.contextmanager
    def no_socket_left(self):
        """Whatever is tried, the daemon closes its end."""
        before = self.sockets()
        yield
        wait_until(lambda: self.sockets() <= before, f"{self.name}: no more than {before} sockets in the daemon")

    def check_clean(self):
        """No orphan QEMU, no active job."""
        wait_until(lambda: len(self.qemu_pids()) == len(self.names()),
                   f"{self.name}: as many QEMU processes as running guests; log:\n{self.log()}")


class Guest:
    """The test guest's definition; its serial line connects back to `serial`, from whichever host runs it."""

    def __init__(self, lab, name="beat", memory=64, machine="pc", hz=1000, working_set=0, rate=0, fill=0,
                 disk_cache="none", extra=""):
        self.lab, self.name, self.memory = lab, name, memory
        self.uuid = str(uuid.uuid4())
        self.serial = Serial()
        lab.serials.append(self.serial)
        self.image = lab.dir / f"{name}.img"
        run([sys.executable, TOP / "tests/guest/mkguest", BUILD / "tests/guest/guest.bin", self.image, "--hz", hz,
             "--working-set", working_set, "--rate", rate, "--fill", fill])
        self.machine, self.disk_cache, self.extra = machine, disk_cache, extra

    def xml(self, **change):
        v = dict(name=self.name, uuid=self.uuid, memory=self.memory, machine=self.machine, image=self.image,
                 cache=self.disk_cache, port=self.serial.port, extra=self.extra)
        v.update(change)
        return """<domain type='qemu'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <memory unit='MiB'>{memory}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='{machine}'>hvm</type><boot dev='hd'/></os>
  <features><acpi/><apic/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='{cache}'/><source file='{image}'/><target dev='vda' bus='virtio'/><readonly/>
    </disk>
    <serial type='tcp'>
      <source mode='connect' host='127.0.0.1' service='{port}'/><protocol type='raw'/><target port='0'/>
    </serial>
    <memballoon model='virtio'/>{extra}
  </devices>
</domain>
""".format(**v)

    def file(self, **change):
        path = self.lab.dir / f"{self.name}-{uuid.uuid4().hex[:6]}.xml"
        path.write_text(self.xml(**change))
        return path


class Lab:
    def __init__(self, name):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"godwit-{name[:20]}-"))
        self.ports = free_ports(64)
        self.hosts, self.serials = {}, []

    def host(self, name, **kw):
        self.hosts[name] = Host(self, name, **kw)
        return self.hosts[name].start()

    def pair(self, **kw):
        return self.host("a", **kw), self.host("b", **kw)

    def guest(self, *args, **kw):
        return Guest(self, *args, **kw)

    def close(self):
        """Returns what was wrong with the daemons: leaks and the like, also what earlier ones had logged."""
        wrong = []
        for host in self.hosts.values():
            wrong.append(host.end())
            for pid in host.qemu_pids():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            wrong += [f"{host.name}: {line}" for line in sanitizer_lines(host.log(last=0))]
        for serial in self.serials:
            serial.close()
        release_ports()
        return [text for text in wrong if text]


def run_tests(module, needs_root=False):
    """Runs every test_* of the module (or those named on the command line); exit status 1 when one failed."""
    chosen = sys.argv[1:]
    failed = 0
    for name in [n for n in module if n.startswith("test_")]:
        if chosen and name not in chosen:
            continue
        lab = Lab(name)
        began = time.monotonic()
        try:
            module[name](lab)
            wrong = lab.close()
            expect(not wrong, "; ".join(wrong))
            print(f"passed {name}", flush=True)
            print(f"  {time.monotonic() - began:.1f} s", flush=True)
            shutil.rmtree(lab.dir, ignore_errors=True)
        except Skip as skip:
            lab.close()
            print(f"skipped {name}: {skip}", flush=True)
        except Exception as error:
            failed += 1
            kind = "" if isinstance(error, Failure) else f"{type(error).__name__} "
            print(f"failed {name}: {kind}{str(error).splitlines()[0] if str(error) else ''}", flush=True)
            traceback.print_exc()
            for host in lab.hosts.values():
                print(f"--- {host.name}'s log:\n{host.log()}")
            with contextlib.suppress(Exception):
                lab.close()
    sys.stdout.flush()
    sys.exit(1 if failed else 0)
