/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one device cannot be, whatever else the guest has. libvirt refuses the same, with these codes. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"
#include "model/dom-walk.h"

#define WRONG(function, Type, condition) \
    static bool function(const DomDef *def, const void *body) { const Type *it = body; (void)def; return condition; }

static bool
is_printable(const char *text)
{
    for (; *text; text++)
        if (!g_ascii_isprint(*text))
            return false;
    return true;
}

static bool
is_wwn(const char *text)
{
    const char *digits = g_str_has_prefix(text, "0x") ? text + 2 : text;

    return strlen(digits) == 16 && strspn(digits, "0123456789abcdefABCDEF") == 16;
}

static bool
in_groups(uint64_t total, uint64_t reads, uint64_t writes)
{
    return total && (reads || writes);
}

/* QEMU's own ceiling. */
#define TUNE_MAX 1000000000000000ull

static bool
tune_is_huge(const DomIoTune *tune)
{
    const uint64_t *values = &tune->total_bytes_sec;

    for (size_t i = 0; i < sizeof(*tune) / sizeof(*values); i++)
        if (values[i] > TUNE_MAX)
            return true;
    return false;
}

static bool
chain_lacks(const DomDisk *disk, bool format)
{
    for (const DomSource *link = disk->src.backing; link && link->type; link = link->backing)
        if (format ? !link->format : !link->file && !link->dev && !link->hosts->len)
            return true;
    return false;
}

static bool
has_bad_host(const DomDisk *disk, int what)
{
    DomHost *host;
    uint64_t port;

    for (const DomSource *link = &disk->src; link; link = link->backing)
        if (link->type == DOM_DISK_TYPE_NETWORK)
            dom_each(host, link->hosts) {
                bool path = host->transport == DOM_TRANSPORT_UNIX;

                if (what == 0 ? host->port && !rows_number(host->port, 65535, &port)
                              : what == 1 ? path && !host->socket : !path && !host->name)
                    return true;
            }
    return false;
}

static bool
has_wwn(const DomDisk *disk)
{
    return disk->bus == DOM_DISK_BUS_SCSI || disk->bus == DOM_DISK_BUS_IDE || disk->bus == DOM_DISK_BUS_SATA;
}

WRONG(disk_read_policy, DomDisk, it->rerror_policy == DOM_ONERROR_ENOSPACE)
WRONG(disk_wwn, DomDisk, it->wwn && !is_wwn(it->wwn))
WRONG(disk_wwn_bus, DomDisk, it->wwn && !has_wwn(it))
WRONG(disk_vendor_bus, DomDisk, (it->vendor || it->product) && it->bus != DOM_DISK_BUS_SCSI)
WRONG(disk_vendor_long, DomDisk, it->vendor && strlen(it->vendor) > 8)
WRONG(disk_product_long, DomDisk, it->product && strlen(it->product) > 16)
WRONG(disk_unprintable, DomDisk, (it->vendor && !is_printable(it->vendor)) || (it->product && !is_printable(it->product)))
WRONG(disk_tune_bytes, DomDisk, in_groups(it->iotune.total_bytes_sec, it->iotune.read_bytes_sec, it->iotune.write_bytes_sec))
WRONG(disk_tune_iops, DomDisk, in_groups(it->iotune.total_iops_sec, it->iotune.read_iops_sec, it->iotune.write_iops_sec))
WRONG(disk_tune_bytes_max, DomDisk,
      in_groups(it->iotune.total_bytes_sec_max, it->iotune.read_bytes_sec_max, it->iotune.write_bytes_sec_max))
WRONG(disk_tune_iops_max, DomDisk,
      in_groups(it->iotune.total_iops_sec_max, it->iotune.read_iops_sec_max, it->iotune.write_iops_sec_max))
WRONG(disk_tune_huge, DomDisk, tune_is_huge(&it->iotune))
WRONG(disk_link_source, DomDisk, chain_lacks(it, false))
WRONG(disk_link_format, DomDisk, chain_lacks(it, true))
WRONG(disk_tray, DomDisk, it->tray == DOM_TRAY_OPEN && it->device == DOM_DISK_DEVICE_DISK)
WRONG(disk_removable, DomDisk, it->removable && it->bus != DOM_DISK_BUS_USB)
WRONG(disk_rotation, DomDisk, it->rotation_rate && !has_wwn(it))
WRONG(disk_port, DomDisk, has_bad_host(it, 0))
WRONG(disk_socket, DomDisk, has_bad_host(it, 1))
WRONG(disk_host, DomDisk, has_bad_host(it, 2))

static bool
is_virtio_scsi(const DomController *it)
{
    return it->type == DOM_CONTROLLER_SCSI && (it->model == DOM_MODEL_VIRTIO_SCSI || it->model == DOM_MODEL_VIRTIO_TRANSITIONAL ||
                                               it->model == DOM_MODEL_VIRTIO_NON_TRANSITIONAL);
}

static bool
is_root_port(const DomController *it)
{
    return it->model == DOM_MODEL_PCIE_ROOT_PORT || it->model == DOM_MODEL_PCIE_DOWNSTREAM;
}

WRONG(ctl_queues, DomController, it->queues && !is_virtio_scsi(it))
WRONG(ctl_luns, DomController, (it->cmd_per_lun || it->max_sectors || it->ioeventfd) && !is_virtio_scsi(it))
WRONG(ctl_iothread, DomController, it->iothread && !is_virtio_scsi(it))
WRONG(ctl_iothread_none, DomController, it->iothread > def->iothreads)
WRONG(ctl_xhci_ports, DomController, it->ports > 15 && (it->model == DOM_MODEL_NEC_XHCI || it->model == DOM_MODEL_QEMU_XHCI))
WRONG(ctl_chassis_zero, DomController, it->chassis_nr == 0)
WRONG(ctl_chassis_nr, DomController, it->chassis_nr != -1 && it->model != DOM_MODEL_PCI_BRIDGE)
WRONG(ctl_chassis, DomController, it->chassis != -1 && !is_root_port(it))
WRONG(ctl_port, DomController, it->port && !is_root_port(it))
WRONG(ctl_bus_nr, DomController, it->bus_nr != -1 || it->node != -1)
WRONG(ctl_hotplug, DomController, it->hotplug && !is_root_port(it))

static bool
is_power_of_two(unsigned value)
{
    return (value & (value - 1)) == 0;
}

WRONG(net_rx, DomNet, !is_power_of_two(it->rx_queue_size))
WRONG(net_tx, DomNet, !is_power_of_two(it->tx_queue_size))
WRONG(net_mtu, DomNet, it->mtu && it->type == DOM_NET_USER)
WRONG(net_managed, DomNet, it->managed == DOM_TRI_OFF && it->type != DOM_NET_ETHERNET)

/* COM1 to COM4. */
WRONG(serial_port, DomChr, it->target == DOM_CHR_TARGET_ISA_SERIAL && it->port > 3)

static bool
has_memory_rows(const DomVideo *it)
{
    return it->ram || it->vgamem || it->vram64;
}

WRONG(video_vram, DomVideo, it->vram && it->vram < 1024 && (it->type == DOM_VIDEO_VGA || it->type == DOM_VIDEO_VMVGA))
WRONG(video_qxl, DomVideo, has_memory_rows(it) && it->type != DOM_VIDEO_QXL)
WRONG(video_vgamem, DomVideo, it->vgamem && it->vgamem < 1024)
WRONG(video_resolution, DomVideo, it->res_x && (it->type == DOM_VIDEO_CIRRUS || it->type == DOM_VIDEO_VMVGA))
WRONG(video_accel, DomVideo, it->accel3d == DOM_TRI_ON && it->type != DOM_VIDEO_VIRTIO)

static bool
has_audio(const DomDef *def, unsigned id)
{
    DomAudio *audio;

    dom_each(audio, def->audios)
        if (audio->id == id)
            return true;
    return false;
}

WRONG(sound_audio, DomSound, it->audio_id && !has_audio(def, it->audio_id))
WRONG(sound_codecs, DomSound, it->codecs->len && it->model != DOM_SOUND_ICH6 && it->model != DOM_SOUND_ICH9)

static bool
is_second(const GPtrArray *list, const void *it)
{
    return list->len > 1 && g_ptr_array_index(list, 1) == it;
}

WRONG(watchdog_second, DomWatchdog, is_second(def->watchdogs, it))
WRONG(panic_second, DomPanic, is_second(def->panics, it))
WRONG(tpm_second, DomTpm, is_second(def->tpms, it))
WRONG(tpm_crb, DomTpm, it->model == DOM_TPM_CRB && g_strcmp0(it->version, "1.2") == 0)
WRONG(dimm_no_node, DomMemory, it->node == -1)
WRONG(dimm_node, DomMemory, !def->cpu || it->node >= (int)def->cpu->cells->len)

static const struct {
    DomDeviceKind kind;
    int code;
    bool (*wrong)(const DomDef *def, const void *body);
    const char *why;
} rules[] = {
    {DOM_DEV_DISK, VIR_ERR_CONFIG_UNSUPPORTED, disk_read_policy, N_("Invalid disk read error policy: 'enospace'")},
    {DOM_DEV_DISK, VIR_ERR_INTERNAL_ERROR, disk_wwn, N_("Malformed wwn: it has 16 hexadecimal digits")},
    {DOM_DEV_DISK, VIR_ERR_CONFIG_UNSUPPORTED, disk_wwn_bus, N_("Only ide and scsi disk support wwn")},
    {DOM_DEV_DISK, VIR_ERR_CONFIG_UNSUPPORTED, disk_vendor_long, N_("disk vendor is more than 8 characters")},
    {DOM_DEV_DISK, VIR_ERR_CONFIG_UNSUPPORTED, disk_product_long, N_("disk product is more than 16 characters")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_unprintable, N_("disk vendor or product is not printable string")},
    {DOM_DEV_DISK, VIR_ERR_CONFIG_UNSUPPORTED, disk_vendor_bus, N_("Only scsi disk supports vendor and product")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_tune_bytes, N_("total and read/write bytes_sec cannot be set at the same time")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_tune_iops, N_("total and read/write iops_sec cannot be set at the same time")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_tune_bytes_max, N_("total and read/write bytes_sec_max cannot be set at the same time")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_tune_iops_max, N_("total and read/write iops_sec_max cannot be set at the same time")},
    {DOM_DEV_DISK, VIR_ERR_ARGUMENT_UNSUPPORTED, disk_tune_huge, N_("block I/O throttle limit must be no more than 1000000000000000 using QEMU")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_link_format, N_("missing disk backing store format")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_link_source, N_("missing disk backing store source")},
    {DOM_DEV_DISK, VIR_ERR_CONFIG_UNSUPPORTED, disk_tray, N_("tray is only valid for cdrom and floppy")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_removable, N_("removable is only valid for usb disks")},
    {DOM_DEV_DISK, VIR_ERR_INTERNAL_ERROR, disk_rotation, N_("rotation rate is only valid for SCSI/IDE/SATA bus")},
    {DOM_DEV_DISK, VIR_ERR_INVALID_ARG, disk_port, N_("port of a network disk's host is no number from 0 to 65535")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_socket, N_("missing socket for unix transport")},
    {DOM_DEV_DISK, VIR_ERR_XML_ERROR, disk_host, N_("missing name for host")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_queues, N_("'queues' is only supported by virtio-scsi controller")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_luns, N_("'cmd_per_lun', 'max_sectors' and 'ioeventfd' are only supported by virtio-scsi controller")},
    {DOM_DEV_CONTROLLER, VIR_ERR_XML_ERROR, ctl_iothread, N_("'iothread' attribute only supported for virtio scsi controllers")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_iothread_none, N_("controller iothread not defined in iothreadid: raise <iothreads>")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_xhci_ports, N_("an xhci controller only supports up to '15' ports")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_chassis_zero, N_("PCI controller chassisNr '0' out of range - must be 1-255")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_chassis_nr, N_("Option 'chassisNr' is valid for PCI controllers of model 'pci-bridge' only")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_chassis, N_("Option 'chassis' is valid for PCI Express ports only")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_port, N_("Option 'port' is valid for PCI Express ports only")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_bus_nr, N_("Options 'busNr' and 'node' are valid for expander buses only, which are not supported")},
    {DOM_DEV_CONTROLLER, VIR_ERR_CONFIG_UNSUPPORTED, ctl_hotplug, N_("Option 'hotplug' is valid for PCI Express ports only")},
    {DOM_DEV_NET, VIR_ERR_CONFIG_UNSUPPORTED, net_rx, N_("rx_queue_size has to be a power of two")},
    {DOM_DEV_NET, VIR_ERR_CONFIG_UNSUPPORTED, net_tx, N_("tx_queue_size has to be a power of two")},
    {DOM_DEV_NET, VIR_ERR_CONFIG_UNSUPPORTED, net_mtu, N_("setting MTU on interface type user is not supported yet")},
    {DOM_DEV_NET, VIR_ERR_CONFIG_UNSUPPORTED, net_managed, N_("unmanaged target dev is supported on interfaces of type 'ethernet' only")},
    {DOM_DEV_SERIAL, VIR_ERR_INTERNAL_ERROR, serial_port, N_("Maximum supported number of ISA serial ports is '4'")},
    {DOM_DEV_VIDEO, VIR_ERR_CONFIG_UNSUPPORTED, video_vram, N_("value for 'vram' must be at least 1 MiB (1024 KiB)")},
    {DOM_DEV_VIDEO, VIR_ERR_CONFIG_UNSUPPORTED, video_qxl, N_("ram, vgamem and vram64 attributes only supported for video type qxl")},
    {DOM_DEV_VIDEO, VIR_ERR_CONFIG_UNSUPPORTED, video_vgamem, N_("value for 'vgamem' must be at least 1 MiB (1024 KiB)")},
    {DOM_DEV_VIDEO, VIR_ERR_XML_ERROR, video_resolution, N_("model resolution is not supported")},
    {DOM_DEV_VIDEO, VIR_ERR_CONFIG_UNSUPPORTED, video_accel, N_("3d acceleration is supported only with 'virtio' video device")},
    {DOM_DEV_SOUND, VIR_ERR_XML_ERROR, sound_audio, N_("no audio device with the ID that <audio id=''> names")},
    {DOM_DEV_SOUND, VIR_ERR_CONFIG_UNSUPPORTED, sound_codecs, N_("only sound cards of model 'ich6' and 'ich9' have codecs")},
    {DOM_DEV_WATCHDOG, VIR_ERR_INTERNAL_ERROR, watchdog_second, N_("only a single watchdog device is supported")},
    {DOM_DEV_PANIC, VIR_ERR_XML_ERROR, panic_second, N_("only a single panic device is supported")},
    {DOM_DEV_TPM, VIR_ERR_XML_ERROR, tpm_second, N_("only a single TPM device is supported")},
    {DOM_DEV_TPM, VIR_ERR_CONFIG_UNSUPPORTED, tpm_crb, N_("Unsupported interface 'tpm-crb' for TPM 1.2")},
    {DOM_DEV_MEMORY, VIR_ERR_CONFIG_UNSUPPORTED, dimm_no_node, N_("target NUMA node needs to be specified for memory device")},
    {DOM_DEV_MEMORY, VIR_ERR_XML_DETAIL, dimm_node, N_("can't add memory backend for a guest node that is not configured: see <numa>")},
};

typedef struct { GError **err; bool ok; } RuleWalk;

static void
check_rules(DomDef *def, DomDevice *device, void *opaque)
{
    RuleWalk *walk = opaque;

    for (size_t i = 0; walk->ok && i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].kind != device->kind || !rules[i].wrong(def, device->body))
            continue;
        fail(walk->err, rules[i].code, "%s", _(rules[i].why));
        walk->ok = dom_at(walk->err, device->element, device->info->line);
    }
}

bool
dom_check_rules(DomDef *def, GError **err)
{
    RuleWalk walk = {.err = err, .ok = true};

    dom_each_device(def, check_rules, &walk);
    return walk.ok;
}
