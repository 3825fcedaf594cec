/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt-host.h>

#include <string.h>

#include "api/rim.h"
#include "util/err.h"

/**
 * virNodeGetInfo:
 * @conn: a connection
 * @info: filled: memory in KiB, the rest counts
 *
 * Returns 0, or -1.
 *
 * Since: 0.1.0; procedure 6
 */
int
virNodeGetInfo(virConnectPtr conn, virNodeInfoPtr info)
{
    ApiCall call = API_CONN(conn);
    NoneIn in = { 0 };
    NodeInfoOut out = { 0 };

    if (!api_need(&call, info) || !api_verb(&call, VERB_node_get_info, &in, &out))
        return api_fail(&call);
    *info = out.info;
    info->model[sizeof(info->model) - 1] = '\0';
    return 0;
}

/**
 * virNodeGetFreeMemory:
 * @conn: a connection
 *
 * Returns the host's free memory in bytes, or 0 on error.
 *
 * Since: 0.3.3; procedure 102
 */
unsigned long long
virNodeGetFreeMemory(virConnectPtr conn)
{
    ApiCall call = API_CONN(conn);
    NoneIn in = { 0 };
    U64Out out = { 0 };

    if (api_verb(&call, VERB_node_get_free_memory, &in, &out))
        return out.value;
    api_fail(&call);
    return 0;
}

/**
 * virNodeGetCellsFreeMemory:
 * @conn: a connection
 * @freeMems: room for @maxCells numbers; filled with bytes
 * @startCell: first NUMA cell to ask about
 * @maxCells: how many at most
 *
 * Returns how many were filled, or -1.
 *
 * Since: 0.3.3; procedure 101
 */
int
virNodeGetCellsFreeMemory(virConnectPtr conn, unsigned long long *freeMems, int startCell, int maxCells)
{
    ApiCall call = API_CONN(conn);
    CellsIn in = { startCell, maxCells };
    U64ListOut out = { 0 };
    int n;

    if (!api_need(&call, freeMems) || !api_need_positive(&call, maxCells) || !api_need_not_negative(&call, startCell)
        || !api_verb(&call, VERB_node_get_cells_free_memory, &in, &out))
        return api_fail(&call);
    n = (int)MIN(out.list.n, (guint)maxCells);
    for (int i = 0; i < n; i++)
        freeMems[i] = out.list.v[i];
    g_free(out.list.v);
    return n;
}

static void
clear_stats(NodeStatsOut *out)
{
    for (guint i = 0; i < out->n; i++)
        g_free(out->v[i].field);
    g_free(out->v);
}

/* virNodeCPUStats and virNodeMemoryStats are the same but for their names. */
G_STATIC_ASSERT(sizeof(virNodeCPUStats) == sizeof(virNodeMemoryStats));
G_STATIC_ASSERT(offsetof(virNodeCPUStats, value) == offsetof(virNodeMemoryStats, value));

static int
get_stats(ApiCall *call, VerbId verb, const NodeStatsIn *in, virNodeCPUStatsPtr params, int *nparams)
{
    NodeStatsOut out = { 0 };
    guint n;

    if (!api_verb(call, verb, in, &out))
        return api_fail(call);
    n = MIN(out.n, (guint)in->nparams);
    for (guint i = 0; i < n; i++) {
        g_strlcpy(params[i].field, out.v[i].field, sizeof(params[i].field));
        params[i].value = out.v[i].value;
    }
    *nparams = in->nparams ? (int)n : out.nparams;
    clear_stats(&out);
    return 0;
}

static bool
check_stats_args(ApiCall *call, const void *params, const int *nparams)
{
    return api_need(call, nparams) && api_need_not_negative(call, *nparams)
           && (*nparams == 0 || api_need(call, params));
}

/**
 * virNodeGetCPUStats:
 * @conn: a connection
 * @cpuNum: a CPU, or VIR_NODE_CPU_STATS_ALL_CPUS
 * @params: room for *@nparams values
 * @nparams: with 0 set to the number of values there are; else set to the number filled
 * @flags: none yet: 0
 *
 * Returns 0, or -1.
 *
 * Since: 0.9.3; procedure 227
 */
int
virNodeGetCPUStats(virConnectPtr conn, int cpuNum, virNodeCPUStatsPtr params, int *nparams, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    NodeStatsIn in = { .which = cpuNum, .flags = flags };

    if (!check_stats_args(&call, params, nparams))
        return api_fail(&call);
    in.nparams = *nparams;
    return get_stats(&call, VERB_node_get_cpu_stats, &in, params, nparams);
}

/**
 * virNodeGetMemoryStats:
 * @conn: a connection
 * @cellNum: a NUMA cell, or VIR_NODE_MEMORY_STATS_ALL_CELLS
 * @params: room for *@nparams values
 * @nparams: as in virNodeGetCPUStats()
 * @flags: none yet: 0
 *
 * Returns 0, or -1.
 *
 * Since: 0.9.3; procedure 228
 */
int
virNodeGetMemoryStats(virConnectPtr conn, int cellNum, virNodeMemoryStatsPtr params, int *nparams,
                      unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    NodeStatsIn in = { .which = cellNum, .flags = flags };

    if (!check_stats_args(&call, params, nparams))
        return api_fail(&call);
    in.nparams = *nparams;
    return get_stats(&call, VERB_node_get_memory_stats, &in, (virNodeCPUStatsPtr)params, nparams);
}

/**
 * virNodeGetCPUMap:
 * @conn: a connection
 * @cpumap: set to a map of the CPUs that are online, freed by the caller; may be NULL
 * @online: set to how many are; may be NULL
 * @flags: none yet: 0
 *
 * Returns how many CPUs the host has, or -1.
 *
 * Since: 1.0.0; procedure 293
 */
int
virNodeGetCPUMap(virConnectPtr conn, unsigned char **cpumap, unsigned int *online, unsigned int flags)
{
    ApiCall call = API_CONN(conn);
    CpuMapIn in = { .need_map = cpumap != NULL, .need_online = online != NULL, .flags = flags };
    CpuMapOut out = { 0 };

    if (!api_verb(&call, VERB_node_get_cpu_map, &in, &out))
        return api_fail(&call);
    if (cpumap && (!out.map || out.ret < 0 || out.map_len < (guint)VIR_CPU_MAPLEN(out.ret))) {
        g_free(out.map);
        verr_set(&call.err, VIR_FROM_RPC, VIR_ERR_RPC, _("the server's map has no room for its %d CPUs"), out.ret);
        return api_fail(&call);
    }
    if (cpumap)
        *cpumap = g_steal_pointer(&out.map);
    if (online)
        *online = out.online;
    g_free(out.map);
    return out.ret;
}

/**
 * virNodeGetSecurityModel:
 * @conn: a connection
 * @secmodel: filled; empty strings when the host confines nobody
 *
 * Returns 0, or -1.
 *
 * Since: 0.6.1; procedure 122
 */
int
virNodeGetSecurityModel(virConnectPtr conn, virSecurityModelPtr secmodel)
{
    ApiCall call = API_CONN(conn);
    NoneIn in = { 0 };
    SecModelOut out = { 0 };

    if (!api_need(&call, secmodel) || !api_verb(&call, VERB_node_get_security_model, &in, &out))
        return api_fail(&call);
    memset(secmodel, 0, sizeof(*secmodel));
    g_strlcpy(secmodel->model, out.model ? out.model : "", sizeof(secmodel->model));
    g_strlcpy(secmodel->doi, out.doi ? out.doi : "", sizeof(secmodel->doi));
    g_free(out.model);
    g_free(out.doi);
    return 0;
}
