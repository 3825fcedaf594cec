#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""qemu+ssh and qemu+libssh2 against a real sshd: what works, what goes wrong and how it is told, guests that travel."""
import concurrent.futures
import shutil
import signal
import socket

from lab import GODWIT, expect, run, run_tests
from sshd import Sshd

TRANSPORTS = ("ssh", "libssh2")
PROXIES = ("auto", "native") + (("netcat",) if shutil.which("nc") else ())


def test_good(lab):
    a = lab.host("a")
    guest = lab.guest()
    with a.no_socket_left(), Sshd(lab) as sshd:
        for transport in TRANSPORTS:
            for proxy in PROXIES:
                uri = sshd.uri(transport, a.socket, extra=f"&proxy={proxy}")
                run([GODWIT, "-c", uri, "define", guest.file()])
                expect("beat" in run([GODWIT, "-c", uri, "list", "--all"]).out, f"{uri}: no guest")
                run([GODWIT, "-c", uri, "undefine", "beat"])


def test_stock_virsh(lab):
    a = lab.host("a")
    with Sshd(lab) as sshd:
        ssh = lab.dir / "ssh"  # the host's key goes into no file of the user
        ssh.write_text(f'#!/bin/sh\nexec ssh -o UserKnownHostsFile={lab.dir}/known "$@"\n')
        ssh.chmod(0o755)
        uri = sshd.uri("ssh", a.socket, extra=f"&proxy=netcat&command={ssh}")
        run(["virsh", "-c", uri, "list", "--all"])


# What is wrong: what the URI has, what ssh says, what libssh2 says.
REFUSALS = {
    "host key": (dict(known="wrong"), "Host key verification failed", "HOST KEY VERIFICATION FAILED"),
    "unknown host": (dict(known="nobody"), "Host key verification failed", "was not accepted"),
    "user key": (dict(key="other-key"), "Permission denied", "rejected by the server"),
    "key file": (dict(key="no-key"), "no-key not accessible: No such file or directory", "no-key: No such file or directory"),
    "port": (dict(port="closed"), "Connection refused", "unable to connect to server at '127.0.0.1:%(closed)d': Connection refused"),
    "daemon": (dict(socket="/nowhere/sock"), "there is no socket /nowhere/sock", "there is no socket /nowhere/sock"),
    "daemon, by helper": (dict(socket="/nowhere/sock", extra="&proxy=native"), "Failed to connect socket to '/nowhere/sock'",
                          "Failed to connect socket to '/nowhere/sock'"),
    "netcat": (dict(extra="&netcat=no-such-nc"), "no-such-nc is not installed on this host", "no-such-nc is not installed"),
    "proxy": (dict(extra="&proxy=pigeon"), "unknown value 'pigeon'", "unknown value 'pigeon'"),
    "policy": (dict(extra="&known_hosts_verify=maybe"), "Invalid host key verification method: 'maybe'",
               "Invalid host key verification method: 'maybe'"),
}


def test_refusals(lab):
    a = lab.host("a")
    with a.no_socket_left(), Sshd(lab) as sshd, socket.socket() as taken:
        sshd.hosts_file("wrong", "other-key")
        taken.bind(("127.0.0.1", 0))  # so that nobody else listens there
        facts = {"dir": lab.dir, "closed": taken.getsockname()[1]}
        for what, (change, *words) in REFUSALS.items():
            how = dict({"socket": a.socket, "extra": ""}, **change)
            how["port"] = facts["closed"] if "port" in change else None
            how["known"] = lab.dir / change["known"] if "known" in change else None
            if "proxy" not in how["extra"] and "netcat" not in how["extra"]:
                how["extra"] += "&proxy=netcat"
            for transport, text in zip(TRANSPORTS, words):
                uri = sshd.uri(transport, how["socket"], **{k: v for k, v in how.items() if k != "socket"})
                result = run([GODWIT, "-c", uri, "uri"], check=False, timeout=30)
                expect(result.code == 1 and text % facts in result.err, f"wrong {what} over {transport}: {result}")
                print(f"  wrong {what} over {transport}: refused", flush=True)


def test_no_helper_on_the_other_host(lab):
    """Without netcat to fall back on it is said what is missing; with it the connection works."""
    a = lab.host("a")
    with Sshd(lab, path="/usr/bin:/bin") as sshd:
        for transport in TRANSPORTS:
            result = run([GODWIT, "-c", sshd.uri(transport, a.socket, extra="&proxy=native"), "uri"], check=False)
            expect(result.code == 1 and "godwit-ssh-helper is installed on this host" in result.err, f"{result}")
            if "netcat" in PROXIES:
                run([GODWIT, "-c", sshd.uri(transport, a.socket), "uri"])


def test_commands_that_are_no_ssh(lab):
    a = lab.host("a")
    with Sshd(lab) as sshd:
        for command, *texts in (("/no/such/ssh", "/no/such/ssh"), ("no-such-ssh", "no-such-ssh"),
                                ("/bin/true", "End of file", "exit status 0"), ("/bin/false", "exit status 1")):
            result = run([GODWIT, "-c", sshd.uri("ssh", a.socket, extra=f"&command={command}"), "uri"], check=False)
            expect(result.code == 1 and any(text in result.err for text in texts), f"{result}")
        wrapper = lab.dir / "reach"
        wrapper.write_text(f"#!/bin/sh\nexec {GODWIT.parents[2]}/src/remote/godwit-ssh-helper 'qemu:///system?socket={a.socket}'\n")
        wrapper.chmod(0o755)
        run([GODWIT, "-c", f"qemu+ext:///system?command={wrapper}", "uri"])


def test_silent_host(lab):
    """It accepts the connection and says nothing: given up, with what was waited for. So is a daemon that has stopped."""
    a = lab.host("a", tcp=True)
    with socket.create_server(("127.0.0.1", 0)) as silent, Sshd(lab) as sshd, \
            concurrent.futures.ThreadPoolExecutor() as all_at_once:
        port = silent.getsockname()[1]
        no_answer = "the server at '127.0.0.1' accepts connections but did not answer within 30 s"
        cases = {
            sshd.uri("ssh", "/none", port=port): "timed out during banner exchange",
            sshd.uri("libssh2", "/none", port=port): f"'127.0.0.1:{port}' did not answer within 30 s (key exchange)",
            sshd.uri("libssh2", a.socket): no_answer,
            a.tcp_uri: no_answer,
            f"qemu+tcp://127.0.0.1:{port}/system": no_answer,
        }
        a.daemon.send_signal(signal.SIGSTOP)
        results = all_at_once.map(lambda uri: run([GODWIT, "-c", uri, "uri"], check=False, timeout=50), cases)
        for result, text in zip(results, cases.values()):
            expect(result.code == 1 and text in result.err, f"{result}")
        a.daemon.send_signal(signal.SIGCONT)


def go_there_and_back(guest, hosts, options):
    """options(source, target) of each of two moves."""
    for source, target in (hosts, hosts[::-1]):
        connection, *rest = options(source, target)
        run([GODWIT, "-c", connection, "migrate", "--live", guest.name, *rest])
        expect(target.names() == [guest.name] and source.names() == [], "the guest is at the destination only")
        guest.serial.wait_beats(connection=guest.serial.connections())
        guest.serial.check_unbroken()
        source.check_clean()


def test_guests_travel(lab):
    """Managed: our client reaches both by ssh. Peer-to-peer: the source's daemon reaches the destination; with its
    memory in the stream, too."""
    hosts = lab.pair()
    guest = lab.guest(working_set=4, rate=4)
    hosts[0].virsh("create", guest.file())
    guest.serial.wait_beats()
    go_there_and_back(guest, hosts, lambda a, b: (a.uri, b.uri))
    with hosts[0].no_socket_left(), hosts[1].no_socket_left(), Sshd(lab) as sshd:
        for t in TRANSPORTS:
            go_there_and_back(guest, hosts, lambda a, b: (sshd.uri(t, a.socket), sshd.uri(t, b.socket)))
            go_there_and_back(guest, hosts, lambda a, b: (a.uri, "--p2p", sshd.uri(t, b.socket)))
            go_there_and_back(guest, hosts, lambda a, b: (a.uri, "--p2p", "--tunnelled", sshd.uri(t, b.socket)))
            hosts[0].virsh("migrate", "--live", "--p2p", guest.name, sshd.uri(t, hosts[1].socket))
            guest.serial.wait_beats(connection=guest.serial.connections())
            hosts[1].virsh("migrate", "--live", "--p2p", guest.name, sshd.uri(t, hosts[0].socket))
            print(f"  {t}: managed, peer-to-peer, tunnelled, by virsh", flush=True)


def test_guests_that_cannot_travel(lab):
    """Peer-to-peer: the source's daemon hands on what was wrong; the guest has not noticed."""
    a, b = lab.pair()
    guest = lab.guest()
    a.virsh("create", guest.file())
    guest.serial.wait_beats()
    with Sshd(lab) as sshd:
        wrong = sshd.hosts_file("wrong", "other-key")
        for t, words in (("ssh", ("Host key verification failed", "Permission denied")),
                         ("libssh2", ("HOST KEY VERIFICATION FAILED", "rejected by the server"))):
            for how, text in zip((dict(known=wrong), dict(key="other-key")), words):
                result = a.godwit("migrate", "--live", "--p2p", guest.name, sshd.uri(t, b.socket, **how), check=False, timeout=40)
                expect(result.code == 1 and text in result.err, f"{result}")
                expect(a.names() == [guest.name] and b.names("--all") == [], "the guest is where it was")
    guest.serial.wait_beats(connection=1)
    guest.serial.check_unbroken()
    a.check_clean()


if __name__ == "__main__":
    run_tests(globals())
