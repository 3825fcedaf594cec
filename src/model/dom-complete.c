/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/dom-rows.h"

#include "model/dom-layout.h"

static bool
run_passes(DomDef *def, const DomCaps *caps, GError **err)
{
    return dom_check_size(def, err) &&
           dom_default_base(def, caps, err) &&
           dom_default_controllers(def, err) &&
           dom_default_devices(def, err) &&
           dom_add_implicit(def, err) &&
           dom_check_base(def, err) &&
           dom_check_rules(def, err) &&
           dom_check(def, err) &&
           dom_assign_virtio_serial(def, err) &&
           dom_assign_pci(def, err) &&
           dom_check_places(def, err) &&
           dom_assign_usb(def, err) &&
           dom_assign_dimms(def, err) &&
           dom_check_size(def, err);
}

bool
dom_def_complete(DomDef *def, const DomCaps *caps, GError **err)
{
    if (!run_passes(def, caps, err))
        return false;

    /* The serial port has its address only now. */
    dom_mirror_console(def);
    return true;
}
