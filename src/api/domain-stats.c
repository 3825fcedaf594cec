/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-domain.h>

#include "api/rim.h"
#include "util/err.h"

static void
record_free(virDomainStatsRecordPtr record)
{
    Params params = { record->params, record->nparams };

    params_clear(&params);
    if (record->dom)
        domain_unref(record->dom);
    g_free(record);
}

static virDomainStatsRecordPtr
record_new(virConnectPtr conn, DomStatsRecord *from)
{
    virDomainStatsRecordPtr record = g_new0(virDomainStatsRecord, 1);

    record->dom = api_take_domain(conn, &from->dom);
    record->params = from->params.v;
    record->nparams = from->params.n;
    return record;
}

static int
get_stats(ApiCall *call, const DomStatsIn *in, virDomainStatsRecordPtr **ret_list)
{
    DomStatsOut out = { 0 };
    virDomainStatsRecordPtr *list;

    if (!api_verb(call, VERB_connect_get_all_domain_stats, in, &out))
        return api_fail(call);
    list = g_new0(virDomainStatsRecordPtr, out.n + 1);
    for (guint i = 0; i < out.n; i++)
        list[i] = record_new(call->conn, &out.v[i]);
    g_free(out.v);
    *ret_list = list;
    return (int)out.n;
}

/**
 * virConnectGetAllDomainStats:
 * @conn: a connection
 * @stats: virDomainStatsTypes; 0: all that the hypervisor knows
 * @retStats: set to a NULL-terminated list, freed with virDomainStatsRecordListFree()
 * @flags: virConnectGetAllDomainStatsFlags: which domains, and how
 *
 * Returns the number of records, or -1.
 *
 * Since: 1.2.8; procedure 344
 */
int
virConnectGetAllDomainStats(virConnectPtr conn, unsigned int stats, virDomainStatsRecordPtr **retStats,
                            unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    DomStatsIn in = { .stats = stats, .flags = flags };

    api_trace(&call, "stats=0x%x, flags=0x%x", stats, flags);
    return api_need(&call, retStats) ? get_stats(&call, &in, retStats) : api_fail(&call);
}

/* All of one connection, which becomes the call's. */
static bool
collect(ApiCall *call, virDomainPtr *doms, GArray *refs)
{
    if (!*doms)
        return api_refuse(call, VIR_ERR_INVALID_ARG, _("doms array in %s must contain at least one domain"),
                          call->function);
    for (; *doms; doms++) {
        DomRef ref;

        if (!domain_is_valid(*doms)) {
            verr_set(&call->err, VIR_FROM_DOM, VIR_ERR_INVALID_DOMAIN, "%s", call->function);
            return false;
        }
        if (call->conn && call->conn != (*doms)->conn)
            return api_refuse_argument(call, "doms",
                                       _("domains in 'doms' array must belong to a single connection"));
        call->conn = (*doms)->conn;
        ref = api_dom_ref(*doms);
        g_array_append_val(refs, ref);
    }
    return true;
}

/**
 * virDomainListGetStats:
 * @doms: NULL-terminated list of domains of one connection
 * @stats: as in virConnectGetAllDomainStats()
 * @retStats: as in virConnectGetAllDomainStats()
 * @flags: as in virConnectGetAllDomainStats()
 *
 * Returns the number of records, or -1.
 *
 * Since: 1.2.8; procedure 344
 */
int
virDomainListGetStats(virDomainPtr *doms, unsigned int stats, virDomainStatsRecordPtr **retStats, unsigned int flags)
{
    ApiCall call = API_PLAIN();
    g_autoptr(GArray) refs = g_array_new(FALSE, FALSE, sizeof(DomRef));
    DomStatsIn in = { .stats = stats, .flags = flags };

    if (!api_need(&call, doms) || !api_need(&call, retStats) || !collect(&call, doms, refs))
        return api_fail(&call);
    in.doms = (DomRefList){ (DomRef *)(void *)refs->data, refs->len };
    return get_stats(&call, &in, retStats);
}

/**
 * virDomainStatsRecordListFree:
 * @stats: what virConnectGetAllDomainStats() or virDomainListGetStats() returned, or NULL
 *
 * Since: 1.2.8
 */
void
virDomainStatsRecordListFree(virDomainStatsRecordPtr *stats)
{
    for (virDomainStatsRecordPtr *at = stats; at && *at; at++)
        record_free(*at);
    g_free(stats);
}

/**
 * virDomainMemoryStats:
 * @dom: a running domain
 * @stats: room for @nr_stats values; NULL: none are asked for
 * @nr_stats: how many at most; VIR_DOMAIN_MEMORY_STAT_NR leaves room for all
 * @flags: none yet: 0
 *
 * Returns how many were filled, or -1.
 *
 * Since: 0.7.5; procedure 159; QMP query-balloon, qom-get guest-stats
 */
int
virDomainMemoryStats(virDomainPtr dom, virDomainMemoryStatPtr stats, unsigned int nr_stats, unsigned int flags)
{
    ApiCall call = API_DOMAIN(dom);
    MemStatsIn in = { .max = nr_stats, .flags = flags };
    MemStatsOut out = { 0 };
    guint n;

    if (call.err)
        return api_fail(&call);
    if (!stats || !nr_stats)
        return 0;
    in.dom = api_dom_ref(dom);
    if (!api_verb(&call, VERB_domain_memory_stats, &in, &out))
        return api_fail(&call);
    n = MIN(out.n, nr_stats);
    for (guint i = 0; i < n; i++)
        stats[i] = (virDomainMemoryStatStruct){ .tag = out.v[i].tag, .val = out.v[i].value };
    g_free(out.v);
    return (int)n;
}
