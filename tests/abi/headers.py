#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each public header compiles alone, as strict C99 and as C++, with all warnings.

headers.py INCLUDE-DIR COMPILER...     (a C++ compiler's name has a + in it)
"""
import pathlib
import subprocess
import sys

include = pathlib.Path(sys.argv[1])
failed = 0
for header in sorted(include.glob('*/*.h')):
    name = header.relative_to(include)
    for compiler in sys.argv[2:]:
        lang = ['-xc++', '-std=c++11'] if '+' in compiler else ['-xc', '-std=c99', '-Wstrict-prototypes']
        run = subprocess.run([compiler, *lang, '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-I', str(include), '-'],
                             input=f'#include <{name}>\n#include <{name}>\n', text=True, capture_output=True, check=False)
        ok = run.returncode == 0
        failed += not ok
        print(f'{"ok" if ok else "FAIL":4} {compiler} {name}')
        sys.stderr.write(run.stderr)
sys.exit(failed > 0)
