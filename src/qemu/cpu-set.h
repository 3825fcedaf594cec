/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set of CPU features, by their index in cpu_map_features. A plain value; any thread. */
#pragma once

#include <stdbool.h>

#include <glib.h>

#define CPU_SET_WORDS 4

typedef struct {
    guint64 word[CPU_SET_WORDS];
} CpuSet;

static inline void
cpu_set_add(CpuSet *set, guint i)
{
    set->word[i / 64] |= G_GUINT64_CONSTANT(1) << i % 64;
}

static inline bool
cpu_set_has(const CpuSet *set, guint i)
{
    return set->word[i / 64] >> i % 64 & 1;
}

static inline void
cpu_set_unite(CpuSet *set, const CpuSet *other)
{
    for (guint w = 0; w < CPU_SET_WORDS; w++)
        set->word[w] |= other->word[w];
}

static inline void
cpu_set_intersect(CpuSet *set, const CpuSet *other)
{
    for (guint w = 0; w < CPU_SET_WORDS; w++)
        set->word[w] &= other->word[w];
}

static inline void
cpu_set_subtract(CpuSet *set, const CpuSet *other)
{
    for (guint w = 0; w < CPU_SET_WORDS; w++)
        set->word[w] &= ~other->word[w];
}

static inline bool
cpu_set_is_empty(const CpuSet *set)
{
    guint64 any = 0;

    for (guint w = 0; w < CPU_SET_WORDS; w++)
        any |= set->word[w];
    return any == 0;
}

guint cpu_set_count(const CpuSet *set);
/* A feature by its name in the XML; false: no such feature. */
bool cpu_set_add_name(CpuSet *set, const char *name);
bool cpu_set_has_name(const CpuSet *set, const char *name);
/* "avx, avx2", in the order of the map. Caller frees. */
char *cpu_set_names(const CpuSet *set);
