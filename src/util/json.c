/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/json.h"

#include <string.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_NONE

/* Where the brackets are, without a stack and without understanding more. Those inside strings do not count. */
typedef enum { SHAPE_END, SHAPE_OTHER, SHAPE_OPEN, SHAPE_CLOSE } Shape;

typedef struct {
    const char *at, *end;
    guint       depth; /* after the character before at */
    bool        quoted;
} Scan;

static Shape
scan_next(Scan *s)
{
    char c;

    if (s->at == s->end)
        return SHAPE_END;
    c = *s->at++;
    if (s->quoted) {
        if (c == '\\' && s->at < s->end)
            s->at++;
        else if (c == '"')
            s->quoted = false;
    } else if (c == '"') {
        s->quoted = true;
    } else if (c == '{' || c == '[') {
        s->depth++;
        return SHAPE_OPEN;
    } else if ((c == '}' || c == ']') && s->depth > 0) {
        s->depth--;
        return SHAPE_CLOSE;
    }
    return SHAPE_OTHER;
}

/* json-glib parses recursively, and takes several values for one: both are checked beforehand. */
static bool
check_shape(const char *text, gsize len, guint max_depth, GError **err)
{
    Scan  s = { .at = text, .end = text + len };
    bool  ended = false;
    Shape shape;

    while ((shape = scan_next(&s)) != SHAPE_END) {
        if (ended && !g_ascii_isspace(s.at[-1]))
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("cannot parse JSON: something follows its end"));
        if (s.depth > max_depth)
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("JSON is nested deeper than %u levels"), max_depth);
        ended = ended || (shape == SHAPE_CLOSE && s.depth == 0);
    }
    return true;
}

char *
json_outline(const char *text, guint depth)
{
    GString *out = g_string_new(NULL);
    Scan     s = { .at = text, .end = text + strlen(text) };

    for (;;) {
        const char *from = s.at;
        guint       before = s.depth;

        if (scan_next(&s) == SHAPE_END)
            return g_string_free(out, FALSE);
        if (MIN(before, s.depth) < depth)
            g_string_append_len(out, from, s.at - from);
    }
}

const char *
json_next_object(JsonCursor *c, guint depth, gsize *ret_len)
{
    Scan        s = { .at = c->at, .end = c->end, .depth = c->depth };
    const char *start = NULL;
    Shape       shape;

    while ((shape = scan_next(&s)) != SHAPE_END) {
        if (shape == SHAPE_OPEN && s.depth == depth + 1 && s.at[-1] == '{')
            start = s.at - 1;
        if (shape != SHAPE_CLOSE || s.depth != depth || !start)
            continue;
        *c = (JsonCursor){ s.at, s.end, s.depth };
        *ret_len = (gsize)(s.at - start);
        return start;
    }
    return NULL;
}

JsonNode *
json_parse(const char *text, gssize len, guint max_depth, GError **err)
{
    g_autoptr(JsonParser) parser = NULL;
    g_autoptr(GError) why = NULL;
    gsize size = len < 0 ? strlen(text) : (gsize)len;

    if (!check_shape(text, size, max_depth, err))
        return NULL;
    if (memchr(text, '\0', size) || !g_utf8_validate(text, (gssize)size, NULL))
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("cannot parse JSON: it is not UTF-8 text"));
    parser = json_parser_new_immutable();
    if (!json_parser_load_from_data(parser, text, (gssize)size, &why))
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("cannot parse JSON: %s"), why->message);
    if (!json_parser_get_root(parser))
        return fail_null(err, VIR_ERR_INTERNAL_ERROR, _("cannot parse JSON: the document is empty"));
    return json_parser_steal_root(parser);
}

static JsonNode *
member(JsonObject *object, const char *name)
{
    return object ? json_object_get_member(object, name) : NULL;
}

static JsonNode *
value_member(JsonObject *object, const char *name, GType type)
{
    JsonNode *node = member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type ? node : NULL;
}

const char *
json_get_string(JsonObject *object, const char *name)
{
    JsonNode *node = value_member(object, name, G_TYPE_STRING);

    return node ? json_node_get_string(node) : NULL;
}

JsonObject *
json_get_object(JsonObject *object, const char *name)
{
    return json_as_object(member(object, name));
}

JsonArray *
json_get_array(JsonObject *object, const char *name)
{
    return json_as_array(member(object, name));
}

bool
json_get_int(JsonObject *object, const char *name, gint64 *ret_value)
{
    JsonNode *node = value_member(object, name, G_TYPE_INT64);

    if (!node)
        return false;
    *ret_value = json_node_get_int(node);
    return true;
}

bool
json_get_double(JsonObject *object, const char *name, double *ret_value)
{
    JsonNode *node = value_member(object, name, G_TYPE_DOUBLE);

    if (!node)
        node = value_member(object, name, G_TYPE_INT64);
    if (!node)
        return false;
    *ret_value = json_node_get_double(node);
    return true;
}

bool
json_get_bool(JsonObject *object, const char *name, bool *ret_value)
{
    JsonNode *node = value_member(object, name, G_TYPE_BOOLEAN);

    if (!node)
        return false;
    *ret_value = json_node_get_boolean(node);
    return true;
}

gint64
json_int_or(JsonObject *object, const char *name, gint64 otherwise)
{
    json_get_int(object, name, &otherwise);
    return otherwise;
}

bool
json_bool_or(JsonObject *object, const char *name, bool otherwise)
{
    json_get_bool(object, name, &otherwise);
    return otherwise;
}

JsonObject *
json_as_object(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *
json_as_array(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

guint
json_array_size(JsonArray *array)
{
    return array ? json_array_get_length(array) : 0;
}

JsonObject *
json_array_object(JsonArray *array, guint i)
{
    return i < json_array_size(array) ? json_as_object(json_array_get_element(array, i)) : NULL;
}

const char *
json_array_string(JsonArray *array, guint i)
{
    JsonNode *node = i < json_array_size(array) ? json_array_get_element(array, i) : NULL;

    if (!node || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
        return NULL;
    return json_node_get_string(node);
}

static void
add_string(JsonObject *object, const char *name, const char *value)
{
    if (value)
        json_object_set_string_member(object, name, value);
}

static void
add_object(JsonObject *object, const char *name, JsonObject *value)
{
    if (value)
        json_object_set_object_member(object, name, value);
}

JsonObject *
json_make(const char *first, ...)
{
    JsonObject *object = json_object_new();
    va_list     args;

    va_start(args, first);
    for (const char *key = first; key; key = va_arg(args, const char *)) {
        const char *name = key + 2;

        switch (key[0]) {
        case 's': add_string(object, name, va_arg(args, const char *)); break;
        case 'i': json_object_set_int_member(object, name, va_arg(args, int)); break;
        case 'I': json_object_set_int_member(object, name, va_arg(args, gint64)); break;
        case 'd': json_object_set_double_member(object, name, va_arg(args, double)); break;
        case 'b': json_object_set_boolean_member(object, name, va_arg(args, int)); break;
        case 'o': add_object(object, name, va_arg(args, JsonObject *)); break;
        case 'a': json_object_set_array_member(object, name, va_arg(args, JsonArray *)); break;
        default: g_assert_not_reached();
        }
    }
    va_end(args);
    return object;
}

char *
json_object_text(JsonObject *object)
{
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);

    return json_to_string(node, FALSE);
}
