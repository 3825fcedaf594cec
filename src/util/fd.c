/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_NONE
#define FDS_PER_READ 253 /* SCM_MAX_FD: the kernel passes no more, and closes in our place what finds no room */

void
fd_close(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

int
fd_steal(int *fd)
{
    int stolen = *fd;

    *fd = -1;
    return stolen;
}

static bool
set_flag(int fd, int get, int set, int flag, bool on)
{
    int flags = fcntl(fd, get);

    if (flags < 0)
        return false;
    return fcntl(fd, set, on ? flags | flag : flags & ~flag) == 0;
}

bool
fd_set_nonblock(int fd, bool nonblock, GError **err)
{
    if (set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, nonblock))
        return true;
    return fail_errno(err, errno, _("cannot change blocking mode of descriptor %d"), fd);
}

bool
fd_set_cloexec(int fd, bool cloexec, GError **err)
{
    if (set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, cloexec))
        return true;
    return fail_errno(err, errno, _("cannot change close-on-exec of descriptor %d"), fd);
}

int
fd_dup(int fd, GError **err)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

    if (copy < 0)
        fail_errno(err, errno, _("cannot duplicate descriptor %d"), fd);
    return copy;
}

int
fd_send(int sock, int fd)
{
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    char            nul = '\0';
    struct iovec    iov = { &nul, 1 };
    struct msghdr   msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control),
    };
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
    ssize_t         n;

    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
    do {
        n = sendmsg(sock, &msg, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : 1;
}

static gpointer
close_all(gpointer data)
{
    g_autoptr(GArray) fds = data;

    for (guint i = 0; i < fds->len; i++)
        close(g_array_index(fds, int, i));
    return NULL;
}

void
fd_close_foreign(const int *fds, guint n)
{
    GArray  *copy;
    GThread *thread;

    if (n == 0)
        return;
    copy = g_array_append_vals(g_array_sized_new(FALSE, FALSE, sizeof(int), n), fds, n);
    thread = g_thread_try_new("close", close_all, copy, NULL);
    if (thread)
        g_thread_unref(thread);
    else
        close_all(copy);
}

static void
collect_fds(const struct cmsghdr *cmsg, int *fds, guint *n_fds, guint max)
{
    gsize n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    gsize kept = MIN(n, max - *n_fds);
    int   got[FDS_PER_READ];

    n = MIN(n, FDS_PER_READ);
    memcpy(got, CMSG_DATA(cmsg), n * sizeof(int));
    memcpy(fds + *n_fds, got, kept * sizeof(int));
    *n_fds += kept;
    fd_close_foreign(got + kept, n - kept);
}

gssize
fd_recv_bytes(int sock, void *buf, gsize size, int *fds, guint *n_fds, guint max)
{
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(FDS_PER_READ * sizeof(int))];
    } control;
    struct iovec  iov = { buf, size };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = max ? &control : NULL, .msg_controllen = max ? sizeof(control) : 0,
    };
    ssize_t       n;

    do {
        n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
        if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS)
            collect_fds(cmsg, fds, n_fds, max);
    }
    return n;
}

int
fd_recv(int sock, int *ret_fd)
{
    char   byte;
    int    fd = -1;
    guint  n_fds = 0;
    gssize n = fd_recv_bytes(sock, &byte, 1, &fd, &n_fds, 1);

    if (n <= 0)
        return (int)n;
    if (n_fds == 0) {
        errno = EPROTO;
        return -1;
    }
    *ret_fd = fd;
    return 1;
}

/* The signal is the thread's own: held back, and eaten when it came of what we did. */
typedef struct {
    sigset_t pipe, before;
} QuietPipe;

static void
quiet_begin(QuietPipe *q)
{
    sigemptyset(&q->pipe);
    sigaddset(&q->pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &q->pipe, &q->before);
}

static gssize
quiet_end(const QuietPipe *q, gssize n, gsize wanted)
{
    const struct timespec now = { 0, 0 };
    int                   error = errno;

    /* A reader that goes in the middle leaves both a count and the signal. */
    if (n != (gssize)wanted && !sigismember(&q->before, SIGPIPE))
        sigtimedwait(&q->pipe, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &q->before, NULL);
    errno = error;
    return n;
}

gssize
fd_splice(int from, int to, gsize n)
{
    QuietPipe q;
    gssize    moved;

    quiet_begin(&q);
    do {
        moved = splice(from, NULL, to, NULL, n, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    } while (moved < 0 && errno == EINTR);
    return quiet_end(&q, moved, n);
}

gssize
fd_write(int fd, const void *bytes, gsize n)
{
    QuietPipe q;
    gssize    written;

    quiet_begin(&q);
    do {
        written = write(fd, bytes, n);
    } while (written < 0 && errno == EINTR);
    return quiet_end(&q, written, n);
}
