#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Is it the right host? Every policy with every kind of key that a host may show, over qemu+ssh and qemu+libssh2."""
import concurrent.futures
import dataclasses
import os

from lab import GODWIT, expect, run, run_tests
from ssh import TRANSPORTS
from sshd import Sshd, answered

CHANGED = ("Host key verification failed", "HOST KEY VERIFICATION FAILED")
UNKNOWN = ("Host key verification failed", "was not accepted")
OTHER_KIND = ("Host key verification failed", "keys of other kinds")


@dataclasses.dataclass
class Case:
    policy: str          # ?known_hosts_verify=
    what: str            # of KNOWN: what the file has of the host
    refusal: tuple = ()  # what ssh says, what libssh2 says; empty: let in
    added: tuple = ()    # transports that then write the key into the file


# Keys in the file; the host shows host-key.
KNOWN = {"known": ("host-key",), "unknown": (), "changed": ("other-key",), "other kind": ("other-key.ecdsa",),
         "known, and an older one": ("other-key.ecdsa", "host-key")}
CASES = [
    Case("", "known"), Case("", "unknown", UNKNOWN), Case("", "changed", CHANGED), Case("", "other kind", OTHER_KIND),
    Case("normal", "known"), Case("normal", "unknown", UNKNOWN), Case("normal", "changed", CHANGED),
    Case("normal", "other kind", OTHER_KIND), Case("normal", "known, and an older one"),
    Case("auto", "known"), Case("auto", "unknown", added=TRANSPORTS), Case("auto", "changed", CHANGED),
    Case("auto", "other kind", OTHER_KIND), Case("auto", "known, and an older one"),
    Case("ignore", "known"), Case("ignore", "unknown", added=("ssh",)),  # so does OpenSSH when it is to ask nothing
    Case("ignore", "changed"), Case("ignore", "other kind"),
]


def connect(sshd, host, transport, known, policy="", answers="", **kw):
    """Exit status, and all that was said."""
    extra = "&proxy=netcat" + (f"&known_hosts_verify={policy}" if policy else "")
    return answered([GODWIT, "-c", sshd.uri(transport, host.socket, known=known, extra=extra), "hostname"], answers, **kw)


def line_of(sshd, key="host-key"):
    return sshd.hosts_file("line", key).read_text()


def keys_in(text):
    """Without the names, which OpenSSH may have hashed."""
    return [line.split()[1:] for line in text.splitlines()]


def check_case(sshd, host, case, transport):
    file = sshd.hosts_file("file", *KNOWN[case.what])
    expected = keys_in(file.read_text() + (line_of(sshd) if transport in case.added else ""))
    code, said = connect(sshd, host, transport, file, case.policy)
    result = f"{case.policy or 'by default'}, {case.what}, {transport}: {code}: {said}"
    if case.refusal:
        text = case.refusal[TRANSPORTS.index(transport)]
        expect(code == 1 and text in said, f"no '{text}': {result}")
    else:
        expect(code == 0, f"not let in: {result}")
    expect(keys_in(file.read_text()) == expected, f"the file of known hosts is now:\n{file.read_text()}{result}")


def test_policies(lab):
    a = lab.host("a")
    with a.no_socket_left(), Sshd(lab) as sshd:
        for key in ("other-key", "other-key.ecdsa"):
            sshd.make_key(key)
        for case in CASES:
            for transport in TRANSPORTS:
                check_case(sshd, a, case, transport)
            print(f"  {case.policy or 'by default'}, {case.what}: {'refused' if case.refusal else 'let in'}", flush=True)


def test_the_kind_that_is_known(lab):
    """A host with keys of several kinds is asked for the one that is known."""
    a = lab.host("a")
    with Sshd(lab, host_keys=("host-key", "host-key.ecdsa")) as sshd:
        for key in ("host-key", "host-key.ecdsa"):
            for transport in TRANSPORTS:
                code, said = connect(sshd, a, transport, sshd.hosts_file("file", key))
                expect(code == 0, f"{key}, {transport}: {said}")


def test_hashed_names(lab):
    a = lab.host("a")
    with Sshd(lab) as sshd:
        for key in ("host-key", "other-key"):
            file = sshd.hosts_file("hashed", key)
            run(["ssh-keygen", "-q", "-H", "-f", file])
            expect("127.0.0.1" not in file.read_text(), "the names are hashed")
            code, said = connect(sshd, a, "libssh2", file)
            expect(code == (0 if key == "host-key" else 1) and (code == 0 or CHANGED[1] in said), f"{key}: {said}")


def test_the_user_is_asked(lab):
    """Once: what was accepted is known from then on; without a file in the URI it is the user's own."""
    a = lab.host("a")
    with Sshd(lab) as sshd:
        env = dict(os.environ, HOME=str(lab.dir / "home"))
        file = lab.dir / "home/.ssh/known_hosts"
        for answer in ("n\n", "\n", ""):
            code, said = connect(sshd, a, "libssh2", "", "normal", answer, env=env)
            expect(code == 1 and "(y/n)?" in said and UNKNOWN[1] in said and not file.exists(), f"{answer!r}: {said}")
        code, said = connect(sshd, a, "libssh2", "", "normal", "y\n", env=env)
        expect(code == 0 and file.read_text() == line_of(sshd), f"{said}")
        code, said = connect(sshd, a, "libssh2", "", "normal", env=env)
        expect(code == 0 and "(y/n)?" not in said, f"{said}")


def test_what_is_written(lab):
    """The file is made for its user alone; what it had stays, whole; a file that is of no use is named."""
    a = lab.host("a")
    with Sshd(lab) as sshd:
        new, cut = lab.dir / "deep/er/known", lab.dir / "cut"
        code, said = connect(sshd, a, "libssh2", new, "auto")
        expect(code == 0 and new.stat().st_mode & 0o777 == 0o600 and new.parent.stat().st_mode & 0o777 == 0o700, said)

        cut.write_text("# of another editor\nelsewhere ssh-ed25519 AAAA")  # without a line's end
        cut.chmod(0o644)
        code, said = connect(sshd, a, "libssh2", cut, "auto")
        expect(code == 0 and cut.read_text() == "# of another editor\nelsewhere ssh-ed25519 AAAA\n" + line_of(sshd),
               f"{said}: {cut.read_text()}")
        expect(cut.stat().st_mode & 0o777 == 0o644, "the file's mode is its owner's affair")

        code, said = connect(sshd, a, "libssh2", f"{cut}/known", "auto")
        expect(code == 1 and f"'{cut}/known': Not a directory" in said, f"{said}")

        code, said = connect(sshd, a, "libssh2", lab.dir, "auto")
        expect(code == 1 and f"unable to load knownhosts file '{lab.dir}'" in said, f"{said}")

        crowd = lab.dir / "crowd"
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            codes = list(pool.map(lambda _: connect(sshd, a, "libssh2", crowd, "auto")[0], range(6)))
        expect(codes == [0] * 6 and set(crowd.read_text().splitlines(True)) == {line_of(sshd)}, crowd.read_text())


if __name__ == "__main__":
    run_tests(globals())
