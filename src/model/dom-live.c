/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names that devices and images have while the guest runs. They are ids in QEMU, so a migration's two ends must agree. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"
#include "model/dom-walk.h"

static char *
disk_alias(const DomDef *def, const DomDisk *disk)
{
    const DomDriveAddr *drive = &disk->info.addr.drive;
    const char *bus = dom_name(dom_disk_bus_names, disk->bus);
    const DomController *controller;

    switch (disk->bus) {
    case DOM_DISK_BUS_VIRTIO:
        return g_strdup_printf("virtio-disk%d", dom_disk_name_index(disk->target));
    case DOM_DISK_BUS_USB:
        return g_strdup_printf("usb-disk%d", dom_disk_name_index(disk->target));
    case DOM_DISK_BUS_SCSI:
        controller = dom_def_controller(def, DOM_CONTROLLER_SCSI, (int)drive->controller);
        /* The old emulated adapters have no targets. */
        if (controller && controller->model == DOM_MODEL_LSILOGIC)
            return g_strdup_printf("scsi%u-%u-%u", drive->controller, drive->bus, drive->unit);
        return g_strdup_printf("scsi%u-%u-%u-%u", drive->controller, drive->bus, drive->target, drive->unit);
    default:
        return g_strdup_printf("%s%u-%u-%u", bus, drive->controller, drive->bus, drive->unit);
    }
}

static char *
controller_alias(const DomDef *def, const DomController *controller)
{
    const char *type = dom_name(dom_controller_names, controller->type);

    switch (controller->type) {
    case DOM_CONTROLLER_PCI:
        return controller->model == DOM_MODEL_PCIE_ROOT ? g_strdup("pcie.0") : g_strdup_printf("pci.%d", controller->index);
    case DOM_CONTROLLER_IDE:
        return g_strdup("ide");
    case DOM_CONTROLLER_SATA:
        /* QEMU calls the built-in one so. */
        if (controller->index == 0 && dom_def_is_q35(def))
            return g_strdup("ide");
        break;
    case DOM_CONTROLLER_USB:
        if (controller->index == 0)
            return g_strdup("usb");
        break;
    default:
        break;
    }
    return g_strdup_printf("%s%d", type, controller->index);
}

static char *
device_alias(const DomDef *def, const DomDevice *device)
{
    switch (device->kind) {
    case DOM_DEV_DISK:
        return disk_alias(def, device->body);
    case DOM_DEV_CONTROLLER:
        return controller_alias(def, device->body);
    case DOM_DEV_NET:
        return g_strdup_printf("net%u", device->position);
    case DOM_DEV_BALLOON:
        return ((const DomBalloon *)device->body)->model == DOM_BALLOON_NONE ? NULL : g_strdup("balloon0");
    case DOM_DEV_MEMORY:
        return g_strdup_printf("dimm%u", device->info->addr.dimm.slot);
    case DOM_DEV_PANIC:
        return NULL;
    default:
        return g_strdup_printf("%s%u", device->element, device->position);
    }
}

static void
set_alias(DomDef *def, DomDevice *device, void *opaque)
{
    if (!device->info->alias)
        device->info->alias = device_alias(def, device);
}

/* Last disk first, each image before those it stands on: what libvirt's order of preparing disks leaves behind. An empty
 * drive takes a number too. */
static void
number_sources(DomDef *def)
{
    unsigned next = 1;

    for (guint i = def->disks->len; i-- > 0;) {
        DomDisk *disk = g_ptr_array_index(def->disks, i);

        for (DomSource *src = &disk->src; src && src->type; src = src->backing)
            src->index = next++;
    }
}

static void
prepare_disk(DomDisk *disk)
{
    if (dom_disk_is_empty(disk))
        disk->format = DOM_FORMAT_NONE;
    if (disk->src.type == DOM_DISK_TYPE_NETWORK && !disk->src.tls)
        disk->src.tls = DOM_TRI_OFF;
    /* A raw image stands on nothing. */
    if (disk->format == DOM_FORMAT_RAW && disk->src.type != DOM_DISK_TYPE_NETWORK && !disk->src.backing)
        disk->src.backing = rows_new(&dom_backing_table);
}

static uint64_t
whole_mib(uint64_t kib)
{
    return (kib + 1023) / 1024 * 1024;
}

/* QEMU counts memory in MiB, users do not; as libvirt, a guest gets what it asks for and the rest of the last one. */
static void
align_memory(DomDef *def)
{
    const uint64_t wanted = def->memory_kib;
    uint64_t base = whole_mib(dom_def_base_memory_kib(def)), cells = 0, dimms = 0;
    DomNumaCell *cell;
    DomMemory *dimm;

    if (def->cpu)
        dom_each(cell, def->cpu->cells)
            cells += cell->memory_kib = whole_mib(cell->memory_kib);
    dom_each(dimm, def->memories)
        dimms += dimm->size_kib = whole_mib(dimm->size_kib);
    def->memory_kib = (cells ? cells : base) + dimms;
    def->max_memory_kib = whole_mib(MAX(def->max_memory_kib, def->max_memory_kib ? def->memory_kib : 0));
    if (def->current_kib == wanted)
        def->current_kib = def->memory_kib;
}

bool
dom_def_prepare_live(DomDef *def, GError **err)
{
    DomDisk *disk;
    DomChr *channel;

    align_memory(def);
    dom_each(disk, def->disks)
        prepare_disk(disk);
    number_sources(def);
    dom_each_device(def, set_alias, NULL);
    dom_mirror_console(def);
    dom_each(channel, def->channels)
        if (channel->target == DOM_CHR_TARGET_VIRTIO)
            channel->state = DOM_CHANNEL_DISCONNECTED;
    return dom_check(def, err);
}

void
dom_disk_set_backing(DomDisk *disk, const char *file, DomDiskFormat format)
{
    DomSource *last = &disk->src;

    while (last->backing && last->backing->type)
        last = last->backing;
    if (!last->backing)
        last->backing = rows_new(&dom_backing_table);
    if (!file)
        return;

    last = last->backing;
    last->type = DOM_DISK_TYPE_FILE;
    last->format = format;
    last->file = g_strdup(file);
    last->detected = true;
}
