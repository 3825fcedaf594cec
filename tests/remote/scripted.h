/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server that is a script: it answers each call with the next step, and fails the test when another call comes. */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct {
    gint32      proc;
    const char *reply;   /* hex of the payload; NULL: none */
    bool        error;   /* reply is an error's payload */
    gint32      event;   /* procedure of a message that follows the reply; 0: none */
    const char *message; /* its payload, hex */
    bool        hang_up; /* close instead of answering */
} Step;

typedef struct {
    char       *dir, *path;
    const Step *steps;
    int         listen_fd;
    GThread    *thread;
    GPtrArray  *calls; /* GBytes: payload of each call, in order */
    int         wrong; /* procedure that came unexpectedly, or 0 */
} Scripted;

/* steps end with proc 0; after them the server closes. */
void scripted_start(Scripted *s, const Step *steps);
/* Waits for the script's end; asserts that all of it was played. calls may be looked at until scripted_clear(). */
void scripted_join(Scripted *s);
void scripted_clear(Scripted *s);

static inline void
scripted_finish(Scripted *s)
{
    scripted_join(s);
    scripted_clear(s);
}
