# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two stock libvirtds as two hosts on one machine, where libvirt-daemon is installed and we are root.

libvirtd's paths are compiled in, so each runs in a mount namespace where /run/libvirt, /var/lib/libvirt, /etc/libvirt
and /var/cache/libvirt are folders of its own; its sockets are seen from outside through a bind of the same folder.
"""
import os
import shutil
import socket
import subprocess
import uuid

PLACES = {"run": "/run/libvirt", "lib": "/var/lib/libvirt", "etc": "/etc/libvirt", "cache": "/var/cache/libvirt",
          "log": "/var/log/libvirt"}


def available():
    return bool(os.geteuid() == 0 and shutil.which("libvirtd"))


class Libvirtd:
    def __init__(self, directory, name, ports, qemu_conf="", libvirtd_conf=""):
        self.dir = os.path.join(directory, f"stock-{name}")
        for place, system in PLACES.items():
            os.makedirs(os.path.join(self.dir, place), exist_ok=True)
            os.makedirs(system, exist_ok=True)
        os.makedirs(os.path.join(self.dir, "lib/qemu"), exist_ok=True)
        self.write("etc/libvirtd.conf", f'host_uuid = "{uuid.uuid4()}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n'
                   f'unix_sock_dir = "/run/libvirt"\nlog_outputs = "3:file:/var/log/libvirt/libvirtd.log"\n{libvirtd_conf}')
        options = "--listen" if "listen_tls" in libvirtd_conf else ""
        self.write("etc/qemu.conf", 'security_driver = "none"\nuser = "root"\ngroup = "root"\nremember_owner = 0\n'
                   'cgroup_controllers = []\nnamespaces = []\nstdio_handler = "file"\n'
                   f'migration_port_min = {ports}\nmigration_port_max = {ports + 31}\n{qemu_conf}')
        binds = "; ".join(f"mount --bind {self.dir}/{place} {system}" for place, system in PLACES.items())
        # a test that is killed takes its libvirtd along
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "-m", "--propagation", "private", "sh", "-c",
             f"{binds}; mount -t tmpfs none /sys/fs/cgroup 2>/dev/null; exec libvirtd {options} -p /run/libvirt/libvirtd.pid"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.dir, "stderr"), "w"),
            start_new_session=True)
        self.path = os.path.join(self.dir, "run/libvirt-sock")

    @property
    def uri(self):
        return f"qemu+unix:///system?socket={self.path}"

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)

    def ready(self):
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(self.path)
            return True
        except OSError:
            return False
        finally:
            s.close()

    @property
    def pid(self):
        return self.process.pid  # each of those commands executes the next

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
