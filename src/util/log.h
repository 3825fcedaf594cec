/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One line format for all logging: time, thread, level, room, text. Any thread may call this.
 * GODWIT_LOG=debug | rpc=debug,qemu=info  and GODWIT_LOG_FILE=/path say what is written and where (stderr).
 * A function either reports (takes GError **) or logs; never both.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef enum { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVEL_LAST } LogLevel;

void log_init(LogLevel default_level);
/* "debug" or "rpc=debug,qemu=info"; false when it cannot be understood (nothing is changed then). */
bool log_set_filters(const char *spec);
/* Appends to PATH from now on; NULL: stderr. */
bool log_set_file(const char *path, GError **err);
bool log_enabled(const char *room, LogLevel level);
void log_write(const char *room, LogLevel level, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

/* Each .c file that logs says   #define LOG_ROOM "rpc"   first. */
#define log_at(level, ...)                                                                                   \
    do {                                                                                                     \
        if (log_enabled(LOG_ROOM, level))                                                                    \
            log_write(LOG_ROOM, level, __VA_ARGS__);                                                         \
    } while (0)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
