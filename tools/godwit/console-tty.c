/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "console.h"

static struct termios        before;
static volatile sig_atomic_t raw;
static int                   bell[2] = { -1, -1 };

/* Those that end the session, and then the program, as they would without a session; and those of a bug. */
static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
static struct sigaction old_ending[G_N_ELEMENTS(ending)], old_fatal[G_N_ELEMENTS(fatal)], old_stop;

/* Also in signal handlers, and at the end of the program; harmless when nothing is raw. */
static void
tty_restore(void)
{
    if (!raw)
        return;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    raw = 0;
}

static void
ring(int number)
{
    int  error = errno;
    char byte = (char)number;

    if (write(bell[1], &byte, 1) < 0)
        tty_restore(); /* full of signals: at least that */
    errno = error;
}

static void
die(int number)
{
    tty_restore();
    raise(number); /* SA_RESETHAND: as if we had not been asked */
}

static void
catch_signals(void)
{
    struct sigaction end = { .sa_handler = ring }, bug = { .sa_handler = die, .sa_flags = (int)SA_RESETHAND };
    struct sigaction ignore = { .sa_handler = SIG_IGN };

    for (guint i = 0; i < G_N_ELEMENTS(ending); i++)
        sigaction(ending[i], &end, &old_ending[i]);
    for (guint i = 0; i < G_N_ELEMENTS(fatal); i++)
        sigaction(fatal[i], &bug, &old_fatal[i]);
    /* A stopped program would leave the shell with a raw terminal. */
    sigaction(SIGTSTP, &ignore, &old_stop);
}

static void
release_signals(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(ending); i++)
        sigaction(ending[i], &old_ending[i], NULL);
    for (guint i = 0; i < G_N_ELEMENTS(fatal); i++)
        sigaction(fatal[i], &old_fatal[i], NULL);
    sigaction(SIGTSTP, &old_stop, NULL);
}

bool
tty_make_raw(void)
{
    static gsize   once;
    struct termios now;

    if (tcgetattr(STDIN_FILENO, &before) < 0 || pipe2(bell, O_CLOEXEC | O_NONBLOCK) < 0) {
        complain(_("cannot set the terminal up for a console: %s"), g_strerror(errno));
        return false;
    }
    if (g_once_init_enter(&once)) {
        atexit(tty_restore);
        g_once_init_leave(&once, 1);
    }
    catch_signals();
    now = before;
    cfmakeraw(&now);
    raw = 1;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &now); /* what was typed ahead counts */
    return true;
}

void
tty_release(void)
{
    tty_restore();
    release_signals();
    close(bell[0]);
    close(bell[1]);
    bell[0] = bell[1] = -1;
}

int
tty_signals(void)
{
    return bell[0];
}
