/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files of the fake driver: its log and its planned failures in driver.c, the plain verbs in driver-answers.c. */
#pragma once

#include "driver.h"

void fake_note(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* Writes down the verb. True: go on; false: it was planned to fail. */
bool fake_enter(const char *verb, GError **err);

bool fake_connect_get_type(VirConn *conn, const NoneIn *in, TextOut *out, GError **err);
bool fake_connect_get_version(VirConn *conn, const NoneIn *in, U64Out *out, GError **err);
bool fake_node_get_cpu_stats(VirConn *conn, const NodeStatsIn *in, NodeStatsOut *out, GError **err);
bool fake_connect_list_domains(VirConn *conn, const MaxIn *in, I32ListOut *out, GError **err);
bool fake_connect_list_defined_domains(VirConn *conn, const MaxIn *in, StrListOut *out, GError **err);
bool fake_domain_get_info(VirConn *conn, const DomainIn *in, DomainInfoOut *out, GError **err);
bool fake_domain_get_xml_desc(VirConn *conn, const DomainIn *in, TextOut *out, GError **err);
bool fake_domain_get_vcpus(VirConn *conn, const VcpusIn *in, VcpusOut *out, GError **err);
bool fake_domain_set_autostart(VirConn *conn, const DomainI32In *in, NoneOut *out, GError **err);
bool fake_domain_get_messages(VirConn *conn, const DomainIn *in, StrListOut *out, GError **err);
bool fake_domain_set_metadata(VirConn *conn, const SetMetadataIn *in, NoneOut *out, GError **err);
bool fake_domain_get_job_stats(VirConn *conn, const DomainIn *in, JobStatsOut *out, GError **err);
bool fake_domain_memory_stats(VirConn *conn, const MemStatsIn *in, MemStatsOut *out, GError **err);
bool fake_connect_get_all_domain_stats(VirConn *conn, const DomStatsIn *in, DomStatsOut *out, GError **err);
bool fake_migrate_set_max_downtime(VirConn *conn, const DomainU64In *in, NoneOut *out, GError **err);
