# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guests that libvirt was watched building (tests/golden/argv), each as far as a host without KVM can have it."""
import contextlib
import pathlib
import socket
import subprocess
import xml.etree.ElementTree as ET

from lab import BUILD, TOP, Serial, expect, free_ports, run, wait_until

INSTALLED = pathlib.Path("/usr/bin/qemu-system-x86_64")
EFI = {"03", "04"}  # a boot sector cannot run there: these go without a heartbeat, and once more with SeaBIOS and one


class Captured:
    """A captured definition in the form that this machine can run."""

    def __init__(self, lab, number, emulator, bios):
        self.lab, self.dir = lab, lab.dir / f"guest{number}{'bios' if bios else ''}"
        self.dir.mkdir()
        self.tree = ET.parse(TOP / f"tests/golden/argv/{number}.xml").getroot()
        self.devices = self.tree.find("devices")
        self.name = self.tree.findtext("name")
        self.beats = bios or number not in EFI
        self.serial = Serial()
        lab.serials.append(self.serial)
        self.nbd = None
        self.heart = self.dir / "heart.img"
        run(["/usr/bin/python3", TOP / "tests/guest/mkguest", BUILD / "tests/guest/guest.bin", self.heart, "--hz", 1000,
             "--working-set", 8, "--rate", 8, "--fill", 8])
        self.devices.find("emulator").text = str(emulator)
        self.without_kvm()
        self.without_the_network_of_that_host()
        self.with_disks_of_ours()
        self.with_a_serial_line_of_ours()
        if bios:
            self.without_efi()

    def drop(self, parent, *paths):
        for path in paths:
            for child in parent.findall(path):
                parent.remove(child)

    def without_kvm(self):
        self.tree.set("type", "qemu")
        features, clock = self.tree.find("features"), self.tree.find("clock")
        if features is not None:
            self.drop(features, "kvm", "hyperv", "pmu")
            for apic in features.findall("apic"):
                apic.attrib.pop("eoi", None)
            self.drop(features, "ioapic")
        if clock is not None:
            for timer in clock.findall("timer"):
                if timer.get("name") in ("kvmclock", "pit"):  # the pit's policy is that of KVM's own pit
                    clock.remove(timer)
        cpu = self.tree.find("cpu")
        if cpu is not None and cpu.get("mode") == "host-passthrough":
            topology = cpu.find("topology")
            cpu.clear()
            if topology is not None:
                cpu.append(topology)
            else:
                self.tree.remove(cpu)

    def without_the_network_of_that_host(self):
        for interface in self.devices.findall("interface"):
            interface.set("type", "user")
            self.drop(interface, "source", "target", "mtu")
            for driver in interface.findall("driver"):
                driver.attrib.pop("queues", None)
        for graphics in self.devices.findall("graphics"):  # both hosts are this one
            graphics.set("autoport", "yes")
            graphics.set("port", "-1")

    def make_image(self, number, disk):
        """The first disk is the one that boots; the others are empty. qcow2 keeps its chain."""
        form = disk.find("driver").get("type", "raw") if disk.find("driver") is not None else "raw"
        path = self.dir / f"disk{number}.{form}"
        if number:
            run(["qemu-img", "create", "-q", "-f", form, path, "2M"])
        elif form == "raw":
            path = self.heart
        else:
            run(["qemu-img", "create", "-q", "-f", form, "-b", self.heart, "-F", "raw", path])
        return path

    def with_disks_of_ours(self):
        number = 0
        for disk in self.devices.findall("disk"):
            source = disk.find("source")
            if source is None:
                continue
            path = self.make_image(number, disk)
            number += 1
            if disk.get("type") == "network":
                self.serve(path, source)
            else:
                source.set("file", str(path))

    def serve(self, path, source):
        port = free_ports(1)
        self.nbd = subprocess.Popen(["qemu-nbd", "-f", "raw", "-t", "-e", "4", "-b", "127.0.0.1", "-p", str(port), "-x",
                                     source.get("name"), str(path)], stdin=subprocess.DEVNULL)
        source.find("host").set("port", str(port))
        def listening():
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                return True
        wait_until(listening, "qemu-nbd listens")

    def with_a_serial_line_of_ours(self):
        old = self.devices.find("serial")
        new = ET.Element("serial", type="tcp")
        ET.SubElement(new, "source", mode="connect", host="127.0.0.1", service=str(self.serial.port))
        ET.SubElement(new, "protocol", type="raw")
        if old is not None:
            for child in old.findall("log"):
                child.set("file", str(self.dir / "serial.log"))
                new.append(child)
            self.devices.insert(list(self.devices).index(old), new)
            self.devices.remove(old)
        else:
            self.devices.append(new)
        self.drop(self.devices, "console[@type='pty']/target[@type='serial']/..")
        for console in self.devices.findall("console"):
            if console.find("target").get("type") == "serial":
                self.devices.remove(console)
        for channel in self.devices.findall("channel[@type='unix']"):
            self.drop(channel, "source")

    def without_efi(self):
        os_element = self.tree.find("os")
        os_element.attrib.pop("firmware", None)
        self.drop(os_element, "firmware", "loader", "nvram")

    def file(self):
        nvram = self.tree.find("os/nvram")
        if nvram is not None:
            nvram.text = str(self.dir / "VARS.fd")
        path = self.dir / "guest.xml"
        path.write_bytes(ET.tostring(self.tree))
        return path

    def settle(self, host, connection):
        """It runs here now, and says so."""
        expect(host.state(self.name) == "running", f"{self.name}: state '{host.state(self.name)}'")
        if not self.beats:
            return
        self.serial.wait(0, lambda ps: b" e=" in b"".join(d for n, _, d in ps if n == connection).replace(b"\n", b" "),
                         f"{self.name}: a report from connection {connection}", 60)
        self.serial.check_unbroken()

    def close(self):
        if self.nbd:
            self.nbd.terminate()
            self.nbd.wait(10)
