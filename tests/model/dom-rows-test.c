/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every row of every table: what it prints it reads, copies and compares. An attribute that is forgotten in one of them is
 * lost when the daemon restarts, or changes under a guest that moves.
 */
#include "dom-test.h"

#include "model/dom-rows.h"
#undef fail
#define fail() _fail(__FILE__, __LINE__)

static int
count_names(const char *const *names)
{
    return (int)g_strv_length((char **)names) - 1;
}

/* Member sizes that the kinds take for granted. */
static size_t
size_of_kind(const Row *row)
{
    switch (row->kind) {
    case ROW_STR:
    case ROW_VERBATIM:
    case ROW_OWNED:
    case ROW_LIST:
        return sizeof(void *);
    case ROW_ENUM:
    case ROW_UINT:
    case ROW_INT:
    case ROW_HEX:
    case ROW_LINE:
        return sizeof(int);
    case ROW_U64:
    case ROW_I64:
    case ROW_HEX64:
    case ROW_KIB:
        return sizeof(uint64_t);
    case ROW_FLAG:
        return sizeof(bool);
    case ROW_UUID:
        return 16;
    case ROW_MAC:
        return 6;
    case ROW_STRUCT:
        return ((const RowTable *)row->arg)->size;
    default:
        return row->size;
    }
}

typedef void TableVisit(const RowTable *table, void *opaque);

static void
each_table(const RowTable *table, GHashTable *seen, TableVisit *visit, void *opaque)
{
    if (!g_hash_table_add(seen, (void *)table))
        return;

    visit(table, opaque);
    for (const Row *row = table->rows; row->kind != ROW_END; row++)
        if (row->kind == ROW_STRUCT || row->kind == ROW_OWNED || row->kind == ROW_LIST)
            each_table(row->arg, seen, visit, opaque);
}

static void
walk_all(TableVisit *visit, void *opaque)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    each_table(&dom_table, seen, visit, opaque);
}

static void
check_shape(const RowTable *table, void *opaque)
{
    for (const Row *row = table->rows; row->kind != ROW_END; row++) {
        if (row->size != size_of_kind(row))
            fail_msg("%s: row '%s' has a member of %zu bytes", table->what, row->path ? row->path : "(none)", row->size);
        if ((row->kind == ROW_ENUM || row->kind == ROW_HEX || row->kind == ROW_HEX64) && !row->arg)
            fail_msg("%s: row '%s' lacks its argument", table->what, row->path);
        if (row->off + row->size > table->size)
            fail_msg("%s: row '%s' lies outside of its struct", table->what, row->path);
    }
}

static void
members_have_the_size_of_their_kind(void **state)
{
    walk_all(check_shape, NULL);
}

/* Fills every scalar with some value; round walks through the words of enums, and with them through the variants. */
static void
fill(const RowTable *table, void *obj, int round, int depth)
{
    for (const Row *row = table->rows; row->kind != ROW_END; row++) {
        void *at = (char *)obj + row->off;
        uint64_t number = (uint64_t)(round % 7) + 1;

        if (!row->path && row->kind != ROW_STR)
            continue;
        if (row->max && number > row->max)
            number = row->max;
        switch (row->kind) {
        case ROW_STR:
            if (!*(char **)at)
                *(char **)at = row->arg ? g_strdup(dom_name(row->arg, 1 + round % count_names(row->arg)))
                                        : g_strdup_printf("%d<'%d>", depth, round);
            break;
        case ROW_ENUM:
            *(int *)at = 1 + round % count_names(row->arg);
            break;
        case ROW_UINT:
        case ROW_HEX:
            *(unsigned *)at = (unsigned)number;
            break;
        case ROW_INT:
            *(int *)at = (int)number;
            break;
        case ROW_U64:
        case ROW_HEX64:
        case ROW_KIB:
        case ROW_I64:
            *(uint64_t *)at = number;
            break;
        case ROW_FLAG:
            *(bool *)at = true;
            break;
        case ROW_STRUCT:
            fill(row->arg, at, round, depth + 1);
            break;
        case ROW_OWNED:
            if (!*(void **)at && depth < 6) {
                *(void **)at = rows_new(row->arg);
                fill(row->arg, *(void **)at, round, depth + 1);
            }
            break;
        case ROW_LIST:
            if (!(row->flags & ROW_SHARED) && (*(GPtrArray **)at)->len == 0 && depth < 6) {
                void *item = rows_new(row->arg);

                g_ptr_array_add(*(GPtrArray **)at, item);
                fill(row->arg, item, round, depth + 1);
            }
            break;
        default:
            break;
        }
    }
}

#define ROUNDS 42

static char *
print_one(const RowTable *table, const void *obj)
{
    g_autoptr(XmlDoc) doc = xml_doc_new("x");
    RowPrint how = {.live = true, .secure = true};

    rows_print(table, obj, doc, xml_doc_root(doc), &how);
    return xml_print(doc);
}

static void
check_round_trip(const RowTable *table)
{
    XmlInput input = {"(test)", "x", NULL, VIR_FROM_DOMAIN};
    RowRead how = {true, VIR_FROM_DOMAIN};

    for (int round = 0; round < ROUNDS; round++) {
        void *obj = rows_new(table), *read = rows_new(table);
        GError *err = NULL;

        fill(table, obj, round, 0);

        g_autofree char *text = print_one(table, obj);
        g_autoptr(XmlDoc) doc = xml_parse(text, -1, &input, &err);

        assert_ok(doc != NULL, err);
        assert_ok(rows_read(table, read, xml_doc_root(doc), &how, &err), err);
        assert_ok(rows_refuse_unknown(xml_doc_root(doc), VIR_FROM_DOMAIN, &err), err);

        void *copy = rows_copy(table, read);
        g_autofree char *again = print_one(table, read);
        g_autofree char *of_copy = print_one(table, copy);

        assert_same_text(table->what, again, text);
        assert_same_text(table->what, of_copy, text);
        rows_free(table, obj);
        rows_free(table, read);
        rows_free(table, copy);
    }
}

static void
what_is_printed_is_read_and_copied(void **state)
{
    /* The domain holds all other tables, and some make sense only inside of it. */
    check_round_trip(&dom_table);
}

static void
change(const Row *row, void *obj)
{
    void *at = (char *)obj + row->off;

    switch (row->kind) {
    case ROW_STR:
        g_free(*(char **)at);
        *(char **)at = g_strdup("changed");
        return;
    case ROW_ENUM:
        *(int *)at = *(int *)at == 1 ? 0 : 1;
        return;
    case ROW_FLAG:
        *(bool *)at = !*(bool *)at;
        return;
    case ROW_UUID:
    case ROW_MAC:
        ((unsigned char *)at)[row->size - 1] ^= 1;
        ((bool *)at)[row->size] = true;
        return;
    case ROW_U64:
    case ROW_I64:
    case ROW_KIB:
    case ROW_HEX64:
        *(uint64_t *)at += 1;
        return;
    default:
        *(int *)at += 1;
    }
}

static bool
is_scalar(const Row *row)
{
    return row->kind != ROW_STRUCT && row->kind != ROW_OWNED && row->kind != ROW_LIST && row->kind != ROW_HOOK;
}

static void
check_abi_rows(const RowTable *table, void *opaque)
{
    for (const Row *row = table->rows; row->kind != ROW_END; row++)
        for (int round = 0; row->abi && is_scalar(row) && round < ROUNDS; round++) {
            void *obj = rows_new(table);

            fill(table, obj, round, 0);

            void *other = rows_copy(table, obj);
            g_autoptr(GError) err = NULL;

            change(row, other);

            bool applies = !row->when || row->when(obj) || row->when(other);
            bool same = rows_compare(table, obj, other, VIR_FROM_DOMAIN, &err);

            if (applies && same)
                fail_msg("%s: a change of '%s' goes unnoticed", table->what, row->path);
            rows_free(table, obj);
            rows_free(table, other);
        }
}

static void
every_change_the_guest_sees_is_noticed(void **state)
{
    walk_all(check_abi_rows, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_have_the_size_of_their_kind),
        cmocka_unit_test(what_is_printed_is_read_and_copied),
        cmocka_unit_test(every_change_the_guest_sees_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
