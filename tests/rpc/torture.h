/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Streams in all their variety, for stream-torture-test.c: what each shall do is a plan, drawn from a seed; this is the
 * server's side of them, and what both sides have seen. Client and server are one process and share the jobs.
 */
#pragma once

#include "rpc/client.h"
#include "rpc/server.h"
#include "rpc/session.h"
#include "rpc/stream.h"

typedef enum { END_WELL, END_CLIENT_ABORTS, END_SERVER_ABORTS, END_LAST } Ending;

typedef struct {
    bool    up;           /* client to server */
    bool    slow;         /* who receives takes its time; if that is the server, until enough calls have been answered */
    bool    refuses;      /* holes, on the server */
    guint32 seed;         /* of the sizes */
    gsize   total, chunk; /* bytes until the ending; largest chunk */
    guint   holes;        /* one in so many pieces; 0: none */
    Ending  ending;
} Plan;

/* What went into one end, or came out of it: equal sums mean the same bytes, with the same holes at the same places. */
typedef struct {
    GChecksum *sum;
    guint64    bytes;
    guint      holes;
} Tally;

/* The next piece of a stream. */
typedef struct {
    GRand        *rand;
    gsize         len;  /* 0: none is waiting */
    gint64        hole; /* not 0: instead of data */
    const guint8 *bytes;
} Pieces;

typedef struct Torture Torture;

typedef struct {
    Torture *torture;
    Plan     plan;
    Tally    client, server;
    Pieces   pieces; /* of who sends */

    /* the server's loop thread */
    bool ended, aborted;
    bool gave_up;    /* the server has aborted it */
    gsize read;      /* since it took its time */
} Job;

struct Torture {
    Loop      *loop;
    RpcServer *server;
    RpcService service;

    gint calls;        /* atomic: answered */
    gint opened, gone; /* atomic: streams of the server's side */
    /* atomic, in bytes: most that was ever kept for paused streams, that was unsent on either side */
    gsize kept, unsent, client_unsent;

    Job  *jobs;
    guint n_jobs;
};

enum { TORTURE_SINK = 1, TORTURE_SOURCE = 2, TORTURE_CALL = 3 };
extern const RpcProgram torture_program;

/* The blob that all data is cut from. */
#define TORTURE_BLOB (1 << 20)
#define TORTURE_CALLS 50 /* so many, at least, while slow streams are under way */
#define TORTURE_TEXT "this end has had enough"

Torture *torture_new(const Plan *plans, guint n_plans);
void     torture_free(Torture *t);
/* Serves the other end of chan. */
void torture_adopt(Torture *t, Chan *chan);
/* Every stream that was opened has gone; false after a minute. */
bool torture_wait_gone(Torture *t);

void tally_data(Tally *tally, const guint8 *bytes, gsize len);
void tally_hole(Tally *tally, gint64 length);
bool tally_is_same(const Tally *a, const Tally *b);

/* Makes the next piece, unless one is waiting; used up by setting len to 0. */
void pieces_next(Pieces *p, const Plan *plan);
/* Shall the sender of this job go on? */
bool job_goes_on(const Job *job, const Tally *sent);
void note_peak(gsize *peak, gsize now);
