/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client defines a domain. What is accepted is printed in every form, read again and must stay the same. With
 * -DFUZZ_REPLAY a program that runs over the files it is given.
 */
#include <string.h>

#include "model/dom-def.h"
#include "model/dom-problems.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static const char *
any_machine(void *opaque, const char *emulator, DomVirt virt, const char *machine)
{
    (void)opaque, (void)emulator, (void)virt;
    return machine && strstr(machine, "q35") ? "pc-q35-7.2" : "pc-i440fx-7.2";
}

static const char *
any_emulator(void *opaque, const char *arch)
{
    (void)opaque, (void)arch;
    return "/usr/bin/qemu-system-x86_64";
}

static const DomCaps caps = { .machine = any_machine, .emulator = any_emulator };

static DomDef *
define(const char *xml, gssize len)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(DomDef) def = dom_def_parse(xml, len, 0, &err);

    g_assert((def == NULL) == (err != NULL));
    if (def == NULL || dom_def_complete(def, &caps, &err)) {
        g_assert(def == NULL || err == NULL);
        return g_steal_pointer(&def);
    }
    g_assert(err != NULL);
    return NULL;
}

static void
store_twice(const DomDef *def)
{
    g_autofree char *first = dom_def_format(def, DOM_XML_SECURE, NULL);
    g_autoptr(DomDef) stored = define(first, -1);
    g_autofree char *second = NULL, *third = NULL;
    g_autoptr(DomDef) again = NULL;

    g_assert(stored != NULL);
    second = dom_def_format(stored, DOM_XML_SECURE, NULL);
    again = define(second, -1);
    g_assert(again != NULL);
    third = dom_def_format(again, DOM_XML_SECURE, NULL);
    g_assert_cmpstr(second, ==, third);
    g_assert(dom_def_check_abi(def, stored, NULL));
}

static void
start(const DomDef *def)
{
    g_autoptr(DomDef) live = dom_def_copy(def), recovered = NULL;
    g_autofree char *status = NULL, *sent = NULL;

    if (!dom_def_prepare_live(live, NULL))
        return;
    live->id = 1;
    status = dom_def_format(live, DOM_XML_STATUS, NULL);
    recovered = dom_def_parse(status, -1, DOM_PARSE_LIVE, NULL);
    g_assert(recovered != NULL);
    sent = dom_def_format(recovered, DOM_XML_MIGRATABLE | DOM_XML_SECURE, NULL);

    g_autoptr(DomDef) received = define(sent, -1);

    g_assert(received != NULL);
}

static bool
complete(DomDef *def, void *opaque, GError **err)
{
    bool ok = dom_def_complete(def, &caps, err);

    *(bool *)opaque |= ok;
    return ok;
}

/* What can be defined has no problems; what cannot has one, and ends. */
static void
list_problems(const char *text, bool defined)
{
    bool completed = false;
    g_autoptr(GPtrArray) problems = dom_def_problems(text, complete, &completed);

    g_assert(defined == (problems->len == 0));
    g_assert(!defined || completed);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(DomDef) def = NULL;

    memcpy(text, data, size);
    def = define(text, (gssize)size);
    if (strlen(text) == size)
        list_problems(text, def != NULL);
    if (def != NULL) {
        store_twice(def);
        start(def);
    }
    return 0;
}

#ifdef FUZZ_REPLAY
int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        g_autofree char *data = NULL;
        gsize size;

        if (!g_file_get_contents(argv[i], &data, &size, NULL))
            return 1;
        LLVMFuzzerTestOneInput((const guint8 *)data, size);
    }
    return 0;
}
#endif
