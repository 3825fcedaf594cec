/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A migration's five phases as one table and one loop; managed and peer-to-peer migration differ only in where the
 * two ends live. README.md prints the routes.
 *
 * Knows no connection and no hypervisor: each end is asked through a function that whoever starts the run hands in.
 * mig_run() blocks for as long as the migration takes and runs on the caller's thread; a MigRun belongs to it.
 */
#pragma once

#include "model/tunnel.h"
#include "model/verbs.h"

typedef enum { MIG_BEGIN, MIG_PREPARE, MIG_PERFORM, MIG_FINISH, MIG_CONFIRM, MIG_DONE } MigPhase;

/* What is known of a guest at the destination when its answer to Finish was lost. */
typedef enum { MIG_FATE_UNKNOWN, MIG_FATE_RUNS_THERE, MIG_FATE_NOT_THERE } MigFate;

typedef struct MigEnd MigEnd;
struct MigEnd {
    gpointer    data;
    const char *name; /* for messages: the end's URI or "this host" */
    /* verb_call() on a connection, or the driver's own function. */
    bool (*ask)(MigEnd *end, VerbId verb, const void *in, void *out, GError **err);
    /* False once the connection to this end broke: a failed ask then says nothing about what the end did.
     * NULL: always alive. */
    bool (*is_alive)(MigEnd *end);
    /* Looks for the domain anew, over another connection, after the answer to Finish was lost. NULL: cannot. */
    MigFate (*inquire)(MigEnd *end, const DomRef *dom);
};

typedef enum {
    MIG_STAYED,   /* the guest is at the source */
    MIG_ARRIVED,  /* the guest is at the destination */
    MIG_IN_DOUBT, /* the source is paused and may not go on: nobody could tell whether the destination runs it */
} MigResult;

typedef struct {
    bool   asked, cancelled, failed;
    gint64 started, ended; /* monotonic us */
} MigPhaseNote;

typedef struct MigRun MigRun;
struct MigRun {
    /* set by the caller, borrowed for the run */
    MigEnd       *src, *dst;
    DomRef        dom;             /* at the source */
    Params        params;          /* the caller's */
    guint32       flags;           /* VIR_MIGRATE_* of the caller, without CHANGE_PROTECTION */
    bool          protect;         /* the source can keep its job from Begin to Confirm */
    bool          confirm_always;  /* peer-to-peer: the source wants Confirm after a failed Perform too */
    MigDialectId  dialect;
    void (*entering)(MigRun *run, MigPhase phase, gpointer data); /* may be NULL */
    gpointer      data;

    /* the run's own */
    Params        now;             /* params as they stand: array owned, strings borrowed */
    GPtrArray    *strings;         /* keeps what `now` borrows beyond params */
    GBytes       *cookie;          /* the last answer, which becomes the next question */
    char         *xml;             /* Begin's */
    Tunnel       *tunnel;          /* tunnelled, between Prepare and the end of Perform */
    bool          have_uri;
    bool          cancelled, source_reset, source_lost, begun, peer_can_be_asked;
    GError       *why;

    /* results */
    MigResult     result;
    DomRef        landed;          /* owned; name NULL unless result is MIG_ARRIVED */
    MigPhaseNote  notes[MIG_DONE];
};

const char *mig_phase_name(MigPhase phase);

/* True when the guest arrived (run->landed says as what); a failed Confirm is then only logged. Otherwise *err tells
 * why and run->result where the guest is. */
bool mig_run(MigRun *run, GError **err);
void mig_run_clear(MigRun *run);

/* Flags that each side is given. */
guint32 mig_flags_for_source(const MigRun *run);
guint32 mig_flags_for_dest(const MigRun *run);
