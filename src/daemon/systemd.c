/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/systemd.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#define FIRST_FD 3

void
systemd_notify(const char *state)
{
    const char        *path = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    gsize              len = path ? strlen(path) : 0;
    int                fd;

    if (len < 2 || len >= sizeof(sa.sun_path) || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(sa.sun_path, path, len);
    if (path[0] == '@')
        sa.sun_path[0] = '\0'; /* abstract */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    /* Nobody could be told if it failed. */
    (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)(void *)&sa,
                  offsetof(struct sockaddr_un, sun_path) + len);
    close(fd);
}

int
systemd_socket(const char *name)
{
    const char   *pid = g_getenv("LISTEN_PID");
    const char   *names = g_getenv("LISTEN_FDNAMES");
    g_auto(GStrv) list = NULL;

    if (!pid || !names || strtol(pid, NULL, 10) != getpid())
        return -1;
    list = g_strsplit(names, ":", -1);
    for (int i = 0; list[i]; i++) {
        if (strcmp(list[i], name) != 0)
            continue;
        fcntl(FIRST_FD + i, F_SETFD, FD_CLOEXEC);
        return FIRST_FD + i;
    }
    return -1;
}
