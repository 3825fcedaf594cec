/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a QEMU that has been taken over by its guest may answer: lines for three commands that wait, and events. */
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu/caps-private.h"
#include "qemu/qmp-client.h"
#include "util/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COMMANDS = 3, MOST = 64 * 1024 };

static void
count_reply(JsonNode *ret, const GError *error, gpointer data)
{
    if (!ret == !error)
        g_error("a reply is either a result or an error");
    (*(int *)data)++;
}

static void
read_event(QmpClient *client, const QmpEvent *ev, gpointer data)
{
    gint64 pass;

    (void)client, (void)data;
    if (!ev->name || !ev->data)
        g_error("an event without name or data");
    (void)json_get_string(ev->data, "status");
    (void)json_get_int(ev->data, "pass", &pass);
}

static void
note_lost(QmpClient *client, const GError *why, gpointer data)
{
    (void)client, (void)why, (void)data;
}

static const QmpHandler handler = { .event = read_event, .lost = note_lost };

static void
feed_client(const uint8_t *data, size_t size)
{
    g_autoptr(Loop)      loop = loop_new("fuzz");
    g_autoptr(QmpClient) client = NULL;
    int                  ends[2], replies = 0, room = 4 * MOST;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return;
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    client = qmp_client_new_fd(loop, ends[0], "fuzz", &handler, NULL);
    for (int i = 0; i < COMMANDS; i++)
        qmp_send(client, "query-migrate", NULL, count_reply, &replies);
    if (write(ends[1], data, size) < 0)
        size = 0;
    close(ends[1]);
    while (qmp_client_is_open(client))
        g_main_context_iteration(loop_context(loop), TRUE);
    while (g_main_context_iteration(loop_context(loop), FALSE))
        continue;
    if (replies != COMMANDS)
        g_error("%d of %d commands were answered", replies, COMMANDS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = NULL;

    if (size > MOST)
        return 0;
    feed_client(data, size);
    text = g_strndup((const char *)data, size);
    qemu_caps_unref(qemu_caps_parse(text, NULL));
    return 0;
}
