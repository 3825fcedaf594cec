#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same calls through our library and through libvirt's, on one daemon of ours, answer the same.

parity.py GODWITD OUR-PROGRAM THEIR-PROGRAM
"""
import difflib
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

godwitd, ours, theirs = sys.argv[1:]

# Where an answer of ours differs on purpose: the call, and why. Only the error's domain number differs in the first four.
DIFFERENT = {
    'virConnectDomainEventDeregisterAny(conn, 77)': 'libvirt names no domain in these four',
    'virConnectDomainEventDeregister(conn, ignore_lifecycle)': '',
    'virConnectDomainEventRegister(conn, ignore_lifecycle, NULL, NULL)': '',
    'virConnectRegisterCloseCallback(conn, ignore_close, NULL, NULL)': 'libvirt names the remote driver',
    'virConnectUnregisterCloseCallback(conn, other_close)': '',
    'virConnectUnregisterCloseCallback(conn, ignore_close)': '',
}

DOMAIN = """<domain type='qemu'><name>parity</name><memory>32768</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os></domain>"""


def blocks(output):
    """One entry per call; addresses and host ids blanked out."""
    output = re.sub(r'0x[0-9a-f]{6,}', 'ADDRESS', output)
    found = re.split(r'\n(?! )', output.strip())
    return ['\n'.join(line for line in block.split('\n') if not ('code ' in line and block.split(' = ')[0] in DIFFERENT))
            for block in found]


with tempfile.TemporaryDirectory(prefix='godwit-parity-') as root:
    with subprocess.Popen([godwitd, '--root', root], stdout=subprocess.PIPE, text=True) as daemon:
        try:
            if not daemon.stdout.readline().startswith('godwitd: ready'):
                sys.exit('the daemon did not start')
            uri = f'qemu+unix:///system?socket={root}/run/godwit-sock'
            (pathlib.Path(root) / 'parity.xml').write_text(DOMAIN, encoding='utf-8')
            subprocess.run(['virsh', '-q', '-c', uri, 'define', f'{root}/parity.xml'], check=True, timeout=60)
            answers = [blocks(subprocess.run([program, uri, uri + '-ro'], stdout=subprocess.PIPE, text=True, check=True,
                                             timeout=120).stdout) for program in (theirs, ours)]
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(30)

print(f'{len(answers[0])} calls')
difference = list(difflib.unified_diff(*answers, 'libvirt', 'godwit', lineterm='', n=0))
print('\n'.join(difference))
sys.exit(bool(difference))
