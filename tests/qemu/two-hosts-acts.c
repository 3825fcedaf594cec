/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "two-hosts.h"

int
setup_hosts(void **state)
{
    *state = two_hosts_new();
    return 0;
}

int
setup_guest(void **state)
{
    TwoHosts *th = two_hosts_new();

    start_guest(&th->a, "guest");
    *state = th;
    return 0;
}

int
teardown_hosts(void **state)
{
    two_hosts_free(*state);
    return 0;
}

bool
guest_do(Host *host, VerbId verb, guint32 flags, GError **err)
{
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(host->driver->domains, "guest");
    DomainIn              in = { .flags = flags };
    NoneOut               out;
    bool                  ok;

    assert_non_null(dom);
    qemu_domain_fill_ref(dom, &in.dom);
    ok = verbs[verb].call(&qemu_driver, host->conn, &in, &out, err);
    dom_ref_clear(&in.dom);
    return ok;
}

void
set_speed(Host *host, guint64 mibps)
{
    g_autoptr(QemuDomain) dom = qemu_domain_table_by_name(host->driver->domains, "guest");
    DomainU64In           in = { .value = mibps };
    NoneOut               out;

    qemu_domain_fill_ref(dom, &in.dom);
    assert_true(qemu_driver.migrate_set_max_speed(host->conn, &in, &out, NULL));
    dom_ref_clear(&in.dom);
}

void
must_arrive(Trip *trip)
{
    migrate(trip);
    if (!trip->ok)
        print_error("%s\n", trip->error->message);
    assert_true(trip->ok);
}

void
settle(TwoHosts *th)
{
    wait_job_end(&th->b, "guest");
    wait_job_end(&th->a, "guest");
}

void
lives_only_on(TwoHosts *th, Host *home)
{
    Host *other = home == &th->a ? &th->b : &th->a;
    Trip  next = TRIP(home, other, .flags = VIR_MIGRATE_LIVE);

    assert_true(guest_runs(home, "guest"));
    assert_int_equal(guest_pid(other, "guest"), 0);
    must_arrive(&next);
    assert_true(guest_runs(other, "guest"));
    assert_int_equal(guest_pid(home, "guest"), 0);
    trip_clear(&next);
}

void
nothing_is_left(Host *host, const char *name)
{
    g_autoptr(GPtrArray) open = journal_unfinished(qmig_host_of(host->driver)->journal);

    assert_int_equal(guest_pid(host, name), 0);
    for (guint i = 0; i < open->len; i++)
        assert_int_not_equal(((JournalRecord *)g_ptr_array_index(open, i))->outcome, OUTCOME_NONE);
}
