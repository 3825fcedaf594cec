#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every exported function has a documentation comment, next to a definition, that names it and says since when.

documented.py VERSION-SCRIPT SOURCE-DIR
"""
import pathlib
import re
import sys

script = re.sub(r'#.*', '', pathlib.Path(sys.argv[1]).read_text(encoding='utf-8'))
names = re.findall(r'^\s+((?:vir|godwit)\w+);', script, re.M)
source = ''.join(path.read_text(encoding='utf-8') for path in sorted(pathlib.Path(sys.argv[2]).glob('*.c')))
blocks = re.findall(r'/\*\*\n(.*?)\*/', source, re.S)

# own: the comment is this function's; shared: a comment that stands for several names them all
own = {re.match(r' \* (\w+):', block).group(1): block for block in blocks}
shared = {name for block in blocks for name in re.findall(r'(\w+)\(\)', block)}
problems = [f'{name} has no documentation' for name in names if name not in own and name not in shared]
for name, block in own.items():
    if 'Since:' not in block:
        problems.append(f'{name}: since when?')
    if name not in names:
        problems.append(f'{name} is documented, but not exported')
    if name not in own or name not in names:
        continue
    head = re.search(rf'^{name}\((.*?)\)\n\{{', source, re.S | re.M)
    arguments = re.findall(r'(\w+)(?:,|$)', head.group(1)) if head and head.group(1) != 'void' else []
    problems += [f'{name}: @{argument} is not explained' for argument in arguments if f'@{argument}:' not in block]

print(f'{len(names)} functions, {len(own)} comments')
print('\n'.join(problems))
sys.exit(bool(problems))
