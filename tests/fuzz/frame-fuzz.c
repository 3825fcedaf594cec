/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes from a peer, in pieces as long as the first byte says, into the packet reader and the error decoder. */
#include <stdint.h>
#include <string.h>

#include "rpc/call.h"
#include "rpc/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
use_packet(const RpcPacket *p)
{
    XdrReader r = XDR_READER_INIT(p->payload, p->len);
    RpcError  e = { 0 };

    if (xdr_decode(&r, rpc_error_rows, &e, NULL))
        xdr_clear(rpc_error_rows, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    RpcReader r = RPC_READER_INIT(RPC_PACKET_MAX);
    RpcPacket p;
    RpcNext   next = RPC_NEXT_MORE;
    size_t    step;

    if (size == 0)
        return 0;
    step = data[0] ? data[0] : size;
    for (size_t at = 1; at < size && next != RPC_NEXT_BAD; at += step) {
        size_t  n = MIN(step, size - at), room;
        guint8 *space = rpc_reader_space(&r, &room);

        n = MIN(n, room);
        memcpy(space, data + at, n);
        rpc_reader_added(&r, n);
        while ((next = rpc_reader_next(&r, NULL, &p, NULL)) == RPC_NEXT_PACKET) {
            use_packet(&p);
            rpc_packet_clear(&p);
        }
        /* Memory follows what came, not what was claimed. */
        if (r.cap > 4 * (size + 16384))
            __builtin_trap();
    }
    rpc_reader_clear(&r);
    return 0;
}
