/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replays files and folders through a fuzz target, where no fuzzing engine is linked in: corpora run as plain tests. */
#include <stdint.h>
#include <stdio.h>

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay(const char *path)
{
    g_autoptr(GDir)  dir = g_dir_open(path, 0, NULL);
    g_autofree char *data = NULL;
    const char      *name;
    gsize            size;
    int              n = 0;

    if (!dir) {
        if (!g_file_get_contents(path, &data, &size, NULL))
            return 0;
        /* A copy of exactly this size: g_file_get_contents() appends a NUL. */
        g_autofree guint8 *exact = g_memdup2(data, size);

        LLVMFuzzerTestOneInput(exact, size);
        return 1;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        n += replay(inner);
    }
    return n;
}

int
main(int argc, char **argv)
{
    int n = 0;

    for (int i = 1; i < argc; i++)
        n += replay(argv[i]);
    printf("%d inputs\n", n);
    return n > 0 ? 0 : 1;
}
