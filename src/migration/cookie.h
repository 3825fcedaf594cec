/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The XML that source and destination pass to each other from phase to phase (libvirt's migration cookie).
 *
 * An envelope (who sends, of which domain) and elements, each a row of a table that says when it is written, who
 * must understand it and how. Cookies come from a peer: size, depth and content are checked here. Pure: any thread.
 */
#pragma once

#include "migration/progress.h"

#define MIG_COOKIE_MAX (4 * 1024 * 1024)

enum {
    COOKIE_GRAPHICS      = 1 << 0,
    COOKIE_LOCKSTATE     = 1 << 1,
    COOKIE_PERSISTENT    = 1 << 2,
    COOKIE_NETWORK       = 1 << 3,
    COOKIE_NBD           = 1 << 4,
    COOKIE_STATISTICS    = 1 << 5,
    COOKIE_MEM_HOTPLUG   = 1 << 6,
    COOKIE_CPU_HOTPLUG   = 1 << 7,
    COOKIE_CPU           = 1 << 8,
    COOKIE_ALLOW_REBOOT  = 1 << 9,
    COOKIE_CAPS          = 1 << 10,
    COOKIE_BITMAPS       = 1 << 11,
    COOKIE_MIGRATION     = 1 << 12, /* ours: the id of the migration */
    COOKIE_WITNESS       = 1 << 13, /* ours: whom the source asks when Finish's answer was lost */
};

/* The phase whose answer a cookie is; also "who reads": a reader of PREPARE's question reads Begin's answer. */
typedef enum {
    COOKIE_FROM_BEGIN   = 1 << 0,
    COOKIE_FROM_PREPARE = 1 << 1,
    COOKIE_FROM_PERFORM = 1 << 2,
    COOKIE_FROM_FINISH  = 1 << 3,
} MigCookieFrom;

typedef struct {
    char   *address; /* numeric or a name */
    guint   port;
    char   *token;   /* 32 hexadecimal digits */
    char   *id;      /* the migration's id at the destination */
} MigWitness;

typedef struct {
    /* who sends; all owned, NULL in a cookie that was empty */
    char   *name;     /* of the domain at the source */
    char   *uuid;
    char   *hostname;
    char   *hostuuid;

    guint32 present;  /* COOKIE_* bits: which of the following hold something */
    char   *lock_driver, *lock_leases;
    char   *persistent_xml; /* <domain>, own indentation from column 0 */
    char   *cpu_xml;        /* <cpu>, likewise */
    guint32 caps;           /* bit i: mig_caps[i] offered */
    guint32 caps_auto;      /* bit i: the sender turns it on by itself */
    MigStats stats;
    char   *graphics_xml, *network_xml, *nbd_xml, *bitmaps_xml; /* as they came; not interpreted */
    char   *migration_id;
    MigWitness witness;
} MigCookie;

MigCookie *mig_cookie_new(const char *name, const guint8 *uuid, const char *hostname, const char *hostuuid);
void       mig_cookie_free(MigCookie *cookie);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MigCookie, mig_cookie_free)

/* Setters copy; each marks its element as present. */
void mig_cookie_set_persistent(MigCookie *cookie, const char *domain_xml);
void mig_cookie_set_cpu(MigCookie *cookie, const char *cpu_xml);
void mig_cookie_set_caps(MigCookie *cookie, guint32 caps, guint32 caps_auto);
void mig_cookie_set_stats(MigCookie *cookie, const MigStats *stats);
void mig_cookie_set_migration_id(MigCookie *cookie, const char *id);
void mig_cookie_set_witness(MigCookie *cookie, const MigWitness *witness);
/* The feature that every Begin cookie carries; there is no state in it without a lock manager. */
void mig_cookie_set_lockstate(MigCookie *cookie);

/* The text with its trailing NUL, as it goes on the wire. */
GBytes *mig_cookie_format(const MigCookie *cookie);

/* What the reader knows itself. name, uuid NULL: not compared (the domain is not known yet). */
typedef struct {
    const char   *name;
    const guint8 *uuid;
    const char   *hostuuid;
} MigCookieReader;

/* bytes NULL or empty: a cookie without anything in it. Elements that this phase's answer does not carry are not
 * looked at; a mandatory feature that we do not know, or cannot honour, is an error that names it. */
MigCookie *mig_cookie_parse(GBytes *bytes, MigCookieFrom from, const MigCookieReader *reader, GError **err);
