/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of two ends that fail, the user hears of the one that knows why, and not of its echo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail

#include "qemu/migrate-words.h"

#define LINE(words) "2026-11-25T06:33:09.309577Z qemu-system-x86_64: " words "\n"
#define START "2026-11-25 06:33:09: starting up\n/usr/bin/qemu-system-x86_64 \\\n-no-user-config \\\n-msg timestamp=on\n\n"

static const struct {
    const char *log, *words;
} logs[] = {
    { START, NULL },
    { START LINE("warning: TCG doesn't support requested feature"), NULL },
    { START LINE("terminating on signal 15 from pid 1 (godwitd)"), NULL },
    /* a source that gave up */
    { START LINE("Cannot read from TLS channel: Input/output error") LINE("Not a migration stream")
            LINE("load of migration failed: Invalid argument"), NULL },
    { START LINE("load of migration failed: Input/output error"), NULL },
    /* reasons of its own */
    { START LINE("load of migration failed: Invalid argument"), "load of migration failed: Invalid argument" },
    { START LINE("Not a migration stream") LINE("load of migration failed: Invalid argument"),
      "Not a migration stream; load of migration failed: Invalid argument" },
    { START LINE("TLS handshake failed: No certificate was found.") LINE("TLS handshake failed: No certificate was found."),
      "TLS handshake failed: No certificate was found." },
    { START LINE("Size mismatch: pc.ram: 0x4000000 != 0x5000000: Invalid argument")
            LINE("error while loading state for instance 0x0 of device 'ram'")
            LINE("load of migration failed: Invalid argument"),
      "Size mismatch: pc.ram: 0x4000000 != 0x5000000: Invalid argument; "
      "error while loading state for instance 0x0 of device 'ram'" },
    /* an earlier run of the same guest is none of this one's business */
    { START LINE("Size mismatch: pc.ram") START, NULL },
};

static void
an_arrival_tells_only_what_it_knows_itself(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(logs); i++) {
        g_autofree char *words = qmig_words_of_log(logs[i].log);

        if (g_strcmp0(words, logs[i].words) != 0)
            print_error("%s\nsays: %s\n", logs[i].log, words ? words : "nothing");
        assert_true(g_strcmp0(words, logs[i].words) == 0);
    }
}

static void
a_broken_connection_is_a_symptom_and_a_silent_one_is_not(void **state)
{
    assert_true(qmig_words_are_symptom("Unable to write to socket: Broken pipe"));
    assert_true(qmig_words_are_symptom("Unable to write to socket: Connection reset by peer"));
    assert_false(qmig_words_are_symptom("Unable to write to socket: Connection timed out"));
    assert_false(qmig_words_are_symptom("Certificate does not match the hostname other.example"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arrival_tells_only_what_it_knows_itself),
        cmocka_unit_test(a_broken_connection_is_a_symptom_and_a_silent_one_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
