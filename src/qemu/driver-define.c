/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Persistent definitions: define, undefine, autostart. */
#include <unistd.h>

#include "qemu/driver-private.h"
#include "qemu/events.h"
#include "qemu/state.h"
#include "qemu/firmware.h"
#include "qemu/tpm.h"
#include "util/err.h"

#define VIR_FROM_THIS VIR_FROM_QEMU

/* Job held; takes def. On disk first: what is not there has not been defined. */
static bool
store(QemuDomain *dom, DomDef *def, bool *ret_update, GError **err)
{
    if (!qemu_state_write_definition(dom, def, err)) {
        dom_def_free(def);
        return false;
    }
    g_mutex_lock(&dom->lock);
    *ret_update = dom->persistent;
    dom->updated = true;
    g_mutex_unlock(&dom->lock);
    qemu_domain_set_persistent_def(dom, def);
    return true;
}

/* Takes def. */
static bool
define(QemuDriver *driver, DomDef *def, DomRef *ret, GError **err)
{
    QemuDomain *dom = qemu_verb_claim(driver, def, TABLE_ADD_DEFINE, "virDomainDefineXMLFlags", err);
    bool update = false, ok;

    if (!dom) {
        dom_def_free(def);
        return false;
    }
    ok = store(dom, def, &update, err);
    if (ok) {
        qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_DEFINED,
                             update ? VIR_DOMAIN_EVENT_DEFINED_UPDATED : VIR_DOMAIN_EVENT_DEFINED_ADDED);
        qemu_domain_fill_ref(dom, ret);
    }
    qemu_verb_end(dom);
    return ok;
}

bool
qemu_verb_domain_define_xml(VirConn *conn, const XmlIn *in, DomOut *out, GError **err)
{
    QemuDriver *driver = qemu_driver_of(conn);
    DomDef *def;

    /* VALIDATE asks for no more than what reading a definition does anyway: refuse what is not known. */
    if (!verb_check_flags(in->flags, VIR_DOMAIN_DEFINE_VALIDATE, "virDomainDefineXMLFlags", err))
        return false;
    def = qemu_driver_read_def(driver, in->xml, err);
    return def && define(driver, def, &out->dom, err);
}

enum {
    UNDEFINE_FLAGS = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                     VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_KEEP_NVRAM |
                     VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_TPM | VIR_DOMAIN_UNDEFINE_KEEP_TPM
};

static bool
check_undefine_flags(guint32 flags, GError **err)
{
    if (!verb_check_flags(flags, UNDEFINE_FLAGS, "virDomainUndefineFlags", err))
        return false;
    if ((flags & VIR_DOMAIN_UNDEFINE_NVRAM) && (flags & VIR_DOMAIN_UNDEFINE_KEEP_NVRAM))
        return fail(err, VIR_ERR_INVALID_ARG, _("Flags '%s' and '%s' are mutually exclusive"),
                    "VIR_DOMAIN_UNDEFINE_NVRAM", "VIR_DOMAIN_UNDEFINE_KEEP_NVRAM");
    return true;
}

/* Job held. */
static bool
tidy_nvram(QemuDomain *dom, guint32 flags, GError **err)
{
    g_autofree char *nvram = NULL;
    DomDef *def;

    g_mutex_lock(&dom->lock);
    def = qemu_domain_get_persistent_def(dom, NULL);
    nvram = def ? g_strdup(def->os.nvram) : NULL;
    if (def && !nvram && g_strcmp0(def->os.firmware, "efi") == 0)
        nvram = qemu_firmware_nvram_path(dom->driver->config, dom->name);
    g_mutex_unlock(&dom->lock);
    if (!nvram || (flags & VIR_DOMAIN_UNDEFINE_KEEP_NVRAM) || access(nvram, F_OK) < 0)
        return true;
    if (!(flags & VIR_DOMAIN_UNDEFINE_NVRAM))
        return fail(err, VIR_ERR_OPERATION_INVALID, _("cannot undefine domain with nvram"));
    return unlink(nvram) == 0 || fail(err, VIR_ERR_OPERATION_FAILED, _("failed to remove nvram: %s"), nvram);
}

static void
forget_definition(QemuDomain *dom)
{
    g_mutex_lock(&dom->lock);
    dom->persistent = false;
    dom->autostart = false;
    g_clear_pointer(&dom->new_def, dom_def_free);
    g_mutex_unlock(&dom->lock);
}

bool
qemu_domain_undefine(QemuDomain *dom, GError **err)
{
    if (!qemu_state_remove_definition(dom, err))
        return false;
    forget_definition(dom);
    qemu_event_lifecycle(dom, VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_REMOVED);
    return true;
}

static bool
check_persistent(QemuDomain *dom, const char *message, GError **err)
{
    bool persistent;

    g_mutex_lock(&dom->lock);
    persistent = dom->persistent;
    g_mutex_unlock(&dom->lock);
    return persistent || fail(err, VIR_ERR_OPERATION_INVALID, "%s", message);
}

bool
qemu_verb_domain_undefine(VirConn *conn, const DomainIn *in, NoneOut *out, GError **err)
{
    g_autoptr(QemuDomain) dom = NULL;
    bool ok;

    if (!check_undefine_flags(in->flags, err))
        return false;
    dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);
    if (!dom || !qemu_job_begin(dom, JOB_MODIFY, "virDomainUndefineFlags", err))
        return false;
    ok = check_persistent(dom, _("cannot undefine transient domain"), err) && tidy_nvram(dom, in->flags, err) &&
         qemu_domain_undefine(dom, err);
    if (ok && !(in->flags & VIR_DOMAIN_UNDEFINE_KEEP_TPM) && !qemu_domain_is_active_now(dom))
        qemu_tpm_remove_state(dom->driver->config, dom->uuid_str);
    qemu_job_end(dom);
    return ok;
}

bool
qemu_verb_domain_get_autostart(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    g_autoptr(QemuDomain) dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);

    if (!dom)
        return false;
    g_mutex_lock(&dom->lock);
    out->value = dom->autostart;
    g_mutex_unlock(&dom->lock);
    return true;
}

bool
qemu_verb_domain_set_autostart(VirConn *conn, const DomainI32In *in, NoneOut *out, GError **err)
{
    QemuDomain *dom = qemu_verb_begin(conn, &in->dom, JOB_MODIFY, ANY_DOMAIN, "virDomainSetAutostart", err);
    bool ok;

    if (!dom)
        return false;
    ok = check_persistent(dom, _("cannot set autostart for transient domain"), err) &&
         qemu_state_set_autostart(dom, in->value != 0, err);
    if (ok) {
        g_mutex_lock(&dom->lock);
        dom->autostart = in->value != 0;
        g_mutex_unlock(&dom->lock);
    }
    qemu_verb_end(dom);
    return ok;
}

bool
qemu_verb_domain_is_persistent(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    g_autoptr(QemuDomain) dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);

    if (!dom)
        return false;
    g_mutex_lock(&dom->lock);
    out->value = dom->persistent;
    g_mutex_unlock(&dom->lock);
    return true;
}

bool
qemu_verb_domain_is_updated(VirConn *conn, const DomainIn *in, I32Out *out, GError **err)
{
    g_autoptr(QemuDomain) dom = qemu_domain_find(qemu_driver_of(conn), &in->dom, err);

    if (!dom)
        return false;
    g_mutex_lock(&dom->lock);
    out->value = dom->updated;
    g_mutex_unlock(&dom->lock);
    return true;
}
