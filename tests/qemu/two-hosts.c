/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "two-hosts.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fakes/ports.h"
#include "model/params.h"
#include "qemu/config.h"
#include "qemu/process.h"
#include "util/json.h"
#include "util/spawn.h"

#define PATIENCE (60 * G_TIME_SPAN_SECOND)

static const char guest_xml[] =
    "<domain type='qemu'><name>%s</name><uuid>0f8fad5b-d9cb-469f-a165-70867728950e</uuid><memory unit='MiB'>32</memory>"
    "<vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os><on_poweroff>destroy</on_poweroff>"
    "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>"
    "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/><source file='%s'/>"
    "<target dev='hda' bus='ide'/><shareable/></disk>"
    "<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>";

static const char *const event_names[] = { "Defined", "Undefined", "Started", "Suspended", "Resumed", "Stopped", "Shutdown" };

static void
note_event(const DomainEvent *ev, gpointer data)
{
    Host *host = data;

    g_mutex_lock(&host->lock);
    if (ev->id == VIR_DOMAIN_EVENT_ID_LIFECYCLE)
        g_string_append_printf(host->events, "%s %d; ", event_names[ev->n1], ev->n2);
    else if (ev->id == VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION && ev->n1 == 1)
        g_string_append(host->events, "iteration; ");
    else if (ev->id == VIR_DOMAIN_EVENT_ID_JOB_COMPLETED)
        g_string_append(host->events, "completed; ");
    g_mutex_unlock(&host->lock);
}

static VirConn *
connect_to(QemuDriver *driver)
{
    VirConn *conn = conn_new();

    conn->driver = &qemu_driver;
    conn->priv = qemu_driver_ref(driver);
    event_hub_unref(conn->events);
    conn->events = event_hub_ref(driver->events);
    return conn;
}

void
host_start(Host *host)
{
    static const int      ids[] = { VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION,
                                    VIR_DOMAIN_EVENT_ID_JOB_COMPLETED };
    g_autoptr(QemuConfig) config = qemu_config_new(host->root, NULL);
    g_autoptr(GError)     err = NULL;

    assert_non_null(config);
    g_free(config->migrate_address);
    config->migrate_address = g_strdup("127.0.0.1");
    config->migrate_port_min = test_ports();
    config->migrate_port_max = test_ports() + MIGRATE_PORTS - 1;
    host->driver = qemu_driver_new(config, &err);
    if (!host->driver)
        print_error("%s\n", err->message);
    assert_non_null(host->driver);
    host->conn = connect_to(host->driver);
    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++)
        event_hub_subscribe(host->driver->events, ids[i], NULL, note_event, host, NULL);
}

void
host_stop(Host *host)
{
    conn_unref(g_steal_pointer(&host->conn));
    qemu_driver_unref(g_steal_pointer(&host->driver));
}

void
host_reconnect(Host *host)
{
    VirConn *old = host->conn;

    host->conn = connect_to(host->driver);
    conn_unref(old);
}

static void
host_init(Host *host, const char *dir, const char *name)
{
    host->root = g_build_filename(dir, name, NULL);
    g_mutex_init(&host->lock);
    host->events = g_string_new(NULL);
    host_start(host);
}

static void
remove_tree(const char *path)
{
    const char *argv[] = { "rm", "-rf", "--", path, NULL };

    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void
kill_all(Host *host)
{
    g_autoptr(GPtrArray) doms = qemu_domain_table_list(host->driver->domains);

    for (guint i = 0; i < doms->len; i++) {
        QemuDomain *dom = g_ptr_array_index(doms, i);

        qemu_process_stop(dom, VIR_DOMAIN_SHUTOFF_DESTROYED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED, STOP_KILL, NULL);
    }
}

static void
host_clear(Host *host)
{
    if (host->driver) {
        kill_all(host);
        host_stop(host);
    }
    g_free(host->root);
    g_string_free(host->events, TRUE);
    g_mutex_clear(&host->lock);
}

TwoHosts *
two_hosts_new(void)
{
    TwoHosts *th = g_new0(TwoHosts, 1);

    th->dir = g_dir_make_tmp("godwit-two-XXXXXX", NULL);
    th->image = g_build_filename(th->dir, "guest.img", NULL);
    host_init(&th->a, th->dir, "a");
    host_init(&th->b, th->dir, "b");
    return th;
}

void
two_hosts_free(TwoHosts *th)
{
    host_clear(&th->a);
    host_clear(&th->b);
    remove_tree(th->dir);
    g_free(th->dir);
    g_free(th->image);
    g_free(th);
}

static char *
xml_of(Host *host, const char *name)
{
    g_autofree char *dir = g_path_get_dirname(host->root);
    g_autofree char *image = g_build_filename(dir, "guest.img", NULL);
    g_autofree char *data = NULL;
    gsize            len;

    if (!g_file_test(image, G_FILE_TEST_EXISTS)) {
        assert_true(g_file_get_contents(GUEST_IMAGE, &data, &len, NULL));
        assert_true(g_file_set_contents(image, data, len, NULL));
    }
    return g_strdup_printf(guest_xml, name, image);
}

static void
check(bool ok, GError *err)
{
    if (!ok)
        print_error("%s\n", err ? err->message : "no error");
    assert_true(ok);
}

void
start_guest(Host *host, const char *name)
{
    g_autofree char  *xml = xml_of(host, name);
    XmlIn             in = { xml, 0 };
    DomOut            out = { 0 };
    g_autoptr(GError) err = NULL;

    check(qemu_driver.domain_create_xml(host->conn, &in, &out, &err), err);
    dom_ref_clear(&out.dom);
}

void
define_guest(Host *host, const char *name)
{
    g_autofree char  *xml = xml_of(host, name);
    XmlIn             in = { xml, 0 };
    DomOut            out = { 0 };
    g_autoptr(GError) err = NULL;

    check(qemu_driver.domain_define_xml(host->conn, &in, &out, &err), err);
    dom_ref_clear(&out.dom);
}

static QemuDomain *
find(Host *host, const char *name)
{
    return qemu_domain_table_by_name(host->driver->domains, name);
}

pid_t
guest_pid(Host *host, const char *name)
{
    g_autoptr(QemuDomain) dom = find(host, name);
    pid_t                 pid;

    if (!dom)
        return 0;
    g_mutex_lock(&dom->lock);
    pid = dom->id >= 0 ? dom->pid : 0;
    g_mutex_unlock(&dom->lock);
    return pid;
}

char *
guest_status(Host *host, const char *name)
{
    g_autoptr(QemuDomain) dom = find(host, name);
    g_autoptr(QmpClient)  qmp = dom ? qemu_domain_qmp(dom, NULL) : NULL;
    g_autoptr(JsonNode)   reply = NULL;

    if (!qmp || !qmp_call(qmp, "query-status", NULL, &reply, NULL))
        return NULL;
    return g_strdup(json_get_string(json_as_object(reply), "status"));
}

bool
guest_runs(Host *host, const char *name)
{
    g_autofree char *status = guest_status(host, name);

    return g_strcmp0(status, "running") == 0;
}

char *
guest_live_xml(Host *host, const char *name)
{
    g_autoptr(QemuDomain) dom = find(host, name);
    char                 *xml;

    assert_non_null(dom);
    g_mutex_lock(&dom->lock);
    xml = dom_def_format(dom->def, DOM_XML_SECURE | DOM_XML_MIGRATABLE, NULL);
    g_mutex_unlock(&dom->lock);
    return xml;
}

int
guest_state(Host *host, const char *name, int *ret_reason)
{
    g_autoptr(QemuDomain) dom = find(host, name);
    int                   state, reason;

    if (!dom)
        return -1;
    qemu_domain_get_state(dom, &state, &reason);
    if (ret_reason)
        *ret_reason = reason;
    return state;
}

bool
guest_is_defined(Host *host, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/qemu/%s.xml", host->driver->config->lib_dir, name);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

void
kill_guest(Host *host, const char *name)
{
    pid_t pid = guest_pid(host, name);

    assert_true(pid > 0);
    kill(pid, SIGKILL);
}

void
wait_job_end(Host *host, const char *name)
{
    g_autoptr(QemuDomain) dom = find(host, name);
    gint64                deadline = g_get_monotonic_time() + PATIENCE;
    bool                  ended = true;

    if (!dom)
        return;
    g_mutex_lock(&dom->lock);
    while (ended && dom->job.async != ASYNC_NONE)
        ended = g_cond_wait_until(&dom->job.changed, &dom->lock, deadline);
    if (!ended)
        print_error("%s: job '%s' of '%s' stays open%s%s\n", host->root, qemu_async_job_name(dom->job.async), name,
                    dom->job.in_phase ? ", in phase " : "", dom->job.in_phase ? dom->job.phase : "");
    g_mutex_unlock(&dom->lock);
    assert_true(ended);
}

void
wait_copying(Host *host, const char *name)
{
    g_autoptr(QemuDomain) dom = find(host, name);
    g_autoptr(QemuMig)    mig = qmig_of(dom);
    gint64                deadline = g_get_monotonic_time() + PATIENCE;
    bool                  came = true;

    assert_non_null(mig);
    g_mutex_lock(&mig->lock);
    while (came && mig->status != QMIG_ACTIVE)
        came = g_cond_wait_until(&mig->changed, &mig->lock, deadline);
    g_mutex_unlock(&mig->lock);
    assert_true(came);
}

static void
nothing(gpointer data)
{
}

char *
take_events(Host *host)
{
    char *text;

    /* What has been emitted is published by the loop; a call there comes after it. */
    loop_call(host->driver->loop, nothing, NULL);
    g_mutex_lock(&host->lock);
    text = g_strdup(host->events->str);
    g_string_truncate(host->events, 0);
    g_mutex_unlock(&host->lock);
    return text;
}

/* One migration */

static MigPhase
phase_of(VerbId verb)
{
    return verb == VERB_migrate_begin     ? MIG_BEGIN
           : verb == VERB_migrate_prepare ? MIG_PREPARE
           : verb == VERB_migrate_perform ? MIG_PERFORM
           : verb == VERB_migrate_finish  ? MIG_FINISH
           : verb == VERB_migrate_confirm ? MIG_CONFIRM
                                          : MIG_DONE;
}

static bool
lost(GError **err)
{
    return verr_set(err, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "client socket is closed");
}

static bool
ask_host(Trip *trip, Host *host, VerbId verb, const void *in, void *out, GError **err)
{
    MigPhase phase = phase_of(verb);
    bool     ok;

    if (trip->stop_at != MIG_BEGIN && phase != MIG_DONE && phase >= trip->stop_at)
        return lost(err);
    if (trip->before && phase != MIG_DONE)
        trip->before(trip, phase);
    ok = verbs[verb].call(&qemu_driver, host->conn, in, out, err);
    if (trip->after && phase != MIG_DONE)
        trip->after(trip, phase);
    if (phase != trip->lose || phase == MIG_BEGIN)
        return ok;
    if (ok && phase == MIG_FINISH) {
        MigrateFinishOut *finish = out;

        dom_ref_clear(&finish->dom);
        g_clear_pointer(&finish->cookie, g_bytes_unref);
    }
    g_clear_error(err);
    return lost(err);
}

static bool
ask_from(MigEnd *end, VerbId verb, const void *in, void *out, GError **err)
{
    Trip *trip = end->data;

    return ask_host(trip, trip->from, verb, in, out, err);
}

static bool
ask_to(MigEnd *end, VerbId verb, const void *in, void *out, GError **err)
{
    Trip *trip = end->data;

    return ask_host(trip, trip->to, verb, in, out, err);
}

void
migrate(Trip *trip)
{
    MigEnd                src = { .data = trip, .name = "a", .ask = ask_from };
    MigEnd                dst = { .data = trip, .name = "b", .ask = ask_to };
    g_autoptr(QemuDomain) dom = find(trip->from, trip->name);
    MigRun                run = { .src = &src, .dst = &dst, .params = trip->params, .flags = trip->flags | VIR_MIGRATE_UNSAFE,
                                  .protect = !trip->unprotected, .dialect = DIALECT_V3_PARAMS };

    assert_non_null(dom);
    g_clear_error(&trip->error);
    qemu_domain_fill_ref(dom, &run.dom);
    trip->ok = mig_run(&run, &trip->error);
    trip->result = run.result;
    dom_ref_clear(&run.dom);
    mig_run_clear(&run);
}

void
trip_clear(Trip *trip)
{
    params_clear(&trip->params);
    g_clear_error(&trip->error);
}
