/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/calls.h"
#include "wire/forms.h"

/* Facts of a verb as constants, so that a row needs its name only. */
enum {
#define VERB(name, In, Out, access, lane, api)                                                               \
    IN_SIZE_##name = sizeof(In), OUT_SIZE_##name = sizeof(Out), LANE_##name = RPC_##lane,
#include "model/verbs.def"
#undef VERB
};

static const WireTag tags[VERB_LAST] = {
#define VERB(name, In, Out, access, lane, api) [VERB_##name] = { VERB_##name, NULL },
#include "model/verbs.def"
#undef VERB
};

#define CALL(num, proc, verb, in_rows, out_rows, ...)                                                        \
    { .number = num, .name = #proc, .in = in_rows, .in_size = IN_SIZE_##verb, .out = out_rows,               \
      .out_size = OUT_SIZE_##verb, .lane = (RpcLane)LANE_##verb, .tag = &tags[VERB_##verb], __VA_ARGS__ }
/* Arguments in a form of their own: see forms.h. */
#define FORM(num, proc, verb, f, out_rows, ...)                                                              \
    { .number = num, .name = #proc, .in = rows_##f, .in_size = sizeof(Phase3), .out = out_rows,              \
      .out_size = OUT_SIZE_##verb, .lane = (RpcLane)LANE_##verb,                                             \
      .tag = &(const WireTag){ VERB_##verb, &f }, __VA_ARGS__ }
#define TO_SERVER .stream = RPC_STREAM_TO_SERVER
#define BOTH_WAYS .stream = RPC_STREAM_BOTH

const RpcCall remote_calls[] = {
    /* number, procedure, verb, arguments, results */
    CALL(3, CONNECT_GET_TYPE, connect_get_type, rows_NoneIn, rows_TextOut),
    CALL(4, CONNECT_GET_VERSION, connect_get_version, rows_NoneIn, rows_U64Out),
    CALL(5, CONNECT_GET_MAX_VCPUS, connect_get_max_vcpus, rows_TextIn, rows_I32Out),
    CALL(6, NODE_GET_INFO, node_get_info, rows_NoneIn, rows_NodeInfoOut),
    CALL(7, CONNECT_GET_CAPABILITIES, connect_get_capabilities, rows_NoneIn, rows_TextOut),
    CALL(9, DOMAIN_CREATE, domain_create, rows_domain_only, rows_domain_absent),
    CALL(10, DOMAIN_CREATE_XML, domain_create_xml, rows_XmlIn, rows_DomOut),
    CALL(11, DOMAIN_DEFINE_XML, domain_define_xml, rows_xml_only, rows_DomOut),
    CALL(12, DOMAIN_DESTROY, domain_destroy, rows_domain_only, rows_NoneOut),
    CALL(14, DOMAIN_GET_XML_DESC, domain_get_xml_desc, rows_DomainIn, rows_TextOut),
    CALL(15, DOMAIN_GET_AUTOSTART, domain_get_autostart, rows_domain_only, rows_I32Out),
    CALL(16, DOMAIN_GET_INFO, domain_get_info, rows_domain_only, rows_DomainInfoOut),
    CALL(17, DOMAIN_GET_MAX_MEMORY, domain_get_max_memory, rows_domain_only, rows_U64Out),
    CALL(18, DOMAIN_GET_MAX_VCPUS, domain_get_max_vcpus, rows_domain_only, rows_I32Out),
    CALL(19, DOMAIN_GET_OS_TYPE, domain_get_os_type, rows_domain_only, rows_TextOut),
    CALL(20, DOMAIN_GET_VCPUS, domain_get_vcpus, rows_VcpusIn, rows_VcpusOut),
    CALL(21, CONNECT_LIST_DEFINED_DOMAINS, connect_list_defined_domains, rows_MaxIn, rows_names),
    CALL(22, DOMAIN_LOOKUP_BY_ID, domain_lookup_by_id, rows_I32In, rows_DomOut),
    CALL(23, DOMAIN_LOOKUP_BY_NAME, domain_lookup_by_name, rows_name, rows_DomOut),
    CALL(24, DOMAIN_LOOKUP_BY_UUID, domain_lookup_by_uuid, rows_UuidIn, rows_DomOut),
    CALL(25, CONNECT_NUM_OF_DEFINED_DOMAINS, connect_num_of_defined_domains, rows_NoneIn, rows_I32Out),
    CALL(27, DOMAIN_REBOOT, domain_reboot, rows_DomainIn, rows_NoneOut),
    CALL(28, DOMAIN_RESUME, domain_resume, rows_domain_only, rows_NoneOut),
    CALL(29, DOMAIN_SET_AUTOSTART, domain_set_autostart, rows_DomainI32In, rows_NoneOut),
    CALL(33, DOMAIN_SHUTDOWN, domain_shutdown, rows_domain_only, rows_NoneOut),
    CALL(34, DOMAIN_SUSPEND, domain_suspend, rows_domain_only, rows_NoneOut),
    CALL(35, DOMAIN_UNDEFINE, domain_undefine, rows_domain_only, rows_NoneOut),
    CALL(37, CONNECT_LIST_DOMAINS, connect_list_domains, rows_MaxIn, rows_I32ListOut),
    CALL(51, CONNECT_NUM_OF_DOMAINS, connect_num_of_domains, rows_NoneIn, rows_I32Out),
    CALL(59, CONNECT_GET_HOSTNAME, connect_get_hostname, rows_NoneIn, rows_TextOut),
    CALL(60, CONNECT_SUPPORTS_FEATURE, connect_supports_feature, rows_FeatureIn, rows_I32Out),
    CALL(101, NODE_GET_CELLS_FREE_MEMORY, node_get_cells_free_memory, rows_CellsIn, rows_U64ListOut),
    CALL(102, NODE_GET_FREE_MEMORY, node_get_free_memory, rows_NoneIn, rows_U64Out),
    CALL(110, CONNECT_GET_URI, connect_get_uri, rows_NoneIn, rows_TextOut),
    CALL(121, DOMAIN_GET_SECURITY_LABEL, domain_get_security_label, rows_domain_only, rows_SecLabelOut),
    CALL(122, NODE_GET_SECURITY_MODEL, node_get_security_model, rows_NoneIn, rows_SecModelOut),
    CALL(136, CONNECT_DOMAIN_XML_TO_NATIVE, connect_domain_xml_to_native, rows_XmlToNativeIn, rows_TextOut),
    CALL(149, CONNECT_IS_SECURE, connect_is_secure, rows_NoneIn, rows_I32Out),
    CALL(150, DOMAIN_IS_ACTIVE, domain_is_active, rows_domain_only, rows_I32Out),
    CALL(151, DOMAIN_IS_PERSISTENT, domain_is_persistent, rows_domain_only, rows_I32Out),
    CALL(157, CONNECT_GET_LIB_VERSION, connect_get_lib_version, rows_NoneIn, rows_U64Out),
    CALL(158, CONNECT_COMPARE_CPU, connect_compare_cpu, rows_CompareCpuIn, rows_I32Out),
    CALL(159, DOMAIN_MEMORY_STATS, domain_memory_stats, rows_MemStatsIn, rows_MemStatsOut),
    CALL(162, CONNECT_BASELINE_CPU, connect_baseline_cpu, rows_BaselineCpuIn, rows_TextOut),
    CALL(163, DOMAIN_GET_JOB_INFO, domain_get_job_info, rows_domain_only, rows_JobInfoOut),
    CALL(164, DOMAIN_ABORT_JOB, domain_abort_job, rows_domain_only, rows_NoneOut),
    CALL(166, DOMAIN_MIGRATE_SET_MAX_DOWNTIME, migrate_set_max_downtime, rows_DomainU64In, rows_NoneOut),
    CALL(183, DOMAIN_HAS_MANAGED_SAVE_IMAGE, domain_has_managed_save_image, rows_DomainIn, rows_I32Out),
    CALL(187, DOMAIN_SNAPSHOT_NUM, domain_snapshot_num, rows_DomainIn, rows_I32Out),
    CALL(196, DOMAIN_CREATE_WITH_FLAGS, domain_create, rows_DomainIn, rows_DomOut),
    CALL(200, DOMAIN_GET_VCPUS_FLAGS, domain_get_vcpus_flags, rows_DomainIn, rows_I32Out),
    CALL(201, DOMAIN_OPEN_CONSOLE, domain_open_console, rows_OpenDeviceIn, rows_FlowOut, BOTH_WAYS),
    CALL(202, DOMAIN_IS_UPDATED, domain_is_updated, rows_domain_only, rows_I32Out),
    CALL(203, CONNECT_GET_SYSINFO, connect_get_sysinfo, rows_FlagsIn, rows_TextOut),
    CALL(207, DOMAIN_MIGRATE_SET_MAX_SPEED, migrate_set_max_speed, rows_DomainU64In, rows_NoneOut),
    CALL(212, DOMAIN_GET_STATE, domain_get_state, rows_DomainIn, rows_StateOut),
    FORM(213, DOMAIN_MIGRATE_BEGIN3, migrate_begin, begin3, rows_MigrateBeginOut),
    FORM(214, DOMAIN_MIGRATE_PREPARE3, migrate_prepare, prepare3, rows_MigratePrepareOut),
    FORM(215, DOMAIN_MIGRATE_PREPARE_TUNNEL3, migrate_prepare_tunnel, prepare_tunnel3, rows_MigratePrepareTunnelOut,
         TO_SERVER),
    FORM(216, DOMAIN_MIGRATE_PERFORM3, migrate_perform, perform3, rows_MigratePerformOut),
    FORM(217, DOMAIN_MIGRATE_FINISH3, migrate_finish, finish3, rows_MigrateFinishOut),
    FORM(218, DOMAIN_MIGRATE_CONFIRM3, migrate_confirm, confirm3, rows_NoneOut),
    CALL(227, NODE_GET_CPU_STATS, node_get_cpu_stats, rows_NodeStatsIn, rows_NodeStatsOut),
    CALL(228, NODE_GET_MEMORY_STATS, node_get_memory_stats, rows_memory_stats_in, rows_NodeStatsOut),
    CALL(229, DOMAIN_GET_CONTROL_INFO, domain_get_control_info, rows_DomainIn, rows_ControlInfoOut),
    CALL(231, DOMAIN_UNDEFINE_FLAGS, domain_undefine, rows_DomainIn, rows_NoneOut),
    CALL(234, DOMAIN_DESTROY_FLAGS, domain_destroy, rows_DomainIn, rows_NoneOut),
    CALL(242, DOMAIN_MIGRATE_GET_MAX_SPEED, migrate_get_max_speed, rows_DomainIn, rows_U64Out),
    CALL(245, DOMAIN_RESET, domain_reset, rows_DomainIn, rows_NoneOut),
    CALL(258, DOMAIN_SHUTDOWN_FLAGS, domain_shutdown, rows_DomainIn, rows_NoneOut),
    CALL(264, DOMAIN_SET_METADATA, domain_set_metadata, rows_SetMetadataIn, rows_NoneOut),
    CALL(265, DOMAIN_GET_METADATA, domain_get_metadata, rows_GetMetadataIn, rows_TextOut),
    CALL(273, CONNECT_LIST_ALL_DOMAINS, connect_list_all_domains, rows_ListAllIn, rows_DomListOut),
    CALL(293, NODE_GET_CPU_MAP, node_get_cpu_map, rows_CpuMapIn, rows_CpuMapOut),
    CALL(296, DOMAIN_OPEN_CHANNEL, domain_open_channel, rows_OpenDeviceIn, rows_FlowOut, BOTH_WAYS),
    CALL(298, DOMAIN_GET_JOB_STATS, domain_get_job_stats, rows_DomainIn, rows_JobStatsOut),
    CALL(299, DOMAIN_MIGRATE_GET_COMPRESSION_CACHE, migrate_get_compression_cache, rows_DomainIn, rows_U64Out),
    CALL(300, DOMAIN_MIGRATE_SET_COMPRESSION_CACHE, migrate_set_compression_cache, rows_DomainU64In, rows_NoneOut),
    CALL(302, DOMAIN_MIGRATE_BEGIN3_PARAMS, migrate_begin, rows_MigrateBeginIn, rows_MigrateBeginOut),
    CALL(303, DOMAIN_MIGRATE_PREPARE3_PARAMS, migrate_prepare, rows_MigratePrepareIn, rows_MigratePrepareOut),
    CALL(304, DOMAIN_MIGRATE_PREPARE_TUNNEL3_PARAMS, migrate_prepare_tunnel, rows_MigratePrepareIn,
         rows_MigratePrepareTunnelOut, TO_SERVER),
    CALL(305, DOMAIN_MIGRATE_PERFORM3_PARAMS, migrate_perform, rows_MigratePerformIn, rows_MigratePerformOut),
    CALL(306, DOMAIN_MIGRATE_FINISH3_PARAMS, migrate_finish, rows_MigrateFinishIn, rows_MigrateFinishOut),
    CALL(307, DOMAIN_MIGRATE_CONFIRM3_PARAMS, migrate_confirm, rows_MigrateConfirmIn, rows_NoneOut),
    CALL(312, CONNECT_GET_CPU_MODEL_NAMES, connect_get_cpu_model_names, rows_CpuModelsIn, rows_StrListOut),
    CALL(342, CONNECT_GET_DOMAIN_CAPABILITIES, connect_get_domain_capabilities, rows_DomCapsIn, rows_TextOut),
    CALL(344, CONNECT_GET_ALL_DOMAIN_STATS, connect_get_all_domain_stats, rows_DomStatsIn, rows_DomStatsOut),
    CALL(350, DOMAIN_DEFINE_XML_FLAGS, domain_define_xml, rows_XmlIn, rows_DomOut),
    CALL(364, DOMAIN_MIGRATE_START_POST_COPY, migrate_start_postcopy, rows_DomainIn, rows_NoneOut),
    CALL(387, DOMAIN_MIGRATE_GET_MAX_DOWNTIME, migrate_get_max_downtime, rows_DomainIn, rows_U64Out),
    CALL(393, CONNECT_COMPARE_HYPERVISOR_CPU, connect_compare_hypervisor_cpu, rows_CompareHypervisorCpuIn, rows_I32Out),
    CALL(394, CONNECT_BASELINE_HYPERVISOR_CPU, connect_baseline_hypervisor_cpu, rows_BaselineHypervisorCpuIn, rows_TextOut),
    CALL(426, DOMAIN_GET_MESSAGES, domain_get_messages, rows_DomainIn, rows_messages),
    CALL(442, DOMAIN_ABORT_JOB_FLAGS, domain_abort_job, rows_DomainIn, rows_NoneOut),
};

const gsize n_remote_calls = G_N_ELEMENTS(remote_calls);

const RpcProgram remote_program = {
    .number = REMOTE_PROGRAM,
    .version = REMOTE_VERSION,
    .name = "remote",
    .calls = remote_calls,
    .n_calls = G_N_ELEMENTS(remote_calls),
};
