/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* If this fails, our library no longer talks to a daemon as libvirt's does: the order in which a connection is opened,
 * errors as the server worded them, events once each, the news that the server has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/handle.h"
#include "remote/driver.h"
#include "scripted.h"

/* "gt", its uuid, id 59 */
#define UUID "11111111222233334444555555555510"
#define DOM "00000002" "67740000" UUID "0000003b"

#define PRELUDE                                                                                              \
    { 66, "0000000100000000" }, { 1, NULL }, { 60, "00000001" }, { 60, "00000001" }
#define BYE { 2, NULL }

static char *
uri_of(const Scripted *s)
{
    return g_strdup_printf("qemu+unix:///system?socket=%s", s->path);
}

static VirConn *
try_open(const Scripted *s, GError **err)
{
    g_autofree char *uri = uri_of(s);
    ConnOpenIn       in = { .uri = uri };
    VirConn         *conn = conn_new();
    bool             declined = false;

    conn->driver = &remote_driver;
    if (remote_driver.open(conn, &in, &declined, err))
        return conn;
    assert_false(declined);
    conn->driver = NULL;
    conn_unref(conn);
    return NULL;
}

static VirConn *
open_script(Scripted *s, const Step *steps)
{
    GError  *err = NULL;
    VirConn *conn;

    scripted_start(s, steps);
    conn = try_open(s, &err);
    if (!conn)
        fail_msg("open: %s", err->message);
    return conn;
}

static void
assert_payload(const Scripted *s, guint i, const char *hex)
{
    gsize            n;
    const guint8    *data = g_bytes_get_data(s->calls->pdata[i], &n);
    g_autoptr(GString) got = g_string_new(NULL);

    for (gsize k = 0; k < n; k++)
        g_string_append_printf(got, "%02x", data[k]);
    assert_string_equal(got->str, hex);
}

static void
opens_as_libvirts_client_does(void **state)
{
    static const Step steps[] = { PRELUDE, BYE, { 0 } };
    Scripted          s;
    VirConn          *conn = open_script(&s, steps);

    (void)state;
    assert_true(remote_driver.is_alive(conn));
    conn_unref(conn);
    scripted_join(&s);
    assert_payload(&s, 1, "00000001" "0000000e" "71656d753a2f2f2f73797374656d0000" "00000000");
    assert_payload(&s, 2, "0000000e");
    assert_payload(&s, 3, "0000000f");
    scripted_clear(&s);
}

static void
verbs_are_forwarded(void **state)
{
    static const Step steps[] = { PRELUDE, { 23, DOM }, { 212, "0000000100000005" }, BYE, { 0 } };
    Scripted          s;
    VirConn          *conn = open_script(&s, steps);
    const TextIn      name = { (char *)"gt" };
    DomOut            dom = { 0 };
    DomainIn          in = { 0 };
    StateOut          st = { 0 };

    (void)state;
    assert_true(remote_driver.forward(conn, VERB_domain_lookup_by_name, &name, &dom, NULL));
    assert_string_equal(dom.dom.name, "gt");
    assert_int_equal(dom.dom.id, 59);
    in.dom = dom.dom;
    assert_true(remote_driver.forward(conn, VERB_domain_get_state, &in, &st, NULL));
    assert_int_equal(st.state, 1);
    assert_int_equal(st.reason, 5);
    dom_ref_clear(&dom.dom);
    conn_unref(conn);
    scripted_finish(&s);
}

static void
dialect_v3_sends_fixed_arguments(void **state)
{
    static const Step steps[] = { PRELUDE, { 213, "00000003" "61620000" "00000001" "78000000" }, BYE, { 0 } };
    Scripted          s;
    VirConn          *conn = open_script(&s, steps);
    MigrateBeginIn    in = { .dom = { .name = (char *)"gt", .id = 59 }, .flags = 1, .dialect = DIALECT_V3 };
    MigrateBeginOut   out = { 0 };

    (void)state;
    assert_true(remote_driver.forward(conn, VERB_migrate_begin, &in, &out, NULL));
    assert_string_equal(out.xml, "x");
    assert_int_equal(g_bytes_get_size(out.cookie), 3);
    g_bytes_unref(out.cookie);
    g_free(out.xml);
    conn_unref(conn);
    scripted_finish(&s);
}

#define TEXT_18 "446f6d61696e206e6f7420666f756e643a20" /* "Domain not found: " */
#define ERROR_42                                                                                             \
    "0000002a" "0000000a" "00000001" "00000012" TEXT_18 "0000" "00000002" "00000000" "00000000" "00000000"     \
    "00000000" "ffffffff" "ffffffff" "00000000"

static void
errors_keep_the_servers_words(void **state)
{
    static const Step steps[] = { PRELUDE, { 23, ERROR_42, .error = true }, BYE, { 0 } };
    Scripted          s;
    VirConn          *conn = open_script(&s, steps);
    const TextIn      name = { (char *)"no" };
    DomOut            dom = { 0 };
    GError           *err = NULL;

    (void)state;
    assert_false(remote_driver.forward(conn, VERB_domain_lookup_by_name, &name, &dom, &err));
    assert_int_equal(err->code, VIR_ERR_NO_DOMAIN);
    assert_string_equal(err->message, "Domain not found: ");
    g_clear_error(&err);
    conn_unref(conn);
    scripted_finish(&s);
}

static void
count_event(const DomainEvent *ev, gpointer data)
{
    int *n = data;

    assert_string_equal(ev->dom.name, "gt");
    assert_int_equal(ev->n1, 4);
    (*n)++;
}

#define LIFECYCLE(id) id DOM "00000004" "00000000"

/* Two registrations, one for all domains and one for this: the server tells twice. */
static void
an_event_arrives_once(void **state)
{
    static const Step steps[] = {
        PRELUDE,
        { 316, "00000007" },
        { 316, "00000008" },
        { 51, "00000001", .event = 318, .message = LIFECYCLE("00000007") },
        { 51, "00000001", .event = 318, .message = LIFECYCLE("00000008") },
        { 51, "00000001" },
        { 317, NULL },
        { 317, NULL },
        BYE,
        { 0 },
    };
    Scripted     s;
    VirConn     *conn = open_script(&s, steps);
    DomRef       dom = { .name = (char *)"gt", .uuid = { 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33,
                                                         0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x10 }, .id = 59 };
    const NoneIn in = { 0 };
    I32Out       out = { 0 };
    int          all = 0, one = 0;

    (void)state;
    event_hub_subscribe(conn->events, 0, NULL, count_event, &all, NULL);
    assert_true(remote_driver.event_on(conn, 0, NULL, NULL));
    event_hub_subscribe(conn->events, 0, &dom, count_event, &one, NULL);
    assert_true(remote_driver.event_on(conn, 0, &dom, NULL));
    for (int i = 0; i < 3; i++)
        assert_true(remote_driver.forward(conn, VERB_connect_num_of_domains, &in, &out, NULL));
    assert_int_equal(all, 1);
    assert_int_equal(one, 1);
    remote_driver.event_off(conn, 0, &dom);
    remote_driver.event_off(conn, 0, NULL);
    conn_unref(conn);
    scripted_finish(&s);
}

static void
on_close(virConnectPtr conn, int reason, void *opaque)
{
    (void)conn;
    *(int *)opaque = reason;
}

static void
the_end_is_told_once(void **state)
{
    static const Step steps[] = { PRELUDE, { 51, NULL, .hang_up = true }, { 0 } };
    Scripted          s;
    VirConn          *conn = open_script(&s, steps);
    const NoneIn      in = { 0 };
    I32Out            out = { 0 };
    GError           *err = NULL;
    int               reason = -1;

    (void)state;
    conn->close_cb = on_close;
    conn->close_opaque = &reason;
    assert_false(remote_driver.forward(conn, VERB_connect_num_of_domains, &in, &out, &err));
    g_clear_error(&err);
    assert_false(remote_driver.is_alive(conn));
    assert_int_equal(reason, VIR_CONNECT_CLOSE_REASON_EOF);
    assert_false(remote_driver.forward(conn, VERB_connect_num_of_domains, &in, &out, &err));
    g_clear_error(&err);
    conn_unref(conn);
    scripted_finish(&s);
}

typedef struct {
    const char *what;
    const Step  steps[4];
    int         code;
} Refusal;

static const Refusal refusals[] = {
    { "the server wants SASL", { { 66, "0000000100000001" }, { 0 } }, VIR_ERR_AUTH_FAILED },
    { "polkit refuses", { { 66, "0000000100000002" }, { 70, ERROR_42, .error = true }, { 0 } }, VIR_ERR_NO_DOMAIN },
    { "the driver cannot be opened", { { 66, "0000000100000000" }, { 1, ERROR_42, .error = true }, { 0 } },
      VIR_ERR_NO_DOMAIN },
};

static void
refused_connections_say_why(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        Scripted s;
        GError  *err = NULL;

        scripted_start(&s, refusals[i].steps);
        if (try_open(&s, &err))
            fail_msg("%s, yet it opened", refusals[i].what);
        if (err->code != refusals[i].code)
            fail_msg("%s: code %d", refusals[i].what, err->code);
        g_clear_error(&err);
        scripted_finish(&s);
    }
}

static void
transports_that_lead_nowhere_say_so(void **state)
{
    static const struct {
        const char *uri, *text;
    } rows[] = {
        { "qemu+ext:///system?command=/nonexistent/helper", "/nonexistent/helper" },
        { "qemu+pigeon://h/system", "pigeon" },
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        ConnOpenIn in = { .uri = rows[i].uri };
        VirConn   *conn = conn_new();
        GError    *err = NULL;
        bool       declined = false;

        assert_false(remote_driver.open(conn, &in, &declined, &err));
        assert_non_null(err);
        if (!strstr(err->message, rows[i].text))
            fail_msg("%s: '%s' does not name '%s'", rows[i].uri, err->message, rows[i].text);
        g_clear_error(&err);
        conn_unref(conn);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_as_libvirts_client_does),
        cmocka_unit_test(verbs_are_forwarded),
        cmocka_unit_test(dialect_v3_sends_fixed_arguments),
        cmocka_unit_test(errors_keep_the_servers_words),
        cmocka_unit_test(an_event_arrives_once),
        cmocka_unit_test(the_end_is_told_once),
        cmocka_unit_test(refused_connections_say_why),
        cmocka_unit_test(transports_that_lead_nowhere_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
