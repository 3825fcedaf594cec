/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADER 28
#define PATIENCE 25000

int
raw_connect(const char *path)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
    if (connect(fd, (struct sockaddr *)(void *)&sa, sizeof(sa)) < 0)
        fail_msg("connect %s: %s", path, g_strerror(errno));
    return fd;
}

void
raw_send(int fd, RawHeader head, gconstpointer payload, gsize len)
{
    const guint32      words[] = { head.length ? head.length : HEADER + len, head.program, head.version, head.procedure,
                                   head.type, head.serial, head.status };
    g_autofree guint8 *packet = g_malloc(HEADER + len);

    for (int i = 0; i < 7; i++) {
        guint32 v = GUINT32_TO_BE(words[i]);

        memcpy(packet + 4 * i, &v, 4);
    }
    if (len)
        memcpy(packet + HEADER, payload, len);
    (void)!send(fd, packet, HEADER + len, MSG_NOSIGNAL);
}

void
raw_send_hex(int fd, gint32 procedure, guint32 serial, const char *hex)
{
    gsize              n = hex ? strlen(hex) / 2 : 0;
    g_autofree guint8 *payload = g_malloc(n + 1);

    for (gsize i = 0; i < n; i++)
        payload[i] = g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]);
    raw_send(fd, (RawHeader){ 0, REMOTE, 1, procedure, 0, serial, 0 }, payload, n);
}

static RawAnswer
read_exactly(int fd, guint8 *to, gsize len, int ms)
{
    for (gsize done = 0; done < len;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t       n;

        if (poll(&p, 1, ms) <= 0)
            return RAW_SILENT;
        n = read(fd, to + done, len - done);
        if (n <= 0)
            return RAW_CLOSED;
        done += n;
        ms = PATIENCE;
    }
    return RAW_PACKET;
}

RawAnswer
raw_receive(int fd, int ms, RawPacket *ret)
{
    guint32   words[7];
    RawAnswer answer = read_exactly(fd, (guint8 *)words, HEADER, ms);

    if (answer != RAW_PACKET)
        return answer;
    for (int i = 0; i < 7; i++)
        words[i] = GUINT32_FROM_BE(words[i]);
    ret->head = (RawHeader){ words[0], words[1], words[2], words[3], words[4], words[5], words[6] };
    ret->len = words[0] - HEADER;
    ret->payload = g_malloc(ret->len + 1);
    return read_exactly(fd, ret->payload, ret->len, PATIENCE);
}

void
raw_packet_clear(RawPacket *packet)
{
    g_clear_pointer(&packet->payload, g_free);
}

void
raw_call(int fd, gint32 procedure, const char *hex, RawPacket *ret_reply)
{
    raw_send_hex(fd, procedure, 77, hex);
    if (raw_receive(fd, PATIENCE, ret_reply) != RAW_PACKET)
        fail_msg("no answer to call %d", procedure);
    assert_int_equal(ret_reply->head.procedure, procedure);
    assert_int_equal(ret_reply->head.serial, 77);
    assert_int_equal(ret_reply->head.type, 1);
}

int
raw_open(const char *path)
{
    int       fd = raw_connect(path);
    RawPacket reply;

    raw_call(fd, 66, NULL, &reply);
    assert_int_equal(reply.len, 8);
    raw_packet_clear(&reply);
    raw_call(fd, 1, "00000001" "00000000" "00000000", &reply);
    assert_int_equal(reply.head.status, 0);
    raw_packet_clear(&reply);
    return fd;
}

void
raw_error(const RawPacket *reply, RpcError *ret_error)
{
    XdrReader r = XDR_READER_INIT(reply->payload, reply->len);

    assert_int_equal(reply->head.status, 1);
    memset(ret_error, 0, sizeof(*ret_error));
    assert_true(xdr_decode(&r, rpc_error_rows, ret_error, NULL));
}
