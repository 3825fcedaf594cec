/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One QMP connection: commands out, replies and events in. Knows JSON and the protocol, not what a domain is.
 *
 * Commands may be sent from any thread, also from inside callbacks; nothing here waits except qmp_call() and
 * qmp_batch(), which worker threads use and the loop thread must not. Callbacks run on the loop thread, without any
 * lock of the client held, in the order in which QEMU's lines arrived. Every reply callback runs exactly once: when
 * QEMU dies or the client is closed it gets an error instead of a reply.
 *
 * A connection that breaks while its peer lives can be made anew (QmpHandler.reopened): the client stays the same,
 * commands wait for the new connection, and those that can be repeated without harm and had no answer are repeated; of the
 * others it is said that nobody knows. Events of the time between are lost: reopened() has to ask.
 *
 * A command refused by QEMU: VIR_ERR_INTERNAL_ERROR "unable to execute QEMU command 'x': why", from VIR_FROM_QEMU.
 * A lost connection: VIR_ERR_OPERATION_FAILED, qmp_error_is_lost().
 */
#pragma once

#include <stdbool.h>

#include <json-glib/json-glib.h>

#include "util/loop.h"

typedef struct QmpClient QmpClient;

/* A QMP event; borrowed for the time of the callback. data is never NULL. */
typedef struct {
    const char *name;
    JsonObject *data;
    gint64      when_us; /* QEMU's own stamp, microseconds since the epoch */
} QmpEvent;

typedef struct {
    void (*event)(QmpClient *client, const QmpEvent *ev, gpointer data);
    /* The connection ended by itself (not by qmp_client_close()), and no other could be made; pending replies have
     * failed already. */
    void (*lost)(QmpClient *client, const GError *why, gpointer data);
    /* NULL: it is not made anew. times: 1 for the first connection of qmp_client_attach(). What was sent before goes
     * before what is sent from here. */
    void (*reopened)(QmpClient *client, guint times, gpointer data);
    /* With the last reference to the client. */
    GDestroyNotify destroy;
} QmpHandler;

/* ret: the "return" member, borrowed; NULL exactly when error is set. */
typedef void (*QmpReplyFunc)(JsonNode *ret, const GError *error, gpointer data);

/* Connects to the listening socket at path and sends qmp_capabilities; does not wait for QEMU, which may not even
 * have been started as long as the socket listens. Commands may be sent at once. handler is a constant; data is handed to it.
 * label: the domain's name, for messages. */
QmpClient *qmp_client_connect(Loop *loop, const char *path, const char *label, const QmpHandler *handler,
                              gpointer data, GError **err);
/* The same to a QEMU that runs already, as if the connection had been given up: qmp_client_retry() begins. Needs
 * handler->reopened. */
QmpClient *qmp_client_attach(Loop *loop, const char *path, const char *label, const QmpHandler *handler, gpointer data);
/* The same on a connected socket, for once; takes fd. */
QmpClient *qmp_client_new_fd(Loop *loop, int fd, const char *label, const QmpHandler *handler, gpointer data);
QmpClient *qmp_client_ref(QmpClient *client);
void       qmp_client_unref(QmpClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpClient, qmp_client_unref)
/* Any thread. Pending replies fail (on the loop thread); no event is delivered any more. */
void qmp_client_close(QmpClient *client);
/* Loop thread: takes in what is there already, up to the end; for a QEMU that has exited. */
void qmp_client_drain(QmpClient *client);
bool qmp_client_is_open(QmpClient *client);
/* Any thread. If the connection was given up: it is tried again, commands wait meanwhile. */
void qmp_client_retry(QmpClient *client);

/* Takes args (NULL: none). cb may be NULL: errors are logged then. */
void qmp_send(QmpClient *client, const char *cmd, JsonObject *args, QmpReplyFunc cb, gpointer data);

/* One command of a batch. */
typedef struct {
    const char *cmd;
    JsonObject *args;    /* taken; NULL: none */
    int         pass_fd; /* with has_fd: sent along by SCM_RIGHTS (getfd, add-fd); stays the caller's */
    bool        has_fd;
    bool        may_fail; /* a refusal by QEMU is no error of the batch; its ret is NULL then */
} QmpCmd;

/* All commands in one write; cb once per command, in order, with data. */
void qmp_send_many(QmpClient *client, const QmpCmd *cmds, guint n, QmpReplyFunc cb, gpointer data);

/* Worker threads only. All commands in one write, waits for all replies; false with the first error (all have been
 * answered nevertheless). rets: NULL or n places, each filled with a reference that the caller unrefs, or NULL. */
bool qmp_batch(QmpClient *client, const QmpCmd *cmds, guint n, JsonNode **rets, GError **err);
/* The same for one command; takes args. ret may be NULL. */
bool qmp_call(QmpClient *client, const char *cmd, JsonObject *args, JsonNode **ret, GError **err);

/* Was it the connection that failed, and not the command? */
bool qmp_error_is_lost(const GError *error);
