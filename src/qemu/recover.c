/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/recover.h"

#include <string.h>

#include "model/dom-def.h"
#include "qemu/driver-private.h"
#include "qemu/events.h"
#include "qemu/process-private.h"
#include "qemu/state.h"
#include "util/err.h"
#include "util/file.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

static void
bump_next_id(QemuDriver *driver, int id)
{
    if (g_atomic_int_get(&driver->next_id) <= id && id < G_MAXINT)
        g_atomic_int_set(&driver->next_id, id + 1);
}

/* An interrupted migration: nobody else may touch the guest until the migration code has decided. */
static void
reopen_job(QemuDomain *dom, const QemuStatus *status)
{
    dom->job.async = status->async;
    dom->job.async_api = "recovery after restart";
    dom->job.recovering = true;
    dom->job.phase = status->phase ? g_intern_string(status->phase) : NULL;
    dom->job.async_since_us = g_get_monotonic_time();
}

static bool
attach(QemuDomain *dom, const QemuStatus *status, GError **err)
{
    QemuRun run = { .id = status->id, .pid = status->pid, .pid_start = status->pid_start, .state = status->state,
                    .reason = status->reason, .run_dir = g_strdup(status->run_dir),
                    .monitor_path = g_strdup(status->monitor_path) };

    if (!qemu_process_attach(dom, &run, err)) {
        g_free(run.run_dir);
        g_free(run.monitor_path);
        return false;
    }
    g_mutex_lock(&dom->lock);
    dom->state_since_us = status->state_since_us;
    if (status->async != ASYNC_NONE)
        reopen_job(dom, status);
    /* It says what it finds (monitor.c): after the former daemon's word has been taken over. */
    if (dom->qmp)
        qmp_client_retry(dom->qmp);
    g_mutex_unlock(&dom->lock);
    return true;
}

/* Its QEMU ended while we were away. */
static void
bury(QemuDomain *dom, const QemuStatus *status)
{
    g_mutex_lock(&dom->lock);
    qemu_domain_set_state(dom, VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED);
    dom->run_dir = g_strdup(status->run_dir);
    g_mutex_unlock(&dom->lock);
    qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_FAILED);
    qemu_job_request_reap(dom);
}

static DomDef *
read_live_def(const QemuStatus *status, GError **err)
{
    g_autoptr(DomDef) def = dom_def_parse(status->live_xml, -1, DOM_PARSE_LIVE, err);

    if (!def)
        return NULL;
    if (status->defined_cpu) {
        def->orig_cpu = dom_cpu_parse(status->defined_cpu, -1, err);
        if (!def->orig_cpu)
            return NULL;
    }
    return g_steal_pointer(&def);
}

static bool
recover_guest(QemuDriver *driver, const QemuStatus *status, GError **err)
{
    DomDef *def = read_live_def(status, err);
    g_autoptr(QemuDomain) dom = NULL;
    g_autoptr(GError) why = NULL;

    if (!def)
        return false;
    dom = qemu_domain_table_add(driver, status->name, status->uuid, TABLE_ADD_LIVE, NULL, err);
    if (!dom) {
        dom_def_free(def);
        return false;
    }
    bump_next_id(driver, status->id);
    qemu_domain_set_live_def(dom, def);
    qemu_process_claim_live(dom, def);
    if (attach(dom, status, &why)) {
        log_info("domain '%s': attached to process %ld", dom->name, (long)status->pid);
        return true;
    }
    log_warn("domain '%s' is not running any more: %s", dom->name, why->message);
    bury(dom, status);
    return true;
}

void
qemu_recover_all(QemuDriver *driver)
{
    g_autofree char *path = g_build_filename(driver->config->run_dir, "qemu", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *file;

    while (dir && (file = g_dir_read_name(dir))) {
        g_autofree char *status_path = g_build_filename(path, file, NULL);
        g_autoptr(QemuStatus) status = NULL;
        g_autoptr(GError) error = NULL;

        if (!g_str_has_suffix(file, ".status"))
            continue;
        status = qemu_status_load(status_path, &error);
        if (!status || !recover_guest(driver, status, &error))
            log_error("cannot recover the guest of '%s': %s", status_path, error->message);
    }
}

static void
start_one(QemuDomain *dom)
{
    g_autoptr(GError) error = NULL;

    if (!qemu_lifecycle_start(dom, &(QemuStart){ 0 }, "autostart", &error))
        log_error("cannot autostart domain '%s': %s", dom->name, error->message);
}

/* Once per boot of the host, not with every restart of ours: somebody may have shut a guest down on purpose. The
 * file that says so holds the name of the boot, because a run-time directory may lie on a disk. */
static bool
is_first_start_of_boot(QemuDriver *driver)
{
    g_autofree char *path = g_build_filename(driver->config->run_dir, "qemu", "autostarted", NULL);
    g_autofree char *boot = NULL, *done = NULL;
    gsize len;

    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot, &len, NULL))
        return true;
    if (file_read(path, 256, &done, NULL, NULL) && g_strcmp0(boot, done) == 0)
        return false;
    file_write(path, boot, len, 0600, FILE_NO_SYNC, NULL);
    return true;
}

void
qemu_recover_autostart(QemuDriver *driver)
{
    g_autoptr(GPtrArray) all = NULL;

    if (!is_first_start_of_boot(driver))
        return;
    all = qemu_domain_table_list(driver->domains);
    for (guint i = 0; i < all->len; i++) {
        QemuDomain *dom = g_ptr_array_index(all, i);
        bool wanted;

        g_mutex_lock(&dom->lock);
        wanted = dom->autostart && !qemu_domain_is_active(dom);
        g_mutex_unlock(&dom->lock);
        if (wanted)
            qemu_driver_run(driver, dom, start_one);
    }
}
