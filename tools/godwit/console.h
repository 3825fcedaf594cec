/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between `console` and its terminal: raw while a session lasts, as it was in any case afterwards; what is typed, what
 * the guest says, and what ends it.
 */
#pragma once

#include "shell.h"

/* console-tty.c. One at a time. False after saying why. */
bool tty_make_raw(void);
/* The end of it: the terminal as it was, signals too. */
void tty_release(void);
/* A descriptor that can be read from once a signal wants the session to end; the byte is its number. */
int  tty_signals(void);

/* console-session.c: how it ended. */
typedef enum {
    CONSOLE_ESCAPED, /* the user typed the escape character, or the input ended */
    CONSOLE_GUEST_GONE,
    CONSOLE_BROKEN,  /* the library's last error says why */
    CONSOLE_SIGNAL,
} ConsoleEnd;

/* Until one of these. st: open, nonblocking. *ret_signal: with CONSOLE_SIGNAL. */
ConsoleEnd console_run(virStreamPtr st, char escape, int *ret_signal);
