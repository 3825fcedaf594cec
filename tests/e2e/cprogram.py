#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A C program written for libvirt builds against the installed Godwit with pkg-config, unchanged, and migrates."""
import os
import subprocess

from lab import BUILD, TOP, Skip, expect, run, run_tests

SOURCE = TOP / "tests/e2e/program.c"


def build(lab, package, env):
    flags = run(["pkg-config", "--cflags", "--libs", package], env=env).out.split()
    program = lab.dir / f"program-{package}"
    run(["gcc", "-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type", "-o", program, SOURCE, *flags, "-pthread"])
    return program


def migrate_with(lab, program, env):
    a, b = lab.pair()
    guest = lab.guest()
    result = run([program, a.uri, b.uri, guest.file()], env=env)
    expect("beat runs at the destination: state 1 reason 2, id known" in result.out, repr(result))
    guest.serial.check_unbroken()
    a.check_clean()
    b.check_clean()


def test_against_our_library_as_installed(lab):
    if os.environ.get("GODWIT_TEST_SLACK"):
        raise Skip("a sanitizer's library cannot be linked into a plain program")
    where = lab.dir / "installed"
    run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", where])
    (pc,) = where.rglob("godwit.pc")
    env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent), PKG_CONFIG_SYSROOT_DIR=str(where))
    program = build(lab, "godwit", env)
    needed = run(["readelf", "-d", program]).out
    expect("libgodwit.so.0" in needed and "libvirt.so" not in needed, f"linked with the wrong library: {needed}")
    libdir = next(where.rglob("libgodwit.so.0")).parent
    migrate_with(lab, program, dict(os.environ, LD_LIBRARY_PATH=str(libdir)))


def test_against_stock_library(lab):
    if subprocess.run(["pkg-config", "--exists", "libvirt"]).returncode:
        raise Skip("no libvirt-dev")
    migrate_with(lab, build(lab, "libvirt", None), None)


run_tests(globals())
