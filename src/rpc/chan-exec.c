/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/chan-exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/err.h"
#include "util/fd.h"
#include "util/spawn.h"

#define VIR_FROM_THIS VIR_FROM_RPC

#define STDERR_MAX 16384
#define QUOTED_MAX 2048
/* A command that has closed its output is about to end. */
#define LAST_WORDS_MS 1000
/* From the end of its input to SIGTERM, and from there to SIGKILL. */
#define GRACE_MS 500
#define TERM_MS  2000

/* A filter above our end of the socket pair. */
typedef struct {
    Chan  base;
    /* fixed */
    char *command; /* argv[0] */
    int   pidfd;
    int   said_fd; /* standard error */

    GMutex lock;
    /* under lock */
    char  *status; /* "exit status 1"; NULL: not collected */
} ExecChan;

/* A file of fixed size: the command can neither fill the memory nor be held up by nobody reading. */
static int
open_stderr(GError **err)
{
    fd_auto int fd = memfd_create("stderr", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0 || ftruncate(fd, STDERR_MAX) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)
        return fail_errno(err, errno, _("cannot make a file for a command's messages")), -1;
    return fd_steal(&fd);
}

char *
chan_presentable(const char *text, gsize len)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)MIN(len, QUOTED_MAX));
    GString         *out = g_string_new(NULL);

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (c == '\r')
            continue;
        g_string_append_unichar(out, c == '\n' || c == '\t' || !g_unichar_iscntrl(c) ? c : '?');
    }
    return g_strstrip(g_string_free(out, FALSE));
}

static char *
read_stderr(const ExecChan *x)
{
    char    text[STDERR_MAX];
    ssize_t n = pread(x->said_fd, text, sizeof(text), 0);

    return n > 0 ? chan_presentable(text, strnlen(text, (gsize)n)) : g_strdup("");
}

static bool
ends_within(const ExecChan *x, int ms)
{
    struct pollfd p = { .fd = x->pidfd, .events = POLLIN };
    gint64        until = g_get_monotonic_time() + ms * G_TIME_SPAN_MILLISECOND;
    int           rc;

    while ((rc = poll(&p, 1, ms)) < 0 && errno == EINTR)
        ms = (int)MAX(0, (until - g_get_monotonic_time()) / G_TIME_SPAN_MILLISECOND);
    return rc > 0;
}

/* "exit status 1", or NULL: it runs on, or its end was collected by someone else. Caller frees. */
static char *
collect(ExecChan *x)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&x->lock);

    if (!x->status && ends_within(x, LAST_WORDS_MS))
        x->status = spawn_reap(x->pidfd);
    return g_strdup(x->status);
}

/* Takes why; NULL: none. */
static int
errno_of(GError *why)
{
    VerrDetails details = { 0 };

    if (!why)
        return EIO;
    verr_get_details(why, &details);
    g_free(details.str1);
    g_free(details.str2);
    g_error_free(why);
    return details.int1 > 0 ? details.int1 : EIO;
}

/* The connection is over. A command that ended well and said nothing simply closed it; otherwise its words are the
 * reason, in the place where libvirt's clients look for them. why, of the socket, is taken. */
static ChanResult
report_end(ExecChan *x, const char *doing, GError *why, GError **err)
{
    g_autofree char *status = collect(x);
    g_autofree char *said = read_stderr(x);
    int              error;

    if (!why && !*said && g_strcmp0(status, "exit status 0") == 0)
        return CHAN_EOF;
    error = errno_of(why);
    if (*said)
        fail_errno(err, error, "%s: %s", doing, said);
    else if (status)
        fail_errno(err, error, _("%s: command '%s' ended with %s"), doing, x->command, status);
    else
        fail_errno(err, error, _("%s: command '%s' closed the connection"), doing, x->command);
    return CHAN_FAILED;
}

static ChanResult
exec_read(Chan *c, void *buf, gsize size, gsize *ret_n, GError **err)
{
    GError    *why = NULL;
    ChanResult result = chan_read(c->below, buf, size, ret_n, &why);

    if (result == CHAN_EOF)
        return report_end((ExecChan *)c, _("End of file while reading data"), NULL, err);
    if (result == CHAN_FAILED)
        return report_end((ExecChan *)c, _("Cannot recv data"), why, err);
    return result;
}

static ChanResult
exec_write(Chan *c, const struct iovec *v, int n_v, gsize *ret_n, GError **err)
{
    GError    *why = NULL;
    ChanResult result = chan_write(c->below, v, n_v, ret_n, &why);

    return result == CHAN_FAILED ? report_end((ExecChan *)c, _("Cannot write data"), why, err) : result;
}

static void
end_command(ExecChan *x)
{
    chan_shutdown(x->base.below); /* the end of its input */
    if (!ends_within(x, GRACE_MS)) {
        spawn_pidfd_signal(x->pidfd, SIGTERM);
        if (!ends_within(x, TERM_MS))
            spawn_pidfd_signal(x->pidfd, SIGKILL);
    }
    while (!ends_within(x, G_MAXINT))
        ;
    g_free(spawn_reap(x->pidfd));
}

static void
exec_free(Chan *c)
{
    ExecChan *x = (ExecChan *)c;

    end_command(x);
    fd_close(&x->pidfd);
    fd_close(&x->said_fd);
    g_free(x->command);
    g_free(x->status);
    g_mutex_clear(&x->lock);
}

static const ChanOps exec_ops = {
    .name = "command",
    .read = exec_read,
    .write = exec_write,
    .free = exec_free,
};

static char *
find_program(const char *name, GError **err)
{
    char *path = g_path_is_absolute(name)       ? g_strdup(name)
                 : strchr(name, G_DIR_SEPARATOR) ? g_canonicalize_filename(name, NULL)
                                                 : g_find_program_in_path(name);

    if (!path)
        fail_errno(err, ENOENT, _("Cannot find '%s' in path"), name);
    return path;
}

static bool
start_command(ExecChan *x, const char *const *argv, const char *const *env, int sock, GError **err)
{
    gsize           n = g_strv_length((char **)argv);
    const char    **copy = g_memdup2(argv, (n + 1) * sizeof(*argv));
    const SpawnHow  how = { .argv = copy, .env = env, .in = sock, .out = sock, .err = x->said_fd };
    pid_t           pid;
    bool            ok;

    copy[0] = x->command;
    ok = spawn_process(&how, &pid, &x->pidfd, err);
    g_free(copy);
    return ok;
}

Chan *
chan_new_exec(const char *const *argv, const char *const *env, GError **err)
{
    g_autofree char *command = find_program(argv[0], err);
    fd_auto int      said = -1;
    ExecChan        *x;
    int              fds[2];
    bool             ok;

    if (!command || (said = open_stderr(err)) < 0)
        return NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return fail_errno(err, errno, _("Failed to create socket pair")), NULL;
    x = g_new0(ExecChan, 1);
    *x = (ExecChan) { .command = g_steal_pointer(&command), .pidfd = -1, .said_fd = fd_steal(&said) };
    ok = start_command(x, argv, env, fds[1], err);
    close(fds[1]);
    if (!ok) {
        close(fds[0]);
        close(x->said_fd);
        g_free(x->command);
        g_free(x);
        return NULL;
    }
    g_mutex_init(&x->lock);
    x->base = (Chan) { .ops = &exec_ops, .below = chan_new_fd(fds[0]), .fd = -1 };
    return &x->base;
}
