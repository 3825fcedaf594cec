/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A listening socket on a Loop: accepts, and gives descriptors to the server. Knows nothing of sessions. Loop thread.
 */
#pragma once

#include "rpc/server.h"

typedef struct RpcListener RpcListener;

/* Takes fd. false: no more for now (the server pauses the listener). */
typedef bool (*RpcAccepted)(int fd, const RpcService *service, gpointer data);

RpcListener *rpc_listener_new_unix(const char *path, mode_t mode, const RpcService *service, GError **err);
/* One for each address that the name has; caller frees the array, not what it holds. */
GPtrArray   *rpc_listener_new_tcp(const char *addr, guint16 port, const RpcService *service, guint16 *ret_port,
                                  GError **err);
/* Takes fd, also on failure. */
RpcListener *rpc_listener_new_fd(int fd, const RpcService *service, GError **err);
void         rpc_listener_free(RpcListener *listener); /* removes the socket file that it made */

void rpc_listener_start(RpcListener *listener, Loop *loop, RpcAccepted accepted, gpointer data);
void rpc_listener_pause(RpcListener *listener, bool paused);
const RpcService *rpc_listener_service(const RpcListener *listener);
