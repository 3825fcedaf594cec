/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The block nodes behind a disk: one pair (storage, format) per link of its chain, the deepest first. */
#include "qemu/command-disk.h"

#include "qemu/command-private.h"

static void
add_cache(Props *p, DomDiskCache cache)
{
    if (cache == DOM_CACHE_NONE_GIVEN)
        return;
    props_begin(p, "cache");
    props_bool(p, "direct", cache == DOM_CACHE_NONE || cache == DOM_CACHE_DIRECTSYNC);
    props_bool(p, "no-flush", cache == DOM_CACHE_UNSAFE);
    props_end(p);
}

static bool
add_nbd(Props *p, const DomSource *src, const char *target, GError **err)
{
    const DomHost *host = src->hosts && src->hosts->len == 1 ? g_ptr_array_index(src->hosts, 0) : NULL;

    if (!host)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("disk '%s': an NBD source needs exactly one host"), target);
    if (src->tls == DOM_TRI_ON)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("disk '%s': TLS to an NBD server is not supported"), target);
    props_begin(p, "server");
    if (host->transport == DOM_TRANSPORT_UNIX) {
        props_string(p, "type", "unix");
        props_string_opt(p, "path", host->socket);
    } else {
        props_string(p, "type", "inet");
        props_string_opt(p, "host", host->name);
        props_string(p, "port", host->port ? host->port : "10809");
    }
    props_end(p);
    props_string_opt(p, "export", src->name);
    return true;
}

/* Driver and place of the bytes; the caller goes on with node-name. */
static bool
storage_start(Props *p, const DomSource *src, const char *target, GError **err)
{
    switch (src->type) {
    case DOM_DISK_TYPE_FILE:
        *p = props_new("driver", "file");
        props_string(p, "filename", src->file);
        return true;
    case DOM_DISK_TYPE_BLOCK:
        *p = props_new("driver", "host_device");
        props_string(p, "filename", src->dev);
        return true;
    case DOM_DISK_TYPE_NETWORK:
        if (src->protocol != DOM_NETPROTO_NBD)
            break;
        *p = props_new("driver", "nbd");
        return add_nbd(p, src, target, err);
    case DOM_DISK_TYPE_NONE:
        break;
    }
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("disk '%s' has a source of an unsupported type"), target);
}

static bool
build_storage(Cmd *cmd, const DomDisk *disk, const DomSource *src, GError **err)
{
    g_auto(Props) p = { NULL };

    if (!storage_start(&p, src, disk->target, err))
        return false;
    if (src->type != DOM_DISK_TYPE_NETWORK)
        props_string_opt(&p, "aio", dom_name(dom_disk_io_names, disk->io));
    props_format(&p, "node-name", "libvirt-%u-storage", src->index);
    add_cache(&p, disk->cache);
    props_bool(&p, "auto-read-only", true);
    props_string(&p, "discard", "unmap");
    cmd_json(cmd, "-blockdev", &p);
    return true;
}

/* Only the top image is written to. */
static void
build_format(Cmd *cmd, const DomDisk *disk, const DomSource *src, bool top)
{
    const DomDiskFormat format = top ? disk->format : src->format;
    g_auto(Props) p = props_new(NULL, NULL);

    props_format(&p, "node-name", "libvirt-%u-format", src->index);
    props_bool(&p, "read-only", !top || disk->readonly);
    props_string_opt(&p, "discard", dom_name(dom_disk_discard_names, disk->discard));
    if (top && disk->detect_zeroes == DOM_ZEROES_UNMAP && disk->discard != DOM_DISCARD_UNMAP)
        props_string(&p, "detect-zeroes", "on"); /* unmapping would need discard='unmap' */
    else if (top)
        props_string_opt(&p, "detect-zeroes", dom_name(dom_disk_zeroes_names, disk->detect_zeroes));
    add_cache(&p, disk->cache);
    props_string(&p, "driver", format ? dom_name(dom_disk_format_names, format) : "raw");
    props_format(&p, "file", "libvirt-%u-storage", src->index);
    if (format == DOM_FORMAT_QCOW2) {
        if (src->backing && src->backing->type)
            props_format(&p, "backing", "libvirt-%u-format", src->backing->index);
        else
            props_null(&p, "backing");
    }
    cmd_json(cmd, "-blockdev", &p);
}

static bool
build_chain(Cmd *cmd, const DomDisk *disk, const DomSource *src, GError **err)
{
    if (src->backing && src->backing->type && !build_chain(cmd, disk, src->backing, err))
        return false;
    if (!build_storage(cmd, disk, src, err))
        return false;
    build_format(cmd, disk, src, src == &disk->src);
    return true;
}

static void
build_copy_on_read(Cmd *cmd, const DomDisk *disk)
{
    g_auto(Props) p = props_new("driver", "copy-on-read");

    props_format(&p, "node-name", "libvirt-CoR-%s", disk->target);
    props_format(&p, "file", "libvirt-%u-format", disk->src.index);
    cmd_json(cmd, "-blockdev", &p);
}

static bool
build_disk(Cmd *cmd, const DomDisk *disk, GError **err)
{
    if (disk->transient)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("disk '%s': transient disks are not supported"), disk->target);
    if (!dom_disk_is_empty(disk)) {
        if (!build_chain(cmd, disk, &disk->src, err))
            return false;
        if (disk->copy_on_read == DOM_TRI_ON)
            build_copy_on_read(cmd, disk);
    }
    return cmd_build_disk_device(cmd, disk, err);
}

bool
cmd_build_disks(Cmd *cmd, GError **err)
{
    DomDisk *disk;

    dom_each(disk, cmd->def->disks)
        if (!build_disk(cmd, disk, err))
            return dom_at(err, "disk", disk->info.line);
    return true;
}
