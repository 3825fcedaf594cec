/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fixed and customary places: the chipset, the primary video card, USB 2 groups, the q35 boards. */
#include "model/dom-rows.h"

#include "model/dom-addr-pci.h"

bool
pci_is_builtin(const DomDef *def, const DomDevice *device, unsigned *ret_slot, unsigned *ret_function)
{
    const DomController *controller = device->body;

    if (device->kind != DOM_DEV_CONTROLLER || controller->index != 0)
        return false;
    if (dom_def_is_q35(def)) {
        *ret_slot = 0x1f;
        *ret_function = 2;
        return controller->type == DOM_CONTROLLER_SATA;
    }
    *ret_slot = 1;
    *ret_function = controller->type == DOM_CONTROLLER_IDE ? 1 : 2;
    return controller->type == DOM_CONTROLLER_IDE ||
           (controller->type == DOM_CONTROLLER_USB &&
            (controller->model == DOM_MODEL_PIIX3_UHCI || controller->model == DOM_MODEL_PIIX4_UHCI));
}

/* Takes a slot of bus 0 for a device that has its usual place there, unless that is taken. */
static bool
place_at(PciPass *pass, DomInfo *info, unsigned slot)
{
    if (pci_slot_in_use(&pass->set, 0, slot))
        return false;
    pci_take(&pass->set, 0, slot, 0);
    pci_set_address(info, 0, slot, 0);
    return true;
}

/* The card that the firmware writes to is the first device behind the chipset. */
static bool
place_primary_video(PciPass *pass, unsigned slot)
{
    DomVideo *video = pass->def->videos->len ? g_ptr_array_index(pass->def->videos, 0) : NULL;

    if (!video || video->type == DOM_VIDEO_NONE || !pci_wants_address(&video->info))
        return true;
    return place_at(pass, &video->info, slot) ||
           pci_place(pass, &video->info, pci_usual_connect(pass, video->type == DOM_VIDEO_VIRTIO || video->type == DOM_VIDEO_BOCHS));
}

static unsigned
ich9_function(DomControllerModel model)
{
    switch (model) {
    case DOM_MODEL_ICH9_EHCI1:
        return 7;
    case DOM_MODEL_ICH9_UHCI2:
        return 1;
    case DOM_MODEL_ICH9_UHCI3:
        return 2;
    default:
        return 0;
    }
}

bool
pci_is_ich9_usb(const DomController *controller)
{
    return controller->type == DOM_CONTROLLER_USB && controller->model >= DOM_MODEL_ICH9_EHCI1 &&
           controller->model <= DOM_MODEL_ICH9_UHCI3;
}

/* A USB 2 controller and its companions are the functions of one slot. */
bool
pci_place_ich9_usb(PciPass *pass, DomController *controller)
{
    unsigned function = ich9_function(controller->model);
    DomController *other;
    DomPciAddr addr = {0};
    bool found = false;

    if (!pci_wants_address(&controller->info))
        return true;
    dom_each(other, pass->def->controllers)
        if (!found && other->index == controller->index && pci_is_ich9_usb(other) && !pci_wants_address(&other->info)) {
            addr = other->info.addr.pci;
            found = true;
        }

    if (found && (addr.bus >= pass->set.count || pass->set.buses[addr.bus].used[addr.slot] & (1u << function)))
        return fail(pass->err, VIR_ERR_XML_ERROR, _("no PCI function is left for the USB controller at line %d in its master's slot"),
                    controller->info.line);
    if (!found && !pci_next(&pass->set, PCI_DEVICE | PCI_HOTPLUG, &addr, pass->err))
        return false;
    if (!found)
        pass->set.buses[addr.bus].used[addr.slot] = 0;
    pci_take(&pass->set, addr.bus, addr.slot, function);
    pci_set_address(&controller->info, addr.bus, addr.slot, function);
    if (function == 0)
        controller->info.addr.pci.multifunction = DOM_TRI_ON;
    return true;
}

/* On real q35 boards the USB 2 groups, the sound chip and the bridge to PCI have these slots. */
static void
place_q35_customs(PciPass *pass)
{
    DomController *controller;
    DomSound *sound;

    dom_each(controller, pass->def->controllers) {
        if (controller->type == DOM_CONTROLLER_PCI && controller->model == DOM_MODEL_DMI_TO_PCI_BRIDGE &&
            pci_wants_address(&controller->info))
            place_at(pass, &controller->info, 0x1e);
        if (!pci_is_ich9_usb(controller) || controller->model != DOM_MODEL_ICH9_UHCI1 || !pci_wants_address(&controller->info))
            continue;
        if (!place_at(pass, &controller->info, 0x1d))
            place_at(pass, &controller->info, 0x1a);
    }
    dom_each(sound, pass->def->sounds)
        if (sound->model == DOM_SOUND_ICH9 && pci_wants_address(&sound->info)) {
            place_at(pass, &sound->info, 0x1b);
            break;
        }
}

/* Functions that the machine has without a device in the XML, or with one (is_builtin) that can be nowhere else. */
static const struct { bool express; unsigned slot, function; } chipset[] = {
    {false, 1, 0},      /* PIIX: ISA bridge, IDE, USB, power management */
    {false, 1, 1},
    {false, 1, 2},
    {false, 1, 3},
    {true, 0x1f, 0},    /* ICH9: LPC, SATA, SMBus */
    {true, 0x1f, 2},
    {true, 0x1f, 3},
};

bool
pci_reserve_chipset(PciPass *pass)
{
    if (pass->set.count == 0)
        return fail(pass->err, VIR_ERR_XML_ERROR, "%s", _("No PCI buses available"));

    for (size_t i = 0; i < G_N_ELEMENTS(chipset); i++)
        if (chipset[i].express == pass->set.express)
            pci_take(&pass->set, 0, chipset[i].slot, chipset[i].function);
    return true;
}

bool
pci_place_customs(PciPass *pass)
{
    if (pass->set.express)
        place_q35_customs(pass);
    return place_primary_video(pass, pass->set.express ? 1 : 2);
}
