/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PCI topology while addresses are handed out: buses with slots, and what may be plugged where. Knows no domain.
 */
#pragma once

#include "model/dom-device.h"
#include "util/err.h"

/* What a device is, and (as a set) what a bus takes. */
typedef enum {
    PCI_DEVICE = 1 << 0,            /* conventional */
    PCI_EXPRESS = 1 << 1,
    PCI_BRIDGE = 1 << 2,
    PCI_ROOT_PORT = 1 << 3,
    PCI_UPSTREAM = 1 << 4,
    PCI_DOWNSTREAM = 1 << 5,
    PCI_DMI_BRIDGE = 1 << 6,
    PCI_EXPRESS_TO_PCI = 1 << 7,
    PCI_TYPES = (1 << 8) - 1,
    PCI_HOTPLUG = 1 << 8,           /* bus: can; device: wants to */
    PCI_AGGREGATE = 1 << 9,         /* device: shares a slot with its like, one function each */
} PciConnect;

typedef struct {
    DomControllerModel model;       /* NONE: a hole in the numbering, to be filled by a bridge */
    unsigned takes;                 /* PciConnect */
    unsigned first, last;           /* usable slots */
    unsigned char used[32];         /* one bit per function */
    bool aggregate[32];
} PciBus;

typedef struct {
    PciBus *buses;
    unsigned count;
    bool express;                   /* root is pcie-root */
    bool growing;                   /* dry run: buses may be added */
} PciSet;

void pci_set_clear(PciSet *set);
/* Appends holes until there are count buses. False beyond 256. */
bool pci_set_widen(PciSet *set, unsigned count);
void pci_bus_set_model(PciBus *bus, DomControllerModel model);
PciConnect pci_controller_connect(DomControllerModel model);

/* Reserves an address that the XML gives: any device may sit on any bus of its kind. */
bool pci_reserve(PciSet *set, const DomPciAddr *addr, unsigned connect, const char *element, int line, GError **err);
bool pci_slot_in_use(const PciSet *set, unsigned bus, unsigned slot);
void pci_take(PciSet *set, unsigned bus, unsigned slot, unsigned function);
/* Finds, reserves and returns the next place for such a device. */
bool pci_next(PciSet *set, unsigned connect, DomPciAddr *ret_addr, GError **err);
