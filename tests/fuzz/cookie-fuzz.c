/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A peer sends a cookie. First byte: from which phase; the rest is the cookie. What is accepted is written again and
 * must be accepted again. With -DFUZZ_REPLAY a program that runs over the files it is given.
 */
#include <string.h>

#include "migration/cookie.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
take(GBytes *bytes, MigCookieFrom from)
{
    static const MigCookieReader anyone = { NULL, NULL, NULL };
    g_autoptr(GError) err = NULL;
    g_autoptr(MigCookie) cookie = mig_cookie_parse(bytes, from, &anyone, &err), again = NULL;
    g_autoptr(GBytes) written = NULL;

    g_assert((cookie == NULL) == (err != NULL));
    if (cookie == NULL || cookie->name == NULL)
        return;
    written = mig_cookie_format(cookie);
    if (g_bytes_get_size(written) > MIG_COOKIE_MAX)
        return;
    again = mig_cookie_parse(written, from, &anyone, NULL);
    g_assert(again != NULL);
    g_assert(again->present == cookie->present);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    static const MigCookieFrom froms[] = { COOKIE_FROM_BEGIN, COOKIE_FROM_PREPARE, COOKIE_FROM_PERFORM,
                                           COOKIE_FROM_FINISH };

    if (size < 1)
        return 0;
    g_autoptr(GBytes) raw = g_bytes_new(data + 1, size - 1);
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    g_autoptr(GBytes) ended = g_bytes_new(text, strlen(text) + 1);

    take(raw, froms[data[0] % G_N_ELEMENTS(froms)]);
    take(ended, froms[data[0] % G_N_ELEMENTS(froms)]);
    return 0;
}

#ifdef FUZZ_REPLAY
int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        g_autofree char *text = NULL;
        gsize size;

        if (!g_file_get_contents(argv[i], &text, &size, NULL))
            return 1;
        for (guint8 from = 0; from < 4; from++) {
            g_autofree guint8 *input = g_malloc(size + 1);

            input[0] = from;
            memcpy(input + 1, text, size);
            LLVMFuzzerTestOneInput(input, size + 1);
        }
    }
    return 0;
}
#endif
