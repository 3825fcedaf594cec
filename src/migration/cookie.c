/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migration/cookie.h"

#include <string.h>

#include "migration/cookie-rows.h"

/* In libvirt's order; ours last. A row without a format function is a feature without an element. */
const MigCookieRow mig_cookie_rows[] = {
    /* name                  bit                  mandatory known  written in                               read from */
    { "graphics",            COOKIE_GRAPHICS,     false,    true,  COOKIE_FROM_PREPARE, COOKIE_FROM_PREPARE,
      "graphics", cookie_format_graphics, cookie_parse_graphics },
    { "lockstate",           COOKIE_LOCKSTATE,    true,     true,  COOKIE_FROM_BEGIN, COOKIE_FROM_BEGIN,
      "lockstate", cookie_format_lockstate, cookie_parse_lockstate },
    { "persistent",          COOKIE_PERSISTENT,   true,     true,  COOKIE_FROM_PERFORM, COOKIE_FROM_PERFORM,
      "domain", cookie_format_persistent, cookie_parse_persistent },
    { "network",             COOKIE_NETWORK,      false,    true,  COOKIE_FROM_PERFORM, COOKIE_FROM_PERFORM,
      "network", cookie_format_network, cookie_parse_network },
    { "nbd",                 COOKIE_NBD,          false,    true,
      COOKIE_FROM_BEGIN | COOKIE_FROM_PREPARE | COOKIE_FROM_PERFORM,
      COOKIE_FROM_BEGIN | COOKIE_FROM_PREPARE | COOKIE_FROM_PERFORM, "nbd", cookie_format_nbd, cookie_parse_nbd },
    { "statistics",          COOKIE_STATISTICS,   false,    true,  COOKIE_FROM_PERFORM | COOKIE_FROM_FINISH,
      COOKIE_FROM_PERFORM | COOKIE_FROM_FINISH, "statistics", cookie_format_statistics, cookie_parse_statistics },
    { "memory-hotplug",      COOKIE_MEM_HOTPLUG,  true,     true,  COOKIE_FROM_BEGIN, COOKIE_FROM_BEGIN, NULL },
    { "cpu-hotplug",         COOKIE_CPU_HOTPLUG,  true,     true,  COOKIE_FROM_BEGIN, COOKIE_FROM_BEGIN, NULL },
    { "cpu",                 COOKIE_CPU,          false,    true,  COOKIE_FROM_BEGIN, COOKIE_FROM_BEGIN, "cpu",
      cookie_format_cpu, cookie_parse_cpu },
    { "allowReboot",         COOKIE_ALLOW_REBOOT, false,    true,  0, 0, NULL },
    { "capabilities",        COOKIE_CAPS,         false,    true,  COOKIE_FROM_BEGIN | COOKIE_FROM_PREPARE,
      COOKIE_FROM_BEGIN | COOKIE_FROM_PREPARE, "capabilities", cookie_format_caps, cookie_parse_caps },
    { "block-dirty-bitmaps", COOKIE_BITMAPS,      false,    true,  COOKIE_FROM_BEGIN | COOKIE_FROM_PREPARE,
      COOKIE_FROM_BEGIN | COOKIE_FROM_PREPARE, "blockDirtyBitmaps", cookie_format_bitmaps, cookie_parse_bitmaps },
    { "godwit",              COOKIE_MIGRATION | COOKIE_WITNESS, false, false,
      COOKIE_FROM_BEGIN | COOKIE_FROM_PREPARE, COOKIE_FROM_BEGIN | COOKIE_FROM_PREPARE, "godwit",
      cookie_format_godwit, cookie_parse_godwit },
};
const guint mig_cookie_rows_n = G_N_ELEMENTS(mig_cookie_rows);

static char *
format_uuid(const guint8 *u)
{
    return g_strdup_printf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2],
                           u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

MigCookie *
mig_cookie_new(const char *name, const guint8 *uuid, const char *hostname, const char *hostuuid)
{
    MigCookie *cookie = g_new0(MigCookie, 1);

    cookie->name = g_strdup(name);
    cookie->uuid = uuid ? format_uuid(uuid) : NULL;
    cookie->hostname = g_strdup(hostname);
    cookie->hostuuid = g_strdup(hostuuid);
    return cookie;
}

static void
clear_witness(MigWitness *w)
{
    g_free(w->address);
    g_free(w->token);
    g_free(w->id);
    *w = (MigWitness){ 0 };
}

void
mig_cookie_free(MigCookie *cookie)
{
    if (cookie == NULL)
        return;
    g_free(cookie->name);
    g_free(cookie->uuid);
    g_free(cookie->hostname);
    g_free(cookie->hostuuid);
    g_free(cookie->lock_driver);
    g_free(cookie->lock_leases);
    g_free(cookie->persistent_xml);
    g_free(cookie->cpu_xml);
    mig_stats_clear(&cookie->stats);
    g_free(cookie->graphics_xml);
    g_free(cookie->network_xml);
    g_free(cookie->nbd_xml);
    g_free(cookie->bitmaps_xml);
    g_free(cookie->migration_id);
    clear_witness(&cookie->witness);
    g_free(cookie);
}

static void
set_text(MigCookie *cookie, guint32 bit, char **where, const char *text)
{
    g_free(*where);
    *where = g_strdup(text);
    cookie->present |= bit;
}

void
mig_cookie_set_persistent(MigCookie *cookie, const char *domain_xml)
{
    set_text(cookie, COOKIE_PERSISTENT, &cookie->persistent_xml, domain_xml);
}

void
mig_cookie_set_cpu(MigCookie *cookie, const char *cpu_xml)
{
    set_text(cookie, COOKIE_CPU, &cookie->cpu_xml, cpu_xml);
}

void
mig_cookie_set_caps(MigCookie *cookie, guint32 caps, guint32 caps_auto)
{
    cookie->caps = caps;
    cookie->caps_auto = caps_auto;
    cookie->present |= COOKIE_CAPS;
}

void
mig_cookie_set_stats(MigCookie *cookie, const MigStats *stats)
{
    mig_stats_clear(&cookie->stats);
    mig_stats_copy(stats, &cookie->stats);
    cookie->present |= COOKIE_STATISTICS;
}

void
mig_cookie_set_migration_id(MigCookie *cookie, const char *id)
{
    set_text(cookie, COOKIE_MIGRATION, &cookie->migration_id, id);
}

void
mig_cookie_set_witness(MigCookie *cookie, const MigWitness *witness)
{
    clear_witness(&cookie->witness);
    cookie->witness = (MigWitness){ g_strdup(witness->address), witness->port, g_strdup(witness->token),
                                    g_strdup(witness->id) };
    cookie->present |= COOKIE_WITNESS;
}

void
mig_cookie_set_lockstate(MigCookie *cookie)
{
    cookie->present |= COOKIE_LOCKSTATE;
}

static void
format_envelope(const MigCookie *cookie, GString *out)
{
    cookie_add_element(out, "  <name>%s</name>\n", cookie->name);
    cookie_add_element(out, "  <uuid>%s</uuid>\n", cookie->uuid);
    cookie_add_element(out, "  <hostname>%s</hostname>\n", cookie->hostname);
    cookie_add_element(out, "  <hostuuid>%s</hostuuid>\n", cookie->hostuuid);
    for (guint i = 0; i < mig_cookie_rows_n; i++) {
        if (mig_cookie_rows[i].mandatory && (cookie->present & mig_cookie_rows[i].bit))
            g_string_append_printf(out, "  <feature name='%s'/>\n", mig_cookie_rows[i].name);
    }
}

GBytes *
mig_cookie_format(const MigCookie *cookie)
{
    GString *out = g_string_new("<qemu-migration>\n");
    gsize size;

    format_envelope(cookie, out);
    for (guint i = 0; i < mig_cookie_rows_n; i++) {
        if ((cookie->present & mig_cookie_rows[i].bit) && mig_cookie_rows[i].format)
            mig_cookie_rows[i].format(cookie, out);
    }
    g_string_append(out, "</qemu-migration>\n");
    size = out->len + 1;
    return g_bytes_new_take(g_string_free(out, FALSE), size);
}
