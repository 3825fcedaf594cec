/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-domain.h>

#include "api/migrate-args.h"
#include "api/migrate-run.h"
#include "api/verb.h"
#include "model/params.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

/* The older calls may be told to let the hosts do it between themselves; the caller still gets the domain. `peer` is the
 * destination as the source host sees it, NULL: by the URI of our own connection. */
static virDomainPtr
migrate_between_hosts(ApiCall *call, virConnectPtr dconn, const char *peer, guint32 flags, const Params *params)
{
    const virTypedParameter *dname = params_find(params, VIR_MIGRATE_PARAM_DEST_NAME);
    char *uri = peer ? strdup(peer) : virConnectGetURI(dconn);
    TextIn in = { dname ? dname->value.s : call->domain->ref.name };
    DomOut found = { 0 };
    bool ok;

    if (uri == NULL)
        return fail_null(&call->err, VIR_ERR_INTERNAL_ERROR, _("the destination does not tell its URI"));
    ok = migrate_from_source(call, uri, params, flags);
    free(uri);
    if (!ok || !verb_call(dconn, VERB_domain_lookup_by_name, &in, &found, &call->err))
        return NULL;
    return api_take_domain(dconn, &found.dom);
}

static virDomainPtr
migrate_old(ApiCall *call, virConnectPtr dconn, const char *peer, unsigned long flags, const MigOldArgs *args)
{
    Params params = { 0 };
    virDomainPtr landed = NULL;

    mig_args_to_params(args, &params);
    if (!migrate_check_dest(call, dconn) || !migrate_check_flags(call, flags, &params)) {
        /* the call has its error */
    } else if (flags & VIR_MIGRATE_PEER2PEER) {
        landed = migrate_between_hosts(call, dconn, peer, (guint32)flags, &params);
    } else if (flags & VIR_MIGRATE_TUNNELLED) {
        fail(&call->err, VIR_ERR_OPERATION_INVALID,
             _("cannot perform tunnelled migration without using peer2peer flag"));
    } else {
        landed = migrate_managed(call, dconn, &params, (guint32)flags, true);
    }
    params_clear(&params);
    return landed ? landed : api_fail_null(call);
}

/**
 * virDomainMigrate:
 * @domain: a domain at the source
 * @dconn: a connection to the destination
 * @flags: virDomainMigrateFlags
 * @dname: name of the domain at the destination, NULL: as it is
 * @uri: where the source's hypervisor connects, NULL: what the destination says; with VIR_MIGRATE_PEER2PEER: the
 *       destination's connection URI as the source host sees it, NULL: @dconn's
 * @bandwidth: limit in MiB/s, 0: the domain's own
 *
 * Moves @domain to @dconn's host; this process asks both hosts for each step and returns when all is over. The same as
 * virDomainMigrate2() without XML, but for @uri. VIR_MIGRATE_TUNNELLED needs VIR_MIGRATE_PEER2PEER.
 *
 * Returns the domain at the destination, to be freed with virDomainFree(), or NULL: the guest is where it was, unless
 * the error says that the destination's last answer was lost. VIR_ERR_MIGRATE_UNSAFE: a disk or its cache does not allow
 * a safe migration; VIR_ERR_OPERATION_DENIED: one of the connections is read-only; VIR_ERR_NO_SUPPORT: the hosts have
 * no protocol in common.
 *
 * Since: 0.3.2
 */
virDomainPtr
virDomainMigrate(virDomainPtr domain, virConnectPtr dconn, unsigned long flags, const char *dname, const char *uri,
                 unsigned long bandwidth)
{
    ApiCall call = API_DOMAIN(domain);
    bool p2p = flags & VIR_MIGRATE_PEER2PEER;

    api_trace(&call, "flags=0x%lx, dname=%s, uri=%s, bandwidth=%lu", flags, dname, uri, bandwidth);
    return migrate_old(&call, dconn, p2p ? uri : NULL, flags, &(MigOldArgs){ p2p ? NULL : uri, dname, NULL, bandwidth });
}

/**
 * virDomainMigrate2:
 * @domain: a domain at the source
 * @dconn: a connection to the destination
 * @dxml: definition for the destination, NULL: as it is; what the guest sees must be the same
 * @flags: virDomainMigrateFlags
 * @dname: name of the domain at the destination, NULL: as it is
 * @uri: where the source's hypervisor connects, NULL: what the destination says
 * @bandwidth: limit in MiB/s, 0: the domain's own
 *
 * As virDomainMigrate().
 *
 * Returns the domain at the destination, or NULL; VIR_ERR_CONFIG_UNSUPPORTED: @dxml describes another machine.
 *
 * Since: 0.9.2
 */
virDomainPtr
virDomainMigrate2(virDomainPtr domain, virConnectPtr dconn, const char *dxml, unsigned long flags, const char *dname,
                  const char *uri, unsigned long bandwidth)
{
    ApiCall call = API_DOMAIN(domain);

    api_trace(&call, "flags=0x%lx, dname=%s, uri=%s, bandwidth=%lu", flags, dname, uri, bandwidth);
    return migrate_old(&call, dconn, NULL, flags, &(MigOldArgs){ uri, dname, dxml, bandwidth });
}

/* This call is for managed migration only. */
static bool
check_managed(ApiCall *call, guint32 flags)
{
    if (flags & VIR_MIGRATE_PEER2PEER)
        return migrate_refuse(call, VIR_ERR_INVALID_ARG, _("use virDomainMigrateToURI3 for peer-to-peer migration"));
    if (flags & VIR_MIGRATE_TUNNELLED)
        return migrate_refuse(call, VIR_ERR_INVALID_ARG,
                              _("cannot perform tunnelled migration without using peer2peer flag"));
    return true;
}

/**
 * virDomainMigrate3:
 * @domain: a domain at the source
 * @dconn: a connection to the destination
 * @params: VIR_MIGRATE_PARAM_*, or NULL
 * @nparams: their number
 * @flags: virDomainMigrateFlags; neither VIR_MIGRATE_PEER2PEER nor VIR_MIGRATE_TUNNELLED
 *
 * As virDomainMigrate(), with everything that can be tuned in @params. Where one of the hosts does not take
 * typed parameters, only those are possible that virDomainMigrate2() has arguments for.
 *
 * Returns the domain at the destination, or NULL; VIR_ERR_ARGUMENT_UNSUPPORTED: a parameter or flag that a host does
 * not know; VIR_ERR_INVALID_ARG: a bad value or combination, or a flag of virDomainMigrateToURI3().
 *
 * Since: 1.1.0
 */
virDomainPtr
virDomainMigrate3(virDomainPtr domain, virConnectPtr dconn, virTypedParameterPtr params, unsigned int nparams,
                  unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    Params list = { params, (int)nparams };
    virDomainPtr landed = NULL;

    api_trace(&call, "nparams=%u, flags=0x%x", nparams, flags);
    if (!migrate_check_dest(&call, dconn) || !migrate_check_array(&call, params, nparams) ||
        !check_managed(&call, flags) || !migrate_check_flags(&call, flags, &list))
        return api_fail_null(&call);
    landed = migrate_managed(&call, dconn, &list, flags, false);
    return landed ? landed : api_fail_null(&call);
}
