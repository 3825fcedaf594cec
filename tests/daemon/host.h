/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A real godwitd with a root of its own in a temporary directory. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <glib.h>

typedef struct {
    char *root, *sock, *sock_ro;
    char *ready; /* the line that it printed */
    pid_t pid;
} Host;

extern const char *godwitd_path;

/* args: further options, NULL-terminated; may be NULL. Waits for the ready line; fails the test without it. */
void host_start(Host *host, const char *const *args);
/* SIGKILL, and a new daemon for the same root. */
void host_kill_and_restart(Host *host);
/* SIGTERM, waits; returns the wait status. The root stays for inspection until host_clear(). */
int  host_stop(Host *host);
void host_clear(Host *host);

/* Runs godwitd to its end; caller frees *ret_output (stdout and stderr). Returns the wait status. */
int host_run(const char *const *args, char **ret_output);
