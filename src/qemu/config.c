/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/config.h"

#include <string.h>
#include <unistd.h>

#include "model/dom-def.h"
#include "util/err.h"
#include "util/file.h"

#define VIR_FROM_THIS VIR_FROM_CONF

enum { PORT_MIN = 49152, PORT_MAX = 49215 };
/* libvirt's: a silent destination is given up after half a minute */
enum { KEEPALIVE_INTERVAL = 5, KEEPALIVE_COUNT = 5 };
/* Much longer than any destination that still works needs for what lies between two writes. */
enum { MIGRATE_SILENCE = 120 };

/* member; where it lies beneath --root; as root; as a user: which XDG directory */
typedef enum { XDG_CONFIG, XDG_RUNTIME, XDG_DATA, XDG_STATE, XDG_CACHE } Xdg;
static const struct {
    gsize       member;
    const char *in_root;
    const char *system;
    Xdg         xdg;
} places[] = {
    { offsetof(QemuConfig, etc_dir), "etc", "/etc/godwit", XDG_CONFIG },
    { offsetof(QemuConfig, run_dir), "run", "/run/godwit", XDG_RUNTIME },
    { offsetof(QemuConfig, lib_dir), "lib", "/var/lib/godwit", XDG_DATA },
    { offsetof(QemuConfig, log_dir), "log", "/var/log/godwit", XDG_STATE },
    { offsetof(QemuConfig, cache_dir), "lib/cache", "/var/cache/godwit", XDG_CACHE },
};

static char *
xdg_place(Xdg xdg)
{
    const char *base = NULL;

    switch (xdg) {
    case XDG_CONFIG: base = g_get_user_config_dir(); break;
    case XDG_RUNTIME: base = g_get_user_runtime_dir(); break;
    case XDG_DATA: base = g_get_user_data_dir(); break;
    case XDG_STATE: base = g_get_user_state_dir(); break;
    case XDG_CACHE: base = g_get_user_cache_dir(); break;
    }
    return g_build_filename(base, "godwit", NULL);
}

static char **
place_of(QemuConfig *config, gsize i)
{
    return (char **)((char *)config + places[i].member);
}

static void
choose_places(QemuConfig *config)
{
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        if (config->root)
            *place_of(config, i) = g_build_filename(config->root, places[i].in_root, NULL);
        else if (config->privileged)
            *place_of(config, i) = g_strdup(places[i].system);
        else
            *place_of(config, i) = xdg_place(places[i].xdg);
    }
}

static bool
make_places(QemuConfig *config, GError **err)
{
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        if (!file_make_dir(*place_of(config, i), 0755, err))
            return false;
    return true;
}

/* A name for this host that no other has, also among hosts cloned from one image as long as etc/ is new. */
static bool
make_uuid(const char *path, QemuConfig *config, GError **err)
{
    g_autofree char *text = g_uuid_string_random();
    g_autofree char *line = g_strconcat(text, "\n", NULL);

    dom_uuid_parse(text, config->host_uuid);
    return file_write(path, line, strlen(line), 0644, FILE_SYNC, err);
}

static bool
find_uuid(QemuConfig *config, GError **err)
{
    g_autofree char *path = g_build_filename(config->etc_dir, "host-uuid", NULL);
    g_autofree char *text = NULL;

    if (!file_read(path, 256, &text, NULL, err))
        return false;
    if (!text && !make_uuid(path, config, err))
        return false;
    if (text && !dom_uuid_parse(g_strstrip(text), config->host_uuid))
        return fail(err, VIR_ERR_CONF_SYNTAX, _("file '%s' does not hold a UUID; remove it to get a new one"), path);
    dom_uuid_format(config->host_uuid, config->host_uuid_str);
    return true;
}

static char *
absolute(const char *path)
{
    return path ? g_canonicalize_filename(path, NULL) : NULL;
}

QemuConfig *
qemu_config_new(const char *root, GError **err)
{
    g_autoptr(QemuConfig) config = g_new0(QemuConfig, 1);

    config->root = absolute(root);
    config->privileged = geteuid() == 0;
    config->hostname = g_strdup(g_get_host_name());
    config->migrate_port_min = PORT_MIN;
    config->migrate_port_max = PORT_MAX;
    config->keepalive_interval = KEEPALIVE_INTERVAL;
    config->keepalive_count = KEEPALIVE_COUNT;
    config->migrate_silence = MIGRATE_SILENCE;
    choose_places(config);
    if (!make_places(config, err) || !find_uuid(config, err))
        return NULL;
    return g_steal_pointer(&config);
}

QemuConfig *
qemu_config_copy(const QemuConfig *config)
{
    QemuConfig *copy = g_new(QemuConfig, 1);

    *copy = *config;
    copy->root = g_strdup(config->root);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        *place_of(copy, i) = g_strdup(*place_of((QemuConfig *)config, i));
    copy->hostname = g_strdup(config->hostname);
    copy->migrate_address = g_strdup(config->migrate_address);
    copy->migrate_tls_dir = g_strdup(config->migrate_tls_dir);
    copy->spice_tls_dir = g_strdup(config->spice_tls_dir);
    copy->vnc_tls_dir = g_strdup(config->vnc_tls_dir);
    copy->migrate_tls_priority = g_strdup(config->migrate_tls_priority);
    return copy;
}

void
qemu_config_free(QemuConfig *config)
{
    if (!config)
        return;
    g_free(config->root);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        g_free(*place_of(config, i));
    g_free(config->hostname);
    g_free(config->migrate_address);
    g_free(config->migrate_tls_dir);
    g_free(config->spice_tls_dir);
    g_free(config->vnc_tls_dir);
    g_free(config->migrate_tls_priority);
    g_free(config);
}
