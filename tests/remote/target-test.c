/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, a URI that works with libvirt's client reaches another server, or asks it for another driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "remote/target.h"

typedef struct {
    const char *uri;
    const char *transport; /* NULL: declined */
    const char *host;
    int         port;
    const char *name;
    const char *socket;
} Case;

static const Case cases[] = {
    { "qemu:///system", "unix", NULL, -1, "qemu:///system", NULL },
    { "qemu:///session", "unix", NULL, -1, "qemu:///session", NULL },
    { "qemu:///embed?root=/x", NULL, NULL, 0, NULL, NULL },
    { "test:///default", NULL, NULL, 0, NULL, NULL },
    { "test+unix:///default", "unix", NULL, -1, "test:///default", NULL },
    { "qemu://hostb/system", "tls", "hostb", -1, "qemu:///system", NULL },
    { "qemu+tcp://hostb:1234/system", "tcp", "hostb", 1234, "qemu:///system", NULL },
    { "qemu+tcp://[::1]/system", "tcp", "::1", -1, "qemu:///system", NULL },
    { "qemu+tcp://joe@hostb/system", "tcp", "hostb", -1, "qemu:///system", NULL },
    { "qemu+unix:///system?socket=/tmp/a%20b", "unix", NULL, -1, "qemu:///system", "/tmp/a b" },
    { "qemu+unix:///system?name=qemu:///session", "unix", NULL, -1, "qemu:///session", NULL },
    { "qemu+tcp://h/system?no_verify=1&x=1&pkipath=/p&y=a%26b", "tcp", "h", -1, "qemu:///system?x=1&y=a%26b", NULL },
    { "remote+unix:///?socket=/s", "unix", NULL, -1, "", "/s" },
    { "qemu+weird://h/system", "weird", "h", -1, "qemu:///system", NULL },
};

static void
check_text(const char *uri, const char *got, const char *want)
{
    if (g_strcmp0(got, want) != 0)
        fail_msg("%s: got '%s', want '%s'", uri, got ? got : "(null)", want ? want : "(null)");
}

static void
uris_mean_what_libvirt_means(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case       *c = &cases[i];
        RemoteTarget      t = { 0 };
        bool              declined = false;
        g_autoptr(GError) err = NULL;
        bool              ok = remote_target_parse(c->uri, &t, &declined, &err);

        if (err)
            fail_msg("%s: %s", c->uri, err->message);
        assert_int_equal(ok, c->transport != NULL);
        assert_int_equal(declined, c->transport == NULL);
        if (!ok)
            continue;
        check_text(c->uri, t.transport, c->transport);
        check_text(c->uri, t.host, c->host);
        check_text(c->uri, t.name, c->name);
        check_text(c->uri, t.socket, c->socket);
        assert_int_equal(t.port, c->port);
        remote_target_clear(&t);
    }
}

static void
malformed_uris_are_errors(void **state)
{
    static const char *const bad[] = { "qemu+tcp://[::1/system", "qemu+tcp://h:99999/system", "qemu+unix:///s?socket" };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        RemoteTarget      t = { 0 };
        bool              declined = false;
        g_autoptr(GError) err = NULL;

        if (remote_target_parse(bad[i], &t, &declined, &err))
            fail_msg("%s was accepted", bad[i]);
        assert_non_null(err);
    }
}

static void
sockets_of_modes(void **state)
{
    RemoteTarget     direct = { .path = (char *)"/system", .mode = (char *)"direct" };
    RemoteTarget     legacy = { .path = (char *)"/session", .mode = (char *)"legacy" };
    g_autofree char *a = remote_target_socket(&direct, true);
    g_autofree char *b = remote_target_socket(&legacy, true);

    (void)state;
    assert_string_equal(a, "/run/libvirt/virtqemud-sock-ro");
    assert_true(g_str_has_suffix(b, "/libvirt/libvirt-sock"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uris_mean_what_libvirt_means),
        cmocka_unit_test(malformed_uris_are_errors),
        cmocka_unit_test(sockets_of_modes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
