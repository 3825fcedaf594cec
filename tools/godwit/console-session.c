/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thread moves everything; the event loop's only rings a bell. Whoever is slow holds up the other side. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "console.h"

#define PIECE 4096

typedef struct {
    virStreamPtr st;
    char         escape; /* as typed with Ctrl */
    int          bell;
    char         typed[PIECE];
    int          n_typed; /* not yet taken by the guest's device */
    bool         over;
    ConsoleEnd   end;
    int          signal;
} Session;

static bool
finish(Session *s, ConsoleEnd end)
{
    s->over = true;
    s->end = end;
    return false;
}

/* The event loop's thread. Silent until the session has looked. */
static void
stream_is_ready(virStreamPtr st, int events, void *opaque)
{
    guint64 one = 1;

    virStreamEventUpdateCallback(st, 0);
    while (write(GPOINTER_TO_INT(opaque), &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static bool
show(Session *s, const char *text, int n)
{
    while (n > 0) {
        gssize done = write(STDOUT_FILENO, text, (size_t)n);

        if (done < 0 && errno == EAGAIN) /* somebody else has made the terminal nonblocking */
            poll(&(struct pollfd){ STDOUT_FILENO, POLLOUT, 0 }, 1, -1);
        else if (done < 0 && errno != EINTR)
            return finish(s, CONSOLE_ESCAPED);
        text += MAX(done, 0);
        n -= (int)MAX(done, 0);
    }
    return true;
}

static bool
receive(Session *s)
{
    char text[PIECE];
    int  n = virStreamRecv(s->st, text, sizeof(text));

    if (n > 0)
        return show(s, text, n);
    return n == -2 || finish(s, n == 0 ? CONSOLE_GUEST_GONE : CONSOLE_BROKEN);
}

static bool
send_typed(Session *s)
{
    int n = s->n_typed ? virStreamSend(s->st, s->typed, (size_t)s->n_typed) : -2;

    if (n == -1)
        return finish(s, CONSOLE_BROKEN);
    if (n > 0) {
        s->n_typed -= n;
        memmove(s->typed, s->typed + n, (size_t)s->n_typed);
    }
    return true;
}

static bool
take_typed(Session *s)
{
    gssize      n = read(STDIN_FILENO, s->typed, sizeof(s->typed));
    const char *escape;

    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0)
        return finish(s, CONSOLE_ESCAPED);
    escape = memchr(s->typed, s->escape, (size_t)n);
    s->n_typed = (int)(escape ? escape - s->typed : n);
    return send_typed(s) && (!escape || finish(s, CONSOLE_ESCAPED));
}

static bool
take_signal(Session *s)
{
    char number = 0;

    if (read(tty_signals(), &number, 1) != 1)
        return true;
    s->signal = number;
    return finish(s, CONSOLE_SIGNAL);
}

static bool
turn(Session *s)
{
    struct pollfd p[] = {
        { tty_signals(), POLLIN, 0 }, { s->bell, POLLIN, 0 }, { s->n_typed ? -1 : STDIN_FILENO, POLLIN, 0 },
    };
    guint64 rings;

    virStreamEventUpdateCallback(s->st, VIR_STREAM_EVENT_READABLE | (s->n_typed ? VIR_STREAM_EVENT_WRITABLE : 0));
    if (poll(p, G_N_ELEMENTS(p), -1) < 0 && errno != EINTR)
        return finish(s, CONSOLE_ESCAPED);
    if (p[0].revents)
        return take_signal(s);
    if (p[1].revents && read(s->bell, &rings, sizeof(rings)) > 0 && !(receive(s) && send_typed(s)))
        return false;
    return !p[2].revents || take_typed(s);
}

/* Only after the last call of the callback: the number may be another descriptor's then. */
static void
close_bell(void *opaque)
{
    close(GPOINTER_TO_INT(opaque));
}

ConsoleEnd
console_run(virStreamPtr st, char escape, int *ret_signal)
{
    Session s = { .st = st, .escape = (char)(g_ascii_toupper(escape) ^ 0x40), .end = CONSOLE_BROKEN };
    void   *bell;

    s.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bell = GINT_TO_POINTER(s.bell);
    if (s.bell < 0)
        return CONSOLE_BROKEN;
    if (virStreamEventAddCallback(st, VIR_STREAM_EVENT_READABLE, stream_is_ready, bell, close_bell) < 0) {
        close_bell(bell);
        return CONSOLE_BROKEN;
    }
    while (turn(&s))
        ;
    *ret_signal = s.signal;
    return s.end;
}
