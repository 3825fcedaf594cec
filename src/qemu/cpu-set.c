/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu-set.h"

#include "qemu/cpu-map.h"

guint
cpu_set_count(const CpuSet *set)
{
    guint n = 0;

    for (guint i = 0; i < cpu_map_n_features; i++)
        n += cpu_set_has(set, i);
    return n;
}

bool
cpu_set_add_name(CpuSet *set, const char *name)
{
    const gint i = cpu_map_index(name);

    if (i >= 0)
        cpu_set_add(set, i);
    return i >= 0;
}

bool
cpu_set_has_name(const CpuSet *set, const char *name)
{
    const gint i = cpu_map_index(name);

    return i >= 0 && cpu_set_has(set, i);
}

char *
cpu_set_names(const CpuSet *set)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < cpu_map_n_features; i++)
        if (cpu_set_has(set, i))
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", cpu_map_features[i]);
    return g_string_free(names, FALSE);
}
