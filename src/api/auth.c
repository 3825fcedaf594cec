/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-host.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <glib.h>

/* Asking on the terminal: what virConnectAuthPtrDefault does. */

enum { ANSWER_MAX = 1024 };

static int credential_types[] = {
    VIR_CRED_AUTHNAME,   VIR_CRED_ECHOPROMPT,   VIR_CRED_REALM,
    VIR_CRED_PASSPHRASE, VIR_CRED_NOECHOPROMPT,
};

static bool
is_secret(int type)
{
    return type == VIR_CRED_PASSPHRASE || type == VIR_CRED_NOECHOPROMPT;
}

static bool
read_line(char *line, gsize size)
{
    if (!fgets(line, (int)size, stdin))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

static bool
read_secret(char *line, gsize size)
{
    struct termios saved, quiet;
    bool terminal = tcgetattr(STDIN_FILENO, &saved) == 0;
    bool ok;

    if (terminal) {
        quiet = saved;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    ok = read_line(line, size);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
        putchar('\n');
    }
    return ok;
}

static int
ask(virConnectCredentialPtr cred)
{
    char line[ANSWER_MAX];
    const char *answer = line;

    printf("%s: ", cred->prompt ? cred->prompt : "");
    fflush(stdout);
    if (!(is_secret(cred->type) ? read_secret : read_line)(line, sizeof(line)))
        return -1;
    if (!*line && cred->defresult)
        answer = cred->defresult;
    cred->result = g_strdup(answer);
    cred->resultlen = (unsigned int)strlen(answer);
    explicit_bzero(line, sizeof(line));
    return 0;
}

static int
ask_all(virConnectCredentialPtr cred, unsigned int ncred, void *unused)
{
    for (unsigned int i = 0; i < ncred; i++) {
        if (ask(&cred[i]) < 0)
            return -1;
    }
    return 0;
}

static virConnectAuth ask_on_terminal = {
    .credtype = credential_types,
    .ncredtype = G_N_ELEMENTS(credential_types),
    .cb = ask_all,
};

/**
 * virConnectAuthPtrDefault:
 *
 * For virConnectOpenAuth(): asks on stdout and reads from stdin, without echo what is secret.
 *
 * Since: 0.4.1
 */
virConnectAuthPtr virConnectAuthPtrDefault = &ask_on_terminal;
