/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reading half of the QMP client: lines into replies and events. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "qemu/qmp-client-private.h"
#include "util/err.h"
#include "util/json.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

enum { READ_CHUNK = 65536 };

static QmpPending *
take_pending(QmpClient *client, JsonObject *reply)
{
    gint64   id;
    QmpPending *found = NULL;

    g_mutex_lock(&client->lock);
    if (!json_get_int(reply, "id", &id)) {
        /* QEMU could not even read the command: that is the oldest one without an answer. */
        found = json_get_object(reply, "error") ? g_queue_pop_head(&client->pending) : NULL;
    } else {
        for (GList *l = client->pending.head; l && !found; l = l->next) {
            if (((QmpPending *)l->data)->id != (guint64)id)
                continue;
            found = l->data;
            g_queue_delete_link(&client->pending, l);
        }
    }
    g_mutex_unlock(&client->lock);
    return found;
}

static void
deliver_reply(QmpClient *client, JsonObject *reply)
{
    QmpPending    *pending = take_pending(client, reply);
    JsonNode   *ret = json_object_get_member(reply, "return");
    JsonObject *refusal = json_get_object(reply, "error");
    g_autoptr(GError) error = NULL;

    if (!pending) {
        log_warn("%s: QEMU sent a reply that nobody asked for, ignoring", client->label);
        return;
    }
    if (refusal) {
        const char *desc = json_get_string(refusal, "desc");

        fail(&error, VIR_ERR_INTERNAL_ERROR, _("unable to execute QEMU command '%s': %s"), pending->cmd,
             desc ? desc : _("no reason given"));
    } else if (!ret) {
        fail(&error, VIR_ERR_INTERNAL_ERROR, _("QEMU command '%s' got a malformed reply: it has neither a result nor "
             "an error"), pending->cmd);
    }
    log_debug("%s: qmp < %s: %s", client->label, pending->cmd, error ? error->message : "ok");
    if (pending->cb)
        pending->cb(error ? NULL : ret, error, pending->data);
    else if (error)
        log_warn("%s: %s, ignoring", client->label, error->message);
    qmp_pending_free(pending);
}

static void
deliver_event(QmpClient *client, JsonObject *message, const char *name)
{
    JsonObject *stamp = json_get_object(message, "timestamp");
    JsonObject *data = json_get_object(message, "data");
    g_autoptr(JsonObject) none = data ? NULL : json_object_new();
    gint64   seconds = json_int_or(stamp, "seconds", 0);
    QmpEvent ev = { name, data ? data : none, 0 };

    if (seconds >= 0 && seconds < G_MAXINT64 / G_USEC_PER_SEC - 1)
        ev.when_us = seconds * G_USEC_PER_SEC + CLAMP(json_int_or(stamp, "microseconds", 0), 0, G_USEC_PER_SEC);
    log_debug("%s: qmp * %s", client->label, name);
    if (client->handler->event)
        client->handler->event(client, &ev, client->data);
}

/* The command that the broken line probably answers: the oldest one waiting. */
static void
lose_malformed(QmpClient *client, const char *why)
{
    g_autofree char *text = NULL;
    QmpPending *head;

    g_mutex_lock(&client->lock);
    head = g_queue_peek_head(&client->pending);
    text = head ? g_strdup_printf(_("QEMU command '%s' got a malformed reply: %s"), head->cmd, why)
                : g_strdup_printf(_("QEMU sent a malformed message: %s"), why);
    g_mutex_unlock(&client->lock);
    log_warn("%s: %s", client->label, text);
    qmp_client_lose(client, text);
}

static void
handle_line(QmpClient *client, const char *line, gsize len)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_parse(line, (gssize)len, QMP_MAX_DEPTH, &error);
    JsonObject *message = json_as_object(node);
    const char *event;

    if (!message) {
        lose_malformed(client, error ? error->message : _("it is not an object"));
        return;
    }
    if ((event = json_get_string(message, "event")))
        deliver_event(client, message, event);
    else if (json_object_has_member(message, "return") || json_object_has_member(message, "error") ||
             json_object_has_member(message, "id"))
        deliver_reply(client, message);
    else if (!json_object_has_member(message, "QMP"))
        lose_malformed(client, _("it is neither greeting, event nor reply"));
}

static bool
is_blank(const char *line, gsize len)
{
    while (len > 0 && g_ascii_isspace(line[len - 1]))
        len--;
    return len == 0;
}

/* One complete line, if there is one and the connection is still open. */
static bool
handle_next_line(QmpClient *client)
{
    guint8 *start = client->in->data;
    guint8 *end = client->in->len > client->scanned
                      ? memchr(start + client->scanned, '\n', client->in->len - client->scanned)
                      : NULL;
    gsize len;

    if (!end) {
        client->scanned = client->in->len;
        if (client->in->len > QMP_MAX_LINE)
            lose_malformed(client, _("a line is longer than 10 MiB"));
        return false;
    }
    len = (gsize)(end - start);
    if (!is_blank((const char *)start, len))
        handle_line(client, (const char *)start, len);
    client->scanned = 0;
    g_byte_array_remove_range(client->in, 0, (guint)len + 1);
    return qmp_client_is_open(client);
}

bool
qmp_client_read(QmpClient *client)
{
    guint   had = client->in->len;
    ssize_t n;

    g_byte_array_set_size(client->in, had + READ_CHUNK);
    n = recv(client->fd, client->in->data + had, READ_CHUNK, MSG_DONTWAIT);
    g_byte_array_set_size(client->in, had + (n > 0 ? (guint)n : 0));
    if (n == 0) {
        qmp_client_lose(client, _("QEMU closed the monitor connection"));
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        qmp_client_lose(client, g_strerror(errno));
    } else {
        while (handle_next_line(client))
            ;
    }
    return n > 0 && qmp_client_is_open(client);
}
