/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command reads from its parsed line. */
#include <string.h>

#include "shell.h"

static const OptValue *
find(const Cmd *cmd, const char *name)
{
    for (guint i = 0; i < cmd->values->len; i++) {
        const OptValue *value = &g_array_index(cmd->values, OptValue, i);

        if (strcmp(value->def->name, name) == 0)
            return value;
    }
    return NULL;
}

bool
opt_bool(const Cmd *cmd, const char *name)
{
    return find(cmd, name) != NULL;
}

const char *
opt_string(const Cmd *cmd, const char *name)
{
    const OptValue *value = find(cmd, name);

    return value ? value->value : NULL;
}

static bool
say_malformed(const char *text, const char *name)
{
    complain(_("Numeric value '%s' for <%s> option is malformed or out of range"), text, name);
    return false;
}

bool
opt_int(const Cmd *cmd, const char *name, int *ret)
{
    const char *text = opt_string(cmd, name);
    gint64 number;

    if (text == NULL)
        return true;
    if (!g_ascii_string_to_signed(text, 10, G_MININT, G_MAXINT, &number, NULL))
        return say_malformed(text, name);
    *ret = (int)number;
    return true;
}

bool
opt_uint(const Cmd *cmd, const char *name, unsigned int *ret)
{
    unsigned long long number = 0;
    const char *text = opt_string(cmd, name);

    if (text == NULL)
        return true;
    if (!opt_ull(cmd, name, &number))
        return false;
    if (number > G_MAXUINT)
        return say_malformed(text, name);
    *ret = (unsigned int)number;
    return true;
}

bool
opt_ull(const Cmd *cmd, const char *name, unsigned long long *ret)
{
    const char *text = opt_string(cmd, name);
    guint64 number;

    if (text == NULL)
        return true;
    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &number, NULL))
        return say_malformed(text, name);
    *ret = number;
    return true;
}

const char **
opt_argv(const Cmd *cmd, const char *name)
{
    GPtrArray *all = g_ptr_array_new();

    for (guint i = 0; i < cmd->values->len; i++) {
        const OptValue *value = &g_array_index(cmd->values, OptValue, i);

        if (strcmp(value->def->name, name) == 0)
            g_ptr_array_add(all, (gpointer)value->value);
    }
    g_ptr_array_add(all, NULL);
    return (const char **)g_ptr_array_free(all, FALSE);
}

unsigned
opt_flags(const Cmd *cmd, const OptFlag *rows)
{
    unsigned flags = 0;

    for (; rows->name; rows++) {
        if (opt_bool(cmd, rows->name))
            flags |= rows->bit;
    }
    return flags;
}

bool
opt_exclusive(const Cmd *cmd, const char *a, const char *b)
{
    if (!opt_bool(cmd, a) || !opt_bool(cmd, b))
        return true;
    complain(_("Options --%s and --%s are mutually exclusive"), a, b);
    return false;
}
