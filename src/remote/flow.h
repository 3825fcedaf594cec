/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stream of a call, as those see it who use what a verb has opened.
 */
#pragma once

#include "model/flow.h"
#include "rpc/stream.h"

/* Takes stream. */
Flow *remote_flow_new(RpcStream *stream);
