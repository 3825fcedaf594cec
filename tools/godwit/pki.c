/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <gnutls/crypto.h>

#define ORGANIZATION "Godwit test set-up"

/* What a certificate may be used for. Both usages of a host's, because libvirt's clients ask for both. */
static const struct {
    unsigned    usage;
    const char *purpose;
} uses[] = {
    [PKI_CA] = { GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN, NULL },
    [PKI_SERVER] = { GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_ENCIPHERMENT, GNUTLS_KP_TLS_WWW_SERVER },
    [PKI_CLIENT] = { GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_ENCIPHERMENT, GNUTLS_KP_TLS_WWW_CLIENT },
};

/* Keeps the first failure of a row of calls. */
static void
keep(int *rc, int now)
{
    if (*rc >= 0 && now < 0)
        *rc = now;
}

void
pki_pair_clear(PkiPair *pair)
{
    if (pair->cert)
        gnutls_x509_crt_deinit(pair->cert);
    if (pair->key)
        gnutls_x509_privkey_deinit(pair->key);
    *pair = (PkiPair) { NULL, NULL };
}

static int
set_host(gnutls_x509_crt_t cert, const char *host)
{
    guint8 address[16];
    int    family = strchr(host, ':') ? AF_INET6 : AF_INET;

    if (inet_pton(family, host, address) == 1)
        return gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, address, family == AF_INET ? 4 : 16,
                                                    GNUTLS_FSAN_APPEND);
    return gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host), GNUTLS_FSAN_APPEND);
}

static int
set_serial(gnutls_x509_crt_t cert)
{
    guint8 serial[16];
    int    rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

    serial[0] &= 0x7f; /* positive */
    serial[0] |= 0x40;
    keep(&rc, gnutls_x509_crt_set_serial(cert, serial, sizeof(serial)));
    return rc;
}

static int
set_key_id(const PkiPair *pair)
{
    guint8 id[64];
    size_t len = sizeof(id);
    int    rc = gnutls_x509_privkey_get_key_id(pair->key, GNUTLS_KEYID_USE_SHA1, id, &len);

    keep(&rc, gnutls_x509_crt_set_subject_key_id(pair->cert, id, len));
    return rc;
}

static int
fill(const PkiPair *pair, const PkiSpec *spec)
{
    gnutls_x509_crt_t cert = pair->cert;
    int               rc = gnutls_x509_crt_set_version(cert, 3);

    keep(&rc, gnutls_x509_crt_set_key(cert, pair->key));
    keep(&rc, set_serial(cert));
    keep(&rc, gnutls_x509_crt_set_activation_time(cert, spec->from));
    keep(&rc, gnutls_x509_crt_set_expiration_time(cert, spec->until));
    keep(&rc, gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, ORGANIZATION,
                                            strlen(ORGANIZATION)));
    keep(&rc, gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, spec->name, (unsigned)strlen(spec->name)));
    keep(&rc, gnutls_x509_crt_set_basic_constraints(cert, spec->kind == PKI_CA, -1));
    keep(&rc, gnutls_x509_crt_set_key_usage(cert, uses[spec->kind].usage));
    if (uses[spec->kind].purpose)
        keep(&rc, gnutls_x509_crt_set_key_purpose_oid(cert, uses[spec->kind].purpose, 0));
    for (const char *const *host = spec->hosts; host && *host; host++)
        keep(&rc, set_host(cert, *host));
    keep(&rc, set_key_id(pair));
    return rc;
}

static bool
say(GError **err, const char *what, int rc)
{
    g_set_error(err, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s", what, gnutls_strerror(rc));
    return false;
}

bool
pki_make(const PkiSpec *spec, const PkiPair *issuer, PkiPair *ret, GError **err)
{
    g_auto(PkiPair) pair = { NULL, NULL };
    int             rc = gnutls_x509_privkey_init(&pair.key);

    keep(&rc, gnutls_x509_crt_init(&pair.cert));
    if (rc >= 0)
        keep(&rc, gnutls_x509_privkey_generate(pair.key, GNUTLS_PK_ECDSA,
                                               GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    if (rc >= 0)
        keep(&rc, fill(&pair, spec));
    if (rc >= 0)
        keep(&rc, gnutls_x509_crt_sign2(pair.cert, issuer ? issuer->cert : pair.cert, issuer ? issuer->key : pair.key,
                                        GNUTLS_DIG_SHA256, 0));
    if (rc < 0)
        return say(err, _("cannot make the certificate"), rc);
    *ret = pair;
    pair = (PkiPair) { NULL, NULL };
    return true;
}

/* Files */

static bool
write_new(const char *path, const gnutls_datum_t *pem, mode_t mode, GError **err)
{
    g_autofree char *dir = g_path_get_dirname(path);
    int              fd = -1, error;
    bool             ok;

    if (g_mkdir_with_parents(dir, 0755) == 0)
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    ok = fd >= 0 && write(fd, pem->data, pem->size) == (ssize_t)pem->size;
    error = errno;
    if (fd >= 0)
        close(fd);
    if (!ok)
        g_set_error(err, G_FILE_ERROR, (gint)g_file_error_from_errno(error), _("cannot make '%s': %s"), path,
                    g_strerror(error));
    return ok;
}

bool
pki_write_cert(const PkiPair *pair, const char *path, GError **err)
{
    gnutls_datum_t pem = { NULL, 0 };
    int            rc = gnutls_x509_crt_export2(pair->cert, GNUTLS_X509_FMT_PEM, &pem);
    bool           ok = rc < 0 ? say(err, path, rc) : write_new(path, &pem, 0644, err);

    gnutls_free(pem.data);
    return ok;
}

bool
pki_write_key(const PkiPair *pair, const char *path, GError **err)
{
    gnutls_datum_t pem = { NULL, 0 };
    int            rc = gnutls_x509_privkey_export2(pair->key, GNUTLS_X509_FMT_PEM, &pem);
    bool           ok = rc < 0 ? say(err, path, rc) : write_new(path, &pem, 0600, err);

    if (pem.data)
        explicit_bzero(pem.data, pem.size);
    gnutls_free(pem.data);
    return ok;
}
