/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A QMP peer that follows a script: each row says what has to arrive next and what is sent then. Runs on a thread of
 * its own at the other end of a socket pair.
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *expect; /* name of the command that has to arrive; NULL: nothing, go on */
    const char *send;   /* then; "$1", "$2" ... stand for the id of the 1st, 2nd ... command of the script, "$0" for that
                         * of the last one; NULL: nothing */
    gsize       junk;   /* then: so many bytes of one endless line */
    gboolean    close;  /* then: close the connection */
} QmpRow;

typedef struct FakeQmp FakeQmp;

/* rows end with an all-zero row; the greeting is not sent by itself. ret_fd: the client's end, the caller's. */
FakeQmp *fake_qmp_start(const QmpRow *rows, int *ret_fd);
/* Listens at path, and follows one script on each connection, one after the other, which ends when its script does; the
 * last stays open. scripts end with NULL. */
FakeQmp *fake_qmp_serve(const char *path, const QmpRow *const *scripts);
/* Waits for the end of the script; NULL when it went as written, else what did not. Frees fake. Caller frees. */
char *fake_qmp_finish(FakeQmp *fake);
/* Arguments of the nth (from 1) command, as it was sent; NULL: none. Only after the script has ended. */
const char *fake_qmp_arguments(FakeQmp *fake, guint n);
/* The descriptor that came with the commands; -1: none. Borrowed. */
int fake_qmp_passed_fd(FakeQmp *fake);
/* Waits for the end of the script without freeing. */
void fake_qmp_wait(FakeQmp *fake);
/* Reads from the socket that returned more than one command. */
guint fake_qmp_batches(FakeQmp *fake);

#define QMP_GREETING "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}, \"package\": \"\"}, " \
                     "\"capabilities\": []}}\n"
#define QMP_OK(n) "{\"return\": {}, \"id\": $" #n "}\n"
