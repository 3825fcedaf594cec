/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's side of tortured streams: a connection with all that goes on in it, and what a thread does with one of its
 * streams. */
#pragma once

#include "../fakes/certs.h"
#include "../fakes/chan-faulty.h"
#include "torture.h"

#define N_JOBS 10
#define PATIENCE (60 * G_TIME_SPAN_SECOND)
#define CHUNK_MAX 600000

typedef struct {
    const char *name;
    bool        tls, looped;
    guint       split; /* not 0: so many bytes at once */
} Way;

typedef struct Room Room;

/* One job, seen by its thread. */
typedef struct {
    Room      *room;
    Job       *job;
    guint      number;
    RpcStream *s;
    GError    *err;
} Task;

/* One connection and all that goes on in it. */
struct Room {
    Torture   *torture;
    RpcClient *client;
    Loop      *hooks_loop;
    Fault      faults[2];
    gsize      n_faults;
    GThread   *threads[N_JOBS], *caller;
    gint       busy;      /* atomic: jobs that go on */
    gsize      cut_after; /* bytes of one stream, or of all, in the middle of a packet; 0: the connection stays */
    gint       cut;       /* atomic: it has been, or may be any time */
    gint       failures;  /* atomic */
    Task       tasks[N_JOBS];
};

extern Certs torture_certs;

void room_open(Room *room, const Way *way, const Plan *plans, guint n_plans);
void room_close(Room *room);
/* The server says the number back. */
bool room_call(Room *room, gint32 number, GError **err);
RpcStream *room_open_stream(Room *room, gint32 number, bool up, GError **err);

/* Prints it; false. */
bool task_complain(Task *task, const char *what);
/* True: the stream came to the end that was planned for this side. */
bool task_send_all(Task *task);
bool task_receive_all(Task *task);
bool task_receive_some(Task *task, GRand *rand, guint8 *buf, bool *ret_eof);
