/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole files: a user loses a definition when the disk is full at the wrong moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.h"

static char *dir;

static char *
in_dir(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static guint
count_files(void)
{
    g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
    guint n = 0;

    while (g_dir_read_name(d))
        n++;
    return n;
}

static void
what_was_written_is_read(void **state)
{
    g_autofree char *path = in_dir("f"), *data = NULL;
    struct stat st;
    gsize len;

    for (FileSync sync = FILE_NO_SYNC; sync <= FILE_SYNC; sync++) {
        assert_true(file_write(path, "old content", 11, 0640, sync, NULL));
        assert_true(file_write(path, "new", 3, 0600, sync, NULL));
        g_clear_pointer(&data, g_free);
        assert_true(file_read(path, 3, &data, &len, NULL));
        assert_int_equal(len, 3);
        assert_string_equal(data, "new");
    }
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(count_files(), 1);
}

static void
a_failed_write_leaves_the_old_content(void **state)
{
    g_autofree char *path = in_dir("f"), *below = in_dir("f/impossible"), *data = NULL;
    g_autoptr(GError) error = NULL;

    assert_true(file_write(path, "old", 3, 0600, FILE_NO_SYNC, NULL));
    assert_false(file_write(below, "x", 1, 0600, FILE_SYNC, &error));
    assert_non_null(strstr(error->message, below));
    assert_true(file_read(path, 10, &data, NULL, NULL));
    assert_string_equal(data, "old");
    assert_int_equal(count_files(), 1);
}

static void
reading_has_a_limit(void **state)
{
    g_autofree char *path = in_dir("f"), *none = in_dir("none"), *data = NULL;
    g_autoptr(GError) error = NULL;

    assert_true(file_write(path, "12345", 5, 0600, FILE_NO_SYNC, NULL));
    assert_false(file_read(path, 4, &data, NULL, &error));
    assert_non_null(error);
    assert_null(data);
    assert_true(file_read(none, 4, &data, NULL, NULL));
    assert_null(data);
    g_clear_error(&error);
    assert_false(file_read(dir, 1 << 20, &data, NULL, &error));
    assert_non_null(error);
}

static void
removing_is_thorough_and_follows_no_link(void **state)
{
    g_autofree char *sub = in_dir("sub/deeper"), *top = in_dir("sub"), *kept = in_dir("kept"), *link = in_dir("sub/link");

    assert_true(file_write(kept, "x", 1, 0600, FILE_NO_SYNC, NULL));
    assert_true(file_make_dir(sub, 0700, NULL));
    assert_true(file_link(dir, link, FILE_NO_SYNC, NULL));
    assert_true(file_link(kept, link, FILE_NO_SYNC, NULL)); /* replaces */
    file_remove_dir(top);
    assert_int_equal(access(top, F_OK), -1);
    assert_int_equal(access(kept, F_OK), 0);
    assert_true(file_remove(kept, FILE_SYNC, NULL));
    assert_true(file_remove(kept, FILE_SYNC, NULL));
}

static int
set_up(void **state)
{
    dir = g_dir_make_tmp("godwit-file-XXXXXX", NULL);
    return 0;
}

static int
tear_down(void **state)
{
    file_remove_dir(dir);
    g_clear_pointer(&dir, g_free);
    return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_written_is_read),
        CASE(a_failed_write_leaves_the_old_content),
        CASE(reading_has_a_limit),
        CASE(removing_is_thorough_and_follows_no_link),
    };

    return cmocka_run_group_tests_name("util/file", tests, NULL, NULL);
}
