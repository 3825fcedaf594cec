#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our client and a stock libvirtd over TLS: the same ways of being wrong as against our own daemon (tests/e2e/tls.py),
and a guest that a godwitd sends there peer-to-peer, with the certificate of its own host."""
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from lab import GODWIT, expect, free_ports, run, run_tests, wait_until  # noqa: E402
from mixed import closing, libvirtd, needs_libvirtd  # noqa: E402
from tls_cases import ALLOWED, CASES, REFUSED, SERVERS, Outfits  # noqa: E402

UNACCEPTED = "it did not accept our certificate '{own}'"


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def libvirtd_with(lab, kind, pki):
    """With the files of one kind of server."""
    port = free_ports(1)
    conf = (f'listen_tls = 1\nlisten_tcp = 0\nlisten_addr = "127.0.0.1"\ntls_port = "{port}"\nauth_tls = "none"\n'
            f'ca_file = "{pki}/CA/cacert.pem"\ncert_file = "{pki}/servercert.pem"\nkey_file = "{pki}/private/serverkey.pem"\n'
            f'tls_no_sanity_certificate = 1\ntls_allowed_dn_list = ["{ALLOWED}"]\n')
    if (pki / "CA/cacrl.pem").exists():
        conf += f'crl_file = "{pki}/CA/cacrl.pem"\n'
    daemon = libvirtd(lab, kind, libvirtd_conf=conf)
    wait_until(lambda: accepts(port), f"libvirtd '{kind}' listens for TLS", 30)  # later than on its unix socket
    daemon.tls_uri = f"qemu+tls://127.0.0.1:{port}/system"
    return daemon


def check_case(outfits, case, daemon, pki):
    query = "&".join(filter(None, [f"pkipath={outfits.client(case.client)}", case.query]))
    result = run([GODWIT, "-c", f"{daemon.tls_uri}?{query}", "uri"], check=False, timeout=40)
    if case.godwit is None:
        expect(result.code == 0, f"{case.what}: {result}")
        return
    # libvirtd sends no alert when it refuses: it closes.
    says = [case.godwit, UNACCEPTED] if case.godwit == REFUSED else [case.godwit]
    texts = [outfits.text(case, text, pki) for text in says]
    expect(result.code != 0 and any(text in result.err for text in texts), f"{case.what}: none of {texts} in {result}")


@closing
def test_who_is_let_in(lab):
    needs_libvirtd()
    outfits = Outfits(lab.dir)
    for kind in SERVERS:
        daemon = libvirtd_with(lab, kind, outfits.server(kind))
        for case in CASES:
            if case.server == kind:
                check_case(outfits, case, daemon, outfits.server(kind))
                print(f"  {case.what}: {'refused' if case.godwit else 'let in'}", flush=True)


@closing
def test_a_guest_goes_there(lab):
    """managed by our client, then peer-to-peer by our daemon, and back by libvirt's daemon"""
    needs_libvirtd()
    outfits = Outfits(lab.dir)
    theirs = libvirtd_with(lab, "good", outfits.server("good"))
    pki = outfits.server("good")
    for file, place in (("clientcert.pem", pki), ("clientkey.pem", pki / "private")):
        (place / file).write_bytes((outfits.client("alice") / file).read_bytes())
    outfits.install("good", lab.dir / "ours")
    port = free_ports(1)
    ours = lab.host("ours", options=["--listen", f"tls://127.0.0.1:{port}"])
    ours_uri, alice = f"qemu+tls://127.0.0.1:{port}/system", outfits.client("alice")
    guest = lab.guest()
    ours.virsh("create", guest.file())
    guest.serial.wait_beats()

    def move(source, target, *options):
        run([GODWIT, "-c", f"{source}?pkipath={alice}", "migrate", "--live", guest.name, *options, target])
        guest.serial.wait_beats(connection=guest.serial.connections())
        guest.serial.check_unbroken()

    move(ours_uri, f"{theirs.tls_uri}?pkipath={alice}")
    move(theirs.tls_uri, f"{ours_uri}?pkipath={alice}", "--p2p")
    move(ours_uri, theirs.tls_uri, "--p2p")
    run([GODWIT, "-c", f"{theirs.tls_uri}?pkipath={alice}", "destroy", guest.name])
    ours.check_clean()


if __name__ == "__main__":
    run_tests(globals())
