/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#define HEADER 28
#define PROGRAM 0x20008086u

static bool
read_all(int fd, void *buf, gsize len)
{
    for (gsize done = 0; done < len;) {
        ssize_t n = read(fd, (guint8 *)buf + done, len - done);

        if (n <= 0)
            return false;
        done += n;
    }
    return true;
}

static guint32
word(const guint8 *header, int i)
{
    guint32 v;

    memcpy(&v, header + 4 * i, 4);
    return GUINT32_FROM_BE(v);
}

static void
send_packet(int fd, gint32 proc, guint32 type, guint32 serial, guint32 status, const char *hex)
{
    gsize              n = hex ? strlen(hex) / 2 : 0;
    const guint32      head[] = { HEADER + n, PROGRAM, 1, proc, type, serial, status };
    g_autofree guint8 *packet = g_malloc(HEADER + n);

    for (int i = 0; i < 7; i++) {
        guint32 v = GUINT32_TO_BE(head[i]);

        memcpy(packet + 4 * i, &v, 4);
    }
    for (gsize i = 0; i < n; i++)
        packet[HEADER + i] = g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]);
    (void)!send(fd, packet, HEADER + n, MSG_NOSIGNAL);
}

/* false: the script is over. */
static bool
play(Scripted *s, int fd, const Step *step)
{
    guint8             header[HEADER];
    gsize              n;
    g_autofree guint8 *payload = NULL;

    if (!step->proc || !read_all(fd, header, HEADER))
        return false;
    n = word(header, 0) - HEADER;
    payload = g_malloc(n + 1);
    if (!read_all(fd, payload, n))
        return false;
    if ((gint32)word(header, 3) != step->proc) {
        s->wrong = word(header, 3);
        return false;
    }
    g_ptr_array_add(s->calls, g_bytes_new(payload, n));
    if (step->hang_up)
        return false;
    send_packet(fd, step->proc, 1, word(header, 5), step->error, step->reply);
    if (step->event)
        send_packet(fd, step->event, 2, 0, 0, step->message);
    return true;
}

static gpointer
serve(gpointer data)
{
    Scripted *s = data;
    int       fd = accept(s->listen_fd, NULL, NULL);

    for (const Step *step = s->steps; play(s, fd, step); step++)
        ;
    close(fd);
    return NULL;
}

void
scripted_start(Scripted *s, const Step *steps)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };

    *s = (Scripted){ .steps = steps };
    s->dir = g_dir_make_tmp("godwit-remote-XXXXXX", NULL);
    s->path = g_build_filename(s->dir, "sock", NULL);
    s->calls = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(sa.sun_path, s->path, sizeof(sa.sun_path));
    assert_int_equal(bind(s->listen_fd, (struct sockaddr *)(void *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(s->listen_fd, 1), 0);
    s->thread = g_thread_new("script", serve, s);
}

void
scripted_join(Scripted *s)
{
    guint n = 0;

    g_thread_join(s->thread);
    while (s->steps[n].proc)
        n++;
    if (s->wrong)
        fail_msg("call %d came where the script has %d", s->wrong, s->steps[s->calls->len].proc);
    assert_int_equal(s->calls->len, n);
}

void
scripted_clear(Scripted *s)
{
    close(s->listen_fd);
    g_unlink(s->path);
    g_rmdir(s->dir);
    g_ptr_array_unref(s->calls);
    g_free(s->path);
    g_free(s->dir);
}
