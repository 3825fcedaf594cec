/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Carries what a verb has opened over the stream of the call, both ways, on the loop's thread. Whoever is slow holds up
 * the other side of this stream and nobody else.
 */
#pragma once

#include "model/verbs.h"
#include "rpc/call.h"

/* In the handler, after the verb has succeeded: takes out->flow. */
void daemon_flow_open(RpcRequest *req, FlowOut *out);
