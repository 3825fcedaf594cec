/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starting a program with exactly what it is given: clean environment, default signals, no descriptor but those
 * named; and watching processes, children or not, by pidfd. Any thread; returns when exec has succeeded or failed.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <glib.h>

typedef struct {
    const char *const *argv;   /* argv[0]: absolute path; NULL-terminated */
    const char *const *env;    /* "NAME=value" beyond PATH, HOME, USER, LOGNAME, LC_ALL, TMPDIR; NULL: none */
    const int         *fds;    /* kept open in the child under the same numbers (above 2) */
    guint              n_fds;
    int                in, out, err; /* become 0, 1, 2; -1: /dev/null */
    mode_t             umask;  /* 0: 077 */
    bool               detach; /* a session of its own: outlives its parent and gets no terminal signal */
    bool               leashed; /* dies with the thread that starts it, which waits for its end: nothing is left when we are killed */
} SpawnHow;

/* ret_pidfd: close it. The caller reaps with spawn_reap(). */
bool spawn_process(const SpawnHow *how, pid_t *ret_pid, int *ret_pidfd, GError **err);
/* -1 and errno when there is no such process. Readable when the process has ended. */
int  spawn_pidfd_open(pid_t pid);
bool spawn_pidfd_signal(int pidfd, int signum);
/* Collects a child that has ended; "exit status 1", "signal 9". NULL when it was not our child. Caller frees. */
char *spawn_reap(int pidfd);
/* Start time in clock ticks since boot: with the pid it names a process for good. */
bool spawn_start_time(pid_t pid, guint64 *ret_ticks);
/* User and system time of a process in nanoseconds. */
bool spawn_cpu_time(pid_t pid, guint64 *ret_ns);
