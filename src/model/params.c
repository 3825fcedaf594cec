/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/params.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_NONE

static const char *const type_names[] = {
    [VIR_TYPED_PARAM_INT] = "int",       [VIR_TYPED_PARAM_UINT] = "uint",
    [VIR_TYPED_PARAM_LLONG] = "llong",   [VIR_TYPED_PARAM_ULLONG] = "ullong",
    [VIR_TYPED_PARAM_DOUBLE] = "double", [VIR_TYPED_PARAM_BOOLEAN] = "boolean",
    [VIR_TYPED_PARAM_STRING] = "string",
};

const char *
param_type_name(int type)
{
    return type > 0 && (gsize)type < G_N_ELEMENTS(type_names) ? type_names[type] : NULL;
}

static const char *
shown_type(int type)
{
    const char *name = param_type_name(type);

    return name ? name : "unknown";
}

void
param_clear(virTypedParameterPtr param)
{
    if (param->type == VIR_TYPED_PARAM_STRING)
        g_clear_pointer(&param->value.s, g_free);
}

void
params_clear(Params *p)
{
    for (int i = 0; i < p->n; i++)
        param_clear(&p->v[i]);
    g_clear_pointer(&p->v, g_free);
    p->n = 0;
}

void
params_copy(const Params *src, Params *dst)
{
    *dst = (Params){ 0 };
    if (src->n <= 0)
        return;
    dst->v = g_new(virTypedParameter, src->n);
    dst->n = src->n;
    memcpy(dst->v, src->v, sizeof(*src->v) * (gsize)src->n);
    for (int i = 0; i < dst->n; i++) {
        if (dst->v[i].type == VIR_TYPED_PARAM_STRING)
            dst->v[i].value.s = g_strdup(dst->v[i].value.s);
    }
}

virTypedParameterPtr
params_find(const Params *p, const char *name)
{
    for (int i = 0; i < p->n; i++) {
        if (strncmp(p->v[i].field, name, sizeof(p->v[i].field)) == 0)
            return &p->v[i];
    }
    return NULL;
}

/* PARAM_FOUND only when the type is the wanted one. */
static ParamAnswer
find_typed(const Params *p, const char *name, int type, virTypedParameterPtr *ret, GError **err)
{
    virTypedParameterPtr param = params_find(p, name);

    if (!param)
        return PARAM_ABSENT;
    if (param->type != type) {
        fail(err, VIR_ERR_INVALID_ARG, _("Invalid type '%s' requested for parameter '%s', actual type is '%s'"),
             shown_type(type), name, shown_type(param->type));
        return PARAM_WRONG;
    }
    *ret = param;
    return PARAM_FOUND;
}

#define GETTER(function, c_type, TYPE, member)                                                               \
    ParamAnswer function(const Params *p, const char *name, c_type *ret, GError **err)                       \
    {                                                                                                        \
        virTypedParameterPtr param = NULL;                                                                   \
        ParamAnswer answer = find_typed(p, name, TYPE, &param, err);                                         \
                                                                                                             \
        if (answer == PARAM_FOUND)                                                                           \
            *ret = param->value.member;                                                                      \
        return answer;                                                                                       \
    }

GETTER(params_get_int, int, VIR_TYPED_PARAM_INT, i)
GETTER(params_get_uint, unsigned int, VIR_TYPED_PARAM_UINT, ui)
GETTER(params_get_llong, long long, VIR_TYPED_PARAM_LLONG, l)
GETTER(params_get_ullong, unsigned long long, VIR_TYPED_PARAM_ULLONG, ul)
GETTER(params_get_double, double, VIR_TYPED_PARAM_DOUBLE, d)
GETTER(params_get_string, const char *, VIR_TYPED_PARAM_STRING, s)

ParamAnswer
params_get_boolean(const Params *p, const char *name, int *ret, GError **err)
{
    virTypedParameterPtr param = NULL;
    ParamAnswer answer = find_typed(p, name, VIR_TYPED_PARAM_BOOLEAN, &param, err);

    if (answer == PARAM_FOUND)
        *ret = param->value.b != 0;
    return answer;
}

const char **
params_get_strings(const Params *p, const char *name)
{
    GPtrArray *list = g_ptr_array_new();

    for (int i = 0; i < p->n; i++) {
        if (p->v[i].type == VIR_TYPED_PARAM_STRING && p->v[i].value.s
            && strncmp(p->v[i].field, name, sizeof(p->v[i].field)) == 0)
            g_ptr_array_add(list, p->v[i].value.s);
    }
    g_ptr_array_add(list, NULL);
    return (const char **)g_ptr_array_free(list, FALSE);
}

static virTypedParameterPtr
append(Params *p, const char *name, int type)
{
    virTypedParameterPtr param;

    p->v = g_renew(virTypedParameter, p->v, p->n + 1);
    param = &p->v[p->n++];
    memset(param, 0, sizeof(*param));
    g_strlcpy(param->field, name, sizeof(param->field));
    param->type = type;
    return param;
}

void
params_add_int(Params *p, const char *name, int value)
{
    append(p, name, VIR_TYPED_PARAM_INT)->value.i = value;
}

void
params_add_uint(Params *p, const char *name, unsigned int value)
{
    append(p, name, VIR_TYPED_PARAM_UINT)->value.ui = value;
}

void
params_add_llong(Params *p, const char *name, long long value)
{
    append(p, name, VIR_TYPED_PARAM_LLONG)->value.l = value;
}

void
params_add_ullong(Params *p, const char *name, unsigned long long value)
{
    append(p, name, VIR_TYPED_PARAM_ULLONG)->value.ul = value;
}

void
params_add_double(Params *p, const char *name, double value)
{
    append(p, name, VIR_TYPED_PARAM_DOUBLE)->value.d = value;
}

void
params_add_boolean(Params *p, const char *name, bool value)
{
    append(p, name, VIR_TYPED_PARAM_BOOLEAN)->value.b = value;
}

void
params_add_string(Params *p, const char *name, const char *value)
{
    if (value)
        append(p, name, VIR_TYPED_PARAM_STRING)->value.s = g_strdup(value);
}

void
params_add_copy(Params *p, const virTypedParameter *param)
{
    virTypedParameterPtr copy = append(p, param->field, param->type);

    copy->value = param->value;
    if (param->type == VIR_TYPED_PARAM_STRING)
        copy->value.s = g_strdup(param->value.s);
}

void
params_remove(Params *p, const char *name)
{
    int kept = 0;

    for (int i = 0; i < p->n; i++) {
        if (strncmp(p->v[i].field, name, sizeof(p->v[i].field)) == 0)
            param_clear(&p->v[i]);
        else
            p->v[kept++] = p->v[i];
    }
    p->n = kept;
}

bool
param_set_name(virTypedParameterPtr param, const char *name, GError **err)
{
    if (!*name)
        return fail(err, VIR_ERR_INVALID_ARG, _("a typed parameter needs a name"));
    if (g_strlcpy(param->field, name, sizeof(param->field)) >= sizeof(param->field))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("Field name '%s' too long"), name);
    return true;
}

static bool
parse_signed(const char *text, gint64 min, gint64 max, gint64 *ret)
{
    char *end = NULL;
    gint64 value;

    errno = 0;
    value = g_ascii_strtoll(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max)
        return false;
    *ret = value;
    return true;
}

/* Unlike strtoull: a negative number is no number here. */
static bool
parse_unsigned(const char *text, guint64 max, guint64 *ret)
{
    char *end = NULL;
    guint64 value;

    errno = 0;
    value = g_ascii_strtoull(text, &end, 10);
    if (errno || end == text || *end || value > max || strchr(text, '-'))
        return false;
    *ret = value;
    return true;
}

static bool
parse_double(const char *text, double *ret)
{
    char *end = NULL;
    double value;

    errno = 0;
    value = g_ascii_strtod(text, &end);
    if (errno || end == text || *end)
        return false;
    *ret = value;
    return true;
}

static bool
parse_value(virTypedParameterPtr param, int type, const char *text)
{
    gint64 l = 0;
    guint64 ul = 0;

    switch (type) {
    case VIR_TYPED_PARAM_INT:
        if (!parse_signed(text, G_MININT, G_MAXINT, &l))
            return false;
        param->value.i = (int)l;
        return true;
    case VIR_TYPED_PARAM_UINT:
        if (!parse_unsigned(text, G_MAXUINT, &ul))
            return false;
        param->value.ui = (unsigned int)ul;
        return true;
    case VIR_TYPED_PARAM_LLONG:
        if (!parse_signed(text, G_MININT64, G_MAXINT64, &l))
            return false;
        param->value.l = l;
        return true;
    case VIR_TYPED_PARAM_ULLONG:
        if (!parse_unsigned(text, G_MAXUINT64, &ul))
            return false;
        param->value.ul = ul;
        return true;
    case VIR_TYPED_PARAM_DOUBLE:
        return parse_double(text, &param->value.d);
    case VIR_TYPED_PARAM_BOOLEAN:
        /* exactly one digit, as clients write it */
        if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
            return false;
        param->value.b = text[0] == '1';
        return true;
    default:
        param->value.s = g_strdup(text);
        return true;
    }
}

/* What to say when parse_value() refuses. */
static const char *const parse_complaints[] = {
    [VIR_TYPED_PARAM_INT] = N_("Invalid value for field '%s': expected int"),
    [VIR_TYPED_PARAM_UINT] = N_("Invalid value for field '%s': expected unsigned int"),
    [VIR_TYPED_PARAM_LLONG] = N_("Invalid value for field '%s': expected long long"),
    [VIR_TYPED_PARAM_ULLONG] = N_("Invalid value for field '%s': expected unsigned long long"),
    [VIR_TYPED_PARAM_DOUBLE] = N_("Invalid value for field '%s': expected double"),
    [VIR_TYPED_PARAM_BOOLEAN] = N_("Invalid boolean value for field '%s'"),
};

bool
param_set_from_text(virTypedParameterPtr param, int type, const char *text, GError **err)
{
    if (!param_type_name(type))
        return fail(err, VIR_ERR_INTERNAL_ERROR, _("unexpected type %d for field %s"), type, param->field);
    if (!parse_value(param, type, text))
        return fail(err, VIR_ERR_INVALID_ARG, _(parse_complaints[type]), param->field);
    param->type = type;
    return true;
}

static const ParamRow *
find_row(const ParamRow *rows, gsize nrows, const char *name)
{
    for (gsize i = 0; i < nrows; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}

static bool
check_one(const virTypedParameter *param, const ParamRow *row, GError **err)
{
    if (!row)
        return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("parameter '%s' not supported"), param->field);
    if (param->type != row->type)
        return fail(err, VIR_ERR_INVALID_ARG, _("invalid type '%s' for parameter '%s', expected '%s'"),
                    shown_type(param->type), param->field, shown_type(row->type));
    return true;
}

bool
params_check(const Params *p, const ParamRow *rows, gsize nrows, GError **err)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (int i = 0; i < p->n; i++) {
        virTypedParameterPtr param = &p->v[i];
        const ParamRow *row;

        /* a client's array need not be terminated */
        if (!memchr(param->field, 0, sizeof(param->field)))
            return fail(err, VIR_ERR_INVALID_ARG, _("the name of typed parameter %d is not terminated"), i);
        row = find_row(rows, nrows, param->field);
        if (!check_one(param, row, err))
            return false;
        if (!g_hash_table_add(seen, (gpointer)row->name) && !row->multiple)
            return fail(err, VIR_ERR_INVALID_ARG, _("parameter '%s' occurs multiple times"), param->field);
    }
    return true;
}
