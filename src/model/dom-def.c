/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A definition as a whole: making, reading, copying; small questions about it. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"
#include "model/dom-walk.h"

bool
dom_at(GError **err, const char *element, int line)
{
    char *text;

    if (!err || !*err || line == 0 || strstr((*err)->message, "line "))
        return false;
    text = g_strdup_printf(_("%s (<%s>, line %d)"), (*err)->message, element, line);
    g_free((*err)->message);
    (*err)->message = text;
    return false;
}

DomDef *
dom_def_new(void)
{
    return rows_new(&dom_table);
}

void
dom_def_free(DomDef *def)
{
    rows_free(&dom_table, def);
}

DomDef *
dom_def_copy(const DomDef *def)
{
    return rows_copy(&dom_table, def);
}

/* Which of the four a device is follows from the list it stands in; nothing inside the element says it. */
static void
number_chrs(DomDef *def)
{
    GPtrArray *const lists[] = {def->serials, def->parallels, def->consoles, def->channels};
    DomChr *chr;

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        dom_each(chr, lists[i])
            chr->device = (DomChrDevice)i;
}

DomDef *
dom_def_parse(const char *xml, gssize len, DomParseFlags flags, GError **err)
{
    /* A wrong root is the XML layer's complaint in libvirt, what stands below it the domain's. */
    XmlInput input = {"(domain_definition)", NULL, "metadata", VIR_FROM_DOMAIN};
    g_autoptr(XmlDoc) doc = xml_parse(xml, len, &input, err);

    if (!doc)
        return NULL;

    XmlNode *root = xml_doc_root(doc);

    if (strcmp(root->name, "domain") != 0) {
        verr_set(err, VIR_FROM_XML, VIR_ERR_XML_ERROR, _("expecting root element of 'domain', not '%s'"), root->name);
        return NULL;
    }
    return dom_def_read(root, flags, err);
}

DomDef *
dom_def_read(XmlNode *root, DomParseFlags flags, GError **err)
{
    if (!xml_child(root, "name"))
        return fail_null(err, VIR_ERR_NO_NAME, "%s", "");

    g_autoptr(DomDef) def = dom_def_new();
    RowRead how = {flags & DOM_PARSE_LIVE, VIR_FROM_DOMAIN};

    if (!rows_read(&dom_table, def, root, &how, err) || !rows_refuse_unknown(root, VIR_FROM_DOMAIN, err))
        return NULL;
    /* An empty <genid/> asks for one. */
    if (xml_child(root, "genid") && !def->genid)
        def->genid = g_uuid_string_random();
    number_chrs(def);
    dom_mirror_console(def);
    if (!how.live) {
        dom_sort_controllers(def);
        dom_def_strip_live(def);
    }
    return g_steal_pointer(&def);
}

/* It becomes part of options and of QMP's ids: others of a user's choice are passed over, as libvirt does. */
bool
dom_alias_is_users(const char *alias)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    return alias && g_str_has_prefix(alias, "ua-") && alias[strspn(alias, allowed)] == '\0';
}

static void
strip_info(DomDef *def, DomDevice *device, void *opaque)
{
    DomInfo *info = device->info;

    if (info && !dom_alias_is_users(info->alias))
        g_clear_pointer(&info->alias, g_free);
}

static void
strip_source(DomSource *src)
{
    for (; src; src = src->backing) {
        src->index = 0;
        if (src->tls == DOM_TRI_OFF)
            src->tls = DOM_TRI_ABSENT;
        if (src->backing && src->backing->detected) {
            rows_free(&dom_backing_table, src->backing);
            src->backing = NULL;
        }
    }
}

static void
strip_chr(DomChr *chr)
{
    chr->state = DOM_CHANNEL_STATE_NONE;
    /* Such a path holds the run's id: keeping it would tie the next run to a directory of this one. */
    bool made_by_driver = chr->src.auto_path || (chr->device == DOM_CHR_CHANNEL && chr->src.type == DOM_CHR_UNIX && chr->src.path &&
                                                 strstr(chr->src.path, "/channel/target/domain-"));

    if (chr->src.type == DOM_CHR_PTY || made_by_driver) {
        g_clear_pointer(&chr->src.path, g_free);
        chr->src.auto_path = false;
    }
    if (chr->src.type == DOM_CHR_UNIX && !chr->src.path)
        chr->src.mode = DOM_CHR_MODE_NONE;
}

static void
strip_chrs(DomDef *def)
{
    GPtrArray *const lists[] = {def->serials, def->parallels, def->consoles, def->channels};
    DomChr *chr;

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        dom_each(chr, lists[i])
            strip_chr(chr);
}

static void
strip_graphics(DomGraphics *graphics)
{
    DomListen *listen;

    if (graphics->autoport == DOM_TRI_ON)
        graphics->port = graphics->tls_port = -1;
    dom_each(listen, graphics->listens) {
        if (!listen->from_config)
            continue;
        g_clear_pointer(&listen->address, g_free);
        listen->from_config = false;
    }
}

void
dom_def_strip_live(DomDef *def)
{
    DomDisk *disk;
    DomNet *net;
    DomGraphics *graphics;

    def->id = -1;
    dom_each_device(def, strip_info, NULL);
    strip_chrs(def);
    dom_mirror_console(def);
    dom_each(disk, def->disks)
        strip_source(&disk->src);
    dom_each(net, def->nets)
        if (net->target && g_str_has_prefix(net->target, "vnet"))
            g_clear_pointer(&net->target, g_free);
    dom_each(graphics, def->graphics)
        strip_graphics(graphics);
    if (def->orig_cpu) {
        dom_cpu_free(def->cpu);
        def->cpu = g_steal_pointer(&def->orig_cpu);
    }
}

static bool
hex_byte(const char *text, unsigned char *ret_byte)
{
    int high = g_ascii_xdigit_value(text[0]);
    int low = high < 0 ? -1 : g_ascii_xdigit_value(text[1]);

    if (high < 0 || low < 0)
        return false;
    *ret_byte = (unsigned char)(high << 4 | low);
    return true;
}

bool
dom_uuid_parse(const char *text, unsigned char ret[16])
{
    unsigned char uuid[16];

    text += strspn(text, " \t\r\n");
    for (int i = 0; i < 16; i++) {
        if (i > 0)
            text += *text == '-';
        if (!hex_byte(text, &uuid[i]))
            return false;
        text += 2;
    }
    if (text[strspn(text, " \t\r\n")] != '\0')
        return false;
    memcpy(ret, uuid, sizeof(uuid));
    return true;
}

void
dom_uuid_format(const unsigned char u[16], char ret[37])
{
    g_snprintf(ret, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4],
               u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

void
dom_def_uuid_string(const DomDef *def, char ret[37])
{
    dom_uuid_format(def->uuid, ret);
}

bool
dom_def_set_name(DomDef *def, const char *name, GError **err)
{
    if (!*name)
        return fail(err, VIR_ERR_XML_ERROR, "%s", _("domain name must not be empty"));
    if (strlen(name) > 255)
        return fail(err, VIR_ERR_XML_ERROR, _("domain name of %zu bytes is longer than 255"), strlen(name));
    if (strchr(name, '/'))
        return fail(err, VIR_ERR_XML_ERROR, _("name %s cannot contain '/'"), name);
    /* Names become file names and argument texts. */
    if (strchr(name, '\n') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return fail(err, VIR_ERR_XML_ERROR, _("domain name '%s' is not usable as a file name"), name);

    if (def->name != name) {
        g_free(def->name);
        def->name = g_strdup(name);
    }
    return true;
}

DomDisk *
dom_def_disk_by_target(const DomDef *def, const char *target)
{
    DomDisk *disk;

    dom_each(disk, def->disks)
        if (g_strcmp0(disk->target, target) == 0)
            return disk;
    return NULL;
}

DomDisk *
dom_def_disk_find(const DomDef *def, const char *name)
{
    DomDisk *disk = dom_def_disk_by_target(def, name);

    if (disk)
        return disk;

    dom_each(disk, def->disks)
        if (g_strcmp0(disk->info.alias, name) == 0 || g_strcmp0(dom_disk_path(disk), name) == 0)
            return disk;
    return NULL;
}

const char *
dom_disk_path(const DomDisk *disk)
{
    return disk->src.type == DOM_DISK_TYPE_FILE    ? disk->src.file
           : disk->src.type == DOM_DISK_TYPE_BLOCK ? disk->src.dev
                                                   : NULL;
}

bool
dom_disk_is_empty(const DomDisk *disk)
{
    return disk->src.type != DOM_DISK_TYPE_NETWORK && !dom_disk_path(disk);
}

const char *
dom_graphics_address(const DomGraphics *graphics)
{
    DomListen *listen;

    dom_each(listen, graphics->listens)
        if (listen->type == DOM_LISTEN_ADDRESS)
            return listen->address;
    return NULL;
}

DomController *
dom_def_controller(const DomDef *def, DomControllerType type, int index)
{
    DomController *controller;

    dom_each(controller, def->controllers)
        if (controller->type == type && controller->index == index)
            return controller;
    return NULL;
}

DomControllerType
dom_controller_model_type(DomControllerModel model)
{
    static const struct { DomControllerModel last; DomControllerType type; } ranges[] = {
        {DOM_MODEL_NONE, DOM_CONTROLLER_NONE},
        {DOM_MODEL_ICH6, DOM_CONTROLLER_IDE},
        {DOM_MODEL_VMPVSCSI, DOM_CONTROLLER_SCSI},
        {DOM_MODEL_VIRTIO_NON_TRANSITIONAL, DOM_CONTROLLER_VIRTIO_SERIAL},
        {DOM_MODEL_USB_NONE, DOM_CONTROLLER_USB},
        {DOM_MODEL_PCIE_EXPANDER, DOM_CONTROLLER_PCI},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
        if (model <= ranges[i].last)
            return ranges[i].type;
    return DOM_CONTROLLER_NONE;
}

static bool
machine_is(const DomDef *def, const char *short_name, const char *prefix)
{
    return def->os.machine && (strcmp(def->os.machine, short_name) == 0 || g_str_has_prefix(def->os.machine, prefix));
}

bool
dom_def_is_q35(const DomDef *def)
{
    return machine_is(def, "q35", "pc-q35-");
}

bool
dom_def_is_i440fx(const DomDef *def)
{
    return machine_is(def, "pc", "pc-i440fx-");
}

static void
note_boot_order(DomDef *def, DomDevice *device, void *opaque)
{
    *(bool *)opaque |= device->info && device->info->boot_order > 0;
}

bool
dom_def_has_boot_order(const DomDef *def)
{
    bool found = false;

    dom_each_device((DomDef *)def, note_boot_order, &found);
    return found;
}

uint64_t
dom_def_base_memory_kib(const DomDef *def)
{
    uint64_t dimms = 0;
    DomMemory *memory;

    dom_each(memory, def->memories)
        dimms += memory->size_kib;
    return def->memory_kib > dimms ? def->memory_kib - dimms : 0;
}
