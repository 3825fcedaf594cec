/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is let in and who is not: if these fail, strangers control a host, or honest users cannot find out why they do
 * not. */
#include <string.h>

#include "../fakes/certs.h"
#include "rpc/chan-tls.h"

#include "../unit.h"

#define ROUNDS 10000

static Certs certs;

/* One end of a connection that is being made. */
typedef struct {
    Chan      *chan;
    ChanResult result;
    GError    *err;
} End;

static void
end_clear(End *end)
{
    chan_free(end->chan);
    g_clear_error(&end->err);
}

static void
end_step(End *end)
{
    if (end->result != CHAN_AGAIN)
        return;
    end->result = chan_start(end->chan, &end->err);
    if (end->result == CHAN_FAILED || end->result == CHAN_EOF)
        chan_shutdown(end->chan);
}

static void
shake(End *client, End *server)
{
    client->result = server->result = CHAN_AGAIN;
    for (int i = 0; i < ROUNDS && (client->result == CHAN_AGAIN || server->result == CHAN_AGAIN); i++) {
        end_step(client);
        end_step(server);
    }
}

static void
connect_ends(End *client, TlsCreds *client_creds, const char *host, End *server, TlsCreds *server_creds)
{
    Chan *a, *b;

    assert_true(chan_new_pair(&a, &b, NULL));
    *client = (End) { .chan = chan_new_tls(a, client_creds, host, NULL) };
    *server = (End) { .chan = chan_new_tls(b, server_creds, NULL, NULL) };
    assert_non_null(client->chan);
    assert_non_null(server->chan);
    shake(client, server);
}

typedef struct {
    const char *what;
    const char *server, *client; /* certificates */
    const char *trusted;         /* the client's CA */
    const char *host;
    bool        no_verify;       /* on the client */
    const char *allowed;
    const char *client_says, *server_says; /* NULL: nothing, it works */
} Case;

static const Case cases[] = {
    { "good", "server", "alice", "ca", "good.example", false, NULL, NULL, NULL },
    { "by address", "server", "alice", "ca", "127.0.0.1", false, NULL, NULL, NULL },
    { "name allowed", "server", "alice", "ca", "good.example", false, "O=Godwit*,CN=al?ce", NULL, NULL },
    { "expired server", "oldserver", "alice", "ca", "good.example", false, NULL, "it expired on 20", "ended TLS with an alert" },
    { "server not valid yet", "youngserver", "alice", "ca", "good.example", false, NULL, "it is not valid before 20",
      "ended TLS with an alert" },
    { "server of another CA", "otherserver", "alice", "ca", "good.example", false, NULL, "was not issued by a CA in",
      "ended TLS with an alert" },
    { "another host", "server", "alice", "ca", "bad.example", false, NULL,
      "for 'good.example, 127.0.0.1', which does not match the hostname 'bad.example'", "ended TLS with an alert" },
    { "another host, not looked at", "server", "alice", "ca", "bad.example", true, NULL, NULL, NULL },
    { "a client's certificate as server", "alice", "alice", "ca", "good.example", false, NULL, "not issued for this purpose",
      "ended TLS with an alert" },
    { "no client certificate", "server", "none", "ca", "good.example", false, NULL, "there is no client certificate at",
      "the client has sent no certificate" },
    { "expired client", "server", "oldclient", "ca", "good.example", false, NULL, "refused our certificate",
      "'O=Godwit test set-up,CN=oldclient' is refused: it expired on 20" },
    { "client of another CA", "server", "mallory", "ca", "good.example", false, NULL, "refused our certificate",
      "was not issued by a CA in" },
    { "a server's certificate as client", "server", "server", "ca", "good.example", false, NULL, "refused our certificate",
      "not issued for this purpose" },
    { "name not allowed", "server", "alice", "ca", "good.example", false, "*CN=bob", "refused our certificate",
      "not on the list of allowed clients" },
};

static void
expect_end(const End *end, const char *says, const char *what)
{
    if (!says && end->result != CHAN_DONE)
        fail_msg("%s: %s", what, end->err ? end->err->message : "ended");
    if (says && (end->result != CHAN_FAILED || !strstr(end->err->message, says)))
        fail_msg("%s: expected '%s', not '%s'", what, says, end->err ? end->err->message : "success");
}

static void
run_case(const Case *c, const char *priority)
{
    const char *const   allowed[] = { c->allowed, NULL };
    TlsConfig           server_config = { .role = TLS_SERVER, .no_sanity = true, .priority = priority,
                                          .allowed_dns = c->allowed ? allowed : NULL };
    TlsConfig           client_config = { .role = TLS_CLIENT, .no_sanity = true, .no_verify = c->no_verify };
    GError             *err = NULL;
    g_autoptr(TlsCreds) s = certs_load(&certs, "ca", c->server, server_config, &err);
    g_autoptr(TlsCreds) k = certs_load(&certs, c->trusted, c->client, client_config, &err);
    End                 client, server;

    if (!s || !k)
        fail_msg("%s: %s", c->what, err->message);
    connect_ends(&client, k, c->host, &server, s);
    expect_end(&client, c->client_says, c->what);
    expect_end(&server, c->server_says, c->what);
    end_clear(&client);
    end_clear(&server);
}

static void
test_who_is_let_in(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        run_case(&cases[i], NULL);
}

/* Before TLS 1.3 the client hears of a refusal within the handshake; only who is let in must be the same. */
static void
test_who_is_let_in_by_tls_1_2(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Case c = cases[i];

        c.client_says = c.client_says ? "" : NULL;
        c.server_says = c.server_says ? "" : NULL;
        run_case(&c, "NORMAL:-VERS-TLS1.3");
    }
}

/* Files */

typedef struct {
    const char *ca, *own;
    TlsConfig   config;
    const char *says;
} FileCase;

static const FileCase file_cases[] = {
    { "none", "server", { .role = TLS_SERVER }, "Cannot read CA certificate '%s/nonecert.pem'" },
    { "ca", "none", { .role = TLS_SERVER }, "Cannot read server certificate '%s/nonecert.pem'" },
    { "ca", "oldserver", { .role = TLS_SERVER }, "'%s/oldservercert.pem' is of no use: it expired on 20" },
    { "ca", "oldclient", { .role = TLS_CLIENT }, "'%s/oldclientcert.pem' is of no use: it expired on 20" },
    { "other", "server", { .role = TLS_SERVER }, "'%s/servercert.pem' is of no use: it was not issued by a CA in" },
    { "ca", "server", { .role = TLS_SERVER, .priority = "NORMAL:+NONSENSE" }, "TLS priority 'NORMAL:+NONSENSE'" },
    { "none", "none", { .role = TLS_CLIENT }, "Cannot read CA certificate" },
};

static void
test_bad_files_are_named(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(file_cases); i++) {
        const FileCase    *c = &file_cases[i];
        g_autoptr(GError)  err = NULL;
        g_auto(GStrv)      parts = g_strsplit(c->says, "%s", 2);
        g_autofree char   *says = parts[1] ? g_strconcat(parts[0], certs.dir, parts[1], NULL) : g_strdup(c->says);

        assert_null(certs_load(&certs, c->ca, c->own, c->config, &err));
        if (!strstr(err->message, says))
            fail_msg("expected '%s', not '%s'", says, err->message);
    }
}

/* Bytes */

static TlsCreds *
load(TlsRole role)
{
    return certs_load(&certs, "ca", role == TLS_SERVER ? "server" : "alice", (TlsConfig) { .role = role }, NULL);
}

#define VOLUME (3 << 20)

/* Writes from at as much as goes, in odd pieces; returns how much. */
static gsize
write_some(Chan *chan, const guint8 *data, gsize left)
{
    gsize        a = MIN(left, 7), b = MIN(left - a, 301), c = MIN(left - a - b, 70000), n = 0;
    struct iovec v[] = { { (void *)data, a }, { (void *)(data + a), b }, { (void *)(data + a + b), c } };
    ChanResult   result = chan_write(chan, v, 3, &n, NULL);

    assert_true(result == CHAN_DONE || result == CHAN_AGAIN);
    return result == CHAN_DONE ? n : 0;
}

static void
test_bytes_arrive_whole(void **state)
{
    g_autoptr(TlsCreds) s = load(TLS_SERVER), k = load(TLS_CLIENT);
    g_autofree guint8  *sent = g_malloc(VOLUME), *got = g_malloc(VOLUME);
    gsize               out = 0, in = 0;
    End                 client, server;

    (void)state;
    for (gsize i = 0; i < VOLUME; i++)
        sent[i] = (guint8)(i * 2654435761u >> 13);
    connect_ends(&client, k, "good.example", &server, s);
    while (in < VOLUME) {
        gsize n = 0;

        if (out < VOLUME)
            out += write_some(client.chan, sent + out, VOLUME - out);
        /* After CHAN_AGAIN nothing may be left that poll would not tell of. */
        switch (chan_read(server.chan, got + in, MIN(VOLUME - in, 5000), &n, NULL)) {
        case CHAN_DONE: in += n; break;
        case CHAN_AGAIN: assert_false(chan_pending(server.chan)); break;
        default: fail_msg("connection lost after %zu bytes", in);
        }
    }
    assert_memory_equal(sent, got, VOLUME);
    chan_shutdown(client.chan);
    assert_int_equal(chan_read(server.chan, got, 1, &in, NULL), CHAN_EOF);
    end_clear(&client);
    end_clear(&server);
}

static void
expect_server_fails(const void *data, gsize len, const char *says)
{
    g_autoptr(TlsCreds) s = load(TLS_SERVER);
    struct iovec        v = { (void *)data, len };
    Chan               *raw, *below;
    End                 server = { .result = CHAN_AGAIN };
    gsize               n;

    assert_true(chan_new_pair(&raw, &below, NULL));
    server.chan = chan_new_tls(below, s, NULL, NULL);
    if (len)
        assert_int_equal(chan_write(raw, &v, 1, &n, NULL), CHAN_DONE);
    end_step(&server);
    chan_shutdown(raw);
    end_step(&server);
    expect_end(&server, says, says);
    end_clear(&server);
    chan_free(raw);
}

static void
test_garbage_ends_the_handshake(void **state)
{
    static const guint8 call[] = { 0, 0, 0, 28, 0x20, 0, 0x80, 0x86, 0, 0, 0, 1, 0, 0, 0, 66, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
    static const guint8 hello[] = { 22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 1, 2, 3 };
    static const guint8 record[] = { 22, 3, 1, 0, 5, 9, 9, 9, 9, 9 };

    (void)state;
    expect_server_fails("", 0, "the client closed the connection");
    expect_server_fails(call, sizeof(call), "the client does not speak TLS");
    expect_server_fails("GET / HTTP/1.0\r\n\r\n", 18, "the client does not speak TLS");
    expect_server_fails(hello, sizeof(hello), "the client closed the connection");
    expect_server_fails(record, sizeof(record), "TLS handshake failed");
}

static void
test_a_silent_server_is_given_up(void **state)
{
    g_autoptr(TlsCreds) k = load(TLS_CLIENT);
    g_autoptr(GError)   err = NULL;
    Chan               *below, *silent;

    (void)state;
    assert_true(chan_new_pair(&below, &silent, NULL));
    g_autoptr(Chan) chan = chan_new_tls(below, k, "good.example", NULL);
    assert_false(chan_start_within(chan, 10, &err));
    assert_non_null(strstr(err->message, "does not answer"));
    chan_free(silent);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_let_in),
        cmocka_unit_test(test_who_is_let_in_by_tls_1_2),
        cmocka_unit_test(test_bad_files_are_named),
        cmocka_unit_test(test_bytes_arrive_whole),
        cmocka_unit_test(test_garbage_ends_the_handshake),
        cmocka_unit_test(test_a_silent_server_is_given_up),
    };
    int failed;

    certs_make(&certs);
    failed = cmocka_run_group_tests_name("rpc/tls", tests, NULL, NULL);
    certs_clear(&certs);
    return failed;
}
