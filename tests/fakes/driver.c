/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "driver-private.h"

#include <string.h>

#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_TEST

typedef struct {
    DomRef ref;
    int    state;
} FakeDomain;

static GMutex     lock;
static GPtrArray *domains; /* all under lock */
static GString   *text;
static GError    *planned;
static bool       refuse_events;
static bool       contract_broken;
static int        next_id;
static gint       open_count; /* atomic */

static void
domain_free(gpointer data)
{
    FakeDomain *d = data;

    dom_ref_clear(&d->ref);
    g_free(d);
}

static FakeDomain *
add_domain(const char *name, guint8 byte, int id)
{
    FakeDomain *d = g_new0(FakeDomain, 1);

    d->ref.name = g_strdup(name);
    memset(d->ref.uuid, byte, sizeof(d->ref.uuid));
    d->ref.id = id;
    d->state = id > 0 ? VIR_DOMAIN_RUNNING : VIR_DOMAIN_SHUTOFF;
    g_ptr_array_add(domains, d);
    return d;
}

void
fake_reset(void)
{
    g_mutex_lock(&lock);
    g_clear_pointer(&domains, g_ptr_array_unref);
    domains = g_ptr_array_new_with_free_func(domain_free);
    add_domain("run", 1, 1);
    add_domain("off", 2, -1);
    next_id = 2;
    if (text)
        g_string_free(text, TRUE);
    text = g_string_new("");
    g_clear_error(&planned);
    refuse_events = contract_broken = false;
    g_mutex_unlock(&lock);
}

void
fake_note(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    g_mutex_lock(&lock);
    g_string_append_vprintf(text, fmt, ap);
    g_string_append_c(text, '\n');
    g_mutex_unlock(&lock);
    va_end(ap);
}

char *
fake_log(void)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);

    return g_strdup(text->str);
}

void
fake_fail_next(int from, int code, const char *message)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);

    g_clear_error(&planned);
    verr_set(&planned, from, code, "%s", message);
}

void
fake_refuse_events(void)
{
    refuse_events = true;
}

void
fake_break_contract(void)
{
    contract_broken = true;
}

int
fake_open_count(void)
{
    return g_atomic_int_get(&open_count);
}

DomRef
fake_ref_run(void)
{
    DomRef ref = { .name = (char *)"run", .id = 1 };

    memset(ref.uuid, 1, sizeof(ref.uuid));
    return ref;
}

DomRef
fake_ref_off(void)
{
    DomRef ref = { .name = (char *)"off", .id = -1 };

    memset(ref.uuid, 2, sizeof(ref.uuid));
    return ref;
}

void
fake_publish_lifecycle(virConnectPtr conn, int event, int detail)
{
    DomRef ref = fake_ref_run();
    g_autoptr(DomainEvent) ev = domain_event_lifecycle(&ref, event, detail);

    event_hub_publish(conn->events, ev);
}

void
fake_break(virConnectPtr conn, int reason)
{
    g_atomic_pointer_set(&conn->priv, (gpointer) "broken");
    conn_notify_closed(conn, reason);
}

bool
fake_enter(const char *verb, GError **err)
{
    GError *why;

    fake_note("%s", verb);
    g_mutex_lock(&lock);
    why = g_steal_pointer(&planned);
    g_mutex_unlock(&lock);
    if (!why)
        return true;
    g_propagate_error(err, why);
    return false;
}

static bool
fake_open(VirConn *conn, const ConnOpenIn *in, bool *ret_declined, GError **err)
{
    if (!g_str_has_prefix(in->uri, "fake:")) {
        *ret_declined = true;
        return false;
    }
    fake_note("open %s %s", in->uri, conn->read_only ? "ro" : "rw");
    if (g_str_has_suffix(in->uri, "refuse"))
        return fail(err, VIR_ERR_AUTH_FAILED, "no entry");
    conn->priv = (gpointer) "fine";
    g_atomic_int_inc(&open_count);
    return true;
}

static void
fake_close(VirConn *conn)
{
    g_atomic_int_add(&open_count, -1);
    fake_note("close");
}

static bool
fake_is_alive(VirConn *conn)
{
    return strcmp(g_atomic_pointer_get(&conn->priv), "fine") == 0;
}

static bool
fake_event_on(VirConn *conn, int event_id, const DomRef *dom, GError **err)
{
    fake_note("event_on %d %s", event_id, dom ? dom->name : "*");
    if (!refuse_events)
        return true;
    return fail(err, VIR_ERR_OPERATION_FAILED, "no events today");
}

static void
fake_event_off(VirConn *conn, int event_id, const DomRef *dom)
{
    fake_note("event_off %d %s", event_id, dom ? dom->name : "*");
}

/* Under lock. */
static FakeDomain *
find(const DomRef *ref)
{
    for (guint i = 0; i < domains->len; i++) {
        FakeDomain *d = domains->pdata[i];

        if (dom_ref_same(&d->ref, ref))
            return d;
    }
    return NULL;
}

static bool
no_domain(const char *what, GError **err)
{
    return fail(err, VIR_ERR_NO_DOMAIN, "no domain with matching %s", what);
}

static bool
fake_connect_list_all_domains(VirConn *conn, const ListAllIn *in, DomListOut *out, GError **err)
{
    if (!fake_enter("list_all_domains", err))
        return false;
    fake_note("flags 0x%x", in->flags);
    g_mutex_lock(&lock);
    out->ret = domains->len;
    if (in->need_results) {
        out->doms.v = g_new0(DomRef, domains->len);
        out->doms.n = domains->len;
        for (guint i = 0; i < domains->len; i++)
            dom_ref_copy(&((FakeDomain *)domains->pdata[i])->ref, &out->doms.v[i]);
    }
    g_mutex_unlock(&lock);
    return true;
}

static bool
fake_domain_lookup_by_name(VirConn *conn, const TextIn *in, DomOut *out, GError **err)
{
    if (!fake_enter("lookup_by_name", err))
        return false;
    g_mutex_lock(&lock);
    for (guint i = 0; i < domains->len; i++) {
        FakeDomain *d = domains->pdata[i];

        if (strcmp(d->ref.name, in->text) == 0)
            dom_ref_copy(&d->ref, &out->dom);
    }
    g_mutex_unlock(&lock);
    return out->dom.name ? true : no_domain("name", err);
}

static bool
fake_domain_lookup_by_uuid(VirConn *conn, const UuidIn *in, DomOut *out, GError **err)
{
    DomRef ref = { 0 };
    FakeDomain *d;

    if (!fake_enter("lookup_by_uuid", err))
        return false;
    memcpy(ref.uuid, in->uuid, sizeof(ref.uuid));
    g_mutex_lock(&lock);
    d = find(&ref);
    if (d)
        dom_ref_copy(&d->ref, &out->dom);
    g_mutex_unlock(&lock);
    return d ? true : no_domain("uuid", err);
}

/* The document is the name. */
static bool
fake_domain_define_xml(VirConn *conn, const XmlIn *in, DomOut *out, GError **err)
{
    if (!fake_enter("define_xml", err))
        return false;
    g_mutex_lock(&lock);
    dom_ref_copy(&add_domain(in->xml, 3, -1)->ref, &out->dom);
    g_mutex_unlock(&lock);
    return true;
}

static bool
fake_domain_create(VirConn *conn, const DomainIn *in, DomOut *out, GError **err)
{
    FakeDomain *d;

    if (!fake_enter("create", err))
        return false;
    g_mutex_lock(&lock);
    d = find(&in->dom);
    if (d) {
        d->ref.id = next_id++;
        d->state = VIR_DOMAIN_RUNNING;
        dom_ref_copy(&d->ref, &out->dom);
    }
    g_mutex_unlock(&lock);
    return d ? true : no_domain("uuid", err);
}

/* What the simple verbs do to a domain. */
static bool
set_state(const DomRef *ref, int state, GError **err)
{
    FakeDomain *d;

    g_mutex_lock(&lock);
    d = find(ref);
    if (d)
        d->state = state;
    g_mutex_unlock(&lock);
    return d ? true : no_domain("uuid", err);
}

static bool
fake_domain_suspend(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    return !contract_broken && fake_enter("suspend", err) && set_state(&in->dom, VIR_DOMAIN_PAUSED, err);
}

static bool
fake_domain_destroy(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    return fake_enter("destroy", err) && set_state(&in->dom, VIR_DOMAIN_SHUTOFF, err);
}

static bool
fake_domain_get_state(VirConn *conn, const DomainIn *in, StateOut *out, GError **err)
{
    FakeDomain *d;

    if (!fake_enter("get_state", err))
        return false;
    g_mutex_lock(&lock);
    d = find(&in->dom);
    if (d)
        *out = (StateOut){ d->state, 1 };
    g_mutex_unlock(&lock);
    return d ? true : no_domain("uuid", err);
}

const Driver fake_driver = {
    .name = "fake",
    .open = fake_open,
    .close = fake_close,
    .is_alive = fake_is_alive,
    .event_on = fake_event_on,
    .event_off = fake_event_off,
    .connect_get_type = fake_connect_get_type,
    .connect_get_version = fake_connect_get_version,
    .node_get_cpu_stats = fake_node_get_cpu_stats,
    .connect_list_domains = fake_connect_list_domains,
    .connect_list_defined_domains = fake_connect_list_defined_domains,
    .connect_list_all_domains = fake_connect_list_all_domains,
    .connect_get_all_domain_stats = fake_connect_get_all_domain_stats,
    .domain_lookup_by_name = fake_domain_lookup_by_name,
    .domain_lookup_by_uuid = fake_domain_lookup_by_uuid,
    .domain_define_xml = fake_domain_define_xml,
    .domain_create = fake_domain_create,
    .domain_suspend = fake_domain_suspend,
    .domain_destroy = fake_domain_destroy,
    .domain_get_info = fake_domain_get_info,
    .domain_get_state = fake_domain_get_state,
    .domain_get_xml_desc = fake_domain_get_xml_desc,
    .domain_get_vcpus = fake_domain_get_vcpus,
    .domain_set_autostart = fake_domain_set_autostart,
    .domain_get_messages = fake_domain_get_messages,
    .domain_memory_stats = fake_domain_memory_stats,
    .domain_set_metadata = fake_domain_set_metadata,
    .domain_get_job_stats = fake_domain_get_job_stats,
    .migrate_set_max_downtime = fake_migrate_set_max_downtime,
};
