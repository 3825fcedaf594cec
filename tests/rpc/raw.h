/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client of the fake server without the client: packets as the test makes them, on the test's thread. */
#pragma once

#include "fake.h"
#include "rpc/frame.h"

typedef struct {
    Chan     *chan;
    RpcReader in;
} Raw;

Raw  raw_connect(Fake *fake);
void raw_close(Raw *raw);
void raw_send(Raw *raw, const RpcHeader *header, gconstpointer body, gsize len);
/* Waits. False: the server has closed the connection. */
bool raw_receive(Raw *raw, RpcPacket *ret_packet);
/* The connection works: a ping is answered, and nothing else came before. */
void raw_expect_silence(Raw *raw);
