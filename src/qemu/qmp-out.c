/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writing half of the QMP client. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu/qmp-client-private.h"
#include "util/err.h"
#include "util/json.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

void
qmp_client_drop_output(QmpClient *client)
{
    for (guint i = 0; i < client->marks->len; i++)
        close(g_array_index(client->marks, QmpMark, i).fd);
    g_array_set_size(client->marks, 0);
    g_string_truncate(client->out, 0);
}

static ssize_t
send_piece(int sock, const char *bytes, gsize len, const int *fd)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct iovec  iov = { (void *)bytes, len };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (fd) {
        msg.msg_control = &control;
        msg.msg_controllen = sizeof(control);
        *CMSG_FIRSTHDR(&msg) = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
                                                 .cmsg_type = SCM_RIGHTS };
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), fd, sizeof(int));
    }
    return sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
consume(QmpClient *client, gsize n)
{
    g_string_erase(client->out, 0, (gssize)n);
    for (guint i = 0; i < client->marks->len; i++)
        g_array_index(client->marks, QmpMark, i).at -= n;
}

/* Lock held. Up to the next descriptor, which has to start a packet of its own. */
static bool
flush_piece(QmpClient *client)
{
    QmpMark   *marks = (QmpMark *)(gpointer)client->marks->data;
    bool    has_fd = client->marks->len > 0 && marks[0].at == 0;
    guint   next = has_fd ? 1 : 0;
    gsize   len = next < client->marks->len ? marks[next].at : client->out->len;
    ssize_t n = send_piece(client->fd, client->out->str, len, has_fd ? &marks[0].fd : NULL);

    if (n <= 0)
        return n < 0 && errno == EINTR;
    if (has_fd) {
        close(marks[0].fd);
        g_array_remove_index(client->marks, 0);
    }
    consume(client, (gsize)n);
    return client->out->len > 0;
}

/* A broken connection is left to the reading side, which learns of it too. */
void
qmp_client_flush(QmpClient *client)
{
    while (client->out->len > 0 && flush_piece(client))
        ;
    if (client->out->len > 0)
        loop_fd_set_cond(client->source, G_IO_IN | G_IO_OUT);
}

/* Logs are shown to others. */
static const char *
loggable_args(const QmpPending *pending)
{
    return !pending->args ? "" : strcmp(pending->cmd, "set_password") == 0 ? "(hidden)" : pending->args;
}

/* Lock held. */
static void
write_out(QmpClient *client, QmpPending *pending)
{
    pending->id = ++client->last_id;
    pending->writes++;
    if (pending->fd >= 0) {
        QmpMark mark = { client->out->len, pending->fd };

        g_array_append_val(client->marks, mark);
        pending->fd = -1;
    }
    /* QEMU reads its monitor byte by byte: short and without blanks. */
    g_string_append_printf(client->out, "{\"execute\":\"%s\",%s%s%s\"id\":%" G_GUINT64_FORMAT "}\n", pending->cmd,
                           pending->args ? "\"arguments\":" : "", pending->args ? pending->args : "",
                           pending->args ? "," : "", pending->id);
    log_debug("%s: qmp > %s %s", client->label, pending->cmd, loggable_args(pending));
}

void
qmp_client_put(QmpClient *client, QmpPending *pending)
{
    g_queue_push_tail(&client->pending, pending);
    if (client->state == QMP_OPEN)
        write_out(client, pending);
}

/* Lock held. Takes args. */
static void
enqueue(QmpClient *client, const QmpCmd *cmd, char *args, QmpReplyFunc cb, gpointer data)
{
    QmpPending *pending = g_new(QmpPending, 1);

    *pending = (QmpPending){ .cmd = g_strdup(cmd->cmd), .args = args, .cb = cb, .data = data,
                             .fd = cmd->has_fd ? fcntl(cmd->pass_fd, F_DUPFD_CLOEXEC, 3) : -1 };
    qmp_client_put(client, pending);
}

static char *
take_args(const QmpCmd *cmd)
{
    char *text = cmd->args ? json_object_text(cmd->args) : NULL;

    if (cmd->args)
        json_object_unref(cmd->args);
    return text;
}

typedef struct {
    QmpReplyFunc cb;
    gpointer     data;
    const char  *cmd;
    bool         lost;
} Refusal;

static void
tell_refusal(gpointer data)
{
    Refusal *refusal = data;
    g_autoptr(GError) error = NULL;

    if (refusal->lost)
        fail(&error, VIR_ERR_OPERATION_FAILED,
             _("the monitor of the domain does not answer: cannot send QEMU command '%s'"), refusal->cmd);
    else
        fail(&error, VIR_ERR_OPERATION_FAILED, _("domain is no longer running: cannot send QEMU command '%s'"),
             refusal->cmd);
    refusal->cb(NULL, error, refusal->data);
}

static void
refuse(QmpClient *client, const QmpCmd *cmd, bool lost, QmpReplyFunc cb, gpointer data)
{
    Refusal *refusal;

    if (!cb)
        return;
    refusal = g_new(Refusal, 1);
    *refusal = (Refusal){ cb, data, g_intern_string(cmd->cmd), lost };
    loop_post(client->loop, tell_refusal, refusal, g_free);
}

void
qmp_send_each(QmpClient *client, const QmpCmd *cmds, guint n, QmpReplyFunc cb, gpointer *data, gsize step)
{
    g_autofree char **texts = g_new0(char *, n);
    QmpState          state;
    bool              taken;

    for (guint i = 0; i < n; i++)
        texts[i] = take_args(&cmds[i]);
    g_mutex_lock(&client->lock);
    state = client->state;
    taken = state == QMP_OPEN || state == QMP_BROKEN;
    for (guint i = 0; taken && i < n; i++)
        enqueue(client, &cmds[i], texts[i], cb, data[i * step]);
    if (state == QMP_OPEN)
        qmp_client_flush(client);
    g_mutex_unlock(&client->lock);
    for (guint i = 0; !taken && i < n; i++) {
        refuse(client, &cmds[i], state == QMP_LOST, cb, data[i * step]);
        g_free(texts[i]);
    }
}

void
qmp_send_many(QmpClient *client, const QmpCmd *cmds, guint n, QmpReplyFunc cb, gpointer data)
{
    qmp_send_each(client, cmds, n, cb, &data, 0);
}

void
qmp_send(QmpClient *client, const char *cmd, JsonObject *args, QmpReplyFunc cb, gpointer data)
{
    QmpCmd one = { .cmd = cmd, .args = args };

    qmp_send_many(client, &one, 1, cb, data);
}
