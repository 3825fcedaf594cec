/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/state.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/dom-def.h"
#include "qemu/driver.h"
#include "util/err.h"
#include "util/file.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

enum { MAX_DEFINITION = 10 * 1024 * 1024, HEAD_BYTES = 2048 };

static char *
definition_path(QemuDomain *dom)
{
    return g_strdup_printf("%s/qemu/%s.xml", dom->driver->config->lib_dir, dom->name);
}

static char *
autostart_path(QemuDomain *dom)
{
    return g_strdup_printf("%s/qemu/autostart/%s.xml", dom->driver->config->lib_dir, dom->name);
}

bool
qemu_state_save_definition(QemuDomain *dom, GError **err)
{
    g_autofree char *path = definition_path(dom);
    g_autofree char *xml = NULL;
    DomDef *def;

    g_mutex_lock(&dom->lock);
    def = qemu_domain_is_active(dom) ? dom->new_def : dom->def;
    if (def)
        xml = dom_def_format(def, DOM_XML_SECURE | DOM_XML_INACTIVE, err);
    else
        fail(err, VIR_ERR_INTERNAL_ERROR, _("domain '%s' has no persistent configuration to save"), dom->name);
    g_mutex_unlock(&dom->lock);
    return xml && file_write(path, xml, strlen(xml), 0600, FILE_SYNC, err);
}

bool
qemu_state_write_definition(QemuDomain *dom, const DomDef *def, GError **err)
{
    g_autofree char *path = definition_path(dom);
    g_autofree char *xml = dom_def_format(def, DOM_XML_SECURE | DOM_XML_INACTIVE, err);

    return xml && file_write(path, xml, strlen(xml), 0600, FILE_SYNC, err);
}

bool
qemu_state_remove_definition(QemuDomain *dom, GError **err)
{
    g_autofree char *path = definition_path(dom);
    g_autofree char *link = autostart_path(dom);

    return file_remove(link, FILE_NO_SYNC, err) && file_remove(path, FILE_SYNC, err);
}

bool
qemu_state_set_autostart(QemuDomain *dom, bool on, GError **err)
{
    g_autofree char *target = definition_path(dom);
    g_autofree char *link = autostart_path(dom);

    return on ? file_link(target, link, FILE_SYNC, err) : file_remove(link, FILE_SYNC, err);
}

DomDef *
qemu_state_load_definition(QemuDomain *dom, GError **err)
{
    g_autofree char *path = definition_path(dom);
    g_autofree char *xml = NULL;
    g_autoptr(DomDef) def = NULL;
    gsize len;

    if (!file_read(path, MAX_DEFINITION, &xml, &len, err))
        return NULL;
    if (!xml)
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("the configuration of domain '%s' is missing: no file '%s'"),
                         dom->name, path);
    def = dom_def_parse(xml, (gssize)len, 0, err);
    if (!def)
        return NULL;
    if (strcmp(def->name, dom->name) != 0 || memcmp(def->uuid, dom->uuid, VIR_UUID_BUFLEN) != 0)
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("file '%s' does not describe domain '%s' with uuid %s"), path,
                         dom->name, dom->uuid_str);
    return g_steal_pointer(&def);
}

/* Only as far as the uuid: a host with a thousand definitions is ready in a moment, and most are never looked at. */
static bool
read_uuid(int dir, const char *file, guint8 *ret_uuid)
{
    char     head[HEAD_BYTES], text[VIR_UUID_STRING_BUFLEN];
    int      fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t  n = fd >= 0 ? read(fd, head, sizeof(head) - 1) : -1;
    char    *at;

    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return false;
    head[n] = '\0';
    at = strstr(head, "<uuid>");
    if (!at || at + strlen("<uuid>") + sizeof(text) > head + n)
        return false;
    g_strlcpy(text, at + strlen("<uuid>"), sizeof(text));
    return dom_uuid_parse(text, ret_uuid);
}

/* The slow way, for a file that somebody else wrote. */
static bool
parse_uuid(const char *dir, const char *file, guint8 *ret_uuid)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(DomDef) def = NULL;
    gsize len;

    if (file_read(path, MAX_DEFINITION, &xml, &len, &error) && xml)
        def = dom_def_parse(xml, (gssize)len, 0, &error);
    if (!def || !def->uuid_given) {
        log_warn("cannot load '%s': %s, ignoring", path, error ? error->message : "it has no uuid");
        return false;
    }
    memcpy(ret_uuid, def->uuid, VIR_UUID_BUFLEN);
    return true;
}

static void
load_one(QemuDriver *driver, int fd, const char *dir, const char *file)
{
    g_autofree char *name = g_strndup(file, strlen(file) - strlen(".xml"));
    g_autofree char *link = g_strdup_printf("autostart/%s", file);
    g_autoptr(GError) error = NULL;
    g_autoptr(QemuDomain) dom = NULL;
    guint8 uuid[VIR_UUID_BUFLEN];

    if (!read_uuid(fd, file, uuid) && !parse_uuid(dir, file, uuid))
        return;
    dom = qemu_domain_table_add(driver, name, uuid, TABLE_ADD_DEFINE, NULL, &error);
    if (!dom) {
        log_warn("cannot load '%s/%s': %s, ignoring", dir, file, error->message);
        return;
    }
    dom->persistent = true;
    dom->autostart = faccessat(fd, link, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
qemu_state_load_all(QemuDriver *driver, GError **err)
{
    g_autofree char *path = g_build_filename(driver->config->lib_dir, "qemu", NULL);
    g_autoptr(GDir) dir = NULL;
    const char *file;
    int fd;

    dir = g_dir_open(path, 0, err);
    if (!dir)
        return false;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0 && (file = g_dir_read_name(dir)))
        if (g_str_has_suffix(file, ".xml") && strlen(file) > strlen(".xml"))
            load_one(driver, fd, path, file);
    if (fd >= 0)
        close(fd);
    return true;
}
