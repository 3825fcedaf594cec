/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include <string.h>

#include "api/rim.h"
#include "util/err.h"

/**
 * virDomainGetXMLDesc:
 * @domain: a domain
 * @flags: virDomainXMLFlags
 *
 * Returns the domain's <domain> document, freed by the caller, or NULL: VIR_ERR_OPERATION_DENIED when a read-only
 * connection asks for VIR_DOMAIN_XML_SECURE or VIR_DOMAIN_XML_MIGRATABLE.
 *
 * Since: 0.0.3; procedure 14
 */
char *
virDomainGetXMLDesc(virDomainPtr domain, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    TextOut out = { 0 };

    api_trace(&call, "flags=0x%x", flags);
    return api_domain_verb(&call, VERB_domain_get_xml_desc, flags, &out) ? out.text : api_fail_null(&call);
}

/**
 * virConnectDomainXMLToNative:
 * @conn: a connection
 * @nativeFormat: "qemu-argv"
 * @domainXml: a <domain> document
 * @flags: none yet: 0
 *
 * Returns the command line that the hypervisor would be started with, freed by the caller, or NULL.
 *
 * Since: 0.6.4; procedure 136
 */
char *
virConnectDomainXMLToNative(virConnectPtr conn, const char *nativeFormat, const char *domainXml, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    XmlToNativeIn in = { (char *)nativeFormat, (char *)domainXml, flags };
    TextOut out = { 0 };

    if (!api_need(&call, nativeFormat) || !api_need(&call, domainXml)
        || !api_verb(&call, VERB_connect_domain_xml_to_native, &in, &out))
        return api_fail_null(&call);
    return out.text;
}

/**
 * virConnectGetDomainCapabilities:
 * @conn: a connection
 * @emulatorbin: path of the hypervisor binary, or NULL
 * @arch: architecture of the guest, or NULL
 * @machine: machine type, or NULL
 * @virttype: "kvm", "qemu", or NULL
 * @flags: none yet: 0
 *
 * NULL stands for the default that goes with the others.
 *
 * Returns a <domainCapabilities> document about what such a guest can be given, freed by the caller, or NULL. Refused
 * on read-only connections, because it may run @emulatorbin.
 *
 * Since: 1.2.7; procedure 342
 */
char *
virConnectGetDomainCapabilities(virConnectPtr conn, const char *emulatorbin, const char *arch, const char *machine,
                                const char *virttype, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    DomCapsIn in = { (char *)emulatorbin, (char *)arch, (char *)machine, (char *)virttype, flags };
    TextOut out = { 0 };

    return api_verb(&call, VERB_connect_get_domain_capabilities, &in, &out) ? out.text : api_fail_null(&call);
}

/* A title is one line; title and description are no XML of their own; an element has a namespace. */
static bool
check_metadata(ApiCall *call, const SetMetadataIn *in)
{
    if (call->err)
        return false;
    switch (in->type) {
    case VIR_DOMAIN_METADATA_TITLE:
        if (in->metadata && strchr(in->metadata, '\n'))
            return api_refuse_argument(call, "metadata", "%s", _("metadata title can't contain newlines"));
        G_GNUC_FALLTHROUGH;
    case VIR_DOMAIN_METADATA_DESCRIPTION:
        if (in->uri || in->key)
            return api_refuse_argument(call, in->uri ? "uri" : "key", _("%s in %s must be NULL"), in->uri ? "uri" : "key",
                                       call->function);
        return true;
    case VIR_DOMAIN_METADATA_ELEMENT:
        return api_check_pointer(call, in->uri, "uri") && (!in->metadata || api_check_pointer(call, in->key, "key"));
    default:
        /* the driver may know more than we do */
        return true;
    }
}

/**
 * virDomainSetMetadata:
 * @domain: a domain
 * @type: virDomainMetadataType
 * @metadata: a text, or for VIR_DOMAIN_METADATA_ELEMENT an XML element; NULL: remove it
 * @key: namespace prefix for a new element; else NULL
 * @uri: namespace of the element; else NULL
 * @flags: virDomainModificationImpact
 *
 * Returns 0, or -1.
 *
 * Since: 0.9.10; procedure 264
 */
int
virDomainSetMetadata(virDomainPtr domain, int type, const char *metadata, const char *key, const char *uri,
                     unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    SetMetadataIn in = {
        .type = type,
        .metadata = (char *)metadata,
        .key = (char *)key,
        .uri = (char *)uri,
        .flags = flags,
    };

    if (!check_metadata(&call, &in))
        return api_fail(&call);
    in.dom = api_dom_ref(domain);
    return api_verb(&call, VERB_domain_set_metadata, &in, NULL) ? 0 : api_fail(&call);
}

/**
 * virDomainGetMetadata:
 * @domain: a domain
 * @type: virDomainMetadataType
 * @uri: namespace of the element for VIR_DOMAIN_METADATA_ELEMENT; else NULL
 * @flags: virDomainModificationImpact
 *
 * Returns the text or the element, freed by the caller, or NULL: VIR_ERR_NO_DOMAIN_METADATA when there is none.
 *
 * Since: 0.9.10; procedure 265
 */
char *
virDomainGetMetadata(virDomainPtr domain, int type, const char *uri, unsigned int flags)
{
    ApiCall call = API_DOMAIN(domain);
    SetMetadataIn check = { .type = type, .uri = (char *)uri };
    GetMetadataIn in = { .type = type, .uri = (char *)uri, .flags = flags };
    TextOut out = { 0 };

    if (!check_metadata(&call, &check) || !api_exclusive(&call, flags, VIR_DOMAIN_AFFECT_LIVE, VIR_DOMAIN_AFFECT_CONFIG))
        return api_fail_null(&call);
    in.dom = api_dom_ref(domain);
    return api_verb(&call, VERB_domain_get_metadata, &in, &out) ? out.text : api_fail_null(&call);
}
