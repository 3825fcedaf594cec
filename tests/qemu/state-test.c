/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is on disk: a user loses definitions, or after a restart the guests that run. */
#include "bare-driver.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "model/dom-def.h"
#include "qemu/state.h"
#include "util/err.h"

static char *
lib_path(BareDriver *bare, const char *name)
{
    return g_build_filename(bare->root, "lib", "qemu", name, NULL);
}

static QemuDomain *
define(BareDriver *bare, const char *name, const char *uuid)
{
    QemuDomain *dom = bare_domain(bare, name, uuid);

    qemu_domain_set_persistent_def(dom, bare_def(name, uuid, "kept"));
    assert_true(qemu_state_save_definition(dom, NULL));
    return dom;
}

static void
definitions_survive_a_restart(void **state)
{
    BareDriver *bare = *state;
    QemuDomain *dom = define(bare, "guest", UUID_A);
    DomDef *def;

    assert_true(qemu_state_set_autostart(dom, true, NULL));
    qemu_domain_unref(dom);
    bare_driver_restart(bare);
    dom = qemu_domain_table_by_name(bare->driver->domains, "guest");
    assert_non_null(dom);
    assert_string_equal(dom->uuid_str, UUID_A);
    assert_true(dom->persistent);
    assert_true(dom->autostart);
    assert_null(dom->def); /* read when it is wanted */
    def = qemu_domain_get_def(dom, NULL);
    assert_non_null(def);
    assert_string_equal(def->title, "kept");
    assert_true(qemu_state_remove_definition(dom, NULL));
    qemu_domain_unref(dom);
    bare_driver_restart(bare);
    assert_null(qemu_domain_table_by_name(bare->driver->domains, "guest"));
}

/* A file in lib/qemu that is no definition, and does not stop the others from being loaded. */
static const struct {
    const char *file, *content;
} strangers[] = {
    { "empty.xml", "" },
    { "garbage.xml", "\x01\x02<<<" },
    { "other.xml", "<network><name>other</name></network>" },
    { "no-uuid.xml", "<domain type='qemu'><name>no-uuid</name></domain>" },
    { "bad-uuid.xml", "<domain type='qemu'><name>bad-uuid</name><uuid>1111</uuid></domain>" },
    { "readme.txt", "<uuid>" UUID_B "</uuid>" },
    { ".xml", "<uuid>" UUID_B "</uuid>" },
};

static void
strange_files_are_left_alone(void **state)
{
    BareDriver *bare = *state;
    g_autoptr(GPtrArray) all = NULL;

    qemu_domain_unref(define(bare, "guest", UUID_A));
    for (gsize i = 0; i < G_N_ELEMENTS(strangers); i++) {
        g_autofree char *path = lib_path(bare, strangers[i].file);

        assert_true(g_file_set_contents(path, strangers[i].content, -1, NULL));
    }
    bare_driver_restart(bare);
    all = qemu_domain_table_list(bare->driver->domains);
    assert_int_equal(all->len, 1);
}

static void
a_definition_under_a_wrong_name_is_refused_when_it_is_read(void **state)
{
    BareDriver *bare = *state;
    g_autofree char *from = lib_path(bare, "guest.xml"), *to = lib_path(bare, "renamed.xml");
    g_autoptr(QemuDomain) dom = NULL;
    g_autoptr(GError) error = NULL;

    qemu_domain_unref(define(bare, "guest", UUID_A));
    assert_int_equal(g_rename(from, to), 0);
    bare_driver_restart(bare);
    dom = qemu_domain_table_by_name(bare->driver->domains, "renamed");
    assert_non_null(dom);
    assert_null(qemu_domain_get_def(dom, &error));
    assert_non_null(strstr(error->message, "renamed"));
}

/* As if a QEMU ran under the pid of this process. */
static QemuDomain *
make_active(BareDriver *bare)
{
    QemuDomain *dom = bare_domain(bare, "guest", UUID_A);

    qemu_domain_set_live_def(dom, bare_def("guest", UUID_A, "live"));
    dom->def->id = 7;
    qemu_domain_table_set_id(bare->driver->domains, dom, 7);
    dom->pid = getpid();
    dom->pid_start = 42;
    dom->run_dir = g_strdup("/run/x=y\nz"); /* needs quoting */
    dom->monitor_path = g_strdup("/run/x/monitor.sock");
    return dom;
}

static void
the_runtime_status_reads_as_it_was_written(void **state)
{
    BareDriver *bare = *state;
    g_autoptr(QemuDomain) dom = make_active(bare);
    g_autofree char *path = g_build_filename(bare->root, "run", "qemu", "guest.status", NULL);
    g_autoptr(QemuStatus) status = NULL;

    g_mutex_lock(&dom->lock);
    qemu_domain_set_state(dom, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION);
    dom->job.async = ASYNC_MIGRATION_OUT;
    dom->job.phase = "perform";
    g_mutex_unlock(&dom->lock);
    qemu_state_save_status(dom);
    status = qemu_status_load(path, NULL);
    assert_non_null(status);
    assert_string_equal(status->name, "guest");
    assert_memory_equal(status->uuid, dom->uuid, VIR_UUID_BUFLEN);
    assert_int_equal(status->id, 7);
    assert_int_equal(status->pid, getpid());
    assert_int_equal(status->pid_start, 42);
    assert_string_equal(status->run_dir, dom->run_dir);
    assert_string_equal(status->monitor_path, dom->monitor_path);
    assert_int_equal(status->state, VIR_DOMAIN_PAUSED);
    assert_int_equal(status->reason, VIR_DOMAIN_PAUSED_MIGRATION);
    assert_int_equal(status->state_since_us, dom->state_since_us);
    assert_int_equal(status->async, ASYNC_MIGRATION_OUT);
    assert_string_equal(status->phase, "perform");
    assert_non_null(strstr(status->live_xml, "<title>live</title>"));
    qemu_state_remove_status(dom);
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    dom->job.async = ASYNC_NONE;
    qemu_domain_table_set_id(bare->driver->domains, dom, -1);
    qemu_domain_table_remove(bare->driver->domains, dom);
}

/* After a restart a process of that number exists, but it is another one: not the guest, and not to be killed. */
static void
a_reused_pid_is_not_the_guest(void **state)
{
    BareDriver *bare = *state;
    QemuDomain *dom = make_active(bare);
    g_autofree char *path = g_build_filename(bare->root, "run", "qemu", "guest.status", NULL);

    qemu_state_save_status(dom);
    qemu_domain_unref(dom);
    bare_driver_restart(bare);
    assert_null(qemu_domain_table_by_name(bare->driver->domains, "guest"));
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static const char *const broken_status[] = {
    "", "\x01\x02", "[guest]\n", "[guest]\nname=x\nuuid=1\n",
    "[guest]\nname=x\nuuid=" UUID_A "\nid=-3\npid=1\nrun-dir=/x\nmonitor=/x\n",
    "[guest]\nname=x\nuuid=" UUID_A "\nid=3\npid=99999\nrun-dir=/x\nmonitor=/x\n", /* no live definition */
};

static void
a_broken_status_file_is_an_error_and_no_guest(void **state)
{
    BareDriver *bare = *state;
    g_autofree char *path = g_build_filename(bare->root, "run", "qemu", "x.status", NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(broken_status); i++) {
        g_autoptr(GError) error = NULL;

        assert_true(g_file_set_contents(path, broken_status[i], -1, NULL));
        assert_null(qemu_status_load(path, &error));
        assert_non_null(strstr(error->message, "x."));
        bare_driver_restart(bare);
        assert_int_equal(qemu_domain_table_count(bare->driver->domains, true), 0);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, bare_driver_set_up, bare_driver_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(definitions_survive_a_restart),
        CASE(strange_files_are_left_alone),
        CASE(a_definition_under_a_wrong_name_is_refused_when_it_is_read),
        CASE(the_runtime_status_reads_as_it_was_written),
        CASE(a_reused_pid_is_not_the_guest),
        CASE(a_broken_status_file_is_an_error_and_no_guest),
    };

    return cmocka_run_group_tests_name("qemu/state", tests, NULL, NULL);
}
