/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/types.h"

#include "wire/limits.h"

/* Nouns */

static const XdrField domain_rows[] = {
    F(DomRef, name, xdr_string),
    F(DomRef, uuid, xdr_uuid),
    F(DomRef, id, xdr_i32),
    XDR_END,
};
XDR_DEFINE_STRUCT(xdr_domain, DomRef, domain_rows);

static const XdrField node_stat_rows[] = {
    F(NodeStat, field, xdr_string, .max = 79),
    F(NodeStat, value, xdr_u64),
    XDR_END,
};
XDR_CTYPE(xdr_node_stat, NodeStat);
static XDR_DEFINE_STRUCT(xdr_node_stat, NodeStat, node_stat_rows);

static const XdrField vcpu_info_rows[] = {
    F(VcpuInfo, number, xdr_u32),
    F(VcpuInfo, state, xdr_i32),
    F(VcpuInfo, cpu_time, xdr_u64),
    F(VcpuInfo, cpu, xdr_i32),
    XDR_END,
};
XDR_CTYPE(xdr_vcpu_info, VcpuInfo);
static XDR_DEFINE_STRUCT(xdr_vcpu_info, VcpuInfo, vcpu_info_rows);

static const XdrField mem_stat_rows[] = {
    F(MemStat, tag, xdr_i32),
    F(MemStat, value, xdr_u64),
    XDR_END,
};
XDR_CTYPE(xdr_mem_stat, MemStat);
static XDR_DEFINE_STRUCT(xdr_mem_stat, MemStat, mem_stat_rows);

static const XdrField dom_stats_record_rows[] = {
    F(DomStatsRecord, dom, xdr_domain),
    F_PARAMS(DomStatsRecord, params, REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX),
    XDR_END,
};
XDR_CTYPE(xdr_dom_stats_record, DomStatsRecord);
static XDR_DEFINE_STRUCT(xdr_dom_stats_record, DomStatsRecord, dom_stats_record_rows);

/* Absent members */

static bool
absent_put(XdrWriter *w, const XdrField *f, gconstpointer holder)
{
    (void)w, (void)f, (void)holder;
    return true;
}

static bool
absent_get(XdrReader *r, const XdrField *f, gpointer holder)
{
    (void)r, (void)f, (void)holder;
    return true;
}

static void
absent_clear(const XdrField *f, gpointer holder)
{
    xdr_clear(f->elem->rows, XDR_MEMBER(holder, f));
}

const XdrType xdr_absent = { .name = "absent", .put = absent_put, .get = absent_get, .clear = absent_clear };

/* General */

const XdrField rows_domain_absent[] = { F_ABSENT(DomOut, dom, xdr_domain), XDR_END };
const XdrField rows_domain_only[] = { F(DomainIn, dom, xdr_domain), XDR_END };
const XdrField rows_xml_only[] = { F(XmlIn, xml, xdr_string), XDR_END };
const XdrField rows_name[] = { F(TextIn, text, xdr_string), XDR_END };
const XdrField rows_names[] = {
    F_LIST(StrListOut, list.v, list.n, xdr_string, .max = REMOTE_DOMAIN_LIST_MAX), XDR_END,
};
const XdrField rows_messages[] = {
    F_LIST(StrListOut, list.v, list.n, xdr_string, .max = REMOTE_DOMAIN_MESSAGES_MAX), XDR_END,
};

/* The names below are pasted together from verbs.def, hence the CamelCase. */

const XdrField rows_NoneIn[] = { XDR_END };
const XdrField rows_NoneOut[] = { XDR_END };
const XdrField rows_FlagsIn[] = { F(FlagsIn, flags, xdr_u32), XDR_END };
const XdrField rows_TextIn[] = { F(TextIn, text, xdr_opt_string), XDR_END };
const XdrField rows_I32In[] = { F(I32In, value, xdr_i32), XDR_END };
const XdrField rows_UuidIn[] = { F(UuidIn, uuid, xdr_uuid), XDR_END };
const XdrField rows_MaxIn[] = { F(MaxIn, max, xdr_i32), XDR_END };
const XdrField rows_XmlIn[] = { F(XmlIn, xml, xdr_string), F(XmlIn, flags, xdr_u32), XDR_END };
const XdrField rows_DomainIn[] = { F(DomainIn, dom, xdr_domain), F(DomainIn, flags, xdr_u32), XDR_END };
const XdrField rows_DomainI32In[] = {
    F(DomainI32In, dom, xdr_domain),
    F(DomainI32In, value, xdr_i32),
    XDR_END,
};
const XdrField rows_DomainU64In[] = {
    F(DomainU64In, dom, xdr_domain),
    F(DomainU64In, value, xdr_u64),
    F(DomainU64In, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_TextOut[] = { F(TextOut, text, xdr_string), XDR_END };
const XdrField rows_I32Out[] = { F(I32Out, value, xdr_i32), XDR_END };
const XdrField rows_U64Out[] = { F(U64Out, value, xdr_u64), XDR_END };
const XdrField rows_DomOut[] = { F(DomOut, dom, xdr_domain), XDR_END };
const XdrField rows_I32ListOut[] = {
    F_LIST(I32ListOut, list.v, list.n, xdr_i32, .max = REMOTE_DOMAIN_LIST_MAX), XDR_END,
};
const XdrField rows_U64ListOut[] = {
    F_LIST(U64ListOut, list.v, list.n, xdr_u64, .max = REMOTE_NODE_MAX_CELLS), XDR_END,
};
const XdrField rows_StrListOut[] = {
    F_LIST(StrListOut, list.v, list.n, xdr_string, .max = REMOTE_CONNECT_CPU_MODELS_MAX),
    F(StrListOut, ret, xdr_i32),
    XDR_END,
};

/* Connection and host */

const XdrField rows_DomCapsIn[] = {
    F(DomCapsIn, emulator, xdr_opt_string),
    F(DomCapsIn, arch, xdr_opt_string),
    F(DomCapsIn, machine, xdr_opt_string),
    F(DomCapsIn, virttype, xdr_opt_string),
    F(DomCapsIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_CpuModelsIn[] = {
    F(CpuModelsIn, arch, xdr_string),
    F(CpuModelsIn, need_results, xdr_i32),
    F(CpuModelsIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_CompareCpuIn[] = {
    F(CompareCpuIn, xml, xdr_string),
    F(CompareCpuIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_CompareHypervisorCpuIn[] = {
    F(CompareHypervisorCpuIn, emulator, xdr_opt_string),
    F(CompareHypervisorCpuIn, arch, xdr_opt_string),
    F(CompareHypervisorCpuIn, machine, xdr_opt_string),
    F(CompareHypervisorCpuIn, virttype, xdr_opt_string),
    F(CompareHypervisorCpuIn, xml, xdr_string),
    F(CompareHypervisorCpuIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_BaselineCpuIn[] = {
    F_LIST(BaselineCpuIn, cpus.v, cpus.n, xdr_string, .max = REMOTE_CPU_BASELINE_MAX),
    F(BaselineCpuIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_BaselineHypervisorCpuIn[] = {
    F(BaselineHypervisorCpuIn, emulator, xdr_opt_string),
    F(BaselineHypervisorCpuIn, arch, xdr_opt_string),
    F(BaselineHypervisorCpuIn, machine, xdr_opt_string),
    F(BaselineHypervisorCpuIn, virttype, xdr_opt_string),
    F_LIST(BaselineHypervisorCpuIn, cpus.v, cpus.n, xdr_string, .max = REMOTE_CPU_BASELINE_MAX),
    F(BaselineHypervisorCpuIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_FeatureIn[] = { F(FeatureIn, feature, xdr_i32), XDR_END };
const XdrField rows_XmlToNativeIn[] = {
    F(XmlToNativeIn, format, xdr_string),
    F(XmlToNativeIn, xml, xdr_string),
    F(XmlToNativeIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_NodeInfoOut[] = {
    F_CHARS(NodeInfoOut, info.model),
    F(NodeInfoOut, info.memory, xdr_u64),
    F(NodeInfoOut, info.cpus, xdr_u32),
    F(NodeInfoOut, info.mhz, xdr_u32),
    F(NodeInfoOut, info.nodes, xdr_u32),
    F(NodeInfoOut, info.sockets, xdr_u32),
    F(NodeInfoOut, info.cores, xdr_u32),
    F(NodeInfoOut, info.threads, xdr_u32),
    XDR_END,
};
const XdrField rows_CellsIn[] = { F(CellsIn, start, xdr_i32), F(CellsIn, max, xdr_i32), XDR_END };
/* NODE_GET_CPU_STATS; its memory sister has the two numbers the other way round. */
const XdrField rows_NodeStatsIn[] = {
    F(NodeStatsIn, which, xdr_i32),
    F(NodeStatsIn, nparams, xdr_i32),
    F(NodeStatsIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_memory_stats_in[] = {
    F(NodeStatsIn, nparams, xdr_i32),
    F(NodeStatsIn, which, xdr_i32),
    F(NodeStatsIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_NodeStatsOut[] = {
    F_LIST(NodeStatsOut, v, n, xdr_node_stat, .max = REMOTE_NODE_CPU_STATS_MAX),
    F(NodeStatsOut, nparams, xdr_i32),
    XDR_END,
};
const XdrField rows_CpuMapIn[] = {
    F(CpuMapIn, need_map, xdr_i32),
    F(CpuMapIn, need_online, xdr_i32),
    F(CpuMapIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_CpuMapOut[] = {
    F_DATA(CpuMapOut, map, map_len, .max = REMOTE_CPUMAP_MAX),
    F(CpuMapOut, online, xdr_u32),
    F(CpuMapOut, ret, xdr_i32),
    XDR_END,
};
const XdrField rows_SecModelOut[] = {
    F(SecModelOut, model, xdr_char_string, .max = REMOTE_SECURITY_MODEL_MAX),
    F(SecModelOut, doi, xdr_char_string, .max = REMOTE_SECURITY_DOI_MAX),
    XDR_END,
};

/* Domains */

const XdrField rows_ListAllIn[] = {
    F(ListAllIn, need_results, xdr_i32),
    F(ListAllIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_DomListOut[] = {
    F_LIST(DomListOut, doms.v, doms.n, xdr_domain, .max = REMOTE_DOMAIN_LIST_MAX),
    F(DomListOut, ret, xdr_u32),
    XDR_END,
};
const XdrField rows_DomStatsIn[] = {
    F_LIST(DomStatsIn, doms.v, doms.n, xdr_domain, .max = REMOTE_DOMAIN_LIST_MAX),
    F(DomStatsIn, stats, xdr_u32),
    F(DomStatsIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_DomStatsOut[] = {
    F_LIST(DomStatsOut, v, n, xdr_dom_stats_record, .max = REMOTE_DOMAIN_LIST_MAX), XDR_END,
};
const XdrField rows_DomainInfoOut[] = {
    F(DomainInfoOut, state, xdr_uchar),
    F(DomainInfoOut, max_mem, xdr_u64),
    F(DomainInfoOut, memory, xdr_u64),
    F(DomainInfoOut, nr_virt_cpu, xdr_ushort),
    F(DomainInfoOut, cpu_time, xdr_u64),
    XDR_END,
};
const XdrField rows_StateOut[] = { F(StateOut, state, xdr_i32), F(StateOut, reason, xdr_i32), XDR_END };
const XdrField rows_ControlInfoOut[] = {
    F(ControlInfoOut, state, xdr_u32),
    F(ControlInfoOut, details, xdr_u32),
    F(ControlInfoOut, state_time, xdr_u64),
    XDR_END,
};
const XdrField rows_VcpusIn[] = {
    F(VcpusIn, dom, xdr_domain),
    F(VcpusIn, maxinfo, xdr_i32),
    F(VcpusIn, maplen, xdr_i32),
    XDR_END,
};
const XdrField rows_VcpusOut[] = {
    F_LIST(VcpusOut, v, n, xdr_vcpu_info, .max = REMOTE_VCPUINFO_MAX),
    F_DATA(VcpusOut, maps, maps_len, .max = REMOTE_CPUMAPS_MAX),
    XDR_END,
};
const XdrField rows_SecLabelOut[] = {
    F(SecLabelOut, label, xdr_char_string, .max = REMOTE_SECURITY_LABEL_MAX),
    F(SecLabelOut, enforcing, xdr_i32),
    XDR_END,
};
const XdrField rows_MemStatsIn[] = {
    F(MemStatsIn, dom, xdr_domain),
    F(MemStatsIn, max, xdr_u32),
    F(MemStatsIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_MemStatsOut[] = {
    F_LIST(MemStatsOut, v, n, xdr_mem_stat, .max = REMOTE_DOMAIN_MEMORY_STATS_MAX), XDR_END,
};
const XdrField rows_SetMetadataIn[] = {
    F(SetMetadataIn, dom, xdr_domain),
    F(SetMetadataIn, type, xdr_i32),
    F(SetMetadataIn, metadata, xdr_opt_string),
    F(SetMetadataIn, key, xdr_opt_string),
    F(SetMetadataIn, uri, xdr_opt_string),
    F(SetMetadataIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_GetMetadataIn[] = {
    F(GetMetadataIn, dom, xdr_domain),
    F(GetMetadataIn, type, xdr_i32),
    F(GetMetadataIn, uri, xdr_opt_string),
    F(GetMetadataIn, flags, xdr_u32),
    XDR_END,
};

/* Jobs */

const XdrField rows_JobInfoOut[] = {
    F(JobInfoOut, info.type, xdr_i32),
    F(JobInfoOut, info.timeElapsed, xdr_u64),
    F(JobInfoOut, info.timeRemaining, xdr_u64),
    F(JobInfoOut, info.dataTotal, xdr_u64),
    F(JobInfoOut, info.dataProcessed, xdr_u64),
    F(JobInfoOut, info.dataRemaining, xdr_u64),
    F(JobInfoOut, info.memTotal, xdr_u64),
    F(JobInfoOut, info.memProcessed, xdr_u64),
    F(JobInfoOut, info.memRemaining, xdr_u64),
    F(JobInfoOut, info.fileTotal, xdr_u64),
    F(JobInfoOut, info.fileProcessed, xdr_u64),
    F(JobInfoOut, info.fileRemaining, xdr_u64),
    XDR_END,
};
const XdrField rows_JobStatsOut[] = {
    F(JobStatsOut, type, xdr_i32),
    F_PARAMS(JobStatsOut, params, REMOTE_DOMAIN_JOB_STATS_MAX),
    XDR_END,
};

const XdrField rows_OpenDeviceIn[] = {
    F(OpenDeviceIn, dom, xdr_domain),
    F(OpenDeviceIn, device, xdr_opt_string),
    F(OpenDeviceIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_FlowOut[] = { XDR_END };

/* Migration, with typed parameters */

#define F_COOKIE(S) F(S, cookie, xdr_bytes, .max = REMOTE_MIGRATE_COOKIE_MAX)

const XdrField rows_MigrateBeginIn[] = {
    F(MigrateBeginIn, dom, xdr_domain),
    F_PARAMS(MigrateBeginIn, params, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
    F(MigrateBeginIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_MigrateBeginOut[] = {
    F_COOKIE(MigrateBeginOut),
    F(MigrateBeginOut, xml, xdr_string),
    XDR_END,
};
const XdrField rows_MigratePrepareIn[] = {
    F_PARAMS(MigratePrepareIn, params, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
    F_COOKIE(MigratePrepareIn),
    F(MigratePrepareIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_MigratePrepareOut[] = {
    F_COOKIE(MigratePrepareOut),
    F(MigratePrepareOut, uri, xdr_opt_string),
    XDR_END,
};
const XdrField rows_MigratePrepareTunnelOut[] = { F_COOKIE(MigratePrepareTunnelOut), XDR_END };
const XdrField rows_MigratePerformIn[] = {
    F(MigratePerformIn, dom, xdr_domain),
    F(MigratePerformIn, dconnuri, xdr_opt_string),
    F_PARAMS(MigratePerformIn, params, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
    F_COOKIE(MigratePerformIn),
    F(MigratePerformIn, flags, xdr_u32),
    XDR_END,
};
const XdrField rows_MigratePerformOut[] = { F_COOKIE(MigratePerformOut), XDR_END };
const XdrField rows_MigrateFinishIn[] = {
    F_PARAMS(MigrateFinishIn, params, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
    F_COOKIE(MigrateFinishIn),
    F(MigrateFinishIn, flags, xdr_u32),
    F(MigrateFinishIn, cancelled, xdr_i32),
    XDR_END,
};
const XdrField rows_MigrateFinishOut[] = {
    F(MigrateFinishOut, dom, xdr_domain),
    F_COOKIE(MigrateFinishOut),
    XDR_END,
};
const XdrField rows_MigrateConfirmIn[] = {
    F(MigrateConfirmIn, dom, xdr_domain),
    F_PARAMS(MigrateConfirmIn, params, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
    F_COOKIE(MigrateConfirmIn),
    F(MigrateConfirmIn, flags, xdr_u32),
    F(MigrateConfirmIn, cancelled, xdr_i32),
    XDR_END,
};

const VerbRows verb_rows[VERB_LAST] = {
#define VERB(name, In, Out, access, lane, api)                                                               \
    [VERB_##name] = { rows_##In, rows_##Out, sizeof(In), sizeof(Out) },
#include "model/verbs.def"
#undef VERB
};
