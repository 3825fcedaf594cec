/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where domains are found: by uuid, name and id, with libvirt's rules about what may exist beside what. */
#include <string.h>

#include "model/dom-def.h"
#include "qemu/domain-private.h"
#include "qemu/driver.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_DOMAIN

struct QemuDomainTable {
    GMutex      lock;
    /* under lock; by_uuid owns a reference, keys lie in the domains */
    GHashTable *by_uuid;
    GHashTable *by_name;
    GHashTable *by_id; /* GINT_TO_POINTER(id) -> QemuDomain */
};

static guint
hash_uuid(gconstpointer key)
{
    guint hash;

    memcpy(&hash, key, sizeof(hash));
    return hash;
}

static gboolean
same_uuid(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, VIR_UUID_BUFLEN) == 0;
}

static void
unref_domain(gpointer data)
{
    qemu_domain_unref(data);
}

QemuDomainTable *
qemu_domain_table_new(void)
{
    QemuDomainTable *table = g_new0(QemuDomainTable, 1);

    g_mutex_init(&table->lock);
    table->by_uuid = g_hash_table_new_full(hash_uuid, same_uuid, NULL, unref_domain);
    table->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    table->by_id = g_hash_table_new(NULL, NULL);
    return table;
}

void
qemu_domain_table_free(QemuDomainTable *table)
{
    if (!table)
        return;
    g_hash_table_unref(table->by_id);
    g_hash_table_unref(table->by_name);
    g_hash_table_unref(table->by_uuid);
    g_mutex_clear(&table->lock);
    g_free(table);
}

static QemuDomain *
find_in(QemuDomainTable *table, GHashTable *map, gconstpointer key)
{
    QemuDomain *dom;

    g_mutex_lock(&table->lock);
    dom = g_hash_table_lookup(map, key);
    if (dom)
        qemu_domain_ref(dom);
    g_mutex_unlock(&table->lock);
    return dom;
}

QemuDomain *
qemu_domain_table_by_uuid(QemuDomainTable *table, const guint8 *uuid)
{
    return find_in(table, table->by_uuid, uuid);
}

QemuDomain *
qemu_domain_table_by_name(QemuDomainTable *table, const char *name)
{
    return find_in(table, table->by_name, name);
}

QemuDomain *
qemu_domain_table_by_id(QemuDomainTable *table, int id)
{
    return find_in(table, table->by_id, GINT_TO_POINTER(id));
}

QemuDomain *
qemu_domain_find(QemuDriver *driver, const DomRef *ref, GError **err)
{
    QemuDomain *dom = qemu_domain_table_by_uuid(driver->domains, ref->uuid);
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (dom)
        return dom;
    dom_uuid_format(ref->uuid, uuid);
    verr_set(err, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, _("no domain with matching uuid '%s' (%s)"), uuid,
             ref->name ? ref->name : "");
    return NULL;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp((*(QemuDomain *const *)a)->name, (*(QemuDomain *const *)b)->name);
}

GPtrArray *
qemu_domain_table_list(QemuDomainTable *table)
{
    GPtrArray     *all = g_ptr_array_new_with_free_func(unref_domain);
    GHashTableIter iter;
    gpointer       dom;

    g_mutex_lock(&table->lock);
    g_hash_table_iter_init(&iter, table->by_uuid);
    while (g_hash_table_iter_next(&iter, NULL, &dom))
        g_ptr_array_add(all, qemu_domain_ref(dom));
    g_mutex_unlock(&table->lock);
    g_ptr_array_sort(all, by_name);
    return all;
}

guint
qemu_domain_table_count(QemuDomainTable *table, bool active)
{
    guint n;

    g_mutex_lock(&table->lock);
    n = g_hash_table_size(table->by_id);
    if (!active)
        n = g_hash_table_size(table->by_uuid) - n;
    g_mutex_unlock(&table->lock);
    return n;
}

/* Table lock held. May name and uuid be used, and by which domain that exists? */
static bool
check_conflicts(QemuDomainTable *table, const char *name, const guint8 *uuid, QemuTableAdd how, QemuDomain **ret_dom,
                GError **err)
{
    QemuDomain *same = g_hash_table_lookup(table->by_uuid, uuid);
    QemuDomain *namesake = g_hash_table_lookup(table->by_name, name);

    if (same && same != namesake)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("domain '%s' is already defined with uuid %s"), same->name,
                    same->uuid_str);
    if (namesake && namesake != same)
        return fail(err, VIR_ERR_OPERATION_FAILED, _("domain '%s' already exists with uuid %s"), namesake->name,
                    namesake->uuid_str);
    if (same && how == TABLE_ADD_LIVE && qemu_domain_is_active_now(same))
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain '%s' is already active"), same->name);
    *ret_dom = same;
    return true;
}

QemuDomain *
qemu_domain_table_add(QemuDriver *driver, const char *name, const guint8 *uuid, QemuTableAdd how, bool *ret_new,
                      GError **err)
{
    QemuDomainTable *table = driver->domains;
    QemuDomain *dom = NULL;
    bool ok;

    g_mutex_lock(&table->lock);
    ok = check_conflicts(table, name, uuid, how, &dom, err);
    if (ok && ret_new)
        *ret_new = !dom;
    if (ok && !dom) {
        dom = qemu_domain_new(driver, name, uuid);
        g_hash_table_insert(table->by_uuid, dom->uuid, dom);
        g_hash_table_insert(table->by_name, dom->name, dom);
    }
    if (ok)
        qemu_domain_ref(dom);
    g_mutex_unlock(&table->lock);
    return ok ? dom : NULL;
}

void
qemu_domain_table_set_id(QemuDomainTable *table, QemuDomain *dom, int id)
{
    g_mutex_lock(&table->lock);
    g_mutex_lock(&dom->lock);
    if (dom->id >= 0)
        g_hash_table_remove(table->by_id, GINT_TO_POINTER(dom->id));
    g_atomic_int_set(&dom->id, id); /* events read it without the lock */
    if (id >= 0)
        g_hash_table_insert(table->by_id, GINT_TO_POINTER(id), dom);
    g_mutex_unlock(&dom->lock);
    g_mutex_unlock(&table->lock);
}

/* Table lock and dom->lock held. */
static bool
forget(QemuDomainTable *table, QemuDomain *dom)
{
    if (dom->removed || g_hash_table_lookup(table->by_uuid, dom->uuid) != dom)
        return false;
    dom->removed = true;
    if (dom->id >= 0)
        g_hash_table_remove(table->by_id, GINT_TO_POINTER(dom->id));
    g_hash_table_remove(table->by_name, dom->name);
    return true;
}

void
qemu_domain_table_remove(QemuDomainTable *table, QemuDomain *dom)
{
    bool was_in;

    g_mutex_lock(&table->lock);
    g_mutex_lock(&dom->lock);
    was_in = forget(table, dom);
    g_mutex_unlock(&dom->lock);
    if (was_in)
        g_hash_table_steal(table->by_uuid, dom->uuid);
    g_mutex_unlock(&table->lock);
    if (was_in)
        qemu_domain_unref(dom);
}

void
qemu_domain_remove_if_unused(QemuDomain *dom)
{
    bool unused;

    g_mutex_lock(&dom->lock);
    unused = !qemu_domain_is_active(dom) && !dom->persistent && dom->job.async == ASYNC_NONE &&
             dom->job.sync == JOB_NONE;
    g_mutex_unlock(&dom->lock);
    if (unused)
        qemu_domain_table_remove(dom->driver->domains, dom);
}
