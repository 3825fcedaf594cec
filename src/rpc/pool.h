/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Worker threads that come with the work and go when there is none for a while. Jobs start in the order in which they
 * were pushed. Any thread may push, workers too.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct RpcPool RpcPool;

RpcPool *rpc_pool_new(const char *name, guint max_threads);
void     rpc_pool_push(RpcPool *pool, void (*fn)(gpointer data), gpointer data);
/* Waits until all that has been pushed is done and the threads have gone, at most until the monotonic time deadline (-1:
 * for ever); false: something still runs. Not on a worker. */
bool     rpc_pool_finish(RpcPool *pool, gint64 deadline);
/* After a successful finish. */
void     rpc_pool_free(RpcPool *pool);
