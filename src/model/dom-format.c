/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Printing, and what a definition looks like to a peer. */
#include "model/dom-rows.h"

#include <string.h>

#include "model/dom-layout.h"

#define KNOWN_FLAGS (DOM_XML_SECURE | DOM_XML_INACTIVE | DOM_XML_UPDATE_CPU | DOM_XML_MIGRATABLE | DOM_XML_STATUS)

static char *
print_def(const DomDef *def, const RowPrint *how)
{
    g_autoptr(XmlDoc) doc = xml_doc_new("domain");

    rows_print(&dom_table, def, doc, xml_doc_root(doc), how);
    return xml_print(doc);
}

/* The USB controller that any libvirt adds to an i440fx machine by itself. */
static bool
is_default_usb(const DomController *controller)
{
    return controller->index == 0 && controller->model == DOM_MODEL_PIIX3_UHCI;
}

static void
drop_default_controller(DomDef *def, DomControllerType type, bool (*is_default)(const DomController *))
{
    DomController *found = NULL, *controller;
    unsigned count = 0;

    dom_each(controller, def->controllers) {
        if (controller->type != type)
            continue;
        found = controller;
        count++;
    }
    if (count != 1 || !is_default(found))
        return;

    g_ptr_array_remove(def->controllers, found);
    rows_free(&dom_controller_table, found);
}

static bool
is_plain_pci_root(const DomController *controller)
{
    return controller->index == 0 && controller->model == DOM_MODEL_PCI_ROOT && !controller->hole64_kib;
}

/* PS/2 keyboards and the silent audio backend are newer than the oldest peer that must understand us; every libvirt that
 * knows them adds them by itself. */
static void
drop_default_devices(DomDef *def)
{
    for (guint i = def->inputs->len; i-- > 0;) {
        DomInput *input = g_ptr_array_index(def->inputs, i);

        if (input->type != DOM_INPUT_KEYBOARD || input->bus != DOM_INPUT_BUS_PS2)
            continue;
        g_ptr_array_remove_index(def->inputs, i);
        rows_free(&dom_input_table, input);
    }

    DomAudio *audio = def->audios->len == 1 ? g_ptr_array_index(def->audios, 0) : NULL;

    if (audio && audio->id == 1) {
        g_ptr_array_set_size(def->audios, 0);
        rows_free(&dom_audio_table, audio);
    }
}

/* Old libvirts believe that this model has pconfig, which no QEMU ever gave to a guest. */
static void
spell_out_cpu(DomCpu *cpu)
{
    if (cpu && cpu->mode == DOM_CPU_CUSTOM && g_strcmp0(cpu->model, "Icelake-Server") == 0)
        dom_cpu_set_feature(cpu, "pconfig", DOM_CPU_POLICY_DISABLE);
}

/* What a peer is given: the guest as defined, with addresses, without what belongs to this run. */
static DomDef *
migratable_copy(const DomDef *def)
{
    DomDef *copy = dom_def_copy(def);
    DomDisk *disk;

    dom_def_strip_live(copy);
    spell_out_cpu(copy->cpu);
    dom_sort_controllers(copy);
    drop_default_controller(copy, DOM_CONTROLLER_USB, is_default_usb);
    drop_default_controller(copy, DOM_CONTROLLER_PCI, is_plain_pci_root);
    drop_default_devices(copy);
    dom_each(disk, copy->disks)
        if (disk->format == DOM_FORMAT_NONE)
            disk->format = DOM_FORMAT_RAW;
    if (!copy->os.firmware) {
        DomFwFeature *feature;

        dom_each(feature, copy->os.fw_features)
            rows_free(&dom_fw_feature_table, feature);
        g_ptr_array_set_size(copy->os.fw_features, 0);
    }
    return copy;
}

char *
dom_def_format(const DomDef *def, unsigned flags, GError **err)
{
    if (flags & ~(unsigned)KNOWN_FLAGS)
        return fail_null(err, VIR_ERR_INVALID_ARG, _("unsupported flags (0x%x) in function %s"), flags & ~(unsigned)KNOWN_FLAGS,
                         "virDomainGetXMLDesc");

    RowPrint how = {
        .live = def->id != -1 && !(flags & (DOM_XML_INACTIVE | DOM_XML_MIGRATABLE)),
        .secure = flags & DOM_XML_SECURE,
    };

    if (flags & DOM_XML_STATUS)
        how.live = how.secure = true;
    if (!(flags & DOM_XML_MIGRATABLE))
        return print_def(def, &how);

    g_autoptr(DomDef) copy = migratable_copy(def);

    return print_def(copy, &how);
}

bool
dom_def_check_abi(const DomDef *src, const DomDef *dst, GError **err)
{
    /* Both as a peer would see them: what one side has only because it runs is no difference. */
    g_autoptr(DomDef) old = migratable_copy(src);
    g_autoptr(DomDef) new = migratable_copy(dst);
    g_autoptr(GError) why = NULL;

    if (rows_compare(&dom_table, old, new, VIR_FROM_DOMAIN, &why))
        return true;
    /* dst may have been made from the XML of the running guest, with the CPU that QEMU made of the defined one. */
    if (src->orig_cpu) {
        dom_cpu_free(old->cpu);
        old->cpu = dom_cpu_copy(src->cpu);
        if (rows_compare(&dom_table, old, new, VIR_FROM_DOMAIN, NULL))
            return true;
    }
    g_propagate_error(err, g_steal_pointer(&why));
    return false;
}

char *
dom_cpu_format(const DomCpu *cpu)
{
    g_autoptr(XmlDoc) doc = xml_doc_new("cpu");
    RowPrint how = {.live = true};

    rows_print(&dom_cpu_table, cpu, doc, xml_doc_root(doc), &how);
    return xml_print(doc);
}

DomCpu *
dom_cpu_parse(const char *xml, gssize len, GError **err)
{
    XmlInput input = {"(cpu_definition)", "cpu", NULL, VIR_FROM_CPU};
    g_autoptr(XmlDoc) doc = xml_parse(xml, len, &input, err);

    if (!doc)
        return NULL;

    g_autoptr(DomCpu) cpu = dom_cpu_new();
    RowRead how = {true, VIR_FROM_CPU};

    if (!rows_read(&dom_cpu_table, cpu, xml_doc_root(doc), &how, err) ||
        !rows_refuse_unknown(xml_doc_root(doc), VIR_FROM_CPU, err) || !dom_cpu_check_features(cpu, VIR_FROM_CPU, err))
        return NULL;
    return g_steal_pointer(&cpu);
}

bool
dom_cpu_check_features(const DomCpu *cpu, int from, GError **err)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    DomCpuFeature *feature;

    dom_each(feature, cpu->features) {
        if (!feature->name)
            return verr_set(err, from, VIR_ERR_XML_ERROR, "%s", _("Invalid CPU feature name"));
        if (!g_hash_table_add(names, feature->name))
            return verr_set(err, from, VIR_ERR_XML_ERROR, _("CPU feature '%s' specified more than once"), feature->name);
    }
    return true;
}

DomCpu *
dom_cpu_new(void)
{
    return rows_new(&dom_cpu_table);
}

DomCpu *
dom_cpu_copy(const DomCpu *cpu)
{
    return rows_copy(&dom_cpu_table, cpu);
}

void
dom_cpu_free(DomCpu *cpu)
{
    rows_free(&dom_cpu_table, cpu);
}

DomCpuFeature *
dom_cpu_find_feature(const DomCpu *cpu, const char *name)
{
    DomCpuFeature *feature;

    dom_each(feature, cpu->features)
        if (g_strcmp0(feature->name, name) == 0)
            return feature;
    return NULL;
}

void
dom_cpu_set_feature(DomCpu *cpu, const char *name, DomCpuPolicy policy)
{
    DomCpuFeature *feature = dom_cpu_find_feature(cpu, name);

    if (feature) {
        feature->policy = policy;
        return;
    }
    feature = g_new0(DomCpuFeature, 1);
    feature->name = g_strdup(name);
    feature->policy = policy;
    g_ptr_array_add(cpu->features, feature);
}

void
dom_cpu_drop_features(DomCpu *cpu, bool (*is_idle)(const char *name))
{
    for (guint i = cpu->features->len; i-- > 0;) {
        DomCpuFeature *feature = g_ptr_array_index(cpu->features, i);

        if (!is_idle(feature->name))
            continue;
        g_ptr_array_remove_index(cpu->features, i);
        rows_free(&dom_cpu_feature_table, feature);
    }
}
