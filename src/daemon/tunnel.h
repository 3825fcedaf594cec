/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The destination's end of a tunnelled migration: the call's stream is poured into the pipe that its driver made.
 */
#pragma once

#include "model/verbs.h"
#include "rpc/call.h"

/* In the handler, after the verb has succeeded: takes out->tunnel. */
void daemon_tunnel_open(RpcRequest *req, MigratePrepareTunnelOut *out);
