/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML as a small tree of plain structs: parsed from text that may be hostile (size cap, no DTD, no entities, no
 * network), or built and printed the way libvirt prints (single quotes, two spaces per level). The only file that
 * knows libxml2 is xml.c. No locks: a document belongs to one thread at a time.
 */
#pragma once

#include "util/err.h"

/* As libvirt's remote string limit: no longer document can arrive, none is looked at. */
#define XML_MAX_BYTES (4 * 1024 * 1024)

typedef struct XmlDoc XmlDoc;
typedef struct XmlNode XmlNode;
typedef struct XmlAttr XmlAttr;

/* Strings and nodes live as long as their document. */
struct XmlAttr {
    const char *name;
    const char *value;
    XmlAttr *next;
    bool seen;              /* for readers that refuse what they do not know */
};

struct XmlNode {
    const char *name;
    const char *ns;         /* namespace URI, or NULL */
    const char *text;       /* own text, joined; NULL when there is none but blanks */
    const char *verbatim;   /* the whole element as text, instead of attrs, text and children */
    XmlAttr *attrs;
    XmlNode *parent, *first, *last, *next;
    int line;
    bool seen;
};

typedef struct {
    const char *what;       /* stands for the file name in messages: "(domain_definition)" */
    const char *root;       /* required name of the root element; NULL: any */
    const char *verbatim;   /* name of the root's child to keep as text; NULL: none */
    int from;               /* virErrorDomain of errors */
} XmlInput;

/* len -1: NUL-terminated. VIR_ERR_XML_DETAIL when not well-formed, VIR_ERR_XML_ERROR when too large, with a DTD, with
 * NUL bytes, or with another root. */
XmlDoc *xml_parse(const char *text, gssize len, const XmlInput *input, GError **err);
XmlDoc *xml_doc_new(const char *root);
XmlNode *xml_doc_root(const XmlDoc *doc);
void xml_doc_free(XmlDoc *doc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlDoc, xml_doc_free)

const char *xml_attr(const XmlNode *node, const char *name);
XmlNode *xml_child(const XmlNode *node, const char *name);
/* The next sibling of node with the same name. */
XmlNode *xml_again(const XmlNode *node);

/* Building: strings are copied. xml_set() replaces an attribute of the same name. */
XmlNode *xml_add(XmlDoc *doc, XmlNode *parent, const char *name);
void xml_set(XmlDoc *doc, XmlNode *node, const char *name, const char *value);
void xml_set_text(XmlDoc *doc, XmlNode *node, const char *text);
void xml_set_verbatim(XmlDoc *doc, XmlNode *node, const char *text);

/* Caller frees. Ends with a newline. */
char *xml_print(const XmlDoc *doc);
char *xml_print_node(const XmlNode *node);
