/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/domain.h"

#include <string.h>
#include <unistd.h>

#include "model/dom-def.h"
#include "qemu/domain-private.h"
#include "qemu/driver.h"
#include "qemu/migrate.h"
#include "qemu/state.h"
#include "util/err.h"
#include "util/log.h"
#include "util/spawn.h"

#define VIR_FROM_THIS VIR_FROM_QEMU
#define LOG_ROOM "qemu"

QemuDomain *
qemu_domain_new(QemuDriver *driver, const char *name, const guint8 *uuid)
{
    QemuDomain *dom = g_new0(QemuDomain, 1);

    dom->refs = 1;
    dom->driver = driver;
    dom->name = g_strdup(name);
    memcpy(dom->uuid, uuid, VIR_UUID_BUFLEN);
    dom_uuid_format(dom->uuid, dom->uuid_str);
    g_mutex_init(&dom->lock);
    dom->id = -1;
    dom->state = VIR_DOMAIN_SHUTOFF;
    dom->state_since_us = g_get_real_time();
    dom->pidfd = -1;
    dom->messages = g_ptr_array_new_with_free_func(g_free);
    qemu_job_state_init(&dom->job);
    return dom;
}

QemuDomain *
qemu_domain_ref(QemuDomain *dom)
{
    g_atomic_int_inc(&dom->refs);
    return dom;
}

void
qemu_domain_unref(QemuDomain *dom)
{
    if (!dom || !g_atomic_int_dec_and_test(&dom->refs))
        return;
    qmig_free(dom->mig);
    qmig_done_free(dom->mig_done);
    dom_def_free(dom->def);
    dom_def_free(dom->new_def);
    source_remove(&dom->pidfd_source);
    source_remove(&dom->kill_timer);
    if (dom->pidfd >= 0)
        close(dom->pidfd);
    qmp_client_unref(dom->qmp);
    g_ptr_array_unref(dom->messages);
    qemu_job_state_clear(&dom->job);
    g_mutex_clear(&dom->lock);
    g_free(dom->run_dir);
    g_free(dom->monitor_path);
    g_free(dom->live_xml);
    g_free(dom->name);
    g_free(dom);
}

DomDef *
qemu_domain_get_def(QemuDomain *dom, GError **err)
{
    if (!dom->def)
        dom->def = qemu_state_load_definition(dom, err);
    return dom->def;
}

DomDef *
qemu_domain_get_persistent_def(QemuDomain *dom, GError **err)
{
    if (!dom->persistent)
        return fail_null(err, VIR_ERR_OPERATION_INVALID, _("domain '%s' is transient: it has no persistent "
                         "configuration"), dom->name);
    if (!qemu_domain_is_active(dom))
        return qemu_domain_get_def(dom, err);
    if (!dom->new_def)
        dom->new_def = qemu_state_load_definition(dom, err);
    return dom->new_def;
}

bool
qemu_domain_is_active(QemuDomain *dom)
{
    return dom->id >= 0;
}

bool
qemu_domain_is_active_now(QemuDomain *dom)
{
    bool active;

    g_mutex_lock(&dom->lock);
    active = qemu_domain_is_active(dom);
    g_mutex_unlock(&dom->lock);
    return active;
}

QmpClient *
qemu_domain_qmp(QemuDomain *dom, GError **err)
{
    QmpClient *client;

    g_mutex_lock(&dom->lock);
    client = qemu_domain_is_active(dom) && dom->qmp ? qmp_client_ref(dom->qmp) : NULL;
    g_mutex_unlock(&dom->lock);
    if (client)
        qmp_client_retry(client);
    else
        fail(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
    return client;
}

void
qemu_domain_set_state(QemuDomain *dom, int state, int reason)
{
    if (dom->state == state && dom->reason == reason)
        return;
    log_info("domain '%s': state %d (reason %d) -> %d (reason %d)", dom->name, dom->state, dom->reason, state, reason);
    dom->state = state;
    dom->reason = reason;
    dom->state_since_us = g_get_real_time();
    if (qemu_domain_is_active(dom))
        qemu_state_touch_status(dom);
}

void
qemu_domain_get_state(QemuDomain *dom, int *ret_state, int *ret_reason)
{
    g_mutex_lock(&dom->lock);
    *ret_state = dom->state;
    *ret_reason = dom->reason;
    g_mutex_unlock(&dom->lock);
}

DomRef
qemu_domain_make_ref(QemuDomain *dom, int id)
{
    DomRef ref = { .name = dom->name, .id = id };

    memcpy(ref.uuid, dom->uuid, VIR_UUID_BUFLEN);
    return ref;
}

void
qemu_domain_fill_ref(QemuDomain *dom, DomRef *ret)
{
    g_mutex_lock(&dom->lock);
    *ret = qemu_domain_make_ref(dom, dom->id);
    g_mutex_unlock(&dom->lock);
    ret->name = g_strdup(dom->name);
}

guint64
qemu_process_cpu_time(pid_t pid)
{
    guint64 ns = 0;

    spawn_cpu_time(pid, &ns);
    return ns;
}

void
qemu_domain_set_live_def(QemuDomain *dom, DomDef *def)
{
    g_mutex_lock(&dom->lock);
    if (dom->persistent && !dom->new_def)
        dom->new_def = g_steal_pointer(&dom->def);
    dom_def_free(dom->def);
    dom->def = def;
    g_clear_pointer(&dom->live_xml, g_free);
    g_mutex_unlock(&dom->lock);
}

void
qemu_domain_set_persistent_def(QemuDomain *dom, DomDef *def)
{
    DomDef **place;

    g_mutex_lock(&dom->lock);
    place = qemu_domain_is_active(dom) ? &dom->new_def : &dom->def;
    dom_def_free(*place);
    *place = def;
    dom->persistent = true;
    g_mutex_unlock(&dom->lock);
}
