/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The In and Out struct of every verb in verbs.def, and one row of facts per verb.
 *
 * The public call packs In once; driver, wire, daemon and fakes all take that struct. No I/O, no locks.
 *
 * Ownership: an implementation borrows In (never frees, never keeps). Out starts zeroed; an implementation fills it
 * only when it returns true, and hands over everything it puts there; the caller clears it (the wire by its rows, the
 * rim member by member). In structs made by the wire own their content and are cleared by the wire's rows.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

/* A domain as it is named on the wire and in events. id is -1 when not running. */
typedef struct {
    char  *name;
    guint8 uuid[VIR_UUID_BUFLEN];
    gint32 id;
} DomRef;

void dom_ref_clear(DomRef *ref);
void dom_ref_copy(const DomRef *src, DomRef *dst);
bool dom_ref_same(const DomRef *a, const DomRef *b); /* by uuid */

/* Typed parameters as an array with its length; owned or borrowed as the holder's struct says. */
typedef struct {
    virTypedParameterPtr v;
    int                  n;
} Params;

void params_clear(Params *p);
void params_copy(const Params *src, Params *dst);

typedef struct { char **v; guint n; } StrList;      /* n strings, no terminator needed */
typedef struct { DomRef *v; guint n; } DomRefList;
typedef struct { gint32 *v; guint n; } I32List;
typedef struct { guint64 *v; guint n; } U64List;

/* General */
typedef struct { char unused; } NoneIn;
typedef struct { char unused; } NoneOut;
typedef struct { guint32 flags; } FlagsIn;
typedef struct { char *text; } TextIn;              /* may be NULL where the wire says optional */
typedef struct { gint32 value; } I32In;
typedef struct { guint8 uuid[VIR_UUID_BUFLEN]; } UuidIn;
typedef struct { gint32 max; } MaxIn;
typedef struct { char *xml; guint32 flags; } XmlIn;
typedef struct { DomRef dom; guint32 flags; } DomainIn;
typedef struct { DomRef dom; gint32 value; } DomainI32In;
typedef struct { DomRef dom; guint64 value; guint32 flags; } DomainU64In;
typedef struct { char *text; } TextOut;
typedef struct { gint32 value; } I32Out;
typedef struct { guint64 value; } U64Out;
typedef struct { DomRef dom; } DomOut;
typedef struct { I32List list; } I32ListOut;
typedef struct { U64List list; } U64ListOut;
typedef struct { StrList list; gint32 ret; } StrListOut;

/* Connection and host */
typedef struct { char *emulator, *arch, *machine, *virttype; guint32 flags; } DomCapsIn;
typedef struct { char *arch; gint32 need_results; guint32 flags; } CpuModelsIn;
typedef struct { char *xml; guint32 flags; } CompareCpuIn;
typedef struct { char *emulator, *arch, *machine, *virttype, *xml; guint32 flags; } CompareHypervisorCpuIn;
typedef struct { StrList cpus; guint32 flags; } BaselineCpuIn;
typedef struct { char *emulator, *arch, *machine, *virttype; StrList cpus; guint32 flags; } BaselineHypervisorCpuIn;
typedef struct { gint32 feature; } FeatureIn;
typedef struct { char *format, *xml; guint32 flags; } XmlToNativeIn;
typedef struct { virNodeInfo info; } NodeInfoOut;
typedef struct { gint32 start, max; } CellsIn;
typedef struct { gint32 which, nparams; guint32 flags; } NodeStatsIn;   /* which: cpu or cell */
typedef struct { char *field; guint64 value; } NodeStat;
typedef struct { NodeStat *v; guint n; gint32 nparams; } NodeStatsOut;
typedef struct { gint32 need_map, need_online; guint32 flags; } CpuMapIn;
typedef struct { guint8 *map; guint map_len; guint32 online; gint32 ret; } CpuMapOut;
typedef struct { char *model, *doi; } SecModelOut;

/* Domains */
typedef struct { gint32 need_results; guint32 flags; } ListAllIn;
typedef struct { DomRefList doms; guint32 ret; } DomListOut;
typedef struct { DomRefList doms; guint32 stats, flags; } DomStatsIn;
typedef struct { DomRef dom; Params params; } DomStatsRecord;
typedef struct { DomStatsRecord *v; guint n; } DomStatsOut;
typedef struct { guint8 state; guint64 max_mem, memory; guint16 nr_virt_cpu; guint64 cpu_time; } DomainInfoOut;
typedef struct { gint32 state, reason; } StateOut;
typedef struct { guint32 state, details; guint64 state_time; } ControlInfoOut;
typedef struct { DomRef dom; gint32 maxinfo, maplen; } VcpusIn;
typedef struct { guint32 number; gint32 state; guint64 cpu_time; gint32 cpu; } VcpuInfo;
typedef struct { VcpuInfo *v; guint n; guint8 *maps; guint maps_len; } VcpusOut;
typedef struct { char *label; gint32 enforcing; } SecLabelOut;
typedef struct { DomRef dom; guint32 max, flags; } MemStatsIn;
typedef struct { gint32 tag; guint64 value; } MemStat;
typedef struct { MemStat *v; guint n; } MemStatsOut;
typedef struct { DomRef dom; gint32 type; char *metadata, *key, *uri; guint32 flags; } SetMetadataIn;
typedef struct { DomRef dom; gint32 type; char *uri; guint32 flags; } GetMetadataIn;

/* Streams */
typedef struct { DomRef dom; char *device; guint32 flags; } OpenDeviceIn; /* device NULL: the first */
typedef struct { struct Flow *flow; } FlowOut;                            /* model/flow.h; not on the wire */

/* Jobs */
typedef struct { virDomainJobInfo info; } JobInfoOut;
typedef struct { gint32 type; Params params; } JobStatsOut;

/* Which procedures ask a remote peer for a phase: 302-307 with typed parameters, or 213-218 without. Only the
 * remote driver looks at it; other drivers always get params. */
typedef enum { DIALECT_V3_PARAMS, DIALECT_V3, DIALECT_LAST } MigDialectId;

/* Migration. flags are VIR_MIGRATE_*; cookies include their trailing NUL; NULL: no cookie. */
typedef struct { DomRef dom; Params params; guint32 flags; MigDialectId dialect; } MigrateBeginIn;
typedef struct { GBytes *cookie; char *xml; } MigrateBeginOut;
typedef struct { Params params; GBytes *cookie; guint32 flags; MigDialectId dialect; } MigratePrepareIn;
typedef struct { GBytes *cookie; char *uri; } MigratePrepareOut;        /* uri NULL: use the caller's */
typedef struct { GBytes *cookie; struct Tunnel *tunnel; } MigratePrepareTunnelOut; /* model/tunnel.h; not on the wire */
typedef struct { DomRef dom; char *dconnuri; Params params; GBytes *cookie; guint32 flags; MigDialectId dialect; } MigratePerformIn;
typedef struct { GBytes *cookie; } MigratePerformOut;
typedef struct { Params params; GBytes *cookie; guint32 flags; gint32 cancelled; MigDialectId dialect; } MigrateFinishIn;
typedef struct { DomRef dom; GBytes *cookie; } MigrateFinishOut;        /* dom.name NULL: no domain */
typedef struct { DomRef dom; Params params; GBytes *cookie; guint32 flags; gint32 cancelled; MigDialectId dialect; } MigrateConfirmIn;

typedef enum { VERB_RO, VERB_RW } VerbAccess;
typedef enum { VERB_LOOP, VERB_WORK, VERB_LONG } VerbLane;

typedef struct _virConnect VirConn;
typedef struct Driver Driver;

/* One row per verb; verbs[VERB_domain_suspend] etc. */
typedef struct {
    const char *name;       /* "domain_suspend" */
    const char *api;        /* "virDomainSuspend" */
    VerbAccess  access;
    VerbLane    lane;
    gsize       out_size;
    /* Does the driver fill this slot? */
    bool (*has)(const Driver *driver);
    /* Calls the driver's typed slot. */
    bool (*call)(const Driver *driver, VirConn *conn, const void *in, void *out, GError **err);
} Verb;

typedef enum {
#define VERB(name, In, Out, access, lane, api) VERB_##name,
#include "model/verbs.def"
#undef VERB
    VERB_LAST
} VerbId;

extern const Verb verbs[VERB_LAST];

/* Error 8 "unsupported flags (0x..) in function <function>" unless flags is within allowed. */
bool verb_check_flags(guint32 flags, guint32 allowed, const char *function, GError **err);
