/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include "api/rim.h"
#include "util/err.h"

static virDomainPtr
from_xml(ApiCall *call, VerbId verb, const char *xml, unsigned int flags)
{
    XmlIn in = { (char *)xml, flags };
    DomOut out = { 0 };

    api_trace(call, "flags=0x%x", flags);
    if (!api_verb(call, verb, &in, &out))
        return api_fail_null(call);
    return api_take_domain(call->conn, &out.dom);
}

/* Verbs that answer nothing. */
static int
act(ApiCall *call, VerbId verb, unsigned int flags)
{
    if (flags)
        api_trace(call, "flags=0x%x", flags);
    return api_domain_verb(call, verb, flags, NULL) ? 0 : api_fail(call);
}

/**
 * virDomainDefineXML:
 * @conn: a connection
 * @xml: a <domain> document
 *
 * virDomainDefineXMLFlags() without flags.
 *
 * Returns a handle, freed with virDomainFree(), or NULL.
 *
 * Since: 0.1.1; procedure 11
 */
virDomainPtr
virDomainDefineXML(virConnectPtr conn, const char *xml)
{
    ApiCall call = API_CONN(conn);

    return api_need(&call, xml) ? from_xml(&call, VERB_domain_define_xml, xml, 0) : api_fail_null(&call);
}

/**
 * virDomainDefineXMLFlags:
 * @conn: a connection
 * @xml: a <domain> document
 * @flags: virDomainDefineFlags
 *
 * Makes a persistent definition, or replaces the one with the same UUID; a running domain takes it up when it is
 * started next.
 *
 * Returns a handle, freed with virDomainFree(), or NULL: VIR_ERR_XML_ERROR, VIR_ERR_CONFIG_UNSUPPORTED for what this
 * host cannot give, VIR_ERR_OPERATION_FAILED when name and UUID belong to two different domains.
 *
 * Since: 1.2.12; procedure 350
 */
virDomainPtr
virDomainDefineXMLFlags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    ApiCall call = API_CONN(conn);

    return api_need(&call, xml) ? from_xml(&call, VERB_domain_define_xml, xml, flags) : api_fail_null(&call);
}

/**
 * virDomainCreateXML:
 * @conn: a connection
 * @xmlDesc: a <domain> document
 * @flags: virDomainCreateFlags
 *
 * Starts a domain without defining it: it is gone when it stops.
 *
 * Returns a handle, freed with virDomainFree(), or NULL.
 *
 * Since: 0.5.0; procedure 10
 */
virDomainPtr
virDomainCreateXML(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    ApiCall call = API_CONN(conn);

    return api_need(&call, xmlDesc) ? from_xml(&call, VERB_domain_create_xml, xmlDesc, flags) : api_fail_null(&call);
}

/**
 * virDomainCreateLinux:
 * @conn: a connection
 * @xmlDesc: a <domain> document
 * @flags: virDomainCreateFlags
 *
 * The older name of virDomainCreateXML().
 *
 * Since: 0.0.3; procedure 10
 */
virDomainPtr
virDomainCreateLinux(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    ApiCall call = API_CONN(conn);

    return api_need(&call, xmlDesc) ? from_xml(&call, VERB_domain_create_xml, xmlDesc, flags) : api_fail_null(&call);
}

static int
start(ApiCall *call, unsigned int flags)
{
    DomOut out = { 0 };

    api_trace(call, "flags=0x%x", flags);
    if (!api_domain_verb(call, VERB_domain_create, flags, &out))
        return api_fail(call);
    g_atomic_int_set(&call->domain->ref.id, out.dom.id);
    dom_ref_clear(&out.dom);
    return 0;
}

/**
 * virDomainCreate:
 * @domain: a defined domain that does not run
 *
 * virDomainCreateWithFlags() without flags.
 *
 * Returns 0, or -1.
 *
 * Since: 0.1.1; procedure 9, then 24 for the id
 */
int
virDomainCreate(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    return start(&call, 0);
}

/**
 * virDomainCreateWithFlags:
 * @domain: a defined domain that does not run
 * @flags: virDomainCreateFlags
 *
 * Starts it. The handle learns the new id.
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_INVALID when it runs already.
 *
 * Since: 0.8.2; procedure 196
 */
int
virDomainCreateWithFlags(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return start(&call, flags);
}

/**
 * virDomainSuspend:
 * @domain: a running domain
 *
 * Stops its CPUs; memory and devices stay as they are.
 *
 * Returns 0, also when it is paused already, or -1.
 *
 * Since: 0.0.3; procedure 34; QMP stop
 */
int
virDomainSuspend(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    return act(&call, VERB_domain_suspend, 0);
}

/**
 * virDomainResume:
 * @domain: a paused domain
 *
 * Lets its CPUs run again. Refused for a domain of which it is in doubt whether another host runs it.
 *
 * Returns 0, also when it runs already, or -1.
 *
 * Since: 0.0.3; procedure 28; QMP cont
 */
int
virDomainResume(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    return act(&call, VERB_domain_resume, 0);
}

/**
 * virDomainShutdown:
 * @domain: a running domain
 *
 * virDomainShutdownFlags() without flags.
 *
 * Returns 0, or -1.
 *
 * Since: 0.0.3; procedure 33; QMP system_powerdown
 */
int
virDomainShutdown(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    return act(&call, VERB_domain_shutdown, 0);
}

/**
 * virDomainShutdownFlags:
 * @domain: a running domain
 * @flags: virDomainShutdownFlagValues; 0: as the hypervisor thinks best
 *
 * Asks the guest to power off, which it may ignore; the call does not wait for it.
 *
 * Returns 0 when it was asked, or -1.
 *
 * Since: 0.9.10; procedure 258; QMP system_powerdown
 */
int
virDomainShutdownFlags(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return act(&call, VERB_domain_shutdown, flags);
}

/**
 * virDomainReboot:
 * @domain: a running domain
 * @flags: virDomainRebootFlagValues; 0: as the hypervisor thinks best
 *
 * Asks the guest to reboot; the call does not wait for it.
 *
 * Returns 0 when it was asked, or -1.
 *
 * Since: 0.1.0; procedure 27
 */
int
virDomainReboot(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return act(&call, VERB_domain_reboot, flags);
}

/**
 * virDomainReset:
 * @domain: a running domain
 * @flags: none yet: 0
 *
 * Presses the reset button: the guest is not asked.
 *
 * Returns 0, or -1.
 *
 * Since: 0.9.7; procedure 245; QMP system_reset
 */
int
virDomainReset(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return act(&call, VERB_domain_reset, flags);
}

static int
destroy(ApiCall *call, unsigned int flags)
{
    int ret = act(call, VERB_domain_destroy, flags);

    if (ret == 0)
        g_atomic_int_set(&call->domain->ref.id, -1);
    return ret;
}

/**
 * virDomainDestroy:
 * @domain: a running domain
 *
 * virDomainDestroyFlags() without flags.
 *
 * Returns 0, or -1.
 *
 * Since: 0.0.3; procedure 12
 */
int
virDomainDestroy(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    return destroy(&call, 0);
}

/**
 * virDomainDestroyFlags:
 * @domain: a running domain
 * @flags: virDomainDestroyFlagsValues
 *
 * Pulls the plug: the hypervisor process ends, and with it whatever the guest had not written. The handle stays
 * valid; a domain without definition is gone.
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_INVALID when it does not run.
 *
 * Since: 0.9.4; procedure 234
 */
int
virDomainDestroyFlags(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return destroy(&call, flags);
}

/**
 * virDomainUndefine:
 * @domain: a defined domain
 *
 * virDomainUndefineFlags() without flags.
 *
 * Returns 0, or -1.
 *
 * Since: 0.1.1; procedure 35
 */
int
virDomainUndefine(virDomainPtr domain)
{
    ApiCall call = API_DOMAIN(domain);

    return act(&call, VERB_domain_undefine, 0);
}

/**
 * virDomainUndefineFlags:
 * @domain: a defined domain
 * @flags: virDomainUndefineFlagsValues: what else may go
 *
 * Removes the definition; a running domain runs on, without one.
 *
 * Returns 0, or -1: VIR_ERR_OPERATION_INVALID when there is something that must be named in @flags first.
 *
 * Since: 0.9.4; procedure 231
 */
int
virDomainUndefineFlags(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);

    return act(&call, VERB_domain_undefine, flags);
}
