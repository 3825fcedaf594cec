# SPDX-License-Identifier: LGPL-2.1-or-later
"""The floor: QEMU driven over QMP with nothing else, as fast as a script that follows events can be."""
import json
import os
import socket
import subprocess
import time


class Qmp:
    """One QEMU's monitor. The listening socket is ours, so connecting never has to be retried."""

    def __init__(self, argv, directory, tag, fds=()):
        path = os.path.join(directory, f"{tag}.qmp")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        os.set_inheritable(listener.fileno(), True)
        self.log = open(os.path.join(directory, f"{tag}.log"), "ab")
        self.process = subprocess.Popen(
            argv + ["-chardev", f"socket,id=monitor,fd={listener.fileno()},server=on,wait=off",
                    "-mon", "chardev=monitor,mode=control"],
            pass_fds=[listener.fileno(), *fds], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        listener.close()
        os.unlink(path)
        self.stream = self.socket.makefile("rb")
        self.events = []
        self.stream.readline()
        self.call("qmp_capabilities")

    def send(self, *commands):
        self.socket.sendall(b"".join(json.dumps({"execute": name, "arguments": args}).encode() + b"\n"
                                     for name, args in commands))

    def _next(self):
        line = self.stream.readline()
        if not line:
            raise RuntimeError("QEMU closed its monitor")
        return json.loads(line)

    def replies(self, count):
        while count:
            message = self._next()
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise RuntimeError(message["error"]["desc"])
            else:
                count -= 1
                last = message["return"]
        return last

    def call(self, name, **args):
        self.send((name, args))
        return self.replies(1)

    def wait_migration(self, *statuses):
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] == "MIGRATION":
                    status = event["data"]["status"]
                    if status in statuses:
                        return status
                    if status in ("failed", "cancelled"):
                        raise RuntimeError(f"migration {status}")
            message = self._next()
            if "event" in message:
                self.events.append(message)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.socket.close()
        self.log.close()


def argv(image, memory, port):
    """The machine that the godwit and libvirt guests have, as a person would write it."""
    return ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-accel", "tcg",
            "-machine", "pc,usb=off", "-m", str(memory), "-S",
            "-blockdev", json.dumps({"driver": "file", "filename": str(image), "node-name": "file0",
                                     "cache": {"direct": True}, "locking": "off"}),
            "-blockdev", json.dumps({"driver": "raw", "file": "file0", "node-name": "disk0", "cache": {"direct": True}}),
            "-device", "virtio-blk-pci,drive=disk0,bootindex=1,share-rw=on",
            "-chardev", f"socket,id=serial0,host=127.0.0.1,port={port}", "-device", "isa-serial,chardev=serial0",
            "-device", "piix3-usb-uhci,addr=1.2", "-device", "virtio-balloon-pci", "-no-shutdown"]


def credentials(directory, endpoint):
    return {"qom-type": "tls-creds-x509", "id": "tls0", "dir": directory, "endpoint": endpoint, "verify-peer": True}


def start(image, memory, port, directory):
    source = Qmp(argv(image, memory, port), directory, "bare-source")
    source.call("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
    source.call("cont")
    return source


def incoming(target, creds=None):
    """Tells a QEMU that waits (-incoming defer) all that it has to know; returns the port on which it listens."""
    caps = [{"capability": "events", "state": True}, {"capability": "late-block-activate", "state": True},
            {"capability": "return-path", "state": True}]
    tls = [("object-add", credentials(creds, "server")), ("migrate-set-parameters", {"tls-creds": "tls0"})] if creds else []
    target.send(("migrate-set-capabilities", {"capabilities": caps}), *tls,
                ("migrate-incoming", {"uri": "tcp:127.0.0.1:0"}), ("query-migrate", {}))
    return target.replies(3 + len(tls))["socket-address"][0]["port"]


def migrate(source, guest, directory, number, creds=None):
    """Seconds from the call to "the guest runs there and its old QEMU is gone"; returns (seconds, new Qmp)."""
    began = time.monotonic()
    target = Qmp(argv(guest.image, guest.memory, guest.serial.port) + ["-incoming", "defer"], directory, f"bare-target-{number}")
    port = incoming(target, creds)
    params = {"max-bandwidth": 9223372036853727232}
    tls = [("object-add", credentials(creds, "client"))] if creds else []
    if creds:
        params.update({"tls-creds": "tls0", "tls-hostname": "127.0.0.1"})
    source.send(*tls, ("migrate-set-capabilities", {"capabilities": [{"capability": "pause-before-switchover", "state": True},
                                                                     {"capability": "return-path", "state": True}]}),
                ("migrate-set-parameters", params), ("migrate", {"uri": f"tcp:127.0.0.1:{port}"}))
    source.replies(3 + len(tls))
    source.wait_migration("pre-switchover")
    source.call("migrate-continue", state="pre-switchover")
    source.wait_migration("completed")
    target.wait_migration("completed")
    target.call("cont")
    source.end()
    return time.monotonic() - began, target
