/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A monitor connection that broke while its QEMU lives is made anew. QEMU serves one monitor client at a time, and what
 * is left of the last one may cost the next one its connection, too: a few attempts, with growing pauses, on the loop.
 * Nobody asks here whether QEMU lives: its pidfd ends everything as soon as it does not.
 */
#include <string.h>
#include <unistd.h>

#include "qemu/qmp-client-private.h"
#include "qemu/qmp-socket.h"
#include "util/err.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

/* About 14 s altogether. A command that is around each time when the connection breaks may be what breaks it. */
enum { MAX_TRIES = 20, SHORTEST_PAUSE_MS = 10, MAX_WRITES = 4 };
guint qmp_reopen_pause_ms = 1000;
#define GOOD_WHILE (30 * G_TIME_SPAN_SECOND)

/* Doing them twice is doing them once, or QEMU refuses the second time; queries are not listed. */
static const char *const repeatable[] = {
    "balloon", "cont", "expire_password", "migrate-continue", "migrate-set-capabilities", "migrate-set-parameters", "migrate_cancel",
    "qom-get", "qom-set", "set_password", "stop",
};

static bool
may_be_repeated(const QmpPending *pending)
{
    if (pending->writes >= MAX_WRITES)
        return false;
    if (g_str_has_prefix(pending->cmd, "query-"))
        return true;
    for (gsize i = 0; i < G_N_ELEMENTS(repeatable); i++)
        if (strcmp(repeatable[i], pending->cmd) == 0)
            return true;
    return false;
}

static void
fail_unknown(GQueue *pending, const char *label)
{
    QmpPending *p;

    while ((p = g_queue_pop_head(pending))) {
        g_autoptr(GError) error = NULL;

        fail(&error, VIR_ERR_OPERATION_FAILED,
             _("the monitor connection of domain '%s' broke: whether QEMU has carried out '%s' is not known"), label, p->cmd);
        if (p->cb)
            p->cb(NULL, error, p->data);
        qmp_pending_free(p);
    }
}

/* Lock held. What may be written to the new connection is put there, in its order; the rest is handed over. */
static void
sort_pending(QmpClient *client, GQueue *waiting, GQueue *ret_unknown)
{
    QmpPending *p;

    while ((p = g_queue_pop_head(waiting))) {
        if (p->writes == 0 || may_be_repeated(p))
            qmp_client_put(client, p);
        else
            g_queue_push_tail(ret_unknown, p);
    }
}

static void
reopen(QmpClient *client, int fd)
{
    GQueue waiting, unknown = G_QUEUE_INIT;

    g_byte_array_set_size(client->in, 0);
    client->scanned = 0;
    g_mutex_lock(&client->lock);
    if (client->state != QMP_BROKEN) {
        g_mutex_unlock(&client->lock);
        close(fd);
        return;
    }
    waiting = client->pending;
    g_queue_init(&client->pending);
    qmp_client_take_fd(client, fd);
    sort_pending(client, &waiting, &unknown);
    qmp_client_flush(client);
    g_mutex_unlock(&client->lock);
    log_info("%s: monitor connected", client->label);
    fail_unknown(&unknown, client->label);
    client->handler->reopened(client, ++client->openings, client->data);
}

static void schedule(QmpClient *client);

static gboolean
on_retry(gpointer data)
{
    g_autoptr(QmpClient) client = qmp_client_ref(data);
    g_autoptr(GError)    err = NULL;
    int                  fd = qmp_socket_connect(client->path, &err);
    bool                 last;

    g_mutex_lock(&client->lock);
    source_remove(&client->retry);
    last = ++client->tries >= MAX_TRIES;
    if (fd < 0 && client->state == QMP_BROKEN && !last)
        schedule(client);
    g_mutex_unlock(&client->lock);
    if (fd >= 0)
        reopen(client, fd);
    else if (last)
        qmp_client_give_up(client, err);
    return G_SOURCE_REMOVE;
}

static void
unref_client(gpointer data)
{
    qmp_client_unref(data);
}

/* Lock held. */
static void
schedule(QmpClient *client)
{
    guint pause = client->tries == 0 ? 0 : MIN((guint)SHORTEST_PAUSE_MS << MIN(client->tries, 10), qmp_reopen_pause_ms);

    client->retry = loop_add_timer(client->loop, pause, on_retry, qmp_client_ref(client), unref_client);
}

/* Lock held. The new connection says it again. */
static QmpPending *
take_greeting(QmpClient *client)
{
    QmpPending *head = g_queue_peek_head(&client->pending);

    return head && strcmp(head->cmd, "qmp_capabilities") == 0 ? g_queue_pop_head(&client->pending) : NULL;
}

void
qmp_client_break(QmpClient *client, const char *why)
{
    g_autoptr(GError) error = NULL;
    QmpPending       *greeting;
    bool              give_up;

    fail(&error, VIR_ERR_OPERATION_FAILED, "%s", why);
    g_mutex_lock(&client->lock);
    if (client->state != QMP_OPEN) {
        g_mutex_unlock(&client->lock);
        return;
    }
    client->state = QMP_BROKEN;
    qmp_client_drop_output(client);
    source_remove(&client->source);
    close(client->fd);
    client->fd = -1;
    greeting = take_greeting(client);
    if (g_get_monotonic_time() - client->opened_us > GOOD_WHILE)
        client->tries = 0;
    give_up = client->tries >= MAX_TRIES;
    if (!give_up)
        schedule(client);
    g_mutex_unlock(&client->lock);
    log_info("%s: monitor connection broke: %s", client->label, why);
    if (greeting) {
        greeting->cb(NULL, error, greeting->data);
        qmp_pending_free(greeting);
    }
    if (give_up)
        qmp_client_give_up(client, error);
}

void
qmp_client_retry(QmpClient *client)
{
    g_mutex_lock(&client->lock);
    if (client->state == QMP_LOST && client->path && client->handler->reopened) {
        client->state = QMP_BROKEN;
        client->tries = 0;
        schedule(client);
    }
    g_mutex_unlock(&client->lock);
}
