/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI topology, then the controllers that sit in it. */
#include "qemu/command-private.h"

typedef struct {
    DomControllerModel model;
    const char *driver;
    void (*add)(Props *p, const DomController *c);
    const char *type; /* as QEMU lists it, where driver is only another name of it; NULL: driver */
} Model;

static void
add_root_port(Props *p, const DomController *c)
{
    props_int(p, "port", MAX(c->port, 0));
    props_int(p, "chassis", MAX(c->chassis, 0));
    props_string(p, "id", c->info.alias);
    props_tri_opt(p, "hotplug", c->hotplug);
}

static void
add_pci_bridge(Props *p, const DomController *c)
{
    props_int(p, "chassis_nr", MAX(c->chassis_nr, 0));
    props_string(p, "id", c->info.alias);
}

static void
add_id(Props *p, const DomController *c)
{
    props_string(p, "id", c->info.alias);
}

static void
add_expander(Props *p, const DomController *c)
{
    props_int(p, "bus_nr", MAX(c->bus_nr, 0));
    props_string(p, "id", c->info.alias);
    if (c->node >= 0)
        props_int(p, "numa_node", c->node);
}

static void
add_usb(Props *p, const DomController *c)
{
    const bool companion = c->info.master_startport >= 0;

    if (c->model == DOM_MODEL_QEMU_XHCI || c->model == DOM_MODEL_NEC_XHCI) {
        props_int_opt(p, "p2", MAX(c->ports, 0));
        props_int_opt(p, "p3", MAX(c->ports, 0));
    }
    /* A companion shares the bus of the EHCI controller, whose alias it bears. */
    if (companion) {
        props_format(p, "masterbus", "%s.0", c->info.alias);
        props_int(p, "firstport", c->info.master_startport);
    } else {
        props_string(p, "id", c->info.alias);
    }
}

static void
add_scsi(Props *p, const DomController *c)
{
    if (c->iothread)
        props_format(p, "iothread", "iothread%u", c->iothread);
    props_string(p, "id", c->info.alias);
    props_int_opt(p, "num_queues", c->queues);
    props_int_opt(p, "cmd_per_lun", c->cmd_per_lun);
    props_int_opt(p, "max_sectors", c->max_sectors);
    props_tri_opt(p, "ioeventfd", c->ioeventfd);
}

static void
add_virtio_serial(Props *p, const DomController *c)
{
    props_string(p, "id", c->info.alias);
    if (c->ports >= 0)
        props_int_opt(p, "max_ports", c->ports);
    if (c->vectors >= 0)
        props_int(p, "vectors", c->vectors);
}

static const Model pci_models[] = {
    { DOM_MODEL_PCI_BRIDGE, "pci-bridge", add_pci_bridge },
    { DOM_MODEL_DMI_TO_PCI_BRIDGE, "i82801b11-bridge", add_id },
    { DOM_MODEL_PCIE_ROOT_PORT, "pcie-root-port", add_root_port },
    { DOM_MODEL_PCIE_UPSTREAM, "x3130-upstream", add_id },
    { DOM_MODEL_PCIE_DOWNSTREAM, "xio3130-downstream", add_root_port },
    { DOM_MODEL_PCIE_TO_PCI_BRIDGE, "pcie-pci-bridge", add_id },
    { DOM_MODEL_PCI_EXPANDER, "pxb", add_expander },
    { DOM_MODEL_PCIE_EXPANDER, "pxb-pcie", add_expander },
};

static const Model usb_models[] = {
    { DOM_MODEL_PIIX3_UHCI, "piix3-usb-uhci", add_usb },
    { DOM_MODEL_PIIX4_UHCI, "piix4-usb-uhci", add_usb },
    { DOM_MODEL_EHCI, "usb-ehci", add_usb },
    { DOM_MODEL_ICH9_EHCI1, "ich9-usb-ehci1", add_usb },
    { DOM_MODEL_ICH9_UHCI1, "ich9-usb-uhci1", add_usb },
    { DOM_MODEL_ICH9_UHCI2, "ich9-usb-uhci2", add_usb },
    { DOM_MODEL_ICH9_UHCI3, "ich9-usb-uhci3", add_usb },
    { DOM_MODEL_VT82C686B_UHCI, "vt82c686b-usb-uhci", add_usb },
    { DOM_MODEL_PCI_OHCI, "pci-ohci", add_usb },
    { DOM_MODEL_NEC_XHCI, "nec-usb-xhci", add_usb },
    { DOM_MODEL_QEMU_XHCI, "qemu-xhci", add_usb },
};

static const Model scsi_models[] = {
    { DOM_MODEL_VIRTIO_SCSI, "virtio-scsi-pci", add_scsi },
    { DOM_MODEL_VIRTIO, "virtio-scsi-pci", add_scsi },
    { DOM_MODEL_VIRTIO_TRANSITIONAL, "virtio-scsi-pci-transitional", add_scsi },
    { DOM_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-scsi-pci-non-transitional", add_scsi },
    { DOM_MODEL_LSILOGIC, "lsi", add_id, "lsi53c895a" },
    { DOM_MODEL_LSISAS1078, "megasas", add_id },
    { DOM_MODEL_VMPVSCSI, "pvscsi", add_id },
};

static const Model fdc_models[] = { { DOM_MODEL_NONE, "isa-fdc", add_id } };
static const Model sata_models[] = { { DOM_MODEL_NONE, "ahci", add_id, "ich9-ahci" } };

static const Model vserial_models[] = {
    { DOM_MODEL_NONE, "virtio-serial-pci", add_virtio_serial },
    { DOM_MODEL_VIRTIO, "virtio-serial-pci", add_virtio_serial },
    { DOM_MODEL_VIRTIO_TRANSITIONAL, "virtio-serial-pci-transitional", add_virtio_serial },
    { DOM_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-serial-pci-non-transitional", add_virtio_serial },
};

/* Also the order on the command line: a bus has to come before what sits on it. */
static const struct {
    DomControllerType type;
    const Model *models;
    guint n_models;
} types[] = {
    { DOM_CONTROLLER_PCI, pci_models, G_N_ELEMENTS(pci_models) },
    { DOM_CONTROLLER_USB, usb_models, G_N_ELEMENTS(usb_models) },
    { DOM_CONTROLLER_SCSI, scsi_models, G_N_ELEMENTS(scsi_models) },
    { DOM_CONTROLLER_IDE, NULL, 0 },
    { DOM_CONTROLLER_FDC, fdc_models, G_N_ELEMENTS(fdc_models) },
    { DOM_CONTROLLER_SATA, sata_models, G_N_ELEMENTS(sata_models) },
    { DOM_CONTROLLER_VIRTIO_SERIAL, vserial_models, G_N_ELEMENTS(vserial_models) },
};

/* Part of the machine itself. */
static bool
is_built_in(const Cmd *cmd, const DomController *c)
{
    switch (c->type) {
    case DOM_CONTROLLER_PCI:
        return c->model == DOM_MODEL_PCI_ROOT || c->model == DOM_MODEL_PCIE_ROOT;
    case DOM_CONTROLLER_IDE:
    case DOM_CONTROLLER_FDC:
        return dom_def_is_i440fx(cmd->def) && c->index == 0;
    case DOM_CONTROLLER_SATA:
        return dom_def_is_q35(cmd->def) && c->index == 0;
    case DOM_CONTROLLER_USB:
        return c->model == DOM_MODEL_USB_NONE;
    case DOM_CONTROLLER_NONE:
    case DOM_CONTROLLER_SCSI:
    case DOM_CONTROLLER_VIRTIO_SERIAL:
        return false;
    }
    return false;
}

static bool
build_controller(Cmd *cmd, const DomController *c, const Model *models, guint n_models, GError **err)
{
    const char *type = dom_name(dom_controller_names, c->type);
    const Model *model = NULL;
    g_autofree char *user = g_strdup_printf("%s controller %d", type, c->index);
    g_auto(Props) p = { NULL };

    for (guint i = 0; i < n_models && !model; i++)
        if (models[i].model == c->model)
            model = &models[i];
    if (!model)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("%s controller %d: model '%s' is not supported"), type, c->index,
                    c->model ? dom_name(dom_model_names, c->model) : _("default"));
    p = props_new("driver", c->pci_model && c->type == DOM_CONTROLLER_PCI ? c->pci_model : model->driver);
    model->add(&p, c);
    return cmd_address(cmd, &p, &c->info, err) && cmd_device(cmd, model->type ? model->type : model->driver, user, &p, err);
}

static gint
by_index(gconstpointer a, gconstpointer b)
{
    return (*(DomController *const *)a)->index - (*(DomController *const *)b)->index;
}

static void
add_hole64(Cmd *cmd, const DomController *root)
{
    if (root->hole64_kib)
        cmd_opt(cmd, "-global", "%s.pci-hole64-size=%" G_GUINT64_FORMAT "K",
                root->model == DOM_MODEL_PCIE_ROOT ? "q35-pcihost" : "i440FX-pcihost", (guint64)root->hole64_kib);
}

/* In order of index within a type; companions of one index stay in the order of the definition. */
static GPtrArray *
controllers_of(const DomDef *def, DomControllerType type)
{
    GPtrArray *list = g_ptr_array_new();
    DomController *c;

    dom_each(c, def->controllers)
        if (c->type == type)
            g_ptr_array_add(list, c);
    g_ptr_array_sort(list, by_index);
    return list;
}

bool
cmd_build_controllers(Cmd *cmd, GError **err)
{
    DomController *c;

    dom_each(c, cmd->def->controllers)
        add_hole64(cmd, c);
    for (guint t = 0; t < G_N_ELEMENTS(types); t++) {
        g_autoptr(GPtrArray) list = controllers_of(cmd->def, types[t].type);

        dom_each(c, list)
            if (!is_built_in(cmd, c) && !build_controller(cmd, c, types[t].models, types[t].n_models, err))
                return dom_at(err, "controller", c->info.line);
    }
    return true;
}

bool
cmd_build_hubs(Cmd *cmd, GError **err)
{
    DomHub *hub;

    dom_each(hub, cmd->def->hubs) {
        g_auto(Props) p = props_new("driver", "usb-hub");

        props_string(&p, "id", hub->info.alias);
        if (!cmd_address(cmd, &p, &hub->info, err) || !cmd_device(cmd, "usb-hub", hub->info.alias, &p, err))
            return dom_at(err, "hub", hub->info.line);
    }
    return true;
}
