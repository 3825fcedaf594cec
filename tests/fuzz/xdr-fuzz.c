/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A struct with every XDR type: what decodes must encode to something that decodes to the same bytes. */
#include <stdint.h>
#include <string.h>

#include "../rpc/every.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
again(const Every *e)
{
    XdrWriter w = XDR_WRITER_INIT(XDR_DATA_MAX), w2 = XDR_WRITER_INIT(XDR_DATA_MAX);
    XdrReader r;
    Every     back = { 0 };

    if (!xdr_encode(&w, every_rows, e, NULL))
        __builtin_trap();
    r = XDR_READER_INIT(w.data, w.len);
    if (!xdr_decode(&r, every_rows, &back, NULL) || xdr_left(&r))
        __builtin_trap();
    if (!xdr_encode(&w2, every_rows, &back, NULL) || w.len != w2.len || memcmp(w.data, w2.data, w.len) != 0)
        __builtin_trap();
    xdr_clear(every_rows, &back);
    xdr_writer_clear(&w);
    xdr_writer_clear(&w2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    XdrReader r = XDR_READER_INIT(data, size);
    Every     e = { 0 };

    if (xdr_decode(&r, every_rows, &e, NULL)) {
        again(&e);
        xdr_clear(every_rows, &e);
    } else if (e.string || e.things.v || e.maybe) {
        __builtin_trap(); /* a failed decode leaves nothing */
    }
    return 0;
}
