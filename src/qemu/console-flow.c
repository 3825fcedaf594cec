/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/console-flow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "util/err.h"
#include "util/fd.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"
#define CONNECT_SECONDS 10

typedef struct {
    Flow base;

    /* fixed once it has been handed out */
    char *path;
    bool  is_socket;
    int   fd;      /* the device; until then under users_lock, and -1 while it is being opened */
    int   stop_fd; /* eventfd; set for good when thrown out */
    int   set_fd;  /* epoll set of both, for watch() */

    GList link; /* in users; under users_lock */
    bool  listed;
    gint  thrown_out; /* atomic */
} ConsoleFlow;

static GMutex users_lock;
static GQueue users; /* under users_lock: ConsoleFlow.link, one per path */

static bool
is_thrown_out(ConsoleFlow *c)
{
    return g_atomic_int_get(&c->thrown_out);
}

static FlowResult
fail_thrown_out(GError **err)
{
    fail(err, VIR_ERR_OPERATION_FAILED, _("another session has taken over this console"));
    return FLOW_FAILED;
}

/* What the device is ready for. A guest that has gone is readable: the end. */
static short
poll_device(ConsoleFlow *c)
{
    struct pollfd p = { c->fd, POLLIN | POLLOUT, 0 };

    return poll(&p, 1, 0) < 0 ? 0 : p.revents;
}

static void
wait_for(ConsoleFlow *c, short events)
{
    struct pollfd p[2] = { { c->fd, events, 0 }, { c->stop_fd, POLLIN, 0 } };

    poll(p, 2, -1); /* interrupted: the caller tries again */
}

/* How a pty whose QEMU has gone answers, and a socket. */
static bool
means_gone(int error)
{
    return error == EIO || error == EPIPE || error == ECONNRESET;
}

static FlowResult
write_some(ConsoleFlow *c, const void *bytes, gsize n, gsize *ret_n, GError **err)
{
    gssize written = is_thrown_out(c) ? -1 : fd_write(c->fd, bytes, n);

    if (written >= 0) {
        *ret_n = (gsize)written;
        return FLOW_DONE;
    }
    if (is_thrown_out(c))
        return fail_thrown_out(err);
    if (errno == EAGAIN)
        return FLOW_AGAIN;
    if (means_gone(errno))
        return FLOW_EOF;
    fail_errno(err, errno, _("cannot write to the guest's device '%s'"), c->path);
    return FLOW_FAILED;
}

static FlowResult
console_send(Flow *flow, const void *bytes, gsize n, bool wait, gsize *ret_n, GError **err)
{
    ConsoleFlow *c = (ConsoleFlow *)flow;
    FlowResult   result;
    gsize        done = 0, some = 0;

    do {
        result = write_some(c, (const guint8 *)bytes + done, n - done, &some, err);
        if (result == FLOW_DONE)
            done += some;
        else if (result == FLOW_AGAIN && wait)
            wait_for(c, POLLOUT);
    } while (wait && done < n && (result == FLOW_DONE || result == FLOW_AGAIN));
    *ret_n = done;
    return result;
}

static FlowResult
read_some(ConsoleFlow *c, void *buf, gsize size, gsize *ret_n, GError **err)
{
    gssize n;

    if (is_thrown_out(c))
        return fail_thrown_out(err);
    do {
        n = read(c->fd, buf, size);
    } while (n < 0 && errno == EINTR);
    *ret_n = n > 0 ? (gsize)n : 0;
    if (n > 0)
        return FLOW_DONE;
    if (is_thrown_out(c)) /* just then: its socket was shut down */
        return fail_thrown_out(err);
    if (n < 0 && errno == EAGAIN)
        return FLOW_AGAIN;
    if (n == 0 || means_gone(errno))
        return FLOW_EOF;
    fail_errno(err, errno, _("cannot read from the guest's device '%s'"), c->path);
    return FLOW_FAILED;
}

static FlowResult
console_recv(Flow *flow, void *buf, gsize size, bool wait, gsize *ret_n, GError **err)
{
    ConsoleFlow *c = (ConsoleFlow *)flow;
    FlowResult   result;

    while ((result = read_some(c, buf, size, ret_n, err)) == FLOW_AGAIN && wait)
        wait_for(c, POLLIN);
    return result;
}

static unsigned
console_ready(Flow *flow)
{
    ConsoleFlow *c = (ConsoleFlow *)flow;
    short        now = poll_device(c);
    bool         gone = now & (POLLHUP | POLLERR | POLLNVAL);
    unsigned     ready = 0;

    if (is_thrown_out(c))
        return FLOW_READABLE | FLOW_WRITABLE | FLOW_ERROR;
    if (gone || (now & POLLIN))
        ready |= FLOW_READABLE;
    if (gone || (now & POLLOUT))
        ready |= FLOW_WRITABLE;
    if (gone && !(now & POLLIN))
        ready |= FLOW_HANGUP;
    return ready;
}

/* An epoll set always tells of hang-ups: for those who want nothing it has to be empty. */
static void
put_into_set(const ConsoleFlow *c, int fd, guint32 events)
{
    struct epoll_event e = { .events = events };

    if (events == 0)
        epoll_ctl(c->set_fd, EPOLL_CTL_DEL, fd, &e);
    else if (epoll_ctl(c->set_fd, EPOLL_CTL_MOD, fd, &e) < 0 && errno == ENOENT)
        epoll_ctl(c->set_fd, EPOLL_CTL_ADD, fd, &e);
}

static int
console_watch(Flow *flow, unsigned wanted, GError **err)
{
    ConsoleFlow *c = (ConsoleFlow *)flow;
    guint32      events = 0;

    (void)err;
    if (wanted & FLOW_READABLE)
        events |= EPOLLIN;
    if (wanted & FLOW_WRITABLE)
        events |= EPOLLOUT;
    if (wanted & (FLOW_ERROR | FLOW_HANGUP))
        events |= EPOLLHUP;
    put_into_set(c, c->fd, events);
    put_into_set(c, c->stop_fd, events ? EPOLLIN : 0);
    return c->set_fd;
}

static void
leave_users(ConsoleFlow *c)
{
    g_mutex_lock(&users_lock);
    if (c->listed)
        g_queue_unlink(&users, &c->link);
    c->listed = false;
    g_mutex_unlock(&users_lock);
}

/* What was written lies with QEMU: letting go is all there is to end. The next one may come before this one is freed. */
static bool
console_end(Flow *flow, GError **err)
{
    ConsoleFlow *c = (ConsoleFlow *)flow;

    (void)err;
    if (c->is_socket)
        shutdown(c->fd, SHUT_RDWR);
    leave_users(c);
    return true;
}

static void
console_free(Flow *flow)
{
    ConsoleFlow *c = (ConsoleFlow *)flow;

    leave_users(c);
    fd_close(&c->fd);
    fd_close(&c->stop_fd);
    fd_close(&c->set_fd);
    g_free(c->path);
    g_free(c);
}

static const FlowOps console_ops = {
    .send = console_send,
    .recv = console_recv,
    .finish = console_end,
    .abort = console_end,
    .ready = console_ready,
    .watch = console_watch,
    .free = console_free,
};

/* A QEMU takes one connection at a time: a socket has to end before the next begins. users_lock held. */
static void
throw_out(ConsoleFlow *c)
{
    guint64 one = 1;

    log_info("console '%s': the session there is thrown out", c->path);
    g_atomic_int_set(&c->thrown_out, 1);
    if (c->is_socket)
        shutdown(c->fd, SHUT_RDWR);
    if (write(c->stop_fd, &one, sizeof(one)) < 0)
        log_warn("console '%s': the session there cannot be woken: %s", c->path, g_strerror(errno));
    g_queue_unlink(&users, &c->link);
    c->listed = false;
}

/* users_lock held. */
static bool
make_way(const ConsolePlace *place, GError **err)
{
    for (GList *l = users.head; l; l = l->next) {
        ConsoleFlow *c = l->data;

        if (strcmp(c->path, place->path) != 0)
            continue;
        /* Of a guest that has gone; its pty's name may belong to the next one. */
        if (!place->force && !(poll_device(c) & (POLLHUP | POLLERR)))
            return fail(err, VIR_ERR_OPERATION_FAILED, "%s", place->busy);
        throw_out(c);
        return true;
    }
    return true;
}

static int
open_pty(const char *path, GError **err)
{
    struct termios raw;
    int            fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        fail_errno(err, errno, _("cannot open the guest's device '%s'"), path);
        return -1;
    }
    if (tcgetattr(fd, &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(fd, TCSANOW, &raw);
    }
    return fd;
}

/* QEMU may have to notice first that the one before has gone. */
static bool
connect_within(int fd, const struct sockaddr_un *addr, const char *path, GError **err)
{
    struct timeval patience = { .tv_sec = CONNECT_SECONDS };

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0)
        return fail_errno(err, errno == EAGAIN ? ETIMEDOUT : errno, _("cannot connect to the guest's device '%s'"), path);
    return fd_set_nonblock(fd, true, err);
}

static int
open_socket(const char *path, GError **err)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    fd_auto int        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(addr.sun_path)) {
        fail(err, VIR_ERR_INTERNAL_ERROR, _("path '%s' of the guest's device is too long for a socket"), path);
        return -1;
    }
    memcpy(addr.sun_path, path, strlen(path));
    if (fd < 0) {
        fail_errno(err, errno, _("cannot create a socket for the guest's device '%s'"), path);
        return -1;
    }
    return connect_within(fd, &addr, path, err) ? fd_steal(&fd) : -1;
}

/* Its place is taken from here on, before the device is open. */
static bool
join_users(ConsoleFlow *c, const ConsolePlace *place, GError **err)
{
    bool ok;

    g_mutex_lock(&users_lock);
    ok = make_way(place, err);
    if (ok)
        g_queue_push_tail_link(&users, &c->link);
    c->listed = ok;
    g_mutex_unlock(&users_lock);
    return ok;
}

static bool
open_device(ConsoleFlow *c, GError **err)
{
    int  fd = c->is_socket ? open_socket(c->path, err) : open_pty(c->path, err);
    bool kept;

    if (fd < 0)
        return false;
    g_mutex_lock(&users_lock);
    c->fd = fd;
    kept = !is_thrown_out(c);
    g_mutex_unlock(&users_lock);
    return kept || fail_thrown_out(err) == FLOW_DONE;
}

static bool
make_descriptors(ConsoleFlow *c, GError **err)
{
    c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->set_fd = epoll_create1(EPOLL_CLOEXEC);
    return (c->stop_fd >= 0 && c->set_fd >= 0)
           || fail_errno(err, errno, _("cannot create descriptors for the console"));
}

Flow *
console_flow_open(const ConsolePlace *place, GError **err)
{
    ConsoleFlow *c = g_new(ConsoleFlow, 1);

    *c = (ConsoleFlow){ { &console_ops }, g_strdup(place->path), place->is_socket, -1, -1, -1, { .data = c }, false, 0 };
    if (make_descriptors(c, err) && join_users(c, place, err) && open_device(c, err))
        return &c->base;
    console_free(&c->base);
    return NULL;
}
