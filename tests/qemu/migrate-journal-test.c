/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal: what a restarted daemon does with a guest depends on every line of it, and anybody may have written it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#undef fail

#include "model/params.h"
#include "qemu/journal.h"

#define ID "6a1f3c80-7c1e-4a59-9d0e-0123456789ab"
#define UUID "11111111-2222-3333-4444-555555555501"
#define TOKEN "00112233445566778899aabbccddeeff"
#define HEAD "godwit-journal 1\nid " ID "\nside out\nname gm\nuuid " UUID "\nboot b\n"

typedef struct {
    char    *dir, *run, *lib;
    Journal *journal;
} Fixture;

static int
setup(void **state)
{
    Fixture *f = g_new0(Fixture, 1);

    f->dir = g_dir_make_tmp("godwit-journal-XXXXXX", NULL);
    f->run = g_build_filename(f->dir, "run", NULL);
    f->lib = g_build_filename(f->dir, "lib", NULL);
    f->journal = journal_new(f->run, f->lib, 4, NULL);
    assert_non_null(f->journal);
    *state = f;
    return 0;
}

static void
remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char     *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        g_unlink(file);
    }
    g_rmdir(path);
}

static int
teardown(void **state)
{
    Fixture *f = *state;

    journal_free(f->journal);
    remove_all(f->run);
    remove_all(f->lib);
    g_rmdir(f->dir);
    g_free(f->dir);
    g_free(f->run);
    g_free(f->lib);
    g_free(f);
    return 0;
}

static JournalRecord
sample(void)
{
    return (JournalRecord){ .id = (char *)ID,
                            .side = JOURNAL_SOURCE,
                            .name = (char *)"a guest\nwith % odd \xc3\xa4 name",
                            .uuid = (char *)UUID,
                            .peer = (char *)"host b",
                            .flags = 769,
                            .was_running = true,
                            .port = 49152,
                            .witness = { (char *)"fd00::1", 49215, (char *)TOKEN, (char *)ID } };
}

static void
steps_survive_a_restart(void **state)
{
    Fixture               *f = *state;
    JournalRecord          record = sample();
    JournalEntry          *entry = journal_begin(f->journal, &record, NULL);
    g_autoptr(GPtrArray)   found = NULL;
    const JournalRecord   *r;

    assert_non_null(entry);
    journal_step(entry, STEP_PERFORM);
    journal_step(entry, STEP_SENT);
    journal_leave(entry);

    found = journal_unfinished(f->journal);
    assert_int_equal(found->len, 1);
    r = g_ptr_array_index(found, 0);
    assert_string_equal(r->id, ID);
    assert_string_equal(r->name, record.name);
    assert_string_equal(r->peer, "host b");
    assert_int_equal(r->flags, 769);
    assert_int_equal(r->port, 49152);
    assert_true(r->was_running);
    assert_string_equal(r->witness.address, "fd00::1");
    assert_int_equal(r->witness.port, 49215);
    assert_string_equal(r->witness.token, TOKEN);
    assert_true(journal_reached(r, STEP_PERFORM) && journal_reached(r, STEP_SENT));
    assert_false(journal_reached(r, STEP_CONFIRM));
    assert_int_equal(r->outcome, OUTCOME_NONE);
}

static void
an_outcome_is_kept_and_found_by_domain(void **state)
{
    Fixture             *f = *state;
    JournalRecord        record = sample();
    JournalEntry        *entry = journal_begin(f->journal, &record, NULL);
    Params               stats = { 0 };
    g_autoptr(GPtrArray) found = NULL, left = NULL;
    JournalRecord       *r;

    params_add_int(&stats, "operation", 5);
    params_add_ullong(&stats, "memory_total", G_MAXUINT64);
    journal_outcome(entry, OUTCOME_MOVED, NULL);
    journal_end(entry, &stats);
    params_clear(&stats);

    left = journal_unfinished(f->journal);
    assert_int_equal(left->len, 0);
    found = journal_finished(f->journal, UUID);
    assert_int_equal(found->len, 1);
    r = g_ptr_array_index(found, 0);
    assert_int_equal(r->outcome, OUTCOME_MOVED);
    assert_null(r->why);
    assert_int_equal(r->stats.n, 2);
    assert_int_equal(r->stats.v[0].value.i, 5);
    assert_true(r->stats.v[1].value.ul == G_MAXUINT64);
}

static void
old_outcomes_make_room(void **state)
{
    Fixture             *f = *state;
    g_autoptr(GPtrArray) found = NULL;

    for (int i = 0; i < 9; i++) {
        g_autofree char *id = g_uuid_string_random(), *uuid = g_uuid_string_random();
        JournalRecord    record = sample();
        JournalEntry    *entry;

        record.id = id;
        record.uuid = uuid;
        entry = journal_begin(f->journal, &record, NULL);
        journal_outcome(entry, OUTCOME_FAILED, "x");
        journal_end(entry, NULL);
    }
    found = journal_finished(f->journal, NULL);
    assert_int_equal(found->len, 4);
}

static void
the_same_migration_is_not_begun_twice(void **state)
{
    Fixture          *f = *state;
    JournalRecord     record = sample();
    JournalEntry     *entry = journal_begin(f->journal, &record, NULL);
    g_autoptr(GError) err = NULL;

    assert_null(journal_begin(f->journal, &record, &err));
    assert_non_null(err);
    journal_leave(entry);
}

static void
a_torn_last_line_is_ignored(void **state)
{
    static const char         text[] = HEAD "step perform 1\nstep se";
    g_autoptr(JournalRecord) r = journal_parse(text, sizeof(text) - 1, NULL);

    assert_non_null(r);
    assert_true(journal_reached(r, STEP_PERFORM));
    assert_false(journal_reached(r, STEP_SENT));
}

static const struct {
    const char *text;
    bool        good;
} hostile[] = {
    { HEAD, true },
    { HEAD "step begin 1\noutcome doubt 5 why%20not\n", true },
    { HEAD "witness - 1 " TOKEN " " ID "\n", true },
    { "", false },
    { "godwit-journal 2\n" HEAD, false },
    { "godwit-journal 1\nid " ID "\n", false },
    { HEAD "id " ID "\n", false }, /* a second one */
    { HEAD "step nowhere 1\n", false },
    { HEAD "step -1 1\n", false },
    { HEAD "step begin\n", false },
    { HEAD "step begin 1 2\n", false },
    { HEAD "step begin 99999999999999999999999\n", false },
    { HEAD "outcome moved -1 -\n", false },
    { HEAD "outcome none\n", false },
    { HEAD "port 65536\n", false },
    { HEAD "flags 4294967296\n", false },
    { HEAD "ran 2\n", false },
    { HEAD "witness a 1 short " ID "\n", false },
    { HEAD "witness a 70000 " TOKEN " " ID "\n", false },
    { HEAD "witness a 1 " TOKEN " x\n", false },
    { HEAD "peer %ff\n", false },
    { HEAD "peer %00\n", false },
    { HEAD "peer %zz\n", false },
    { HEAD "stat a string b\n", false },
    { HEAD "stat a int 4294967296\n", false },
    { HEAD "stat 0123456789012345678901234567890123456789012345678901234567890123456789012345678901 int 1\n", false },
    { HEAD "\n", false },
    { HEAD "what is this\n", false },
};

static void
hostile_files_are_refused(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++) {
        g_autoptr(GError)        err = NULL;
        g_autoptr(JournalRecord) r = journal_parse(hostile[i].text, strlen(hostile[i].text), &err);

        if (!r != !hostile[i].good)
            print_message("case %zu: %s\n", i, hostile[i].text);
        assert_int_equal(r != NULL, hostile[i].good);
        assert_int_equal(err != NULL, !hostile[i].good);
    }
}

static void
a_bad_file_is_set_aside_and_the_others_are_read(void **state)
{
    Fixture             *f = *state;
    g_autofree char     *bad = g_strdup_printf("%s/%s.in", f->run, "x");
    g_autofree char     *aside = g_strconcat(bad, ".bad", NULL);
    JournalRecord        record = sample();
    g_autoptr(GPtrArray) found = NULL;

    assert_true(g_file_set_contents(bad, "rubbish", -1, NULL));
    journal_leave(journal_begin(f->journal, &record, NULL));
    found = journal_unfinished(f->journal);
    assert_int_equal(found->len, 1);
    assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(steps_survive_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(an_outcome_is_kept_and_found_by_domain, setup, teardown),
        cmocka_unit_test_setup_teardown(old_outcomes_make_room, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_migration_is_not_begun_twice, setup, teardown),
        cmocka_unit_test(a_torn_last_line_is_ignored),
        cmocka_unit_test(hostile_files_are_refused),
        cmocka_unit_test_setup_teardown(a_bad_file_is_set_aside_and_the_others_are_read, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
