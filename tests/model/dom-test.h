/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the domain model share: a host without a host, golden files, and errors as text. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "model/dom-def.h"

/* cmocka's fail() ends a test; ours reports an error. */
#undef fail
#include <cmocka.h>

static inline const char *
test_machine(void *opaque, const char *emulator, DomVirt virt, const char *machine)
{
    (void)opaque, (void)emulator, (void)virt;
    if (!machine || strcmp(machine, "pc") == 0)
        return "pc-i440fx-7.2";
    if (strcmp(machine, "q35") == 0)
        return "pc-q35-7.2";
    return g_str_has_prefix(machine, "pc-") ? machine : NULL;
}

static inline const char *
test_emulator(void *opaque, const char *arch)
{
    (void)opaque, (void)arch;
    return "/usr/bin/qemu-system-x86_64";
}

static const DomCaps test_caps = {.machine = test_machine, .emulator = test_emulator};

/* Fails the test with the error's text. A macro, so that the call has set err before it is looked at. */
#define assert_ok(call, err) \
    do { \
        bool ok_ = (call); \
        check_outcome(ok_, err); \
    } while (0)

static inline void
check_outcome(bool ok, GError *err)
{
    g_autofree char *text = err ? verr_text(err) : NULL;

    if (!ok)
        fail_msg("%s", text ? text : "failed without an error");
    assert_null(err);
}

static inline DomDef *
must_parse(const char *xml, DomParseFlags flags)
{
    GError *err = NULL;
    DomDef *def = dom_def_parse(xml, -1, flags, &err);

    assert_ok(def != NULL, err);
    return def;
}

static inline DomDef *
must_define(const char *xml)
{
    GError *err = NULL;
    DomDef *def = must_parse(xml, 0);
    bool ok = dom_def_complete(def, &test_caps, &err);

    assert_ok(ok, err);
    return def;
}

static inline char *
must_format(const DomDef *def, unsigned flags)
{
    GError *err = NULL;
    char *xml = dom_def_format(def, flags, &err);

    assert_ok(xml != NULL, err);
    return xml;
}

static inline char *
read_golden(const char *guest, const char *suffix)
{
    g_autofree char *path = g_strdup_printf("%s/domxml/%s%s", GOLDEN_DIR, guest, suffix);
    char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        fail_msg("cannot read %s", path);
    /* dumpxml ends with an empty line of virsh's own. */
    g_strchomp(text);

    char *with_newline = g_strconcat(text, "\n", NULL);

    g_free(text);
    return with_newline;
}

/* The first line in which the two differ, for a message one can act on. */
static inline void
assert_same_text(const char *what, const char *got, const char *want)
{
    g_auto(GStrv) a = g_strsplit(got, "\n", -1);
    g_auto(GStrv) b = g_strsplit(want, "\n", -1);

    for (guint i = 0; a[i] || b[i]; i++) {
        if (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
            continue;
        fail_msg("%s, line %u:\n  got  %s\n  want %s", what, i + 1, a[i] ? a[i] : "(end)", b[i] ? b[i] : "(end)");
    }
}
