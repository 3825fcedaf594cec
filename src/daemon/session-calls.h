/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that concern the client's connection itself: opening, features, authentication, events. Loop thread; none waits.
 */
#pragma once

#include "rpc/call.h"

/* NULL: not one of ours. */
RpcHandler session_call_handler(gint32 number);
