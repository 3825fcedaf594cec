/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/keepalive.h"

void
rpc_keepalive_start(RpcKeepalive *ka, gint64 interval_ms, guint count, gint64 now)
{
    *ka = (RpcKeepalive) { .interval = MAX(interval_ms, 0) * 1000, .count = count, .left = count, .since = now };
}

void
rpc_keepalive_heard(RpcKeepalive *ka, gint64 now)
{
    ka->since = now;
    ka->left = ka->count;
}

RpcKeepaliveStep
rpc_keepalive_step(RpcKeepalive *ka, gint64 now)
{
    if (ka->interval == 0 || now - ka->since < ka->interval)
        return RPC_KEEPALIVE_WAIT;
    if (ka->left == 0)
        return RPC_KEEPALIVE_DEAD;
    ka->left--;
    ka->since = now;
    return RPC_KEEPALIVE_SEND;
}

int
rpc_keepalive_wait_ms(const RpcKeepalive *ka, gint64 now)
{
    gint64 left = ka->since + ka->interval - now;

    if (ka->interval == 0)
        return -1;
    return left <= 0 ? 0 : (int)MIN((left + 999) / 1000, G_MAXINT);
}

void
rpc_keepalive_packet(XdrWriter *w, RpcKeepaliveProc proc)
{
    RpcHeader header = {
        .program = RPC_KEEPALIVE_PROGRAM, .version = RPC_KEEPALIVE_VERSION,
        .procedure = proc, .type = RPC_TYPE_MESSAGE,
    };

    rpc_packet_begin(w, &header);
    rpc_packet_finish(w);
}
