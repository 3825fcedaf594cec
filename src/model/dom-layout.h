/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The passes of dom_def_complete(), in the order in which they run. Each keeps what the user gave and fills what is missing,
 * by libvirt's rules: the result is guest ABI, a peer that runs libvirt computes the same. For the dom-*.c files of this room.
 */
#pragma once

#include "model/dom-def.h"
#include "util/xml.h"

/* dom-def.c: what dom_def_parse() makes of a tree, all of which has to be fresh or forgotten (XmlNode.seen). */
DomDef *dom_def_read(XmlNode *root, DomParseFlags flags, GError **err);

/* dom-defaults.c: the values that stand above the devices; dom-defaults-device.c: those of each device. */
bool dom_default_base(DomDef *def, const DomCaps *caps, GError **err);
bool dom_default_devices(DomDef *def, GError **err);
bool dom_default_disk(DomDef *def, DomDisk *disk, GError **err);
/* The order in which libvirt keeps disks, and numbers and addresses them: by name within a bus. */
void dom_sort_disks(DomDef *def);
bool dom_default_chrs(DomDef *def, GError **err);

/* dom-implicit.c: what every PC has without being asked. */
bool dom_add_implicit(DomDef *def, GError **err);

/* dom-controllers.c */
DomController *dom_add_controller(DomDef *def, DomControllerType type, int index, DomControllerModel model);
/* The order that reading XML gives: by index within a type, companions behind their master. */
void dom_sort_controllers(DomDef *def);
bool dom_default_controllers(DomDef *def, GError **err);
bool dom_add_disk_controllers(DomDef *def, GError **err);

/* dom-addr-*.c: assignment of addresses. */
bool dom_assign_drive(DomDisk *disk, GError **err);
bool dom_assign_virtio_serial(DomDef *def, GError **err);
bool dom_assign_usb(DomDef *def, GError **err);
bool dom_assign_pci(DomDef *def, GError **err);
bool dom_assign_dimms(DomDef *def, GError **err);

/* dom-rules-*.c: what cannot be, as rows. */
bool dom_check_base(const DomDef *def, GError **err);
bool dom_check_rules(DomDef *def, GError **err);

/* dom-check.c: contradictions and duplicates; places: once there are addresses. */
bool dom_check_places(DomDef *def, GError **err);
bool dom_check_size(DomDef *def, GError **err);
bool dom_check(DomDef *def, GError **err);

/* "vdab" -> 27; -1: not a name of that form. */
int dom_disk_name_index(const char *target);
