/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PCI addresses. Twice over the devices: a dry run on a topology that may grow tells which bridges and root ports are
 * needed; they are added as controllers; the second run hands out the addresses. The order of devices and the special
 * slots are libvirt's, and thereby guest ABI.
 */
#include "model/dom-rows.h"

#include "model/dom-addr-pci.h"
#include "model/dom-layout.h"

/* <address type='pci'/> without numbers asks for one. */
bool
pci_wants_address(const DomInfo *info)
{
    const DomPciAddr *pci = &info->addr.pci;

    return info->addr.type == DOM_ADDR_NONE ||
           (info->addr.type == DOM_ADDR_PCI && !pci->domain && !pci->bus && !pci->slot && !pci->function);
}

void
pci_set_address(DomInfo *info, unsigned bus, unsigned slot, unsigned function)
{
    DomTri multifunction = info->addr.type == DOM_ADDR_PCI ? info->addr.pci.multifunction : DOM_TRI_ABSENT;

    info->addr.type = DOM_ADDR_PCI;
    info->addr.pci = (DomPciAddr){.bus = bus, .slot = slot, .function = function, .multifunction = multifunction};
}

static void
collect_given(DomDef *def, DomDevice *device, void *opaque)
{
    PciPass *pass = opaque;
    DomInfo *info = device->info;
    unsigned connect = pci_connect_of(pass, device), slot, function;

    if (!pass->ok)
        return;
    if (!connect) {
        bool has_pci = info->addr.type == DOM_ADDR_PCI;

        pass->ok = !has_pci || fail(pass->err, VIR_ERR_CONFIG_UNSUPPORTED, _("<%s> of this kind has no PCI address (line %d)"),
                                    device->element, info->line);
        return;
    }
    if (info->addr.type && info->addr.type != DOM_ADDR_PCI) {
        pass->ok = fail(pass->err, VIR_ERR_CONFIG_UNSUPPORTED, _("<%s> needs an address of type 'pci' (line %d)"), device->element,
                        info->line);
        return;
    }

    if (pci_is_builtin(def, device, &slot, &function)) {
        const DomPciAddr *pci = &info->addr.pci;

        if (pci_wants_address(info))
            pci_set_address(info, 0, slot, function);
        else if (pci->domain || pci->bus || pci->slot != slot || pci->function != function)
            pass->ok = fail(pass->err, VIR_ERR_XML_ERROR, _("Primary %s controller must have PCI address 0:0:%x.%x (line %d)"),
                            dom_name(dom_controller_names, ((DomController *)device->body)->type), slot, function, info->line);
        return;
    }
    if (pass->ok && !pci_wants_address(info))
        pass->ok = pci_reserve(&pass->set, &info->addr.pci, connect, device->element, info->line, pass->err);
}

bool
pci_place(PciPass *pass, DomInfo *info, unsigned connect)
{
    DomPciAddr addr;

    if (!connect || !pci_wants_address(info))
        return true;
    if (!pci_next(&pass->set, connect, &addr, pass->err))
        return false;
    if (pass->dry)
        return true;

    pci_set_address(info, addr.bus, addr.slot, addr.function);
    return true;
}

typedef struct {
    DomDeviceKind kind;
    bool (*also)(const DomDevice *device);  /* of the kind, only these; NULL: all */
} Turn;

static bool
is_pci_bridge(const DomDevice *device)
{
    return ((const DomController *)device->body)->type == DOM_CONTROLLER_PCI;
}

static bool
is_other_controller(const DomDevice *device)
{
    return !is_pci_bridge(device);
}

/* Who is served when. */
static const Turn turns[] = {
    {DOM_DEV_CONTROLLER, is_pci_bridge},
    {DOM_DEV_NET},
    {DOM_DEV_SOUND},
    {DOM_DEV_CONTROLLER, is_other_controller},
    {DOM_DEV_DISK},
    {DOM_DEV_BALLOON},
    {DOM_DEV_RNG},
    {DOM_DEV_WATCHDOG},
    {DOM_DEV_VIDEO},
    {DOM_DEV_INPUT},
    {DOM_DEV_SERIAL},
};

typedef struct { PciPass *pass; const Turn *turn; } TurnWalk;

static void
take_turn(DomDef *def, DomDevice *device, void *opaque)
{
    TurnWalk *walk = opaque;
    PciPass *pass = walk->pass;

    if (!pass->ok || device->kind != walk->turn->kind || (walk->turn->also && !walk->turn->also(device)))
        return;
    if (device->kind == DOM_DEV_CONTROLLER && pci_is_ich9_usb(device->body))
        pass->ok = pci_place_ich9_usb(pass, device->body);
    else
        pass->ok = pci_place(pass, device->info, pci_connect_of(pass, device));
    if (!pass->ok)
        dom_at(pass->err, device->element, device->info->line);
}

static bool
place_devices(PciPass *pass)
{
    for (size_t i = 0; i < G_N_ELEMENTS(turns); i++) {
        TurnWalk walk = {pass, &turns[i]};

        dom_each_device(pass->def, take_turn, &walk);
        if (!pass->ok)
            return false;
    }
    return true;
}

static bool
fail_buses(const PciPass *pass, unsigned buses)
{
    const DomController *controller;

    dom_each(controller, pass->def->controllers)
        if (controller->type == DOM_CONTROLLER_PCI && controller->index == (int)buses - 1)
            return fail(pass->err, VIR_ERR_CONFIG_UNSUPPORTED, _("PCI controller index %d too high, maximum is 255 (<controller>, line %d)"),
                        controller->index, controller->info.line);
    return false;
}

/* Buses of the controllers that exist, and all addresses that are given. */
static bool
start_pass(PciPass *pass, unsigned buses)
{
    DomController *controller;

    pass->ok = true;
    pass->set.express = dom_def_is_q35(pass->def);
    pass->set.growing = pass->dry;
    if (!pci_set_widen(&pass->set, buses))
        return fail_buses(pass, buses);

    dom_each(controller, pass->def->controllers)
        if (controller->type == DOM_CONTROLLER_PCI)
            pci_bus_set_model(&pass->set.buses[controller->index], controller->model);
    /* A hole in the numbering becomes what the machine usually has. */
    for (unsigned i = 1; i < buses; i++)
        if (!pass->set.buses[i].model)
            pci_bus_set_model(&pass->set.buses[i], pass->set.express ? DOM_MODEL_PCIE_ROOT_PORT : DOM_MODEL_PCI_BRIDGE);

    if (!pci_reserve_chipset(pass))
        return false;
    dom_each_device(pass->def, collect_given, pass);
    return pass->ok && pci_place_customs(pass);
}

static bool
add_bridges(PciPass *pass)
{
    DomDef *def = pass->def;

    /* Adding one may need a place on a bus that has to be added in turn: count grows while we walk. */
    for (unsigned i = 1; i < pass->set.count; i++) {
        if (dom_def_controller(def, DOM_CONTROLLER_PCI, (int)i))
            continue;

        DomController *controller = dom_add_controller(def, DOM_CONTROLLER_PCI, (int)i, pass->set.buses[i].model);

        if (!pci_place(pass, &controller->info, pci_controller_connect(controller->model)))
            return false;
    }
    return true;
}

/* Their addresses guide their companions even in the dry run, but must not outlive it. */
static GPtrArray *
unplaced_ich9_usb(const DomDef *def)
{
    GPtrArray *list = g_ptr_array_new();
    DomController *controller;

    dom_each(controller, def->controllers)
        if (pci_is_ich9_usb(controller) && controller->info.addr.type == DOM_ADDR_NONE)
            g_ptr_array_add(list, controller);
    return list;
}

/* Finds out which bridges are missing and adds them. */
static bool
run_dry(DomDef *def, GError **err)
{
    DomController *controller;
    int highest = -1;
    DomPciAddr spare;

    dom_each(controller, def->controllers)
        if (controller->type == DOM_CONTROLLER_PCI)
            highest = MAX(highest, controller->index);

    PciPass pass = {.def = def, .dry = true, .err = err};
    g_autoptr(GPtrArray) tentative = unplaced_ich9_usb(def);
    bool done = start_pass(&pass, (unsigned)(highest + 1));

    /* Keep one conventional slot in hand, for a bridge that may come later. */
    if (done && !pass.set.express)
        done = pci_next(&pass.set, PCI_DEVICE | PCI_HOTPLUG, &spare, err);
    done = done && place_devices(&pass);
    /* A user who leaves the topology to us gets one free root port for hot-plugging. */
    if (done && pass.set.express && highest <= 0 && pass.set.count > 1)
        done = pci_next(&pass.set, PCI_EXPRESS | PCI_HOTPLUG, &spare, err);
    done = done && add_bridges(&pass);
    pci_set_clear(&pass.set);
    dom_each(controller, tentative)
        controller->info.addr = (DomAddr){0};
    return done;
}

static void
set_targets(DomController *controller)
{
    const DomPciAddr *pci = &controller->info.addr.pci;

    switch (controller->model) {
    case DOM_MODEL_PCI_BRIDGE:
        if (controller->chassis_nr == -1)
            controller->chassis_nr = controller->index;
        break;
    case DOM_MODEL_PCIE_ROOT_PORT:
    case DOM_MODEL_PCIE_DOWNSTREAM:
        if (controller->chassis == -1)
            controller->chassis = controller->index;
        if (controller->port == 0)
            controller->port = pci->slot << 3 | pci->function;
        break;
    default:
        break;
    }
}

typedef struct { const DomPciAddr *of; bool shared; } SlotMates;

static void
find_mate(DomDef *def, DomDevice *device, void *opaque)
{
    SlotMates *mates = opaque;
    const DomPciAddr *pci = &device->info->addr.pci;

    mates->shared |= device->info->addr.type == DOM_ADDR_PCI && pci->bus == mates->of->bus && pci->slot == mates->of->slot &&
                     pci->function != mates->of->function;
}

/* Function 0 tells the guest that there are others. */
static void
set_multifunction(DomDef *def, DomDevice *device, void *opaque)
{
    DomPciAddr *pci = &device->info->addr.pci;
    SlotMates mates = {pci, false};

    if (device->info->addr.type != DOM_ADDR_PCI || pci->function != 0 || pci->multifunction)
        return;
    dom_each_device(def, find_mate, &mates);
    if (mates.shared)
        pci->multifunction = DOM_TRI_ON;
}

bool
dom_assign_pci(DomDef *def, GError **err)
{
    DomController *controller;
    int highest = -1;

    if (!run_dry(def, err) || !dom_default_controllers(def, err))
        return false;
    dom_each(controller, def->controllers)
        if (controller->type == DOM_CONTROLLER_PCI)
            highest = MAX(highest, controller->index);

    PciPass pass = {.def = def, .err = err};
    bool done = start_pass(&pass, (unsigned)(highest + 1)) && place_devices(&pass);

    pci_set_clear(&pass.set);
    if (!done)
        return false;
    dom_each(controller, def->controllers)
        if (controller->type == DOM_CONTROLLER_PCI)
            set_targets(controller);
    dom_each_device(def, set_multifunction, NULL);
    return true;
}
