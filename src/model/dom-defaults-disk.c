/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Defaults and checks of disks, and their places on a drive bus. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"

typedef struct { const char *prefix; DomDiskBus bus; } Prefix;

static const Prefix prefixes[] = {
    {"hd", DOM_DISK_BUS_IDE}, {"sd", DOM_DISK_BUS_SCSI}, {"vd", DOM_DISK_BUS_VIRTIO}, {"fd", DOM_DISK_BUS_FDC},
    {"ub", DOM_DISK_BUS_USB}, {"xvd", DOM_DISK_BUS_NONE},
};

static const Prefix *
prefix_of(const char *target)
{
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(target, prefixes[i].prefix))
            return &prefixes[i];
    return NULL;
}

int
dom_disk_name_index(const char *target)
{
    const Prefix *prefix = prefix_of(target);
    const char *first = prefix ? target + strlen(prefix->prefix) : "";
    const char *at;
    int index = 0;

    /* Four letters are half a million disks; more would be a trick. */
    if (!*first || strlen(first) > 4)
        return -1;
    for (at = first; g_ascii_islower(*at); at++)
        index = (at > first ? index + 1 : 0) * 26 + (*at - 'a');
    return *at ? -1 : index;
}

static bool
default_bus(DomDisk *disk, GError **err)
{
    const Prefix *prefix = prefix_of(disk->target);

    if (disk->target[strspn(disk->target, "abcdefghijklmnopqrstuvwxyz0123456789")] != '\0')
        return fail(err, VIR_ERR_XML_ERROR, _("Invalid disk device name: '%s' (line %d)"), disk->target, disk->info.line);
    if (disk->bus)
        return true;
    if (disk->device == DOM_DISK_DEVICE_FLOPPY)
        disk->bus = DOM_DISK_BUS_FDC;
    else if (prefix && prefix->bus)
        disk->bus = prefix->bus;
    else
        return fail(err, VIR_ERR_XML_ERROR, _("Unknown disk name '%s' and no address specified: give <target bus=''> (line %d)"),
                    disk->target, disk->info.line);
    return true;
}

static bool
check_media(const DomDisk *disk, GError **err)
{
    const char *bus = dom_name(dom_disk_bus_names, disk->bus);

    if ((disk->bus == DOM_DISK_BUS_FDC) != (disk->device == DOM_DISK_DEVICE_FLOPPY))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("disk device '%s' cannot be on bus '%s' (disk '%s', line %d)"),
                    dom_name(dom_disk_device_names, disk->device), bus, disk->target, disk->info.line);
    if (disk->device == DOM_DISK_DEVICE_CDROM && disk->bus == DOM_DISK_BUS_VIRTIO)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("disk type '%s' of '%s' does not support ejectable media"), bus, disk->target);
    if (disk->device == DOM_DISK_DEVICE_DISK && dom_disk_is_empty(disk))
        return fail(err, VIR_ERR_NO_SOURCE, "%s", disk->target);
    if (disk->device == DOM_DISK_DEVICE_DISK && disk->readonly &&
        (disk->bus == DOM_DISK_BUS_IDE || disk->bus == DOM_DISK_BUS_SATA))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("readonly %s disks are not supported (disk '%s')"), bus, disk->target);
    if (disk->src.type == DOM_DISK_TYPE_NETWORK && disk->src.hosts->len != 1)
        return fail(err, VIR_ERR_XML_ERROR, _("protocol '%s' accepts only one host (disk '%s', line %d)"), "nbd", disk->target,
                    disk->info.line);
    if (disk->shareable && disk->format != DOM_FORMAT_RAW && !disk->readonly)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("shared access for disk '%s' requires use of supported storage format"),
                    disk->target);
    if (disk->transient)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("transient disks are not supported (disk '%s')"), disk->target);
    return true;
}

static bool
check_driver(const DomDef *def, const DomDisk *disk, GError **err)
{
    bool direct = disk->cache == DOM_CACHE_NONE || disk->cache == DOM_CACHE_DIRECTSYNC;

    if (strcmp(disk->driver_name, "qemu") != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported driver name '%s' for disk '%s'"), disk->driver_name,
                    disk->target);
    if (disk->io == DOM_IO_NATIVE && !direct && !dom_disk_is_empty(disk))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("io='native' needs either no disk cache or directsync cache mode (disk '%s')"),
                    disk->target);
    if (disk->iothread && disk->bus != DOM_DISK_BUS_VIRTIO)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("IOThreads not available for bus %s target %s"),
                    dom_name(dom_disk_bus_names, disk->bus), disk->target);
    if (disk->iothread > def->iothreads)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("Disk iothread '%u' not defined in iothreadid (disk '%s')"), disk->iothread,
                    disk->target);
    if (disk->queues && disk->bus != DOM_DISK_BUS_VIRTIO)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("queues attribute in disk driver element is only supported by virtio-blk (disk '%s')"),
                    disk->target);
    if (disk->serial && disk->serial[strspn(disk->serial, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -_.+")])
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("driver serial '%s' contains unsafe characters (disk '%s')"), disk->serial,
                    disk->target);
    return true;
}

static DomAddrType
address_of_bus(DomDiskBus bus)
{
    return bus == DOM_DISK_BUS_VIRTIO ? DOM_ADDR_PCI : bus == DOM_DISK_BUS_USB ? DOM_ADDR_USB : DOM_ADDR_DRIVE;
}

/* Units per controller and per bus. On SCSI, seven: the bus of old has eight, and one is the controller itself. */
bool
dom_assign_drive(DomDisk *disk, GError **err)
{
    DomAddr *addr = &disk->info.addr;
    int index = dom_disk_name_index(disk->target);

    if (addr->type)
        return true;
    if (index < 0)
        return fail(err, VIR_ERR_XML_ERROR, _("Unknown disk name '%s' and no address specified (line %d)"), disk->target,
                    disk->info.line);

    unsigned at = (unsigned)index;

    addr->type = DOM_ADDR_DRIVE;
    switch (disk->bus) {
    case DOM_DISK_BUS_SCSI:
        addr->drive = (DomDriveAddr){.controller = at / 7, .unit = at % 7};
        return true;
    case DOM_DISK_BUS_IDE:
        addr->drive = (DomDriveAddr){.controller = at / 4, .bus = at % 4 / 2, .unit = at % 2};
        return true;
    case DOM_DISK_BUS_SATA:
        addr->drive = (DomDriveAddr){.controller = at / 6, .unit = at % 6};
        return true;
    default:
        addr->drive = (DomDriveAddr){.controller = at / 2, .unit = at % 2};
        return true;
    }
}

bool
dom_default_disk(DomDef *def, DomDisk *disk, GError **err)
{
    if (!disk->src.type)
        disk->src.type = DOM_DISK_TYPE_FILE;
    if (!disk->device)
        disk->device = DOM_DISK_DEVICE_DISK;
    if (!disk->target)
        return dom_disk_path(disk) ? fail(err, VIR_ERR_NO_TARGET, _("%s (<disk>, line %d)"), dom_disk_path(disk), disk->info.line)
                                   : fail(err, VIR_ERR_NO_TARGET, "%s", "");
    if (!disk->driver_name)
        disk->driver_name = g_strdup("qemu");
    if (!disk->format)
        disk->format = DOM_FORMAT_RAW;
    if (disk->device == DOM_DISK_DEVICE_CDROM)
        disk->readonly = true;
    if (!default_bus(disk, err) || !check_media(disk, err) || !check_driver(def, disk, err))
        return dom_at(err, "disk", disk->info.line);

    DomAddrType wanted = address_of_bus(disk->bus);

    if (disk->info.addr.type && disk->info.addr.type != wanted)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("address type '%s' does not fit bus '%s' of disk '%s' (line %d)"),
                    dom_name(dom_addr_names, disk->info.addr.type), dom_name(dom_disk_bus_names, disk->bus), disk->target,
                    disk->info.line);
    return wanted != DOM_ADDR_DRIVE || dom_assign_drive(disk, err);
}

/* Where a disk belongs that comes next in the XML: before the first of its bus with a later name, else behind the last of
 * its bus, else at the end. */
static guint
place_of(const GPtrArray *list, const DomDisk *disk)
{
    gint place = -1;

    for (gint i = (gint)list->len - 1; i >= 0; i--) {
        const DomDisk *other = g_ptr_array_index(list, i);

        if (other->bus != disk->bus)
            continue;
        if (dom_disk_name_index(other->target) > dom_disk_name_index(disk->target))
            place = i;
        else if (place == -1)
            place = i + 1;
    }
    return place == -1 ? list->len : (guint)place;
}

void
dom_sort_disks(DomDef *def)
{
    GPtrArray *sorted = g_ptr_array_sized_new(def->disks->len);
    DomDisk *disk;

    dom_each(disk, def->disks)
        g_ptr_array_insert(sorted, (gint)place_of(sorted, disk), disk);
    g_ptr_array_unref(def->disks);
    def->disks = sorted;
}
