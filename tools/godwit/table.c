/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Columns aligned as virsh aligns them, in character cells, not bytes. */
#include <stdio.h>
#include <string.h>

#include "shell.h"

struct Table {
    GPtrArray *keys;  /* JSON members; one per column */
    GPtrArray *cells; /* row after row, the titles first */
};

Table *
table_new(const char *key, ...)
{
    Table *table = g_new0(Table, 1);
    va_list ap;

    table->keys = g_ptr_array_new_with_free_func(g_free);
    table->cells = g_ptr_array_new_with_free_func(g_free);
    va_start(ap, key);
    for (; key; key = va_arg(ap, const char *)) {
        g_ptr_array_add(table->keys, g_strdup(key));
        g_ptr_array_add(table->cells, g_strdup(va_arg(ap, const char *)));
    }
    va_end(ap);
    return table;
}

/* Nothing that a guest's name contains may move the cursor. */
static char *
make_safe(const char *cell)
{
    GString *out = g_string_new(NULL);
    g_autofree char *valid = g_utf8_make_valid(cell, -1);

    for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);

        if (g_unichar_isprint(u))
            g_string_append_unichar(out, u);
        else
            g_string_append_printf(out, "\\x%02x", u);
    }
    return g_string_free(out, FALSE);
}

void
table_row(Table *table, ...)
{
    va_list ap;
    const char *cell;
    guint n = 0;

    va_start(ap, table);
    for (; (cell = va_arg(ap, const char *)); n++)
        g_ptr_array_add(table->cells, make_safe(cell));
    va_end(ap);
    g_assert(n == table->keys->len);
}

void
table_free(Table *table)
{
    if (table == NULL)
        return;
    g_ptr_array_unref(table->keys);
    g_ptr_array_unref(table->cells);
    g_free(table);
}

static const char *
cell_at(const Table *table, guint row, guint column)
{
    return g_ptr_array_index(table->cells, row * table->keys->len + column);
}

static int *
measure(const Table *table, guint first)
{
    guint rows = table->cells->len / table->keys->len;
    int *widths = g_new0(int, table->keys->len);

    for (guint row = first; row < rows; row++) {
        for (guint column = 0; column < table->keys->len; column++)
            widths[column] = MAX(widths[column], cell_width(cell_at(table, row, column)));
    }
    return widths;
}

static void
add_row(const Table *table, guint row, const int *widths, GString *out)
{
    for (guint column = 0; column < table->keys->len; column++) {
        const char *cell = cell_at(table, row, column);

        g_string_append(out, column ? "   " : " ");
        g_string_append(out, cell);
        for (int pad = cell_width(cell); column + 1 < table->keys->len && pad < widths[column]; pad++)
            g_string_append_c(out, ' ');
    }
    g_string_append_c(out, '\n');
}

char *
table_text(const Table *table, bool header)
{
    guint rows = table->cells->len / table->keys->len;
    guint first = header ? 0 : 1;
    g_autofree int *widths = measure(table, first);
    GString *out = g_string_new(NULL);

    for (guint row = first; row < rows; row++) {
        add_row(table, row, widths, out);
        if (row > 0)
            continue;
        for (guint column = 0; column < table->keys->len; column++) {
            for (int i = 0; i < widths[column] + 3; i++)
                g_string_append_c(out, '-');
        }
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

static void
print_json(Shell *sh, const Table *table, const char *key)
{
    guint rows = table->cells->len / table->keys->len;

    json_builder_set_member_name(sh->out, key ? key : "rows");
    json_builder_begin_array(sh->out);
    for (guint row = 1; row < rows; row++) {
        json_builder_begin_object(sh->out);
        for (guint column = 0; column < table->keys->len; column++)
            json_string(sh, g_ptr_array_index(table->keys, column), cell_at(table, row, column));
        json_builder_end_object(sh->out);
    }
    json_builder_end_array(sh->out);
}

void
table_print(Shell *sh, const Table *table, const char *key)
{
    g_autofree char *all = NULL;

    if (sh->out) {
        print_json(sh, table, key);
        return;
    }
    all = table_text(table, !sh->quiet);
    fputs(all, stdout);
}
