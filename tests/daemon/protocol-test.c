/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, a client of libvirt's gets an answer that libvirt's daemon would not give, or one client's nonsense
 * hurts the daemon or other clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libvirt/virterror.h>

#include "host.h"
#include "raw.h"

#define DOM_GT "00000002" "67740000" "11111111222233334444555555555510" "ffffffff"

static Host host;

/* What is sent and what libvirt 9.0.0's daemon was seen to answer. */
typedef struct {
    const char *what;
    bool        opened; /* after CONNECT_OPEN */
    RawHeader   head;
    const char *payload; /* hex */
    int         code, domain; /* 0: no error expected */
    const char *message;
    RawAnswer   answer;
} Odd;

static const Odd odds[] = {
    { "unknown procedure", true, { 0, REMOTE, 1, 9999, 0, 7, 0 }, "", 39, 7, "unknown procedure: 9999", RAW_PACKET },
    { "an event's number called", true, { 0, REMOTE, 1, 318, 0, 7, 0 }, "", 39, 7, "unknown procedure: 318", RAW_PACKET },
    { "unknown program", true, { 0, 0x12345, 1, 1, 0, 7, 0 }, "", 39, 7, "Cannot find program 74565 version 1", RAW_PACKET },
    { "version 2", true, { 0, REMOTE, 2, 66, 0, 7, 0 }, "", 39, 7, "Cannot find program 536903814 version 2", RAW_PACKET },
    { "call with status 1", true, { 0, REMOTE, 1, 51, 0, 7, 1 }, "", 39, 7, "Unexpected message status 1", RAW_PACKET },
    { "arguments too short", true, { 0, REMOTE, 1, 23, 0, 7, 0 }, "0000", 39, 7, "Unable to decode message payload",
      RAW_PACKET },
    { "a string beyond the packet", true, { 0, REMOTE, 1, 23, 0, 7, 0 }, "7fffffff61626364", 39, 7,
      "Unable to decode message payload", RAW_PACKET },
    { "bytes left over", true, { 0, REMOTE, 1, 51, 0, 7, 0 }, "0102030405060708", 0, 0, NULL, RAW_PACKET },
    { "type reply from a client", true, { 0, REMOTE, 1, 51, 1, 7, 0 }, "", 0, 0, NULL, RAW_SILENT },
    { "type 9", true, { 0, REMOTE, 1, 51, 9, 7, 0 }, "", 0, 0, NULL, RAW_SILENT },
    { "data for no stream", true, { 0, REMOTE, 1, 201, 3, 7, 2 }, "41", 0, 0, NULL, RAW_SILENT },
    { "length below a header", true, { 27, REMOTE, 1, 51, 0, 7, 0 }, "", 0, 0, NULL, RAW_CLOSED },
    { "length 0xffffffff", true, { 0xffffffff, REMOTE, 1, 51, 0, 7, 0 }, "", 0, 0, NULL, RAW_CLOSED },
    { "ping of type call", true, { 0, KEEPALIVE, 1, 1, 0, 0, 0 }, "", 39, 7, "Cannot find program 1801807216 version 1",
      RAW_PACKET },
    { "ping", true, { 0, KEEPALIVE, 1, 1, 2, 0, 0 }, "", 0, 0, NULL, RAW_PACKET },
    { "call before open", false, { 0, REMOTE, 1, 51, 0, 7, 0 }, "", 1, 7, "internal error: hypervisor connection not open",
      RAW_PACKET },
    { "feature 14 before open", false, { 0, REMOTE, 1, 60, 0, 7, 0 }, "0000000e", 1, 7,
      "internal error: hypervisor connection not open", RAW_PACKET },
    { "feature 10 before open", false, { 0, REMOTE, 1, 60, 0, 7, 0 }, "0000000a", 0, 0, NULL, RAW_PACKET },
    { "open twice", true, { 0, REMOTE, 1, 1, 0, 7, 0 }, "000000010000000000000000", 1, 7,
      "internal error: connection already open", RAW_PACKET },
    { "open of another driver", false, { 0, REMOTE, 1, 1, 0, 7, 0 }, "0000000100000006" "78656e3a2f2f0000" "00000000", 5, 0,
      "no connection driver available for xen://", RAW_PACKET },
    /* Nothing is opened on a client's behalf but this daemon's own guests: it would be done with our rights. */
    { "open of a command", false, { 0, REMOTE, 1, 1, 0, 7, 0 },
      "000000010000002571656d752b6578743a2f2f2f73797374656d3f636f6d6d616e643d2f62696e2f66616c736500000000000000", 5, 0,
      "no connection driver available for qemu+ext:///system?command=/bin/false", RAW_PACKET },
    { "open of another socket", false, { 0, REMOTE, 1, 1, 0, 7, 0 },
      "000000010000002371656d752b756e69783a2f2f2f73797374656d3f736f636b65743d2f6e6f77686572650000000000", 5, 0,
      "no connection driver available for qemu+unix:///system?socket=/nowhere", RAW_PACKET },
    { "open of another host", false, { 0, REMOTE, 1, 1, 0, 7, 0 },
      "000000010000001d71656d752b7463703a2f2f3132372e302e302e313a312f73797374656d00000000000000", 5, 0,
      "no connection driver available for qemu+tcp://127.0.0.1:1/system", RAW_PACKET },
    { "open of another root", false, { 0, REMOTE, 1, 1, 0, 7, 0 },
      "000000010000001771656d753a2f2f2f656d6265643f726f6f743d2f746d700000000000", 5, 0,
      "no connection driver available for qemu:///embed?root=/tmp", RAW_PACKET },
    { "open of a host by TLS", false, { 0, REMOTE, 1, 1, 0, 7, 0 },
      "000000010000001971656d753a2f2f3132372e302e302e313a312f73797374656d00000000000000", 5, 0,
      "no connection driver available for qemu://127.0.0.1:1/system", RAW_PACKET },
    { "polkit where nothing was asked", false, { 0, REMOTE, 1, 70, 0, 7, 0 }, "", 45, 7,
      "authentication failed: authentication failed", RAW_PACKET },
    { "networks", true, { 0, REMOTE, 1, 283, 0, 7, 0 }, "0000000100000003", 3, 19,
      "this function is not supported by the connection driver: virConnectListAllNetworks", RAW_PACKET },
    { "a migration of version 2", true, { 0, REMOTE, 1, 108, 0, 7, 0 }, "", 3, 20,
      "this function is not supported by the connection driver: virDomainMigratePrepare2", RAW_PACKET },
    { "a monitor command", true, { 0, 0x20008087, 1, 1, 0, 7, 0 }, "", 3, 20,
      "this function is not supported by the connection driver: virDomainQemuMonitorCommand", RAW_PACKET },
    { "no such domain", true, { 0, REMOTE, 1, 23, 0, 7, 0 }, "00000002" "67740000", 42, -1, NULL, RAW_PACKET },
};

static gsize
from_hex(const char *hex, guint8 *to)
{
    gsize n = strlen(hex) / 2;

    for (gsize i = 0; i < n; i++)
        to[i] = g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]);
    return n;
}

static void
check_error(const Odd *odd, const RawPacket *reply)
{
    RpcError e;

    assert_int_equal(reply->head.program, odd->head.program);
    assert_int_equal(reply->head.version, odd->head.version);
    assert_int_equal(reply->head.procedure, odd->head.procedure);
    assert_int_equal(reply->head.serial, odd->head.serial);
    raw_error(reply, &e);
    if (e.code != odd->code || (odd->domain >= 0 && e.domain != odd->domain))
        fail_msg("%s: error %d/%d '%s'", odd->what, e.code, e.domain, e.message);
    if (odd->message)
        assert_string_equal(e.message, odd->message);
    assert_int_equal(e.level, 2);
    assert_int_equal(e.int1, -1);
    xdr_clear(rpc_error_rows, &e);
}

static void
check_odd(const Odd *odd, int fd)
{
    guint8    payload[64];
    RawPacket reply = { 0 };
    RawAnswer answer;

    raw_send(fd, odd->head, payload, from_hex(odd->payload, payload));
    answer = raw_receive(fd, odd->answer == RAW_SILENT ? 50 : 25000, &reply);
    if (answer != odd->answer)
        fail_msg("%s: answer %d, not %d", odd->what, answer, odd->answer);
    if (odd->code)
        check_error(odd, &reply);
    else if (answer == RAW_PACKET)
        assert_int_equal(reply.head.status, 0);
    raw_packet_clear(&reply);
    if (answer == RAW_SILENT) { /* the connection stays */
        raw_call(fd, 66, NULL, &reply);
        raw_packet_clear(&reply);
    }
}

static void
odd_packets_are_answered_as_by_libvirt(void **state)
{
    int witness = raw_open(host.sock);

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(odds); i++) {
        int       fd = odds[i].opened ? raw_open(host.sock) : raw_connect(host.sock);
        RawPacket reply;

        check_odd(&odds[i], fd);
        close(fd);
        raw_call(witness, 51, NULL, &reply);
        assert_int_equal(reply.head.status, 0);
        raw_packet_clear(&reply);
    }
    close(witness);
}

/* Half a packet, then gone; a connection that never says anything: nobody else may notice. */
static void
silent_and_broken_clients_hurt_nobody(void **state)
{
    int       silent[200];
    int       fd;
    RawPacket reply;

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++) {
        silent[i] = raw_connect(host.sock);
        if (i % 2)
            (void)!write(silent[i], "\0\0\1\0\x20\0", 6);
    }
    fd = raw_open(host.sock);
    raw_call(fd, 51, NULL, &reply);
    raw_packet_clear(&reply);
    close(fd);
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
        close(silent[i]);
}

typedef struct {
    const char *what;
    gint32      proc;
    const char *payload;
    const char *message;
} Denied;

static const Denied denied[] = {
    { "define", 350, "00000002" "3c610000" "00000000",
      "operation forbidden: read only access prevents virDomainDefineXMLFlags" },
    { "destroy", 12, DOM_GT, "operation forbidden: read only access prevents virDomainDestroy" },
    { "destroy with flags", 234, DOM_GT "00000000",
      "operation forbidden: read only access prevents virDomainDestroyFlags" },
    { "start", 9, DOM_GT, "operation forbidden: read only access prevents virDomainCreate" },
};

static void
the_read_only_socket_cannot_write(void **state)
{
    int       fd = raw_open(host.sock_ro);
    RawPacket reply;

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(denied); i++) {
        RpcError e;

        raw_call(fd, denied[i].proc, denied[i].payload, &reply);
        raw_error(&reply, &e);
        assert_int_equal(e.code, VIR_ERR_OPERATION_DENIED);
        assert_string_equal(e.message, denied[i].message);
        xdr_clear(rpc_error_rows, &e);
        raw_packet_clear(&reply);
    }
    raw_call(fd, 51, NULL, &reply);
    assert_int_equal(reply.head.status, 0);
    raw_packet_clear(&reply);
    close(fd);
}

static void
every_known_procedure_is_answered(void **state)
{
    int fd = raw_open(host.sock);

    (void)state;
    for (gint32 proc = 3; proc <= 443; proc++) {
        RawPacket reply;

        if (proc == 60 || proc == 66)
            continue;
        raw_call(fd, proc, "", &reply);
        raw_packet_clear(&reply);
    }
    close(fd);
}

static guint32
first_word(const RawPacket *p)
{
    guint32 v;

    assert_true(p->len >= 4);
    memcpy(&v, p->payload, 4);
    return GUINT32_FROM_BE(v);
}

static void
call_expecting(int fd, gint32 proc, const char *hex, int code)
{
    RawPacket reply;
    RpcError  e;

    raw_call(fd, proc, hex, &reply);
    if (code == 0) {
        assert_int_equal(reply.head.status, 0);
    } else {
        raw_error(&reply, &e);
        assert_int_equal(e.code, code);
        xdr_clear(rpc_error_rows, &e);
    }
    raw_packet_clear(&reply);
}

static void
events_are_registered_by_id(void **state)
{
    int       fd = raw_open(host.sock);
    guint32   ids[27];
    RawPacket reply;

    (void)state;
    for (guint i = 0; i < 27; i++) {
        g_autofree char *hex = g_strdup_printf("%08x00000000", i);

        raw_call(fd, 316, hex, &reply);
        assert_int_equal(reply.head.status, 0);
        ids[i] = first_word(&reply);
        raw_packet_clear(&reply);
        for (guint k = 0; k < i; k++)
            assert_int_not_equal(ids[k], ids[i]);
    }
    call_expecting(fd, 316, "0000006300000000", VIR_ERR_INTERNAL_ERROR);
    for (guint i = 0; i < 27; i++) {
        g_autofree char *hex = g_strdup_printf("%08x", ids[i]);

        call_expecting(fd, 317, hex, 0);
        call_expecting(fd, 317, hex, VIR_ERR_INTERNAL_ERROR);
    }
    /* the forms of older clients */
    call_expecting(fd, 105, NULL, 0);
    call_expecting(fd, 105, NULL, VIR_ERR_INTERNAL_ERROR);
    call_expecting(fd, 106, NULL, 0);
    call_expecting(fd, 106, NULL, VIR_ERR_INTERNAL_ERROR);
    call_expecting(fd, 167, "00000001", 0);
    call_expecting(fd, 168, "00000001", 0);
    call_expecting(fd, 167, "00000010", VIR_ERR_INTERNAL_ERROR);
    close(fd);
}

/* Each costs memory and, with every event, time: of everybody. */
static void
event_callbacks_are_bounded(void **state)
{
    int fd = raw_open(host.sock), other = raw_open(host.sock);

    for (guint i = 0; i < 1024; i++)
        call_expecting(fd, 316, "0000000000000000", 0);
    call_expecting(fd, 316, "0000000000000000", VIR_ERR_INTERNAL_ERROR);
    call_expecting(fd, 317, "00000000", 0);
    call_expecting(fd, 316, "0000000000000000", 0);
    call_expecting(other, 316, "0000000000000000", 0);
    close(fd);
    close(other);
}

static void
close_callbacks_pair_up(void **state)
{
    int fd = raw_open(host.sock);

    (void)state;
    call_expecting(fd, 360, NULL, 0);
    call_expecting(fd, 360, NULL, VIR_ERR_OPERATION_INVALID);
    call_expecting(fd, 361, NULL, 0);
    call_expecting(fd, 361, NULL, VIR_ERR_OPERATION_INVALID);
    close(fd);
}

static void
close_is_answered_before_the_connection_ends(void **state)
{
    int       fd = raw_open(host.sock);
    RawPacket reply;

    (void)state;
    call_expecting(fd, 2, NULL, 0);
    assert_int_equal(raw_receive(fd, 25000, &reply), RAW_CLOSED);
    close(fd);
}

static int
start_host(void **state)
{
    (void)state;
    host_start(&host, NULL);
    return 0;
}

static int
stop_host(void **state)
{
    (void)state;
    assert_int_equal(host_stop(&host), 0);
    host_clear(&host);
    return 0;
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_packets_are_answered_as_by_libvirt),
        cmocka_unit_test(silent_and_broken_clients_hurt_nobody),
        cmocka_unit_test(the_read_only_socket_cannot_write),
        cmocka_unit_test(every_known_procedure_is_answered),
        cmocka_unit_test(events_are_registered_by_id),
        cmocka_unit_test(event_callbacks_are_bounded),
        cmocka_unit_test(close_callbacks_pair_up),
        cmocka_unit_test(close_is_answered_before_the_connection_ends),
    };

    if (argc < 2)
        return 77;
    godwitd_path = argv[1];
    return cmocka_run_group_tests(tests, start_host, stop_host);
}
