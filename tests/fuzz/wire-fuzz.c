/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole protocol: the first two bytes choose a row (a call's arguments or results, an event's message), the rest is
 * the payload. What decodes must encode, and come out the same the second time; forms must take it or refuse it. */
#include <stdint.h>
#include <string.h>

#include "wire/events.h"
#include "wire/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Encodes s into w. */
static void
encode(const XdrField *rows, gconstpointer s, XdrWriter *w)
{
    if (!xdr_encode(w, rows, s, NULL))
        __builtin_trap();
}

static void
check_stable(const XdrField *rows, gsize size, gconstpointer s)
{
    XdrWriter        one = XDR_WRITER_INIT(XDR_DATA_MAX), two = XDR_WRITER_INIT(XDR_DATA_MAX);
    g_autofree void *back = g_malloc0(size + 1);
    XdrReader        r;

    encode(rows, s, &one);
    r = XDR_READER_INIT(one.data, one.len);
    if (!xdr_decode(&r, rows, back, NULL) || xdr_left(&r))
        __builtin_trap();
    encode(rows, back, &two);
    if (one.len != two.len || (one.len && memcmp(one.data, two.data, one.len) != 0))
        __builtin_trap();
    xdr_clear(rows, back);
    xdr_writer_clear(&one);
    xdr_writer_clear(&two);
}

static void
try_form(const RpcCall *call, gpointer wire)
{
    const WireTag     *tag = wire_tag(call);
    g_autofree void   *in = g_malloc0(verb_rows[tag->verb].in_size);
    g_autoptr(GError)  err = NULL;

    (void)tag->form->take(wire, in, &err);
    xdr_clear(verb_rows[tag->verb].in, in);
}

static void
try_call(const RpcCall *call, bool args, const uint8_t *data, size_t size)
{
    const XdrField  *rows = args ? call->in : call->out;
    gsize            n = args ? call->in_size : call->out_size;
    g_autofree void *s = g_malloc0(n + 1);
    XdrReader        r = XDR_READER_INIT(data, size);

    if (!rows || !xdr_decode(&r, rows, s, NULL))
        return;
    check_stable(rows, n, s);
    if (args && call->tag && wire_tag(call)->form)
        try_form(call, s);
    xdr_clear(rows, s);
}

static void
try_event(const WireEvent *row, bool legacy, const uint8_t *data, size_t size)
{
    XdrReader              r = XDR_READER_INIT(data, size);
    gint32                 id;
    g_autoptr(DomainEvent) ev = wire_event_decode(row, legacy && row->legacy, &r, &id, NULL);
    EventMessage           msg = { row, ev, id };
    XdrWriter              w = XDR_WRITER_INIT(XDR_DATA_MAX);

    if (ev)
        encode(rows_event_message, &msg, &w);
    xdr_writer_clear(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gsize which;
    bool  other;

    if (size < 2)
        return 0;
    which = data[0];
    other = data[1] & 1;
    data += 2;
    size -= 2;
    if (which < n_remote_calls)
        try_call(&remote_calls[which], other, data, size);
    else if (which - n_remote_calls < n_session_calls)
        try_call(&session_calls[which - n_remote_calls], other, data, size);
    else if (which - n_remote_calls - n_session_calls < n_wire_events)
        try_event(&wire_events[which - n_remote_calls - n_session_calls], other, data, size);
    return 0;
}
