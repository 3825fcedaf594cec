/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migration/cookie-rows.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* What must be known for a number to be written, and is known once it was read. */
typedef enum { HAS_ALWAYS, HAS_DELTA, HAS_DOWNTIME, HAS_SETUP, HAS_XBZRLE } Has;

typedef struct {
    const char *name;
    gsize       offset;
    Has         has;
    bool        time_stamp; /* left out while zero */
} StatRow;

#define AT(member) offsetof(MigStats, member)

/* In libvirt's order. */
static const StatRow stat_rows[] = {
    { "started", AT(started), HAS_ALWAYS, true },
    { "stopped", AT(stopped), HAS_ALWAYS, true },
    { "sent", AT(sent), HAS_ALWAYS, true },
    { "delta", AT(delta), HAS_DELTA, false },
    { VIR_DOMAIN_JOB_TIME_ELAPSED, AT(time_elapsed), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_DOWNTIME, AT(downtime), HAS_DOWNTIME, false },
    { VIR_DOMAIN_JOB_SETUP_TIME, AT(setup_time), HAS_SETUP, false },
    { VIR_DOMAIN_JOB_MEMORY_TOTAL, AT(mem_total), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_PROCESSED, AT(mem_processed), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_REMAINING, AT(mem_remaining), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_BPS, AT(mem_bps), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_CONSTANT, AT(mem_constant), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_NORMAL, AT(mem_normal), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_NORMAL_BYTES, AT(mem_normal_bytes), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, AT(mem_dirty_rate), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_ITERATION, AT(mem_iteration), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS, AT(mem_postcopy_requests), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, AT(mem_page_size), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_DISK_TOTAL, AT(disk_total), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_DISK_PROCESSED, AT(disk_processed), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_DISK_REMAINING, AT(disk_remaining), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_DISK_BPS, AT(disk_bps), HAS_ALWAYS, false },
    { VIR_DOMAIN_JOB_COMPRESSION_CACHE, AT(xbzrle_cache), HAS_XBZRLE, false },
    { VIR_DOMAIN_JOB_COMPRESSION_BYTES, AT(xbzrle_bytes), HAS_XBZRLE, false },
    { VIR_DOMAIN_JOB_COMPRESSION_PAGES, AT(xbzrle_pages), HAS_XBZRLE, false },
    { VIR_DOMAIN_JOB_COMPRESSION_CACHE_MISSES, AT(xbzrle_misses), HAS_XBZRLE, false },
    { VIR_DOMAIN_JOB_COMPRESSION_OVERFLOW, AT(xbzrle_overflow), HAS_XBZRLE, false },
    { VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE, AT(throttle), HAS_ALWAYS, false },
};

static bool *
has_flag(MigStats *stats, Has has)
{
    switch (has) {
    case HAS_DELTA: return &stats->has_delta;
    case HAS_DOWNTIME: return &stats->has_downtime;
    case HAS_SETUP: return &stats->has_setup;
    case HAS_XBZRLE: return &stats->has_xbzrle;
    default: return NULL;
    }
}

void
cookie_format_statistics(const MigCookie *cookie, GString *out)
{
    MigStats stats = cookie->stats;

    g_string_append(out, "  <statistics>\n");
    for (guint i = 0; i < G_N_ELEMENTS(stat_rows); i++) {
        const StatRow *row = &stat_rows[i];
        guint64 value = *(const guint64 *)((const char *)&stats + row->offset);
        const bool *known = has_flag(&stats, row->has);

        if ((known && !*known) || (row->time_stamp && value == 0))
            continue;
        if (row->has == HAS_DELTA)
            g_string_append_printf(out, "    <delta>%" G_GINT64_FORMAT "</delta>\n", (gint64)value);
        else
            g_string_append_printf(out, "    <%s>%" G_GUINT64_FORMAT "</%s>\n", row->name, value, row->name);
    }
    g_string_append(out, "  </statistics>\n");
}

static bool
parse_number(const StatRow *row, const char *text, guint64 *ret)
{
    gint64 number;

    if (row->has != HAS_DELTA)
        return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, ret, NULL);
    if (text == NULL || !g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
        return false;
    *ret = (guint64)number;
    return true;
}

bool
cookie_parse_statistics(MigCookie *cookie, XmlNode *node, GError **err)
{
    for (guint i = 0; i < G_N_ELEMENTS(stat_rows); i++) {
        const StatRow *row = &stat_rows[i];
        const XmlNode *child = xml_child(node, row->name);
        guint64 *where = (guint64 *)(gpointer)((char *)&cookie->stats + row->offset);
        bool *known = has_flag(&cookie->stats, row->has);

        if (child == NULL)
            continue;
        if (!parse_number(row, child->text, where))
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("malformed '%s' in statistics of migration cookie"), row->name);
        if (known)
            *known = true;
    }
    cookie->stats.status = VIR_DOMAIN_JOB_COMPLETED;
    return true;
}
