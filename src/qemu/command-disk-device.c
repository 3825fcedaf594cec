/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/command-disk.h"

#include <string.h>

static const char *
ide_driver(const DomDisk *disk)
{
    return disk->device == DOM_DISK_DEVICE_CDROM ? "ide-cd" : "ide-hd";
}

static bool
start_ide(Cmd *cmd, const DomDisk *disk, Props *p, GError **err)
{
    const DomDriveAddr *at = &disk->info.addr.drive;

    *p = props_new("driver", ide_driver(disk));
    props_format(p, "bus", "ide.%u", at->bus);
    props_int(p, "unit", at->unit);
    return true;
}

/* The SATA controller of q35 calls its ports ide.0 .. ide.5; others are named by their alias. */
static bool
start_sata(Cmd *cmd, const DomDisk *disk, Props *p, GError **err)
{
    const DomDriveAddr *at = &disk->info.addr.drive;
    const DomController *c = dom_def_controller(cmd->def, DOM_CONTROLLER_SATA, at->controller);

    if (!c || !c->info.alias)
        return fail(err, VIR_ERR_XML_ERROR, _("disk '%s' is attached to sata controller %u, which does not exist"),
                    disk->target, at->controller);
    *p = props_new("driver", ide_driver(disk));
    props_format(p, "bus", "%s.%u", c->info.alias, at->unit);
    return true;
}

static bool
start_fdc(Cmd *cmd, const DomDisk *disk, Props *p, GError **err)
{
    *p = props_new("driver", "floppy");
    props_int(p, "unit", disk->info.addr.drive.unit);
    return true;
}

static bool
start_scsi(Cmd *cmd, const DomDisk *disk, Props *p, GError **err)
{
    const DomDriveAddr *at = &disk->info.addr.drive;
    const DomController *c = dom_def_controller(cmd->def, DOM_CONTROLLER_SCSI, at->controller);

    if (!c || !c->info.alias)
        return fail(err, VIR_ERR_XML_ERROR, _("disk '%s' is attached to scsi controller %u, which does not exist"),
                    disk->target, at->controller);
    *p = props_new("driver", disk->device == DOM_DISK_DEVICE_CDROM ? "scsi-cd" : "scsi-hd");
    props_format(p, "bus", "%s.%u", c->info.alias, at->bus);
    if (c->model == DOM_MODEL_LSILOGIC) {
        props_int(p, "scsi-id", at->unit);
    } else {
        props_int(p, "channel", 0);
        props_int(p, "scsi-id", at->target);
        props_int(p, "lun", at->unit);
    }
    if (disk->serial)
        props_string(p, "device_id", disk->serial);
    else
        props_format(p, "device_id", "drive-%s", disk->info.alias);
    return true;
}

static bool
start_virtio(Cmd *cmd, const DomDisk *disk, Props *p, GError **err)
{
    *p = props_new("driver", "virtio-blk-pci");
    if (disk->iothread)
        props_format(p, "iothread", "iothread%u", disk->iothread);
    props_int_opt(p, "num-queues", disk->queues);
    props_tri_opt(p, "ioeventfd", disk->ioeventfd);
    props_tri_opt(p, "event_idx", disk->event_idx);
    props_int_opt(p, "queue-size", disk->queue_size);
    return cmd_address(cmd, p, &disk->info, err);
}

static bool
start_usb(Cmd *cmd, const DomDisk *disk, Props *p, GError **err)
{
    *p = props_new("driver", "usb-storage");
    return cmd_address(cmd, p, &disk->info, err);
}

static const struct {
    DomDiskBus bus;
    const char *disk, *cdrom; /* -device drivers; NULL: not on this bus */
    bool (*start)(Cmd *cmd, const DomDisk *disk, Props *p, GError **err);
} buses[] = {
    { DOM_DISK_BUS_IDE, "ide-hd", "ide-cd", start_ide },
    { DOM_DISK_BUS_SATA, "ide-hd", "ide-cd", start_sata },
    { DOM_DISK_BUS_FDC, "floppy", NULL, start_fdc },
    { DOM_DISK_BUS_SCSI, "scsi-hd", "scsi-cd", start_scsi },
    { DOM_DISK_BUS_VIRTIO, "virtio-blk-pci", NULL, start_virtio },
    { DOM_DISK_BUS_USB, "usb-storage", NULL, start_usb },
};

/* Does the guest see a volatile write cache? It has to be told the same everywhere the disk goes. */
static const char *
write_cache(DomDiskCache cache)
{
    switch (cache) {
    case DOM_CACHE_NONE_GIVEN:
        return NULL;
    case DOM_CACHE_WRITETHROUGH:
    case DOM_CACHE_DIRECTSYNC:
        return "off";
    case DOM_CACHE_NONE:
    case DOM_CACHE_WRITEBACK:
    case DOM_CACHE_UNSAFE:
        return "on";
    }
    return NULL;
}

static void
add_error_policies(Props *p, const DomDisk *disk)
{
    const char *on_write = dom_name(dom_disk_onerror_names, disk->error_policy);
    const char *on_read = dom_name(dom_disk_onerror_names, disk->rerror_policy);

    if (disk->error_policy == DOM_ONERROR_ENOSPACE)
        on_write = "enospc"; /* QEMU's word; it means something for writes only */
    else if (!on_read)
        on_read = on_write;
    props_string_opt(p, "werror", on_write);
    props_string_opt(p, "rerror", on_read);
}

static void
add_common(Cmd *cmd, Props *p, const DomDisk *disk)
{
    const char *cache = write_cache(disk->cache);

    if (disk->shareable)
        props_bool(p, "share-rw", true);
    if (!dom_disk_is_empty(disk)) {
        if (disk->copy_on_read == DOM_TRI_ON)
            props_format(p, "drive", "libvirt-CoR-%s", disk->target);
        else
            props_format(p, "drive", "libvirt-%u-format", disk->src.index);
    }
    props_string(p, "id", disk->info.alias);
    if (disk->bus != DOM_DISK_BUS_FDC) /* there it belongs to the controller */
        props_int_opt(p, "bootindex", cmd_boot_disk(cmd->def, disk));
    props_int_opt(p, "logical_block_size", disk->logical_block_size);
    props_int_opt(p, "physical_block_size", disk->physical_block_size);
    if (disk->wwn)
        props_int(p, "wwn", g_ascii_strtoull(disk->wwn, NULL, 16));
    props_int_opt(p, "rotation_rate", disk->rotation_rate);
    props_string_opt(p, "vendor", disk->vendor);
    props_string_opt(p, "product", disk->product);
    props_tri_opt(p, "removable", disk->removable);
    props_string_opt(p, "write-cache", cache);
    props_string_opt(p, "serial", disk->serial);
    add_error_policies(p, disk);
}

static void
add_floppy_bootindex(Cmd *cmd, const DomDisk *disk)
{
    guint bootindex = cmd_boot_disk(cmd->def, disk);

    if (bootindex)
        cmd_opt(cmd, "-global", "isa-fdc.bootindex%c=%u", disk->info.addr.drive.unit ? 'B' : 'A', bootindex);
}

bool
cmd_build_disk_device(Cmd *cmd, const DomDisk *disk, GError **err)
{
    g_autofree char *user = g_strdup_printf("disk '%s'", disk->target);
    g_auto(Props) p = { NULL };

    for (guint i = 0; i < G_N_ELEMENTS(buses); i++) {
        const char *driver = disk->device == DOM_DISK_DEVICE_CDROM ? buses[i].cdrom : buses[i].disk;

        if (buses[i].bus != disk->bus || !driver)
            continue;
        if (!buses[i].start(cmd, disk, &p, err))
            return false;
        add_common(cmd, &p, disk);
        if (disk->bus == DOM_DISK_BUS_FDC)
            add_floppy_bootindex(cmd, disk);
        return cmd_device(cmd, driver, user, &p, err);
    }
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("disk '%s': device '%s' is not possible on bus '%s'"), disk->target,
                dom_name(dom_disk_device_names, disk->device) ? dom_name(dom_disk_device_names, disk->device) : "disk",
                dom_name(dom_disk_bus_names, disk->bus) ? dom_name(dom_disk_bus_names, disk->bus) : "");
}
