/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal: what each migration was about to do, step by step, and how it ended.
 *
 * A migration under way is one text file in the run directory, to which a line is appended at each step without
 * fsync: it must outlive the daemon, not the host (a host that crashes takes QEMU with it). What ended moves to the
 * library directory by an fsynced rename, off the path on which a guest waits, and is kept for questions until
 * newer ones push it out. Every line is "<key> <values>"; strings are percent-escaped. Files are read as if somebody
 * hostile had written them.
 *
 * Any thread; a JournalEntry has one writer at a time (the phase that runs). Knows nothing of QEMU.
 */
#pragma once

#include <libvirt/libvirt.h>

#include "model/verbs.h"
#include "qemu/witness.h"
#include "util/err.h"

typedef enum { JOURNAL_SOURCE, JOURNAL_DESTINATION, JOURNAL_SIDE_LAST } JournalSide;

/* What is written before it is done. */
typedef enum {
    STEP_BEGIN,     /* source: job taken, nothing else done */
    STEP_PERFORM,   /* source: QEMU is about to be told to migrate */
    STEP_SENT,      /* source: all memory is at the destination; only it knows what happens next */
    STEP_RESUME,    /* source: goes on, because the destination did not */
    STEP_CONFIRM,   /* source: about to be killed, because the destination runs */
    STEP_PREPARE,   /* destination: QEMU is about to be started */
    STEP_READY,     /* destination: QEMU listens */
    STEP_START,     /* destination: the CPUs are about to be started */
    STEP_LAST
} JournalStep;

typedef enum {
    OUTCOME_NONE,      /* under way, or interrupted */
    OUTCOME_MOVED,     /* the guest runs (or waits, as was asked) at the destination */
    OUTCOME_FAILED,    /* the guest stayed where it was */
    OUTCOME_DOUBT,     /* not known yet */
    OUTCOME_LOST,      /* the guest went down with its QEMU */
    OUTCOME_LAST
} JournalOutcome;

typedef struct {
    char           *id;   /* of the migration; both sides use it when both are ours */
    JournalSide     side;
    char           *name; /* of the domain here */
    char           *uuid;
    char           *boot; /* of the host when this was written */
    char           *peer; /* host name of the other side; may be NULL */
    guint32         flags; /* VIR_MIGRATE_* */
    bool            was_running; /* source: the guest's CPUs ran before */
    WitnessRef      witness; /* source: whom to ask; destination: what was promised (token) */
    guint16         port;    /* destination: reserved for the guest's memory; 0: none */
    char           *socket;  /* destination: file at which QEMU waits; may be NULL */
    gint64          started, ended; /* ms since the epoch; 0: not yet */
    guint32         steps;   /* bit per JournalStep reached */
    JournalOutcome  outcome;
    char           *why;     /* of a failure or a doubt; may be NULL */
    Params          stats;   /* as virDomainGetJobStats shows them; owned */
} JournalRecord;

void journal_record_free(JournalRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JournalRecord, journal_record_free)
static inline bool
journal_reached(const JournalRecord *record, JournalStep step)
{
    return record->steps & (1u << step);
}
const char *journal_step_name(JournalStep step);
const char *journal_outcome_name(JournalOutcome outcome);

typedef struct Journal Journal;
typedef struct JournalEntry JournalEntry;

/* Makes the directories; keep: outcomes remembered per side. */
Journal    *journal_new(const char *run_dir, const char *lib_dir, guint keep, GError **err);
void        journal_free(Journal *journal);
const char *journal_boot_id(Journal *journal);

/* Starts the file of a migration; copies what record says. Best effort beyond that: a step that cannot be written is
 * logged, it does not stop a migration. */
JournalEntry *journal_begin(Journal *journal, const JournalRecord *record, GError **err);
/* Goes on with a file of a former daemon. */
JournalEntry *journal_reopen(Journal *journal, const JournalRecord *record);
void          journal_step(JournalEntry *entry, JournalStep step);
void          journal_witness(JournalEntry *entry, const WitnessRef *ref);
void          journal_doubt(JournalEntry *entry, const char *why);
/* Writes the outcome (no fsync): what another daemon must find when this one dies now. */
void journal_outcome(JournalEntry *entry, JournalOutcome outcome, const char *why);
/* Makes the outcome durable and frees entry; fsyncs, so not where a guest waits. stats may be NULL. */
void journal_end(JournalEntry *entry, const Params *stats);
/* Frees entry without an outcome: the daemon stops, the migration does not. Accepts NULL. */
void journal_leave(JournalEntry *entry);

/* Files under way (JournalRecord), unreadable ones are set aside and logged. */
GPtrArray *journal_unfinished(Journal *journal);
/* The newest first; uuid NULL: of all domains. */
GPtrArray *journal_finished(Journal *journal, const char *uuid);

/* For tests and fuzzing: text may be anything; NULL and err for what is not a journal. A torn last line is ignored. */
JournalRecord *journal_parse(const char *text, gsize len, GError **err);
