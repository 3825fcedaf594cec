/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An event loop: a GMainContext and the thread that runs it. Knows nothing of what it drives.
 *
 * Callbacks run on the loop's thread, which must not wait for anything. Sources may be added and removed from any
 * thread; after source_remove() returns on the loop thread the callback does not run again.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct Loop Loop;

/* Does not start a thread. */
Loop *loop_new(const char *name);
Loop *loop_ref(Loop *loop);
void  loop_unref(Loop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Loop, loop_unref)

/* Starts a thread that runs the loop until loop_stop(); loop_run() does so on the calling thread. */
void loop_start(Loop *loop);
void loop_run(Loop *loop);
/* Any thread. Joins the thread of loop_start() unless called on it. */
void loop_stop(Loop *loop);
bool loop_is_current(Loop *loop);
GMainContext *loop_context(Loop *loop);

typedef void (*LoopFunc)(gpointer data);
/* fn(data) on the loop thread, soon, in order of posting. destroy may be NULL. */
void loop_post(Loop *loop, LoopFunc fn, gpointer data, GDestroyNotify destroy);
/* The same, and waits until it has run; runs it at once on the loop thread. */
void loop_call(Loop *loop, LoopFunc fn, gpointer data);

/* Return G_SOURCE_CONTINUE or G_SOURCE_REMOVE. */
typedef gboolean (*LoopFdFunc)(int fd, GIOCondition what, gpointer data);
/* The caller owns the returned reference: source_remove() it. fd stays the caller's. */
GSource *loop_add_fd(Loop *loop, int fd, GIOCondition cond, LoopFdFunc fn, gpointer data, GDestroyNotify destroy);
GSource *loop_add_timer(Loop *loop, guint ms, GSourceFunc fn, gpointer data, GDestroyNotify destroy);
/* Changes what an fd source waits for. Any thread. */
void loop_fd_set_cond(GSource *source, GIOCondition cond);
/* Destroys and unrefs *source; sets it NULL; accepts NULL. */
void source_remove(GSource **source);
