/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks, and what every device has (alias, address, boot order). */
#include "model/dom-rows.h"

#include <string.h>

#define M(type, member) ROW_MEMBER(type, member)

#define ADDRESS_IS(kind, function) \
    static bool function(const void *obj) { return ((const DomAddr *)obj)->type == kind; }
ADDRESS_IS(DOM_ADDR_PCI, is_pci)
ADDRESS_IS(DOM_ADDR_DRIVE, is_drive)
ADDRESS_IS(DOM_ADDR_VIRTIO_SERIAL, is_vserial)
ADDRESS_IS(DOM_ADDR_CCID, is_ccid)
ADDRESS_IS(DOM_ADDR_USB, is_usb)
ADDRESS_IS(DOM_ADDR_ISA, is_isa)
ADDRESS_IS(DOM_ADDR_DIMM, is_dimm)

static const Row address_rows[] = {
    {"@type", ROW_ENUM, M(DomAddr, type), dom_addr_names, .flags = ROW_REQUIRED, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"@domain", ROW_HEX, M(DomAddr, pci.domain), "0x%04x", .flags = ROW_ALWAYS, .when = is_pci, .max = 0xffff},
    {"@bus", ROW_HEX, M(DomAddr, pci.bus), "0x%02x", .flags = ROW_ALWAYS, .when = is_pci, .max = 0xff},
    {"@slot", ROW_HEX, M(DomAddr, pci.slot), "0x%02x", .flags = ROW_ALWAYS, .when = is_pci, .max = 0x1f},
    {"@function", ROW_HEX, M(DomAddr, pci.function), "0x%x", .flags = ROW_ALWAYS, .when = is_pci, .max = 7},
    {"@multifunction", ROW_ENUM, M(DomAddr, pci.multifunction), dom_on_off_names, .when = is_pci},
    {"@controller", ROW_UINT, M(DomAddr, drive.controller), .flags = ROW_ALWAYS, .when = is_drive, .max = 1023},
    {"@bus", ROW_UINT, M(DomAddr, drive.bus), .flags = ROW_ALWAYS, .when = is_drive, .max = 255},
    {"@target", ROW_UINT, M(DomAddr, drive.target), .flags = ROW_ALWAYS, .when = is_drive, .max = 255},
    {"@unit", ROW_UINT, M(DomAddr, drive.unit), .flags = ROW_ALWAYS, .when = is_drive, .max = 16383},
    {"@controller", ROW_UINT, M(DomAddr, vserial.controller), .flags = ROW_ALWAYS, .when = is_vserial, .max = 1023},
    {"@bus", ROW_UINT, M(DomAddr, vserial.bus), .flags = ROW_ALWAYS, .when = is_vserial, .max = 255},
    {"@port", ROW_UINT, M(DomAddr, vserial.port), .flags = ROW_ALWAYS, .when = is_vserial, .max = 65535},
    {"@controller", ROW_UINT, M(DomAddr, vserial.controller), .flags = ROW_ALWAYS, .when = is_ccid, .max = 1023},
    {"@slot", ROW_UINT, M(DomAddr, vserial.port), .flags = ROW_ALWAYS, .when = is_ccid, .max = 255},
    {"@bus", ROW_UINT, M(DomAddr, usb.bus), .flags = ROW_ALWAYS, .when = is_usb, .max = 1023},
    {"@port", ROW_STR, M(DomAddr, usb.port), .when = is_usb},
    {"@iobase", ROW_HEX, M(DomAddr, isa.iobase), "0x%x", .when = is_isa},
    {"@irq", ROW_HEX, M(DomAddr, isa.irq), "0x%x", .when = is_isa},
    {"@slot", ROW_UINT, M(DomAddr, dimm.slot), .flags = ROW_ALWAYS, .when = is_dimm, .max = 255},
    {"@base", ROW_HEX64, M(DomAddr, dimm.base), "0x%" G_GINT64_MODIFIER "x", .when = is_dimm},
    {NULL},
};

static char *
address_text(const DomAddr *addr)
{
    switch (addr->type) {
    case DOM_ADDR_PCI:
        return g_strdup_printf("%04x:%02x:%02x.%x", addr->pci.domain, addr->pci.bus, addr->pci.slot, addr->pci.function);
    case DOM_ADDR_DRIVE:
        return g_strdup_printf("%u:%u:%u:%u", addr->drive.controller, addr->drive.bus, addr->drive.target, addr->drive.unit);
    case DOM_ADDR_VIRTIO_SERIAL:
    case DOM_ADDR_CCID:
        return g_strdup_printf("%u:%u:%u", addr->vserial.controller, addr->vserial.bus, addr->vserial.port);
    case DOM_ADDR_USB:
        return g_strdup_printf("%u:%s", addr->usb.bus, addr->usb.port ? addr->usb.port : "");
    case DOM_ADDR_ISA:
        return g_strdup_printf("0x%x:0x%x", addr->isa.iobase, addr->isa.irq);
    case DOM_ADDR_DIMM:
        /* The base is found out only at start, so only the slot tells two apart. */
        return g_strdup_printf("%u", addr->dimm.slot);
    default:
        return g_strdup("");
    }
}

static const char *const address_words[] = {"", "PCI", "drive", "virtio serial", "ccid", "usb", "isa", "dimm"};

static bool
compare_addresses(const void *src, const void *dst, int from, GError **err)
{
    const DomAddr *old = src, *new = dst;
    const char *old_type = dom_name(dom_addr_names, old->type), *new_type = dom_name(dom_addr_names, new->type);

    if (old->type != new->type)
        return verr_set(err, from, VIR_ERR_CONFIG_UNSUPPORTED, _("Target device address type %s does not match source %s"),
                        new_type ? new_type : "none", old_type ? old_type : "none");

    g_autofree char *old_text = address_text(old), *new_text = address_text(new);

    if (strcmp(old_text, new_text) == 0)
        return true;
    return verr_set(err, from, VIR_ERR_CONFIG_UNSUPPORTED, _("Target device %s address %s does not match source %s"),
                    address_words[old->type], new_text, old_text);
}

static const RowTable address_table = {"address", sizeof(DomAddr), address_rows, compare_addresses};

static bool
hide_alias(const void *obj, const RowPrint *how)
{
    const DomInfo *info = obj;

    return !how->live && !dom_alias_is_users(info->alias);
}

static const Row info_rows[] = {
    {NULL, ROW_LINE, M(DomInfo, line)},
    {"boot@order", ROW_UINT, M(DomInfo, boot_order), .flags = ROW_NONZERO | ROW_ALONG},
    {"alias@name", ROW_STR, M(DomInfo, alias), .hide = hide_alias},
    {"master@startport", ROW_INT, M(DomInfo, master_startport), .abi = "USB companion start port", .max = 63},
    {"rom@enabled", ROW_ENUM, M(DomInfo, rom_enabled), dom_yes_no_names},
    {"rom@bar", ROW_ENUM, M(DomInfo, rom_bar), dom_on_off_names, .abi = "device ROM bar"},
    {"rom@file", ROW_STR, M(DomInfo, rom_file), .flags = ROW_EMPTY},
    {"address", ROW_STRUCT, M(DomInfo, addr), &address_table, .abi = ""},
    {NULL},
};
const RowTable dom_info_table = {"device", sizeof(DomInfo), info_rows};

static const Row host_rows[] = {
    {"@name", ROW_STR, M(DomHost, name)},
    {"@port", ROW_STR, M(DomHost, port)},
    {"@transport", ROW_ENUM, M(DomHost, transport), dom_transport_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"@socket", ROW_STR, M(DomHost, socket)},
    {NULL},
};
static const RowTable host_table = {"host", sizeof(DomHost), host_rows};

#define SOURCE_IS(kind, function) \
    static bool function(const void *obj) { return ((const DomSource *)obj)->type == kind; }
SOURCE_IS(DOM_DISK_TYPE_FILE, is_file)
SOURCE_IS(DOM_DISK_TYPE_BLOCK, is_block)
SOURCE_IS(DOM_DISK_TYPE_NETWORK, is_network)

static bool
hide_default_tls(const void *obj, const RowPrint *how)
{
    /* "no" is what the start fills in. */
    return !how->live && ((const DomSource *)obj)->tls == DOM_TRI_OFF;
}

static bool
hide_index(const void *obj, const RowPrint *how)
{
    const DomSource *src = obj;

    return !how->live || (!src->file && !src->dev && !src->name);
}

/* What stands in <source>; the type stands one level up. */
static const Row source_rows[] = {
    {"@file", ROW_STR, M(DomSource, file), .when = is_file},
    {"@dev", ROW_STR, M(DomSource, dev), .when = is_block},
    {"@protocol", ROW_ENUM, M(DomSource, protocol), dom_disk_protocol_names, .flags = ROW_REQUIRED, .when = is_network},
    {"@name", ROW_STR, M(DomSource, name), .when = is_network},
    {"@tls", ROW_ENUM, M(DomSource, tls), dom_yes_no_names, .when = is_network, .hide = hide_default_tls},
    {"@index", ROW_UINT, M(DomSource, index), .hide = hide_index},
    {"host", ROW_LIST, M(DomSource, hosts), &host_table, .when = is_network},
    {NULL},
};
const RowTable dom_source_table = {"source", sizeof(DomSource), source_rows};

/* The rows of <source> without its index: a backing link carries that itself. */
static const Row backing_source_rows[] = {
    {"@file", ROW_STR, M(DomSource, file), .flags = ROW_SHARED, .when = is_file},
    {"@dev", ROW_STR, M(DomSource, dev), .flags = ROW_SHARED, .when = is_block},
    {"@protocol", ROW_ENUM, M(DomSource, protocol), dom_disk_protocol_names, .when = is_network},
    {"@name", ROW_STR, M(DomSource, name), .flags = ROW_SHARED, .when = is_network},
    {"@tls", ROW_ENUM, M(DomSource, tls), dom_yes_no_names, .when = is_network, .hide = hide_default_tls},
    {"host", ROW_LIST, M(DomSource, hosts), &host_table, .flags = ROW_SHARED, .when = is_network},
    {NULL},
};
static const RowTable backing_source_table = {"source", sizeof(DomSource), backing_source_rows};

static bool
hide_backing(const void *obj, const RowPrint *how)
{
    const DomSource *src = obj;

    return !how->live && src->backing && src->backing->detected;
}

static const Row backing_rows[] = {
    {"@type", ROW_ENUM, M(DomSource, type), dom_disk_type_names},
    {"@index", ROW_UINT, M(DomSource, index), .flags = ROW_LIVE},
    {"format@type", ROW_ENUM, M(DomSource, format), dom_disk_format_names},
    {"source", ROW_STRUCT, .off = 0, .size = sizeof(DomSource), &backing_source_table},
    {NULL, ROW_STR, M(DomSource, file)},
    {NULL, ROW_STR, M(DomSource, dev)},
    {NULL, ROW_STR, M(DomSource, name)},
    {NULL, ROW_LIST, M(DomSource, hosts), &host_table},
    {"backingStore", ROW_OWNED, M(DomSource, backing), &dom_backing_table, .hide = hide_backing},
    {NULL},
};
const RowTable dom_backing_table = {"backing store", sizeof(DomSource), backing_rows};

static bool
hide_disk_backing(const void *obj, const RowPrint *how)
{
    return hide_backing(&((const DomDisk *)obj)->src, how);
}

static bool
hide_tray(const void *obj, const RowPrint *how)
{
    return ((const DomDisk *)obj)->tray != DOM_TRAY_OPEN;
}

#define TUNE(name) {"iotune/" #name, ROW_U64, M(DomDisk, iotune.name)}

static const Row disk_rows[] = {
    {"@type", ROW_ENUM, M(DomDisk, src.type), dom_disk_type_names},
    {"@device", ROW_ENUM, M(DomDisk, device), dom_disk_device_names, .abi = "disk device"},
    {"driver@name", ROW_STR, M(DomDisk, driver_name)},
    {"driver@type", ROW_ENUM, M(DomDisk, format), dom_disk_format_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"driver@cache", ROW_ENUM, M(DomDisk, cache), dom_disk_cache_names},
    {"driver@error_policy", ROW_ENUM, M(DomDisk, error_policy), dom_disk_onerror_names},
    {"driver@rerror_policy", ROW_ENUM, M(DomDisk, rerror_policy), dom_disk_onerror_names},
    {"driver@io", ROW_ENUM, M(DomDisk, io), dom_disk_io_names},
    {"driver@ioeventfd", ROW_ENUM, M(DomDisk, ioeventfd), dom_on_off_names},
    {"driver@event_idx", ROW_ENUM, M(DomDisk, event_idx), dom_on_off_names, .abi = "disk event_idx"},
    {"driver@copy_on_read", ROW_ENUM, M(DomDisk, copy_on_read), dom_on_off_names},
    {"driver@discard", ROW_ENUM, M(DomDisk, discard), dom_disk_discard_names},
    {"driver@iothread", ROW_UINT, M(DomDisk, iothread), .flags = ROW_NONZERO},
    {"driver@detect_zeroes", ROW_ENUM, M(DomDisk, detect_zeroes), dom_disk_zeroes_names},
    {"driver@queues", ROW_UINT, M(DomDisk, queues), .abi = "disk queues", .max = 1024},
    {"driver@queue_size", ROW_UINT, M(DomDisk, queue_size), .abi = "disk queue size", .max = 1024},
    {"source", ROW_STRUCT, M(DomDisk, src), &dom_source_table},
    {"backingStore", ROW_OWNED, M(DomDisk, src.backing), &dom_backing_table, .hide = hide_disk_backing},
    {"blockio@logical_block_size", ROW_UINT, M(DomDisk, logical_block_size), .abi = "disk logical_block_size", .max = 2097152},
    {"blockio@physical_block_size", ROW_UINT, M(DomDisk, physical_block_size), .abi = "disk physical_block_size", .max = 2097152},
    {"target@dev", ROW_STR, M(DomDisk, target), .abi = "disk"},
    {"target@bus", ROW_ENUM, M(DomDisk, bus), dom_disk_bus_names, .abi = "disk bus"},
    {"target@tray", ROW_ENUM, M(DomDisk, tray), dom_disk_tray_names, .hide = hide_tray},
    {"target@removable", ROW_ENUM, M(DomDisk, removable), dom_on_off_names, .abi = "disk removable"},
    {"target@rotation_rate", ROW_UINT, M(DomDisk, rotation_rate), .abi = "disk rotation rate", .max = 65535},
    TUNE(total_bytes_sec), TUNE(read_bytes_sec), TUNE(write_bytes_sec),
    TUNE(total_iops_sec), TUNE(read_iops_sec), TUNE(write_iops_sec),
    TUNE(total_bytes_sec_max), TUNE(read_bytes_sec_max), TUNE(write_bytes_sec_max),
    TUNE(total_iops_sec_max), TUNE(read_iops_sec_max), TUNE(write_iops_sec_max),
    TUNE(size_iops_sec),
    {"readonly", ROW_FLAG, M(DomDisk, readonly), .abi = "disk access mode"},
    {"shareable", ROW_FLAG, M(DomDisk, shareable), .abi = "disk access mode"},
    {"transient", ROW_FLAG, M(DomDisk, transient)},
    {"serial", ROW_STR, M(DomDisk, serial), .abi = "disk serial"},
    {"wwn", ROW_STR, M(DomDisk, wwn), .flags = ROW_QUOTE, .abi = "disk wwn"},
    {"vendor", ROW_STR, M(DomDisk, vendor), .abi = "disk vendor"},
    {"product", ROW_STR, M(DomDisk, product), .abi = "disk product"},
    {"", ROW_STRUCT, M(DomDisk, info), &dom_info_table, .abi = ""},
    {NULL},
};
const RowTable dom_disk_table = {"disk", sizeof(DomDisk), disk_rows};
