/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses on virtio-serial and USB buses, and dimm slots. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"
#include "model/dom-walk.h"

static bool
vserial_port_is_taken(const DomDef *def, const DomChr *self, unsigned controller, unsigned port)
{
    DomChr *chr;

    dom_each(chr, def->channels)
        if (chr != self && chr->info.addr.type == DOM_ADDR_VIRTIO_SERIAL && chr->info.addr.vserial.controller == controller &&
            chr->info.addr.vserial.port == port)
            return true;
    return false;
}

/* Port 0 of the first controller is kept for the console. QEMU's limit is 31 ports unless the controller says less. */
static unsigned
vserial_ports(const DomController *controller)
{
    return controller->ports > 0 ? (unsigned)controller->ports : 31;
}

static bool
assign_channel(DomDef *def, DomChr *channel, GError **err)
{
    DomAddr *addr = &channel->info.addr;
    const bool chosen = addr->type == DOM_ADDR_VIRTIO_SERIAL; /* the controller, by the user; only the port is ours */

    for (unsigned index = chosen ? addr->vserial.controller : 0;; index++) {
        DomController *controller = dom_def_controller(def, DOM_CONTROLLER_VIRTIO_SERIAL, (int)index);

        if (!controller)
            controller = dom_add_controller(def, DOM_CONTROLLER_VIRTIO_SERIAL, (int)index, DOM_MODEL_NONE);
        for (unsigned port = 1; port < vserial_ports(controller); port++) {
            if (vserial_port_is_taken(def, channel, index, port))
                continue;
            addr->type = DOM_ADDR_VIRTIO_SERIAL;
            addr->vserial = (DomVserialAddr){.controller = index, .port = port};
            return true;
        }
        if (chosen || index >= 64)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("Unable to find a free virtio-serial port (<channel>, line %d)"), channel->info.line);
    }
}

static bool
check_channel(const DomDef *def, const DomChr *channel, GError **err)
{
    const DomAddr *addr = &channel->info.addr;

    if (addr->type != DOM_ADDR_VIRTIO_SERIAL)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("virtio-serial channel '%s' needs an address of type 'virtio-serial' (line %d)"),
                    channel->name ? channel->name : "", channel->info.line);

    const DomController *controller = dom_def_controller(def, DOM_CONTROLLER_VIRTIO_SERIAL, (int)addr->vserial.controller);

    if (!controller)
        return fail(err, VIR_ERR_XML_ERROR, _("virtio serial controller %u is missing (<channel>, line %d)"), addr->vserial.controller,
                    channel->info.line);
    if (addr->vserial.bus != 0)
        return fail(err, VIR_ERR_XML_ERROR, _("virtio serial bus %u does not exist (<channel>, line %d)"), addr->vserial.bus, channel->info.line);
    if (addr->vserial.port >= vserial_ports(controller))
        return fail(err, VIR_ERR_XML_ERROR, _("virtio serial port %u of controller %u does not exist (<channel>, line %d)"), addr->vserial.port,
                    addr->vserial.controller, channel->info.line);
    if (vserial_port_is_taken(def, channel, addr->vserial.controller, addr->vserial.port))
        return fail(err, VIR_ERR_XML_ERROR, _("virtio serial port %u on controller %u is already occupied (<channel>, line %d)"),
                    addr->vserial.port, addr->vserial.controller, channel->info.line);
    return true;
}

/* controller and bus 0 without a port is libvirt's way of asking for one. */
bool
dom_assign_virtio_serial(DomDef *def, GError **err)
{
    DomChr *channel;

    dom_each(channel, def->channels) {
        bool wanted = channel->info.addr.type == DOM_ADDR_NONE ||
                      (channel->info.addr.type == DOM_ADDR_VIRTIO_SERIAL && channel->info.addr.vserial.port == 0);

        if (!wanted && !check_channel(def, channel, err))
            return false;
    }
    dom_each(channel, def->channels) {
        bool wanted = channel->info.addr.type == DOM_ADDR_NONE ||
                      (channel->info.addr.type == DOM_ADDR_VIRTIO_SERIAL && channel->info.addr.vserial.port == 0);

        if (wanted && !assign_channel(def, channel, err))
            return false;
    }
    return true;
}

#define HUB_PORTS 8
/* USB allows five hubs between root and device; libvirt's rule is four dots. */
#define USB_DEPTH 4

/* Root ports of a controller; 0 for companions, whose ports are their master's. */
static unsigned
usb_ports(const DomController *controller)
{
    switch (controller->model) {
    case DOM_MODEL_PIIX3_UHCI:
    case DOM_MODEL_PIIX4_UHCI:
    case DOM_MODEL_VT82C686B_UHCI:
        return 2;
    case DOM_MODEL_EHCI:
    case DOM_MODEL_ICH9_EHCI1:
        return 6;
    case DOM_MODEL_PCI_OHCI:
        return 3;
    case DOM_MODEL_NEC_XHCI:
    case DOM_MODEL_QEMU_XHCI:
        return controller->ports > 0 ? (unsigned)controller->ports : 4;
    default:
        return 0;
    }
}

static bool
is_usb_device(const DomDevice *device)
{
    switch (device->kind) {
    case DOM_DEV_DISK:
        return ((const DomDisk *)device->body)->bus == DOM_DISK_BUS_USB;
    case DOM_DEV_INPUT:
        return ((const DomInput *)device->body)->bus == DOM_INPUT_BUS_USB;
    case DOM_DEV_SERIAL:
        return ((const DomChr *)device->body)->target == DOM_CHR_TARGET_USB_SERIAL;
    case DOM_DEV_HUB:
        return true;
    default:
        return false;
    }
}

/* State of one walk over the USB devices. */
typedef struct {
    DomDeviceKind kind;     /* whose turn it is */
    unsigned devices;       /* counted */
    unsigned bus;
    const char *port;
    const DomInfo *self;
    bool found;
    bool hub_found;
    GError **err;
    bool ok;
} UsbWalk;

static void
find_usb_port(DomDef *def, DomDevice *device, void *opaque)
{
    UsbWalk *walk = opaque;
    const DomAddr *addr = &device->info->addr;

    if (!is_usb_device(device) || device->info == walk->self || addr->type != DOM_ADDR_USB || addr->usb.bus != walk->bus ||
        g_strcmp0(addr->usb.port, walk->port) != 0)
        return;
    walk->found = true;
    walk->hub_found |= device->kind == DOM_DEV_HUB;
}

static UsbWalk
who_is_at(DomDef *def, const DomInfo *self, unsigned bus, const char *port)
{
    UsbWalk walk = {.bus = bus, .port = port, .self = self};

    dom_each_device(def, find_usb_port, &walk);
    return walk;
}

/* First free port below prefix ("" or "1."): those of this level before those of its hubs. Caller frees. */
static char *
free_usb_port(DomDef *def, const DomInfo *self, unsigned bus, const char *prefix, unsigned ports, int depth)
{
    for (unsigned port = 1; port <= ports; port++) {
        g_autofree char *name = g_strdup_printf("%s%u", prefix, port);

        if (!who_is_at(def, self, bus, name).found)
            return g_steal_pointer(&name);
    }
    if (depth == USB_DEPTH)
        return NULL;

    for (unsigned port = 1; port <= ports; port++) {
        g_autofree char *name = g_strdup_printf("%s%u", prefix, port);
        g_autofree char *below = g_strdup_printf("%s.", name);
        char *found = who_is_at(def, self, bus, name).hub_found ? free_usb_port(def, self, bus, below, HUB_PORTS, depth + 1) : NULL;

        if (found)
            return found;
    }
    return NULL;
}

static unsigned
root_ports_of_bus(const DomDef *def, unsigned bus)
{
    DomController *controller;
    unsigned ports = 0;

    dom_each(controller, def->controllers)
        if (controller->type == DOM_CONTROLLER_USB && (unsigned)controller->index == bus)
            ports = MAX(ports, usb_ports(controller));
    return ports;
}

static unsigned
last_usb_bus(const DomDef *def)
{
    DomController *controller;
    unsigned last = 0;

    dom_each(controller, def->controllers)
        if (controller->type == DOM_CONTROLLER_USB)
            last = MAX(last, (unsigned)controller->index);
    return last;
}

static bool
assign_usb_port(DomDef *def, DomInfo *info, GError **err)
{
    bool bus_given = info->addr.type == DOM_ADDR_USB;
    unsigned first = bus_given ? info->addr.usb.bus : 0;
    unsigned last = bus_given ? info->addr.usb.bus : last_usb_bus(def);

    for (unsigned bus = first; bus <= last; bus++) {
        unsigned ports = root_ports_of_bus(def, bus);
        char *port = ports ? free_usb_port(def, info, bus, "", ports, 0) : NULL;

        if (!port)
            continue;
        info->addr.type = DOM_ADDR_USB;
        info->addr.usb.bus = bus;
        info->addr.usb.port = port;
        return true;
    }
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("No free USB ports (device at line %d): no USB controller, or all ports taken"), info->line);
}

static bool
check_usb_address(DomDef *def, const DomDevice *device, GError **err)
{
    const DomInfo *info = device->info;
    g_auto(GStrv) steps = g_strsplit(info->addr.usb.port, ".", 16);
    g_autoptr(GString) path = g_string_new(NULL);
    unsigned ports = root_ports_of_bus(def, info->addr.usb.bus);

    if (!ports)
        return fail(err, VIR_ERR_XML_ERROR, _("USB bus %u of <%s> does not exist (line %d)"), info->addr.usb.bus, device->element,
                    info->line);
    for (guint i = 0; steps[i]; i++) {
        uint64_t port;

        if (i > USB_DEPTH || !rows_number(steps[i], ports, &port) || port == 0 || steps[i][0] == '0')
            return fail(err, VIR_ERR_XML_ERROR, _("USB port '%s' of <%s> does not exist on bus %u (line %d)"), info->addr.usb.port,
                        device->element, info->addr.usb.bus, info->line);
        if (i > 0 && !who_is_at(def, info, info->addr.usb.bus, path->str).hub_found)
            return fail(err, VIR_ERR_XML_ERROR, _("USB port '%s' of <%s> needs a hub at port '%s' (line %d)"), info->addr.usb.port,
                        device->element, path->str, info->line);
        g_string_append_printf(path, "%s%s", i ? "." : "", steps[i]);
        ports = HUB_PORTS;
    }
    if (who_is_at(def, info, info->addr.usb.bus, info->addr.usb.port).found)
        return fail(err, VIR_ERR_XML_ERROR, _("Duplicate USB address bus %u port %s (<%s>, line %d)"), info->addr.usb.bus,
                    info->addr.usb.port, device->element, info->line);
    return true;
}

static void
visit_usb_given(DomDef *def, DomDevice *device, void *opaque)
{
    UsbWalk *walk = opaque;

    if (!walk->ok || !is_usb_device(device))
        return;
    walk->devices += device->kind != DOM_DEV_HUB && !device->info->addr.usb.port;
    if (device->info->addr.usb.port)
        walk->ok = check_usb_address(def, device, walk->err);
}

static void
visit_usb_wanted(DomDef *def, DomDevice *device, void *opaque)
{
    UsbWalk *walk = opaque;

    if (walk->ok && is_usb_device(device) && device->kind == walk->kind && !device->info->addr.usb.port)
        walk->ok = assign_usb_port(def, device->info, walk->err);
}

/* As many hubs as the devices need that do not fit the root ports. */
static void
add_hubs(DomDef *def, unsigned devices)
{
    DomController *controller;
    unsigned ports = def->hubs->len * HUB_PORTS;

    dom_each(controller, def->controllers)
        if (controller->type == DOM_CONTROLLER_USB)
            ports += usb_ports(controller);
    if (!ports || devices <= ports || devices > 1024)
        return;
    for (unsigned hubs = (devices - ports + 1 + HUB_PORTS - 2) / (HUB_PORTS - 1); hubs > 0; hubs--)
        g_ptr_array_add(def->hubs, rows_new(&dom_hub_table));
}

/* Who is served when: hubs first, as they bring ports. */
static const DomDeviceKind usb_turns[] = {DOM_DEV_HUB, DOM_DEV_DISK, DOM_DEV_INPUT, DOM_DEV_SERIAL};

bool
dom_assign_usb(DomDef *def, GError **err)
{
    UsbWalk walk = {.ok = true, .err = err};

    dom_each_device(def, visit_usb_given, &walk);
    if (!walk.ok)
        return false;
    add_hubs(def, walk.devices);

    for (size_t i = 0; i < G_N_ELEMENTS(usb_turns); i++) {
        walk.kind = usb_turns[i];
        dom_each_device(def, visit_usb_wanted, &walk);
    }
    return walk.ok;
}

static bool
dimm_slot_is_taken(const DomDef *def, const DomMemory *self, unsigned slot)
{
    DomMemory *memory;

    dom_each(memory, def->memories)
        if (memory != self && memory->info.addr.type == DOM_ADDR_DIMM && memory->info.addr.dimm.slot == slot)
            return true;
    return false;
}

bool
dom_assign_dimms(DomDef *def, GError **err)
{
    DomMemory *memory;

    dom_each(memory, def->memories) {
        DomAddr *addr = &memory->info.addr;

        if (addr->type && addr->type != DOM_ADDR_DIMM)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("a dimm needs an address of type 'dimm' (line %d)"), memory->info.line);
        if (!addr->type) {
            addr->type = DOM_ADDR_DIMM;
            addr->dimm.slot = 0;
            while (dimm_slot_is_taken(def, memory, addr->dimm.slot))
                addr->dimm.slot++;
        }
        if (addr->dimm.slot >= def->memory_slots)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("memory device slot '%u' exceeds slots count '%u' (<memory>, line %d)"),
                        addr->dimm.slot, def->memory_slots, memory->info.line);
        if (dimm_slot_is_taken(def, memory, addr->dimm.slot))
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED,
                        _("memory device slot '%u' is already being used by another memory device (<memory>, line %d)"), addr->dimm.slot,
                        memory->info.line);
    }
    return true;
}
