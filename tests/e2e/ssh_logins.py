#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""qemu+libssh2: every way to log in, against a real sshd; in which order they are tried, what is asked, what a refusal says."""
import contextlib
import dataclasses
import os
import subprocess

from lab import GODWIT, answers, expect, run, run_tests, wait_until
from sshd import PASSWORD, Sshd, answered

PHRASE = "a key's own 'phrase'"


@dataclasses.dataclass
class Case:
    what: str
    auth: str                # ?sshauth=; "": not given
    key: str = None          # ?keyfile=
    agent: tuple = None      # keys that it holds; None: no agent
    answers: tuple = ()      # to what is asked; more questions than these get the end of the input
    asked: tuple = ()        # parts of the questions, in this order; nothing else is asked
    refusal: str = None      # None: let in


BY_KEY = [
    Case("agent", "agent", agent=("user-key",)),
    Case("agent, the right key is the second", "agent", agent=("other-key", "user-key")),
    Case("agent with other people's keys", "agent", agent=("other-key",),
         refusal="agent: All identities provided by the SSH Agent were rejected"),
    Case("agent without keys", "agent", agent=(), refusal="agent: SSH Agent did not provide any authentication identity"),
    Case("no agent", "agent", refusal="agent: Failed to connect to ssh agent"),
    Case("key file", "privkey", "user-key"),
    Case("key file of others", "privkey", "other-key", refusal="other-key: "),
    Case("key file that is none", "privkey", "authorized", answers=("x",), asked=("Passphrase for key",),
         refusal="authorized: "),
    Case("key file with passphrase", "privkey", "locked-key", answers=(PHRASE,), asked=("Passphrase for key",)),
    Case("wrong passphrase", "privkey", "locked-key", answers=("sesame",), asked=("Passphrase for key",),
         refusal="locked-key: "),
    Case("passphrase that nobody tells", "privkey", "locked-key", asked=("Passphrase for key",), refusal="locked-key: "),
    Case("the user's default key", "privkey"),
    Case("first the agent, then the file", "agent,privkey", "user-key", agent=("other-key",)),
    Case("first the file, then the agent", "privkey,agent", "locked-key", agent=("user-key",), asked=("Passphrase for key",)),
    Case("all that there are, by default", "", "user-key"),
    Case("a method that the host does not offer", "password", asked=(),
         refusal="None of the requested authentication methods are supported by the server"),
    Case("a method that does not exist", "privkey,telepathy", "user-key",
         refusal="Invalid authentication method: 'telepathy'"),
]
QUESTION = "Password for walker@127.0.0.1"
BY_PASSWORD = [
    Case("password", "password", answers=(PASSWORD,), asked=(QUESTION,)),
    Case("wrong password", "password", answers=("sesame",), asked=(QUESTION,), refusal="rejected by the server"),
    Case("password that nobody tells", "password", asked=(QUESTION,), refusal="password: nobody to ask for it"),
    Case("first the key, then the password", "privkey,password", "other-key", answers=(PASSWORD,), asked=(QUESTION,)),
    Case("first the password, then the key", "password,privkey", "user-key", answers=("sesame",), asked=(QUESTION,)),
    Case("with the key no password is asked for", "privkey,password", "user-key"),
    Case("by default a password comes last", "", "other-key", answers=(PASSWORD,), asked=(QUESTION,)),
    Case("keyboard-interactive is not offered", "keyboard-interactive",
         refusal="None of the requested authentication methods are supported by the server"),
]
BY_KEYBOARD = [
    Case("keyboard-interactive", "keyboard-interactive", answers=(PASSWORD,), asked=("Password:",)),
    Case("wrong answer", "keyboard-interactive", answers=("sesame",), asked=("Password:",), refusal="rejected by the server"),
    Case("no answer", "keyboard-interactive", asked=("Password:",), refusal="rejected by the server"),
    Case("first the key, then the keyboard", "privkey,keyboard-interactive", "other-key", answers=(PASSWORD,),
         asked=("Password:",)),
]


@contextlib.contextmanager
def agent(lab, keys):
    """What the environment must have for an agent with these keys."""
    if keys is None:
        yield {}
        return
    path = lab.dir / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(path), "the agent listens")
        env = {"SSH_AUTH_SOCK": str(path)}
        for key in keys:
            run(["ssh-add", "-q", lab.dir / key], env=dict(os.environ, **env))
        yield env
    finally:
        process.terminate()
        process.wait()
        path.unlink(missing_ok=True)


def check_case(lab, case, uri):
    env = {k: v for k, v in os.environ.items() if not k.startswith("SSH_")}
    with agent(lab, case.agent) as found:
        env.update(found, HOME=str(lab.dir / "home"))
        code, said = answered([GODWIT, "-c", uri, "hostname"], "".join(f"{a}\n" for a in case.answers), env=env)
    result = f"{case.what}: {code}: {said}"
    if case.refusal is None:
        expect(code == 0, f"not let in: {result}")
    else:
        expect(code == 1 and case.refusal in said, f"no '{case.refusal}': {result}")
    expect(said.count(QUESTION) + said.count("Passphrase for key") + said.count("Password:") == len(case.asked),
           f"asked something else than {case.asked}: {result}")
    for question in case.asked:
        expect(question in said, f"'{question}' was not asked: {result}")
    expect(all(a not in said for a in (PASSWORD, PHRASE)), f"a secret was shown: {result}")
    print(f"  {case.what}: {'let in' if case.refusal is None else 'refused'}", flush=True)


def check_all(lab, cases, pam=None):
    a = lab.host("a")
    with a.no_socket_left(), Sshd(lab, pam=pam) as sshd:
        sshd.authorize_locked_key(PHRASE)
        ours = lab.dir / "home/.ssh"
        ours.mkdir(parents=True)
        (ours / "id_ed25519").write_text((lab.dir / "user-key").read_text())
        (ours / "id_ed25519").chmod(0o600)
        for case in cases:
            auth = f"&sshauth={case.auth}" if case.auth else ""
            uri = sshd.uri("libssh2", a.socket, key=case.key, auth=auth, extra="&proxy=netcat")
            check_case(lab, case, uri)


def test_keys_and_agent(lab):
    check_all(lab, BY_KEY)


def test_passwords(lab):
    check_all(lab, BY_PASSWORD, pam=False)


def test_keyboard_interactive(lab):
    check_all(lab, BY_KEYBOARD, pam=True)


if __name__ == "__main__":
    run_tests(globals())
