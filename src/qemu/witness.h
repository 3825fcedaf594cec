/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The witness: how the source of a migration learns whether the destination runs the guest when the client that
 * should have told it cannot. One listening socket per host, one line each way:
 *
 *     GODWIT-WITNESS 1 settle <migration id> <token>\n   ->   running\n | cancelled\n | unknown\n
 *
 * To ask is to decide: an arrival whose CPUs have not been started is revoked by the question, and can never start
 * afterwards. While the CPUs are being started the answer is held back until it is known how that went.
 * Knows nothing of QEMU or domains. The table may be used from any thread (own lock); sockets live on the loop.
 */
#pragma once

#include "util/err.h"
#include "util/loop.h"

#define WITNESS_TOKEN_LEN 32 /* hex digits */
#define WITNESS_LINE_MAX 256

typedef enum {
    WITNESS_PENDING,   /* arrived or arriving; CPUs have not been started */
    WITNESS_STARTING,  /* being started; nobody may revoke it now */
    WITNESS_RUNNING,   /* started: the guest lives here, or did */
    WITNESS_CANCELLED, /* never started, never will be */
    WITNESS_UNKNOWN,   /* no such migration, or the facts were lost with a reboot */
    WITNESS_STATE_LAST
} WitnessState;

const char  *witness_state_name(WitnessState state);
WitnessState witness_state_parse(const char *name); /* WITNESS_STATE_LAST: no such name */

typedef struct Witness Witness;
/* An arrival was revoked by its source: stop its QEMU. Loop thread; must not wait. */
typedef void (*WitnessRevoked)(const char *id, gpointer data);

Witness *witness_new(Loop *loop, WitnessRevoked revoked, gpointer data);
/* Closes the endpoint. Not on the loop thread's callbacks of this witness. */
void witness_free(Witness *witness);
/* Opens the endpoint; address NULL: all. Port 0 lets the kernel choose (tests). */
bool    witness_listen(Witness *witness, const char *address, guint16 port, GError **err);
guint16 witness_port(Witness *witness); /* 0: not listening */

/* 32 hex digits from the kernel's random source; caller frees. */
char *witness_token_new(void);

void witness_add(Witness *witness, const char *id, const char *token, WitnessState state);
/* PENDING -> STARTING; false: it was revoked (or is not known): the CPUs must not be started. */
bool witness_try_start(Witness *witness, const char *id);
/* PENDING -> CANCELLED; false: it is starting or runs. */
bool witness_try_cancel(Witness *witness, const char *id);
/* The end of STARTING, or of an arrival that failed by itself; answers whoever waits. */
void         witness_decide(Witness *witness, const char *id, WitnessState state);
WitnessState witness_look(Witness *witness, const char *id);
/* What a valid question does; STARTING: the answer is not known yet. */
WitnessState witness_settle(Witness *witness, const char *id, const char *token);

typedef enum { WITNESS_LINE_OK, WITNESS_LINE_MORE, WITNESS_LINE_BAD } WitnessLine;
typedef struct { char id[37], token[WITNESS_TOKEN_LEN + 1]; } WitnessQuestion;
/* Any bytes; never reads beyond len. */
WitnessLine witness_parse(const char *buf, gsize len, WitnessQuestion *ret_question);

/* Asking */
typedef struct {
    char   *address; /* numeric or a name; names are resolved where waiting is allowed */
    guint16 port;
    char   *token;
    char   *id; /* the destination's */
} WitnessRef;
void        witness_ref_clear(WitnessRef *ref);
void        witness_ref_copy(const WitnessRef *src, WitnessRef *dst);
static inline bool
witness_ref_is_set(const WitnessRef *ref)
{
    return ref->address && ref->token && ref->id && ref->port;
}

/* WITNESS_STATE_LAST: no answer before the deadline. Called once, on the loop thread. */
typedef void (*WitnessAnswered)(WitnessState answer, gpointer data);
typedef struct WitnessAsk WitnessAsk;
/* Loop thread. ref->address must be numeric. The result is freed after answered() or by witness_ask_cancel(). */
WitnessAsk *witness_ask(Loop *loop, const WitnessRef *ref, guint deadline_ms, WitnessAnswered answered, gpointer data);
void        witness_ask_cancel(WitnessAsk *ask);
bool witness_ref_is_numeric(const WitnessRef *ref);
/* Replaces a host name by its first numeric address; waits for the resolver. */
bool witness_ref_resolve(WitnessRef *ref, GError **err);
