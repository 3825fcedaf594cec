/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/ssh-carry.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/chan-exec.h"
#include "util/err.h"
#include "util/fd.h"

#define CARRY_SIZE 65536
#define SAID_MAX   2048
/* What is left to send when the channel is freed has this long. */
#define LAST_MS 1000

typedef struct {
    guint8 data[CARRY_SIZE];
    gsize  from, to;
} Load;

typedef enum { STUCK_NO, STUCK_WRITE, STUCK_READ, STUCK_STDERR } Stuck;

struct SshCarrier {
    int inner; /* fixed */

    /* of the thread */
    SshSession *s;       /* NULL: ended */
    Load        out, in; /* to the host, from it */
    Stuck       stuck;   /* half a packet is written: libssh2 bears no other call before that one is repeated */
    bool        inner_ended;
    bool        failed;
    char        said[SAID_MAX]; /* the command's standard error */
    gsize       n_said;

    GMutex lock;
    /* under lock */
    char    *why;    /* the end was no good one; NULL: it was */
    GThread *thread; /* NULL: joined */
};

static void
set_why(SshCarrier *c, const char *text)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&c->lock);

    if (!c->why)
        c->why = g_strdup(text);
}

static void
session_failed(SshCarrier *c)
{
    g_autofree char *text = g_strdup_printf(_("connection to '%s' lost: %s"), c->s->name, ssh_session_why(c->s));

    c->failed = true;
    set_why(c, text);
}

/* What a call said: true when it moved something. */
static bool
note_result(SshCarrier *c, Stuck call, ssize_t n)
{
    c->stuck = STUCK_NO;
    if (n > 0)
        return true;
    if (n == LIBSSH2_ERROR_EAGAIN) {
        if (libssh2_session_block_directions(c->s->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND)
            c->stuck = call;
    } else if (n < 0 && n != LIBSSH2_ERROR_CHANNEL_CLOSED) {
        session_failed(c);
    }
    return false;
}

static bool
may_call(const SshCarrier *c, Stuck call)
{
    return !c->failed && (c->stuck == STUCK_NO || c->stuck == call);
}

static bool
take_from_inner(SshCarrier *c)
{
    ssize_t n;

    if (c->inner_ended || c->out.to > c->out.from)
        return false;
    n = recv(c->inner, c->out.data, CARRY_SIZE, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        c->inner_ended = true;
    c->out.from = 0;
    c->out.to = n > 0 ? (gsize)n : 0;
    return n > 0;
}

static bool
send_to_host(SshCarrier *c)
{
    Load   *out = &c->out;
    ssize_t n;

    if (out->from == out->to || !may_call(c, STUCK_WRITE))
        return false;
    n = libssh2_channel_write(c->s->channel, (const char *)out->data + out->from, out->to - out->from);
    if (n > 0)
        out->from += (gsize)n;
    return note_result(c, STUCK_WRITE, n);
}

static bool
receive_from_host(SshCarrier *c)
{
    ssize_t n;

    if (c->in.from < c->in.to || !may_call(c, STUCK_READ))
        return false;
    n = libssh2_channel_read(c->s->channel, (char *)c->in.data, CARRY_SIZE);
    c->in.from = 0;
    c->in.to = n > 0 ? (gsize)n : 0;
    return note_result(c, STUCK_READ, n);
}

/* Read on to its end, so that it never fills the window; the first of it is kept. */
static bool
receive_stderr(SshCarrier *c)
{
    char    buf[1024];
    ssize_t n;

    if (!may_call(c, STUCK_STDERR))
        return false;
    n = libssh2_channel_read_stderr(c->s->channel, buf, sizeof(buf));
    if (n > 0) {
        gsize kept = MIN((gsize)n, SAID_MAX - c->n_said);

        memcpy(c->said + c->n_said, buf, kept);
        c->n_said += kept;
    }
    return note_result(c, STUCK_STDERR, n);
}

static bool
give_to_inner(SshCarrier *c)
{
    Load   *in = &c->in;
    ssize_t n;

    if (in->from == in->to)
        return false;
    n = send(c->inner, in->data + in->from, in->to - in->from, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        in->from += (gsize)n;
    else if (errno != EAGAIN && errno != EINTR)
        c->inner_ended = true;
    return n > 0;
}

static bool
host_ended(const SshCarrier *c)
{
    return c->failed || (c->in.from == c->in.to && libssh2_channel_eof(c->s->channel));
}

static void
carry_wait(SshCarrier *c)
{
    bool          out_empty = c->out.from == c->out.to;
    bool          in_empty = c->in.from == c->in.to;
    struct pollfd p[2] = {
        { .fd = c->inner, .events = (short)((out_empty ? POLLIN : 0) | (in_empty ? 0 : POLLOUT)) },
        { .fd = c->s->sock, .events = c->stuck ? POLLOUT : POLLIN },
    };

    /* Its hang-up is looked at when there is room to read what it sent before; until then it would not let us sleep. */
    if (p[0].events == 0)
        p[0].fd = -1;
    while (poll(p, 2, -1) < 0 && errno == EINTR)
        ;
}

static void
carry(SshCarrier *c)
{
    while (!c->inner_ended && !host_ended(c)) {
        bool moved = take_from_inner(c);

        moved = send_to_host(c) || moved;
        moved = receive_from_host(c) || moved;
        moved = receive_stderr(c) || moved;
        moved = give_to_inner(c) || moved;
        if (!moved && !c->inner_ended && !host_ended(c))
            carry_wait(c);
    }
}

/* Until done() or for LAST_MS: a host that has gone may not hold up who closes. */
static void
last_tries(SshCarrier *c, int (*done)(SshCarrier *c))
{
    gint64 until = g_get_monotonic_time() + LAST_MS * G_TIME_SPAN_MILLISECOND;
    int    rc;

    while (!c->failed && (rc = done(c)) == LIBSSH2_ERROR_EAGAIN) {
        struct pollfd p = { .fd = c->s->sock, .events = ssh_session_events(c->s) };
        gint64        left = (until - g_get_monotonic_time()) / G_TIME_SPAN_MILLISECOND;

        if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
            return;
    }
}

static int
last_data(SshCarrier *c)
{
    while (send_to_host(c))
        ;
    return c->out.from < c->out.to && !c->failed ? LIBSSH2_ERROR_EAGAIN : 0;
}

static int
last_eof(SshCarrier *c)
{
    return libssh2_channel_send_eof(c->s->channel);
}

static int
last_closed(SshCarrier *c)
{
    while (receive_stderr(c))
        ;
    return c->failed ? 0 : libssh2_channel_wait_closed(c->s->channel);
}

/* The host's side ended by itself: why, if not well. */
static void
note_exit(SshCarrier *c)
{
    g_autofree char *said = NULL;
    g_autofree char *text = NULL;
    int              status;

    last_tries(c, last_closed);
    if (c->failed)
        return;
    status = libssh2_channel_get_exit_status(c->s->channel);
    said = chan_presentable(c->said, c->n_said);
    if (status != 0)
        text = g_strdup_printf(_("Remote program terminated with non-zero code: %d%s%s"), status, *said ? ": " : "", said);
    else if (*said)
        text = g_strdup(said);
    if (text)
        set_why(c, text);
}

static gpointer
carry_until_end(gpointer data)
{
    SshCarrier *c = data;

    carry(c);
    if (c->inner_ended) {
        last_tries(c, last_data);
        if (c->stuck == STUCK_NO)
            last_tries(c, last_eof);
    } else {
        note_exit(c);
    }
    ssh_session_free(g_steal_pointer(&c->s));
    shutdown(c->inner, SHUT_RDWR); /* from now on the channel's user sees the end, and why */
    return NULL;
}

SshCarrier *
ssh_carrier_start(SshSession *s, int inner)
{
    SshCarrier *c = g_new0(SshCarrier, 1);

    c->s = s;
    c->inner = inner;
    g_mutex_init(&c->lock);
    c->thread = g_thread_new("ssh", carry_until_end, c);
    return c;
}

char *
ssh_carrier_why(SshCarrier *c)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&c->lock);

    return g_strdup(c->why);
}

void
ssh_carrier_join(SshCarrier *c)
{
    GThread *thread;

    g_mutex_lock(&c->lock);
    thread = g_steal_pointer(&c->thread);
    g_mutex_unlock(&c->lock);
    if (thread)
        g_thread_join(thread);
}

void
ssh_carrier_free(SshCarrier *c)
{
    ssh_carrier_join(c);
    fd_close(&c->inner);
    g_free(c->why);
    g_mutex_clear(&c->lock);
    g_free(c);
}
