/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fakes/ports.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LOWEST = 10240, HIGHEST = 65535 };

static bool
claim(guint16 first)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int                len = g_snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1, "godwit-test-ports-%u", first);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, offsetof(struct sockaddr_un, sun_path) + 1 + len) == 0)
        return true; /* fd stays open to the end of the process */
    if (fd >= 0)
        close(fd);
    return false;
}

static bool
can_be_bound(guint16 port)
{
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool               ok = fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

static bool
all_can_be_bound(guint16 first)
{
    for (guint i = 0; i < TEST_PORTS; i++)
        if (!can_be_bound(first + i))
            return false;
    return true;
}

static void
kernels_range(guint *ret_low, guint *ret_high)
{
    g_autofree char *text = NULL;

    *ret_low = 32768;
    *ret_high = 60999;
    if (g_file_get_contents("/proc/sys/net/ipv4/ip_local_port_range", &text, NULL, NULL))
        sscanf(text, "%u %u", ret_low, ret_high);
}

static guint16
find_block(bool avoid_kernels)
{
    guint low, high;

    kernels_range(&low, &high);
    for (guint first = LOWEST; first + TEST_PORTS - 1 <= HIGHEST; first += TEST_PORTS)
        if ((!avoid_kernels || first + TEST_PORTS <= low || first > high) && claim(first) && all_can_be_bound(first))
            return first;
    return 0;
}

guint16
test_ports(void)
{
    static gsize first;

    if (g_once_init_enter(&first)) {
        guint16 found = find_block(true);

        if (!found)
            found = find_block(false);
        if (!found)
            g_error("no %u free ports in a row", TEST_PORTS);
        g_once_init_leave(&first, found);
    }
    return (guint16)first;
}
