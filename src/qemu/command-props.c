/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/command-props.h"

Props
props_new(const char *driver_key, const char *driver)
{
    Props p = { g_string_new("{") };

    if (driver_key)
        props_string(&p, driver_key, driver);
    return p;
}

static void
add_quoted(GString *text, const char *value)
{
    g_string_append_c(text, '"');
    for (const char *at = value; *at; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_printf(text, "\\%c", *at);
        else if ((guchar)*at < 0x20)
            g_string_append_printf(text, "\\u%04x", *at);
        else
            g_string_append_c(text, *at);
    }
    g_string_append_c(text, '"');
}

static void
add_name(Props *p, const char *name)
{
    if (p->text->str[p->text->len - 1] != '{')
        g_string_append_c(p->text, ',');
    add_quoted(p->text, name);
    g_string_append_c(p->text, ':');
}

void
props_string(Props *p, const char *name, const char *value)
{
    add_name(p, name);
    add_quoted(p->text, value);
}

void
props_string_opt(Props *p, const char *name, const char *value)
{
    if (value)
        props_string(p, name, value);
}

void
props_format(Props *p, const char *name, const char *format, ...)
{
    g_autofree char *value = NULL;
    va_list args;

    va_start(args, format);
    value = g_strdup_vprintf(format, args);
    va_end(args);
    props_string(p, name, value);
}

void
props_int(Props *p, const char *name, guint64 value)
{
    add_name(p, name);
    g_string_append_printf(p->text, "%" G_GUINT64_FORMAT, value);
}

void
props_int_opt(Props *p, const char *name, guint64 value)
{
    if (value)
        props_int(p, name, value);
}

void
props_bool(Props *p, const char *name, bool value)
{
    add_name(p, name);
    g_string_append(p->text, value ? "true" : "false");
}

void
props_tri_opt(Props *p, const char *name, DomTri value)
{
    if (value != DOM_TRI_ABSENT)
        props_bool(p, name, value == DOM_TRI_ON);
}

void
props_null(Props *p, const char *name)
{
    add_name(p, name);
    g_string_append(p->text, "null");
}

void
props_begin(Props *p, const char *name)
{
    add_name(p, name);
    g_string_append_c(p->text, '{');
}

void
props_end(Props *p)
{
    g_string_append_c(p->text, '}');
}

char *
props_finish(Props *p)
{
    props_end(p);
    return g_string_free(g_steal_pointer(&p->text), FALSE);
}

void
props_clear(Props *p)
{
    if (p->text)
        g_string_free(g_steal_pointer(&p->text), TRUE);
}
