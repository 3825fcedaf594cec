/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "qemu/host-private.h"
#include "util/file.h"

/* /proc/cpuinfo and /proc/stat of the largest hosts. */
#define MAX_FILE (16 * 1024 * 1024)
#define MAX_ID 65535

static char *
read_path(const char *sysroot, const char *format, va_list args)
{
    g_autofree char *relative = g_strdup_vprintf(format, args);
    g_autofree char *path = g_strconcat(sysroot, relative, NULL);
    char *text = NULL;
    gsize len;

    if (!file_read(path, MAX_FILE, &text, &len, NULL) || !text)
        return NULL;
    return g_strchomp(text);
}

char *
host_read(const char *sysroot, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = read_path(sysroot, format, args);
    va_end(args);
    return text;
}

gint64
host_read_int(gint64 otherwise, const char *sysroot, const char *format, ...)
{
    g_autofree char *text = NULL;
    gint64 value;
    va_list args;
    char *end;

    va_start(args, format);
    text = read_path(sysroot, format, args);
    va_end(args);
    if (!text)
        return otherwise;
    value = g_ascii_strtoll(text, &end, 10);
    return end != text ? value : otherwise;
}

GArray *
host_parse_list(const char *text)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(guint));
    const char *at = text ? text : "";

    while (g_ascii_isdigit(*at)) {
        char *end;
        guint64 first = g_ascii_strtoull(at, &end, 10);
        guint64 last = *end == '-' ? g_ascii_strtoull(end + 1, &end, 10) : first;

        if (last > MAX_ID)
            break;
        for (guint id = first; id <= last; id++)
            g_array_append_val(list, id);
        at = *end == ',' ? end + 1 : end;
    }
    return list;
}

bool
host_list_has(const GArray *list, guint id)
{
    for (guint i = 0; i < list->len; i++)
        if (g_array_index(list, guint, i) == id)
            return true;
    return false;
}

bool
host_meminfo(const char *text, const char *key, guint64 *ret_kib)
{
    g_autofree char *label = g_strconcat(key, ":", NULL);
    const char *at = text ? strstr(text, label) : NULL;

    /* "Cached:" is also the end of "SwapCached:". */
    while (at && at > text && at[-1] != '\n' && at[-1] != ' ')
        at = strstr(at + 1, label);
    if (!at)
        return false;
    *ret_kib = g_ascii_strtoull(at + strlen(label), NULL, 10);
    return true;
}
