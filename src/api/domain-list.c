/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include "api/rim.h"
#include "model/dom-def.h"
#include "util/err.h"

static int
get_number(ApiCall *call, VerbId verb)
{
    NoneIn in = { 0 };
    I32Out out = { 0 };

    return api_verb(call, verb, &in, &out) ? out.value : api_fail(call);
}

/**
 * virConnectNumOfDomains:
 * @conn: a connection
 *
 * Returns the number of running domains, or -1.
 *
 * Since: 0.0.3; procedure 51
 */
int
virConnectNumOfDomains(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);

    return get_number(&call, VERB_connect_num_of_domains);
}

/**
 * virConnectNumOfDefinedDomains:
 * @conn: a connection
 *
 * Returns the number of domains that are defined but not running, or -1.
 *
 * Since: 0.1.5; procedure 25
 */
int
virConnectNumOfDefinedDomains(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);

    return get_number(&call, VERB_connect_num_of_defined_domains);
}

/**
 * virConnectListDomains:
 * @conn: a connection
 * @ids: room for @maxids numbers
 * @maxids: how many at most
 *
 * The ids of running domains. Others may start and stop meanwhile; virConnectListAllDomains() has no such trouble.
 *
 * Returns how many were filled, or -1.
 *
 * Since: 0.0.3; procedure 37
 */
int
virConnectListDomains(virConnectPtr conn, int *ids, int maxids)
{
    ApiCall call = API_CONN(conn);
    MaxIn in = { maxids };
    I32ListOut out = { 0 };
    int n;

    if (!api_need_not_negative(&call, maxids) || (maxids && !api_need(&call, ids))
        || !api_verb(&call, VERB_connect_list_domains, &in, &out))
        return api_fail(&call);
    n = (int)MIN(out.list.n, (guint)maxids);
    for (int i = 0; i < n; i++)
        ids[i] = out.list.v[i];
    g_free(out.list.v);
    return n;
}

/**
 * virConnectListDefinedDomains:
 * @conn: a connection
 * @names: room for @maxnames strings, each freed by the caller
 * @maxnames: how many at most
 *
 * The names of domains that are defined but not running.
 *
 * Returns how many were filled, or -1.
 *
 * Since: 0.1.1; procedure 21
 */
int
virConnectListDefinedDomains(virConnectPtr conn, char **const names, int maxnames)
{
    ApiCall call = API_CONN(conn);
    MaxIn in = { maxnames };
    StrListOut out = { 0 };
    int n;

    if (!api_need_not_negative(&call, maxnames) || (maxnames && !api_need(&call, names))
        || !api_verb(&call, VERB_connect_list_defined_domains, &in, &out))
        return api_fail(&call);
    n = (int)MIN(out.list.n, (guint)maxnames);
    for (int i = 0; i < n; i++)
        names[i] = g_steal_pointer(&out.list.v[i]);
    for (guint i = (guint)n; i < out.list.n; i++)
        g_free(out.list.v[i]);
    g_free(out.list.v);
    return n;
}

/**
 * virConnectListAllDomains:
 * @conn: a connection
 * @domains: set to a NULL-terminated list of handles, each freed with virDomainFree(), the list with free(); NULL:
 *           only count
 * @flags: virConnectListAllDomainsFlags; 0: all. Flags of one group (active or not, persistent or not, by state, by
 *         managed save, autostart, snapshots, checkpoints) widen what the group lets through; groups narrow each other
 *
 * All at one moment, unlike the older calls.
 *
 * Returns the number of domains, or -1.
 *
 * Since: 0.9.13; procedure 273
 */
int
virConnectListAllDomains(virConnectPtr conn, virDomainPtr **domains, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    ListAllIn in = { .need_results = domains != NULL, .flags = flags };
    DomListOut out = { 0 };
    virDomainPtr *list;

    api_trace(&call, "flags=0x%x", flags);
    if (domains)
        *domains = NULL;
    if (!api_verb(&call, VERB_connect_list_all_domains, &in, &out))
        return api_fail(&call);
    list = g_new0(virDomainPtr, out.doms.n + 1);
    for (guint i = 0; i < out.doms.n; i++)
        list[i] = api_take_domain(conn, &out.doms.v[i]);
    g_free(out.doms.v);
    if (!domains) {
        g_free(list);
        return (int)MIN(out.ret, G_MAXINT);
    }
    *domains = list;
    return (int)out.doms.n; /* whatever else the server counts: callers walk the list by it */
}

static virDomainPtr
look_up(ApiCall *call, VerbId verb, const void *in)
{
    DomOut out = { 0 };

    return api_verb(call, verb, in, &out) ? api_take_domain(call->conn, &out.dom) : api_fail_null(call);
}

/**
 * virDomainLookupByID:
 * @conn: a connection
 * @id: number of a running domain
 *
 * Returns a handle, freed with virDomainFree(), or NULL: VIR_ERR_NO_DOMAIN.
 *
 * Since: 0.0.3; procedure 22
 */
virDomainPtr
virDomainLookupByID(virConnectPtr conn, int id)
{
    ApiCall call = API_CONN(conn);
    I32In in = { id };

    return api_need_not_negative(&call, id) ? look_up(&call, VERB_domain_lookup_by_id, &in) : api_fail_null(&call);
}

/**
 * virDomainLookupByName:
 * @conn: a connection
 * @name: name of a domain
 *
 * Returns a handle, freed with virDomainFree(), or NULL: VIR_ERR_NO_DOMAIN.
 *
 * Since: 0.0.3; procedure 23
 */
virDomainPtr
virDomainLookupByName(virConnectPtr conn, const char *name)
{
    ApiCall call = API_CONN(conn);
    TextIn in = { (char *)name };

    return api_need(&call, name) ? look_up(&call, VERB_domain_lookup_by_name, &in) : api_fail_null(&call);
}

/**
 * virDomainLookupByUUID:
 * @conn: a connection
 * @uuid: VIR_UUID_BUFLEN bytes
 *
 * Returns a handle, freed with virDomainFree(), or NULL: VIR_ERR_NO_DOMAIN.
 *
 * Since: 0.0.5; procedure 24
 */
virDomainPtr
virDomainLookupByUUID(virConnectPtr conn, const unsigned char *uuid)
{
    ApiCall call = API_CONN(conn);
    UuidIn in;

    if (!api_need(&call, uuid))
        return api_fail_null(&call);
    memcpy(in.uuid, uuid, sizeof(in.uuid));
    return look_up(&call, VERB_domain_lookup_by_uuid, &in);
}

/**
 * virDomainLookupByUUIDString:
 * @conn: a connection
 * @uuidstr: a UUID as text, with or without hyphens
 *
 * Returns a handle, freed with virDomainFree(), or NULL: VIR_ERR_NO_DOMAIN, VIR_ERR_INVALID_ARG.
 *
 * Since: 0.1.1; procedure 24
 */
virDomainPtr
virDomainLookupByUUIDString(virConnectPtr conn, const char *uuidstr)
{
    ApiCall call = API_CONN(conn);
    UuidIn in;

    if (!api_need(&call, uuidstr))
        return api_fail_null(&call);
    if (!dom_uuid_parse(uuidstr, in.uuid)) {
        api_refuse_argument(&call, "uuidstr", "%s", _("Invalid UUID"));
        return api_fail_null(&call);
    }
    return look_up(&call, VERB_domain_lookup_by_uuid, &in);
}
