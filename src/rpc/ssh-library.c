/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/ssh-library.h"

#include <dlfcn.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_SSH
#define LIBRARY "libssh2.so.1" /* the version of its ABI that libssh2.h describes */

SshLibrary ssh_library;

#define ROW(name) { "libssh2_" #name, offsetof(SshLibrary, name) },
static const struct {
    const char *symbol;
    gsize       offset;
} rows[] = { SSH_FUNCTIONS(ROW) };
#undef ROW

/* The reason why it cannot be used; NULL: it can. Never unloaded. */
static gpointer
load(gpointer unused)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if (!library)
        return g_strdup(dlerror());
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        void *function = dlsym(library, rows[i].symbol);

        if (!function)
            return g_strdup(dlerror());
        G_STRUCT_MEMBER(void *, &ssh_library, rows[i].offset) = function;
    }
    return libssh2_init(0) == 0 ? NULL : g_strdup(_("libssh2 does not start"));
}

bool
ssh_library_load(GError **err)
{
    static GOnce once = G_ONCE_INIT;
    const char  *why = g_once(&once, load, NULL);

    return !why || fail(err, VIR_ERR_SSH,
                        _("connections through libssh2 are not possible: %s (install the package libssh2-1, or use "
                          "qemu+ssh)"), why);
}
