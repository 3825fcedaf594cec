#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The part of tools/demo that shows something: two daemons as two hosts, a guest, and its move."""
import os
import pathlib
import re
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/e2e"))
from lab import Lab, Serial, run, wait_until  # noqa: E402

INIT = """#!/bin/sh
mount -t devtmpfs dev /dev
n=0
while :; do n=$((n + 1)); echo "beat $n"; usleep 10000; done
"""


def say(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def typed(host, *args):
    """Shows a command as a person would type it (the socket's path shortened), then runs it on this terminal."""
    print(f"$ godwit -c qemu:///host-{host.name} {' '.join(map(str, args))}".replace("qemu+unix:///system?socket=", "").replace(
        str(host.lab.dir), "..."), flush=True)
    return subprocess.run([str(TOP / "build/tools/godwit/godwit"), "-c", host.uri, *map(str, args)], stdin=subprocess.DEVNULL)


def linux_guest(lab):
    kernels = sorted(pathlib.Path("/boot").glob("vmlinuz-*cloud-amd64"))
    if not kernels:
        sys.exit("demo: no cloud kernel below /boot; the package is linux-image-cloud-amd64")
    tree = lab.dir / "initramfs"
    (tree / "bin").mkdir(parents=True)
    (tree / "dev").mkdir()
    run(["cp", "/bin/busybox", tree / "bin/busybox"])
    run(["/bin/busybox", "--install", "-s", tree / "bin"])
    for link in (tree / "bin").iterdir():  # made absolute to the tree; inside, the tree is the root
        if link.is_symlink():
            link.unlink()
            link.symlink_to("busybox")
    (tree / "init").write_text(INIT)
    (tree / "init").chmod(0o755)
    image = lab.dir / "initramfs.cpio.gz"
    subprocess.run("find . | cpio -o -H newc --quiet | gzip -1 > " + str(image), shell=True, cwd=tree, check=True)
    serial = Serial()
    lab.serials.append(serial)
    xml = lab.dir / "linux.xml"
    xml.write_text(f"""<domain type='qemu'>
  <name>linux</name>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{kernels[-1]}</kernel><initrd>{image}</initrd>
    <cmdline>console=ttyS0 quiet panic=1</cmdline>
  </os>
  <features><acpi/><apic/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <serial type='tcp'>
      <source mode='connect' host='127.0.0.1' service='{serial.port}'/><protocol type='raw'/><target port='0'/>
    </serial>
    <memballoon model='virtio'/>
  </devices>
</domain>
""")
    return "linux", serial, xml, b"beat 10"


def beat_guest(lab):
    guest = lab.guest(memory=256, working_set=32, rate=16, fill=64)
    return "beat", guest.serial, guest.file(), b"#ready"


def beats_of(serial, connection):
    return serial.streams().get(connection, b"").decode("ascii", "replace")


def main():
    linux = "--linux" in sys.argv
    lab = Lab("demo")
    try:
        say("Two hosts: two daemons, each below a directory of its own")
        a, b = lab.pair()
        for host in (a, b):
            print(f"godwitd --root .../{host.name} --migrate-address 127.0.0.1   (pid {host.daemon.pid})")

        say("A guest on host A" + (": Linux, which counts on its serial line" if linux else
                                   ": it beats 1000 times a second, rewrites 16 MiB/s, and checks its memory"))
        name, serial, xml, ready = (linux_guest if linux else beat_guest)(lab)
        typed(a, "create", xml)
        serial.wait(0, lambda ps: ready in b"".join(d for _, _, d in ps), "the guest's first sign of life", 120)
        serial.wait_beats(200)
        typed(a, "list")
        print(f"heard from host A: ...{beats_of(serial, 1)[-60:].strip()!r}")

        say("Its live migration to host B")
        began = time.monotonic()
        if typed(a, "migrate", "--live", "--verbose", name, b.uri).returncode:
            sys.exit("demo: the migration failed")
        total = time.monotonic() - began
        serial.wait_beats(200, connection=2)
        pause = serial.pause()

        say("Where it is now")
        typed(a, "list", "--all")
        typed(b, "list")
        print(f"heard from host B: ...{beats_of(serial, 2)[-60:].strip()!r}")
        if not linux:
            beats = serial.check_unbroken()
            print(f"{beats} beats in order, none lost or repeated, no memory error")
        say(f"Moved in {total * 1000:.0f} ms (with the command's own start); the guest was silent for {pause * 1000:.1f} ms")
        typed(b, "destroy", name)
        wait_until(lambda: not b.qemu_pids(), "the guest's QEMU gone")
    finally:
        lab.close()
        run(["rm", "-rf", lab.dir])


main()
