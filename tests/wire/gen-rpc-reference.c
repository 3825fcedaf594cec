/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints docs/rpc-reference.md from the tables of src/wire; with a file name, compares instead (what a reader of the
 * documentation loses otherwise: the truth). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/events.h"
#include "wire/session.h"

static void
add_field(GString *s, const XdrField *f)
{
    bool list = f->elem && f->type != &xdr_absent && f->type != &xdr_optional;

    if (f->type == &xdr_absent)
        return;
    g_string_append_printf(s, "%s%s: %s", s->len ? ", " : "", f->name, f->elem ? f->elem->name : f->type->name);
    if (f->type == &xdr_optional)
        g_string_append(s, " or nothing");
    if (list)
        g_string_append(s, " list");
    if (f->max)
        g_string_append_printf(s, " (at most %zu)", f->max);
}

/* Members of embedded structs are shown without the path to them: "list.v" is "list", "info.memory" is "memory". */
static void
shorten(GString *s)
{
    g_string_replace(s, "info.", "", 0);
    g_string_replace(s, ".v:", ":", 0);
}

static char *
describe(const XdrField *rows)
{
    GString *s = g_string_new(NULL);

    for (; rows && rows->name; rows++)
        add_field(s, rows);
    shorten(s);
    if (s->len == 0)
        g_string_append(s, "–");
    return g_string_free(s, FALSE);
}

static const char *
lane_name(RpcLane lane)
{
    static const char *const names[] = { [RPC_LOOP] = "loop", [RPC_WORK] = "work", [RPC_LONG] = "long" };

    return names[lane];
}

static void
print_call(GString *to, const RpcCall *call)
{
    g_autofree char *in = describe(call->in);
    g_autofree char *out = describe(call->out);
    const char      *access = !call->tag ? "–" : verbs[wire_tag(call)->verb].access == VERB_RW ? "write" : "read";

    g_string_append_printf(to, "| %d | %s | %s | %s | %s | %s | %s |\n", call->number, call->name,
                           wire_api_name(call->number), in, out, lane_name(call->lane), access);
}

static void
print_calls(GString *to)
{
    g_string_append(to, "## Calls\n\n"
                        "| number | procedure | function | arguments | results | lane | access |\n"
                        "| --- | --- | --- | --- | --- | --- | --- |\n");
    for (gint32 number = 0; number < 512; number++) {
        const RpcCall *own = session_call_by_number(number);
        const RpcCall *call = own ? own : wire_call_by_number(number);

        if (call)
            print_call(to, call);
    }
}

static void
print_events(GString *to)
{
    g_string_append(to, "\n## Events\n\nWhat `n1`, `text1` and so on mean for each event is said in `src/model/event.h`.\n\n"
                        "| event id | message with callback id | message without | content |\n"
                        "| --- | --- | --- | --- |\n");
    for (gsize i = 0; i < n_wire_events; i++) {
        const WireEvent *row = &wire_events[i];
        g_autofree char *rows = describe(row->rows);
        g_autofree char *legacy = row->legacy ? g_strdup_printf("%u", row->legacy) : g_strdup("–");

        g_string_append_printf(to, "| %d | %u | %s | %s |\n", row->id, row->callback, legacy,
                               row->rows ? rows : "not raised");
    }
}

static void
print_unsupported(GString *to)
{
    int n = 0;

    for (gint32 number = 0; number < 512; number++)
        n += wire_api_name(number) && !wire_call_by_number(number) && !session_call_by_number(number);
    g_string_append_printf(to, "\nThe other %d procedures of libvirt 9.0.0 are answered with error 3, \"this function is "
                               "not supported by the\nconnection driver: NAME\"; numbers beyond with error 39, "
                               "\"unknown procedure: N\".\n", n);
}

int
main(int argc, char **argv)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char   *committed = NULL;

    g_string_append_printf(text, "# The remote protocol as Godwit serves it\n\n"
                                 "Printed from `src/wire/` by `tests/wire/gen-rpc-reference.c`; do not edit. "
                                 "Program 0x%08x, version %u.\n\n"
                                 "Lanes: *loop* calls never wait and run on the loop thread; *work* calls may wait for "
                                 "QEMU or a disk;\n*long* calls may take as long as a migration.\n\n",
                           REMOTE_PROGRAM, REMOTE_VERSION);
    print_calls(text);
    print_events(text);
    print_unsupported(text);
    if (argc < 2) {
        fputs(text->str, stdout);
        return EXIT_SUCCESS;
    }
    if (g_file_get_contents(argv[1], &committed, NULL, NULL) && strcmp(committed, text->str) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "%s differs from the tables: print it again with %s\n", argv[1], argv[0]);
    return EXIT_FAILURE;
}
