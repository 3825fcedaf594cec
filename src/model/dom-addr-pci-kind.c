/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each device is to the PCI bus. */
#include "model/dom-rows.h"

#include "model/dom-addr-pci.h"

unsigned
pci_usual_connect(const PciPass *pass, bool express)
{
    return PCI_HOTPLUG | (express && pass->set.express ? PCI_EXPRESS : PCI_DEVICE);
}

static unsigned
controller_connect(const PciPass *pass, const DomController *controller)
{
    switch (controller->type) {
    case DOM_CONTROLLER_PCI:
        return pci_controller_connect(controller->model);
    case DOM_CONTROLLER_SCSI:
        return pci_usual_connect(pass, controller->model == DOM_MODEL_VIRTIO_SCSI || controller->model == DOM_MODEL_VMPVSCSI ||
                               controller->model == DOM_MODEL_VIRTIO_NON_TRANSITIONAL);
    case DOM_CONTROLLER_VIRTIO_SERIAL:
        return pci_usual_connect(pass, controller->model != DOM_MODEL_VIRTIO_TRANSITIONAL);
    case DOM_CONTROLLER_USB:
        if (controller->model == DOM_MODEL_USB_NONE)
            return 0;
        return pci_usual_connect(pass, controller->model == DOM_MODEL_NEC_XHCI || controller->model == DOM_MODEL_QEMU_XHCI);
    case DOM_CONTROLLER_IDE:
    case DOM_CONTROLLER_SATA:
        return pci_usual_connect(pass, false);
    default:
        return 0;
    }
}

/* What a device is to the PCI bus; 0: not a PCI device. */
unsigned
pci_connect_of(const PciPass *pass, const DomDevice *device)
{
    switch (device->kind) {
    case DOM_DEV_DISK:
        return ((const DomDisk *)device->body)->bus == DOM_DISK_BUS_VIRTIO ? pci_usual_connect(pass, true) : 0;
    case DOM_DEV_CONTROLLER:
        return controller_connect(pass, device->body);
    case DOM_DEV_NET: {
        DomNicModel model = ((const DomNet *)device->body)->model;

        return pci_usual_connect(pass, model == DOM_NIC_VIRTIO || model == DOM_NIC_VIRTIO_NON_TRANSITIONAL || model == DOM_NIC_E1000E);
    }
    case DOM_DEV_SERIAL:
        return ((const DomChr *)device->body)->target == DOM_CHR_TARGET_PCI_SERIAL ? pci_usual_connect(pass, false) : 0;
    case DOM_DEV_INPUT:
        return ((const DomInput *)device->body)->bus == DOM_INPUT_BUS_VIRTIO ? pci_usual_connect(pass, true) : 0;
    case DOM_DEV_SOUND:
        return pci_usual_connect(pass, false);
    case DOM_DEV_VIDEO: {
        DomVideoType type = ((const DomVideo *)device->body)->type;

        return type == DOM_VIDEO_NONE ? 0 : pci_usual_connect(pass, type == DOM_VIDEO_VIRTIO || type == DOM_VIDEO_BOCHS);
    }
    case DOM_DEV_WATCHDOG:
        return ((const DomWatchdog *)device->body)->model == DOM_WATCHDOG_I6300ESB ? pci_usual_connect(pass, false) : 0;
    case DOM_DEV_BALLOON: {
        DomBalloonModel model = ((const DomBalloon *)device->body)->model;

        return model == DOM_BALLOON_NONE ? 0 : pci_usual_connect(pass, model != DOM_BALLOON_VIRTIO_TRANSITIONAL);
    }
    case DOM_DEV_RNG:
        return pci_usual_connect(pass, ((const DomRng *)device->body)->model != DOM_RNG_VIRTIO_TRANSITIONAL);
    default:
        return 0;
    }
}
