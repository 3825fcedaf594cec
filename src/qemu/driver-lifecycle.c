/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting, stopping, pausing. */
#include "qemu/driver-private.h"
#include "qemu/events.h"
#include "qemu/migrate.h"
#include "qemu/qmp-commands.h"
#include "qemu/state.h"
#include "util/err.h"
#include "util/file.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* virDomainCreateFlags -> QemuStartFlags. BYPASS_CACHE and FORCE_BOOT concern saved images, of which there are none. */
static const struct {
    guint32      flag;
    unsigned int start;
} start_flags[] = {
    { VIR_DOMAIN_START_PAUSED, START_PAUSED },
    { VIR_DOMAIN_START_AUTODESTROY, START_AUTODESTROY },
    { VIR_DOMAIN_START_BYPASS_CACHE, 0 },
    { VIR_DOMAIN_START_FORCE_BOOT, 0 },
    { VIR_DOMAIN_START_VALIDATE, 0 },
};

static bool
read_start_flags(VirConn *conn, guint32 flags, const char *api, QemuStart *ret_how, GError **err)
{
    guint32 allowed = 0;

    *ret_how = (QemuStart){ .conn = conn };
    for (gsize i = 0; i < G_N_ELEMENTS(start_flags); i++) {
        allowed |= start_flags[i].flag;
        if (flags & start_flags[i].flag)
            ret_how->flags |= start_flags[i].start;
    }
    return verb_check_flags(flags, allowed, api, err);
}

/* Job held: boots dom->def, which is the live definition already. */
static bool
boot(QemuDomain *dom, const QemuStart *how, GError **err)
{
    if (!qemu_process_start(dom, how, err))
        return false;
    /* A guest that is said to have started is found as such by the next daemon, whatever happens to this one. */
    qemu_state_save_status(dom);
    qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED);
    if (how->flags & START_PAUSED)
        qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    return true;
}

/* Job held. A copy of the persistent definition becomes the live one. */
static bool
boot_persistent(QemuDomain *dom, const QemuStart *how, GError **err)
{
    DomDef *copy = NULL;
    bool    active;

    g_mutex_lock(&dom->lock);
    active = qemu_domain_is_active(dom);
    if (!active && qemu_domain_get_def(dom, err))
        copy = dom_def_copy(dom->def);
    g_mutex_unlock(&dom->lock);
    if (active)
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain is already running"));
    if (!copy)
        return false;
    qemu_domain_set_live_def(dom, copy);
    return boot(dom, how, err);
}

bool
qemu_lifecycle_start(QemuDomain *dom, const QemuStart *how, const char *api, GError **err)
{
    bool ok;

    if (!qemu_job_begin(dom, JOB_MODIFY, api, err))
        return false;
    ok = boot_persistent(dom, how, err);
    qemu_job_end(dom);
    return ok;
}

bool
qemu_verb_domain_create(VirConn *conn, const DomainIn *in, DomOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    QemuStart how;

    if (!read_start_flags(conn, in->flags, "virDomainCreateWithFlags", &how, err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom || !qemu_lifecycle_start(dom, &how, "virDomainCreateWithFlags", err))
        return false;
    qemu_domain_fill_ref(dom, &out->dom);
    return true;
}

/* Job held; takes def. */
static bool
boot_new(QemuDomain *dom, DomDef *def, const QemuStart *how, GError **err)
{
    if (qemu_domain_is_active_now(dom)) {
        dom_def_free(def);
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain '%s' is already active"), dom->name);
    }
    qemu_domain_set_live_def(dom, def);
    return boot(dom, how, err);
}

/* Takes def. */
static bool
create_new(QemuDriver *driver, DomDef *def, const QemuStart *how, DomRef *ret, GError **err)
{
    QemuDomain *dom = qemu_verb_claim(driver, def, TABLE_ADD_LIVE, "virDomainCreateXML", err);
    bool ok;

    if (!dom) {
        dom_def_free(def);
        return false;
    }
    ok = boot_new(dom, def, how, err);
    if (ok)
        qemu_domain_fill_ref(dom, ret);
    qemu_verb_end(dom);
    return ok;
}

bool
qemu_verb_domain_create_xml(VirConn *conn, const XmlIn *in, DomOut *out, GError **err)
{
    QemuDriver *driver = qemu_driver_of(conn);
    QemuStart how;
    DomDef *def;

    if (!read_start_flags(conn, in->flags, "virDomainCreateXML", &how, err))
        return false;
    def = qemu_driver_read_def(driver, in->xml, err);
    return def && create_new(driver, def, &how, &out->dom, err);
}

static bool
suspend(QemuDomain *dom, GError **err)
{
    int state, reason;

    qemu_domain_get_state(dom, &state, &reason);
    if (state == VIR_DOMAIN_PMSUSPENDED)
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain is pmsuspended"));
    if (state == VIR_DOMAIN_PAUSED)
        return true;
    reason = qemu_job_async(dom) == ASYNC_MIGRATION_OUT ? VIR_DOMAIN_PAUSED_MIGRATION : VIR_DOMAIN_PAUSED_USER;
    return qemu_process_stop_cpus(dom, reason, err);
}

bool
qemu_verb_domain_suspend(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    QemuDomain *dom = qemu_verb_begin(conn, &in->dom, JOB_SUSPEND, RUNNING_DOMAIN, "virDomainSuspend", err);
    bool ok;

    if (!dom)
        return false;
    ok = suspend(dom, err);
    qemu_verb_end(dom);
    return ok;
}

/* Said at once: a migration in doubt keeps its job until it is settled, and waiting for that helps nobody. */
static bool
may_resume_now(VirConn *conn, const DomRef *ref, GError **err)
{
    g_autoptr(QemuDomain) dom = qemu_domain_find(qemu_driver_of(conn), ref, err);
    bool may;

    if (!dom)
        return false;
    g_mutex_lock(&dom->lock);
    may = qmig_may_resume(dom, err);
    g_mutex_unlock(&dom->lock);
    return may;
}

static bool
resume(QemuDomain *dom, GError **err)
{
    bool may;

    g_mutex_lock(&dom->lock);
    if (dom->state == VIR_DOMAIN_PMSUSPENDED)
        may = fail(err, VIR_ERR_OPERATION_INVALID, _("domain is pmsuspended"));
    else if (dom->state == VIR_DOMAIN_RUNNING)
        may = fail(err, VIR_ERR_OPERATION_INVALID, _("domain is already running"));
    else
        may = qmig_may_resume(dom, err);
    g_mutex_unlock(&dom->lock);
    return may && qemu_process_start_cpus(dom, VIR_DOMAIN_RUNNING_UNPAUSED, err);
}

bool
qemu_verb_domain_resume(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    QemuDomain *dom;
    bool ok;

    if (!may_resume_now(conn, &in->dom, err))
        return false;
    dom = qemu_verb_begin(conn, &in->dom, JOB_MODIFY, RUNNING_DOMAIN, "virDomainResume", err);
    if (!dom)
        return false;
    ok = resume(dom, err);
    qemu_verb_end(dom);
    return ok;
}

/* Asks the guest to power off; with reboot, what follows is a reset and no end. */
static bool
press_power_button(QemuDomain *dom, bool reboot, GError **err)
{
    g_autoptr(QmpClient) qmp = qemu_domain_qmp(dom, err);

    if (!qmp)
        return false;
    g_mutex_lock(&dom->lock);
    dom->fake_reboot = reboot;
    g_mutex_unlock(&dom->lock);
    return qmp_system_powerdown(qmp, err);
}

/* Methods that need an agent in the guest are not there: nothing is sent to it by any other way. */
static bool
check_method(guint32 flags, guint32 acpi, guint32 agent, guint32 all, const char *api, GError **err)
{
    if (!verb_check_flags(flags, all, api, err))
        return false;
    if (flags == 0 || (flags & acpi))
        return true;
    if (flags & agent)
        return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("QEMU guest agent is not configured"));
    return fail(err, VIR_ERR_ARGUMENT_UNSUPPORTED, _("the QEMU driver supports this only by ACPI"));
}

bool
qemu_verb_domain_shutdown(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    QemuDomain *dom;
    bool ok;

    if (!check_method(in->flags, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN, VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
                      VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN | VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
                      "virDomainShutdownFlags", err))
        return false;
    dom = qemu_verb_begin(conn, &in->dom, JOB_MODIFY, RUNNING_DOMAIN, "virDomainShutdownFlags", err);
    if (!dom)
        return false;
    ok = press_power_button(dom, false, err);
    qemu_verb_end(dom);
    return ok;
}

bool
qemu_verb_domain_reboot(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    QemuDomain *dom;
    bool ok;

    if (!check_method(in->flags, VIR_DOMAIN_REBOOT_ACPI_POWER_BTN, VIR_DOMAIN_REBOOT_GUEST_AGENT,
                      VIR_DOMAIN_REBOOT_ACPI_POWER_BTN | VIR_DOMAIN_REBOOT_GUEST_AGENT, "virDomainReboot", err))
        return false;
    dom = qemu_verb_begin(conn, &in->dom, JOB_MODIFY, RUNNING_DOMAIN, "virDomainReboot", err);
    if (!dom)
        return false;
    ok = press_power_button(dom, true, err);
    qemu_verb_end(dom);
    return ok;
}

static bool
reset(QemuDomain *dom, GError **err)
{
    g_autoptr(QmpClient) qmp = qemu_domain_qmp(dom, err);

    if (!qmp || !qmp_system_reset(qmp, err))
        return false;
    g_mutex_lock(&dom->lock);
    dom->fake_reboot = false;
    if (dom->state == VIR_DOMAIN_CRASHED)
        qemu_domain_set_state(dom, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_UNKNOWN);
    g_mutex_unlock(&dom->lock);
    return true;
}

bool
qemu_verb_domain_reset(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    QemuDomain *dom;
    bool ok;

    if (!verb_check_flags(in->flags, 0, "virDomainReset", err))
        return false;
    dom = qemu_verb_begin(conn, &in->dom, JOB_MODIFY, RUNNING_DOMAIN, "virDomainReset", err);
    if (!dom)
        return false;
    ok = reset(dom, err);
    qemu_verb_end(dom);
    return ok;
}

static void
remove_log(QemuDomain *dom)
{
    g_autofree char *path = g_strdup_printf("%s/qemu/%s.log", dom->driver->config->log_dir, dom->name);

    file_remove(path, FILE_NO_SYNC, NULL);
}

bool
qemu_verb_domain_destroy(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    QemuStopHow how = in->flags & VIR_DOMAIN_DESTROY_GRACEFUL ? STOP_TERM_ONLY : STOP_TERM;

    if (!verb_check_flags(in->flags, VIR_DOMAIN_DESTROY_GRACEFUL | VIR_DOMAIN_DESTROY_REMOVE_LOGS,
                          "virDomainDestroyFlags", err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom)
        return false;
    if (!qemu_domain_is_active_now(dom))
        return fail(err, VIR_ERR_OPERATION_INVALID, _("domain is not running"));
    /* Before the job: whoever holds it may be waiting for this very QEMU, and is freed by its end. */
    if (!qemu_process_stop(dom, VIR_DOMAIN_SHUTOFF_DESTROYED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED, how, err))
        return false;
    /* A turn of our own means that everybody has let go and everything has been tidied up. */
    if (qemu_job_begin(dom, JOB_DESTROY, "virDomainDestroyFlags", NULL))
        qemu_job_end(dom);
    if (in->flags & VIR_DOMAIN_DESTROY_REMOVE_LOGS)
        remove_log(dom);
    return true;
}
