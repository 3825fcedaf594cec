/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps-probe.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/err.h"
#include "util/spawn.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* A QEMU needs a quarter of a second; this is for a host under extreme load, and for programs that are no QEMU. */
#define DEADLINE_MS 30000
/* Ten times what QEMU 10 says. */
#define MAX_REPLIES (8 * 1024 * 1024)
#define MAX_STDERR 1024

typedef struct {
    pid_t  pid;
    int    pidfd;   /* -1: not running */
    int    monitor; /* our end */
    int    output;  /* what it wrote to stdout and stderr, a memfd */
    gint64 deadline_us;
} Probe;

/* QEMU's own words are the best explanation when it does not answer. Caller frees. */
static char *
last_words(Probe *p)
{
    off_t size = lseek(p->output, 0, SEEK_END);
    g_autofree char *text = g_malloc0(MAX_STDERR + 1);

    if (size <= 0 || pread(p->output, text, MAX_STDERR, size > MAX_STDERR ? size - MAX_STDERR : 0) < 0)
        return g_strdup("");
    g_strstrip(text);
    return g_utf8_make_valid(text, -1);
}

static bool
start(Probe *p, const char *binary, const char *accel, GError **err)
{
    g_autofree char *machine = g_strdup_printf("none,accel=%s", accel);
    g_autofree char *chardev = NULL;
    int pair[2];
    bool ok;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return fail_errno(err, errno, _("cannot make a socket pair"));
    p->monitor = pair[0];
    chardev = g_strdup_printf("socket,id=mon,fd=%d", pair[1]);
    const char *argv[] = { binary, "-S", "-no-user-config", "-nodefaults", "-nographic",
                           "-machine", machine, "-chardev", chardev,
                           "-mon", "chardev=mon,mode=control", NULL };
    const SpawnHow how = { .argv = argv, .fds = &pair[1], .n_fds = 1, .in = -1, .out = p->output, .err = p->output,
                           .leashed = true };

    ok = spawn_process(&how, &p->pid, &p->pidfd, err);
    close(pair[1]);
    return ok;
}

/* false: no more time. */
static bool
wait_for(Probe *p, short events)
{
    struct pollfd pfd = { .fd = p->monitor, .events = events };

    for (;;) {
        gint64 left = (p->deadline_us - g_get_monotonic_time() + 999) / 1000;
        int n = left > 0 ? poll(&pfd, 1, left) : 0;

        if (n > 0 || (n < 0 && errno != EINTR))
            return true;
        if (n == 0)
            return false;
    }
}

static bool
explain(Probe *p, const char *binary, GError **err)
{
    g_autofree char *words = last_words(p);

    return fail(err, VIR_ERR_INTERNAL_ERROR, _("Failed to probe QEMU binary %s: %s"), binary,
                *words ? words : _("it does not answer on its monitor"));
}

static bool
send_queries(Probe *p, const char *text, const char *binary, GError **err)
{
    gsize len = strlen(text);

    while (len) {
        gssize n = send(p->monitor, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return explain(p, binary, err);
        if (n < 0 && !wait_for(p, POLLOUT))
            return explain(p, binary, err);
        if (n > 0) {
            text += n;
            len -= n;
        }
    }
    return true;
}

/* Lines of a monitor with control mode end in CR LF; strings in JSON contain neither. */
static bool
read_replies(Probe *p, guint n_replies, GString *replies, const char *binary, GError **err)
{
    char buf[65536];

    while (n_replies) {
        gssize n = recv(p->monitor, buf, sizeof(buf), MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!wait_for(p, POLLIN))
                return explain(p, binary, err);
            continue;
        }
        if (n <= 0)
            return explain(p, binary, err);
        if (replies->len + n > MAX_REPLIES)
            return fail(err, VIR_ERR_INTERNAL_ERROR, _("QEMU binary %s answers endlessly"), binary);
        for (gssize i = 0; i < n && n_replies; i++)
            if (buf[i] == '\n')
                n_replies--;
        g_string_append_len(replies, buf, n);
    }
    return true;
}

/* It has nothing that would need an orderly exit. */
static void
stop(Probe *p)
{
    struct pollfd gone = { .fd = p->pidfd, .events = POLLIN };

    if (p->pidfd >= 0) {
        spawn_pidfd_signal(p->pidfd, SIGKILL);
        while (poll(&gone, 1, -1) < 0 && errno == EINTR)
            continue;
        g_free(spawn_reap(p->pidfd));
        close(p->pidfd);
    }
    if (p->monitor >= 0)
        close(p->monitor);
    close(p->output);
}

static bool
ask(Probe *p, const char *binary, const char *queries, guint n_replies, GString *replies, GError **err)
{
    g_string_truncate(replies, 0);
    return send_queries(p, queries, binary, err) && read_replies(p, n_replies, replies, binary, err);
}

static QemuCaps *
converse(Probe *p, const QemuCapsId *id, GError **err)
{
    g_autoptr(GString) replies = g_string_new(NULL);
    guint n_replies, n_cpus;
    g_autofree char *queries = qemu_caps_queries(&n_replies);
    g_autofree char *cpu_queries = NULL;
    g_autoptr(QemuCaps) caps = NULL;

    if (!start(p, id->path, id->accel, err) || !ask(p, id->path, queries, n_replies, replies, err))
        return NULL;
    caps = qemu_caps_parse(replies->str, err);
    if (!caps)
        return NULL;
    cpu_queries = qemu_caps_cpu_queries(caps, &n_cpus);
    if (!ask(p, id->path, cpu_queries, n_cpus, replies, err))
        return NULL;
    qemu_caps_take_cpus(caps, replies->str);
    qemu_caps_id_copy(id, &caps->id);
    return g_steal_pointer(&caps);
}

QemuCaps *
qemu_caps_probe(const QemuCapsId *id, GError **err)
{
    QemuCaps *caps;
    Probe p = { .pidfd = -1, .monitor = -1, .output = memfd_create("qemu-probe", MFD_CLOEXEC),
                .deadline_us = g_get_monotonic_time() + DEADLINE_MS * G_GINT64_CONSTANT(1000) };

    if (p.output < 0) {
        fail_errno(err, errno, _("cannot make a memory file"));
        return NULL;
    }
    caps = converse(&p, id, err);
    stop(&p);
#ifdef __GLIBC__
    malloc_trim(0); /* a daemon asks once, and would keep the room for the answers for ever */
#endif
    return caps;
}
