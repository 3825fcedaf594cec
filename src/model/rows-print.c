/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "model/rows-value.h"

/* An element that comes into being when something is first said in it. */
typedef struct Lazy Lazy;
struct Lazy {
    XmlDoc *doc;
    Lazy *parent;
    const char *name;
    XmlNode *node;
};

static XmlNode *
lazy_node(Lazy *at)
{
    if (!at->node)
        at->node = xml_add(at->doc, lazy_node(at->parent), at->name);
    return at->node;
}

static XmlNode *
last_named(XmlNode *node, const char *name)
{
    XmlNode *found = NULL;

    for (XmlNode *child = node->first; child; child = child->next)
        if (strcmp(child->name, name) == 0)
            found = child;
    return found;
}

/* The element part of path below node, made as needed. */
static XmlNode *
make_path(XmlDoc *doc, XmlNode *node, const char *path, size_t len)
{
    g_autofree char *elements = g_strndup(path, len);

    for (char *name = elements, *next; name && *name; name = next) {
        next = strchr(name, '/');
        if (next)
            *next++ = '\0';

        XmlNode *child = last_named(node, name);

        node = child ? child : xml_add(doc, node, name);
    }
    return node;
}

/* A new element at path, its parents made as needed. */
static XmlNode *
add_at(const char *path, Lazy *at)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return xml_add(at->doc, lazy_node(at), path);
    return xml_add(at->doc, make_path(at->doc, lazy_node(at), path, (size_t)(slash - path)), slash + 1);
}

static void print_rows(const RowTable *table, const void *obj, Lazy *at, const RowPrint *how);

static void
print_scalar(const Row *row, const void *obj, Lazy *at)
{
    g_autofree char *text = row_value_print(row, obj);
    size_t len = strcspn(row->path, "@");

    if (!text)
        return;

    XmlNode *node = row->path[0] == '.' ? lazy_node(at) : make_path(at->doc, lazy_node(at), row->path, len);

    if (row->path[len] == '@')
        xml_set(at->doc, node, row->path + len + 1, text);
    else if (row->kind != ROW_FLAG)
        xml_set_text(at->doc, node, text);
    if (row->kind == ROW_KIB)
        xml_set(at->doc, node, "unit", "KiB");
}

static void
print_list(const Row *row, const GPtrArray *list, Lazy *at, const RowPrint *how)
{
    for (guint i = 0; i < list->len; i++) {
        if (row->hide && row->hide(g_ptr_array_index(list, i), how))
            continue;

        rows_print(row->arg, g_ptr_array_index(list, i), at->doc, add_at(row->path, at), how);
    }
}

static void
print_struct(const Row *row, const void *part, Lazy *at, const RowPrint *how)
{
    if (*row->path == '\0') {
        print_rows(row->arg, part, at, how);
        return;
    }

    Lazy child = {at->doc, at, row->path, at->node ? last_named(at->node, row->path) : NULL};

    print_rows(row->arg, part, &child, how);
}

static void
print_row(const Row *row, const void *obj, Lazy *at, const RowPrint *how)
{
    const void *place = (const char *)obj + row->off;
    const void *owned;

    switch (row->kind) {
    case ROW_LINE:
        return;
    case ROW_HOOK:
        ((const RowHook *)row->arg)->print(obj, at->doc, lazy_node(at), how);
        return;
    case ROW_LIST:
        print_list(row, *(GPtrArray *const *)place, at, how);
        return;
    case ROW_STRUCT:
        print_struct(row, place, at, how);
        return;
    case ROW_OWNED:
        owned = *(void *const *)place;
        if (owned)
            rows_print(row->arg, owned, at->doc, add_at(row->path, at), how);
        return;
    case ROW_VERBATIM:
        if (*(char *const *)place)
            xml_set_verbatim(at->doc, xml_add(at->doc, lazy_node(at), row->path), *(char *const *)place);
        return;
    default:
        print_scalar(row, obj, at);
    }
}

static bool
is_hidden(const Row *row, const void *obj, const RowPrint *how)
{
    return (!row->path && row->kind != ROW_HOOK) || ((row->flags & ROW_LIVE) && !how->live) ||
           ((row->flags & ROW_SECURE) && !how->secure) || (row->when && !row->when(obj)) ||
           (row->hide && row->kind != ROW_LIST && row->hide(obj, how));
}

static void
print_rows(const RowTable *table, const void *obj, Lazy *at, const RowPrint *how)
{
    for (const Row *row = table->rows; row->kind != ROW_END; row++)
        if (!is_hidden(row, obj, how))
            print_row(row, obj, at, how);
}

void
rows_print(const RowTable *table, const void *obj, XmlDoc *doc, XmlNode *node, const RowPrint *how)
{
    Lazy at = {doc, NULL, NULL, node};

    print_rows(table, obj, &at, how);
}
