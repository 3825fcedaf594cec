/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words and options as virsh takes them: scripts written for it must mean the same here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd-migrate.h"
#include "migration/knobs.h"
#include "shell.h"

static const struct {
    const char *line, *words; /* words joined with '|', commands with ';' */
    bool        ok;
} lines[] = {
    { "list --all", "list|--all", true },
    { "  list\t--all  ", "list|--all", true },
    { "a; b c ;;d", "a;b|c;d", true },
    { "a\nb", "a;b", true },
    { "echo 'one word' \"two words\"", "echo|one word|two words", true },
    { "echo a\\ b", "echo|a b", true },
    { "echo 'a'\"b\"c", "echo|abc", true },
    { "echo \"a\\\"b\"", "echo|a\"b", true },
    { "echo 'a\\b'", "echo|a\\b", true },
    { "echo ''", "echo|", true },
    { "echo a # rest", "echo|a", true },
    { "# all", "", true },
    { "", "", true },
    { "echo 'a;b'", "echo|a;b", true },
    { "echo \"a", "", false },
    { "echo a\\", "", false },
};

static void
lines_become_words(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        bool ok = !lines[i].ok;
        g_autoptr(GPtrArray) commands = parse_line(lines[i].line, &ok);
        g_autoptr(GString) all = g_string_new(NULL);

        assert_true(ok == lines[i].ok);
        for (guint k = 0; ok && k < commands->len; k++) {
            g_autofree char *words = g_strjoinv("|", g_ptr_array_index(commands, k));

            g_string_append_printf(all, "%s%s", k ? ";" : "", words);
        }
        if (ok)
            assert_string_equal(all->str, lines[i].words);
    }
}

static const struct {
    const char *line;
    bool        ok;
    const char *option, *value; /* one that must come out */
} bindings[] = {
    { "domid vm", true, "domain", "vm" },
    { "domid --domain vm", true, "domain", "vm" },
    { "domid --domain=vm", true, "domain", "vm" },
    { "domid -- --odd", true, "domain", "--odd" },
    { "domid -5", true, "domain", "-5" },
    { "domid", false, NULL, NULL },
    { "domid a b", false, NULL, NULL },
    { "domid --domain a b", false, NULL, NULL },
    { "domid a --domain b", false, NULL, NULL },
    { "domid --dom a", false, NULL, NULL },
    { "domid --domain", false, NULL, NULL },
    { "list --all", true, "all", NULL },
    { "list --all=1", false, NULL, NULL },
    { "list --all --all", false, NULL, NULL },
    { "list extra", false, NULL, NULL },
    { "freecell 1", true, "cellno", "1" },
    { "nosuch", false, NULL, NULL },
    { "migrate vm qemu+tcp://b/system --live", true, "desturi", "qemu+tcp://b/system" },
    { "migrate --live vm dst tcp://b graphics 0.0.0.0 new", true, "dname", "new" },
    { "migrate vm dst --bandwidth 5 --parallel --parallel-connections 3", true, "parallel-connections", "3" },
    { "migrate vm dst --comp-methods xbzrle,mt", true, "comp-methods", "xbzrle,mt" },
    { "migrate vm", false, NULL, NULL },
    { "shutdown vm acpi", false, NULL, NULL },
    { "shutdown vm --mode acpi", true, "mode", "acpi" },
};

static void
words_become_options(void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(bindings); i++) {
        bool ok;
        g_autoptr(GPtrArray) commands = parse_line(bindings[i].line, &ok);
        g_autoptr(Cmd) cmd = cmd_bind(g_ptr_array_index(commands, 0));

        if ((cmd != NULL) != bindings[i].ok)
            fail_msg("%s: %s", bindings[i].line, cmd ? "accepted" : "refused");
        if (!cmd)
            continue;
        assert_true(opt_bool(cmd, bindings[i].option));
        if (bindings[i].value)
            assert_string_equal(opt_string(cmd, bindings[i].option), bindings[i].value);
    }
}

static void
rows_are_sane(void **state)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    for (const CmdGroup *group = groups; group->title; group++) {
        FOR_EACH_COMMAND(group, def) {
            g_autoptr(GHashTable) options = g_hash_table_new(g_str_hash, g_str_equal);
            bool optional = false;

            assert_true(g_hash_table_add(names, (gpointer)def->name));
            assert_non_null(def->run);
            assert_non_null(def->help);
            for (const OptDef *opt = def->options; opt && opt->name; opt++) {
                assert_true(g_hash_table_add(options, (gpointer)opt->name));
                assert_non_null(opt->help);
                /* a required option after an optional positional one could never be reached */
                if (opt->flags & OPT_REQUIRED)
                    assert_false(optional);
                else if (opt->kind != OPT_BOOL && !(opt->flags & OPT_BY_NAME))
                    optional = true;
            }
        }
    }
}

static void
migrate_offers_every_knob(void **state)
{
    const CmdDef *def = shell_find_command("migrate");

    for (guint i = 0; i < mig_knobs_n; i++) {
        bool found = mig_knobs[i].cli == NULL;

        for (const OptDef *opt = def->options; opt->name && !found; opt++)
            found = strcmp(opt->name, mig_knobs[i].cli) == 0;
        assert_true(found);
    }
}

static void
numbers_are_whole_and_in_range(void **state)
{
    static const struct { const char *text; bool ok; } rows[] = {
        { "0", true }, { "65536", true }, { "-1", true }, { "2147483648", false }, { "", false }, { "1x", false },
        { "0x10", false }, { " 1", false }, { "1e3", false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *word = g_strconcat("--cellno=", rows[i].text, NULL);
        char *words[] = { (char *)"freecell", word, NULL };
        g_autoptr(Cmd) cmd = cmd_bind(words);
        int value = 0;

        assert_non_null(cmd);
        assert_true(opt_int(cmd, "cellno", &value) == rows[i].ok);
    }
}

static void
tables_align_in_cells(void **state)
{
    g_autoptr(Table) table = table_new("id", "Id", "name", "Name", "state", "State", NULL);
    g_autofree char *plain = NULL, *bare = NULL;

    table_row(table, "1", "gm", "running", NULL);
    table_row(table, "-", "虚拟机", "shut off", NULL);
    table_row(table, "2", "a\tb", "paused", NULL);
    plain = table_text(table, true);
    assert_string_equal(plain, " Id   Name     State\n"
                               "-------------------------\n"
                               " 1    gm       running\n"
                               " -    虚拟机   shut off\n"
                               " 2    a\\x09b   paused\n");
    bare = table_text(table, false);
    assert_string_equal(bare, " 1   gm       running\n -   虚拟机   shut off\n 2   a\\x09b   paused\n");
}

static void
sizes_are_scaled(void **state)
{
    static const struct { guint64 bytes; double value; const char *unit; } rows[] = {
        { 0, 0, "B" }, { 1023, 1023, "B" }, { 1024, 1, "KiB" }, { 1572864, 1.5, "MiB" }, { 1ULL << 40, 1, "TiB" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *unit;
        double value = scale_size(rows[i].bytes, &unit);

        assert_true(value == rows[i].value);
        assert_string_equal(unit, rows[i].unit);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_words),
        cmocka_unit_test(words_become_options),
        cmocka_unit_test(rows_are_sane),
        cmocka_unit_test(migrate_offers_every_knob),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(tables_align_in_cells),
        cmocka_unit_test(sizes_are_scaled),
    };

    migrate_make_options();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
