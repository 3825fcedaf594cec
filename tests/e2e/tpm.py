#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest's TPM is made once, with endorsement keys and certificates, and goes where the guest goes. What a user loses
otherwise: attestation, or everything that was sealed to the TPM."""
import contextlib
import os
import shutil

from lab import Skip, expect, run_tests

TPM = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"
MADE = "EK certificate"  # what swtpm_setup says of each certificate that it has put into the TPM


def own_authority(host, tool="/usr/bin/swtpm_localca"):
    """The host's root has an authority of its own: the system's stays as it is."""
    etc, ca = host.root / "etc", host.root / "ca"
    ca.mkdir(parents=True)
    etc.mkdir(parents=True, exist_ok=True)
    (etc / "localca.conf").write_text(f"statedir = {ca}\nsigningkey = {ca}/key.pem\nissuercert = {ca}/cert.pem\ncertserial = {ca}/serial\n")
    (etc / "localca.options").write_text("--platform-manufacturer Test\n--platform-version 1\n--platform-model Test\n")
    (etc / "swtpm_setup.conf").write_text(f"create_certs_tool = {tool}\ncreate_certs_tool_config = {etc}/localca.conf\n"
                                          f"create_certs_tool_options = {etc}/localca.options\nactive_pcr_banks = sha256\n")


def need():
    for tool in ("swtpm", "swtpm_setup", "swtpm_localca"):
        if not shutil.which(tool):
            raise Skip(f"no {tool}")


def log_of(host, guest):
    return (host.root / f"log/qemu/{guest.name}.log").read_text(errors="replace")


def state_of(host, guest):
    return host.root / "lib/swtpm" / guest.uuid / "tpm2/tpm2-00.permall"


def test_made_at_the_first_start_and_moved_with_the_guest(lab):
    need()
    source, target = lab.pair()
    for host in (source, target):
        own_authority(host)
    guest = lab.guest(extra=TPM)
    source.virsh("define", guest.file())
    source.virsh("start", guest.name)
    guest.serial.wait_beats()
    expect(MADE in log_of(source, guest), f"no certificate was made: {log_of(source, guest)[-2000:]}")
    made, size = log_of(source, guest).count(MADE), state_of(source, guest).stat().st_size
    expect(size > 4000, f"{size} bytes are no TPM with certificates")
    source.virsh("destroy", guest.name)
    source.virsh("start", guest.name)
    guest.serial.wait_beats(connection=2)
    expect(log_of(source, guest).count(MADE) == made, "the TPM was made a second time")

    source.virsh("migrate", "--live", "--persistent", "--undefinesource", guest.name, target.uri)
    guest.serial.wait_beats(connection=3)
    expect(MADE not in log_of(target, guest), "the destination made a TPM of its own")
    expect(state_of(target, guest).stat().st_size > 4000, "the TPM arrived without its certificates")
    expect(not state_of(source, guest).exists(), "the source kept the TPM's secrets")
    target.virsh("destroy", guest.name)
    for host in (source, target):
        host.check_clean()


@contextlib.contextmanager
def path_of(*folders):
    before = os.environ["PATH"]
    os.environ["PATH"] = ":".join(map(str, folders))
    try:
        yield
    finally:
        os.environ["PATH"] = before


def test_without_swtpm_setup_the_start_says_what_to_install(lab):
    need()
    tools = lab.dir / "bin"
    tools.mkdir()
    for tool in ("swtpm", "qemu-system-x86_64", "qemu-img"):
        if shutil.which(tool):
            (tools / tool).symlink_to(shutil.which(tool))
    with path_of(tools):
        host = lab.host("a")
    guest = lab.guest(extra=TPM)
    result = host.virsh("create", guest.file(), check=False)
    expect(result.code == 1 and "'swtpm_setup'" in result.err and "swtpm-tools" in result.err, f"{result}")
    expect(host.names("--all") == [] and not state_of(host, guest).parent.exists(), "something is left")
    host.check_clean()


def test_a_tpm_that_cannot_be_made_leaves_nothing(lab):
    need()
    host = lab.host("a")
    own_authority(host, tool="/bin/false")
    guest = lab.guest(extra=TPM)
    for _ in range(2):
        result = host.virsh("create", guest.file(), check=False)
        expect(result.code == 1 and "swtpm_setup could not make the TPM" in result.err and "swtpm_setup.conf" in result.err, f"{result}")
        expect(not state_of(host, guest).parent.exists(), "a TPM without certificates is left")
    host.check_clean()


if __name__ == "__main__":
    run_tests(globals())
