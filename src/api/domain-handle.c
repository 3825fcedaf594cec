/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include <string.h>

#include "api/rim.h"
#include "model/dom-def.h"
#include "util/err.h"

/* What a handle knows by itself; nobody is asked here. */

/**
 * virDomainRef:
 * @domain: a domain
 *
 * One more reference, for one more virDomainFree().
 *
 * Returns 0, or -1: VIR_ERR_INVALID_DOMAIN.
 *
 * Since: 0.6.0
 */
int
virDomainRef(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    if (call.err)
        return api_fail(&call);
    domain_ref(domain);
    return 0;
}

/**
 * virDomainFree:
 * @domain: a domain
 *
 * Gives the handle back; the domain itself is not touched.
 *
 * Returns 0, or -1: VIR_ERR_INVALID_DOMAIN.
 *
 * Since: 0.0.3
 */
int
virDomainFree(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    if (call.err)
        return api_fail(&call);
    domain_unref(domain);
    return 0;
}

/**
 * virDomainGetConnect:
 * @dom: a domain
 *
 * Returns the domain's connection without a new reference, or NULL: VIR_ERR_INVALID_DOMAIN.
 *
 * Since: 0.3.0
 */
virConnectPtr
virDomainGetConnect(virDomainPtr dom)
{
    ApiCall call = API_DOMAIN(dom);

    return call.err ? api_fail_null(&call) : call.conn;
}

/**
 * virDomainGetName:
 * @domain: a domain
 *
 * Returns its name, valid as long as the handle, or NULL: VIR_ERR_INVALID_DOMAIN.
 *
 * Since: 0.0.3
 */
const char *
virDomainGetName(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    return call.err ? api_fail_null(&call) : domain->ref.name;
}

/**
 * virDomainGetID:
 * @domain: a domain
 *
 * Returns the number of the running domain as far as the handle knows; (unsigned int)-1 when it was not running, and
 * on error.
 *
 * Since: 0.0.3
 */
unsigned int
virDomainGetID(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    return (unsigned int)(call.err ? api_fail(&call) : g_atomic_int_get(&domain->ref.id));
}

/**
 * virDomainGetUUID:
 * @domain: a domain
 * @uuid: room for VIR_UUID_BUFLEN bytes
 *
 * Returns 0, or -1.
 *
 * Since: 0.0.5
 */
int
virDomainGetUUID(virDomainPtr domain, unsigned char *uuid)
{
    ApiCall call = API_DOMAIN(domain);

    if (!api_need(&call, uuid))
        return api_fail(&call);
    memcpy(uuid, domain->ref.uuid, VIR_UUID_BUFLEN);
    return 0;
}

/**
 * virDomainGetUUIDString:
 * @domain: a domain
 * @buf: room for VIR_UUID_STRING_BUFLEN characters
 *
 * Returns 0, or -1.
 *
 * Since: 0.1.1
 */
int
virDomainGetUUIDString(virDomainPtr domain, char *buf)
{
    ApiCall call = API_DOMAIN(domain);

    if (!api_need(&call, buf))
        return api_fail(&call);
    dom_uuid_format(domain->ref.uuid, buf);
    return 0;
}
