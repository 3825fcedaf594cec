/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Begin looks at before anything is started, in libvirt's order, so that the same mistake gets the same error. */
#include <string.h>
#include <sys/vfs.h>

#include "qemu/migrate-priv.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

#define FUSE_MAGIC 0x65735546

/* File systems that several hosts mount at once (statfs f_type). */
static const guint32 shared_fs[] = {
    0x6969,     /* NFS */
    0x01161970, /* GFS2 */
    0x7461636F, /* OCFS2 */
    0x517B,     /* SMB */
    0xFF534D42, /* CIFS */
    0xFE534D42, /* SMB2 */
    0x5346414F, /* AFS */
    0x00C36400, /* CephFS */
    0x47504653, /* GPFS */
    0x61636673, /* ACFS */
    0x0BD00BD0, /* Lustre */
    0x19830326, /* BeeGFS */
};

static const char *const shared_fuse[] = { "fuse.glusterfs", "fuse.quobyte", "fuse.ceph", "fuse.ceph-fuse" };

/* Of the mount that path lies on: the longest mount point that is a prefix of it. Caller frees. */
static char *
mount_type(const char *path)
{
    g_autofree char *text = NULL;
    g_auto(GStrv)    lines = NULL;
    gsize            best = 0;
    char            *type = NULL;

    if (!g_file_get_contents("/proc/self/mounts", &text, NULL, NULL))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", 4);
        gsize         len = g_strv_length(words) >= 3 ? strlen(words[1]) : 0;

        if (len < best || len == 0 || !g_str_has_prefix(path, words[1]) ||
            (len > 1 && path[len] != '/' && path[len] != '\0'))
            continue;
        best = len;
        g_free(type);
        type = g_strdup(words[2]);
    }
    return type;
}

static bool
is_shared_file(const char *path)
{
    struct statfs    fs;
    g_autofree char *type = NULL;

    if (statfs(path, &fs) < 0)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(shared_fs); i++)
        if ((guint32)fs.f_type == shared_fs[i])
            return true;
    if ((guint32)fs.f_type != FUSE_MAGIC)
        return false;
    type = mount_type(path);
    for (gsize i = 0; type && i < G_N_ELEMENTS(shared_fuse); i++)
        if (g_str_equal(type, shared_fuse[i]))
            return true;
    return false;
}

bool
qmig_check_safe(const DomDef *def, GError **err)
{
    for (guint i = 0; i < def->disks->len; i++) {
        const DomDisk *disk = g_ptr_array_index(def->disks, i);
        const char    *path = dom_disk_path(disk);
        const char    *cache = dom_disk_cache_names[disk->cache];

        if (dom_disk_is_empty(disk) || disk->readonly || disk->src.type != DOM_DISK_TYPE_FILE || is_shared_file(path))
            continue;
        return fail(err, VIR_ERR_MIGRATE_UNSAFE,
                    _("Migration without shared storage is unsafe: disk '%s' (file '%s', cache mode '%s') is not on "
                      "a shared file system; move it to one, or use VIR_MIGRATE_UNSAFE (--unsafe) if the destination "
                      "sees the same file under this path"),
                    disk->target, path, cache ? cache : "default");
    }
    return true;
}

static bool
check_devices(const DomDef *def, GError **err)
{
    for (guint i = 0; i < def->disks->len; i++) {
        const DomDisk *disk = g_ptr_array_index(def->disks, i);

        if (disk->transient)
            return fail(err, VIR_ERR_OPERATION_UNSUPPORTED, _("migration with transient disk '%s' is not supported"),
                        disk->target);
    }
    return true;
}

static bool
check_blockers(JsonNode *reply, GError **err)
{
    JsonArray         *blockers = json_get_array(json_as_object(reply), "blocked-reasons");
    g_autoptr(GString) reasons = g_string_new(NULL);

    for (guint i = 0; i < json_array_size(blockers); i++)
        g_string_append_printf(reasons, "%s%s", i ? "; " : "", json_array_string(blockers, i));
    return reasons->len == 0 || fail(err, VIR_ERR_OPERATION_INVALID, _("cannot migrate domain: %s"), reasons->str);
}

/* One write: what QEMU itself has against it, and what it can do. Each command costs a running guest's QEMU a turn of
 * its big lock, so nothing is asked that nobody wants to know. */
static bool
check_qemu(QemuDomain *dom, const Params *params, guint32 flags, guint32 *ret_caps, GError **err)
{
    g_autoptr(QmpClient) qmp = qemu_domain_qmp(dom, err);
    QmpCmd               cmds[] = { { .cmd = "query-migrate" },
                                    { .cmd = "query-migrate-capabilities" },
                                    { .cmd = "query-migrate-parameters" } };
    JsonNode            *rets[G_N_ELEMENTS(cmds)] = { NULL };
    JsonObject          *wanted;
    bool                 ok;

    if (!qmp)
        return false;
    wanted = qmig_params_args(params, flags, KNOB_SOURCE);
    ok = qmp_batch(qmp, cmds, wanted ? 3 : 2, rets, err);
    if (ok) {
        *ret_caps = qmig_caps_of_reply(rets[1]);
        ok = qmig_check_caps(mig_caps_wanted(params->v, params->n, flags, KNOB_SOURCE), *ret_caps,
                             _("QEMU on the source"), err) &&
             (!wanted || qmig_check_params(wanted, json_as_object(rets[2]), _("QEMU on the source"), err)) &&
             check_blockers(rets[0], err);
    }
    g_clear_pointer(&wanted, json_object_unref);
    for (guint i = 0; i < G_N_ELEMENTS(rets); i++)
        g_clear_pointer(&rets[i], json_node_unref);
    return ok;
}

bool
qmig_check_source(QemuDomain *dom, const Params *params, guint32 flags, guint32 *ret_caps, GError **err)
{
    int state, reason;

    *ret_caps = 0;
    if (flags & VIR_MIGRATE_OFFLINE)
        return true;
    if (!qemu_domain_is_active_now(dom))
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
    if (!check_qemu(dom, params, flags, ret_caps, err))
        return false;

    qemu_domain_get_state(dom, &state, &reason);
    if ((flags & VIR_MIGRATE_ABORT_ON_ERROR) && state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_IOERROR)
        return fail(err, VIR_ERR_OPERATION_INVALID, _("cannot migrate domain with I/O error"));
    if (!check_devices(dom->def, err))
        return false;
    return (flags & VIR_MIGRATE_UNSAFE) || qmig_check_safe(dom->def, err);
}
