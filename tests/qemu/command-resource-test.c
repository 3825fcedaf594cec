/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What users lose when these fail: output of their guests, private sockets, or a clean host after a failed start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* util/err.h has its own */

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "model/dom-def.h"
#include "qemu/command.h"
#include "util/err.h"
#include "util/file.h"

static char *dir;

static int
setup(void **state)
{
    dir = g_dir_make_tmp("resource-XXXXXX", NULL);
    return 0;
}

static int
teardown(void **state)
{
    file_remove_dir(dir);
    g_clear_pointer(&dir, g_free);
    return 0;
}

static char *
in_dir(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static DomDef *
make_def(const char *devices)
{
    g_autofree char *xml = g_strdup_printf(
        "<domain type='qemu' id='1'><name>r</name><uuid>0a0a0a0a-0000-4000-8000-000000000001</uuid><memory>65536</memory>"
        "<vcpu>1</vcpu><os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os><devices>%s</devices></domain>",
        devices);
    g_auto(GStrv) parts = g_strsplit(xml, "DIR", -1);
    g_autofree char *text = g_strjoinv(dir, parts);
    g_autoptr(GError) err = NULL;
    DomDef *def = dom_def_parse(text, -1, DOM_PARSE_LIVE, &err);

    if (!def)
        print_error("%s\n", err->message);
    assert_non_null(def);
    return def;
}

static QemuResources *
plan(const DomDef *def, const char *monitor, bool incoming)
{
    const CommandEnv env = { .def = def, .domain_dir = dir, .monitor_path = monitor, .incoming = incoming };
    QemuResources *resources = command_plan(&env, NULL);

    assert_non_null(resources);
    return resources;
}

static void
opens_what_a_domain_needs_and_takes_it_back(void **state)
{
    static const char *const files[] = { "master-key.aes", "monitor.sock", "agent.sock" };
    g_autoptr(DomDef) def = make_def(
        "<channel type='unix'><source mode='bind' path='DIR/agent.sock'/><target type='virtio' name='a'/>"
        "<alias name='channel0'/></channel>");
    g_autofree char *monitor = in_dir("monitor.sock");
    g_autoptr(QemuResources) resources = plan(def, monitor, false);
    g_autoptr(GArray) fds = NULL;

    assert_int_equal(qemu_resources_count(resources), 3);
    assert_true(qemu_resources_open(resources, NULL));
    fds = qemu_resources_fds(resources);
    assert_int_equal(fds->len, 2); /* the key is a file, not a descriptor */
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = in_dir(files[i]);
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0077, 0);
    }
    for (guint i = 0; i < fds->len; i++)
        assert_int_equal(fcntl(g_array_index(fds, int, i), F_GETFD), FD_CLOEXEC);
    qemu_resources_undo(resources);
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = in_dir(files[i]);

        assert_int_equal(access(path, F_OK), -1);
    }
    assert_int_equal(fcntl(g_array_index(fds, int, 0), F_GETFD), -1);
}

static void
leaves_nothing_when_one_thing_fails(void **state)
{
    g_autoptr(DomDef) def = make_def(
        "<serial type='file'><source path='DIR/nowhere/serial.log'/><target port='0'/><alias name='serial0'/></serial>");
    g_autofree char *monitor = in_dir("monitor.sock");
    g_autofree char *key = in_dir("master-key.aes");
    g_autoptr(QemuResources) resources = plan(def, monitor, false);
    g_autoptr(GError) err = NULL;

    assert_false(qemu_resources_open(resources, &err));
    assert_int_equal(verr_code(err), VIR_ERR_SYSTEM_ERROR);
    assert_non_null(strstr(err->message, "nowhere/serial.log"));
    assert_int_equal(access(monitor, F_OK), -1);
    assert_int_equal(access(key, F_OK), -1);
}

static const struct {
    const char *append; /* attribute */
    bool incoming, kept;
} output[] = {
    { "", false, false },
    { " append='off'", false, false },
    { " append='on'", false, true },
    { "", true, true }, /* a guest that arrives goes on writing */
};

static void
keeps_a_guests_output(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(output); i++) {
        g_autofree char *xml = g_strdup_printf(
            "<serial type='file'><source path='DIR/serial.log'%s/><target port='0'/><alias name='serial0'/></serial>",
            output[i].append);
        g_autoptr(DomDef) def = make_def(xml);
        g_autofree char *monitor = in_dir("monitor.sock");
        g_autofree char *log = in_dir("serial.log");
        g_autoptr(QemuResources) resources = plan(def, monitor, output[i].incoming);
        struct stat st;

        assert_true(g_file_set_contents(log, "before", -1, NULL));
        assert_true(qemu_resources_open(resources, NULL));
        assert_int_equal(stat(log, &st), 0);
        assert_int_equal(st.st_size, output[i].kept ? strlen("before") : 0);
        qemu_resources_undo(resources);
        assert_int_equal(access(log, F_OK), 0); /* never ours to delete */
    }
}

static void
listens_below_a_long_path(void **state)
{
    g_autofree char *deep = g_strnfill(150, 'x');
    g_autofree char *parent = in_dir(deep);
    g_autofree char *monitor = g_build_filename(parent, "monitor.sock", NULL);
    g_autofree char *place = NULL;
    g_autoptr(DomDef) def = make_def("");
    g_autoptr(QemuResources) resources = plan(def, monitor, false);
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int at, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(qemu_resources_open(resources, NULL));
    at = open(parent, O_PATH | O_CLOEXEC);
    place = g_strdup_printf("/proc/self/fd/%d/monitor.sock", at);
    g_strlcpy(addr.sun_path, place, sizeof(addr.sun_path));
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    close(fd);
    close(at);
    qemu_resources_undo(resources);
    rmdir(parent);
}

static void
replaces_a_dead_socket_and_no_other_file(void **state)
{
    g_autofree char *monitor = in_dir("monitor.sock");
    g_autoptr(DomDef) def = make_def("");
    g_autoptr(QemuResources) first = plan(def, monitor, false);
    g_autoptr(QemuResources) second = plan(def, monitor, false);
    g_autoptr(QemuResources) third = plan(def, monitor, false);
    g_autoptr(GError) err = NULL;

    assert_true(qemu_resources_open(first, NULL));
    assert_true(qemu_resources_open(second, NULL)); /* the first one's socket file is still there */
    qemu_resources_undo(second);
    assert_true(g_file_set_contents(monitor, "precious", -1, NULL));
    assert_false(qemu_resources_open(third, &err));
    assert_non_null(err);
    assert_int_equal(access(monitor, F_OK), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_what_a_domain_needs_and_takes_it_back, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_nothing_when_one_thing_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_a_guests_output, setup, teardown),
        cmocka_unit_test_setup_teardown(listens_below_a_long_path, setup, teardown),
        cmocka_unit_test_setup_teardown(replaces_a_dead_socket_and_no_other_file, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
