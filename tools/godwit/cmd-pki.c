/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates to try TLS with: one command makes a CA, a directory per host and one per client. */
#include <string.h>

#include "pki.h"
#include "shell.h"

#define DAYS 3650
#define DAY (24 * 60 * 60)

/* Under the directory of a host (--root DIR has it at DIR/etc/pki), or of a client (?pkipath=). */
typedef struct {
    PkiKind     kind;
    const char *cert, *key;
} PkiPlace;

static const PkiPlace host_places[] = {
    { PKI_SERVER, "servercert.pem", "private/serverkey.pem" },
    { PKI_CLIENT, "clientcert.pem", "private/clientkey.pem" },
};
static const PkiPlace client_places[] = {
    { PKI_CLIENT, "clientcert.pem", "clientkey.pem" },
};

typedef struct {
    const char *dir;
    PkiPair     ca;
    time_t      now;
} Maker;

static bool
complain_of(GError *err)
{
    complain("%s", err->message);
    g_error_free(err);
    return false;
}

static PkiSpec
spec_of(const Maker *m, PkiKind kind, const char *name, char **hosts)
{
    /* A clock that is an hour behind shall not mind. */
    return (PkiSpec) { kind, name, (const char *const *)hosts, m->now - DAY, m->now + (time_t)DAYS * DAY };
}

static bool
make_ca(Shell *sh, Maker *m)
{
    g_autofree char *cert = g_build_filename(m->dir, "CA", "cacert.pem", NULL);
    g_autofree char *key = g_build_filename(m->dir, "CA", "private", "cakey.pem", NULL);
    /* A name of its own: two test set-ups shall not be mistaken for each other. */
    g_autofree char *name = g_strdup_printf("Godwit test CA %08x", g_random_int());
    PkiSpec spec = spec_of(m, PKI_CA, name, NULL);
    GError *err = NULL;

    if (!pki_make(&spec, NULL, &m->ca, &err) || !pki_write_key(&m->ca, key, &err) || !pki_write_cert(&m->ca, cert, &err))
        return complain_of(err);
    print(sh, _("CA:     %s (its key, %s, is needed only to issue more)\n"), cert, key);
    return true;
}

static bool
make_pair(const Maker *m, const char *dir, const PkiPlace *place, char **names)
{
    g_auto(PkiPair) pair = { NULL, NULL };
    g_autofree char *cert = g_build_filename(dir, place->cert, NULL);
    g_autofree char *key = g_build_filename(dir, place->key, NULL);
    PkiSpec spec = spec_of(m, place->kind, names[0], place->kind == PKI_SERVER ? names : NULL);
    GError *err = NULL;

    if (pki_make(&spec, &m->ca, &pair, &err) && pki_write_key(&pair, key, &err) && pki_write_cert(&pair, cert, &err))
        return true;
    return complain_of(err);
}

static bool
make_set(const Maker *m, const char *dir, const char *ca_name, const PkiPlace *places, guint n_places, char **names)
{
    g_autofree char *ca = g_build_filename(dir, ca_name, NULL);
    GError *err = NULL;

    if (!pki_write_cert(&m->ca, ca, &err))
        return complain_of(err);
    for (guint i = 0; i < n_places; i++) {
        if (!make_pair(m, dir, &places[i], names))
            return false;
    }
    return true;
}

/* "NAME,ADDRESS": all in one certificate; the first names the directory. */
static bool
make_host(Shell *sh, const Maker *m, const char *text)
{
    g_auto(GStrv) names = g_strsplit(text, ",", -1);
    g_autofree char *dir = g_build_filename(m->dir, names[0], NULL);

    if (!make_set(m, dir, "CA/cacert.pem", host_places, G_N_ELEMENTS(host_places), names))
        return false;
    print(sh, _("host:   %s (for %s)\n"), dir, text);
    return true;
}

static bool
make_client(Shell *sh, const Maker *m, const char *name)
{
    char *names[] = { (char *)name, NULL };
    g_autofree char *dir = g_build_filename(m->dir, name, NULL);

    if (!make_set(m, dir, "cacert.pem", client_places, G_N_ELEMENTS(client_places), names))
        return false;
    print(sh, _("client: %s\n"), dir);
    return true;
}

static bool
make_all(Shell *sh, Maker *m, const char **hosts, const char **clients)
{
    if (!make_ca(sh, m))
        return false;
    for (const char **host = hosts; *host; host++) {
        if (!make_host(sh, m, *host))
            return false;
    }
    for (const char **client = clients; *client; client++) {
        if (!make_client(sh, m, *client))
            return false;
    }
    return true;
}

static void
show_use(Shell *sh, const char *dir, const char *host, const char *client)
{
    g_auto(GStrv) names = g_strsplit(host, ",", -1);
    g_autofree char *at = strchr(names[0], ':') ? g_strdup_printf("[%s]", names[0]) : g_strdup(names[0]);

    print(sh, _("\nCopy a host's directory to ROOT/etc/pki there (/etc/godwit/pki without --root), then:\n"));
    print(sh, "  godwitd --root ROOT --listen tls://%s:16514\n", at);
    print(sh, "  godwit -c 'qemu+tls://%s/system?pkipath=%s/%s' list\n", at, dir, client);
}

/* Each becomes a directory in one place. */
static bool
check_names(const char **hosts, const char **clients)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_hash_table_add(seen, g_strdup("CA"));
    for (const char **list = hosts; list; list = list == hosts ? clients : NULL) {
        for (const char **name = list; *name; name++) {
            char *first = g_strndup(*name, strcspn(*name, ","));
            bool fresh = *first && *first != '.' && !strchr(first, '/') && !g_hash_table_contains(seen, first);

            g_hash_table_add(seen, first);
            if (!fresh) {
                complain(_("'%s' cannot be used as a name here, or is given twice"), *name);
                return false;
            }
        }
    }
    return true;
}

static bool
run_pki(Shell *sh, const Cmd *cmd)
{
    g_autofree char *dir = g_canonicalize_filename(opt_string(cmd, "dir"), NULL);
    g_autofree char *ca = g_build_filename(dir, "CA", NULL);
    g_autofree const char **hosts = opt_argv(cmd, "host");
    g_autofree const char **clients = opt_argv(cmd, "client");
    const char *only[] = { "client", NULL };
    const char **who = clients && *clients ? clients : only;
    Maker m = { .dir = dir, .now = time(NULL) };
    bool ok;

    if (strcmp(opt_string(cmd, "action"), "init") != 0) {
        complain(_("pki can only 'init', not '%s'"), opt_string(cmd, "action"));
        return false;
    }
    if (!check_names(hosts, who))
        return false;
    if (g_file_test(ca, G_FILE_TEST_EXISTS)) {
        complain(_("there is a CA in '%s' already; choose another --dir"), ca);
        return false;
    }
    ok = make_all(sh, &m, hosts, who);
    pki_pair_clear(&m.ca);
    if (ok)
        show_use(sh, dir, hosts[0], who[0]);
    json_string(sh, "dir", dir);
    return ok;
}

static const OptDef pki_options[] = {
    { "action", OPT_STRING, OPT_REQUIRED, NULL, N_("init: make a new set") },
    { "dir", OPT_STRING, OPT_REQUIRED | OPT_BY_NAME | OPT_FILE, NULL, N_("where to make it") },
    { "client", OPT_ARGV, OPT_BY_NAME, NULL, N_("a client to make a certificate for (client); may be repeated") },
    { "host", OPT_ARGV, OPT_REQUIRED, NULL,
      N_("names and addresses of a host, as in a.example.org,192.0.2.1; more hosts follow") },
    OPT_END
};

const CmdDef cmds_pki[] = {
    { "pki", pki_options, run_pki, N_("make certificates to try TLS with"),
      N_("Make a CA, a directory of certificates and keys for each host, and one for each client to be named in "
         "?pkipath=. Nothing that exists is overwritten. Whoever has the CA's key can let anybody in: for a test set-up "
         "it may stay where it is made."), CMD_OFFLINE },
    { NULL }
};
