/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "model/rows-value.h"

static XmlNode *
child_named(XmlNode *node, const char *name, size_t len)
{
    for (XmlNode *child = node->first; child; child = child->next)
        if (!child->ns && strncmp(child->name, name, len) == 0 && child->name[len] == '\0')
            return child;
    return NULL;
}

/* Follows the element part of path; *ret_rest is what is left: "@attr" or "". A last element is not entered when
 * keep_last is set (lists look at all of that name). Marks the elements on the way as known. */
static XmlNode *
descend(XmlNode *node, const char *path, bool keep_last, const char **ret_rest)
{
    while (node && *path && *path != '@' && *path != '.') {
        size_t len = strcspn(path, "/@");

        if (keep_last && path[len] == '\0')
            break;
        node = child_named(node, path, len);
        if (node)
            node->seen = true;
        path += len + (path[len] == '/');
    }
    *ret_rest = path;
    return node;
}

static bool
fail_missing(const Row *row, const XmlNode *node, const RowRead *how, GError **err)
{
    const char *at = strchr(row->path, '@');

    const int code = row->code ? row->code : VIR_ERR_XML_ERROR;

    if (at)
        return verr_set(err, how->from, code, _("missing required attribute '%s' in <%s> (line %d)"), at + 1, node->name, node->line);
    return verr_set(err, how->from, code, _("missing required element <%s> in <%s> (line %d)"), row->path,
                    node->name, node->line);
}

static const char *
find_text(XmlNode *place, const char *rest, const char **ret_attr)
{
    if (*rest != '@') {
        *ret_attr = NULL;
        return place->text;
    }

    for (XmlAttr *attr = place->attrs; attr; attr = attr->next) {
        if (strcmp(attr->name, rest + 1) != 0)
            continue;
        attr->seen = true;
        *ret_attr = attr->name;
        return attr->value;
    }
    return NULL;
}

static void
claim_unit(XmlNode *node)
{
    for (XmlAttr *attr = node->attrs; attr; attr = attr->next)
        if (strcmp(attr->name, "unit") == 0)
            attr->seen = true;
}

static bool
read_scalar(const Row *row, void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    const char *rest;
    XmlNode *at = descend(node, row->path, false, &rest);
    const char *attr = NULL;
    const char *text = at ? find_text(at, rest, &attr) : NULL;

    if (at && row->kind == ROW_KIB)
        claim_unit(at);
    if (!text && at && row->flags & ROW_ALONG)
        return fail_missing(row, at, how, err);
    if (!text)
        return !(row->flags & ROW_REQUIRED) || fail_missing(row, node, how, err);
    if ((row->flags & ROW_LIVE) && !how->live)
        return true;

    RowPlace place = {at, attr, how->from, row->code ? row->code : VIR_ERR_XML_ERROR};

    return row_value_read(row, obj, text, &place, err);
}

static bool
read_list(const Row *row, void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    GPtrArray *list = *(GPtrArray **)((char *)obj + row->off);
    const char *name;
    XmlNode *parent = descend(node, row->path, true, &name);

    for (XmlNode *child = parent ? child_named(parent, name, strlen(name)) : NULL; child; child = xml_again(child)) {
        void *item = rows_new(row->arg);

        child->seen = true;
        g_ptr_array_add(list, item);
        if (!rows_read(row->arg, item, child, how, err))
            return false;
    }
    return true;
}

static bool
read_part(const Row *row, void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    void *at = (char *)obj + row->off;
    const char *rest;
    XmlNode *child = descend(node, row->path, false, &rest);

    if (!child)
        return !(row->flags & ROW_REQUIRED) || fail_missing(row, node, how, err);

    switch (row->kind) {
    case ROW_FLAG:
        *(bool *)at = true;
        return true;
    case ROW_VERBATIM:
        *(char **)at = g_strdup(child->verbatim);
        return true;
    case ROW_STRUCT:
        return rows_read(row->arg, at, child, how, err);
    default:
        *(void **)at = rows_new(row->arg);
        return rows_read(row->arg, *(void **)at, child, how, err);
    }
}

static bool
read_line(const Row *row, void *obj, XmlNode *node)
{
    const char *rest;
    const XmlNode *at = row->path ? descend(node, row->path, false, &rest) : node;

    *(int *)((char *)obj + row->off) = at ? at->line : 0;
    return true;
}

static bool
read_row(const Row *row, void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    switch (row->kind) {
    case ROW_LINE:
        return read_line(row, obj, node);
    case ROW_HOOK:
        return ((const RowHook *)row->arg)->read(obj, node, how, err);
    case ROW_LIST:
        return read_list(row, obj, node, how, err);
    case ROW_FLAG:
    case ROW_VERBATIM:
    case ROW_STRUCT:
    case ROW_OWNED:
        return read_part(row, obj, node, how, err);
    default:
        return read_scalar(row, obj, node, how, err);
    }
}

bool
rows_read(const RowTable *table, void *obj, XmlNode *node, const RowRead *how, GError **err)
{
    for (const Row *row = table->rows; row->kind != ROW_END; row++) {
        if ((!row->path && row->kind != ROW_LINE && row->kind != ROW_HOOK) || (row->when && !row->when(obj)))
            continue;
        if (!read_row(row, obj, node, how, err))
            return false;
    }
    return true;
}

bool
rows_refuse_unknown(const XmlNode *node, int from, GError **err)
{
    for (const XmlAttr *attr = node->attrs; attr; attr = attr->next)
        if (!attr->seen)
            return verr_set(err, from, VIR_ERR_CONFIG_UNSUPPORTED, _("unsupported attribute '%s' in <%s> (line %d)"),
                            attr->name, node->name, node->line);

    for (const XmlNode *child = node->first; child; child = child->next) {
        if (child->seen) {
            if (!rows_refuse_unknown(child, from, err))
                return false;
            continue;
        }
        if (child->ns)
            return verr_set(err, from, VIR_ERR_CONFIG_UNSUPPORTED,
                            _("unsupported element <%s> of namespace '%s' in <%s> (line %d)"), child->name, child->ns,
                            node->name, child->line);
        return verr_set(err, from, VIR_ERR_CONFIG_UNSUPPORTED,
                        child_named((XmlNode *)node, child->name, strlen(child->name)) != child
                            ? _("duplicate element <%s> in <%s> (line %d)")
                            : _("unsupported element <%s> in <%s> (line %d)"),
                        child->name, node->name, child->line);
    }
    return true;
}
