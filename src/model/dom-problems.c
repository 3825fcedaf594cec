/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/dom-problems.h"

#include <string.h>

#include "model/dom-layout.h"
#include "model/dom-rows.h"

#define MAX_PROBLEMS 200

static void
problem_free(gpointer data)
{
    DomProblem *problem = data;

    g_free(problem->element);
    g_free(problem->text);
    g_free(problem);
}

static void
add_problem(GPtrArray *problems, int line, const char *element, const char *text)
{
    DomProblem *problem = g_new0(DomProblem, 1);

    problem->line = line;
    problem->element = g_strdup(element);
    problem->text = g_strdup(text);
    g_ptr_array_add(problems, problem);
}

/* "devices/disk/driver": below the root. Caller frees. */
static char *
path_of(const XmlNode *node)
{
    GString *path = g_string_new(node->parent ? node->name : "");

    for (const XmlNode *at = node->parent; at && at->parent; at = at->parent) {
        g_string_prepend_c(path, '/');
        g_string_prepend(path, at->name);
    }
    return g_string_free(path, FALSE);
}

static void
unlink_node(XmlNode *node)
{
    XmlNode *parent = node->parent, *before = NULL;

    for (XmlNode *at = parent->first; at != node; at = at->next)
        before = at;
    if (before)
        before->next = node->next;
    else
        parent->first = node->next;
    if (parent->last == node)
        parent->last = before;
}

static void
unlink_attr(XmlNode *node, const XmlAttr *attr)
{
    for (XmlAttr **at = &node->attrs; *at; at = &(*at)->next)
        if (*at == attr) {
            *at = attr->next;
            return;
        }
}

static void
forget_seen(XmlNode *node)
{
    node->seen = false;
    for (XmlAttr *attr = node->attrs; attr; attr = attr->next)
        attr->seen = false;
    for (XmlNode *child = node->first; child; child = child->next)
        forget_seen(child);
}

/* What no row has claimed. Elements that are known are looked into; libvirt ignores nothing silently either. */
static void
take_unknown(XmlNode *node, GPtrArray *problems)
{
    g_autofree char *path = path_of(node);
    XmlNode *next;

    for (XmlAttr *attr = node->attrs, *after; attr && problems->len < MAX_PROBLEMS; attr = after) {
        g_autofree char *text = g_strdup_printf(_("unsupported attribute '%s' in <%s>"), attr->name, node->name);

        after = attr->next;
        if (attr->seen)
            continue;
        add_problem(problems, node->line, path, text);
        unlink_attr(node, attr);
    }
    for (XmlNode *child = node->first; child && problems->len < MAX_PROBLEMS; child = next) {
        next = child->next;
        if (child->seen) {
            take_unknown(child, problems);
            continue;
        }
        g_autofree char *own = path_of(child);
        g_autofree char *text = g_strdup_printf(_("unsupported element <%s> in <%s>"), child->name, node->name);

        add_problem(problems, child->line, own, text);
        unlink_node(child);
    }
}

/* The part of the definition that stands on its own and reaches over the line: a device, or a child of <domain>. */
static XmlNode *
part_at(XmlNode *parent, int line)
{
    XmlNode *found = NULL;

    for (XmlNode *child = parent->first; child && child->line <= line; child = child->next)
        found = child;
    return found && strcmp(found->name, "devices") == 0 && found->first && found->first->line <= line ? part_at(found, line)
                                                                                                     : found;
}

static int
line_in(const char *message)
{
    const char *at = strstr(message, "line ");

    return at ? (int)g_ascii_strtoll(at + strlen("line "), NULL, 10) : 0;
}

/* Several parts may stand on one line: of those, the one that the message names. */
static XmlNode *
blame(XmlNode *root, const char *message)
{
    const int line = line_in(message);
    XmlNode *part = line ? part_at(root, line) : NULL;
    XmlNode *devices = xml_child(root, "devices");

    for (XmlNode *at = line && devices ? devices->first : NULL; at; at = at->next) {
        g_autofree char *quoted = g_strdup_printf("<%s>", at->name);

        if (at->line == line && strstr(message, quoted))
            return at;
    }
    return part && part->parent ? part : NULL;
}

static DomDef *
read_once(XmlNode *root, GError **err)
{
    g_autoptr(DomDef) def = dom_def_new();
    RowRead how = {false, VIR_FROM_DOMAIN};

    forget_seen(root);
    return rows_read(&dom_table, def, root, &how, err) ? g_steal_pointer(&def) : NULL;
}

static bool
drop_children(XmlNode *node, const char *but)
{
    bool dropped = false;

    for (XmlNode *child = node->first, *next; child; child = next) {
        next = child->next;
        if (strcmp(child->name, but) == 0)
            continue;
        unlink_node(child);
        dropped = true;
    }
    return dropped;
}

/* Takes the part away or, where there is no guest without it, what may be wrong in it. false: there is nothing to take. */
static bool
disarm(XmlDoc *doc, XmlNode *part)
{
    static const struct { const char *name, *text; } needed[] = { { "name", "name" }, { "memory", "1048576" } };
    bool top = part->parent == xml_doc_root(doc);

    for (size_t i = 0; top && i < G_N_ELEMENTS(needed); i++)
        if (strcmp(part->name, needed[i].name) == 0) {
            bool changed = part->attrs || g_strcmp0(part->text, needed[i].text) != 0;

            part->attrs = NULL;
            xml_set_text(doc, part, needed[i].text);
            return changed;
        }
    if (top && strcmp(part->name, "os") == 0)
        return drop_children(part, "type");
    unlink_node(part);
    return true;
}

static bool
read_rest(XmlDoc *doc, GPtrArray *problems)
{
    XmlNode *root = xml_doc_root(doc);

    while (problems->len < MAX_PROBLEMS) {
        g_autoptr(GError) why = NULL;
        g_autoptr(DomDef) def = read_once(root, &why);
        XmlNode *part;

        if (def)
            return true;
        part = blame(root, why->message);
        g_autofree char *path = part ? path_of(part) : g_strdup("");

        add_problem(problems, line_in(why->message), path, why->message);
        if (!part || !disarm(doc, part))
            return false;
    }
    return false;
}

/* Each try computes addresses and a command line anew. */
#define MAX_TRIES 50

static void
try_rest(XmlDoc *doc, GPtrArray *problems, DomProblemTry *test, void *opaque)
{
    XmlNode *root = xml_doc_root(doc);

    for (int tries = 0; tries < MAX_TRIES && problems->len < MAX_PROBLEMS; tries++) {
        g_autoptr(GError) why = NULL;
        g_autoptr(DomDef) def = NULL;
        XmlNode *part;

        forget_seen(root);
        def = dom_def_read(root, 0, &why);
        if (def && test(def, opaque, &why))
            return;
        part = blame(root, why->message);
        g_autofree char *path = part ? path_of(part) : g_strdup("");

        add_problem(problems, line_in(why->message), path, why->message);
        if (!part || !disarm(doc, part))
            return;
    }
}

GPtrArray *
dom_def_problems(const char *xml, DomProblemTry *test, void *opaque)
{
    XmlInput input = {"(domain_definition)", "domain", "metadata", VIR_FROM_DOMAIN};
    GPtrArray *problems = g_ptr_array_new_with_free_func(problem_free);
    g_autoptr(GError) why = NULL;
    g_autoptr(XmlDoc) doc = xml_parse(xml, -1, &input, &why);

    if (!doc) {
        add_problem(problems, 0, "", why->message);
        return problems;
    }
    if (!read_rest(doc, problems))
        return problems;
    take_unknown(xml_doc_root(doc), problems);
    try_rest(doc, problems, test, opaque);
    return problems;
}
