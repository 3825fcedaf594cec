# SPDX-License-Identifier: LGPL-2.1-or-later
"""TLS: who is let in and who is not, and what either side says. Certificates are made by godwit pki."""
import os
import pathlib
import shutil
import socket
import subprocess

from lab import GODWIT, GODWITD, Skip, expect, free_ports, run, run_tests, wait_until
from tls_cases import ALLOWED, CASES, SERVERS, Outfits


class TlsHost:
    """A host of the lab with a TLS port; certificates go into its root before it starts."""

    def __init__(self, lab, name, pki, options=()):
        self.port, self.pki, self.log = free_ports(1), lab.dir / name / "etc/pki", lab.dir / f"{name}.log"
        shutil.copytree(pki, lab.dir / name / "etc/pki")
        self.host = lab.host(name, options=["--listen", f"tls://127.0.0.1:{self.port}", *options])

    def uri(self, pki=None, host="127.0.0.1", more=""):
        query = "&".join(filter(None, [f"pkipath={pki}" if pki else "", more]))
        return f"qemu+tls://{host}:{self.port}/system" + (f"?{query}" if query else "")

    def said(self, text):
        wait_until(lambda: text in self.host.log(), f"'{text}' in the daemon's log:\n{self.host.log()}")


def make_pki(lab, name="pki", hosts=("127.0.0.1,localhost",), clients=("alice",)):
    dir = lab.dir / name
    run([GODWIT, "pki", "init", "--dir", dir, "--host", *hosts, *[w for c in clients for w in ("--client", c)]])
    return dir


def refused(tool, uri, *texts):
    result = run([tool, "-c", uri, "list", "--all"], check=False, timeout=40)
    expect(result.code != 0, f"{tool} got in: {result}")
    for text in texts:
        expect(text in result.err, f"'{text}' is not in what {tool} says: {result}")


def test_pki_makes_safe_files(lab):
    pki = make_pki(lab)
    for key in pki.rglob("*key.pem"):
        expect(key.stat().st_mode & 0o777 == 0o600, f"{key} has mode {key.stat().st_mode:o}")
    expect(len(list(pki.rglob("*key.pem"))) == 4, "keys of CA, host (two) and client")
    before = (pki / "CA/cacert.pem").read_bytes()
    again = run([GODWIT, "pki", "init", "--dir", pki, "--host", "x"], check=False)
    expect(again.code == 1 and "already" in again.err, f"an existing CA was not respected: {again}")
    expect((pki / "CA/cacert.pem").read_bytes() == before, "the CA changed")


def test_good(lab):
    pki = make_pki(lab)
    host = TlsHost(lab, "a", pki / "127.0.0.1")
    guest = lab.guest()
    for tool in "virsh", GODWIT:
        run([tool, "-c", host.uri(pki / "alice"), "define", guest.file()])
        listed = run([tool, "-c", host.uri(pki / "alice", host="localhost"), "list", "--all", "--name"])
        expect(guest.name in listed.out, f"{tool}: {listed}")
    run([GODWIT, "-c", host.uri(pki / "alice", more="tls_priority=NORMAL:-VERS-TLS1.3"), "list"])
    secure = ("import libvirt; c = libvirt.open('%s'); "
              "assert c.isEncrypted() == 1 and c.isSecure() == 1" % host.uri(pki / "alice"))
    run(["/usr/bin/python3", "-c", secure])


def check_case(host, outfits, case, tool, says, log):
    """One client with one tool; what either side says."""
    seen = host.log.stat().st_size
    uri = host.uri(outfits.client(case.client), more=case.query)
    result = run([tool, "-c", uri, "uri"], check=False, timeout=40)
    name = f"{case.what}, {pathlib.Path(tool).name}"
    if says is None:
        expect(result.code == 0, f"{name}: {result}")
    else:
        text = outfits.text(case, says, host.pki)
        expect(result.code != 0 and text in result.err, f"{name}: no '{text}' in {result}")
    if log:
        text = outfits.text(case, log, host.pki)
        wait_until(lambda: text in host.log.read_bytes()[seen:].decode(), f"{name}: '{text}' in the daemon's log")
    else:  # let in, or it never came
        expect(host.log.stat().st_size == seen, f"{name}: the daemon says {host.log.read_bytes()[seen:].decode()}")
    print(f"  {name}: {'let in' if says is None else 'refused'}", flush=True)


def test_who_is_let_in(lab):
    """Each case with our client and libvirt's; afterwards none of them holds anything in the daemon."""
    outfits = Outfits(lab.dir)
    for kind in SERVERS:
        host = TlsHost(lab, kind, outfits.server(kind), ["--tls-no-sanity-certificate", "--tls-allowed-dn-list", ALLOWED])
        with host.host.no_socket_left():
            for case in CASES:
                if case.server == kind:
                    check_case(host, outfits, case, GODWIT, case.godwit, case.log)
                    check_case(host, outfits, case, "virsh", case.virsh, case.virsh_log)


def test_refusals(lab):
    """Each with what the client reads and what the daemon logs."""
    pki = make_pki(lab, hosts=("127.0.0.1",), clients=("alice", "bob"))
    other = make_pki(lab, "other", hosts=("127.0.0.1",), clients=("mallory",))
    host = TlsHost(lab, "a", pki / "127.0.0.1", ["--tls-allowed-dn-list", "*CN=alice*"])
    run([GODWIT, "-c", host.uri(pki / "alice"), "list"])

    refused(GODWIT, host.uri(pki / "alice", host="localhost"), "127.0.0.1", "localhost", "does not match")
    refused("virsh", host.uri(pki / "alice", host="localhost"), "does not match the hostname localhost")
    host.said("the client ended TLS with an alert")
    run([GODWIT, "-c", host.uri(pki / "alice", host="localhost", more="no_verify=1"), "list"])

    refused(GODWIT, host.uri(pki / "bob"), "refused our certificate", str(pki / "bob/clientcert.pem"), "denied")
    refused("virsh", host.uri(pki / "bob"))
    host.said("CN=bob")
    host.said("not on the list of allowed clients")

    refused(GODWIT, host.uri(other / "mallory"), "was not issued by a CA in", str(other / "mallory/cacert.pem"))
    refused(GODWIT, host.uri(other / "mallory", more="no_verify=1"), "refused our certificate")
    host.said("was not issued by a CA in '%s'" % (host.host.root / "etc/pki/CA/cacert.pem"))

    bare = lab.dir / "bare"
    bare.mkdir()
    shutil.copy(pki / "alice/cacert.pem", bare)
    refused(GODWIT, host.uri(bare), "there is no client certificate at", str(bare / "clientcert.pem"))
    refused("virsh", host.uri(bare))
    host.said("the client has sent no certificate")
    refused(GODWIT, host.uri(lab.dir / "nowhere"), "Cannot read CA certificate", str(lab.dir / "nowhere/cacert.pem"))
    run([GODWIT, "-c", host.uri(pki / "alice"), "list"])


def test_priorities(lab):
    """Versions and ciphers that either side allows: what both have is taken, else both say so."""
    pki = make_pki(lab)
    host = TlsHost(lab, "a", pki / "127.0.0.1", ["--tls-priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2"])
    for tool in GODWIT, "virsh":
        run([tool, "-c", host.uri(pki / "alice"), "uri"])
        run([tool, "-c", host.uri(pki / "alice", more="tls_priority=SECURE256:%2BVERS-TLS1.2"), "uri"])
        with host.host.no_socket_left():
            refused(tool, host.uri(pki / "alice", more="tls_priority=NORMAL:-VERS-ALL:%2BVERS-TLS1.3"))
    refused(GODWIT, host.uri(pki / "alice", more="tls_priority=NORMAL:-VERS-ALL:%2BVERS-TLS1.3"),
            "the server '127.0.0.1' ended TLS with an alert")
    host.said("TLS handshake failed: ")
    refused(GODWIT, host.uri(pki / "alice", more="tls_priority=NORMAL:NONSENSE"), "TLS priority 'NORMAL:NONSENSE'", "NONSENSE'")


def test_default_places(lab):
    """Without pkipath: the host's own places, then libvirt's; and for a user the one below his home."""
    if os.geteuid() != 0:
        raise Skip("needs root, for an /etc of its own in a mount namespace and to become another user")
    pki = make_pki(lab)
    host = TlsHost(lab, "a", pki / "127.0.0.1")
    etc = lab.dir / "etc"

    def connect(expected, *prefix):
        result = run([*prefix, GODWIT, "-c", host.uri(), "uri"], check=False)
        expect(expected in (result.out if result.code == 0 else result.err), f"no '{expected}': {result}")

    def tree(place, certs):
        shutil.copytree(pki / "127.0.0.1/CA", etc / "pki/CA" if certs == "libvirt" else etc / place / "CA")
        (etc / place / "private").mkdir(parents=True)
        shutil.copy(pki / "alice/clientcert.pem", etc / place)
        shutil.copy(pki / "alice/clientkey.pem", etc / place / "private")

    shutil.copytree("/etc", etc, symlinks=True, ignore=shutil.ignore_patterns("pki", "godwit"))
    ours = ["unshare", "-m", "--propagation", "private", "sh", "-c", f'mount --bind {etc} /etc && exec "$@"', "sh"]
    connect("Cannot read CA certificate '/etc/godwit/pki/CA/cacert.pem'", *ours)
    tree("pki/libvirt", "libvirt")
    connect("qemu", *ours)
    tree("godwit/pki", "godwit")
    (etc / "pki/libvirt/clientcert.pem").write_text("not looked at any more")
    connect("qemu", *ours)

    home = lab.dir / "home"
    lab.dir.chmod(0o711)
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", f"HOME={home}"]
    if run([*user, GODWIT, "--version"], check=False).code != 0:
        return  # the build lies where nobody else may look
    connect("Cannot read private key '/etc/godwit/pki/private/clientkey.pem': Permission denied", *ours, *user)
    shutil.copytree(pki / "alice", home / ".pki/libvirt")
    for path in home.rglob("*"):
        os.chown(path, 65534, 65534)
    connect("qemu", *ours, *user)


NO_PACKET = "packet 352518908 bytes received from server too large"  # libvirt's client takes the alert for a length


def test_wrong_ports(lab):
    """A plain client at a port for TLS, and the reverse: tool, port, what it says, what the daemon logs."""
    pki = make_pki(lab)
    secure, plain = TlsHost(lab, "a", pki / "127.0.0.1"), lab.host("b", tcp=True)
    over_tcp = f"qemu+tcp://127.0.0.1:{secure.port}/system"
    over_tls = f"qemu+tls://127.0.0.1:{plain.port}/system?pkipath={pki / 'alice'}"
    no_tls = "the client does not speak TLS; this port is for qemu+tls://"
    no_plain = "the client speaks TLS, this port does not; use qemu+tcp://, or the port for TLS"
    for tool, uri, host, says, log in (
            (GODWIT, over_tcp, secure.host, "the server speaks TLS at this port; use qemu+tls://", no_tls),
            ("virsh", over_tcp, secure.host, NO_PACKET, no_tls),
            (GODWIT, over_tls, plain, "TLS handshake with '127.0.0.1' failed: the server closed the connection; "
                                      "is its port one for TLS?", no_plain),
            ("virsh", over_tls, plain, "TLS handshake failed", no_plain)):
        seen = len(host.log(last=0))
        with host.no_socket_left():
            refused(tool, uri, says)
        wait_until(lambda: log in host.log(last=0)[seen:], f"'{log}' in the daemon's log")


def test_silent_client(lab):
    """The daemon gives it up, not we."""
    pki = make_pki(lab)
    host = TlsHost(lab, "a", pki / "127.0.0.1")
    with host.host.no_socket_left(), socket.create_connection(("127.0.0.1", host.port)) as silent:
        silent.settimeout(30)
        expect(silent.recv(1) == b"", "a silent client is not dropped")
        host.said("handshake not over")
    run([GODWIT, "-c", host.uri(pki / "alice"), "list"])


def test_files_that_do_not_do(lab):
    """The daemon does not start, and names the file."""
    pki = make_pki(lab)
    other = make_pki(lab, "other")

    def start(change, *texts, options=()):
        root = lab.dir / "broken"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(pki / "127.0.0.1", root / "etc/pki")
        change(root / "etc/pki")
        p = subprocess.run([GODWITD, "--root", root, "--listen", "tls://127.0.0.1:0", *options], capture_output=True, text=True,
                           timeout=30)
        expect(p.returncode == 1, f"godwitd started: {p}")
        for text in texts:
            expect(text in p.stderr, f"'{text}' is not in {p.stderr}")

    start(lambda d: (d / "CA/cacert.pem").unlink(), "Cannot read CA certificate", "etc/pki/CA/cacert.pem", "No such file")
    start(lambda d: (d / "private/serverkey.pem").unlink(), "Cannot read private key", "serverkey.pem")
    start(lambda d: (d / "servercert.pem").write_text("no certificate"), "Cannot use server certificate", "servercert.pem")
    start(lambda d: shutil.copy(other / "CA/cacert.pem", d / "CA/cacert.pem"), "servercert.pem", "was not issued by a CA in")
    start(lambda d: shutil.copy(other / "127.0.0.1/private/serverkey.pem", d / "private/serverkey.pem"),
          "serverkey.pem", "does not belong to")
    start(lambda d: (d / "CA/cacrl.pem").write_text("no list"), "Cannot use CA revocation list", "CA/cacrl.pem")
    start(lambda d: None, "Cannot read CA revocation list '/nowhere/crl.pem'", options=["--tls-crl-file", "/nowhere/crl.pem"])
    start(lambda d: None, "TLS priority 'NONSENSE'", options=["--tls-priority", "NONSENSE"])


def test_peer_to_peer(lab):
    """The source daemon shows the certificate of its own root to the destination."""
    pki = make_pki(lab)
    a = TlsHost(lab, "a", pki / "127.0.0.1", ["--verbose"])
    b = TlsHost(lab, "b", pki / "127.0.0.1", ["--verbose"])
    guest = lab.guest()
    a.host.virsh("create", guest.file())
    guest.serial.wait_beats()
    for tool, src, dst in ("virsh", a, b), (GODWIT, b, a):
        run([tool, "-c", src.uri(pki / "alice"), "migrate", "--live", "--p2p", guest.name, dst.uri()])
        expect(dst.host.names() == [guest.name] and src.host.names() == [], "the guest is at the destination only")
        guest.serial.wait_beats()
    guest.serial.check_unbroken()
    shutil.rmtree(b.host.root / "etc/pki/CA")  # the destination runs on; as a source it has lost its papers
    a.host.virsh("destroy", guest.name)
    b.host.virsh("create", guest.file())
    result = run(["virsh", "-c", b.uri(pki / "alice"), "migrate", "--live", "--p2p", guest.name, a.uri()], check=False)
    expect(result.code != 0 and str(b.host.root / "etc/pki/CA/cacert.pem") in result.err, f"the missing file: {result}")
    a.host.check_clean()
    b.host.check_clean()


run_tests(globals())
