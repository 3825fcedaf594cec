/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One migration of "godwit migrate": a thread that makes the blocking call, and the caller's thread that meanwhile
 * shows how far it is, keeps the timeout, and takes Ctrl-C.
 */
#pragma once

#include <godwit/godwit.h>

#include "shell.h"

typedef enum { ON_TIMEOUT_SUSPEND, ON_TIMEOUT_POSTCOPY } OnTimeout;

/* Of a migration that has ended well. */
typedef struct {
    bool known, has_pause;
    unsigned long long sent, total, passes, pause_ms;
} MigNumbers;

typedef struct {
    /* set by the command */
    Shell               *sh;
    virDomainPtr         dom;
    virConnectPtr        dconn;   /* NULL: the source host does it */
    const char          *desturi;
    virTypedParameterPtr params;
    int                  n;
    unsigned             flags;
    bool                 verbose;
    unsigned             timeout; /* seconds; 0: none */
    OnTimeout            on_timeout;
    bool                 postcopy_after_precopy;

    /* by the thread, read after it ended */
    virDomainPtr         landed;  /* owned; NULL in a migration that the source host drives */
    bool                 ok;
    virErrorPtr          why;     /* owned */
    int                  result;  /* godwitMigrateResult */
    godwitMigratePhase   phases[5];
    int                  phases_n;
    gint64               started, ended; /* monotonic us */
    MigNumbers           numbers; /* of the source's event, when the source host drives */

    /* of the watching thread */
    godwitForecasterPtr  forecaster;
    bool                 cancelled, acted;
    gint64               last_line;
    bool                 line_open; /* a line without its end is on the terminal */
} Migration;

/* Blocks until it is over. */
void migration_run(Migration *m);
void migration_clear(Migration *m);

/* migrate-show.c */
void read_numbers(virTypedParameterPtr params, int n, MigNumbers *ret);
void show_progress(Migration *m, int type, virTypedParameterPtr params, int n);
void show_end_of_line(Migration *m);
void show_summary(Migration *m);
void show_where_it_is(Migration *m);
