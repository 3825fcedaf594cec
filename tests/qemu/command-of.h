/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of one XML, for a QEMU 7.2 as it was once asked. For tests that look for a piece of it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "model/dom-def.h"
#include "qemu/caps-private.h"
#include "qemu/command.h"

/* cmocka's fail() ends a test; ours reports an error. */
#undef fail
#include <cmocka.h>

static QemuCaps *caps;

static int
load_caps(void **state)
{
    g_autofree char *text = NULL;

    assert_true(g_file_get_contents(GOLDEN_DIR "/qmp/caps-7.2.jsonl", &text, NULL, NULL));
    caps = qemu_caps_parse(text, NULL);
    assert_non_null(caps);
    caps->id.path = g_strdup("/usr/bin/qemu-system-x86_64");
    return 0;
}

static int
free_caps(void **state)
{
    g_clear_pointer(&caps, qemu_caps_unref);
    return 0;
}

/* As one text; NULL: refused. Caller frees. */
static char *
command_of(const char *xml, const CommandEnv *how, GError **err)
{
    g_autoptr(DomDef) def = dom_def_parse(xml, -1, 0, err);
    g_autoptr(QemuCommand) command = NULL;
    CommandEnv env = *how;

    if (!def || !dom_def_complete(def, NULL, err) || !dom_def_prepare_live(def, err))
        return NULL;
    env.caps = caps;
    env.def = def;
    env.domain_dir = "/d";
    env.monitor_path = "/d/m";
    return command_build(&env, &command, err) ? g_strjoinv(" ", (char **)command->argv->pdata) : NULL;
}
