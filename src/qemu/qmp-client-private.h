/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the files of the QMP client: its body, and the caps on what a peer may send. qmp-client.c begins and ends a
 * connection, qmp-reopen.c makes one that broke anew, qmp-out.c writes, qmp-in.c reads, qmp-call.c waits.
 */
#pragma once

#include "qemu/qmp-client.h"

enum { QMP_MAX_LINE = 10 * 1024 * 1024, QMP_MAX_DEPTH = 64 };

typedef struct {
    guint64      id;
    char        *cmd;
    char        *args;   /* JSON text; NULL: none */
    int          fd;     /* to be sent along; -1: none, or sent already */
    guint        writes; /* how often it has been written: 0 while the connection is broken and it waits for another */
    QmpReplyFunc cb;
    gpointer     data;
} QmpPending;

/* A descriptor that travels with the byte at this offset of the output. */
typedef struct {
    gsize at;
    int   fd;
} QmpMark;

typedef enum {
    QMP_OPEN,
    QMP_BROKEN, /* another connection is being made; commands wait for it */
    QMP_LOST,   /* none could be made; qmp_client_retry() tries again */
    QMP_SHUT,   /* for good */
} QmpState;

struct QmpClient {
    gint refs; /* atomic */

    /* fixed */
    Loop             *loop;
    char             *label;
    const QmpHandler *handler;
    gpointer          data;
    char             *path; /* NULL: cannot be reopened */

    GMutex   lock;
    /* under lock */
    QmpState state;
    int      fd;      /* changes on the loop thread only; -1: none */
    GQueue   pending; /* QmpPending, in order of sending: replies normally come for the head */
    guint64  last_id;
    GString *out;     /* not yet taken by the socket */
    GArray  *marks;   /* QmpMark, by offset into out */
    GSource *source;  /* also its wait condition */
    GSource *retry;   /* the next attempt to reopen */
    guint    tries;   /* attempts since the connection was last good for a while */
    gint64   opened_us; /* monotonic */

    /* loop thread only */
    guint       openings;
    GByteArray *in;
    gsize       scanned; /* of in: known to hold no newline */
};

void qmp_pending_free(QmpPending *pending);
/* Loop thread: the connection broke by itself. It is reopened where that is possible; otherwise given up. */
void qmp_client_lose(QmpClient *client, const char *why);
/* Loop thread: everything that waits fails; the handler is told. */
void qmp_client_give_up(QmpClient *client, const GError *why);
/* Lock held, loop thread or before anybody else knows the client: from now on this is the connection. Takes fd. Says
 * qmp_capabilities first. */
void qmp_client_take_fd(QmpClient *client, int fd);

/* For tests: the pauses between attempts grow up to this. Written before any client is made. */
extern guint qmp_reopen_pause_ms;
/* qmp-reopen.c. Loop thread. */
void qmp_client_break(QmpClient *client, const char *why);

/* qmp-out.c. Lock held: writes what the socket takes; the rest goes out when it is writable. */
void qmp_client_flush(QmpClient *client);
void qmp_client_drop_output(QmpClient *client);
/* Lock held: takes pending, at the end of what waits for replies; writes it if the connection is open (flush!). */
void qmp_client_put(QmpClient *client, QmpPending *pending);
/* qmp_send_many() with data of its own for each command: data[i * step]. */
void qmp_send_each(QmpClient *client, const QmpCmd *cmds, guint n, QmpReplyFunc cb, gpointer *data, gsize step);

/* qmp-in.c. Loop thread: reads once and delivers complete lines; false: nothing more to be had now. */
bool qmp_client_read(QmpClient *client);
