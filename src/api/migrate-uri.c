/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <libvirt/libvirt-domain.h>

#include "api/migrate-args.h"
#include "migration/dialects.h"
#include "model/params.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

static bool
has_feature(ApiCall *call, int feature)
{
    FeatureIn in = { .feature = feature };
    I32Out out = { 0 };

    return api_verb(call, VERB_connect_supports_feature, &in, &out) && out.value > 0;
}

/* The source would connect to itself: no host in the URI, or one that means here. A unix socket named in the URI may
 * lead elsewhere. */
static bool
is_local(const char *dconnuri)
{
    const char *scheme_end = strstr(dconnuri, "://");
    const char *host = scheme_end ? scheme_end + 3 : "";
    const char *at = strpbrk(host, "@/?");

    if (at && *at == '@')
        host = at + 1;
    if (*host == '\0' || *host == '/' || *host == '?') {
        bool is_unix = scheme_end && g_strstr_len(dconnuri, scheme_end - dconnuri, "+unix") != NULL;

        return !(is_unix && (strstr(dconnuri, "?socket=") || strstr(dconnuri, "&socket=")));
    }
    return g_ascii_strncasecmp(host, "localhost", strlen("localhost")) == 0;
}

static bool
check_source(ApiCall *call, const char *dconnuri, guint32 flags)
{
    bool p2p = flags & VIR_MIGRATE_PEER2PEER;

    if (call->err)
        return false;
    if ((flags & VIR_MIGRATE_OFFLINE) && !has_feature(call, MIG_FEATURE_OFFLINE) && !call->err)
        fail(&call->err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("offline migration is not supported by the source host"));
    if (call->err)
        return false;
    if (!has_feature(call, p2p ? MIG_FEATURE_P2P : MIG_FEATURE_DIRECT)) {
        if (call->err == NULL && p2p)
            fail(&call->err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("p2p migration is not supported by the source host"));
        else if (call->err == NULL)
            fail(&call->err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("direct migration is not supported by the source host"));
        return false;
    }
    if (p2p && (dconnuri == NULL || is_local(dconnuri)))
        return migrate_refuse(call, VIR_ERR_INVALID_ARG, _("Attempt to migrate guest to the same host"));
    return true;
}

bool
migrate_from_source(ApiCall *call, const char *dconnuri, const Params *params, guint32 flags)
{
    MigratePerformIn in = { .params = *params, .dconnuri = (char *)dconnuri, .flags = flags };
    MigratePerformOut out = { 0 };
    MigOldArgs args;

    if (!check_source(call, dconnuri, flags))
        return false;
    in.dom = api_dom_ref(call->domain);
    in.dialect = has_feature(call, MIG_FEATURE_PARAMS) ? DIALECT_V3_PARAMS : DIALECT_V3;
    if (call->err || (in.dialect == DIALECT_V3 && !mig_params_to_args(params, &args, &call->err)))
        return false;
    if (!api_verb(call, VERB_migrate_perform, &in, &out))
        return false;
    g_clear_pointer(&out.cookie, g_bytes_unref);
    return true;
}

static int
migrate_old(ApiCall *call, const char *dconnuri, unsigned long flags, const MigOldArgs *args)
{
    Params params = { 0 };
    bool ok;

    mig_args_to_params(args, &params);
    ok = !call->err && migrate_check_writable(call, call->conn) && migrate_check_flags(call, flags, &params) &&
         migrate_from_source(call, dconnuri, &params, (guint32)flags);
    params_clear(&params);
    return ok ? 0 : api_fail(call);
}

/**
 * virDomainMigrateToURI:
 * @domain: a domain at the source
 * @duri: with VIR_MIGRATE_PEER2PEER: the destination's connection URI as the source host sees it; without: where the
 *        source's hypervisor connects
 * @flags: virDomainMigrateFlags
 * @dname: name of the domain at the destination, NULL: as it is
 * @bandwidth: limit in MiB/s, 0: the domain's own
 *
 * Lets the source host move @domain by itself; this process only waits for the end. Without VIR_MIGRATE_PEER2PEER no
 * daemon takes part at the destination: a QEMU that somebody has started with -incoming waits there, and its word that
 * everything has arrived is all that the source has. Not promised then: that the machine there is like this one beyond
 * what QEMU finds out, that its CPUs start (its own -S decides), that any daemon knows or stores it, and that anybody but
 * a person can tell where the guest is, should the source's daemon be killed just when all has been sent. Flags and
 * parameters that need a daemon there are refused by name.
 *
 * Returns 0, or -1: VIR_ERR_ARGUMENT_UNSUPPORTED when the source host cannot migrate this way, VIR_ERR_INVALID_ARG for
 * flags that exclude each other or a destination that is the source.
 *
 * Since: 0.7.2
 */
int
virDomainMigrateToURI(virDomainPtr domain, const char *duri, unsigned long flags, const char *dname,
                      unsigned long bandwidth)
{
    ApiCall call = API_DOMAIN(domain);
    bool p2p = flags & VIR_MIGRATE_PEER2PEER;

    api_trace(&call, "duri=%s, flags=0x%lx, dname=%s, bandwidth=%lu", duri, flags, dname, bandwidth);
    if (!api_need(&call, duri))
        return api_fail(&call);
    return migrate_old(&call, p2p ? duri : NULL, flags, &(MigOldArgs){ p2p ? NULL : duri, dname, NULL, bandwidth });
}

/**
 * virDomainMigrateToURI2:
 * @domain: a domain at the source
 * @dconnuri: the destination's connection URI as the source host sees it; NULL without VIR_MIGRATE_PEER2PEER
 * @miguri: where the source's hypervisor connects, NULL: what the destination says
 * @dxml: definition for the destination, NULL: as it is
 * @flags: virDomainMigrateFlags
 * @dname: name of the domain at the destination, NULL: as it is
 * @bandwidth: limit in MiB/s, 0: the domain's own
 *
 * As virDomainMigrateToURI(), with all addresses told apart.
 *
 * Returns 0, or -1.
 *
 * Since: 0.9.2
 */
int
virDomainMigrateToURI2(virDomainPtr domain, const char *dconnuri, const char *miguri, const char *dxml,
                       unsigned long flags, const char *dname, unsigned long bandwidth)
{
    ApiCall call = API_DOMAIN(domain);

    api_trace(&call, "dconnuri=%s, miguri=%s, flags=0x%lx, dname=%s, bandwidth=%lu", dconnuri, miguri, flags, dname,
              bandwidth);
    return migrate_old(&call, dconnuri, flags, &(MigOldArgs){ miguri, dname, dxml, bandwidth });
}

/**
 * virDomainMigrateToURI3:
 * @domain: a domain at the source
 * @dconnuri: the destination's connection URI as the source host sees it; NULL without VIR_MIGRATE_PEER2PEER
 * @params: VIR_MIGRATE_PARAM_*, or NULL
 * @nparams: their number
 * @flags: virDomainMigrateFlags
 *
 * As virDomainMigrateToURI(), with everything that can be tuned in @params.
 *
 * Returns 0, or -1.
 *
 * Since: 1.1.0
 */
int
virDomainMigrateToURI3(virDomainPtr domain, const char *dconnuri, virTypedParameterPtr params, unsigned int nparams,
                       unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    Params list = { params, (int)nparams };

    api_trace(&call, "dconnuri=%s, nparams=%u, flags=0x%x", dconnuri, nparams, flags);
    if (call.err || !migrate_check_writable(&call, call.conn) || !migrate_check_array(&call, params, nparams) ||
        !migrate_check_flags(&call, flags, &list) || !migrate_from_source(&call, dconnuri, &list, flags))
        return api_fail(&call);
    return 0;
}
