/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URIs: if these fail, a client goes to another host, socket or user than it was told. */
#include <string.h>

#include "util/uri.h"

#include "../unit.h"

typedef struct {
    const char *text, *driver, *transport, *user, *host;
    int         port;
    const char *path, *params; /* "a=b|c=d" */
    const char *local;         /* as said on the host itself */
} ConnCase;

static const ConnCase conn_cases[] = {
    { "qemu:///system", "qemu", NULL, NULL, NULL, -1, "/system", "", "qemu:///system" },
    { "qemu+unix:///system?socket=/run/a%20b/s", "qemu", "unix", NULL, NULL, -1, "/system", "socket=/run/a b/s",
      "qemu:///system?socket=/run/a%20b/s" },
    { "QEMU+TCP://Host:16509/system", "qemu", "tcp", NULL, "Host", 16509, "/system", "", "qemu:///system" },
    { "qemu+ssh://root@[fe80::1]:22/session", "qemu", "ssh", "root", "fe80::1", 22, "/session", "", "qemu:///session" },
    { "qemu+tls://h/system?no_verify=1&pkipath=/tmp&x=%26", "qemu", "tls", NULL, "h", -1, "/system",
      "no_verify=1|pkipath=/tmp|x=&", "qemu:///system?no_verify=1&pkipath=/tmp&x=%26" },
    { "test://h", "test", NULL, NULL, "h", -1, "", "", "test://" },
    { "qemu:///embed?root=/a;b=", "qemu", NULL, NULL, NULL, -1, "/embed", "root=/a|b=", "qemu:///embed?root=/a&b=" },
    { "qemu+ext:///system?command=/bin/a+b", "qemu", "ext", NULL, NULL, -1, "/system", "command=/bin/a+b",
      "qemu:///system?command=/bin/a%2Bb" },
    { "remote://h:0/", "remote", NULL, NULL, "h", 0, "/", "", "remote:///" },
};

static const char *const conn_bad[] = {
    "", "/", "qemu", "://", "+tcp://h/", "qemu+://h/", "qemu+tcp+x://h/", "qemu:system", "qemu://h:99999/system",
    "qemu://h:x/", "qemu:///system#frag", "qemu://[::1/system", "qemu:///system?a=%zz", "qemu:///s?=v", "qemu://%/",
    "qemu://u@/system", "qemu://:22/system", "qemu:///a?b=%00", "qemu:///a%00b", "qemu:///a b",
    "qemu:///a?b",
};

static char *
join_params(const ConnUri *uri)
{
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < uri->n_params; i++)
        g_string_append_printf(s, "%s%s=%s", i ? "|" : "", uri->params[i].name, uri->params[i].value);
    return g_string_free(s, FALSE);
}

static void
check_conn(const ConnUri *uri, const ConnCase *c)
{
    g_autofree char *params = join_params(uri);

    assert_string_equal(uri->driver, c->driver);
    assert_int_equal(g_strcmp0(uri->transport, c->transport), 0);
    assert_int_equal(g_strcmp0(uri->user, c->user), 0);
    assert_int_equal(g_strcmp0(uri->host, c->host), 0);
    assert_int_equal(uri->port, c->port);
    assert_string_equal(uri->path, c->path);
    assert_string_equal(params, c->params);
}

static void
takes_connection_uris_apart(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(conn_cases); i++) {
        const ConnCase    *c = &conn_cases[i];
        g_autoptr(GError)  err = NULL;
        g_autoptr(ConnUri) uri = conn_uri_parse(c->text, &err);
        g_autofree char   *again = NULL, *local = NULL;
        g_autoptr(ConnUri) second = NULL;

        if (!uri)
            fail_msg("%s: %s", c->text, err->message);
        check_conn(uri, c);
        local = conn_uri_format_local(uri);
        assert_string_equal(local, c->local);
        again = conn_uri_format(uri);
        second = conn_uri_parse(again, NULL);
        assert_non_null(second);
        check_conn(second, c);
    }
}

static void
refuses_bad_connection_uris(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(conn_bad); i++) {
        g_autoptr(GError)  err = NULL;
        g_autoptr(ConnUri) uri = conn_uri_parse(conn_bad[i], &err);

        if (uri)
            fail_msg("accepted '%s'", conn_bad[i]);
        assert_int_equal(verr_code(err), VIR_ERR_INVALID_ARG);
        assert_non_null(strstr(err->message, conn_bad[i]));
    }
}

static void
takes_parameters_out(void **state)
{
    g_autoptr(ConnUri) uri = conn_uri_parse("qemu:///system?a=1&Socket=/x&b=2&socket=/y", NULL);
    g_autofree char   *socket = conn_uri_take_param(uri, "socket");
    g_autofree char   *rest = conn_uri_format_local(uri);

    (void)state;
    assert_string_equal(socket, "/y");
    assert_string_equal(rest, "qemu:///system?a=1&b=2");
    assert_null(conn_uri_param(uri, "socket"));
    assert_string_equal(conn_uri_param(uri, "B"), "2");
    assert_null(conn_uri_take_param(uri, "c"));
}

typedef struct {
    const char *text, *scheme, *host;
    int         port;
    const char *path, *again;
} MigCase;

static const MigCase mig_cases[] = {
    { "tcp:host:49152", "tcp", "host", 49152, NULL, "tcp:host:49152" },
    { "tcp://host:49152", "tcp", "host", 49152, NULL, "tcp:host:49152" },
    { "tcp://host:49152/", "tcp", "host", 49152, NULL, "tcp:host:49152" },
    { "tcp:host", "tcp", "host", -1, NULL, "tcp:host" },
    { "tcp:[::1]:1", "tcp", "::1", 1, NULL, "tcp:[::1]:1" },
    { "tcp://[fe80::1%eth0]", "tcp", "fe80::1%eth0", -1, NULL, "tcp:[fe80::1%eth0]" },
    { "tcp://host:", "tcp", "host", -1, NULL, "tcp:host" },
    { "tcp:", "tcp", NULL, -1, NULL, "tcp:" },
    { "rdma://192.0.2.1:7", "rdma", "192.0.2.1", 7, NULL, "rdma://192.0.2.1:7" },
    { "unix:///run/a%20b", "unix", NULL, -1, "/run/a b", "unix:///run/a%20b" },
    { "x-new:whatever", "x-new", NULL, -1, NULL, "x-new://" },
};

static const char *const mig_bad[] = {
    "", "host", "host:1", ":host:1", "tcp:host:0", "tcp:host:65536", "tcp:host:1:2", "tcp:[::1:1", "tcp:[::1]x",
    "tcp:a/b:1", "tcp:a b:1", "tcp:host:1x", "tcp:::1", "rdma:host:1", "unix:/a", "unix://a", "unix:///", "unix:///a%00b",
    "1tcp:host:1", "tcp:host:-1", "tcp:a,b:1", "tcp:host:+1",
};

static void
takes_migration_uris_apart(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(mig_cases); i++) {
        const MigCase    *c = &mig_cases[i];
        g_autoptr(GError) err = NULL;
        g_autofree char  *again = NULL;
        MigUri            uri;

        if (!mig_uri_parse(c->text, &uri, &err))
            fail_msg("%s: %s", c->text, err->message);
        assert_string_equal(uri.scheme, c->scheme);
        assert_int_equal(g_strcmp0(uri.host, c->host), 0);
        assert_int_equal(uri.port, c->port);
        assert_int_equal(g_strcmp0(uri.path, c->path), 0);
        again = mig_uri_format(&uri);
        assert_string_equal(again, c->again);
        mig_uri_clear(&uri);
    }
}

static void
refuses_bad_migration_uris(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(mig_bad); i++) {
        g_autoptr(GError) err = NULL;
        MigUri            uri = { 0 };

        if (mig_uri_parse(mig_bad[i], &uri, &err) && (uri.host || uri.path || g_str_equal(uri.scheme, "tcp")))
            fail_msg("accepted '%s'", mig_bad[i]);
        mig_uri_clear(&uri);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_connection_uris_apart), cmocka_unit_test(refuses_bad_connection_uris),
        cmocka_unit_test(takes_parameters_out),        cmocka_unit_test(takes_migration_uris_apart),
        cmocka_unit_test(refuses_bad_migration_uris),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
