/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/rows.h"

#include <string.h>

static void *
member(const Row *row, const void *obj)
{
    return (char *)obj + row->off;
}

static char **
string_of(const Row *row, const void *obj)
{
    return member(row, obj);
}

static GPtrArray **
list_of(const Row *row, const void *obj)
{
    return member(row, obj);
}

static void **
owned_of(const Row *row, const void *obj)
{
    return member(row, obj);
}

void
rows_init(const RowTable *table, void *obj)
{
    for (const Row *row = table->rows; row->kind != ROW_END; row++) {
        if (row->flags & ROW_SHARED)
            continue;

        switch (row->kind) {
        case ROW_INT:
            *(int *)member(row, obj) = -1;
            break;
        case ROW_STRUCT:
            rows_init(row->arg, member(row, obj));
            break;
        case ROW_LIST:
            *list_of(row, obj) = g_ptr_array_new();
            break;
        default:
            break;
        }
    }
}

void *
rows_new(const RowTable *table)
{
    void *obj = g_malloc0(table->size);

    rows_init(table, obj);
    return obj;
}

static void
list_free(const RowTable *table, GPtrArray *list)
{
    if (!list)
        return;

    for (guint i = 0; i < list->len; i++)
        rows_free(table, g_ptr_array_index(list, i));
    g_ptr_array_unref(list);
}

void
rows_clear(const RowTable *table, void *obj)
{
    for (const Row *row = table->rows; row->kind != ROW_END; row++) {
        if (row->flags & ROW_SHARED)
            continue;

        switch (row->kind) {
        case ROW_STR:
        case ROW_VERBATIM:
            g_clear_pointer(string_of(row, obj), g_free);
            break;
        case ROW_STRUCT:
            rows_clear(row->arg, member(row, obj));
            break;
        case ROW_OWNED:
            rows_free(row->arg, *owned_of(row, obj));
            *owned_of(row, obj) = NULL;
            break;
        case ROW_LIST:
            list_free(row->arg, *list_of(row, obj));
            *list_of(row, obj) = NULL;
            break;
        default:
            break;
        }
    }
}

void
rows_free(const RowTable *table, void *obj)
{
    if (!obj)
        return;

    rows_clear(table, obj);
    g_free(obj);
}

static GPtrArray *
list_copy(const RowTable *table, const GPtrArray *list)
{
    GPtrArray *copy = g_ptr_array_sized_new(list->len);

    for (guint i = 0; i < list->len; i++)
        g_ptr_array_add(copy, rows_copy(table, g_ptr_array_index(list, i)));
    return copy;
}

/* obj is a bytewise copy: gives it strings and parts of its own. */
static void
own_parts(const RowTable *table, void *obj)
{
    for (const Row *row = table->rows; row->kind != ROW_END; row++) {
        if (row->flags & ROW_SHARED)
            continue;

        switch (row->kind) {
        case ROW_STR:
        case ROW_VERBATIM:
            *string_of(row, obj) = g_strdup(*string_of(row, obj));
            break;
        case ROW_STRUCT:
            own_parts(row->arg, member(row, obj));
            break;
        case ROW_OWNED:
            *owned_of(row, obj) = rows_copy(row->arg, *owned_of(row, obj));
            break;
        case ROW_LIST:
            *list_of(row, obj) = list_copy(row->arg, *list_of(row, obj));
            break;
        default:
            break;
        }
    }
}

void *
rows_copy(const RowTable *table, const void *obj)
{
    if (!obj)
        return NULL;

    void *copy = g_memdup2(obj, table->size);

    own_parts(table, copy);
    return copy;
}
