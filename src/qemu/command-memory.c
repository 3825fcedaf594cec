/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RAM and NUMA nodes. The ids of the memory objects are RAM block names in the migration stream. */
#include <string.h>

#include "qemu/command-private.h"

#define DEFAULT_HUGEPAGE_KIB 2048
#define DEFAULT_RAM "pc.ram"

typedef struct {
    char        *id;
    guint64      size_kib;
    DomMemAccess access; /* of the NUMA cell */
    DomTri       discard;
} Block;

/* Huge pages come from a memfd, which needs no hugetlbfs mount; the type of the object is no guest ABI. */
static bool
add_block(Cmd *cmd, const Block *block, GError **err)
{
    const DomMemBacking *backing = &cmd->def->membacking;
    const DomMemAccess access = block->access ? block->access : backing->access;
    const bool memfd = backing->source == DOM_MEMSRC_MEMFD || backing->hugepages;
    g_auto(Props) p = { NULL };

    if (backing->source == DOM_MEMSRC_FILE)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("memory backing source 'file' is not supported"));
    if (backing->allocation_mode)
        return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("memory allocation mode '%s' is not supported"),
                    backing->allocation_mode);
    p = props_new("qom-type", memfd ? "memory-backend-memfd" : "memory-backend-ram");
    props_string(&p, "id", block->id);
    if (backing->hugepages) {
        props_bool(&p, "hugetlb", true);
        props_int(&p, "hugetlbsize", (backing->hugepage_kib ? backing->hugepage_kib : DEFAULT_HUGEPAGE_KIB) * 1024);
        props_bool(&p, "prealloc", true);
    }
    if (access)
        props_bool(&p, "share", access == DOM_MEMACCESS_SHARED);
    /* Machine types up to 3.1 would name the RAM block "/objects/pc.ram". */
    if (memfd && g_str_equal(block->id, DEFAULT_RAM))
        props_bool(&p, "x-use-canonical-path-for-ramblock-id", false);
    props_int(&p, "size", block->size_kib * 1024);
    cmd_json(cmd, "-object", &p);
    return true;
}

static bool
has_numa(const DomDef *def)
{
    return def->cpu && def->cpu->cells->len;
}

bool
cmd_build_memory(Cmd *cmd, GError **err)
{
    const DomDef *def = cmd->def;
    const guint64 kib = dom_def_base_memory_kib(def);
    const Block ram = { .id = (char *)DEFAULT_RAM, .size_kib = kib };

    if (def->max_memory_kib)
        cmd_opt(cmd, "-m", "size=%" G_GUINT64_FORMAT "k,slots=%u,maxmem=%" G_GUINT64_FORMAT "k", kib, def->memory_slots,
                (guint64)def->max_memory_kib);
    else
        cmd_opt(cmd, "-m", "%" G_GUINT64_FORMAT, kib / 1024);
    if (!has_numa(def) && !add_block(cmd, &ram, err))
        return false;
    cmd_opt(cmd, "-overcommit", "mem-lock=%s", def->membacking.locked ? "on" : "off");
    return true;
}

/* "0-1,4" -> ",cpus=0-1,cpus=4" */
static char *
cpu_ranges(const char *list)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) ranges = g_strsplit(list ? list : "", ",", -1);

    for (char **range = ranges; *range; range++)
        if (*g_strstrip(*range))
            g_string_append_printf(text, ",cpus=%s", *range);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

bool
cmd_build_numa(Cmd *cmd, GError **err)
{
    const GPtrArray *cells = has_numa(cmd->def) ? cmd->def->cpu->cells : NULL;

    for (guint i = 0; cells && i < cells->len; i++) {
        const DomNumaCell *cell = g_ptr_array_index(cells, i);
        const int id = cell->id >= 0 ? cell->id : (int)i;
        g_autofree char *name = g_strdup_printf("ram-node%d", id);
        g_autofree char *cpus = cpu_ranges(cell->cpus);
        const Block block = { name, cell->memory_kib, cell->access, cell->discard };

        if (!add_block(cmd, &block, err))
            return false;
        cmd_opt(cmd, "-numa", "node,nodeid=%d%s,memdev=%s", id, cpus, name);
    }
    return true;
}

bool
cmd_build_memory_devices(Cmd *cmd, GError **err)
{
    DomMemory *dimm;

    dom_each(dimm, cmd->def->memories) {
        g_autofree char *memdev = g_strdup_printf("mem%s", dimm->info.alias);
        const Block block = { .id = memdev, .size_kib = dimm->size_kib };
        g_auto(Props) p = { NULL };

        if (!add_block(cmd, &block, err))
            return dom_at(err, "memory", dimm->info.line);
        p = props_new("driver", "pc-dimm");
        if (dimm->node >= 0)
            props_int(&p, "node", dimm->node);
        props_string(&p, "memdev", memdev);
        props_string(&p, "id", dimm->info.alias);
        if (dimm->info.addr.type == DOM_ADDR_DIMM) {
            props_int(&p, "slot", dimm->info.addr.dimm.slot);
            props_int_opt(&p, "addr", dimm->info.addr.dimm.base);
        }
        if (!cmd_device(cmd, "pc-dimm", dimm->info.alias, &p, err))
            return dom_at(err, "memory", dimm->info.line);
    }
    return true;
}
