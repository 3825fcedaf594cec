/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The runtime status of a guest: NAME.status says which process it is and how it fares, a few hundred bytes written
 * often; NAME.xml is its live definition, written when that changes.
 */
#include <string.h>

#include "model/dom-def.h"
#include "qemu/driver.h"
#include "qemu/state.h"
#include "util/err.h"
#include "util/file.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"
#define GROUP "guest"

enum { MAX_STATUS = 65536, MAX_LIVE_XML = 10 * 1024 * 1024 };

/* One writer at a time, so that what was seen last is what stays; before dom->lock. */
static GMutex writing;

static char *
status_path(QemuDomain *dom, const char *suffix)
{
    return g_strdup_printf("%s/qemu/%s%s", dom->driver->config->run_dir, dom->name, suffix);
}

/* Lock held. */
static char *
format_status(QemuDomain *dom)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_key_file_set_string(file, GROUP, "name", dom->name);
    g_key_file_set_string(file, GROUP, "uuid", dom->uuid_str);
    g_key_file_set_integer(file, GROUP, "id", dom->id);
    g_key_file_set_integer(file, GROUP, "pid", (int)dom->pid);
    g_key_file_set_uint64(file, GROUP, "pid-start", dom->pid_start);
    g_key_file_set_string(file, GROUP, "run-dir", dom->run_dir ? dom->run_dir : "");
    g_key_file_set_string(file, GROUP, "monitor", dom->monitor_path ? dom->monitor_path : "");
    g_key_file_set_integer(file, GROUP, "state", dom->state);
    g_key_file_set_integer(file, GROUP, "reason", dom->reason);
    g_key_file_set_int64(file, GROUP, "since", dom->state_since_us);
    g_key_file_set_string(file, GROUP, "job", qemu_async_job_name(dom->job.async));
    if (dom->def && dom->def->orig_cpu) {
        g_autofree char *cpu = dom_cpu_format(dom->def->orig_cpu);

        g_key_file_set_string(file, GROUP, "defined-cpu", cpu);
    }
    if (dom->job.phase)
        g_key_file_set_string(file, GROUP, "phase", dom->job.phase);
    return g_key_file_to_data(file, NULL, NULL);
}

/* What has to be written; false: not active, nothing. ret_xml NULL: has not changed. */
static bool
take_texts(QemuDomain *dom, char **ret_status, char **ret_xml)
{
    g_autoptr(GError) error = NULL;
    bool active;

    g_mutex_lock(&dom->lock);
    dom->status_queued = false;
    active = qemu_domain_is_active(dom);
    if (active)
        *ret_status = format_status(dom);
    if (active && !dom->live_xml && dom->def) {
        dom->live_xml = dom_def_format(dom->def, DOM_XML_SECURE | DOM_XML_STATUS, &error);
        *ret_xml = g_strdup(dom->live_xml);
    }
    g_mutex_unlock(&dom->lock);
    if (error)
        log_warn("domain '%s': cannot save the live definition: %s, ignoring", dom->name, error->message);
    return active;
}

static void
write_text(QemuDomain *dom, const char *suffix, const char *text)
{
    g_autofree char *path = status_path(dom, suffix);
    g_autoptr(GError) error = NULL;

    if (!file_write(path, text, strlen(text), 0600, FILE_NO_SYNC, &error))
        log_error("domain '%s': %s; it will not be found again after a restart", dom->name, error->message);
}

void
qemu_state_save_status(QemuDomain *dom)
{
    g_autofree char *status = NULL, *xml = NULL;

    g_mutex_lock(&writing);
    if (take_texts(dom, &status, &xml)) {
        if (xml)
            write_text(dom, ".xml", xml);
        write_text(dom, ".status", status);
    }
    g_mutex_unlock(&writing);
}

static gboolean
save_now(gpointer data)
{
    qemu_state_save_status(data);
    return G_SOURCE_REMOVE;
}

static void
drop_domain(gpointer data)
{
    qemu_domain_unref(data);
}

void
qemu_state_touch_status(QemuDomain *dom)
{
    GSource *source;

    if (dom->status_queued || !dom->driver->loop)
        return;
    dom->status_queued = true;
    source = g_idle_source_new(); /* after everything that is ready: replies and events of migrations */
    g_source_set_callback(source, save_now, qemu_domain_ref(dom), drop_domain);
    g_source_attach(source, loop_context(dom->driver->loop));
    g_source_unref(source);
}

void
qemu_state_live_changed(QemuDomain *dom)
{
    g_clear_pointer(&dom->live_xml, g_free);
    qemu_state_touch_status(dom);
}

void
qemu_state_remove_status(QemuDomain *dom)
{
    static const char *const suffixes[] = { ".status", ".xml" };

    g_mutex_lock(&writing);
    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = status_path(dom, suffixes[i]);

        file_remove(path, FILE_NO_SYNC, NULL);
    }
    g_mutex_unlock(&writing);
}

/* "x.status" -> "x.xml" */
static bool
load_live_xml(const char *path, QemuStatus *status, GError **err)
{
    g_autofree char *stem = g_strndup(path, strlen(path) - strlen(".status"));
    g_autofree char *xml_path = g_strconcat(stem, ".xml", NULL);

    if (!file_read(xml_path, MAX_LIVE_XML, &status->live_xml, NULL, err))
        return false;
    return status->live_xml || fail(err, VIR_ERR_INTERNAL_ERROR, _("file '%s' is missing"), xml_path);
}

static bool
read_fields(GKeyFile *file, QemuStatus *status, const char *path, GError **err)
{
    g_autofree char *uuid = g_key_file_get_string(file, GROUP, "uuid", NULL);
    g_autofree char *job = g_key_file_get_string(file, GROUP, "job", NULL);

    status->name = g_key_file_get_string(file, GROUP, "name", NULL);
    status->run_dir = g_key_file_get_string(file, GROUP, "run-dir", NULL);
    status->monitor_path = g_key_file_get_string(file, GROUP, "monitor", NULL);
    status->defined_cpu = g_key_file_get_string(file, GROUP, "defined-cpu", NULL);
    status->phase = g_key_file_get_string(file, GROUP, "phase", NULL);
    status->id = g_key_file_get_integer(file, GROUP, "id", NULL);
    status->pid = g_key_file_get_integer(file, GROUP, "pid", NULL);
    status->pid_start = g_key_file_get_uint64(file, GROUP, "pid-start", NULL);
    status->state = g_key_file_get_integer(file, GROUP, "state", NULL);
    status->reason = g_key_file_get_integer(file, GROUP, "reason", NULL);
    status->state_since_us = g_key_file_get_int64(file, GROUP, "since", NULL);
    status->async = qemu_async_job_from_name(job);
    return (status->name && *status->name && uuid && dom_uuid_parse(uuid, status->uuid) && status->id > 0 &&
            status->pid > 1 && status->run_dir && status->monitor_path) ||
           fail(err, VIR_ERR_INTERNAL_ERROR, _("file '%s' is not a complete status file"), path);
}

QemuStatus *
qemu_status_load(const char *path, GError **err)
{
    g_autoptr(QemuStatus) status = g_new0(QemuStatus, 1);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) why = NULL;
    g_autofree char *text = NULL;
    gsize len;

    if (!file_read(path, MAX_STATUS, &text, &len, err))
        return NULL;
    if (!text || !g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, &why))
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("cannot read status file '%s': %s"), path,
                         why ? why->message : _("it is gone"));
    if (!read_fields(file, status, path, err) || !load_live_xml(path, status, err))
        return NULL;
    return g_steal_pointer(&status);
}

void
qemu_status_free(QemuStatus *status)
{
    if (!status)
        return;
    g_free(status->name);
    g_free(status->run_dir);
    g_free(status->monitor_path);
    g_free(status->phase);
    g_free(status->defined_cpu);
    g_free(status->live_xml);
    g_free(status);
}
