/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs that change nothing: each has one answer, or writes down what it was asked. */
#include "driver-private.h"

#include "model/params.h"

bool
fake_connect_get_type(VirConn *conn, const NoneIn *in, TextOut *out, GError **err)
{
    if (!fake_enter("get_type", err))
        return false;
    out->text = g_strdup("FAKE");
    return true;
}

bool
fake_connect_get_version(VirConn *conn, const NoneIn *in, U64Out *out, GError **err)
{
    if (!fake_enter("get_version", err))
        return false;
    out->value = 7002000;
    return true;
}

bool
fake_node_get_cpu_stats(VirConn *conn, const NodeStatsIn *in, NodeStatsOut *out, GError **err)
{
    if (!fake_enter("node_get_cpu_stats", err))
        return false;
    out->nparams = 2;
    if (!in->nparams)
        return true;
    out->n = 2;
    out->v = g_new0(NodeStat, 2);
    out->v[0] = (NodeStat){ g_strdup("kernel"), 10 };
    out->v[1] = (NodeStat){ g_strdup("user"), 20 };
    return true;
}

bool
fake_connect_list_domains(VirConn *conn, const MaxIn *in, I32ListOut *out, GError **err)
{
    if (!fake_enter("list_domains", err))
        return false;
    out->list.v = g_new0(gint32, 1);
    out->list.v[0] = 1;
    out->list.n = 1;
    return true;
}

bool
fake_connect_list_defined_domains(VirConn *conn, const MaxIn *in, StrListOut *out, GError **err)
{
    if (!fake_enter("list_defined_domains", err))
        return false;
    out->list.v = g_new0(char *, 2);
    out->list.v[0] = g_strdup("off");
    out->list.v[1] = g_strdup("more than was asked for");
    out->list.n = 2;
    out->ret = 2;
    return true;
}

bool
fake_domain_get_info(VirConn *conn, const DomainIn *in, DomainInfoOut *out, GError **err)
{
    if (!fake_enter("get_info", err))
        return false;
    *out = (DomainInfoOut){ VIR_DOMAIN_RUNNING, 2048, 1024, 3, 42 };
    return true;
}

bool
fake_domain_get_xml_desc(VirConn *conn, const DomainIn *in, TextOut *out, GError **err)
{
    if (!fake_enter("get_xml_desc", err))
        return false;
    out->text = g_strdup_printf("<domain flags='%u'/>", in->flags);
    return true;
}

bool
fake_domain_get_vcpus(VirConn *conn, const VcpusIn *in, VcpusOut *out, GError **err)
{
    if (!fake_enter("get_vcpus", err))
        return false;
    out->n = 2;
    out->v = g_new0(VcpuInfo, 2);
    out->v[1] = (VcpuInfo){ 1, VIR_VCPU_RUNNING, 7, 3 };
    out->maps_len = 2;
    out->maps = g_memdup2("\x01\x02", 2);
    return true;
}

bool
fake_domain_set_autostart(VirConn *conn, const DomainI32In *in, NoneOut *out, GError **err)
{
    fake_note("set_autostart %s %d", in->dom.name, in->value);
    return fake_enter("set_autostart", err);
}

bool
fake_domain_get_messages(VirConn *conn, const DomainIn *in, StrListOut *out, GError **err)
{
    if (!fake_enter("get_messages", err))
        return false;
    out->list.v = g_new0(char *, 1);
    out->list.v[0] = g_strdup("tainted: by a test");
    out->list.n = 1;
    out->ret = 1;
    return true;
}

bool
fake_domain_set_metadata(VirConn *conn, const SetMetadataIn *in, NoneOut *out, GError **err)
{
    fake_note("set_metadata %d %s", in->type, in->metadata);
    return fake_enter("set_metadata", err);
}

bool
fake_domain_get_job_stats(VirConn *conn, const DomainIn *in, JobStatsOut *out, GError **err)
{
    if (!fake_enter("get_job_stats", err))
        return false;
    out->type = VIR_DOMAIN_JOB_UNBOUNDED;
    params_add_ullong(&out->params, VIR_DOMAIN_JOB_DOWNTIME, 23);
    params_add_string(&out->params, VIR_DOMAIN_JOB_ERRMSG, "none");
    return true;
}

bool
fake_domain_memory_stats(VirConn *conn, const MemStatsIn *in, MemStatsOut *out, GError **err)
{
    if (!fake_enter("memory_stats", err))
        return false;
    out->n = 2;
    out->v = g_new0(MemStat, 2);
    out->v[0] = (MemStat){ VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, 1024 };
    out->v[1] = (MemStat){ VIR_DOMAIN_MEMORY_STAT_RSS, 512 };
    return true;
}

bool
fake_connect_get_all_domain_stats(VirConn *conn, const DomStatsIn *in, DomStatsOut *out, GError **err)
{
    DomRef ref = fake_ref_run();

    if (!fake_enter("get_all_domain_stats", err))
        return false;
    out->n = 1;
    out->v = g_new0(DomStatsRecord, 1);
    dom_ref_copy(in->doms.n ? &in->doms.v[0] : &ref, &out->v[0].dom);
    params_add_int(&out->v[0].params, "state.state", VIR_DOMAIN_RUNNING);
    return true;
}

bool
fake_migrate_set_max_downtime(VirConn *conn, const DomainU64In *in, NoneOut *out, GError **err)
{
    fake_note("set_max_downtime %s %" G_GUINT64_FORMAT " 0x%x", in->dom.name, in->value, in->flags);
    return fake_enter("set_max_downtime", err);
}
