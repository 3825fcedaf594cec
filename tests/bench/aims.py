# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is aimed at, figure by figure, and whether this run reached it."""


def of(table, row, column):
    return lambda out: out[table][row][column]


def over_native(out):
    """The tunnel's throughput beside that of the same daemons' own connection."""
    return out["filled"]["godwit p2p"]["wall_ms"] / out["filled"]["godwit tunnel"]["wall_ms"]


# what, how it is read from the figures, the aim, True: at least, False: at most
AIMS = [
    ("idle guest, direct: wall, x bare", of("idle", "godwit direct", "wall_ratio"), 1.3, False),
    ("idle guest, p2p: wall, x bare", of("idle", "godwit p2p", "wall_ratio"), 1.3, False),
    ("idle guest, direct: pause, x bare", of("idle", "godwit direct", "pause_ratio"), 1.2, False),
    ("idle guest, TLS: wall, x bare TLS", of("idle", "godwit tls", "wall_ratio"), 1.3, False),
    ("filled guest, TLS: wall, x bare TLS", of("filled", "godwit tls", "wall_ratio"), 1.0, False),
    ("filled guest, tunnel: throughput, x p2p", over_native, 0.85, True),
    ("filled guest, tunnel: throughput, x bare", lambda out: 1 / out["filled"]["godwit tunnel"]["wall_ratio"], 0.85, True),
    ("filled guest, tunnel: daemon CPU, s/GiB", of("filled", "godwit tunnel", "cpu_s_per_run"), 0.5, False),
    ("guest 02: Prepare, x bare", lambda out: out["prepare"]["ratio"], 1.3, False),
    ("RSS idle, MiB", lambda out: out["daemon"]["rss_idle_mib"], 12, False),
    ("RSS after the first probe, MiB", lambda out: out["daemon"]["rss_probed_mib"], 12, False),
    ("RSS with 1000 definitions, MiB", lambda out: out["daemon"]["rss_1000_mib"], 20, False),
    ("start to first reply, ms", lambda out: out["daemon"]["start_ms_0"], 15, False),
    ("... with 1000 definitions, ms", lambda out: out["daemon"]["start_ms_1000"], 100, False),
    ("getState over unix, x libvirt", lambda out: out["daemon"]["getstate_ratio"], 2, True),
    ("... on one CPU, x libvirt", lambda out: out["daemon"]["getstate_ratio_one_cpu"], 2, True),
    ("longest getInfo while many move, ms", lambda out: out["many"]["getinfo_ms_max"], 50, False),
]


def show(out):
    print("\nAims (what was not measured is left out)")
    for what, read, aim, at_least in AIMS:
        try:
            value = read(out)
        except KeyError:
            continue
        reached = value >= aim if at_least else value <= aim
        print(f"  {what:45}{value:9.2f}  {'>=' if at_least else '<='} {aim:<6g} {'reached' if reached else 'NOT reached'}")
