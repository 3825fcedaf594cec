/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw.h"

#include <poll.h>

#include "rpc/keepalive.h"

#include "../unit.h"

Raw
raw_connect(Fake *fake)
{
    return (Raw) { fake_connect_raw(fake), RPC_READER_INIT(RPC_PACKET_MAX) };
}

void
raw_close(Raw *raw)
{
    rpc_reader_clear(&raw->in);
    chan_free(raw->chan);
}

void
raw_send(Raw *raw, const RpcHeader *header, gconstpointer body, gsize len)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT;
    RpcQueue  q = { 0 };

    rpc_packet_begin(&w, header);
    xdr_put_raw(&w, body, len);
    rpc_packet_finish(&w);
    rpc_queue_push(&q, &w, NULL, 0);
    while (q.head && rpc_queue_flush(&q, raw->chan, NULL) != CHAN_FAILED)
        ;
    rpc_queue_clear(&q);
}

bool
raw_receive(Raw *raw, RpcPacket *ret_packet)
{
    struct pollfd p = { chan_fd(raw->chan), POLLIN, 0 };

    while (rpc_reader_next(&raw->in, raw->chan, ret_packet, NULL) != RPC_NEXT_PACKET) {
        ChanResult result = rpc_reader_fill(&raw->in, raw->chan, NULL);

        if (result == CHAN_AGAIN && poll(&p, 1, 60000) == 0)
            fail_msg("no answer within a minute");
        if (result == CHAN_EOF || result == CHAN_FAILED)
            return false;
    }
    return true;
}

void
raw_expect_silence(Raw *raw)
{
    RpcHeader ping = {
        .program = RPC_KEEPALIVE_PROGRAM, .version = 1, .procedure = RPC_KEEPALIVE_PING, .type = RPC_TYPE_MESSAGE,
    };
    RpcPacket p;

    raw_send(raw, &ping, NULL, 0);
    assert_true(raw_receive(raw, &p));
    assert_int_equal(p.header.program, RPC_KEEPALIVE_PROGRAM);
    assert_int_equal(p.header.procedure, RPC_KEEPALIVE_PONG);
    assert_int_equal(p.header.type, RPC_TYPE_MESSAGE);
}
