/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the nouns of model/ look on the wire: one array of XDR rows per In and Out struct of verbs.h, in wire order.
 *
 * A verb's own rows (verb_rows) name every member that owns memory: they are what clears the struct, also when a
 * procedure carries only a part of it. Constant tables; any thread.
 */
#pragma once

#include "model/event.h"
#include "model/verbs.h"
#include "rpc/xdr.h"

XDR_DECLARE_STRUCT(xdr_domain, DomRef);
/* Name of at most VIR_TYPED_PARAM_FIELD_LENGTH - 1 bytes, type, value; strings up to REMOTE_STRING_MAX. */
XDR_DECLARE(xdr_typed_param, virTypedParameter);

#define F_PARAMS(S, m, limit) F_LIST(S, m.v, m.n, xdr_typed_param, .max = limit)

typedef struct {
    const XdrField *in, *out;
    gsize           in_size, out_size;
} VerbRows;

extern const VerbRows verb_rows[VERB_LAST];

/* One per In and Out struct of verbs.h; several verbs share some of them. */
extern const XdrField rows_NoneIn[], rows_NoneOut[], rows_FlagsIn[], rows_TextIn[], rows_I32In[],
    rows_UuidIn[], rows_MaxIn[], rows_XmlIn[], rows_DomainIn[], rows_DomainI32In[], rows_DomainU64In[],
    rows_TextOut[], rows_I32Out[], rows_U64Out[], rows_DomOut[], rows_I32ListOut[], rows_U64ListOut[],
    rows_StrListOut[], rows_DomCapsIn[], rows_CpuModelsIn[], rows_CompareCpuIn[], rows_FeatureIn[],
    rows_CompareHypervisorCpuIn[], rows_BaselineCpuIn[], rows_BaselineHypervisorCpuIn[],
    rows_XmlToNativeIn[], rows_NodeInfoOut[], rows_CellsIn[], rows_NodeStatsIn[], rows_NodeStatsOut[],
    rows_CpuMapIn[], rows_CpuMapOut[], rows_SecModelOut[], rows_ListAllIn[], rows_DomListOut[],
    rows_DomStatsIn[], rows_DomStatsOut[], rows_DomainInfoOut[], rows_StateOut[], rows_ControlInfoOut[],
    rows_VcpusIn[], rows_VcpusOut[], rows_SecLabelOut[], rows_MemStatsIn[], rows_MemStatsOut[],
    rows_SetMetadataIn[], rows_GetMetadataIn[], rows_OpenDeviceIn[], rows_FlowOut[], rows_JobInfoOut[], rows_JobStatsOut[],
    rows_MigrateBeginIn[], rows_MigrateBeginOut[], rows_MigratePrepareIn[], rows_MigratePrepareOut[],
    rows_MigratePrepareTunnelOut[], rows_MigratePerformIn[], rows_MigratePerformOut[], rows_MigrateFinishIn[], rows_MigrateFinishOut[],
    rows_MigrateConfirmIn[];

/* A struct member that this procedure does not carry: nothing on the wire, but cleared with the rest. */
extern const XdrType xdr_absent;
#define F_ABSENT(S, m, t) { .name = #m, .type = &xdr_absent, .elem = &t, .offset = offsetof(S, m) }

/* The rows of a verb's own structs are called rows_<Struct>. Procedures older than flags or results have these: */
extern const XdrField rows_domain_only[];     /* of DomainIn */
extern const XdrField rows_xml_only[];        /* of XmlIn */
extern const XdrField rows_name[];            /* of TextIn: a string that must be there */
extern const XdrField rows_domain_absent[];   /* of DomOut */
extern const XdrField rows_names[];           /* of StrListOut: without the count behind */
extern const XdrField rows_messages[];        /* of StrListOut */
extern const XdrField rows_memory_stats_in[]; /* of NodeStatsIn */
