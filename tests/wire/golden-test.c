/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, stock libvirt clients and daemons no longer understand us: a packet that they sent (packets.txt), or
 * that the published protocol prescribes (made.txt), is not what our rows make of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/events.h"
#include "wire/forms.h"
#include "wire/session.h"

#define HEADER 28

static const char *golden_dir;

typedef struct {
    char   *name, *type;
    guint8 *data;
    gsize   len;
    gint32  number;
} Packet;

static guint8 *
from_hex(const char *hex, gsize *ret_len)
{
    gsize   n = strlen(hex) / 2;
    guint8 *data = g_malloc(n + 1);

    for (gsize i = 0; i < n; i++)
        data[i] = g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]);
    *ret_len = n;
    return data;
}

static bool
encode_form(const RpcCall *call, gpointer wire, XdrWriter *w, GError **err)
{
    const WireTag    *tag = wire_tag(call);
    g_autofree void  *in = g_malloc0(verb_rows[tag->verb].in_size);
    g_autofree void  *again = g_malloc0(call->in_size);
    bool              ok;

    ok = tag->form->take(wire, in, err) && tag->form->lend(in, again, err) && xdr_encode(w, call->in, again, err);
    xdr_clear(verb_rows[tag->verb].in, in);
    return ok;
}

/* Decodes the first len bytes; when that succeeds, what is encoded again goes to w. */
static bool
through_rows(const Packet *p, gsize len, XdrWriter *w)
{
    const RpcCall     *call = wire_call_by_number(p->number);
    bool               is_call = strcmp(p->type, "call") == 0;
    const XdrField    *rows;
    g_autofree void   *s = NULL;
    g_autoptr(GError)  err = NULL;
    XdrReader          r = XDR_READER_INIT(p->data + HEADER, len);
    bool               ok;

    call = call ? call : session_call_by_number(p->number);
    assert_non_null(call);
    assert_string_equal(call->name, p->name);
    rows = is_call ? call->in : call->out;
    s = g_malloc0((is_call ? call->in_size : call->out_size) + 1);
    ok = !rows || xdr_decode(&r, rows, s, &err);
    if (ok && w && is_call && call->tag && wire_tag(call)->form)
        ok = encode_form(call, s, w, &err);
    else if (ok && w)
        ok = !rows || xdr_encode(w, rows, s, &err);
    if (w && !ok)
        print_message("%s %s: %s\n", p->name, p->type, err ? err->message : "?");
    if (w)
        assert_int_equal(xdr_left(&r), 0);
    if (rows)
        xdr_clear(rows, s);
    xdr_reader_clear(&r);
    return ok;
}

static bool
event_through_rows(const Packet *p, gsize len, XdrWriter *w)
{
    bool                   legacy = false;
    gint32                 id = 0;
    const WireEvent       *row = wire_event_by_proc(p->number, &legacy);
    XdrReader              r = XDR_READER_INIT(p->data + HEADER, len);
    g_autoptr(GError)      err = NULL;
    g_autoptr(DomainEvent) ev = NULL;
    EventMessage           msg;

    assert_non_null(row);
    ev = wire_event_decode(row, legacy, &r, &id, &err);
    msg = (EventMessage){ row, ev, id };
    xdr_reader_clear(&r);
    if (!ev || !w)
        return ev != NULL;
    assert_int_equal(ev->id, row->id);
    assert_int_equal(wire_event_procedure(&msg), p->number);
    return xdr_encode(w, rows_event_message, &msg, &err);
}

static bool
through(const Packet *p, gsize len, XdrWriter *w)
{
    return strcmp(p->type, "message") == 0 ? event_through_rows(p, len, w) : through_rows(p, len, w);
}

static void
check_packet(const Packet *p)
{
    XdrWriter w = XDR_WRITER_INIT(XDR_DATA_MAX);
    gsize     payload = p->len - HEADER;

    if (!through(p, payload, &w) || w.len != payload || (payload && memcmp(w.data, p->data + HEADER, payload) != 0))
        fail_msg("%s %s does not come out as it went in (%zu of %zu bytes)", p->name, p->type, w.len, payload);
    xdr_writer_clear(&w);
    /* Every shorter packet is refused, and frees what it had filled (the sanitizers look). */
    for (gsize len = 0; len < payload; len += len < 256 ? 1 : 61)
        assert_false(through(p, len, NULL));
}

static void
check_file(const char *file)
{
    g_autofree char *path = g_build_filename(golden_dir, file, NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv)    lines = NULL;
    int              n = 0;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv)      words = g_strsplit(*line, " ", 3);
        Packet             p = { 0 };
        g_autofree guint8 *data = NULL;

        if (**line == '\0' || **line == '#')
            continue;
        data = from_hex(words[2], &p.len);
        p.name = words[0];
        p.type = words[1];
        p.data = data;
        p.number = (gint32)((guint32)data[12] << 24 | data[13] << 16 | data[14] << 8 | data[15]);
        check_packet(&p);
        n++;
    }
    print_message("%s: %d packets\n", file, n);
    assert_true(n > 50);
}

static void
recorded_packets_round_trip(void **state)
{
    (void)state;
    check_file("packets.txt");
}

static void
published_layouts_round_trip(void **state)
{
    (void)state;
    check_file("made.txt");
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_packets_round_trip),
        cmocka_unit_test(published_layouts_round_trip),
    };

    golden_dir = argc > 1 ? argv[1] : "tests/golden/wire";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
