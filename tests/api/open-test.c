/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api-test.h"

#include <fcntl.h>

#include "api/client-conf.h"

static void
a_connection_ends_with_its_last_reference(void **state)
{
    virConnectPtr conn = open_fake();
    virDomainPtr dom = virDomainLookupByName(conn, "run");

    assert_int_equal(virConnectRef(conn), 0);
    assert_int_equal(virConnectClose(conn), 1);
    assert_int_equal(virConnectClose(conn), 1);
    assert_int_equal(fake_open_count(), 1);
    /* the domain is what is left */
    assert_ptr_equal(virDomainGetConnect(dom), conn);
    assert_int_equal(virDomainFree(dom), 0);
    assert_int_equal(fake_open_count(), 0);
}

static void
uris_find_their_driver(void **state)
{
    static const struct {
        const char *uri;
        int         code;
        const char *text;
    } cases[] = {
        { "fake:///a", VIR_ERR_OK, NULL },
        { "vbox:///session", VIR_ERR_NO_CONNECT, "no connection driver available for vbox:///session" },
        { "nonsense", VIR_ERR_NO_CONNECT,
          "no connection driver available for URI 'nonsense' does not include a driver name" },
        { "fake:///refuse", VIR_ERR_AUTH_FAILED, "authentication failed: no entry" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        virConnectPtr conn = virConnectOpen(cases[i].uri);

        assert_int_equal(conn != NULL, cases[i].code == VIR_ERR_OK);
        if (conn)
            virConnectClose(conn);
        else
            assert_last_error(cases[i].code, cases[i].text);
    }
    assert_int_equal(fake_open_count(), 0);
}

static void
unknown_flags_are_refused(void **state)
{
    assert_null(virConnectOpenAuth("fake:///a", NULL, 0x10));
    assert_last_error(VIR_ERR_INVALID_ARG, "unsupported flags (0x10) in function virConnectOpenAuth");
}

static char *
opened_uri(const char *name, unsigned int flags)
{
    virConnectPtr conn = virConnectOpenAuth(name, NULL, flags);
    char *uri;

    if (!conn)
        return NULL;
    uri = virConnectGetURI(conn);
    virConnectClose(conn);
    return uri;
}

static void
write_conf(char *path, const char *text)
{
    int fd;

    strcpy(path, "/tmp/godwit-open-test-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    g_setenv("GODWIT_CLIENT_CONFIG", path, TRUE);
}

static void
aliases_and_defaults_stand_for_uris(void **state)
{
    char path[64];
    g_autofree char *alias = NULL, *by_default = NULL, *by_env = NULL, *empty = NULL;

    write_conf(path, "uri_aliases = [ \"short=fake:///long\" ]\nuri_default = \"short\"\n");
    assert_string_equal(alias = opened_uri("short", 0), "fake:///long");
    assert_null(opened_uri("short", VIR_CONNECT_NO_ALIASES));
    assert_string_equal(by_default = opened_uri(NULL, 0), "fake:///long");
    assert_string_equal(empty = opened_uri("", 0), "fake:///long");
    g_setenv("LIBVIRT_DEFAULT_URI", "fake:///env", TRUE);
    assert_string_equal(by_env = opened_uri(NULL, 0), "fake:///env");
    unlink(path);
}

/* A typing error in the file must be found, not silently lead to another host. */
static void
broken_configuration_is_located(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        { "uri_default = \"a:b\" # fine\n\n# fine\nother = 3\nmore=['x', 'y',\n 'z']", NULL },
        { "uri_default \"a:b\"", "conf:1: expecting an assignment" },
        { "\nuri_default = a:b", "conf:2: expecting a string in quotes" },
        { "uri_default = \"a:b", "conf:1: unterminated string" },
        { "uri_default = \"a:b\" x", "conf:1: expecting the end of the line" },
        { "= 3", "conf:1: expecting a name" },
        { "uri_aliases = [ \"a=b:c\" \"d=e:f\" ]", "conf:1: expecting ',' or ']' in a list" },
        { "uri_aliases = [ \"a=b:c\",", "conf:1: expecting a string in quotes" },
        { "uri_aliases = [ \"nothing\" ]",
          "Malformed 'uri_aliases' config entry 'nothing', expected 'alias=uri://host/path'" },
        { "uri_aliases = [ \"a b=c:d\" ]",
          "Malformed 'uri_aliases' config entry 'a b=c:d', aliases may only contain 'a-Z, 0-9, _, -, .'" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(ClientConf) conf = client_conf_parse(cases[i].text, "conf", &err);

        assert_int_equal(conf != NULL, cases[i].error == NULL);
        if (!conf) {
            assert_string_equal(err->message, cases[i].error);
            assert_int_equal(err->code, VIR_ERR_CONF_SYNTAX);
        }
    }
}

static void
versions_are_libvirts(void **state)
{
    unsigned long lib = 0, type = 0;

    assert_int_equal(virInitialize(), 0);
    assert_int_equal(virGetVersion(&lib, "QEMU", &type), 0);
    assert_int_equal(lib, 9000000);
    assert_int_equal(virGetVersion(NULL, NULL, NULL), -1);
}

static void
facts_about_a_connection_ask_nobody(void **state)
{
    virConnectPtr conn = open_fake();
    g_autofree char *uri = virConnectGetURI(conn);
    g_autofree char *log = NULL;

    assert_string_equal(uri, "fake:///test");
    assert_int_equal(virConnectIsAlive(conn), 1);
    assert_int_equal(virConnectIsEncrypted(conn), 0);
    assert_int_equal(virConnectSetKeepAlive(conn, 5, 5), 0);
    log = fake_log();
    assert_string_equal(log, "open fake:///test rw\n");
    assert_string_equal(virConnectGetType(conn), "FAKE");
    /* what was handed out once stays valid */
    assert_ptr_equal(virConnectGetType(conn), virConnectGetType(conn));
    virConnectClose(conn);
}

static void
note_closed(virConnectPtr conn, int reason, void *opaque)
{
    *(int *)opaque = reason + 100;
}

static void
note_freed(void *opaque)
{
    *(int *)opaque += 1000;
}

/* No event loop is registered in this program: the driver's thread delivers. */
static void
a_broken_connection_is_told_once(void **state)
{
    virConnectPtr conn = open_fake();
    int told = 0, other = 0;

    assert_int_equal(virConnectRegisterCloseCallback(conn, note_closed, &told, note_freed), 0);
    assert_int_equal(virConnectRegisterCloseCallback(conn, note_closed, &other, note_freed), -1);
    assert_int_equal(virGetLastErrorCode(), VIR_ERR_OPERATION_INVALID);
    assert_int_equal(other, 0);
    fake_break(conn, VIR_CONNECT_CLOSE_REASON_EOF);
    fake_break(conn, VIR_CONNECT_CLOSE_REASON_KEEPALIVE);
    assert_int_equal(told, 1000 + 100 + VIR_CONNECT_CLOSE_REASON_EOF);
    assert_int_equal(virConnectIsAlive(conn), 0);
    assert_int_equal(virConnectUnregisterCloseCallback(conn, note_closed), -1);
    assert_int_equal(virConnectClose(conn), 0);
}

static void
a_close_callback_holds_a_reference(void **state)
{
    virConnectPtr conn = open_fake();
    int told = 0;

    assert_int_equal(virConnectRegisterCloseCallback(conn, note_closed, &told, note_freed), 0);
    assert_int_equal(virConnectRef(conn), 0);
    assert_int_equal(virConnectClose(conn), 1);
    assert_int_equal(virConnectUnregisterCloseCallback(conn, note_closed), 0);
    assert_int_equal(told, 1000);
    assert_int_equal(virConnectClose(conn), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_connection_ends_with_its_last_reference, fresh),
        cmocka_unit_test_setup(uris_find_their_driver, fresh),
        cmocka_unit_test_setup(unknown_flags_are_refused, fresh),
        cmocka_unit_test_setup(aliases_and_defaults_stand_for_uris, fresh),
        cmocka_unit_test_setup(broken_configuration_is_located, fresh),
        cmocka_unit_test_setup(versions_are_libvirts, fresh),
        cmocka_unit_test_setup(facts_about_a_connection_ask_nobody, fresh),
        cmocka_unit_test_setup(a_broken_connection_is_told_once, fresh),
        cmocka_unit_test_setup(a_close_callback_holds_a_reference, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
