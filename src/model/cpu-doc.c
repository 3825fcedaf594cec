/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/cpu-doc.h"

#include <string.h>

#include "model/dom-rows.h"


bool
cpu_arch_is_known(const char *arch)
{
    static const char *const names[] = {
        "alpha", "armv6l", "armv7l", "armv7b", "aarch64", "cris", "i686", "ia64", "itanium", "lm32", "loongarch64", "m68k",
        "microblaze", "microblazeel", "mips", "mipsel", "mips64", "mips64el", "or32", "parisc", "parisc64", "ppc",
        "ppc64", "ppc64le", "ppcemb", "riscv32", "riscv64", "s390", "s390x", "sh4", "sh4eb", "sparc", "sparc64",
        "unicore32", "x86_64", "xtensa", "xtensaeb", NULL,
    };

    return g_strv_contains(names, arch);
}

bool
cpu_arch_is_x86(const char *arch)
{
    return g_str_equal(arch, "x86_64") || g_str_equal(arch, "i686");
}

/* Of a host's CPU: facts that no comparison looks at. */
static void
pass_host_facts(XmlNode *root)
{
    static const char *const names[] = { "arch", "microcode", "signature", "counter", "pages", "maxphysaddr", NULL };

    for (XmlNode *child = root->first; child; child = child->next) {
        if (child->ns || !g_strv_contains(names, child->name))
            continue;
        child->seen = true;
        for (XmlAttr *attr = child->attrs; attr; attr = attr->next)
            attr->seen = true;
    }
}

static bool
take_kind(XmlNode *root, CpuDocFlags flags, CpuDoc *doc, GError **err)
{
    const XmlNode *arch = xml_child(root, "arch");

    if (root->ns || !g_str_equal(root->name, "cpu"))
        return verr_set(err, VIR_FROM_CPU, VIR_ERR_XML_ERROR, "%s", _("XML does not contain expected 'cpu' element"));
    if (!arch)
        return !(flags & CPU_DOC_HOST) || verr_set(err, VIR_FROM_CPU, VIR_ERR_XML_ERROR, "%s", _("Missing CPU architecture"));
    if (xml_attr(root, "match"))
        return verr_set(err, VIR_FROM_CPU, VIR_ERR_XML_ERROR, "%s", _("'arch' element cannot be used inside 'cpu' element with 'match' attribute"));
    if (xml_attr(root, "mode"))
        return verr_set(err, VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, "%s", _("Attribute mode is only allowed for guest CPU"));
    if (!arch->text || !cpu_arch_is_known(arch->text))
        return verr_set(err, VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, _("Unknown architecture %s"), arch->text ? arch->text : "");
    doc->arch = g_strdup(arch->text);
    pass_host_facts(root);
    return true;
}

static bool
check_model(const CpuDoc *doc, GError **err)
{
    const DomCpu *cpu = doc->cpu;

    if (cpu->model)
        return true;
    if (doc->arch)
        return verr_set(err, VIR_FROM_CPU, VIR_ERR_XML_ERROR, "%s", _("Missing CPU model name"));
    if (cpu->vendor)
        return verr_set(err, VIR_FROM_CPU, VIR_ERR_XML_ERROR, "%s", _("CPU vendor specified without CPU model"));
    if (cpu->features->len && (cpu->mode == DOM_CPU_NONE || cpu->mode == DOM_CPU_CUSTOM))
        return verr_set(err, VIR_FROM_CPU, VIR_ERR_XML_ERROR, "%s", _("Non-empty feature list specified without CPU model"));
    return true;
}

/* What the schema would say. */
static bool
refuse_unknown(XmlNode *root, GError **err)
{
    g_autoptr(GError) why = NULL;

    return rows_refuse_unknown(root, VIR_FROM_CPU, &why) ||
           verr_set(err, VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA, "%s", why->message);
}

bool
cpu_doc_parse(const char *xml, CpuDocFlags flags, CpuDoc *ret_doc, GError **err)
{
    const XmlInput input = { "(CPU_definition)", NULL, NULL, VIR_FROM_CPU };
    const RowRead how = { true, VIR_FROM_CPU };
    g_autoptr(XmlDoc) tree = xml_parse(xml, -1, &input, err);
    g_auto(CpuDoc) doc = { 0 };
    XmlNode *root = tree ? xml_doc_root(tree) : NULL;

    if (!root || !take_kind(root, flags, &doc, err))
        return false;
    doc.cpu = dom_cpu_new();
    if (!rows_read(&dom_cpu_table, doc.cpu, root, &how, err) ||
        ((flags & CPU_DOC_STRICT) && !refuse_unknown(root, err)) || !check_model(&doc, err) ||
        !dom_cpu_check_features(doc.cpu, VIR_FROM_CPU, err))
        return false;
    *ret_doc = doc;
    doc = (CpuDoc){ 0 };
    return true;
}

void
cpu_doc_clear(CpuDoc *doc)
{
    dom_cpu_free(doc->cpu);
    g_free(doc->arch);
    *doc = (CpuDoc){ 0 };
}
