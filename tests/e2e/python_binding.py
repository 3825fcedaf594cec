#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stock python3-libvirt drives two godwitds: migrations in each old and new form, events, jobs, errors."""
import threading

import libvirt

from lab import expect, run_tests, wait_until

libvirt.registerErrorHandler(lambda *_: None, None)
libvirt.virEventRegisterDefaultImpl()


def run_events():
    while True:
        libvirt.virEventRunDefaultImpl()


threading.Thread(target=run_events, daemon=True).start()


def connect(*hosts):
    return [libvirt.open(h.uri) for h in hosts]


def test_three_forms_of_migrate(lab):
    a, b = lab.pair()
    guest = lab.guest(working_set=4, rate=4)
    conns = connect(a, b)
    dom = conns[0].createXML(guest.xml(), 0)
    live = libvirt.VIR_MIGRATE_LIVE
    forms = [
        ("migrate3", lambda d, c: d.migrate3(c, {libvirt.VIR_MIGRATE_PARAM_BANDWIDTH: 800}, live)),
        ("migrate2", lambda d, c: d.migrate2(c, None, live, None, None, 0)),
        ("migrate", lambda d, c: d.migrate(c, live, None, None, 0)),
        ("migrate with a name", lambda d, c: d.migrate(c, live, "renamed", None, 0)),
    ]
    for number, (name, form) in enumerate(forms, 1):
        guest.serial.wait_beats()
        dom = form(dom, conns[number % 2])
        expect(dom is not None and dom.isActive(), f"{name}: no running domain came back")
        expect(dom.state() == [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_MIGRATED], f"{name}: state {dom.state()}")
        guest.serial.wait_beats(connection=number + 1)
        guest.serial.check_unbroken()
        expect(conns[(number + 1) % 2].numOfDomains() == 0, f"{name}: source still has it")
    expect(dom.name() == "renamed", dom.name())


def test_events_and_job_stats(lab):
    a, b = lab.pair()
    guest = lab.guest()
    (ca, cb) = connect(a, b)
    seen, changed = [], threading.Condition()

    def note(*what):
        with changed:
            seen.append(what)
            changed.notify_all()

    for side, conn in (("a", ca), ("b", cb)):
        conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                    lambda c, d, event, detail, side: note(side, "lifecycle", event, detail), side)
        conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION,
                                    lambda c, d, n, side: note(side, "iteration", n), side)
        conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
                                    lambda c, d, params, side: note(side, "job", params), side)
    dom = ca.createXML(guest.xml(), 0)
    guest.serial.wait_beats()
    there = dom.migrate3(cb, {}, libvirt.VIR_MIGRATE_LIVE)
    wanted = [
        ("a", "lifecycle", libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_BOOTED),
        ("b", "lifecycle", libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_MIGRATED),
        ("a", "iteration", 1),
        ("a", "lifecycle", libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED),
        ("b", "lifecycle", libvirt.VIR_DOMAIN_EVENT_RESUMED, libvirt.VIR_DOMAIN_EVENT_RESUMED_MIGRATED),
        ("a", "lifecycle", libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_STOPPED_MIGRATED),
    ]
    with changed:
        for event in wanted:
            expect(changed.wait_for(lambda: event in seen, 20), f"no {event} among {seen}")
        expect(changed.wait_for(lambda: any(e[1] == "job" for e in seen), 20), "no job-completed")
        order = [seen.index(e) for e in wanted if e[0] == "a"]
        expect(order == sorted(order), f"events of the source out of order: {seen}")
        (params,) = [e[2] for e in seen if e[1] == "job"]
    for name in ("operation", "time_elapsed", "downtime", "memory_total", "memory_processed", "memory_page_size"):
        expect(name in params, f"job-completed lacks {name}: {params}")
    stats = there.jobStats(libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED)
    expect(stats["type"] == libvirt.VIR_DOMAIN_JOB_COMPLETED and stats["memory_total"] > 0, f"jobStats: {stats}")
    expect(there.jobStats()["type"] == libvirt.VIR_DOMAIN_JOB_NONE, "a job is still there")


ERRORS = [
    # name, call, code
    ("unknown flag", lambda d, c: d.migrate3(c, {}, 1 << 30), None),
    ("unknown parameter", lambda d, c: d.migrate3(c, {"no_such": 1}, 1), None),
    ("mistyped parameter", lambda d, c: d.migrate3(c, {"bandwidth": "fast"}, 1), None),
    ("parallel connections without parallel", lambda d, c: d.migrate3(c, {"parallel.connections": 4}, 1), 8),
    ("xbzrle cache without compression", lambda d, c: d.migrate3(c, {"compression.xbzrle.cache": 1 << 20}, 1), 8),
    ("throttle without auto-converge", lambda d, c: d.migrate3(c, {"auto_converge.initial": 20}, 1), 8),
    ("unknown compression method", lambda d, c: d.migrate3(c, {"compression": "magic"}, 1), 8),
    ("bad migration scheme", lambda d, c: d.migrate3(c, {"migrate_uri": "ftp://x"}, 1), 74),
    ("no host in URI", lambda d, c: d.migrate3(c, {"migrate_uri": "tcp:"}, 1), 8),
    ("closed port", lambda d, c: d.migrate3(c, {"listen_address": "192.0.2.1"}, 1), None),
    ("XML of another guest", lambda d, c: d.migrate3(c, {"destination_xml": "<domain type='qemu'/>"}, 1), None),
    ("XML that is none", lambda d, c: d.migrate3(c, {"destination_xml": "<domain"}, 1), None),
    ("peer-to-peer by migrate3", lambda d, c: d.migrate3(c, {}, 3), 8),
    ("tunnelled without p2p", lambda d, c: d.migrate3(c, {}, 5), 8),
    ("storage copy both ways", lambda d, c: d.migrate3(c, {}, 1 | 64 | 128), 8),
]


def test_refusals_leave_the_guest_alone(lab):
    a, b = lab.pair()
    guest = lab.guest()
    (ca, cb) = connect(a, b)
    dom = ca.createXML(guest.xml(), 0)
    guest.serial.wait_beats()
    for name, call, code in ERRORS:
        try:
            call(dom, cb)
        except (libvirt.libvirtError, TypeError) as e:
            if code and isinstance(e, libvirt.libvirtError):
                expect(e.get_error_code() == code, f"{name}: code {e.get_error_code()}, not {code}: {e}")
            expect(len(str(e)) > 10, f"{name}: says only '{e}'")
        else:
            raise AssertionError(f"{name} was accepted")
        expect(dom.state()[0] == libvirt.VIR_DOMAIN_RUNNING, f"{name}: the guest stopped")
        wait_until(lambda: cb.listAllDomains() == [], f"{name}: left something at the destination")
        expect(dom.jobStats()["type"] == libvirt.VIR_DOMAIN_JOB_NONE, f"{name}: left a job")
    guest.serial.wait_beats(connection=1)
    dom.migrate3(cb, {}, libvirt.VIR_MIGRATE_LIVE)
    guest.serial.check_unbroken()
    a.check_clean()


def test_same_host_is_refused(lab):
    a = lab.host("a")
    guest = lab.guest()
    (conn, again) = connect(a, a)
    dom = conn.createXML(guest.xml(), 0)
    guest.serial.wait_beats()
    try:
        dom.migrate3(again, {}, libvirt.VIR_MIGRATE_LIVE)
    except libvirt.libvirtError as e:
        expect("same host" in str(e) or "already active" in str(e), str(e))
    else:
        raise AssertionError("a migration to the same host was accepted")
    guest.serial.wait_beats(connection=1)


def test_name_or_uuid_in_use_at_the_destination(lab):
    a, b = lab.pair()
    guest, other = lab.guest(), lab.guest(name="other")
    (ca, cb) = connect(a, b)
    dom = ca.createXML(guest.xml(), 0)
    blocker = cb.createXML(other.xml(name="beat"), 0)
    guest.serial.wait_beats()
    for blocked_by in ("name", "uuid"):
        try:
            dom.migrate3(cb, {}, libvirt.VIR_MIGRATE_LIVE)
        except libvirt.libvirtError as e:
            expect("beat" in str(e) or guest.uuid in str(e), str(e))
        else:
            raise AssertionError(f"migrated over a domain with the same {blocked_by}")
        blocker.destroy()
        blocker = cb.createXML(other.xml(name="other", uuid=guest.uuid), 0)
    blocker.destroy()
    guest.serial.wait_beats(connection=1)
    dom.migrate3(cb, {}, libvirt.VIR_MIGRATE_LIVE)
    guest.serial.check_unbroken()


def test_missing_disk_or_emulator_at_the_destination(lab):
    a, b = lab.pair()
    guest = lab.guest()
    (ca, cb) = connect(a, b)
    dom = ca.createXML(guest.xml(), 0)
    guest.serial.wait_beats()
    plain = dom.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE)
    for what, xml in (("disk", plain.replace("beat.img", "gone.img")),
                      ("emulator", plain.replace("/usr/bin/qemu-system-x86_64", "/usr/bin/qemu-gone"))):
        try:
            dom.migrate3(cb, {"destination_xml": xml}, libvirt.VIR_MIGRATE_LIVE)
        except libvirt.libvirtError as e:
            expect("gone" in str(e), f"{what}: the error does not name it: {e}")
        else:
            raise AssertionError(f"migrated without its {what}")
        wait_until(lambda: cb.listAllDomains() == [], f"{what}: something was left at the destination")
    guest.serial.wait_beats(connection=1)
    b.check_clean()


run_tests(globals())
