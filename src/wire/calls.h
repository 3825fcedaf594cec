/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * THE call table: which procedure of libvirt's remote protocol asks for which verb, and in what form.
 *
 * The daemon finds a row by number, the client driver by verb; rpc/ then walks the row. Calls that belong to the
 * session itself (open, authentication, features, event registration) carry no verb: session.h. Constant tables; any
 * thread. Knows nothing of sockets and drivers.
 */
#pragma once

#include "rpc/call.h"
#include "wire/types.h"

#define REMOTE_PROGRAM 0x20008086u
#define REMOTE_VERSION 1u
#define QEMU_PROGRAM 0x20008087u /* monitor and agent commands: known, not served */

/* For a procedure whose arguments are laid out unlike its verb's In: two translations. The wire's struct is described
 * by the row's in. */
typedef struct {
    /* Moves what it needs out of wire into in (zeroed). On failure both are still to be cleared. */
    bool (*take)(gpointer wire, gpointer in, GError **err);
    /* Fills wire (zeroed) with borrowed members of in. */
    bool (*lend)(gconstpointer in, gpointer wire, GError **err);
} WireForm;

/* What RpcCall.tag of each row in remote_calls points to. */
typedef struct {
    VerbId          verb;
    const WireForm *form; /* NULL: the row describes the verb's In itself */
} WireTag;

static inline const WireTag *
wire_tag(const RpcCall *call)
{
    return call->tag;
}

extern const RpcCall remote_calls[]; /* ascending by number */
extern const gsize   n_remote_calls;
/* As a client needs it: rows without handlers. */
extern const RpcProgram remote_program;

/* NULL: a procedure that we do not serve, or that has no verb. */
const RpcCall *wire_call_by_number(gint32 number);
/* The procedure that a client of ours uses; in decides where there are several (migration dialects). NULL: the verb
 * does not travel. */
const RpcCall *wire_call_by_verb(VerbId verb, gconstpointer in);

/* Public function behind a procedure of libvirt 9.0.0; NULL: an event message, or no such procedure. */
const char *wire_api_name(gint32 number);
const char *wire_qemu_api_name(gint32 number);
