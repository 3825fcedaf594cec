# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon itself: memory, start, calls per second, and whether it still answers while many guests move."""
import contextlib
import os
import pathlib
import statistics
import threading
import time

import libvirt


def rss_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def start_to_reply(lab, count):
    """Milliseconds from exec to the first reply, and RSS then, with `count` definitions on disk."""
    host = lab.hosts.get("many") or lab.host("many")
    conn = libvirt.open(host.uri)
    have = len(conn.listAllDomains())
    template = lab.guest(name="template")
    for n in range(have, count):
        xml = template.xml(name=f"d{n}", uuid=f"00000000-0000-4000-8000-{n:012x}")
        conn.defineXML(xml)
    conn.close()
    host.kill(15)
    times = []
    for _ in range(5):
        began = time.monotonic()
        host.start()
        conn = libvirt.open(host.uri)
        names = conn.listAllDomains()
        times.append((time.monotonic() - began) * 1000)
        assert len(names) == count, f"{len(names)} of {count} definitions came back"
        rss = rss_mib(host.daemon.pid)
        conn.close()
        host.kill(15)
    host.start()
    return statistics.median(times), rss


@contextlib.contextmanager
def one_cpu(pid):
    """This process and that one share a CPU: a call's time is then theirs, not that of waking another core."""
    threads = [0] + [int(entry.name) for entry in pathlib.Path(f"/proc/{pid}/task").iterdir()]
    before = os.sched_getaffinity(0)

    def use(cpus):
        for thread in threads:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(thread, cpus)

    use({min(before)})
    try:
        yield
    finally:
        use(before)


def calls_per_second(dom, seconds=1.0):
    for _ in range(200):
        dom.state()
    began, n = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        for _ in range(100):
            dom.state()
        n += 100
    return n / (time.monotonic() - began)


def measure_calls(lab, daemons):
    """getState calls per second of one stock client; daemons: name -> (uri, pid)."""
    guest = lab.guest(name="asked")
    free, shared = ({name: [] for name in daemons} for _ in range(2))
    for _ in range(5):
        for name, (uri, pid) in daemons.items():
            conn = libvirt.open(uri)
            dom = conn.defineXML(guest.xml())
            free[name].append(calls_per_second(dom))
            with one_cpu(pid):
                shared[name].append(calls_per_second(dom))
            dom.undefine()
            conn.close()
    return tuple({name: statistics.median(v) for name, v in rates.items()} for rates in (free, shared))


def calls_line(rates):
    line = ", ".join(f"{name} {rate:.0f}/s" for name, rate in rates.items())
    return line + (f"  ({rates['godwit'] / rates['libvirt']:.2f} x libvirt)" if "libvirt" in rates else "")


def measure(lab, hosts, stock_hosts):
    out = {}
    fresh = lab.host("fresh")
    out["rss_idle_mib"] = rss_mib(fresh.daemon.pid)
    fresh.virsh("domcapabilities")
    out["rss_probed_mib"] = rss_mib(fresh.daemon.pid)
    out["start_ms_0"], out["rss_0_mib"] = start_to_reply(lab, 0)
    out["start_ms_1000"], out["rss_1000_mib"] = start_to_reply(lab, 1000)
    daemons = {"godwit": (hosts[0].uri, hosts[0].daemon.pid)}
    if stock_hosts:
        daemons["libvirt"] = (stock_hosts[0].uri, stock_hosts[0].pid)
    free, shared = measure_calls(lab, daemons)
    out["getstate_per_s"], out["getstate_per_s_one_cpu"] = free, shared
    if stock_hosts:
        out["getstate_ratio"] = free["godwit"] / free["libvirt"]
        out["getstate_ratio_one_cpu"] = shared["godwit"] / shared["libvirt"]
    print("\nThe daemon")
    print(f"  RSS idle {out['rss_idle_mib']:.1f} MiB, after the first probe of QEMU {out['rss_probed_mib']:.1f} MiB, "
          f"with 1000 domains {out['rss_1000_mib']:.1f} MiB")
    print(f"  start to first reply {out['start_ms_0']:.1f} ms, with 1000 domains {out['start_ms_1000']:.1f} ms")
    print(f"  getState over unix, one stock client: {calls_line(free)}")
    print(f"  ... with client and daemon on one CPU: {calls_line(shared)}", flush=True)
    return out


def measure_many(lab, hosts, count):
    """`count` guests migrated at once, while somebody else keeps asking for another guest's info."""
    guests = [lab.guest(name=f"m{n}", memory=64, hz=100) for n in range(count)]
    other = lab.guest(name="bystander", memory=32, hz=100)
    conns = [libvirt.open(h.uri) for h in hosts]
    doms = [conns[0].createXML(g.xml(), 0) for g in guests]
    bystander = libvirt.open(hosts[0].uri).createXML(other.xml(), 0)
    for g in guests:
        g.serial.wait_beats(5)
    stop, latency = threading.Event(), []

    def ask():
        while not stop.is_set():
            began = time.monotonic()
            bystander.info()
            latency.append((time.monotonic() - began) * 1000)
            stop.wait(0.005)

    asker = threading.Thread(target=ask)
    asker.start()
    failures = []

    def move(dom):
        try:
            dom.migrate3(conns[1], {}, libvirt.VIR_MIGRATE_LIVE)
        except libvirt.libvirtError as e:
            failures.append(str(e))

    began = time.monotonic()
    movers = [threading.Thread(target=move, args=(d,)) for d in doms]
    for t in movers:
        t.start()
    for t in movers:
        t.join()
    wall = time.monotonic() - began
    stop.set()
    asker.join()
    for g in guests:
        g.serial.wait_beats(5, connection=2)
        g.serial.check_unbroken()
    for dom in conns[1].listAllDomains():
        dom.destroy()
    bystander.destroy()
    latency.sort()
    out = {"guests": count, "wall_s": wall, "failures": failures, "getinfo_ms_median": statistics.median(latency),
           "getinfo_ms_max": latency[-1], "asked": len(latency)}
    print(f"\n{count} guests at once: {wall:.2f} s, {len(failures)} failures; getInfo meanwhile: median "
          f"{out['getinfo_ms_median']:.2f} ms, longest {out['getinfo_ms_max']:.2f} ms of {len(latency)}")
    for text in failures[:3]:
        print("  ", text)
    return out
