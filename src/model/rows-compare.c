/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "model/rows-value.h"

static bool
compare_scalar(const Row *row, const void *src, const void *dst, int from, GError **err)
{
    g_autofree char *old = row_value_print(row, src);
    g_autofree char *new = row_value_print(row, dst);

    if (g_strcmp0(old, new) == 0)
        return true;

    return verr_set(err, from, VIR_ERR_CONFIG_UNSUPPORTED,
                    row->flags & ROW_QUOTE ? _("Target %s '%s' does not match source '%s'")
                                           : _("Target %s %s does not match source %s"),
                    row->abi, new ? new : _("(none)"), old ? old : _("(none)"));
}

static bool
compare_lists(const Row *row, const GPtrArray *src, const GPtrArray *dst, int from, GError **err)
{
    if (src->len != dst->len)
        return verr_set(err, from, VIR_ERR_CONFIG_UNSUPPORTED, _("Target domain %s count %u does not match source %u"),
                        row->abi, dst->len, src->len);

    for (guint i = 0; i < src->len; i++)
        if (!rows_compare(row->arg, g_ptr_array_index(src, i), g_ptr_array_index(dst, i), from, err))
            return false;
    return true;
}

static bool
compare_owned(const Row *row, const void *src, const void *dst, int from, GError **err)
{
    if (src && dst)
        return rows_compare(row->arg, src, dst, from, err);
    if (!src == !dst)
        return true;
    return verr_set(err, from, VIR_ERR_CONFIG_UNSUPPORTED, _("Target domain %s count %u does not match source %u"), row->abi,
                    dst != NULL, src != NULL);
}

static bool
compare_row(const Row *row, const void *src, const void *dst, int from, GError **err)
{
    const void *old = (const char *)src + row->off;
    const void *new = (const char *)dst + row->off;

    switch (row->kind) {
    case ROW_STRUCT:
        return rows_compare(row->arg, old, new, from, err);
    case ROW_LIST:
        return compare_lists(row, *(GPtrArray *const *)old, *(GPtrArray *const *)new, from, err);
    case ROW_OWNED:
        return compare_owned(row, *(void *const *)old, *(void *const *)new, from, err);
    default:
        return compare_scalar(row, src, dst, from, err);
    }
}

bool
rows_compare(const RowTable *table, const void *src, const void *dst, int from, GError **err)
{
    if (table->compare)
        return table->compare(src, dst, from, err);

    for (const Row *row = table->rows; row->kind != ROW_END; row++) {
        bool applies = row->abi && (!row->when || row->when(src) || row->when(dst));

        if (applies && !compare_row(row, src, dst, from, err))
            return false;
    }
    return true;
}
