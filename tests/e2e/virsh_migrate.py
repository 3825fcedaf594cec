#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stock virsh migrates a beating guest between two godwitds, with every option of managed direct migration."""
import re
import subprocess

from lab import expect, run_tests, wait_until


def start(lab, host, define=False, **kw):
    guest = lab.guest(**kw)
    if define:
        host.virsh("define", guest.file())
        host.virsh("start", guest.name)
    else:
        host.virsh("create", guest.file())
    guest.serial.wait_beats()
    return guest


def landed(guest, a, b, name=None):
    """The guest beats on b and only there; no beat was lost and no memory went stale."""
    guest.serial.wait_beats(connection=guest.serial.connections())
    guest.serial.check_unbroken()
    expect(b.state(name or guest.name) == "running", f"{guest.name} does not run on {b.name}")
    expect((name or guest.name) not in a.names(), f"{guest.name} still runs on {a.name}")
    a.check_clean()
    b.check_clean()


def move(a, b, guest, *options, **kw):
    return a.virsh("migrate", "--live", *options, guest.name, b.uri, **kw)


def test_live_verbose_and_back(lab):
    a, b = lab.pair()
    guest = start(lab, a, working_set=8, rate=8, fill=8)
    result = move(a, b, guest, "--verbose")
    expect("Migration: [100 %]" in result.out + result.err, f"no progress line: {result}")
    landed(guest, a, b)
    expect(b.virsh("domstate", "beat", "--reason").out.strip() == "running (migrated)", "reason at the destination")
    move(b, a, guest)
    landed(guest, b, a)


def test_over_tcp_connections(lab):
    a, b = lab.pair(tcp=True)
    guest = start(lab, a)
    from lab import run
    run(["virsh", "-c", a.tcp_uri, "migrate", "--live", "beat", b.tcp_uri])
    landed(guest, a, b)


def test_persistent_undefinesource(lab):
    a, b = lab.pair()
    guest = start(lab, a, define=True)
    move(a, b, guest, "--persistent", "--undefinesource")
    landed(guest, a, b)
    expect(a.names("--all") == [], "the source kept a definition")
    expect(re.search(r"Persistent:\s+yes", b.virsh("dominfo", "beat").out), "not persistent at the destination")


def test_suspend_leaves_it_paused(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    move(a, b, guest, "--suspend")
    expect(b.virsh("domstate", "beat", "--reason").out.startswith("paused"), "not paused")
    b.virsh("resume", "beat")
    landed(guest, a, b)


def test_paused_guest_stays_paused(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    a.virsh("suspend", "beat")
    move(a, b, guest)
    expect(b.state("beat") == "paused", "a paused guest was started by its move")
    b.virsh("resume", "beat")
    landed(guest, a, b)


def test_dname_and_xml(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    text = a.virsh("dumpxml", "--migratable", "beat").out.replace("</name>", "</name>\n  <title>moved</title>")
    path = lab.dir / "target.xml"
    path.write_text(text)
    move(a, b, guest, "--dname", "other", "--xml", path)
    landed(guest, a, b, "other")
    expect("<title>moved</title>" in b.virsh("dumpxml", "other").out, "--xml was not used")


def test_xml_with_another_machine_is_refused(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    text = a.virsh("dumpxml", "--migratable", "beat").out.replace("<vcpu placement='static'>1", "<vcpu placement='static'>2")
    path = lab.dir / "target.xml"
    path.write_text(text)
    refused = move(a, b, guest, "--xml", path, check=False)
    expect(refused.code == 1 and "does not match source" in refused.err, repr(refused))
    guest.serial.wait_beats()
    expect(b.names("--all") == [], "something was left at the destination")


def test_options_one_by_one(lab):
    a, b = lab.pair()
    guest = start(lab, a, working_set=4, rate=4)
    hosts = [a, b]
    for options in (["--bandwidth", "500"], ["--auto-converge"],
                    ["--auto-converge", "--auto-converge-initial", "30", "--auto-converge-increment", "20"],
                    ["--compressed"], ["--comp-methods", "xbzrle", "--comp-xbzrle-cache", "16777216"],
                    ["--parallel"], ["--parallel", "--parallel-connections", "4"], ["--abort-on-error"],
                    ["--change-protection"], ["--unsafe"], ["--listen-address", "127.0.0.1"],
                    ["--migrateuri", f"tcp://127.0.0.1:{lab.ports + 60}"], ["--migrateuri", "tcp://127.0.0.1"]):
        source, target = hosts
        move(source, target, guest, *options)
        landed(guest, source, target)
        hosts.reverse()


def test_not_live(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    a.virsh("migrate", "beat", b.uri)
    landed(guest, a, b)


def test_offline(lab):
    a, b = lab.pair()
    guest = lab.guest()
    a.virsh("define", guest.file())
    a.virsh("migrate", "--offline", "--persistent", "--undefinesource", "beat", b.uri)
    expect(b.names("--all") == ["beat"] and a.names("--all") == [], "definition did not move")
    refused = b.virsh("migrate", "--offline", "beat", a.uri, check=False)
    expect("offline migration must be specified with the persistent flag set" in refused.err, repr(refused))


def slow(lab, a, b, *options):
    """A migration that cannot finish by itself: 32 MiB written at 16 MiB/s against a limit of 4 MiB/s."""
    guest = start(lab, a, memory=96, working_set=32, rate=16)
    move = subprocess.Popen(["virsh", "-c", a.uri, "migrate", "--live", "--verbose", "--bandwidth", "4", *options, "beat", b.uri],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    wait_until(lambda: "Unbounded" in a.virsh("domjobinfo", "beat", check=False).out, "job shown as running")
    return guest, move


def test_abort_during(lab):
    a, b = lab.pair()
    guest, job = slow(lab, a, b)
    info = a.virsh("domjobinfo", "beat").out
    for field in (r"^Job type:\s+Unbounded", r"^Operation:\s+Outgoing migration", r"^Time elapsed:\s+\d+", r"^Data processed:",
                  r"^Memory remaining:", r"^Iteration:", r"^Page size:\s+4096\s+bytes"):
        expect(re.search(field, info, re.M), f"domjobinfo lacks /{field}/: {info}")
    refused = b.virsh("domjobinfo", "beat", check=False)
    expect("migration statistics are available only on the source host" in refused.err, repr(refused))
    a.virsh("domjobabort", "beat")
    _, err = job.communicate(timeout=30)
    expect(job.returncode == 1 and "operation aborted: migration out job: canceled by client" in err, f"virsh said: {err}")
    guest.serial.wait_beats(connection=1)
    wait_until(lambda: b.names("--all") == [], "destination's guest gone")
    expect(a.state("beat") == "running", "guest does not run on at the source")
    b.check_clean()
    a.virsh("migrate", "--live", "beat", b.uri)
    landed(guest, a, b)


def test_tuning_during_and_completed_stats(lab):
    a, b = lab.pair()
    guest, job = slow(lab, a, b)
    expect(a.virsh("migrate-getspeed", "beat").out.strip().isdigit(), "getspeed")
    expect(a.virsh("migrate-getmaxdowntime", "beat").out.strip().isdigit(), "getmaxdowntime")
    a.virsh("migrate-setmaxdowntime", "beat", "2000")
    expect(a.virsh("migrate-getmaxdowntime", "beat").out.strip() == "2000", "downtime did not take")
    a.virsh("migrate-setspeed", "beat", "1000")
    job.communicate(timeout=60)
    expect(job.returncode == 0, "migration failed")
    landed(guest, a, b)
    for host in (b,):
        done = host.virsh("domjobinfo", "beat", "--completed").out
        for field in (r"^Job type:\s+Completed", r"^Time elapsed:\s+\d+", r"^Total downtime:\s+\d+|^Downtime", r"^Memory processed:"):
            expect(re.search(field, done, re.M), f"--completed on {host.name} lacks /{field}/: {done}")


def test_timeout_suspend(lab):
    a, b = lab.pair()
    guest = start(lab, a, memory=96, working_set=32, rate=64)
    move(a, b, guest, "--bandwidth", "24", "--timeout", "1", "--timeout-suspend")
    expect(b.state("beat") in ("paused", "running"), "lost")
    if b.state("beat") == "paused":
        b.virsh("resume", "beat")
    landed(guest, a, b)


def test_compression_cache(lab):
    a = lab.host("a")
    guest = start(lab, a)
    expect("64.000 MiB" in a.virsh("migrate-compcache", "beat").out, "default cache")
    expect("32.000 MiB" in a.virsh("migrate-compcache", "beat", "--size", str(32 << 20)).out, "set cache")
    guest.serial.wait_beats()


def test_unsafe_disk_is_named(lab):
    a, b = lab.pair()
    guest = lab.guest(disk_cache="writeback")
    path = guest.file()
    path.write_text(path.read_text().replace("<readonly/>", ""))
    a.virsh("create", path)
    guest.serial.wait_beats()
    refused = move(a, b, guest, check=False)
    expect("Unsafe migration: Migration without shared storage is unsafe" in refused.err, repr(refused))
    expect("vda" in refused.err, f"the disk is not named: {refused}")
    move(a, b, guest, "--unsafe")
    landed(guest, a, b)


def test_events_on_both_sides(lab):
    a, b = lab.pair()
    guest = start(lab, a)
    watches = [subprocess.Popen(["virsh", "-c", h.uri, "event", "--all", "--loop"], stdout=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL) for h in (a, b)]
    try:
        import select
        for host, watch in zip((a, b), watches):
            other = lab.guest(name=f"probe{host.name}")
            while not select.select([watch.stdout], [], [], 0.2)[0]:
                host.virsh("define", other.file())
            host.virsh("undefine", other.name)
            while "Undefined" not in watch.stdout.readline():
                pass
        move(a, b, guest)
        wanted = {0: ["Suspended Migrated", "Stopped Migrated", "job-completed"], 1: ["Started Migrated", "Resumed Migrated"]}
        for i, watch in enumerate(watches):
            for text in wanted[i]:
                while text not in (line := watch.stdout.readline()):
                    expect(line, f"no '{text}'")
        landed(guest, a, b)
    finally:
        for watch in watches:
            watch.kill()
            watch.wait()


run_tests(globals())
