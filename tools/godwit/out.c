/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text as virsh prints it, or one JSON value per command. */
#include <stdio.h>
#include <string.h>

#include "shell.h"

static char *
format(const char *fmt, va_list ap)
{
    return g_strdup_vprintf(fmt, ap);
}

void
print(Shell *sh, const char *fmt, ...)
{
    va_list ap;

    if (sh->out)
        return;
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
}

int
cell_width(const char *text_)
{
    int width = 0;

    for (const char *c = text_; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);

        width += g_unichar_iszerowidth(u) ? 0 : g_unichar_iswide(u) ? 2 : 1;
    }
    return width;
}

void
print_padded(Shell *sh, int width, const char *label, const char *fmt, ...)
{
    va_list ap;

    if (sh->out)
        return;
    printf("%s%*s", label, MAX(width - cell_width(label), 0), "");
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
}

void
say(Shell *sh, const char *fmt, ...)
{
    g_autofree char *line = NULL;
    va_list ap;

    va_start(ap, fmt);
    line = format(fmt, ap);
    va_end(ap);
    if (sh->out)
        json_string(sh, "message", g_strchomp(line));
    else if (!sh->quiet)
        fputs(line, stdout);
}

void
complain(const char *fmt, ...)
{
    g_autofree char *line = NULL;
    va_list ap;

    va_start(ap, fmt);
    line = format(fmt, ap);
    va_end(ap);
    fflush(stdout);
    fprintf(stderr, "%s%s\n", _("error: "), line);
}

static GPrivate kept_error = G_PRIVATE_INIT(g_free);

static void
keep_error(void *opaque, virErrorPtr error)
{
    g_private_replace(&kept_error, g_strdup(error->message ? error->message : _("unknown error")));
}

void
keep_errors(void)
{
    virSetErrorFunc(NULL, keep_error);
}

void
forget_error(void)
{
    g_private_replace(&kept_error, NULL);
    virResetLastError();
}

void
complain_last_error(void)
{
    const char *message = g_private_get(&kept_error);

    if (message)
        complain("%s", message);
    forget_error();
}

void
note(Shell *sh, int level, const char *fmt, ...)
{
    va_list ap;

    if (sh->debug < level)
        return;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

static void
member(Shell *sh, const char *key)
{
    json_builder_set_member_name(sh->out, key);
}

void
json_string(Shell *sh, const char *key, const char *value)
{
    if (sh->out == NULL)
        return;
    member(sh, key);
    if (value)
        json_builder_add_string_value(sh->out, value);
    else
        json_builder_add_null_value(sh->out);
}

void
json_number(Shell *sh, const char *key, guint64 value)
{
    if (sh->out == NULL)
        return;
    member(sh, key);
    if (value <= G_MAXINT64)
        json_builder_add_int_value(sh->out, (gint64)value);
    else
        json_builder_add_double_value(sh->out, (double)value);
}

void
json_flag(Shell *sh, const char *key, bool value)
{
    if (sh->out == NULL)
        return;
    member(sh, key);
    json_builder_add_boolean_value(sh->out, value);
}

void
pair(Shell *sh, int width, const char *label, const char *key, const char *fmt, ...)
{
    g_autofree char *value = NULL;
    va_list ap;

    va_start(ap, fmt);
    value = format(fmt, ap);
    va_end(ap);
    if (sh->out)
        json_string(sh, key, value);
    else
        print_padded(sh, width - 1, label, " %s\n", value);
}

void
pair_number(Shell *sh, int width, const char *label, const char *key, guint64 number, const char *unit)
{
    if (sh->out)
        json_number(sh, key, number);
    else
        print_padded(sh, width - 1, label, " %" G_GUINT64_FORMAT "%s%s\n", number, unit ? " " : "", unit ? unit : "");
}

void
text(Shell *sh, const char *key, const char *value)
{
    if (sh->out)
        json_string(sh, key, value);
    else
        printf("%s%s", value, g_str_has_suffix(value, "\n") ? "" : "\n");
}

void
out_begin(Shell *sh)
{
    if (!sh->json)
        return;
    sh->out = json_builder_new();
    sh->out_root_taken = false;
    json_builder_begin_object(sh->out);
}

/* A command that is one table is one array, not an object around it. */
static JsonNode *
unwrap(JsonNode *root)
{
    JsonObject *object = json_node_get_object(root);
    JsonNode *rows = json_object_get_member(object, "rows");

    if (rows && json_object_get_size(object) == 1)
        return json_node_copy(rows);
    return json_node_ref(root);
}

void
out_end(Shell *sh)
{
    g_autoptr(JsonNode) root = NULL, value = NULL;
    g_autofree char *all = NULL;

    if (sh->out == NULL)
        return;
    json_builder_end_object(sh->out);
    root = json_builder_get_root(sh->out);
    g_clear_object(&sh->out);
    if (json_object_get_size(json_node_get_object(root)) == 0)
        return;
    value = unwrap(root);
    all = json_to_string(value, TRUE);
    printf("%s\n", all);
}

char *
typed_param_text(const virTypedParameter *param)
{
    switch (param->type) {
    case VIR_TYPED_PARAM_INT: return g_strdup_printf("%d", param->value.i);
    case VIR_TYPED_PARAM_UINT: return g_strdup_printf("%u", param->value.ui);
    case VIR_TYPED_PARAM_LLONG: return g_strdup_printf("%lld", param->value.l);
    case VIR_TYPED_PARAM_ULLONG: return g_strdup_printf("%llu", param->value.ul);
    case VIR_TYPED_PARAM_DOUBLE: return g_strdup_printf("%f", param->value.d);
    case VIR_TYPED_PARAM_BOOLEAN: return g_strdup(param->value.b ? _("yes") : _("no"));
    case VIR_TYPED_PARAM_STRING: return g_strdup(param->value.s ? param->value.s : "");
    default: return g_strdup_printf(_("type %d"), param->type);
    }
}

void
typed_param_json(Shell *sh, const char *key, const virTypedParameter *param)
{
    g_autofree char *value = typed_param_text(param);

    if (sh->out == NULL)
        return;
    switch (param->type) {
    case VIR_TYPED_PARAM_INT:
    case VIR_TYPED_PARAM_LLONG:
        member(sh, key);
        json_builder_add_int_value(sh->out, param->type == VIR_TYPED_PARAM_INT ? param->value.i : param->value.l);
        return;
    case VIR_TYPED_PARAM_UINT: json_number(sh, key, param->value.ui); return;
    case VIR_TYPED_PARAM_ULLONG: json_number(sh, key, param->value.ul); return;
    case VIR_TYPED_PARAM_BOOLEAN: json_flag(sh, key, param->value.b); return;
    case VIR_TYPED_PARAM_DOUBLE:
        member(sh, key);
        json_builder_add_double_value(sh->out, param->value.d);
        return;
    default: json_string(sh, key, value);
    }
}

double
scale_size(guint64 bytes, const char **ret_unit)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    double value = (double)bytes;
    guint i = 0;

    while (value >= 1024 && i + 1 < G_N_ELEMENTS(units)) {
        value /= 1024;
        i++;
    }
    *ret_unit = units[i];
    return value;
}

char *
cpu_map_text(const unsigned char *map, int n, bool pretty)
{
    GString *out = g_string_new(NULL);

    for (int i = 0; i < n; i++) {
        int last = i;

        if (!pretty) {
            g_string_append_c(out, VIR_CPU_USED(map, i) ? 'y' : '-');
            continue;
        }
        if (!VIR_CPU_USED(map, i))
            continue;
        while (last + 1 < n && VIR_CPU_USED(map, last + 1))
            last++;
        g_string_append_printf(out, last > i ? "%s%d-%d" : "%s%d", out->len ? "," : "", i, last);
        i = last;
    }
    return g_string_free(out, FALSE);
}
