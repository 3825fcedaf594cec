# SPDX-License-Identifier: LGPL-2.1-or-later
"""Moves of one guest, way by way, in alternation. Each move has a guest of its own that is alone on the machine."""
import statistics

import ways


def rows_for(lab, wanted, hosts, stock_hosts, creds):
    """Bare QEMU first: the others are measured against it."""
    rows = [ways.Bare(lab)] + ([ways.Bare(lab, creds)] if "tls" in wanted else [])
    daemons = [("godwit", [h.uri for h in hosts], [h.daemon.pid for h in hosts])]
    if stock_hosts:
        daemons.append(("libvirt", [h.uri for h in stock_hosts], [h.pid for h in stock_hosts]))
    return rows + [ways.Daemons(name, way, uris, pids) for name, uris, pids in daemons for way in wanted]


def one_move(lab, row, guest_options):
    guest = lab.guest(name=row.name.replace(" ", "-"), **guest_options)
    cpu = row.cpu()
    row.boot(guest)
    try:
        guest.serial.wait(0, lambda ps: b"#ready" in b"".join(d for _, _, d in ps), "guest ready", 120)
        guest.serial.wait_beats(50)
        cpu = row.cpu()
        seconds = row.move()
        guest.serial.wait_beats(20, connection=2)
        cpu = row.cpu() - cpu
        pause = guest.serial.pause()
        guest.serial.check_unbroken()
    finally:
        row.end()
    return {"wall_ms": seconds * 1000, "pause_ms": pause * 1000, "cpu_s": cpu}


def summary(moves, mib):
    wall = statistics.median(m["wall_ms"] for m in moves)
    return {"wall_ms": wall, "pause_ms": statistics.median(m["pause_ms"] for m in moves),
            "mib_per_s": mib / wall * 1000 if mib else None,
            "cpu_s_per_run": sum(m["cpu_s"] for m in moves) / len(moves), "all": moves}


def measure(lab, title, guest_options, mib, runs, rows):
    moves = {row.name: [] for row in rows}
    for number in range(runs + 1):  # the first is a warm-up
        for row in rows:
            figures = one_move(lab, row, guest_options)
            if number:
                moves[row.name].append(figures)
    out = {name: summary(m, mib) for name, m in moves.items()}
    print(f"\n{title}: median of {runs} moves each, in alternation")
    print(f"{'':15}{'wall ms':>10}{'x bare':>8}{'pause ms':>10}{'x bare':>8}{'MiB/s':>8}{'daemon CPU s/move':>19}")
    for row in rows:
        r, floor = out[row.name], out[row.reference]
        r["wall_ratio"], r["pause_ratio"] = r["wall_ms"] / floor["wall_ms"], r["pause_ms"] / floor["pause_ms"]
        rate = f"{r['mib_per_s']:.0f}" if r["mib_per_s"] else "-"
        print(f"{row.name:15}{r['wall_ms']:10.1f}{r['wall_ratio']:8.2f}{r['pause_ms']:10.2f}{r['pause_ratio']:8.2f}{rate:>8}"
              f"{r['cpu_s_per_run']:19.4f}", flush=True)
    return out
