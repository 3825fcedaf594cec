/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is understood must be written so that it is understood the same again. */
#include <stdint.h>

#include "util/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_connection(const char *text)
{
    g_autoptr(ConnUri) uri = conn_uri_parse(text, NULL), second = NULL;
    g_autofree char   *once = NULL, *twice = NULL;

    if (!uri)
        return;
    once = conn_uri_format(uri);
    second = conn_uri_parse(once, NULL);
    if (!second)
        __builtin_trap();
    twice = conn_uri_format(second);
    if (!g_str_equal(once, twice))
        __builtin_trap();
    g_free(conn_uri_take_param(second, "socket"));
    g_free(conn_uri_format_local(second));
}

static void
try_migration(const char *text)
{
    g_autofree char *once = NULL, *twice = NULL;
    MigUri           uri, second;

    if (!mig_uri_parse(text, &uri, NULL))
        return;
    once = mig_uri_format(&uri);
    if (uri.host || uri.path) {
        if (!mig_uri_parse(once, &second, NULL))
            __builtin_trap();
        twice = mig_uri_format(&second);
        if (!g_str_equal(once, twice))
            __builtin_trap();
        mig_uri_clear(&second);
    }
    mig_uri_clear(&uri);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    try_connection(text);
    try_migration(text);
    return 0;
}
