/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include "api/rim.h"
#include "util/err.h"

static int
set_value(ApiCall *call, VerbId verb, guint64 value, unsigned int flags)
{
    DomainU64In in = { .value = value, .flags = flags };

    api_trace(call, "value=%" G_GUINT64_FORMAT ", flags=0x%x", value, flags);
    if (!call->err)
        in.dom = api_dom_ref(call->domain);
    return api_verb(call, verb, &in, NULL) ? 0 : api_fail(call);
}

static bool
get_value(ApiCall *call, VerbId verb, unsigned int flags, guint64 *ret)
{
    U64Out out = { 0 };

    if (!api_domain_verb(call, verb, flags, &out))
        return false;
    *ret = out.value;
    return true;
}

/**
 * virDomainMigrateSetMaxDowntime:
 * @domain: a domain, migrating or not
 * @downtime: milliseconds
 * @flags: none yet: 0
 *
 * How long the guest may stand still while a live migration hands it over.
 *
 * Returns 0, or -1.
 *
 * Since: 0.8.0; procedure 166; QMP migrate-set-parameters downtime-limit
 */
int
virDomainMigrateSetMaxDowntime(virDomainPtr domain, unsigned long long downtime, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return set_value(&call, VERB_migrate_set_max_downtime, downtime, flags);
}

/**
 * virDomainMigrateGetMaxDowntime:
 * @domain: a domain
 * @downtime: set to milliseconds
 * @flags: none yet: 0
 *
 * Returns 0, or -1.
 *
 * Since: 3.7.0; procedure 387; QMP query-migrate-parameters
 */
int
virDomainMigrateGetMaxDowntime(virDomainPtr domain, unsigned long long *downtime, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    guint64 value = 0;

    if (!api_need(&call, downtime) || !get_value(&call, VERB_migrate_get_max_downtime, flags, &value))
        return api_fail(&call);
    *downtime = value;
    return 0;
}

/**
 * virDomainMigrateSetMaxSpeed:
 * @domain: a domain, migrating or not
 * @bandwidth: MiB/s
 * @flags: virDomainMigrateMaxSpeedFlags
 *
 * How fast a migration may send.
 *
 * Returns 0, or -1: VIR_ERR_OVERFLOW when the number is too large for the hypervisor.
 *
 * Since: 0.9.0; procedure 207; QMP migrate-set-parameters max-bandwidth
 */
int
virDomainMigrateSetMaxSpeed(virDomainPtr domain, unsigned long bandwidth, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return set_value(&call, VERB_migrate_set_max_speed, bandwidth, flags);
}

/**
 * virDomainMigrateGetMaxSpeed:
 * @domain: a domain
 * @bandwidth: set to MiB/s
 * @flags: virDomainMigrateMaxSpeedFlags
 *
 * Returns 0, or -1.
 *
 * Since: 0.9.5; procedure 242
 */
int
virDomainMigrateGetMaxSpeed(virDomainPtr domain, unsigned long *bandwidth, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    guint64 value = 0;

    if (!api_need(&call, bandwidth) || !get_value(&call, VERB_migrate_get_max_speed, flags, &value))
        return api_fail(&call);
    *bandwidth = (unsigned long)value;
    return 0;
}

/**
 * virDomainMigrateSetCompressionCache:
 * @domain: a domain, migrating or not
 * @cacheSize: bytes
 * @flags: none yet: 0
 *
 * How much memory VIR_MIGRATE_COMPRESSED may use to remember pages that were sent.
 *
 * Returns 0, or -1.
 *
 * Since: 1.0.3; procedure 300; QMP migrate-set-parameters xbzrle-cache-size
 */
int
virDomainMigrateSetCompressionCache(virDomainPtr domain, unsigned long long cacheSize, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return set_value(&call, VERB_migrate_set_compression_cache, cacheSize, flags);
}

/**
 * virDomainMigrateGetCompressionCache:
 * @domain: a domain
 * @cacheSize: set to bytes
 * @flags: none yet: 0
 *
 * Returns 0, or -1.
 *
 * Since: 1.0.3; procedure 299; QMP query-migrate-parameters
 */
int
virDomainMigrateGetCompressionCache(virDomainPtr domain, unsigned long long *cacheSize, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    guint64 value = 0;

    if (!api_need(&call, cacheSize) || !get_value(&call, VERB_migrate_get_compression_cache, flags, &value))
        return api_fail(&call);
    *cacheSize = value;
    return 0;
}

/**
 * virDomainMigrateStartPostCopy:
 * @domain: a domain that is being migrated with VIR_MIGRATE_POSTCOPY
 * @flags: none yet: 0
 *
 * Lets the guest run at the destination now, fetching what memory is still missing as it needs it. There is no way
 * back from then on.
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_INVALID when it is not being migrated so.
 *
 * Since: 1.3.3; procedure 364; QMP migrate-start-postcopy
 */
int
virDomainMigrateStartPostCopy(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return api_domain_verb(&call, VERB_migrate_start_postcopy, flags, NULL) ? 0 : api_fail(&call);
}
