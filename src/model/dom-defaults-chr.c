/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Defaults and checks of character devices; the first console and the first serial port are one device. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"

static bool
check_source(DomChr *chr, const char *element, GError **err)
{
    DomChrSource *src = &chr->src;
    bool automatic = chr->device == DOM_CHR_CHANNEL;

    if ((src->type == DOM_CHR_FILE || src->type == DOM_CHR_UNIX) && !src->path && !(automatic && src->type == DOM_CHR_UNIX))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Missing source path attribute for char device (<%s>, line %d)"), element,
                    chr->info.line);
    if (src->type == DOM_CHR_TCP && !src->service)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Missing source service attribute for char device (<%s>, line %d)"), element,
                    chr->info.line);
    if (src->type == DOM_CHR_TCP && !src->host)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Missing source host attribute for char device (<%s>, line %d)"), element,
                    chr->info.line);
    if (src->reconnect_enabled == DOM_TRI_ON && src->mode == DOM_CHR_MODE_BIND)
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("chardev reconnect is possible only for connect mode (<%s>, line %d)"), element,
                    chr->info.line);
    if (src->type == DOM_CHR_SPICEVMC && chr->device != DOM_CHR_CHANNEL)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("spicevmc device type only supports virtio (<%s>, line %d)"), element,
                    chr->info.line);

    if ((src->type == DOM_CHR_TCP || (src->type == DOM_CHR_UNIX && src->path)) && !src->mode)
        src->mode = DOM_CHR_MODE_CONNECT;
    if (src->type == DOM_CHR_TCP && !src->protocol)
        src->protocol = DOM_CHR_PROTO_RAW;
    return true;
}

/* isa-serial and parallel ports are numbered like the machine's COM and LPT ports: one more than those before. */
static bool
number_ports(GPtrArray *list, const char *element, GError **err)
{
    for (guint i = 0; i < list->len; i++) {
        DomChr *chr = g_ptr_array_index(list, i);
        int highest = -1;
        bool taken = false;

        for (guint j = 0; j < i; j++) {
            const DomChr *before = g_ptr_array_index(list, j);

            highest = MAX(highest, before->port);
            taken |= before->port == chr->port;
        }
        if (chr->port == -1)
            chr->port = highest + 1;
        else if (taken)
            return fail(err, VIR_ERR_XML_ERROR, _("%s port %d is used more than once (line %d)"), element, chr->port,
                        chr->info.line);
    }
    return true;
}

static bool
default_serial(DomChr *chr, GError **err)
{
    if (!chr->target)
        chr->target = DOM_CHR_TARGET_ISA_SERIAL;
    if (chr->target != DOM_CHR_TARGET_ISA_SERIAL && chr->target != DOM_CHR_TARGET_PCI_SERIAL &&
        chr->target != DOM_CHR_TARGET_USB_SERIAL)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported target type '%s' of <serial> (line %d)"),
                    dom_name(dom_chr_target_names, chr->target), chr->info.line);

    const char *model = dom_name(dom_chr_target_names, chr->target);

    if (!chr->target_model)
        chr->target_model = g_strdup(model);
    if (strcmp(chr->target_model, model) != 0)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported model '%s' of <serial> with target type '%s' (line %d)"),
                    chr->target_model, model, chr->info.line);
    return check_source(chr, "serial", err);
}

static bool
default_console(DomChr *chr, GError **err)
{
    if (!chr->target)
        chr->target = DOM_CHR_TARGET_SERIAL;
    if (chr->target != DOM_CHR_TARGET_SERIAL && chr->target != DOM_CHR_TARGET_VIRTIO)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported target type '%s' of <console> (line %d)"),
                    dom_name(dom_chr_target_names, chr->target), chr->info.line);
    return check_source(chr, "console", err);
}

static bool
default_channel(DomChr *chr, GError **err)
{
    if (chr->target != DOM_CHR_TARGET_VIRTIO)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported target type '%s' of <channel> (line %d): only 'virtio' is known"),
                    dom_name(dom_chr_target_names, chr->target), chr->info.line);
    if (chr->src.type == DOM_CHR_SPICEVMC && !chr->name)
        chr->name = g_strdup("com.redhat.spice.0");
    return check_source(chr, "channel", err);
}

static bool
mirrors_serial(const DomDef *def)
{
    const DomChr *first = def->consoles->len ? g_ptr_array_index(def->consoles, 0) : NULL;

    return first && def->serials->len && (first->target == DOM_CHR_TARGET_SERIAL || first->target == DOM_CHR_TARGET_NONE);
}

static DomChr *
new_serial_console(void)
{
    DomChr *console = rows_new(&dom_console_table);

    console->device = DOM_CHR_CONSOLE;
    console->target = DOM_CHR_TARGET_SERIAL;
    console->port = 0;
    return console;
}

void
dom_mirror_console(DomDef *def)
{
    if (!mirrors_serial(def))
        return;

    DomChr *serial = g_ptr_array_index(def->serials, 0);
    DomChr *old = g_ptr_array_index(def->consoles, 0);
    DomChr *console = rows_copy(&dom_serial_table, serial);

    console->device = DOM_CHR_CONSOLE;
    console->target = DOM_CHR_TARGET_SERIAL;
    console->is_serial_copy = true;
    console->info.line = old->info.line;
    g_clear_pointer(&console->target_model, g_free);
    def->consoles->pdata[0] = console;
    rows_free(&dom_console_table, old);
}

/* A guest with a first console of type serial has a serial port, and one with a serial port has such a console. */
static void
pair_console(DomDef *def)
{
    DomChr *first = def->consoles->len ? g_ptr_array_index(def->consoles, 0) : NULL;
    DomChr *serial = def->serials->len ? g_ptr_array_index(def->serials, 0) : NULL;

    if (first && first->target == DOM_CHR_TARGET_SERIAL && !serial) {
        serial = rows_copy(&dom_console_table, first);
        serial->device = DOM_CHR_SERIAL;
        serial->target = DOM_CHR_TARGET_ISA_SERIAL;
        serial->target_model = g_strdup("isa-serial");
        serial->port = 0;
        g_ptr_array_add(def->serials, serial);
    } else if (serial && serial->target == DOM_CHR_TARGET_ISA_SERIAL && (!first || first->target != DOM_CHR_TARGET_SERIAL)) {
        g_ptr_array_insert(def->consoles, 0, new_serial_console());
    }
    dom_mirror_console(def);
}

bool
dom_default_chrs(DomDef *def, GError **err)
{
    DomChr *chr;

    dom_each(chr, def->serials)
        if (!default_serial(chr, err))
            return false;
    dom_each(chr, def->parallels)
        if (!check_source(chr, "parallel", err))
            return false;
    dom_each(chr, def->channels)
        if (!default_channel(chr, err))
            return false;
    dom_each(chr, def->consoles)
        if (!default_console(chr, err))
            return false;
    if (!number_ports(def->serials, "serial", err) || !number_ports(def->parallels, "parallel", err))
        return false;

    for (guint i = 0; i < def->consoles->len; i++) {
        chr = g_ptr_array_index(def->consoles, i);
        if (i > 0 && chr->target == DOM_CHR_TARGET_SERIAL)
            return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("Only the first console can be a serial port (line %d)"), chr->info.line);
    }
    pair_console(def);
    /* By position, whatever the XML says: that is how libvirt reads it. */
    for (guint i = 0; i < def->consoles->len; i++)
        ((DomChr *)g_ptr_array_index(def->consoles, i))->port = (int)i;
    return true;
}
