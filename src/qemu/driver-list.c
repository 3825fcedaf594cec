/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding domains: counts, lists, look-ups. Nothing here waits. */
#include "qemu/driver-private.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

bool
qemu_verb_connect_num_of_domains(VirConn *conn, const NoneIn *in, I32Out *out, GError **err)
{
    out->value = (gint32)qemu_domain_table_count(qemu_driver_of(conn)->domains, true);
    return true;
}

bool
qemu_verb_connect_num_of_defined_domains(VirConn *conn, const NoneIn *in, I32Out *out, GError **err)
{
    out->value = (gint32)qemu_domain_table_count(qemu_driver_of(conn)->domains, false);
    return true;
}

bool
qemu_verb_connect_list_domains(VirConn *conn, const MaxIn *in, I32ListOut *out, GError **err)
{
    g_autoptr(GPtrArray) all = qemu_domain_table_list(qemu_driver_of(conn)->domains);
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(gint32));

    for (guint i = 0; i < all->len && (gint32)ids->len < in->max; i++) {
        QemuDomain *dom = g_ptr_array_index(all, i);
        gint32 id;

        g_mutex_lock(&dom->lock);
        id = dom->id;
        g_mutex_unlock(&dom->lock);
        if (id >= 0)
            g_array_append_val(ids, id);
    }
    out->list.n = ids->len;
    out->list.v = (gint32 *)(gpointer)g_array_free(ids, FALSE);
    return true;
}

bool
qemu_verb_connect_list_defined_domains(VirConn *conn, const MaxIn *in, StrListOut *out, GError **err)
{
    g_autoptr(GPtrArray) all = qemu_domain_table_list(qemu_driver_of(conn)->domains);
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; i < all->len && (gint32)names->len < in->max; i++) {
        QemuDomain *dom = g_ptr_array_index(all, i);

        if (!qemu_domain_is_active_now(dom))
            g_ptr_array_add(names, g_strdup(dom->name));
    }
    out->ret = (gint32)names->len;
    out->list.n = names->len;
    out->list.v = (char **)g_ptr_array_free(names, FALSE);
    return true;
}

/* What list filters look at; copied under the lock. */
typedef struct {
    bool active, persistent, autostart;
    int  state;
} Facts;

static bool is_active(const Facts *f) { return f->active; }
static bool is_inactive(const Facts *f) { return !f->active; }
static bool is_persistent(const Facts *f) { return f->persistent; }
static bool is_transient(const Facts *f) { return !f->persistent; }
static bool is_running(const Facts *f) { return f->state == VIR_DOMAIN_RUNNING; }
static bool is_paused(const Facts *f) { return f->state == VIR_DOMAIN_PAUSED; }
static bool is_shutoff(const Facts *f) { return f->state == VIR_DOMAIN_SHUTOFF; }
static bool is_other(const Facts *f) { return !is_running(f) && !is_paused(f) && !is_shutoff(f); }
static bool is_autostart(const Facts *f) { return f->autostart; }
static bool is_no_autostart(const Facts *f) { return !f->autostart; }
/* Saved images, snapshots and checkpoints are things this driver does not keep. */
static bool never(const Facts *f) { return false; }
static bool always(const Facts *f) { return true; }

enum { BY_ACTIVE = 1, BY_PERSISTENT = 2, BY_STATE = 4, BY_MANAGEDSAVE = 8, BY_AUTOSTART = 16, BY_SNAPSHOT = 32,
       BY_CHECKPOINT = 64 };

/* Flags of one group are alternatives; a group without any of its flags lets everything through. */
static const struct {
    guint32 group, flag;
    bool  (*holds)(const Facts *f);
} filters[] = {
    { BY_ACTIVE, VIR_CONNECT_LIST_DOMAINS_ACTIVE, is_active },
    { BY_ACTIVE, VIR_CONNECT_LIST_DOMAINS_INACTIVE, is_inactive },
    { BY_PERSISTENT, VIR_CONNECT_LIST_DOMAINS_PERSISTENT, is_persistent },
    { BY_PERSISTENT, VIR_CONNECT_LIST_DOMAINS_TRANSIENT, is_transient },
    { BY_STATE, VIR_CONNECT_LIST_DOMAINS_RUNNING, is_running },
    { BY_STATE, VIR_CONNECT_LIST_DOMAINS_PAUSED, is_paused },
    { BY_STATE, VIR_CONNECT_LIST_DOMAINS_SHUTOFF, is_shutoff },
    { BY_STATE, VIR_CONNECT_LIST_DOMAINS_OTHER, is_other },
    { BY_MANAGEDSAVE, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, never },
    { BY_MANAGEDSAVE, VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE, always },
    { BY_AUTOSTART, VIR_CONNECT_LIST_DOMAINS_AUTOSTART, is_autostart },
    { BY_AUTOSTART, VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART, is_no_autostart },
    { BY_SNAPSHOT, VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT, never },
    { BY_SNAPSHOT, VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT, always },
    { BY_CHECKPOINT, VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT, never },
    { BY_CHECKPOINT, VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT, always },
};

static bool
passes(const Facts *facts, guint32 flags)
{
    guint32 asked = 0, met = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++) {
        if (!(flags & filters[i].flag))
            continue;
        asked |= filters[i].group;
        if (filters[i].holds(facts))
            met |= filters[i].group;
    }
    return asked == met;
}

bool
qemu_domain_matches(QemuDomain *dom, guint32 flags, gint32 *ret_id)
{
    Facts facts;

    g_mutex_lock(&dom->lock);
    facts = (Facts){ qemu_domain_is_active(dom), dom->persistent, dom->autostart, dom->state };
    *ret_id = dom->id;
    g_mutex_unlock(&dom->lock);
    return passes(&facts, flags);
}

static guint32
all_filters(void)
{
    guint32 all = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++)
        all |= filters[i].flag;
    return all;
}

bool
qemu_verb_connect_list_all_domains(VirConn *conn, const ListAllIn *in, DomListOut *out, GError **err)
{
    g_autoptr(GPtrArray) all = NULL;
    GArray *found;

    if (!verb_check_flags(in->flags, all_filters(), "virConnectListAllDomains", err))
        return false;
    all = qemu_domain_table_list(qemu_driver_of(conn)->domains);
    found = g_array_new(FALSE, FALSE, sizeof(DomRef));
    for (guint i = 0; i < all->len; i++) {
        QemuDomain *dom = g_ptr_array_index(all, i);
        DomRef ref;
        gint32 id;

        if (!qemu_domain_matches(dom, in->flags, &id))
            continue;
        out->ret++;
        if (!in->need_results)
            continue;
        ref = qemu_domain_make_ref(dom, id);
        ref.name = g_strdup(dom->name);
        g_array_append_val(found, ref);
    }
    out->doms.n = found->len;
    out->doms.v = (DomRef *)(gpointer)g_array_free(found, found->len == 0);
    return true;
}

static bool
answer(QemuDomain *found, DomOut *out)
{
    g_autoptr(QemuDomain) dom = found;

    qemu_domain_fill_ref(dom, &out->dom);
    return true;
}

bool
qemu_verb_domain_lookup_by_id(VirConn *conn, const I32In *in, DomOut *out, GError **err)
{
    QemuDomain *dom = qemu_domain_table_by_id(qemu_driver_of(conn)->domains, in->value);

    return dom ? answer(dom, out) : fail(err, VIR_ERR_NO_DOMAIN, _("no domain with matching id %d"), in->value);
}

bool
qemu_verb_domain_lookup_by_name(VirConn *conn, const TextIn *in, DomOut *out, GError **err)
{
    QemuDomain *dom = qemu_domain_table_by_name(qemu_driver_of(conn)->domains, in->text);

    return dom ? answer(dom, out) : fail(err, VIR_ERR_NO_DOMAIN, _("no domain with matching name '%s'"), in->text);
}

bool
qemu_verb_domain_lookup_by_uuid(VirConn *conn, const UuidIn *in, DomOut *out, GError **err)
{
    QemuDomain *dom = qemu_domain_table_by_uuid(qemu_driver_of(conn)->domains, in->uuid);
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (dom)
        return answer(dom, out);
    dom_uuid_format(in->uuid, uuid);
    return fail(err, VIR_ERR_NO_DOMAIN, _("no domain with matching uuid '%s'"), uuid);
}
