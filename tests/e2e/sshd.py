# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real sshd on a private port, with keys and configuration of its own; with logins by password it also gets an /etc
of its own, where a user exists that the system does not know."""
import contextlib
import getpass
import os
import pathlib
import shutil
import socket
import subprocess

from lab import BUILD, SLACK, Failure, Skip, free_ports, run, sanitizer_lines, wait_until

HELPERS = BUILD / "src/remote"
WALKER, PASSWORD = "walker", "open sesame; $(no) 'joke'"


class Sshd:
    """As the current user; host key, user key and authorized_keys in the lab's directory."""

    def __init__(self, lab, path=f"{HELPERS}:/usr/bin:/bin:/usr/sbin:/sbin", pam=None, host_keys=("host-key",)):
        """pam: None: keys only; False: passwords as sshd checks them; True: as PAM asks for them.
        host_keys: NAME or NAME.TYPE of ssh-keygen -t."""
        if not shutil.which("sshd", path="/usr/sbin:/usr/local/sbin"):
            raise Skip("no sshd (openssh-server)")
        self.dir, self.port, self.user, self.pam = lab.dir, free_ports(1), getpass.getuser(), pam
        for name in (*host_keys, "user-key", "other-key"):
            self.make_key(name)
        (self.dir / "authorized").write_text((self.dir / "user-key.pub").read_text())
        self.known = self.hosts_file("known", *host_keys)
        self.config = self.dir / "sshd_config"
        self.config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nPidFile none\n"
            + "".join(f"HostKey {self.dir}/{key}\n" for key in host_keys) +
            f"AuthorizedKeysFile {self.dir}/authorized\nStrictModes no\nSetEnv PATH={path}\n" + self.logins())

    def make_key(self, name, phrase=""):
        if not (self.dir / name).exists():
            kind = name.partition(".")[2] or "ed25519"
            run(["ssh-keygen", "-q", "-t", kind, "-N", phrase, "-f", self.dir / name])

    def logins(self):
        if self.pam is None:
            return ("UsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n"
                    "KbdInteractiveAuthentication no\n")
        if os.geteuid() != 0:
            raise Skip("needs root, for an sshd with an /etc of its own")
        if run(["unshare", "-m", "true"], check=False).code != 0:
            raise Skip("no mount namespace can be made here, for an sshd with an /etc of its own")
        self.user, etc = WALKER, self.dir / "etc"
        shutil.copytree("/etc", etc, symlinks=True)
        secret = run(["openssl", "passwd", "-6", PASSWORD]).out.strip()
        with open(etc / "passwd", "a") as passwd, open(etc / "shadow", "a") as shadow:
            passwd.write(f"{WALKER}:x:0:0::/:/bin/sh\n")  # as root, whose the daemon's socket is
            shadow.write(f"{WALKER}:{secret}:19000:0:99999:7:::\n")
        (etc / "pam.d/sshd").write_text("auth required pam_unix.so\naccount required pam_permit.so\n"
                                        "session required pam_permit.so\n")
        yes, no = ("yes", "no") if self.pam else ("no", "yes")
        return (f"UsePAM {yes}\nPermitRootLogin yes\nPasswordAuthentication {no}\nKbdInteractiveAuthentication {yes}\n"
                "MaxAuthTries 6\n")

    def command(self):
        sshd = ["/usr/sbin/sshd", "-D", "-e", "-f", self.config]
        if self.pam is None:
            return sshd
        script = f'mount --bind {self.dir}/etc /etc && exec "$@"'
        return ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", *sshd]

    def hosts_file(self, name, *keys):
        """A file of known hosts that has these keys of this one."""
        words = [(self.dir / f"{key}.pub").read_text().split() for key in keys]
        (self.dir / name).write_text("".join(f"[127.0.0.1]:{self.port} {kind} {key}\n" for kind, key, *_ in words))
        return self.dir / name

    def __enter__(self):
        if os.geteuid() == 0:  # where sshd, started as root, locks itself in; the system's own service makes it too
            pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        with open(self.dir / "sshd.log", "w") as log:
            self.process = subprocess.Popen(self.command(), stderr=log, stdin=subprocess.DEVNULL)
        wait_until(self.answers, "sshd accepts connections")
        return self

    def __exit__(self, failed, *_):
        try:
            if not failed:
                wait_until(lambda: not self.left_behind(), "no ssh client and no session of sshd is left")
        finally:
            self.process.terminate()
            self.process.wait(10 * SLACK)

    def answers(self):
        if self.process.poll() is not None:
            raise Failure((self.dir / "sshd.log").read_text())
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def left_behind(self):
        """Clients of this sshd, and its sessions, that still run."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    line = (entry / "cmdline").read_bytes().split(b"\0")
                    parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    if parent == self.process.pid or (line[0].endswith(b"ssh") and str(self.port).encode() in line):
                        found.append((entry.name, line))
        return found

    def authorize_locked_key(self, phrase):
        """Another key that opens, behind a passphrase: locked-key."""
        self.make_key("locked-key", phrase)
        with open(self.dir / "authorized", "a") as authorized:
            authorized.write((self.dir / "locked-key.pub").read_text())

    def uri(self, transport, host, key="user-key", known=None, port=None, auth=None, extra=""):
        """known: of known_hosts, "": not given; auth: how libssh2 logs in, in place of "&sshauth=privkey"."""
        ours = "" if transport != "libssh2" else "&sshauth=privkey" if auth is None else auth
        file = f"&keyfile={self.dir}/{key}" if key else ""
        hosts = "" if known == "" else f"&known_hosts={known or self.known}"
        return (f"qemu+{transport}://{self.user}@127.0.0.1:{port or self.port}/system?socket={host}"
                f"{file}{hosts}&no_tty=1{ours}{extra}")


def answered(args, answers, **kw):
    """Runs a client whose questions get these answers; (exit status, all that it said)."""
    p = subprocess.run([str(a) for a in args], input=answers, capture_output=True, text=True, timeout=60 * SLACK, **kw)
    if sanitizer_lines(p.stderr):
        raise Failure(f"{args}: {p.stderr}")
    return p.returncode, p.stdout + p.stderr
