/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports and addresses of arrivals: a port given twice, or one that another program has, costs somebody a migration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#undef fail

#include "fakes/ports.h"
#include "qemu/ports.h"
#include "qemu/via.h"

/* A listening socket on a port of the kernel's choice. */
static int
occupy(guint16 *ret_port)
{
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t          len = sizeof(addr);
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    *ret_port = ntohs(addr.sin_port);
    return fd;
}

static void
a_port_is_given_once(void **state)
{
    Ports  *ports = ports_new("migration", "widen it", test_ports(), test_ports() + 3);
    guint16 a, b;

    assert_true(ports_take(ports, "127.0.0.1", 0, &a, NULL));
    assert_true(ports_take(ports, "127.0.0.1", 0, &b, NULL));
    assert_int_not_equal(a, b);
    ports_release(ports, a);
    ports_release(ports, b);
    assert_int_equal(ports_used(ports), 0);
    ports_free(ports);
}

/* Two daemons of one machine: neither's look, nor the time until its QEMU has bound the port, is in the other's way. */
static void
daemons_share_out_a_range(void **state)
{
    const guint16 low = test_ports() + 20, high = test_ports() + 21;
    Ports        *here = ports_new("migration", "widen it", low, high), *there = ports_new("migration", "widen it", low, high);
    guint16       a, b, c;

    assert_true(ports_take(here, "127.0.0.1", 0, &a, NULL));
    assert_true(ports_take(there, "127.0.0.1", 0, &b, NULL));
    assert_int_not_equal(a, b);
    assert_false(ports_take(there, "127.0.0.1", 0, &c, NULL));
    assert_int_equal(ports_used(there), 1);
    ports_free(here);
    assert_true(ports_take(there, "127.0.0.1", 0, &c, NULL));
    assert_int_equal(c, a);
    ports_free(there);
}

/* A guest that was there before its daemon has the port, whatever another daemon has the name for. */
static void
a_port_known_to_be_in_use_can_be_claimed(void **state)
{
    const guint16 low = test_ports() + 22;
    Ports        *here = ports_new("migration", "widen it", low, low), *there = ports_new("migration", "widen it", low, low);
    guint16       port;

    assert_true(ports_take(here, "127.0.0.1", 0, &port, NULL));
    assert_true(ports_claim(there, port));
    assert_false(ports_claim(there, port));
    ports_release(there, port);
    ports_free(here);
    ports_free(there);
}

static void
an_exhausted_range_says_so(void **state)
{
    g_autoptr(GError) err = NULL;
    guint16           taken, port;
    int               fd = occupy(&taken);
    Ports            *ports = ports_new("migration", "widen it", taken, taken);

    assert_false(ports_take(ports, "127.0.0.1", 0, &port, &err));
    assert_non_null(strstr(err->message, "range 'migration'"));
    assert_non_null(strstr(err->message, "widen it"));
    assert_int_equal(ports_used(ports), 0);
    close(fd);
    assert_true(ports_take(ports, "127.0.0.1", 0, &port, NULL));
    assert_int_equal(port, taken);
    ports_free(ports);
}

static void
a_port_tried_in_vain_is_passed_over(void **state)
{
    Ports  *ports = ports_new("migration", "widen it", test_ports() + 10, test_ports() + 19);
    guint16 first, second;

    assert_true(ports_take(ports, "127.0.0.1", 0, &first, NULL));
    ports_release(ports, first);
    assert_true(ports_take(ports, "127.0.0.1", first + 1, &second, NULL));
    assert_true(second > first);
    ports_free(ports);
}

typedef struct {
    const char *text;
    int         code; /* 0: good */
    const char *scheme, *host;
    guint16     port;
    const char *printed;
} UriCase;

static const UriCase uris[] = {
    { "tcp:10.0.0.2:49152", 0, "tcp", "10.0.0.2", 49152, "tcp:10.0.0.2:49152" },
    { "tcp://10.0.0.2:49152", 0, "tcp", "10.0.0.2", 49152, "tcp:10.0.0.2:49152" },
    { "tcp://host.example/", 0, "tcp", "host.example", 0, "tcp:host.example:0" },
    { "tcp:[fd00::1]:5000", 0, "tcp", "fd00::1", 5000, "tcp:[fd00::1]:5000" },
    { "tcp://[::1]", 0, "tcp", "::1", 0, "tcp:[::1]:0" },
    { "10.0.0.2", VIR_ERR_INVALID_ARG },
    { "10.0.0.2:80", VIR_ERR_INVALID_ARG },
    { "", VIR_ERR_INVALID_ARG },
    { "tcp:", VIR_ERR_INVALID_ARG },
    { "tcp://:4000", VIR_ERR_INVALID_ARG },
    { "tcp:a:b:c", VIR_ERR_INVALID_ARG },
    { "tcp:host:99999", VIR_ERR_INVALID_ARG },
    { "tcp:host:-1", VIR_ERR_INVALID_ARG },
    { "tcp:[::1:4000", VIR_ERR_INVALID_ARG },
    { "tcp:ho st:1", VIR_ERR_INVALID_ARG },
    { "tcp:host:1,to=10", VIR_ERR_INVALID_ARG },
    { "foo:bar", 0, "foo", NULL, 0, NULL },
};

static void
uris_are_read_as_libvirt_does(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(uris); i++) {
        const UriCase    *c = &uris[i];
        g_autoptr(GError) err = NULL;
        ViaUri            uri = { 0 };
        bool              ok = via_uri_parse(c->text, &uri, &err);

        assert_int_equal(ok, c->code == 0);
        if (!ok) {
            assert_int_equal(verr_code(err), c->code);
            continue;
        }
        assert_string_equal(uri.scheme, c->scheme);
        assert_int_equal(g_strcmp0(uri.host, c->host), 0);
        assert_int_equal(uri.port, c->port);
        if (c->printed) {
            g_autofree char *printed = via_uri_format(&uri);

            assert_string_equal(printed, c->printed);
        }
        via_uri_clear(&uri);
    }
}

static void
other_schemes_are_refused_by_name(void **state)
{
    static const char *const schemes[] = { "foo", "exec", "fd", "file" };
    Params                   none = { 0 };

    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
        g_autoptr(GError) err = NULL;

        assert_null(via_pick(schemes[i], &none, 0, "x:y", &err));
        assert_int_equal(verr_code(err), VIR_ERR_ARGUMENT_UNSUPPORTED);
        assert_non_null(strstr(err->message, schemes[i]));
    }
    assert_non_null(via_pick("tcp", &none, VIR_MIGRATE_PARALLEL, "tcp:x", NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_is_given_once),
        cmocka_unit_test(daemons_share_out_a_range),
        cmocka_unit_test(a_port_known_to_be_in_use_can_be_claimed),
        cmocka_unit_test(an_exhausted_range_says_so),
        cmocka_unit_test(a_port_tried_in_vain_is_passed_over),
        cmocka_unit_test(uris_are_read_as_libvirt_does),
        cmocka_unit_test(other_schemes_are_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
