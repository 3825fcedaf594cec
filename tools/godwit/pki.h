/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Certificates for a test set-up: a CA, and what it issues to hosts and clients. Makes them and writes them; where they
 * belong is not known here.
 */
#pragma once

#include <stdbool.h>
#include <time.h>

#include <glib.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

typedef enum { PKI_CA, PKI_SERVER, PKI_CLIENT } PkiKind;

typedef struct {
    PkiKind            kind;
    const char        *name;  /* CN */
    const char *const *hosts; /* names and addresses of a server; NULL: none */
    time_t             from, until;
} PkiSpec;

typedef struct {
    gnutls_x509_crt_t     cert;
    gnutls_x509_privkey_t key;
} PkiPair;

/* issuer NULL: signs itself. */
bool pki_make(const PkiSpec *spec, const PkiPair *issuer, PkiPair *ret, GError **err);
void pki_pair_clear(PkiPair *pair);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PkiPair, pki_pair_clear)

/* PEM; parents are made. A file that exists is left alone, and is an error. key: mode 0600 from the start. */
bool pki_write_cert(const PkiPair *pair, const char *path, GError **err);
bool pki_write_key(const PkiPair *pair, const char *path, GError **err);
