/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packets: if these fail, a connection is misread, or a hostile peer makes us allocate what it likes. */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/frame.h"

#include "../fakes/chan-faulty.h"
#include "../unit.h"

static void
make_packet(XdrWriter *w, gint32 type, guint32 serial, const char *body)
{
    RpcHeader header = { .program = 1, .version = 2, .procedure = 3, .type = type, .serial = serial, .status = 0 };

    rpc_packet_begin(w, &header);
    xdr_put_raw(w, body, strlen(body));
    rpc_packet_finish(w);
}

static void
check_packet(const RpcPacket *p, guint32 serial, const char *body)
{
    assert_int_equal(p->header.program, 1);
    assert_int_equal(p->header.version, 2);
    assert_int_equal(p->header.procedure, 3);
    assert_int_equal(p->header.serial, serial);
    assert_int_equal(p->len, strlen(body));
    assert_memory_equal(p->payload, body, p->len);
}

static void
writes_the_known_bytes(void **state)
{
    /* AUTH_LIST, serial 0, as a real client sends it. */
    static const guint8 golden[] = {
        0, 0, 0, 0x1c, 0x20, 0, 0x80, 0x86, 0, 0, 0, 1, 0, 0, 0, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    };
    RpcHeader header = { .program = 0x20008086, .version = 1, .procedure = 66 };
    XdrWriter w = RPC_PACKET_WRITER_INIT;

    (void)state;
    rpc_packet_begin(&w, &header);
    rpc_packet_finish(&w);
    assert_int_equal(w.len, sizeof(golden));
    assert_memory_equal(w.data, golden, sizeof(golden));
    xdr_writer_clear(&w);
}

/* Feeds bytes split in two at a place; expects three packets. */
static void
feed_split(const XdrWriter *w, gsize at)
{
    static const char *const bodies[] = { "", "second", "third one" };
    RpcReader r = RPC_READER_INIT(RPC_PACKET_MAX);
    RpcPacket p;
    guint     n = 0;

    for (int half = 0; half < 2; half++) {
        const guint8 *from = half ? w->data + at : w->data;
        gsize         len = half ? w->len - at : at, size;

        memcpy(rpc_reader_space(&r, &size), from, len);
        assert_true(size >= len);
        rpc_reader_added(&r, len);
        while (rpc_reader_next(&r, NULL, &p, NULL) == RPC_NEXT_PACKET) {
            check_packet(&p, n, bodies[n]);
            n++;
        }
    }
    assert_int_equal(n, 3);
    assert_null(r.buf); /* nothing is kept for an idle connection */
    rpc_reader_clear(&r);
}

static void
understands_packets_split_at_any_byte(void **state)
{
    XdrWriter w = RPC_PACKET_WRITER_INIT, all = XDR_WRITER_INIT(1000);

    (void)state;
    make_packet(&w, RPC_TYPE_CALL, 0, "");
    xdr_put_raw(&all, w.data, w.len);
    w.len = 0;
    make_packet(&w, RPC_TYPE_CALL, 1, "second");
    xdr_put_raw(&all, w.data, w.len);
    w.len = 0;
    make_packet(&w, RPC_TYPE_CALL, 2, "third one");
    xdr_put_raw(&all, w.data, w.len);
    for (gsize at = 0; at <= all.len; at++)
        feed_split(&all, at);
    xdr_writer_clear(&w);
    xdr_writer_clear(&all);
}

typedef struct {
    guint32 length;
    gsize   max;
    RpcNext next;
} LengthCase;

static const LengthCase lengths[] = {
    { 0, RPC_PACKET_MAX, RPC_NEXT_BAD },        { 27, RPC_PACKET_MAX, RPC_NEXT_BAD },
    { 28, RPC_PACKET_MAX, RPC_NEXT_PACKET },    { 29, RPC_PACKET_MAX, RPC_NEXT_MORE },
    { 33554436, RPC_PACKET_MAX, RPC_NEXT_MORE }, { 33554437, RPC_PACKET_MAX, RPC_NEXT_BAD },
    { 0xffffffff, RPC_PACKET_MAX, RPC_NEXT_BAD }, { 65537, 65536, RPC_NEXT_BAD },
    { 65536, 65536, RPC_NEXT_MORE },
};

static void
believes_no_length_beyond_the_limit(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
        RpcReader         r = RPC_READER_INIT(lengths[i].max);
        guint32           be = GUINT32_TO_BE(lengths[i].length);
        g_autoptr(GError) err = NULL;
        RpcPacket         p;
        gsize             size;
        guint8           *at = rpc_reader_space(&r, &size);

        memset(at, 0, 28);
        memcpy(at, &be, 4);
        rpc_reader_added(&r, 28);
        assert_int_equal(rpc_reader_next(&r, NULL, &p, &err), lengths[i].next);
        assert_int_equal(err != NULL, lengths[i].next == RPC_NEXT_BAD);
        rpc_reader_space(&r, &size);
        assert_true(r.cap <= 65536); /* a claim costs us nothing */
        rpc_reader_clear(&r);
    }
}

/* What goes in on one side of a channel pair with these faults comes out on the other. */
static void
pass_through(const Fault *reads, gsize n_reads, const Fault *writes, gsize n_writes)
{
    XdrWriter  w = RPC_PACKET_WRITER_INIT;
    RpcQueue   q = { 0 };
    RpcReader  r = RPC_READER_INIT(RPC_PACKET_MAX);
    RpcPacket  p;
    Chan      *a, *b;
    guint      n = 0;

    assert_true(chan_new_pair(&a, &b, NULL));
    a = chan_new_faulty(a, NULL, 0, writes, n_writes);
    b = chan_new_faulty(b, reads, n_reads, NULL, 0);
    for (guint32 i = 0; i < 100; i++) {
        make_packet(&w, RPC_TYPE_CALL, i, "some payload or other");
        rpc_queue_push(&q, &w, NULL, 0);
    }
    while (n < 100) {
        ChanResult result = rpc_queue_flush(&q, a, NULL);

        assert_true(result == CHAN_DONE || result == CHAN_AGAIN);
        result = rpc_reader_fill(&r, b, NULL);
        assert_true(result == CHAN_DONE || result == CHAN_AGAIN);
        while (rpc_reader_next(&r, b, &p, NULL) == RPC_NEXT_PACKET)
            check_packet(&p, n++, "some payload or other");
    }
    assert_int_equal(q.bytes, 0);
    rpc_queue_clear(&q);
    rpc_reader_clear(&r);
    chan_free(a);
    chan_free(b);
}

static void
survives_splits_and_delays(void **state)
{
    static const Fault ones[] = { { 0, FAULT_SPLIT, 1 } };
    static const Fault sevens[] = { { 0, FAULT_SPLIT, 7 }, { 50, FAULT_DELAY, 9 }, { 500, FAULT_SPLIT, 0 } };

    (void)state;
    pass_through(NULL, 0, NULL, 0);
    pass_through(ones, 1, NULL, 0);
    pass_through(NULL, 0, ones, 1);
    pass_through(sevens, 3, sevens, 3);
}

static int
temp_fd(void)
{
    int fd = memfd_create("frame-test", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static bool
same_file(int a, const struct stat *b)
{
    struct stat st;

    return fstat(a, &st) == 0 && st.st_ino == b->st_ino;
}

static void
passes_descriptors_in_order(void **state)
{
    XdrWriter   w = RPC_PACKET_WRITER_INIT;
    RpcHeader   header = { .program = 1, .version = 2, .procedure = 3, .type = RPC_TYPE_CALL_WITH_FDS };
    RpcQueue    q = { 0 };
    RpcReader   r = RPC_READER_INIT(RPC_PACKET_MAX);
    RpcPacket   p;
    RpcNext     next;
    Chan       *a, *b;
    struct stat st[2][2];

    (void)state;
    assert_true(chan_new_pair(&a, &b, NULL));
    for (int i = 0; i < 2; i++) {
        int fds[2] = { temp_fd(), temp_fd() };

        fstat(fds[0], &st[i][0]);
        fstat(fds[1], &st[i][1]);
        rpc_packet_begin(&w, &header);
        xdr_put_u32(&w, 2);
        xdr_put_raw(&w, "abcd", 4);
        rpc_packet_finish(&w);
        rpc_queue_push(&q, &w, fds, 2);
        make_packet(&w, RPC_TYPE_CALL, 9, "plain");
        rpc_queue_push(&q, &w, NULL, 0);
    }
    assert_int_equal(rpc_queue_flush(&q, a, NULL), CHAN_DONE);
    for (int i = 0; i < 4; i++) {
        while ((next = rpc_reader_next(&r, b, &p, NULL)) == RPC_NEXT_MORE)
            assert_int_equal(rpc_reader_fill(&r, b, NULL), CHAN_DONE);
        assert_int_equal(next, RPC_NEXT_PACKET);
        assert_int_equal(p.n_fds, i % 2 ? 0 : 2);
        if (i % 2)
            check_packet(&p, 9, "plain");
        else
            assert_true(same_file(p.fds[0], &st[i / 2][0]) && same_file(p.fds[1], &st[i / 2][1]));
        rpc_packet_clear(&p);
    }
    rpc_reader_clear(&r);
    chan_free(a);
    chan_free(b);
}

static void
refuses_announced_descriptors_that_do_not_come(void **state)
{
    static const guint32 counts[] = { 1, 33, 0xffffffff };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
        RpcHeader         header = { .type = RPC_TYPE_CALL_WITH_FDS };
        XdrWriter         w = RPC_PACKET_WRITER_INIT;
        RpcReader         r = RPC_READER_INIT(RPC_PACKET_MAX);
        g_autoptr(GError) err = NULL;
        RpcPacket         p;
        gsize             size;

        rpc_packet_begin(&w, &header);
        xdr_put_u32(&w, counts[i]);
        rpc_packet_finish(&w);
        xdr_put_u32(&w, 0); /* NUL bytes without descriptors */
        memcpy(rpc_reader_space(&r, &size), w.data, w.len);
        rpc_reader_added(&r, w.len);
        assert_int_equal(rpc_reader_next(&r, NULL, &p, &err), RPC_NEXT_BAD);
        assert_non_null(err);
        xdr_writer_clear(&w);
        rpc_reader_clear(&r);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_known_bytes),
        cmocka_unit_test(understands_packets_split_at_any_byte),
        cmocka_unit_test(believes_no_length_beyond_the_limit),
        cmocka_unit_test(survives_splits_and_delays),
        cmocka_unit_test(passes_descriptors_in_order),
        cmocka_unit_test(refuses_announced_descriptors_that_do_not_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
