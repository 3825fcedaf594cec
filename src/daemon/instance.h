/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * That there is one daemon per host: a lock file in the run directory, held while the process lives, and the pid file
 * that was asked for. Main thread.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct {
    int   lock_fd; /* -1: none */
    char *pid_file;
} DaemonInstance;

#define DAEMON_INSTANCE_INIT ((DaemonInstance) { .lock_fd = -1 })

/* Fails when another daemon holds run_dir. pid_file may be NULL. */
bool daemon_instance_take(DaemonInstance *instance, const char *run_dir, const char *pid_file, GError **err);
void daemon_instance_release(DaemonInstance *instance);
