/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "embedded.h"

#include <fcntl.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char xml_format[] =
    "<domain type='qemu'><name>%s</name><uuid>%s</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu>"
    "<os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os><features><acpi/></features>%s"
    "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>%s"
    "<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>";

Host host;

static const char *const event_names[] = { "Defined",  "Undefined", "Started",     "Suspended", "Resumed",
                                           "Stopped", "Shutdown",  "PMSuspended", "Crashed" };

static void
note(const char *text, int number)
{
    g_mutex_lock(&host.lock);
    g_string_append_printf(host.events, "%s %d; ", text, number);
    g_cond_broadcast(&host.changed);
    g_mutex_unlock(&host.lock);
}

static int
on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    note(event_names[event], detail);
    return 0;
}

static void
on_reboot(virConnectPtr conn, virDomainPtr dom, void *opaque)
{
    note("Reboot", 0);
}

char *
await_events(const char *text)
{
    gint64 deadline = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
    char  *seen;

    g_mutex_lock(&host.lock);
    while (!strstr(host.events->str, text))
        if (!g_cond_wait_until(&host.changed, &host.lock, deadline)) {
            print_error("events so far: %s\n", host.events->str);
            break;
        }
    seen = g_strdup(host.events->str);
    g_string_truncate(host.events, 0);
    g_mutex_unlock(&host.lock);
    assert_non_null(strstr(seen, text));
    return seen;
}

void
assert_events(const char *expected, const char *last)
{
    g_autofree char *seen = await_events(last);

    assert_string_equal(seen, expected);
}

static gpointer
run_events(gpointer unused)
{
    while (virEventRunDefaultImpl() == 0)
        ;
    return NULL;
}

virConnectPtr
open_root(const char *root)
{
    g_autofree char *uri = g_strdup_printf("qemu:///embed?root=%s", root);

    return virConnectOpen(uri);
}

static int tokens[2];

void
connect_host(void)
{
    host.conn = open_root(host.root);
    if (!host.conn)
        print_error("%s\n", virGetLastErrorMessage());
    assert_non_null(host.conn);
    tokens[0] = virConnectDomainEventRegisterAny(host.conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                 VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), NULL, NULL);
    tokens[1] = virConnectDomainEventRegisterAny(host.conn, NULL, VIR_DOMAIN_EVENT_ID_REBOOT,
                                                 VIR_DOMAIN_EVENT_CALLBACK(on_reboot), NULL, NULL);
}

/* The driver ends with its last connection, which a subscription that is being taken back holds for a while: it has
 * ended when it lets go of its lock. */
void
disconnect_host(void)
{
    g_autofree char *path = g_build_filename(host.root, "run", "qemu", "lock", NULL);
    int fd = open(path, O_RDWR | O_CLOEXEC);

    for (gsize i = 0; i < G_N_ELEMENTS(tokens); i++)
        virConnectDomainEventDeregisterAny(host.conn, tokens[i]);
    virConnectClose(host.conn);
    host.conn = NULL;
    alarm(60); /* a reference that leaked must not hold up the suite */
    assert_int_equal(flock(fd, LOCK_EX), 0);
    alarm(0);
    close(fd);
}

char *
make_xml(const char *name, const char *uuid, const char *elements, const char *devices)
{
    return g_strdup_printf(xml_format, name, uuid, elements, devices);
}

virDomainPtr
define(const char *name, const char *uuid, const char *elements, const char *devices)
{
    g_autofree char *xml = make_xml(name, uuid, elements, devices);
    virDomainPtr dom = virDomainDefineXML(host.conn, xml);

    if (!dom)
        print_error("%s\n", virGetLastErrorMessage());
    assert_non_null(dom);
    return dom;
}

void
ok(int rc)
{
    if (rc < 0)
        print_error("%s\n", virGetLastErrorMessage());
    assert_true(rc >= 0);
}

void
assert_error(int code, const char *fragment)
{
    virErrorPtr err = virGetLastError();

    assert_non_null(err);
    if (err->code != code || !strstr(err->message, fragment))
        print_error("error %d: %s\n", err->code, err->message);
    assert_int_equal(err->code, code);
    assert_non_null(strstr(err->message, fragment));
}

void
assert_state(virDomainPtr dom, int state, int reason)
{
    int got, why;

    ok(virDomainGetState(dom, &got, &why, 0));
    assert_int_equal(got, state);
    assert_int_equal(why, reason);
}

pid_t
guest_pid(const char *root, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/run/qemu/%s.status", root, name);
    g_autoptr(GKeyFile) file = g_key_file_new();

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
        return 0;
    return g_key_file_get_integer(file, "guest", "pid", NULL);
}

void
assert_run_dir_is_empty(void)
{
    g_autofree char *path = g_build_filename(host.root, "run", "qemu", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)))
        assert_string_equal(name, "lock");
}

static void
ignore_error(void *data, virErrorPtr error)
{
}

int
embedded_clean(void **state)
{
    virDomainPtr *doms = NULL;
    int n = host.conn ? virConnectListAllDomains(host.conn, &doms, 0) : 0;

    for (int i = 0; i < n; i++) {
        virDomainDestroy(doms[i]);
        virDomainUndefine(doms[i]);
        virDomainFree(doms[i]);
    }
    free(doms);
    g_mutex_lock(&host.lock);
    g_string_truncate(host.events, 0);
    g_mutex_unlock(&host.lock);
    return 0;
}

int
embedded_set_up(void **state)
{
    host.root = g_dir_make_tmp("godwit-driver-XXXXXX", NULL);
    host.events = g_string_new(NULL);
    g_mutex_init(&host.lock);
    g_cond_init(&host.changed);
    virSetErrorFunc(NULL, ignore_error);
    virEventRegisterDefaultImpl();
    g_thread_unref(g_thread_new("events", run_events, NULL));
    connect_host();
    return 0;
}

int
embedded_tear_down(void **state)
{
    const char *argv[] = { "rm", "-rf", host.root, NULL };

    if (host.conn)
        disconnect_host();
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(host.root);
    g_string_free(host.events, TRUE);
    return 0;
}
