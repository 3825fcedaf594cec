/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/dom-pci.h"

#include <string.h>

#define VIR_FROM_THIS VIR_FROM_DOMAIN

#define MAX_BUSES 256

typedef struct {
    DomControllerModel model;
    unsigned takes, first, last, is;
} ModelRow;

static const ModelRow model_rows[] = {
    {DOM_MODEL_PCI_ROOT, PCI_DEVICE | PCI_BRIDGE | PCI_HOTPLUG, 1, 31, 0},
    {DOM_MODEL_PCI_BRIDGE, PCI_DEVICE | PCI_BRIDGE | PCI_HOTPLUG, 1, 31, PCI_BRIDGE},
    {DOM_MODEL_PCIE_ROOT, PCI_EXPRESS | PCI_ROOT_PORT | PCI_DMI_BRIDGE, 1, 31, 0},
    {DOM_MODEL_DMI_TO_PCI_BRIDGE, PCI_DEVICE | PCI_BRIDGE, 0, 31, PCI_DMI_BRIDGE},
    {DOM_MODEL_PCIE_ROOT_PORT, PCI_EXPRESS | PCI_UPSTREAM | PCI_EXPRESS_TO_PCI | PCI_HOTPLUG, 0, 0, PCI_ROOT_PORT | PCI_AGGREGATE},
    {DOM_MODEL_PCIE_UPSTREAM, PCI_DOWNSTREAM, 0, 31, PCI_UPSTREAM},
    {DOM_MODEL_PCIE_DOWNSTREAM, PCI_EXPRESS | PCI_UPSTREAM | PCI_EXPRESS_TO_PCI | PCI_HOTPLUG, 0, 0, PCI_DOWNSTREAM | PCI_AGGREGATE},
    {DOM_MODEL_PCIE_TO_PCI_BRIDGE, PCI_DEVICE | PCI_BRIDGE | PCI_HOTPLUG, 1, 31, PCI_EXPRESS_TO_PCI},
};

static const ModelRow *
row_of(DomControllerModel model)
{
    for (size_t i = 0; i < G_N_ELEMENTS(model_rows); i++)
        if (model_rows[i].model == model)
            return &model_rows[i];
    return NULL;
}

void
pci_set_clear(PciSet *set)
{
    g_clear_pointer(&set->buses, g_free);
    set->count = 0;
}

bool
pci_set_widen(PciSet *set, unsigned count)
{
    if (count > MAX_BUSES)
        return false;
    if (count <= set->count)
        return true;

    set->buses = g_renew(PciBus, set->buses, count);
    memset(&set->buses[set->count], 0, (count - set->count) * sizeof(PciBus));
    set->count = count;
    return true;
}

void
pci_bus_set_model(PciBus *bus, DomControllerModel model)
{
    const ModelRow *row = row_of(model);

    bus->model = model;
    bus->takes = row ? row->takes : 0;
    bus->first = row ? row->first : 0;
    bus->last = row ? row->last : 0;
}

PciConnect
pci_controller_connect(DomControllerModel model)
{
    const ModelRow *row = row_of(model);

    return row ? row->is : 0;
}

bool
pci_slot_in_use(const PciSet *set, unsigned bus, unsigned slot)
{
    return bus < set->count && set->buses[bus].used[slot] != 0;
}

void
pci_take(PciSet *set, unsigned bus, unsigned slot, unsigned function)
{
    set->buses[bus].used[slot] |= (unsigned char)(1u << function);
}

static bool
grow(PciSet *set, unsigned connect, GError **err)
{
    DomControllerModel wanted = connect & PCI_DEVICE || connect & PCI_BRIDGE ? DOM_MODEL_PCI_BRIDGE : DOM_MODEL_PCIE_ROOT_PORT;
    unsigned count = set->count;
    bool bridge_fits = false;

    for (unsigned i = 0; i < count; i++)
        bridge_fits |= (set->buses[i].takes & PCI_BRIDGE) != 0;

    bool detour = wanted == DOM_MODEL_PCI_BRIDGE && !bridge_fits;

    if (!pci_set_widen(set, count + (detour ? 2 : 1)))
        return fail(err, VIR_ERR_XML_ERROR, "%s", _("No more available PCI slots"));
    if (!detour) {
        pci_bus_set_model(&set->buses[count], wanted);
        return true;
    }

    /* Conventional PCI on an Express machine: a root port for nothing but the bridge. */
    pci_bus_set_model(&set->buses[count], DOM_MODEL_PCIE_ROOT_PORT);
    set->buses[count].takes = PCI_EXPRESS_TO_PCI;
    pci_bus_set_model(&set->buses[count + 1], DOM_MODEL_PCIE_TO_PCI_BRIDGE);
    return true;
}

/* Fills holes below a bus that the XML names but no controller provides. */
static bool
grow_up_to(PciSet *set, unsigned bus, unsigned connect, GError **err)
{
    while (set->count <= bus)
        if (!grow(set, connect, err))
            return false;
    return true;
}

bool
pci_reserve(PciSet *set, const DomPciAddr *addr, unsigned connect, const char *element, int line, GError **err)
{
    g_autofree char *text = g_strdup_printf("%04x:%02x:%02x.%x", addr->domain, addr->bus, addr->slot, addr->function);
    unsigned endpoint = PCI_DEVICE | PCI_EXPRESS;

    if (set->count == 0)
        return fail(err, VIR_ERR_XML_ERROR, "%s", _("No PCI buses available"));
    if (addr->domain != 0)
        return fail(err, VIR_ERR_XML_ERROR, _("Invalid PCI address %s. Only PCI domain 0 is available (<%s>, line %d)"), text, element, line);
    if (set->growing && !grow_up_to(set, addr->bus, connect, err))
        return false;
    if (addr->bus >= set->count)
        return fail(err, VIR_ERR_XML_ERROR, _("Invalid PCI address %s. Only PCI buses up to %u are available (<%s>, line %d)"), text,
                    set->count - 1, element, line);

    PciBus *bus = &set->buses[addr->bus];
    unsigned takes = bus->takes & endpoint ? bus->takes | endpoint : bus->takes;

    if (!(takes & connect & PCI_TYPES))
        return fail(err, VIR_ERR_XML_ERROR, _("The PCI controller with index %u doesn't support such a device (<%s> at %s, line %d)"), addr->bus,
                    element, text, line);
    if (addr->slot < bus->first || addr->slot > bus->last)
        return fail(err, VIR_ERR_XML_ERROR, _("Invalid PCI address %s. slot must be >= %u and <= %u (<%s>, line %d)"), text, bus->first,
                    bus->last, element, line);
    if (bus->used[addr->slot] & (1u << addr->function))
        return fail(err, VIR_ERR_XML_ERROR, _("Attempted double use of PCI Address %s (<%s>, line %d)"), text, element, line);
    if (connect & PCI_AGGREGATE && !bus->used[addr->slot])
        bus->aggregate[addr->slot] = true;
    pci_take(set, addr->bus, addr->slot, addr->function);
    return true;
}

static bool
bus_takes(const PciBus *bus, unsigned connect)
{
    return (bus->takes & connect & PCI_TYPES) && (!(connect & PCI_HOTPLUG) || (bus->takes & PCI_HOTPLUG));
}

/* The first function free for the device in slot; -1: none. */
static int
free_function(const PciBus *bus, unsigned slot, unsigned connect)
{
    if (bus->used[slot] == 0)
        return 0;
    if (!(connect & PCI_AGGREGATE) || !bus->aggregate[slot])
        return -1;
    for (int function = 0; function < 8; function++)
        if (!(bus->used[slot] & (1u << function)))
            return function;
    return -1;
}

static bool
find_place(PciSet *set, unsigned connect, DomPciAddr *ret_addr)
{
    for (unsigned at = 0; at < set->count; at++) {
        PciBus *bus = &set->buses[at];

        if (!bus_takes(bus, connect))
            continue;
        for (unsigned slot = bus->first; slot <= bus->last; slot++) {
            int function = free_function(bus, slot, connect);

            if (function < 0)
                continue;
            if (connect & PCI_AGGREGATE)
                bus->aggregate[slot] = true;
            pci_take(set, at, slot, (unsigned)function);
            *ret_addr = (DomPciAddr){.bus = at, .slot = slot, .function = (unsigned)function};
            return true;
        }
    }
    return false;
}

bool
pci_next(PciSet *set, unsigned connect, DomPciAddr *ret_addr, GError **err)
{
    if (set->count == 0)
        return fail(err, VIR_ERR_XML_ERROR, "%s", _("No PCI buses available"));
    if (find_place(set, connect, ret_addr))
        return true;
    if (set->growing && !grow(set, connect, err))
        return false;
    if (set->growing && find_place(set, connect, ret_addr))
        return true;
    return fail(err, VIR_ERR_XML_ERROR, "%s", _("No more available PCI slots"));
}
