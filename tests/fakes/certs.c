/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "certs.h"

#define DAY (24 * 60 * 60)

typedef struct {
    const char *name;   /* NAMEcert.pem, NAMEkey.pem */
    const char *issuer; /* NULL: itself */
    PkiKind     kind;
    int         from, until; /* days from now */
} CertRow;

static const CertRow rows[] = {
    { "ca", NULL, PKI_CA, -1, 10 },
    { "other", NULL, PKI_CA, -1, 10 },
    { "server", "ca", PKI_SERVER, -1, 10 },
    { "oldserver", "ca", PKI_SERVER, -9, -2 },
    { "youngserver", "ca", PKI_SERVER, 2, 9 },
    { "otherserver", "other", PKI_SERVER, -1, 10 },
    { "alice", "ca", PKI_CLIENT, -1, 10 },
    { "oldclient", "ca", PKI_CLIENT, -9, -2 },
    { "mallory", "other", PKI_CLIENT, -1, 10 },
};

static void
must(bool ok, GError *err)
{
    if (!ok)
        g_error("test certificates: %s", err->message);
}

char *
certs_path(const Certs *certs, const char *name, const char *suffix)
{
    g_autofree char *file = g_strconcat(name, suffix, NULL);

    return g_build_filename(certs->dir, file, NULL);
}

static guint
index_of(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_str_equal(rows[i].name, name))
            return i;
    }
    g_error("no certificate '%s'", name);
}

static void
make(const Certs *certs, const CertRow *row, PkiPair *made)
{
    static const char *const hosts[] = { "good.example", "127.0.0.1", NULL };
    time_t                   now = time(NULL);
    PkiSpec                  spec = { row->kind, row->name, row->kind == PKI_SERVER ? hosts : NULL,
                                      now + (time_t)row->from * DAY, now + (time_t)row->until * DAY };
    g_autofree char         *cert = certs_path(certs, row->name, "cert.pem");
    g_autofree char         *key = certs_path(certs, row->name, "key.pem");
    PkiPair                 *own = &made[row - rows];
    GError                  *err = NULL;

    must(pki_make(&spec, row->issuer ? &made[index_of(row->issuer)] : NULL, own, &err), err);
    must(pki_write_cert(own, cert, &err), err);
    must(pki_write_key(own, key, &err), err);
}

void
certs_make(Certs *certs)
{
    PkiPair made[G_N_ELEMENTS(rows)] = { 0 };

    certs->dir = g_dir_make_tmp("godwit-certs-XXXXXX", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        make(certs, &rows[i], made);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        pki_pair_clear(&made[i]);
}

void
certs_clear(Certs *certs)
{
    file_remove_dir(certs->dir);
    g_clear_pointer(&certs->dir, g_free);
}

TlsCreds *
certs_load(const Certs *certs, const char *ca, const char *own, TlsConfig config, GError **err)
{
    g_autofree char *ca_file = certs_path(certs, ca, "cert.pem");
    g_autofree char *cert = certs_path(certs, own, "cert.pem");
    g_autofree char *key = certs_path(certs, own, "key.pem");

    config.files = (TlsFiles) { .ca = ca_file, .cert = cert, .key = key };
    return tls_creds_new(&config, err);
}
