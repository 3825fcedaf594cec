/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/qmp-client.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu/qmp-client-private.h"
#include "qemu/qmp-socket.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

void
qmp_pending_free(QmpPending *pending)
{
    if (pending->fd >= 0)
        close(pending->fd);
    g_free(pending->cmd);
    g_free(pending->args);
    g_free(pending);
}

QmpClient *
qmp_client_ref(QmpClient *client)
{
    g_atomic_int_inc(&client->refs);
    return client;
}

void
qmp_client_unref(QmpClient *client)
{
    if (!client || !g_atomic_int_dec_and_test(&client->refs))
        return;
    if (client->handler->destroy)
        client->handler->destroy(client->data);
    qmp_client_drop_output(client);
    g_array_unref(client->marks);
    g_string_free(client->out, TRUE);
    g_byte_array_unref(client->in);
    if (client->fd >= 0)
        close(client->fd);
    g_mutex_clear(&client->lock);
    g_free(client->label);
    g_free(client->path);
    loop_unref(client->loop);
    g_free(client);
}

static void
unref_client(gpointer data)
{
    qmp_client_unref(data);
}

bool
qmp_client_is_open(QmpClient *client)
{
    bool open;

    g_mutex_lock(&client->lock);
    open = client->state == QMP_OPEN;
    g_mutex_unlock(&client->lock);
    return open;
}

static void
fail_pending(GQueue *pending, const GError *why)
{
    QmpPending *p;

    while ((p = g_queue_pop_head(pending))) {
        g_autoptr(GError) error = NULL;

        fail(&error, VIR_ERR_OPERATION_FAILED, _("domain is no longer running: QEMU command '%s' got no reply: %s"),
             p->cmd, why->message);
        if (p->cb)
            p->cb(NULL, error, p->data);
        qmp_pending_free(p);
    }
}

bool
qmp_error_is_lost(const GError *error)
{
    return error && verr_matches(error, VIR_ERR_OPERATION_FAILED) && verr_from(error) == VIR_FROM_QEMU;
}

/* Lock held: nothing is sent or received from now on. false: it was closed already. */
static bool
shut(QmpClient *client, QmpState state, GQueue *ret_pending)
{
    bool was_shut = client->state == QMP_SHUT || client->state == state;

    client->state = was_shut ? client->state : state;
    if (was_shut)
        return false;
    *ret_pending = client->pending;
    g_queue_init(&client->pending);
    qmp_client_drop_output(client);
    /* QEMU sees the end at once, though fd is closed with the last reference. */
    if (client->fd >= 0)
        shutdown(client->fd, SHUT_RDWR);
    source_remove(&client->source);
    source_remove(&client->retry);
    return true;
}

void
qmp_client_give_up(QmpClient *client, const GError *why)
{
    GQueue pending;
    bool   was_open;

    g_mutex_lock(&client->lock);
    was_open = shut(client, QMP_LOST, &pending);
    g_mutex_unlock(&client->lock);
    if (!was_open)
        return;
    fail_pending(&pending, why);
    if (client->handler->lost)
        client->handler->lost(client, why, client->data);
}

void
qmp_client_lose(QmpClient *client, const char *why)
{
    g_autoptr(GError) error = NULL;

    if (client->path && client->handler->reopened) {
        qmp_client_break(client, why);
        return;
    }
    fail(&error, VIR_ERR_OPERATION_FAILED, "%s", why);
    qmp_client_give_up(client, error);
}

typedef struct {
    QmpClient *client;
    GQueue     pending;
} Closing;

static void
finish_closing(gpointer data)
{
    Closing *closing = data;
    g_autoptr(GError) why = NULL;

    fail(&why, VIR_ERR_OPERATION_FAILED, _("the monitor connection was closed"));
    fail_pending(&closing->pending, why);
}

static void
free_closing(gpointer data)
{
    Closing *closing = data;

    qmp_client_unref(closing->client);
    g_free(closing);
}

void
qmp_client_close(QmpClient *client)
{
    Closing *closing = g_new0(Closing, 1);
    bool     was_open;

    closing->client = qmp_client_ref(client);
    g_mutex_lock(&client->lock);
    was_open = shut(client, QMP_SHUT, &closing->pending);
    g_mutex_unlock(&client->lock);
    if (was_open)
        loop_post(client->loop, finish_closing, closing, free_closing);
    else
        free_closing(closing);
}

void
qmp_client_drain(QmpClient *client)
{
    while (qmp_client_is_open(client) && qmp_client_read(client))
        ;
}

static gboolean
on_socket(int fd, GIOCondition what, gpointer data)
{
    g_autoptr(QmpClient) client = qmp_client_ref(data);

    if (what & G_IO_OUT) {
        g_mutex_lock(&client->lock);
        if (client->state == QMP_OPEN) {
            loop_fd_set_cond(client->source, G_IO_IN);
            qmp_client_flush(client);
        }
        g_mutex_unlock(&client->lock);
    }
    if (what & (G_IO_IN | G_IO_HUP | G_IO_ERR))
        qmp_client_read(client);
    return G_SOURCE_CONTINUE;
}

static void
on_capabilities(JsonNode *ret, const GError *error, gpointer data)
{
    QmpClient *client = data;

    if (error && !qmp_error_is_lost(error))
        qmp_client_lose(client, error->message);
    qmp_client_unref(client);
}

void
qmp_client_take_fd(QmpClient *client, int fd)
{
    QmpPending *first = g_new0(QmpPending, 1);

    client->fd = fd;
    client->state = QMP_OPEN;
    client->opened_us = g_get_monotonic_time();
    client->source = loop_add_fd(client->loop, fd, G_IO_IN, on_socket, qmp_client_ref(client), unref_client);
    /* Needs no greeting: QEMU reads it when it gets there. */
    *first = (QmpPending){ .cmd = g_strdup("qmp_capabilities"), .fd = -1, .cb = on_capabilities,
                           .data = qmp_client_ref(client) };
    qmp_client_put(client, first);
}

static QmpClient *
new_client(Loop *loop, const char *path, const char *label, const QmpHandler *handler, gpointer data)
{
    QmpClient *client = g_new0(QmpClient, 1);

    client->refs = 1;
    client->loop = loop_ref(loop);
    client->path = g_strdup(path);
    client->label = g_strdup(label);
    client->handler = handler;
    client->data = data;
    client->state = QMP_LOST;
    client->fd = -1;
    /* Not from 1: what a former daemon has asked may still be answered, to us. */
    client->last_id = g_random_int();
    g_mutex_init(&client->lock);
    g_queue_init(&client->pending);
    client->out = g_string_new(NULL);
    client->marks = g_array_new(FALSE, FALSE, sizeof(QmpMark));
    client->in = g_byte_array_new();
    return client;
}

static QmpClient *
new_open(Loop *loop, int fd, const char *path, const char *label, const QmpHandler *handler, gpointer data)
{
    QmpClient *client = new_client(loop, path, label, handler, data);

    client->openings = 1;
    g_mutex_lock(&client->lock);
    qmp_client_take_fd(client, fd);
    qmp_client_flush(client);
    g_mutex_unlock(&client->lock);
    return client;
}

QmpClient *
qmp_client_new_fd(Loop *loop, int fd, const char *label, const QmpHandler *handler, gpointer data)
{
    return new_open(loop, fd, NULL, label, handler, data);
}

QmpClient *
qmp_client_connect(Loop *loop, const char *path, const char *label, const QmpHandler *handler, gpointer data,
                   GError **err)
{
    int fd = qmp_socket_connect(path, err);

    return fd >= 0 ? new_open(loop, fd, path, label, handler, data) : NULL;
}

QmpClient *
qmp_client_attach(Loop *loop, const char *path, const char *label, const QmpHandler *handler, gpointer data)
{
    return new_client(loop, path, label, handler, data);
}
