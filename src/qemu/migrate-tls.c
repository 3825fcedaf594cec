/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU's own TLS: which certificates, as which object, and what is left when the migration is over: nothing.
 *
 * The directory is the administrator's, with QEMU's file names. A QEMU that finds no dh-params.pem there computes
 * Diffie-Hellman parameters while the guest waits, which takes seconds; it is shown a directory of ours then, with links
 * to the same files and a well-known group beside them.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qemu/migrate-priv.h"
#include "qemu/via.h"
#include "util/file.h"
#include "util/json.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

#define OBJECT_ID "objlibvirt_migrate_tls0"

/* ffdhe2048 of RFC 7919, as PKCS #3: openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 */
static const char dh_params[] = "-----BEGIN DH PARAMETERS-----\n"
                                "MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz\n"
                                "+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a\n"
                                "87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7\n"
                                "YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi\n"
                                "7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD\n"
                                "ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==\n"
                                "-----END DH PARAMETERS-----\n";

/* need: who cannot do without it. QEMU takes a client certificate only if it finds one. */
static const struct {
    const char *name;
    KnobSide    need;
} files[] = {
    { "ca-cert.pem", KNOB_BOTH },  { "server-cert.pem", KNOB_DEST }, { "server-key.pem", KNOB_DEST },
    { "client-cert.pem", 0 },      { "client-key.pem", 0 },          { "ca-crl.pem", 0 },
};

bool
qmig_tls_check_policy(const QemuConfig *config, guint32 flags, GError **err)
{
    return !config->migrate_tls_force || (flags & (VIR_MIGRATE_TLS | VIR_MIGRATE_TUNNELLED)) ||
           fail(err, VIR_ERR_OPERATION_INVALID,
                _("this libvirtd instance allows migration only with VIR_MIGRATE_TLS flag"));
}

/* Where the certificates are. Caller frees. */
static char *
choose_dir(const QemuConfig *config)
{
    g_autofree char *own = NULL;

    if (config->migrate_tls_dir)
        return g_strdup(config->migrate_tls_dir);
    own = g_build_filename(config->etc_dir, "pki", "qemu", NULL);
    if (!config->root && config->privileged && !g_file_test(own, G_FILE_TEST_IS_DIR) &&
        g_file_test("/etc/pki/qemu", G_FILE_TEST_IS_DIR))
        return g_strdup("/etc/pki/qemu");
    return g_steal_pointer(&own);
}

static bool
check_files(const char *dir, KnobSide side, GError **err)
{
    if (!g_file_test(dir, G_FILE_TEST_IS_DIR))
        return fail(err, VIR_ERR_OPERATION_INVALID,
                    _("host migration TLS directory not configured: there is no directory '%s' on the %s; put the "
                      "certificates there or name another one by migrate-tls-dir"),
                    dir, side == KNOB_DEST ? _("destination") : _("source"));
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(dir, files[i].name, NULL);

        if ((files[i].need & side) && access(path, R_OK) < 0)
            return fail(err, VIR_ERR_OPERATION_INVALID, _("TLS migration: cannot read '%s' on the %s: %s"), path,
                        side == KNOB_DEST ? _("destination") : _("source"), g_strerror(errno));
    }
    return true;
}

/* Links are followed when QEMU opens them: a certificate renewed meanwhile is the one that counts. */
static char *
dir_with_parameters(QmigHost *host, const char *dir, GError **err)
{
    g_autofree char *given = g_build_filename(dir, "dh-params.pem", NULL);
    g_autofree char *own = g_build_filename(host->driver->config->run_dir, "migrate-tls", NULL);
    g_autofree char *params = g_build_filename(own, "dh-params.pem", NULL);
    bool             ok;

    if (access(given, F_OK) == 0)
        return g_strdup(dir);
    g_mutex_lock(&host->lock);
    ok = file_make_dir(own, 0755, err);
    for (gsize i = 0; ok && i < G_N_ELEMENTS(files); i++) {
        g_autofree char *target = g_build_filename(dir, files[i].name, NULL);
        g_autofree char *path = g_build_filename(own, files[i].name, NULL);

        ok = file_link(target, path, FILE_NO_SYNC, err);
    }
    ok = ok && file_write(params, dh_params, strlen(dh_params), 0644, FILE_NO_SYNC, err);
    g_mutex_unlock(&host->lock);
    return ok ? g_steal_pointer(&own) : NULL;
}

JsonObject *
qmig_tls_object(QmigHost *host, KnobSide side, GError **err)
{
    const QemuConfig *config = host->driver->config;
    g_autofree char  *given = choose_dir(config);
    g_autofree char  *dir = NULL;
    bool              server = side == KNOB_DEST;
    JsonObject       *args;

    if (!check_files(given, side, err))
        return NULL;
    dir = server ? dir_with_parameters(host, given, err) : g_strdup(given);
    if (!dir)
        return NULL;
    args = json_make("s:qom-type", "tls-creds-x509", "s:id", OBJECT_ID, "s:dir", dir, "s:endpoint",
                     server ? "server" : "client", "b:verify-peer", !server || !config->migrate_tls_any_client, NULL);
    if (config->migrate_tls_priority)
        json_object_set_string_member(args, "priority", config->migrate_tls_priority);
    return args;
}

void
qmig_tls_params(JsonObject **args, const char *hostname)
{
    if (!*args)
        *args = json_object_new();
    json_object_set_string_member(*args, "tls-creds", OBJECT_ID);
    json_object_set_string_member(*args, "tls-hostname", hostname ? hostname : "");
}

/* The name that the destination's certificate must carry. */
static bool
choose_hostname(QemuMig *mig, const Params *params, const ViaSrc *via, GError **err)
{
    const char *given = qmig_param_string(params, VIR_MIGRATE_PARAM_TLS_DESTINATION);

    if (!given && !via->uri.host)
        return fail(err, VIR_ERR_OPERATION_UNSUPPORTED,
                    _("Explicit destination hostname is required for TLS migration over UNIX socket"));
    mig->tls_hostname = g_strdup(given ? given : via->uri.host);
    return true;
}

bool
qmig_tls_open_source(QemuMig *mig, QmpClient *qmp, const Params *params, const ViaSrc *via, GError **err)
{
    JsonObject *object;
    QmpCmd      cmds[2];

    if (!(mig->flags & VIR_MIGRATE_TLS))
        return true;
    if (!choose_hostname(mig, params, via, err))
        return false;
    object = qmig_tls_object(mig->host, KNOB_SOURCE, err);
    if (!object)
        return false;
    /* A daemon that was killed may have left one. */
    cmds[0] = (QmpCmd){ .cmd = "object-del", .args = json_make("s:id", OBJECT_ID, NULL), .may_fail = true };
    cmds[1] = (QmpCmd){ .cmd = "object-add", .args = object };
    mig->tls = qmp_batch(qmp, cmds, 2, NULL, err);
    return mig->tls;
}

void
qmig_tls_remove(QemuMig *mig, QmpClient *qmp)
{
    if (mig->tls)
        qmp_send(qmp, "object-del", json_make("s:id", OBJECT_ID, NULL), NULL, NULL);
    mig->tls = false;
}
