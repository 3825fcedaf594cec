#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the library exports is what the version script says, under libvirt's version nodes, and declared in a header.

exports.py LIBRARY VERSION-SCRIPT SYMBOLS NODES INCLUDE-DIR
"""
import pathlib
import re
import subprocess
import sys

library, script, symbols, nodes, include = sys.argv[1:]
problems = []


def rows(path):
    return [line.split() for line in pathlib.Path(path).read_text(encoding='utf-8').splitlines()
            if line and not line.startswith('#')]


def read_script(path):
    """{name: node}, and [(node, parent)] in order."""
    text = re.sub(r'#.*', '', pathlib.Path(path).read_text(encoding='utf-8'))
    names, order = {}, []
    for node, body, parent in re.findall(r'(\w+(?:\.\w+)*) \{(.*?)\}\s*(\S*?);', text, re.S):
        order.append((node, parent))
        for name in re.findall(r'(\w+);', body.split('local:')[0]):
            names[name] = node
    return names, order


def read_library(path):
    out = subprocess.run(['nm', '-D', '--defined-only', path], text=True, capture_output=True, check=True).stdout
    return dict(re.findall(r' [TDBR] (\w+)@@(\S+)', out)), re.findall(r' [TDBRW] (\w+)$', out, re.M)


wanted, order = read_script(script)
exported, unversioned = read_library(library)
theirs = dict(rows(symbols))
their_nodes = [row[0] for row in rows(nodes)]

problems += [f'{name} is exported, but not in the version script' for name in exported.keys() - wanted.keys()]
problems += [f'{name} is in the version script, but not exported' for name in wanted.keys() - exported.keys()]
problems += [f'{name} is exported without a version' for name in unversioned]
for name, node in wanted.items():
    if exported.get(name, node) != node:
        problems.append(f'{name} is exported in {exported[name]}, not in {node}')
    if name.startswith('vir') and theirs.get(name) != node:
        problems.append(f'{name} is in {node}; libvirt has it in {theirs.get(name)}')

ours = [node for node, _ in order if node.startswith('LIBVIRT')]
if ours != [node for node in their_nodes if node in ours]:
    problems.append('the version nodes are not in libvirt\'s order')
for (node, parent), (before, _) in zip(order[1:], order):
    if parent != before:
        problems.append(f'{node} inherits from {parent or "nothing"}, not from {before}')

declared = ''.join(path.read_text(encoding='utf-8') for path in pathlib.Path(include).glob('*/*.h'))
problems += [f'{name} is exported, but no header declares it' for name in wanted
             if not re.search(rf'\b{name}\b', declared)]
problems += [f'{name} is declared, but not exported' for name in sorted(theirs.keys() - wanted.keys())
             if re.search(rf'\b{name}\(', declared)]

print(f'{len(exported)} symbols in {len(order)} nodes')
print('\n'.join(problems))
sys.exit(bool(problems))
