/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virConnectGetAllDomainStats: groups of numbers for many domains; asks no QEMU, so that no guest can hold it up. */
#include "model/params.h"
#include "qemu/driver-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* What the groups look at; copied under the lock. */
typedef struct {
    bool    active;
    int     state, reason;
    pid_t   pid;
    guint64 current_kib, maximum_kib;
    guint   vcpus, vcpus_max;
} Facts;

static void
add_state(const Facts *f, Params *params)
{
    params_add_int(params, "state.state", f->state);
    params_add_int(params, "state.reason", f->reason);
}

static void
add_cpu(const Facts *f, Params *params)
{
    if (f->active)
        params_add_ullong(params, "cpu.time", qemu_process_cpu_time(f->pid));
}

static void
add_balloon(const Facts *f, Params *params)
{
    params_add_ullong(params, "balloon.current", f->current_kib);
    params_add_ullong(params, "balloon.maximum", f->maximum_kib);
}

static void
add_vcpus(const Facts *f, Params *params)
{
    params_add_uint(params, "vcpu.current", f->vcpus);
    params_add_uint(params, "vcpu.maximum", f->vcpus_max);
}

static const struct {
    guint32 group;
    void  (*add)(const Facts *f, Params *params);
} groups[] = {
    { VIR_DOMAIN_STATS_STATE, add_state },
    { VIR_DOMAIN_STATS_CPU_TOTAL, add_cpu },
    { VIR_DOMAIN_STATS_BALLOON, add_balloon },
    { VIR_DOMAIN_STATS_VCPU, add_vcpus },
};

static guint32
known_groups(void)
{
    guint32 all = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        all |= groups[i].group;
    return all;
}

static bool
read_facts(QemuDomain *dom, Facts *ret)
{
    DomDef *def;

    g_mutex_lock(&dom->lock);
    def = qemu_domain_get_def(dom, NULL);
    *ret = (Facts){ qemu_domain_is_active(dom), dom->state, dom->reason, dom->pid, 0, 0, 0, 0 };
    if (def) {
        ret->maximum_kib = def->memory_kib;
        ret->current_kib = def->current_kib ? def->current_kib : def->memory_kib;
        ret->vcpus_max = def->vcpus;
        ret->vcpus = def->vcpus_current ? def->vcpus_current : def->vcpus;
    }
    g_mutex_unlock(&dom->lock);
    return def != NULL;
}

static void
add_record(GArray *records, QemuDomain *dom, guint32 stats)
{
    DomStatsRecord record = { 0 };
    Facts facts;

    if (!read_facts(dom, &facts))
        return;
    qemu_domain_fill_ref(dom, &record.dom);
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        if (stats & groups[i].group)
            groups[i].add(&facts, &record.params);
    g_array_append_val(records, record);
}

/* The domains asked for, or all; those that have gone meanwhile are left out. */
static GPtrArray *
pick_domains(QemuDriver *driver, const DomRefList *wanted)
{
    GPtrArray *list;

    if (wanted->n == 0)
        return qemu_domain_table_list(driver->domains);
    list = g_ptr_array_new_with_free_func((GDestroyNotify)qemu_domain_unref);
    for (guint i = 0; i < wanted->n; i++) {
        QemuDomain *dom = qemu_domain_table_by_uuid(driver->domains, wanted->v[i].uuid);

        if (dom)
            g_ptr_array_add(list, dom);
    }
    return list;
}

enum { LIST_FILTERS = VIR_CONNECT_LIST_DOMAINS_ACTIVE | VIR_CONNECT_LIST_DOMAINS_INACTIVE |
                      VIR_CONNECT_LIST_DOMAINS_PERSISTENT | VIR_CONNECT_LIST_DOMAINS_TRANSIENT |
                      VIR_CONNECT_LIST_DOMAINS_RUNNING | VIR_CONNECT_LIST_DOMAINS_PAUSED |
                      VIR_CONNECT_LIST_DOMAINS_SHUTOFF | VIR_CONNECT_LIST_DOMAINS_OTHER };

static bool
check_stats(const DomStatsIn *in, GError **err)
{
    guint32 allowed = LIST_FILTERS | VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING |
                      VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT | VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS;

    if (!verb_check_flags(in->flags, allowed, "virConnectGetAllDomainStats", err))
        return false;
    return !(in->flags & VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS) || !(in->stats & ~known_groups()) ||
           fail(err, VIR_ERR_CONFIG_UNSUPPORTED, _("Stats types bits 0x%x are not supported by this daemon or QEMU"),
                in->stats & ~known_groups());
}

bool
qemu_verb_connect_get_all_domain_stats(VirConn *conn, const DomStatsIn *in, DomStatsOut *out, GError **err)
{
    g_autoptr(GPtrArray) doms = NULL;
    GArray *records;

    if (!check_stats(in, err))
        return false;
    doms = pick_domains(qemu_driver_of(conn), &in->doms);
    records = g_array_new(FALSE, FALSE, sizeof(DomStatsRecord));
    for (guint i = 0; i < doms->len; i++) {
        QemuDomain *dom = g_ptr_array_index(doms, i);
        gint32 id;

        if (qemu_domain_matches(dom, in->flags & LIST_FILTERS, &id))
            add_record(records, dom, in->stats ? in->stats : ~0u);
    }
    out->n = records->len;
    out->v = (DomStatsRecord *)(gpointer)g_array_free(records, records->len == 0);
    return true;
}
