/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A remote call as a row, and a program as a table of such rows; client and server walk the same ones.
 *
 * Rows are constant data: any thread. What a call means is not known here: the owner of a program (a higher room)
 * hands in handlers and finds its own row again in tag.
 */
#pragma once

#include "rpc/xdr.h"

typedef struct RpcSession RpcSession; /* server side of one connection: session.h */
typedef struct RpcRequest RpcRequest; /* one call being answered: below */
typedef struct RpcCall    RpcCall;
typedef struct RpcProgram RpcProgram;
typedef struct RpcStream  RpcStream;

/* Who runs the handler on the server.
 * LOOP: the loop thread itself; the handler never waits: one read, one handler, one write.
 * WORK: a bounded pool; the handler may wait for a moment.
 * LONG: a pool that grows; the handler may take hours and delays nobody. */
typedef enum { RPC_LOOP, RPC_WORK, RPC_LONG } RpcLane;

/* Whether a successful reply opens a stream on the call's serial. */
typedef enum { RPC_NO_STREAM, RPC_STREAM_TO_SERVER, RPC_STREAM_TO_CLIENT, RPC_STREAM_BOTH } RpcStreamDir;

/* The handler borrows in, fills the zeroed out only on success and hands over what it puts there (the rows of out
 * free it after encoding). false without err answers as libvirt's daemon does in that case. */
typedef bool (*RpcHandler)(RpcRequest *req, gconstpointer in, gpointer out, GError **err);

enum {
    RPC_BEFORE_AUTH = 1 << 0, /* answered while authentication is pending */
    RPC_TAKES_FDS = 1 << 2,   /* else those that came with it are closed before it runs */
    RPC_BEFORE_OPEN = 1 << 1, /* for the program's gate: answered before whatever it asks for */
};

struct RpcCall {
    gint32          number;
    const char     *name;
    const XdrField *in; /* NULL: nothing on the wire */
    gsize           in_size;
    const XdrField *out;
    gsize           out_size;
    RpcLane         lane;
    RpcStreamDir    stream;
    unsigned        flags;
    RpcHandler      handler; /* server; NULL: the program's */
    gconstpointer   tag;     /* the owner's */
};

struct RpcProgram {
    guint32        number, version;
    const char    *name;
    const RpcCall *calls; /* ascending by number */
    gsize          n_calls;

    /* Server only. handler serves rows without their own. gate runs on the loop thread before decoding; false + err
     * refuses the call. */
    RpcHandler handler;
    bool (*gate)(RpcSession *session, const RpcCall *call, GError **err);
};

const RpcCall *rpc_program_find(const RpcProgram *program, gint32 number);
/* For tests of tables: names the first fault (order, limits, missing names); NULL: all is well. */
const char *rpc_program_fault(const RpcProgram *program);

/* One call being answered. Lives until its handler has returned; belongs to the thread that runs the handler. */
struct RpcRequest {
    RpcSession       *session; /* borrowed */
    const RpcProgram *program;
    const RpcCall    *call;
    guint32           serial;
    int              *fds; /* that came with the call; those not taken (set to -1) are closed afterwards */
    guint             n_fds;
};

/* The descriptor travels with the reply; takes fd. At most 32; more are closed and false returned. */
bool rpc_request_give_fd(RpcRequest *req, int fd);

/* What a peer says when a call fails; also the body of an aborted stream. The layout is libvirt's. */
typedef struct { char *name; XdrUuid uuid; gint32 id; } RpcErrorDom;
typedef struct { char *name; XdrUuid uuid; } RpcErrorNet;
typedef struct {
    gint32       code, domain;
    char        *message;
    gint32       level;
    RpcErrorDom *dom;
    char        *str1, *str2, *str3;
    gint32       int1, int2;
    RpcErrorNet *net;
} RpcError;

extern const XdrField rpc_error_rows[];
/* Fills *e from err (NULL: "returned error but did not set"); xdr_clear(rpc_error_rows, e) frees. */
void rpc_error_from(const GError *err, RpcError *e);
/* Sets *err verbatim; always false. */
bool rpc_error_to(const RpcError *e, GError **err);
