/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/driver.h"

#include <string.h>

#include "model/handle.h"
#include "qemu/driver-private.h"
#include "qemu/migrate.h"
#include "qemu/recover.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

static GMutex instances_lock;
/* under instances_lock */
static QemuDriver *daemon_driver; /* of qemu_driver_start(); owned */
static GHashTable *embedded;      /* root -> QemuDriver, borrowed: its users own it; stays until it has been taken down */
static GCond instances_changed;

QemuDriver *
qemu_driver_of(VirConn *conn)
{
    return conn->priv;
}

bool
qemu_driver_start(const QemuConfig *config, GError **err)
{
    QemuDriver *driver = qemu_driver_new(config, err);

    if (!driver)
        return false;
    g_mutex_lock(&instances_lock);
    daemon_driver = driver;
    g_mutex_unlock(&instances_lock);
    return true;
}

void
qemu_driver_stop(void)
{
    QemuDriver *driver;

    g_mutex_lock(&instances_lock);
    driver = g_steal_pointer(&daemon_driver);
    g_mutex_unlock(&instances_lock);
    qemu_driver_unref(driver);
}

void
qemu_driver_autostart(void)
{
    g_mutex_lock(&instances_lock);
    if (daemon_driver)
        qemu_recover_autostart(daemon_driver);
    g_mutex_unlock(&instances_lock);
}

/* The value of root= in qemu:///embed?root=DIR; NULL: another kind of URI. Caller frees. */
static bool
read_uri(const char *text, char **ret_path, char **ret_root)
{
    g_autoptr(GUri) uri = text ? g_uri_parse(text, G_URI_FLAGS_ENCODED_QUERY, NULL) : NULL;
    g_autoptr(GHashTable) params = NULL;

    if (!uri || strcmp(g_uri_get_scheme(uri), "qemu") != 0 || (g_uri_get_host(uri) && *g_uri_get_host(uri)))
        return false;
    *ret_path = g_strdup(g_uri_get_path(uri));
    *ret_root = NULL;
    if (g_uri_get_query(uri))
        params = g_uri_parse_params(g_uri_get_query(uri), -1, "&", G_URI_PARAMS_NONE, NULL);
    if (params)
        *ret_root = g_strdup(g_hash_table_lookup(params, "root"));
    return true;
}

static QemuDriver *
new_embedded(const char *root, GError **err)
{
    g_autoptr(QemuConfig) config = qemu_config_new(root, err);

    return config ? qemu_driver_new(config, err) : NULL;
}

static gboolean
is_driver(gpointer key, gpointer value, gpointer data)
{
    return value == data;
}

/* An embedded instance has been taken down: its root may be opened again. */
static void
forget_embedded(QemuDriver *driver)
{
    g_mutex_lock(&instances_lock);
    g_hash_table_foreach_remove(embedded, is_driver, driver);
    if (g_hash_table_size(embedded) == 0)
        g_clear_pointer(&embedded, g_hash_table_unref);
    g_cond_broadcast(&instances_changed);
    g_mutex_unlock(&instances_lock);
}

/* Lock held. An instance that is on its way out is waited for: two at once would both manage the same guests. */
static QemuDriver *
find_embedded(const char *root)
{
    QemuDriver *driver;

    while (embedded && (driver = g_hash_table_lookup(embedded, root))) {
        if (qemu_driver_try_ref(driver))
            return driver;
        g_cond_wait(&instances_changed, &instances_lock);
    }
    return NULL;
}

/* One instance per root in this process: started by its first connection. */
static QemuDriver *
open_embedded(const char *root, GError **err)
{
    g_autofree char *key = g_canonicalize_filename(root, NULL);
    QemuDriver *driver;

    g_mutex_lock(&instances_lock);
    driver = find_embedded(key);
    if (!driver && (driver = new_embedded(key, err))) {
        driver->ended = forget_embedded;
        if (!embedded)
            embedded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_hash_table_insert(embedded, g_steal_pointer(&key), driver);
    }
    g_mutex_unlock(&instances_lock);
    return driver;
}

static QemuDriver *
daemon_instance(void)
{
    QemuDriver *driver;

    g_mutex_lock(&instances_lock);
    driver = daemon_driver ? qemu_driver_ref(daemon_driver) : NULL;
    g_mutex_unlock(&instances_lock);
    return driver;
}

static bool
pick_instance(const char *path, const char *root, QemuDriver **ret, bool *ret_declined, GError **err)
{
    *ret = NULL;
    if (strcmp(path, "/embed") == 0) {
        if (!root)
            return fail(err, VIR_ERR_INVALID_ARG, _("URI qemu:///embed needs a directory: qemu:///embed?root=DIR"));
        *ret = open_embedded(root, err);
        return *ret != NULL;
    }
    if (strcmp(path, "/system") == 0 || strcmp(path, "/session") == 0)
        *ret = daemon_instance();
    *ret_declined = *ret == NULL;
    return *ret != NULL;
}

static bool
driver_open(VirConn *conn, const ConnOpenIn *in, bool *ret_declined, GError **err)
{
    g_autofree char *path = NULL, *root = NULL;
    QemuDriver *driver;

    *ret_declined = !read_uri(in->uri, &path, &root);
    if (*ret_declined || !pick_instance(path, root, &driver, ret_declined, err))
        return false;
    conn->priv = driver;
    event_hub_unref(conn->events);
    conn->events = event_hub_ref(driver->events);
    return true;
}

VirConn *
qemu_driver_connect_self(QemuDriver *driver)
{
    VirConn *conn = conn_new();

    conn->driver = &qemu_driver;
    conn->priv = qemu_driver_ref(driver);
    event_hub_unref(conn->events);
    conn->events = event_hub_ref(driver->events);
    return conn;
}

static void
destroy_guests_of(QemuDriver *driver, VirConn *conn)
{
    g_autoptr(GPtrArray) all = qemu_domain_table_list(driver->domains);

    for (guint i = 0; i < all->len; i++) {
        QemuDomain *dom = g_ptr_array_index(all, i);
        bool mine;

        g_mutex_lock(&dom->lock);
        mine = dom->autodestroy == conn && qemu_domain_is_active(dom);
        g_mutex_unlock(&dom->lock);
        if (mine)
            qemu_process_stop_async(dom, VIR_DOMAIN_SHUTOFF_DESTROYED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED, STOP_TERM);
    }
}

/* A migration that waits in one of its phases must not wait for the end of that phase to hear of it. */
static void
driver_client_gone(VirConn *conn)
{
    qmig_connection_closed(qemu_driver_of(conn), conn);
}

static void
driver_close(VirConn *conn)
{
    QemuDriver *driver = g_steal_pointer(&conn->priv);

    if (!driver)
        return;
    qmig_connection_closed(driver, conn);
    destroy_guests_of(driver, conn);
    qemu_driver_unref(driver);
}

QemuDomain *
qemu_verb_begin(VirConn *conn, const DomRef *ref, QemuJob job, QemuVerbWants wants, const char *api, GError **err)
{
    g_autoptr(QemuDomain) dom = qemu_domain_find(qemu_driver_of(conn), ref, err);
    bool ok;

    if (!dom)
        return NULL;
    ok = wants == RUNNING_DOMAIN ? qemu_job_begin_active(dom, job, api, err) : qemu_job_begin(dom, job, api, err);
    return ok ? g_steal_pointer(&dom) : NULL;
}

static bool
was_removed(QemuDomain *dom)
{
    bool removed;

    g_mutex_lock(&dom->lock);
    removed = dom->removed;
    g_mutex_unlock(&dom->lock);
    return removed;
}

QemuDomain *
qemu_verb_claim(QemuDriver *driver, const DomDef *def, QemuTableAdd how, const char *api, GError **err)
{
    for (;;) {
        g_autoptr(QemuDomain) dom = qemu_domain_table_add(driver, def->name, def->uuid, how, NULL, err);
        GError *why = NULL;

        if (!dom)
            return NULL;
        if (qemu_job_begin(dom, JOB_MODIFY, api, &why))
            return g_steal_pointer(&dom);
        if (!was_removed(dom)) {
            g_propagate_error(err, why);
            return NULL;
        }
        g_error_free(why);
    }
}

void
qemu_verb_end(QemuDomain *dom)
{
    qemu_job_end(dom);
    qemu_domain_unref(dom);
}

const Driver qemu_driver = {
    .name = "QEMU",
    .open = driver_open,
    .close = driver_close,
    .client_gone = driver_client_gone,

    .connect_get_type = qemu_verb_connect_get_type,
    .connect_get_version = qemu_verb_connect_get_version,
    .connect_get_lib_version = qemu_verb_connect_get_lib_version,
    .connect_get_hostname = qemu_verb_connect_get_hostname,
    .connect_get_uri = qemu_verb_connect_get_uri,
    .connect_get_max_vcpus = qemu_verb_connect_get_max_vcpus,
    .connect_get_capabilities = qemu_verb_connect_get_capabilities,
    .connect_get_domain_capabilities = qemu_verb_connect_get_domain_capabilities,
    .connect_get_sysinfo = qemu_verb_connect_get_sysinfo,
    .connect_get_cpu_model_names = qemu_verb_connect_get_cpu_model_names,
    .connect_compare_cpu = qemu_verb_connect_compare_cpu,
    .connect_compare_hypervisor_cpu = qemu_verb_connect_compare_hypervisor_cpu,
    .connect_baseline_cpu = qemu_verb_connect_baseline_cpu,
    .connect_baseline_hypervisor_cpu = qemu_verb_connect_baseline_hypervisor_cpu,
    .connect_supports_feature = qemu_verb_connect_supports_feature,
    .connect_is_secure = qemu_verb_connect_is_secure,
    .connect_domain_xml_to_native = qemu_verb_connect_domain_xml_to_native,
    .node_get_info = qemu_verb_node_get_info,
    .node_get_free_memory = qemu_verb_node_get_free_memory,
    .node_get_cells_free_memory = qemu_verb_node_get_cells_free_memory,
    .node_get_cpu_stats = qemu_verb_node_get_cpu_stats,
    .node_get_memory_stats = qemu_verb_node_get_memory_stats,
    .node_get_cpu_map = qemu_verb_node_get_cpu_map,
    .node_get_security_model = qemu_verb_node_get_security_model,

    .connect_num_of_domains = qemu_verb_connect_num_of_domains,
    .connect_list_domains = qemu_verb_connect_list_domains,
    .connect_num_of_defined_domains = qemu_verb_connect_num_of_defined_domains,
    .connect_list_defined_domains = qemu_verb_connect_list_defined_domains,
    .connect_list_all_domains = qemu_verb_connect_list_all_domains,
    .connect_get_all_domain_stats = qemu_verb_connect_get_all_domain_stats,
    .domain_lookup_by_id = qemu_verb_domain_lookup_by_id,
    .domain_lookup_by_name = qemu_verb_domain_lookup_by_name,
    .domain_lookup_by_uuid = qemu_verb_domain_lookup_by_uuid,

    .domain_define_xml = qemu_verb_domain_define_xml,
    .domain_create_xml = qemu_verb_domain_create_xml,
    .domain_create = qemu_verb_domain_create,
    .domain_suspend = qemu_verb_domain_suspend,
    .domain_resume = qemu_verb_domain_resume,
    .domain_shutdown = qemu_verb_domain_shutdown,
    .domain_reboot = qemu_verb_domain_reboot,
    .domain_reset = qemu_verb_domain_reset,
    .domain_destroy = qemu_verb_domain_destroy,
    .domain_undefine = qemu_verb_domain_undefine,

    .domain_get_info = qemu_verb_domain_get_info,
    .domain_get_state = qemu_verb_domain_get_state,
    .domain_get_control_info = qemu_verb_domain_get_control_info,
    .domain_get_xml_desc = qemu_verb_domain_get_xml_desc,
    .domain_get_os_type = qemu_verb_domain_get_os_type,
    .domain_get_max_memory = qemu_verb_domain_get_max_memory,
    .domain_get_max_vcpus = qemu_verb_domain_get_max_vcpus,
    .domain_get_vcpus_flags = qemu_verb_domain_get_vcpus_flags,
    .domain_get_vcpus = qemu_verb_domain_get_vcpus,
    .domain_get_autostart = qemu_verb_domain_get_autostart,
    .domain_set_autostart = qemu_verb_domain_set_autostart,
    .domain_is_active = qemu_verb_domain_is_active,
    .domain_is_persistent = qemu_verb_domain_is_persistent,
    .domain_is_updated = qemu_verb_domain_is_updated,
    .domain_has_managed_save_image = qemu_verb_domain_has_managed_save_image,
    .domain_snapshot_num = qemu_verb_domain_snapshot_num,
    .domain_get_security_label = qemu_verb_domain_get_security_label,
    .domain_get_messages = qemu_verb_domain_get_messages,
    .domain_memory_stats = qemu_verb_domain_memory_stats,
    .domain_set_metadata = qemu_verb_domain_set_metadata,
    .domain_get_metadata = qemu_verb_domain_get_metadata,

    .domain_open_console = qemu_verb_domain_open_console,
    .domain_open_channel = qemu_verb_domain_open_channel,

    .domain_get_job_info = qemu_domain_get_job_info,
    .domain_get_job_stats = qemu_domain_get_job_stats,
    .domain_abort_job = qemu_domain_abort_job,

    .migrate_begin = qemu_migrate_begin,
    .migrate_prepare = qemu_migrate_prepare,
    .migrate_prepare_tunnel = qemu_migrate_prepare_tunnel,
    .migrate_perform = qemu_migrate_perform,
    .migrate_finish = qemu_migrate_finish,
    .migrate_confirm = qemu_migrate_confirm,
    .migrate_set_max_downtime = qemu_migrate_set_max_downtime,
    .migrate_get_max_downtime = qemu_migrate_get_max_downtime,
    .migrate_set_max_speed = qemu_migrate_set_max_speed,
    .migrate_get_max_speed = qemu_migrate_get_max_speed,
    .migrate_set_compression_cache = qemu_migrate_set_compression_cache,
    .migrate_get_compression_cache = qemu_migrate_get_compression_cache,
    .migrate_start_postcopy = qemu_migrate_start_postcopy,
};
