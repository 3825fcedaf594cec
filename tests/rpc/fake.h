/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server with a small program of its own, and clients of it, for the tests of this room. Each test owns its Fake; the
 * server runs on a loop with a thread.
 */
#pragma once

#include "rpc/client.h"
#include "rpc/server.h"
#include "rpc/session.h"
#include "rpc/stream.h"

#define FAKE_PROGRAM 0x7a7a0001

typedef struct { guint32 number; char *text; GBytes *blob; } EchoIn;
typedef struct { guint32 number; char *text; GBytes *blob; } EchoOut;
typedef struct { gint32 value; } NumberIn;
typedef struct { gint32 value; } NumberOut;

enum {
    FAKE_ECHO = 1,       /* LOOP */
    FAKE_ECHO_WORK = 2,  /* the same on a worker */
    FAKE_FAIL = 3,       /* domain not found; or nothing said, by number */
    FAKE_GATE = 4,       /* LONG: waits for fake_open_gate() */
    FAKE_EVENTS = 5,     /* sends so many events, numbered */
    FAKE_FDS = 6,        /* returns the descriptors that it got */
    FAKE_UPLOAD = 7,     /* stream: remembers what came */
    FAKE_DOWNLOAD = 8,   /* stream: sends that many bytes */
    FAKE_BYE = 9,        /* closes the session after the reply */
    FAKE_HANG_UP = 10,   /* closes it at once, without an answer */
    FAKE_LOGIN = 11,     /* authenticates; allowed before */
    FAKE_KEEPALIVE = 12, /* asks the server for pings */
    FAKE_POUR = 13,      /* stream: into fake->pipe */
    FAKE_GATE_WORK = 14, /* as FAKE_GATE, on a worker */
    FAKE_EVENT = 100,
};

const RpcCall *fake_call(gint32 number);
extern const RpcProgram fake_program;
extern const XdrField   number_rows[];

typedef struct {
    Loop      *loop;
    RpcServer *server;
    RpcService service;
    bool       wants_login;

    GMutex lock;
    GCond  cond;
    /* under lock */
    bool    gate_open;
    int     waiting_at_gate;
    int     closed, destroyed; /* sessions */
    GString *uploaded;
    int     ends, aborts, writables, streams_gone;
    bool    pause_uploads, hold_answer;
    RpcStream *upload;
    int        pipe; /* closed when its stream has ended */
} Fake;

Fake *fake_new(const RpcLimits *limits);
void  fake_free(Fake *fake);
void  fake_stop(Fake *fake); /* the server only */
RpcClient *fake_connect(Fake *fake, const RpcClientHandler *handler);
Chan      *fake_connect_raw(Fake *fake); /* the client's end of a connection */
void fake_open_gate(Fake *fake);
/* Waits (under lock) until *counter reaches n; false after ten seconds. */
bool fake_wait(Fake *fake, const int *counter, int n);

/* Echo with this text; true if the same came back. */
bool fake_echo(RpcClient *client, gint32 procedure, guint32 number, const char *text);

/* Loop hooks of a Loop, as an application's event loop would offer them. */
const RpcLoopHooks *fake_hooks(Loop *loop);
