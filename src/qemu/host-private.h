/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the kernel's one-value files; shared by the host-*.c files. Any thread. */
#pragma once

#include "qemu/host.h"

/* Content of sysroot + the path, trailing white space removed; NULL: not there. Capped. Caller frees. */
char *host_read(const char *sysroot, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The same as a number; `otherwise` when there is none. */
gint64 host_read_int(gint64 otherwise, const char *sysroot, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* "0-3,8" -> { 0, 1, 2, 3, 8 } of guint; what cannot be understood ends it. */
GArray *host_parse_list(const char *text);
bool host_list_has(const GArray *list, guint id);
/* Value in KiB of "MemTotal:   123 kB" in a meminfo text, also of "Node 0 MemTotal:"; false: no such line. */
bool host_meminfo(const char *text, const char *key, guint64 *ret_kib);
