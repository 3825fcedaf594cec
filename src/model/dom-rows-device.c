/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Controllers, network cards, input and the small devices. */
#include "model/dom-rows.h"

#include <string.h>

#define M(type, member) ROW_MEMBER(type, member)
#define INFO(type) {"", ROW_STRUCT, M(type, info), &dom_info_table, .abi = ""}

static bool
is_pci_controller(const void *obj)
{
    return ((const DomController *)obj)->type == DOM_CONTROLLER_PCI;
}

static const Row controller_rows[] = {
    {"@type", ROW_ENUM, M(DomController, type), dom_controller_names, .flags = ROW_REQUIRED, .abi = "controller type"},
    {"@index", ROW_INT, M(DomController, index), .abi = "controller index", .max = 1023},
    {"@model", ROW_ENUM, M(DomController, model), dom_model_names, .abi = "controller model", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"@ports", ROW_INT, M(DomController, ports), .abi = "controller ports", .max = 255},
    {"@vectors", ROW_INT, M(DomController, vectors), .abi = "controller vectors", .max = 2048},
    {"model@name", ROW_STR, M(DomController, pci_model), .abi = "controller model name", .when = is_pci_controller},
    {"target@chassisNr", ROW_INT, M(DomController, chassis_nr), .code = VIR_ERR_CONFIG_UNSUPPORTED, .abi = "controller chassisNr", .when = is_pci_controller, .max = 255},
    {"target@chassis", ROW_INT, M(DomController, chassis), .code = VIR_ERR_CONFIG_UNSUPPORTED, .abi = "controller chassis", .when = is_pci_controller, .max = 255},
    {"target@port", ROW_HEX, M(DomController, port), "0x%x", .code = VIR_ERR_CONFIG_UNSUPPORTED, .abi = "controller port", .when = is_pci_controller, .max = 255},
    {"target@hotplug", ROW_ENUM, M(DomController, hotplug), dom_on_off_names, .abi = "controller hotplug", .when = is_pci_controller},
    {"target@busNr", ROW_INT, M(DomController, bus_nr), .abi = "controller busNr", .when = is_pci_controller, .max = 254},
    {"target/node", ROW_INT, M(DomController, node), .abi = "controller node", .when = is_pci_controller, .max = 1023},
    {"driver@queues", ROW_UINT, M(DomController, queues), .abi = "controller queues", .max = 1024},
    {"driver@cmd_per_lun", ROW_UINT, M(DomController, cmd_per_lun), .abi = "controller cmd_per_lun"},
    {"driver@max_sectors", ROW_UINT, M(DomController, max_sectors), .abi = "controller max_sectors"},
    {"driver@ioeventfd", ROW_ENUM, M(DomController, ioeventfd), dom_on_off_names},
    {"driver@iothread", ROW_UINT, M(DomController, iothread)},
    INFO(DomController),
    {"pcihole64", ROW_KIB, M(DomController, hole64_kib), .abi = "controller pcihole64", .when = is_pci_controller},
    {NULL},
};
const RowTable dom_controller_table = {"controller", sizeof(DomController), controller_rows};

static bool
is_bridge(const void *obj)
{
    return ((const DomNet *)obj)->type == DOM_NET_BRIDGE;
}

/* vnetN is the name that a host picked for one run. */
static bool
hide_generated_tap(const void *obj, const RowPrint *how)
{
    const DomNet *net = obj;

    return !how->live && net->target && g_str_has_prefix(net->target, "vnet");
}

static bool
read_coalesce(void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    XmlNode *child = xml_child(node, "coalesce");

    /* Empty it asks for nothing, and libvirt drops it; with content it is refused as unknown. */
    if (child)
        child->seen = true;
    return true;
}

static void
print_nothing(const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how)
{
}

static const RowHook coalesce_hook = {read_coalesce, print_nothing};

static const Row net_rows[] = {
    {"@type", ROW_ENUM, M(DomNet, type), dom_net_names, .flags = ROW_REQUIRED},
    {"mac@address", ROW_MAC, M(DomNet, mac), .abi = "network card mac"},
    {"source@bridge", ROW_STR, M(DomNet, bridge), .when = is_bridge},
    {"target@dev", ROW_STR, M(DomNet, target), .hide = hide_generated_tap},
    {"target@managed", ROW_ENUM, M(DomNet, managed), dom_yes_no_names},
    {"model@type", ROW_ENUM, M(DomNet, model), dom_nic_names, .abi = "network card model"},
    {"driver@name", ROW_ENUM, M(DomNet, backend), dom_nic_backend_names},
    {"driver@txmode", ROW_ENUM, M(DomNet, txmode), dom_txmode_names},
    {"driver@ioeventfd", ROW_ENUM, M(DomNet, ioeventfd), dom_on_off_names},
    {"driver@event_idx", ROW_ENUM, M(DomNet, event_idx), dom_on_off_names, .abi = "network card event_idx"},
    {"driver@queues", ROW_UINT, M(DomNet, queues), .abi = "network card queues", .max = 256},
    {"driver@rx_queue_size", ROW_UINT, M(DomNet, rx_queue_size), .abi = "network card rx_queue_size", .max = 1024},
    {"driver@tx_queue_size", ROW_UINT, M(DomNet, tx_queue_size), .abi = "network card tx_queue_size", .max = 1024},
    {"link@state", ROW_ENUM, M(DomNet, link), dom_link_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"mtu@size", ROW_UINT, M(DomNet, mtu), .abi = "network card MTU", .max = 65536},
    {NULL, ROW_HOOK, .arg = &coalesce_hook},
    INFO(DomNet),
    {NULL},
};
const RowTable dom_net_table = {"interface", sizeof(DomNet), net_rows};

static const Row input_rows[] = {
    {"@type", ROW_ENUM, M(DomInput, type), dom_input_names, .flags = ROW_REQUIRED, .abi = "input device type", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"@bus", ROW_ENUM, M(DomInput, bus), dom_input_bus_names, .abi = "input device bus", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    INFO(DomInput),
    {NULL},
};
const RowTable dom_input_table = {"input", sizeof(DomInput), input_rows};

static bool
read_hub_type(void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    for (XmlAttr *attr = node->attrs; attr; attr = attr->next)
        attr->seen |= strcmp(attr->name, "type") == 0;
    if (g_strcmp0(xml_attr(node, "type"), "usb") != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported type '%s' in <hub> (line %d): only 'usb' is known"),
                    xml_attr(node, "type") ? xml_attr(node, "type") : "", node->line);
    return true;
}

static void
print_hub_type(const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how)
{
    xml_set(doc, node, "type", "usb");
}

static const RowHook hub_hook = {read_hub_type, print_hub_type};

static const Row hub_rows[] = {
    {NULL, ROW_HOOK, .arg = &hub_hook},
    INFO(DomHub),
    {NULL},
};
const RowTable dom_hub_table = {"hub", sizeof(DomHub), hub_rows};

static const Row balloon_rows[] = {
    {"@model", ROW_ENUM, M(DomBalloon, model), dom_balloon_names, .flags = ROW_REQUIRED, .abi = "memory balloon model"},
    {"@autodeflate", ROW_ENUM, M(DomBalloon, autodeflate), dom_on_off_names, .abi = "memory balloon autodeflate"},
    {"@freePageReporting", ROW_ENUM, M(DomBalloon, free_page_reporting), dom_on_off_names, .abi = "memory balloon freePageReporting"},
    {"stats@period", ROW_UINT, M(DomBalloon, stats_period)},
    INFO(DomBalloon),
    {NULL},
};
const RowTable dom_balloon_table = {"memballoon", sizeof(DomBalloon), balloon_rows};

static bool
rng_has_path(const void *obj)
{
    return ((const DomRng *)obj)->backend == DOM_RNG_BACKEND_RANDOM;
}

static const Row rng_rows[] = {
    {"@model", ROW_ENUM, M(DomRng, model), dom_rng_names, .flags = ROW_REQUIRED | ROW_QUOTE, .abi = "RNG model", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"rate@bytes", ROW_UINT, M(DomRng, rate_bytes)},
    {"rate@period", ROW_UINT, M(DomRng, rate_period)},
    {"backend@model", ROW_ENUM, M(DomRng, backend), dom_rng_backend_names, .flags = ROW_REQUIRED, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"backend", ROW_STR, M(DomRng, path), .when = rng_has_path},
    INFO(DomRng),
    {NULL},
};
const RowTable dom_rng_table = {"rng", sizeof(DomRng), rng_rows};

static const Row watchdog_rows[] = {
    {"@model", ROW_ENUM, M(DomWatchdog, model), dom_watchdog_names, .flags = ROW_REQUIRED, .abi = "watchdog model", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    {"@action", ROW_ENUM, M(DomWatchdog, action), dom_watchdog_action_names, .code = VIR_ERR_CONFIG_UNSUPPORTED},
    INFO(DomWatchdog),
    {NULL},
};
const RowTable dom_watchdog_table = {"watchdog", sizeof(DomWatchdog), watchdog_rows};

static const Row panic_rows[] = {
    {"@model", ROW_ENUM, M(DomPanic, model), dom_panic_names, .flags = ROW_QUOTE, .abi = "panic model", .code = VIR_ERR_CONFIG_UNSUPPORTED},
    INFO(DomPanic),
    {NULL},
};
const RowTable dom_panic_table = {"panic", sizeof(DomPanic), panic_rows};

static bool
read_tpm_backend(void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    XmlNode *backend = xml_child(node, "backend");
    const char *type = backend ? xml_attr(backend, "type") : NULL;

    if (g_strcmp0(type, "emulator") != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported backend '%s' in <tpm> (line %d): only 'emulator' is known"),
                    type ? type : "", node->line);
    for (XmlAttr *attr = backend->attrs; attr; attr = attr->next)
        attr->seen |= strcmp(attr->name, "type") == 0;
    return true;
}

static void
print_tpm_backend(const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how)
{
    xml_set(doc, xml_add(doc, node, "backend"), "type", "emulator");
}

static const RowHook tpm_hook = {read_tpm_backend, print_tpm_backend};

static const Row tpm_rows[] = {
    {"@model", ROW_ENUM, M(DomTpm, model), dom_tpm_names, .abi = "TPM device model"},
    {NULL, ROW_HOOK, .arg = &tpm_hook},
    {"backend@version", ROW_STR, M(DomTpm, version), dom_tpm_version_names, .abi = "TPM version"},
    INFO(DomTpm),
    {NULL},
};
const RowTable dom_tpm_table = {"tpm", sizeof(DomTpm), tpm_rows};

static const Row memory_rows[] = {
    {"@model", ROW_ENUM, M(DomMemory, model), dom_memdev_names, .flags = ROW_REQUIRED, .abi = "memory device model"},
    {"target/size", ROW_KIB, M(DomMemory, size_kib), .flags = ROW_REQUIRED, .abi = "memory device size"},
    {"target/node", ROW_INT, M(DomMemory, node), .abi = "memory device node", .max = 1023},
    INFO(DomMemory),
    {NULL},
};
const RowTable dom_memory_table = {"memory", sizeof(DomMemory), memory_rows};
