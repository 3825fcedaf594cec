/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu/witness.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

struct WitnessAsk {
    Loop           *loop;
    int             fd;
    GSource        *io, *timer;
    char           *question;
    gsize           sent;
    char            reply[32];
    gsize           len;
    WitnessAnswered answered;
    gpointer        data;
};

void
witness_ref_clear(WitnessRef *ref)
{
    g_clear_pointer(&ref->address, g_free);
    g_clear_pointer(&ref->token, g_free);
    g_clear_pointer(&ref->id, g_free);
    ref->port = 0;
}

void
witness_ref_copy(const WitnessRef *src, WitnessRef *dst)
{
    witness_ref_clear(dst);
    dst->address = g_strdup(src->address);
    dst->token = g_strdup(src->token);
    dst->id = g_strdup(src->id);
    dst->port = src->port;
}

static struct addrinfo *
lookup(const char *address, guint16 port, int flags, int *ret_rc)
{
    struct addrinfo  hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags };
    struct addrinfo *found = NULL;
    char             service[8];

    g_snprintf(service, sizeof(service), "%u", port);
    *ret_rc = getaddrinfo(address, service, &hints, &found);
    return *ret_rc == 0 ? found : NULL;
}

bool
witness_ref_is_numeric(const WitnessRef *ref)
{
    int              rc;
    struct addrinfo *found = lookup(ref->address, ref->port, AI_NUMERICHOST, &rc);

    if (found)
        freeaddrinfo(found);
    return found != NULL;
}

bool
witness_ref_resolve(WitnessRef *ref, GError **err)
{
    char             numeric[NI_MAXHOST];
    int              rc;
    struct addrinfo *found = lookup(ref->address, ref->port, 0, &rc);

    if (found) {
        rc = getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof(numeric), NULL, 0, NI_NUMERICHOST);
        freeaddrinfo(found);
    }
    if (rc != 0)
        return fail(err, VIR_ERR_SYSTEM_ERROR, _("cannot resolve the address '%s' of the destination's witness: %s"),
                    ref->address, gai_strerror(rc));
    g_free(ref->address);
    ref->address = g_strdup(numeric);
    return true;
}

void
witness_ask_cancel(WitnessAsk *ask)
{
    if (!ask)
        return;
    source_remove(&ask->io);
    source_remove(&ask->timer);
    if (ask->fd >= 0)
        close(ask->fd);
    loop_unref(ask->loop);
    g_free(ask->question);
    g_free(ask);
}

static void
finish(WitnessAsk *ask, WitnessState state)
{
    WitnessAnswered answered = ask->answered;
    gpointer        data = ask->data;

    witness_ask_cancel(ask);
    answered(state, data);
}

static gboolean
give_up(gpointer data)
{
    finish(data, WITNESS_STATE_LAST);
    return G_SOURCE_CONTINUE;
}

/* Only the three final words count; anything else is no answer. */
static WitnessState
understand(WitnessAsk *ask)
{
    WitnessState state;
    char        *end = memchr(ask->reply, '\n', ask->len);

    if (!end)
        return WITNESS_STATE_LAST;
    *end = '\0';
    if (memchr(ask->reply, '\0', end - ask->reply))
        return WITNESS_STATE_LAST;
    state = witness_state_parse(ask->reply);
    return state == WITNESS_RUNNING || state == WITNESS_CANCELLED || state == WITNESS_UNKNOWN ? state
                                                                                               : WITNESS_STATE_LAST;
}

static bool
would_block(void)
{
    return errno == EAGAIN || errno == EINTR;
}

static void
listen_to(WitnessAsk *ask)
{
    ssize_t n = recv(ask->fd, ask->reply + ask->len, sizeof(ask->reply) - ask->len, MSG_DONTWAIT);

    if (n < 0 && would_block())
        return;
    if (n <= 0) {
        finish(ask, WITNESS_STATE_LAST);
        return;
    }
    ask->len += n;
    if (memchr(ask->reply, '\n', ask->len) || ask->len == sizeof(ask->reply))
        finish(ask, understand(ask));
}

static gboolean
ask_ready(int fd, GIOCondition what, gpointer data)
{
    WitnessAsk *ask = data;
    gsize       left = strlen(ask->question) - ask->sent;
    ssize_t     n;

    if (left == 0) {
        listen_to(ask);
        return G_SOURCE_CONTINUE;
    }
    /* Also where a failed connect() shows. */
    n = send(fd, ask->question + ask->sent, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && !would_block()) {
        finish(ask, WITNESS_STATE_LAST);
        return G_SOURCE_CONTINUE;
    }
    ask->sent += MAX(n, 0);
    if (ask->question[ask->sent] == '\0')
        loop_fd_set_cond(ask->io, G_IO_IN);
    return G_SOURCE_CONTINUE;
}

static bool
start_connect(WitnessAsk *ask, const WitnessRef *ref)
{
    int              rc;
    struct addrinfo *found = lookup(ref->address, ref->port, AI_NUMERICHOST, &rc);

    if (!found)
        return false;
    ask->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    rc = ask->fd < 0 ? -1 : connect(ask->fd, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return rc == 0 || (ask->fd >= 0 && errno == EINPROGRESS);
}

WitnessAsk *
witness_ask(Loop *loop, const WitnessRef *ref, guint deadline_ms, WitnessAnswered answered, gpointer data)
{
    WitnessAsk *ask = g_new0(WitnessAsk, 1);

    ask->loop = loop_ref(loop);
    ask->fd = -1;
    ask->answered = answered;
    ask->data = data;
    ask->question = g_strdup_printf("GODWIT-WITNESS 1 settle %s %s\n", ref->id, ref->token);
    /* A refusal at once is reported by the same way as one later, never from inside this call. */
    if (start_connect(ask, ref))
        ask->io = loop_add_fd(loop, ask->fd, G_IO_OUT, ask_ready, ask, NULL);
    else
        deadline_ms = 0;
    ask->timer = loop_add_timer(loop, deadline_ms, give_up, ask, NULL);
    return ask;
}
