/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contradictions between devices: what two of them cannot both have. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"
#include "model/dom-walk.h"

static bool
check_drive(const DomDisk *disk, GError **err)
{
    static const struct { DomDiskBus bus; unsigned buses, targets, units; } limits[] = {
        {DOM_DISK_BUS_IDE, 2, 1, 2}, {DOM_DISK_BUS_FDC, 1, 1, 2}, {DOM_DISK_BUS_SATA, 1, 1, 6}, {DOM_DISK_BUS_SCSI, 1, 256, 16384},
    };
    const DomDriveAddr *drive = &disk->info.addr.drive;

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++)
        if (limits[i].bus == disk->bus &&
            (drive->bus >= limits[i].buses || drive->target >= limits[i].targets || drive->unit >= limits[i].units))
            return fail(err, VIR_ERR_XML_ERROR, _("disk '%s': there is no bus %u, target %u, unit %u on a controller of bus '%s' (line %d)"),
                        disk->target, drive->bus, drive->target, drive->unit, dom_name(dom_disk_bus_names, disk->bus), disk->info.line);
    return true;
}

/* Where the unit is the SCSI id there is no second number. */
static bool
check_target(const DomDef *def, const DomDisk *disk, GError **err)
{
    const DomController *controller =
        disk->bus == DOM_DISK_BUS_SCSI
            ? dom_def_controller(def, DOM_CONTROLLER_SCSI, (int)disk->info.addr.drive.controller) : NULL;

    return !controller || controller->model != DOM_MODEL_LSILOGIC || disk->info.addr.drive.target == 0 ||
           fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("target must be 0 for controller model 'lsilogic' (<disk>, line %d)"),
                disk->info.line);
}

static bool
check_disk_pair(const DomDisk *a, const DomDisk *b, GError **err)
{
    const DomDriveAddr *x = &a->info.addr.drive, *y = &b->info.addr.drive;
    const char *a_path = dom_disk_path(a), *b_path = dom_disk_path(b);

    if (strcmp(a->target, b->target) == 0)
        return fail(err, VIR_ERR_XML_ERROR, _("target '%s' duplicated for disk sources '%s' and '%s'"), a->target,
                    a_path ? a_path : "NULL", b_path ? b_path : "NULL");
    if (a->bus == b->bus && a->info.addr.type == DOM_ADDR_DRIVE && memcmp(x, y, sizeof(*x)) == 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                    _("Found duplicate drive address for disk with target name '%s' controller='%u' bus='%u' target='%u' unit='%u'"),
                    a->target, y->controller, y->bus, y->target, y->unit);
    if (a->wwn && g_strcmp0(a->wwn, b->wwn) == 0)
        return fail(err, VIR_ERR_XML_ERROR, _("Disks '%s' and '%s' have identical WWN"), a->target, b->target);
    return true;
}

static bool
check_disks(const DomDef *def, GError **err)
{
    for (guint i = 0; i < def->disks->len; i++) {
        const DomDisk *disk = g_ptr_array_index(def->disks, i);

        if (disk->info.addr.type == DOM_ADDR_DRIVE && (!check_drive(disk, err) || !check_target(def, disk, err)))
            return false;
        for (guint j = 0; j < i; j++)
            if (!check_disk_pair(g_ptr_array_index(def->disks, j), disk, err))
                return dom_at(err, "disk", disk->info.line);
    }
    return true;
}

static bool
needs_master(const DomController *controller)
{
    return controller->type == DOM_CONTROLLER_USB &&
           (controller->info.master_startport != -1 ||
            (controller->model >= DOM_MODEL_ICH9_UHCI1 && controller->model <= DOM_MODEL_ICH9_UHCI3));
}

static bool
check_usb_none(const DomDef *def, GError **err)
{
    const DomController *controller, *none = NULL;

    dom_each(controller, def->controllers)
        if (controller->type == DOM_CONTROLLER_USB && controller->model == DOM_MODEL_USB_NONE)
            none = controller;
    dom_each(controller, def->controllers)
        if (none && controller->type == DOM_CONTROLLER_USB && controller != none)
            return fail(err, VIR_ERR_XML_DETAIL, _("Can't add another USB controller: USB is disabled for this domain (<controller>, line %d)"),
                        controller->info.line);
    return true;
}

static bool
check_companion(const DomDef *def, const DomController *companion, GError **err)
{
    const DomController *other;

    dom_each(other, def->controllers)
        if (other->type == DOM_CONTROLLER_USB && other->index == companion->index && !needs_master(other))
            return true;
    return fail(err, VIR_ERR_XML_DETAIL, _("No master USB controller specified (<controller> of index %d, line %d)"), companion->index,
                companion->info.line);
}

static bool
check_controllers(const DomDef *def, GError **err)
{
    const DomController *controller;

    dom_each(controller, def->controllers)
        if (needs_master(controller) && !check_companion(def, controller, err))
            return false;

    for (guint i = 0; i < def->controllers->len; i++)
        for (guint j = 0; j < i; j++) {
            const DomController *a = g_ptr_array_index(def->controllers, i), *b = g_ptr_array_index(def->controllers, j);
            /* A USB 2 controller and its companions have one index. */
            bool group = a->type == DOM_CONTROLLER_USB && a->model != b->model;

            if (a->type == b->type && a->index == b->index && !group)
                return fail(err, VIR_ERR_XML_ERROR, _("Multiple '%s' controllers with index '%d' (<controller>, line %d)"),
                            dom_name(dom_controller_names, a->type), a->index, MAX(a->info.line, b->info.line));
        }
    return true;
}

typedef struct {
    GHashTable *aliases;        /* text: borrowed from the devices */
    GHashTable *orders;
    bool ok;
    GError **err;
} CheckWalk;

/* Far above any real guest; keeps the passes, which compare devices with each other, quick on hostile XML. */
#define MAX_DEVICES 1024

static void
check_device(DomDef *def, DomDevice *device, void *opaque)
{
    CheckWalk *walk = opaque;
    DomInfo *info = device->info;
    /* A USB 2 controller and its companions are one bus, and have one name. */
    bool group = device->kind == DOM_DEV_CONTROLLER && ((const DomController *)device->body)->type == DOM_CONTROLLER_USB;

    if (!walk->ok)
        return;
    if (info->alias && !group && !g_hash_table_add(walk->aliases, info->alias))
        walk->ok = fail(walk->err, VIR_ERR_CONFIG_UNSUPPORTED, _("non unique alias detected: %s"), info->alias);
    else if (info->boot_order && !g_hash_table_add(walk->orders, GUINT_TO_POINTER(info->boot_order)))
        walk->ok = fail(walk->err, VIR_ERR_CONFIG_UNSUPPORTED, _("boot order '%u' used for more than one device"), info->boot_order);
    if (!walk->ok)
        dom_at(walk->err, device->element, info->line);
}

static void
count_device(DomDef *def, DomDevice *device, void *opaque)
{
    ++*(unsigned *)opaque;
}

bool
dom_check_size(DomDef *def, GError **err)
{
    unsigned devices = 0;

    dom_each_device(def, count_device, &devices);
    return devices <= MAX_DEVICES ||
           fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("%u devices are more than the %d that a guest can have"), devices, MAX_DEVICES);
}

/* The agent's channel ends at the viewer: without spice there is none. */
static bool
check_spicevmc(const DomDef *def, GError **err)
{
    DomGraphics *graphics;
    DomChr *channel;

    dom_each(graphics, def->graphics)
        if (graphics->type == DOM_GRAPHICS_SPICE)
            return true;
    dom_each(channel, def->channels)
        if (channel->src.type == DOM_CHR_SPICEVMC)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("chardev 'spicevmc' not supported without spice graphics (<channel>, line %d)"),
                        channel->info.line);
    return true;
}

static bool
check_audio(const DomDef *def, GError **err)
{
    bool spice = false;
    DomGraphics *graphics;

    dom_each(graphics, def->graphics)
        spice |= graphics->type == DOM_GRAPHICS_SPICE;
    for (guint i = 0; i < def->audios->len; i++) {
        const DomAudio *audio = g_ptr_array_index(def->audios, i);

        for (guint j = 0; j < i; j++)
            if (((DomAudio *)g_ptr_array_index(def->audios, j))->id == audio->id)
                return fail(err, VIR_ERR_XML_ERROR, _("audio ID %u is used multiple times (<audio>, line %d)"), audio->id, audio->line);
        if (audio->type == DOM_AUDIO_SPICE && !spice)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("Spice audio is not supported without spice graphics (<audio>, line %d)"),
                        audio->line);
    }
    return true;
}

/* A bridge cannot stand behind itself; indices that grow outwards make sure of that. */
bool
dom_check_places(DomDef *def, GError **err)
{
    const DomController *controller;

    dom_each(controller, def->controllers) {
        const DomInfo *info = &controller->info;

        if (controller->type == DOM_CONTROLLER_PCI && info->addr.type == DOM_ADDR_PCI && (int)info->addr.pci.bus >= controller->index)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                        _("PCI controller at index %d has bus='0x%02x', but index must be larger than bus (<controller>, line %d)"), controller->index,
                        info->addr.pci.bus, info->line);
    }
    return true;
}

bool
dom_check(DomDef *def, GError **err)
{
    g_autoptr(GHashTable) aliases = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) orders = g_hash_table_new(NULL, NULL);
    CheckWalk walk = {.aliases = aliases, .orders = orders, .ok = true, .err = err};

    dom_each_device(def, check_device, &walk);
    return walk.ok && check_disks(def, err) && check_usb_none(def, err) && check_controllers(def, err) && check_audio(def, err) &&
           check_spicevmc(def, err);
}
