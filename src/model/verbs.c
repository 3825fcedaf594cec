/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/verbs.h"

#include <string.h>

#include "model/driver.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

/* The only place where a verb's void pointers meet its types: one pair of thunks per row of verbs.def. */
#define VERB(name, In, Out, access, lane, api)                                                               \
    static bool has_##name(const Driver *driver) { return driver->name != NULL; }                            \
    static bool call_##name(const Driver *driver, VirConn *conn, const void *in, void *out, GError **err)    \
    {                                                                                                        \
        return driver->name(conn, (const In *)in, (Out *)out, err);                                          \
    }
#include "model/verbs.def"
#undef VERB

const Verb verbs[VERB_LAST] = {
#define VERB(name, In, Out, access, lane, api)                                                               \
    [VERB_##name] = { #name, #api, VERB_##access, VERB_##lane, sizeof(Out), has_##name, call_##name },
#include "model/verbs.def"
#undef VERB
};

bool
verb_check_flags(guint32 flags, guint32 allowed, const char *function, GError **err)
{
    guint32 unknown = flags & ~allowed;

    if (!unknown)
        return true;
    return verr_set_argument(err, VIR_FROM_THIS, function, "flags", _("unsupported flags (0x%x) in function %s"), unknown,
                             function);
}

void
dom_ref_clear(DomRef *ref)
{
    g_clear_pointer(&ref->name, g_free);
}

void
dom_ref_copy(const DomRef *src, DomRef *dst)
{
    dst->name = g_strdup(src->name);
    memcpy(dst->uuid, src->uuid, sizeof(dst->uuid));
    dst->id = src->id;
}

bool
dom_ref_same(const DomRef *a, const DomRef *b)
{
    return memcmp(a->uuid, b->uuid, sizeof(a->uuid)) == 0;
}
