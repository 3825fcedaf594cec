/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/tls-creds.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/tls-private.h"
#include "util/err.h"
#include "util/file.h"
#include "util/log.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define LOG_ROOM "rpc"

#define FILE_MAX (1 << 20)
#define KEY_TOO_OPEN 0037 /* a group of its own may read */
#define PRIORITY "NORMAL"

/* File contents; those of keys are wiped. */
typedef struct {
    char *data;
    gsize len;
} Blob;

static void
blob_clear(Blob *blob)
{
    if (blob->data)
        explicit_bzero(blob->data, blob->len);
    g_free(blob->data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Blob, blob_clear)

static bool
exists(const char *path)
{
    return access(path, F_OK) == 0 || errno != ENOENT;
}

/* what: "CA certificate" */
static bool
load(const char *path, const char *what, Blob *ret, gnutls_datum_t *ret_datum, GError **err)
{
    g_autoptr(GError) why = NULL;

    if (access(path, R_OK) < 0) {
        int error = errno;

        return error == ENOENT ? fail(err, VIR_ERR_SYSTEM_ERROR,
                                      _("Cannot read %s '%s': No such file or directory; 'godwit pki init' makes a set"),
                                      what, path)
                               : fail_errno(err, error, _("Cannot read %s '%s'"), what, path);
    }
    if (!file_read(path, FILE_MAX, &ret->data, &ret->len, &why) || !ret->data)
        return fail(err, VIR_ERR_SYSTEM_ERROR, _("Cannot read %s '%s': %s"), what, path,
                    why ? why->message : g_strerror(ENOENT));
    *ret_datum = (gnutls_datum_t) { (unsigned char *)ret->data, (unsigned)ret->len };
    return true;
}

static bool
cannot_use(GError **err, const char *what, const char *path, int rc)
{
    return fail(err, VIR_ERR_SYSTEM_ERROR, _("Cannot use %s '%s': %s"), what, path, gnutls_strerror(rc));
}

static bool
load_ca(TlsCreds *creds, const TlsConfig *config, GError **err)
{
    g_auto(Blob)   ca = { NULL, 0 }, crl = { NULL, 0 };
    gnutls_datum_t datum;
    int            rc;

    if (config->no_verify && !exists(config->files.ca))
        return true;
    if (!load(config->files.ca, _("CA certificate"), &ca, &datum, err))
        return false;
    rc = gnutls_certificate_set_x509_trust_mem(creds->x509, &datum, GNUTLS_X509_FMT_PEM);
    if (rc <= 0)
        return cannot_use(err, _("CA certificate"), config->files.ca, rc < 0 ? rc : GNUTLS_E_NO_CERTIFICATE_FOUND);
    if (!config->files.crl || (!config->need_crl && !exists(config->files.crl)))
        return true;
    if (!load(config->files.crl, _("CA revocation list"), &crl, &datum, err))
        return false;
    rc = gnutls_certificate_set_x509_crl_mem(creds->x509, &datum, GNUTLS_X509_FMT_PEM);
    return rc >= 0 || cannot_use(err, _("CA revocation list"), config->files.crl, rc);
}

static void
warn_of_mode(const char *key)
{
    struct stat st;

    if (stat(key, &st) == 0 && (st.st_mode & KEY_TOO_OPEN))
        log_warn("private key '%s' has mode %04o: others than its owner can use it; chmod 600 it", key,
                 (unsigned)st.st_mode & 07777);
}

static const char *
cert_words(TlsRole role)
{
    return role == TLS_SERVER ? _("server certificate") : _("client certificate");
}

/* A certificate that the peer will refuse anyway is better refused here, where the file is known. */
static bool
check_own(TlsCreds *creds, const char *path, const gnutls_datum_t *pem, GError **err)
{
    gnutls_x509_trust_list_t trust;
    gnutls_x509_crt_t       *certs = NULL;
    unsigned                 n = 0, status = 0;
    bool                     ok = true;
    int rc = gnutls_x509_crt_list_import2(&certs, &n, pem, GNUTLS_X509_FMT_PEM, 0);

    if (rc < 0)
        return cannot_use(err, cert_words(creds->role), path, rc);
    gnutls_certificate_get_trust_list(creds->x509, &trust);
    rc = gnutls_x509_trust_list_verify_crt(trust, certs, n, 0, &status, NULL);
    if (rc == 0 && status) {
        TlsRefusal       refusal = tls_refusal(creds, status, certs, n);
        g_autofree char *text = refusal.text;

        ok = fail(err, VIR_ERR_SYSTEM_ERROR, _("the %s '%s' is of no use: %s"), cert_words(creds->role), path, text);
    }
    for (unsigned i = 0; i < n; i++)
        gnutls_x509_crt_deinit(certs[i]);
    gnutls_free(certs);
    return ok;
}

static bool
load_own(TlsCreds *creds, const TlsConfig *config, GError **err)
{
    const TlsFiles *files = &config->files;
    g_auto(Blob)    cert = { NULL, 0 }, key = { NULL, 0 };
    gnutls_datum_t  cert_datum, key_datum;
    int             rc;

    if (config->role == TLS_CLIENT && !exists(files->cert) && !exists(files->key))
        return true;
    if (!load(files->cert, cert_words(config->role), &cert, &cert_datum, err)
        || !load(files->key, _("private key"), &key, &key_datum, err))
        return false;
    warn_of_mode(files->key);
    if (!config->no_sanity && exists(files->ca) && !check_own(creds, files->cert, &cert_datum, err))
        return false;
    rc = gnutls_certificate_set_x509_key_mem2(creds->x509, &cert_datum, &key_datum, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return fail(err, VIR_ERR_SYSTEM_ERROR, _("private key '%s' does not belong to certificate '%s'"), files->key,
                    files->cert);
    if (rc < 0)
        return fail(err, VIR_ERR_SYSTEM_ERROR, _("Cannot use certificate '%s' with key '%s': %s"), files->cert, files->key,
                    gnutls_strerror(rc));
    creds->has_cert = true;
    return true;
}

static bool
set_priority(TlsCreds *creds, const char *text, GError **err)
{
    const char *at = NULL;
    int         rc = gnutls_priority_init(&creds->priority, text ? text : PRIORITY, &at);

    if (rc >= 0)
        return true;
    creds->priority = NULL;
    return fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("TLS priority '%s' is not understood at '%s': %s"), text, at ? at : "",
                gnutls_strerror(rc));
}

TlsCreds *
tls_creds_new(const TlsConfig *config, GError **err)
{
    g_autoptr(TlsCreds) creds = g_new0(TlsCreds, 1);
    int                 rc;

    creds->refs = 1;
    creds->role = config->role;
    creds->no_verify = config->no_verify;
    creds->ca_file = g_strdup(config->files.ca);
    creds->crl_file = g_strdup(config->files.crl);
    creds->cert_file = g_strdup(config->files.cert);
    creds->allowed_dns = g_strdupv((char **)config->allowed_dns);
    rc = gnutls_certificate_allocate_credentials(&creds->x509);
    if (rc < 0)
        return fail_null(err, VIR_ERR_SYSTEM_ERROR, _("Unable to allocate x509 credentials: %s"), gnutls_strerror(rc));
    if (!load_ca(creds, config, err) || !load_own(creds, config, err) || !set_priority(creds, config->priority, err))
        return NULL;
    /* Ready-made groups: nobody waits for parameters to be generated. */
    if (config->role == TLS_SERVER)
        gnutls_certificate_set_known_dh_params(creds->x509, GNUTLS_SEC_PARAM_MEDIUM);
    return g_steal_pointer(&creds);
}

TlsCreds *
tls_creds_ref(TlsCreds *creds)
{
    g_atomic_int_inc(&creds->refs);
    return creds;
}

void
tls_creds_unref(TlsCreds *creds)
{
    if (!creds || !g_atomic_int_dec_and_test(&creds->refs))
        return;
    if (creds->x509)
        gnutls_certificate_free_credentials(creds->x509);
    if (creds->priority)
        gnutls_priority_deinit(creds->priority);
    g_free(creds->ca_file);
    g_free(creds->crl_file);
    g_free(creds->cert_file);
    g_strfreev(creds->allowed_dns);
    g_free(creds);
}
