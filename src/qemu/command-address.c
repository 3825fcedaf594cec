/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a device sits, as QEMU names it: the bus is the alias of the controller that provides it. */
#include "qemu/command-private.h"

static bool
fail_address(const DomInfo *info, const char *controller, unsigned index, GError **err)
{
    return fail(err, VIR_ERR_XML_ERROR, _("device '%s' is attached to %s controller %u, which does not exist"),
                info->alias ? info->alias : "?", controller, index);
}

static bool
add_pci(Cmd *cmd, Props *p, const DomInfo *info, GError **err)
{
    const DomPciAddr *addr = &info->addr.pci;
    const DomController *bus = dom_def_controller(cmd->def, DOM_CONTROLLER_PCI, addr->bus);

    if (!bus || !bus->info.alias)
        return fail_address(info, "pci", addr->bus, err);
    if (addr->domain)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("device '%s': PCI domain %u is not supported, only 0"),
                    info->alias ? info->alias : "?", addr->domain);
    props_string(p, "bus", bus->info.alias);
    props_tri_opt(p, "multifunction", addr->multifunction);
    if (addr->function)
        props_format(p, "addr", "0x%x.0x%x", addr->slot, addr->function);
    else
        props_format(p, "addr", "0x%x", addr->slot);
    return true;
}

static bool
add_usb(Cmd *cmd, Props *p, const DomInfo *info, GError **err)
{
    const DomController *hcd = dom_def_controller(cmd->def, DOM_CONTROLLER_USB, info->addr.usb.bus);

    if (!hcd || !hcd->info.alias)
        return fail_address(info, "usb", info->addr.usb.bus, err);
    props_format(p, "bus", "%s.0", hcd->info.alias);
    props_string_opt(p, "port", info->addr.usb.port);
    return true;
}

static bool
add_vserial(Cmd *cmd, Props *p, const DomInfo *info, GError **err)
{
    const DomVserialAddr *addr = &info->addr.vserial;
    const DomController *hub = dom_def_controller(cmd->def, DOM_CONTROLLER_VIRTIO_SERIAL, addr->controller);

    if (!hub || !hub->info.alias)
        return fail_address(info, "virtio-serial", addr->controller, err);
    props_format(p, "bus", "%s.%u", hub->info.alias, addr->bus);
    props_int(p, "nr", addr->port);
    return true;
}

bool
cmd_address(Cmd *cmd, Props *p, const DomInfo *info, GError **err)
{
    switch (info->addr.type) {
    case DOM_ADDR_PCI:
        return add_pci(cmd, p, info, err);
    case DOM_ADDR_USB:
        return add_usb(cmd, p, info, err);
    case DOM_ADDR_VIRTIO_SERIAL:
        return add_vserial(cmd, p, info, err);
    case DOM_ADDR_ISA:
        props_int_opt(p, "iobase", info->addr.isa.iobase);
        props_int_opt(p, "irq", info->addr.isa.irq);
        return true;
    case DOM_ADDR_NONE:
    case DOM_ADDR_DRIVE: /* written by the disk itself, bus by bus */
    case DOM_ADDR_CCID:
    case DOM_ADDR_DIMM:
        return true;
    }
    return true;
}

void
cmd_rom(Props *p, const DomInfo *info)
{
    if (info->rom_bar != DOM_TRI_ABSENT)
        props_int(p, "rombar", info->rom_bar == DOM_TRI_ON);
    if (info->rom_enabled == DOM_TRI_OFF)
        props_string(p, "romfile", "");
    else
        props_string_opt(p, "romfile", info->rom_file);
}

/* Position of dev in <os><boot>; 0: not there. Ignored as soon as devices have orders of their own. */
static guint
os_boot_position(const DomDef *def, DomBootDev dev)
{
    guint position = 0;
    DomBoot *boot;

    if (dom_def_has_boot_order(def))
        return 0;
    /* A definition without <boot> boots from its first disk. */
    if (!def->os.boot->len)
        return dev == DOM_BOOT_HD;
    dom_each(boot, def->os.boot) {
        position++;
        if (boot->dev == dev)
            return position;
    }
    return 0;
}

static DomBootDev
boot_dev_of(const DomDisk *disk)
{
    switch (disk->device) {
    case DOM_DISK_DEVICE_CDROM:
        return DOM_BOOT_CDROM;
    case DOM_DISK_DEVICE_FLOPPY:
        return DOM_BOOT_FD;
    case DOM_DISK_DEVICE_NONE:
    case DOM_DISK_DEVICE_DISK:
        return DOM_BOOT_HD;
    }
    return DOM_BOOT_HD;
}

guint
cmd_boot_disk(const DomDef *def, const DomDisk *disk)
{
    DomDisk *other;

    if (disk->info.boot_order)
        return disk->info.boot_order;
    /* <boot dev='hd'/> means the first of its kind, only. */
    dom_each(other, def->disks)
        if (boot_dev_of(other) == boot_dev_of(disk))
            return other == disk ? os_boot_position(def, boot_dev_of(disk)) : 0;
    return 0;
}

guint
cmd_boot_net(const DomDef *def, const DomNet *net)
{
    if (net->info.boot_order)
        return net->info.boot_order;
    return def->nets->len && g_ptr_array_index(def->nets, 0) == net ? os_boot_position(def, DOM_BOOT_NETWORK) : 0;
}
