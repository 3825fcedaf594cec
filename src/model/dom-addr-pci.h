/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One run over the devices of a domain that gives out PCI addresses; see dom-addr-pci.c. For the dom-addr-pci*.c files only.
 */
#pragma once

#include "model/dom-pci.h"
#include "model/dom-walk.h"

typedef struct {
    DomDef *def;
    PciSet set;
    bool dry;
    bool ok;
    GError **err;
} PciPass;

/* dom-addr-pci-kind.c. PciConnect of a device; 0: not on the PCI bus. */
unsigned pci_connect_of(const PciPass *pass, const DomDevice *device);
/* Of an ordinary device: Express where the machine has it, else conventional. */
unsigned pci_usual_connect(const PciPass *pass, bool express);

/* dom-addr-pci.c */
bool pci_wants_address(const DomInfo *info);
void pci_set_address(DomInfo *info, unsigned bus, unsigned slot, unsigned function);
/* The next free place, unless an address is given. */
bool pci_place(PciPass *pass, DomInfo *info, unsigned connect);

/* dom-addr-pci-custom.c: places that come from real boards. */
/* The functions of the chipset that are controllers in the XML: they have their address by nature. */
bool pci_is_builtin(const DomDef *def, const DomDevice *device, unsigned *ret_slot, unsigned *ret_function);
bool pci_reserve_chipset(PciPass *pass);
bool pci_place_customs(PciPass *pass);
bool pci_is_ich9_usb(const DomController *controller);
bool pci_place_ich9_usb(PciPass *pass, DomController *controller);
