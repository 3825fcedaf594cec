#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns the golden lists of constants and structs into C that compiles only when the headers agree with them.

gen-checks.py constants.txt structs.txt > checks.c
"""
import sys


def rows(path):
    with open(path, encoding='utf-8') as f:
        for line in f:
            if not line.startswith('#'):
                yield line.rstrip('\n').split(' ', 1)


def check(condition, what):
    print(f'_Static_assert({condition}, "{what}");')


def main(constants, structs):
    print('#define VIR_ENUM_SENTINELS\n#include <stddef.h>\n#include <libvirt/libvirt.h>\n'
          '#include <libvirt/virterror.h>')
    for name, value in rows(constants):
        if value.startswith('"'):
            check(f'__builtin_strcmp({name}, {value}) == 0', name)
        else:
            check(f'{name} == {value}', name)
    for name, numbers in rows(structs):
        if '.' in name:
            struct, member = name.split('.', 1)
            offset, size = numbers.split()
            check(f'offsetof({struct}, {member}) == {offset}', name)
            check(f'sizeof((({struct} *)0)->{member}) == {size}', name)
        else:
            check(f'sizeof({name}) == {numbers}', name)
    print('int main(void) { return 0; }')


main(*sys.argv[1:])
