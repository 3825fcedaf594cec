/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that must be whole: a reader sees the old content or the new, never a half. Worker threads; with sync the
 * call waits for the disk.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <glib.h>

typedef enum {
    FILE_NO_SYNC, /* survives a crash of ours, not of the host */
    FILE_SYNC,    /* file and directory are on disk when the call returns */
} FileSync;

/* Writes a temporary file beside path and renames it. */
bool file_write(const char *path, const char *data, gsize len, mode_t mode, FileSync sync, GError **err);
/* At most max bytes, else an error; a NUL is added. Caller frees. A missing file: *ret_data NULL and true. */
bool file_read(const char *path, gsize max, char **ret_data, gsize *ret_len, GError **err);
/* A file that is not there is removed already. */
bool file_remove(const char *path, FileSync sync, GError **err);
/* Makes (or replaces) the symbolic link path -> target. */
bool file_link(const char *target, const char *path, FileSync sync, GError **err);
/* With its parents; one that exists is left as it is. */
bool file_make_dir(const char *path, mode_t mode, GError **err);
/* A directory and what is in it, a few levels deep. Best effort. */
void file_remove_dir(const char *path);
/* fsyncs a directory. */
bool file_sync_dir(const char *path, GError **err);
