/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <time.h>

#include "rpc/tls-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_RPC
#define CHAIN_MAX 16
#define HOSTS_SHOWN 16

/* The first bit that is set gives the reason. */
static const struct {
    unsigned                   bit;
    gnutls_alert_description_t alert;
    const char                *text;
} reasons[] = {
    { GNUTLS_CERT_REVOKED, GNUTLS_A_CERTIFICATE_REVOKED, N_("it has been revoked") },
    { GNUTLS_CERT_SIGNER_NOT_FOUND, GNUTLS_A_UNKNOWN_CA, N_("no CA that we trust has issued it") },
    { GNUTLS_CERT_SIGNER_NOT_CA, GNUTLS_A_UNKNOWN_CA, N_("what issued it is no CA") },
    { GNUTLS_CERT_SIGNATURE_FAILURE, GNUTLS_A_BAD_CERTIFICATE, N_("its signature is wrong") },
    { GNUTLS_CERT_EXPIRED, GNUTLS_A_CERTIFICATE_EXPIRED, N_("it has expired") },
    { GNUTLS_CERT_NOT_ACTIVATED, GNUTLS_A_CERTIFICATE_EXPIRED, N_("it is not valid yet") },
    { GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED, GNUTLS_A_BAD_CERTIFICATE, N_("the CA's revocation list is out of date") },
    { GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE, GNUTLS_A_BAD_CERTIFICATE,
      N_("the CA's revocation list is from the future") },
    { GNUTLS_CERT_INSECURE_ALGORITHM, GNUTLS_A_INSUFFICIENT_SECURITY, N_("it uses an insecure algorithm") },
    { GNUTLS_CERT_PURPOSE_MISMATCH, GNUTLS_A_UNSUPPORTED_CERTIFICATE, N_("it was not issued for this purpose") },
    { GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, GNUTLS_A_BAD_CERTIFICATE, N_("its CA may not issue it") },
    { GNUTLS_CERT_MISSING_OCSP_STATUS, GNUTLS_A_BAD_CERTIFICATE, N_("the proof that it is not revoked is missing") },
};

static char *
date(time_t when)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(when);

    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S UTC") : g_strdup("?");
}

static char *
name_of(gnutls_x509_crt_t cert)
{
    gnutls_datum_t dn = { 0 };
    char          *name;

    /* The order of names is that in which libvirt's lists have them. */
    if (gnutls_x509_crt_get_dn2(cert, &dn) < 0)
        return g_strdup("?");
    name = g_utf8_make_valid((const char *)dn.data, dn.size);
    gnutls_free(dn.data);
    return name;
}

/* Of a chain's certificates, the one that is too old or too young. */
static char *
describe_time(unsigned bit, const gnutls_x509_crt_t *certs, guint n_certs)
{
    time_t now = time(NULL);

    for (guint i = 0; i < n_certs; i++) {
        time_t           from = gnutls_x509_crt_get_activation_time(certs[i]);
        time_t           until = gnutls_x509_crt_get_expiration_time(certs[i]);
        g_autofree char *name = name_of(certs[i]);
        g_autofree char *when = date(bit == GNUTLS_CERT_EXPIRED ? until : from);

        if (bit == GNUTLS_CERT_EXPIRED && until < now)
            return i == 0 ? g_strdup_printf(_("it expired on %s"), when)
                          : g_strdup_printf(_("its issuer '%s' expired on %s"), name, when);
        if (bit == GNUTLS_CERT_NOT_ACTIVATED && from > now)
            return g_strdup_printf(_("it is not valid before %s; the clock of this host says otherwise"), when);
    }
    return NULL;
}

TlsRefusal
tls_refusal(const TlsCreds *creds, unsigned status, const gnutls_x509_crt_t *certs, guint n_certs)
{
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++) {
        char *text = NULL;

        if (!(status & reasons[i].bit))
            continue;
        if (reasons[i].bit & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED))
            text = describe_time(reasons[i].bit, certs, n_certs);
        else if (reasons[i].bit == GNUTLS_CERT_REVOKED)
            text = g_strdup_printf(_("it has been revoked, says '%s'"), creds->crl_file);
        else if (reasons[i].bit == GNUTLS_CERT_SIGNER_NOT_FOUND)
            text = g_strdup_printf(_("it was not issued by a CA in '%s'"), creds->ca_file);
        else if (reasons[i].bit == GNUTLS_CERT_SIGNATURE_FAILURE)
            text = g_strdup_printf(_("it was not issued by a CA in '%s': its signature does not fit the one of that name"),
                                   creds->ca_file);
        return (TlsRefusal) { reasons[i].alert, text ? text : g_strdup(_(reasons[i].text)) };
    }
    return (TlsRefusal) { GNUTLS_A_BAD_CERTIFICATE, g_strdup_printf(_("it is invalid (status 0x%x)"), status) };
}

/* The peer */

typedef struct {
    gnutls_x509_crt_t certs[CHAIN_MAX];
    guint             n;
} Chain;

static void
chain_clear(Chain *chain)
{
    for (guint i = 0; i < chain->n; i++)
        gnutls_x509_crt_deinit(chain->certs[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Chain, chain_clear)

/* False: the peer has none, or one that cannot be read. */
static bool
chain_of_peer(gnutls_session_t session, Chain *ret)
{
    unsigned              n = 0;
    const gnutls_datum_t *raw = gnutls_certificate_get_peers(session, &n);

    ret->n = 0;
    for (unsigned i = 0; raw && i < n && i < CHAIN_MAX; i++) {
        if (gnutls_x509_crt_init(&ret->certs[i]) < 0)
            return false;
        ret->n++;
        if (gnutls_x509_crt_import(ret->certs[i], &raw[i], GNUTLS_X509_FMT_DER) < 0)
            return false;
    }
    return ret->n > 0;
}

static void
add_name(GString *names, int type, const char *name, gsize len)
{
    char             text[INET6_ADDRSTRLEN];
    g_autofree char *valid = NULL;

    if (type == GNUTLS_SAN_DNSNAME)
        valid = g_utf8_make_valid(name, (gssize)len);
    else if (type == GNUTLS_SAN_IPADDRESS && (len == 4 || len == 16)
             && inet_ntop(len == 4 ? AF_INET : AF_INET6, name, text, sizeof(text)))
        valid = g_strdup(text);
    if (valid)
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", valid);
}

/* The hosts for which a certificate was made. */
static char *
hosts_of(gnutls_x509_crt_t cert)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (unsigned i = 0; i < HOSTS_SHOWN; i++) {
        char   name[256];
        size_t len = sizeof(name);
        int    type = gnutls_x509_crt_get_subject_alt_name(cert, i, name, &len, NULL);

        if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            break;
        if (type >= 0)
            add_name(names, type, name, len);
    }
    return names->len ? g_string_free(g_steal_pointer(&names), FALSE) : name_of(cert);
}

static bool
check_trust(const TlsCreds *creds, gnutls_session_t session, const Chain *chain, gnutls_alert_description_t *ret_alert,
            GError **err)
{
    bool                server = creds->role == TLS_CLIENT; /* the peer is one */
    const char         *purpose = server ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st data = { .type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)purpose };
    g_autofree char    *name = name_of(chain->certs[0]);
    g_autofree char    *text = NULL;
    unsigned            status = 0;
    int                 rc = gnutls_certificate_verify_peers(session, &data, 1, &status);
    TlsRefusal          refusal;

    if (rc == 0 && status == 0)
        return true;
    if (rc < 0) {
        *ret_alert = GNUTLS_A_BAD_CERTIFICATE;
        return fail(err, VIR_ERR_AUTH_FAILED, _("Unable to verify TLS peer: %s"), gnutls_strerror(rc));
    }
    refusal = tls_refusal(creds, status, chain->certs, chain->n);
    text = refusal.text;
    *ret_alert = refusal.alert;
    if (server)
        return fail(err, VIR_ERR_AUTH_FAILED, _("the server's certificate '%s' is refused: %s"), name, text);
    return fail(err, VIR_ERR_AUTH_FAILED, _("the client's certificate '%s' is refused: %s"), name, text);
}

static bool
check_host(gnutls_x509_crt_t cert, const char *host, GError **err)
{
    g_autofree char *hosts = NULL;

    if (gnutls_x509_crt_check_hostname2(cert, host, 0))
        return true;
    hosts = hosts_of(cert);
    return fail(err, VIR_ERR_AUTH_FAILED,
                _("the server's certificate is for '%s', which does not match the hostname '%s' of the URI; connect by a "
                  "name that it is for, or have one made for this one"), hosts, host);
}

static bool
check_name(const TlsCreds *creds, gnutls_x509_crt_t cert, GError **err)
{
    g_autofree char *name = name_of(cert);

    for (char **pattern = creds->allowed_dns; *pattern; pattern++) {
        if (g_pattern_match_simple(*pattern, name))
            return true;
    }
    return fail(err, VIR_ERR_AUTH_FAILED,
                _("Client's Distinguished Name '%s' is not on the list of allowed clients (tls-allowed-dn-list)"), name);
}

bool
tls_verify_peer(const TlsCreds *creds, gnutls_session_t session, const char *host,
                gnutls_alert_description_t *ret_alert, GError **err)
{
    g_auto(Chain) chain = { .n = 0 };

    if (creds->no_verify)
        return true;
    if (!chain_of_peer(session, &chain)) {
        *ret_alert = GNUTLS_A_CERTIFICATE_REQUIRED;
        return fail(err, VIR_ERR_AUTH_FAILED, "%s", creds->role == TLS_SERVER
                    ? _("the client has sent no certificate (its clientcert.pem and clientkey.pem), or none that can be read")
                    : _("the server has sent no certificate that can be read"));
    }
    if (!check_trust(creds, session, &chain, ret_alert, err))
        return false;
    *ret_alert = GNUTLS_A_BAD_CERTIFICATE;
    if (host && !check_host(chain.certs[0], host, err))
        return false;
    *ret_alert = GNUTLS_A_ACCESS_DENIED;
    return !creds->allowed_dns || check_name(creds, chain.certs[0], err);
}
