/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Controllers: which there are, in which order, with which models. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"

DomController *
dom_add_controller(DomDef *def, DomControllerType type, int index, DomControllerModel model)
{
    DomController *controller = rows_new(&dom_controller_table);

    controller->type = type;
    controller->index = index;
    controller->model = model;
    g_ptr_array_add(def->controllers, controller);
    return controller;
}

static bool
is_companion(const DomController *controller)
{
    return controller->info.master_startport != -1;
}

/* Where in list a controller belongs that comes next in the XML: before the first of its type with a higher index, else
 * behind the last of its type, else at the end. */
static guint
place_of(const GPtrArray *list, const DomController *controller)
{
    gint place = -1;

    for (gint i = (gint)list->len - 1; i >= 0; i--) {
        const DomController *other = g_ptr_array_index(list, i);

        if (other->type != controller->type)
            continue;
        if (controller->index == -1)
            return (guint)i + 1;
        if (other->index > controller->index ||
            (other->index == controller->index && !is_companion(controller) && is_companion(other)))
            place = i;
        else if (place == -1)
            place = i + 1;
    }
    return place == -1 ? list->len : (guint)place;
}

void
dom_sort_controllers(DomDef *def)
{
    GPtrArray *sorted = g_ptr_array_sized_new(def->controllers->len);
    DomController *controller;

    dom_each(controller, def->controllers)
        g_ptr_array_insert(sorted, (gint)place_of(sorted, controller), controller);
    g_ptr_array_unref(def->controllers);
    def->controllers = sorted;
}

typedef struct { DomControllerModel model; const char *name; } PciModel;

static const PciModel pci_models[] = {
    {DOM_MODEL_PCI_BRIDGE, "pci-bridge"},
    {DOM_MODEL_DMI_TO_PCI_BRIDGE, "i82801b11-bridge"},
    {DOM_MODEL_PCIE_ROOT_PORT, "pcie-root-port"},
    {DOM_MODEL_PCIE_UPSTREAM, "x3130-upstream"},
    {DOM_MODEL_PCIE_DOWNSTREAM, "xio3130-downstream"},
    {DOM_MODEL_PCIE_TO_PCI_BRIDGE, "pcie-pci-bridge"},
};

static bool
default_pci(DomDef *def, DomController *controller, GError **err)
{
    bool root = controller->model == DOM_MODEL_PCI_ROOT || controller->model == DOM_MODEL_PCIE_ROOT;

    if (controller->index == -1 || controller->model == DOM_MODEL_NONE)
        return fail(err, VIR_ERR_XML_ERROR, _("<controller type='pci'> needs an index and a model (line %d)"), controller->info.line);
    if (root && controller->index != 0)
        return fail(err, VIR_ERR_XML_ERROR, _("pci-root and pcie-root controllers should have index 0, not %d (line %d)"),
                    controller->index, controller->info.line);
    if (controller->index == 0) {
        DomControllerModel wanted = dom_def_is_q35(def) ? DOM_MODEL_PCIE_ROOT : DOM_MODEL_PCI_ROOT;

        return controller->model == wanted ||
               fail(err, VIR_ERR_XML_ERROR,
                    _("The PCI controller with index='0' must be model='%s' for this machine type, but model='%s' was found instead (line %d)"),
                    dom_name(dom_model_names, wanted), dom_name(dom_model_names, controller->model), controller->info.line);
    }

    for (size_t i = 0; i < G_N_ELEMENTS(pci_models); i++) {
        if (pci_models[i].model != controller->model)
            continue;
        if (!controller->pci_model)
            controller->pci_model = g_strdup(pci_models[i].name);
        if (strcmp(controller->pci_model, pci_models[i].name) == 0)
            return true;
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported model name '%s' for pci controller of model '%s' (line %d)"),
                    controller->pci_model, dom_name(dom_model_names, controller->model), controller->info.line);
    }
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported pci controller model '%s' (line %d)"),
                dom_name(dom_model_names, controller->model), controller->info.line);
}

static DomControllerModel
default_model(const DomDef *def, DomControllerType type)
{
    switch (type) {
    case DOM_CONTROLLER_USB:
        return DOM_MODEL_PIIX3_UHCI;
    case DOM_CONTROLLER_SCSI:
        return DOM_MODEL_LSILOGIC;
    default:
        return DOM_MODEL_NONE;
    }
}

static bool
model_fits(const DomController *controller)
{
    DomControllerModel model = controller->model;
    /* "none" is a word of video and balloon too, so that it is spelled the same, but only usb has it here. */
    bool virtio_scsi = controller->type == DOM_CONTROLLER_SCSI &&
                       (model == DOM_MODEL_VIRTIO_TRANSITIONAL || model == DOM_MODEL_VIRTIO_NON_TRANSITIONAL);

    return model == DOM_MODEL_NONE || virtio_scsi || dom_controller_model_type(model) == controller->type;
}

static int
free_index(const DomDef *def, DomControllerType type)
{
    int index = 0;

    while (dom_def_controller(def, type, index))
        index++;
    return index;
}

static bool
check_machine_has(const DomDef *def, const DomController *controller, GError **err)
{
    if (controller->type == DOM_CONTROLLER_IDE && !dom_def_is_i440fx(def))
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, "%s",
                    _("IDE controllers are unsupported for this QEMU binary or machine type"));
    if (controller->type == DOM_CONTROLLER_IDE && controller->index > 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, "%s",
                    _("Only a single IDE controller is supported for this machine type"));
    if (controller->type == DOM_CONTROLLER_FDC && controller->index > 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, "%s", _("Only a single fdc controller is supported"));
    return true;
}

bool
dom_default_controllers(DomDef *def, GError **err)
{
    DomController *controller;

    dom_each(controller, def->controllers) {
        if (controller->type == DOM_CONTROLLER_PCI) {
            if (!default_pci(def, controller, err))
                return false;
            continue;
        }
        if (controller->index == -1)
            controller->index = free_index(def, controller->type);
        if (controller->model == DOM_MODEL_NONE)
            controller->model = default_model(def, controller->type);
        if (!model_fits(controller))
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported model '%s' of controller type '%s' (line %d)"),
                        dom_name(dom_model_names, controller->model), dom_name(dom_controller_names, controller->type),
                        controller->info.line);
        if (!check_machine_has(def, controller, err))
            return dom_at(err, "controller", controller->info.line);
    }
    return true;
}

/* Each one up to the highest that a disk names is added: a target like 'sdbsda' means thousands. */
enum { MAX_DISK_CONTROLLER = 255 };

/* libvirt's order, which the controllers' places in the XML show. */
static const struct { DomControllerType type; DomDiskBus bus; } disk_controllers[] = {
    {DOM_CONTROLLER_SCSI, DOM_DISK_BUS_SCSI},
    {DOM_CONTROLLER_FDC, DOM_DISK_BUS_FDC},
    {DOM_CONTROLLER_IDE, DOM_DISK_BUS_IDE},
    {DOM_CONTROLLER_SATA, DOM_DISK_BUS_SATA},
};

bool
dom_add_disk_controllers(DomDef *def, GError **err)
{
    DomDisk *disk;

    for (size_t i = 0; i < G_N_ELEMENTS(disk_controllers); i++) {
        DomControllerType type = disk_controllers[i].type;
        int last = -1, line = 0;

        dom_each(disk, def->disks)
            if (disk->bus == disk_controllers[i].bus && disk->info.addr.type == DOM_ADDR_DRIVE &&
                (int)disk->info.addr.drive.controller > last) {
                last = (int)disk->info.addr.drive.controller;
                line = disk->info.line;
            }

        if (last > MAX_DISK_CONTROLLER) {
            fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("controller %d is beyond the highest, which is %d"), last,
                 MAX_DISK_CONTROLLER);
            return dom_at(err, "disk", line);
        }
        for (int index = 0; index <= last; index++) {
            if (dom_def_controller(def, type, index))
                continue;
            if (!check_machine_has(def, dom_add_controller(def, type, index, default_model(def, type)), err))
                return dom_at(err, "disk", line);
        }
    }
    return true;
}
