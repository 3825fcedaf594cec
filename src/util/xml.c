/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/xml.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>

#define VIR_FROM_THIS VIR_FROM_XML

#define CHUNK_BYTES 8192

/* A document is one arena: nodes and strings are never freed one by one. */
struct XmlDoc {
    GPtrArray *chunks;
    char *free;
    size_t left;
    XmlNode *root;
};

static void *
arena_alloc(XmlDoc *doc, size_t bytes)
{
    bytes = (bytes + 7) & ~(size_t)7;
    if (bytes > doc->left) {
        size_t size = MAX(bytes, CHUNK_BYTES);

        doc->free = g_malloc(size);
        doc->left = size;
        g_ptr_array_add(doc->chunks, doc->free);
    }

    void *block = doc->free;

    doc->free += bytes;
    doc->left -= bytes;
    return memset(block, 0, bytes);
}

static const char *
arena_strndup(XmlDoc *doc, const char *text, size_t len)
{
    char *copy = arena_alloc(doc, len + 1);

    memcpy(copy, text, len);
    return copy;
}

static const char *
arena_strdup(XmlDoc *doc, const char *text)
{
    return arena_strndup(doc, text, strlen(text));
}

static XmlDoc *
doc_new_empty(void)
{
    XmlDoc *doc = g_new0(XmlDoc, 1);

    doc->chunks = g_ptr_array_new_with_free_func(g_free);
    return doc;
}

XmlDoc *
xml_doc_new(const char *root)
{
    XmlDoc *doc = doc_new_empty();

    doc->root = xml_add(doc, NULL, root);
    return doc;
}

XmlNode *
xml_doc_root(const XmlDoc *doc)
{
    return doc->root;
}

void
xml_doc_free(XmlDoc *doc)
{
    if (!doc)
        return;

    g_ptr_array_unref(doc->chunks);
    g_free(doc);
}

const char *
xml_attr(const XmlNode *node, const char *name)
{
    for (XmlAttr *attr = node->attrs; attr; attr = attr->next)
        if (strcmp(attr->name, name) == 0)
            return attr->value;
    return NULL;
}

static XmlNode *
first_named(XmlNode *node, const char *name)
{
    for (; node; node = node->next)
        if (!node->ns && strcmp(node->name, name) == 0)
            return node;
    return NULL;
}

XmlNode *
xml_child(const XmlNode *node, const char *name)
{
    return first_named(node->first, name);
}

XmlNode *
xml_again(const XmlNode *node)
{
    return first_named(node->next, node->name);
}

XmlNode *
xml_add(XmlDoc *doc, XmlNode *parent, const char *name)
{
    XmlNode *node = arena_alloc(doc, sizeof(*node));

    node->name = arena_strdup(doc, name);
    node->parent = parent;
    if (!parent)
        return node;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    return node;
}

void
xml_set(XmlDoc *doc, XmlNode *node, const char *name, const char *value)
{
    XmlAttr **at = &node->attrs;

    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    if (!*at) {
        *at = arena_alloc(doc, sizeof(XmlAttr));
        (*at)->name = arena_strdup(doc, name);
    }
    (*at)->value = arena_strdup(doc, value);
}

void
xml_set_text(XmlDoc *doc, XmlNode *node, const char *text)
{
    node->text = arena_strdup(doc, text);
}

void
xml_set_verbatim(XmlDoc *doc, XmlNode *node, const char *text)
{
    node->verbatim = arena_strdup(doc, text);
}

/* ' and " are written as entities in attributes and text alike: that is what libvirt's printer does. Control characters
 * that XML cannot carry are dropped. */
static void
print_escaped(GString *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        switch (c) {
        case '<': g_string_append(out, "&lt;"); break;
        case '>': g_string_append(out, "&gt;"); break;
        case '&': g_string_append(out, "&amp;"); break;
        case '"': g_string_append(out, "&quot;"); break;
        case '\'': g_string_append(out, "&apos;"); break;
        default:
            if (c >= 0x20 || c == '\n' || c == '\t' || c == '\r')
                g_string_append_c(out, (char)c);
        }
    }
}

static void
print_node(GString *out, const XmlNode *node, int depth)
{
    g_string_append_printf(out, "%*s", depth * 2, "");
    if (node->verbatim) {
        g_string_append_printf(out, "%s\n", node->verbatim);
        return;
    }

    g_string_append_printf(out, "<%s", node->name);
    for (const XmlAttr *attr = node->attrs; attr; attr = attr->next) {
        g_string_append_printf(out, " %s='", attr->name);
        print_escaped(out, attr->value);
        g_string_append_c(out, '\'');
    }

    if (!node->first && !node->text) {
        g_string_append(out, "/>\n");
        return;
    }

    g_string_append_c(out, '>');
    if (node->text)
        print_escaped(out, node->text);
    if (node->first) {
        g_string_append_c(out, '\n');
        for (const XmlNode *child = node->first; child; child = child->next)
            print_node(out, child, depth + 1);
        g_string_append_printf(out, "%*s", depth * 2, "");
    }
    g_string_append_printf(out, "</%s>\n", node->name);
}

char *
xml_print_node(const XmlNode *node)
{
    GString *out = g_string_sized_new(4096);

    print_node(out, node, 0);
    return g_string_free(out, FALSE);
}

char *
xml_print(const XmlDoc *doc)
{
    return xml_print_node(doc->root);
}

static const char *
dump_verbatim(XmlDoc *doc, xmlNodePtr from)
{
    xmlBufferPtr buf = xmlBufferCreate();

    /* Level 1: the element sits one step below the root when it is printed again. */
    xmlNodeDump(buf, from->doc, from, 1, 1);
    const char *text = arena_strndup(doc, (const char *)xmlBufferContent(buf), (size_t)xmlBufferLength(buf));

    xmlBufferFree(buf);
    return text;
}

static void
convert_attrs(XmlDoc *doc, XmlNode *node, xmlNodePtr from)
{
    XmlAttr **at = &node->attrs;

    for (xmlAttrPtr attr = from->properties; attr; attr = attr->next) {
        xmlChar *value = xmlNodeListGetString(from->doc, attr->children, 1);
        g_autofree char *qualified = attr->ns ? g_strdup_printf("%s:%s", attr->ns->prefix, attr->name) : NULL;

        *at = arena_alloc(doc, sizeof(XmlAttr));
        (*at)->name = arena_strdup(doc, qualified ? qualified : (const char *)attr->name);
        (*at)->value = arena_strdup(doc, value ? (const char *)value : "");
        at = &(*at)->next;
        xmlFree(value);
    }
}

static void convert_children(XmlDoc *doc, XmlNode *node, xmlNodePtr from, const char *verbatim);

/* Depth is bounded by libxml2's own limit (256), as XML_PARSE_HUGE is not given. */
static XmlNode *
convert_node(XmlDoc *doc, XmlNode *parent, xmlNodePtr from, const char *verbatim)
{
    XmlNode *node = xml_add(doc, parent, (const char *)from->name);

    node->line = (int)xmlGetLineNo(from);
    if (from->ns && from->ns->href)
        node->ns = arena_strdup(doc, (const char *)from->ns->href);
    if (parent && !parent->parent && verbatim && !node->ns && strcmp(node->name, verbatim) == 0) {
        node->verbatim = dump_verbatim(doc, from);
        return node;
    }
    convert_attrs(doc, node, from);
    convert_children(doc, node, from, verbatim);
    return node;
}

static void
convert_children(XmlDoc *doc, XmlNode *node, xmlNodePtr from, const char *verbatim)
{
    GString *text = NULL;
    bool visible = false;

    for (xmlNodePtr child = from->children; child; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            convert_node(doc, node, child, verbatim);
        } else if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
            const char *piece = child->content ? (const char *)child->content : "";

            if (!text)
                text = g_string_new(NULL);
            g_string_append(text, piece);
            visible |= piece[strspn(piece, " \t\r\n")] != '\0';
        }
    }

    if (visible)
        node->text = arena_strndup(doc, text->str, text->len);
    if (text)
        g_string_free(text, TRUE);
}

static void
refuse_dtd(void *opaque, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    xmlParserCtxtPtr ctxt = opaque;

    *(bool *)ctxt->_private = true;
    xmlStopParser(ctxt);
}

/* "file:line: what", then the offending line with a caret below the column. */
static bool
report_malformed(xmlParserCtxtPtr ctxt, const char *raw, gssize raw_len, const XmlInput *input, GError **err)
{
    g_autofree char *text = g_strndup(raw, (gsize)raw_len);
    const xmlError *error = xmlCtxtGetLastError(ctxt);
    const char *message = error && error->message ? error->message : "empty document\n";
    int line = error && error->line > 0 ? error->line : 1;
    const char *from = text;

    for (int i = 1; i < line && from; i++) {
        from = strchr(from, '\n');
        from = from ? from + 1 : NULL;
    }

    size_t len = from ? MIN(strcspn(from, "\r\n"), 80) : 0;
    int column = error ? CLAMP(error->int2, 1, 80) : 1;

    /* Input may be any bytes, messages are UTF-8. */
    g_autofree char *excerpt = g_utf8_make_valid(from ? from : "", (gssize)len);
    g_autofree char *dashes = g_strnfill((gsize)(column - 1), '-');

    return verr_set(err, input->from, VIR_ERR_XML_DETAIL, "%s:%d: %s%s\n%s^", input->what, line, message, excerpt, dashes);
}

static bool
check_raw_input(const char *text, gssize len, const XmlInput *input, GError **err)
{
    if (len > XML_MAX_BYTES)
        return verr_set(err, input->from, VIR_ERR_XML_ERROR, _("document is longer than %d bytes"), XML_MAX_BYTES);
    if (memchr(text, '\0', (size_t)len))
        return verr_set(err, input->from, VIR_ERR_XML_ERROR, _("document contains a NUL byte"));
    return true;
}

/* Takes xml; NULL with *err set on failure. */
static XmlDoc *
convert_document(xmlDocPtr xml, const XmlInput *input, GError **err)
{
    xmlNodePtr root = xmlDocGetRootElement(xml);
    XmlDoc *doc = NULL;

    if (!root)
        verr_set(err, input->from, VIR_ERR_XML_ERROR, "%s", _("missing root element"));
    else if (input->root && strcmp((const char *)root->name, input->root) != 0)
        verr_set(err, input->from, VIR_ERR_XML_ERROR, _("expecting root element of '%s', not '%s'"), input->root,
                 (const char *)root->name);
    else
        doc = doc_new_empty();

    if (doc)
        doc->root = convert_node(doc, NULL, root, input->verbatim);
    xmlFreeDoc(xml);
    return doc;
}

XmlDoc *
xml_parse(const char *text, gssize len, const XmlInput *input, GError **err)
{
    if (len < 0)
        len = (gssize)strnlen(text, XML_MAX_BYTES + 1);
    if (!check_raw_input(text, len, input, err))
        return NULL;

    bool has_dtd = false;
    xmlParserCtxtPtr ctxt = xmlNewParserCtxt();

    ctxt->_private = &has_dtd;
    ctxt->sax->internalSubset = refuse_dtd;

    xmlDocPtr xml = xmlCtxtReadMemory(ctxt, text, (int)len, input->what, NULL,
                                      XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_COMPACT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    XmlDoc *doc = NULL;

    if (has_dtd)
        verr_set(err, input->from, VIR_ERR_XML_ERROR, "%s", _("document type declarations and entities are not accepted"));
    else if (!xml || !ctxt->wellFormed)
        report_malformed(ctxt, text, len, input, err);
    else
        doc = convert_document(g_steal_pointer(&xml), input, err);

    if (xml)
        xmlFreeDoc(xml);
    xmlFreeParserCtxt(ctxt);
    return doc;
}
